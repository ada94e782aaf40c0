//! The running ledger by line and month: what the landing reads.
//!
//! The exercice is that of the row, never the year of its date: a mandat dated January of the year after
//! belongs to the journée complémentaire, the thirteenth month. Negative amounts of January on classes 6
//! and 7 take back what was attached to the exercice before (contre-passations): they are kept apart,
//! since the invoices come later. Rows of an engagement stage are commitments, not execution.
//!
//! Receipts and expenses are often exported on different days: each side has its own last whole month. A
//! month is kept when it holds a plausible number of rows, so that a date mistyped in December does not
//! close the year; a row dated after the day of the run keeps its amount and loses its date.
//!
//! **Invariant:** every row of the budget and of its years is either in a line or counted with its reason.

use std::collections::BTreeMap;

use crate::budget::history::Budget;
use crate::budget::landing::MOIS;
use crate::budget::level::median;
use crate::domain::account::{Ordre, Sens};
use crate::domain::calendar::{NO_DAY, civil_parts};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::plan;
use crate::frames::ledger::{Ledger, TextKey};
use crate::stats::text::fold;

/// Amounts of a line in an exercice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mensualites {
    /// January to December, then the journée complémentaire.
    pub mois: [Centimes; MOIS],
    /// Contre-passations of January, as a positive amount; they are in `mois` too.
    pub reprises: Centimes,
}

impl Mensualites {
    /// Everything booked.
    pub fn total(&self) -> Centimes {
        self.mois.iter().copied().sum()
    }
}

/// A line: sens and account.
pub type Cle = (Sens, String);

/// The ledger of a budget by line, exercice and month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Releve {
    /// Lines of real operations.
    pub lignes: BTreeMap<Cle, BTreeMap<u16, Mensualites>>,
    /// Engaged and not mandated yet, by line and exercice.
    pub engage: BTreeMap<(Sens, String, u16), Centimes>,
    /// Rows of each exercice and side by month.
    pub rythmes: BTreeMap<(u16, Sens), Rythme>,
    /// Rows dated after the day of the run, by exercice.
    pub futures: BTreeMap<u16, u64>,
    /// Rows left out: reason and number.
    pub ecartees: BTreeMap<&'static str, u64>,
}

/// Year, month, day.
pub type Jour = (i32, i32, i32);

/// Rows of a side of an exercice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rythme {
    /// Rows by month, the journée complémentaire last.
    pub lignes: [u64; MOIS],
    /// First date.
    premier: Jour,
    /// Last day seen in each month.
    dernier: [i32; MOIS],
}

impl Rythme {
    fn new(when: Jour) -> Self {
        Self { lignes: [0; MOIS], premier: when, dernier: [0; MOIS] }
    }

    fn add(&mut self, month: usize, exercice: u16, when: Jour) {
        let (year, m, day) = when;
        // February ends the journée complémentaire, the end of the year before opens January
        let day = match year - i32::from(exercice) {
            1 if m > 1 => 31,
            -1 => 1,
            _ => day,
        };
        self.lignes[month] += 1;
        self.dernier[month] = self.dernier[month].max(day);
        self.premier = self.premier.min(when);
    }

    /// Rows usual in the months before `month`; none before the first one nor for the thirteenth.
    fn usual(&self, month: usize) -> f64 {
        if month + 1 == MOIS {
            return 0.0;
        }
        let before: Vec<f64> = self.lignes[..month].iter().map(|n| *n as f64).collect();
        median(&before)
    }

    /// True when the last quarter is not too thin beside the months before.
    fn ends(&self) -> bool {
        let last: u64 = self.lignes[QUARTER..].iter().sum();
        enough(last, self.usual(QUARTER) * 3.0)
    }

    /// True when a row of December, in a plausible month, comes after its tenth day, or later.
    fn reaches(&self) -> bool {
        let december = enough(self.lignes[11], self.usual(11));
        december && (self.dernier[11] >= LAST_DAY || self.lignes[MOIS - 1] > 0)
    }
}

