//! Intervals from the commune's own past: rolling origin over its exercices.
//!
//! Errors of all natures are divided by a scale of each nature (its usual change, a share of its level),
//! pooled by section and sens, and their quantiles give the bounds (split conformal, Papadopoulos 2002).
//! Chapitres and totals use their own past errors (those of their natures together, at that distance), drawn
//! to a prior as if two more years had been seen.
//!
//! **Invariant:** bounds hold the forecast, 95 % bounds hold the 80 % ones, and they widen with distance.

use std::collections::BTreeMap;

use crate::budget::history::{Budget, Serie};
use crate::budget::postes;
use crate::budget::project::rejouer;
use crate::domain::account::{Section, Sens};

/// Quantiles of scaled errors when the past is too short to measure them.
const DEFAULT: Quantiles = Quantiles { low: (-2.5, -5.0), high: (2.8, 6.5) };
/// Errors needed to trust measured quantiles.
const ENOUGH: usize = 40;
/// Share of the level in the scale of a nature.
const LEVEL_SHARE: f64 = 0.01;
/// Usual yearly change of a nature before its own is known, share of its level.
const PRIOR_CHANGE_OPERATING: f64 = 0.12;
const PRIOR_CHANGE_INVESTMENT: f64 = 0.6;
/// Share of the median amount in the scale of every nature.
const FLOOR_SHARE: f64 = 0.02;
/// Prior error of an operating total at one year (bounds), and of an investment total.
const LEAST_OPERATING: f64 = 0.01;
const PRIOR_OPERATING: f64 = 0.025;
const PRIOR_INVESTMENT: f64 = 0.25;
/// Prior error of loans paid back, share of the amount, and past errors needed to use their own.
const PRIOR_LOAN: f64 = 0.05;
const LOAN_ORIGINS: usize = 2;
/// Prior error of a capital that a schedule of the debt annex gives.
const PRIOR_SCHEDULE: f64 = 0.02;
/// Largest past error shown, %: beyond, the account had almost nothing to compare with.
const ERROR_SHOWN: f64 = 999.9;
/// Weight of the prior, in years.
const PRIOR_YEARS: f64 = 2.0;
/// Student quantiles (two-sided 80 and 95 %) for 2 to 8 degrees of freedom.
const STUDENT: [(f64, f64); 7] = [
    (1.886, 4.303),
    (1.638, 3.182),
    (1.533, 2.776),
    (1.476, 2.571),
    (1.440, 2.447),
    (1.415, 2.365),
    (1.397, 2.306),
];

#[derive(Debug, Clone, Copy, PartialEq)]
struct Quantiles {
    /// 10 % and 2.5 %.
    low: (f64, f64),
    /// 90 % and 97.5 %.
    high: (f64, f64),
}

/// Past errors of a group of natures at each distance: (sum of |error|, sum of |actual|, errors).
type Errors = Vec<(f64, f64, Vec<f64>)>;

/// What the rolling origin measured.
#[derive(Debug, Clone)]
pub struct Backtest {
    natures: Vec<Errors>,
    /// Rank of each nature.
    ranks: BTreeMap<(Sens, String), usize>,
    groups: BTreeMap<Group, Errors>,
    quantiles: BTreeMap<(Section, Sens), Quantiles>,
    floor: f64,
}

/// What a sum adds up, inside a section and a sens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Everything.
    Total,
    /// A chapitre.
    Chapitre(String),
    /// A poste.
    Poste(&'static str),
}

/// A sum of natures.
pub type Group = (Section, Sens, Part);

/// Bounds (80 % low, 80 % high, 95 % low, 95 % high), euros.
pub type Bounds = (f64, f64, f64, f64);

/// The groups a nature adds to.
pub fn groups_of(budget: &Budget, s: &Serie) -> Vec<Group> {
    let mut parts = vec![Part::Total, Part::Chapitre(s.chapitre.clone())];
    if s.section == Section::F {
        parts.extend(postes::of(budget.norme, &s.code).map(|p| Part::Poste(p.code)));
    }
    parts.into_iter().map(|part| (s.section, s.sens, part)).collect()
}

