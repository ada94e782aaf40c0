//! Intervals from what the combination missed at past origins (normalised split conformal).
//!
//! A regression over the pool tells how large an error to expect from a series' own noise, the spread
//! of the members and the distance; the quantiles of the errors divided by that size, pooled over
//! series of the pool, give the bounds. Few errors: the quantiles of a Student law fill in. Shocks
//! common to an origin are drawn apart, so that few origins do not pass for many.
//!
//! **Invariant:** bounds are finite, contain the point, and the 95 % ones contain the 80 % ones.

use crate::stats::linear::Moments;

/// Variables of the size regression.
pub const SIZES: usize = 8;

/// One past error of the combination.
#[derive(Debug, Clone)]
pub struct Miss {
    /// What came minus what was forecast, over the level of the series at the origin.
    pub error: f64,
    /// Variables of its expected size, see [`size_variables`].
    pub x: [f64; SIZES],
    /// Step, from 0.
    pub step: usize,
    /// Rank of the origin.
    pub stage: usize,
    /// Weight; those of a series add up to about one.
    pub weight: f64,
}

/// What the expected size of an error depends on.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// One-step error of the smoothing, in sample.
    pub sigma: f64,
    /// Mean absolute difference at the season's lag.
    pub rough: f64,
    /// The same over the last points.
    pub recent: f64,
    /// One-step error of the smoothing over the last points.
    pub late: f64,
}

fn ln(v: f64) -> f64 {
    v.max(1e-6).ln()
}

/// Variables of the size regression for a step.
pub fn size_variables(noise: Noise, spread: f64, point: f64, step: usize) -> [f64; SIZES] {
    let base = ln(noise.sigma).max(ln(noise.rough) - 3.0);
    [
        1.0,
        ((step + 1) as f64).ln(),
        base,
        (ln(noise.rough) - base).clamp(-4.0, 4.0),
        (ln(noise.recent) - base).clamp(-4.0, 4.0),
        (ln(spread) - base).clamp(-4.0, 4.0),
        (ln(point.abs()) - base).clamp(-6.0, 6.0),
        (ln(noise.late) - base).clamp(-2.0, 2.0),
    ]
}

/// Learned sizes and quantiles.
#[derive(Debug, Clone)]
pub struct Calibration {
    coefficients: Vec<f64>,
    /// By step: (low, high) multiples of the size, for 80 and 95 %.
    quantiles: Vec<[(f64, f64); 2]>,
}

/// Coefficients expected before seeing the pool, for series without season, of a few seasons a year,
/// of many: those of the M3 competition's rolling origins, kept once for all. Errors grow with the
/// level as well as with past noise, which a small pool cannot tell by itself.
const PRIOR: [[f64; SIZES]; 3] = [
    [-0.30, 0.55, 1.56, 0.26, 0.19, 0.05, 0.54, 0.17],
    [-0.57, 0.42, 1.18, 0.21, 0.07, 0.11, 0.21, 0.20],
    [-0.67, 0.24, 1.26, 0.25, 0.10, 0.19, 0.31, 0.14],
];
/// Weight of that opinion: a share of the pool's series, and a least number of them.
const OPINION: (f64, f64) = (0.1, 8.0);
/// Student law with 5 degrees of freedom over its median absolute value: quantiles .90 and .975.
const STUDENT: [f64; 2] = [2.6, 4.4];
const PRIOR_ERRORS: f64 = 8.0;
/// A shared shock not lived yet, as a share of the series' own errors, and the origins it stands for.
const UNSEEN: f64 = 1.2;
const UNSEEN_ORIGINS: usize = 4;

impl Calibration {
    /// Learns from past errors of series with `season` points a season; `common` adds to each step the shocks shared by an origin.
    pub fn fit(misses: &[Miss], horizon: usize, season: usize, common: bool) -> Self {
        let coefficients = fit_sizes(misses, season);
        let ratios: Vec<f64> = misses.iter().map(|m| m.error / size(&coefficients, &m.x)).collect();
        let quantiles =
            (0..horizon).map(|h| step_quantiles(misses, &ratios, h, horizon, common)).collect();
        Self { coefficients, quantiles }
    }

    /// Expected size of an error, as a share of the level.
    pub fn size(&self, x: &[f64; SIZES]) -> f64 {
        size(&self.coefficients, x)
    }

    /// Bounds of 80 and 95 % around `point`, for a series of that level.
    pub fn bounds(&self, point: f64, level: f64, x: &[f64; SIZES], step: usize) -> [(f64, f64); 2] {
        let s = level * self.size(x);
        let [(a, b), (c, d)] = self.quantiles[step.min(self.quantiles.len() - 1)];
        let inner = (point + s * a.min(0.0), point + s * b.max(0.0));
        let outer = (point + s * c.min(0.0), point + s * d.max(0.0));
        [inner, (outer.0.min(inner.0), outer.1.max(inner.1))]
    }
}

