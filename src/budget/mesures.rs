//! Measures of a scenario: a facility built, a service extended, a service pooled with the
//! intercommunality.
//!
//! A service extended costs and brings a share more of what it does in the proposal. A service pooled
//! leaves the accounts with its receipts; the intercommunality keeps the net charge transferred, less the
//! saving expected, on the attribution de compensation (CGI, 1609 nonies C; CGCT, L.5211-4-2).
//!
//! **Invariant:** a service pooled without saving changes no épargne, to the centime of each line.

use std::collections::BTreeMap;

use crate::budget::debt::{self, Pret, Profil};
use crate::domain::account::Sens;
use crate::domain::money::Centimes;

/// A measure: what it costs and brings, euros a year.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mesure {
    /// Name.
    pub libelle: String,
    /// Investment by exercice.
    pub investissement: BTreeMap<u16, Centimes>,
    /// Grants and FCTVA received by exercice.
    pub subventions: BTreeMap<u16, Centimes>,
    /// Running cost by exercice, a saving below zero; the last one goes on.
    pub fonctionnement: BTreeMap<u16, Centimes>,
    /// Receipts by exercice, a loss below zero; the last one goes on.
    pub recettes: BTreeMap<u16, Centimes>,
    /// Rate and years of the loan that pays what grants do not; own funds when `None`.
    pub emprunt: Option<(f64, u16)>,
    /// A service extended or pooled.
    pub service: Option<ServiceChange>,
}

/// A service that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceChange {
    /// Its real operating lines in the proposal: sens, account, amount of the first exercice.
    pub lignes: Vec<(Sens, String, Centimes)>,
    /// How.
    pub genre: Genre,
    /// First exercice of the change; the first one forecast when `None`.
    pub des: Option<u16>,
}

/// How a service changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Genre {
    /// % more of its expenses and receipts.
    Extension(f64),
    /// Run by the intercommunality, with this saving, % of its net charge.
    Mutualisation(f64),
}

/// What a measure changes in an exercice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Effet {
    /// Operating expenses added, interest left out.
    pub depenses: Centimes,
    /// Operating receipts added.
    pub recettes: Centimes,
    /// Interest of its loans, euros.
    pub interets: f64,
    /// Capital paid back, euros.
    pub capital: f64,
    /// Debt left at the end of the exercice, euros.
    pub encours: f64,
}

impl Mesure {
    /// Effect in an exercice; `suivi` gives what an account becomes from the first exercice forecast.
    pub fn effet(&self, exercice: u16, suivi: impl Fn(Sens, &str) -> f64) -> Effet {
        let (interets, capital, encours) = loans(self, exercice);
        let mut out = Effet {
            depenses: going_on(&self.fonctionnement, exercice),
            recettes: going_on(&self.recettes, exercice),
            interets,
            capital,
            encours,
        };
        let Some(change) = &self.service else { return out };
        if change.des.is_some_and(|des| exercice < des) {
            return out;
        }
        let sum = |sens: Sens| -> f64 {
            let ours = change.lignes.iter().filter(|l| l.0 == sens);
            ours.map(|(_, code, amount)| amount.euros() * suivi(sens, code)).sum()
        };
        let cents = |v: f64| Centimes::from_euros(v).unwrap_or_default();
        let (cost, gain) = (sum(Sens::D), sum(Sens::R));
        match change.genre {
            Genre::Extension(pct) => {
                out.depenses += cents(cost * pct / 100.0);
                out.recettes += cents(gain * pct / 100.0);
            }
            Genre::Mutualisation(pct) => {
                let kept = (cost - gain) * (1.0 - pct / 100.0);
                out.depenses = out.depenses - cents(cost);
                out.recettes = out.recettes - cents(gain) - cents(kept);
            }
        }
        out
    }
}

/// Amount of the exercice, or of the last one before it.
fn going_on(by_year: &BTreeMap<u16, Centimes>, exercice: u16) -> Centimes {
    by_year.range(..=exercice).next_back().map_or(Centimes::ZERO, |(_, m)| *m)
}

