//! `vigie series`: a long CSV in, `PREVISIONS.csv` out (CONTRAT, section 6).
//!
//! All the series of the file are one pool. Years are shared when stamps are integers without large
//! gaps; the file is written aside, then renamed.
//!
//! **Invariant:** exactly `horizon` rows a series, in the order of the series, bounds nested.

use std::io::Write;
use std::path::Path;

use rayon::prelude::*;

use crate::app::sommes::{self, Sums};
use crate::domain::calendar::civil;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::forecast::Forecast;
use crate::forecast::backtest::BacktestReport;
use crate::forecast::catalog::{Alone, Combination, Model, PoolModel};
use crate::forecast::engine::{PoolOptions, forecast_and_report};
use crate::forecast::reconcile::forecast_with_sums;
use crate::frames::series::{Series, SeriesFrame, Stamp};
use crate::ingest;
use crate::report::retrospective;

/// What `vigie series` was asked.
#[derive(Debug, Clone, Copy)]
pub struct SeriesRequest<'a> {
    /// The CSV to read.
    pub input: &'a Path,
    /// Steps ahead, at least 1.
    pub horizon: usize,
    /// Points a season; 1 = none.
    pub season: usize,
    /// The CSV to write.
    pub output: &'a Path,
    /// Folder of the report on past dates, when asked.
    pub report: Option<&'a Path>,
    /// Adds the sums of groups and of all, which the series add up to.
    pub totals: bool,
    /// A model of the catalogue run alone; the combination when absent.
    pub model: Option<&'a str>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesSummary {
    /// Number of series.
    pub series: usize,
    /// Number of sums.
    pub sums: usize,
    /// Number of rows written.
    pub rows: usize,
    /// Series with fewer values than models need.
    pub weak: usize,
}

const MAX_HORIZON: usize = 1_000;
/// Values under which a forecast is told as weak.
const WEAK: usize = 6;

/// Reads, forecasts, writes.
pub fn run(request: &SeriesRequest<'_>, progress: &dyn Progress) -> Result<SeriesSummary, Refus> {
    if !(1..=MAX_HORIZON).contains(&request.horizon) {
        return Err(Refus::new(
            format!("--horizon {} est hors de 1 à {MAX_HORIZON}", request.horizon),
            "donner un nombre de pas entre 1 et 1000",
        ));
    }
    if request.season == 0 {
        return Err(Refus::new(
            "--saison 0 n'a pas de sens",
            "écrire --saison 1 sans saison, 12 pour des mois, 4 pour des trimestres",
        ));
    }
    let frame = ingest::series::read_path(request.input)?;
    let series = frame.series.len();
    let short = |s: &&Series| s.values.iter().filter(|v| v.is_finite()).count() < WEAK;
    let weak = frame.series.iter().filter(short).count();
    let report = request.report.map(|folder| (folder, frame_and_report(&frame, request, progress)));
    let (frame, forecasts) = match &report {
        _ if request.model.is_some() => {
            let forecasts = alone(&frame, request)?;
            (frame, forecasts)
        }
        _ if request.totals => with_sums(frame, request, progress)?,
        Some((_, (forecasts, _))) => (frame, forecasts.clone()),
        None => {
            let forecasts = forecast_frame(&frame, request.horizon, request.season, progress);
            (frame, forecasts)
        }
    };
    if let Some((folder, (_, report))) = report {
        write_report(folder, &report, request.input)?;
        let why = choices(&frame, &forecasts).map_err(|e| refuse(folder, &e))?;
        write(&folder.join("choix.csv"), &why)?;
    }
    write(request.output, &csv_bytes(&frame, &forecasts).map_err(|e| refuse(request.output, &e))?)?;
    let sums = frame.series.len() - series;
    Ok(SeriesSummary { series, sums, rows: frame.series.len() * request.horizon, weak })
}

