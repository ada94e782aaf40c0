//! Exponential smoothing in state-space form (Hyndman and others, 2008), seasonal or not, by hand:
//! one pass over the series an evaluation, nothing allocated inside the search.
//!
//! Rather than one winner, the candidates are averaged with Akaike weights (Kolassa, 2011), which
//! is steadier on short series. Updates do not depend on the kind of error, only the likelihood does.
//!
//! **Invariant:** smoothing constants stay in the usual region (0 < beta < alpha < 1, gamma < 1 -
//! alpha, 0.8 < phi < 0.98).

use crate::stats::optimize::{MAX_DIM, Point, Search, minimise};
use crate::stats::timeseries::{is_seasonal, mean, seasonal_indices, soft_fall};

/// Points of the end whose errors are also told apart: a season, never fewer than these.
const LATE: usize = 4;

/// Kind of trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Level only.
    None,
    /// Straight line.
    Linear,
    /// Line that flattens.
    Damped,
}

/// Kind of season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seasonal {
    /// No season.
    None,
    /// Indices that add.
    Additive,
    /// Indices that multiply.
    Multiplicative,
}

/// One member of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// True when the error is a share of the forecast.
    pub relative_error: bool,
    /// Kind of trend.
    pub trend: Trend,
    /// Kind of season.
    pub seasonal: Seasonal,
}

/// A fitted member: its constants and its states after the last point.
#[derive(Debug, Clone)]
pub struct FittedEts {
    /// The member.
    pub spec: Spec,
    /// Corrected Akaike criterion.
    pub aicc: f64,
    /// Root mean square of the one-step errors, in the unit of the series.
    pub sigma: f64,
    /// The same over the last points.
    pub late: f64,
    positive: bool,
    state: State,
}

#[derive(Debug, Clone)]
struct State {
    level: f64,
    slope: f64,
    phi: f64,
    season: Vec<f64>,
    len: usize,
}

/// Starting states, before the search moves them.
#[derive(Debug, Clone)]
pub struct Start {
    level: f64,
    slope: f64,
    unit: f64,
    season: Vec<f64>,
}

struct Constants {
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
    level: f64,
    slope: f64,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn between(low: f64, high: f64, x: f64) -> f64 {
    low + (high - low) * logistic(x)
}

impl Spec {
    fn dim(self) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Linear => 2,
            Trend::Damped => 3,
        };
        2 + trend + usize::from(self.seasonal != Seasonal::None)
    }

    /// Number of estimated quantities, variance and starting season included.
    fn parameters(self, m: usize) -> usize {
        1 + self.dim() + if self.seasonal == Seasonal::None { 0 } else { m - 1 }
    }

    fn start_point(self) -> Point {
        let mut p = [0.0; MAX_DIM];
        p[0] = -0.4;
        let mut k = 2;
        if self.trend != Trend::None {
            p[k] = -2.0;
            k += 2;
        }
        if self.trend == Trend::Damped {
            p[k] = 1.5;
            k += 1;
        }
        if self.seasonal != Seasonal::None {
            p[k] = -2.5;
        }
        p
    }

    fn constants(self, p: &Point, start: &Start) -> Constants {
        let alpha = between(1e-4, 0.9999, p[0]);
        let level = start.level + p[1] * start.unit;
        let mut c = Constants { alpha, beta: 0.0, gamma: 0.0, phi: 1.0, level, slope: 0.0 };
        let mut k = 2;
        if self.trend != Trend::None {
            c.beta = alpha * between(1e-4, 0.9999, p[k]);
            c.slope = start.slope + p[k + 1] * start.unit * 0.3;
            k += 2;
        }
        if self.trend == Trend::Damped {
            c.phi = between(0.8, 0.98, p[k]);
            k += 1;
        }
        if self.seasonal != Seasonal::None {
            c.gamma = (1.0 - alpha) * between(1e-4, 0.9999, p[k]);
        }
        c
    }
}