/// True when a number of rows is not under half of what is expected, chance put aside.
fn enough(rows: u64, expected: f64) -> bool {
    let least = LEAST_ROWS * expected - 2.0 * expected.sqrt();
    rows > 0 && rows as f64 >= least
}

/// Day of the month from which a month is taken as whole.
const WHOLE_MONTH: i32 = 25;
/// A past year covers its exercice when its first row comes by this month and its last row after that day
/// of December.
const FIRST_MONTH: i32 = 2;
const LAST_DAY: i32 = 10;
/// First month of the last quarter, from zero.
const QUARTER: usize = 9;
/// Least share of the usual rows of a month.
const LEAST_ROWS: f64 = 0.5;

/// A month too thin to be kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoisMaigre {
    /// Dépenses or recettes.
    pub sens: Sens,
    /// Month from zero.
    pub mois: usize,
    /// Rows found.
    pub lignes: u64,
    /// Rows usual.
    pub attendues: f64,
}

impl Releve {
    /// The rows of `budget`, as known on `jour`.
    pub fn of(ledger: &Ledger, budget: &Budget, jour: Option<Jour>) -> Self {
        let mut out = Self::default();
        for row in 0..ledger.len() {
            let name = ledger.text_at(TextKey::Budget, row);
            if !belongs(budget, name) {
                continue;
            }
            if let Err(reason) = out.add(ledger, row, budget, jour) {
                *out.ecartees.entry(reason).or_default() += 1;
            }
        }
        out
    }

