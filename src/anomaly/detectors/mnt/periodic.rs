//! Payments that fall at regular dates for one amount, and the one payment among them that differs.
//!
//! A payment departs when those before and those after agree on another amount: a revision that stays is
//! no departure. How often departures happen in this ledger gives their weight.
//!
//! **Invariant:** an isolated departure is judged by its neighbours only, never by its own amount.

use crate::domain::calendar::NO_DAY;
use crate::frames::ledger::{Ledger, TextKey};
use crate::stats::text::fold;

use super::rows::{Slot, runs};

/// Payments looked at on each side, and how many there must be.
const SIDE: usize = 3;
const LEAST_SIDE: usize = 2;
/// Rows above which an account of a supplier is no schedule.
const MOST_ROWS: usize = 2_000;

/// Months, folded.
const MONTHS: [&str; 12] = [
    "JANVIER",
    "FEVRIER",
    "MARS",
    "AVRIL",
    "MAI",
    "JUIN",
    "JUILLET",
    "AOUT",
    "SEPTEMBRE",
    "OCTOBRE",
    "NOVEMBRE",
    "DECEMBRE",
];

/// A payment that departs from the amount paid before and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Departure {
    /// The row.
    pub slot: Slot,
    /// The amount paid around it, centimes.
    pub usual: u64,
    /// Payments of that amount around it.
    pub around: u32,
    /// Whether the payment says what its neighbours say; `None` without wordings.
    pub same_words: Option<bool>,
}

/// Departures of a ledger, and the number of payments found regular.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    /// Departures, by content.
    pub departures: Vec<Departure>,
    /// Regular payments, then regular receipts, departures left out.
    pub regular: [u64; 2],
}

/// Reads the schedules of all suppliers, account by account.
pub(crate) fn read(ledger: &Ledger, slots: &[Slot]) -> Schedule {
    let mut schedule = Schedule::default();
    let mut paid: Vec<(i32, u64, usize)> = Vec::new();
    for cell in runs(slots, |s| (s.supplier, s.account)) {
        if cell.len() < 2 * LEAST_SIDE + 2 || cell.len() > MOST_ROWS {
            continue;
        }
        let mine = &slots[cell];
        paid.clear();
        paid.extend(
            mine.iter()
                .enumerate()
                .filter(|(_, s)| !s.negative)
                .map(|(i, s)| (ledger.day(s.row as usize), s.cents, i)),
        );
        if paid.iter().any(|p| p.0 == NO_DAY) {
            continue;
        }
        paid.sort_unstable();
        for at in LEAST_SIDE..paid.len().saturating_sub(LEAST_SIDE) {
            let Some((usual, around)) = around(&paid, at) else { continue };
            let (_, cents, i) = paid[at];
            let known = mine.iter().filter(|s| s.cents == cents).count() > 1;
            if cents == usual {
                schedule.regular[mine[i].supplier as usize % 2] += 1;
            } else if !known {
                let beside = [at - 1, at, at + 1].map(|p| mine[paid[p].2].row as usize);
                // receipts follow presence and income: their wordings promise no amount
                let expense = mine[i].supplier.is_multiple_of(2);
                let same_words = if expense { same_words(ledger, beside) } else { None };
                // several units, unless the payment says that it is the usual one
                if same_words == Some(true) || !cents.is_multiple_of(usual) {
                    schedule.departures.push(Departure {
                        slot: mine[i],
                        usual,
                        around,
                        same_words,
                    });
                }
            }
        }
    }
    schedule
}

/// Whether the middle row says what one of its neighbours says, months and figures apart.
fn same_words(ledger: &Ledger, [before, here, after]: [usize; 3]) -> Option<bool> {
    let column = ledger.text(TextKey::Objet)?;
    let words = |row: usize| -> Vec<String> {
        let folded = fold(column.get(row));
        let letters = folded.split(|c: char| !c.is_alphabetic());
        letters.filter(|w| !w.is_empty() && !MONTHS.contains(w)).map(str::to_owned).collect()
    };
    let own = words(here);
    (!own.is_empty()).then(|| own == words(before) || own == words(after))
}

/// The amount on which the neighbours of a payment agree, but for one, at regular dates.
fn around(paid: &[(i32, u64, usize)], at: usize) -> Option<(u64, u32)> {
    let (from, to) = (at.saturating_sub(SIDE), (at + SIDE).min(paid.len() - 1));
    let usual = paid[at - 1].1;
    if paid[at + 1].1 != usual {
        return None;
    }
    let neighbours = to - from;
    let same = (from..=to).filter(|i| *i != at && paid[*i].1 == usual).count();
    let mut gaps: Vec<i32> = (from..to).map(|i| paid[i + 1].0 - paid[i].0).collect();
    gaps.sort_unstable();
    let typical = gaps[gaps.len() / 2];
    let regular = typical >= 5 && gaps.iter().all(|g| 2 * g >= typical && 2 * g <= 3 * typical + 8);
    (same + 1 >= neighbours && regular).then_some((usual, same as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(amounts: &[u64]) -> Vec<(i32, u64, usize)> {
        amounts.iter().enumerate().map(|(i, a)| (30 * i as i32, *a, i)).collect()
    }

    #[test]
    fn one_month_departs() {
        assert_eq!(around(&paid(&[5, 5, 5, 9, 5, 5, 5]), 3), Some((5, 6)));
    }

    #[test]
    fn a_revision_that_stays_does_not() {
        assert_eq!(around(&paid(&[5, 5, 5, 9, 9, 9, 9]), 3), None);
    }

    #[test]
    fn irregular_dates_are_no_schedule() {
        let mut scattered = paid(&[5, 5, 5, 9, 5, 5, 5]);
        scattered[6].0 += 200;
        assert_eq!(around(&scattered, 3), None);
    }
}
