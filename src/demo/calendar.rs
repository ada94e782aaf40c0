//! The working year of the town hall: weeks of an exercice, days of bordereaux, public holidays.
//!
//! An exercice runs from 1 January to 31 January of the next year (month 13); bordereaux are issued
//! on Tuesdays and Thursdays that are worked.
//!
//! **Invariant:** a bordereau day is a Tuesday or a Thursday that is not a public holiday.

use jiff::civil::Date;

use crate::domain::calendar::{civil, day_number};

/// Day number of a date; months and days come from our own tables and are valid.
pub fn day(year: u16, month: i8, day_of_month: i8) -> i32 {
    let date = Date::new(i16::try_from(year).unwrap_or(2000), month, day_of_month);
    date.map_or(0, day_number)
}

/// Day of the week, 0 for Monday.
pub fn weekday(day: i32) -> i32 {
    (day + 3).rem_euclid(7)
}

/// Year and month of a day number.
pub fn year_month(day: i32) -> (u16, i8) {
    civil(day).map_or((1970, 1), |d| (d.year().unsigned_abs(), d.month()))
}

/// Easter Sunday (anonymous Gregorian computus).
fn easter(year: u16) -> i32 {
    let (golden, century, rest) =
        (i32::from(year) % 19, i32::from(year) / 100, i32::from(year) % 100);
    let moon = century - century / 4 - (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + moon + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * sunday) / 451;
    let sum = epact + sunday - 7 * late + 114;
    day(year, (sum / 31) as i8, (sum % 31 + 1) as i8)
}

/// True on a French public holiday.
pub fn is_holiday(number: i32) -> bool {
    let Some(date) = civil(number) else { return false };
    let fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
    let moving = number - easter(date.year().unsigned_abs());
    fixed.contains(&(date.month(), date.day())) || [1, 39, 50].contains(&moving)
}

/// True when bordereaux are issued that day.
pub fn is_bordereau_day(number: i32) -> bool {
    [1, 3].contains(&weekday(number)) && !is_holiday(number)
}

/// First worked day on or after a day.
pub fn next_worked_day(from: i32) -> i32 {
    (from..from + 10).find(|d| weekday(*d) < 5 && !is_holiday(*d)).unwrap_or(from)
}

/// First bordereau day on or after a day.
pub fn next_bordereau_day(from: i32) -> i32 {
    (from..from + 21).find(|d| is_bordereau_day(*d)).unwrap_or(from)
}

/// Last bordereau day on or before a day.
pub fn last_bordereau_day(to: i32) -> i32 {
    (to - 21..=to).rev().find(|d| is_bordereau_day(*d)).unwrap_or(to)
}

/// The weeks of an exercice, month 13 included.
#[derive(Debug, Clone)]
pub struct Weeks {
    /// The exercice.
    pub exercice: u16,
    first: i32,
    last: i32,
    /// Share of the year's mandating done up to the end of each week, from 0 to 1.
    cumulative: Vec<f64>,
}

/// Share of each month in the number of mandats, then month 13.
const MONTHS: [f64; 13] = [0.55, 0.85, 1.0, 1.0, 0.9, 1.05, 1.0, 0.7, 0.95, 1.05, 1.1, 1.55, 0.9];

impl Weeks {
    /// The calendar of an exercice.
    pub fn new(exercice: u16) -> Self {
        let first = day(exercice, 1, 1);
        let last = last_bordereau_day(day(exercice + 1, 1, 31));
        let mut weights = Vec::new();
        for week in 0..=(last - first) / 7 {
            let days = (0..7).map(|i| first + week * 7 + i).filter(|d| *d <= last);
            weights
                .push(days.filter(|d| is_bordereau_day(*d)).map(|d| day_weight(exercice, d)).sum());
        }
        let total: f64 = weights.iter().sum();
        let mut done = 0.0;
        let cumulative = weights
            .iter()
            .map(|w: &f64| {
                done += w;
                done / total
            })
            .collect();
        Self { exercice, first, last, cumulative }
    }

    /// Number of weeks.
    pub fn count(&self) -> usize {
        self.cumulative.len()
    }

    /// Week of a day; days out of the exercice go to the nearest one.
    pub fn of(&self, number: i32) -> usize {
        ((number.clamp(self.first, self.last) - self.first) / 7) as usize
    }

    /// The day itself, brought back inside the exercice.
    pub fn clamp(&self, number: i32) -> i32 {
        number.clamp(self.first, self.last)
    }

    /// First and last day of a week.
    pub fn bounds(&self, week: usize) -> (i32, i32) {
        let start = self.first + week as i32 * 7;
        (start, (start + 6).min(self.last))
    }

    /// Bordereau days of a week, in order.
    pub fn days(&self, week: usize) -> Vec<i32> {
        let (start, end) = self.bounds(week);
        (start..=end).filter(|d| is_bordereau_day(*d)).collect()
    }

    /// Share of the year done at the end of a week.
    pub fn share(&self, week: usize) -> f64 {
        self.cumulative.get(week).copied().unwrap_or(1.0)
    }

    /// Last bordereau day of the calendar year, for investment and order entries.
    pub fn year_end(&self) -> i32 {
        last_bordereau_day(day(self.exercice, 12, 31))
    }
}

fn day_weight(exercice: u16, number: i32) -> f64 {
    let (year, month) = year_month(number);
    if year > exercice { MONTHS[12] } else { MONTHS[(month - 1) as usize] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_of_2025() {
        for (m, d) in [(4, 21), (5, 29), (6, 9), (1, 1), (12, 25)] {
            assert!(is_holiday(day(2025, m, d)), "{d}/{m}");
        }
        assert!(!is_holiday(day(2025, 4, 22)));
        assert_eq!(weekday(day(2026, 11, 23)), 0);
    }

    #[test]
    fn weeks_cover_the_exercice_and_month_13() {
        for year in 2016..2030 {
            let weeks = Weeks::new(year);
            assert!((weeks.share(weeks.count() - 1) - 1.0).abs() < 1e-9);
            assert_eq!(weeks.of(day(year, 1, 1)), 0);
            assert_eq!(weeks.of(day(year + 1, 3, 1)), weeks.count() - 1);
            let days: Vec<i32> = (0..weeks.count()).flat_map(|w| weeks.days(w)).collect();
            assert!(days.iter().all(|d| is_bordereau_day(*d) && *d <= day(year + 1, 1, 31)));
            assert!(days.windows(2).all(|w| w[0] < w[1]));
            assert!(weeks.year_end() <= day(year, 12, 31));
            assert!(!weeks.days(weeks.count() - 1).is_empty());
        }
    }
}