/// Interest, capital and debt of the loans of a measure: one a year for what grants do not pay, paid back
/// from the year after.
fn loans(m: &Mesure, exercice: u16) -> (f64, f64, f64) {
    let Some((taux, duree)) = m.emprunt else { return (0.0, 0.0, 0.0) };
    let mut out = (0.0, 0.0, 0.0);
    for (year, amount) in m.investissement.range(..=exercice) {
        let grants = m.subventions.get(year).copied().unwrap_or_default();
        let capital = (*amount - grants).euros().max(0.0);
        if *year == exercice {
            out.2 += capital;
            continue;
        }
        let pret = Pret {
            capital,
            taux,
            restantes: u32::from(duree),
            par_an: 1,
            profil: Profil::Annuite,
            differe: 0,
            progression: None,
        };
        let paid = debt::echeancier(&pret, usize::from(exercice - year));
        if let Some(last) = paid.last() {
            out.0 += last.interets;
            out.1 += last.capital;
            out.2 += last.encours;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(m: i64) -> Centimes {
        Centimes(m * 100)
    }

    #[test]
    fn a_facility_is_paid_by_grants_and_a_loan() {
        let m = Mesure {
            libelle: "Crèche".into(),
            investissement: [(2027, euros(1_100_000))].into_iter().collect(),
            subventions: [(2027, euros(100_000))].into_iter().collect(),
            fonctionnement: [(2028, euros(200_000))].into_iter().collect(),
            recettes: [(2028, euros(80_000)), (2029, euros(90_000))].into_iter().collect(),
            emprunt: Some((4.0, 20)),
            service: None,
        };
        // 1 000 000 borrowed in 2027, first annuity in 2028: 1 000 000 x 0.04 / (1 - 1.04^-20) = 73 581.75
        assert_eq!(loans(&m, 2026), (0.0, 0.0, 0.0));
        assert_eq!(loans(&m, 2027), (0.0, 0.0, 1_000_000.0));
        let found = m.effet(2028, |_, _| 1.0);
        assert!((found.interets - 40_000.0).abs() < 0.01, "{found:?}");
        assert!((found.capital - 33_581.75).abs() < 0.01, "{found:?}");
        assert!((found.encours - 966_418.25).abs() < 0.01, "{found:?}");
        assert_eq!(m.effet(2027, |_, _| 1.0).depenses, Centimes::ZERO);
        assert_eq!(m.effet(2031, |_, _| 1.0).recettes, euros(90_000));
    }

    /// A canteen: 300 000 of expenses, 120 000 of receipts; expenses 2 % up the second year.
    fn canteen(genre: Genre) -> [Effet; 2] {
        let m = Mesure {
            service: Some(ServiceChange {
                lignes: vec![
                    (Sens::D, "60623".into(), euros(100_000)),
                    (Sens::D, "64111".into(), euros(200_000)),
                    (Sens::R, "70671".into(), euros(120_000)),
                ],
                genre,
                des: Some(2027),
            }),
            ..Mesure::default()
        };
        assert_eq!(m.effet(2026, |_, _| 1.0), Effet::default());
        let later = |sens, _: &str| if sens == Sens::D { 1.02 } else { 1.0 };
        [m.effet(2027, |_, _| 1.0), m.effet(2028, later)]
    }

    #[test]
    fn a_service_extended_costs_and_brings_its_share() {
        let [first, second] = canteen(Genre::Extension(20.0));
        assert_eq!((first.depenses, first.recettes), (euros(60_000), euros(24_000)));
        assert_eq!((second.depenses, second.recettes), (euros(61_200), euros(24_000)));
    }

    #[test]
    fn a_service_pooled_leaves_the_accounts_but_for_its_saving() {
        let [first, second] = canteen(Genre::Mutualisation(10.0));
        // net charge 180 000, of which 162 000 kept on the attribution de compensation
        assert_eq!((first.depenses, first.recettes), (euros(-300_000), euros(-282_000)));
        assert_eq!(first.recettes - first.depenses, euros(18_000));
        // 306 000 - 120 000 = 186 000, a tenth saved
        assert_eq!(second.recettes - second.depenses, euros(18_600));
        let [neutral, _] = canteen(Genre::Mutualisation(0.0));
        assert_eq!(neutral.recettes, neutral.depenses);
    }
}
