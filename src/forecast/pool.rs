//! The members of the combination, run at every past origin of every series of a pool.
//!
//! **Invariant:** at an origin, nothing after it is seen, by a series or by the pool.

use rayon::prelude::*;

use crate::forecast::models::ets::{Family, Trend};
use crate::forecast::models::global::{GlobalModel, View};
use crate::forecast::models::{intermittent, naive, panel, shift, theta};
use crate::stats::timeseries::{fill_gaps, is_seasonal, mean_abs_diff};

/// Members of the combination, in the order of `AtOrigin::points`.
pub const MEMBERS: usize = 13;
/// Codes of the members, as in the `MODELS` table.
pub const NAMES: [&str; MEMBERS] = [
    "derniere",
    "naive-saison",
    "derive",
    "niveau",
    "amorti",
    "ets",
    "theta-dynamique",
    "theta",
    "commun",
    "panel",
    "holt",
    "rupture",
    "commun-relatif",
];
/// Rank of the pooled regression.
const GLOBAL: usize = 8;
/// Rank of the pooled regression on logarithms.
const RELATIVE: usize = 12;
/// Rank of Holt's line.
const HOLT: usize = 10;
/// Rank of the theta after a shift.
const SHIFT: usize = 11;
/// Longest series in which shifts are sought: thirteen years of months.
const SHIFT_LENGTH: usize = 160;
/// Rank of the panel model.
pub const PANEL: usize = 9;

/// A series ready for the models.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Values without gaps, divided by `unit`.
    pub y: Vec<f64>,
    /// Mean absolute value of the source.
    pub unit: f64,
    /// Number of values filled.
    pub filled: usize,
}

impl Prepared {
    /// Fills gaps and divides by the mean size.
    pub fn new(source: &[f64], m: usize) -> Self {
        let (mut y, filled) = fill_gaps(source, m);
        let unit = y.iter().map(|v| v.abs() / y.len() as f64).sum::<f64>();
        let unit = if unit > 0.0 && unit.is_finite() { unit } else { 1.0 };
        for v in &mut y {
            *v /= unit;
        }
        Self { y, unit, filled }
    }
}

/// Forecasts of the members for one series at one origin.
#[derive(Debug, Clone)]
pub struct AtOrigin {
    /// `points[member][h]`.
    pub points: Vec<Vec<f64>>,
    /// In-sample one-step error.
    pub sigma: f64,
    /// The same over the last points.
    pub late: f64,
    /// Mean absolute difference at the season's lag (1 when too short).
    pub rough: f64,
    /// The same over the last points.
    pub recent: f64,
    /// Mean size of the values seen.
    pub level: f64,
    /// Number of points seen.
    pub seen: usize,
}

/// Offsets from the end of the past origins, the oldest first.
pub fn offsets(horizon: usize, m: usize) -> Vec<usize> {
    let mut out: Vec<usize> = if m == 1 {
        (1..=horizon + 4).collect()
    } else {
        vec![horizon + m, horizon + m / 2, horizon, 2 * horizon / 3, horizon / 3]
    };
    out.retain(|&o| o > 0);
    out.sort_unstable_by(|a, b| b.cmp(a));
    out.dedup();
    out
}

/// True when a series of `n` points may be judged with `offset` points held out.
pub fn long_enough(n: usize, offset: usize, m: usize, aligned: bool) -> bool {
    let floor = match (m, aligned) {
        (1, true) => 3,
        (1, false) => 5,
        _ => m + 4,
    };
    n >= offset + floor && n - offset >= n / 3
}

fn own_members(y: &[f64], m: usize, horizon: usize) -> AtOrigin {
    let n = y.len();
    let mut points = vec![Vec::new(); MEMBERS];
    points[0] = naive::last(y, m, horizon);
    points[1] = naive::seasonal(y, m, horizon);
    points[2] = naive::drift(y, m, horizon);
    let seasonal = m > 1 && n >= 2 * m + 2 && is_seasonal(y, m);
    let family = Family::fit(y, m, seasonal);
    let or = |v: Option<Vec<f64>>, p: &Vec<f64>| v.unwrap_or_else(|| p.clone());
    points[3] = or(family.average(horizon, |s| s.trend == Trend::None), &points[0]);
    if intermittent::is_intermittent(y) {
        points[3] = intermittent::tsb(y, m, horizon);
    }
    points[4] = or(family.average(horizon, |s| s.trend == Trend::Damped), &points[3]);
    points[HOLT] = or(family.average(horizon, |s| s.trend == Trend::Linear), &points[3]);
    points[SHIFT] = if n <= SHIFT_LENGTH {
        shift::forecast(y, m, horizon)
    } else {
        theta::seasonal_classical(y, m, horizon)
    };
    points[5] = or(family.average(horizon, |_| true), &points[3]);
    points[6] = theta::with_season(y, m, |z| theta::dynamic(z, horizon));
    points[7] = theta::with_season(y, m, |z| theta::classical(z, horizon));
    let sigma = if family.fits.is_empty() { mean_abs_diff(y, 1) } else { family.sigma() };
    let late = if family.fits.is_empty() { sigma } else { family.late() };
    let lag = if n > m { m } else { 1 };
    let tail = &y[n.saturating_sub(lag + 5.max(m))..];
    AtOrigin {
        points,
        sigma,
        late,
        rough: mean_abs_diff(y, lag),
        recent: mean_abs_diff(tail, lag),
        level: y.iter().map(|v| v.abs()).sum::<f64>() / n as f64,
        seen: n,
    }
}

