//! Panel model: what the group shares each year, then what is left to each series.
//!
//! Growths (differences of logarithms) of the series that end together are split into a growth common
//! to the year, shrunk towards the long-run mean as its noise commands, and the rest, which a pooled
//! regression forecasts. The common growth goes on between its recent level and its mean.
//!
//! **Invariant:** a series that is not positive or does not end with the others is left alone.

use crate::forecast::models::global::GlobalModel;

/// How long the recent common growth is remembered, a step.
const PERSISTENCE: f64 = 0.8;
const RECENT: f64 = 0.4;

/// Growths common to each period, the last period last, and their forecast.
#[derive(Debug, Clone)]
pub struct Common {
    /// Growth by period, counted back from the end (`by_age[0]` is the last).
    pub by_age: Vec<f64>,
    long: f64,
    recent: f64,
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
        let recent = by_age.iter().rev().fold(long, |level, g| level + RECENT * (g - level));
        Self { by_age, long, recent }
    }

    /// Common growth from the end to each step.
    fn path(&self, horizon: usize) -> Vec<f64> {
        let (mut keep, mut sum) = (1.0, 0.0);
        (0..horizon)
            .map(|_| {
                keep *= PERSISTENCE;
                sum += self.long + keep * (self.recent - self.long);
                sum
            })
            .collect()
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

/// Forecasts (logarithms) of series of logarithms that end together.
pub fn forecast(series: &[&[f64]], horizon: usize) -> Vec<Vec<f64>> {
    let common = Common::fit(series);
    let path = common.path(horizon);
    let own: Vec<Vec<f64>> = series.iter().map(|z| common.remove(z)).collect();
    let views: Vec<&[f64]> = own.iter().map(Vec::as_slice).collect();
    let model = GlobalModel::fit(&views, 1, horizon);
    views.iter().map(|z| model.predict(z).iter().zip(&path).map(|(v, c)| v + c).collect()).collect()
}
