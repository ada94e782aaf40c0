//! Exact money: integer centimes, parsed from and printed to French spellings.
//!
//! **Invariant:** no float is ever read or written here; an overflow is an error, not a wrap.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Serialize};

/// An amount in euro centimes, signed. Expenses and receipts are both positive; the `sens` tells.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Centimes(pub i64);

impl Centimes {
    /// Zero euro.
    pub const ZERO: Self = Self(0);

    /// The amount as a float of euros, for statistics only.
    pub fn euros(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Nearest centime of a float of euros; `None` when not finite or out of range.
    pub fn from_euros(euros: f64) -> Option<Self> {
        let cents = (euros * 100.0).round();
        (cents.is_finite() && cents.abs() < 9.0e18).then_some(Self(cents as i64))
    }

    /// Absolute value (saturating).
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl Add for Centimes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Centimes {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Centimes {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Centimes {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Centimes {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// The sign that separates euros from centimes in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decimal {
    /// `1 234,56`, the French convention.
    Comma,
    /// `1,234.56`, the English one.
    Point,
}

/// An amount as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Signed centimes, rounded half away from zero.
    pub centimes: i64,
    /// False when the source had more than two significant decimals.
    pub exact: bool,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountError {
    /// Nothing but blanks.
    Empty,
    /// Not a number in any of the spellings known.
    NotANumber,
    /// `1,5E+03`: the digits behind are lost.
    Scientific,
    /// Over [`MAX_CENTIMES`].
    TooLarge,
}

impl AmountError {
    /// The reason, in French, to follow the value quoted.
    pub fn raison(self) -> &'static str {
        match self {
            Self::Empty => "montant absent",
            Self::NotANumber => "n’est pas un montant",
            Self::Scientific => "notation scientifique : les chiffres exacts sont perdus",
            Self::TooLarge => "montant absurde (plus de mille milliards d’euros)",
        }
    }
}

/// Largest amount accepted, in centimes: a thousand billion euros, far over any public account, so
/// that sums over billions of rows stay exact in `i128` and over a hundred thousand in `i64`.
pub const MAX_CENTIMES: i64 = 100_000_000_000_000;

/// Reads an amount in the spellings of public ledgers: `1 234,56`, `1.234,56`, `(123,45)`, `12,00-`,
/// `€ 12`. The convention only settles what the value itself leaves open (`1.234`).
pub fn parse_amount(text: &[u8], decimal: Decimal) -> Result<Amount, AmountError> {
    plain_amount(text, decimal).map_or_else(|| spelled_amount(text, decimal), Ok)
}

/// `-1234.56` with at most 13 digits and two decimals: nearly all the cells of nearly all files.
fn plain_amount(text: &[u8], decimal: Decimal) -> Option<Amount> {
    let point = if decimal == Decimal::Comma { b',' } else { b'.' };
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, text),
    };
    let mut euros = 0_i64;
    let mut i = 0;
    while i < digits.len() && digits[i].is_ascii_digit() {
        euros = euros * 10 + i64::from(digits[i] - b'0');
        i += 1;
        if i > 12 {
            return None;
        }
    }
    if i == 0 {
        return None;
    }
    let cents = match &digits[i..] {
        [] => 0,
        [p, d] if *p == point && d.is_ascii_digit() => i64::from(d - b'0') * 10,
        [p, d, c] if *p == point && d.is_ascii_digit() && c.is_ascii_digit() => {
            i64::from(d - b'0') * 10 + i64::from(c - b'0')
        }
        _ => return None,
    };
    let value = euros * 100 + cents;
    Some(Amount { centimes: if negative { -value } else { value }, exact: true })
}

/// Longest amount looked at, in signs kept: longer texts are no amounts.
const LONGEST: usize = 64;

/// The other spellings: signs, currencies and blanks are set apart, then the separators are judged.
fn spelled_amount(text: &[u8], decimal: Decimal) -> Result<Amount, AmountError> {
    let text = String::from_utf8_lossy(text.get(..4 * LONGEST).unwrap_or(text));
    let (body, negative) = strip_signs(text.trim_matches(is_blank))?;
    let mut kept = [0_u8; LONGEST];
    let mut n = 0;
    for c in body.chars() {
        let byte = match c {
            '0'..='9' | ',' | '.' => c as u8,
            '\'' | '’' => b' ',
            c if is_blank(c) => b' ',
            'e' | 'E' if n > 0 => return Err(AmountError::Scientific),
            _ => return Err(AmountError::NotANumber),
        };
        *kept.get_mut(n).ok_or(AmountError::NotANumber)? = byte;
        n += 1;
    }
    let amount = read_digits(&kept[..n], decimal)?;
    let centimes = if negative { -amount.centimes } else { amount.centimes };
    Ok(Amount { centimes, ..amount })
}

fn is_blank(c: char) -> bool {
    // U+FFFD stands for a lone 0xA0 (no-break space of windows-1252) in bytes not transcoded.
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}' | '\u{fffd}')
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}' | '\u{2013}')
}

