//! The largest amount of a supplier against its second largest: how far honest records go.
//!
//! The densities of [`super::habit`] are learnt in the bulk of the amounts and say little of the tail. Among
//! `n` exchangeable amounts each is the largest with probability `1 / n`, and the ledger itself shows by
//! how much the largest passes the second: by a little as a rule, by anything now and then. An honest
//! leap comes as a rule with words or a contract of its own (bulk order, works); a slip of the pen keeps
//! those of every day.
//!
//! **Invariant:** a supplier is judged with shares learnt from all; same result in any order of rows.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};
use crate::stats::text::{fold, hash64};

use super::rows::Slot;

/// Rows of a supplier from which its largest amount is judged.
const LEAST_ROWS: usize = 8;
/// Decades above the second largest amount from which a record is a leap.
const LEAP: f64 = 0.35;
/// Mean length of an honest leap, decades.
const REACH: f64 = 0.5;
/// Suppliers are gathered by number of rows, up to these.
const SIZES: [usize; 2] = [30, 150];
/// Before reading: share of the suppliers whose record is a leap, worth this many suppliers.
const LEAPS: (f64, f64) = (0.04, 12.0);
/// Before reading: mean of the other records, decades, worth this many suppliers.
const STEP: (f64, f64) = (0.12, 12.0);
/// Shares of the honest leaps that come with words, a contract, an account new at the supplier.
const TOLD: [f64; 3] = [0.65, 0.5, 0.3];
/// Weight of the first of them before reading, in leaps.
const WORDS: f64 = 10.0;
/// Largest share of the honest leaps that come with words of their own.
const MOST_TOLD: f64 = 0.9;
/// Least share of the errors that do.
const LEAST_TOLD: f64 = 0.03;

/// What the context of a leap says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Context {
    /// True when the words or the contract are new at the supplier.
    pub told: bool,
    /// Odds of an error against an honest leap, words apart.
    pub odds: f64,
    /// Whether the words are new, and the share of the errors whose words are.
    words: Option<(bool, f64)>,
}

impl Context {
    /// Odds with the words, when a share `told` of the honest leaps has words of their own.
    fn with_words(mut self, told: f64) -> Self {
        self.odds *= match self.words {
            Some((true, errors)) => errors / errors.max(told),
            Some((false, errors)) => (1.0 - errors) / (1.0 - errors.max(told)),
            None => 1.0,
        };
        self
    }
}

/// The largest amount of a supplier.
#[derive(Debug, Clone, Copy)]
struct Top {
    /// Position among the slots.
    slot: usize,
    /// Rows of the supplier.
    rows: usize,
    /// Decades above the second largest.
    excess: f64,
    context: Context,
}

/// A record, ready to be compared with an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    /// Probability of the record, per decade.
    pub density: f64,
    /// What its words and its contract say.
    pub context: Context,
}

/// Records of a ledger, by slot.
pub(crate) struct Records(FxHashMap<usize, Record>);

fn class(rows: usize) -> usize {
    SIZES.iter().filter(|s| rows >= **s).count()
}

impl Records {
    /// Reads the records of all suppliers; `rate` is the expected number of wrong amounts a row.
    pub(crate) fn learn(
        ledger: &Ledger,
        slots: &[Slot],
        suppliers: &[Range<usize>],
        rate: f64,
    ) -> Self {
        let tops: Vec<Top> = suppliers.iter().filter_map(|r| top(ledger, slots, r)).collect();
        let mut records = FxHashMap::default();
        let words = told_share(&tops, rate);
        for of in 0..=SIZES.len() {
            let mine: Vec<&Top> = tops.iter().filter(|t| class(t.rows) == of).collect();
            let (leaps, step) = learn_shares(&mine, rate);
            for t in mine.iter().filter(|t| t.excess >= LEAP) {
                let step_density = (-t.excess / step).exp() / step;
                let excess = (1.0 - leaps) * step_density
                    + leaps * (-(t.excess - LEAP) / REACH).exp() / REACH;
                let density = excess / t.rows as f64;
                records.insert(t.slot, Record { density, context: t.context.with_words(words) });
            }
        }
        Self(records)
    }

    /// The record at a slot.
    pub(crate) fn at(&self, slot: usize) -> Option<Record> {
        self.0.get(&slot).copied()
    }
}

/// Share of the honest leaps that come with words new at the supplier. The plain ones that errors would
/// give are left out.
fn told_share(tops: &[Top], rate: f64) -> f64 {
    let (mut told, mut plain, mut errors) = (0.0, 0.0, 0.0);
    for t in tops {
        errors += rate * t.rows as f64;
        match t.context.words {
            Some((true, _)) => told += 1.0,
            Some((false, _)) => plain += 1.0,
            None => {}
        }
    }
    let plain = f64::max(plain - errors, 0.0);
    let share: f64 = (told + TOLD[0] * WORDS) / (told + plain + WORDS);
    share.min(MOST_TOLD)
}

