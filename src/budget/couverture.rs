//! What the announced intervals were worth, model by model.
//!
//! For each past exercice, the interval of 80 % is the one that would have been announced then: quantiles of
//! the errors known before it, and scales of the amounts before it. The amount that came is inside or not.
//!
//! **Invariant:** no error of an exercice serves the interval of that exercice or of an earlier one.

use std::collections::BTreeMap;

use crate::budget::history::Budget;
use crate::budget::interval::{Pool, floor_of};
use crate::budget::project::project;
use crate::budget::scenario::Hypotheses;
use crate::domain::account::{Section, Sens};

/// Exercices of errors known before an interval counts.
const KNOWN: usize = 2;

/// Past amounts compared with their interval, for one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Couverture {
    /// Name of the model, as in `vigie modeles`.
    pub modele: String,
    /// Amounts compared.
    pub montants: u64,
    /// Inside the interval announced.
    pub dedans: u64,
}

/// The coverage of each model at one year, the most used first.
pub fn couvertures(budget: &Budget) -> Vec<Couverture> {
    let years = budget.exercices.len();
    let mut pools: BTreeMap<(Section, Sens), Pool> = BTreeMap::new();
    let mut found: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
    for n in 2..years {
        let forecasts = project(budget, n, 1, &Hypotheses::default());
        let floor = floor_of(budget, n);
        let frozen: BTreeMap<_, _> = pools.iter().map(|(k, p)| (*k, p.quantiles_80())).collect();
        let mut fresh: Vec<((Section, Sens), f64)> = Vec::new();
        for (s, forecast) in budget.series.iter().zip(&forecasts) {
            let past = &s.modele[..n];
            if past[n.saturating_sub(2)..].iter().all(|v| *v == 0.0) {
                continue;
            }
            let (Some(point), Some(modele)) = (forecast.points.first(), forecast.modeles.first())
            else {
                continue;
            };
            let key = (s.section, s.sens);
            let actual = s.modele[n];
            if let Some(known) = frozen.get(&key).filter(|_| n >= 2 + KNOWN) {
                let (low, high) = Pool::bounds(*known, s.section, past, (*point, floor));
                let cell = found.entry(modele).or_default();
                cell.0 += 1;
                cell.1 += u64::from((low..=high).contains(&actual));
            }
            fresh.push((key, Pool::scaled(s.section, past, actual - point, floor)));
        }
        for (key, error) in fresh {
            pools.entry(key).or_default().add(error);
        }
    }
    let mut out: Vec<Couverture> = found
        .into_iter()
        .map(|(modele, (montants, dedans))| Couverture {
            modele: modele.to_owned(),
            montants,
            dedans,
        })
        .collect();
    out.sort_by(|a, b| b.montants.cmp(&a.montants).then_with(|| a.modele.cmp(&b.modele)));
    out
}
