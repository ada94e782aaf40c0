//! Days and exercices: dates are day numbers, so that frames stay plain integers.
//!
//! Reads dates as ledgers write them (`14/03/2026`, `2026-03-14T00:00:00`, `14 mars 2026`); only the
//! order of day and month is a convention of the file.
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

/// Budget year of a day number, 0 for [`NO_DAY`].
pub fn year_of(day: i32) -> u16 {
    civil_parts(day).map_or(0, |(year, ..)| u16::try_from(year).unwrap_or(0))
}

/// First and last year a ledger may speak of: outside, a date is absurd.
pub const YEARS: std::ops::RangeInclusive<i32> = 1970..=2100;

/// Order of day, month and year where a date leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `14/03/2026`.
    Dmy,
    /// `03/14/2026`.
    Mdy,
    /// `2026/03/14`, `26-03-14`, `20260314`.
    Ymd,
    /// `46095`: days of a spreadsheet (1900 system).
    Serial,
}

impl DateOrder {
    /// The order of a pattern such as `%d/%m/%Y`; `None` when it does not hold day, month and year.
    pub fn from_pattern(pattern: &str) -> Option<Self> {
        let mut order = String::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                continue;
            }
            match chars.next()? {
                'd' | 'e' => order.push('d'),
                'm' | 'b' | 'B' | 'h' => order.push('m'),
                'Y' | 'y' => order.push('y'),
                'F' => order.push_str("ymd"),
                'H' | 'M' | 'S' | 'T' | 'R' | 'f' | 'z' | 'I' | 'p' => {}
                _ => return None,
            }
        }
        match order.as_str() {
            "dmy" => Some(Self::Dmy),
            "mdy" => Some(Self::Mdy),
            "ymd" => Some(Self::Ymd),
            _ => None,
        }
    }

    /// A pattern that stands for this order in a mapping.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Dmy => "%d/%m/%Y",
            Self::Mdy => "%m/%d/%Y",
            Self::Ymd => "%Y-%m-%d",
            Self::Serial => "tableur",
        }
    }
}

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateError {
    /// Nothing but blanks.
    Empty,
    /// Not a date in any spelling known.
    NotADate,
    /// A date that does not exist (31 February) or a month over 12.
    Impossible,
    /// Outside [`YEARS`].
    Absurd,
}

impl DateError {
    /// The reason, in French, to follow the value quoted.
    pub fn raison(self) -> &'static str {
        match self {
            Self::Empty => "date absente",
            Self::NotADate => "n’est pas une date",
            Self::Impossible => "cette date n’existe pas",
            Self::Absurd => "date absurde (avant 1970 ou après 2100)",
        }
    }
}

/// Day number of a date written in a ledger; hours are read over.
pub fn parse_day(text: &[u8], order: DateOrder) -> Result<i32, DateError> {
    let text = text.trim_ascii();
    if let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text
        && let (Some(y), Some(y_)) = (two(*y1, *y2), two(*y3, *y4))
        && let (Some(m), Some(d)) = (two(*m1, *m2), two(*d1, *d2))
    {
        return day_of(y * 100 + y_, m, d);
    }
    if let [d1, d2, b'/', m1, m2, b'/', y1, y2, y3, y4] = text
        && let (Some(y), Some(y_)) = (two(*y1, *y2), two(*y3, *y4))
        && let (Some(a), Some(b)) = (two(*d1, *d2), two(*m1, *m2))
    {
        let (d, m) = if order == DateOrder::Mdy { (b, a) } else { (a, b) };
        return day_of(y * 100 + y_, m, d);
    }
    spelled_day(text, order)
}

fn two(a: u8, b: u8) -> Option<i32> {
    (a.is_ascii_digit() && b.is_ascii_digit())
        .then(|| i32::from(a - b'0') * 10 + i32::from(b - b'0'))
}

