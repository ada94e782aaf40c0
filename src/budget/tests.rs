//! Invariants of the forecast on small invented accounts.
//!
//! **Invariant:** natures add up to chapitres and totals to the centime, whatever the accounts.

use proptest::prelude::*;

use super::*;
use crate::domain::account::{Ordre, OrigineChapitre, Section, Sens};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Document, Etape, LigneBudget};

type Accounts<'a> = &'a [(&'a str, Sens, i64)];

fn document(exercice: u16, nomenclature: &str) -> Document {
    Document {
        fichier: format!("CA_{exercice}.xml"),
        format: "totem".to_owned(),
        encodage: "utf-8".to_owned(),
        sha256: String::new(),
        siret: "21000010500010".to_owned(),
        collectivite: "SAINT-EXEMPLE".to_owned(),
        libelle_budget: "BUDGET PRINCIPAL".to_owned(),
        budget: "00".to_owned(),
        type_budget: "P".to_owned(),
        insee: String::new(),
        nomenclature: nomenclature.to_owned(),
        exercice,
        etape: Etape::Ca,
        numero: String::new(),
        population: None,
        dette: None,
        fiscalite: Vec::new(),
        informations: Vec::new(),
        lignes_lues: 0,
        lignes_retenues: 0,
        lignes_ecartees: 0,
    }
}

fn line(nature: &str, sens: Sens, realise: i64) -> LigneBudget {
    LigneBudget {
        document: 0,
        record: 1,
        nature: nature.to_owned(),
        fonction: String::new(),
        operation: String::new(),
        libelle: String::new(),
        chapitre: String::new(),
        section: Section::F,
        origine: OrigineChapitre::Plan,
        sens,
        ordre: Ordre::Reel,
        vote: None,
        credits_ouverts: None,
        realise: Some(Centimes(realise)),
        rar: None,
        rar_precedent: None,
        propose: None,
        budget_precedent: None,
        rattache: None,
        controle: String::new(),
        specialise: None,
    }
}

/// One CA a year, amounts in euros.
fn frame(years: &[(u16, &str, Accounts<'_>)]) -> BudgetFrame {
    let mut out = BudgetFrame::default();
    for (year, nomenclature, accounts) in years {
        let lines = accounts.iter().map(|(n, s, v)| line(n, *s, v * 100)).collect();
        let one = BudgetFrame {
            documents: vec![document(*year, nomenclature)],
            lignes: lines,
            ..BudgetFrame::default()
        };
        out.append(one);
    }
    out
}

fn options(horizon: usize) -> Options {
    Options { horizon, ..Options::default() }
}

fn nature<'p>(p: &'p Prevision, code: &str, year: u16) -> &'p LignePrevision {
    p.lignes
        .iter()
        .find(|l| l.niveau == Niveau::Nature && l.code == code && l.exercice == year)
        .unwrap_or_else(|| panic!("no row for {code} in {year}"))
}

fn assert_adds_up(p: &Prevision) {
    let sum = |niveau, l: &LignePrevision, chapitre: Option<&str>| -> i64 {
        p.lignes
            .iter()
            .filter(|r| r.niveau == niveau && r.exercice == l.exercice)
            .filter(|r| r.section == l.section && r.sens == l.sens && r.budget == l.budget)
            .filter(|r| chapitre.is_none_or(|c| r.chapitre == c))
            .map(|r| r.prevision.0)
            .sum()
    };
    for l in &p.lignes {
        match l.niveau {
            Niveau::Total => assert_eq!(l.prevision.0, sum(Niveau::Chapitre, l, None)),
            Niveau::Chapitre => {
                assert_eq!(l.prevision.0, sum(Niveau::Nature, l, Some(&l.code)));
            }
            Niveau::Nature => {}
        }
    }
    for l in &p.lignes {
        let (low, high) = l.intervalle_80;
        assert!(l.intervalle_95.0 <= low && low <= l.prevision, "{l:?}");
        assert!(l.prevision <= high && high <= l.intervalle_95.1, "{l:?}");
    }
}

const M14: &str = "M14-M14_COM_SUP3500";
const M57: &str = "M57-M57_D";

#[test]
fn a_series_crosses_the_change_of_norm() {
    // DGF 7411 becomes 74111, exceptional receipts 7788 join 75888, 6574 stays whole
    let accounts = frame(&[
        (2021, M14, &[("7411", Sens::R, 900), ("7788", Sens::R, 10), ("6574", Sens::D, 50)]),
        (2022, M14, &[("7411", Sens::R, 880), ("7588", Sens::R, 20), ("6574", Sens::D, 52)]),
        (2023, M57, &[("74111", Sens::R, 860), ("75888", Sens::R, 30), ("65748", Sens::D, 54)]),
    ]);
    let p = prevoir(&accounts, &options(2), &[]).expect("a forecast");
    assert_adds_up(&p);
    let budget = &p.budgets[0];
    let serie = |code: &str| budget.series.iter().find(|s| s.code == code).expect("a series");
    assert_eq!(serie("74111").modele, [900.0, 880.0, 860.0]);
    assert_eq!(serie("75888").modele, [10.0, 20.0, 30.0]);
    assert_eq!(serie("65748").modele, [50.0, 52.0, 54.0]);
    assert_eq!(serie("75888").chapitre, "75");
    assert!(p.lignes.iter().all(|l| l.code != "7411" && l.code != "6574"));
    assert_eq!(nature(&p, "74111", 2024).prevision, Centimes(84_000));
}

#[test]
fn m14_accounts_give_m57_codes_from_2024_on() {
    let accounts = frame(&[(2022, M14, &[("7318", Sens::R, 5), ("64111", Sens::D, 80)])]);
    let m14 = prevoir(&accounts, &options(1), &[]).expect("a forecast of 2023");
    assert_eq!(nature(&m14, "7318", 2023).exercice, 2023);
    let later = Options { exercice: Some(2024), ..options(1) };
    let m57 = prevoir(&accounts, &later, &[]).expect("a forecast of 2024");
    assert_eq!(nature(&m57, "73118", 2024).distance, 2);
    let chapitre = m57.lignes.iter().find(|l| l.niveau == Niveau::Chapitre && l.code == "731");
    assert!(chapitre.is_some());
}

#[test]
fn known_amounts_replace_models_and_move_what_follows() {
    let accounts = frame(&[
        (2022, M57, &[("74111", Sens::R, 100), ("6161", Sens::D, 10)]),
        (2023, M57, &[("74111", Sens::R, 100), ("6161", Sens::D, 10)]),
    ]);
    let connu = |code: &str, sens, montant| Connu {
        budget: None,
        exercice: 2024,
        sens,
        code: code.to_owned(),
        montant: Centimes(montant),
        source: "notification".to_owned(),
    };
    let known = [connu("74111", Sens::R, 12_345), connu("011", Sens::D, 2_001)];
    let p = prevoir(&accounts, &options(2), &known).expect("a forecast");
    assert_adds_up(&p);
    let row = nature(&p, "74111", 2024);
    assert_eq!((row.prevision.0, row.origine), (12_345, OriginePrevision::Connu));
    assert_eq!(row.intervalle_95, (Centimes(12_345), Centimes(12_345)));
    assert_eq!(nature(&p, "74111", 2025).prevision.0, 12_345);
    assert_eq!(nature(&p, "6161", 2024).prevision.0, 2_001);
}

#[test]
fn a_scenario_speaks_of_the_future_only() {
    let mut accounts = frame(&[
        (2022, M57, &[("73111", Sens::R, 1_000), ("6161", Sens::D, 100), ("60612", Sens::D, 50)]),
        (2023, M57, &[("73111", Sens::R, 1_000), ("6161", Sens::D, 100), ("60612", Sens::D, 50)]),
    ]);
    accounts.documents[1].fiscalite.push(crate::frames::budget::Taxe {
        code: "02".to_owned(),
        base: Some(Centimes(300_000)),
        taux: "20.0".to_owned(),
        produit: Some(Centimes(60_000)),
    });
    let hypotheses = Hypotheses {
        inflation: Some(10.0),
        energie: Some(20.0),
        taux_tfb: Some(2.0),
        ..Hypotheses::default()
    };
    let central = prevoir(&accounts, &options(1), &[]).expect("a forecast");
    let p = prevoir(&accounts, &Options { hypotheses, ..options(1) }, &[]).expect("a forecast");
    assert_adds_up(&p);
    assert_eq!(nature(&p, "6161", 2024).prevision, Centimes(11_000));
    assert_eq!(nature(&p, "60612", 2024).prevision, Centimes(6_000));
    let gain = nature(&p, "73111", 2024).prevision - nature(&central, "73111", 2024).prevision;
    assert_eq!(gain, Centimes(6_000)); // 2 points of a base of 3 000 euros
    assert_eq!(p.budgets, central.budgets);
}

#[test]
fn what_cannot_be_forecast_is_refused() {
    let empty = BudgetFrame::default();
    assert!(prevoir(&empty, &options(1), &[]).is_err());
    let accounts = frame(&[(2023, M57, &[("6161", Sens::D, 10)])]);
    assert!(prevoir(&accounts, &options(6), &[]).is_err());
    let back = Options { nomenclature: Some(M14.to_owned()), ..options(1) };
    assert!(prevoir(&accounts, &back, &[]).is_err());
}

#[test]
fn the_order_of_documents_changes_nothing() {
    let a: Accounts<'_> = &[("6161", Sens::D, 10), ("752", Sens::R, 12)];
    let b: Accounts<'_> = &[("752", Sens::R, 14), ("6161", Sens::D, 11)];
    let one = prevoir(&frame(&[(2022, M57, a), (2023, M57, b)]), &options(3), &[]);
    let two = prevoir(&frame(&[(2023, M57, b), (2022, M57, a)]), &options(3), &[]);
    assert_eq!(one, two);
}

#[test]
fn a_past_origin_reads_nothing_of_what_followed() {
    let amounts = [100, 120, 140, 162, 181, 199];
    let rows: Vec<Vec<(&str, Sens, i64)>> = amounts
        .iter()
        .map(|v| vec![("6161", Sens::D, *v), ("752", Sens::R, 300 - v), ("2313", Sens::D, 2 * v)])
        .collect();
    let years: Vec<(u16, &str, Accounts<'_>)> =
        (2018..).zip(&rows).map(|(y, r)| (y, M57, r.as_slice())).collect();
    let budgets = history::histories(&frame(&years), &options(1)).expect("a history");
    let mut other = budgets[0].clone();
    for s in &mut other.series {
        s.modele[4..].fill(9e6);
    }
    let run = |b: &Budget, n| project::project(b, n, 2, &Hypotheses::default());
    assert_eq!(run(&budgets[0], 4), run(&other, 4));
    assert_ne!(run(&budgets[0], 5), run(&other, 5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_accounts_add_up(
        amounts in proptest::collection::vec(-5_000_i64..5_000_000, 30),
        years in 1_usize..6,
        horizon in 1_usize..6,
    ) {
        const CODES: [(&str, Sens); 6] = [
            ("6161", Sens::D), ("64111", Sens::D), ("673", Sens::D),
            ("73111", Sens::R), ("775", Sens::R), ("2313", Sens::D),
        ];
        let rows: Vec<Vec<(&str, Sens, i64)>> = (0..years)
            .map(|y| {
                let value = |i: usize| amounts[(y * CODES.len() + i) % amounts.len()];
                CODES.iter().enumerate().map(|(i, (c, s))| (*c, *s, value(i))).collect()
            })
            .collect();
        let years: Vec<(u16, &str, Accounts<'_>)> = rows
            .iter()
            .enumerate()
            .map(|(y, r)| (2016 + y as u16, M14, r.as_slice()))
            .collect();
        let p = prevoir(&frame(&years), &options(horizon), &[]).expect("a forecast");
        assert_adds_up(&p);
    }
}