/// Takes the sign and the currency off both ends; true when negative.
fn strip_signs(text: &str) -> Result<(&str, bool), AmountError> {
    const CURRENCIES: [&str; 8] = ["€", "£", "$", "euros", "euro", "eur", "gbp", "usd"];
    let mut body = text;
    let (mut negative, mut signs) = (false, 0);
    loop {
        let before = body;
        body = body.trim_matches(is_blank);
        if let Some(inner) = body.strip_prefix('(').and_then(|b| b.strip_suffix(')')) {
            (body, negative, signs) = (inner, true, signs + 1);
        } else if let Some(rest) =
            body.strip_prefix(is_minus).or_else(|| body.strip_suffix(is_minus))
        {
            (body, negative, signs) = (rest, true, signs + 1);
        } else if let Some(rest) = body.strip_prefix('+').or_else(|| body.strip_suffix('+')) {
            (body, signs) = (rest, signs + 1);
        }
        for currency in CURRENCIES {
            let n = currency.len();
            if body.get(..n).is_some_and(|head| head.eq_ignore_ascii_case(currency)) {
                body = &body[n..];
            } else if body.len() >= n
                && body.get(body.len() - n..).is_some_and(|t| t.eq_ignore_ascii_case(currency))
            {
                body = &body[..body.len() - n];
            }
        }
        if body == before {
            break;
        }
    }
    if body.is_empty() {
        return Err(if text.is_empty() { AmountError::Empty } else { AmountError::NotANumber });
    }
    if signs > 1 { Err(AmountError::NotANumber) } else { Ok((body, negative)) }
}

/// Digits with `,`, `.` and blanks between them to an unsigned amount.
fn read_digits(kept: &[u8], decimal: Decimal) -> Result<Amount, AmountError> {
    let (whole, decimals) = split_decimals(kept, decimal);
    if !is_grouped(whole) || !decimals.iter().all(u8::is_ascii_digit) {
        return Err(AmountError::NotANumber);
    }
    if !whole.iter().chain(decimals).any(u8::is_ascii_digit) {
        return Err(AmountError::NotANumber);
    }
    let mut euros = 0_i64;
    for d in whole.iter().filter(|c| c.is_ascii_digit()) {
        euros = euros * 10 + i64::from(d - b'0');
        if euros > MAX_CENTIMES / 100 {
            return Err(AmountError::TooLarge);
        }
    }
    let digit = |i: usize| decimals.get(i).map_or(0, |d| i64::from(d - b'0'));
    let up = i64::from(digit(2) >= 5);
    let exact = decimals.iter().skip(2).all(|d| *d == b'0');
    Ok(Amount { centimes: euros * 100 + digit(0) * 10 + digit(1) + up, exact })
}

/// Where the decimals start: what the value shows first, the convention of the file otherwise.
fn split_decimals(kept: &[u8], decimal: Decimal) -> (&[u8], &[u8]) {
    let comma = kept.iter().rposition(|c| *c == b',');
    let point = kept.iter().rposition(|c| *c == b'.');
    let at = match (comma, point) {
        (None, None) => None,
        (Some(c), Some(p)) => Some(c.max(p)),
        (Some(i), None) | (None, Some(i)) => {
            let several = kept.iter().position(|c| *c == kept[i]) != Some(i);
            let is_convention = (kept[i] == b',') == (decimal == Decimal::Comma);
            let groups = kept[0] != b'0' && kept.len() == i + 4 && is_grouped(kept);
            (!several && (is_convention || !groups)).then_some(i)
        }
    };
    at.map_or((kept, &[]), |i| (&kept[..i], &kept[i + 1..]))
}

