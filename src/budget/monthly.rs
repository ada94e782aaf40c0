//! The running ledger by line and month: what the landing reads.
//!
//! The exercice is that of the row, never the year of its date: a mandat dated January of the year after
//! belongs to the journée complémentaire, the thirteenth month. Negative amounts of January on classes 6
//! and 7 take back what was attached to the exercice before (contre-passations): they are kept apart,
//! since the invoices come later. Rows of an engagement stage are commitments, not execution.
//!
//! **Invariant:** every row of the budget and of its years is either in a line or counted with its reason.

use std::collections::BTreeMap;

use crate::budget::history::Budget;
use crate::budget::landing::MOIS;
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
    /// First and last (year, month, day) of each exercice.
    pub jours: BTreeMap<u16, (Jour, Jour)>,
    /// Rows left out: reason and number.
    pub ecartees: BTreeMap<&'static str, u64>,
}

/// Year, month, day.
pub type Jour = (i32, i32, i32);

/// Day of the month from which a month is taken as whole.
const WHOLE_MONTH: i32 = 25;
/// A past year covers its exercice when its first row comes by this month and its last row after that day.
const FIRST_MONTH: i32 = 2;
const LAST_DAY: (i32, i32) = (12, 10);

impl Releve {
    /// The rows of `budget`; `nommes` are the other budgets, whose rows are theirs.
    pub fn of(ledger: &Ledger, budget: &Budget) -> Self {
        let mut out = Self::default();
        for row in 0..ledger.len() {
            let name = ledger.text_at(TextKey::Budget, row);
            if !belongs(budget, name) {
                continue;
            }
            if let Err(reason) = out.add(ledger, row, budget) {
                *out.ecartees.entry(reason).or_default() += 1;
            }
        }
        out
    }

    fn add(&mut self, ledger: &Ledger, row: usize, budget: &Budget) -> Result<(), &'static str> {
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
        let month = month_of(exercice, when).ok_or("date loin de l'exercice")?;
        let line = self.lignes.entry((sens, nature.to_owned())).or_default();
        let cell = line.entry(exercice).or_default();
        cell.mois[month] += amount;
        if month == 0 && amount.0 < 0 && nature.starts_with(['6', '7']) {
            cell.reprises += amount.abs();
        }
        let span = self.jours.entry(exercice).or_insert((when, when));
        *span = (span.0.min(when), span.1.max(when));
        Ok(())
    }

    /// Months of an exercice that are whole, 0 to 13.
    pub fn mois_connus(&self, exercice: u16) -> usize {
        let Some((_, (year, month, day))) = self.jours.get(&exercice).copied() else { return 0 };
        if year > i32::from(exercice) {
            return MOIS - usize::from(month == 1 && day < WHOLE_MONTH);
        }
        let whole = if day >= WHOLE_MONTH { month } else { month - 1 };
        usize::try_from(whole).unwrap_or(0)
    }

    /// True when the rows of an exercice cover it from its first months to its last ones.
    pub fn couvre(&self, exercice: u16) -> bool {
        self.jours.get(&exercice).is_some_and(|((y, m, _), last)| {
            let begins = *y < i32::from(exercice) || *m <= FIRST_MONTH;
            begins && *last >= (i32::from(exercice), LAST_DAY.0, LAST_DAY.1)
        })
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

    #[test]
    fn a_month_begun_is_not_whole() {
        let with = |last: Jour| Releve {
            jours: BTreeMap::from([(2026, ((2026, 1, 3), last))]),
            ..Releve::default()
        };
        assert_eq!(with((2026, 10, 30)).mois_connus(2026), 10);
        assert_eq!(with((2026, 11, 12)).mois_connus(2026), 10);
        assert_eq!(with((2027, 1, 31)).mois_connus(2026), 13);
        assert_eq!(with((2027, 1, 12)).mois_connus(2026), 12);
        assert_eq!(with((2026, 10, 30)).mois_connus(2025), 0);
        assert!(with((2026, 12, 20)).couvre(2026) && !with((2026, 10, 30)).couvre(2026));
    }
}
