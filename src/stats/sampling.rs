//! Audit sampling: monetary units and strata, with the projected error and its bound.
//!
//! Monetary-unit sampling draws amounts, not lines: a line of 10 000 € is ten times likelier than one of
//! 1 000 €, and what exceeds the interval is always taken. The bound is Stringer's (1963; Leslie,
//! Teitlebaum and Anderson, *Dollar-unit sampling*, 1979), conservative by construction. Strata are cut by
//! the cumulative root of frequencies (Dalenius and Hodges, 1959); the estimate is the difference
//! estimator with Student's bound (Cochran, *Sampling techniques*, 1977, 5.3).
//!
//! **Invariant:** sums are integers; the same amounts, order and start give the same sample.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::gamma::gamma_ur;

/// Upper limit of a Poisson mean when `errors` were seen, at `confidence` (0.95: 3.00, 4.74, 6.30...).
pub fn poisson_factor(confidence: f64, errors: usize) -> f64 {
    let shape = errors as f64 + 1.0;
    let tail = |mean: f64| gamma_ur(shape, mean);
    let (mut low, mut high) = (1e-9, shape + 20.0 + 12.0 * shape.sqrt());
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        // The chance to see so few errors falls as the mean rises.
        if tail(middle) > 1.0 - confidence { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Size of a monetary-unit sample that would bound the error under `tolerable` (a share of the total)
/// when no error is found. At least 1.
pub fn monetary_size(confidence: f64, tolerable: f64) -> usize {
    (poisson_factor(confidence, 0) / tolerable.clamp(1e-4, 1.0)).ceil().max(1.0) as usize
}

/// A monetary-unit sample. Indices are positions in the amounts given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonetarySample {
    /// Lines of at least one interval, all taken, ascending.
    pub certain: Vec<usize>,
    /// Lines drawn by systematic selection, in the order of the draw, with the number of hits (1, or 2 when
    /// a line nearly as large as the interval is hit twice).
    pub drawn: Vec<usize>,
    /// Sampling interval, same unit as the amounts; 0 when everything is taken.
    pub interval: i64,
}

/// Draws about `size` lines with probability proportional to their amount. Amounts of zero or less are
/// never drawn. `start` in [0, 1) places the first hit.
pub fn monetary(amounts: &[i64], size: usize, start: f64) -> MonetarySample {
    let mut open: Vec<usize> = (0..amounts.len()).filter(|i| amounts[*i] > 0).collect();
    let mut certain = Vec::new();
    let mut wanted = size;
    // Taking out the largest lines shortens the interval, which may make others large in their turn.
    loop {
        let total: i128 = open.iter().map(|i| i128::from(amounts[*i])).sum();
        if wanted == 0 || total == 0 || open.len() <= wanted {
            if wanted > 0 {
                certain.append(&mut open);
            }
            certain.sort_unstable();
            return MonetarySample { certain, drawn: Vec::new(), interval: 0 };
        }
        let interval = (total / wanted as i128).max(1) as i64;
        let (large, small): (Vec<usize>, Vec<usize>) =
            open.iter().partition(|i| amounts[**i] >= interval);
        open = small;
        wanted = wanted.saturating_sub(large.len());
        if large.is_empty() {
            certain.sort_unstable();
            return MonetarySample {
                certain,
                drawn: systematic(amounts, &open, interval, start),
                interval,
            };
        }
        certain.extend(large);
    }
}

/// One hit per interval along the cumulated amounts.
fn systematic(amounts: &[i64], open: &[usize], interval: i64, start: f64) -> Vec<usize> {
    let mut next = (interval as f64 * start.clamp(0.0, 1.0 - f64::EPSILON)) as i128;
    let mut sum: i128 = 0;
    let mut drawn = Vec::new();
    for i in open {
        sum += i128::from(amounts[*i]);
        if next < sum {
            drawn.push(*i);
            // Every line here is under one interval: it is hit once at most.
            next += i128::from(interval);
        }
    }
    drawn
}

/// An estimate of the total error and its bound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Projection {
    /// Most likely total of the overstatements, same unit as the amounts.
    pub projected: f64,
    /// Upper bound of that total at the confidence asked.
    pub upper: f64,
    /// Most likely total of the understatements, a positive number.
    pub understated: f64,
}

