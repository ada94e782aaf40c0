//! What a commune receives and is told: README, documents, result folders, names and places of Windows.
//!
//! **Invariant:** a command shown to a user runs as it is shown; a test named in a document exists.

use std::fs;
use std::path::Path;
use std::process::Output;

use vigie::app::lisez_moi;

use crate::support::{copy_folder, files_below, root, stderr, stdout, vigie};

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn run(place: &Path, args: &[&str]) -> Output {
    vigie().current_dir(place).args(args).output().expect("the binary starts")
}

fn folder_of_demo(place: &Path, name: &str) {
    copy_folder(&root().join("datasets/demo/donnees"), &place.join(name));
}

/// Lines of the fenced blocks that call the program, without their comments.
fn commands(text: &str) -> Vec<String> {
    let fenced = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let lines = fenced.map(str::trim).filter(|l| l.starts_with("vigie "));
    lines.map(|l| l.split("  #").next().unwrap_or(l).trim().to_owned()).collect()
}

/// Each command of the README, typed in a folder that holds what it names, as a shell would run it.
#[test]
fn the_commands_of_the_readme_run() {
    let folder = temporary();
    let place = folder.path();
    folder_of_demo(place, "exports");
    fs::copy(place.join("exports/mandats_2025.csv"), place.join("mandats.csv")).expect("copied");
    let shown = commands(&read("README.md"));
    assert!(shown.len() >= 10, "{shown:?}");
    let program = Path::new(env!("CARGO_BIN_EXE_vigie"));
    let path = format!("{}:/usr/bin:/bin", program.parent().expect("a folder").display());
    for command in shown.iter().filter(|c| !c.starts_with("vigie ouvrir")) {
        let mut shell = std::process::Command::new("sh");
        let output = shell.args(["-c", command]).current_dir(place).env("PATH", &path).output();
        let output = output.expect("sh starts");
        assert!(output.status.success(), "{command}\n{}", stderr(&output));
    }
    let toml = fs::read_to_string(place.join("correspondance.toml")).expect("written by --deviner");
    assert!(toml.contains("[colonnes]"), "{toml}");
}

/// The two commands that the README promises, and the checks of `.ci/run` on them.
#[test]
fn the_readme_keeps_its_two_promises() {
    let readme = read("README.md");
    for line in ["    cargo run --release -- demo", "    cargo test --release"] {
        assert_eq!(readme.lines().filter(|l| *l == line).count(), 1, "{line}");
    }
    for page in ["preparation.html", "audit.html", "synthese.html", "lecture.html"] {
        assert!(readme.contains(&format!("`demo/{page}`")), "{page}");
    }
    for document in files_below(&root().join("docs")) {
        let name = document.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(name == "lisez-moi.md" || readme.contains(&format!("docs/{name}")), "{name}");
    }
}

/// Every test that a document names: the file holds that function, which is a test.
#[test]
fn the_tests_named_by_the_documents_exist() {
    let text = read("docs/menaces.md");
    let named: Vec<(&str, &str)> = text
        .split('`')
        .filter_map(|t| t.split_once("::"))
        .filter(|(f, _)| f.contains(".rs"))
        .collect();
    assert!(named.len() > 30, "{}", named.len());
    for (file, function) in named {
        let source = read(file);
        let at =
            source.find(&format!("fn {function}(")).unwrap_or_else(|| panic!("{file}::{function}"));
        let before: Vec<&str> = source[..at].lines().rev().take(6).collect();
        let is_test = before.iter().any(|l| l.contains("#[test]")) || source.contains("proptest!");
        assert!(is_test, "{file}::{function} is no test");
    }
}

#[test]
fn documents_lead_to_files_that_exist() {
    for path in files_below(&root().join("docs")).into_iter().chain([root().join("README.md")]) {
        let text = fs::read_to_string(&path).expect("a document is text");
        for target in text.split("](").skip(1).filter_map(|t| t.split(')').next()) {
            let outside = target.starts_with('#') || target.contains("://");
            let there = path.parent().expect("a folder").join(target).exists();
            assert!(outside || there, "{}: {target}", path.display());
        }
    }
    let assembled = read(".ci/paquet.py");
    let shipped: Vec<&str> = assembled
        .lines()
        .filter_map(|l| l.strip_prefix("    \"")?.split_once("\": \""))
        .map(|(source, _)| source)
        .collect();
    assert!(shipped.len() >= 8, "{shipped:?}");
    for source in shipped.iter().filter(|s| s.contains('.') || s.starts_with("LICENSE")) {
        assert!(root().join(source).is_file(), "{source}");
    }
}

