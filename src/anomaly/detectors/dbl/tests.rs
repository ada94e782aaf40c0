//! Tests of the whole engine: the cases of `tests/cases/detectors/DBL*`, and its invariants.
//!
//! **Invariant:** compiled for tests only.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::anomaly::finding_id::finding_ids;
use crate::anomaly::prepare::prepare;
use crate::anomaly::prepare::testing::{case, reordered};
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::Family;
use crate::domain::progress::Silent;
use crate::frames::ledger::Ledger;

fn findings(ledger: &Ledger) -> Vec<Finding> {
    super::detect(ledger, &prepare(ledger, &Silent), &super::Params::default())
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/detectors");
    let mut out = Vec::new();
    for folder in std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()) {
        if folder.file_name().is_some_and(|n| n.to_string_lossy().starts_with("DBL")) {
            out.extend(std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()));
        }
    }
    out.sort();
    out
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Rows spoken of at least as `a_verifier`, with the code that speaks.
fn spoken(found: &[Finding]) -> Vec<(u32, String)> {
    let worth = found.iter().filter(|f| f.priorite != Priorite::Information);
    worth.flat_map(|f| f.rows.iter().map(|r| (*r, f.code.to_string()))).collect()
}

#[test]
fn cases_are_judged_as_expected() {
    let mut wrong = String::new();
    for path in cases() {
        let code = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let case = case(&text(&path));
        let found = findings(&case.ledger);
        let spoken = spoken(&found);
        for (row, attendu) in case.attendu.iter().enumerate() {
            let by: Vec<&str> =
                spoken.iter().filter(|s| s.0 == row as u32).map(|s| s.1.as_str()).collect();
            let right = match attendu.as_str() {
                "oui" => by.contains(&code.as_str()),
                "non" => by.is_empty(),
                _ => true,
            };
            if !right {
                let name = path.file_stem().unwrap().to_string_lossy();
                let about = found.iter().find(|f| f.rows.contains(&(row as u32)));
                let about =
                    about.map(|f| (f.code.to_string(), f.probabilite, &f.rows, &f.evidence));
                writeln!(wrong, "{code}/{name} {row} {attendu} {by:?} {about:?}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn honest_backgrounds_have_nothing_to_look_at_first() {
    for path in cases() {
        let case = case(&text(&path));
        for f in findings(&case.ledger).iter().filter(|f| f.priorite == Priorite::Prioritaire) {
            let planted = f.rows.iter().any(|r| !case.attendu[*r as usize].is_empty());
            assert!(planted, "{} {}", path.display(), f.motif);
        }
    }
}

#[test]
fn weights_add_up_and_sentences_are_short() {
    for path in cases() {
        for f in findings(&case(&text(&path)).ledger) {
            let hundredths: i64 = f.evidence.iter().map(|e| (e.poids * 100.0).round() as i64).sum();
            assert_eq!(hundredths, (f.indice * 100.0).round() as i64);
            assert!(f.motif.split_whitespace().count() <= 20, "{}", f.motif);
            assert!(f.motif.ends_with('.'));
            assert!((0.0..=1.0).contains(&f.probabilite) && f.rows.len() >= 2);
            assert_eq!(f.code.family, Family::Dbl);
        }
    }
}

/// What a finding says, rows named by their record.
fn told(ledger: &Ledger) -> Vec<(String, Vec<u32>, String, u64)> {
    let found = findings(ledger);
    let ids = finding_ids(ledger, &found);
    let records = |f: &Finding| f.rows.iter().map(|r| ledger.record[*r as usize]).collect();
    found
        .iter()
        .zip(ids)
        .map(|(f, id)| (id, records(f), f.motif.clone(), f.probabilite.to_bits()))
        .collect()
}

#[test]
fn the_order_of_rows_and_threads_changes_nothing() {
    for path in cases() {
        let ledger = case(&text(&path)).ledger;
        let expected = told(&ledger);
        let mut order: Vec<usize> = (0..ledger.len()).rev().collect();
        assert_eq!(told(&reordered(&ledger, &order)), expected, "{}", path.display());
        order.sort_by_key(|i| crate::stats::text::mix(*i as u64));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let shuffled = pool.install(|| told(&reordered(&ledger, &order)));
        assert_eq!(shuffled, expected, "{}", path.display());
    }
}

/// A supplier paid the same amount half a million times costs no explosion, with or without numbers.
#[test]
fn half_a_million_equal_lines_stay_linear() {
    const LINES: u32 = 500_000;
    for numbered in [true, false] {
        let mut csv = String::from("date_mandat;mandat;tiers_nom;facture;nature;montant\n");
        for i in 0..LINES {
            let day = 1 + i % 28;
            let number = if numbered { format!("F{i}") } else { String::new() };
            writeln!(csv, "2024-01-{day:02};{i};FOURNISSEUR UNIQUE;{number};60632;100,00").unwrap();
        }
        let ledger = case(&csv).ledger;
        let prepared = prepare(&ledger, &Silent);
        let units = super::units::Units::new(&ledger, &prepared, 0);
        let pairs = super::pairs::candidates(&units).len();
        assert!(pairs <= 8 * LINES as usize, "{pairs}");
        assert!(findings(&ledger).len() <= 100, "equal lines are a habit");
        let suppliers = &prepared.suppliers.of_row;
        let amounts = crate::anomaly::detectors::mnt::Params::default();
        let told = crate::anomaly::detectors::mnt::detect(&ledger, suppliers, &amounts, &Silent);
        assert!(told.iter().all(|f| f.priorite == Priorite::Information));
    }
}

#[test]
fn nothing_breaks_on_nothing() {
    assert!(findings(&Ledger::default()).is_empty());
    let bare = case("date_mandat;montant\n2024-01-01;1,00\n;2,00\n2024-01-01;1,00\n");
    assert!(findings(&bare.ledger).len() <= 1);
}

/// A receipt is a titre: nobody was paid, and no credit note is asked for.
#[test]
fn receipts_are_told_as_titres() {
    let mut csv =
        String::from("exercice;date_mandat;mandat;tiers_id;tiers_nom;nature;objet;sens;montant\n");
    for i in 0..60 {
        let (month, day) = (1 + i / 6, 1 + i % 6 * 4);
        let cents = 11 + i;
        writeln!(
            csv,
            "2024;2024-{month:02}-{day:02};{i};P{i};EXEMPLE {i};7067;Cantine;R;1{i},{cents}"
        )
        .unwrap();
    }
    csv += "2024;2024-03-04;900;P900;Régie de recettes du marché de la gare;70321;Droits de place;R;5412,37\n\
            2024;2024-03-11;911;P900;Régie de recettes du marché de la gare;70321;Droits de place;R;5412,37\n";
    let told = findings(&case(&csv).ledger);
    let titres = told.iter().find(|f| f.rows == [60, 61]).expect("the pair is told");
    assert!(
        titres.motif.contains("titre de 5\u{202f}412,37\u{a0}€ émis deux fois"),
        "{}",
        titres.motif
    );
    assert!(titres.motif.starts_with("Régie de recettes du marché…,"), "{}", titres.motif);
    assert!(titres.a_faire.contains("annuler ou réduire le titre en double"));
    for finding in &told {
        let text = format!("{} {} {:?}", finding.motif, finding.a_faire, finding.evidence);
        for word in ["payé", "avoir", "ournisseur"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}
