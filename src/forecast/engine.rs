//! From a pool of series to their forecasts: members, weights, calibration, words.
//!
//! ```text
//!  series ─► prepared ─► members at past origins ─► weights ─► misses ─► calibration ─┐
//!                     └► members at the present ─────────────────────────────────────┴─► Forecast
//! ```
//!
//! **Invariant:** every series gets `horizon` finite points with nested bounds, in the order given.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::domain::progress::Progress;
use crate::forecast::Forecast;
use crate::forecast::backtest::BacktestReport;
use crate::forecast::combine::{Row, tame, weights};
use crate::forecast::interval::{Calibration, Miss, Noise, SIZES, size_variables};
use crate::forecast::own::Pooled;
use crate::forecast::pool::{AtOrigin, Frame, MEMBERS, NAMES, PANEL, Prepared, offsets, run};

/// What is asked of a pool.
#[derive(Debug, Clone, Default)]
pub struct PoolOptions {
    /// Number of steps ahead, at least 1.
    pub horizon: usize,
    /// Points a season; 0 or 1 = annual or none.
    pub season: usize,
    /// Last period of each series on a shared calendar without gaps; empty when unknown.
    pub ends: Vec<i64>,
    /// Group of each series (nature, chapitre...); empty = one group.
    pub groups: Vec<usize>,
}

/// The combination of a pool at its past origins and at present.
pub struct Outcome {
    /// The series ready for the models.
    pub prepared: Vec<Prepared>,
    /// Seasons, stages, alignment.
    pub frame: Frame,
    /// Members by stage and series.
    pub origins: Vec<Vec<Option<AtOrigin>>>,
    /// Combined points by stage and series, in units of the prepared series.
    pub combined: Vec<Vec<Option<Vec<f64>>>>,
    /// Weights of the members in the pool for the first and second half of the steps.
    pub weights: [Vec<f64>; 2],
    /// Weights of the members for the first steps of each series at present.
    pub own: Vec<Vec<f64>>,
    /// Sizes and quantiles of errors.
    pub calibration: Calibration,
    /// Noise of a usual series of the pool, relative to its size.
    pub(crate) usual: f64,
}

/// How many independent series a year of a panel is worth: those of one year miss together.
const ALIKE: f64 = 2.0;

pub(crate) fn active(frame: &Frame) -> Vec<usize> {
    (0..MEMBERS)
        .filter(|&k| match NAMES[k] {
            "naive-saison" => frame.season > 1,
            "panel" | "holt" => frame.is_aligned(),
            _ => true,
        })
        .collect()
}

/// Weights before any evidence. In a panel of short series (`length` points) the shared model comes
/// first: the others learn alone from too little.
fn prior(members: &[usize], length: f64) -> Vec<f64> {
    let panel = members.contains(&PANEL);
    let raw: Vec<f64> = members
        .iter()
        .map(|&k| match NAMES[k] {
            "panel" => (60.0 * (13.0 / length.max(1.0)).powi(2)).clamp(1.0, 60.0),
            "derniere" | "naive-saison" => 0.3,
            "niveau" | "ets" if panel => 0.3,
            "rupture" => 0.5,
            _ => 1.0,
        })
        .collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|v| v / sum).collect()
}

fn alignment(ends: &[i64], n: usize) -> Vec<bool> {
    if ends.len() != n || n < 5 {
        return Vec::new();
    }
    let mut sorted = ends.to_vec();
    sorted.sort_unstable();
    let mut best = (0, 0);
    let mut from = 0;
    for k in 0..n {
        if sorted[k] != sorted[from] {
            from = k;
        }
        best = best.max((k + 1 - from, from));
    }
    if best.0 * 5 < n * 4 {
        return Vec::new();
    }
    ends.iter().map(|e| *e == sorted[best.1]).collect()
}

pub(crate) fn scale(a: &AtOrigin, usual: f64) -> f64 {
    a.rough.max(0.02 * usual).max(1e-6)
}

/// Points of the active members at a step, tamed.
pub(crate) fn points_at(a: &AtOrigin, members: &[usize], step: usize, usual: f64) -> Vec<f64> {
    let mut p: Vec<f64> = members.iter().map(|&k| a.points[k][step]).collect();
    let floor = if members.contains(&PANEL) { 2.0 + step as f64 } else { 0.5 };
    tame(&mut p, floor * scale(a, usual));
    p
}

