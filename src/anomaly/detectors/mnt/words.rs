//! French figures for the sentences of the families MNT and IMP.
//!
//! **Invariant:** rounding is for reading only; decisions are taken on centimes.

use super::rows::Slot;

/// No-break thin space of thousands.
const THIN: char = '\u{202f}';
/// No-break space before the unit.
const NBSP: char = '\u{a0}';

/// `1 ligne`, `1 240 lignes`.
pub(crate) fn several(n: u64, word: &str) -> String {
    format!("{} {word}{}", count(n), if n > 1 { "s" } else { "" })
}

/// An integer with thousands apart.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + 4);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(c);
    }
    text
}

/// Exact euros of an absolute amount in centimes: `1 390,98 €`.
pub(crate) fn euros(cents: u64) -> String {
    format!("{},{:02}{NBSP}€", count(cents / 100), cents % 100)
}

/// Short euros: exact under a million, `1,23 M€` above (two words at most three).
pub(crate) fn short(cents: u64) -> String {
    if cents < 100_000_000 {
        return euros(cents);
    }
    let hundredths = (u128::from(cents) + 500_000) / 1_000_000;
    let (whole, part) = ((hundredths / 100) as u64, hundredths % 100);
    format!("{},{part:02}{NBSP}M€", count(whole))
}

/// The amount of a row that opens a sentence: `731,60 €`, or for a credit `Avoir de −73,16 €` (`Réduction`
/// on receipts).
pub(crate) fn opening(slot: &Slot) -> String {
    let noun = if slot.supplier.is_multiple_of(2) { "Avoir" } else { "Réduction" };
    let amount = signed(slot, slot.cents);
    if slot.negative { format!("{noun} de {amount}") } else { amount }
}

/// An amount with the sign of a row, short.
pub(crate) fn signed(slot: &Slot, cents: u64) -> String {
    format!("{}{}", if slot.negative { "−" } else { "" }, short(cents))
}

/// `1 ligne`, `12 lignes`.
pub(crate) fn rows(n: u32) -> String {
    format!("{} ligne{}", count(u64::from(n)), if n > 1 { "s" } else { "" })
}

/// Weight rounded to 2 decimals, never minus zero.
pub(crate) fn weight(decibans: f64) -> f64 {
    (decibans.clamp(-9_999.0, 9_999.0) * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_in_french() {
        assert_eq!(euros(139_098), "1\u{202f}390,98\u{a0}€");
        assert_eq!(short(12_345_678_900), "123,46\u{a0}M€");
        assert_eq!(short(99_999_999), "999\u{202f}999,99\u{a0}€");
        assert_eq!((rows(1).as_str(), rows(2).as_str()), ("1 ligne", "2 lignes"));
        assert!(weight(-0.001).is_sign_positive());
    }
}
