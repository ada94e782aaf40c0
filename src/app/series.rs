//! `vigie series`: a long CSV in, `PREVISIONS.csv` out (CONTRAT, section 6).
//!
//! All the series of the file are one pool. Years are shared when stamps are integers without large
//! gaps; the file is written aside, then renamed.
//!
//! **Invariant:** exactly `horizon` rows a series, in the order of the series, bounds nested.

use std::io::Write;
use std::path::Path;

use crate::domain::calendar::civil;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::forecast::Forecast;
use crate::forecast::engine::{PoolOptions, forecast_pool};
use crate::frames::series::{Series, SeriesFrame, Stamp};
use crate::ingest;

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
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesSummary {
    /// Number of series.
    pub series: usize,
    /// Number of rows written.
    pub rows: usize,
}

const MAX_HORIZON: usize = 1_000;

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
    let forecasts = forecast_frame(&frame, request.horizon, request.season, progress);
    write(&frame, &forecasts, request)?;
    Ok(SeriesSummary { series: frame.series.len(), rows: frame.series.len() * request.horizon })
}

/// Forecasts all the series of a frame as one pool.
pub fn forecast_frame(
    frame: &SeriesFrame,
    horizon: usize,
    season: usize,
    progress: &dyn Progress,
) -> Vec<Forecast> {
    let filled: Vec<(Vec<f64>, Option<i64>)> = frame.series.iter().map(regular).collect();
    let pool: Vec<&[f64]> = filled.iter().map(|f| f.0.as_slice()).collect();
    let ends: Option<Vec<i64>> = filled.iter().map(|f| f.1).collect();
    let ranks = frame.series.iter().all(|s| s.stamps.first() == Some(&Stamp::Integer(1)));
    let ends = ends.filter(|_| !ranks).unwrap_or_default();
    forecast_pool(&pool, &PoolOptions { horizon, season, ends, groups: Vec::new() }, progress)
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

fn write(
    frame: &SeriesFrame,
    forecasts: &[Forecast],
    request: &SeriesRequest<'_>,
) -> Result<(), Refus> {
    let refuse = |e: &dyn std::fmt::Display| {
        Refus::new(
            format!("{} : écriture impossible", request.output.display()),
            "vérifier le dossier, la place libre et les droits",
        )
        .with_extrait(e.to_string())
    };
    let folder = match request.output.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| refuse(&e))?;
    let bytes = csv_bytes(frame, forecasts).map_err(|e| refuse(&e))?;
    file.write_all(&bytes).and_then(|()| file.flush()).map_err(|e| refuse(&e))?;
    file.persist(request.output).map_err(|e| refuse(&e))?;
    Ok(())
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
    use super::*;
    use crate::domain::progress::Silent;

    fn forecast_of(text: &str, horizon: usize, season: usize) -> Result<String, Refus> {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (input, output) = (folder.path().join("s.csv"), folder.path().join("p.csv"));
        std::fs::write(&input, text).expect("written");
        let request = SeriesRequest { input: &input, horizon, season, output: &output };
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
    fn a_horizon_out_of_bounds_is_refused() {
        assert!(forecast_of("unique_id,ds,y\na,1,1\n", 0, 1).is_err());
    }
}