fn size(coefficients: &[f64], x: &[f64; SIZES]) -> f64 {
    coefficients.iter().zip(x).map(|(b, x)| b * x).sum::<f64>().clamp(-20.0, 20.0).exp()
}

fn fit_sizes(misses: &[Miss], season: usize) -> Vec<f64> {
    let mut moments = Moments::new(SIZES);
    for m in misses {
        let base = m.x[2].exp();
        let target = (m.error.abs() + 0.05 * base).ln();
        moments.add(&m.x, target, m.weight);
    }
    let prior = match season {
        0 | 1 => &PRIOR[0],
        2..=6 => &PRIOR[1],
        _ => &PRIOR[2],
    };
    let strength = (OPINION.0 * moments.weight()).max(OPINION.1);
    let mut penalty = [strength; SIZES];
    penalty[0] = 0.25 * strength;
    moments.ridge(&penalty, prior)
}

fn step_quantiles(
    misses: &[Miss],
    ratios: &[f64],
    step: usize,
    horizon: usize,
    common: bool,
) -> [(f64, f64); 2] {
    let reach = horizon / 8;
    let mut sample: Vec<(f64, f64)> = Vec::new();
    let mut stages: Vec<usize> = Vec::new();
    for (m, &r) in misses.iter().zip(ratios) {
        if m.step.abs_diff(step) <= reach {
            sample.push((r, m.weight));
            stages.push(m.stage);
        }
    }
    if common {
        sample = with_common_shocks(&sample, &stages);
    }
    let total: f64 = sample.iter().map(|s| s.1).sum();
    let count = if total > 0.0 {
        total * total / sample.iter().map(|s| s.1 * s.1).sum::<f64>()
    } else {
        0.0
    };
    let mut signed = sample;
    let mut sizes: Vec<(f64, f64)> = signed.iter().map(|s| (s.0.abs(), s.1)).collect();
    signed.sort_by(|a, b| a.0.total_cmp(&b.0));
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let trust = count / (count + PRIOR_ERRORS);
    let skew = 0.5 * count / (count + 200.0) * 2.0;
    [(0.80, STUDENT[0]), (0.95, STUDENT[1])].map(|(level, law)| {
        let lift = level + (1.0 - level) * level / (count + 1.0);
        let both = trust * quantile(&sizes, lift) + (1.0 - trust) * law;
        let tail = (1.0 - lift) / 2.0;
        let low = trust * -quantile(&signed, tail) + (1.0 - trust) * law;
        let high = trust * quantile(&signed, 1.0 - tail) + (1.0 - trust) * law;
        (-(both + skew * (low - both)), both + skew * (high - both))
    })
}

/// Splits the errors of each origin into a shared part and the rest, and draws them independently.
fn with_common_shocks(sample: &[(f64, f64)], stages: &[usize]) -> Vec<(f64, f64)> {
    let last = stages.iter().copied().max().unwrap_or(0);
    let mut centres = Vec::new();
    let mut rest = Vec::new();
    for k in 0..=last {
        let mut group: Vec<(f64, f64)> =
            sample.iter().zip(stages).filter(|(_, s)| **s == k).map(|(v, _)| *v).collect();
        if group.len() < 5 {
            continue;
        }
        group.sort_by(|a, b| a.0.total_cmp(&b.0));
        let centre = quantile(&group, 0.5);
        centres.push(centre);
        rest.extend(group.iter().map(|g| (g.0 - centre, g.1)));
    }
    let n = centres.len() as f64;
    if n < 2.0 {
        return sample.to_vec();
    }
    // Student law with n - 1 degrees against the normal law at 90 %, and the mean is unknown too.
    let stretch = (1.0 + 1.0 / n).sqrt() * (1.0 + 0.8 / (n - 1.0)) * (n / (n - 1.0)).sqrt();
    let mut sizes: Vec<(f64, f64)> = rest.iter().map(|r| (r.0.abs(), r.1)).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let own = 1.4826 * quantile(&sizes, 0.5);
    centres.extend([UNSEEN * own / stretch; UNSEEN_ORIGINS]);
    let mut out = Vec::with_capacity(rest.len() * centres.len() * 2);
    for (v, w) in &rest {
        for c in &centres {
            out.push((v + stretch * c, *w));
            out.push((v - stretch * c, *w));
        }
    }
    out
}

/// Weighted quantile of a sorted sample; 0 when empty.
fn quantile(sorted: &[(f64, f64)], level: f64) -> f64 {
    let total: f64 = sorted.iter().map(|s| s.1).sum();
    let mut seen = 0.0;
    for (v, w) in sorted {
        seen += w;
        if seen >= level * total {
            return *v;
        }
    }
    sorted.last().map_or(0.0, |s| s.0)
}