/// Forecasts of one model of the catalogue, series by series.
fn alone(frame: &SeriesFrame, request: &SeriesRequest<'_>) -> Result<Vec<Forecast>, Refus> {
    let name = request.model.unwrap_or_default();
    let Some(model) = Alone::named(name) else {
        return Err(Refus::new(
            format!("« {name} » n’est pas un modèle que l’on peut lancer seul"),
            "choisir un nom de « vigie modeles » qui prévoit une série à la fois, ou retirer --modele",
        ));
    };
    if request.totals {
        return Err(Refus::new(
            "--modele et --totaux ne vont pas ensemble",
            "retirer l’un des deux : les totaux viennent de la combinaison",
        ));
    }
    let (filled, _) = periods(frame);
    let horizon = request.horizon;
    Ok(filled
        .par_iter()
        .map(|y| {
            let p = model.fit(y, request.season).predict(horizon);
            Forecast {
                point: p.point,
                interval_80: p.interval_80,
                interval_95: p.interval_95,
                model: name.to_owned(),
                reason: "Modèle demandé, seul ; fourchette tirée de ses erreurs à un pas.".into(),
                past_error_pct: vec![None; horizon],
            }
        })
        .collect())
}

/// The frame with its sums, and forecasts that add up.
fn with_sums(
    mut frame: SeriesFrame,
    request: &SeriesRequest<'_>,
    progress: &dyn Progress,
) -> Result<(SeriesFrame, Vec<Forecast>), Refus> {
    let Sums { frame: above, members } = sommes::sums(&frame)?;
    let (filled, ends) = periods(&frame);
    let pool: Vec<&[f64]> = filled.iter().map(Vec::as_slice).collect();
    let sums: Vec<&[f64]> = above.series.iter().map(|s| s.values.as_slice()).collect();
    let (horizon, season) = (request.horizon, request.season);
    let options = PoolOptions { horizon, season, ends, groups: Vec::new() };
    let coherent = forecast_with_sums(&pool, &sums, &members, &options, progress);
    frame.series.extend(above.series);
    Ok((frame, coherent.series.into_iter().chain(coherent.sums).collect()))
}

/// Forecasts all the series of a frame as one pool.
pub fn forecast_frame(
    frame: &SeriesFrame,
    horizon: usize,
    season: usize,
    progress: &dyn Progress,
) -> Vec<Forecast> {
    let (filled, ends) = periods(frame);
    let pool: Vec<&[f64]> = filled.iter().map(Vec::as_slice).collect();
    let options = PoolOptions { horizon, season, ends, groups: Vec::new() };
    Combination.forecast(&pool, &options, progress)
}

/// The same forecasts, and the errors at past dates by model, step and group of series.
fn frame_and_report(
    frame: &SeriesFrame,
    request: &SeriesRequest<'_>,
    progress: &dyn Progress,
) -> (Vec<Forecast>, BacktestReport) {
    let (filled, ends) = periods(frame);
    let pool: Vec<&[f64]> = filled.iter().map(Vec::as_slice).collect();
    let (horizon, season) = (request.horizon, request.season);
    let options = PoolOptions { horizon, season, ends, groups: Vec::new() };
    forecast_and_report(&pool, &options, &groups(frame), progress)
}

