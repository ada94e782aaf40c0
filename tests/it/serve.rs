//! The local page, asked as a browser and as an intruder would: raw requests on the loopback.
//!
//! **Invariant:** what the guard refuses changes nothing in the folder.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{files_below, root, stderr, vigie};

/// An open page; closed hard when dropped.
pub(crate) struct Page {
    child: Child,
    pub(crate) host: String,
    pub(crate) token: String,
}

impl Drop for Page {
    fn drop(&mut self) {
        // Already gone when the test closed it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Page {
    pub(crate) fn open(folder: &Path) -> Self {
        let mut command = vigie();
        command.args(["ouvrir", "--sans-navigateur"]).arg(folder);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("stdout is piped");
        BufReader::new(out).read_line(&mut line).expect("the address is printed");
        let address = line.trim().rsplit(' ').next().unwrap_or_default();
        let rest =
            address.strip_prefix("http://").unwrap_or_else(|| panic!("no address: {line:?}"));
        let (host, token) = rest.split_once('/').expect("an address has a path");
        let token = token.trim_end_matches('/').to_owned();
        Self { child, host: host.to_owned(), token }
    }

    /// Sends exactly these bytes.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.host).expect("the page listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        // A refusal may come before all is sent.
        let _ = stream.write_all(bytes);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        let text = String::from_utf8_lossy(&all).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    fn get(&self, path: &str) -> Answer {
        let (host, token) = (&self.host, &self.token);
        self.raw(
            format!("GET /{token}/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
    }

    fn post(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let origin = format!("http://{}", self.host);
        self.post_from(&origin, path, kind, body)
    }

    fn post_from(&self, origin: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let (host, token, length) = (&self.host, &self.token, body.len());
        let mut bytes = format!(
            "POST /{token}/{path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes)
    }

    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            fields.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        self.post(path, "application/x-www-form-urlencoded", body.join("&").as_bytes())
    }

    fn drop_files(&self, files: &[(String, Vec<u8>)]) -> Answer {
        self.post("fichiers", "multipart/form-data; boundary=LIMITE", &multipart(files))
    }

    /// Waits for the end of the run.
    fn wait(&self) -> String {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(120) {
            if self.get("travail.json").body.contains("\"fini\":true") {
                return self.get("travail").body;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the run does not end");
    }

    fn quit(mut self) {
        assert_eq!(self.form("quitter", &[]).status, 200);
        let status = self.child.wait().expect("the page ends");
        assert!(status.success(), "{status}");
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }
        })
        .collect()
}

fn multipart(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in files {
        body.extend_from_slice(
            format!(
                "--LIMITE\r\nContent-Disposition: form-data; name=\"fichiers\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--LIMITE--\r\n");
    body
}

/// The files of the demo, as dropped.
fn demo_files() -> Vec<(String, Vec<u8>)> {
    let folder = root().join("datasets/demo/donnees");
    let named = |p: std::path::PathBuf| {
        let name = p.file_name().expect("a file has a name").to_string_lossy().into_owned();
        (name, fs::read(&p).expect("the demo is readable"))
    };
    files_below(&folder).into_iter().map(named).collect()
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn intruders_are_refused() {
    let folder = temporary();
    fs::write(folder.path().join("secret.txt"), "secret-hors-resultats").expect("writable");
    let page = Page::open(folder.path());
    let (host, token) = (page.host.clone(), page.token.clone());
    assert!(token.len() >= 32, "the token is short: {token}");
    let get = |host: &str, path: &str| {
        page.raw(
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
    };
    let port = host.rsplit(':').next().expect("a host has a port");
    let fake = "0".repeat(token.len());
    assert_eq!(get(&host, &format!("/{token}/")).status, 200);
    assert_eq!(get(&host, "/").status, 403, "no token");
    assert_eq!(get(&host, &format!("/{fake}/")).status, 403, "wrong token");
    assert_eq!(get(&host, &format!("/{}/", &token[1..])).status, 403, "part of the token");
    for other in [
        "evil.example",
        "localhost",
        "127.0.0.1",
        &format!("localhost:{port}"),
        &format!("[::1]:{port}"),
    ] {
        assert_eq!(get(other, &format!("/{token}/")).status, 421, "host {other}");
    }
    for origin in [
        "http://evil.example",
        "null",
        "",
        &format!("http://localhost:{port}"),
        &format!("https://{host}"),
    ] {
        let answer =
            page.post_from(origin, "travail", "application/x-www-form-urlencoded", b"genre=lire");
        assert_eq!(answer.status, 403, "origin {origin:?}");
    }
    let silent = page.raw(
        format!("POST /{token}/quitter HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .as_bytes(),
    );
    assert_eq!(silent.status, 403, "no origin at all");
    for path in [
        "resultats/../secret.txt",
        "resultats/..%2Fsecret.txt",
        "resultats/%2e%2e/secret.txt",
        "resultats/%2e%2e%5csecret.txt",
        "resultats//etc/passwd",
        "resultats/%2Fetc%2Fpasswd",
        "resultats/.vigie-ouvert",
        "../../etc/passwd",
        "resultats/%00",
        "secret.txt",
    ] {
        let answer = page.get(path);
        assert!(answer.status >= 400, "{path}: {}", answer.status);
        assert!(
            !answer.body.contains("secret-hors-resultats") && !answer.body.contains("root:"),
            "{path}"
        );
    }
    assert_eq!(page.get("resultats/x").status, 404);
    let left: Vec<_> = files_below(folder.path());
    assert_eq!(left.len(), 2, "the guard let something be written: {left:?}");
}

#[test]
fn every_answer_carries_the_strict_policy() {
    let folder = temporary();
    let page = Page::open(folder.path());
    for path in ["", "travail", "revue", "reglages", "page.css", "page.js", "nulle-part"] {
        let answer = page.get(path);
        for header in [
            "content-security-policy: default-src 'none'",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(answer.head.contains(header), "{path}: {}", answer.head);
        }
        assert!(!answer.head.contains("access-control-allow"), "{path}");
        assert!(!answer.head.contains("set-cookie"), "{path}");
    }
}

#[test]
fn five_gigabytes_are_refused_before_they_come() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let (host, token) = (&page.host, &page.token);
    let answer = page.raw(
        format!(
            "POST /{token}/fichiers HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
             Content-Type: multipart/form-data; boundary=LIMITE\r\nContent-Length: 5368709120\r\n\r\n--LIMITE\r\n"
        )
        .as_bytes(),
    );
    assert_eq!(answer.status, 413, "{}", answer.head);
    assert_eq!(page.get("").status, 200, "the page still answers");
}

#[test]
fn an_upload_cut_short_leaves_nothing() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let whole = multipart(&[("mandats.csv".to_owned(), vec![b'x'; 200_000])]);
    let (host, token) = (&page.host, &page.token);
    let mut stream = TcpStream::connect(host).expect("the page listens");
    let head = format!(
        "POST /{token}/fichiers HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
         Content-Type: multipart/form-data; boundary=LIMITE\r\nContent-Length: {}\r\n\r\n",
        whole.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(&whole[..100_000]).expect("sent");
    stream.shutdown(Shutdown::Both).expect("cut");
    let data = folder.path().join("donnees");
    let start = Instant::now();
    while files_below(&data).iter().any(|p| p.to_string_lossy().contains("partiel")) {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", files_below(&data));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!data.join("mandats.csv").exists());
}

#[test]
fn names_from_the_browser_stay_in_the_folder() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let files = [
        ("..\\..\\evil.csv".to_owned(), b"a;b\n".to_vec()),
        ("../autre.csv".to_owned(), b"a;b\n".to_vec()),
    ];
    assert_eq!(page.drop_files(&files).status, 303);
    let data = folder.path().join("donnees");
    assert!(data.join("evil.csv").is_file() && data.join("autre.csv").is_file());
    assert_eq!(page.form("fichiers/retirer", &[("nom", "donnees/evil.csv")]).status, 303);
    assert!(!data.join("evil.csv").exists());
    fs::write(folder.path().join("a_moi.csv"), "a;b\n").expect("writable");
    assert_eq!(page.form("fichiers/retirer", &[("nom", "a_moi.csv")]).status, 409);
    assert_eq!(page.form("fichiers/retirer", &[("nom", "../vigie.toml")]).status, 409);
    assert!(folder.path().join("a_moi.csv").is_file());
}

/// Drop, audit, decide, restart: the decision is kept and the result is that of the command line.
#[test]
fn from_the_drop_to_a_decision_kept() {
    let folder = temporary();
    let page = Page::open(folder.path());
    assert_eq!(page.drop_files(&demo_files()).status, 303);
    let home = page.get("").body;
    assert!(home.contains("totem") && home.contains("mandats"), "{home}");
    assert_eq!(page.form("travail", &[("genre", "audit")]).status, 303);
    let done = page.wait();
    assert!(done.contains("Terminé") && done.contains("audit.html"), "{done}");
    let audit =
        done.split("/resultats/").nth(1).and_then(|t| t.split('/').next()).expect("a result");
    let report = page.get(&format!("resultats/{audit}/audit.html"));
    assert_eq!(report.status, 200);
    assert!(report.head.contains("content-security-policy: sandbox"), "{}", report.head);
    same_as_the_command_line(folder.path(), audit);

    let review = page.get(&format!("revue?audit={audit}")).body;
    let id = review.split("id=\"c-").nth(1).and_then(|t| t.split('"').next()).expect("a finding");
    let decision = [
        ("audit", audit),
        ("page", "1"),
        ("auteur", "Camille Exemple, contrôle interne"),
        ("constat", id),
        ("habitude", ""),
        ("controle", "DBL01"),
        ("decision", "justifie"),
        ("motif", "deux commandes <b>distinctes</b>"),
    ];
    assert_eq!(page.form("revue", &decision).status, 303);
    page.quit();

    let again = Page::open(folder.path());
    let review = again.get(&format!("revue?audit={audit}")).body;
    assert!(review.contains("deux commandes &#60;b&#62;distinctes"), "{review}");
    assert!(fs::read_to_string(folder.path().join("revue.csv")).expect("a journal").contains(id));
    let refused = again.form(
        "revue",
        &[
            ("audit", audit),
            ("page", "1"),
            ("auteur", ""),
            ("constat", id),
            ("habitude", ""),
            ("controle", "DBL01"),
            ("decision", "justifie"),
        ],
    );
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("il manque l’auteur"), "{}", refused.body);
}

/// The same folder by `vigie rapport audit .`: the same bytes, the journal included.
fn same_as_the_command_line(folder: &Path, audit: &str) {
    let out = temporary();
    let typed = vigie()
        .current_dir(folder)
        .args(["rapport", "audit", ".", "--sortie"])
        .arg(out.path())
        .output()
        .expect("the binary starts");
    assert!(typed.status.success(), "{}", stderr(&typed));
    let page = folder.join("reports").join(audit);
    for file in files_below(out.path()) {
        let name = file.strip_prefix(out.path()).expect("below");
        let (a, b) =
            (fs::read(&file).expect("read"), fs::read(page.join(name)).unwrap_or_default());
        assert!(a == b, "{} differs from the command line", name.display());
    }
}

#[test]
fn two_tabs_take_turns_and_a_run_can_be_stopped() {
    let folder = temporary();
    let page = Page::open(folder.path());
    page.drop_files(&demo_files());
    assert_eq!(page.form("travail", &[("genre", "audit")]).status, 303);
    let second = page.form("travail", &[("genre", "lire")]);
    assert_eq!(second.status, 409);
    assert!(second.body.contains("déjà en cours"), "{}", second.body);
    assert_eq!(page.form("travail/arreter", &[]).status, 303);
    let end = page.wait();
    assert!(end.contains("rien n’a été écrit") || end.contains("Terminé"), "{end}");
    let other =
        vigie().args(["ouvrir", "--sans-navigateur"]).arg(folder.path()).output().expect("starts");
    assert_eq!(other.status.code(), Some(2));
    assert!(stderr(&other).contains("déjà ouverte"), "{}", stderr(&other));
}

#[test]
fn killed_during_a_run_nothing_half_written_is_shown() {
    let folder = temporary();
    let page = Page::open(folder.path());
    page.drop_files(&demo_files());
    page.form("travail", &[("genre", "audit")]);
    drop(page);
    let again = Page::open(folder.path());
    let home = again.get("").body;
    assert!(home.contains("Aucun résultat pour le moment"), "{home}");
    assert!(!home.contains("partiel"), "{home}");
    assert_eq!(again.form("travail", &[("genre", "audit")]).status, 303);
    assert!(again.wait().contains("Terminé"));
}

#[test]
fn settings_are_edited_and_their_errors_shown() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let form = page.get("reglages").body;
    let mut fields: Vec<(String, String)> = Vec::new();
    for input in form.split("<input ").skip(1) {
        let input = input.split('>').next().unwrap_or_default();
        let value =
            |key: &str| input.split(&format!("{key}=\"")).nth(1).and_then(|t| t.split('"').next());
        if let Some(name) = value(" name").or(value("name")) {
            fields.push((name.to_owned(), value(" value").unwrap_or_default().to_owned()));
        }
    }
    for i in 0..2 {
        fields.push((format!("connu.{i}.sens"), "R".to_owned()));
    }
    let send = |changes: &[(&str, &str)]| {
        let mut typed = fields.clone();
        for (key, value) in changes {
            typed
                .iter_mut()
                .find(|(k, _)| k == key)
                .unwrap_or_else(|| panic!("no field {key}"))
                .1 = (*value).to_owned();
        }
        let pairs: Vec<(&str, &str)> =
            typed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        page.form("reglages", &pairs)
    };
    let wrong = send(&[("commune.population", "beaucoup")]);
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("aria-invalid") && wrong.body.contains("beaucoup"),
        "{}",
        wrong.body
    );
    assert!(!folder.path().join("vigie.toml").exists());
    let right = send(&[("commune.nom", "Saint-Exemple"), ("commune.population", "12 480")]);
    assert_eq!(right.status, 303, "{}", right.body);
    assert!(
        fs::read_to_string(folder.path().join("vigie.toml"))
            .expect("written")
            .contains("population = 12480")
    );
    let late = send(&[("commune.nom", "Autre")]);
    assert_eq!(late.status, 422);
    assert!(late.body.contains("autre onglet"), "{}", late.body);
}

/// System calls of the commands: no socket but the loopback listener of the page.
#[test]
#[cfg(target_os = "linux")]
fn no_command_opens_a_socket() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("SAUTÉ : strace absent, aucune commande n’est suivie");
        return;
    }
    let folder = temporary();
    let out = folder.path().join("sortie");
    let donnees = root().join("datasets/demo/donnees");
    let traced = |args: &[&str]| {
        let trace = folder.path().join("trace");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-e", "trace=%network", "-o"])
            .arg(&trace)
            .arg(env!("CARGO_BIN_EXE_vigie"))
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("strace runs");
        assert!(status.success(), "{args:?}");
        fs::read_to_string(&trace).expect("a trace")
    };
    let donnees = donnees.to_string_lossy().into_owned();
    let out = out.to_string_lossy().into_owned();
    for args in [
        vec!["lire", &donnees, "--sortie", &out],
        vec!["prevoir", &donnees, "--sortie", &out],
        vec!["scanner", &donnees, "--sortie", &out],
        vec!["rapport", "audit", &donnees, "--sortie", &out],
        vec!["rapport", "preparation", &donnees, "--sortie", &out],
        vec!["demo", "--lignes", "2000", "--sortie", "demo"],
        vec!["controles"],
        vec!["formats"],
    ] {
        let trace = traced(&args);
        assert!(!trace.contains("AF_INET"), "{args:?} opens a socket:\n{trace}");
    }
}

/// The listener of the page is on the loopback address alone.
#[test]
#[cfg(target_os = "linux")]
fn the_page_listens_on_the_loopback_only() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let port: u16 = page.host.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
    let hex = format!(":{port:04X}");
    let read = |p: &str| fs::read_to_string(p).unwrap_or_default();
    let all = read("/proc/net/tcp") + &read("/proc/net/tcp6");
    let listening: Vec<&str> = all
        .lines()
        .filter_map(|l| l.split_whitespace().nth(1).filter(|a| a.ends_with(&hex)))
        .collect();
    assert!(!listening.is_empty());
    assert!(listening.iter().all(|a| *a == format!("0100007F{hex}")), "{listening:?}");
}
