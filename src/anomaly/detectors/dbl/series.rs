//! Series of invoice numbers: a supplier's numbers of one shape grow with the date.
//!
//! Two genuine invoices sit where the series is at their dates; a number typed again stays near the first
//! one, or leaves the series. Places are ranks among the supplier's own numbers, so that any pace, year
//! prefix or yearly restart by a prefix is followed without parsing.
//! **Invariant:** ranks only; nothing depends on the order of rows.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::levels::{Num, Pair};
use super::units::Units;
use crate::domain::calendar::NO_DAY;
use crate::frames::ledger::{DateKey, TextKey};
use crate::stats::text::mix;

/// Both numbers moved along the series as their dates did.
pub(super) const MOVED: u8 = 0;
/// The numbers do not follow the dates.
pub(super) const OFF: u8 = 1;
/// Numbers of two shapes.
pub(super) const SHAPES: u8 = 2;
/// Too few numbers for ranks: the later one is the higher.
pub(super) const RISING: u8 = 3;
/// Too few numbers for ranks: the later one is not the higher.
pub(super) const FALLING: u8 = 4;
/// Close in the series and in time: says little.
pub(super) const CLOSE: u8 = 5;

/// Fewest numbers that make a series.
const FEW: usize = 6;

/// The series of every supplier.
pub(super) struct Series {
    /// Numeric value of each text of the column `facture`, by code.
    values: Vec<u64>,
    /// Series, day and value; sorted.
    by_day: Vec<(u64, i32)>,
    by_value: Vec<(u64, u64)>,
    /// Bounds of each series, and whether it is orderly.
    bounds: FxHashMap<u64, (usize, usize, bool)>,
}

/// Digits of a number as one value, the first eighteen.
fn value(text: &str) -> u64 {
    let digits = text.bytes().filter(u8::is_ascii_digit).take(18);
    digits.fold(0, |v, d| v * 10 + u64::from(d - b'0'))
}

/// Middle of the run of `x` in a sorted list, doubled.
fn rank<T: Ord>(list: &[T], x: &T) -> i64 {
    (list.partition_point(|y| y < x) + list.partition_point(|y| y <= x)) as i64
}

/// Day of the invoice, else of the document.
fn day(units: &Units, unit: u32) -> i32 {
    let days = units.ledger.date(DateKey::Facture);
    match days.map(|d| d[units.row(unit)]) {
        Some(day) if day != NO_DAY => day,
        _ => units.day(unit),
    }
}

fn key(units: &Units, unit: u32) -> u64 {
    mix(units.number(unit).shape ^ mix(u64::from(units.supplier(unit)) + 7))
}

impl Series {
    /// Sorts the numbers of every supplier.
    pub(super) fn measure(units: &Units) -> Self {
        let values = units.ledger.text(TextKey::Facture).map_or_else(Vec::new, |column| {
            (0..column.dictionary.len() as u32).map(|c| value(column.dictionary.get(c))).collect()
        });
        let mut list: Vec<(u64, i32, u64)> = units
            .cards
            .par_iter()
            .with_min_len(4096)
            .filter(|c| c.number.key != 0 && (c.unit as usize) < units.rows())
            .map(|c| {
                (key(units, c.unit), day(units, c.unit), values[units.facture(c.unit) as usize])
            })
            .collect();
        list.par_sort_unstable();
        list.dedup();
        let mut bounds = FxHashMap::default();
        let mut start = 0;
        for run in list.chunk_by(|a, b| a.0 == b.0) {
            let rising = run.windows(2).filter(|w| w[1].2 > w[0].2).count();
            let orderly = rising * 10 >= (run.len() - 1) * 7;
            bounds.insert(run[0].0, (start, start + run.len(), orderly));
            start += run.len();
        }
        let by_day = list.iter().map(|l| (l.0, l.1)).collect();
        let mut by_value: Vec<(u64, u64)> = list.iter().map(|l| (l.0, l.2)).collect();
        by_value.par_sort_unstable();
        Self { values, by_day, by_value, bounds }
    }

    /// Where two different numbers of one supplier stand in its series; none when there is no series.
    pub(super) fn level(&self, units: &Units, pair: &Pair) -> Option<u8> {
        if !matches!(pair.num, Num::Other | Num::Serial | Num::Slip) {
            return None;
        }
        let (a, b) = (pair.a, pair.b);
        if units.number(a).shape != units.number(b).shape {
            return Some(SHAPES);
        }
        let key = key(units, a);
        let (from, to, orderly) = self.bounds.get(&key).copied()?;
        let of = |u: u32| (day(units, u), self.values[units.facture(u) as usize]);
        let ((day_a, value_a), (day_b, value_b)) = (of(a), of(b));
        if to - from < FEW {
            let rises = (value_a < value_b) == (day_a < day_b) && day_a != day_b;
            return Some(if rises { RISING } else { FALLING });
        }
        if !orderly {
            return None;
        }
        let (days, values) = (&self.by_day[from..to], &self.by_value[from..to]);
        let along = rank(days, &(key, day_b)) - rank(days, &(key, day_a));
        let up = rank(values, &(key, value_b)) - rank(values, &(key, value_a));
        // ranks are doubled: three places, or a sixth of the series
        let slack = (((to - from) / 3) as i64).max(6);
        Some(match () {
            () if (along - up).abs() > slack => OFF,
            () if up.abs() <= 4 => CLOSE,
            () => MOVED,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_values() {
        assert_eq!(value("FC/2024/05148"), 202_405_148);
        assert_eq!(value("néant"), 0);
    }

    #[test]
    fn ranks_are_middles() {
        assert_eq!(rank(&[1, 2, 2, 3], &2), 4);
        assert_eq!(rank(&[1, 2, 2, 3], &9), 8);
    }
}
