//! Traps in paths, through the program itself: links in a ring, names with line ends, pipes, files that are
//! not what their name says, and archives sent whole.
//!
//! **Invariant:** every file found is listed with what became of it; nothing outside the inputs is opened.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde_json::Value;
use zip::write::SimpleFileOptions;

use crate::hostile::run;
use crate::support::root;

const LEDGER: &str = "date_mandat;mandat;tiers_nom;objet;nature;montant\n\
    2025-03-01;1;SARL Exemple;Fournitures;60632;10,50\n\
    2025-03-02;2;SARL Exemple;Papier;60632;20,00\n";

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn proof(folder: &Path) -> Value {
    let bytes = fs::read(folder.join("sortie/rapprochement.json")).expect("written by lire");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Rows kept of each ledger, by file.
fn kept(folder: &Path) -> Vec<(String, u64)> {
    let proof = proof(folder);
    let ledgers = proof["ecritures"].as_array().expect("a list");
    let pair = |l: &Value| {
        (
            l["fichier"].as_str().unwrap_or_default().to_owned(),
            l["lignes_retenues"].as_u64().unwrap_or(0),
        )
    };
    ledgers.iter().map(pair).collect()
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
    fs::write(path, bytes).expect("a writable folder");
}

fn zip_of(path: &Path, members: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a writable folder"));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).expect("room");
        zip.write_all(bytes).expect("room");
    }
    zip.finish().expect("room");
}

