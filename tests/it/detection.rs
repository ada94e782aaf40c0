//! What the controls find on fictitious ledgers whose answer key is known, and that nothing else changes it.
//!
//! The floors by code are in `tests/cases/detection/planchers.toml`: a floor may only go up, or down with a
//! reason. A finding is right when it names a record of an irregularity.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::support::{copy_folder, files_below, root, stderr, vigie};

/// Seeds of the ledgers, none of which served to choose a constant.
const SEEDS: [&str; 3] = ["4", "5", "6"];
const ROWS: &str = "20000";

/// One finding of `constats.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    cells: Vec<String>,
    priority: String,
    records: Vec<String>,
}

/// One entry of `verite.csv`.
struct Truth {
    code: String,
    irregular: bool,
    records: BTreeSet<String>,
    hard: bool,
}

fn table(path: &Path) -> Vec<csv::StringRecord> {
    let text = std::fs::read_to_string(path).expect("a result is text");
    let text = text.trim_start_matches('\u{feff}');
    let reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    reader.into_records().map(|r| r.expect("a result is a table")).collect()
}

fn run(command: &mut Command) {
    let output = command.output().expect("the binary starts");
    assert!(output.status.success(), "{command:?}: {}", stderr(&output));
}

fn demo(folder: &Path, seed: &str, clean: bool) {
    let mut command = vigie();
    command.args(["demo", "--donnees-seules", "--date", "2026-03-14", "--lignes", ROWS]);
    command.args(["--graine", seed, "--sortie"]).arg(folder);
    if clean {
        command.arg("--sans-irregularites");
    }
    run(&mut command);
}

fn scan(data: &Path, out: &Path, threads: &str) -> Vec<Finding> {
    let mut command = vigie();
    command.arg("scanner").arg(data).args(["--date", "2026-03-14", "--sortie"]).arg(out);
    run(command.env("RAYON_NUM_THREADS", threads).env("POLARS_MAX_THREADS", threads));
    let finding = |row: csv::StringRecord| Finding {
        priority: row[3].to_owned(),
        records: row[6].split_whitespace().map(str::to_owned).collect(),
        cells: row.iter().map(str::to_owned).collect(),
    };
    table(&out.join("constats.csv")).into_iter().map(finding).collect()
}

fn truth(folder: &Path) -> Vec<Truth> {
    let entry = |row: csv::StringRecord| Truth {
        code: row[0].to_owned(),
        irregular: &row[1] == "irregularite",
        records: row[2].split_whitespace().map(str::to_owned).collect(),
        hard: &row[3] == "difficile",
    };
    table(&folder.join("verite.csv")).into_iter().map(entry).collect()
}

/// Files compared by their place in `donnees`, as the answer key names them.
fn meets(finding: &Finding, entry: &Truth) -> bool {
    finding.records.iter().any(|r| entry.records.contains(r))
}

/// Floors of the whole list.
#[derive(Deserialize)]
struct Planchers {
    precision_50: f64,
    precision_prioritaires: f64,
    faciles_et_moyennes_prioritaires: f64,
    sosies_prioritaires: u32,
    prioritaires_sans_irregularite_pour_10000: f64,
    /// Least share found as `prioritaire` or `a_verifier`, by code.
    rappel: BTreeMap<String, f64>,
}

fn floors() -> Planchers {
    let path = root().join("tests/cases/detection/planchers.toml");
    toml::from_str(&std::fs::read_to_string(path).expect("the floors are committed"))
        .expect("the floors are TOML")
}

