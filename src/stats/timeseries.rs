//! What a short series says before any model: gaps, scale, autocorrelation, seasonal indices.
//!
//! Seasonal indices follow the classical decomposition by centred moving averages (Makridakis and
//! others, 1998), seasonality is tested on the autocorrelation at the season's lag.
//!
//! **Invariant:** indices of a multiplicative season average one, of an additive season zero.

/// Seasonal indices of a series, by position from its first point.
#[derive(Debug, Clone, PartialEq)]
pub struct Season {
    /// One index a season; index 0 is that of the first point.
    pub index: Vec<f64>,
    /// True when indices multiply, false when they add.
    pub multiplicative: bool,
}

impl Season {
    /// The series without its season.
    pub fn remove(&self, y: &[f64]) -> Vec<f64> {
        let m = self.index.len();
        y.iter()
            .enumerate()
            .map(
                |(t, v)| {
                    if self.multiplicative { v / self.index[t % m] } else { v - self.index[t % m] }
                },
            )
            .collect()
    }

    /// Puts the season back on a forecast that starts at position `start`.
    pub fn restore(&self, forecast: &mut [f64], start: usize) {
        let m = self.index.len();
        for (h, v) in forecast.iter_mut().enumerate() {
            let s = self.index[(start + h) % m];
            if self.multiplicative {
                *v *= s;
            } else {
                *v += s;
            }
        }
    }
}

/// A fall from a positive level told in shares rather than in steps, so that it never reaches zero.
///
/// The start of the fall is the same; `target` comes back unchanged when it is not below `level`.
pub fn soft_fall(level: f64, target: f64) -> f64 {
    if level > 0.0 && target < level { level * (target / level - 1.0).exp() } else { target }
}

/// Arithmetic mean; 0 when empty.
pub fn mean(x: &[f64]) -> f64 {
    if x.is_empty() { 0.0 } else { x.iter().sum::<f64>() / x.len() as f64 }
}

/// Mean absolute difference at `lag`; 0 when the series is not longer than the lag.
pub fn mean_abs_diff(y: &[f64], lag: usize) -> f64 {
    if lag == 0 || y.len() <= lag {
        return 0.0;
    }
    y.windows(lag + 1).map(|w| (w[lag] - w[0]).abs()).sum::<f64>() / (y.len() - lag) as f64
}

/// Autocorrelation at `lag`; 0 for a constant series.
pub fn autocorrelation(y: &[f64], lag: usize) -> f64 {
    let m = mean(y);
    let total: f64 = y.iter().map(|v| (v - m).powi(2)).sum();
    if y.len() <= lag || total <= 0.0 {
        return 0.0;
    }
    y.iter().zip(&y[lag..]).map(|(a, b)| (a - m) * (b - m)).sum::<f64>() / total
}

/// True when the autocorrelation at `m` passes the 90 % test of the theta method (Fiorucci, 2016), on
/// the series or on its differences: a steep trend hides the season of the series from the test.
pub fn is_seasonal(y: &[f64], m: usize) -> bool {
    if m < 2 || y.len() < 2 * m + 2 {
        return false;
    }
    let steps = || y.windows(2).map(|w| w[1] - w[0]).collect::<Vec<f64>>();
    repeats(y, m) || (y.len() >= 3 * m && repeats(&steps(), m))
}

/// True when values `m` points apart go together more than chance would have it.
fn repeats(y: &[f64], m: usize) -> bool {
    let sum: f64 = (1..m).map(|k| autocorrelation(y, k).powi(2)).sum();
    let limit = 1.645 * ((1.0 + 2.0 * sum) / y.len() as f64).sqrt();
    autocorrelation(y, m) > limit
}

/// Centred moving average of span `m`; `NaN` at the ends.
fn centred_average(y: &[f64], m: usize) -> Vec<f64> {
    let half = m / 2;
    let mut out = vec![f64::NAN; y.len()];
    if y.len() <= 2 * half {
        return out;
    }
    for t in half..y.len() - half {
        let inner: f64 = y[t + 1 - half..t + half].iter().sum();
        out[t] = if m.is_multiple_of(2) {
            (inner + 0.5 * (y[t - half] + y[t + half])) / m as f64
        } else {
            (inner + y[t - half] + y[t + half]) / m as f64
        };
    }
    out
}