/// Projects the errors of a monetary-unit sample. `errors` gives, for each line of `drawn` then of
/// `certain`, its book amount and its error (book less audited: positive = too much was paid).
pub fn project_monetary(
    sample: &MonetarySample,
    drawn: &[(i64, i64)],
    certain: &[(i64, i64)],
    confidence: f64,
) -> Projection {
    let taint = |(book, error): &(i64, i64)| *error as f64 / (*book as f64).max(1.0);
    let interval = sample.interval as f64;
    let mut over: Vec<f64> =
        drawn.iter().map(taint).filter(|t| *t > 0.0).map(|t| t.min(1.0)).collect();
    over.sort_by(|a, b| b.total_cmp(a));
    let under: f64 = drawn.iter().map(taint).filter(|t| *t < 0.0).sum();
    let known_over: f64 = certain.iter().map(|c| c.1.max(0) as f64).sum();
    let known_under: f64 = certain.iter().map(|c| c.1.min(0) as f64).sum();
    let mut upper = interval * poisson_factor(confidence, 0);
    for (rank, taint) in over.iter().enumerate() {
        let step = poisson_factor(confidence, rank + 1) - poisson_factor(confidence, rank);
        upper += interval * step * taint;
    }
    Projection {
        projected: interval * over.iter().sum::<f64>() + known_over,
        upper: upper + known_over,
        understated: -(interval * under + known_under),
    }
}

/// Amounts spread over orders of magnitude: classes of equal width on the logarithm.
const CLASSES: usize = 60;

/// Upper edges (inclusive) of at most `strata` strata of positive amounts, ascending; the last one is the
/// largest amount. Equal amounts are never parted.
pub fn strata_edges(amounts: &[i64], strata: usize) -> Vec<i64> {
    let mut sorted: Vec<i64> = amounts.iter().copied().filter(|a| *a > 0).collect();
    sorted.sort_unstable();
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let (low, high) = ((*first as f64).ln(), (*last as f64).ln());
    let width = ((high - low) / CLASSES as f64).max(1e-9);
    let class = |a: i64| ((((a as f64).ln() - low) / width) as usize).min(CLASSES - 1);
    let mut roots = [0.0; CLASSES];
    for run in sorted.chunk_by(|a, b| class(*a) == class(*b)) {
        let spread = (*run.last().expect("a run is not empty") - run[0]).max(1) as f64;
        roots[class(run[0])] = (run.len() as f64 * spread).sqrt();
    }
    let total: f64 = roots.iter().sum();
    let mut edges: Vec<i64> = Vec::new();
    let (mut sum, mut wanted) = (0.0, 1);
    for run in sorted.chunk_by(|a, b| class(*a) == class(*b)) {
        sum += roots[class(run[0])];
        if sum >= total * wanted as f64 / strata.max(1) as f64 && wanted < strata {
            edges.push(*run.last().expect("a run is not empty"));
            wanted = ((sum / total * strata as f64).floor() as usize + 1).max(wanted + 1);
        }
    }
    if edges.last() != Some(last) {
        edges.push(*last);
    }
    edges
}

/// Lines to draw in each stratum, in proportion to its total, at least 2 (or all of a smaller stratum).
pub fn allocate(sizes: &[usize], totals: &[i64], wanted: usize) -> Vec<usize> {
    let all: i128 = totals.iter().map(|t| i128::from(*t)).sum::<i128>().max(1);
    sizes
        .iter()
        .zip(totals)
        .map(|(size, total)| {
            let share = (i128::from(*total) * wanted as i128 + all / 2) / all;
            (share.max(2) as usize).min(*size)
        })
        .collect()
}

/// One stratum: its size and the errors found on the lines drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StratumErrors {
    /// Lines of the stratum.
    pub size: usize,
    /// Amount of its lines that were not drawn: what may be wrong unseen.
    pub unseen: i64,
    /// Error of each line drawn, zeros included.
    pub errors: Vec<i64>,
}

