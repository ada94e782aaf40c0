//! What findings say is what the records say: every date and amount of a sentence is found in its source.
//!
//! Run over all the findings of a fictitious ledger. A figure may also be the sum of the records listed, a
//! threshold of the dated table, or a fact of `vigie.toml`; controls whose sentence states a statistic (a
//! habit, an interest, an expected amount) are named below with what they compute.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::support::{files_below, root, stderr, vigie};

/// Controls whose sentence holds an amount that no record writes, and what it is; the first amount of the
/// sentence must still be that of a record, unless the last word says no.
const COMPUTED: &[(&str, &str, bool)] = &[
    ("MNT01", "usual amount of the supplier", true),
    ("MNT02", "expected amount", true),
    ("MNT04", "usual amount", true),
    ("MNT05", "usual and largest amounts of the supplier", true),
    ("MNT06", "tax as it should be", true),
    ("MNT07", "usual first payment", true),
    ("MNT08", "edge of the digits in excess", false),
    ("MNT09", "usual values", true),
    ("CAL02", "interest and indemnity", false),
    ("MAR01", "sum of the window", true),
    ("MAR02", "sum of the family, the largest orders only being listed", false),
    ("MAR05", "sum of all the payments of the contract", false),
    ("MAR07", "amount after the avenants", true),
];

fn run(words: &[&str]) {
    let output = vigie().args(words).output().expect("the binary starts");
    assert!(output.status.success(), "{words:?}: {}", stderr(&output));
}

/// A number of euros as centimes, from `1 234,56`.
fn cents(text: &str) -> Option<i64> {
    let digits: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '\u{202f}' && *c != '\u{a0}').collect();
    let (whole, part) = digits.split_once([',', '.']).unwrap_or((&digits, "00"));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let whole: i64 = whole.trim_start_matches('-').parse().ok()?;
    let part: i64 = part.get(..2)?.parse().ok()?;
    Some(sign * (whole * 100 + part))
}

/// Dates `JJ/MM/AAAA` of a sentence.
fn dates(text: &str) -> Vec<String> {
    let fits = |w: &&str| {
        let b = w.as_bytes();
        b.len() == 10
            && b[2] == b'/'
            && b[5] == b'/'
            && b.iter().filter(|c| c.is_ascii_digit()).count() == 8
    };
    text.split(|c: char| !c.is_ascii_digit() && c != '/').filter(fits).map(str::to_owned).collect()
}

/// Exact amounts of a sentence: figures that stand before `€`, not rounded to `k€` or `M€`.
fn amounts(text: &str) -> Vec<i64> {
    text.match_indices('€')
        .filter_map(|(at, _)| {
            let before = text[..at].trim_end_matches(['\u{a0}', ' ']);
            let start = before
                .char_indices()
                .rev()
                .take_while(|(_, c)| c.is_ascii_digit() || ",\u{202f}".contains(*c))
                .last()?
                .0;
            cents(&before[start..])
        })
        .collect()
}

/// The ledger lines of a demo by `fichier#n`, cells apart.
fn records(data: &Path) -> BTreeMap<String, Vec<String>> {
    let mut out = BTreeMap::new();
    for path in files_below(data) {
        if path.extension().is_none_or(|e| e != "csv") {
            continue;
        }
        let name = path.strip_prefix(data).expect("below").to_string_lossy().into_owned();
        // One character a byte: dates and figures are ASCII in every encoding written.
        let text: String =
            std::fs::read(&path).expect("readable").into_iter().map(char::from).collect();
        for (n, line) in text.lines().enumerate().skip(1) {
            let cells = line.split(';').map(|c| c.trim_matches('"').to_owned()).collect();
            out.insert(format!("{name}#{n}"), cells);
        }
    }
    out
}

/// Amounts that thresholds and settings state, centimes.
fn stated(settings: &str) -> BTreeSet<i64> {
    let table = std::fs::read_to_string(root().join("datasets/reference/controles_baremes.csv"));
    let table = table.expect("the table is committed");
    let thresholds = table.lines().skip(1).filter_map(|l| cents(l.split(';').nth(3)?));
    let typed = settings.lines().filter_map(|l| cents(l.split_once('=')?.1.trim()));
    thresholds.chain(typed).collect()
}

