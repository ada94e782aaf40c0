//! Levels of comparison of two units: amount, number, supplier, gap, imputation, label, rhythm.
//!
//! A level is a small number; `weights` turns it into evidence, `words` into French.
//! **Invariant:** comparing is symmetrical but for time (`a` is the earlier unit).

use super::facts::establishments;
use super::units::Units;
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::anomaly::prepare::recurrence::{Rhythm, follows};
use crate::anomaly::prepare::words::{self, Labels, Number, number_key};
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};
use crate::stats::text::{Slip, fold, one_slip, similarity};

/// How two amounts relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Amount {
    Equal,
    Vat,
    Swapped,
    Digit,
    Split,
}

/// How two invoice numbers relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Num {
    Same,
    Key,
    Suffix,
    Slip,
    Serial,
    Other,
    Absent,
}

/// How two suppliers relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Payee {
    Same,
    Rare,
    Variant,
    Near,
    Other,
}

/// Everything compared between an earlier unit `a` and a later unit `b`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) a: u32,
    pub(super) b: u32,
    /// The other parts of a payment split in two or three, else `NO_TEXT`.
    pub(super) parts: [u32; 2],
    /// Members of the block of equal amounts, 0 outside such a block.
    pub(super) group: u32,
    pub(super) amount: Amount,
    pub(super) num: Num,
    pub(super) payee: Payee,
    pub(super) place: u8,
    pub(super) label: u8,
    pub(super) rhythm: u8,
    pub(super) gap: i32,
    /// When `b` is one payment too many in its month or quarter: one such period in how many, else 0.
    pub(super) surplus: u16,
}

/// VAT rates that turn a net amount into a gross one, in thousandths (20, 10, 5.5, 2.1 %, 8.5 overseas).
const VAT: [i64; 5] = [1200, 1100, 1055, 1021, 1085];

/// The relation of two amounts (centimes), when they are equal or one slip explains them. `taxed` says
/// whether VAT may.
pub(super) fn amounts(x: i64, y: i64, taxed: impl FnOnce() -> bool) -> Option<Amount> {
    if x == y {
        return Some(Amount::Equal);
    }
    let (low, high) = (x.min(y), x.max(y));
    if low <= 0 {
        return None;
    }
    // Half a centime of rounding on the net amount moves the gross one by 0.6 centime.
    if VAT.iter().any(|rate| (low * rate - high * 1000).abs() <= 600) && taxed() {
        return Some(Amount::Vat);
    }
    // Cents lost or rounded off; decimal point moved by two places.
    let cents = low >= 10_000 && (high - low < 100) && (low % 100 == 0 || high % 100 == 0);
    if cents || low * 100 == high {
        return Some(Amount::Digit);
    }
    let (mut l, mut h) = ([0_u8; 20], [0_u8; 20]);
    match one_slip(digits(low, &mut l), digits(high, &mut h))? {
        Slip::Swapped(_) => Some(Amount::Swapped),
        Slip::Replaced(_) | Slip::Inserted(_) => Some(Amount::Digit),
        Slip::None => None,
    }
}

/// False when the VAT known of the two units does not lead from one amount to the other: none on either side,
/// or at other rates. A VAT that no column tells may.
pub(super) fn taxed(units: &Units, a: u32, b: u32) -> bool {
    let sides = [a, b].map(|u| units.tax(u).map(|tax| (units.amount(u), tax)));
    let (low, high) = {
        let (x, y) = (units.amount(a), units.amount(b));
        (x.min(y) as f64, x.max(y) as f64)
    };
    // the rate of a side comes from rounded centimes
    let leads = |(amount, tax): (i64, i64)| {
        let net = (amount - tax) as f64;
        net > 0.0 && (low * amount as f64 / net - high).abs() <= 2.0 + low / net
    };
    let known = || sides.iter().flatten();
    if known().any(|side| side.1 != 0) {
        known().any(|side| side.1 != 0 && leads(*side))
    } else {
        known().count() < 2
    }
}

