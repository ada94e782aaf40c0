//! m of the levels refined without labels: the M step of EM on the pairs that a number links.
//!
//! A prior weighs as much as `OPINION` duplicates, and what the ledger shows moves a level by `MOST` at
//! most: few duplicates teach little, and a model that taught itself something odd stays near what audits
//! report (Winkler, 1993, on constraints in the EM of record linkage). Only pairs linked by a number teach:
//! for the others a duplicate cannot be told from a repeat.
//! **Invariant:** exact sums, so that the order of the pairs changes nothing.

use super::weights::{BARE, FIELDS, GAP, INVOICED, LABEL, LEVELS, ORDER, PATTERNS, PLACE, RHYTHM};

/// Probability of a duplicate, pattern and levels of a pair.
pub(super) type Likely<'a> = (f64, usize, &'a [u8; FIELDS]);

/// Fields whose m is a prior, with the number of their levels; those read off the ledger need no learning.
const LEARNT: [(usize, usize); 6] =
    [(GAP, 18), (PLACE, 3), (LABEL, 6), (RHYTHM, 3), (ORDER, 2), (INVOICED, 3)];
/// Level of a label that is unknown.
const NO_LABEL: usize = 2;
/// Duplicates that a prior weighs.
const OPINION: f64 = 60.0;
/// Largest factor between a prior and its refinement, either way.
const MOST: f64 = 2.0;

/// Share of each value, drawn from its prior to the counts; the shares keep the sum of the priors.
fn drawn(priors: &mut [&mut f64], counts: &[f64]) {
    let all: f64 = counts.iter().sum();
    let mass: f64 = priors.iter().map(|p| **p).sum();
    for (prior, count) in priors.iter_mut().zip(counts) {
        let share = (**prior * OPINION + mass * count) / (OPINION + all);
        **prior = share.clamp(**prior / MOST, **prior * MOST);
    }
}

/// m by field and level.
pub(super) fn levels<'a>(
    start: &[[f64; LEVELS]; FIELDS],
    pairs: impl Iterator<Item = Likely<'a>>,
) -> [[f64; LEVELS]; FIELDS] {
    let mut counts = [[0.0; LEVELS]; FIELDS];
    for (p, _, levels) in pairs {
        for (field, _) in LEARNT {
            counts[field][levels[field] as usize] += p;
        }
    }
    let mut m = *start;
    for (field, n) in LEARNT {
        let known = |l: usize| (field, l) != (LABEL, NO_LABEL);
        let shown: Vec<f64> = (0..n).filter(|l| known(*l)).map(|l| counts[field][l]).collect();
        let mut priors: Vec<&mut f64> = m[field][..n]
            .iter_mut()
            .enumerate()
            .filter(|(l, _)| known(*l))
            .map(|(_, x)| x)
            .collect();
        drawn(&mut priors, &shown);
    }
    m
}

/// m by pattern of amount and number, among those that a number links within one supplier.
pub(super) fn patterns<'a>(
    start: &[f64; PATTERNS],
    pairs: impl Iterator<Item = Likely<'a>>,
) -> [f64; PATTERNS] {
    let mut counts = [0.0; PATTERNS];
    for (p, pattern, _) in pairs {
        counts[pattern] += p;
    }
    let linked = |p: usize| p < BARE && p % 7 < 4;
    let shown: Vec<f64> = (0..PATTERNS).filter(|p| linked(*p)).map(|p| counts[p]).collect();
    let mut m = *start;
    let mut priors: Vec<&mut f64> =
        m.iter_mut().enumerate().filter(|(p, _)| linked(*p)).map(|(_, x)| x).collect();
    drawn(&mut priors, &shown);
    m
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_duplicates_teach_little_and_many_are_bounded() {
        let mut start = [[0.1; LEVELS]; FIELDS];
        start[PLACE][..3].copy_from_slice(&[0.88, 0.07, 0.05]);
        let mut levels_of = [0u8; FIELDS];
        levels_of[PLACE] = 1;
        let after = |n: usize| {
            let pairs = std::iter::repeat_n((1.0, 0, &levels_of), n);
            levels(&start, pairs)[PLACE]
        };
        assert!((after(0)[1] - 0.07).abs() < 1e-12);
        assert!(after(2)[1] > 0.07 && after(2)[1] < 0.11);
        assert!((after(10_000)[1] - 0.14).abs() < 1e-12 && (after(10_000)[0] - 0.44).abs() < 1e-12);
    }
}
