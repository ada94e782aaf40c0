#![doc = include_str!("cal04_year_end.md")]

use rustc_hash::FxHashMap;

use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, cut, percent, total};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::calendar::{NO_DAY, civil_parts, day_of};
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{DateKey, NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Cal, 4);
/// Last days of the calendar year that make its end.
const DAYS: f64 = 21.0;
/// Invoices of the end of the year that a line must have to be told.
const LEAST: usize = 5;
/// Share of the yearly amount of the line from which its end of year is a rush.
const SHARE: f64 = 0.4;

/// Decibans before reading. A surprise of ten is expected by chance on one line in ten ledgers: below it
/// the finding stays an information.
const BEFORE: f64 = -12.0;

/// A line of credits: exercice, account, service (or function).
type Line = (u16, u32, u32);

/// The invoices of one line: how many, and those of the end of the year.
#[derive(Default)]
struct Spent {
    invoices: usize,
    rush: usize,
    cents: i64,
    rush_cents: i64,
    rows: Vec<u32>,
    last: Option<u32>,
}

/// Runs the control: one finding a line of credits.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let (Some(days), Some(natures)) = (ledger.date(DateKey::Mandat), ledger.text(TextKey::Nature))
    else {
        return Outcome::not_done("sans date ni nature");
    };
    let places = [(TextKey::Service, "service"), (TextKey::Fonction, "fonction")];
    let found = places.into_iter().find_map(|(key, noun)| Some((ledger.text(key)?, noun)));
    let Some((place, noun)) = found else {
        return Outcome::not_done("ni colonne « service » ni colonne « fonction »");
    };
    let length = context.settings.get(CODE, "jours").unwrap_or(DAYS) as i32;
    let mut lines: FxHashMap<Line, Spent> = FxHashMap::default();
    // Rows of one invoice follow one another in the order of the invoices: each is counted once a line.
    for row in context.prepared.invoices.rows.iter().map(|r| *r as usize) {
        let (nature, day) = (natures.codes[row], days[row]);
        let asked = ledger.sens[row] == Sens::D && ledger.montant[row] > 0;
        if !asked || nature == NO_TEXT || day == NO_DAY || is_regular(context, row) {
            continue;
        }
        let line = lines.entry((ledger.exercice[row], nature, place.codes[row])).or_default();
        line.add(context, row, is_year_end(day, ledger.exercice[row], length));
    }
    let mut lines: Vec<(Line, Spent)> = lines.into_iter().collect();
    lines.sort_unstable_by_key(|(line, _)| *line);
    let all: usize = lines.iter().map(|(_, l)| l.invoices).sum();
    let rush: usize = lines.iter().map(|(_, l)| l.rush).sum();
    if rush == 0 {
        return Outcome::not_done("aucune dépense des derniers jours de décembre");
    }
    let usual = rush as f64 / all as f64;
    let tested = lines.len() as f64;
    let findings = lines
        .into_iter()
        .filter(|(_, l)| l.rush >= LEAST && l.rush_cents as f64 > SHARE * l.cents as f64)
        .filter_map(|((exercice, _, at), l)| {
            let expected = (usual * l.invoices as f64).max(0.5);
            let surprise = -10.0 * (poisson_tail(l.rush, expected) * tested).log10();
            let named = match at {
                NO_TEXT => format!("sans {noun}"),
                at => format!("{noun} {}", cut(place.dictionary.get(at), 2)),
            };
            (surprise > 0.0).then(|| finding(context, (exercice, &named), l, (expected, surprise)))
        })
        .collect();
    Outcome { run: Run::over(tested as usize, ["ligne de crédit", "lignes de crédit"]), findings }
}

impl Spent {
    fn add(&mut self, context: &Context<'_>, row: usize, end: bool) {
        let invoice = context.prepared.invoices.of_row[row];
        let new = usize::from(self.last.replace(invoice) != Some(invoice));
        let cents = context.ledger.montant[row];
        self.invoices += new;
        self.cents = self.cents.saturating_add(cents);
        if end {
            self.rush += new;
            self.rush_cents = self.rush_cents.saturating_add(cents);
            self.rows.push(row as u32);
        }
    }
}

/// The supplier is paid this amount at a steady pace: the calendar is that of a contract.
fn is_regular(context: &Context<'_>, row: usize) -> bool {
    context.prepared.recurrence.of_row(row).is_some_and(|r| r.period > 0 && r.days >= 4)
}

/// One of the last `length` days of December of the exercice.
fn is_year_end(day: i32, exercice: u16, length: i32) -> bool {
    civil_parts(day).is_some_and(|(year, ..)| year == i32::from(exercice))
        && day_of(i32::from(exercice), 12, 31).is_ok_and(|last| last - day < length)
}

/// Probability of at least `seen` events when `expected` are.
fn poisson_tail(seen: usize, expected: f64) -> f64 {
    let mut term = (-expected).exp();
    let mut below = 0.0;
    for k in 0..seen {
        below += term;
        term *= expected / (k as f64 + 1.0);
    }
    (1.0 - below).max(1e-15)
}

fn finding(
    context: &Context<'_>,
    (exercice, place): (u16, &str),
    line: Spent,
    (expected, surprise): (f64, f64),
) -> Finding {
    let ledger = context.ledger;
    let mut rows = line.rows;
    by_content(ledger, &mut rows);
    let first = rows[0] as usize;
    let share = line.rush_cents as f64 / line.cents.max(1) as f64;
    let words = Words {
        motif: format!(
            "Compte {}, {place}, {exercice} : {} factures sur {} (hors échéances) mandatées fin décembre, {} du montant.",
            ledger.text_at(TextKey::Nature, first),
            line.rush,
            line.invoices,
            percent(share)
        ),
        a_faire: "Vérifier le besoin, la date des commandes et le service fait avant la clôture.",
    };
    let enjeu = total(ledger, &rows);
    Draft::new(CODE, rows, BEFORE)
        .level(
            "Factures de fin d'année au-delà de l'usage",
            surprise.min(20.0),
            format!("{} pour {expected:.1} attendues", line.rush).replace('.', ","),
        )
        .level("Part du montant", 10.0 * (share - 0.6), percent(share))
        .finding(words, enjeu, Priorite::AVerifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_by_hand() {
        assert!((poisson_tail(1, 1.0) - (1.0 - (-1.0_f64).exp())).abs() < 1e-12);
        assert!((poisson_tail(0, 3.0) - 1.0).abs() < 1e-12);
        assert!(poisson_tail(8, 1.0) < 1.2e-5);
    }
}
