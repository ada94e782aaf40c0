//! What the models would have said at past dates: errors by model, horizon and group.
//!
//! Figures come from the same rolling origins that weighted the combination, so they are honest for
//! the models and slightly kind to the combination, whose few weights saw them.
//!
//! **Invariant:** deterministic; a measure without data is absent, never zero.

use serde::Serialize;

use crate::forecast::engine::Outcome;
use crate::forecast::pool::{MEMBERS, NAMES};

/// Errors of one model at one horizon for one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestRow {
    /// Name of the model, as in the `MODELS` table.
    pub modele: String,
    /// Steps ahead, from 1.
    pub horizon: usize,
    /// Group given by the caller; 0 when none was.
    pub groupe: usize,
    /// Number of forecasts judged.
    pub nombre: usize,
    /// Symmetric mean absolute percentage error, %.
    pub smape_pct: f64,
    /// Mean absolute error over the mean absolute change at the season's lag.
    pub mase: Option<f64>,
    /// Share of values inside the 80 % interval; for the combination only.
    pub couverture_80: Option<f64>,
    /// Share of values inside the 95 % interval; for the combination only.
    pub couverture_95: Option<f64>,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestReport {
    /// Number of past origins used.
    pub origines: usize,
    /// Number of series.
    pub series: usize,
    /// Weights of the models over the first half of the steps.
    pub poids: Vec<(String, f64)>,
    /// One row a model, horizon and group.
    pub lignes: Vec<BacktestRow>,
}

#[derive(Default, Clone)]
struct Tally {
    count: usize,
    smape: f64,
    scaled: f64,
    scaled_count: usize,
    inside: [usize; 2],
}

impl Tally {
    fn add(&mut self, forecast: f64, actual: f64, scale: f64) {
        let size = forecast.abs() + actual.abs();
        let miss = (forecast - actual).abs();
        self.count += 1;
        self.smape += if size > 0.0 { 200.0 * miss / size } else { 0.0 };
        if scale > 1e-9 {
            self.scaled += miss / scale;
            self.scaled_count += 1;
        }
    }

    fn row(&self, modele: &str, horizon: usize, groupe: usize, intervals: bool) -> BacktestRow {
        let n = self.count as f64;
        let share = |k: usize| intervals.then(|| self.inside[k] as f64 / n);
        BacktestRow {
            modele: modele.to_owned(),
            horizon,
            groupe,
            nombre: self.count,
            smape_pct: self.smape / n,
            mase: (self.scaled_count > 0).then(|| self.scaled / self.scaled_count as f64),
            couverture_80: share(0),
            couverture_95: share(1),
        }
    }
}

impl Outcome {
    /// Errors at the past origins.
    pub fn report(&self) -> BacktestReport {
        let groups = self.frame.groups.iter().copied().max().map_or(1, |g| g + 1);
        let groups = if groups > self.prepared.len() { 1 } else { groups };
        let horizon = self.frame.horizon;
        let rank = |model: usize, h: usize, g: usize| (model * horizon + h) * groups + g;
        let mut tallies = vec![Tally::default(); (MEMBERS + 1) * horizon * groups];
        for i in 0..self.prepared.len() {
            let g = self.frame.groups.get(i).copied().unwrap_or(0).min(groups - 1);
            for (k, &o) in self.frame.stages.iter().enumerate() {
                let (Some(a), Some(f)) = (&self.origins[k][i], &self.combined[k][i]) else {
                    continue;
                };
                for h in 0..horizon.min(o) {
                    let actual = self.prepared[i].y[a.seen + h];
                    for (m, points) in a.points.iter().enumerate() {
                        tallies[rank(m, h, g)].add(points[h], actual, a.rough);
                    }
                    let tally = &mut tallies[rank(MEMBERS, h, g)];
                    tally.add(f[h], actual, a.rough);
                    let bounds = self.past_bounds(k, i, h);
                    for (inside, b) in tally.inside.iter_mut().zip(bounds) {
                        *inside += usize::from(b.0 <= actual && actual <= b.1);
                    }
                }
            }
        }
        let mut lignes = Vec::new();
        for m in std::iter::once(MEMBERS).chain(self.members()) {
            for h in 0..horizon {
                for g in 0..groups {
                    let t = &tallies[rank(m, h, g)];
                    let name = NAMES.get(m).copied().unwrap_or("combinaison");
                    if t.count > 0 {
                        lignes.push(t.row(name, h + 1, g, m == MEMBERS));
                    }
                }
            }
        }
        let poids = self.members().map(|m| (NAMES[m].to_owned(), self.weights[0][m])).collect();
        BacktestReport { origines: self.origins_used(), series: self.prepared.len(), poids, lignes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::Silent;
    use crate::forecast::engine::PoolOptions;

    #[test]
    fn a_line_is_best_told_by_its_drift() {
        let lines: Vec<Vec<f64>> = (1..9)
            .map(|k| (0..14).map(|t| f64::from(100 * k + 7 * t + (t * k) % 3)).collect())
            .collect();
        let pool: Vec<&[f64]> = lines.iter().map(Vec::as_slice).collect();
        let options = PoolOptions { horizon: 2, season: 1, ..PoolOptions::default() };
        let report = Outcome::new(&pool, &options, &Silent).report();
        let error = |name: &str| {
            report.lignes.iter().find(|r| r.modele == name && r.horizon == 1).expect(name).smape_pct
        };
        assert!(error("derive") < error("derniere"));
        assert!(error("combinaison") < error("derniere"));
        let json = serde_json::to_string(&report).expect("plain data");
        assert!(
            json.contains("\"modele\":\"combinaison\"")
                && !json.contains("null,\"couverture_80\":0")
        );
    }
}
