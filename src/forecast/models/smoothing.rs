//! Simple, Holt and damped smoothing: the members of `ets` that share a trend, averaged.
//!
//! **Invariant:** a series too short for the trend falls back on the simpler smoothing.

use crate::forecast::models::ets::{Family, Trend};
use crate::forecast::models::naive;
use crate::stats::timeseries::is_seasonal;

fn of_trend(y: &[f64], season: usize, horizon: usize, trend: Trend) -> Vec<f64> {
    if y.is_empty() {
        return vec![0.0; horizon];
    }
    let family = Family::fit(y, season, season > 1 && is_seasonal(y, season));
    family
        .average(horizon, |s| s.trend == trend)
        .or_else(|| family.average(horizon, |s| s.trend == Trend::None))
        .unwrap_or_else(|| naive::last(y, season, horizon))
}

/// Simple smoothing.
pub fn level(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    of_trend(y, season, horizon, Trend::None)
}

/// Holt's line.
pub fn holt(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    of_trend(y, season, horizon, Trend::Linear)
}

/// Damped trend.
pub fn damped(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    of_trend(y, season, horizon, Trend::Damped)
}