/// What the pool is, for every member.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Points a season; 1 = none.
    pub season: usize,
    /// Steps asked.
    pub horizon: usize,
    /// Offsets of the origins, the oldest first, 0 last.
    pub stages: Vec<usize>,
    /// True for the series that end at the common last period; empty when stamps say nothing.
    pub aligned: Vec<bool>,
    /// Group of each series; empty = one group.
    pub groups: Vec<usize>,
}

impl Frame {
    /// True when periods are shared by the series.
    pub fn is_aligned(&self) -> bool {
        !self.aligned.is_empty()
    }
}

/// `result[stage][series]`; the last stage is the present (offset 0).
pub fn run(pool: &[Prepared], frame: &Frame) -> Vec<Vec<Option<AtOrigin>>> {
    let (m, horizon) = (frame.season, frame.horizon);
    let by_series: Vec<Vec<Option<AtOrigin>>> = pool
        .par_iter()
        .map(|p| {
            let n = p.y.len();
            let seen =
                |o: usize| o == 0 && n > 0 || o > 0 && long_enough(n, o, m, frame.is_aligned());
            let at = |&o: &usize| seen(o).then(|| own_members(&p.y[..n - o], m, horizon));
            frame.stages.iter().map(at).collect()
        })
        .collect();
    let mut out: Vec<Vec<Option<AtOrigin>>> = vec![Vec::new(); frame.stages.len()];
    for series in by_series {
        for (k, s) in series.into_iter().enumerate() {
            out[k].push(s);
        }
    }
    for (stage, &o) in out.iter_mut().zip(&frame.stages) {
        pool_members(pool, frame, o, stage);
    }
    out
}

/// What stands for the panel where it cannot be run: the mean of the members with a trend.
fn stand_in(points: &[Vec<f64>], horizon: usize) -> Vec<f64> {
    const TRENDS: [usize; 5] = [2, 4, 6, 7, GLOBAL];
    (0..horizon)
        .map(|h| TRENDS.iter().map(|&k| points[k][h]).sum::<f64>() / TRENDS.len() as f64)
        .collect()
}

/// The pooled regression on logarithms, for series whose values without season are positive.
fn relative(views: &[View], m: usize, horizon: usize, stage: &mut [Option<AtOrigin>]) {
    let logs: Vec<Vec<f64>> = views
        .par_iter()
        .map(|v| {
            let positive = v.z.iter().all(|&x| x > 1e-3);
            if positive { v.z.iter().map(|x| x.ln()).collect() } else { Vec::new() }
        })
        .collect();
    let z: Vec<&[f64]> = logs.iter().filter(|z| !z.is_empty()).map(Vec::as_slice).collect();
    let model = GlobalModel::fit(&z, m, horizon);
    stage.par_iter_mut().zip(views).zip(&logs).for_each(|((s, v), z)| {
        if let Some(s) = s.as_mut().filter(|_| !z.is_empty()) {
            let path = model.predict(z).iter().map(|p| p.min(50.0).exp()).collect();
            s.points[RELATIVE] = v.restore(path);
        }
    });
}

fn pool_members(pool: &[Prepared], frame: &Frame, offset: usize, stage: &mut [Option<AtOrigin>]) {
    let (m, horizon) = (frame.season, frame.horizon);
    let cut = |p: &Prepared| p.y.len().saturating_sub(offset);
    let views: Vec<View> = pool.par_iter().map(|p| View::new(&p.y[..cut(p)], m)).collect();
    let z: Vec<&[f64]> = views.iter().map(|v| v.z.as_slice()).collect();
    let model = GlobalModel::fit(&z, m, horizon);
    stage.par_iter_mut().zip(&views).for_each(|(s, v)| {
        if let Some(s) = s {
            s.points[GLOBAL] = v.restore(model.predict(&v.z));
            s.points[RELATIVE] = s.points[GLOBAL].clone();
            s.points[PANEL] = stand_in(&s.points, horizon);
        }
    });
    relative(&views, m, horizon, stage);
    if !frame.is_aligned() {
        return;
    }
    let members: Vec<usize> = (0..pool.len())
        .filter(|&i| frame.aligned[i] && cut(&pool[i]) >= 3)
        .filter(|&i| pool[i].y[..cut(&pool[i])].iter().all(|&v| v > 1e-6))
        .collect();
    if members.len() < 5 {
        return;
    }
    let logs: Vec<Vec<f64>> = members
        .iter()
        .map(|&i| pool[i].y[..cut(&pool[i])].iter().map(|v| v.ln()).collect())
        .collect();
    let z: Vec<&[f64]> = logs.iter().map(Vec::as_slice).collect();
    let groups: Vec<usize> = members.iter().filter_map(|&i| frame.groups.get(i).copied()).collect();
    for (&i, path) in members.iter().zip(panel::forecast(&z, &groups, horizon)) {
        if let Some(s) = &mut stage[i] {
            s.points[PANEL] = path.into_iter().map(|v| v.min(50.0).exp()).collect();
        }
    }
}
