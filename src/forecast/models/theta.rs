//! Theta methods: the classical one (Assimakopoulos and Nikolopoulos, 2000) and the dynamic
//! optimised one (Fiorucci and others, 2016), on a series without its season.
//!
//! The series is split into a long line and a curve smoothed exponentially; the dynamic form learns
//! the line again at each point and searches how much the curve counts.
//!
//! **Invariant:** deterministic; a constant series is forecast by its constant.

use crate::stats::optimize::{MAX_DIM, Point, Search, minimise};
use crate::stats::timeseries::{is_seasonal, seasonal_indices, soft_fall};

/// Simple exponential smoothing with its best constant: last level, constant, mean square error.
pub fn ses(y: &[f64]) -> (f64, f64, f64) {
    let Some(&first) = y.first() else { return (0.0, 0.5, 0.0) };
    let pass = |alpha: f64| {
        let (mut level, mut sse) = (first, 0.0);
        for &v in &y[1..] {
            let e = v - level;
            sse += e * e;
            level += alpha * e;
        }
        (level, sse)
    };
    let search = Search { step: 0.8, evaluations: 40, tolerance: 1e-7 };
    let constant = |x: f64| 0.01 + 0.98 / (1.0 + (-x).exp());
    let (p, sse) = minimise([0.0; MAX_DIM], 1, search, |p| pass(constant(p[0])).1);
    let alpha = constant(p[0]);
    (pass(alpha).0, alpha, sse / (y.len().max(2) - 1) as f64)
}

/// Slope of the least-squares line; 0 under two points.
pub fn line_slope(y: &[f64]) -> f64 {
    let n = y.len() as f64;
    if y.len() < 2 {
        return 0.0;
    }
    let centre = (n - 1.0) / 2.0;
    let sxy: f64 = y.iter().enumerate().map(|(t, v)| (t as f64 - centre) * v).sum();
    sxy / (n * (n * n - 1.0) / 12.0)
}

/// Classical theta of a series without season: smoothing with half the line's slope as drift.
pub fn classical(y: &[f64], horizon: usize) -> Vec<f64> {
    let (level, alpha, _) = ses(y);
    let slope = 0.5 * line_slope(y);
    let n = y.len() as f64;
    let catch_up = (1.0 - (1.0 - alpha).powf(n)) / alpha;
    (0..horizon).map(|h| level + slope * (h as f64 + catch_up)).collect()
}

/// State of the dynamic model after some points.
#[derive(Debug, Clone, Copy)]
struct Line {
    level: f64,
    intercept: f64,
    slope: f64,
    average: f64,
    decay: f64,
    t: f64,
}

impl Line {
    fn forecast(&self, alpha: f64, theta: f64) -> f64 {
        let curve =
            self.decay * self.intercept + (1.0 - self.decay * (1.0 - alpha)) / alpha * self.slope;
        self.level + (1.0 - 1.0 / theta) * curve
    }

    fn learn(&mut self, y: f64, alpha: f64) {
        let t = self.t + 1.0;
        let average = self.average;
        self.average = (self.t * average + y) / t;
        self.slope = ((t - 2.0) * self.slope + 6.0 / t * (y - average)) / (t + 1.0);
        if t < 2.0 {
            self.slope = 0.0;
        }
        self.intercept = self.average - 0.5 * (t + 1.0) * self.slope;
        self.level = alpha * y + (1.0 - alpha) * self.level;
        self.decay *= 1.0 - alpha;
        self.t = t;
    }
}

/// Dynamic optimised theta of a series without season.
pub fn dynamic(y: &[f64], horizon: usize) -> Vec<f64> {
    if y.len() < 4 {
        return classical(y, horizon);
    }
    let size = crate::stats::timeseries::mean_abs_diff(y, 1).max(1e-12);
    let first = y.first().copied().unwrap_or(0.0);
    let read = |p: &Point| {
        let alpha = 0.05 + 0.945 / (1.0 + (-p[0]).exp());
        (alpha, 1.0 + (p[1]).exp(), first + p[2] * size)
    };
    let begin =
        |level: f64| Line { level, intercept: 0.0, slope: 0.0, average: 0.0, decay: 1.0, t: 0.0 };
    let search = Search { step: 0.7, evaluations: 120, tolerance: 1e-6 };
    let (point, _) = minimise([0.0; MAX_DIM], 3, search, |p| {
        let (alpha, theta, level) = read(p);
        let mut line = begin(level);
        let mut sse = 0.0;
        for (t, &v) in y.iter().enumerate() {
            if t >= 2 {
                let e = v - line.forecast(alpha, theta);
                sse += e * e;
            }
            line.learn(v, alpha);
        }
        sse + if theta > 1e6 { f64::INFINITY } else { 0.0 }
    });
    let (alpha, theta, level) = read(&point);
    let mut line = begin(level);
    for &v in y {
        line.learn(v, alpha);
    }
    (0..horizon)
        .map(|_| {
            let mu = line.forecast(alpha, theta);
            line.learn(mu, alpha);
            mu
        })
        .collect()
}

/// Runs a model without season on a series that may have one, taken out then put back.
pub fn with_season(y: &[f64], m: usize, model: impl FnOnce(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let positive = y.iter().all(|&v| v > 0.0);
    let season = if is_seasonal(y, m) { seasonal_indices(y, m, true) } else { None };
    let flat = season.as_ref().map_or_else(|| y.to_vec(), |s| s.remove(y));
    let mut forecast = model(&flat);
    if positive {
        let level = ses(&flat).0;
        for f in &mut forecast {
            *f = soft_fall(level, *f);
        }
    }
    if let Some(season) = season {
        season.restore(&mut forecast, y.len());
    }
    forecast
}

/// Classical theta with the season taken out then put back.
pub fn seasonal_classical(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    with_season(y, season, |z| classical(z, horizon))
}

/// Dynamic optimised theta with the season taken out then put back.
pub fn seasonal_dynamic(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    with_season(y, season, |z| dynamic(z, horizon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theta_of_a_line_keeps_half_its_slope() {
        let y: Vec<f64> = (0..20).map(|t| 10.0 + 2.0 * f64::from(t)).collect();
        assert!((line_slope(&y) - 2.0).abs() < 1e-12);
        let f = classical(&y, 3);
        assert!((f[1] - f[0] - 1.0).abs() < 1e-9);
        let d = dynamic(&y, 3);
        assert!((d[0] - 50.0).abs() < 1.0 && (d[2] - 54.0).abs() < 2.0, "{d:?}");
    }

    #[test]
    fn constants_stay() {
        assert_eq!(classical(&[5.0; 9], 2), vec![5.0, 5.0]);
        let d = dynamic(&[5.0; 9], 2);
        assert!(d.iter().all(|v| (v - 5.0).abs() < 1e-6), "{d:?}");
    }
}
