//! The loans of vigie.toml, and the years of debt of the preparation page.
//!
//! **Invariant:** a loan that cannot be paid back as typed is refused with its name.

use std::collections::BTreeMap;

use crate::budget::debt::{self, Pret, PretSaisi, Profil};
use crate::budget::epargne;
use crate::budget::{Budget, Prevision};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::model::preparation::AnneeDette;

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
        Ok(PretSaisi { budget: e.budget.clone(), exercice: e.exercice, pret })
    };
    config.fichier.emprunt.iter().map(one).collect()
}

/// Debt at the end of an exercice after the last accounts, loans known today.
pub(super) fn encours(budget: &Budget, exercice: u16) -> Option<Centimes> {
    let steps = usize::from(exercice.checked_sub(*budget.exercices.last()?)?);
    let (all, _) = debt::du_budget(budget, budget.exercices.len(), steps)?;
    all.last().and_then(|a| Centimes::from_euros(a.encours))
}

/// Years of debt from the first forecast one: loans known today, none to come.
pub(super) fn years(budget: &Budget, prevision: &Prevision) -> Vec<AnneeDette> {
    let Some(last) = budget.exercices.last() else { return Vec::new() };
    let first = prevision.lignes.first().map_or(last + 1, |l| l.exercice);
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
    let later = (first..).zip(all.into_iter().skip(skipped));
    later
        .map(|(exercice, a)| AnneeDette {
            exercice,
            capital: cents(a.capital),
            interets: cents(a.interets),
            annuite: cents(a.capital) + cents(a.interets),
            encours: cents(a.encours),
            capacite_desendettement: capacity(exercice, cents(a.encours)),
        })
        .collect()
}
