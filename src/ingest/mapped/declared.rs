//! What a file declares of all its rows outside of them: its exercice and its budget, in the lines above the titles
//! (`Exercice : 2023`, `Budget : EAU`) or in its name (`mandats_2023.csv`); and the column of states, in which a
//! mandat rejected was never paid.
//!
//! **Invariant:** what a row or a column says is never replaced; a row dated in January goes to the exercice before
//! only where the file declares that one.

use std::ops::RangeInclusive;

use crate::domain::calendar::{DateOrder, YEARS, civil_parts, parse_day};
use crate::domain::free_text::folded_words;
use crate::frames::intern::clean_text;
use crate::frames::ledger::{DateKey, TextKey};
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::plan::{AmountSource, Plan};
use crate::ingest::mapped::synonyms::normal;

/// The exercice that a file declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercice {
    /// The year.
    pub year: u16,
    /// Where it was read, French.
    pub source: String,
    /// True when an invoice of the year before may be of this exercice: said by a title, or by the name of a file of
    /// mandats that have no other date.
    pub titled: bool,
}

impl Exercice {
    /// The exercice of a row dated `day`, the day being that of the mandat or that of the invoice.
    pub fn of(&self, day: i32, is_mandat: bool) -> Option<u16> {
        let (year, month, _) = civil_parts(day)?;
        let mine = i32::from(self.year);
        let late = year == mine + 1 && month == 1;
        // an invoice may be older than the mandat that pays it
        let older = self.titled && !is_mandat && year == mine - 1;
        (late || older || year == mine).then_some(self.year)
    }
}

/// A cell as the value of the title before it, or what follows it: `Exercice : 2023`.
fn after<'t>(preamble: &'t [String], word: &str) -> Option<(&'t str, String)> {
    let filled: Vec<&String> = preamble.iter().filter(|t| !t.is_empty()).collect();
    filled.iter().enumerate().find_map(|(i, text)| {
        let words = normal(text);
        if words == word {
            return filled.get(i + 1).map(|next| (next.as_str(), format!("{text} {next}")));
        }
        let rest = text.get(word.len()..).filter(|_| words.starts_with(&format!("{word} ")))?;
        Some((rest.trim_start_matches([' ', ':', '-', '\u{a0}', '\u{202f}']), (*text).clone()))
    })
}

/// A year alone: `2023`, not `2023-2024`.
fn one_year(text: &str) -> Option<u16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|d| d.len() == 4);
    let mut years =
        numbers.filter_map(|d| d.parse().ok()).filter(|y| YEARS.contains(&i32::from(*y)));
    match (years.next(), years.next()) {
        (Some(year), None) => Some(year),
        _ => None,
    }
}

/// The exercice declared above the titles, else by the name of the sheet or of the file when no row of `sample`
/// contradicts it.
pub(super) fn exercice(
    plan: &Plan,
    preamble: &[String],
    name: &str,
    sample: &[Cells],
) -> Option<Exercice> {
    for word in ["exercice", "annee", "exercice budgetaire"] {
        if let Some((value, shown)) = after(preamble, word)
            && value.len() <= 12
            && let Some(year) = one_year(value)
        {
            return Some(Exercice {
                year, source: format!("le titre « {shown} »"), titled: true
            });
        }
    }
    let part = name.rsplit('!').find_map(|part| {
        let file = part.rsplit('/').next().unwrap_or(part);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        one_year(stem).map(|year| (year, stem.to_owned()))
    });
    let (year, stem) = part?;
    let mandat = plan.dates.iter().find(|(k, _)| *k == DateKey::Mandat);
    // mandats known by the date of their invoice alone
    let numbered = plan.texts.iter().any(|(k, _)| *k == TextKey::Mandat);
    let invoice = plan.dates.iter().find(|(k, _)| numbered && *k == DateKey::Facture);
    let (key, index) = mandat.or(invoice)?;
    let first = parse_day(format!("01/01/{year}").as_bytes(), DateOrder::Dmy).ok()?;
    let before = if *key == DateKey::Mandat { 0 } else { 366 };
    let span: RangeInclusive<i32> = first - before..=first + 396;
    let mut days = sample
        .iter()
        .filter_map(|r| r.get(*index))
        .filter_map(|cell| parse_day(cell, plan.order).ok())
        .peekable();
    let mine = days.peek().is_some() && days.all(|day| span.contains(&day));
    let titled = *key != DateKey::Mandat;
    mine.then(|| Exercice { year, source: format!("le nom « {stem} »"), titled })
}

