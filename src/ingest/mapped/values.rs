//! Cells as values: amounts, days, years, expense or receipt, lines of totals.
//!
//! **Invariant:** a value that is not of its kind is told, never guessed.

use crate::domain::calendar::{DateError, DateOrder, YEARS, parse_day};
use crate::domain::money::{Amount, AmountError, Decimal, parse_amount};
use crate::frames::intern::clean_text;
use crate::frames::ledger::Sens;
use crate::ingest::mapped::presume::Types;

/// Day first for month first, and the reverse.
pub(super) fn other_order(order: DateOrder) -> DateOrder {
    if order == DateOrder::Mdy { DateOrder::Dmy } else { DateOrder::Mdy }
}

/// An amount, also in the `="12,50"` of spreadsheets.
pub(super) fn read_amount(text: &[u8], decimal: Decimal) -> Result<Amount, AmountError> {
    match parse_amount(text, decimal) {
        Err(AmountError::NotANumber) if text.starts_with(b"=") => {
            parse_amount(clean_text(text).as_bytes(), decimal)
        }
        other => other,
    }
}

pub(super) fn read_day(text: &[u8], order: DateOrder) -> Result<i32, DateError> {
    match parse_day(text, order) {
        Err(DateError::NotADate) => parse_day(clean_text(text).as_bytes(), order),
        other => other,
    }
}

/// Year of `2025`, `2025/26`, `Exercice 2025`; 0 when there is none.
pub fn read_year(text: &[u8]) -> u16 {
    let mut digits = text.split(|b| !b.is_ascii_digit()).filter(|d| !d.is_empty());
    let Some([a, b, c, d]) = digits.next() else { return 0 };
    let year = [a, b, c, d].iter().fold(0_u16, |n, d| n * 10 + u16::from(**d - b'0'));
    if YEARS.contains(&i32::from(year)) { year } else { 0 }
}

/// D or R from a letter or a word.
pub fn read_sens(text: &[u8]) -> Option<Sens> {
    let word = clean_text(text).to_lowercase();
    match word.as_str() {
        "d" | "dep" | "dép" | "dépense" | "depense" | "dépenses" | "depenses" | "debit"
        | "débit" | "mandat" => Some(Sens::D),
        "r" | "rec" | "recette" | "recettes" | "credit" | "crédit" | "titre" => Some(Sens::R),
        _ => Types::of(text).sens,
    }
}

/// A cheap look before [`is_total`].
pub(super) fn may_be_total(text: &[u8]) -> bool {
    let start = text.iter().find(|b| b.is_ascii_alphabetic());
    matches!(start.map(u8::to_ascii_lowercase), Some(b't' | b's' | b'g' | b'c' | b'a' | b'r'))
}

/// True for the label of a line of totals, not for a supplier named "TOTAL ENERGIES".
pub(super) fn is_total(text: &[u8]) -> bool {
    let text = clean_text(text).to_lowercase();
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let words = [
        "total",
        "totaux",
        "sous-total",
        "sous total",
        "grand total",
        "total general",
        "total général",
        "cumul",
        "a reporter",
        "à reporter",
        "report",
        "reports",
    ];
    words.contains(&text)
        || [
            "sous-total ",
            "sous total ",
            "total du ",
            "total des ",
            "total de ",
            "total chapitre",
            "total article",
            "total compte",
            "total bordereau",
            "total mandat",
            "total budget",
            "total page",
            "total général ",
        ]
        .iter()
        .any(|w| text.starts_with(w))
}