/// True for plain digits and for groups of three after the first, all with one separator.
fn is_grouped(whole: &[u8]) -> bool {
    let Some(first) = whole.iter().position(|c| !c.is_ascii_digit()) else { return true };
    let separator = whole[first];
    (1..=3).contains(&first)
        && whole[first..].chunks(4).all(|group| {
            group.len() == 4 && group[0] == separator && group[1..].iter().all(u8::is_ascii_digit)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn comma(text: &str) -> Result<i64, AmountError> {
        parse_amount(text.as_bytes(), Decimal::Comma).map(|a| a.centimes)
    }

    fn point(text: &str) -> Result<i64, AmountError> {
        parse_amount(text.as_bytes(), Decimal::Point).map(|a| a.centimes)
    }

    #[test]
    fn french_spellings() {
        for text in
            ["1 234,56", "1\u{a0}234,56", "1\u{202f}234,56", "1.234,56", "1234,56", "1,234.56"]
        {
            assert_eq!(comma(text), Ok(123_456), "{text}");
        }
        assert_eq!(comma("1.234"), Ok(123_400));
        assert_eq!(comma("1234.5"), Ok(123_450));
        assert_eq!(comma("0.125"), Ok(13));
        assert_eq!(comma("1.234.567,8 €"), Ok(123_456_780));
        assert_eq!(comma("12,"), Ok(1200));
        assert_eq!(comma(",5"), Ok(50));
    }

    #[test]
    fn english_spellings() {
        for text in ["1,234.56", "£1,234.56", "1234.56", "1.234,56", "$ 1 234.56", "1'234.56"] {
            assert_eq!(point(text), Ok(123_456), "{text}");
        }
        assert_eq!(point("12,345"), Ok(1_234_500));
        assert_eq!(point("12,34"), Ok(1234));
    }

    #[test]
    fn signs() {
        for text in ["-123,45", "(123,45)", "123,45-", "- 123,45 €", "\u{2212}123,45", "(123,45 €)"]
        {
            assert_eq!(comma(text), Ok(-12_345), "{text}");
        }
        assert_eq!(comma("+1"), Ok(100));
        assert_eq!(comma("--1"), Err(AmountError::NotANumber));
    }

    #[test]
    fn rounding_is_half_away_from_zero_and_flagged() {
        let read = |t: &str| parse_amount(t.as_bytes(), Decimal::Point).expect("a number");
        assert_eq!(read("1.005"), Amount { centimes: 101, exact: false });
        assert_eq!(read("-1.005"), Amount { centimes: -101, exact: false });
        assert_eq!(read("1.00499"), Amount { centimes: 100, exact: false });
        assert_eq!(read("1.2300"), Amount { centimes: 123, exact: true });
    }

    #[test]
    fn refused() {
        assert_eq!(comma("  "), Err(AmountError::Empty));
        for text in ["NaN", "abc", "12.345,6O", "12 34", "1,2,3", "-", "€", "inf", "#N/A", "."] {
            assert_eq!(comma(text), Err(AmountError::NotANumber), "{text}");
        }
        assert_eq!(point("1e400"), Err(AmountError::Scientific));
        assert_eq!(comma("99999999999999999999"), Err(AmountError::TooLarge));
        assert_eq!(comma(&"9".repeat(500)), Err(AmountError::NotANumber));
    }

    proptest! {
        #[test]
        fn printed_amounts_are_read_back(centimes in -MAX_CENTIMES..MAX_CENTIMES) {
            let (euros, rest) = (centimes.abs() / 100, centimes.abs() % 100);
            let sign = if centimes < 0 { "-" } else { "" };
            prop_assert_eq!(comma(&format!("{sign}{euros},{rest:02}")), Ok(centimes));
            prop_assert_eq!(point(&format!("{sign}{euros}.{rest:02}")), Ok(centimes));
        }

        #[test]
        fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse_amount(&bytes, Decimal::Comma);
        }

        #[test]
        fn the_fast_path_agrees_with_the_slow_one(text in "-?[0-9]{0,14}[.,]?[0-9]{0,3}") {
            for decimal in [Decimal::Comma, Decimal::Point] {
                if let Some(fast) = plain_amount(text.as_bytes(), decimal) {
                    prop_assert_eq!(spelled_amount(text.as_bytes(), decimal), Ok(fast));
                }
            }
        }
    }
}
