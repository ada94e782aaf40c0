//! Cells of a workbook as text: numbers with a point and never three decimals, dates as `AAAA-MM-JJ`.
//!
//! A spreadsheet holds numbers in binary with noise behind the fifteenth digit; what the user sees is
//! what is written here.
//!
//! **Invariant:** the text of a number reads back to the same centimes in both conventions of decimals.

use std::fmt::Write as _;

use calamine::{Data, DataRef, ExcelDateTime};

use crate::ingest::mapped::grid::Grid;

/// Writes a cell of a streamed sheet.
pub(super) fn push_ref(grid: &mut Grid, value: &DataRef<'_>) {
    match value {
        DataRef::Empty => grid.cell(b""),
        DataRef::String(s) | DataRef::DurationIso(s) | DataRef::DateTimeIso(s) => {
            grid.cell(s.as_bytes());
        }
        DataRef::SharedString(s) => grid.cell(s.as_bytes()),
        DataRef::Int(n) => grid.cell(n.to_string().as_bytes()),
        DataRef::Float(f) => grid.cell(number(*f).as_bytes()),
        DataRef::Bool(b) => grid.cell(if *b { b"VRAI" } else { b"FAUX" }),
        DataRef::DateTime(d) => grid.cell(date(*d).as_bytes()),
        DataRef::Error(e) => grid.cell(e.to_string().as_bytes()),
    }
}

/// Writes a cell of a sheet held in memory.
pub(super) fn push(grid: &mut Grid, value: &Data) {
    match value {
        Data::Empty => grid.cell(b""),
        Data::String(s) | Data::DurationIso(s) | Data::DateTimeIso(s) => grid.cell(s.as_bytes()),
        Data::Int(n) => grid.cell(n.to_string().as_bytes()),
        Data::Float(f) => grid.cell(number(*f).as_bytes()),
        Data::Bool(b) => grid.cell(if *b { b"VRAI" } else { b"FAUX" }),
        Data::DateTime(d) => grid.cell(date(*d).as_bytes()),
        Data::Error(e) => grid.cell(e.to_string().as_bytes()),
    }
}

/// A number as a spreadsheet shows it with fifteen digits; three decimals get a fourth, since `1.234`
/// would be a thousand in a French file.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "#NUM!".to_owned();
    }
    let mut text = String::new();
    let size = value.abs();
    // 1e17 is far over any amount: the digits are not exact any more, let the reader refuse it
    if size >= 1e17 || (size > 0.0 && size < 1e-9) {
        return format!("{value:e}");
    }
    let whole = if size < 1.0 { 1 } else { size.log10().floor() as usize + 1 };
    let decimals = 15_usize.saturating_sub(whole).min(9);
    let _ = write!(text, "{value:.decimals$}");
    if text.contains('.') {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
    if text.find('.').is_some_and(|p| text.len() - p == 4) {
        text.push('0');
    }
    if text == "-0" { "0".to_owned() } else { text }
}

/// A date of a workbook; durations and hours alone stay numbers.
fn date(value: ExcelDateTime) -> String {
    let serial = value.as_f64();
    if value.is_duration() || !(1.0..2_958_466.0).contains(&serial) {
        return number(serial);
    }
    let (year, month, day, ..) = value.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::{Decimal, parse_amount};

    #[test]
    fn numbers_as_shown() {
        for (value, text) in [
            (1_234.560_000_000_000_1, "1234.56"),
            (60_611.0, "60611"),
            (1.234, "1.2340"),
            (-0.1 - 0.2, "-0.3"),
            (0.0, "0"),
            (-0.0, "0"),
            (f64::NAN, "#NUM!"),
            (1e300, "1e300"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    proptest! {
        #[test]
        fn amounts_come_back_exact(centimes in -99_999_999_999_999_i64..99_999_999_999_999) {
            let text = number(centimes as f64 / 100.0);
            for decimal in [Decimal::Comma, Decimal::Point] {
                prop_assert_eq!(parse_amount(text.as_bytes(), decimal).map(|a| a.centimes), Ok(centimes));
            }
        }
    }
}
