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
        Self::started(vigie(), folder)
    }

    /// The same, the program being started by another one (`strace …`).
    pub(crate) fn open_under(mut launcher: Command, folder: &Path) -> Self {
        launcher.arg(env!("CARGO_BIN_EXE_vigie"));
        Self::started(launcher, folder)
    }

    fn started(mut command: Command, folder: &Path) -> Self {
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

    /// Waits for the program to end.
    pub(crate) fn ended(&self) {
        let start = Instant::now();
        while TcpStream::connect(&self.host).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(20), "the page does not end");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends exactly these bytes.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.host).expect("the page listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout");
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

    /// Drops files and gives the status of the answer.
    pub(crate) fn drop_all(&self, files: &[(String, Vec<u8>)]) -> u16 {
        self.drop_files(files).status
    }

    /// Starts a run and waits for its end; gives the page.
    pub(crate) fn finish(&self, genre: &str) -> String {
        assert_eq!(self.form("travail", &[("genre", genre)]).status, 303);
        let page = self.wait();
        assert!(page.contains("Terminé"), "{genre}: {page}");
        page
    }

    fn drop_files(&self, files: &[(String, Vec<u8>)]) -> Answer {
        self.post("fichiers", "multipart/form-data; boundary=LIMITE", &multipart(files))
    }

    /// Waits for the end of the run.
    fn wait(&self) -> String {
        let start = Instant::now();
        while start.elapsed() < Duration::from_mins(2) {
            if self.get("travail.json").body.contains("\"fini\":true") {
                return self.get("travail").body;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the run does not end");
    }

    pub(crate) fn quit(mut self) {
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
pub(crate) fn demo_files() -> Vec<(String, Vec<u8>)> {
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

/// Highest memory of a process, MB.
#[cfg(target_os = "linux")]
fn peak(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).expect("a status");
    let line = text.lines().find(|l| l.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).expect("a number") / 1000
}

/// 5 GB whose length is not said: cut at the limit; memory stays flat, nothing stays on the disk.
#[test]
#[cfg(target_os = "linux")]
fn five_gigabytes_without_their_length_are_cut_and_swept() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let before = peak(page.pid());
    let (host, token) = (&page.host, &page.token);
    let mut stream = TcpStream::connect(host).expect("the page listens");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout");
    let head = format!(
        "POST /{token}/fichiers HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: multipart/form-data; boundary=LIMITE\r\n\r\n"
    );
    let part =
        "--LIMITE\r\nContent-Disposition: form-data; name=\"f\"; filename=\"grand.csv\"\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(format!("{:x}\r\n{part}\r\n", part.len()).as_bytes()).expect("sent");
    let block =
        [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![b'1'; 1 << 20], b"\r\n".to_vec()].concat();
    let sent = (0..5_000).take_while(|_| stream.write_all(&block).is_ok()).count();
    assert!((2_000..2_300).contains(&sent), "cut after {sent} MiB");
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said);
    // a reset may swallow the answer, never the sweep
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 413"), "{said}");
    let (data, start) = (folder.path().join("donnees"), Instant::now());
    while !files_below(&data).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", files_below(&data));
        std::thread::sleep(Duration::from_millis(50));
    }
    let grown = peak(page.pid()) - before;
    assert!(grown < 20, "{grown} MB more for an upload");
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
    assert!(home.contains("budget TOTEM") && home.contains("grand livre"), "{home}");
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

/// A folder as a town keeps it: a subfolder a year, an archive, a file nobody reads, settings.
fn kept_folder(folder: &Path) {
    let year = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut zip =
        zip::ZipWriter::new(fs::File::create(folder.join("envoi.zip")).expect("writable"));
    for (name, bytes) in demo_files() {
        if name.starts_with("BP_") {
            let how = zip::write::SimpleFileOptions::default();
            zip.start_file(format!("budgets/{name}"), how).expect("a member");
            zip.write_all(&bytes).expect("written");
            continue;
        }
        let place = folder.join("exports").join(year(&name));
        fs::create_dir_all(&place).expect("writable");
        fs::write(place.join(name), bytes).expect("writable");
    }
    zip.finish().expect("an archive");
    fs::write(folder.join("notes.docx"), "rien").expect("writable");
    fs::copy(root().join("datasets/demo/vigie.toml"), folder.join("vigie.toml")).expect("copied");
}

/// Subfolders and an archive; every kind of work, plain and with its choices: the bytes of the command line.
#[test]
fn every_work_gives_the_bytes_of_the_command_line() {
    let folder = temporary();
    kept_folder(folder.path());
    let page = Page::open(folder.path());
    let home = page.get("").body;
    assert!(home.contains("envoi.zip") && home.contains("exports/2025/CA_2025.xml"), "{home}");
    type Asked<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let plain: [Asked<'_>; 5] = [
        ("lire", &[], &["lire", "."]),
        ("preparation", &[], &["rapport", "preparation", "."]),
        ("audit", &[], &["rapport", "audit", "."]),
        ("synthese", &[], &["rapport", "synthese", "."]),
        (
            "preparation",
            &[("exercice", "2027"), ("scenario", "central")],
            &["rapport", "preparation", ".", "--exercice", "2027", "--scenario", "central"],
        ),
    ];
    for (genre, choices, typed) in plain {
        let fields = [&[("genre", genre)][..], choices].concat();
        assert_eq!(page.form("travail", &fields).status, 303, "{genre}");
        let done = page.wait();
        assert!(done.contains("Terminé"), "{genre}: {done}");
        let name = done.split("/resultats/").nth(1).and_then(|t| t.split('/').next());
        let seen = same_as(folder.path(), typed, name.expect("a result"));
        assert!(seen > 3, "{genre}: {seen} files");
    }
    let wrong = page.form("travail", &[("genre", "audit"), ("exercice", "demain")]);
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("n’est pas un exercice"), "{}", wrong.body);
    assert_eq!(page.form("travail", &[("genre", "audit"), ("budget", "Eau")]).status, 303);
    let refused = page.wait();
    assert!(refused.contains("aucun document n’est de ce budget"), "{refused}");
}