/// Group of each series: its name before `|`; none unless all the names have one.
fn groups(frame: &SeriesFrame) -> Vec<String> {
    let group = |s: &Series| s.id.split_once('|').map(|(g, _)| g.trim().to_owned());
    frame.series.iter().map(group).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Values by period, and the last period of each series when periods are shared.
fn periods(frame: &SeriesFrame) -> (Vec<Vec<f64>>, Vec<i64>) {
    let (filled, ends): (Vec<Vec<f64>>, Vec<Option<i64>>) =
        frame.series.iter().map(regular).unzip();
    let ends: Option<Vec<i64>> = ends.into_iter().collect();
    let ranks = frame.series.iter().all(|s| s.stamps.first() == Some(&Stamp::Integer(1)));
    (filled, ends.filter(|_| !ranks).unwrap_or_default())
}

/// Values by consecutive integer periods, holes as `NaN`, and the last period.
fn regular(series: &Series) -> (Vec<f64>, Option<i64>) {
    let whole = || (series.values.clone(), None);
    let period = |s: &Stamp| match s {
        Stamp::Integer(n) => Some(*n),
        Stamp::Day(d) => civil(*d).filter(|_| yearly(series)).map(|d| i64::from(d.year())),
    };
    let Some(periods) = series.stamps.iter().map(period).collect::<Option<Vec<i64>>>() else {
        return whole();
    };
    let (Some(&first), Some(&last)) = (periods.first(), periods.last()) else { return whole() };
    let span = last.saturating_sub(first).saturating_add(1);
    if periods.windows(2).any(|w| w[0] >= w[1]) || span > 2 * periods.len() as i64 + 2 {
        return whole();
    }
    let mut out = vec![f64::NAN; span as usize];
    for (p, v) in periods.iter().zip(&series.values) {
        out[(p - first) as usize] = *v;
    }
    (out, Some(last))
}

/// True when stamps are days about a year apart.
fn yearly(series: &Series) -> bool {
    let days: Vec<i32> =
        series.stamps.iter().map(|s| if let Stamp::Day(d) = s { *d } else { 0 }).collect();
    days.len() > 1 && days.windows(2).all(|w| (330..=3_700).contains(&(w[1] - w[0])))
}

/// Stamp `step` periods after the last: the usual gap of the series goes on.
fn next_stamp(series: &Series, step: usize) -> String {
    let n = series.stamps.len();
    let step = step as i64;
    match series.stamps.last() {
        Some(Stamp::Integer(last)) => {
            let gap = median_gap(series, |s| if let Stamp::Integer(v) = s { *v } else { 0 });
            last.saturating_add(gap.saturating_mul(step)).to_string()
        }
        Some(Stamp::Day(last)) => {
            let gap = median_gap(series, |s| if let Stamp::Day(v) = s { i64::from(*v) } else { 0 });
            day_after(*last, gap, step, n)
        }
        None => step.to_string(),
    }
}

fn median_gap(series: &Series, number: impl Fn(&Stamp) -> i64) -> i64 {
    let mut gaps: Vec<i64> =
        series.stamps.windows(2).map(|w| number(&w[1]).saturating_sub(number(&w[0]))).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(1).max(1)
}

/// A date after steps of `gap` days, read as months or years where that is what the gap means.
fn day_after(last: i32, gap: i64, step: i64, points: usize) -> String {
    let months = match gap {
        28..=31 => 1,
        89..=92 => 3,
        180..=184 => 6,
        365..=366 => 12,
        _ if points < 2 => 12,
        _ => 0,
    };
    let Some(date) = civil(last) else { return String::new() };
    let span = if months > 0 {
        jiff::Span::new().try_months(months * step)
    } else {
        jiff::Span::new().try_days(gap.saturating_mul(step))
    };
    let end_of_month = months > 0 && date.day() == date.days_in_month();
    match span.and_then(|s| date.checked_add(s)) {
        Ok(d) if end_of_month => d.last_of_month().to_string(),
        Ok(d) => d.to_string(),
        Err(_) => String::new(),
    }
}

fn refuse(path: &Path, e: &dyn std::fmt::Display) -> Refus {
    Refus::new(
        format!("{} : écriture impossible", path.display()),
        "vérifier le dossier, la place libre et les droits",
    )
    .with_extrait(e.to_string())
}

/// Writes beside, then renames.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Refus> {
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| refuse(path, &e))?;
    file.write_all(bytes).and_then(|()| file.flush()).map_err(|e| refuse(path, &e))?;
    file.persist(path).map_err(|e| refuse(path, &e))?;
    Ok(())
}