fn rows(
    prepared: &[Prepared],
    frame: &Frame,
    origins: &[Vec<Option<AtOrigin>>],
    members: &[usize],
    usual: f64,
    steps: std::ops::Range<usize>,
) -> (Vec<Row>, f64) {
    let mut out = Vec::new();
    let mut series = 0.0;
    for (i, p) in prepared.iter().enumerate() {
        let from = out.len();
        for (stage, &o) in origins.iter().zip(&frame.stages) {
            let Some(a) = stage[i].as_ref().filter(|_| o > 0) else { continue };
            let q = scale(a, usual);
            for h in steps.start..steps.end.min(o) {
                let points = points_at(a, members, h, usual)
                    .iter()
                    .map(|v| (v - p.y[a.seen + h]) / q)
                    .collect();
                out.push(Row { points, actual: 0.0, weight: 1.0 });
            }
        }
        let count = out.len() - from;
        series += f64::from(u8::from(count > 0));
        for row in &mut out[from..] {
            row.weight = 1.0 / count as f64;
        }
    }
    (out, series)
}

impl Outcome {
    /// Runs the members at all origins and learns weights and calibration.
    pub fn new(pool: &[&[f64]], options: &PoolOptions, progress: &dyn Progress) -> Self {
        let season = options.season.max(1);
        let horizon = options.horizon.max(1);
        let prepared: Vec<Prepared> = pool.par_iter().map(|y| Prepared::new(y, season)).collect();
        let mut stages = offsets(horizon, season);
        stages.push(0);
        let frame = Frame {
            season,
            horizon,
            stages,
            aligned: alignment(&options.ends, pool.len()),
            groups: options.groups.clone(),
        };
        progress.tick("Prévision", 0, pool.len() as u64);
        let origins = run(&prepared, &frame);
        let usual = usual_noise(&origins);
        let members = active(&frame);
        let base = prior(&members, usual_length(&prepared));
        let half = horizon.div_ceil(2);
        let used = origins
            .iter()
            .zip(&frame.stages)
            .filter(|(s, o)| **o > 0 && s.iter().any(Option::is_some))
            .count() as f64;
        let learn = |steps, prior: &[f64]| {
            let (rows, series) = rows(&prepared, &frame, &origins, &members, usual, steps);
            let series = if frame.is_aligned() { series.min(ALIKE * used) } else { series };
            weights(&rows, prior, series)
        };
        let all = learn(0..horizon, &base);
        let split = half < horizon && !frame.is_aligned();
        let near = if split { learn(0..half, &all) } else { all.clone() };
        let far = if split { learn(half..horizon, &all) } else { all };
        let weights = [near, far].map(|w| full(&w, &members));
        let pooled = Pooled { frame: &frame, members: &members, weights: &weights, usual };
        let (combined, own) = pooled.combine(&prepared, &origins);
        let misses = misses(&prepared, &frame, &origins, &combined, &members, usual);
        let calibration = Calibration::fit(&misses, horizon, season, frame.is_aligned());
        progress.tick("Prévision", pool.len() as u64, pool.len() as u64);
        Self { prepared, frame, origins, combined, weights, own, calibration, usual }
    }

