//! What every command asks of the network: nothing. Followed by `strace`, and run in a network namespace that
//! holds no interface.
//!
//! **Invariant:** a command added to the program and not followed here is a failure.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::browser::missing;
use crate::serve::{Page, demo_files};
use crate::support::{files_below, root, vigie};

/// Every command, with arguments that make it work for real, in the order in which each finds what it needs.
fn commands() -> Vec<Vec<&'static str>> {
    vec![
        vec!["demo", "--lignes", "2000", "--sortie", "demo"],
        vec!["init", "neuf"],
        vec!["lire", "demo/donnees", "--sortie", "lu"],
        vec!["lire", "demo/donnees/mandats_2025.csv", "--deviner"],
        vec!["verifier", "demo/donnees", "--sortie", "verifie"],
        vec!["prevoir", "demo/donnees", "--sortie", "prevu"],
        vec!["scanner", "demo/donnees", "--sortie", "scanne"],
        vec!["echantillon", "demo/donnees", "--taille", "30", "--sortie", "tire"],
        vec!["rapport", "preparation", "demo/donnees", "--sortie", "preparation"],
        vec!["rapport", "audit", "demo/donnees", "--sortie", "audit"],
        vec!["rapport", "synthese", "demo/donnees", "--sortie", "synthese"],
        vec!["exporter", "xlsx", "demo/donnees", "--sortie", "e1"],
        vec!["exporter", "csv", "demo/donnees", "--sortie", "e2"],
        vec!["exporter", "parquet", "demo/donnees", "--sortie", "e3"],
        vec!["exporter", "png", "demo/donnees", "--sortie", "e4"],
        vec!["exporter", "notebook", "demo/donnees", "--sortie", "e5"],
        vec!["exporter", "scdl", "demo/donnees/CA_2023.xml", "--sortie", "e6"],
        vec!["revue", "importer", "audit/audit.xlsx", "--auteur", "C. Exemple"],
        vec!["revue", "lister"],
        vec![
            "revue",
            "ajouter",
            "0123456789abcdef",
            "justifie",
            "--motif",
            "loyer",
            "--auteur",
            "C. Exemple",
        ],
        vec![
            "series",
            "series.csv",
            "--horizon",
            "3",
            "--saison",
            "12",
            "--sortie",
            "series_out.csv",
        ],
        vec!["purger", ".", "--simuler"],
        vec!["purger", "."],
        vec!["controles"],
        vec!["controles", "DBL01"],
        vec!["modeles"],
        vec!["formats", "totem"],
        vec!["completion", "bash"],
        vec!["man", "pages"],
        vec!["--aide"],
        vec!["--version"],
        vec![],
    ]
}

fn tool(name: &str) -> bool {
    let mut command = Command::new(name);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|s| s.success())
}

/// Where the commands run: monthly series for `series`, the rest is made by `demo`.
fn bench() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rows: String = (0..48)
        .map(|i| format!("a,{}-{:02}-01,{}\n", 2022 + i / 12, i % 12 + 1, 100 + i % 12))
        .collect();
    fs::write(folder.path().join("series.csv"), format!("unique_id,ds,y\n{rows}"))
        .expect("writable");
    folder
}

#[test]
fn every_command_is_followed_here() {
    let text = fs::read_to_string(root().join("src/cli/args.rs")).expect("the arguments");
    let list = text.split("enum Commande {").nth(1).and_then(|t| t.split("\n}").next());
    let names = list.expect("the commands").lines().filter_map(|line| {
        let line = line.trim();
        let name = line.split('(').next()?;
        (line.ends_with("),") && !line.starts_with(['#', '/'])).then(|| name.to_lowercase())
    });
    let followed: Vec<&str> = commands().iter().filter_map(|c| c.first().copied()).collect();
    let mut seen = 0;
    for name in names {
        seen += 1;
        assert!(name == "ouvrir" || followed.contains(&&*name), "{name} is not followed");
    }
    assert!(seen > 15, "{seen} commands");
}

