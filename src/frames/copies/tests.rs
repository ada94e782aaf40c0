//! Cases and properties of one record for several sources.
//!
//! **Invariant:** every row read is a provenance of some row kept, once for each row that tells it.

use super::*;
use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

fn ledger(rows: &[(&str, &str, i64)]) -> Ledger {
    let mut builder = LedgerBuilder::default();
    let mut last = "";
    let mut record = 0;
    for (source, mandat, montant) in rows {
        if *source != last {
            builder.source(source);
            (last, record) = (source, 0);
        }
        record += 1;
        let mut row = LedgerRow { record, montant: *montant, ..LedgerRow::empty() };
        row.texts[TextKey::Mandat as usize] = mandat.as_bytes();
        builder.push(&row);
    }
    builder.finish()
}

fn names(ledger: &Ledger) -> Vec<String> {
    (0..ledger.len())
        .map(|row| {
            let all: Vec<String> = ledger
                .provenances(row)
                .map(|(s, n)| format!("{}#{n}", ledger.sources[s as usize]))
                .collect();
            all.join(" ")
        })
        .collect()
}

#[test]
fn overlapping_extracts_give_one_record() {
    let hashes = ["x".to_owned(), "y".to_owned()];
    let rows = [("a", "1", 10), ("a", "2", 20), ("b", "2", 20), ("b", "3", 30)];
    let merged = gather(ledger(&rows), &hashes);
    assert_eq!(names(&merged.ledger), ["a#1", "a#2 b#1", "b#2"]);
    assert!(merged.conflits.is_empty());
}

#[test]
fn identical_lines_of_a_source_stay_and_pair_one_to_one() {
    let hashes = ["x".to_owned(), "y".to_owned()];
    let rows = [("a", "1", 10), ("a", "1", 10), ("b", "1", 10), ("b", "1", 10), ("b", "1", 10)];
    let merged = gather(ledger(&rows), &hashes);
    assert_eq!(names(&merged.ledger), ["a#1 b#1", "a#2 b#2", "b#3"]);
}

#[test]
fn without_a_number_only_the_same_file_is_gathered() {
    let rows = [("a", "", 10), ("b", "", 10)];
    let merged = gather(ledger(&rows), &["x".to_owned(), "y".to_owned()]);
    assert_eq!(merged.ledger.len(), 2);
    let merged = gather(ledger(&rows), &["x".to_owned(), "x".to_owned()]);
    assert_eq!(names(&merged.ledger), ["a#1 b#1"]);
}

#[test]
fn a_different_amount_is_a_conflict() {
    let rows = [("a", "1", 10), ("b", "1", 12)];
    let merged = gather(ledger(&rows), &["x".to_owned(), "y".to_owned()]);
    assert_eq!(merged.ledger.len(), 2);
    let (retenu, autre) = (("a#1".to_owned(), 10), ("b#1".to_owned(), 12));
    assert_eq!(merged.conflits, [Conflit { retenu, autre, fusion: false }]);
}

/// A row: source, texts by key, amount, day.
type Ligne<'a> = (&'a str, &'a [(TextKey, &'a str)], i64, i32);

