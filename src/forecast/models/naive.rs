//! The references: last value, same season last year, drift.
//!
//! **Invariant:** an empty series gives zeros.

use crate::stats::timeseries::soft_fall;

/// Last value carried on.
pub fn last(y: &[f64], _season: usize, horizon: usize) -> Vec<f64> {
    vec![y.last().copied().unwrap_or(0.0); horizon]
}

/// Value of the same season of the last year; last value when a year is missing.
pub fn seasonal(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let n = y.len();
    if n < season || season == 0 {
        return last(y, season, horizon);
    }
    (0..horizon).map(|h| y[n - season + h % season]).collect()
}

/// Mean progress of the whole history, from the last value (from last year's season when there is
/// one). A positive series falls in shares, so that it stays positive.
pub fn drift(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let n = y.len();
    let base = seasonal(y, season, horizon);
    if n < 2 {
        return base;
    }
    let positive = y.iter().all(|&v| v > 0.0);
    let m = season.max(1);
    let (slope, per) = if m > 1 && n > m {
        let sum = |x: &[f64]| x.iter().sum::<f64>() / m as f64;
        ((sum(&y[n - m..]) - sum(&y[..m])) / (n - m) as f64, m)
    } else {
        ((y[n - 1] - y[0]) / (n - 1) as f64, 1)
    };
    (0..horizon)
        .map(|h| {
            let ahead = if per > 1 { h / per * per + per } else { h + 1 };
            let v = base[h] + slope * ahead as f64;
            if positive { soft_fall(base[h], v) } else { v }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_values() {
        assert_eq!(last(&[1.0, 4.0], 1, 2), vec![4.0, 4.0]);
        assert_eq!(seasonal(&[1.0, 2.0, 3.0, 4.0], 2, 3), vec![3.0, 4.0, 3.0]);
        // (16 - 10) / 3 = 2 a step.
        assert_eq!(drift(&[10.0, 11.0, 12.0, 16.0], 1, 2), vec![18.0, 20.0]);
        // Two seasons up by 2 a year of two points: half a unit... one a point, two a year.
        assert_eq!(drift(&[1.0, 5.0, 3.0, 7.0], 2, 3), vec![5.0, 9.0, 7.0]);
        assert!(drift(&[9.0, 6.0, 3.0], 1, 9).iter().all(|v| *v > 0.0));
        assert_eq!(drift(&[], 1, 2), vec![0.0, 0.0]);
    }
}
