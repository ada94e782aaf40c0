//! The eight scenarios of the programme on small invented accounts, figures computed by hand.
//!
//! Accounts 2024 and 2025 are the same, M57: taxes 1 000 (base of taxe foncière 3 000), transfer duties 100,
//! DGF 200, energy 50, supplies 100, staff 400, interest 10, capital 30. Euros.
//!
//! **Invariant:** expected amounts are differences to the forecast, added up by hand.

use super::mesures::{Genre, Mesure, ServiceChange};
use super::scenario::{Ecarts, Niveaux};
use super::scenarios::{Annee, Base, Demande, prets};
use super::tests::{Accounts, frame};
use super::*;
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Taxe};

const M57: &str = "M57-M57_D";
const ACCOUNTS: Accounts<'_> = &[
    ("73111", Sens::R, 1_000),
    ("73123", Sens::R, 100),
    ("74111", Sens::R, 200),
    ("60612", Sens::D, 50),
    ("6064", Sens::D, 100),
    ("64111", Sens::D, 400),
    ("66111", Sens::D, 10),
    ("1641", Sens::D, 30),
];

fn accounts() -> BudgetFrame {
    let mut out = frame(&[(2024, M57, ACCOUNTS), (2025, M57, ACCOUNTS)]);
    for l in out.lignes.iter_mut().filter(|l| l.nature == "1641") {
        l.section = Section::I;
        l.chapitre = "16".to_owned();
    }
    for d in &mut out.documents {
        d.fiscalite.push(Taxe {
            code: "02".to_owned(),
            base: Some(Centimes(300_000)),
            taux: "20.0".to_owned(),
            produit: Some(Centimes(60_000)),
        });
    }
    out
}

fn run(hypotheses: Hypotheses) -> Prevision {
    let options = Options { horizon: 3, hypotheses, ..Options::default() };
    prevoir(&accounts(), &options, &[]).expect("a forecast")
}

/// Épargne brute and nette of the scenario less those of the forecast, three years, centimes.
fn gap(demande: &Demande) -> Vec<(i64, i64)> {
    let central = run(Hypotheses::default());
    let base = Base::new(&central.budgets[0], &central).expect("a base");
    let still = base.annees(&Demande::default());
    assert_eq!(still.len(), 3);
    let moved: Vec<Annee> = base.annees(demande);
    let one = |(a, b): (&Annee, &Annee)| {
        ((b.epargne_brute - a.epargne_brute).0, (b.epargne_nette - a.epargne_nette).0)
    };
    still.iter().zip(&moved).map(one).collect()
}

fn of(hypotheses: Hypotheses) -> Demande {
    Demande { hypotheses, ..Demande::default() }
}

fn amount(p: &Prevision, code: &str, year: u16) -> i64 {
    let ours =
        |l: &&LignePrevision| l.niveau == Niveau::Nature && l.code == code && l.exercice == year;
    p.lignes.iter().find(ours).map_or(0, |l| l.prevision.0)
}

fn both(gaps: [i64; 3]) -> Vec<(i64, i64)> {
    gaps.iter().map(|g| (*g, *g)).collect()
}

#[test]
fn one_point_of_rate_brings_one_percent_of_the_base() {
    let h = Hypotheses { taux_tfb: Some(1.0), ..Hypotheses::default() };
    // 3 000 x 1 %, every year
    assert_eq!(gap(&of(h)), both([3_000, 3_000, 3_000]));
}

#[test]
fn one_point_of_inflation_falls_on_what_follows_prices() {
    let h = Hypotheses {
        ecart: Ecarts { inflation: 1.0, ..Ecarts::default() },
        ..Hypotheses::default()
    };
    let central = run(Hypotheses::default());
    // supplies and energy follow prices: a point more a year, compounded on their own growth
    let g = |code: &str, year| amount(&central, code, year) as f64;
    for (i, (brute, nette)) in gap(&of(h)).into_iter().enumerate() {
        assert_eq!(brute, nette);
        let year = 2026 + i as u16;
        let expected: f64 = ["60612", "6064"]
            .iter()
            .map(|code| {
                let last = if *code == "6064" { 10_000.0 } else { 5_000.0 };
                let rate = (g(code, year) / last).powf(1.0 / (i as f64 + 1.0)) + 0.01;
                last * rate.powi(i as i32 + 1) - g(code, year)
            })
            .sum();
        assert!((brute as f64 + expected).abs() <= 3.0, "{year}: {brute} for -{expected}");
    }
}

