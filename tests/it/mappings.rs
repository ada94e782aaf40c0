//! Mappings: `--deviner` says what the program would do by itself, and reading with its answer gives the
//! same; twelve exports of one software under renamed titles are one ledger.
//!
//! **Invariant:** rows, amounts and budget lines are compared one by one, with and without the mapping.

use std::fs;
use std::path::{Path, PathBuf};

use vigie::domain::progress::Silent;
use vigie::ingest::format::{Consigne, HEAD, Recolte, Source, recognise};
use vigie::ingest::mapped::{self, mapping::Mapping};
use vigie::ingest::tableur;

use crate::ingest::table;
use crate::support::{files_below, root, stderr, stdout, vigie};
use crate::tables::{budget, json};

/// Rows and budget lines of a file, or `None` when it is refused or is no table.
fn rows(path: &Path, mapping: Option<&Mapping>) -> Option<String> {
    with_source(path, |source, format| {
        let consigne = Consigne { correspondance: mapping, ..Consigne::plain(&Silent) };
        let mut recolte = Recolte::default();
        let reader = vigie::ingest::format::FORMATS.iter().find(|f| f.nom() == format)?;
        reader.read(source, &consigne, &mut recolte).ok()?;
        let counts: Vec<String> = recolte
            .ecritures
            .iter()
            .map(|e| format!("{} {} {} {}", e.fichier, e.lignes_lues, e.lignes_retenues, e.total))
            .collect();
        Some(
            counts.join("\n") + "\n" + &table(&recolte.ledgers.finish()) + &budget(&recolte.budget),
        )
    })
}

fn with_source<T>(path: &Path, run: impl FnOnce(&Source<'_>, &str) -> Option<T>) -> Option<T> {
    let bytes = fs::read(path).ok()?;
    let nom = path.file_name()?.to_str()?;
    let head = &bytes[..bytes.len().min(HEAD)];
    let source = Source { nom, chemin: path, head, nomme: true };
    let format = recognise(&source)?.0.nom();
    ["csv", "tableur", "parquet"].contains(&format).then(|| run(&source, format)).flatten()
}

fn proposed(path: &Path) -> Option<String> {
    with_source(path, |source, format| {
        let text = match format {
            "tableur" => tableur::deviner(source),
            "parquet" => tableur::deviner_parquet(source),
            _ => mapped::deviner_table(source),
        };
        text.ok()
    })
}

/// Files of which the mapping proposed does not read the same rows.
fn differing(files: &[PathBuf]) -> (usize, Vec<String>) {
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in files {
        let Some(plain) = rows(path, None) else { continue };
        let Some(text) = proposed(path) else {
            wrong.push(format!("{} : rien de proposé", path.display()));
            continue;
        };
        seen += 1;
        let mapping = Mapping::parse(&text, "proposée").expect("a valid mapping");
        let again = rows(path, Some(&mapping)).unwrap_or_else(|| "refusé".into());
        if plain != again {
            let differs = plain.lines().zip(again.lines()).find(|(a, b)| a != b);
            wrong.push(format!("{}\n{text}\n{differs:?}", path.display()));
        }
    }
    (seen, wrong)
}

#[test]
fn the_mapping_proposed_reads_the_same() {
    let cases = root().join("tests/cases/ingest");
    let folders =
        ["csv", "tableur", "parquet", "village", "village_extraits", "douze_mois/entrees"];
    let files: Vec<PathBuf> =
        folders.iter().flat_map(|f| files_below(&cases.join(f))).filter(|p| is_input(p)).collect();
    let (seen, wrong) = differing(&files);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 30, "{seen} files only");
}

fn is_input(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let own = path.with_file_name("correspondance.toml").is_file();
    !own && !["attendu.csv", "problemes.txt", "correspondance.toml"].contains(&name)
}

#[test]
fn the_mapping_proposed_reads_hostile_files_the_same() {
    let hostile = root().join("../shared/data/hostile");
    if !hostile.is_dir() {
        println!("passé : {} n’est pas là", hostile.display());
        return;
    }
    let (seen, wrong) = differing(&files_below(&hostile));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 11, "{seen} files only");
}

/// `vigie lire` on some inputs; what it wrote.
fn lire(inputs: &Path, more: &[&str], out: &Path) -> String {
    let output = vigie()
        .arg("lire")
        .arg(inputs)
        .args(["--csv", "--date", "2026-01-15", "--sortie"])
        .arg(out)
        .args(more)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}", stderr(&output));
    fs::read_to_string(out.join("ecritures.csv")).expect("it was written")
}

#[test]
fn twelve_exports_under_renamed_titles_are_one_ledger() {
    let case = root().join("tests/cases/ingest/douze_mois");
    let inputs = case.join("entrees");
    let expected = fs::read_to_string(case.join("attendu.csv")).expect("it is in the repository");
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(lire(&inputs, &[], &folder.path().join("seul")), expected);
    let read = json(&folder.path().join("seul"));
    let ledgers = read["ecritures"].as_array().expect("ledgers");
    assert_eq!(ledgers.len(), 12);
    let of = |key: &str| ledgers.iter().filter_map(|l| l[key].as_i64()).sum::<i64>();
    assert_eq!((of("lignes_lues"), of("lignes_retenues"), of("total")), (38, 36, 1_449_234));
    let mapping = case.join("correspondance.toml");
    let mapping = ["--correspondance", mapping.to_str().expect("UTF-8")];
    assert_eq!(lire(&inputs, &mapping, &folder.path().join("carte")), expected);
}

/// `--deviner` on the command line, its answer given back.
#[test]
fn a_mapping_guessed_is_given_back() {
    let inputs = root().join("tests/cases/ingest/douze_mois/entrees");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["02.csv", "06.tsv", "08.xlsx", "10.ods"] {
        let path = inputs.join(name);
        let output =
            vigie().arg("lire").arg(&path).arg("--deviner").output().expect("the binary starts");
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        let map = folder.path().join(format!("{name}.toml"));
        fs::write(&map, stdout(&output)).expect("writable");
        let plain = lire(&path, &[], &folder.path().join(format!("{name}-seul")));
        let mapping = ["--correspondance", map.to_str().expect("UTF-8")];
        assert_eq!(lire(&path, &mapping, &folder.path().join(format!("{name}-carte"))), plain);
    }
}