/// Largest error that a sample without any error leaves possible, at that confidence, when a line is wrong by
/// its amount at most: the largest sum of `unseen x p` over the strata whose chance of showing nothing,
/// the product of `(1 - p)^n`, is still `1 - confidence`. One stratum: `unseen x (1 - 0.05^(1/n))`.
fn nothing_found(strata: &[StratumErrors], confidence: f64) -> f64 {
    let open: Vec<(f64, f64)> = strata
        .iter()
        .filter(|s| s.errors.len() < s.size && s.unseen > 0)
        .map(|s| (s.unseen as f64, s.errors.len() as f64))
        .collect();
    // at the largest sum, 1 - p is in proportion to n / unseen, one at most
    let right = |scale: f64, (unseen, n): (f64, f64)| (scale * n / unseen).min(1.0);
    let (mut low, mut high) = (0.0, open.iter().map(|(unseen, n)| unseen / n).fold(0.0, f64::max));
    for _ in 0..200 {
        let scale = f64::midpoint(low, high);
        let chance: f64 = open.iter().map(|s| s.1 * right(scale, *s).ln()).sum();
        if chance < (1.0 - confidence).ln() { low = scale } else { high = scale }
    }
    open.iter().map(|s| s.0 * (1.0 - right(high, *s))).sum()
}