/// Runs the filter; gives the sum of squared errors, the sum of squared relative errors and the sum
/// of logarithms of the forecasts' sizes, and leaves the last states in `season`, `level`, `slope`.
#[inline]
fn filter<const S: u8>(
    y: &[f64],
    c: &Constants,
    season: &mut [f64],
    last: &mut (f64, f64),
) -> (f64, f64, f64) {
    let (mut level, mut slope) = (c.level, c.slope);
    let (mut sse, mut rel) = (0.0, 0.0);
    let (mut product, mut logs) = (1.0_f64, 0.0);
    let m = season.len();
    let mut k = 0;
    for &v in y {
        let drift = c.phi * slope;
        let base = level + drift;
        let mu = match S {
            0 => base,
            1 => base + season[k],
            _ => base * season[k],
        };
        let e = v - mu;
        sse += e * e;
        let size = mu.abs().max(1e-9);
        rel += (e / size) * (e / size);
        product *= size;
        if !(1e-100..1e100).contains(&product) {
            logs += product.ln();
            product = 1.0;
        }
        match S {
            0 => {
                level = base + c.alpha * e;
                slope = drift + c.beta * e;
            }
            1 => {
                level = base + c.alpha * e;
                slope = drift + c.beta * e;
                season[k] += c.gamma * e;
            }
            _ => {
                let s = if season[k].abs() < 1e-3 { 1e-3 } else { season[k] };
                let b = if base.abs() < 1e-6 { 1e-6 } else { base };
                level = base + c.alpha * e / s;
                slope = drift + c.beta * e / s;
                season[k] += c.gamma * e / b;
            }
        }
        if S > 0 {
            k += 1;
            if k == m {
                k = 0;
            }
        }
    }
    *last = (level, slope);
    (sse, rel, logs + product.ln())
}

fn run(
    spec: Spec,
    y: &[f64],
    c: &Constants,
    season: &mut [f64],
    last: &mut (f64, f64),
) -> (f64, f64, f64) {
    match spec.seasonal {
        Seasonal::None => filter::<0>(y, c, season, last),
        Seasonal::Additive => filter::<1>(y, c, season, last),
        Seasonal::Multiplicative => filter::<2>(y, c, season, last),
    }
}

/// Starting states of one kind of season; `None` when the series cannot bear that season.
pub fn start(y: &[f64], m: usize, seasonal: Seasonal) -> Option<Start> {
    let (flat, season) = match seasonal {
        Seasonal::None => (y.to_vec(), vec![0.0]),
        kind => {
            let head = &y[..y.len().min((5 * m).max(2 * m))];
            let multiplicative = kind == Seasonal::Multiplicative;
            let s = seasonal_indices(head, m, multiplicative)?;
            if s.multiplicative != multiplicative {
                return None;
            }
            (s.remove(y), s.index)
        }
    };
    let head = &flat[..flat.len().min((2 * m).max(8))];
    let n = head.len() as f64;
    let centre = (n - 1.0) / 2.0;
    let average = mean(head);
    let sxx: f64 = (0..head.len()).map(|t| (t as f64 - centre).powi(2)).sum();
    let sxy: f64 = head.iter().enumerate().map(|(t, v)| (t as f64 - centre) * (v - average)).sum();
    let slope = if sxx > 0.0 { sxy / sxx } else { 0.0 };
    let spread = crate::stats::timeseries::mean_abs_diff(&flat, 1);
    let unit = if spread > 0.0 { spread } else { 1e-3 * average.abs().max(1e-6) };
    Some(Start { level: average - slope * (centre + 1.0), slope, unit, season })
}

