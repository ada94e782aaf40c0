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

impl Common {
    /// Learns the common growths of series of logarithms that end at the same period.
    pub fn fit(series: &[&[f64]]) -> Self {
        let longest = series.iter().map(|z| z.len()).max().unwrap_or(0);
        let mut raw = Vec::new();
        let mut noise = Vec::new();
        for age in 0..longest.saturating_sub(1) {
            let mut growth: Vec<f64> = series
                .iter()
                .filter(|z| z.len() > age + 1)
                .map(|z| z[z.len() - 1 - age] - z[z.len() - 2 - age])
                .collect();
            let n = growth.len() as f64;
            if growth.len() < 3 {
                break;
            }
            let centre = trimmed_mean(&mut growth);
            let mut away: Vec<f64> = growth.iter().map(|g| (g - centre).abs()).collect();
            away.sort_by(f64::total_cmp);
            let spread = 1.4826 * away[away.len() / 2];
            raw.push(centre);
            noise.push(1.3 * spread * spread / n);
        }
        let years = raw.len().max(1) as f64;
        let long = raw.iter().sum::<f64>() / years;
        let variance = raw.iter().map(|g| (g - long).powi(2)).sum::<f64>() / (years - 1.0).max(1.0);
        let by_age: Vec<f64> = raw
            .iter()
            .zip(&noise)
            .map(|(g, v)| {
                let keep = if variance > 0.0 { (1.0 - v / variance).max(0.0) } else { 0.0 };
                long + keep * (g - long)
            })
            .collect();
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

/// Forecasts (logarithms) of series of logarithms that end together.
pub fn forecast(series: &[&[f64]], horizon: usize) -> Vec<Vec<f64>> {
    let common = Common::fit(series);
    let path = common.path(horizon);
    let own: Vec<Vec<f64>> = series.iter().map(|z| common.remove(z)).collect();
    let views: Vec<&[f64]> = own.iter().map(Vec::as_slice).collect();
    let model = GlobalModel::fit(&views, 1, horizon);
    views.iter().map(|z| model.predict(z).iter().zip(&path).map(|(v, c)| v + c).collect()).collect()
}