/// Codes that the program runs by default.
fn running() -> BTreeSet<String> {
    let output = vigie().arg("controles").output().expect("the binary starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let active = text.lines().filter(|l| !l.contains("essai"));
    active.filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect()
}

/// Counts over the seeds.
#[derive(Default, Debug)]
struct Counts {
    /// Found and planted, by code.
    recall: BTreeMap<String, (u32, u32)>,
    /// Right and all: among the first 50 of each ledger, among the `prioritaire`.
    first: (u32, u32),
    urgent: (u32, u32),
    /// Easy and medium ones that are `prioritaire`, and all of them.
    easy: (u32, u32),
    quiet_broken: u32,
}

fn share((part, all): (u32, u32)) -> f64 {
    f64::from(part) / f64::from(all.max(1))
}

impl Counts {
    fn add(&mut self, findings: &[Finding], truth: &[Truth], codes: &BTreeSet<String>) {
        let right = |f: &Finding| truth.iter().any(|t| t.irregular && meets(f, t));
        for finding in findings.iter().take(50) {
            self.first = (self.first.0 + u32::from(right(finding)), self.first.1 + 1);
        }
        let urgent: Vec<&Finding> =
            findings.iter().filter(|f| f.priority == "prioritaire").collect();
        for finding in &urgent {
            self.urgent = (self.urgent.0 + u32::from(right(finding)), self.urgent.1 + 1);
        }
        for entry in truth.iter().filter(|t| codes.contains(&t.code)) {
            if !entry.irregular {
                // A finding that also tells an irregularity is right by it.
                let wrong = |f: &&Finding| meets(f, entry) && !right(f);
                self.quiet_broken += u32::from(urgent.iter().copied().any(|f| wrong(&f)));
                continue;
            }
            let spoken = findings.iter().any(|f| f.priority != "information" && meets(f, entry));
            let count = self.recall.entry(entry.code.clone()).or_default();
            *count = (count.0 + u32::from(spoken), count.1 + 1);
            if !entry.hard {
                let first = urgent.iter().any(|f| meets(f, entry));
                self.easy = (self.easy.0 + u32::from(first), self.easy.1 + 1);
            }
        }
    }
}

#[test]
fn planted_irregularities_are_found_and_look_alikes_left_alone() {
    let floors = floors();
    let codes = running();
    let mut counts = Counts::default();
    for seed in SEEDS {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let town = folder.path().join("demo");
        demo(&town, seed, false);
        let findings = scan(&town.join("donnees"), &folder.path().join("constats"), "2");
        counts.add(&findings, &truth(&town), &codes);
    }
    let mut wrong = Vec::new();
    let mut at_least = |what: String, value: f64, floor: f64| {
        if value + 1e-9 < floor {
            wrong.push(format!("{what}: {value:.3} under {floor}"));
        }
    };
    at_least("precision of the first 50".into(), share(counts.first), floors.precision_50);
    at_least("precision".into(), share(counts.urgent), floors.precision_prioritaires);
    at_least("easy".into(), share(counts.easy), floors.faciles_et_moyennes_prioritaires);
    for code in counts.recall.keys() {
        let floor = floors.rappel.get(code).unwrap_or_else(|| panic!("{code} has no floor"));
        at_least(code.clone(), share(counts.recall[code]), *floor);
    }
    assert!(
        counts.quiet_broken <= floors.sosies_prioritaires,
        "{} look-alikes",
        counts.quiet_broken
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_clean_ledger_gives_a_nearly_empty_list() {
    let (mut urgent, mut rows) = (0, 0.0);
    for seed in SEEDS {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let town = folder.path().join("demo");
        demo(&town, seed, true);
        let findings = scan(&town.join("donnees"), &folder.path().join("constats"), "2");
        urgent += findings.iter().filter(|f| f.priority == "prioritaire").count();
        rows += ROWS.parse::<f64>().expect("a number");
    }
    let rate = urgent as f64 / rows * 10_000.0;
    assert!(rate < floors().prioritaires_sans_irregularite_pour_10000, "{rate} for 10 000 rows");
}

/// Ledger tables of a folder.
fn ledgers(data: &Path) -> Vec<PathBuf> {
    let ends = |p: &PathBuf| p.extension().is_some_and(|e| e == "csv");
    files_below(data).into_iter().filter(ends).collect()
}

/// A ledger as text, one character a byte: the files are not all in UTF-8.
fn text_of(path: &Path) -> String {
    std::fs::read(path).expect("a ledger is readable").into_iter().map(char::from).collect()
}

/// Lines of each record, by `fichier#n`.
fn lines(data: &Path) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for path in ledgers(data) {
        let name = path.strip_prefix(data).expect("below").to_string_lossy().into_owned();
        let text = text_of(&path);
        for (n, line) in text.lines().enumerate().skip(1) {
            out.insert(format!("{name}#{n}"), line.to_owned());
        }
    }
    out
}

/// Writes the records of every ledger in another order.
fn shuffle(data: &Path) {
    for path in ledgers(data) {
        let text = text_of(&path);
        let mut lines: Vec<&str> = text.lines().collect();
        let records = &mut lines[1..];
        let n = records.len();
        for i in (1..n).rev() {
            records.swap(i, (i * 7_919 + 12_345) % (i + 1));
        }
        let bytes: Vec<u8> =
            lines.iter().flat_map(|l| l.chars().chain(['\n'])).map(|c| c as u8).collect();
        std::fs::write(&path, bytes).expect("the copy is writable");
    }
}

/// Findings with what their records say in the place of their numbers.
fn told(findings: &[Finding], lines: &BTreeMap<String, String>) -> Vec<(Vec<String>, Vec<String>)> {
    let say = |f: &Finding| {
        let mut cells = f.cells.clone();
        cells.remove(6);
        let mut said: Vec<String> = f.records.iter().map(|r| lines[r].clone()).collect();
        said.sort();
        (cells, said)
    };
    findings.iter().map(say).collect()
}

#[test]
fn neither_the_order_of_rows_nor_the_threads_change_a_finding() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let town = folder.path().join("demo");
    demo(&town, SEEDS[0], false);
    let data = town.join("donnees");
    let expected = scan(&data, &folder.path().join("un"), "1");
    assert!(expected.len() > 50, "the ledger has findings");
    for threads in ["2", "8"] {
        let out = folder.path().join(format!("fils{threads}"));
        assert_eq!(scan(&data, &out, threads), expected, "{threads} threads");
        for name in ["constats.csv", "resultats.json"] {
            let bytes = |f: &str| std::fs::read(folder.path().join(f).join(name)).expect("written");
            assert!(bytes("un") == bytes(&format!("fils{threads}")), "{name}, {threads} threads");
        }
    }
    let other = folder.path().join("melange");
    copy_folder(&data, &other);
    // What the commune knows stands beside its files.
    std::fs::copy(town.join("vigie.toml"), folder.path().join("vigie.toml")).expect("written");
    shuffle(&other);
    let again = scan(&other, &folder.path().join("autre"), "2");
    let (here, there) = (told(&expected, &lines(&data)), told(&again, &lines(&other)));
    for (rank, (a, b)) in here.iter().zip(&there).enumerate() {
        assert_eq!(a, b, "rank {}", rank + 1);
    }
    assert_eq!(here.len(), there.len());
}
