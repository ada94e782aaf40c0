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

/// Cells of the rows of a ledger of the demo: account, amount in centimes.
fn accounts(text: &str) -> Vec<(String, i64)> {
    let mut lines = text.lines().map(|l| l.split(';').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let at = |name: &str| header.iter().position(|h| *h == name).expect("the column");
    let (article, ttc) = (at("Article"), at("Montant TTC"));
    lines
        .map(|c| {
            let cents = c[ttc].replace(',', "").parse().expect("an amount with two decimals");
            (c[article].to_owned(), cents)
        })
        .collect()
}

#[test]
fn what_the_ledger_lacks_is_the_gap_of_its_account() {
    let demo = root().join("datasets/demo/donnees");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("donnees");
    fs::create_dir(&data).expect("writable");
    fs::copy(demo.join("CA_2025.xml"), data.join("CA_2025.xml")).expect("copied");
    let bytes = fs::read(demo.join("mandats_2025.csv")).expect("readable");
    let text: String = bytes.iter().map(|b| char::from(*b)).collect();
    let lost = 10;
    let (account, amount) = accounts(&text)[lost - 1].clone();
    let kept: Vec<&str> =
        text.lines().enumerate().filter(|(i, _)| *i != lost).map(|(_, line)| line).collect();
    let bytes: Vec<u8> = kept.join("\n").chars().map(|c| c as u8).collect();
    fs::write(data.join("mandats_2025.csv"), bytes).expect("writable");
    let proof = read(&data, &folder.path().join("lu"));
    let years = proof["livre_et_comptes"].as_array().expect("a list");
    assert_eq!(years.len(), 1, "no recette in the ledger, none compared: {years:?}");
    let year = &years[0];
    let cents = |value: &Value| value.as_i64().expect("centimes");
    assert_eq!(cents(&year["non_explique"]), amount);
    assert_eq!(
        cents(&year["livre"]) + amount,
        cents(&year["comptes"]) - cents(&year["ordre"]) - cents(&year["rattachements"])
    );
    let gaps = year["ecarts"].as_array().expect("a list");
    assert_eq!((gaps.len(), &gaps[0]["nature"]), (1, &Value::from(account.as_str())));
    let page = fs::read_to_string(folder.path().join("lu/lecture.html")).expect("written");
    assert!(page.contains("Comptes non expliqués") && page.contains(&account));
}

#[test]
fn invoices_alone_are_no_payments() {
    let case = root().join("tests/cases/reunion/quatre-sources/donnees/chorus.xml");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("donnees");
    fs::create_dir(&data).expect("writable");
    fs::copy(case, data.join("chorus.xml")).expect("copied");
    let demo = root().join("datasets/demo/donnees/CA_2025.xml");
    fs::copy(demo, data.join("CA_2025.xml")).expect("copied");
    let proof = read(&data, &folder.path().join("lu"));
    assert_eq!(proof["livre_et_comptes"].as_array().map(Vec::len), Some(0));
    assert_eq!(proof["factures_sans_mandat"]["lignes"], 3);
    assert_eq!(proof["factures_sans_mandat"]["total"], 225_000);
}
