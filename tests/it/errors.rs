//! The error gallery: `tests/cases/errors/<name>/` holds `cmd` (arguments, one line), inputs, and what is
//! expected: `stderr.txt` and `code`. Each message names where, what and what to do, and nothing is left
//! in the output folder. `.ci/run accept` rewrites the expected files.

use std::fs;
use std::path::Path;

use vigie::ingest::format::{FORMATS, HEAD, Source, recognise};

use crate::support::{copy_folder, files_below, root, stderr, stdout, vigie};

#[test]
fn the_gallery_says_where_what_and_what_to_do() {
    let gallery = root().join("tests/cases/errors");
    let mut cases: Vec<_> =
        fs::read_dir(&gallery).expect("the gallery exists").flatten().map(|e| e.path()).collect();
    cases.sort();
    let cases: Vec<_> = cases.into_iter().filter(|p| p.join("cmd").is_file()).collect();
    assert!(cases.len() >= 80, "the gallery holds {} cases", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every command of the program has its case.
#[test]
fn the_gallery_tries_every_command() {
    let help = stdout(&vigie().arg("--help").output().expect("the binary starts"));
    let commands = help.split("Commandes:").nth(1).and_then(|t| t.split("\n\n").next());
    let commands = commands.expect("the help lists the commands").lines();
    let listed: Vec<&str> = commands.filter_map(|l| l.split_whitespace().next()).collect();
    assert!(listed.len() > 10, "{listed:?}");
    let tried: Vec<String> = files_below(&root().join("tests/cases/errors"))
        .iter()
        .filter(|p| p.ends_with("cmd"))
        .map(|p| fs::read_to_string(p).expect("cmd is text"))
        .collect();
    let is_untried = |c: &&&str| !tried.iter().any(|t| t.split_whitespace().next() == Some(**c));
    let untried: Vec<_> = listed.iter().filter(is_untried).collect();
    assert!(untried.is_empty(), "no error is shown for {untried:?}");
}

/// Every reader meets a broken input of its own.
#[test]
fn the_gallery_tries_every_reader() {
    let mut tried: Vec<&str> = Vec::new();
    for path in files_below(&root().join("tests/cases/errors")) {
        let bytes = fs::read(&path).expect("the cases are readable");
        let nom = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if matches!(nom, "cmd" | "code" | "stderr.txt") {
            continue;
        }
        let head = &bytes[..bytes.len().min(HEAD)];
        let source = Source { nom, chemin: &path, head, nomme: true };
        tried.extend(recognise(&source).map(|(format, _)| format.nom()));
    }
    let untried: Vec<&str> =
        FORMATS.iter().map(|f| f.nom()).filter(|n| !tried.contains(n)).collect();
    assert!(untried.is_empty(), "no error is shown for {untried:?}");
}

/// Runs one case in a copy of its folder.
fn check(case: &Path) -> Result<(), String> {
    let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_folder(case, folder.path());
    let line = fs::read_to_string(case.join("cmd")).expect("cmd is text");
    let output = vigie()
        .args(line.split_whitespace())
        .current_dir(folder.path())
        .output()
        .expect("the binary starts");
    let place = folder.path().canonicalize().expect("it exists").display().to_string();
    let message = stderr(&output).replace(&place, "DOSSIER");
    let code = output.status.code().unwrap_or(-1);
    if std::env::var_os("VIGIE_ACCEPT").is_some() {
        fs::write(case.join("stderr.txt"), &message).expect("the case is writable");
        fs::write(case.join("code"), format!("{code}\n")).expect("the case is writable");
        return Ok(());
    }
    let expected = fs::read_to_string(case.join("stderr.txt")).unwrap_or_default();
    let expected_code = fs::read_to_string(case.join("code")).unwrap_or_default();
    if message != expected || expected_code.trim() != code.to_string() {
        return Err(format!("{name}: code {code}\n--- expected\n{expected}--- got\n{message}"));
    }
    if code == 2 && !message.contains("à faire :") {
        return Err(format!("{name}: the message does not say what to do"));
    }
    let silent = stdout(&output).is_empty() || code != 2 || message.starts_with("attention");
    if message.contains("panicked") || !silent {
        return Err(format!("{name}: a panic, or something on stdout"));
    }
    let left = folder.path().join("sortie");
    if code == 2 && fs::read_dir(&left).is_ok_and(|mut d| d.next().is_some()) {
        return Err(format!("{name}: something was left in the output folder"));
    }
    Ok(())
}

/// A full disk, seen as a limit on the size of files: one message, exit 2, no partial file.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("sortie");
    let script = format!(
        "ulimit -f 8; trap '' XFSZ; exec {} demo --donnees-seules --lignes 5000 --sortie {}",
        env!("CARGO_BIN_EXE_vigie"),
        out.display()
    );
    let output =
        std::process::Command::new("sh").args(["-c", &script]).output().expect("sh starts");
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("le disque est plein"), "{message}");
    assert!(message.contains("à faire :"), "{message}");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("it exists").flatten().collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}