#[cfg(unix)]
#[test]
fn links_pipes_and_strange_names_in_a_folder() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let folder = scratch();
    let place = folder.path();
    let inputs = place.join("d");
    write(&inputs.join("m.csv"), LEDGER);
    let other = |n: u32| LEDGER.replace("2025-03", &format!("2025-{n:02}"));
    write(&inputs.join("a\nb : faux.csv"), other(4));
    write(&inputs.join(OsStr::from_bytes(b"caf\xe9.csv")), other(5));
    write(&inputs.join(OsStr::from_bytes(b"caf\xe8.csv")), other(6));
    write(&inputs.join("vide.csv"), "");
    fs::create_dir_all(inputs.join("x.csv")).expect("a writable folder");
    symlink(&inputs, inputs.join("anneau")).expect("a link");
    symlink(place.join("nulle-part"), inputs.join("perdu.csv")).expect("a link");
    let pipe = std::process::Command::new("mkfifo").arg(inputs.join("tube.csv")).status();
    let with_pipe = pipe.is_ok_and(|s| s.success());
    let outcome = run(place, &["lire", "d", "--sortie", "sortie"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let names: Vec<String> = kept(place).into_iter().map(|k| k.0).collect();
    assert_eq!(names, ["a\u{240a}b : faux.csv", "cafè.csv", "café.csv", "m.csv"]);
    assert!(kept(place).iter().all(|k| k.1 == 2));
    let left = proof(place)["fichiers_ignores"].to_string();
    for word in ["anneau", "perdu.csv", "vide.csv"] {
        assert!(left.contains(word), "« {word} » is not told: {left}");
    }
    assert!(!with_pipe || left.contains("tube.csv"), "{left}");
    assert!(!outcome.stdout.contains("a\nb"), "a name broke a line: {}", outcome.stdout);
    let scan = run(place, &["scanner", "d", "--sortie", "scan"]);
    assert_eq!(scan.code, 0, "{}", scan.stderr);
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_rights_on_the_command_line() {
    use std::os::unix::fs::PermissionsExt;
    let folder = scratch();
    let place = folder.path();
    run(place, &["lire", "/dev/zero", "--sortie", "sortie"]).refused(&["périphérique"]);
    run(place, &["lire", "vide.csv", "--sortie", "sortie"]).refused(&["n'existe pas"]);
    write(&place.join("vide.csv"), "");
    run(place, &["lire", "vide.csv", "--sortie", "sortie"]).refused(&["vide.csv"]);
    fs::create_dir(place.join("dossier.csv")).expect("a writable folder");
    run(place, &["lire", "dossier.csv", "--sortie", "sortie"]).refused(&["aucun fichier"]);
    write(&place.join("ferme.csv"), LEDGER);
    fs::set_permissions(place.join("ferme.csv"), fs::Permissions::from_mode(0o000)).expect("ours");
    fs::create_dir(place.join("lecture-seule")).expect("a writable folder");
    fs::set_permissions(place.join("lecture-seule"), fs::Permissions::from_mode(0o555))
        .expect("ours");
    write(&place.join("m.csv"), LEDGER);
    if File::open(place.join("ferme.csv")).is_ok() {
        println!("rights of files: skipped, this user may read and write everything");
    } else {
        run(place, &["lire", "ferme.csv", "--sortie", "sortie"]).refused(&["l'accès est refusé"]);
        run(place, &["lire", "m.csv", "--sortie", "lecture-seule/a"])
            .refused(&["l'accès est refusé"]);
    }
    fs::set_permissions(place.join("lecture-seule"), fs::Permissions::from_mode(0o755))
        .expect("ours");
    let piped = std::process::Command::new("sh")
        .args(["-c", &format!("{} lire - --sortie tube < m.csv", env!("CARGO_BIN_EXE_vigie"))])
        .current_dir(place)
        .status()
        .expect("sh starts");
    assert!(piped.success());
}

#[test]
fn the_output_never_covers_the_input() {
    let folder = scratch();
    let place = folder.path();
    write(&place.join("d/m.csv"), LEDGER);
    run(place, &["lire", "d", "--sortie", "d"]).refused(&["contient autre chose", "m.csv"]);
    run(place, &["lire", "d", "--sortie", "d/m.csv"]).refused(&["est un fichier"]);
    assert_eq!(fs::read_to_string(place.join("d/m.csv")).expect("kept"), LEDGER);
    assert_eq!(run(place, &["lire", "d", "--sortie", "d/resultats"]).code, 0);
    assert_eq!(run(place, &["lire", "d", "--sortie", "sortie"]).code, 0);
    assert_eq!(kept(place), [("m.csv".to_owned(), 2)], "results are not read back");
}

#[test]
fn an_archive_is_read_member_by_member() {
    let folder = scratch();
    let place = folder.path();
    let inner = place.join("interieur.zip");
    zip_of(&inner, &[("x.csv", LEDGER.as_bytes())]);
    let nested = fs::read(&inner).expect("written above");
    let workbook = fs::read(root().join("tests/cases/ingest/pes/complet/input.xml"));
    let april = LEDGER.replace("2025-03", "2025-04");
    let mut members: Vec<(&str, &[u8])> = vec![
        ("compta/mandats mars.csv", LEDGER.as_bytes()),
        ("compta/avril.csv", april.as_bytes()),
        ("../../dehors.csv", LEDGER.as_bytes()),
        ("encore.zip", &nested),
        ("__MACOSX/._avril.csv", b"\0\0"),
        ("notes.txt", b"bonjour"),
    ];
    if let Ok(bytes) = &workbook {
        members.push(("pes.xml", bytes));
    }
    zip_of(&place.join("envoi.zip"), &members);
    let outcome = run(place, &["lire", "envoi.zip", "--csv", "--sortie", "sortie"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let kept = kept(place);
    assert_eq!(kept[0], ("envoi.zip!compta/avril.csv".to_owned(), 2));
    assert_eq!(kept[1], ("envoi.zip!compta/mandats mars.csv".to_owned(), 2));
    assert!(workbook.is_err() || kept[2].0 == "envoi.zip!pes.xml", "{kept:?}");
    let left = proof(place)["fichiers_ignores"].to_string();
    for word in ["envoi.zip!../../dehors.csv", "archive dans une archive", "notes.txt"] {
        assert!(left.contains(word), "« {word} » is not told: {left}");
    }
    let table = fs::read_to_string(place.join("sortie/ecritures.csv")).expect("written");
    assert!(table.contains("envoi.zip!compta/mandats%20mars.csv#1"), "{table}");
    assert!(!place.join("dehors.csv").exists() && !place.join("../dehors.csv").exists());
    // the same archive twice, and beside its own content, is one ledger
    fs::create_dir(place.join("d")).expect("a writable folder");
    for name in ["d/a.zip", "d/b.ZIP"] {
        fs::copy(place.join("envoi.zip"), place.join(name)).expect("a copy");
    }
    write(&place.join("d/mars.csv"), LEDGER);
    assert_eq!(run(place, &["scanner", "d", "--sortie", "scan"]).code, 0);
    assert_eq!(run(place, &["lire", "d", "--csv", "--sortie", "sortie2"]).code, 0);
    let twice = fs::read_to_string(place.join("sortie2/ecritures.csv")).expect("written");
    assert_eq!(twice.lines().count(), table.lines().count(), "{twice}");
}

#[test]
fn archives_that_hold_nothing_or_are_cut() {
    let folder = scratch();
    let place = folder.path();
    zip_of(&place.join("vide.zip"), &[]);
    run(place, &["lire", "vide.zip", "--sortie", "sortie"]).refused(&["aucun fichier"]);
    zip_of(&place.join("notes.zip"), &[("a.txt", b"bonjour")]);
    run(place, &["lire", "notes.zip", "--sortie", "sortie"]).refused(&["notes.zip!a.txt"]);
    zip_of(&place.join("m.zip"), &[("m.csv", LEDGER.as_bytes())]);
    let bytes = fs::read(place.join("m.zip")).expect("written above");
    write(&place.join("coupe.zip"), &bytes[..bytes.len() / 2]);
    run(place, &["lire", "coupe.zip", "--sortie", "sortie"]).refused(&["coupe.zip", "abîmée"]);
    let mut spoiled = bytes.clone();
    spoiled[45..60].fill(0xff);
    write(&place.join("abime.zip"), &spoiled);
    run(place, &["lire", "abime.zip", "--sortie", "sortie"]).refused(&["abime.zip"]);
}

/// The archive of a real PES flow, when the material is there.
#[test]
fn a_real_archive_of_pes() {
    let archive = root().join("../shared/data/pes/pes_exemple.zip");
    if !archive.is_file() {
        println!("a_real_archive_of_pes: skipped, {} is missing", archive.display());
        return;
    }
    let folder = scratch();
    let outcome = run(
        folder.path(),
        &["lire", archive.to_str().expect("a plain path"), "--sortie", "sortie"],
    );
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let kept = kept(folder.path());
    assert!(
        kept.iter().any(|k| k.0.starts_with("pes_exemple.zip!PESALR2_") && k.1 > 0),
        "{kept:?}"
    );
}
