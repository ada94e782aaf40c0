//! Candidate pairs of payments without invoice number whose amounts one slip explains.
//!
//! Nothing but the amounts links such payments: tax added, two neighbouring digits swapped, or one payment
//! made again in two parts of one day. Chance gives many of them to a supplier paid often; the model reads
//! how many on the ledger (`weights`).
//! **Invariant:** at most a constant number of pairs a unit, and the same pairs whatever the order.

use rayon::prelude::*;

use super::levels::{Amount, Pair};
use super::units::{Card, Units};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::frames::ledger::NO_TEXT;

/// Amounts under this meet by chance, centimes.
const LEAST: i64 = 5_000;
/// Longest gap, days.
const LONGEST: i32 = 62;
/// Pairs kept for each unit and kind of slip.
const FEW: usize = 3;
/// Most payments of one supplier and day added two by two.
const DAY: usize = 16;
/// Tax rates, in thousandths of the net amount.
const RATES: [i64; 3] = [1200, 1100, 1055];

/// Pairs of one supplier, unit by unit: (one, other, how, second part).
pub(super) fn candidates(units: &Units) -> Vec<(u32, u32, Amount, u32)> {
    let same = |a: &Card, b: &Card| a.supplier == b.supplier;
    let suppliers: Vec<&[Card]> = units
        .cards
        .chunk_by(same)
        .filter(|b| b.len() > 1 && b[0].supplier != NO_SUPPLIER)
        .collect();
    let parts: Vec<Vec<_>> = suppliers
        .par_chunks(64)
        .map(|chunk| {
            let mut out = Vec::new();
            for block in chunk {
                slips(units, block, &mut out);
                sums(units, block, &mut out);
            }
            out
        })
        .collect();
    parts.concat()
}

fn is_bare(card: &Card) -> bool {
    card.number.key == 0 && card.amount >= LEAST
}

/// Units of an amount in the block of a supplier, which is sorted by amount then day.
fn of_amount(block: &[Card], amount: i64) -> &[Card] {
    let from = block.partition_point(|c| c.amount < amount);
    let to = from + block[from..].partition_point(|c| c.amount == amount);
    &block[from..to]
}

/// The first units of an amount near a day, without number.
fn near<'a>(
    units: &'a Units,
    block: &'a [Card],
    amount: i64,
    day: i32,
) -> impl Iterator<Item = u32> + 'a {
    let all = of_amount(block, amount);
    let from = all.partition_point(|c| units.day(c.unit) < day - LONGEST);
    let close = all[from..].iter().take_while(move |c| units.day(c.unit) <= day + LONGEST);
    close.filter(|c| is_bare(c)).take(FEW).map(|c| c.unit)
}

/// Tax added, digits swapped: the other amount is the larger one.
fn slips(units: &Units, block: &[Card], out: &mut Vec<(u32, u32, Amount, u32)>) {
    for card in block.iter().filter(|c| is_bare(c)) {
        let day = units.day(card.unit);
        for rate in RATES {
            // the net amount is rounded: the gross one is known to a centime
            let gross = (card.amount * rate + 500) / 1000;
            for amount in [gross - 1, gross, gross + 1] {
                if (card.amount * rate - amount * 1000).abs() <= 600 {
                    let found = near(units, block, amount, day);
                    out.extend(found.map(|u| (card.unit, u, Amount::Vat, NO_TEXT)));
                }
            }
        }
        let mut power = 1;
        while power * 10 <= card.amount {
            let (low, high) = (card.amount / power % 10, card.amount / (power * 10) % 10);
            if low > high {
                let swapped = card.amount + (low - high) * 9 * power;
                let found = near(units, block, swapped, day);
                out.extend(found.map(|u| (card.unit, u, Amount::Swapped, NO_TEXT)));
            }
            power *= 10;
        }
    }
}

/// Two payments of one day that add up to an earlier or later one.
fn sums(units: &Units, block: &[Card], out: &mut Vec<(u32, u32, Amount, u32)>) {
    let mut days: Vec<(i32, i64, u32)> = block
        .iter()
        .filter(|c| is_bare(c))
        .map(|c| (units.day(c.unit), c.amount, c.unit))
        .collect();
    days.sort_by_key(|d| d.0);
    for day in days.chunk_by(|a, b| a.0 == b.0).filter(|d| d.len() > 1 && d.len() <= DAY) {
        for (i, x) in day.iter().enumerate() {
            for y in &day[i + 1..] {
                let whole = near(units, block, x.1 + y.1, x.0);
                out.extend(whole.map(|u| (u, x.2, Amount::Split, y.2)));
            }
        }
    }
}

/// The same as pairs, those that may be two payments of one thing.
pub(super) fn pairs(
    units: &Units,
    compare: impl Fn(u32, u32, Amount, u32) -> Option<Pair> + Sync,
) -> Vec<Pair> {
    candidates(units)
        .into_par_iter()
        .filter_map(|(x, y, how, more)| compare(x, y, how, more))
        .collect()
}
