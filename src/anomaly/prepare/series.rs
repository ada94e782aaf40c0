//! The series of numbers of a ledger: budget, exercice, sens and prefix, then the numbers in order.
//!
//! **Invariant:** twelve bytes a row; a number is the last run of digits of its text, what stands before
//! is part of the series.

use rustc_hash::FxHashMap;

use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};

/// One series: its numbers, each with its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
    /// Budget year.
    pub(crate) exercice: u16,
    /// Mandats or titres.
    pub(crate) sens: Sens,
    /// Rows by number, ascending, then by row.
    pub(crate) rows: Vec<(u32, u32)>,
}

impl Series {
    /// Rows of each number, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &[(u32, u32)]> {
        self.rows.chunk_by(|a, b| a.0 == b.0)
    }

    /// How many distinct numbers.
    pub(crate) fn count(&self) -> usize {
        self.numbers().count()
    }

    /// Distinct numbers over the length of their range.
    pub(crate) fn density(&self) -> f64 {
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return 0.0 };
        self.count() as f64 / f64::from(last.0 - first.0 + 1)
    }

    /// `mandat` or `titre`.
    pub(crate) fn noun(&self) -> &'static str {
        if self.sens == Sens::D { "mandat" } else { "titre" }
    }
}

/// Budget, exercice, sens and number of the prefix of a series.
type Key = (u32, u16, Sens, u32);

/// The series of a ledger by the numbers of `key`, in the order of their keys. Rows without a number are
/// left out.
pub(crate) fn series(ledger: &Ledger, key: TextKey) -> Vec<Series> {
    let Some(column) = ledger.text(key) else { return Vec::new() };
    let mut prefixes = Prefixes::default();
    let parts: Vec<(u32, u32)> = column
        .dictionary
        .iter()
        .map(|text| split(text).map_or((NO_TEXT, 0), |(p, number)| (prefixes.id(p), number)))
        .collect();
    let budgets = ledger.text(TextKey::Budget);
    let stages = ledger.text(TextKey::Etape);
    let invoices: Vec<bool> = stages.map_or_else(Vec::new, |c| {
        c.dictionary.iter().map(|t| t.eq_ignore_ascii_case("facture")).collect()
    });
    let is_invoice =
        |row: usize| stages.is_some_and(|c| invoices.get(c.codes[row] as usize) == Some(&true));
    let mut ids: FxHashMap<Key, usize> = FxHashMap::default();
    let mut found: Vec<(Key, Series)> = Vec::new();
    // Rows of one series come in runs: the last one found is tried first.
    let mut last = 0;
    for row in 0..ledger.len() {
        let (prefix, number) =
            parts.get(column.codes[row] as usize).copied().unwrap_or((NO_TEXT, 0));
        if prefix == NO_TEXT || is_invoice(row) {
            continue;
        }
        let budget = budgets.map_or(NO_TEXT, |c| c.codes[row]);
        let key = (budget, ledger.exercice[row], ledger.sens[row], prefix);
        if found.get(last).is_none_or(|f| f.0 != key) {
            last = *ids.entry(key).or_insert_with(|| {
                let (exercice, sens) = (key.1, key.2);
                found.push((key, Series { exercice, sens, rows: Vec::new() }));
                found.len() - 1
            });
        }
        found[last].1.rows.push((number, row as u32));
    }
    found.sort_by_key(|((budget, exercice, sens, prefix), _)| {
        (*budget, *exercice, *sens, prefixes.texts[*prefix as usize])
    });
    for (_, series) in &mut found {
        series.rows.sort_unstable();
    }
    found.into_iter().map(|(_, series)| series).collect()
}

/// Prefixes numbered as they come; in a sorted dictionary the same one often comes again.
#[derive(Default)]
pub(crate) struct Prefixes<'a> {
    known: FxHashMap<&'a str, u32>,
    texts: Vec<&'a str>,
    last: u32,
}

impl<'a> Prefixes<'a> {
    /// Number of a prefix.
    pub(crate) fn id(&mut self, prefix: &'a str) -> u32 {
        if self.texts.get(self.last as usize) != Some(&prefix) {
            let next = self.texts.len() as u32;
            self.last = *self.known.entry(prefix).or_insert(next);
            if self.last == next {
                self.texts.push(prefix);
            }
        }
        self.last
    }
}

/// What stands before the last run of digits, and their value; nothing when there is none, when it is
/// longer than nine digits, or when something follows it.
pub(crate) fn split(text: &str) -> Option<(&str, u32)> {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (prefix, number) = text.split_at(text.len() - digits);
    if digits > 9 {
        return None;
    }
    Some((prefix, number.parse().ok()?))
}

/// `number` as the source would write it, from a number of the same series: its prefix and leading zeros.
pub(crate) fn written(beside: &str, number: u32) -> String {
    let Some((prefix, _)) = split(beside) else { return number.to_string() };
    let digits = &beside[prefix.len()..];
    let width = if digits.starts_with('0') { digits.len() } else { 0 };
    format!("{prefix}{number:0width$}")
}

/// A number as the source writes it in the column `key`; the first of its spellings when it has several.
pub(crate) fn source_text<'a>(ledger: &'a Ledger, key: TextKey, number: &[(u32, u32)]) -> &'a str {
    number.iter().map(|n| ledger.text_at(key, n.1 as usize)).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_the_source() {
        assert_eq!(written("1203-05432", 5_433), "1203-05433");
        assert_eq!(written("2025-9", 10), "2025-10");
        assert_eq!(written("099", 100), "100");
        assert_eq!(written("1204", 1_205), "1205");
    }

    #[test]
    fn numbers_end_their_text() {
        assert_eq!(split("1204"), Some(("", 1_204)));
        assert_eq!(split("2025-0007"), Some(("2025-", 7)));
        assert_eq!(split("12 bis"), None);
        assert_eq!(split("20250000000123"), None);
    }
}
