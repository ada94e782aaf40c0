//! A term paid once more than the others: the rent of June twice, when every month has one.
//!
//! Equal payments without an invoice number that come back each month, or each quarter, are what the rhythm
//! expects; what it does not expect is the one too many. A period before that lacks one, or the next, explains it
//! (a late or an early payment): it is then left out.
//! **Invariant:** one pair at most a period, and the same pairs whatever the order.

use std::collections::BTreeMap;

use super::units::{Card, Units};
use crate::domain::calendar::{NO_DAY, civil_parts};
use crate::frames::ledger::TextKey;

/// Ordinary periods a rhythm needs, in months and in quarters.
const LEAST: [usize; 2] = [5, 4];
/// Share of the periods, in tenths, that have the ordinary number of payments.
const ORDINARY: usize = 8;
/// Periods before that a late payment may belong to.
const LATE: i32 = 3;
/// Days after which the second payment of the last period is the next term, paid early.
const EARLY: i32 = 20;

/// Periods of ordinary ledgers that weigh as much as those of this one, one of which has one too many.
const USUAL: u64 = 100;

/// The payments too many of a block of equal amounts of one supplier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Surplus {
    /// Periods that have the ordinary number of payments.
    pub(super) ordinary: u64,
    /// The two payments of each period that has one more, the earlier first.
    pub(super) pairs: Vec<(u32, u32)>,
}

/// Of how many periods one has a payment too many for honest reasons, when `found` of `ordinary` have: those found
/// are all counted as honest, but the one judged.
pub(super) fn one_in(found: u64, ordinary: u64) -> u16 {
    ((ordinary + USUAL) / found.max(1)).clamp(1, u64::from(u16::MAX)) as u16
}

/// What a block of equal amounts of one supplier has too many.
pub(super) fn of_block(units: &Units, block: &[Card]) -> Surplus {
    let period = units.prepared.recurrence.of_row(units.row(block[0].unit)).map_or(0, |r| r.period);
    let (months, least) = match period {
        28 | 30 => (1, LEAST[0]),
        91 => (3, LEAST[1]),
        _ => return Surplus::default(),
    };
    let mut periods: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    for card in block.iter().filter(|c| c.number.key == 0) {
        let day = units.day(card.unit);
        let Some((year, month, _)) = civil_parts(day).filter(|_| day != NO_DAY) else { continue };
        periods.entry((year * 12 + month - 1).div_euclid(months)).or_default().push(card.unit);
    }
    let (Some(first), Some(last)) = (periods.keys().next(), periods.keys().last()) else {
        return Surplus::default();
    };
    let count = |p: i32| periods.get(&p).map_or(0, Vec::len);
    let (first, last) = (*first, *last);
    let usual = usual(&periods);
    let ordinary = periods.values().filter(|u| u.len() == usual).count();
    if ordinary < least || ordinary * 10 < (last - first + 1) as usize * ORDINARY {
        return Surplus::default();
    }
    let explained =
        |p: i32| (p - LATE..=p + 1).any(|q| q >= first && q <= last && count(q) < usual);
    let pairs = periods
        .iter()
        // what comes before the first period is not in the file
        .filter(|(p, u)| **p > first && u.len() == usual + 1 && !explained(**p))
        .filter_map(|(p, u)| Some((p, closest(units, u)?)))
        .filter(|(p, (a, b))| **p < last || units.day(*b) - units.day(*a) <= EARLY)
        .map(|(_, pair)| pair)
        .collect();
    Surplus { ordinary: ordinary as u64, pairs }
}

/// Payments that most periods have, the fewest when equal.
fn usual(periods: &BTreeMap<i32, Vec<u32>>) -> usize {
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for units in periods.values() {
        *sizes.entry(units.len()).or_default() += 1;
    }
    sizes.into_iter().max_by_key(|(size, n)| (*n, std::cmp::Reverse(*size))).map_or(0, |s| s.0)
}

/// The two payments of a period most like one another: same object, then nearest in time.
fn closest(units: &Units, same: &[u32]) -> Option<(u32, u32)> {
    let mut sorted = same.to_vec();
    sorted.sort_by(|a, b| units.earlier(*a, *b));
    let object = |u: u32| units.ledger.text_at(TextKey::Objet, units.row(u));
    let pairs =
        sorted.iter().enumerate().flat_map(|(i, a)| sorted[i + 1..].iter().map(|b| (*a, *b)));
    pairs
        .filter(|(a, b)| units.apart(*a, *b))
        .min_by_key(|(a, b)| (object(*a) != object(*b), units.day(*b) - units.day(*a)))
}