/// The budget declared above the titles: `Budget : EAU`, not `Budget 2024` nor `Budget primitif`.
pub(super) fn budget(preamble: &[String]) -> Option<String> {
    let (value, _) = after(preamble, "budget")?;
    let words = folded_words(value);
    let stage = ["PRIMITIF", "SUPPLEMENTAIRE", "TOTAL", "EXERCICE", "VOTE", "DE", "DU", "DES"];
    let first = words.first()?;
    let named = words.iter().any(|w| w.chars().any(char::is_alphabetic));
    let short = value.len() <= 60 && !stage.contains(&first.as_str());
    (named && short).then(|| value.trim().to_owned())
}

/// The column of states, if one of its values says rejected or cancelled.
pub(super) fn states(plan: &Plan, sample: &[Cells]) -> Option<usize> {
    const TITLES: [&str; 8] = [
        "statut",
        "etat",
        "statut mandat",
        "etat mandat",
        "statut piece",
        "etat piece",
        "statut bordereau",
        "situation",
    ];
    let used = plan.positions();
    let titled = |i: &usize| TITLES.contains(&normal(&plan.headers[*i]).as_str());
    let mut places = (0..plan.headers.len()).filter(|i| !used.contains(i)).filter(titled);
    places.find(|i| {
        let mut values = sample.iter().filter_map(|r| r.get(*i));
        values.any(|v| State::of(v) != State::Other)
    })
}

/// True for the side of a credit: `C`, `Crédit`.
pub fn is_credit(text: &[u8]) -> bool {
    matches!(clean_text(text).to_lowercase().as_str(), "c" | "credit" | "crédit" | "cr")
}

fn is_debit(text: &[u8]) -> bool {
    matches!(clean_text(text).to_lowercase().as_str(), "d" | "debit" | "débit" | "db")
}

/// True when the column of the sens holds debits and credits, not expenses and receipts.
pub(super) fn sided(plan: &Plan, sample: &[Cells]) -> bool {
    let Some(index) = plan.sens else { return false };
    let values = || sample.iter().filter_map(|r| r.get(index)).filter(|v| !v.is_empty());
    values().any(|v| is_credit(v)) && values().all(|v| is_credit(v) || is_debit(v))
}

/// True for an account of tiers or of cash, which no mandat nor titre is drawn on. Operations for others (45) are of
/// the budget. Source: M57, tome 1, comptes 4 et 5.
pub fn out_of_budget(account: &[u8]) -> bool {
    account.len() >= 3
        && account.iter().all(u8::is_ascii_digit)
        && matches!(account[0], b'4' | b'5')
        && !account.starts_with(b"45")
}

/// True for a book of all accounts: debits and credits, some of a budget account, some of tiers or of cash.
pub(super) fn double_entry(plan: &Plan, sample: &[Cells]) -> bool {
    let nature = plan.texts.iter().find(|(k, _)| *k == TextKey::Nature);
    let Some((_, index)) = nature else { return false };
    let two = plan.constants.book.sided || matches!(plan.amount, AmountSource::DebitCredit(..));
    let accounts = || sample.iter().filter_map(|r| r.get(*index));
    let budget = |a: &Vec<u8>| matches!(a.first(), Some(b'6' | b'7'));
    two && accounts().any(budget) && accounts().any(|a| out_of_budget(a))
}