/// Day number of year, month, day, checked.
pub fn day_of(year: i32, month: i32, day: i32) -> Result<i32, DateError> {
    const LENGTHS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month) {
        return Err(DateError::Impossible);
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTHS[month as usize - 1] + i32::from(leap && month == 2);
    if !(1..=length).contains(&day) {
        return Err(DateError::Impossible);
    }
    if !YEARS.contains(&year) {
        return Err(DateError::Absurd);
    }
    // Days from civil (H. Hinnant, "chrono-compatible low-level date algorithms"), years after 0.
    let y = if month <= 2 { year - 1 } else { year };
    let (era, yoe) = (y / 400, y % 400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Ok(era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468)
}

/// Year, month, day of a day number inside a wide calendar.
pub fn civil_parts(day: i32) -> Option<(i32, i32, i32)> {
    if !(-719_000..=2_932_000).contains(&day) {
        return None;
    }
    let z = day + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i32::from(month <= 2);
    Some((year, month, doy - (153 * mp + 2) / 5 + 1))
}

/// Day of the week, 0 for Monday to 6 for Sunday.
pub fn weekday(day: i32) -> i32 {
    // 1 January 1970 was a Thursday.
    (day + 3).rem_euclid(7)
}

/// True for a legal holiday of metropolitan France (code du travail, L.3133-1).
pub fn is_holiday(day: i32) -> bool {
    let Some((year, month, date)) = civil_parts(day) else { return false };
    let fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
    let moving = day_of(year, 3, 22).map(|_| easter(year)).map_or(i32::MIN, |e| day - e);
    fixed.contains(&(month, date)) || [1, 39, 50].contains(&moving)
}

/// Easter Sunday of a year (Meeus, *Astronomical Algorithms*, chapter 8).
fn easter(year: i32) -> i32 {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    day_of(year, n / 31, n % 31 + 1).unwrap_or(i32::MIN / 2)
}

/// A part of a date: digits with their number, or a month by its name.
#[derive(Clone, Copy)]
enum Part {
    Number(i32, usize),
    Month(i32),
}

fn spelled_day(text: &[u8], order: DateOrder) -> Result<i32, DateError> {
    if text.is_empty() {
        return Err(DateError::Empty);
    }
    let text = std::str::from_utf8(text).map_err(|_| DateError::NotADate)?;
    if text.len() > 64 {
        return Err(DateError::NotADate);
    }
    let (parts, rest) = date_parts(text)?;
    if !is_clock(rest) {
        return Err(DateError::NotADate);
    }
    match parts.as_slice() {
        [Part::Number(n, 8)] => compact(*n, order),
        [Part::Number(n, 5)] if order == DateOrder::Serial => {
            // 25 569 = 1970-01-01 in the 1900 system of spreadsheets.
            let day = n - 25_569;
            if (0..47_848).contains(&day) { Ok(day) } else { Err(DateError::Absurd) }
        }
        [Part::Number(d, _), Part::Month(m), Part::Number(y, n)]
        | [Part::Month(m), Part::Number(d, _), Part::Number(y, n)] => {
            day_of(full_year(*y, *n)?, *m, *d)
        }
        [Part::Number(y, 4), Part::Number(m, _), Part::Number(d, _)] => day_of(*y, *m, *d),
        [Part::Number(a, _), Part::Number(b, _), Part::Number(y, n)] => match order {
            DateOrder::Mdy => day_of(full_year(*y, *n)?, *a, *b),
            DateOrder::Ymd if *n == 2 => day_of(full_year(*a, 2)?, *b, *y),
            _ => day_of(full_year(*y, *n)?, *b, *a),
        },
        _ => Err(DateError::NotADate),
    }
}

/// Up to three parts between separators, and what follows them.
fn date_parts(text: &str) -> Result<(Vec<Part>, &str), DateError> {
    let mut parts = Vec::with_capacity(3);
    let mut rest = text;
    while parts.len() < 3 && !rest.is_empty() {
        let is_digit = rest.starts_with(|c: char| c.is_ascii_digit());
        let end =
            rest.find(|c: char| if is_digit { !c.is_ascii_digit() } else { !c.is_alphabetic() });
        let (head, tail) = rest.split_at(end.unwrap_or(rest.len()));
        match head {
            "" => return Err(DateError::NotADate),
            h if is_digit && h.len() <= 8 => {
                parts.push(Part::Number(h.parse().map_err(|_| DateError::NotADate)?, h.len()));
            }
            "er" if parts.len() == 1 => {}
            "de" | "le" => {}
            h if !is_digit => match month_by_name(h) {
                Some(m) => parts.push(Part::Month(m)),
                None if parts.is_empty() && is_week_day(h) => {}
                // The T of an ISO date and time.
                None => return Ok((parts, rest)),
            },
            _ => return Err(DateError::NotADate),
        }
        rest = tail;
        if parts.len() < 3 {
            rest = rest.trim_start_matches([' ', '/', '-', '.', ',', '\u{a0}']);
        }
    }
    Ok((parts, rest))
}

/// True for nothing, an hour after the date, or the fraction of a spreadsheet day.
fn is_clock(rest: &str) -> bool {
    rest.is_empty()
        || (rest.starts_with(['T', ' ', ':', '.'])
            && rest.chars().all(|c| c.is_ascii_digit() || "T :.,+-ZAPMapmh".contains(c)))
}

fn compact(n: i32, order: DateOrder) -> Result<i32, DateError> {
    let ymd = day_of(n / 10_000, n / 100 % 100, n % 100);
    let (a, b, y) = (n / 1_000_000, n / 10_000 % 100, n % 10_000);
    match order {
        DateOrder::Dmy => ymd.or_else(|_| day_of(y, b, a)),
        DateOrder::Mdy => ymd.or_else(|_| day_of(y, a, b)),
        _ => ymd,
    }
}

/// Years of two digits stand between 1970 and 2069.
fn full_year(year: i32, digits: usize) -> Result<i32, DateError> {
    match digits {
        4 => Ok(year),
        2 if year < 70 => Ok(2000 + year),
        2 => Ok(1900 + year),
        _ => Err(DateError::NotADate),
    }
}

/// Month of a French or English name or abbreviation.
pub fn month_by_name(name: &str) -> Option<i32> {
    const NAMES: [&[&str]; 12] = [
        &["janvier", "janv", "january"],
        &["février", "fevrier", "february"],
        &["mars", "march"],
        &["avril", "april"],
        &["mai", "may"],
        &["juin", "june"],
        &["juillet", "july", "juil"],
        &["août", "aout", "august"],
        &["septembre", "september"],
        &["octobre", "october"],
        &["novembre", "november"],
        &["décembre", "decembre", "december"],
    ];
    let name = name.to_lowercase();
    if name.chars().count() < 3 {
        return None;
    }
    let months: Vec<usize> =
        (0..12).filter(|i| NAMES[*i].iter().any(|full| full.starts_with(&name))).collect();
    // "jui" could be June or July.
    if let [month] = months.as_slice() { Some(*month as i32 + 1) } else { None }
}

fn is_week_day(name: &str) -> bool {
    const DAYS: [&str; 14] = [
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let name = name.to_lowercase();
    name.len() >= 3 && DAYS.iter().any(|d| d.starts_with(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_and_days_of_the_week() {
        let day = |y, m, d| day_number(Date::constant(y, m, d));
        assert_eq!(weekday(day(2026, 11, 25)), 2, "a Wednesday");
        // Easter Monday, Ascension and Whit Monday of 2024 and 2025.
        for (y, m, d) in
            [(2024, 4, 1), (2024, 5, 9), (2024, 5, 20), (2025, 4, 21), (2025, 5, 29), (2025, 6, 9)]
        {
            assert!(is_holiday(day(y, m, d)), "{y}-{m}-{d}");
        }
        assert!(is_holiday(day(2025, 7, 14)) && !is_holiday(day(2025, 7, 15)));
        assert!(!is_holiday(day(2025, 4, 20)), "a Sunday is no holiday by itself");
    }
    use proptest::prelude::*;

    #[test]
    fn day_numbers_round_trip() {
        for (y, m, d, n) in [(1970, 1, 1, 0), (2000, 2, 29, 11_016), (2026, 11, 23, 20_780)] {
            assert_eq!(day_number(Date::constant(y, m, d)), n);
            assert_eq!(civil(n), Some(Date::constant(y, m, d)));
            assert_eq!(day_of(i32::from(y), i32::from(m), i32::from(d)), Ok(n));
        }
        assert_eq!(civil(NO_DAY), None);
        assert_eq!((year_of(20_780), year_of(NO_DAY)), (2026, 0));
    }

    #[test]
    fn one_day_in_many_spellings() {
        let day = day_of(2026, 3, 14);
        for text in [
            "14/03/2026",
            "14-03-26",
            "14.3.2026",
            "2026-03-14",
            "2026-03-14T08:30:00",
            "2026/3/14",
            "14 mars 2026",
            "14-Mar-26",
            "March 14, 2026",
            "20260314",
            "14032026",
            "14/03/2026 08:30",
            "samedi 14 mars 2026",
            " 14/03/26 ",
            "2026-03-14 00:00:00.000",
        ] {
            assert_eq!(parse_day(text.as_bytes(), DateOrder::Dmy), day, "{text}");
        }
        assert_eq!(parse_day(b"3/14/2026", DateOrder::Mdy), day);
        assert_eq!(parse_day(b"03/14/2026", DateOrder::Mdy), day);
        assert_eq!(parse_day(b"26-03-14", DateOrder::Ymd), day);
        assert_eq!(parse_day(b"46095", DateOrder::Serial), day);
        assert_eq!(parse_day("1er août 2025".as_bytes(), DateOrder::Dmy), day_of(2025, 8, 1));
    }

    #[test]
    fn absurd_dates_are_refused() {
        use DateError::{Absurd, Empty, Impossible, NotADate};
        for (text, error) in [
            ("", Empty),
            ("31/02/2026", Impossible),
            ("14/13/2026", Impossible),
            ("0001-01-01", Absurd),
            ("01/01/1900", Absurd),
            ("2206-03-14", Absurd),
            ("bientôt", NotADate),
            ("201709", NotADate),
            ("12,50", NotADate),
            ("14/03", NotADate),
            ("14/03/2026 ou 15", NotADate),
            ("00/00/0000", Impossible),
        ] {
            assert_eq!(parse_day(text.as_bytes(), DateOrder::Dmy), Err(error), "{text}");
        }
    }

    #[test]
    fn patterns_give_an_order() {
        assert_eq!(DateOrder::from_pattern("%d/%m/%Y"), Some(DateOrder::Dmy));
        assert_eq!(DateOrder::from_pattern("%Y-%m-%dT%H:%M"), Some(DateOrder::Ymd));
        assert_eq!(DateOrder::from_pattern("%d/%Y"), None);
    }

    proptest! {
        #[test]
        fn any_day_is_read_back(day in 0_i32..47_000) {
            let (y, m, d) = civil_parts(day).expect("inside the calendar");
            prop_assert_eq!(civil(day).map(|c| (i32::from(c.year()), i32::from(c.month()), i32::from(c.day()))), Some((y, m, d)));
            prop_assert_eq!(parse_day(format!("{d:02}/{m:02}/{y}").as_bytes(), DateOrder::Dmy), Ok(day));
            prop_assert_eq!(parse_day(format!("{y}-{m:02}-{d:02}").as_bytes(), DateOrder::Dmy), Ok(day));
        }

        #[test]
        fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            for order in [DateOrder::Dmy, DateOrder::Serial] {
                let _ = parse_day(&bytes, order);
            }
        }
    }
}
