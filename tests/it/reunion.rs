//! One mandat, one record, from files to tables: `tests/cases/reunion/<case>/`.
//!
//! A case holds `donnees/` and what `vigie lire` makes of it: `attendu_ecritures.csv`,
//! `attendu_factures.csv` when invoices stay without a mandat, `attendu_conflits.txt`. To add one, drop a
//! folder and run with `VIGIE_ACCEPT=1`, then review the difference.
//!
//! **Invariant:** the totals of the table are those of one copy of each mandat.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{copy_folder, root, stderr, vigie};

fn cases() -> Vec<PathBuf> {
    let base = root().join("tests/cases/reunion");
    let mut found: Vec<PathBuf> = fs::read_dir(base)
        .expect("the cases are in the repository")
        .map(|e| e.expect("a readable folder").path())
        .collect();
    found.sort();
    found
}

fn read(data: &Path, out: &Path) -> Value {
    let done = vigie()
        .args(["lire", "--csv", "--nominatif", "--date", "2026-03-02", "--sortie"])
        .args([out, data])
        .output()
        .expect("vigie runs");
    assert!(done.status.success(), "{}", stderr(&done));
    let proof = fs::read(out.join("rapprochement.json")).expect("the proof is written");
    serde_json::from_slice(&proof).expect("the proof is JSON")
}

fn conflicts(proof: &Value) -> String {
    let mut text = String::new();
    for c in proof["conflits"].as_array().expect("a list") {
        let _ = writeln!(
            text,
            "{} {} / {} {} ; un seul enregistrement : {}",
            c["enregistrement"], c["montant"], c["autre"], c["autre_montant"], c["fusion"]
        );
    }
    text
}

fn same(path: &Path, found: &str) {
    #[allow(clippy::disallowed_methods)] // a test, not the program
    if std::env::var("VIGIE_ACCEPT").is_ok() {
        fs::write(path, found).expect("the case is writable");
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, expected, "{}", path.display());
}

#[test]
fn several_sources_of_one_mandat_are_one_record() {
    for case in cases() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let proof = read(&case.join("donnees"), &out.path().join("lu"));
        let table = |name: &str| fs::read_to_string(out.path().join("lu").join(name));
        same(&case.join("attendu_ecritures.csv"), &table("ecritures.csv").expect("written"));
        same(&case.join("attendu_conflits.txt"), &conflicts(&proof));
        if let Ok(text) = table("factures.csv") {
            same(&case.join("attendu_factures.csv"), &text);
        }
        for file in proof["ecritures"].as_array().expect("a list") {
            let count = |key: &str| file[key].as_u64().expect("a count");
            assert_eq!(
                count("lignes_lues"),
                count("lignes_retenues") + count("lignes_ecartees"),
                "each copy counts in its own file: {file}"
            );
        }
    }
}

#[test]
fn the_order_of_names_changes_provenances_and_nothing_else() {
    let case = root().join("tests/cases/reunion/quatre-sources");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("donnees");
    copy_folder(&case.join("donnees"), &data);
    fs::rename(data.join("mandats_s1.csv"), data.join("aa.csv")).expect("renamed");
    fs::rename(data.join("depenses_pes.xml"), data.join("zz.xml")).expect("renamed");
    let amounts = |text: &str| {
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let header: Vec<&str> = lines.next().expect("a header").split(';').collect();
        let at = |name: &str| header.iter().position(|h| *h == name).expect("the column");
        let (mandat, montant) = (at("mandat"), at("montant"));
        let mut rows: Vec<(String, String)> = lines
            .map(|l| l.split(';').collect::<Vec<_>>())
            .map(|c| (c[mandat].trim_start_matches('0').to_owned(), c[montant].to_owned()))
            .collect();
        rows.sort();
        rows
    };
    read(&data, &folder.path().join("lu"));
    let found = fs::read_to_string(folder.path().join("lu/ecritures.csv")).expect("written");
    let expected =
        fs::read_to_string(case.join("attendu_ecritures.csv")).expect("the case is complete");
    // Of two amounts in conflict, the one of the first source is kept.
    let (found, expected) = (amounts(&found), amounts(&expected));
    assert_eq!(found.len(), expected.len());
    let differing: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert_eq!(differing[0].0, "1208");
}
