//! Dated figures that controls compare with: thresholds, rates, ceilings (`controles_baremes.csv`).
//!
//! **Invariant:** beyond the last row of a table there is no answer: nothing is carried over silently.

use std::sync::OnceLock;

use crate::domain::calendar::{NO_DAY, day_number};
use crate::domain::money::Centimes;

const TABLE: &str = include_str!("../../datasets/reference/controles_baremes.csv");

/// A figure in force from one day to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Bareme {
    /// Name of the figure.
    pub objet: &'static str,
    /// First day.
    pub debut: i32,
    /// Last day; `i32::MAX` while nothing ends it.
    pub fin: i32,
    /// The figure.
    pub valeur: f64,
    /// `euros`, `euros_ht`, `pourcent`, `jours`.
    pub unite: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// False when the source is still to be checked: pages say so.
    pub verifie: bool,
}

impl Bareme {
    /// The figure as an amount.
    pub fn centimes(&self) -> Centimes {
        Centimes((self.valeur * 100.0).round() as i64)
    }
}

/// Every row of the table.
pub fn tous() -> &'static [Bareme] {
    static ROWS: OnceLock<Vec<Bareme>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().skip(1).filter_map(row).collect())
}

/// The figure in force on `jour`; `None` before the first row and beyond the last.
pub fn en_vigueur(objet: &str, jour: i32) -> Option<&'static Bareme> {
    if jour == NO_DAY {
        return None;
    }
    tous().iter().find(|b| b.objet == objet && b.debut <= jour && jour <= b.fin)
}

fn row(line: &'static str) -> Option<Bareme> {
    let cells: Vec<&str> = line.split(';').collect();
    let [objet, debut, fin, valeur, unite, source, confiance, _known] = cells.as_slice() else {
        return None;
    };
    let day = |text: &str| text.parse().ok().map(day_number);
    Some(Bareme {
        objet,
        debut: day(debut)?,
        fin: if fin.is_empty() { i32::MAX } else { day(fin)? },
        valeur: valeur.parse().ok()?,
        unite,
        source,
        verifie: *confiance == "verifie",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn on(objet: &str, y: i16, m: i8, d: i8) -> Option<f64> {
        en_vigueur(objet, day_number(date(y, m, d))).map(|b| b.valeur)
    }

    #[test]
    fn every_line_is_read_and_periods_do_not_overlap() {
        assert_eq!(tous().len(), TABLE.lines().count() - 1);
        for a in tous() {
            assert!(a.debut <= a.fin && !a.source.is_empty());
            let same = tous().iter().filter(|b| b.objet == a.objet);
            assert_eq!(same.filter(|b| b.debut <= a.fin && a.debut <= b.fin).count(), 1, "{a:?}");
        }
    }

    #[test]
    fn figures_change_on_their_day() {
        assert_eq!(on("dispense_fournitures_services", 2019, 12, 31), Some(25_000.0));
        assert_eq!(on("dispense_fournitures_services", 2020, 1, 1), Some(40_000.0));
        assert_eq!(on("dispense_fournitures_services", 2026, 4, 1), Some(60_000.0));
        assert_eq!(on("interets_moratoires", 2024, 7, 1), Some(12.25));
        assert_eq!(on("interets_moratoires", 2026, 7, 1), None, "not evaluated beyond the table");
    }
}
