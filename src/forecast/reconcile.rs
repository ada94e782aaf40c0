//! Natures, chapitres, totals that add up (Wickramasuriya and others, 2019: `MinT` with shrinkage).
//!
//! Bottom-up is the start: sums of the bottom forecasts. Where the direct forecasts of the sums would
//! have helped at past origins, the bottom ones move, each by its share of the uncertainty, towards
//! agreement with them. Covariances of the bottom errors are shrunk to one mean correlation, and the part
//! given to the direct forecasts to none: a few past origins bear no more.
//!
//! **Invariant:** the bottom forecasts returned add up to every node by construction.

use crate::domain::progress::Progress;
use crate::forecast::engine::{PoolOptions, ordered, placed};
use crate::forecast::joint::{Part, total};
use crate::forecast::{Forecast, Outcome};
use crate::stats::linear::solve;

/// Half-width of an 80 % interval of the normal law, in standard deviations.
const HALF_80: f64 = 1.2816;

/// A node above the bottom: which bottom series add up to it, and its own forecast.
#[derive(Debug, Clone)]
pub struct Node {
    /// Ranks of the bottom series.
    pub members: Vec<usize>,
    /// Forecast of the sum made directly.
    pub point: f64,
    /// Standard deviation of that forecast's error.
    pub sigma: f64,
}

/// Reconciled bottom forecasts of one step.
///
/// `points` and `sigmas` are the bottom forecasts and the standard deviations of their errors, whose
/// mean correlation is `correlation`. The order of the nodes changes nothing. A node without usable
/// numbers is left aside.
pub fn reconcile(points: &[f64], sigmas: &[f64], correlation: f64, nodes: &[Node]) -> Vec<f64> {
    let n = points.len().min(sigmas.len());
    let r = correlation.clamp(0.0, 0.95);
    let mut x = points[..n].to_vec();
    let sound = |node: &&Node| node.point.is_finite() && node.sigma.is_finite();
    let nodes: Vec<(&Node, Vec<usize>)> = nodes
        .iter()
        .filter(sound)
        .map(|node| (node, node.members.iter().copied().filter(|&i| i < n).collect()))
        .collect();
    let k = nodes.len();
    // Covariance of bottom `i` with the sum of a node: `r` with all, the rest with itself.
    let widths: Vec<f64> = nodes.iter().map(|(_, m)| m.iter().map(|&i| sigmas[i]).sum()).collect();
    let mut of = vec![Vec::new(); n];
    for (a, (_, members)) in nodes.iter().enumerate() {
        for &i in members {
            of[i].push(a);
        }
    }
    let mut between = vec![0.0; k * k];
    for (sigma, inside) in sigmas.iter().zip(&of) {
        for &a in inside {
            for &b in inside {
                between[a * k + b] += (1.0 - r) * sigma * sigma;
            }
        }
    }
    let mut gaps = Vec::with_capacity(k);
    for (a, (node, members)) in nodes.iter().enumerate() {
        for b in 0..k {
            between[a * k + b] += r * widths[a] * widths[b];
        }
        between[a * k + a] += node.sigma * node.sigma;
        gaps.push(node.point - members.iter().map(|&i| x[i]).sum::<f64>());
    }
    solve(&mut between, &mut gaps, k);
    let shared: f64 = widths.iter().zip(&gaps).map(|(w, g)| w * g).sum();
    for ((x, sigma), inside) in x.iter_mut().zip(sigmas).zip(&of) {
        let own: f64 = inside.iter().map(|&a| gaps[a]).sum();
        *x += sigma * (r * shared + (1.0 - r) * sigma * own);
    }
    x
}

/// A pool and its sums, forecast together.
#[derive(Debug, Clone)]
pub struct Coherent {
    /// Forecasts of the series, in order, that add up to those of the sums.
    pub series: Vec<Forecast>,
    /// Forecasts of the sums, in order.
    pub sums: Vec<Forecast>,
    /// Part of the gap to the direct forecasts of the sums that was closed; 0 = plain addition.
    pub part: f64,
}

/// Values that a series must have shown at an origin for that origin to judge.
const ENOUGH: usize = 6;
/// Part under which the lines are simply added.
const NEGLIGIBLE: f64 = 0.05;