impl Backtest {
    /// Runs the rolling origin, from two exercices on.
    pub fn run(budget: &Budget, horizon: usize) -> Self {
        let years = budget.exercices.len();
        let floor = floor(budget);
        let mut natures = vec![vec![(0.0, 0.0, Vec::new()); horizon]; budget.series.len()];
        let mut groups: BTreeMap<Group, Errors> = BTreeMap::new();
        let mut pools: BTreeMap<(Section, Sens), Vec<f64>> = BTreeMap::new();
        for (n, forecasts) in rejouer(budget, 2, horizon) {
            let steps = horizon.min(years - n);
            for step in 0..steps {
                let mut sums: BTreeMap<Group, (f64, f64)> = BTreeMap::new();
                for (i, s) in budget.series.iter().enumerate() {
                    let (f, a) = (forecasts[i].points[step], s.modele[n + step]);
                    record(&mut natures[i][step], f, a);
                    for group in groups_of(budget, s) {
                        let sum = sums.entry(group).or_default();
                        sum.0 += f;
                        sum.1 += a;
                    }
                    let alive = s.modele[n.saturating_sub(2)..n].iter().any(|v| *v != 0.0);
                    if step == 0 && alive {
                        let scaled = (a - f) / scale(s.section, &s.modele[..n], floor);
                        pools.entry((s.section, s.sens)).or_default().push(scaled);
                    }
                }
                for (group, (f, a)) in sums {
                    let errors = groups
                        .entry(group)
                        .or_insert_with(|| vec![(0.0, 0.0, Vec::new()); horizon]);
                    record(&mut errors[step], f, a);
                }
            }
        }
        let quantiles = pools.into_iter().map(|(k, v)| (k, quantiles(v))).collect();
        let keys = budget.series.iter().map(|s| (s.sens, s.code.clone()));
        let ranks = keys.zip(0..).collect();
        Self { natures, ranks, groups, quantiles, floor }
    }

    /// Bounds of a nature `distance` years ahead.
    pub fn nature(&self, s: &Serie, point: f64, distance: usize) -> Bounds {
        if let Some(bounds) = self.loan(s, point, distance) {
            return bounds;
        }
        let q = self.quantiles.get(&(s.section, s.sens)).copied().unwrap_or(DEFAULT);
        let width = scale(s.section, &s.modele, self.floor).max(LEVEL_SHARE * point.abs());
        let width = width * (distance as f64).sqrt();
        let positive = s.modele.iter().all(|v| *v >= 0.0);
        let low = |v: f64| if positive { v.max(0.0).min(point) } else { v.min(point) };
        (
            low(point + q.low.0 * width),
            point + q.high.0 * width,
            low(point + q.low.1 * width),
            point + q.high.1 * width,
        )
    }

    /// Bounds of a loan paid back: its own past errors, never those of lumpy equipment.
    fn loan(&self, s: &Serie, point: f64, distance: usize) -> Option<Bounds> {
        if s.section != Section::I || s.sens != Sens::D || !s.code.starts_with("16") {
            return None;
        }
        let past = self.past(s)?;
        (past.len() >= LOAN_ORIGINS).then(|| paid_back(past, PRIOR_LOAN, point, distance))
    }

    /// Bounds of a capital that a schedule of the debt annex gives.
    pub fn schedule(&self, s: &Serie, point: f64, distance: usize) -> Bounds {
        paid_back(self.past(s).unwrap_or_default(), PRIOR_SCHEDULE, point, distance)
    }

    /// Errors of a nature at one year.
    fn past(&self, s: &Serie) -> Option<&[f64]> {
        let rank = *self.ranks.get(&(s.sens, s.code.clone()))?;
        Some(self.natures.get(rank)?.first()?.2.as_slice())
    }

