//! Days and exercices: dates are day numbers, so that frames stay plain integers.
//!
//! **Invariant:** nothing here reads the clock; "today" is always an argument.

use jiff::civil::Date;

/// Marks an absent date in a column of day numbers.
pub const NO_DAY: i32 = i32::MIN;

/// Day number (days since 1970-01-01) of a civil date.
pub fn day_number(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// Civil date of a day number; `None` for [`NO_DAY`] and for numbers out of the calendar.
pub fn civil(day: i32) -> Option<Date> {
    if day == NO_DAY {
        return None;
    }
    let span = jiff::Span::new().try_days(day).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_numbers_round_trip() {
        for (y, m, d, n) in [
            (1970, 1, 1, 0),
            (2000, 2, 29, 11_016),
            (2026, 11, 23, 20_780),
        ] {
            assert_eq!(day_number(Date::constant(y, m, d)), n);
            assert_eq!(civil(n), Some(Date::constant(y, m, d)));
        }
        assert_eq!(civil(NO_DAY), None);
    }
}
