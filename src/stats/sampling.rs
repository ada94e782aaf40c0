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

/// One stratum: the errors found on the lines drawn, and the lines left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StratumErrors {
    /// Amounts of the lines that were not drawn: what may be wrong unseen.
    pub unseen: Vec<i64>,
    /// Error of each line drawn, zeros included.
    pub errors: Vec<i64>,
}

impl StratumErrors {
    /// Lines of the stratum.
    fn size(&self) -> usize {
        self.unseen.len() + self.errors.len()
    }
}

/// Largest error that a sample without any error leaves possible, at that confidence, when a line is wrong by
/// its amount at most.
///
/// `k` wrong lines among the `N` of a stratum escape a draw of `n` with the hypergeometric chance
/// `prod (1 - n / (N - j))`, `j < k`. The wrong lines that make the largest total are the largest ones left: the
/// bound is the largest sum of such lines whose chance of escaping everywhere is still `1 - confidence`. Lines
/// are taken by amount per loss of chance, the last one in part: a bound from above of the best choice.
fn nothing_found(strata: &[StratumErrors], confidence: f64) -> f64 {
    let mut lines: Vec<(f64, f64)> = Vec::new();
    for s in strata.iter().filter(|s| !s.errors.is_empty()) {
        let mut largest: Vec<i64> = s.unseen.iter().copied().filter(|a| *a > 0).collect();
        largest.sort_unstable_by(|a, b| b.cmp(a));
        let (size, n) = (s.size() as f64, s.errors.len() as f64);
        lines.extend(largest.into_iter().enumerate().map(|(j, amount)| {
            // `j` lines are left out already; the last one cannot escape when all others are drawn
            (amount as f64, -(-n / (size - j as f64)).ln_1p())
        }));
    }
    // In a stratum amounts fall and losses rise: this order keeps its lines in rank.
    lines.sort_by(|a, b| (b.0 / b.1).total_cmp(&(a.0 / a.1)).then(b.0.total_cmp(&a.0)));
    let (mut left, mut sum) = (-(1.0 - confidence).ln(), 0.0);
    for (amount, loss) in lines {
        sum += amount * (left / loss).min(1.0);
        left -= loss;
        if left <= 0.0 {
            break;
        }
    }
    let unread = strata.iter().filter(|s| s.errors.is_empty()).flat_map(|s| &s.unseen);
    sum + unread.map(|a| *a as f64).sum::<f64>()
}

