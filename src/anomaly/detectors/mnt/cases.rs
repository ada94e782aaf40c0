//! Runs the case folders of MNT and IMP: `tests/cases/detectors/<CODE>/*.csv`.
//!
//! **Invariant:** in a case, the rows marked `oui` come first under that code, and no other is to be checked.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::anomaly::detectors::{imp, mnt};
use crate::anomaly::{Finding, Priorite};
use crate::domain::calendar::day_number;
use crate::domain::progress::Silent;
use crate::frames::ledger::{
    AmountKey, DateKey, Dictionary, Ledger, NO_AMOUNT, NO_TEXT, Sens, TextColumn, TextKey,
};

struct Case {
    name: String,
    rows: Vec<Vec<String>>,
    header: Vec<String>,
}

impl Case {
    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|h| h == name)
    }

    fn expected(&self) -> BTreeSet<u32> {
        let at = self.column("attendu").expect("a case has a column attendu");
        (0..self.rows.len()).filter(|r| self.rows[*r][at] == "oui").map(|r| r as u32).collect()
    }

    fn texts(&self, name: &str) -> Option<TextColumn> {
        let at = self.column(name)?;
        let names: BTreeSet<&str> =
            self.rows.iter().map(|r| r[at].as_str()).filter(|t| !t.is_empty()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let code = |t: &String| names.binary_search(&t.as_str()).map_or(NO_TEXT, |i| i as u32);
        Some(TextColumn {
            codes: self.rows.iter().map(|r| code(&r[at])).collect(),
            dictionary: Dictionary::from_sorted(names.iter().copied()),
        })
    }

    fn amounts(&self, name: &str) -> Option<Vec<i64>> {
        let at = self.column(name)?;
        let cents = |t: &String| t.replace(',', "").parse().unwrap_or(NO_AMOUNT);
        Some(self.rows.iter().map(|r| cents(&r[at])).collect())
    }

    fn ledger(&self) -> (Ledger, Vec<u32>) {
        let n = self.rows.len();
        let day = |t: &String| day_number(t.parse().expect("a case has ISO dates"));
        let at = self.column("date_mandat").expect("a case has dates");
        let mut ledger = Ledger {
            sources: vec![self.name.clone()],
            source: vec![0; n],
            record: (1..=n as u32).collect(),
            montant: self.amounts("montant").expect("a case has amounts"),
            sens: vec![Sens::D; n],
            exercice: vec![0; n],
            ..Ledger::default()
        };
        ledger.dates[DateKey::Mandat as usize] =
            Some(self.rows.iter().map(|r| day(&r[at])).collect());
        for (key, name) in TextKey::ALL {
            ledger.texts[key as usize] = self.texts(name);
        }
        for (key, name) in AmountKey::ALL {
            ledger.amounts[key as usize] = self.amounts(name);
        }
        let supplier = ledger.text(TextKey::TiersId).map(|c| c.codes.clone());
        (ledger, supplier.expect("a case has suppliers"))
    }

    fn findings(&self) -> Vec<Finding> {
        let (ledger, supplier) = self.ledger();
        let mut all = mnt::detect(&ledger, &supplier, &mnt::Params::default(), &Silent);
        all.extend(imp::detect(&ledger, &supplier, &imp::Params::default(), &Silent));
        all
    }
}

fn cases(code: &str) -> Vec<Case> {
    let folder: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "cases", "detectors", code].iter().collect();
    let files = std::fs::read_dir(&folder).expect("each code has a folder of cases");
    let mut paths: Vec<PathBuf> = files.flatten().map(|f| f.path()).collect();
    paths.sort();
    let split = |l: &str| l.split(';').map(str::to_owned).collect::<Vec<_>>();
    paths
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("a case is text");
            let mut lines = text.lines().map(split);
            Case {
                name: path.file_stem().map(|s| s.to_string_lossy().into()).unwrap_or_default(),
                header: lines.next().expect("a case has a header"),
                rows: lines.collect(),
            }
        })
        .collect()
}

fn codes() -> Vec<String> {
    let all = mnt::CONTROLS.iter().chain(&imp::CONTROLS);
    all.map(|c| c.code.to_string()).collect()
}