    /// Bounds of a total `distance` years ahead; `spread` is the root of the sum of the squared
    /// half-widths (80 %) of its natures.
    pub fn group(&self, group: &Group, point: f64, spread: f64, distance: usize) -> Bounds {
        let empty = Vec::new();
        let past = self.groups.get(group).and_then(|e| e.first()).map_or(&empty, |e| &e.2);
        let prior = match (group.2 != Part::Total, group.0) {
            (true, _) => spread / 1.28,
            (false, Section::F) => {
                (spread / 1.28).clamp(LEAST_OPERATING * point.abs(), PRIOR_OPERATING * point.abs())
            }
            (false, Section::I) => (PRIOR_INVESTMENT * point.abs()).max(spread / 1.28),
        };
        let squares: f64 = past.iter().map(|e| e * e).sum();
        let n = past.len() as f64;
        let variance = (squares + PRIOR_YEARS * prior * prior) / (n + PRIOR_YEARS);
        // errors seen at each distance, drawn to those of one year grown with its root
        let mut sd = variance.sqrt();
        for d in 2..=distance {
            let far = self.groups.get(group).and_then(|e| e.get(d - 1)).map_or(&empty, |e| &e.2);
            let squares: f64 = far.iter().map(|e| e * e).sum();
            let grown = PRIOR_YEARS * variance * d as f64;
            // never under that of a nearer year
            sd = sd.max(((squares + grown) / (far.len() as f64 + PRIOR_YEARS)).sqrt());
        }
        let (t80, t95) = STUDENT[past.len().min(STUDENT.len() - 1)];
        (point - t80 * sd, point + t80 * sd, point - t95 * sd, point + t95 * sd)
    }

    /// Past error of a nature at a distance, %; `None` when it could not be measured.
    pub fn error_of_nature(&self, index: usize, distance: usize) -> Option<f64> {
        percentage(&self.natures[index], distance)
    }

    /// Past error of a total at a distance, %.
    pub fn error_of_group(&self, group: &Group, distance: usize) -> Option<f64> {
        percentage(self.groups.get(group)?, distance)
    }
}

/// Bounds by past errors drawn to a prior, a share of the amount.
fn paid_back(past: &[f64], prior: f64, point: f64, distance: usize) -> Bounds {
    let n = past.len();
    let squares: f64 = past.iter().map(|e| e * e).sum();
    let prior = PRIOR_YEARS * (prior * point).powi(2);
    let sd = ((squares + prior) / (n as f64 + PRIOR_YEARS) * distance as f64).sqrt();
    let (t80, t95) = STUDENT[n.min(STUDENT.len() - 1)];
    let low = |t: f64| (point - t * sd).max(0.0).min(point);
    (low(t80), point + t80 * sd, low(t95), point + t95 * sd)
}

fn record(cell: &mut (f64, f64, Vec<f64>), forecast: f64, actual: f64) {
    cell.0 += (actual - forecast).abs();
    cell.1 += actual.abs();
    cell.2.push(actual - forecast);
}

fn percentage(errors: &Errors, distance: usize) -> Option<f64> {
    let (gap, base, all) = errors.get(distance.checked_sub(1)?)?;
    (!all.is_empty() && *base > 0.0).then(|| (100.0 * gap / base).min(ERROR_SHOWN))
}

/// Usual change of a nature (drawn to a prior as if it were one more change), part of its level, and a
/// floor shared by all.
pub(super) fn scale(section: Section, values: &[f64], floor: f64) -> f64 {
    let recent = &values[values.len().saturating_sub(5)..];
    let changes: Vec<f64> = recent.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    let last = values.last().map_or(0.0, |v| v.abs());
    let prior = match section {
        Section::F => PRIOR_CHANGE_OPERATING,
        Section::I => PRIOR_CHANGE_INVESTMENT,
    };
    // larger accounts move less in proportion (fluctuation scaling, Taylor 1961)
    let median = floor / FLOOR_SHARE;
    let prior = prior * (median / last.max(1.0)).powf(0.25).clamp(0.25, 2.0);
    let usual = (changes.iter().sum::<f64>() + prior * last) / (changes.len() + 1) as f64;
    usual + LEVEL_SHARE * last + floor
}

/// Amount under which no nature is measured, euros.
pub(super) fn floor(budget: &Budget) -> f64 {
    floor_of(budget, budget.exercices.len())
}

/// The floor as it was known after the first `n` exercices.
pub(super) fn floor_of(budget: &Budget, n: usize) -> f64 {
    let amounts: Vec<f64> = budget
        .series
        .iter()
        .filter(|s| s.section == Section::F)
        .filter_map(|s| s.modele[..n.min(s.modele.len())].last().map(|v| v.abs()))
        .filter(|v| *v > 0.0)
        .collect();
    (FLOOR_SHARE * crate::budget::level::median(&amounts)).max(1.0)
}

