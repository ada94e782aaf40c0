//! The ledger as the amount models see it: one slot per row, gathered by supplier and account.
//!
//! Takes a ledger and supplier codes; gives slots sorted by content and the counts that models share.
//!
//! **Invariant:** the order of the slots comes from their content, so that nothing downstream depends
//! on the order of the rows.

use std::ops::Range;

use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextColumn, TextKey};
use crate::stats::digits::trailing_zeros;
use crate::stats::logkernel::bin;
use crate::stats::text::fold;

/// A ledger row with a non-zero amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    /// Supplier code, doubled, plus one for receipts: habits differ by direction.
    pub supplier: u32,
    /// Account without its leading zeros, [`NO_TEXT`] when absent.
    pub account: u32,
    /// Service, [`NO_TEXT`] when absent: splits the account.
    pub service: u32,
    /// Absolute amount, centimes.
    pub cents: u64,
    /// True for a negative amount.
    pub negative: bool,
    /// True for a negative amount whose wording tells a credit or a cancellation.
    pub told: bool,
    /// Bin of the amount.
    pub bin: u16,
    /// Trailing zeros of the amount in centimes.
    pub zeros: u8,
    /// Row in the ledger.
    pub row: u32,
}

/// Codes of a text column where texts that differ by leading zeros only (spreadsheets eat them) are one.
pub(crate) fn without_leading_zeros(column: &TextColumn) -> Vec<u32> {
    let trimmed = |text: &'_ str| -> usize {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.len() - text.trim_start_matches('0').len() } else { 0 }
    };
    let mut names: Vec<&str> = column.dictionary.iter().map(|t| &t[trimmed(t)..]).collect();
    let originals = names.clone();
    names.sort_unstable();
    names.dedup();
    let code: Vec<u32> =
        originals.iter().map(|t| names.partition_point(|n| n < t) as u32).collect();
    column.codes.iter().map(|c| code.get(*c as usize).copied().unwrap_or(NO_TEXT)).collect()
}

/// Accounts of the rows: nature, else chapitre; empty without either.
pub(crate) fn accounts(ledger: &Ledger) -> Vec<u32> {
    let column = ledger.text(TextKey::Nature).or_else(|| ledger.text(TextKey::Chapitre));
    column.map(without_leading_zeros).unwrap_or_default()
}

/// Supplier code doubled, plus one for receipts.
pub(crate) fn directed(ledger: &Ledger, supplier: &[u32], row: usize) -> u32 {
    (supplier[row] & 0x7fff_ffff) * 2 + u32::from(ledger.sens[row] == Sens::R)
}

/// Rows whose supplier is known and whose amount is not zero, sorted by content.
pub(crate) fn slots(ledger: &Ledger, supplier: &[u32], accounts: &[u32]) -> Vec<Slot> {
    let services = ledger.text(TextKey::Service).or_else(|| ledger.text(TextKey::Fonction));
    let wording = ledger.text(TextKey::Objet);
    let told: Vec<bool> =
        wording.map(|c| c.dictionary.iter().map(tells_credit).collect()).unwrap_or_default();
    let mut slots = Vec::with_capacity(ledger.len());
    for row in 0..ledger.len() {
        let cents = ledger.montant[row].unsigned_abs();
        if cents == 0 || supplier[row] == NO_TEXT {
            continue;
        }
        slots.push(Slot {
            supplier: directed(ledger, supplier, row),
            account: accounts.get(row).copied().unwrap_or(NO_TEXT),
            service: services.map_or(NO_TEXT, |c| c.codes[row]),
            cents,
            negative: ledger.montant[row] < 0,
            told: ledger.montant[row] < 0
                && wording.is_some_and(|c| told.get(c.codes[row] as usize).is_some_and(|t| *t)),
            bin: bin(cents),
            zeros: trailing_zeros(cents),
            row: row as u32,
        });
    }
    slots.sort_unstable();
    slots
}

/// Beginnings of the words by which a wording tells a credit, a cancellation or a reversal.
const CREDIT_WORDS: [&str; 12] = [
    "AVOIR",
    "ANNUL",
    "CONTREPASS",
    "EXTOURN",
    "REDUC",
    "REGUL",
    "REMBOURS",
    "REMISE",
    "RETOUR",
    "RISTOURN",
    "TROP",
    "CREDIT",
];

/// True when a wording tells a credit.
fn tells_credit(text: &str) -> bool {
    let folded = fold(text).replace("CONTRE PASS", "CONTREPASS");
    folded.split(' ').any(|word| CREDIT_WORDS.iter().any(|w| word.starts_with(w)))
}

/// Ranges of consecutive slots with the same key.
pub(crate) fn runs<T, K: PartialEq>(items: &[T], key: impl Fn(&T) -> K) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    for to in 1..=items.len() {
        if to == items.len() || key(&items[to]) != key(&items[from]) {
            ranges.push(from..to);
            from = to;
        }
    }
    ranges
}

/// Distinct bins of slots with their counts, ascending.
pub(crate) fn bin_counts(slots: &[Slot], scratch: &mut Vec<u16>) -> Vec<(u16, u32)> {
    scratch.clear();
    scratch.extend(slots.iter().map(|s| s.bin));
    scratch.sort_unstable();
    runs(scratch, |b| *b).into_iter().map(|r| (scratch[r.start], r.len() as u32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger::Dictionary;

    #[test]
    fn leading_zeros_do_not_make_another_account() {
        let column = TextColumn {
            codes: vec![0, 2, 1, NO_TEXT, 3],
            dictionary: Dictionary::from_sorted(["008", "60", "8", "0A"]),
        };
        let codes = without_leading_zeros(&column);
        assert_eq!(codes[0], codes[1]);
        assert_eq!(codes[3], NO_TEXT);
        assert_ne!(codes[2], codes[0]);
        assert_ne!(codes[4], codes[0]);
    }

    #[test]
    fn wordings_tell_credits() {
        assert!(tells_credit("Avoir, retour de marchandise"));
        assert!(tells_credit("Contre-passation rattachement 2023"));
        assert!(tells_credit("annulation du mandat 12"));
        assert!(!tells_credit("Cahiers et feutres, école"));
    }

    #[test]
    fn runs_cut_where_the_key_changes() {
        assert_eq!(runs(&[1, 1, 2, 3, 3], |x| *x), [0..2, 2..3, 3..5]);
        assert!(runs(&[] as &[i32], |x| *x).is_empty());
    }
}