/// Difference estimator over the strata, and its one-sided bound, never under what a sample without any error
/// leaves possible. `None` when a stratum that was not
/// wholly examined holds fewer than two lines: its spread is unknown.
pub fn project_strata(strata: &[StratumErrors], confidence: f64) -> Option<Projection> {
    let (mut projected, mut variance, mut freedom) = (0.0, 0.0, 0.0_f64);
    let mut understated = 0.0;
    for s in strata.iter().filter(|s| s.size > 0) {
        let n = s.errors.len() as f64;
        let whole = s.errors.len() >= s.size;
        if !whole && s.errors.len() < 2 {
            return None;
        }
        let size = s.size as f64;
        let mean = s.errors.iter().map(|e| *e as f64).sum::<f64>() / n;
        projected += size * mean;
        understated += size * s.errors.iter().map(|e| -(e.min(&0)) as f64).sum::<f64>() / n;
        if !whole {
            let square: f64 = s.errors.iter().map(|e| (*e as f64 - mean).powi(2)).sum();
            variance += size * size * (1.0 - n / size) * square / (n - 1.0) / n;
            freedom += n - 1.0;
        }
    }
    let t = if variance > 0.0 {
        StudentsT::new(0.0, 1.0, freedom.max(1.0)).ok()?.inverse_cdf(confidence)
    } else {
        0.0
    };
    let upper = (projected + t * variance.sqrt()).max(nothing_found(strata, confidence));
    Some(Projection { projected, upper, understated })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Table of reliability factors in every audit manual (95 % and 90 %).
    #[test]
    fn poisson_factors_are_those_of_the_tables() {
        let table =
            [(0.95, 0, 3.00), (0.95, 1, 4.74), (0.95, 2, 6.30), (0.95, 3, 7.75), (0.90, 0, 2.30)];
        for (confidence, errors, expected) in table {
            let got = poisson_factor(confidence, errors);
            assert!((got - expected).abs() < 0.006, "{confidence} {errors}: {got}");
        }
        assert_eq!(monetary_size(0.95, 0.05), 60);
    }

    /// Worked by hand: 10 lines, 1 000 in all, size 4: the line of 400 is certain, then the interval is
    /// 600 / 3 = 200 over the nine others, and hits fall at 100, 300 and 500 of their cumulated amounts.
    #[test]
    fn monetary_units_by_hand() {
        let amounts = [400, 100, 50, 50, 100, 50, 50, 100, 50, 50];
        let sample = monetary(&amounts, 4, 0.5);
        assert_eq!(sample.certain, [0]);
        assert_eq!(sample.interval, 200);
        assert_eq!(sample.drawn, [2, 5, 8]);
    }

    /// By hand: interval 200, taints 0.5 and 0.1, known error 30 on the certain line.
    #[test]
    fn stringer_bound_by_hand() {
        let sample = MonetarySample { certain: vec![0], drawn: vec![2, 5, 8], interval: 200 };
        let p = project_monetary(&sample, &[(50, 25), (50, 0), (50, 5)], &[(400, 30)], 0.95);
        assert!((p.projected - (200.0 * 0.6 + 30.0)).abs() < 1e-9);
        let by_hand = 200.0 * (2.9957 + (4.7439 - 2.9957) * 0.5 + (6.2958 - 4.7439) * 0.1) + 30.0;
        assert!((p.upper - by_hand).abs() < 0.05, "{}", p.upper);
        assert!(p.understated.abs() < 1e-9);
    }

    #[test]
    fn strata_by_hand() {
        // A whole stratum counts as it is; the other one: mean 2, s^2 = 4, N = 10, n = 4.
        let strata = [
            StratumErrors { size: 2, unseen: 0, errors: vec![10, 0] },
            StratumErrors { size: 10, unseen: 60, errors: vec![0, 4, 2, 2] },
        ];
        let p = project_strata(&strata, 0.95).expect("enough lines");
        assert!((p.projected - 30.0).abs() < 1e-9);
        let deviation = (100.0 * 0.6 * (8.0 / 3.0) / 4.0_f64).sqrt();
        assert!((p.upper - (30.0 + 2.353_36 * deviation)).abs() < 1e-3, "{}", p.upper);
        let short = StratumErrors { size: 5, unseen: 10, errors: vec![1] };
        assert!(project_strata(&[short], 0.95).is_none());
    }

    /// By hand: 59 lines of one stratum without error bound the rate at 1 - 0.05^(1/59) = 4.95 %.
    #[test]
    fn no_error_found_is_not_no_error() {
        let one = |unseen, n| StratumErrors { size: 10_000, unseen, errors: vec![0; n] };
        let p = project_strata(&[one(1_000_000, 59)], 0.95).expect("enough lines");
        assert!(p.projected.abs() < 1e-9);
        assert!((p.upper - 49_510.0).abs() < 20.0, "{}", p.upper);
        // two strata alike are one stratum of twice the lines: 0.05^(1/118) of 2 000 000
        let p = project_strata(&[one(1_000_000, 59), one(1_000_000, 59)], 0.95).expect("enough");
        assert!((p.upper - 2_000_000.0 * (1.0 - 0.05_f64.powf(1.0 / 118.0))).abs() < 1.0);
        // the worst case sits where a line drawn stands for the most money
        let uneven = [one(1_000_000, 59), one(10_000, 59)];
        let p = project_strata(&uneven, 0.95).expect("enough");
        assert!((p.upper - 49_510.0).abs() < 20.0, "{}", p.upper);
        let whole = StratumErrors { size: 3, unseen: 0, errors: vec![0; 3] };
        assert!(project_strata(&[whole], 0.95).expect("whole").upper.abs() < 1e-9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_sample_holds_each_line_once_and_all_large_ones(
            amounts in prop::collection::vec(-1000_i64..100_000, 0..200),
            size in 1_usize..80,
            start in 0.0_f64..1.0,
        ) {
            let sample = monetary(&amounts, size, start);
            let mut all: Vec<usize> = sample.certain.iter().chain(&sample.drawn).copied().collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(all.len(), count);
            prop_assert!(all.iter().all(|i| amounts[*i] > 0));
            prop_assert!(count <= size.max(amounts.len().min(size)) + 1);
            if sample.interval > 0 {
                for (i, amount) in amounts.iter().enumerate() {
                    prop_assert!(*amount < sample.interval || sample.certain.contains(&i));
                }
            }
        }

        #[test]
        fn edges_cover_every_amount(amounts in prop::collection::vec(1_i64..10_000_000, 1..300), k in 1_usize..8) {
            let edges = strata_edges(&amounts, k);
            prop_assert!(edges.windows(2).all(|w| w[0] < w[1]));
            prop_assert!(edges.len() <= k);
            prop_assert_eq!(edges.last().copied(), amounts.iter().copied().max());
        }

        #[test]
        fn the_bound_is_above_the_projection(taints in prop::collection::vec(0_i64..=100, 1..40)) {
            let sample = MonetarySample { certain: vec![], drawn: (0..taints.len()).collect(), interval: 5_000 };
            let drawn: Vec<(i64, i64)> = taints.iter().map(|t| (100, *t)).collect();
            let p = project_monetary(&sample, &drawn, &[], 0.95);
            prop_assert!(p.upper > p.projected);
        }
    }
}
