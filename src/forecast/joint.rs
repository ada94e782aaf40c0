//! The interval of a sum: from joint errors, not from the sum of bounds.
//!
//! Errors of series of one budget move together, but not as one. With a mean correlation `r` between
//! them, half-widths combine as `(1 - r) * sum of squares + r * (square of the sum)`: independent
//! errors at 0, a sum of bounds at 1. `r` is measured on past origins and shrunk to a prior.
//!
//! **Invariant:** the result lies between the two extremes, and its bounds are nested.

use crate::forecast::Forecast;
use crate::forecast::engine::Outcome;

/// Correlation expected between errors of one budget before measuring, and its weight in origins.
const PRIOR: (f64, f64) = (0.15, 4.0);

/// A series in a total: its forecast, and +1 (added) or -1 (taken off).
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Forecast of the series.
    pub forecast: &'a Forecast,
    /// Sign in the total.
    pub sign: f64,
}

/// Forecast of the signed sum of `parts`, whose errors have mean correlation `correlation`.
pub fn total(parts: &[Part<'_>], correlation: f64) -> Forecast {
    let horizon = parts.iter().map(|p| p.forecast.point.len()).min().unwrap_or(0);
    let r = correlation.clamp(0.0, 1.0);
    let mut out = Forecast {
        point: Vec::with_capacity(horizon),
        interval_80: Vec::with_capacity(horizon),
        interval_95: Vec::with_capacity(horizon),
        model: "somme".into(),
        reason: format!(
            "Somme de {} prévisions ; la fourchette tient compte de leurs erreurs passées communes \
             (corrélation {}).",
            parts.len(),
            format!("{r:.2}").replace('.', ",")
        ),
        past_error_pct: vec![None; horizon],
    };
    for h in 0..horizon {
        let point: f64 = parts.iter().map(|p| p.sign * p.forecast.point[h]).sum();
        let bounds = |of: fn(&Forecast) -> &Vec<(f64, f64)>| {
            let (mut low, mut high) = (Sums::default(), Sums::default());
            for p in parts {
                let (a, b) = of(p.forecast)[h];
                let (down, up) = (p.forecast.point[h] - a, b - p.forecast.point[h]);
                let (down, up) = if p.sign < 0.0 { (up, down) } else { (down, up) };
                low.add(p.sign, down);
                high.add(p.sign, up);
            }
            (point - low.width(r), point + high.width(r))
        };
        out.point.push(point);
        let (inner, outer) = (bounds(|f| &f.interval_80), bounds(|f| &f.interval_95));
        out.interval_80.push(inner);
        out.interval_95.push((outer.0.min(inner.0), outer.1.max(inner.1)));
    }
    out
}

#[derive(Default)]
struct Sums {
    squares: f64,
    signed: f64,
    plain: f64,
}

impl Sums {
    fn add(&mut self, sign: f64, width: f64) {
        self.squares += width * width;
        self.signed += sign * width;
        self.plain += width;
    }

    fn width(&self, r: f64) -> f64 {
        ((1.0 - r) * self.squares + r * self.signed * self.signed).max(0.0).sqrt().min(self.plain)
    }
}

impl Outcome {
    /// Mean correlation of the past errors of the series given (ranks in the pool), between 0 and 1.
    pub fn correlation(&self, series: &[usize]) -> f64 {
        let (mut cross, mut own, mut origins) = (0.0, 0.0, 0.0);
        for (k, &o) in self.frame.stages.iter().enumerate() {
            for h in 0..self.frame.horizon.min(o) {
                let z: Vec<f64> =
                    series.iter().filter_map(|&i| self.standard_miss(k, i, h)).collect();
                let n = z.len() as f64;
                if z.len() < 2 {
                    continue;
                }
                let (sum, squares) = z.iter().fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
                let weight = 1.0 / self.frame.horizon.min(o) as f64;
                cross += weight * (sum * sum - squares) / (n * (n - 1.0));
                own += weight * squares / n;
                origins += weight;
            }
        }
        let measured = if own > 0.0 { cross / own } else { 0.0 };
        ((origins * measured + PRIOR.1 * PRIOR.0) / (origins + PRIOR.1)).clamp(0.0, 1.0)
    }

    /// Forecast of the signed sum of series of the pool: `(rank, sign)`.
    pub fn total(&self, forecasts: &[Forecast], parts: &[(usize, f64)]) -> Forecast {
        let ranks: Vec<usize> = parts.iter().map(|p| p.0).collect();
        let parts: Vec<Part<'_>> =
            parts.iter().map(|&(i, sign)| Part { forecast: &forecasts[i], sign }).collect();
        total(&parts, self.correlation(&ranks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(point: f64, half: f64) -> Forecast {
        Forecast {
            point: vec![point],
            interval_80: vec![(point - half, point + half)],
            interval_95: vec![(point - 2.0 * half, point + 2.0 * half)],
            model: String::new(),
            reason: String::new(),
            past_error_pct: vec![None],
        }
    }

    #[test]
    fn half_widths_combine_between_independence_and_sum() {
        let (a, b) = (one(10.0, 3.0), one(20.0, 4.0));
        let parts = [Part { forecast: &a, sign: 1.0 }, Part { forecast: &b, sign: 1.0 }];
        let free = total(&parts, 0.0);
        assert!((free.interval_80[0].1 - 35.0).abs() < 1e-9 && (free.point[0] - 30.0).abs() < 1e-9);
        let tied = total(&parts, 1.0);
        assert!((tied.interval_80[0].0 - 23.0).abs() < 1e-9);
        let mid = total(&parts, 0.5);
        assert!((mid.interval_80[0].1 - 30.0 - 37.0_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn a_difference_gains_from_tied_errors() {
        let (a, b) = (one(10.0, 3.0), one(4.0, 3.0));
        let parts = [Part { forecast: &a, sign: 1.0 }, Part { forecast: &b, sign: -1.0 }];
        assert!((total(&parts, 1.0).interval_80[0].1 - 6.0).abs() < 1e-9);
        assert!(total(&[], 0.3).point.is_empty());
    }
}