    fn add(
        &mut self,
        ledger: &Ledger,
        row: usize,
        budget: &Budget,
        jour: Option<Jour>,
    ) -> Result<(), &'static str> {
        let nature = ledger.text_at(TextKey::Nature, row);
        if nature.is_empty() {
            return Err("sans compte");
        }
        let day = ledger.day(row);
        let when = civil_parts(day).filter(|_| day != NO_DAY).ok_or("sans date")?;
        let exercice = match ledger.exercice[row] {
            0 => u16::try_from(when.0).map_err(|_| "date hors des exercices")?,
            year => year,
        };
        let sens = ledger.sens[row];
        let chapitre = ledger.text_at(TextKey::Chapitre, row);
        let chart = plan(budget.plan);
        let real = !chapitre.starts_with("04")
            && chart.imputation(exercice, nature, sens, Ordre::Reel).is_some();
        if !real {
            return Err("opération d'ordre ou compte hors plan");
        }
        let amount = Centimes(ledger.montant[row]);
        if fold(ledger.text_at(TextKey::Etape, row)).starts_with("ENG") {
            *self.engage.entry((sens, nature.to_owned(), exercice)).or_default() += amount;
            return Ok(());
        }
        let future = jour.filter(|today| when > *today);
        // a date to come is a slip: the amount is of today
        let when = future.unwrap_or(when);
        let month = month_of(exercice, when).ok_or("date loin de l'exercice")?;
        if future.is_some() {
            *self.futures.entry(exercice).or_default() += 1;
        }
        let line = self.lignes.entry((sens, nature.to_owned())).or_default();
        let cell = line.entry(exercice).or_default();
        cell.mois[month] += amount;
        if month == 0 && amount.0 < 0 && nature.starts_with(['6', '7']) {
            cell.reprises += amount.abs();
        }
        if future.is_none() {
            let rythme = self.rythmes.entry((exercice, sens)).or_insert_with(|| Rythme::new(when));
            rythme.add(month, exercice, when);
        }
        Ok(())
    }

    fn sides(&self, exercice: u16) -> impl Iterator<Item = (Sens, &Rythme)> {
        let of = move |sens| self.rythmes.get(&(exercice, sens)).map(|r| (sens, r));
        [Sens::D, Sens::R].into_iter().filter_map(of)
    }

    /// Months of a side of an exercice that are whole, 0 to 13.
    pub fn mois_connus(&self, exercice: u16, sens: Sens) -> usize {
        let Some(mine) = self.rythmes.get(&(exercice, sens)) else { return 0 };
        let past = self.passes(exercice);
        let kept = |m: usize| self.plausible((sens, mine), m, &past);
        (0..MOIS).rev().find(|m| kept(*m) && self.whole(exercice, *m, &past)).map_or(0, |m| m + 1)
    }

    /// Months after the last whole one whose rows are too few to be those of a month.
    pub fn maigres(&self, exercice: u16) -> Vec<MoisMaigre> {
        let past = self.passes(exercice);
        let mut out = Vec::new();
        for (sens, mine) in self.sides(exercice) {
            for mois in self.mois_connus(exercice, sens)..MOIS {
                let seen = mine.lignes[mois] > 0 && mine.dernier[mois] >= WHOLE_MONTH;
                if seen && !self.plausible((sens, mine), mois, &past) {
                    let attendues = self.expected((sens, mine), mois, &past);
                    out.push(MoisMaigre { sens, mois, lignes: mine.lignes[mois], attendues });
                }
            }
        }
        out
    }

    /// True when the export runs past the end of a month, whatever the side.
    fn whole(&self, exercice: u16, month: usize, past: &[u16]) -> bool {
        self.sides(exercice).any(|side| {
            let reached = |m: usize| self.plausible(side, m, past);
            (month + 1..MOIS).any(reached)
                || (reached(month) && side.1.dernier[month] >= WHOLE_MONTH)
        })
    }

    /// True when a month holds about as many rows as it should.
    fn plausible(&self, (sens, mine): (Sens, &Rythme), month: usize, past: &[u16]) -> bool {
        // nothing closes the year before December is booked
        let follows =
            month + 1 < MOIS || enough(mine.lignes[11], self.expected((sens, mine), 11, past));
        follows && enough(mine.lignes[month], self.expected((sens, mine), month, past))
    }

    /// Rows that a month should hold: the share of past years when there are some, else the usual month.
    fn expected(&self, (sens, mine): (Sens, &Rythme), month: usize, past: &[u16]) -> f64 {
        let (mut before, mut here) = (0, 0);
        for year in past.iter().filter_map(|y| self.rythmes.get(&(*y, sens))) {
            before += year.lignes[..month].iter().sum::<u64>();
            here += year.lignes[month];
        }
        let so_far: u64 = mine.lignes[..month].iter().sum();
        if before == 0 {
            return mine.usual(month);
        }
        so_far as f64 * here as f64 / before as f64
    }

    /// True when the rows of an exercice cover it from its first months to its last ones, on both sides.
    pub fn couvre(&self, exercice: u16) -> bool {
        let first = self.sides(exercice).map(|s| s.1.premier).min();
        let begins = first.is_some_and(|(y, m, _)| y < i32::from(exercice) || m <= FIRST_MONTH);
        begins
            && self.sides(exercice).any(|s| s.1.reaches())
            && self.sides(exercice).all(|s| s.1.ends())
    }

    /// Last exercice that is covered.
    pub fn dernier_couvert(&self) -> Option<u16> {
        self.rythmes.keys().map(|k| k.0).filter(|y| self.couvre(*y)).max()
    }

    /// Consecutive covered exercices that end before `exercice`, the oldest first.
    pub fn passes(&self, exercice: u16) -> Vec<u16> {
        let mut out: Vec<u16> =
            (1..=exercice).map(|back| exercice - back).take_while(|y| self.couvre(*y)).collect();
        out.reverse();
        out
    }
}

/// Place of a date in its exercice: 0 for January to 12 for the journée complémentaire. A date in the
/// last months of the year before opens the exercice.
fn month_of(exercice: u16, (year, month, _): Jour) -> Option<usize> {
    match year - i32::from(exercice) {
        0 => usize::try_from(month - 1).ok(),
        1 if month <= 2 => Some(MOIS - 1),
        -1 if month >= 11 => Some(0),
        _ => None,
    }
}

