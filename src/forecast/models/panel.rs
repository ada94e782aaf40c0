//! Panel model: what the group shares each year, then what is left to each series.
//!
//! Growths (differences of logarithms) of the series that end together are split into a growth common
//! to the year, shrunk towards the long-run mean as its noise commands, and the rest, which a pooled
//! regression forecasts. The common growth goes on from its last value back to its mean.
//!
//! **Invariant:** a series that is not positive or does not end with the others is left alone.

use crate::forecast::models::global::GlobalModel;
use crate::forecast::models::theta::line_slope;
use crate::stats::timeseries::mean;

/// Persistence of the common growth expected before seeing it, and what that opinion weighs in years.
const PERSISTENCE: (f64, f64) = (0.3, 4.0);

/// Growths common to each period, the last period last, and their forecast.
#[derive(Debug, Clone)]
pub struct Common {
    /// Growth by period, counted back from the end (`by_age[0]` is the last).
    pub by_age: Vec<f64>,
    long: f64,
    persistence: f64,
}

fn trimmed_mean(x: &mut [f64]) -> f64 {
    x.sort_by(f64::total_cmp);
    let cut = x.len() / 5;
    let kept = &x[cut..x.len() - cut];
    kept.iter().sum::<f64>() / kept.len().max(1) as f64
}

/// Trimmed mean growth by age (0 = last period) and the variance of its noise.
fn growths(series: &[&[f64]]) -> Vec<(f64, f64)> {
    let longest = series.iter().map(|z| z.len()).max().unwrap_or(0);
    let mut out = Vec::new();
    for age in 0..longest.saturating_sub(1) {
        let mut growth: Vec<f64> = series
            .iter()
            .filter(|z| z.len() > age + 1)
            .map(|z| z[z.len() - 1 - age] - z[z.len() - 2 - age])
            .collect();
        if growth.len() < 3 {
            break;
        }
        let n = growth.len() as f64;
        let centre = trimmed_mean(&mut growth);
        let mut away: Vec<f64> = growth.iter().map(|g| (g - centre).abs()).collect();
        away.sort_by(f64::total_cmp);
        let spread = 1.4826 * away[away.len() / 2];
        out.push((centre, 1.3 * spread * spread / n));
    }
    out
}

impl Common {
    /// Common growths of series of logarithms that end at the same period, each year's shrunk towards
    /// the long-run mean.
    pub fn fit(series: &[&[f64]]) -> Self {
        let raw = growths(series);
        let years = raw.len().max(1) as f64;
        let long = raw.iter().map(|g| g.0).sum::<f64>() / years;
        let variance =
            raw.iter().map(|g| (g.0 - long).powi(2)).sum::<f64>() / (years - 1.0).max(1.0);
        Self::new(raw.iter().map(|(g, noise)| long + kept(*noise, variance) * (g - long)).collect())
    }

    /// Common growths of a group, shrunk towards those of the whole pool.
    fn of_group(&self, series: &[&[f64]]) -> Self {
        let raw = growths(series);
        let gaps: Vec<f64> = raw.iter().zip(&self.by_age).map(|(g, p)| g.0 - p).collect();
        let variance = gaps.iter().map(|g| g * g).sum::<f64>() / gaps.len().max(1) as f64;
        let mut by_age = self.by_age.clone();
        for ((slot, gap), (_, noise)) in by_age.iter_mut().zip(&gaps).zip(&raw) {
            *slot += kept(*noise, variance) * gap;
        }
        Self::new(by_age)
    }

    fn new(by_age: Vec<f64>) -> Self {
        let long = mean(&by_age);
        let persistence = persistence(&by_age, long);
        Self { by_age, long, persistence }
    }

    /// Common growth from the end to each step: half way between a growth that goes back to its mean
    /// and a level that goes back to its line (a few years cannot tell which holds).
    fn path(&self, horizon: usize) -> Vec<f64> {
        let (line, slope) = line_end(&self.levels());
        let away = self.by_age.first().map_or(0.0, |g| g - self.long);
        let (mut keep, mut sum) = (1.0, 0.0);
        (1..=horizon)
            .map(|h| {
                keep *= self.persistence;
                sum += self.long + keep * away;
                0.5 * (sum + line + slope * h as f64)
            })
            .collect()
    }

    /// Common level (logarithm) by period, 0 at the last.
    fn levels(&self) -> Vec<f64> {
        let mut level = 0.0;
        let mut levels = vec![0.0];
        for g in &self.by_age {
            level -= g;
            levels.push(level);
        }
        levels.reverse();
        levels
    }