/// The same folder by `vigie rapport audit .`: the same bytes, the journal included.
fn same_as_the_command_line(folder: &Path, audit: &str) {
    same_as(folder, &["rapport", "audit", "."], audit);
}

/// The same folder by a line typed: the same bytes, the journal included; gives the number of files.
fn same_as(folder: &Path, line: &[&str], result: &str) -> usize {
    let out = temporary();
    let typed = vigie()
        .current_dir(folder)
        .args(line)
        .arg("--sortie")
        .arg(out.path())
        .output()
        .expect("the binary starts");
    assert!(typed.status.success(), "{}", stderr(&typed));
    let page = folder.join("reports").join(result);
    let files = files_below(out.path());
    assert_eq!(files.len(), files_below(&page).len(), "{line:?}: the same files");
    for file in &files {
        let name = file.strip_prefix(out.path()).expect("below");
        let (a, b) = (fs::read(file).expect("read"), fs::read(page.join(name)).unwrap_or_default());
        assert!(a == b, "{line:?}: {} differs from the command line", name.display());
    }
    files.len()
}

/// No argument and no terminal, as a file manager starts it: the page of the user's own folder opens in the
/// browser; a second double click brings it back; without a browser the address is printed.
#[test]
#[cfg(target_os = "linux")]
fn a_double_click_opens_the_page() {
    use std::os::unix::fs::PermissionsExt;
    let (home, bin) = (temporary(), temporary());
    let called = home.path().join("appels");
    let start = || {
        let mut command = vigie();
        command.env("HOME", home.path()).env("PATH", bin.path()).env("APPELS", &called);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    // no browser yet
    let mut alone = start().spawn().expect("the binary starts");
    let mut out = BufReader::new(alone.stdout.take().expect("piped"));
    let mut address = String::new();
    out.read_line(&mut address).expect("the address is printed");
    assert!(address.contains("http://127.0.0.1:"), "{address}");
    let mut told = BufReader::new(alone.stderr.take().expect("piped"));
    let mut words = String::new();
    for _ in 0..2 {
        told.read_line(&mut words).expect("a note");
    }
    assert!(words.contains("copier cette adresse"), "{words}");
    alone.kill().expect("ended");
    alone.wait().expect("ended");

    let browser = bin.path().join("xdg-open");
    fs::write(&browser, "#!/bin/sh\necho \"$1\" >> \"$APPELS\"\n").expect("writable");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("allowed");
    let opened = |n: usize| {
        let start = Instant::now();
        loop {
            let seen = fs::read_to_string(&called).unwrap_or_default();
            if seen.lines().count() == n {
                return seen.lines().last().unwrap_or_default().to_owned();
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{n} calls expected: {seen:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let mut first = start().spawn().expect("the binary starts");
    let mut out = BufReader::new(first.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("the address is printed");
    let shown = opened(1);
    assert!(
        line.trim().ends_with(&shown) && shown.starts_with("http://127.0.0.1:"),
        "{line} {shown}"
    );
    assert!(home.path().join("vigie").is_dir(), "the folder of the user");
    let second = start().output().expect("the binary starts");
    assert!(second.status.success(), "{}", stderr(&second));
    assert!(stderr(&second).contains("revient dans le navigateur"), "{}", stderr(&second));
    assert_eq!(opened(2), shown, "the same page comes back");
    first.kill().expect("ended");
    first.wait().expect("ended");
}

#[test]
fn a_taken_port_is_refused_in_words() {
    let (one, other) = (temporary(), temporary());
    let page = Page::open(one.path());
    let port = page.host.rsplit(':').next().expect("a port");
    let second = vigie()
        .args(["ouvrir", "--sans-navigateur", "--port", port])
        .arg(other.path())
        .output()
        .expect("the binary starts");
    assert_eq!(second.status.code(), Some(2));
    let said = stderr(&second);
    assert!(
        said.contains("impossible d’ouvrir la page locale sur le port")
            && said.contains("--port 0"),
        "{said}"
    );
    // two folders, two pages, any port
    let third = Page::open(other.path());
    assert_ne!(third.host, page.host);
    assert_eq!((third.get("").status, page.get("").status), (200, 200));
}

/// What no form of ours sends is still answered in French.
#[test]
fn odd_requests_are_answered_in_french() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let kind = "application/x-www-form-urlencoded";
    for (path, kind, body) in [
        ("revue", kind, &b"audit=x"[..]),
        ("revue", "text/plain", b"x"),
        ("fichiers", kind, b"x=1"),
        ("fichiers/retirer", kind, b""),
        ("reglages", kind, b"%%%"),
        ("travail.json", kind, b""),
    ] {
        let answer = page.post(path, kind, body);
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        assert!(answer.body.contains("À faire"), "{path}: {}", answer.body);
    }
    let long = page.post("revue", kind, &vec![b'a'; 5 << 20]);
    assert_eq!(long.status, 413);
}

/// Files kept or left when a folder is dropped; one taken away takes its empty folders along.
#[test]
fn a_dropped_folder_keeps_its_places_and_leaves_what_is_no_data() {
    let folder = temporary();
    let page = Page::open(folder.path());
    let file = |name: &str| (name.to_owned(), b"a;b\n1;2\n".to_vec());
    let dropped = [
        file("exports/2024/mandats.csv"),
        file("exports/2025/mandats.csv"),
        file("exports/.DS_Store"),
        file("exports/~$mandats.xlsx"),
        file("exports/verite.csv"),
        file("exports/vigie.toml"),
    ];
    assert_eq!(page.drop_files(&dropped).status, 303);
    let home = page.get("").body;
    for told in
        ["2 fichiers ajoutés", "fichier caché", "provisoire de tableur", "corrigé", "réglages"]
    {
        assert!(home.contains(told), "{told}: {home}");
    }
    assert!(!page.get("").body.contains("fichiers ajoutés"), "told once");
    let data = folder.path().join("donnees");
    assert_eq!(files_below(&data).len(), 2);
    assert_eq!(
        page.form("fichiers/retirer", &[("nom", "donnees/exports/2024/mandats.csv")]).status,
        303
    );
    assert!(!data.join("exports/2024").exists() && data.join("exports/2025").is_dir());
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
