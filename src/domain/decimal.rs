//! A decimal as XML and JSON write it (`3245.681450`, `1.0E7`), kept exact to a billionth of a euro.
//!
//! Invoices carry up to six decimals: sums are checked on the decimals as written, and only then
//! rounded to centimes.
//!
//! **Invariant:** no float; a number too large is an error, never a wrap, and digits lost are told.

use crate::domain::money::{Amount, AmountError, MAX_CENTIMES};

/// Decimals kept exactly.
const SCALE: usize = 9;
/// Units of the last decimal kept in one centime.
const CENTIME: i128 = 10_000_000;
/// Longest text looked at: longer ones are no numbers.
const LONGEST: usize = 200;

/// An exact decimal number of euros (or percents). See the module documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decimale {
    /// Billionths.
    nano: i128,
    /// Digits beyond the last decimal kept were not all zero.
    cut: bool,
}

impl Decimale {
    /// Zero.
    pub const ZERO: Self = Self { nano: 0, cut: false };

    /// Reads `-1234.56`, `+1`, `.5`, `1.0E7`; a lone comma is a decimal separator.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AmountError::Empty);
        }
        if text.len() > LONGEST || !text.is_ascii() {
            return Err(AmountError::NotANumber);
        }
        let (negative, body) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
        let (whole, decimals) =
            mantissa.split_once('.').or_else(|| mantissa.split_once(',')).unwrap_or((mantissa, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || whole.len() + decimals.len() == 0 {
            return Err(AmountError::NotANumber);
        }
        let sign = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if sign.is_empty() || !digits(sign) {
            return Err(AmountError::NotANumber);
        }
        let shift: i64 = exponent.parse().unwrap_or(if exponent.starts_with('-') {
            -1_000_000
        } else {
            1_000_000
        });
        placed(whole, decimals, shift)
            .map(|d| if negative { Self { nano: -d.nano, ..d } } else { d })
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { nano: self.nano + other.nano, cut: self.cut || other.cut }
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { nano: -self.nano, ..self }
    }

    /// This number of percents of an amount, rounded toward zero at the last decimal kept.
    #[must_use]
    pub fn percent_of(self, base: Self) -> Self {
        let nano = self.nano.saturating_mul(base.nano) / 1_000_000_000 / 100;
        Self { nano, cut: self.cut || base.cut }
    }

    /// True under zero.
    pub fn is_negative(self) -> bool {
        self.nano < 0
    }

    /// True for zero.
    pub fn is_zero(self) -> bool {
        self.nano == 0
    }

    /// Nearest centime, half away from zero, and whether nothing was rounded.
    pub fn amount(self) -> Amount {
        let size = self.nano.abs();
        let rounded = (size + CENTIME / 2) / CENTIME;
        let rounded = if self.nano < 0 { -rounded } else { rounded };
        // Sums of many amounts may pass MAX_CENTIMES, not the capacity of centimes.
        let centimes =
            i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN + 1 } else { i64::MAX });
        Amount { centimes, exact: size % CENTIME == 0 && !self.cut }
    }
}

/// The number whose digits are `whole.decimals` moved by `shift` places.
fn placed(whole: &str, decimals: &str, shift: i64) -> Result<Decimale, AmountError> {
    let point = whole.len() as i64 + shift;
    let mut nano = 0_i128;
    let mut cut = false;
    let mut last = 0;
    for (i, digit) in whole.bytes().chain(decimals.bytes()).enumerate() {
        let digit = i128::from(digit - b'0');
        // Place of the digit: 0 for units, 1 for tenths.
        let place = i as i64 - point + 1;
        if place > SCALE as i64 {
            cut |= digit != 0;
            continue;
        }
        if digit == 0 && nano == 0 {
            continue;
        }
        if place < -14 {
            return Err(AmountError::TooLarge);
        }
        nano = nano * 10 + digit;
        last = place;
    }
    if nano != 0 {
        let missing = u32::try_from(SCALE as i64 - last).unwrap_or(u32::MAX);
        let scaled = 10_i128.checked_pow(missing).and_then(|p| nano.checked_mul(p));
        nano = scaled.ok_or(AmountError::TooLarge)?;
    }
    if nano > i128::from(MAX_CENTIMES) * CENTIME {
        return Err(AmountError::TooLarge);
    }
    Ok(Decimale { nano, cut })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(i64, bool), AmountError> {
        Decimale::parse(text).map(|d| (d.amount().centimes, d.amount().exact))
    }

    #[test]
    fn spellings() {
        for (text, centimes) in [
            ("3245.000000", 324_500),
            ("-12.5", -1250),
            ("+1", 100),
            (".5", 50),
            ("7.", 700),
            ("12,50", 1250),
            ("1.0E7", 1_000_000_000),
            ("1e-2", 1),
            ("9500", 950_000),
            (" 000115552 ", 11_555_200),
            ("0e999999999999999999999", 0),
            ("0", 0),
        ] {
            assert_eq!(read(text), Ok((centimes, true)), "{text}");
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero_and_told() {
        assert_eq!(read("3245.681450"), Ok((324_568, false)));
        assert_eq!(read("0.005"), Ok((1, false)));
        assert_eq!(read("-0.005"), Ok((-1, false)));
        assert_eq!(read("0.00499999999999"), Ok((0, false)));
        assert_eq!(read("1e-400"), Ok((0, false)));
    }

    #[test]
    fn refused() {
        for text in ["NC", "NaN", "1 234", "1.2.3", "--1", "1e", "e5", ".", "1,2,3", "0x10", "INF"]
        {
            assert_eq!(read(text), Err(AmountError::NotANumber), "{text}");
        }
        for text in ["1.0e17", "1e400", "99999999999999999999", "1e99999999999999999999"] {
            assert_eq!(read(text), Err(AmountError::TooLarge), "{text}");
        }
        assert_eq!(read(" "), Err(AmountError::Empty));
        assert_eq!(read(&"9".repeat(500)), Err(AmountError::NotANumber));
    }

    #[test]
    fn sums_and_percents() {
        let of = |t: &str| Decimale::parse(t).expect("a number");
        assert_eq!(of("3245.000000").plus(of("0.681450")), of("3245.681450"));
        assert_eq!(of("0.021").percent_of(of("3245")), of("0.68145"));
        assert!(of("1").minus(of("1")).is_zero());
    }

    proptest! {
        #[test]
        fn printed_amounts_are_read_back(centimes in -MAX_CENTIMES..MAX_CENTIMES, zeros in 0_usize..6) {
            let sign = if centimes < 0 { "-" } else { "" };
            let (euros, rest) = (centimes.abs() / 100, centimes.abs() % 100);
            let text = format!("{sign}{euros}.{rest:02}{}", "0".repeat(zeros));
            prop_assert_eq!(read(&text), Ok((centimes, true)));
            let shifted = format!("{sign}{:03}e-2", centimes.abs());
            prop_assert_eq!(read(&shifted), Ok((centimes, true)));
        }

        #[test]
        fn any_text_gives_an_answer(text in "[-+0-9.,eE]{0,40}") {
            let _ = Decimale::parse(&text);
        }
    }
}