/// Share of the records that are honest leaps, and mean of the others in decades.
fn learn_shares(tops: &[&Top], rate: f64) -> (f64, f64) {
    let (mut steps, mut sum, mut told, mut plain, mut errors) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for t in tops {
        errors += rate * t.rows as f64;
        if t.excess < LEAP {
            steps += 1.0;
            sum += t.excess;
        } else if t.context.told {
            told += 1.0;
        } else {
            plain += 1.0;
        }
    }
    let step = (sum + STEP.0 * STEP.1) / (steps + STEP.1);
    let honest: f64 = told + f64::max(plain - errors, 0.0);
    let leaps = (honest + LEAPS.0 * LEAPS.1) / (tops.len() as f64 + LEAPS.1);
    (leaps.min(0.9), step)
}

fn top(ledger: &Ledger, slots: &[Slot], range: &Range<usize>) -> Option<Top> {
    let mine = &slots[range.clone()];
    if mine.len() < LEAST_ROWS {
        return None;
    }
    let (mut first, mut second) = (0, 0u64);
    for (i, s) in mine.iter().enumerate().skip(1) {
        if s.cents > mine[first].cents {
            second = mine[first].cents;
            first = i;
        } else {
            second = second.max(s.cents);
        }
    }
    let excess = (mine[first].cents as f64 / second as f64).log10();
    let context = if excess < LEAP {
        Context { told: false, odds: 1.0, words: None }
    } else {
        read_context(ledger, mine, first)
    };
    Some(Top { slot: range.start + first, rows: mine.len(), excess, context })
}

/// Hash of the letters of a wording: what is left without digits, case and accents.
fn letters(text: &str) -> u64 {
    let bare: String =
        fold(text).chars().map(|c| if c.is_alphabetic() { c } else { ' ' }).collect();
    hash64(bare.split_whitespace().take(6).collect::<Vec<_>>().join(" ").as_bytes())
}

fn read_context(ledger: &Ledger, mine: &[Slot], at: usize) -> Context {
    let mut context = Context { told: false, odds: 1.0, words: None };
    if let Some(column) = ledger.text(TextKey::Objet) {
        let mut class: FxHashMap<u32, u64> = FxHashMap::default();
        let keys = mine.iter().map(|s| {
            let row = s.row as usize;
            Some(*class.entry(column.codes[row]).or_insert_with(|| letters(column.get(row))))
        });
        let keys: Vec<Option<u64>> = keys.collect();
        let (new, errors) = novelty(&keys, at);
        context.told |= new;
        context.words = Some((new, errors));
    }
    if let Some(column) = ledger.text(TextKey::Marche) {
        let code = |s: &Slot| Some(column.codes[s.row as usize]).filter(|c| *c != NO_TEXT);
        let keys: Vec<Option<u64>> = mine.iter().map(|s| code(s).map(u64::from)).collect();
        context.hear(&keys, at, TOLD[1]);
    }
    let keys: Vec<Option<u64>> = mine.iter().map(|s| Some(u64::from(s.account))).collect();
    context.hear(&keys, at, TOLD[2]);
    context
}

impl Context {
    /// Adds what one column says, when the leap has a value of its own there; `honest` is how often honest
    /// leaps do.
    fn hear(&mut self, keys: &[Option<u64>], at: usize, honest: f64) {
        let (new, errors) = novelty(keys, at);
        if new {
            self.told = true;
            self.odds *= errors / errors.max(honest);
        }
    }
}

/// Whether a row has a value of its own, and the share of the other rows that do.
fn novelty(keys: &[Option<u64>], at: usize) -> (bool, f64) {
    let mut rows: FxHashMap<u64, u32> = FxHashMap::default();
    for key in keys.iter().flatten() {
        *rows.entry(*key).or_default() += 1;
    }
    let single = |key: &Option<u64>| key.is_some_and(|k| rows.get(&k) == Some(&1));
    let new = keys.iter().enumerate().filter(|(i, k)| *i != at && single(k)).count();
    let share = (new as f64 / (keys.len() as f64 - 1.0)).clamp(LEAST_TOLD, 0.97);
    (single(&keys[at]), share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(words: Option<(bool, f64)>) -> Context {
        Context { told: false, odds: 1.0, words }
    }

    #[test]
    fn words_of_its_own_excuse_a_leap() {
        assert!(context(Some((true, 0.05))).with_words(0.8).odds < 0.1);
        assert!(context(Some((false, 0.05))).with_words(0.8).odds > 4.0);
        // where every wording is new, a new one says nothing
        assert!(context(Some((true, 0.95))).with_words(0.8).odds > 0.99);
    }

    #[test]
    fn a_value_seen_once_is_new() {
        let keys = [Some(1), Some(1), Some(2), None, Some(3)];
        assert!(novelty(&keys, 2).0 && !novelty(&keys, 0).0 && !novelty(&keys, 3).0);
        assert!((novelty(&keys, 2).1 - 0.25).abs() < 1e-9);
    }
}
