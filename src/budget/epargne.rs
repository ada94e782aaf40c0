//! Épargne brute of the base year and of the first forecast year, and what moved it.
//!
//! The base year is the landing of the running exercice when there is one, else the last accounts.
//!
//! The interval comes from the errors of receipts and of expenses taken as independent: half-widths add
//! in squares, not one by one.
//!
//! **Invariant:** base + causes = forecast, to the centime.

use std::collections::BTreeMap;

use crate::budget::atterrissage::{self, Atterrissage};
use crate::budget::conventions;
use crate::budget::history::{Budget, Serie};
use crate::budget::rows::{LignePrevision, Niveau, Prevision};
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::ratios::{Agregats, Cause, Mouvement};

/// Savings of the base year and of the first forecast year.
#[derive(Debug, Clone, PartialEq)]
pub struct Epargne {
    /// Exercice of the base.
    pub exercice_base: u16,
    /// True when the base is a landing.
    pub atterri: bool,
    /// Aggregates of the base year.
    pub base: Agregats,
    /// Aggregates of the first forecast year.
    pub prevu: Agregats,
    /// Change of the épargne brute by cause; they add up to the change.
    pub causes: BTreeMap<Cause, Centimes>,
    /// 80 % interval of the forecast épargne brute.
    pub intervalle_80: (Centimes, Centimes),
    /// The base year, then the first forecast year, in the stated conventions.
    pub conventions: [Vec<conventions::Epargne>; 2],
}

/// The savings of one budget.
pub fn of(budget: &Budget, prevision: &Prevision) -> Epargne {
    let first = prevision.lignes.iter().map(|l| l.exercice).min().unwrap_or(0);
    let lines: Vec<&LignePrevision> =
        prevision.lignes.iter().filter(|l| l.budget == budget.nom && l.exercice == first).collect();
    let landing = atterri(budget, prevision);
    let past = landing.map_or_else(|| closed(budget), landed);
    let chapitre: BTreeMap<(Section, Sens, &str), &str> = budget
        .series
        .iter()
        .map(|s| ((s.section, s.sens, s.code.as_str()), s.chapitre.as_str()))
        .collect();
    let future: Vec<Mouvement<'_>> = lines
        .iter()
        .filter(|l| l.niveau == Niveau::Nature)
        .map(|l| Mouvement {
            section: l.section,
            sens: l.sens,
            chapitre: chapitre.get(&(l.section, l.sens, l.code.as_str())).copied().unwrap_or(""),
            nature: &l.code,
            montant: l.prevision,
        })
        .collect();
    let prevu = Agregats::of(future.iter().copied());
    let mut causes: BTreeMap<Cause, Centimes> = BTreeMap::new();
    for (movements, sign) in [(&past, -1), (&future, 1)] {
        for m in movements {
            if let Some(cause) = m.cause() {
                *causes.entry(cause).or_default() += Centimes(sign * m.epargne().0);
            }
        }
    }
    let base = Agregats::of(past.iter().copied());
    let conventions = [
        conventions::conventions(&past, base.capital),
        conventions::conventions(&future, prevu.capital),
    ];
    Epargne {
        exercice_base: landing
            .map_or_else(|| budget.exercices.last().copied().unwrap_or(0), |l| l.exercice),
        atterri: landing.is_some(),
        base,
        prevu,
        causes,
        conventions,
        intervalle_80: interval(&lines, prevu.epargne_brute, |l| l.intervalle_80),
    }
}

/// The landing that the forecast of a budget starts from.
pub fn atterri<'a>(budget: &Budget, prevision: &'a Prevision) -> Option<&'a Atterrissage> {
    prevision.atterrissages.iter().find(|a| a.budget == budget.nom)
}

