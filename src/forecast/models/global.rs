//! One regression for the whole pool: what followed a given recent path, on all series at once.
//!
//! Short series cannot estimate their own dynamics; a few hundred of them together can (Montero-Manso
//! and Hyndman, 2021). Each step has its own ridge regression of the growth still to come on recent
//! growths, long-run drift and distances to smoothed levels, all divided by the series' own unit.
//!
//! **Invariant:** learns only from points given; sums are added in the order of the series.

use rayon::prelude::*;

use crate::stats::linear::Moments;
use crate::stats::timeseries::{Season, is_seasonal, seasonal_indices, soft_fall};

/// Number of variables of the regression.
pub const FEATURES: usize = 11;
const CHUNK: usize = 32;
const WINDOWS: usize = 72;

/// A series as the regression sees it: without season.
#[derive(Debug, Clone)]
pub struct View {
    /// Values without season.
    pub z: Vec<f64>,
    season: Option<Season>,
    positive: bool,
}

impl View {
    /// The view of `y` with season `m`.
    pub fn new(y: &[f64], m: usize) -> Self {
        let season = if is_seasonal(y, m) { seasonal_indices(y, m, true) } else { None };
        let flat = season.as_ref().map_or_else(|| y.to_vec(), |s| s.remove(y));
        Self { positive: y.iter().all(|&v| v > 0.0), z: flat, season }
    }

    /// Puts the season back on forecasts.
    pub fn restore(&self, mut z: Vec<f64>) -> Vec<f64> {
        if self.positive {
            let level =
                self.z[self.z.len().saturating_sub(3)..].iter().fold(0.0, |a: f64, v| a.max(*v));
            for v in &mut z {
                *v = soft_fall(level, *v);
            }
        }
        if let Some(s) = &self.season {
            s.restore(&mut z, self.z.len());
        }
        z
    }
}

/// What is known of a series at one of its points, updated point by point.
#[derive(Debug, Clone)]
struct Path {
    first: f64,
    last: f64,
    diffs: [f64; 3],
    count: f64,
    roughness: f64,
    fast: f64,
    slow: f64,
    trend: f64,
}

impl Path {
    fn new(first: f64) -> Self {
        Self {
            first,
            last: first,
            diffs: [0.0; 3],
            count: 0.0,
            roughness: 0.0,
            fast: first,
            slow: first,
            trend: 0.0,
        }
    }

    fn push(&mut self, v: f64) {
        let d = v - self.last;
        self.diffs = [d, self.diffs[0], self.diffs[1]];
        self.count += 1.0;
        self.roughness += d.abs();
        let rate = (1.0 / self.count).max(0.25);
        self.trend += rate * (d - self.trend);
        self.fast += 0.6 * (v - self.fast);
        self.slow += (1.0 / (self.count + 1.0)).max(0.2) * (v - self.slow);
        self.last = v;
    }

    fn drift(&self) -> f64 {
        if self.count > 0.0 { (self.last - self.first) / self.count } else { 0.0 }
    }

    fn unit(&self) -> f64 {
        if self.count > 0.0 { self.roughness / self.count } else { 0.0 }
    }

    /// Variables of the regression, or `None` when the path says nothing.
    fn features(&self, year_ago: f64, year_mean: f64) -> Option<[f64; FEATURES]> {
        let s = self.unit();
        if s < 1e-9 || self.count < 2.0 {
            return None;
        }
        let drift = self.drift();
        let padded = |k: usize| if self.count > k as f64 { self.diffs[k] } else { drift };
        let clip = |v: f64| (v / s).clamp(-8.0, 8.0);
        Some([
            1.0,
            clip(padded(0)),
            clip(padded(1)),
            clip(padded(2)),
            clip(drift),
            clip(self.trend),
            clip(self.last - self.fast),
            clip(self.last - self.slow),
            clip(self.last - year_ago),
            clip(self.last - year_mean),
            clip(drift * (drift / s).abs()),
        ])
    }
}

/// The fitted regressions, one a step.
#[derive(Debug, Clone)]
pub struct GlobalModel {
    coefficients: Vec<Vec<f64>>,
    m: usize,
}

fn year(z: &[f64], t: usize, m: usize) -> (f64, f64) {
    if m < 2 {
        return (z[t.saturating_sub(4)], z[t]);
    }
    let from = (t + 1).saturating_sub(m);
    let sum: f64 = z[from..=t].iter().sum();
    (z[t.saturating_sub(m)], sum / (t + 1 - from) as f64)
}

fn add_series(z: &[f64], m: usize, sums: &mut [Moments]) {
    let Some(&first) = z.first() else { return };
    let mut path = Path::new(first);
    let n = z.len();
    let from = n.saturating_sub(WINDOWS);
    let warm = 3.max(m.min(n / 3));
    let usable = n.saturating_sub(from.max(warm)).max(1) as f64;
    let weight = usable.powf(-0.5);
    for t in 1..n {
        path.push(z[t]);
        if t < warm || t < from || t + 1 == n {
            continue;
        }
        let (ago, average) = year(z, t, m);
        let Some(x) = path.features(ago, average) else { continue };
        let s = path.unit();
        for (h, sum) in sums.iter_mut().enumerate() {
            let Some(&v) = z.get(t + h + 1) else { break };
            let limit = 6.0 * ((h + 1) as f64).sqrt();
            sum.add(&x, ((v - z[t]) / s).clamp(-limit, limit), weight);
        }
    }
}

impl GlobalModel {
    /// Learns on all the series (transformed values) for steps 1 to `horizon`.
    pub fn fit(series: &[&[f64]], m: usize, horizon: usize) -> Self {
        let empty = || vec![Moments::new(FEATURES); horizon];
        let parts: Vec<Vec<Moments>> = series
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut sums = empty();
                for z in chunk {
                    add_series(z, m, &mut sums);
                }
                sums
            })
            .collect();
        let mut total = empty();
        for part in &parts {
            for (a, b) in total.iter_mut().zip(part) {
                a.merge(b);
            }
        }
        let coefficients = total
            .iter()
            .enumerate()
            .map(|(h, sums)| {
                let strength = 10.0 + 0.01 * sums.weight();
                let mut penalty = [strength; FEATURES];
                penalty[0] = strength;
                let mut prior = [0.0; FEATURES];
                // A steady drift goes on, an unsteady one much less.
                prior[4] = 0.2 * (h + 1) as f64;
                prior[10] = 0.6 * (h + 1) as f64;
                sums.ridge(&penalty, &prior)
            })
            .collect();
        Self { coefficients, m }
    }

    /// Forecast of one series (transformed values).
    pub fn predict(&self, z: &[f64]) -> Vec<f64> {
        let horizon = self.coefficients.len();
        let Some(&first) = z.first() else { return vec![0.0; horizon] };
        let mut path = Path::new(first);
        z[1..].iter().for_each(|&v| path.push(v));
        let last = path.last;
        let (ago, average) = year(z, z.len() - 1, self.m);
        let Some(x) = path.features(ago, average) else { return vec![last; horizon] };
        let s = path.unit();
        self.coefficients
            .iter()
            .map(|b| last + s * b.iter().zip(&x).map(|(b, x)| b * x).sum::<f64>())
            .collect()
    }
}