fn belongs(budget: &Budget, name: &str) -> bool {
    if name.trim().is_empty() {
        return budget.principal;
    }
    budget.answers_to(Some(name)) || (budget.principal && fold(name).contains("PRINCIPAL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_that_of_the_exercice() {
        assert_eq!(month_of(2026, (2026, 1, 5)), Some(0));
        assert_eq!(month_of(2026, (2027, 1, 20)), Some(12));
        assert_eq!(month_of(2026, (2025, 12, 31)), Some(0));
        assert_eq!(month_of(2026, (2028, 1, 1)), None);
    }

    /// Rows of a day.
    type Jours = (Jour, u64);

    /// Numbers of rows by day, by exercice and side.
    fn releve(sides: &[(u16, Sens, &[Jours])]) -> Releve {
        let mut out = Releve::default();
        for (exercice, sens, rows) in sides {
            for (when, n) in *rows {
                let month = month_of(*exercice, *when).expect("a month");
                let one =
                    out.rythmes.entry((*exercice, *sens)).or_insert_with(|| Rythme::new(*when));
                (0..*n).for_each(|_| one.add(month, *exercice, *when));
            }
        }
        out
    }

    /// `n` rows on the 28th of each of the first months.
    fn even(year: i32, months: i32, n: u64) -> Vec<Jours> {
        (1..=months).map(|m| ((year, m, 28), n)).collect()
    }

    #[test]
    fn a_month_begun_is_not_whole() {
        let with = |last: Jour| {
            let months = if last.0 > 2026 { 12 } else { last.1 - 1 };
            let mut rows = even(2026, months, 1);
            rows.push((last, 1));
            releve(&[(2026, Sens::D, &rows)])
        };
        let known = |last| with(last).mois_connus(2026, Sens::D);
        assert_eq!(known((2026, 10, 30)), 10);
        assert_eq!(known((2026, 11, 12)), 10);
        assert_eq!(known((2027, 1, 31)), 13);
        assert_eq!(known((2027, 1, 12)), 12);
        assert_eq!(with((2026, 10, 30)).mois_connus(2025, Sens::D), 0);
        assert!(with((2026, 12, 20)).couvre(2026) && !with((2026, 10, 30)).couvre(2026));
    }

    #[test]
    fn each_side_has_its_own_last_month() {
        // mandats to 30 September, titres to 31 October, 40 a month
        let (spent, received) = (even(2025, 9, 40), even(2025, 10, 40));
        let found = releve(&[(2025, Sens::D, &spent), (2025, Sens::R, &received)]);
        assert_eq!([Sens::D, Sens::R].map(|s| found.mois_connus(2025, s)), [9, 10]);
        // titres seen until 20 October only, but the mandats say that the export ran to its end
        let mut received = even(2025, 9, 40);
        received.push(((2025, 10, 20), 30));
        let found = releve(&[(2025, Sens::D, &even(2025, 10, 40)), (2025, Sens::R, &received)]);
        assert_eq!([Sens::D, Sens::R].map(|s| found.mois_connus(2025, s)), [10, 10]);
    }

    #[test]
    fn a_date_mistyped_does_not_close_the_year() {
        // 40 a month to October, one row typed 29 December
        let mut rows = even(2025, 10, 40);
        rows.push(((2025, 12, 29), 1));
        let found = releve(&[(2025, Sens::D, &rows)]);
        assert_eq!(found.mois_connus(2025, Sens::D), 10);
        // by hand: half of 40 less two deviations, 20 − 12.6: 8 rows would do, 1 does not
        let thin = MoisMaigre { sens: Sens::D, mois: 11, lignes: 1, attendues: 40.0 };
        assert_eq!(found.maigres(2025), [thin]);
        assert!(!found.couvre(2025));
        // a month that is always light is not doubted: past years say 6 rows in August
        let light = |year: i32, months: i32| -> Vec<Jours> {
            let of = |(d, n): Jours| (d, if d.1 == 8 { 6 } else { n });
            even(year, months, 100).into_iter().map(of).collect()
        };
        let (before, now) = (light(2024, 12), light(2025, 8));
        let found = releve(&[(2024, Sens::D, &before), (2025, Sens::D, &now)]);
        assert_eq!(found.mois_connus(2025, Sens::D), 8);
        let alone = releve(&[(2025, Sens::D, &now)]);
        assert_eq!(alone.mois_connus(2025, Sens::D), 7, "nothing says that August is light");
    }
}