/// Fits one member from the starting states given.
pub fn fit_one(y: &[f64], spec: Spec, start: &Start) -> Option<FittedEts> {
    let m = if spec.seasonal == Seasonal::None { 1 } else { start.season.len() };
    let parameters = spec.parameters(m);
    let n = y.len();
    if n < parameters + 2 && spec.trend != Trend::None || n < 3 || n <= spec.dim() {
        return None;
    }
    let mut begin = start.clone();
    if spec.trend == Trend::None {
        begin.level = mean(&y[..n.min((2 * m).max(4))]);
        if spec.seasonal == Seasonal::None {
            begin.level = 0.5 * begin.level + 0.5 * y[0];
        }
    }
    let mut season = begin.season.clone();
    let mut last = (0.0, 0.0);
    let nf = n as f64;
    let search = Search { step: 0.9, evaluations: 45 * spec.dim(), tolerance: 1e-6 };
    let (point, deviance) = minimise(spec.start_point(), spec.dim(), search, |p| {
        season.copy_from_slice(&begin.season);
        let c = spec.constants(p, &begin);
        let (sse, rel, logs) = run(spec, y, &c, &mut season, &mut last);
        if spec.relative_error {
            nf * (rel + 1e-12).ln() + 2.0 * logs
        } else {
            nf * (sse + 1e-12).ln()
        }
    });
    let c = spec.constants(&point, &begin);
    season.copy_from_slice(&begin.season);
    let (sse, ..) = run(spec, y, &c, &mut season, &mut last);
    if !deviance.is_finite() || !last.0.is_finite() || !last.1.is_finite() {
        return None;
    }
    let tail = LATE.max(m).min(n);
    let (early, ..) = run(spec, &y[..n - tail], &c, &mut begin.season.clone(), &mut (0.0, 0.0));
    let k = parameters as f64;
    let correction =
        if nf - k - 1.0 > 0.5 { 2.0 * k * (k + 1.0) / (nf - k - 1.0) } else { 4.0 * k * k };
    Some(FittedEts {
        spec,
        aicc: deviance + 2.0 * k + correction,
        positive: y.iter().all(|&v| v > 0.0),
        sigma: (sse / (nf - 1.0).max(1.0)).sqrt(),
        late: ((sse - early).max(0.0) / tail as f64).sqrt(),
        state: State { level: last.0, slope: last.1, phi: c.phi, season, len: n },
    })
}

impl FittedEts {
    /// Forecast of `horizon` steps after the last point.
    pub fn predict(&self, horizon: usize) -> Vec<f64> {
        let s = &self.state;
        let m = s.season.len();
        let (mut damp, mut sum) = (1.0, 0.0);
        (0..horizon)
            .map(|h| {
                damp *= s.phi;
                sum += if self.spec.trend == Trend::None { 0.0 } else { damp };
                let base = s.level + sum * s.slope;
                let base = if self.positive { soft_fall(s.level, base) } else { base };
                match self.spec.seasonal {
                    Seasonal::None => base,
                    Seasonal::Additive => base + s.season[(s.len + h) % m],
                    Seasonal::Multiplicative => base * s.season[(s.len + h) % m],
                }
            })
            .collect()
    }
}

/// The members worth trying on a series with season `m`, positive or not.
pub fn candidates(m: usize, positive: bool, seasonal: bool) -> Vec<Spec> {
    let mut out = Vec::new();
    for trend in [Trend::None, Trend::Linear, Trend::Damped] {
        if m > 1 && seasonal {
            out.push(Spec { relative_error: false, trend, seasonal: Seasonal::Additive });
            if positive {
                out.push(Spec { relative_error: true, trend, seasonal: Seasonal::Multiplicative });
            }
        } else {
            out.push(Spec { relative_error: false, trend, seasonal: Seasonal::None });
            if positive {
                out.push(Spec { relative_error: true, trend, seasonal: Seasonal::None });
            }
        }
    }
    out
}

/// All the candidates fitted on one series.
#[derive(Debug, Clone, Default)]
pub struct Family {
    /// The fitted members.
    pub fits: Vec<FittedEts>,
}

impl Family {
    /// Fits the candidates.
    pub fn fit(y: &[f64], m: usize, seasonal: bool) -> Self {
        let positive = y.iter().all(|&v| v > 0.0);
        let mut starts: [Option<Option<Start>>; 3] = [None, None, None];
        let mut fits = Vec::new();
        for spec in candidates(m, positive, seasonal) {
            let slot = &mut starts[spec.seasonal as usize];
            let Some(begin) = slot.get_or_insert_with(|| start(y, m, spec.seasonal)) else {
                continue;
            };
            fits.extend(fit_one(y, spec, begin));
        }
        Self { fits }
    }

    /// Mean of the members that `keep` accepts, by Akaike weights; `None` without any.
    pub fn average(&self, horizon: usize, keep: impl Fn(Spec) -> bool) -> Option<Vec<f64>> {
        let kept: Vec<_> = self.fits.iter().filter(|f| keep(f.spec)).collect();
        let best = kept.iter().map(|f| f.aicc).min_by(f64::total_cmp)?;
        let mut out = vec![0.0; horizon];
        let mut total = 0.0;
        for f in kept {
            let w = (-0.5 * (f.aicc - best)).exp();
            if w < 1e-4 {
                continue;
            }
            total += w;
            for (o, v) in out.iter_mut().zip(f.predict(horizon)) {
                *o += w * v;
            }
        }
        for o in &mut out {
            *o /= total;
        }
        Some(out)
    }

