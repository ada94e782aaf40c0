//! The loans of vigie.toml, and the years of debt of the preparation page.
//!
//! The interest shown is that of the forecast, the account 66111 of the budget proposed; what the loans
//! described give is beside it.
//!
//! **Invariant:** a loan that cannot be paid back as typed is refused with its name.

use std::collections::BTreeMap;

use crate::budget::debt::{self, Pret, PretSaisi, Profil};
use crate::budget::epargne;
use crate::budget::{Budget, Niveau, Prevision};
use crate::domain::account::Sens;
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::model::preparation::{AnneeDette, DetteBudget};

use super::config::{Config, ProfilEmprunt};

/// Exercices of debt shown.
const YEARS: usize = 5;

/// `[[emprunt]]`.
///
/// # Errors
/// A negative capital, a rate out of 0 to 100 %, no year left, or a number of payments that is not 1, 2, 4
/// or 12.
pub(super) fn loans(config: &Config) -> Result<Vec<PretSaisi>, Refus> {
    let one = |e: &super::config::Emprunt| {
        let right = e.encours.0 >= 0
            && (0.0..=100.0).contains(&e.taux)
            && (1..=100).contains(&e.duree)
            && matches!(e.echeances, 1 | 2 | 4 | 12);
        if !right {
            return Err(Refus::new(
                format!("l'emprunt « {} » n'est pas possible", e.nom),
                "écrire un encours positif, un taux de 0 à 100, une durée de 1 à 100 ans et 1, 2, 4 \
                 ou 12 échéances par an",
            ));
        }
        let par_an = u32::from(e.echeances);
        let profil = match e.profil {
            ProfilEmprunt::Annuite => Profil::Annuite,
            ProfilEmprunt::Capital => Profil::Capital,
            ProfilEmprunt::InFine => Profil::InFine,
        };
        let restantes = u32::from(e.duree) * par_an;
        let pret = Pret {
            capital: e.encours.euros(),
            taux: e.taux,
            restantes,
            par_an,
            profil,
            differe: 0,
            progression: None,
        };
        Ok(PretSaisi { nom: e.nom.clone(), budget: e.budget.clone(), exercice: e.exercice, pret })
    };
    config.fichier.emprunt.iter().map(one).collect()
}

/// Account of the interest of loans.
const INTEREST: &str = "66111";

/// Interest of each year, that of the forecast first: it holds what the accounts taught of the annex (loans
/// that it does not describe, accrued interest, hedges). After the forecast, the path of the loans described.
fn interest(forecast: &BTreeMap<u16, Centimes>, described: &[(u16, f64)]) -> Vec<Centimes> {
    let cents = |v: f64| Centimes::from_euros(v).unwrap_or_default();
    let mut scale = 1.0;
    let mut out = Vec::with_capacity(described.len());
    for (year, loans) in described {
        match forecast.get(year) {
            Some(amount) => {
                if *loans > 0.0 {
                    scale = amount.euros() / loans;
                }
                out.push(*amount);
            }
            None => out.push(cents(loans * scale)),
        }
    }
    out
}

/// The other budgets whose loans are described.
pub(super) fn annexes(prevision: &Prevision, principal: Option<&Budget>) -> Vec<DetteBudget> {
    let others = prevision.budgets.iter().filter(|b| principal.is_none_or(|p| p.nom != b.nom));
    others
        .map(|b| DetteBudget { budget: b.nom.clone(), annees: years(b, prevision) })
        .filter(|d| !d.annees.is_empty())
        .collect()
}

/// Debt at the end of an exercice after the last accounts, loans known today.
pub(super) fn encours(budget: &Budget, exercice: u16) -> Option<Centimes> {
    let steps = usize::from(exercice.checked_sub(*budget.exercices.last()?)?);
    let (all, _) = debt::du_budget(budget, budget.exercices.len(), steps)?;
    all.last().filter(|a| a.connue).and_then(|a| Centimes::from_euros(a.encours))
}

/// Years of debt from the first forecast one: loans known today, none to come.
pub(super) fn years(budget: &Budget, prevision: &Prevision) -> Vec<AnneeDette> {
    let Some(last) = budget.exercices.last() else { return Vec::new() };
    let lines = || prevision.lignes.iter().filter(|l| l.budget == budget.nom);
    let first = lines().map(|l| l.exercice).min().unwrap_or(last + 1);
    let skipped = usize::from(first.saturating_sub(last + 1));
    let found = debt::du_budget(budget, budget.exercices.len(), skipped + YEARS);
    let Some((all, _)) = found else { return Vec::new() };
    let cents = |v: f64| Centimes::from_euros(v).unwrap_or_default();
    let savings: BTreeMap<u16, Centimes> = epargne::par_exercice(budget, prevision)
        .into_iter()
        .map(|s| (s.exercice, s.agregats.epargne_brute))
        .collect();
    let capacity = |year: u16, due: Centimes| {
        let saving = savings.get(&year).filter(|s| s.0 > 0)?;
        Some((due.euros() / saving.euros() * 10.0).round() / 10.0)
    };
    let booked: BTreeMap<u16, Centimes> = lines()
        .filter(|l| l.niveau == Niveau::Nature && l.sens == Sens::D && l.code == INTEREST)
        .map(|l| (l.exercice, l.prevision))
        .collect();
    let later: Vec<(u16, debt::Annee)> =
        (first..).zip(all.into_iter().skip(skipped)).filter(|(_, a)| a.connue).collect();
    let described: Vec<(u16, f64)> = later.iter().map(|(year, a)| (*year, a.interets)).collect();
    let interests = interest(&booked, &described);
    later
        .into_iter()
        .zip(interests)
        .map(|((exercice, a), interets)| AnneeDette {
            exercice,
            capital: cents(a.capital),
            interets,
            interets_etat: cents(a.interets),
            annuite: cents(a.capital) + interets,
            encours: cents(a.encours),
            capacite_desendettement: capacity(exercice, cents(a.encours)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interest_is_that_of_the_forecast_then_its_path() {
        let euros = |n: i64| Centimes(n * 100);
        let forecast = [(2026, euros(110)), (2027, euros(99))].into();
        // loans described: 100, 90, 80, 0; the forecast is a tenth above them
        let found = interest(&forecast, &[(2026, 100.0), (2027, 90.0), (2028, 80.0), (2029, 0.0)]);
        assert_eq!(found, [euros(110), euros(99), euros(88), euros(0)]);
        // no forecast at all: the loans as described
        let alone = interest(&BTreeMap::new(), &[(2026, 100.0)]);
        assert_eq!(alone, [euros(100)]);
    }
}
