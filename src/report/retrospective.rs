//! What the models would have said at past dates: `retrospective.json` and its figure.
//!
//! Shown for `vigie series --rapport`: errors by model and step, coverage of the intervals by step.
//!
//! **Invariant:** every number drawn is in the JSON.

use crate::domain::refus::Refus;
use crate::forecast::backtest::{BacktestReport, BacktestRow, ENSEMBLE};
use crate::forecast::catalog::card;
use crate::report::chart::profile::{Courbe, MAXIMUM, Profile};
use crate::report::chart::{Figure, Graphique};
use crate::report::fr;

/// Name of the model in use in the rows.
const KEPT: &str = "combinaison";

/// `retrospective.json`.
pub fn json(report: &BacktestReport) -> Result<Vec<u8>, Refus> {
    super::json::pretty(report)
}

/// The figure; `None` when nothing could be judged.
pub fn figure(report: &BacktestReport, source: &str) -> Option<Figure> {
    let rows = |name: &str| {
        let of = |r: &&BacktestRow| r.groupe == ENSEMBLE && r.modele == name;
        report.lignes.iter().filter(of).collect::<Vec<_>>()
    };
    let kept = rows(KEPT);
    let last = kept.iter().map(|r| r.horizon).max()?;
    let error = |name: &str| mean_error(&rows(name));
    let names = shown(report, error);
    let curve = |name: &str| Courbe {
        nom: card(name).map_or(name, |c| c.title).to_owned(),
        points: rows(name).iter().map(|r| (r.horizon, r.smape_pct)).collect(),
    };
    let mut modeles = vec![Courbe { nom: "Combinaison".into(), ..curve(KEPT) }];
    modeles.extend(names.iter().map(|name| curve(name)));
    let cover = |of: fn(&BacktestRow) -> Option<f64>| {
        kept.iter().filter_map(|r| Some((r.horizon, 100.0 * of(r)?))).collect::<Vec<_>>()
    };
    let (mine, naive) = (error(KEPT), error("derniere"));
    let count = report.origines as u64;
    let origins = fr::compte(count, "date passée", "dates passées");
    let titre = fr::typo(&format!(
        "Aux dates passées, la combinaison se trompe de {}, la dernière valeur de {}",
        fr::pourcent(mine, 1),
        fr::pourcent(naive, 1)
    ));
    let alternative = fr::typo(&format!(
        "Erreur passée par pas d’avance, de 1 à {last} : {}. Dessous, la part des valeurs tombées \
         dans les fourchettes à 80 et 95 %.",
        modeles
            .iter()
            .filter_map(|m| {
                let end = m.points.last()?;
                Some(format!("{} {} au pas {}", m.nom, fr::pourcent(end.1, 1), end.0))
            })
            .collect::<Vec<_>>()
            .join(", ")
    ));
    Some(Figure {
        numero: 1,
        nom: "retrospective".into(),
        titre,
        sous_titre: format!(
            "Erreur symétrique moyenne (sMAPE), {}, {origins}",
            fr::compte(report.series as u64, "série", "séries")
        ),
        source: source.to_owned(),
        alternative,
        graphique: Graphique::Profile(Profile {
            modeles,
            couvertures: [cover(|r| r.couverture_80), cover(|r| r.couverture_95)],
        }),
    })
}

fn mean_error(rows: &[&BacktestRow]) -> f64 {
    rows.iter().map(|r| r.smape_pct).sum::<f64>() / rows.len().max(1) as f64
}

/// The best models, and the last value, which every model must beat.
fn shown(report: &BacktestReport, error: impl Fn(&str) -> f64) -> Vec<&str> {
    let mut names: Vec<&str> = report.poids.iter().map(|p| p.0.as_str()).collect();
    names.sort_by(|a, b| error(a).total_cmp(&error(b)).then(a.cmp(b)));
    names.truncate(MAXIMUM - 2);
    if !names.contains(&"derniere") {
        names.push("derniere");
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::Silent;
    use crate::forecast::engine::{PoolOptions, forecast_and_report};

    #[test]
    fn the_figure_draws_what_the_json_holds() {
        let lines: Vec<Vec<f64>> = (1..9)
            .map(|k| (0..14).map(|t| f64::from(100 * k + 7 * t + (t * k) % 3)).collect())
            .collect();
        let pool: Vec<&[f64]> = lines.iter().map(Vec::as_slice).collect();
        let options = PoolOptions { horizon: 3, season: 1, ..PoolOptions::default() };
        let (_, report) = forecast_and_report(&pool, &options, &[], &Silent);
        let figure = figure(&report, "essai").expect("judged");
        let Graphique::Profile(profile) = &figure.graphique else { panic!("a profile") };
        assert_eq!(profile.modeles[0].points.len(), 3);
        assert!(profile.modeles.iter().any(|m| m.nom == "Dernière valeur"));
        for (step, v) in profile.modeles.iter().flat_map(|m| &m.points) {
            let same = |r: &&BacktestRow| r.horizon == *step && (r.smape_pct - v).abs() < 1e-12;
            assert!(report.lignes.iter().any(|r| same(&r)));
        }
        assert!(figure.png().expect("drawn").starts_with(b"\x89PNG"));
    }

    #[test]
    fn nothing_judged_is_no_figure() {
        let pool: [&[f64]; 1] = [&[3.0]];
        let options = PoolOptions { horizon: 2, season: 1, ..PoolOptions::default() };
        let (_, report) = forecast_and_report(&pool, &options, &[], &Silent);
        assert_eq!((report.origines, report.lignes.len()), (0, 0));
        assert!(figure(&report, "essai").is_none());
    }
}
