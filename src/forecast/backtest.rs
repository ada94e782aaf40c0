//! What the models would have said at past dates: errors by model, horizon and group.
//!
//! Figures come from the same rolling origins that weighted the combination, so they are honest for
//! the models and slightly kind to the combination, whose few weights saw them.
//!
//! **Invariant:** deterministic; a measure without data is absent, never zero.

use std::collections::BTreeMap;

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
    /// Group given by the caller; `ensemble` for all the series.
    pub groupe: String,
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
    /// True when there were too many groups to tell them apart.
    pub groupes_omis: bool,
    /// One row a model, horizon and group: all the series first, then each group.
    pub lignes: Vec<BacktestRow>,
}

/// Name of the row of all the series.
pub const ENSEMBLE: &str = "ensemble";
/// Groups told apart at most.
const MAX_GROUPS: usize = 50;

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

    fn row(&self, modele: &str, horizon: usize, groupe: &str, intervals: bool) -> BacktestRow {
        let n = self.count as f64;
        let share = |k: usize| intervals.then(|| self.inside[k] as f64 / n);
        BacktestRow {
            modele: modele.to_owned(),
            horizon,
            groupe: groupe.to_owned(),
            nombre: self.count,
            smape_pct: self.smape / n,
            mase: (self.scaled_count > 0).then(|| self.scaled / self.scaled_count as f64),
            couverture_80: share(0),
            couverture_95: share(1),
        }
    }
}

/// Rows of the report under way, by model, step and group.
struct Table {
    horizon: usize,
    groups: usize,
    tallies: Vec<Tally>,
}

impl Table {
    fn new(horizon: usize, groups: usize) -> Self {
        Self { horizon, groups, tallies: vec![Tally::default(); (MEMBERS + 1) * horizon * groups] }
    }

    fn at(&mut self, model: usize, h: usize, group: usize) -> &mut Tally {
        &mut self.tallies[(model * self.horizon + h) * self.groups + group]
    }
}

/// Rank of the group of each series, from 1, and the names, `ENSEMBLE` at 0; true when left out.
fn ranks(groups: &[String], series: usize) -> (Vec<usize>, Vec<&str>, bool) {
    let mut names: BTreeMap<&str, usize> = groups.iter().map(|g| (g.as_str(), 0)).collect();
    let omitted = names.len() > MAX_GROUPS;
    if names.len() < 2 || omitted || groups.len() != series {
        return (vec![0; series], vec![ENSEMBLE], omitted);
    }
    names.values_mut().enumerate().for_each(|(i, rank)| *rank = i + 1);
    let of = groups.iter().map(|g| names[g.as_str()]).collect();
    (of, std::iter::once(ENSEMBLE).chain(names.into_keys()).collect(), false)
}

impl Outcome {
    /// Errors at the past origins; `groups` names the group of each series, or is empty.
    pub fn report(&self, groups: &[String]) -> BacktestReport {
        let (of, names, groupes_omis) = ranks(groups, self.prepared.len());
        let horizon = self.frame.horizon;
        let mut table = Table::new(horizon, names.len());
        for (i, &group) in of.iter().enumerate() {
            self.tally(i, 0, &mut table);
            if group > 0 {
                self.tally(i, group, &mut table);
            }
        }
        let mut lignes = Vec::new();
        for (g, group) in names.iter().enumerate() {
            for m in std::iter::once(MEMBERS).chain(self.members()) {
                for h in 0..horizon {
                    let t = table.at(m, h, g);
                    if t.count > 0 {
                        let name = NAMES.get(m).copied().unwrap_or("combinaison");
                        lignes.push(t.row(name, h + 1, group, m == MEMBERS));
                    }
                }
            }
        }
        let poids = self.members().map(|m| (NAMES[m].to_owned(), self.weights[0][m])).collect();
        BacktestReport {
            origines: self.origins_used(),
            series: self.prepared.len(),
            poids,
            groupes_omis,
            lignes,
        }
    }

    /// Adds the past errors of one series to the rows of a group.
    fn tally(&self, i: usize, group: usize, table: &mut Table) {
        for (k, &o) in self.frame.stages.iter().enumerate() {
            let (Some(a), Some(f)) = (&self.origins[k][i], &self.combined[k][i]) else { continue };
            for h in 0..self.frame.horizon.min(o) {
                let actual = self.prepared[i].y[a.seen + h];
                for (m, points) in a.points.iter().enumerate() {
                    table.at(m, h, group).add(points[h], actual, a.rough);
                }
                let tally = table.at(MEMBERS, h, group);
                tally.add(f[h], actual, a.rough);
                let bounds = self.past_bounds(k, i, h);
                for (inside, b) in tally.inside.iter_mut().zip(bounds) {
                    *inside += usize::from(b.0 <= actual && actual <= b.1);
                }
            }
        }
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
        let groups: Vec<String> = (0..8).map(|k| format!("g{}", k % 2)).collect();
        let report = Outcome::new(&pool, &options, &Silent).report(&groups);
        let error = |name: &str| {
            let of = |r: &&BacktestRow| r.modele == name && r.horizon == 1 && r.groupe == ENSEMBLE;
            report.lignes.iter().find(of).expect(name).smape_pct
        };
        assert!(error("derive") < error("derniere"));
        assert!(error("combinaison") < error("derniere"));
        let count = |group: &str| {
            let of =
                |r: &&BacktestRow| r.groupe == group && r.modele == "combinaison" && r.horizon == 2;
            report.lignes.iter().find(of).expect(group).nombre
        };
        assert_eq!(count(ENSEMBLE), count("g0") + count("g1"));
        let json = serde_json::to_string(&report).expect("plain data");
        assert!(
            json.contains("\"modele\":\"combinaison\"")
                && !json.contains("null,\"couverture_80\":0")
        );
    }
}