/// Difference estimator over the strata, and its one-sided bound: Student's, never under the error found plus
/// what a sample without any error leaves possible (errors are too seldom for Student's bound to hold alone).
/// `None` when a stratum that was not wholly examined holds fewer than two lines: its spread is unknown.
pub fn project_strata(strata: &[StratumErrors], confidence: f64) -> Option<Projection> {
    let (mut projected, mut variance, mut freedom) = (0.0, 0.0, 0.0_f64);
    let mut understated = 0.0;
    for s in strata.iter().filter(|s| s.size() > 0) {
        let n = s.errors.len() as f64;
        let whole = s.unseen.is_empty();
        if !whole && s.errors.len() < 2 {
            return None;
        }
        let size = s.size() as f64;
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
    let least = projected.max(0.0) + nothing_found(strata, confidence);
    Some(Projection { projected, upper: (projected + t * variance.sqrt()).max(least), understated })
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
        // A whole stratum counts as it is; the other one: mean 20, s^2 = 400, N = 100, n = 4, lines of 1.
        let strata = [
            StratumErrors { unseen: vec![], errors: vec![10, 0] },
            StratumErrors { unseen: vec![1; 96], errors: vec![0, 40, 20, 20] },
        ];
        let p = project_strata(&strata, 0.95).expect("enough lines");
        assert!((p.projected - 2_010.0).abs() < 1e-9);
        let deviation = (10_000.0 * 0.96 * (800.0 / 3.0) / 4.0_f64).sqrt();
        assert!((p.upper - (2_010.0 + 2.353_36 * deviation)).abs() < 0.1, "{}", p.upper);
        let short = StratumErrors { unseen: vec![2; 5], errors: vec![1] };
        assert!(project_strata(&[short], 0.95).is_none());
    }

    /// By hand, 10 lines, 4 drawn, none wrong: one wrong line escapes with 6/10, two with 6/10 x 5/9 = 1/3,
    /// three with 1/3 x 4/8 = 1/6, four with 1/6 x 3/7 = 1/14 and five with 1/14 x 2/6 = 1/42.
    #[test]
    fn no_error_found_is_not_no_error() {
        let one = |unseen: &[i64]| StratumErrors { unseen: unseen.to_vec(), errors: vec![0; 4] };
        let bound = |strata: &[StratumErrors], at| project_strata(strata, at).expect("lines").upper;
        let lines = [500, 10, 20, 300, 40, 30];
        assert!((bound(&[one(&lines)], 1.0 - 1.0 / 14.0) - 870.0).abs() < 1e-6, "four largest");
        assert!((bound(&[one(&lines)], 1.0 - 1.0 / 6.0) - 840.0).abs() < 1e-6, "three largest");
        let between = bound(&[one(&lines)], 0.95);
        assert!(between > 870.0 && between < 890.0, "{between}");
        // the same loss of chance goes to the stratum of large lines
        let both = bound(&[one(&[100; 6]), one(&[7; 6])], 1.0 - 1.0 / 6.0);
        assert!((both - 300.0).abs() < 1e-6, "{both}");
        let whole = StratumErrors { unseen: vec![], errors: vec![0; 3] };
        assert!(project_strata(&[whole], 0.95).expect("whole").upper.abs() < 1e-9);
    }

    /// Draws of one town's lines again and again: the share of draws whose bound is under the true error.
    fn short_of_truth(amounts: &[i64], wrong: impl Fn(usize) -> i64, sizes: [usize; 2]) -> f64 {
        let truth: i64 = (0..amounts.len()).map(&wrong).sum();
        let half = amounts.len() / 2;
        let mut state = 7_u64;
        let mut random = |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        let mut under = 0;
        for _ in 0..2_000 {
            let strata: Vec<StratumErrors> = [(0, half), (half, amounts.len())]
                .iter()
                .zip(sizes)
                .map(|((from, to), n)| {
                    let mut lines: Vec<usize> = (*from..*to).collect();
                    for i in 0..n {
                        let j = i + random(lines.len() - i);
                        lines.swap(i, j);
                    }
                    let left = lines.split_off(n);
                    StratumErrors {
                        unseen: left.iter().map(|i| amounts[*i]).collect(),
                        errors: lines.iter().map(|i| wrong(*i)).collect(),
                    }
                })
                .collect();
            let p = project_strata(&strata, 0.95).expect("lines");
            under += u32::from(p.upper < truth as f64);
        }
        f64::from(under) / 2_000.0
    }

    /// The bound holds in 95 draws of 100 where the value sits on few lines, and where errors are many and small.
    #[test]
    fn the_bound_of_strata_holds_over_many_draws() {
        let skewed: Vec<i64> = (0..1_000).map(|i| if i % 50 == 0 { 490 } else { 10 }).collect();
        for sizes in [[30, 29], [100, 20]] {
            let few = short_of_truth(&skewed, |i| if i % 50 == 0 { 490 } else { 0 }, sizes);
            assert!(few <= 0.05, "few large lines {sizes:?}: {few}");
            let half =
                short_of_truth(&skewed, |i| if i % 25 == 0 { skewed[i] / 2 } else { 0 }, sizes);
            assert!(half <= 0.05, "half of some lines {sizes:?}: {half}");
            let many = short_of_truth(&skewed, |i| skewed[i] / 10, sizes);
            assert!(many <= 0.05, "a tenth of all lines {sizes:?}: {many}");
        }
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
