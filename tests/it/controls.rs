//! Cases of the controls that are rules: `tests/cases/detectors/<CODE>/<case>.csv`, run by the program.
//!
//! The last columns are `attendu` (`oui`: the record is in a finding to be looked at; `info`: in a finding
//! for information; `non`: in none to be looked at) and `raison`. A `<case>.toml` beside is the
//! `vigie.toml` of the case. To add one, drop a file; a true and a false positive are needed for each code.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{root, stderr, vigie};

/// Families whose cases are run here; DBL, MNT and IMP have their own runners.
const FAMILIES: [&str; 6] = ["TRS", "MAR", "REG", "CAL", "SEQ", "SUB"];

fn records(bytes: &[u8]) -> Vec<csv::StringRecord> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    reader.into_records().map(|r| r.expect("a case is a table")).collect()
}

/// What is wrong with a case.
fn check(code: &str, path: &Path) -> Vec<String> {
    let name = format!("{code}/{}", path.file_stem().unwrap_or_default().to_string_lossy());
    let bytes = fs::read(path).expect("a case is readable");
    let header = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned();
    let columns: Vec<&str> = header.split(';').collect();
    let at = columns.iter().position(|c| *c == "attendu").expect("a column attendu");
    let place = tempfile::tempdir().expect("a temporary folder");
    fs::copy(path, place.path().join("cas.csv")).expect("the copy is written");
    let settings = path.with_extension("toml");
    fs::write(place.path().join("vigie.toml"), fs::read(&settings).unwrap_or_default())
        .expect("the settings are written");
    let output = vigie()
        .current_dir(place.path())
        .args(["scanner", "cas.csv", "--controles", code, "--sortie", "s", "-q"])
        .output()
        .expect("the binary starts");
    if !output.status.success() {
        return vec![format!("{name}: {}", stderr(&output))];
    }
    let found = records(&fs::read(place.path().join("s/constats.csv")).expect("written"));
    let mut spoken: BTreeMap<usize, &str> = BTreeMap::new();
    for finding in &found {
        for record in finding[6].split_whitespace() {
            let n: usize = record
                .rsplit('#')
                .next()
                .and_then(|n| n.parse().ok())
                .expect("a record has a number");
            let word = if &finding[3] == "information" { "info" } else { "oui" };
            let known = spoken.entry(n).or_insert(word);
            if word == "oui" {
                *known = word;
            }
        }
    }
    records(&bytes)
        .iter()
        .enumerate()
        .filter_map(|(i, row)| {
            let got = spoken.get(&(i + 1)).copied().unwrap_or("non");
            let wanted = &row[at];
            let quiet = wanted == "non" && got == "info";
            (got != wanted && !quiet).then(|| {
                format!("{name}, record {}: {got}, expected {wanted} ({})", i + 1, &row[at + 1])
            })
        })
        .collect()
}

#[test]
fn cases_of_the_rules() {
    let base = root().join("tests/cases/detectors");
    let mut folders: Vec<_> =
        fs::read_dir(&base).expect("the cases exist").flatten().map(|e| e.path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    let mut counted: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for folder in folders {
        let code = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !FAMILIES.contains(&&code[..3]) {
            continue;
        }
        let mut cases: Vec<_> =
            fs::read_dir(&folder).expect("readable").flatten().map(|e| e.path()).collect();
        cases.retain(|p| p.extension().is_some_and(|e| e == "csv"));
        cases.sort();
        for case in &cases {
            wrong.extend(check(&code, case));
            let bytes = fs::read(case).expect("readable");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let count = counted.entry(code.clone()).or_default();
            count.0 += u32::from(text.contains(";oui;") || text.contains(";info;"));
            count.1 += u32::from(!text.contains(";oui;") && !text.contains(";info;"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let output = vigie().arg("controles").output().expect("the binary starts");
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    for code in list.lines().filter_map(|l| l.split_whitespace().next()) {
        if code.len() == 5 && FAMILIES.contains(&&code[..3]) {
            let (yes, no) = counted.get(code).copied().unwrap_or_default();
            assert!(yes > 0 && no > 0, "{code}: {yes} cases found, {no} left alone");
        }
    }
}

/// Sentences of a control on a case, with what was said of the control in the list.
fn sentences(code: &str, case: &str) -> Vec<String> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = root().join("tests/cases/detectors").join(code).join(case);
    fs::copy(&path, place.path().join("cas.csv")).expect("the copy is written");
    fs::write(
        place.path().join("vigie.toml"),
        fs::read(path.with_extension("toml")).unwrap_or_default(),
    )
    .expect("the settings are written");
    let output = vigie()
        .current_dir(place.path())
        .args(["scanner", "cas.csv", "--controles", code, "--sortie", "s"])
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let found = records(&fs::read(place.path().join("s/constats.csv")).expect("written"));
    let json = fs::read_to_string(place.path().join("s/resultats.json")).expect("written");
    let mut out: Vec<String> = found.iter().map(|f| f[8].to_owned()).collect();
    out.push(json);
    out
}

#[test]
fn numbers_are_told_as_written_with_their_true_neighbours() {
    let said = sentences("SEQ04", "quatre_antidates.csv");
    let first = "Le mandat 2025-00016 du 18/01/2025 est précédé du 2025-00015 du 24/02/2025 et suivi du \
                 2025-00017 du 02/03/2025.";
    assert!(said.iter().any(|s| s == first), "{:#?}", &said[..said.len() - 1]);
}

#[test]
fn numbers_that_do_not_follow_dates_are_not_judged() {
    let said = sentences("SEQ04", "numeros_sans_ordre.csv");
    assert_eq!(said.len(), 1, "no finding");
    assert!(said[0].contains("les numéros ne suivent pas les dates"), "the share is told");
}

#[test]
fn a_line_of_credits_is_told_with_its_service() {
    let said = sentences("CAL04", "mobilier_de_decembre.csv");
    assert!(said[0].contains(", service "), "{}", said[0]);
    assert!(said[0].split_whitespace().count() <= 20, "{}", said[0]);
}