#[test]
fn a_shock_on_energy_and_on_transfer_duties_is_a_share_of_the_forecast() {
    let central = run(Hypotheses::default());
    let years = [2026, 2027, 2028];
    let h = Hypotheses {
        niveau: Niveaux { energie: 10.0, ..Niveaux::default() },
        ..Hypotheses::default()
    };
    let cut = |code: &str, pct: f64| {
        years.map(|y| (amount(&central, code, y) as f64 * pct / 100.0).round() as i64)
    };
    assert_eq!(gap(&of(h)), both(cut("60612", -10.0)));
    // the page that follows the scenario says the same
    let followed = run(h);
    for y in years {
        let more = amount(&followed, "60612", y) - amount(&central, "60612", y);
        assert_eq!(more, (amount(&central, "60612", y) as f64 * 0.1).round() as i64);
    }
    let less = prets().into_iter().find(|d| d.nom == "dmto_moins_20").expect("ready-made");
    assert_eq!(gap(&less), both(cut("73123", -20.0)));
    assert_eq!(amount(&central, "73123", 2026), 10_000, "the last level: a fifth is 20 euros");
}

#[test]
fn staff_frozen_stays_at_its_last_amount() {
    let central = run(Hypotheses::default());
    let freeze = prets().into_iter().find(|d| d.nom == "gel_012").expect("ready-made");
    let saved = [2026, 2027, 2028].map(|y| amount(&central, "64111", y) - 40_000);
    assert_eq!(gap(&freeze), both(saved));
    let followed = run(freeze.hypotheses);
    assert_eq!(amount(&followed, "64111", 2028), 40_000);
}

#[test]
fn a_facility_weighs_by_its_running_cost_and_its_loan() {
    let euros = |m: i64| Centimes(m * 100);
    let mesure = Mesure {
        libelle: "Crèche".into(),
        investissement: [(2026, euros(1_100))].into_iter().collect(),
        subventions: [(2026, euros(100))].into_iter().collect(),
        fonctionnement: [(2027, euros(200))].into_iter().collect(),
        recettes: [(2027, euros(80))].into_iter().collect(),
        emprunt: Some((4.0, 20)),
        service: None,
    };
    let found = gap(&Demande { mesures: vec![mesure], ..Demande::default() });
    // 1 000 borrowed in 2026, annuity 73,58: interest 40 then 38,66, capital 33,58 then 34,93
    let wanted = [(0, 0), (-16_000, -19_358), (-15_866, -19_358)];
    for ((a, b), (c, d)) in found.iter().zip(wanted) {
        assert!((a - c).abs() <= 1 && (b - d).abs() <= 1, "{found:?}");
    }
}

#[test]
fn a_service_extended_and_a_service_pooled() {
    let lignes = vec![
        (Sens::D, "64111".to_owned(), Centimes(20_000)),
        (Sens::R, "74111".to_owned(), Centimes(5_000)),
    ];
    let change = |genre| Demande {
        mesures: vec![Mesure {
            service: Some(ServiceChange { lignes: lignes.clone(), genre, des: None }),
            ..Mesure::default()
        }],
        ..Demande::default()
    };
    let central = run(Hypotheses::default());
    let grows =
        |code: &str, y: u16| amount(&central, code, y) as f64 / amount(&central, code, 2026) as f64;
    let net = |y: u16| 20_000.0 * grows("64111", y) - 5_000.0 * grows("74111", y);
    let years = [2026, 2027, 2028];
    let near = |found: Vec<(i64, i64)>, share: f64| {
        for ((brute, _), y) in found.iter().zip(years) {
            let wanted = share * net(y);
            assert!((*brute as f64 - wanted).abs() <= 2.0, "{y}: {brute} for {wanted}");
        }
    };
    // a fifth more of a service that costs 150 net; a tenth of it saved by pooling
    assert!((net(2026) - 15_000.0).abs() < 1e-9);
    near(gap(&change(Genre::Extension(20.0))), -0.2);
    near(gap(&change(Genre::Mutualisation(10.0))), 0.1);
}

#[test]
fn the_tornado_is_symmetric_for_points_and_shares() {
    let central = run(Hypotheses::default());
    let base = Base::new(&central.budgets[0], &central).expect("a base");
    let all = base.sensibilites();
    let one = |name: &str| {
        all.iter().find(|s| s.libelle.starts_with(name)).unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(one("taxe foncière").haut, Centimes(3_000));
    assert_eq!(one("taxe foncière").bas, Centimes(-3_000));
    assert_eq!(one("droits de mutation").haut, Centimes(2_000));
    let inflation = one("inflation");
    assert_eq!((inflation.bas.0, inflation.haut.0), (150, -150), "1 % of 150 euros");
    let sizes: Vec<i64> = all.iter().map(|s| s.bas.0.abs().max(s.haut.0.abs())).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "widest first: {sizes:?}");
}
