//! How probable a negative amount is: by account, by supplier, and when it nets an earlier record.
//!
//! A negative row is either an ordinary credit or a positive amount whose sign was changed. Credits
//! gather on some accounts and suppliers, and often net a record of the same amount. A credit that its
//! wording tells is no surprise and teaches nothing about those that no wording tells.
//!
//! **Invariant:** rates come from the ledger, the row judged left out.

use std::ops::Range;

use crate::frames::ledger::NO_TEXT;

use super::habit::Habit;
use super::rows::Slot;

/// Rates of negative rows on the ledger and by account.
pub(crate) struct Signs {
    /// Negative rows and rows of the ledger.
    all: (f64, f64),
    /// The same by account, those without account last.
    by_account: Vec<(f64, f64)>,
    netting: f64,
}

/// What the signs of a supplier say.
pub(crate) struct SupplierSigns {
    /// Negative rows.
    pub negatives: u32,
    /// Negative rows expected from the accounts.
    expected: f64,
    /// Share of the rows whose amount occurs more than once.
    repeated: f64,
}

/// Odds of a changed sign against an ordinary credit, as factors.
pub(crate) struct SignOdds {
    /// From the rarity of credits on the account.
    pub account: f64,
    /// From the supplier's own credits.
    pub supplier: f64,
    /// From a positive record of the same amount, or its absence.
    pub netting: f64,
}

/// Rows of prior weight in the rate of an account.
const ACCOUNT_WEIGHT: f64 = 30.0;
/// Expected rows of prior weight in the excess of a supplier.
const SUPPLIER_WEIGHT: f64 = 1.0;

impl Signs {
    /// Learns from all the slots, gathered by supplier in `suppliers`.
    pub(crate) fn learn(slots: &[Slot], suppliers: &[Range<usize>]) -> Self {
        let negatives = slots.iter().filter(|s| s.negative && !s.told).count() as f64;
        let accounts =
            slots.iter().filter(|s| s.account != NO_TEXT).map(|s| s.account as usize + 1).max();
        let mut counts = vec![(0.0, 0.0); accounts.unwrap_or(0) + 1];
        let last = counts.len() - 1;
        for s in slots {
            let at = if s.account == NO_TEXT { last } else { s.account as usize };
            counts[at].0 += f64::from(u8::from(s.negative && !s.told));
            counts[at].1 += 1.0;
        }
        let all = (negatives, slots.len() as f64);
        Self { all, by_account: counts, netting: netting(slots, suppliers) }
    }

    /// Share of negative rows on an account, `without` (negative rows, rows) left out.
    fn rate(&self, account: u32, without: (f64, f64)) -> f64 {
        let last = self.by_account.len() - 1;
        let at = if account == NO_TEXT { last } else { (account as usize).min(last) };
        let (k, n) = self.by_account[at];
        // half a negative row in 200 before reading: credits are rare
        let base = (self.all.0 - without.0 + 0.5) / (self.all.1 - without.1 + 200.0);
        (k - without.0 + ACCOUNT_WEIGHT * base) / (n - without.1 + ACCOUNT_WEIGHT)
    }

    /// Signs of a supplier.
    pub(crate) fn of(&self, slots: &[Slot], repeated: f64) -> SupplierSigns {
        SupplierSigns {
            negatives: slots.iter().filter(|s| s.negative && !s.told).count() as u32,
            expected: slots.iter().map(|s| self.rate(s.account, (0.0, 0.0))).sum(),
            repeated,
        }
    }

    /// Odds factors for a negative row of the supplier.
    pub(crate) fn odds(&self, habit: &Habit<'_>, mine: &SupplierSigns, own: &Slot) -> SignOdds {
        let account = self.rate(own.account, (1.0, 1.0));
        let excess = (f64::from(mine.negatives) - 1.0 + SUPPLIER_WEIGHT)
            / ((mine.expected - account).max(0.0) + SUPPLIER_WEIGHT);
        let p = (account * excess).clamp(1e-6, 0.5);
        let alone = (1.0 - account) / account;
        let netting = if nets(habit.slots, own) {
            mine.repeated / (self.netting + (1.0 - self.netting) * mine.repeated)
        } else {
            1.0 / (1.0 - self.netting)
        };
        SignOdds { account: alone, supplier: (1.0 - p) / p / alone, netting }
    }
}

/// True when the supplier has a positive row of the same amount.
fn nets(slots: &[Slot], own: &Slot) -> bool {
    // slots are sorted by account, then amount, then sign: the positive ones of a cell come first
    super::rows::runs(slots, |s| (s.account, s.service)).into_iter().any(|cell| {
        let cell = &slots[cell];
        let at = cell.partition_point(|s| s.cents < own.cents);
        cell.get(at).is_some_and(|s| s.cents == own.cents && !s.negative)
    })
}

/// Share of the rows of a supplier whose amount occurs more than once.
pub(crate) fn repeated_share(rows: usize, usual: &[(u64, u32)]) -> f64 {
    let repeated: u32 = usual.iter().map(|u| u.1).sum();
    (f64::from(repeated) + 0.2) / (rows as f64 + 1.0)
}

/// Share of the credits that net a record on purpose, beyond what repeated amounts give by chance.
fn netting(slots: &[Slot], suppliers: &[Range<usize>]) -> f64 {
    let (mut credits, mut netted, mut chance) = (0.0, 0.0, 0.0);
    for range in suppliers {
        let mine = &slots[range.clone()];
        if !mine.iter().any(|s| s.negative && !s.told) {
            continue;
        }
        let mut amounts: Vec<u64> = mine.iter().map(|s| s.cents).collect();
        amounts.sort_unstable();
        let usual: Vec<(u64, u32)> = super::rows::runs(&amounts, |a| *a)
            .into_iter()
            .filter(|r| r.len() > 1)
            .map(|r| (amounts[r.start], r.len() as u32))
            .collect();
        let repeated = repeated_share(mine.len(), &usual);
        for own in mine.iter().filter(|s| s.negative && !s.told).take(200) {
            credits += 1.0;
            netted += f64::from(u8::from(nets(mine, own)));
            chance += repeated;
        }
    }
    // a prior of 20 credits, of which 8 netted on purpose
    let seen = (netted - chance).max(0.0);
    ((seen + 8.0) / ((credits - chance).max(0.0) + 20.0)).clamp(0.05, 0.9)
}