#[test]
fn unsafe_code_is_forbidden() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
}

/// Unix-only calls stand behind a condition, and no path of Unix is written in the program.
#[test]
fn the_code_is_portable() {
    let files = files_below(&root().join("src"));
    for path in files.into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs")) {
        let text = fs::read_to_string(&path).expect("a source is text");
        let code = text.split("mod tests {").next().unwrap_or_default();
        let lines: Vec<&str> = code.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            let place = format!("{}:{}", path.display(), i + 1);
            if line.contains("std::os::unix") {
                let near = &lines[i.saturating_sub(4)..i];
                assert!(near.iter().any(|l| l.contains("cfg(unix)")), "{place}: {line}");
            }
            for fixed in ["\"/tmp", "\"/dev/", "\"/proc/", "\"/home/", "\"/etc/"] {
                assert!(!line.contains(fixed), "{place}: {line}");
            }
        }
    }
}

/// Result folders hold names that Windows takes, and say what each is for.
#[test]
fn every_result_says_what_its_files_are() {
    let folder = temporary();
    let place = folder.path();
    folder_of_demo(place, "exports");
    for args in [
        &["demo", "--lignes", "2000"][..],
        &["lire", "exports", "--csv"],
        &["verifier", "exports"],
        &["prevoir", "exports"],
        &["rapport", "preparation", "exports"],
        &["rapport", "audit", "exports"],
        &["rapport", "synthese", "exports"],
        &["echantillon", "exports"],
        &["exporter", "scdl", "exports"],
        &["exporter", "notebook", "exports"],
        &["exporter", "png", "exports"],
        &["exporter", "xlsx", "exports"],
        &["exporter", "parquet", "exports"],
    ] {
        let mut args = args.to_vec();
        args.extend(["--sortie", "sortie", "--date", "2026-03-14", "-q"]);
        let output = run(place, &args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        let note = fs::read_to_string(place.join("sortie/lisez-moi.txt")).expect("a note");
        for entry in fs::read_dir(place.join("sortie")).expect("a result").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(lisez_moi::is_known(&name), "{args:?}: {name} has no sentence");
            assert!(name == lisez_moi::FICHIER || note.contains(&name), "{args:?}: {name}");
        }
        for file in files_below(&place.join("sortie")) {
            let name = file.strip_prefix(place).expect("below").to_string_lossy().into_owned();
            let refused = |c: char| "<>:\"|?*\\".contains(c) || c.is_control();
            assert!(!name.contains(refused) && !name.ends_with(['.', ' ']), "{name}");
            assert!(name.len() < 120, "too long below a share: {name}");
        }
    }
}

#[test]
fn accents_spaces_and_apostrophes_in_every_path() {
    let folder = temporary();
    let place = folder.path();
    folder_of_demo(place, "Budget de l'année (été) & suite");
    let out = "résultats d'été/n° 1";
    let inputs = "Budget de l'année (été) & suite";
    let output = run(place, &["rapport", "audit", inputs, "--sortie", out]);
    assert!(output.status.success(), "{}", stderr(&output));
    let told = stdout(&output);
    assert!(told.contains("résultats d'été/n° 1/audit.html"), "{told}");
    let import = told.lines().find(|l| l.starts_with("Suite")).expect("the next command");
    assert!(import.contains("vigie revue importer \"résultats d'été/n° 1"), "{import}");
    let journal = fs::read_to_string(place.join(out).join("journal.txt")).expect("a journal");
    assert!(journal.contains("\"Budget de l'année (été) & suite\""), "{journal}");
}

/// `vigie.toml` as the Notepad of Windows may save it.
#[test]
fn settings_saved_by_an_editor_of_windows_are_read() {
    let folder = temporary();
    let place = folder.path();
    folder_of_demo(place, "exports");
    let text = "[commune]\r\nnom = \"Évry-près-l'Œuvre\"\r\npopulation = 1234\r\n";
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let ansi: Vec<u8> = text.chars().map(|c| if c == 'Œ' { 0x8c } else { c as u8 }).collect();
    for (name, bytes) in [
        ("utf8", text.as_bytes().to_vec()),
        ("utf8-bom", format!("\u{feff}{text}").into_bytes()),
        ("utf16", utf16),
        ("ansi", ansi),
    ] {
        fs::write(place.join("exports/vigie.toml"), bytes).expect("writable");
        let output = run(place, &["rapport", "synthese", "exports", "--sortie", "s", "-q"]);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        let results = fs::read_to_string(place.join("s/resultats.json")).expect("results");
        assert!(results.contains("Évry-près-l'Œuvre"), "{name}");
    }
}

