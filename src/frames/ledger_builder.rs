//! `LedgerBuilder`: rows of any number of sources, pushed one by one, to one [`Ledger`].
//!
//! Sources are to be pushed in the order of their names, so that the frame does not depend on the order
//! in which files were given. A column takes memory only from the first row that fills it.
//!
//! **Invariant:** a row pushed is a row of the ledger, in the order pushed; nothing is allocated per row.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::domain::calendar::NO_DAY;
use crate::frames::extra::Extras;
use crate::frames::intern::Interner;
use crate::frames::ledger::{Ledger, NO_AMOUNT, NO_TEXT, Sens, TEXTS, TextColumn};

/// One row to push; texts are bytes as read, see [`Interner::intern`].
#[derive(Debug, Clone, Copy)]
pub struct LedgerRow<'a> {
    /// Record in the source, from 1 after the header, blank lines not counted.
    pub record: u32,
    /// What is paid or received, centimes.
    pub montant: i64,
    /// Dépense or recette.
    pub sens: Sens,
    /// Budget year, 0 when unknown.
    pub exercice: u16,
    /// Day numbers by `DateKey`, [`NO_DAY`] when absent.
    pub dates: [i32; 4],
    /// Centimes by `AmountKey`, [`NO_AMOUNT`] when absent.
    pub amounts: [i64; 3],
    /// Texts by `TextKey`, empty when absent.
    pub texts: [&'a [u8]; TEXTS],
}

impl LedgerRow<'_> {
    /// A row of which everything optional is absent.
    pub fn empty() -> Self {
        Self {
            record: 0,
            montant: 0,
            sens: Sens::D,
            exercice: 0,
            dates: [NO_DAY; 4],
            amounts: [NO_AMOUNT; 3],
            texts: [&[]; TEXTS],
        }
    }
}

/// A ledger under construction. See the module documentation.
#[derive(Debug, Default)]
pub struct LedgerBuilder {
    ledger: Ledger,
    interners: [Interner; TEXTS],
    codes: [Option<Vec<u32>>; TEXTS],
    extras: Extras,
    asked: String,
}

impl LedgerBuilder {
    /// Opens a source; the rows pushed from now on are its rows.
    pub fn source(&mut self, chemin: &str) {
        self.ledger.sources.push(chemin.to_owned());
    }

    /// Only the rows of this commune are wanted (`--siren`), where a column tells them apart.
    pub fn ask(&mut self, siren: &str) {
        self.asked = siren.chars().filter(|c| !c.is_whitespace()).collect();
    }

    /// The commune asked for, empty for all.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// Number of rows pushed.
    pub fn len(&self) -> usize {
        self.ledger.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.ledger.is_empty()
    }

    /// True when a column holds more than 4 GiB of distinct texts: the ledger would lose some.
    pub fn is_full(&self) -> bool {
        self.interners.iter().any(Interner::is_full) || self.extras.is_full()
    }

    /// Appends a row to the source opened last.
    pub fn push(&mut self, row: &LedgerRow<'_>) {
        let rank = self.ledger.len();
        let ledger = &mut self.ledger;
        ledger.source.push((ledger.sources.len() as u32).saturating_sub(1));
        ledger.record.push(row.record);
        ledger.montant.push(row.montant);
        ledger.sens.push(row.sens);
        ledger.exercice.push(row.exercice);
        for (column, day) in ledger.dates.iter_mut().zip(row.dates) {
            append(column, day, NO_DAY, rank);
        }
        for (column, amount) in ledger.amounts.iter_mut().zip(row.amounts) {
            append(column, amount, NO_AMOUNT, rank);
        }
        for (key, text) in row.texts.iter().enumerate() {
            if text.is_empty() && self.codes[key].is_none() {
                continue;
            }
            append(&mut self.codes[key], self.interners[key].intern(text), NO_TEXT, rank);
        }
    }

    /// The columns without a canonical name, and the row pushed last.
    pub fn extras(&mut self) -> (&mut Extras, usize) {
        (&mut self.extras, self.ledger.len().saturating_sub(1))
    }

