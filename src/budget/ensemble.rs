//! The budgets together, past and to come, without what they pay one another.
//!
//! Flows are those of `flux_internes.csv`: each year, the least of the expense of the payers and of the
//! receipt of the others is taken out of both. Bounds of the budgets are added: cautious, since their
//! errors partly offset each other.
//!
//! **Invariant:** as much is taken from expenses as from receipts; only the exercices that every budget has
//! are added up.

use std::collections::BTreeMap;

use crate::budget::history::Budget;
use crate::budget::rows::{LignePrevision, Niveau, Prevision};
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;

const FLUX: &str = include_str!("../../datasets/reference/flux_internes.csv");

/// Past and to come of one total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ensemble {
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Exercice and amount.
    pub passe: Vec<(u16, Centimes)>,
    /// To come: central, then bounds of 80 and 95 %.
    pub prevu: Vec<Prevu>,
    /// Flows taken out of the first exercice to come.
    pub flux: Centimes,
}

/// One exercice to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prevu {
    /// Exercice.
    pub exercice: u16,
    /// Central.
    pub prevision: Centimes,
    /// 80 %.
    pub intervalle_80: (Centimes, Centimes),
    /// 95 %.
    pub intervalle_95: (Centimes, Centimes),
}

type Key = (Section, Sens);

/// The four totals of all the budgets; nothing with a single budget.
pub fn ensemble(prevision: &Prevision) -> Vec<Ensemble> {
    let budgets = &prevision.budgets;
    if budgets.len() < 2 {
        return Vec::new();
    }
    let shared = |year: &u16| budgets.iter().all(|b| b.exercices.contains(year));
    let past: Vec<u16> = budgets[0].exercices.iter().copied().filter(shared).collect();
    let mut future: Vec<u16> = prevision.lignes.iter().map(|l| l.exercice).collect();
    future.sort_unstable();
    future.dedup();
    let keys = [Section::F, Section::I].map(|s| [Sens::R, Sens::D].map(|d| (s, d))).concat();
    let before: BTreeMap<u16, BTreeMap<Key, Centimes>> =
        past.iter().map(|y| (*y, flows(&sides(budgets, |b| realised(b, *y))))).collect();
    let expected: BTreeMap<u16, BTreeMap<Key, Centimes>> = future
        .iter()
        .map(|y| (*y, flows(&sides(budgets, |b| natures(prevision, b, *y)))))
        .collect();
    let taken = |flows: &BTreeMap<u16, BTreeMap<Key, Centimes>>, year: u16, key: Key| {
        flows.get(&year).and_then(|f| f.get(&key)).copied().unwrap_or_default()
    };
    let one = |key: Key| {
        let passe = past.iter().map(|year| {
            let all = budgets.iter().flat_map(|b| realised(b, *year));
            let sum: Centimes = all.filter(|m| m.0 == key).map(|m| m.2).sum();
            (*year, sum - taken(&before, *year, key))
        });
        let prevu = future.iter().filter_map(|year| {
            total(prevision, key, *year).map(|p| p.less(taken(&expected, *year, key)))
        });
        Ensemble {
            section: key.0,
            sens: key.1,
            passe: passe.collect(),
            prevu: prevu.collect(),
            flux: future.first().map_or(Centimes::ZERO, |y| taken(&expected, *y, key)),
        }
    };
    keys.into_iter().map(one).filter(|e| !e.prevu.is_empty()).collect()
}

impl Prevu {
    fn less(self, flux: Centimes) -> Self {
        let both = |(a, b): (Centimes, Centimes)| (a - flux, b - flux);
        Self {
            exercice: self.exercice,
            prevision: self.prevision - flux,
            intervalle_80: both(self.intervalle_80),
            intervalle_95: both(self.intervalle_95),
        }
    }
}