    /// One-step error of the best member; 0 without any.
    pub fn sigma(&self) -> f64 {
        self.best().map_or(0.0, |f| f.sigma)
    }

    /// One-step error of the best member over the last points; 0 without any.
    pub fn late(&self) -> f64 {
        self.best().map_or(0.0, |f| f.late)
    }

    fn best(&self) -> Option<&FittedEts> {
        self.fits.iter().min_by(|a, b| a.aicc.total_cmp(&b.aicc))
    }
}

/// Forecast of the whole family by Akaike weights.
pub fn average(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    if y.is_empty() {
        return vec![0.0; horizon];
    }
    Family::fit(y, season, season > 1 && is_seasonal(y, season))
        .average(horizon, |_| true)
        .unwrap_or_else(|| crate::forecast::models::naive::last(y, season, horizon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_smoothing_follows_its_recurrence() {
        // Level 10, alpha .5: 10 -> 11 (12 seen) -> 9.5 (8 seen); errors 2 and -3.
        let c = Constants { alpha: 0.5, beta: 0.0, gamma: 0.0, phi: 1.0, level: 10.0, slope: 0.0 };
        let mut last = (0.0, 0.0);
        let (sse, ..) = filter::<0>(&[12.0, 8.0], &c, &mut [0.0], &mut last);
        assert!((sse - 13.0).abs() < 1e-12 && (last.0 - 9.5).abs() < 1e-12);
    }

    #[test]
    fn holt_follows_its_recurrence() {
        // Level 10, slope 2: forecast 12, error 1: level 12.5, slope 2.1; forecast 14.6, error -.6.
        let c = Constants { alpha: 0.5, beta: 0.1, gamma: 0.0, phi: 1.0, level: 10.0, slope: 2.0 };
        let mut last = (0.0, 0.0);
        let (sse, ..) = filter::<0>(&[13.0, 14.0], &c, &mut [0.0], &mut last);
        assert!((sse - 1.36).abs() < 1e-12, "{sse}");
        assert!((last.0 - 14.3).abs() < 1e-12 && (last.1 - 2.04).abs() < 1e-12, "{last:?}");
    }

    #[test]
    fn a_growing_season_is_carried_on() {
        let y: Vec<f64> = (0..40)
            .map(|t| (100.0 + 2.0 * f64::from(t)) * [0.8, 1.0, 1.3, 0.9][t as usize % 4])
            .collect();
        let f = average(&y, 4, 4);
        for (h, v) in f.iter().enumerate() {
            let truth = (180.0 + 2.0 * h as f64) * [0.8, 1.0, 1.3, 0.9][h];
            assert!((v / truth - 1.0).abs() < 0.03, "{h}: {v} {truth}");
        }
    }

    #[test]
    fn seasonal_members_are_those_of_the_reference() {
        // statsforecast 2.1.1, AutoETS(season_length=12, model='AAA' and 'ANA'), 12 steps.
        let text = include_str!("../../../tests/cases/forecast/reference.json");
        let file: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let series = file["series"]["passagers"].as_array().expect("list");
        let y: Vec<f64> = series.iter().map(|v| v.as_f64().expect("number")).collect();
        let aaa = [197., 202., 222., 213., 211., 231., 248., 251., 233., 212., 194., 215.];
        let ana = [194., 203., 217., 210., 197., 218., 232., 233., 213., 192., 174., 192.];
        let family = Family::fit(&y, 12, true);
        for (trend, expected) in [(Trend::Linear, aaa), (Trend::None, ana)] {
            let spec = Spec { relative_error: false, trend, seasonal: Seasonal::Additive };
            let got = family.average(12, |s| s == spec).expect("fitted");
            for (a, b) in got.iter().zip(expected) {
                assert!((a / b - 1.0).abs() < 0.04, "{spec:?}: {got:?}");
            }
        }
    }

    #[test]
    fn short_series_do_not_fail() {
        for n in 0..8 {
            let y: Vec<f64> = (0..n).map(|t| f64::from(t) + 1.0).collect();
            assert!(average(&y, 4, 3).iter().all(|v| v.is_finite()));
        }
    }
}