/// Seasonal indices by classical decomposition; `None` when two whole seasons are missing.
///
/// Multiplicative when asked and when every value is positive.
pub fn seasonal_indices(y: &[f64], m: usize, multiplicative: bool) -> Option<Season> {
    if m < 2 || y.len() < 2 * m {
        return None;
    }
    let multiplicative = multiplicative && y.iter().all(|&v| v > 0.0);
    let trend = centred_average(y, m);
    let mut index = vec![0.0; m];
    let mut count = vec![0.0; m];
    for (t, (&v, &c)) in y.iter().zip(&trend).enumerate() {
        if c.is_finite() && (!multiplicative || c > 0.0) {
            index[t % m] += if multiplicative { v / c } else { v - c };
            count[t % m] += 1.0;
        }
    }
    for (s, n) in index.iter_mut().zip(&count) {
        *s = if *n > 0.0 { *s / n } else { f64::from(u8::from(multiplicative)) };
    }
    let centre = mean(&index);
    for s in &mut index {
        *s = if multiplicative { (*s / centre).max(0.01) } else { *s - centre };
    }
    Some(Season { index, multiplicative })
}

/// The series with its gaps (`NaN`, infinite) filled, and the number of points filled.
///
/// A gap takes the line between its neighbours (seasonal neighbours when `m` > 1 and both exist);
/// gaps before the first value are dropped, gaps after the last repeat it. Empty when no value is.
pub fn fill_gaps(y: &[f64], m: usize) -> (Vec<f64>, usize) {
    let Some(first) = y.iter().position(|v| v.is_finite()) else {
        return (Vec::new(), y.len());
    };
    let source = &y[first..];
    let mut out = source.to_vec();
    let mut filled = first;
    for t in 0..source.len() {
        if source[t].is_finite() {
            continue;
        }
        filled += 1;
        let before = (m > 1 && t >= m).then(|| out[t - m]);
        let after = source.get(t + m).copied().filter(|v| m > 1 && v.is_finite());
        out[t] = match (before, after, source[t..].iter().position(|v| v.is_finite())) {
            (Some(a), Some(b), _) => 0.5 * a + 0.5 * b,
            (Some(a), None, None) => a,
            (_, _, Some(gap)) => out[t - 1] + (source[t + gap] - out[t - 1]) / (gap + 1) as f64,
            _ => out[t - 1],
        };
    }
    (out, filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_season_is_found_and_removed() {
        let y: Vec<f64> = (0..24).map(|t| 100.0 * [0.5, 1.0, 1.5, 1.0][t % 4]).collect();
        let s = seasonal_indices(&y, 4, true).expect("six seasons");
        for (a, b) in s.index.iter().zip([0.5, 1.0, 1.5, 1.0]) {
            assert!((a - b).abs() < 1e-12);
        }
        assert!(s.remove(&y).iter().all(|v| (v - 100.0).abs() < 1e-9));
        assert!(is_seasonal(&y, 4) && !is_seasonal(&y[..5], 4));
        let mut f = vec![100.0; 3];
        s.restore(&mut f, 23);
        assert!((f[0] - 100.0).abs() < 1e-9 && (f[1] - 50.0).abs() < 1e-9);
    }

    #[test]
    fn a_season_on_a_steep_slope_is_seen_and_a_slope_alone_is_none() {
        let y: Vec<f64> =
            (0..36).map(|t| 20.0 * t as f64 + 9.0 * [0.5, 1.0, 1.5, 1.0][t % 4]).collect();
        assert!(is_seasonal(&y, 4));
        let line: Vec<f64> =
            (0..36).map(|t| 20.0 * f64::from(t) + 9.0 * f64::from((t * t * 7) % 11)).collect();
        assert!(!is_seasonal(&line, 12));
    }

    #[test]
    fn gaps_take_the_line_between_neighbours() {
        let n = f64::NAN;
        assert_eq!(fill_gaps(&[n, 1.0, n, n, 4.0, n], 1), (vec![1.0, 2.0, 3.0, 4.0, 4.0], 4));
        assert!((fill_gaps(&[1.0, 9.0, 3.0, n, 5.0, 11.0], 2).0[3] - 10.0).abs() < 1e-12);
        assert_eq!(fill_gaps(&[n, n], 1), (vec![], 2));
    }
}