/// What a state says of the payment of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Refused by the comptable: never paid.
    Rejected,
    /// Cancelled, by a later row or not.
    Cancelled,
    /// Anything else.
    Other,
}

impl State {
    /// Reads « Rejeté », « Annulé par le mandat 12 ».
    pub fn of(text: &[u8]) -> Self {
        if text.len() < 5 || text.len() > 60 {
            return Self::Other;
        }
        let words = folded_words(&clean_text(text));
        match words.first() {
            Some(w) if w.starts_with("REJET") => Self::Rejected,
            Some(w) if w.starts_with("ANNUL") => Self::Cancelled,
            _ => Self::Other,
        }
    }
}

/// True for a register of invoices: its name says so, it has invoices and no mandat.
pub(super) fn invoices(plan: &Plan, name: &str) -> bool {
    let has = |key: TextKey| plan.texts.iter().any(|(k, _)| *k == key);
    let staged = plan.constants.texts.iter().any(|(k, _)| *k == TextKey::Etape);
    let paid = has(TextKey::Mandat) || has(TextKey::Bordereau) || has(TextKey::Etape) || staged;
    let dated = plan.dates.iter().any(|(k, _)| *k == DateKey::Mandat);
    let named = name.rsplit('!').any(|part| {
        let words = folded_words(part.rsplit('/').next().unwrap_or(part));
        let says = |w: &str| words.iter().any(|word| word == w);
        (says("FACTURES") || says("FACTURE")) && !says("MANDATS") && !says("MANDAT")
    });
    has(TextKey::Facture) && !paid && !dated && named
}

/// True when no column nor constant gives the budget of the rows.
pub(super) fn without_budget(plan: &Plan) -> bool {
    let columns = plan.texts.iter().all(|(k, _)| *k != TextKey::Budget);
    columns && plan.constants.texts.iter().all(|(k, _)| *k != TextKey::Budget)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::day_of;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|t| (*t).to_owned()).collect()
    }

    #[test]
    fn budgets_above_the_titles() {
        for (lines, expected) in [
            (&["Budget : EAU"][..], Some("EAU")),
            (&["Budget : 01 - EAU"], Some("01 - EAU")),
            (&["Ville", "Budget", "", "Assainissement"], Some("Assainissement")),
            (&["Budget 2024"], None),
            (&["Budget primitif 2024"], None),
            (&["Budget de la commune"], None),
            (&["Budgets"], None),
            (&[], None),
        ] {
            assert_eq!(budget(&texts(lines)).as_deref(), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_row_of_january_goes_to_the_exercice_declared() {
        let day = |y, m, d| day_of(y, m, d).expect("a day");
        let declared = Exercice { year: 2023, source: String::new(), titled: true };
        assert_eq!(declared.of(day(2024, 1, 31), true), Some(2023));
        assert_eq!(declared.of(day(2024, 2, 1), true), None);
        assert_eq!(declared.of(day(2023, 6, 1), true), Some(2023));
        assert_eq!(declared.of(day(2022, 12, 20), true), None);
        assert_eq!(declared.of(day(2022, 12, 20), false), Some(2023), "an invoice");
        let named = Exercice { titled: false, ..declared };
        assert_eq!(named.of(day(2022, 12, 20), false), None);
    }

    #[test]
    fn states_of_mandats() {
        assert_eq!(State::of("Rejeté".as_bytes()), State::Rejected);
        assert_eq!(State::of("ANNULE".as_bytes()), State::Cancelled);
        assert_eq!(State::of("Payé".as_bytes()), State::Other);
    }

    #[test]
    fn one_year_only() {
        assert_eq!(one_year("mandats_2023"), Some(2023));
        assert_eq!(one_year("mandats 2023-2024"), None);
        assert_eq!(one_year("export_20231231"), None);
    }
}
