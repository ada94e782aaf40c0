//! Suppliers whose amounts crowd just under a round sum (MNT08): first digits that no tariff explains.
//!
//! A supplier has too few amounts for Benford's law (DOMAIN D.7); what can be tested is a cliff: many
//! different amounts just under a round sum, hardly any just above. How often honest amounts do so is
//! read on the ledger itself, at sums that are not round (decoys): what is found at round sums beyond
//! what is found at decoys is not chance.
//!
//! **Invariant:** counts of distinct amounts only, so that repeats and the order of rows change nothing.

use super::rows::{Slot, runs};

/// Different amounts without which nothing is said of a supplier.
pub(super) const FEWEST: usize = 20;
/// Half of the amounts are under the ceiling by this share of it at most.
const WINDOW: f64 = 0.1;
/// Amounts compared just under and just above the ceiling, as a share of it.
const EDGE: f64 = 0.03;
/// Of the amounts at the edge, the least share in the half nearest to the ceiling: a bell whose top is
/// lower dies out before it.
const UPPER: f64 = 0.3;
/// Natural log of the odds against chance from which a cliff is looked at.
const LEAST: f64 = 4.8;
/// Leading digits of round sums, in tenths.
const ROUND: [u64; 11] = [10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90];
/// Factors that turn a round sum into one that is not.
const DECOYS: [f64; 8] = [0.925, 0.94, 0.955, 0.97, 1.03, 1.045, 1.055, 1.065];
/// Share of the suppliers expected to hide under a ceiling before any is seen, and the number of
/// suppliers that this opinion weighs as much as.
const RATE: f64 = 0.01;
const OPINION: f64 = 50.0;

/// A supplier that crowds under a ceiling.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    /// Slots under the ceiling.
    pub slots: Vec<Slot>,
    /// The ceiling, centimes.
    pub ceiling: u64,
    /// Different amounts of the supplier, under the ceiling, and just above.
    pub counts: [u32; 3],
    /// Natural log of the odds against chance.
    pub strength: f64,
    /// Suppliers a hundred that crowd as much under a sum that is not round.
    pub decoys: f64,
    /// Share of the suppliers that hide under a ceiling, after counting.
    pub rate: f64,
}

/// The best cliff of a supplier: strength, ceiling, counts.
type Cliff = (f64, u64, [u32; 3]);

/// Crowds of the ledger, in the order of the suppliers.
pub(super) fn crowds(slots: &[Slot]) -> Vec<Crowd> {
    let mut eligible = 0.0;
    let mut found: Vec<(Cliff, std::ops::Range<usize>)> = Vec::new();
    let mut decoys: Vec<f64> = Vec::new();
    for range in runs(slots, |s| s.supplier) {
        // receipts are billed by tariff
        if slots[range.start].supplier % 2 == 1 || range.len() < FEWEST {
            continue;
        }
        let amounts = distinct(&slots[range.clone()]);
        if amounts.len() < FEWEST {
            continue;
        }
        eligible += 1.0;
        if let Some(cliff) = best(&amounts, 1.0) {
            found.push((cliff, range));
        }
        decoys.extend(DECOYS.iter().filter_map(|f| best(&amounts, *f)).map(|c| c.0));
    }
    let chance = decoys.len() as f64 / DECOYS.len() as f64;
    let beyond = (found.len() as f64 - chance).max(0.0);
    let rate = ((beyond + RATE * OPINION) / (eligible + OPINION)).min(0.2);
    found
        .into_iter()
        .map(|((strength, ceiling, counts), range)| {
            let as_strong = decoys.iter().filter(|d| **d >= strength).count() as f64;
            Crowd {
                slots: under(&slots[range], ceiling),
                ceiling,
                counts,
                strength,
                decoys: (as_strong + 0.5) / DECOYS.len() as f64 / (eligible + OPINION) * 100.0,
                rate,
            }
        })
        .collect()
}

/// Different positive amounts of ten euros or more, ascending.
fn distinct(slots: &[Slot]) -> Vec<u64> {
    let mut amounts: Vec<u64> =
        slots.iter().filter(|s| !s.negative && s.cents >= 1_000).map(|s| s.cents).collect();
    amounts.sort_unstable();
    amounts.dedup();
    amounts
}

