//! Spikes and level shifts: found, undone for the model, then theta.
//!
//! Shifts are sought by Bayesian online detection (augurs) on the standardised series, or at the best
//! cut when it sees none (a dozen years say too little to it), then confirmed by comparing both sides;
//! spikes by their distance to the median of their neighbours.
//!
//! **Invariant:** the history given is never changed; the last level is the one kept.

use augurs::changepoint::{Detector, NormalGammaDetector, dist};

use crate::forecast::models::theta;

/// A shift must keep this many points on each side.
const SIDE: usize = 3;
/// Size of a shift or spike worth undoing, in robust standard deviations of what is left.
const LARGE: f64 = 4.0;

fn median(x: &mut [f64]) -> f64 {
    if x.is_empty() {
        return 0.0;
    }
    x.sort_by(f64::total_cmp);
    let n = x.len();
    0.5 * (x[(n - 1) / 2] + x[n / 2])
}

fn spread(x: &[f64], centre: f64) -> f64 {
    let mut away: Vec<f64> = x.iter().map(|v| (v - centre).abs()).collect();
    1.4826 * median(&mut away)
}

/// Positions where a new level starts, ascending.
pub fn shifts(y: &[f64]) -> Vec<usize> {
    let n = y.len();
    let centre = median(&mut y.to_vec());
    let mean_size = y.iter().map(|v| (v - centre).abs()).sum::<f64>() / n.max(1) as f64;
    if n < 2 * SIDE + 2 || mean_size <= 0.0 {
        return Vec::new();
    }
    let standard: Vec<f64> = y.iter().map(|v| (v - centre) / (1.25 * mean_size)).collect();
    let prior = dist::NormalGamma::new_unchecked(0.0, 1.0, 1.0, 1.0);
    let mut detector = NormalGammaDetector::normal_gamma(50.0, prior);
    let mut out: Vec<usize> = Vec::new();
    for found in detector.detect_changepoints(&standard) {
        let from = out.last().copied().unwrap_or(0);
        // The index is one early, sometimes a little more: the best cut of the neighbourhood.
        let cut = (found.max(1)..=found + 2)
            .filter(|&c| c >= from + SIDE && c + SIDE <= n)
            .max_by(|&a, &b| jump(y, from, a).abs().total_cmp(&jump(y, from, b).abs()));
        if let Some(cut) = cut.filter(|&c| found > 0 && is_large(y, from, c)) {
            out.push(cut);
        }
    }
    if out.is_empty() {
        let best = (SIDE..=n - SIDE)
            .min_by(|&a, &b| misfit(y, a).total_cmp(&misfit(y, b)))
            .filter(|&c| is_large(y, 0, c));
        out.extend(best);
    }
    out
}

/// Distance of the values to the medians of both sides of a cut.
fn misfit(y: &[f64], cut: usize) -> f64 {
    [&y[..cut], &y[cut..]]
        .iter()
        .map(|side| {
            let centre = median(&mut side.to_vec());
            side.iter().map(|v| (v - centre).abs()).sum::<f64>()
        })
        .sum()
}

fn jump(y: &[f64], from: usize, cut: usize) -> f64 {
    let after = &y[cut..y.len().min(cut + 2 * (cut - from).max(SIDE))];
    median(&mut after.to_vec()) - median(&mut y[from..cut].to_vec())
}

fn is_large(y: &[f64], from: usize, cut: usize) -> bool {
    let (before, after) = (&y[from..cut], &y[cut..]);
    let noise = spread(before, median(&mut before.to_vec()))
        .max(spread(after, median(&mut after.to_vec())));
    let step = jump(y, from, cut).abs();
    let slope = (y[y.len() - 1] - y[0]).abs() / (y.len() - 1) as f64;
    step > LARGE * noise && step > 4.0 * slope
}

/// The series at its last level, without spikes.
pub fn straighten(y: &[f64]) -> Vec<f64> {
    let mut out = y.to_vec();
    for &cut in shifts(y).iter().rev() {
        let step = jump(&out, 0, cut);
        out[..cut].iter_mut().for_each(|v| *v += step);
    }
    let level = out.clone();
    for t in 1..out.len().saturating_sub(1) {
        let mut around: Vec<f64> = level[t.saturating_sub(2)..(t + 3).min(level.len())].to_vec();
        let centre = median(&mut around);
        let differences: Vec<f64> = level.windows(2).map(|w| w[1] - w[0]).collect();
        let noise = spread(&differences, 0.0);
        if noise > 0.0 && (out[t] - centre).abs() > 1.5 * LARGE * noise {
            out[t] = centre;
        }
    }
    out
}

/// Classical theta on the straightened series.
pub fn forecast(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    if y.len() < 8 || season > 1 && y.len() < 2 * season + 2 {
        return theta::seasonal_classical(y, season, horizon);
    }
    theta::with_season(y, season, |z| theta::classical(&straighten(z), horizon))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(n: usize, level: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..n).map(|t| level(t) + [0.3, -0.4, 0.1, -0.2, 0.5, -0.3, 0.0][t % 7]).collect()
    }

    #[test]
    fn a_reform_is_found_and_undone() {
        let y = noisy(24, |t| if t < 12 { 10.0 } else { 30.0 });
        let s = shifts(&y);
        assert_eq!(s.len(), 1, "{s:?}");
        assert!((11..=13).contains(&s[0]), "{s:?}");
        assert!(straighten(&y).iter().all(|v| (v - 30.0).abs() < 2.0));
        assert!((forecast(&y, 1, 1)[0] - 30.0).abs() < 1.0);
    }

    #[test]
    fn ten_years_are_enough_to_see_a_reform_and_a_line_is_none() {
        let y = [10.0, 11.0, 10.0, 11.0, 10.0, 90.0, 91.0, 90.0, 91.0, 90.0];
        assert_eq!(shifts(&y), vec![5]);
        let line: Vec<f64> = (0..12).map(|t| 10.0 + 3.0 * f64::from(t)).collect();
        assert!(shifts(&line).is_empty());
    }

    #[test]
    fn quiet_series_are_left_alone() {
        let y = noisy(24, |_| 10.0);
        assert!(shifts(&y).is_empty());
        assert_eq!(straighten(&y), y);
    }

    #[test]
    fn a_spike_is_cut() {
        let mut y = noisy(20, |_| 10.0);
        y[9] = 60.0;
        assert!((straighten(&y)[9] - 10.0).abs() < 1.0);
    }
}
