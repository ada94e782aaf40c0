//! How common things are: a number reused, an amount everybody is paid, a way of writing numbers.
//!
//! A duplicate of a row drawn at random is as common as that row, so the m of these fields is read off
//! the ledger itself.
//! **Invariant:** counts only; no order.

use rustc_hash::FxHashMap;

use super::levels::{Num, Pair};
use super::units::{Card, Units};
use super::weights::LEVELS;
use crate::frames::ledger::NO_TEXT;
use crate::stats::text::mix;

/// Marks a number that several suppliers bear.
const SEVERAL: u32 = u32::MAX - 1;

/// Frequencies over the whole ledger.
pub(super) struct Crowds {
    /// Invoices by supplier and number.
    numbers: FxHashMap<u64, u32>,
    /// Invoices by number, and a supplier that bears it, `SEVERAL` when there are more.
    everywhere: FxHashMap<u64, (u32, u32)>,
    /// Invoices of each supplier whose number another supplier bears too.
    shared: FxHashMap<u32, (f64, f64)>,
    /// Mean share of such invoices.
    pub(super) mean_shared: f64,
    /// Invoices by amount.
    amounts: FxHashMap<i64, u32>,
    /// Rows by supplier and shape of number.
    shapes: FxHashMap<u64, u32>,
    /// Share of the units at each level of reuse.
    pub(super) reuse: [f64; LEVELS],
    /// Share of the units at each level of commonness of the amount.
    pub(super) common: [f64; LEVELS],
    /// Share of the units at each size and roundness of the amount.
    pub(super) tariff: [f64; LEVELS],
    /// Share of the numbered units by length of the number: up to 4 characters, 5 or 6, more.
    pub(super) lengths: [f64; 3],
    /// Share of the units without number.
    pub(super) absent: f64,
}

/// Level of a number of others: 0, 1, 2, 3-5, 6-15, 16-60, more.
fn level(others: u32) -> u8 {
    match others {
        0..=2 => others as u8,
        3..=5 => 3,
        6..=15 => 4,
        16..=60 => 5,
        _ => 6,
    }
}

/// Size (under 50, 200, 1 000, 10 000 euros, more) and roundness (100, 10, 1 euro, none) of an amount.
pub(super) fn tariff_level(centimes: i64) -> u8 {
    let size = [5_000, 20_000, 100_000, 1_000_000].iter().filter(|s| centimes >= **s).count();
    let round = [10_000, 1_000, 100].iter().filter(|r| centimes % **r == 0).count();
    (size * 4 + round) as u8
}

/// Length of a number: short ones meet by chance.
fn length(len: u8) -> usize {
    match len {
        0..=4 => 0,
        5 | 6 => 1,
        _ => 2,
    }
}

/// Level of a pair without number.
const WITHOUT: u8 = 7;

/// A map with room for `n` keys: growing costs more than counting.
fn sized<K, V>(n: usize) -> FxHashMap<K, V> {
    FxHashMap::with_capacity_and_hasher(n, rustc_hash::FxBuildHasher)
}

fn keyed(key: u64, supplier: u32) -> u64 {
    mix(key ^ mix(u64::from(supplier) + 1))
}

impl Crowds {
    /// Counts over the units.
    pub(super) fn count(units: &Units) -> Self {
        let (n, suppliers) = (units.cards.len(), units.prepared.suppliers.len());
        let mut crowds = Self {
            numbers: sized(n),
            everywhere: sized(n),
            shared: sized(suppliers),
            mean_shared: 0.0,
            amounts: sized(n / 2),
            shapes: sized(suppliers * 4),
            reuse: [1.0; LEVELS],
            common: [1.0; LEVELS],
            tariff: [1.0; LEVELS],
            lengths: [1.0; 3],
            absent: 0.0,
        };
        let mut absent = 0.0;
        let mut lengths = [1.0; 3];
        let mut last = u32::MAX;
        for card in &units.cards {
            let (number, supplier) = (card.number, card.supplier);
            let invoice = units.invoice(card.unit);
            *crowds.amounts.entry(card.amount).or_insert(0) += u32::from(invoice != last);
            last = invoice;
            if number.key == 0 {
                absent += 1.0;
                continue;
            }
            lengths[length(number.len)] += 1.0;
            *crowds.shapes.entry(keyed(number.shape, supplier)).or_insert(0) += 1;
            *crowds.numbers.entry(keyed(number.key, supplier)).or_insert(0) += 1;
            let (n, bearer) = crowds.everywhere.entry(number.key).or_insert((0, supplier));
            *n += 1;
            *bearer = if *bearer == supplier { supplier } else { SEVERAL };
        }
        crowds.absent = absent / units.cards.len().max(1) as f64;
        let all: f64 = lengths.iter().sum();
        crowds.lengths = lengths.map(|n| n / all);
        crowds.shares(units);
        crowds
    }

