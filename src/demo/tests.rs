//! The demo as a whole: bytes, ties, answer key, identities. Ledgers are read back by hand here.
//!
//! **Invariant:** nothing of the readers is used: the demo is checked against its own promises.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::demo::identity::{luhn_key, mod97};
use crate::domain::progress::Silent;

fn plan(seed: u64, lignes: u64) -> Plan {
    let today = Date::constant(2026, 11, 23);
    Plan { seed, lignes, ..Plan::at(today) }
}

fn demo(plan: &Plan) -> (tempfile::TempDir, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let summary = write(plan, folder.path(), &Silent).unwrap();
    (folder, summary)
}

/// Files of a folder and their bytes.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for part in ["", "donnees"] {
        for entry in fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.insert(
                    path.display().to_string().split_off(folder.display().to_string().len()),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    files
}

/// A ledger row by column name.
type Row = BTreeMap<String, String>;

fn rows(folder: &Path, file: &str) -> Vec<Row> {
    let raw = fs::read(folder.join("donnees").join(file)).unwrap();
    let text = match raw.strip_prefix("\u{feff}".as_bytes()) {
        Some(utf8) => String::from_utf8(utf8.to_vec()).unwrap(),
        None => raw.iter().map(|b| char::from(*b)).collect(),
    };
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(';').collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(';').collect();
            assert_eq!(cells.len(), header.len(), "{line}");
            header.iter().zip(cells).map(|(h, c)| ((*h).to_string(), c.to_string())).collect()
        })
        .collect()
}

fn ledgers(folder: &Path) -> BTreeMap<String, Vec<Row>> {
    let names = fs::read_dir(folder.join("donnees")).unwrap();
    let names = names.map(|e| e.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|n| Path::new(n).extension().is_some_and(|e| e == "csv"));
    names.map(|n| (n.clone(), rows(folder, &n))).collect()
}

fn cents(text: &str) -> i64 {
    text.replace([',', '.'], "").parse().unwrap()
}

/// (kind, records) of each line of the answer key.
fn truth(folder: &Path) -> Vec<(String, String, Vec<String>)> {
    let text = fs::read_to_string(folder.join("verite.csv")).unwrap();
    let lines = text.lines().skip(1).map(|l| l.split(';').map(str::to_string).collect::<Vec<_>>());
    lines
        .map(|c| (c[0].clone(), c[1].clone(), c[2].split(' ').map(str::to_string).collect()))
        .collect()
}

/// Attribute of an element inside a block of our own XML.
fn leaf<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    let start = block.find(&format!("<{name} V=\""))? + name.len() + 5;
    Some(&block[start..start + block[start..].find('"')?])
}

type Key = (String, String, String, String);

fn accounts(folder: &Path, exercice: u16) -> BTreeMap<Key, i64> {
    let text = fs::read_to_string(folder.join(format!("donnees/CA_{exercice}.xml"))).unwrap();
    let mut sums = BTreeMap::new();
    for block in text.split("<LigneBudget>").skip(1) {
        let of = |name| leaf(block, name).unwrap_or("").to_string();
        let key = (of("CodRD"), of("Nature"), of("Fonction"), of("ContNat"));
        if !["001", "002"].contains(&key.1.as_str()) {
            *sums.entry(key).or_insert(0) += leaf(block, "MtReal").map_or(0, cents);
        }
    }
    sums.retain(|_, v| *v != 0);
    sums
}

/// Chapitres of real expenses executed above their credits.
fn overspent(folder: &Path, exercice: u16) -> Vec<String> {
    let text = fs::read_to_string(folder.join(format!("donnees/CA_{exercice}.xml"))).unwrap();
    let mut left: BTreeMap<String, i64> = BTreeMap::new();
    for block in text.split("<LigneBudget>").skip(1) {
        let amount = |name| leaf(block, name).map_or(0, cents);
        if leaf(block, "CodRD") == Some("D") && leaf(block, "OpBudg") == Some("0") {
            let chapitre = leaf(block, "ContNat").unwrap_or("").to_string();
            *left.entry(chapitre).or_default() += amount("CredOuv") - amount("MtReal");
        }
    }
    left.retain(|_, v| *v < 0);
    left.into_keys().collect()
}

fn ledger_sums(folder: &Path, exercice: u16) -> BTreeMap<Key, i64> {
    let mut sums = BTreeMap::new();
    for file in [format!("mandats_{exercice}.csv"), format!("titres_{exercice}.csv")] {
        for r in rows(folder, &file) {
            let key = (
                r["Sens"].clone(),
                r["Article"].clone(),
                r["Fonction"].clone(),
                r["Chapitre"].clone(),
            );
            *sums.entry(key).or_insert(0) += cents(&r["Montant TTC"]);
        }
    }
    sums.retain(|_, v| *v != 0);
    sums
}

#[test]
fn same_plan_same_bytes_and_another_seed_differs() {
    let (a, first) = demo(&plan(3, 2_000));
    let (b, second) = demo(&plan(3, 2_000));
    let (c, _) = demo(&plan(4, 2_000));
    assert_eq!(first, second);
    assert!(bytes(a.path()) == bytes(b.path()));
    assert!(bytes(a.path()) != bytes(c.path()));
    assert!(bytes(a.path()).len() > 15);
}