    /// Forgets the last source and its rows, after a refusal in the middle of a file.
    pub fn rollback(&mut self, rows: usize) {
        let ledger = &mut self.ledger;
        ledger.sources.pop();
        ledger.source.truncate(rows);
        ledger.record.truncate(rows);
        ledger.montant.truncate(rows);
        ledger.sens.truncate(rows);
        ledger.exercice.truncate(rows);
        ledger.dates.iter_mut().flatten().for_each(|c| c.truncate(rows));
        ledger.amounts.iter_mut().flatten().for_each(|c| c.truncate(rows));
        self.codes.iter_mut().flatten().for_each(|c| c.truncate(rows));
        self.extras.truncate(rows);
    }

    /// The ledger, its dictionaries sorted.
    pub fn finish(self) -> Ledger {
        let mut ledger = self.ledger;
        ledger.dates.iter_mut().for_each(|c| drop_empty(c, NO_DAY));
        ledger.amounts.iter_mut().for_each(|c| drop_empty(c, NO_AMOUNT));
        let columns: Vec<(Interner, Option<Vec<u32>>)> =
            self.interners.into_iter().zip(self.codes).collect();
        let finished: Vec<Option<TextColumn>> = columns
            .into_par_iter()
            .map(|(interner, codes)| {
                let mut codes = codes?;
                let dictionary = interner.finish(&mut codes);
                (!dictionary.is_empty()).then_some(TextColumn { codes, dictionary })
            })
            .collect();
        for (slot, column) in ledger.texts.iter_mut().zip(finished) {
            *slot = column;
        }
        ledger.extras = self.extras.finish();
        ledger
    }
}

/// Appends to a column that exists from its first value on.
fn append<T: Copy + PartialEq>(column: &mut Option<Vec<T>>, value: T, absent: T, rank: usize) {
    match column {
        Some(values) => values.push(value),
        None if value == absent => {}
        None => {
            let mut values = vec![absent; rank];
            values.push(value);
            *column = Some(values);
        }
    }
}

fn drop_empty<T: Copy + PartialEq>(column: &mut Option<Vec<T>>, absent: T) {
    if column.as_ref().is_some_and(|values| values.iter().all(|v| *v == absent)) {
        *column = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger::{DateKey, TextKey};

    #[test]
    fn columns_appear_with_their_first_value() {
        let mut builder = LedgerBuilder::default();
        builder.source("a.csv");
        builder.push(&LedgerRow { record: 1, montant: 100, ..LedgerRow::empty() });
        let mut row = LedgerRow { record: 2, montant: -5, ..LedgerRow::empty() };
        row.texts[TextKey::Objet as usize] = b"papier";
        row.dates[DateKey::Mandat as usize] = 20_000;
        builder.push(&row);
        let ledger = builder.finish();
        assert_eq!(ledger.len(), 2);
        assert_eq!(
            (ledger.text_at(TextKey::Objet, 0), ledger.text_at(TextKey::Objet, 1)),
            ("", "papier")
        );
        assert_eq!((ledger.day(0), ledger.day(1)), (NO_DAY, 20_000));
        assert_eq!(ledger.record_name(1), "a.csv#2");
        assert!(ledger.text(TextKey::Iban).is_none());
    }

    #[test]
    fn a_source_rolled_back_leaves_nothing() {
        let mut builder = LedgerBuilder::default();
        builder.source("a.csv");
        builder.push(&LedgerRow { montant: 1, ..LedgerRow::empty() });
        let before = builder.len();
        builder.source("b.csv");
        let mut row = LedgerRow::empty();
        row.texts[0] = b"x";
        builder.push(&row);
        let (extras, last) = builder.extras();
        let place = extras.place("source_note", "Note").expect("room");
        extras.set(place, last, b"perdu");
        builder.rollback(before);
        let ledger = builder.finish();
        assert_eq!((ledger.len(), ledger.sources.len()), (1, 1));
        assert!(ledger.texts[0].is_none() && ledger.extras.is_empty());
    }
}