/// A place where nobody may write, root included.
#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_refused_with_words() {
    let folder = temporary();
    folder_of_demo(folder.path(), "exports");
    for (place, words) in
        [("/sys/vigie/resultats", "écrire"), ("/dev/null/resultats", "porte déjà ce nom")]
    {
        let output = run(folder.path(), &["lire", "exports", "--sortie", place]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(words) && message.contains("à faire :"), "{message}");
        assert!(message.contains("rien n'a été écrit"), "{message}");
    }
}

/// Decisions typed and not imported outlive the next run; once imported, they are in force.
#[test]
fn decisions_typed_and_forgotten_are_kept() {
    let folder = temporary();
    let place = folder.path();
    folder_of_demo(place, "exports");
    let audit = ["rapport", "audit", "exports", "--sortie", "audit", "--date", "2026-03-14"];
    assert!(run(place, &audit).status.success());
    let workbook = place.join("audit/audit.xlsx");
    // Bytes after the end of an archive change its hash, not what it holds.
    let touch = || fs::write(&workbook, [&fs::read(&workbook).expect("read")[..], b"x"].concat());
    touch().expect("writable");
    let typed = fs::read(&workbook).expect("a workbook");
    let output = run(place, &audit);
    let message = stderr(&output);
    assert!(output.status.success() && message.contains("conserve"), "{message}");
    assert!(message.contains("vigie revue importer"), "{message}");
    assert_eq!(fs::read(place.join("audit/conserve/audit.xlsx")).expect("kept"), typed);
    assert!(fs::read_to_string(place.join("audit/lisez-moi.txt")).is_ok());

    // Taken in, the workbook is replaced without being kept again.
    touch().expect("writable");
    let import = ["revue", "importer", "audit/audit.xlsx", "--auteur", "C. Exemple"];
    assert!(run(place, &import).status.success());
    let message = stderr(&run(place, &audit));
    assert!(!message.contains("conserve"), "{message}");
    assert!(!place.join("audit/conserve/audit-2.xlsx").exists());
}

/// The workbook of an audit, filled in and left beside the ledgers, is not read as a ledger.
#[test]
fn the_workbook_of_an_audit_is_not_data() {
    let folder = temporary();
    let place = folder.path();
    folder_of_demo(place, "exports");
    let audit = |out: &str| {
        run(place, &["rapport", "audit", "exports", "--sortie", out, "--date", "2026-03-14"])
    };
    assert!(audit("un").status.success());
    fs::copy(place.join("un/audit.xlsx"), place.join("exports/audit_rempli.xlsx")).expect("copied");
    assert!(audit("deux").status.success());
    let findings = |out: &str| fs::read(place.join(out).join("constats.csv")).expect("written");
    assert_eq!(findings("un"), findings("deux"));
    let proof = run(place, &["lire", "exports", "--sortie", "lu"]);
    assert!(proof.status.success(), "{}", stderr(&proof));
    let proof = fs::read_to_string(place.join("lu/rapprochement.json")).expect("written");
    assert!(proof.contains("vigie revue importer"), "{proof}");
    let alone = run(place, &["lire", "un/audit.xlsx", "--sortie", "seul"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(stderr(&alone).contains("revue importer"), "{}", stderr(&alone));
}

#[test]
fn the_version_and_the_lists_are_shown() {
    let folder = temporary();
    let version = stdout(&run(folder.path(), &["--version"]));
    assert!(version.starts_with(&format!("vigie {} (", env!("CARGO_PKG_VERSION"))), "{version}");
    for (list, least, one) in
        [("controles", 40, "DBL01"), ("modeles", 8, "ets"), ("formats", 15, "pes")]
    {
        let lines = stdout(&run(folder.path(), &[list])).lines().count();
        assert!(lines >= least, "{list}: {lines}");
        let page = stdout(&run(folder.path(), &[list, one]));
        assert!(page.lines().count() > 10, "{list} {one}: {page}");
    }
}
