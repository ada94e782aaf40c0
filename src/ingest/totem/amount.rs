//! Amounts as budget software writes them: `1241.25`, `592`, `1493.4`, `-25.00`, `1042231.0`.
//!
//! **Invariant:** digits go straight to integer centimes; a third decimal that is not zero is refused.

use crate::domain::money::Centimes;

/// Exact centimes of an amount; `None` when it is not one, or when it has more than two decimals.
/// A decimal comma, blanks between thousands and a trailing minus are accepted.
pub fn parse_amount(text: &str) -> Option<Centimes> {
    let blank = |c: char| c.is_whitespace() || c == '\u{a0}' || c == '\u{202f}';
    let text = text.trim_matches(blank);
    let (negative, body) = match (text.strip_prefix(['-', '\u{2212}']), text.strip_suffix('-')) {
        (Some(body), _) | (None, Some(body)) => (true, body),
        (None, None) => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, decimals) = body.split_once(['.', ',']).unwrap_or((body, ""));
    let whole: String = whole.chars().filter(|c| !blank(*c)).collect();
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(&whole) || !all_digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
        return None;
    }
    let (kept, rest) = decimals.split_at(decimals.len().min(2));
    if rest.bytes().any(|b| b != b'0') {
        return None;
    }
    let digits = format!("{whole}{kept:0<2}");
    let value: i64 = digits.parse().ok()?;
    Some(Centimes(if negative { -value } else { value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_budget_software() {
        for (text, cents) in [
            ("1241.25", 124_125),
            ("0.00", 0),
            ("592", 59_200),
            ("1493.4", 149_340),
            ("-25.00", -2_500),
            ("1042231.0", 104_223_100),
            (".5", 50),
            ("1 234,56", 123_456),
            ("12.3400", 1_234),
            ("334220000.00", 33_422_000_000),
        ] {
            assert_eq!(parse_amount(text), Some(Centimes(cents)), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_amount() {
        for text in ["", "-", ".", "1.234", "1e5", "12,3O", "1.2.3", "99999999999999999999"] {
            assert_eq!(parse_amount(text), None, "{text}");
        }
    }
}