    fn forecast(&self, i: usize) -> Forecast {
        let horizon = self.frame.horizon;
        let p = &self.prepared[i];
        let last = self.frame.stages.len() - 1;
        let (Some(a), Some(points)) = (&self.origins[last][i], &self.combined[last][i]) else {
            return empty(horizon, p.unit);
        };
        let members = active(&self.frame);
        let floor = if p.y.iter().all(|&v| v >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
        let mut out = Forecast {
            point: Vec::with_capacity(horizon),
            interval_80: Vec::with_capacity(horizon),
            interval_95: Vec::with_capacity(horizon),
            model: String::new(),
            reason: String::new(),
            past_error_pct: self.past_errors(i),
        };
        for (h, &point) in points.iter().enumerate() {
            let point = point.max(floor);
            let (level, x) = variables(a, &members, point, h, self.usual);
            let [inner, outer] = self.calibration.bounds(point, level, &x, h);
            let back = |v: f64| (v.max(floor) * p.unit).clamp(-1e300, 1e300);
            out.point.push(back(point));
            out.interval_80.push((back(inner.0), back(inner.1)));
            out.interval_95.push((back(outer.0), back(outer.1)));
        }
        (out.model, out.reason) = self.words(i);
        out
    }

    /// Mean absolute percentage error by step over the past origins.
    fn past_errors(&self, i: usize) -> Vec<Option<f64>> {
        (0..self.frame.horizon)
            .map(|h| {
                let (mut sum, mut count) = (0.0, 0.0);
                for (k, &o) in self.frame.stages.iter().enumerate() {
                    let (Some(a), Some(f)) = (&self.origins[k][i], &self.combined[k][i]) else {
                        continue;
                    };
                    let actual = if h < o { self.prepared[i].y[a.seen + h] } else { 0.0 };
                    if actual.abs() > 1e-9 {
                        sum += 100.0 * ((f[h] - actual) / actual).abs();
                        count += 1.0;
                    }
                }
                (count > 0.0).then(|| sum / count)
            })
            .collect()
    }

    /// Past origins where at least one series was judged.
    pub(crate) fn origins_used(&self) -> usize {
        let judged = |s: &Vec<Option<AtOrigin>>| s.iter().any(Option::is_some);
        self.origins.iter().zip(&self.frame.stages).filter(|(s, o)| **o > 0 && judged(s)).count()
    }

    /// Ranks of the members that take part.
    pub(crate) fn members(&self) -> impl Iterator<Item = usize> {
        active(&self.frame).into_iter()
    }

    /// Past forecast of a series and what came, in the unit of the source.
    pub(crate) fn past(&self, stage: usize, i: usize, step: usize) -> Option<(f64, f64)> {
        let (a, f) = (self.origins[stage][i].as_ref()?, self.combined[stage][i].as_ref()?);
        let p = &self.prepared[i];
        let actual = p.y.get(a.seen + step)?;
        Some((f[step] * p.unit, actual * p.unit))
    }

    /// Past miss of a series over its expected size.
    pub(crate) fn standard_miss(&self, stage: usize, i: usize, step: usize) -> Option<f64> {
        let (a, f) = (self.origins[stage][i].as_ref()?, self.combined[stage][i].as_ref()?);
        let actual = *self.prepared[i].y.get(a.seen + step)?;
        let (level, x) = variables(a, &active(&self.frame), f[step], step, self.usual);
        Some((actual - f[step]) / (level * self.calibration.size(&x)))
    }

    /// Intervals of 80 and 95 % that the calibration gives at a past origin, in prepared units.
    pub(crate) fn past_bounds(&self, stage: usize, i: usize, step: usize) -> [(f64, f64); 2] {
        let (Some(a), Some(f)) = (&self.origins[stage][i], &self.combined[stage][i]) else {
            return [(0.0, 0.0); 2];
        };
        let (level, x) = variables(a, &active(&self.frame), f[step], step, self.usual);
        self.calibration.bounds(f[step], level, &x, step)
    }

    /// Forecasts of all the series, in order.
    pub fn forecasts(&self) -> Vec<Forecast> {
        (0..self.prepared.len()).into_par_iter().map(|i| self.forecast(i)).collect()
    }
}

/// Weights of all the members from those of the active ones.
pub(crate) fn full(w: &[f64], members: &[usize]) -> Vec<f64> {
    let mut out = vec![0.0; MEMBERS];
    members.iter().zip(w).for_each(|(&k, w)| out[k] = *w);
    out
}

fn usual_length(prepared: &[Prepared]) -> f64 {
    let mut lengths: Vec<usize> = prepared.iter().map(|p| p.y.len()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).map_or(1.0, |n| *n as f64)
}

fn usual_noise(origins: &[Vec<Option<AtOrigin>>]) -> f64 {
    let Some(present) = origins.last() else { return 0.2 };
    let mut noise: Vec<f64> = present
        .iter()
        .flatten()
        .filter(|a| a.seen > 3)
        .map(|a| a.rough)
        .filter(|v| *v > 0.0)
        .collect();
    noise.sort_by(f64::total_cmp);
    noise.get(noise.len() / 2).copied().unwrap_or(0.2)
}

/// Variables of the size of an error, which is told as a share of the level seen at the origin: a
/// series that grew is judged on what was known then.
pub(crate) fn variables(
    a: &AtOrigin,
    members: &[usize],
    point: f64,
    step: usize,
    usual: f64,
) -> (f64, [f64; SIZES]) {
    let p = points_at(a, members, step, usual);
    let centre = p.iter().sum::<f64>() / p.len() as f64;
    let spread = (p.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / p.len() as f64).sqrt();
    let n = a.seen as f64;
    let level = if a.level > 1e-6 { a.level } else { 1.0 };
    let shrink = |v: f64| {
        let own = v.max(1e-3 * usual).max(1e-6).ln();
        ((n * own + usual.max(1e-6).ln()) / (n + 1.0)).exp() / level
    };
    let noise = if a.seen < 3 {
        let own = usual.max(a.rough) / level;
        Noise { sigma: own, rough: own, recent: own, late: own }
    } else {
        let [sigma, rough, recent, late] = [a.sigma, a.rough, a.recent, a.late].map(shrink);
        Noise { sigma, rough, recent, late }
    };
    (level, size_variables(noise, spread / level, point / level, step))
}

/// How much an origin counts for the width: noise comes in spells, so the late ones tell more. In a
/// panel every year counts the same: a shock of its first years may come back.
fn recency(offset: usize, frame: &Frame) -> f64 {
    let half_life = (frame.horizon as f64 / 2.0).max(3.0);
    if frame.is_aligned() { 1.0 } else { (-(offset as f64) / half_life).exp2() }
}

fn misses(
    prepared: &[Prepared],
    frame: &Frame,
    origins: &[Vec<Option<AtOrigin>>],
    combined: &[Vec<Option<Vec<f64>>>],
    members: &[usize],
    usual: f64,
) -> Vec<Miss> {
    let mut out: Vec<Miss> = Vec::new();
    for (i, p) in prepared.iter().enumerate() {
        let from = out.len();
        for (stage, &o) in frame.stages.iter().enumerate() {
            let (Some(a), Some(f)) = (&origins[stage][i], &combined[stage][i]) else { continue };
            for (h, (f, actual)) in f.iter().zip(&p.y[a.seen..]).enumerate().take(o) {
                let (level, x) = variables(a, members, *f, h, usual);
                let weight = recency(o, frame);
                out.push(Miss { error: (actual - f) / level, x, step: h, stage, weight });
            }
        }
        let count: f64 = out[from..].iter().map(|m| m.weight).sum();
        for miss in &mut out[from..] {
            miss.weight /= count;
        }
    }
    out
}

fn empty(horizon: usize, unit: f64) -> Forecast {
    Forecast {
        point: vec![0.0; horizon],
        interval_80: vec![(-unit, unit); horizon],
        interval_95: vec![(-2.0 * unit, 2.0 * unit); horizon],
        model: "aucune valeur".into(),
        reason: "Aucune valeur connue : zéro est une convention, pas une prévision.".into(),
        past_error_pct: vec![None; horizon],
    }
}

/// Order of the series by their content, so that sums do not depend on the order given.
fn canonical(pool: &[&[f64]], options: &PoolOptions) -> Vec<usize> {
    let side = |i: usize| (options.ends.get(i), options.groups.get(i));
    let mut order: Vec<usize> = (0..pool.len()).collect();
    order.sort_by(|&a, &b| {
        let values = || {
            let pairs = pool[a].iter().zip(pool[b]);
            pairs.map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne())
        };
        let by_length = pool[a].len().cmp(&pool[b].len());
        by_length.then_with(|| values().unwrap_or(Ordering::Equal)).then(side(a).cmp(&side(b)))
    });
    order
}

