//! Models taken from augurs: MSTL with an ETS trend, non-seasonal `AutoETS`.
//!
//! augurs needs seven points and no gap, computes MSTL in single precision, and its intervals are too
//! narrow on short series: only its points are used.
//!
//! **Invariant:** where augurs refuses a series, the classical theta stands in.

use augurs::ets::AutoETS;
use augurs::mstl::MSTLModel;
use augurs::{Fit, Predict};

use crate::forecast::models::theta;

/// Smallest history that augurs accepts.
const NEEDED: usize = 7;

fn usable(points: Vec<f64>, horizon: usize) -> Option<Vec<f64>> {
    (points.len() == horizon && points.iter().all(|v| v.is_finite())).then_some(points)
}

fn varies(y: &[f64]) -> bool {
    y.windows(2).any(|w| (w[1] - w[0]).abs() > 0.0)
}

/// Non-seasonal exponential smoothing chosen by augurs.
pub fn auto_ets(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let try_it = || {
        if y.len() < NEEDED || !varies(y) {
            return None;
        }
        let fitted = AutoETS::non_seasonal().fit(y).ok()?;
        usable(fitted.predict(horizon, None).ok()?.point, horizon)
    };
    try_it().unwrap_or_else(|| theta::seasonal_classical(y, season, horizon))
}

/// Season by MSTL, trend by smoothing.
pub fn mstl(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let try_it = || {
        if season < 2 || y.len() < 2 * season + 1 || y.len() < 2 * NEEDED || !varies(y) {
            return None;
        }
        let trend = AutoETS::non_seasonal().into_trend_model();
        let fitted = MSTLModel::new(vec![season], trend).fit(y).ok()?;
        usable(fitted.predict(horizon, None).ok()?.point, horizon)
    };
    try_it().unwrap_or_else(|| theta::seasonal_classical(y, season, horizon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_on_a_slope_is_carried_on() {
        let y: Vec<f64> = (0..48)
            .map(|t| 100.0 + f64::from(t) + [10.0, -10.0, 5.0, -5.0][t as usize % 4])
            .collect();
        let f = mstl(&y, 4, 4);
        let expected = [158.0, 139.0, 155.0, 146.0];
        assert!(f.iter().zip(expected).all(|(a, b)| (a - b).abs() < 3.0), "{f:?}");
        assert_eq!(mstl(&[1.0, 2.0], 4, 3).len(), 3);
    }
}