/// System calls: not one socket, of any family, in any command but `ouvrir`.
#[test]
fn no_command_opens_a_socket() {
    if !tool("strace") {
        missing("strace");
        return;
    }
    let folder = bench();
    for args in commands() {
        let trace = folder.path().join("trace");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-e", "trace=%network", "-o"])
            .arg(&trace)
            .arg(env!("CARGO_BIN_EXE_vigie"))
            .args(&args)
            .current_dir(folder.path())
            // no argument and no terminal is a double click: that one is followed below
            .args(if args.is_empty() { &["-h"][..] } else { &[] })
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("strace runs");
        assert!(status.success(), "{args:?}: {status}");
        let trace = fs::read_to_string(&trace).expect("a trace");
        assert!(!trace.contains("socket(") && !trace.contains("connect("), "{args:?}:\n{trace}");
    }
}

/// `ouvrir`, from the drop to the audit: one socket, bound to 127.0.0.1, never connected to anything.
#[test]
fn the_page_opens_its_listener_and_nothing_else() {
    if !tool("strace") {
        missing("strace");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=%network", "-o"]).arg(trace.path());
    let page = Page::open_under(strace, folder.path());
    assert_eq!(page.drop_all(&demo_files()), 303);
    page.finish("audit");
    page.quit();
    let text = fs::read_to_string(trace.path()).expect("a trace");
    let calls = |name: &str| text.lines().filter(|l| l.contains(name)).collect::<Vec<_>>();
    let sockets = calls("socket(");
    assert!(sockets.len() == 1 && sockets[0].contains("AF_INET,"), "{sockets:#?}");
    let bound = calls("bind(");
    assert!(bound.len() == 1 && bound[0].contains("inet_addr(\"127.0.0.1\")"), "{bound:#?}");
    assert!(calls("connect(").is_empty(), "{:#?}", calls("connect("));
    assert!(calls("sendmsg(").is_empty() && calls("socketpair(").is_empty(), "{text}");
}

/// Without any network interface, not even the loopback, every command gives the same bytes.
#[test]
fn without_a_network_the_results_are_the_same() {
    let allowed = ["-n", "-rn"].into_iter().find(|how| {
        let mut probe = Command::new("unshare");
        probe.args([how, "true"]).stderr(Stdio::null());
        probe.status().is_ok_and(|s| s.success())
    });
    let Some(how) = allowed else {
        missing("unshare (espaces de noms)");
        return;
    };
    let (with, without) = (bench(), bench());
    let run = |mut command: Command, folder: &Path, args: &[&str]| {
        let dated = [
            "lire",
            "verifier",
            "prevoir",
            "scanner",
            "rapport",
            "exporter",
            "demo",
            "echantillon",
        ];
        command.args(args).current_dir(folder).env("NO_COLOR", "1");
        if args.first().is_some_and(|a| dated.contains(a)) && !args.contains(&"--deviner") {
            command.args(["--date", "2026-03-14"]);
        }
        command.stdin(Stdio::null()).output().expect("it starts")
    };
    // the key of `init` is drawn at random, a decision is dated by the clock
    let random = ["init", "revue"];
    for args in commands() {
        if args.is_empty() || random.contains(&args[0]) {
            continue;
        }
        let plain = run(vigie(), with.path(), &args);
        let mut command = Command::new("unshare");
        command.arg(how).arg(env!("CARGO_BIN_EXE_vigie"));
        let alone = run(command, without.path(), &args);
        assert!(alone.status.success(), "{args:?}: {}", String::from_utf8_lossy(&alone.stderr));
        assert_eq!(plain.stdout, alone.stdout, "{args:?}");
    }
    let files = files_below(with.path());
    assert!(files.len() > 100, "{} files", files.len());
    for file in files {
        let name = file.strip_prefix(with.path()).expect("below");
        let same = fs::read(&file).expect("read")
            == fs::read(without.path().join(name)).unwrap_or_default();
        // the key of the demo's settings is drawn for it
        assert!(same, "{} differs without a network", name.display());
    }
}