/// Forecasts every series of a pool, in order; the order changes nothing.
pub fn forecast_pool(
    pool: &[&[f64]],
    options: &PoolOptions,
    progress: &dyn Progress,
) -> Vec<Forecast> {
    if pool.is_empty() {
        return Vec::new();
    }
    let (order, outcome) = ordered(pool, options, progress);
    placed(&order, &outcome)
}

/// The same, with the errors of all the models at past origins; `groups` names the group of each
/// series in the report, or is empty.
pub fn forecast_and_report(
    pool: &[&[f64]],
    options: &PoolOptions,
    groups: &[String],
    progress: &dyn Progress,
) -> (Vec<Forecast>, BacktestReport) {
    let (order, outcome) = ordered(pool, options, progress);
    let groups: Vec<String> = order.iter().filter_map(|&i| groups.get(i).cloned()).collect();
    (placed(&order, &outcome), outcome.report(&groups))
}

/// The order used and the pool run in that order.
pub(crate) fn ordered(
    pool: &[&[f64]],
    options: &PoolOptions,
    progress: &dyn Progress,
) -> (Vec<usize>, Outcome) {
    let order = canonical(pool, options);
    let sorted: Vec<&[f64]> = order.iter().map(|&i| pool[i]).collect();
    let options = PoolOptions {
        horizon: options.horizon,
        season: options.season,
        ends: order.iter().filter_map(|&i| options.ends.get(i).copied()).collect(),
        groups: order.iter().filter_map(|&i| options.groups.get(i).copied()).collect(),
    };
    let outcome = Outcome::new(&sorted, &options, progress);
    (order, outcome)
}

pub(crate) fn placed(order: &[usize], outcome: &Outcome) -> Vec<Forecast> {
    let mut placed: Vec<(usize, Forecast)> =
        order.iter().copied().zip(outcome.forecasts()).collect();
    placed.sort_by_key(|p| p.0);
    placed.into_iter().map(|p| p.1).collect()
}