#[test]
fn the_number_of_lines_is_the_one_asked() {
    for lignes in [2_000, 5_000, 20_000, 61_234] {
        let (_folder, summary) = demo(&plan(1, lignes));
        assert_eq!(summary.ecritures, lignes);
        assert_eq!(summary.population, 12_480);
    }
}

#[test]
fn ledgers_tie_with_the_accounts_by_account_function_and_sense() {
    let (folder, _) = demo(&plan(2, 20_000));
    for exercice in [2024, 2025] {
        assert_eq!(ledger_sums(folder.path(), exercice), accounts(folder.path(), exercice));
    }
}

#[test]
fn the_answer_key_names_records_that_exist_once() {
    let (folder, summary) = demo(&plan(5, 20_000));
    let ledgers = ledgers(folder.path());
    let mut seen = BTreeSet::new();
    let (mut irregular, mut honest) = (BTreeMap::new(), BTreeMap::new());
    for (code, genre, records) in truth(folder.path()) {
        for record in records {
            let (file, n) = record.split_once('#').unwrap();
            assert!((1..=ledgers[file].len()).contains(&n.parse().unwrap()), "{record}");
            assert!(seen.insert(record.clone()), "{record} twice");
        }
        let count = if genre == "irregularite" { &mut irregular } else { &mut honest };
        *count.entry(code).or_insert(0) += 1;
    }
    assert_eq!(irregular, honest);
    assert!(irregular.len() >= 35 && irregular.values().all(|n| *n >= 2));
    assert_eq!(summary.irregularites, irregular.values().sum::<usize>());
}

#[test]
fn without_irregularities_only_look_alikes_are_planted() {
    let (folder, summary) = demo(&Plan { irregularites: false, ..plan(5, 5_000) });
    assert_eq!(summary.irregularites, 0);
    let genres: BTreeSet<String> = truth(folder.path()).into_iter().map(|t| t.1).collect();
    assert_eq!(genres, BTreeSet::from(["sosie".to_string()]));
}

#[test]
fn days_are_in_the_exercice_and_base_rows_break_no_rule() {
    let (folder, _) = demo(&plan(6, 20_000));
    let planted: BTreeSet<String> = truth(folder.path()).into_iter().flat_map(|t| t.2).collect();
    for (file, rows) in ledgers(folder.path()) {
        let column = if file.starts_with("mandats") { "Date mandat" } else { "Date titre" };
        for (i, r) in rows.iter().enumerate() {
            let date = &r[column];
            let (year, month) = (&date[6..], &date[3..5]);
            let next = r["Exercice"].parse::<u16>().unwrap() + 1;
            // a late month 13 is one of the irregularities
            let record = format!("{file}#{}", i + 1);
            let late = year == next.to_string() && (month == "01" || planted.contains(&record));
            assert!(year == r["Exercice"] || late, "{date}");
            if !planted.contains(&format!("{file}#{}", i + 1)) {
                assert_eq!(
                    cents(&r["Montant HT"]) + cents(&r["Montant TVA"]),
                    cents(&r["Montant TTC"])
                );
                keys_are_right(r);
            }
        }
    }
}

fn keys_are_right(r: &Row) {
    let siret = &r["SIRET"];
    if !siret.is_empty() {
        let (stem, key) = siret.split_at(13);
        assert_eq!(key, luhn_key(stem).to_string(), "{siret}");
    }
    let Some(iban) = r.get("IBAN").filter(|i| !i.is_empty()) else { return };
    assert_eq!(mod97(&format!("{}1527{}", &iban[4..], &iban[2..4])), 1, "{iban}");
}

#[test]
fn numbers_follow_one_another_without_irregularities() {
    let (folder, _) = demo(&Plan { irregularites: false, ..plan(7, 5_000) });
    let rows = rows(folder.path(), "mandats_2025.csv");
    let numbers: BTreeSet<u64> = rows.iter().map(|r| r["N° mandat"].parse().unwrap()).collect();
    assert_eq!(numbers.len() as u64, *numbers.last().unwrap());
}

#[test]
fn impossible_plans_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for bad in [plan(1, 10), plan(1, 20_000_000), Plan { exercices: 1, ..plan(1, 2_000) }] {
        let refus = write(&bad, folder.path(), &Silent).unwrap_err();
        assert!(!refus.a_faire.is_empty());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_seed_ties_and_names_each_record_once(seed: u64, lignes in 1_000_u64..6_000) {
        let (folder, _) = demo(&plan(seed, lignes));
        prop_assert_eq!(overspent(folder.path(), 2025), Vec::<String>::new());
        prop_assert_eq!(ledger_sums(folder.path(), 2025), accounts(folder.path(), 2025));
        let records: Vec<String> = truth(folder.path()).into_iter().flat_map(|t| t.2).collect();
        let distinct: BTreeSet<&String> = records.iter().collect();
        prop_assert_eq!(records.len(), distinct.len());
    }
}