/// The totals of the budgets, added up, when all of them have one.
fn total(prevision: &Prevision, (section, sens): Key, exercice: u16) -> Option<Prevu> {
    let asked = |l: &&LignePrevision| {
        l.niveau == Niveau::Total
            && l.exercice == exercice
            && (l.section, l.sens) == (section, sens)
    };
    let mut out: Option<Prevu> = None;
    for line in prevision.lignes.iter().filter(asked) {
        let sum = out.get_or_insert(Prevu {
            exercice,
            prevision: Centimes::ZERO,
            intervalle_80: (Centimes::ZERO, Centimes::ZERO),
            intervalle_95: (Centimes::ZERO, Centimes::ZERO),
        });
        sum.prevision += line.prevision;
        for (a, b) in [
            (&mut sum.intervalle_80, line.intervalle_80),
            (&mut sum.intervalle_95, line.intervalle_95),
        ] {
            a.0 += b.0;
            a.1 += b.1;
        }
    }
    out
}

/// A movement: section and sens, account, amount.
type Mouvement<'a> = (Key, &'a str, Centimes);

fn realised(budget: &Budget, exercice: u16) -> Vec<Mouvement<'_>> {
    let Some(at) = budget.exercices.iter().position(|y| *y == exercice) else { return Vec::new() };
    let all = budget.series.iter();
    all.map(|s| ((s.section, s.sens), s.code.as_str(), s.realise[at])).collect()
}

fn natures<'a>(prevision: &'a Prevision, budget: &Budget, exercice: u16) -> Vec<Mouvement<'a>> {
    let asked = prevision
        .lignes
        .iter()
        .filter(|l| l.niveau == Niveau::Nature && l.exercice == exercice && l.budget == budget.nom);
    asked.map(|l| ((l.section, l.sens), l.code.as_str(), l.prevision)).collect()
}

/// Each budget: principal or not, movements.
fn sides<'a>(
    budgets: &'a [Budget],
    movements: impl Fn(&'a Budget) -> Vec<Mouvement<'a>>,
) -> Vec<(bool, Vec<Mouvement<'a>>)> {
    budgets.iter().map(|b| (b.principal, movements(b))).collect()
}

/// What the budgets pay one another, by section and sens.
fn flows(all: &[(bool, Vec<Mouvement<'_>>)]) -> BTreeMap<Key, Centimes> {
    let mut out: BTreeMap<Key, Centimes> = BTreeMap::new();
    for line in FLUX.lines().skip(1) {
        let f: Vec<&str> = line.split(';').collect();
        let [payer, receipt, expense, ..] = f.as_slice() else { continue };
        let side = |paying: bool, sens: Sens, start: &str| {
            let mut by_section: BTreeMap<Key, Centimes> = BTreeMap::new();
            for (principal, list) in all {
                if ((*payer == "P") == *principal) != paying {
                    continue;
                }
                for (key, code, amount) in list {
                    if key.1 == sens && code.starts_with(start) {
                        *by_section.entry(*key).or_default() += *amount;
                    }
                }
            }
            by_section
        };
        let (paid, got) = (side(true, Sens::D, expense), side(false, Sens::R, receipt));
        let sum = |m: &BTreeMap<Key, Centimes>| m.values().copied().sum::<Centimes>();
        let least = sum(&paid).min(sum(&got)).max(Centimes::ZERO);
        for of in [paid, got] {
            let mut left = least;
            for (key, m) in of {
                let part = left.min(m.max(Centimes::ZERO));
                *out.entry(key).or_default() += part;
                left = left - part;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_budgets_pay_one_another_is_counted_once() {
        let key = |sens| (Section::F, sens);
        let principal = vec![
            (key(Sens::D), "65821", Centimes(500)),
            (key(Sens::D), "6411", Centimes(1_000)),
            (key(Sens::R), "75821", Centimes(70)),
        ];
        let annexe = vec![(key(Sens::R), "75822", Centimes(400))];
        let out = flows(&[(true, principal), (false, annexe)]);
        assert_eq!(out[&key(Sens::D)], Centimes(400));
        assert_eq!(out[&key(Sens::R)], Centimes(400));
        assert_eq!(out.len(), 2, "a receipt that no other budget pays stays");
    }

    #[test]
    fn a_single_budget_is_not_added_up() {
        assert!(ensemble(&Prevision::default()).is_empty());
    }
}