/// What a finding may state: cells of its records, their sums by column (all of them, and those of each
/// mandat), and these sums less a threshold.
fn allowed(cells: &[&Vec<String>], stated: &BTreeSet<i64>) -> BTreeSet<i64> {
    let mut out: BTreeSet<i64> = stated.clone();
    let width = cells.iter().map(|c| c.len()).max().unwrap_or(0);
    for column in 0..width {
        let value =
            |c: &Vec<String>| c.get(column).filter(|t| t.contains(',')).and_then(|t| cents(t));
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for (record, amount) in cells.iter().filter_map(|c| Some((*c, value(c)?))) {
            out.insert(amount.abs());
            // Column 3 is the number of the mandat.
            *sums.entry(record[3].as_str()).or_default() += amount;
        }
        let all: i64 = sums.values().sum();
        out.extend(sums.values().map(|s| s.abs()));
        out.insert(all.abs());
        out.extend(stated.iter().map(|t| (all - t).abs()));
    }
    out
}

#[test]
fn every_date_and_amount_of_a_finding_is_in_its_records() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (town, out) = (folder.path().join("demo"), folder.path().join("s"));
    let text = |p: &Path| p.to_string_lossy().into_owned();
    run(&[
        "demo",
        "--donnees-seules",
        "--date",
        "2026-03-14",
        "--graine",
        "4",
        "--sortie",
        &text(&town),
    ]);
    let data = town.join("donnees");
    run(&["scanner", &text(&data), "--date", "2026-03-14", "--nominatif", "--sortie", &text(&out)]);
    let lines = records(&data);
    let settings = std::fs::read_to_string(town.join("vigie.toml")).expect("written");
    let stated = stated(&settings);
    let written_dates: BTreeSet<&str> = lines
        .values()
        .flatten()
        .map(String::as_str)
        .filter(|c| c.len() == 10 && c.contains('/'))
        .collect();
    let bytes = std::fs::read(out.join("resultats.json")).expect("written");
    let results: Value = serde_json::from_slice(&bytes).expect("JSON");
    let findings = results["audit"]["constats"].as_array().expect("a list");
    assert!(findings.len() > 100, "the ledger has findings");
    let (mut wrong, mut checked) = (Vec::new(), [0_u32; 2]);
    for finding in findings {
        let of = |key: &str| finding[key].as_str().unwrap_or_default();
        let (code, motif) = (of("controle"), of("motif"));
        let words =
            motif.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).count();
        if words > 20 {
            wrong.push(format!("{code}, {words} words: {motif}"));
        }
        let named = finding["enregistrements"].as_array().expect("records");
        let cells: Vec<&Vec<String>> =
            named.iter().filter_map(|r| lines.get(r.as_str().unwrap_or_default())).collect();
        assert_eq!(cells.len(), named.len(), "{code}: every record is in the ledger");
        for date in dates(motif) {
            checked[0] += 1;
            let own = cells.iter().any(|c| c.contains(&date));
            // SEQ04 says the date around, CAL05 and MAR06 the last day: of other records or of the law.
            let iso = format!("{}-{}-{}", &date[6..], &date[3..5], &date[..2]);
            let around = ["SEQ04"].contains(&code) && written_dates.contains(date.as_str());
            let law = (code == "CAL05" && date.starts_with("31/01/")) || settings.contains(&iso);
            if !own && !around && !law {
                wrong.push(format!("{code}, date {date}: {motif}"));
            }
        }
        let may = allowed(&cells, &stated);
        let computed = COMPUTED.iter().find(|(c, ..)| *c == code);
        let kept = match computed {
            None => usize::MAX,
            Some((.., first)) => usize::from(*first),
        };
        for amount in amounts(motif).into_iter().take(kept) {
            checked[1] += 1;
            if !may.contains(&amount) {
                wrong.push(format!("{code}, amount {amount}: {motif}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked:?}: {wrong:#?}", wrong.len());
    assert!(checked[0] > 30 && checked[1] > 50, "{checked:?}");
}