/// Movements of the last accounts.
fn closed(budget: &Budget) -> Vec<Mouvement<'_>> {
    let one = |s: &'_ Serie| s.realise.last().copied().unwrap_or_default();
    budget
        .series
        .iter()
        .map(|s| Mouvement {
            section: s.section,
            sens: s.sens,
            chapitre: &s.chapitre,
            nature: &s.code,
            montant: one(s),
        })
        .collect()
}

/// Movements of a landing.
fn landed(landing: &Atterrissage) -> Vec<Mouvement<'_>> {
    let natures = landing.lignes.iter().filter(|l| l.niveau == atterrissage::Niveau::Nature);
    natures
        .map(|l| Mouvement {
            section: l.section,
            sens: l.sens,
            chapitre: &l.chapitre,
            nature: &l.code,
            montant: l.prevu,
        })
        .collect()
}

/// Aggregates of the landing of a budget, with its exercice.
pub fn atterrie(budget: &Budget, prevision: &Prevision) -> Option<(u16, Agregats)> {
    atterri(budget, prevision).map(|l| (l.exercice, Agregats::of(landed(l))))
}

/// Savings of one forecast exercice with their bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpargnePrevue {
    /// Exercice.
    pub exercice: u16,
    /// Aggregates.
    pub agregats: Agregats,
    /// 80 % interval of the épargne brute.
    pub intervalle_80: (Centimes, Centimes),
    /// 95 % interval of the épargne brute.
    pub intervalle_95: (Centimes, Centimes),
}

/// Savings of every forecast exercice of a budget, ascending.
pub fn par_exercice(budget: &Budget, prevision: &Prevision) -> Vec<EpargnePrevue> {
    let mut years: BTreeMap<u16, Vec<&LignePrevision>> = BTreeMap::new();
    for line in prevision.lignes.iter().filter(|l| l.budget == budget.nom) {
        years.entry(line.exercice).or_default().push(line);
    }
    let one = |(exercice, lines): (u16, Vec<&LignePrevision>)| {
        let natures = lines.iter().filter(|l| l.niveau == Niveau::Nature);
        let agregats = Agregats::of(natures.map(|l| Mouvement {
            section: l.section,
            sens: l.sens,
            chapitre: &l.chapitre,
            nature: &l.code,
            montant: l.prevision,
        }));
        let point = agregats.epargne_brute;
        EpargnePrevue {
            exercice,
            agregats,
            intervalle_80: interval(&lines, point, |l| l.intervalle_80),
            intervalle_95: interval(&lines, point, |l| l.intervalle_95),
        }
    };
    years.into_iter().map(one).collect()
}

/// Aggregates of the past exercices of a budget, ascending.
pub fn passees(budget: &Budget) -> Vec<(u16, Agregats)> {
    let one = |(i, exercice): (usize, &u16)| {
        let movements = budget.series.iter().map(|s| Mouvement {
            section: s.section,
            sens: s.sens,
            chapitre: &s.chapitre,
            nature: &s.code,
            montant: s.realise[i],
        });
        (*exercice, Agregats::of(movements))
    };
    budget.exercices.iter().enumerate().map(one).collect()
}

/// Half-widths of the operating totals, in squares.
fn interval(
    lines: &[&LignePrevision],
    point: Centimes,
    bounds: impl Fn(&LignePrevision) -> (Centimes, Centimes),
) -> (Centimes, Centimes) {
    let half = |sens: Sens, low: bool| {
        let total = lines
            .iter()
            .find(|l| l.niveau == Niveau::Total && l.section == Section::F && l.sens == sens);
        total.map_or(0.0, |l| {
            let (bas, haut) = bounds(l);
            if low { (l.prevision - bas).euros() } else { (haut - l.prevision).euros() }
        })
    };
    let down = half(Sens::R, true).hypot(half(Sens::D, false));
    let up = half(Sens::R, false).hypot(half(Sens::D, true));
    let cents = |euros: f64| Centimes::from_euros(euros).unwrap_or_default();
    (point - cents(down), point + cents(up))
}
