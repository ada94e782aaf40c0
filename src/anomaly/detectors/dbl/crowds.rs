//! How common things are: a number reused, an amount everybody is paid, a way of writing numbers.
//!
//! A duplicate of a row drawn at random is as common as that row, so the m of these fields is read off
//! the ledger itself.
//! **Invariant:** counts only; no order.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::levels::{Amount, Num, Pair};
use super::units::{Card, Units};
use super::weights::LEVELS;
use crate::frames::ledger::{NO_TEXT, TextKey};
use crate::stats::text::mix;

/// Rows of each label of the ledger, by code.
fn label_rows(units: &Units) -> Vec<u32> {
    let Some(column) = units.ledger.text(TextKey::Objet) else { return Vec::new() };
    let mut rows = vec![0; column.dictionary.len()];
    for code in column.codes.iter().filter(|c| **c != NO_TEXT) {
        rows[*code as usize] += 1;
    }
    rows
}

/// Longest gap between two payment runs looked at, days.
const LONGEST: i32 = 62;
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
    /// Rows by label.
    labels: Vec<u32>,
    /// Share of the rows whose label is used once.
    pub(super) unique: f64,
    /// Suppliers that repeat an amount from one given day to another.
    schedules: FxHashMap<(i32, i32), u32>,
    /// Share of the pairs of days at each level of suppliers that repeat an amount over them.
    pub(super) calendar: [f64; LEVELS],
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
        let (n, suppliers) = (units.cards.len(), units.prepared.kin.len());
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
            labels: label_rows(units),
            unique: 0.0,
            schedules: FxHashMap::default(),
            calendar: [1.0; LEVELS],
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
            if !units.head(card.unit) {
                continue;
            }
            *crowds.shapes.entry(keyed(number.shape, supplier)).or_insert(0) += 1;
            *crowds.numbers.entry(keyed(number.key, supplier)).or_insert(0) += 1;
            let (n, bearer) = crowds.everywhere.entry(number.key).or_insert((0, supplier));
            *n += 1;
            *bearer = if *bearer == supplier { supplier } else { SEVERAL };
        }
        crowds.absent = absent / units.cards.len().max(1) as f64;
        let all: f64 = lengths.iter().sum();
        crowds.lengths = lengths.map(|n| n / all);
        let once = crowds.labels.iter().filter(|n| **n == 1).count() as f64;
        let rows: u32 = crowds.labels.iter().sum();
        crowds.unique = once / f64::from(rows.max(1));
        crowds.shares(units);
        crowds
    }

    /// Second pass: how common each unit is, and by supplier how many numbers are borne elsewhere (file
    /// references, short numbers).
    fn shares(&mut self, units: &Units) {
        let (mut reuse, mut common, mut tariff) = ([1.0; 7], [1.0; 7], [1.0; LEVELS]);
        let (mut several, mut all) = (0.0, 0.0);
        for Card { unit, number, supplier, amount } in units.cards.iter().copied() {
            common[level(self.amounts[&amount].saturating_sub(1)) as usize] += 1.0;
            tariff[tariff_level(amount) as usize] += 1.0;
            if number.key == 0 || !units.head(unit) {
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

    /// The label level of a pair, told apart (5) when its two rows alone bear the label.
    pub(super) fn label_level(&self, units: &Units, pair: &Pair) -> u8 {
        let code =
            units.ledger.text(TextKey::Objet).map_or(NO_TEXT, |c| c.codes[units.row(pair.a)]);
        let alone = pair.label == 0 && self.labels.get(code as usize) == Some(&2);
        if alone { 5 } else { pair.label }
    }

    /// Finds the payment runs: pairs of days over which many suppliers repeat an amount.
    pub(super) fn schedules(&mut self, units: &Units, pairs: &[Pair]) {
        let mut repeats: Vec<(i32, i32, u32)> = pairs
            .iter()
            .filter(|p| p.amount == Amount::Equal && (0..=LONGEST).contains(&p.gap))
            .map(|p| (units.day(p.a), units.day(p.b), units.supplier(p.b)))
            .collect();
        repeats.par_sort_unstable();
        repeats.dedup();
        for run in repeats.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)) {
            self.schedules.insert((run[0].0, run[0].1), run.len() as u32);
        }
        let mut days: Vec<i32> = units.cards.iter().map(|c| units.day(c.unit)).collect();
        days.par_sort_unstable();
        let days: Vec<(i32, f64)> =
            days.chunk_by(|x, y| x == y).map(|run| (run[0], run.len() as f64)).collect();
        let mut calendar = [1.0; 7];
        for (i, (a, rows)) in days.iter().enumerate() {
            for (b, _) in days[i..].iter().take_while(|(b, _)| b - a <= LONGEST) {
                let suppliers = self.schedules.get(&(*a, *b)).copied().unwrap_or(0);
                calendar[level(suppliers) as usize] += rows;
            }
        }
        let all: f64 = calendar.iter().sum();
        for (share, rows) in self.calendar.iter_mut().zip(calendar) {
            *share = rows / all;
        }
    }

    /// Other suppliers that repeat an amount over the two days of the pair; silent for long gaps.
    pub(super) fn schedule_level(&self, units: &Units, pair: &Pair) -> u8 {
        if pair.gap > LONGEST || pair.amount != Amount::Equal {
            return LEVELS as u8 - 1;
        }
        let days = (units.day(pair.a), units.day(pair.b));
        level(self.schedules.get(&days).copied().unwrap_or(1).saturating_sub(1))
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