    /// The series without the common growths, which end at 0.
    fn remove(&self, z: &[f64]) -> Vec<f64> {
        let mut out = z.to_vec();
        let mut sum = 0.0;
        for age in 0..z.len().saturating_sub(1) {
            sum += self.by_age.get(age).copied().unwrap_or(self.long);
            out[z.len() - 2 - age] += sum;
        }
        out
    }
}

/// Height at the last point and slope of the least-squares line.
fn line_end(y: &[f64]) -> (f64, f64) {
    let slope = line_slope(y);
    (mean(y) + slope * (y.len() - 1) as f64 / 2.0, slope)
}

/// First autocorrelation of the common growths, shrunk to its prior and kept away from one.
fn persistence(by_age: &[f64], long: f64) -> f64 {
    let years = by_age.len().max(1) as f64;
    let variance = by_age.iter().map(|g| (g - long).powi(2)).sum::<f64>();
    let (prior, weight) = PERSISTENCE;
    if variance <= 0.0 {
        return prior;
    }
    let cross: f64 = by_age.windows(2).map(|w| (w[0] - long) * (w[1] - long)).sum();
    ((cross / variance * years + weight * prior) / (years + weight)).clamp(0.0, 0.9)
}

/// Share of a deviation to keep when its noise and the variance of such deviations are known.
fn kept(noise: f64, variance: f64) -> f64 {
    if variance > 0.0 { (1.0 - noise / variance).max(0.0) } else { 0.0 }
}

/// Forecasts (logarithms) of series of logarithms that end together; `groups` holds the group of each
/// series, or nothing.
pub fn forecast(series: &[&[f64]], groups: &[usize], horizon: usize) -> Vec<Vec<f64>> {
    let pool = Common::fit(series);
    let group = |i: usize| groups.get(i).copied().unwrap_or(0);
    let mut names: Vec<usize> = (0..series.len()).map(group).collect();
    names.sort_unstable();
    names.dedup();
    let commons: Vec<Common> = names
        .iter()
        .map(|g| {
            let of: Vec<&[f64]> = series
                .iter()
                .enumerate()
                .filter(|(i, _)| group(*i) == *g)
                .map(|(_, z)| *z)
                .collect();
            if names.len() > 1 { pool.of_group(&of) } else { pool.clone() }
        })
        .collect();
    let paths: Vec<Vec<f64>> = commons.iter().map(|c| c.path(horizon)).collect();
    let place = |i: usize| names.binary_search(&group(i)).unwrap_or(0);
    let own: Vec<Vec<f64>> =
        series.iter().enumerate().map(|(i, z)| commons[place(i)].remove(z)).collect();
    let views: Vec<&[f64]> = own.iter().map(Vec::as_slice).collect();
    let model = GlobalModel::fit(&views, 1, horizon);
    views
        .iter()
        .enumerate()
        .map(|(i, z)| model.predict(z).iter().zip(&paths[place(i)]).map(|(v, c)| v + c).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growing(rate: f64, shock: f64, k: usize) -> Vec<f64> {
        (0..9)
            .map(|t| {
                let wobble = 0.004 * (((t * 7 + k * 5) % 11) as f64 - 5.0) / 5.0;
                rate * t as f64 + if t >= 5 { shock } else { 0.0 } + wobble
            })
            .collect()
    }

    #[test]
    fn a_year_shared_by_all_is_found() {
        let z: Vec<Vec<f64>> = (0..12).map(|k| growing(0.02, 0.05, k)).collect();
        let views: Vec<&[f64]> = z.iter().map(Vec::as_slice).collect();
        let c = Common::fit(&views);
        // Age 3 is the growth from the fifth point to the sixth.
        assert!((c.by_age[3] - 0.07).abs() < 0.01, "{:?}", c.by_age);
        assert!((c.by_age[0] - 0.02).abs() < 0.01);
    }

    #[test]
    fn groups_keep_their_own_growth() {
        let z: Vec<Vec<f64>> =
            (0..24).map(|k| growing(if k < 12 { 0.01 } else { 0.06 }, 0.0, k)).collect();
        let views: Vec<&[f64]> = z.iter().map(Vec::as_slice).collect();
        let groups: Vec<usize> = (0..24).map(|k| k / 12).collect();
        let f = forecast(&views, &groups, 3);
        assert!((f[3][2] - z[3][8] - 0.03).abs() < 0.015, "{}", f[3][2] - z[3][8]);
        assert!((f[20][2] - z[20][8] - 0.18).abs() < 0.03, "{}", f[20][2] - z[20][8]);
    }
}
