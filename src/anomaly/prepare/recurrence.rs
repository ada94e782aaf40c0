//! What comes back: rows of one supplier with one amount, and the rhythm at which they come.
//!
//! Rents, subscriptions, instalments and per-site bills repeat the same amount; a repeat that falls
//! where the rhythm expects it is no news. The rhythm of a group is the period shared by most of its
//! gaps between distinct days.
//! **Invariant:** groups depend on the content of the rows only, never on their order.

use rayon::prelude::*;

use super::supplier::Suppliers;
use crate::domain::calendar::NO_DAY;
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};

/// Rows in the order supplier, amount, day, and the groups of equal supplier and amount.
#[derive(Debug, Clone, Default)]
pub struct Recurrence {
    /// Rows sorted by supplier, absolute amount, day and content.
    pub order: Vec<u32>,
    /// Start of each group in `order`, and the end of the last one.
    pub starts: Vec<u32>,
    /// Rhythm of each group.
    pub rhythms: Vec<Rhythm>,
    /// Group of each row.
    pub group_of: Vec<u32>,
}

/// How a group of equal amounts repeats.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rhythm {
    /// Days between two payments; 0 without rhythm.
    pub period: u16,
    /// Share of the gaps that follow the period, 0 to 1.
    pub regularity: f32,
    /// Distinct days of payment.
    pub days: u32,
}

impl Recurrence {
    /// Number of groups.
    pub fn len(&self) -> usize {
        self.rhythms.len()
    }

    /// True without groups.
    pub fn is_empty(&self) -> bool {
        self.rhythms.is_empty()
    }

    /// Rhythm of the group of a row.
    pub fn of_row(&self, row: usize) -> Option<Rhythm> {
        self.rhythms.get(*self.group_of.get(row)? as usize).copied()
    }

    /// Rows of a group, earliest first.
    pub fn members(&self, group: usize) -> &[u32] {
        &self.order[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}

/// Periods known to accounting, in days, with the slack in days that months and week-ends bring.
const PERIODS: [(u16, i32); 8] =
    [(7, 1), (14, 2), (28, 1), (30, 4), (61, 5), (91, 7), (182, 10), (365, 15)];

/// The period a gap in days stands for, when there is one.
pub fn period_of(gap: i32) -> Option<u16> {
    PERIODS.iter().find(|(p, slack)| (gap - i32::from(*p)).abs() <= *slack).map(|(p, _)| *p)
}

/// True when `gap` is a whole number (up to 6) of `period`s, within the slack of the period.
pub fn follows(gap: i32, period: u16) -> bool {
    let slack = PERIODS.iter().find(|(p, _)| *p == period).map_or(1, |(_, s)| *s);
    let p = i32::from(period);
    p > 0 && (1..=6).any(|k| (gap - k * p).abs() <= slack + k / 3)
}

/// Orders the rows and measures the rhythm of each group.
pub fn measure(ledger: &Ledger, suppliers: &Suppliers) -> Recurrence {
    let order = sorted_rows(ledger, suppliers);
    let same = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        suppliers.of_row[a] == suppliers.of_row[b]
            && ledger.montant[a].unsigned_abs() == ledger.montant[b].unsigned_abs()
    };
    let mut starts: Vec<u32> = (0..order.len())
        .filter(|i| *i == 0 || !same(order[i - 1], order[*i]))
        .map(|i| i as u32)
        .collect();
    starts.push(order.len() as u32);
    let rhythms = starts
        .par_windows(2)
        .with_min_len(1024)
        .map(|w| rhythm(ledger, &order[w[0] as usize..w[1] as usize]))
        .collect();
    let mut group_of = vec![0; order.len()];
    for (g, w) in starts.windows(2).enumerate() {
        for row in &order[w[0] as usize..w[1] as usize] {
            group_of[*row as usize] = g as u32;
        }
    }
    Recurrence { order, starts, rhythms, group_of }
}

/// Rows by supplier, absolute amount, day, then content; rows alike in all by their provenance.
fn sorted_rows(ledger: &Ledger, suppliers: &Suppliers) -> Vec<u32> {
    let code = |key, row: usize| ledger.text(key).map_or(NO_TEXT, |c| c.codes[row]);
    let mut keyed: Vec<(u32, u64, i32, u32, u32, u32)> = (0..ledger.len())
        .into_par_iter()
        .with_min_len(4096)
        .map(|row| {
            (
                suppliers.of_row[row],
                ledger.montant[row].unsigned_abs(),
                ledger.day(row),
                code(TextKey::Facture, row),
                code(TextKey::Mandat, row),
                row as u32,
            )
        })
        .collect();
    keyed.par_sort_unstable_by(|a, b| {
        (a.0, a.1, a.2, a.3, a.4)
            .cmp(&(b.0, b.1, b.2, b.3, b.4))
            .then_with(|| content_order(ledger, a.5 as usize, b.5 as usize))
    });
    keyed.into_iter().map(|k| k.5).collect()
}

/// Order of two rows by the rest of their content, then by provenance.
pub(crate) fn content_order(ledger: &Ledger, a: usize, b: usize) -> std::cmp::Ordering {
    let texts = ledger.texts.iter().flatten().map(|c| c.codes[a].cmp(&c.codes[b]));
    texts.fold(ledger.montant[a].cmp(&ledger.montant[b]), std::cmp::Ordering::then).then_with(
        || {
            let name = |r: usize| &ledger.sources[ledger.source[r] as usize];
            name(a).cmp(name(b)).then(ledger.record[a].cmp(&ledger.record[b]))
        },
    )
}

/// Rhythm of rows sorted by day.
fn rhythm(ledger: &Ledger, rows: &[u32]) -> Rhythm {
    let mut days = 0;
    let mut votes = [0_u32; PERIODS.len()];
    let mut gaps = 0_u32;
    let mut last = NO_DAY;
    for day in rows.iter().map(|r| ledger.day(*r as usize)).filter(|d| *d != NO_DAY) {
        if day == last {
            continue;
        }
        days += 1;
        if last != NO_DAY {
            gaps += 1;
            let p = PERIODS.iter().position(|(p, s)| (day - last - i32::from(*p)).abs() <= *s);
            if let Some(p) = p {
                votes[p] += 1;
            }
        }
        last = day;
    }
    let (best, n) =
        votes.iter().enumerate().max_by_key(|(i, n)| (**n, usize::MAX - i)).unwrap_or((0, &0));
    if *n < 2 || n * 2 < gaps {
        return Rhythm { days, ..Rhythm::default() };
    }
    Rhythm { period: PERIODS[best].0, regularity: *n as f32 / gaps as f32, days }
}