/// Decimal digits of a positive number, written at the end of `buffer`.
fn digits(mut n: i64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut i = buffer.len();
    while n > 0 {
        i -= 1;
        buffer[i] = b'0' + (n % 10) as u8;
        n /= 10;
    }
    &buffer[i..]
}

/// The relation of two invoice numbers, whose keys are given: blocking has them at hand.
pub(super) fn numbers(units: &Units, (a, na): (u32, Number), (b, nb): (u32, Number)) -> Num {
    let (fa, fb) = (units.facture(a), units.facture(b));
    if na.key == 0 || nb.key == 0 {
        return Num::Absent;
    }
    if fa == fb {
        return Num::Same;
    }
    if na.key == nb.key {
        return Num::Key;
    }
    if na.stem == nb.key || nb.stem == na.key {
        return Num::Suffix;
    }
    if na.len.min(nb.len) < 4 {
        return Num::Other;
    }
    let Some(column) = units.ledger.text(TextKey::Facture) else { return Num::Absent };
    let (ta, tb) = (column.dictionary.get(fa), column.dictionary.get(fb));
    match na.len.abs_diff(nb.len) {
        0 | 1 if establishments(units, a, b) => Num::Serial,
        0 | 1 => near_numbers(ta, tb),
        _ if is_part(ta, tb) => Num::Suffix,
        _ => Num::Other,
    }
}

/// True when one number is the beginning or the end of the other, three digits or more being common.
fn is_part(x: &str, y: &str) -> bool {
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    let common = if long.starts_with(short) || long.ends_with(short) {
        short.to_owned()
    } else {
        let key = |t: &str| number_key(&t.to_ascii_uppercase());
        let (short, long) = (key(short), key(long));
        if !long.starts_with(&short) && !long.ends_with(&short) {
            return false;
        }
        short
    };
    common.bytes().filter(u8::is_ascii_digit).count() >= 3
}

/// One slip between two numbers, told apart from the next number of a series.
fn near_numbers(x: &str, y: &str) -> Num {
    let same_bytes = x.bytes().zip(y.bytes()).filter(|(p, q)| p == q).count();
    if same_bytes == 0 && x.as_bytes().last() != y.as_bytes().last() {
        return Num::Other;
    }
    let (x, y) = (number_key(&x.to_ascii_uppercase()), number_key(&y.to_ascii_uppercase()));
    let (x, y) = (x.as_bytes(), y.as_bytes());
    let digit = |t: &[u8], i: usize| t.get(i).filter(|c| c.is_ascii_digit()).map(|c| i32::from(*c));
    match one_slip(x, y) {
        None => Num::Other,
        Some(Slip::Replaced(i)) => match (digit(x, i), digit(y, i)) {
            // 50423 and 50424, 50430 and 50440: the next of a series as soon as the digit moves a little
            (Some(p), Some(q)) if i + 2 >= x.len() || (p - q).abs() == 1 => Num::Serial,
            _ => Num::Slip,
        },
        Some(Slip::Swapped(i)) if i + 2 == x.len() => Num::Serial,
        Some(_) => Num::Slip,
    }
}

/// The relation of two payees.
pub(super) fn payees(units: &Units, a: u32, b: u32) -> Payee {
    let (x, y) = (units.row(a), units.row(b));
    let suppliers = &units.prepared.kin;
    let same = |key| !unlike(units.ledger, key, x, y);
    let (sa, sb) = (suppliers.of_row[x], suppliers.of_row[y]);
    if sa == sb && sa != NO_SUPPLIER {
        if same(TextKey::TiersNom) && same(TextKey::TiersId) && same(TextKey::Siret) {
            return Payee::Same;
        }
        return if is_rare(units, x) || is_rare(units, y) { Payee::Rare } else { Payee::Variant };
    }
    let name = |row| fold(units.ledger.text_at(TextKey::TiersNom, row));
    let (p, q) = (name(x), name(y));
    if !p.is_empty() && !q.is_empty() && similarity(&p, &q) >= 0.9 {
        Payee::Near
    } else {
        Payee::Other
    }
}