fn rich(rows: &[Ligne<'_>]) -> Ledger {
    let mut builder = LedgerBuilder::default();
    let (mut last, mut record) = ("", 0);
    for (source, texts, montant, day) in rows {
        if *source != last {
            builder.source(source);
            (last, record) = (source, 0);
        }
        record += 1;
        let mut row = LedgerRow { record, montant: *montant, ..LedgerRow::empty() };
        row.dates[0] = *day;
        for (key, text) in *texts {
            row.texts[*key as usize] = text.as_bytes();
        }
        builder.push(&row);
    }
    builder.finish()
}

fn unite(rows: &[Ligne<'_>]) -> Reunion {
    let ledger = rich(rows);
    let hashes: Vec<String> = ledger.sources.clone();
    gather(ledger, &hashes)
}

use TextKey::{
    Bordereau, Budget, Etape, Facture, Iban, Ligne as Rang, Mandat, Nature, Siret, TiersNom,
};

const EDF: &str = "55208131766522";

#[test]
fn a_mandat_of_a_ledger_and_of_a_flow_is_one_and_completes_itself() {
    let rows: [Ligne<'_>; 2] = [
        ("a.csv", &[(Mandat, "832"), (TiersNom, "EDF"), (Nature, "60612")], 12_000, 20_000),
        (
            "pes.xml",
            &[
                (Mandat, "0000832"),
                (Budget, "00"),
                (Siret, EDF),
                (TiersNom, "EDF COLLECTIVITES"),
                (Iban, "FR76"),
                (Bordereau, "7"),
            ],
            12_000,
            20_003,
        ),
    ];
    let one = unite(&rows);
    assert_eq!(names(&one.ledger), ["a.csv#1 pes.xml#1"]);
    let text = |key| one.ledger.text_at(key, 0);
    assert_eq!((text(Siret), text(Iban), text(Budget), text(Bordereau)), (EDF, "FR76", "00", "7"));
    assert_eq!((text(TiersNom), text(Nature)), ("EDF", "60612"));
    assert!(one.conflits.is_empty());
}

#[test]
fn another_payee_another_budget_another_year_stay_apart() {
    let row = |source, budget, name, day| -> (&str, [(TextKey, &str); 3], i64, i32) {
        (source, [(Mandat, "12"), (Budget, budget), (TiersNom, name)], 500, day)
    };
    let pairs = [
        (row("a", "00", "EDF", 20_000), row("b", "00", "ORANGE", 20_001)),
        (row("a", "00", "EDF", 20_000), row("b", "01", "EDF", 20_000)),
        (row("a", "00", "EDF", 20_000), row("b", "00", "EDF", 20_400)),
    ];
    for (a, b) in &pairs {
        let both: [Ligne<'_>; 2] = [(a.0, &a.1, a.2, a.3), (b.0, &b.1, b.2, b.3)];
        assert_eq!(unite(&both).ledger.len(), 2);
    }
}

#[test]
fn a_mandat_told_whole_and_by_line_keeps_its_lines() {
    let rows: [Ligne<'_>; 3] = [
        ("a.csv", &[(Mandat, "9"), (TiersNom, "EDF"), (Facture, "F1")], 300, 20_000),
        (
            "pes.xml",
            &[(Mandat, "9"), (Rang, "1"), (TiersNom, "EDF"), (Nature, "60612")],
            100,
            20_000,
        ),
        (
            "pes.xml",
            &[(Mandat, "9"), (Rang, "2"), (TiersNom, "EDF"), (Nature, "60621")],
            200,
            20_000,
        ),
    ];
    let one = unite(&rows);
    assert_eq!(names(&one.ledger), ["pes.xml#1 a.csv#1", "pes.xml#2 a.csv#1"]);
    assert_eq!(one.ledger.montant, [100, 200]);
    assert_eq!(one.ledger.text_at(Facture, 1), "F1");
}

#[test]
fn two_amounts_for_one_mandat_are_told_and_counted_once() {
    let rows: [Ligne<'_>; 2] = [
        ("a", &[(Mandat, "9"), (TiersNom, "EDF")], 300, 20_000),
        ("b", &[(Mandat, "9"), (TiersNom, "EDF")], 330, 20_000),
    ];
    let one = unite(&rows);
    assert_eq!(names(&one.ledger), ["a#1 b#1"]);
    let expected = (("a#1".to_owned(), 300), ("b#1".to_owned(), 330));
    assert_eq!(one.conflits, [Conflit { retenu: expected.0, autre: expected.1, fusion: true }]);
    // two sources agree, the third does not
    let three = [rows[0], ("b", rows[0].1, 300, 20_002), ("c", rows[1].1, 330, 20_000)];
    let one = unite(&three);
    assert_eq!(names(&one.ledger), ["a#1 b#1 c#1"]);
    assert_eq!(one.conflits[0].autre, ("c#1".to_owned(), 330));
    // an annulation of the same mandat is no conflict
    let rows = [rows[0], ("b", rows[1].1, -300, 20_000)];
    assert_eq!((unite(&rows).ledger.len(), unite(&rows).conflits.len()), (2, 0));
}

#[test]
fn an_invoice_joins_the_first_mandat_that_pays_it_and_only_that_one() {
    let paid = |source, mandat, day| -> (&str, [(TextKey, &str); 4], i64, i32) {
        (
            source,
            [(Mandat, mandat), (TiersNom, "VOIRIE SA"), (Siret, EDF), (Facture, "F-0012")],
            900,
            day,
        )
    };
    let (first, second) = (paid("a", "1", 20_010), paid("a", "2", 20_040));
    let invoice = [
        (Etape, "facture"),
        (TiersNom, "Voirie"),
        (Siret, "552081317"),
        (Facture, "F0012"),
        (Iban, "FR76"),
    ];
    let open = [(Etape, "facture"), (TiersNom, "Voirie"), (Siret, "552081317"), (Facture, "F13")];
    let rows: [Ligne<'_>; 5] = [
        (first.0, &first.1, first.2, first.3),
        (second.0, &second.1, second.2, second.3),
        ("chorus.xml", &invoice, 900, 20_000),
        ("chorus.xml", &open, 400, 20_000),
        ("facture.pdf", &invoice, 900, 20_000),
    ];
    let one = unite(&rows);
    assert_eq!(names(&one.ledger), ["a#1 chorus.xml#1 facture.pdf#1", "a#2"]);
    assert_eq!((one.ledger.text_at(Iban, 0), one.ledger.text_at(Iban, 1)), ("FR76", ""));
    assert_eq!(one.ledger.text_at(Etape, 0), "");
    let unpaid = one.factures.expect("one invoice is not paid");
    assert_eq!(
        (names(&unpaid), unpaid.montant.as_slice()),
        (vec!["chorus.xml#2".to_owned()], &[400][..])
    );
}

#[test]
fn an_invoice_paid_by_several_lines_joins_them_all() {
    let line = |nature| [(Mandat, "5"), (TiersNom, "EDF"), (Facture, "77"), (Nature, nature)];
    let (a, b) = (line("60612"), line("60621"));
    let rows: [Ligne<'_>; 3] = [
        ("a", &a, 100, 20_000),
        ("a", &b, 200, 20_000),
        ("c", &[(Etape, "facture"), (TiersNom, "EDF"), (Facture, "77")], 300, 19_990),
    ];
    let one = unite(&rows);
    assert_eq!(names(&one.ledger), ["a#1 c#1", "a#2 c#1"]);
    assert!(one.factures.is_none());
}

#[test]
fn invoices_alone_are_the_ledger() {
    let rows: [Ligne<'_>; 1] = [("c", &[(Etape, "facture"), (Facture, "77")], 300, 19_990)];
    assert_eq!(unite(&rows).ledger.len(), 1);
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    /// (source, mandat, payee, amount, line, invoice or not).
    type Tire = (u8, u8, u8, i64, u8, bool);

    fn built(rows: &[Tire]) -> Reunion {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|r| r.0);
        let texts: Vec<_> = rows
            .iter()
            .map(|r| {
                let word = |n: u8, names: [&'static str; 4]| names[usize::from(n % 4)];
                [
                    (Mandat, if r.5 { "" } else { word(r.1, ["1", "02", "3", ""]) }),
                    (TiersNom, word(r.2, ["EDF", "ORANGE", "EDF SA", ""])),
                    (Rang, word(r.4, ["", "1", "2", ""])),
                    (Facture, word(r.1, ["A", "B", "", "C"])),
                    (Etape, if r.5 { "facture" } else { "" }),
                ]
            })
            .collect();
        let named = ["a", "b", "c", "d"];
        let lines: Vec<Ligne<'_>> = rows
            .iter()
            .zip(&texts)
            .map(|(r, t)| (named[usize::from(r.0 % 4)], &t[..], r.3, 20_000))
            .collect();
        unite(&lines)
    }

    proptest! {
        #[test]
        fn no_row_is_lost_and_none_meets_its_own_source(
            rows in proptest::collection::vec((0_u8..4, any::<u8>(), any::<u8>(), 1_i64..4, any::<u8>(), any::<bool>()), 1..60),
        ) {
            let one = built(&rows);
            let mut told = std::collections::BTreeMap::new();
            for ledger in [Some(&one.ledger), one.factures.as_ref()].into_iter().flatten() {
                for row in 0..ledger.len() {
                    let mut of_row: Vec<(String, u32)> = ledger
                        .provenances(row)
                        .map(|(s, n)| (ledger.sources[s as usize].clone(), n))
                        .collect();
                    for name in &of_row {
                        *told.entry(name.clone()).or_insert(0) += 1;
                    }
                    let count = of_row.len();
                    of_row.dedup_by(|a, b| a.0 == b.0);
                    prop_assert_eq!(count, of_row.len(), "two rows of one source in one record");
                }
            }
            let mut expected = std::collections::BTreeMap::new();
            for row in &rows {
                *expected.entry(["a", "b", "c", "d"][usize::from(row.0 % 4)].to_owned()).or_insert(0_u32) += 1;
            }
            let mut found = std::collections::BTreeMap::new();
            for (source, _) in told.keys() {
                *found.entry(source.clone()).or_insert(0_u32) += 1;
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_source_given_twice_changes_no_total(
            rows in proptest::collection::vec((any::<u8>(), any::<u8>(), 1_i64..1000, any::<u8>()), 1..40),
        ) {
            let once: Vec<Tire> = rows.iter().map(|r| (0, r.0, r.1, r.2, r.3, false)).collect();
            let numbered = once.iter().filter(|r| r.1 % 4 != 3).copied();
            let once: Vec<Tire> = numbered.collect();
            let twice: Vec<Tire> = once.iter().copied().chain(once.iter().map(|r| (1, r.1, r.2, r.3, r.4, r.5))).collect();
            let (a, b) = (built(&once).ledger, built(&twice).ledger);
            prop_assert_eq!(a.len(), b.len());
            prop_assert_eq!(a.montant.iter().sum::<i64>(), b.montant.iter().sum::<i64>());
        }
    }
}

#[test]
fn the_same_extract_without_numbers_is_counted_once() {
    let row = |source, n| (source, "", n);
    let year: Vec<_> = (1..=6).map(|n| row("a", n)).collect();
    let again: Vec<_> = (1..=6).map(|n| row("b", n)).collect();
    let part: Vec<_> = (3..=5).map(|n| row("c", n)).collect();
    let merged = gather(ledger(&[year.clone(), again, part].concat()), &[]);
    assert_eq!(merged.ledger.montant, [1, 2, 3, 4, 5, 6]);
    let told: Vec<(u64, i128)> = merged.recoupements.iter().map(|p| (p.lignes, p.total)).collect();
    assert_eq!(told, [(6, 21), (3, 12)], "15 rows less 9 copies are 6 records");
    // two months with one rent in common are two extracts
    let other: Vec<_> = (6..=11).map(|n| row("b", n)).collect();
    assert_eq!(gather(ledger(&[year, other].concat()), &[]).ledger.len(), 12);
}

#[test]
fn two_budgets_numbered_from_one_stay_apart() {
    let of = |objets: [&[u8]; 2]| {
        let mut builder = LedgerBuilder::default();
        for (source, objet) in ["eau", "principal"].into_iter().zip(objets) {
            builder.source(source);
            let mut row = LedgerRow { record: 1, montant: 3_600, ..LedgerRow::empty() };
            row.texts[TextKey::Mandat as usize] = b"1";
            row.texts[TextKey::TiersNom as usize] = b"ORANGE SA";
            row.texts[TextKey::Objet as usize] = objet;
            builder.push(&row);
        }
        gather(builder.finish(), &[]).ledger.len()
    };
    assert_eq!(of([b"abonnement ligne 51", b"abonnement 1"]), 2);
    assert_eq!(of([b"abonnement 1", b"ABONNEMENT 1"]), 1);
}

/// A ledger that says « EAU » and a flow that says « 01 » speak of one budget when their mandats are the same.
#[test]
fn one_budget_under_two_names() {
    let read = |common: u32| {
        let mut builder = LedgerBuilder::default();
        for (source, budget) in [("livre.csv", "EAU"), ("pes.xml", "01")] {
            builder.source(source);
            for n in 1..=8_u32 {
                let own = n > common && budget == "01";
                let number = if own { n + 100 } else { n }.to_string();
                let mut row = LedgerRow { record: n, ..LedgerRow::empty() };
                row.montant = i64::from(n) * 1_000;
                row.exercice = 2024;
                row.texts[TextKey::Mandat as usize] = number.as_bytes();
                row.texts[TextKey::Budget as usize] = budget.as_bytes();
                row.texts[TextKey::TiersNom as usize] = b"EAUX DU LAC";
                row.texts[TextKey::Nature as usize] = b"60611";
                builder.push(&row);
            }
        }
        gather(builder.finish(), &[]).ledger.len()
    };
    assert_eq!(read(8), 8, "the same mandats");
    assert_eq!(read(7), 9, "seven in eight");
    assert_eq!(read(4), 16, "half of them prove nothing");
}

/// Extracts that share some rows which nothing numbers are told, not gathered.
#[test]
fn overlaps_without_a_number_are_told() {
    let rows: Vec<(&str, &str, i64)> =
        (0..10).map(|n| ("a", "", n)).chain((6..16).map(|n| ("b", "", n))).collect();
    let merged = gather(ledger(&rows), &["x".to_owned(), "y".to_owned()]);
    assert_eq!(merged.ledger.len(), 20);
    assert_eq!(merged.semblables, [("a".to_owned(), "b".to_owned(), 4)]);
}