#[test]
fn each_case_gives_what_it_expects() {
    let mut wrong = Vec::new();
    for code in codes() {
        let cases = cases(&code);
        assert!(cases.iter().any(|c| !c.expected().is_empty()), "{code}: no true positive");
        assert!(cases.iter().any(|c| c.expected().is_empty()), "{code}: no false positive");
        for case in cases {
            let expected = case.expected();
            let all = case.findings();
            let mine: Vec<&Finding> = all.iter().filter(|f| f.code.to_string() == code).collect();
            let to_check = mine.iter().filter(|f| f.priorite != Priorite::Information).count();
            let told: BTreeSet<u32> = if code == "MNT08" {
                // the ledger as a whole: its first row stands for it
                mine.iter().map(|_| 0).collect()
            } else {
                // in so small a ledger a habit is short: what is wrong comes first, what is not is not
                // to be checked
                let first = expected.len().max(to_check);
                mine.iter().take(first).flat_map(|f| f.rows.clone()).collect()
            };
            if told != case.expected() {
                let near: Vec<_> = case
                    .findings()
                    .into_iter()
                    .filter(|f| {
                        f.rows.iter().any(|r| case.expected().contains(r)) || f.probabilite > 0.4
                    })
                    .map(|f| (f.code.to_string(), f.rows, f.probabilite, f.motif, f.evidence))
                    .collect();
                wrong.push(format!(
                    "{code}/{}: {told:?} for {:?}; {near:#?}",
                    case.name,
                    case.expected()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn weights_add_up_and_sentences_are_short() {
    for code in codes() {
        for finding in cases(&code).iter().flat_map(Case::findings) {
            let sum: f64 = finding.evidence.iter().map(|e| e.poids).sum();
            assert!((sum - finding.indice).abs() < 1e-6, "{finding:?}");
            assert!(finding.motif.split_whitespace().count() <= 20, "{}", finding.motif);
            assert!(!finding.a_faire.is_empty() && (0.0..=1.0).contains(&finding.probabilite));
        }
    }
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    for code in codes().iter().filter(|c| *c != "MNT08") {
        for mut case in cases(code) {
            let name = |case: &Case, findings: Vec<Finding>| -> Vec<(String, u64, Vec<String>)> {
                let mut all: Vec<_> = findings
                    .into_iter()
                    .filter(|f| !f.rows.is_empty())
                    .map(|f| {
                        let row = case.rows[f.rows[0] as usize].clone();
                        (f.code.to_string(), f.probabilite.to_bits(), row)
                    })
                    .collect();
                all.sort();
                all
            };
            let before = name(&case, case.findings());
            // a fixed permutation: by steps of a number prime with the length
            let n = case.rows.len();
            let step = [7, 11, 13].into_iter().find(|s| !n.is_multiple_of(*s)).unwrap_or(1);
            case.rows = (0..n).map(|i| case.rows[i * step % n].clone()).collect();
            assert_eq!(before, name(&case, case.findings()), "{code}/{}", case.name);
        }
    }
}

/// Findings of one supplier paid `amounts`, one a week, with the wording of the last.
fn of_amounts(amounts: &[&str], last: &str) -> Vec<Finding> {
    use std::fmt::Write as _;
    let mut csv = String::from("date_mandat;tiers_id;tiers_nom;nature;objet;montant\n");
    for (i, amount) in amounts.iter().enumerate() {
        let words = if i + 1 == amounts.len() { last } else { "Facture" };
        let (month, day) = (1 + i / 4, 1 + i % 4 * 7);
        writeln!(csv, "2024-{month:02}-{day:02};F1;EXEMPLE SARL;6283;{words};{amount}").unwrap();
    }
    let ledger = crate::anomaly::prepare::testing::case(&csv).ledger;
    let params = mnt::Params { least_log_odds: -40.0, ..mnt::Params::default() };
    mnt::detect(&ledger, &vec![0; amounts.len()], &params, &Silent)
}

#[test]
fn a_first_digit_lost_is_no_swap() {
    let mut amounts = vec!["182,40"; 30];
    amounts.push("1082,40");
    let told = of_amounts(&amounts, "Facture");
    assert!(told.iter().all(|f| !f.motif.contains("chiffres voisins")), "{told:#?}");
    // two digits truly swapped are
    amounts[30] = "128,40";
    let told = of_amounts(&amounts, "Facture");
    assert!(told.iter().any(|f| f.motif.contains("chiffres voisins")), "{told:#?}");
}

#[test]
fn a_credit_is_told_with_its_sign() {
    let mut amounts = vec!["731,60"; 30];
    amounts.push("-73,16");
    let told = of_amounts(&amounts, "Avoir sur facture 14762");
    let of_credit: Vec<&Finding> = told.iter().filter(|f| f.rows == [30]).collect();
    assert!(!of_credit.is_empty());
    for finding in of_credit {
        assert!(finding.motif.starts_with("Avoir de −73,16\u{a0}€"), "{}", finding.motif);
        assert!(finding.motif.split_whitespace().count() <= 20, "{}", finding.motif);
    }
}