/// Both rows fill a text column, differently.
pub(super) fn unlike(ledger: &Ledger, key: TextKey, x: usize, y: usize) -> bool {
    ledger.text(key).is_some_and(|c| {
        let (p, q) = (c.codes[x], c.codes[y]);
        p != NO_TEXT && q != NO_TEXT && p != q
    })
}

/// True for a row that writes a well-known supplier in a way hardly ever used.
pub(super) fn is_rare(units: &Units, row: usize) -> bool {
    let suppliers = &units.prepared.kin;
    let size = suppliers.size(suppliers.of_row[row]);
    let spelling = suppliers.spelling_rows[row];
    size != u32::MAX && spelling <= 2 && size >= 6 * spelling
}

/// Same account and service 0, same account 1, else 2; 3 when unknown.
pub(super) fn places(units: &Units, a: u32, b: u32) -> u8 {
    let (x, y) = (units.row(a), units.row(b));
    let same = |key| {
        let column = units.ledger.text(key)?;
        (column.codes[x] != NO_TEXT && column.codes[y] != NO_TEXT)
            .then(|| column.codes[x] == column.codes[y])
    };
    match (same(TextKey::Nature), same(TextKey::Service)) {
        (Some(true), Some(true) | None) | (None, Some(true)) => 0,
        (Some(true), Some(false)) => 1,
        (None, None) => 3,
        _ => 2,
    }
}

/// Same label 0, other label 1, unknown 2, reminder or copy 3, two terms of a series 4.
pub(super) fn labels(units: &Units, a: u32, b: u32) -> u8 {
    let Some(column) = units.ledger.text(TextKey::Objet) else { return 2 };
    let (x, y) = (column.codes[units.row(a)], column.codes[units.row(b)]);
    if x == NO_TEXT || y == NO_TEXT {
        return 2;
    }
    if x == y {
        return 0;
    }
    match words::labels(column.dictionary.get(x), column.dictionary.get(y)) {
        Labels::Same => 0,
        Labels::Other => 1,
        Labels::Reminder => 3,
        Labels::Series => 4,
    }
}

/// No rhythm 0, on the rhythm 1, off the rhythm 2.
pub(super) fn beats(rhythm: Rhythm, gap: i32) -> u8 {
    match rhythm.period {
        0 => 0,
        p if follows(gap, p) => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_apart_by_one_slip() {
        assert_eq!(amounts(10_000, 10_000, || true), Some(Amount::Equal));
        assert_eq!(amounts(80_076, 96_091, || true), Some(Amount::Vat));
        assert_eq!(amounts(105_500, 100_000, || true), Some(Amount::Vat));
        assert_eq!(amounts(88_000, 80_800, || true), Some(Amount::Swapped));
        assert_eq!(amounts(12_345, 12_945, || true), Some(Amount::Digit));
        assert_eq!(amounts(12_345, 54_321, || true), None);
        assert_eq!(amounts(123_400, 123_456, || true), Some(Amount::Digit));
        assert_eq!(amounts(1_234, 123_400, || true), Some(Amount::Digit));
        assert_eq!(amounts(0, 100, || true), None);
        // without VAT, only another slip explains
        assert_eq!(amounts(80_076, 96_091, || false), None);
        assert_eq!(amounts(10_000, 11_000, || false), Some(Amount::Digit));
    }

    #[test]
    fn a_part_of_a_number() {
        assert!(is_part("J577878 030313", "J577878"));
        assert!(is_part("4417", "4417/2024"));
        assert!(is_part("FA-4417", "4417 2024"));
        assert!(!is_part("A1", "A123"));
        assert!(!is_part("4417", "5518/2024"));
    }

    #[test]
    fn a_series_is_not_a_slip() {
        assert_eq!(near_numbers("50423", "50424"), Num::Serial);
        assert_eq!(near_numbers("SINV00220255", "SNIV00220255"), Num::Slip);
        assert_eq!(near_numbers("581234", "584321"), Num::Other);
        assert_eq!(near_numbers("912345", "112345"), Num::Slip);
    }
}