/// Forecasts a pool and its sums: `sums` holds the values of each sum, `nodes` the ranks of its members.
/// All the series end at the same period.
pub fn forecast_with_sums(
    pool: &[&[f64]],
    sums: &[&[f64]],
    nodes: &[Vec<usize>],
    options: &PoolOptions,
    progress: &dyn Progress,
) -> Coherent {
    let bottom = Ranked::new(pool, options, progress);
    let mut series = placed(&bottom.order, &bottom.outcome);
    let above = PoolOptions { ends: Vec::new(), groups: Vec::new(), ..options.clone() };
    let above = Ranked::new(sums, &above, progress);
    let part = part(&bottom, &above, nodes);
    if part > NEGLIGIBLE {
        let direct = placed(&above.order, &above.outcome);
        let all: Vec<usize> = (0..pool.len()).collect();
        let correlation = bottom.outcome.correlation(&all);
        for h in 0..options.horizon {
            move_step(&mut series, &direct, nodes, (correlation, part), h);
        }
    }
    let sums = nodes.iter().map(|members| bottom.sum_of(&series, members, part)).collect();
    Coherent { series, sums, part }
}

/// A pool run in the order of its content, and the rank there of each series as given.
struct Ranked {
    order: Vec<usize>,
    rank: Vec<usize>,
    outcome: Outcome,
}

impl Ranked {
    fn new(pool: &[&[f64]], options: &PoolOptions, progress: &dyn Progress) -> Self {
        let (order, outcome) = ordered(pool, options, progress);
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(k, &i)| rank[i] = k);
        Self { order, rank, outcome }
    }

    /// Sum of the past forecasts of some series and of what came.
    fn past(&self, members: &[usize], stage: usize, step: usize) -> Option<(f64, f64)> {
        members.iter().try_fold((0.0, 0.0), |(f, y), &i| {
            let (forecast, actual) = self.outcome.past(stage, self.rank[i], step)?;
            let seen = self.outcome.origins[stage][self.rank[i]].as_ref()?.seen;
            (seen >= ENOUGH).then_some((f + forecast, y + actual))
        })
    }

    /// The sum of the series as they stand, with an interval from their joint errors.
    fn sum_of(&self, series: &[Forecast], members: &[usize], part: f64) -> Forecast {
        let ranks: Vec<usize> = members.iter().map(|&i| self.rank[i]).collect();
        let parts: Vec<Part<'_>> =
            members.iter().map(|&i| Part { forecast: &series[i], sign: 1.0 }).collect();
        let mut out = total(&parts, self.outcome.correlation(&ranks));
        out.reason.pop();
        let how = if part > NEGLIGIBLE {
            let share = format!("{:.0}", 100.0 * part);
            format!(" ; lignes rapprochées à {share}\u{a0}% de la prévision directe des sommes.")
        } else {
            " ; simple addition : prévoir les sommes à part n’aurait pas fait mieux.".to_owned()
        };
        out.reason.push_str(&how);
        out
    }
}

/// Part of the gap between sums and their direct forecasts that was best closed at past origins, less
/// its doubt (two standard deviations, after James and Stein: origins closer than the horizon
/// judge the same values, which widens it): nothing when origins do not agree.
fn part(bottom: &Ranked, above: &Ranked, nodes: &[Vec<usize>]) -> f64 {
    let frame = &bottom.outcome.frame;
    let judged: Vec<(f64, f64)> = frame
        .stages
        .iter()
        .enumerate()
        .map(|(stage, &offset)| {
            let (mut gain, mut gap) = (0.0, 0.0);
            for step in 0..frame.horizon.min(offset) {
                for (node, members) in nodes.iter().enumerate() {
                    let (Some((added, actual)), Some((direct, _))) =
                        (bottom.past(members, stage, step), above.past(&[node], stage, step))
                    else {
                        continue;
                    };
                    let size = actual.abs().max(added.abs()).max(f64::MIN_POSITIVE);
                    let (miss, apart) = ((actual - added) / size, (direct - added) / size);
                    gain += miss * apart;
                    gap += apart * apart;
                }
            }
            (gain, gap)
        })
        .filter(|(_, gap)| *gap > 0.0)
        .collect();
    learned_part(&judged, frame.horizon as f64)
}