    /// Second pass: how common each unit is, and by supplier how many numbers are borne elsewhere (file
    /// references, short numbers).
    fn shares(&mut self, units: &Units) {
        let (mut reuse, mut common, mut tariff) = ([1.0; 7], [1.0; 7], [1.0; LEVELS]);
        let (mut several, mut all) = (0.0, 0.0);
        for Card { number, supplier, amount, .. } in units.cards.iter().copied() {
            common[level(self.amounts[&amount].saturating_sub(1)) as usize] += 1.0;
            tariff[tariff_level(amount) as usize] += 1.0;
            if number.key == 0 {
                continue;
            }
            reuse[level(self.numbers[&keyed(number.key, supplier)] - 1) as usize] += 1.0;
            let elsewhere = f64::from(u8::from(self.everywhere[&number.key].1 == SEVERAL));
            let own = self.shared.entry(supplier).or_insert((0.0, 0.0));
            *own = (own.0 + elsewhere, own.1 + 1.0);
            several += elsewhere;
            all += 1.0;
        }
        self.mean_shared = (several + 1.0) / (all + 1000.0);
        let (r, c): (f64, f64) = (reuse.iter().sum(), common.iter().sum());
        let t: f64 = tariff.iter().sum();
        self.tariff = tariff.map(|n| n / t);
        for i in 0..7 {
            self.reuse[i] = reuse[i] / r;
            self.common[i] = common[i] / c;
        }
    }

    /// How much less (positive) or more (negative) than the mean the two payees of a pair bear numbers
    /// of other suppliers, in bits; the worse of the two, this pair left out.
    pub(super) fn sharing(&self, units: &Units, pair: &Pair) -> f64 {
        let weight = |unit| {
            let (shared, all) =
                self.shared.get(&units.supplier(unit)).copied().unwrap_or((0.0, 0.0));
            let rate = ((shared - 1.0).max(0.0) + 12.0 * self.mean_shared) / (all + 12.0);
            (self.mean_shared / rate).log2()
        };
        weight(pair.a).min(weight(pair.b))
    }

    /// Other invoices that bear the number of the pair, at that supplier or, across suppliers, anywhere.
    pub(super) fn reuse_level(&self, units: &Units, pair: &Pair, class: u8) -> u8 {
        let of = |unit| {
            let number = units.number(unit);
            match class {
                2 => self.everywhere.get(&number.key).map(|e| e.0),
                _ => self.numbers.get(&keyed(number.key, units.supplier(unit))).copied(),
            }
            .unwrap_or(0)
        };
        let shown = 2 + pair.parts.iter().filter(|p| **p != NO_TEXT).count() as u32;
        match pair.num {
            Num::Same | Num::Key => level(of(pair.a).saturating_sub(shown)),
            Num::Suffix | Num::Slip => level((of(pair.a) + of(pair.b)).saturating_sub(shown)),
            _ => WITHOUT,
        }
    }

    /// Other invoices of the ledger with the amount of the pair.
    pub(super) fn common_level(&self, units: &Units, pair: &Pair) -> u8 {
        let of = |unit| self.amounts.get(&units.amount(unit)).copied().unwrap_or(0);
        let shown = u32::from(units.amount(pair.a) == units.amount(pair.b)) + 1;
        level(of(pair.a).saturating_sub(shown))
    }

    /// Whether one of two like numbers is written as that supplier hardly ever writes (0, 1; 2 when it
    /// does not matter); between two suppliers, the length of the number (3 to 5).
    pub(super) fn shape_level(&self, units: &Units, pair: &Pair, class: u8) -> u8 {
        if class == 2 {
            return 3 + length(units.number(pair.b).len) as u8;
        }
        if !matches!(pair.num, Num::Key | Num::Suffix | Num::Slip) {
            return 2;
        }
        let of = |unit: u32| {
            let number = units.number(unit);
            self.shapes.get(&keyed(number.shape, units.supplier(unit))).copied().unwrap_or(0)
        };
        let (a, b) = (of(pair.a), of(pair.b));
        u8::from(a.min(b) <= 2 && a.max(b) >= 8)
    }
}