/// `retrospective.json`, and `retrospective.png` when something could be judged.
fn write_report(folder: &Path, report: &BacktestReport, input: &Path) -> Result<(), Refus> {
    std::fs::create_dir_all(folder).map_err(|e| refuse(folder, &e))?;
    write(&folder.join("retrospective.json"), &retrospective::json(report)?)?;
    let name = input.file_name().unwrap_or_default().to_string_lossy();
    if let Some(figure) = retrospective::figure(report, &format!("Source : {name}")) {
        write(&folder.join("retrospective.png"), &figure.png()?)?;
    }
    Ok(())
}

/// `choix.csv`: why this model, a sentence a series.
fn choices(frame: &SeriesFrame, forecasts: &[Forecast]) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["unique_id", "modele", "raison"])?;
    for (s, f) in frame.series.iter().zip(forecasts) {
        out.write_record([&s.id, &f.model, &f.reason])?;
    }
    out.into_inner().map_err(|e| e.into_error().into())
}

fn csv_bytes(frame: &SeriesFrame, forecasts: &[Forecast]) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "unique_id",
        "pas",
        "ds",
        "prevision",
        "bas_80",
        "haut_80",
        "bas_95",
        "haut_95",
        "modele",
    ])?;
    for (s, f) in frame.series.iter().zip(forecasts) {
        for h in 0..f.point.len() {
            let number = |v: f64| (v + 0.0).to_string();
            out.write_record([
                s.id.as_str(),
                &(h + 1).to_string(),
                &next_stamp(s, h + 1),
                &number(f.point[h]),
                &number(f.interval_80[h].0),
                &number(f.interval_80[h].1),
                &number(f.interval_95[h].0),
                &number(f.interval_95[h].1),
                f.model.as_str(),
            ])?;
        }
    }
    out.into_inner().map_err(|e| e.into_error().into())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::domain::progress::Silent;

    fn forecast_of(text: &str, horizon: usize, season: usize) -> Result<String, Refus> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (input, output) = (folder.path().join("s.csv"), folder.path().join("p.csv"));
        std::fs::write(&input, text).expect("written");
        let request = SeriesRequest {
            input: &input,
            horizon,
            season,
            output: &output,
            report: None,
            totals: false,
            model: None,
        };
        run(&request, &Silent)?;
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 2);
        Ok(std::fs::read_to_string(&output).expect("read"))
    }

    #[test]
    fn exactly_h_rows_a_series_in_order() {
        let text = "unique_id,ds,y\nb,2021,3\na,2019,10\na,2021,12\na,2020,11\nb,2020,\n";
        let out = forecast_of(text, 3, 1).expect("forecast");
        let rows: Vec<Vec<&str>> = out.lines().skip(1).map(|l| l.split(',').collect()).collect();
        let head: Vec<[&str; 3]> = rows.iter().map(|r| [r[0], r[1], r[2]]).collect();
        assert_eq!(head[0], ["b", "1", "2022"]);
        assert_eq!(head[5], ["a", "3", "2024"]);
        assert_eq!(rows.len(), 6);
        for r in &rows {
            let v: Vec<f64> = r[3..8].iter().map(|c| c.parse().expect("number")).collect();
            assert!(v[3] <= v[1] && v[1] <= v[0] && v[0] <= v[2] && v[2] <= v[4], "{r:?}");
        }
    }

    #[test]
    fn dates_go_on_by_month_and_by_year() {
        let text = "unique_id,ds,y\nm,2024-01-31,1\nm,2024-02-29,2\nm,2024-03-31,3\n\
                    y,2022-12-31,1\ny,2023-12-31,2\n";
        let out = forecast_of(text, 2, 1).expect("forecast");
        for stamp in ["m,1,2024-04-30", "m,2,2024-05-31", "y,2,2025-12-31"] {
            assert!(out.contains(stamp), "{stamp}\n{out}");
        }
    }

    #[test]
    fn the_report_tells_groups_and_leaves_forecasts_alone() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = |name: &str| folder.path().join(name);
        let mut text = "unique_id,ds,y\n".to_owned();
        for k in 0..8 {
            for t in 0..12 {
                let y = 100 * (k + 1) + 7 * t + t * k % 3;
                writeln!(text, "{}|{k},{},{y}", ["nord", "sud"][k % 2], 2010 + t).expect("text");
            }
        }
        std::fs::write(path("s.csv"), text).expect("written");
        let (input, output, report) = (path("s.csv"), path("p.csv"), path("r"));
        let request = |report| SeriesRequest {
            input: &input,
            horizon: 2,
            season: 1,
            output: &output,
            report,
            totals: false,
            model: None,
        };
        run(&request(None), &Silent).expect("forecast");
        let plain = std::fs::read(&output).expect("read");
        run(&request(Some(&report)), &Silent).expect("forecast");
        assert_eq!(plain, std::fs::read(&output).expect("read"));
        let why = std::fs::read_to_string(report.join("choix.csv")).expect("read");
        assert_eq!(why.lines().count(), 9, "{why}");
        assert!(why.contains("origines passées de 8 séries"), "{why}");
        let json = std::fs::read_to_string(report.join("retrospective.json")).expect("read");
        for part in ["\"ensemble\"", "\"nord\"", "\"sud\"", "\"derive\"", "\"couverture_95\""] {
            assert!(json.contains(part), "{part}");
        }
        let png = std::fs::read(report.join("retrospective.png")).expect("read");
        assert!(png.starts_with(b"\x89PNG"));
    }

    #[test]
    fn sums_are_written_after_the_series_and_add_up() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = |name: &str| folder.path().join(name);
        let mut text = "unique_id,ds,y\n".to_owned();
        for k in 0..6 {
            for t in 0..11 {
                let y = 100 * (k + 1) + 7 * t + t * k % 3;
                writeln!(text, "{}|{k},{},{y}", ["nord", "sud"][k % 2], 2010 + t).expect("text");
            }
        }
        std::fs::write(path("s.csv"), text).expect("written");
        let (input, output) = (path("s.csv"), path("p.csv"));
        let request = SeriesRequest {
            input: &input,
            horizon: 2,
            season: 1,
            output: &output,
            report: None,
            totals: true,
            model: None,
        };
        let done = run(&request, &Silent).expect("forecast");
        assert_eq!((done.series, done.sums, done.rows), (6, 3, 18));
        let out = std::fs::read_to_string(&output).expect("read");
        let point = |id: &str, step: &str| -> f64 {
            out.lines()
                .map(|l| l.split(',').collect::<Vec<_>>())
                .filter(|c| c[0].starts_with(id) && c[1] == step)
                .map(|c| c[3].parse::<f64>().expect("number"))
                .sum()
        };
        for step in ["1", "2"] {
            let parts = point("nord", step) + point("sud", step);
            assert!((point("TOTAL|", step) - parts).abs() < 1e-6 * parts, "{out}");
            assert!((point("TOTAL", step) - 2.0 * parts).abs() < 1e-6 * parts, "{out}");
        }
        assert!(out.contains("TOTAL|sud,1,2021,") && out.contains(",somme"), "{out}");
    }

    #[test]
    fn a_model_is_run_alone_by_its_name() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (input, output) = (folder.path().join("s.csv"), folder.path().join("p.csv"));
        std::fs::write(&input, "unique_id,ds,y\na,2020,10\na,2021,11\na,2022,14\n")
            .expect("written");
        let request = |model| SeriesRequest {
            input: &input,
            horizon: 2,
            season: 1,
            output: &output,
            report: None,
            totals: false,
            model: Some(model),
        };
        run(&request("derive"), &Silent).expect("forecast");
        let out = std::fs::read_to_string(&output).expect("read");
        assert!(out.contains("a,1,2023,16,") && out.contains(",derive"), "{out}");
        assert!(run(&request("panel"), &Silent).is_err());
        assert!(run(&SeriesRequest { totals: true, ..request("derive") }, &Silent).is_err());
    }

    #[test]
    fn a_horizon_out_of_bounds_is_refused() {
        assert!(forecast_of("unique_id,ds,y\na,1,1\n", 0, 1).is_err());
    }
}