/// Scaled errors of a section and sens known at a moment of the past.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool(Vec<f64>);

impl Pool {
    /// An error divided by the scale of its nature.
    pub(super) fn scaled(section: Section, past: &[f64], error: f64, floor: f64) -> f64 {
        error / scale(section, past, floor)
    }

    /// Adds a scaled error.
    pub(super) fn add(&mut self, error: f64) {
        self.0.push(error);
    }

    /// Quantiles of 10 and 90 % of the errors known.
    pub(super) fn quantiles_80(&self) -> (f64, f64) {
        let q = quantiles(self.0.clone());
        (q.low.0, q.high.0)
    }

    /// The 80 % bounds that [`Backtest::nature`] would have given one year ahead with these quantiles.
    pub(super) fn bounds(
        (low, high): (f64, f64),
        section: Section,
        past: &[f64],
        (point, floor): (f64, f64),
    ) -> (f64, f64) {
        let width = scale(section, past, floor).max(LEVEL_SHARE * point.abs());
        let positive = past.iter().all(|v| *v >= 0.0);
        let least = point + low * width;
        let least = if positive { least.max(0.0) } else { least };
        (least.min(point), point + high * width)
    }
}

fn quantiles(mut errors: Vec<f64>) -> Quantiles {
    if errors.len() < ENOUGH {
        return DEFAULT;
    }
    errors.sort_by(f64::total_cmp);
    let at = |p: f64| {
        let rank = p * (errors.len() - 1) as f64;
        let (below, part) = (rank.floor() as usize, rank.fract());
        let above = (below + 1).min(errors.len() - 1);
        errors[below] + part * (errors[above] - errors[below])
    };
    let low = at(0.10).min(-0.1);
    let high = at(0.90).max(0.1);
    Quantiles { low: (low, at(0.025).min(1.3 * low)), high: (high, at(0.975).max(1.3 * high)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_hold_zero_and_widen() {
        let q = quantiles((0..100).map(|i| f64::from(i) / 10.0).collect());
        assert!(q.low.0 < 0.0 && q.high.0 > 0.0);
        assert!(q.low.1 < q.low.0 && q.high.1 > q.high.0);
        assert_eq!(quantiles(vec![0.0; 5]), DEFAULT);
    }

    #[test]
    fn a_loan_has_its_own_errors_not_those_of_equipment() {
        use crate::budget::history::{Options, histories};
        use crate::budget::tests::{Accounts, frame};
        let works = [500, 90, 900, 200, 700];
        let rows: Vec<Vec<(&str, Sens, i64)>> = works
            .iter()
            .map(|w| vec![("1641", Sens::D, 100_000), ("2313", Sens::D, w * 1_000)])
            .collect();
        let years: Vec<(u16, &str, Accounts<'_>)> =
            (2020..).zip(&rows).map(|(y, r)| (y, "M57-M57_D", r.as_slice())).collect();
        let options = Options { horizon: 1, ..Options::default() };
        let all = histories(&frame(&years), &options).map_err(|r| r.quoi).expect("accounts");
        let budget = &all[0];
        let backtest = Backtest::run(budget, 2);
        let bounds = |code: &str, distance| {
            let s = budget.series.iter().find(|s| s.code == code).expect("a series");
            backtest.nature(s, 100_000.0, distance)
        };
        // no past error: 5 % counts as two years beside three at nought
        let sd = 5_000.0 * (2.0_f64 / 5.0).sqrt();
        let (low, high, least, most) = bounds("1641", 1);
        assert!((high - (100_000.0 + 1.476 * sd)).abs() < 1.0, "{high}");
        assert!((low - (100_000.0 - 1.476 * sd)).abs() < 1.0, "{low}");
        assert!(least < low && high < most);
        assert!(bounds("1641", 2).1 > high && bounds("2313", 1).1 > most);
    }

    #[test]
    fn scale_is_never_zero() {
        assert!(scale(Section::F, &[0.0, 0.0], 1.0) > 0.0);
        let one = scale(Section::F, &[90.0, 100.0], 100.0 * FLOOR_SHARE);
        assert!((one - (11.0 + 1.0 + 2.0)).abs() < 1e-9, "{one}");
    }
}