/// The strongest cliff at the round sums times `factor`.
fn best(amounts: &[u64], factor: f64) -> Option<Cliff> {
    let (low, high) = (*amounts.first()?, *amounts.last()?);
    let mut best: Option<Cliff> = None;
    let mut decade = 100;
    while decade / 10 <= high.saturating_mul(2) {
        for lead in ROUND {
            let ceiling = ((lead * decade / 10) as f64 * factor).round() as u64;
            if ceiling > low && ceiling / 2 < high {
                let cliff = cliff(amounts, ceiling);
                if cliff.is_some_and(|c| best.is_none_or(|b| c.0 > b.0)) {
                    best = cliff;
                }
            }
        }
        decade *= 10;
    }
    best
}

/// The cliff at a ceiling, when half the amounts are just under it and chance does not explain it.
fn cliff(amounts: &[u64], ceiling: u64) -> Option<Cliff> {
    let at = |x: f64| amounts.partition_point(|a| (*a as f64) < x);
    let top = amounts.partition_point(|a| *a <= ceiling);
    let c = ceiling as f64;
    let under = top - at(c * (1.0 - WINDOW));
    let edge = top - at(c * (1.0 - EDGE));
    let nearest = top - at(c * (1.0 - EDGE / 2.0));
    let above = at(c * (1.0 + EDGE)).max(top) - top;
    if under * 2 < amounts.len() || (nearest as f64) < UPPER * edge as f64 {
        return None;
    }
    let strength = -log_tail(edge + above, above);
    let counts = [amounts.len() as u32, under as u32, above as u32];
    (strength >= LEAST).then_some((strength, ceiling, counts))
}

/// Natural log of the probability that at most `k` of `n` fair tosses are heads.
fn log_tail(n: usize, k: usize) -> f64 {
    let mut term = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = term;
    for i in 0..k {
        term += ((n - i) as f64 / (i + 1) as f64).ln();
        sum = sum.max(term) + (1.0 + (-(sum - term).abs()).exp()).ln();
    }
    sum
}

fn under(slots: &[Slot], ceiling: u64) -> Vec<Slot> {
    let low = ceiling as f64 * (1.0 - WINDOW);
    let inside = |s: &&Slot| !s.negative && s.cents <= ceiling && s.cents as f64 >= low;
    slots.iter().filter(inside).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(supplier: u32, cents: u64, row: u32) -> Slot {
        Slot {
            supplier,
            account: 0,
            service: 0,
            cents,
            negative: false,
            told: false,
            bin: 0,
            zeros: 0,
            row,
        }
    }

    fn ledger() -> Vec<Slot> {
        let mut slots = Vec::new();
        for s in 0..40 {
            for i in 0..30 {
                let spread = 4_000 + (i * i * 977 + s * 3_571) % 90_000;
                slots.push(slot(s as u32 * 2, spread, slots.len() as u32));
            }
        }
        slots
    }

    #[test]
    fn a_crowd_under_a_round_sum_is_seen_and_a_tariff_is_not() {
        let mut slots = ledger();
        for i in 0..30 {
            let n = slots.len() as u32;
            slots.push(slot(200, 36_700 + i * 109, n));
            slots.push(slot(202, 13_000 * (1 + i % 3), n + 1));
        }
        slots.sort_unstable();
        let found = crowds(&slots);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].ceiling, found[0].slots.len()), (40_000, 30));
        assert_eq!(found[0].counts, [30, 30, 0]);
    }

    #[test]
    fn as_many_above_as_under_is_chance() {
        let mut slots = ledger();
        for i in 0..60 {
            let n = slots.len() as u32;
            slots.push(slot(200, 38_000 + i * 70, n));
        }
        slots.sort_unstable();
        assert!(crowds(&slots).is_empty());
    }

    #[test]
    fn tails_of_fair_tosses() {
        assert!((log_tail(10, 0) - (1.0 / 1024f64).ln()).abs() < 1e-12);
        assert!((log_tail(4, 1) - (5.0 / 16f64).ln()).abs() < 1e-12);
        assert!(log_tail(9, 9).abs() < 1e-9);
    }
}