/// Part of the gap to close that past dates bear: `judged` holds, for each date, the sum of (what was missed
/// x what the direct forecast added) and the sum of the squares of the latter, both relative to the size of
/// the sums; `overlap` is the number of dates that judge the same values.
pub fn learned_part(judged: &[(f64, f64)], overlap: f64) -> f64 {
    let (gain, gap) = judged.iter().fold((0.0, 0.0), |(g, a), j| (g + j.0, a + j.1));
    let best = gain / gap;
    if judged.len() < 3 || !best.is_finite() || best <= 0.0 {
        return 0.0;
    }
    let spread: f64 = judged.iter().map(|(g, a)| (g - best * a).powi(2)).sum::<f64>();
    let doubt = 4.0 * overlap * spread / (gap * gap);
    (best * (1.0 - doubt / (best * best)).max(0.0)).min(1.0)
}

fn sigma(f: &Forecast, h: usize) -> f64 {
    (f.interval_80[h].1 - f.interval_80[h].0) / (2.0 * HALF_80)
}

/// Reconciles one step (`with`: correlation, part): points move, intervals with them. An amount that is
/// never negative stays so.
fn move_step(
    series: &mut [Forecast],
    direct: &[Forecast],
    nodes: &[Vec<usize>],
    with: (f64, f64),
    h: usize,
) {
    let (correlation, part) = with;
    let points: Vec<f64> = series.iter().map(|f| f.point[h]).collect();
    let sigmas: Vec<f64> = series.iter().map(|f| sigma(f, h)).collect();
    let of_sum = |members: &[usize]| {
        let (sum, squares) =
            members.iter().fold((0.0, 0.0), |(s, q), &i| (s + sigmas[i], q + sigmas[i].powi(2)));
        (correlation * sum * sum + (1.0 - correlation) * squares).sqrt()
    };
    let nodes: Vec<Node> = nodes
        .iter()
        .zip(direct)
        .map(|(members, f)| Node {
            members: members.clone(),
            point: f.point[h],
            sigma: of_sum(members) * ((1.0 - part) / part).sqrt(),
        })
        .collect();
    for (f, x) in series.iter_mut().zip(reconcile(&points, &sigmas, correlation, &nodes)) {
        let floor = if f.interval_95[h].0 >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
        if !x.is_finite() {
            continue;
        }
        let by = x - f.point[h];
        let moved = |v: f64| (v + by).max(floor);
        f.point[h] = moved(f.point[h]);
        for bounds in [&mut f.interval_80[h], &mut f.interval_95[h]] {
            *bounds = (moved(bounds.0), moved(bounds.1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::progress::Silent;
    use crate::forecast::forecast_pool;

    #[test]
    fn a_sure_total_is_met_and_the_doubtful_line_moves_most() {
        let node = Node { members: vec![0, 1], point: 36.0, sigma: 0.0 };
        let x = reconcile(&[10.0, 20.0], &[1.0, 2.0], 0.0, &[node]);
        // Gap 6 shared as variances 1 and 4.
        assert!((x[0] - 11.2).abs() < 1e-9 && (x[1] - 24.8).abs() < 1e-9, "{x:?}");
    }

    #[test]
    fn two_levels_by_hand() {
        // Unit variances, no correlation; group of the first two at 24 ± 1, all three at 36 ± 1.
        // Gaps 4 and 6: (2 + 1) a + 2 b = 4 and 2 a + (3 + 1) b = 6.
        let nodes = [
            Node { members: vec![0, 1], point: 24.0, sigma: 1.0 },
            Node { members: vec![0, 1, 2], point: 36.0, sigma: 1.0 },
        ];
        let x = reconcile(&[10.0; 3], &[1.0; 3], 0.0, &nodes);
        // a = 0.5, b = 1.25.
        assert!((x[0] - 11.75).abs() < 1e-9 && (x[2] - 11.25).abs() < 1e-9, "{x:?}");
    }

    #[test]
    fn an_unsure_total_moves_nothing_much_and_order_is_free() {
        let weak = Node { members: vec![0, 1], point: 90.0, sigma: 1e6 };
        let x = reconcile(&[10.0, 20.0], &[1.0, 2.0], 0.3, std::slice::from_ref(&weak));
        assert!((x[0] - 10.0).abs() < 1e-6);
        let a = Node { members: vec![0, 1], point: 33.0, sigma: 1.0 };
        let b = Node { members: vec![0, 1, 2], point: 40.0, sigma: 2.0 };
        let s = ([10.0, 20.0, 5.0], [1.0, 2.0, 3.0]);
        let one = reconcile(&s.0, &s.1, 0.2, &[a.clone(), b.clone()]);
        let two = reconcile(&s.0, &s.1, 0.2, &[b, a]);
        assert!(one.iter().zip(&two).all(|(p, q)| (p - q).abs() < 1e-9));
    }

    #[test]
    fn series_add_up_to_their_sums_at_every_level() {
        let lines: Vec<Vec<f64>> = (1..9)
            .map(|k| (0..12).map(|t| f64::from(100 * k + 7 * t + (t * k * 5) % 9)).collect())
            .collect();
        let pool: Vec<&[f64]> = lines.iter().map(Vec::as_slice).collect();
        let nodes = [vec![0, 2, 4, 6], vec![1, 3, 5, 7], (0..8).collect::<Vec<_>>()];
        let sums: Vec<Vec<f64>> = nodes
            .iter()
            .map(|m| (0..12).map(|t| m.iter().map(|&i| lines[i][t]).sum()).collect())
            .collect();
        let sums: Vec<&[f64]> = sums.iter().map(Vec::as_slice).collect();
        let options = PoolOptions { horizon: 3, season: 1, ..PoolOptions::default() };
        let c = forecast_with_sums(&pool, &sums, &nodes, &options, &Silent);
        for h in 0..3 {
            for (members, sum) in nodes.iter().zip(&c.sums) {
                let added: f64 = members.iter().map(|&i| c.series[i].point[h]).sum();
                assert!((sum.point[h] - added).abs() < 1e-6 * added);
                let widths: f64 = members
                    .iter()
                    .map(|&i| c.series[i].interval_80[h].1 - c.series[i].interval_80[h].0)
                    .sum();
                let width = sum.interval_80[h].1 - sum.interval_80[h].0;
                assert!(width > 0.0 && width < widths, "joint errors, not a sum of bounds");
            }
            let parts = c.sums[0].point[h] + c.sums[1].point[h];
            assert!((c.sums[2].point[h] - parts).abs() < 1e-6 * parts);
        }
    }

    #[test]
    fn direct_forecasts_of_sums_are_followed_where_they_do_better() {
        // Lines that trade places from year to year: their sum is a straight line.
        let swing = |k: i32, t: i32| f64::from((k * 31 + t * (17 + k)) % 23) * 9.0;
        let pairs: Vec<[Vec<f64>; 2]> = (0..6)
            .map(|k| {
                let one: Vec<f64> = (0..14).map(|t| 200.0 + swing(k, t)).collect();
                let two = (0..14).map(|t| 800.0 + f64::from(30 * t) - one[t as usize]).collect();
                [one, two]
            })
            .collect();
        let pool: Vec<&[f64]> = pairs.iter().flatten().map(Vec::as_slice).collect();
        let nodes: Vec<Vec<usize>> = (0..6).map(|k| vec![2 * k, 2 * k + 1]).collect();
        let line: Vec<f64> = (0..14).map(|t| 800.0 + f64::from(30 * t)).collect();
        let sums: Vec<&[f64]> = vec![&line; 6];
        let options = PoolOptions { horizon: 2, season: 1, ..PoolOptions::default() };
        let c = forecast_with_sums(&pool, &sums, &nodes, &options, &Silent);
        let plain = forecast_pool(&pool, &options, &Silent);
        assert!(c.part > 0.2, "{}", c.part);
        let miss = |a: f64| (a - 1_220.0).abs();
        let added: f64 =
            (0..6).map(|k| miss(plain[2 * k].point[0] + plain[2 * k + 1].point[0])).sum();
        let moved: f64 = c.sums.iter().map(|f| miss(f.point[0])).sum();
        assert!(moved < added, "{moved} {added}");
        assert!(c.sums[0].reason.contains("rapprochées"), "{}", c.sums[0].reason);
    }

    #[test]
    fn wild_sums_leave_finite_forecasts() {
        let pool: [&[f64]; 3] = [&[1e12, 0.0, -5.0, 7.0], &[], &[f64::NAN, 3.0]];
        let sums: [&[f64]; 1] = [&[1e12, f64::NAN, -5.0]];
        let options = PoolOptions { horizon: 2, season: 1, ..PoolOptions::default() };
        let c = forecast_with_sums(&pool, &sums, &[vec![0, 1, 2]], &options, &Silent);
        let finite = |f: &Forecast| f.point.iter().all(|v| v.is_finite());
        assert!(c.series.iter().chain(&c.sums).all(finite));
    }
}
