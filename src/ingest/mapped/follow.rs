//! What a row takes from the rows above it: a mandat told over several lines of which the first one alone bears its
//! number, its date and its tiers; lines of one cell that tell the account, the bordereau or the budget of what follows.
//!
//! **Invariant:** what a row says itself is never replaced.

use crate::domain::calendar::{DateOrder, NO_DAY, parse_day};
use crate::domain::free_text::folded_words;
use crate::frames::intern::clean_text;
use crate::frames::ledger::{Sens, TextKey};
use crate::frames::ledger_builder::LedgerRow;
use crate::ingest::mapped::build::CellRow;
use crate::ingest::mapped::declared;
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::plan::{AmountSource, Layers, Plan};
use crate::ingest::mapped::values::{is_total, read_amount};

/// Columns of a line, which a mandat has several of.
const OF_LINE: [TextKey; 5] =
    [TextKey::Ligne, TextKey::Nature, TextKey::Chapitre, TextKey::Fonction, TextKey::Operation];

/// The row above, as far as the lines of one mandat share it.
#[derive(Debug)]
pub struct Previous {
    /// Day numbers by `DateKey`.
    pub dates: [i32; 4],
    /// Budget year.
    pub exercice: u16,
    /// Dépense or recette.
    pub sens: Sens,
    texts: Vec<(usize, Vec<u8>)>,
}

impl Previous {
    /// What the lines after `row` may take from it.
    pub fn of(row: &LedgerRow<'_>) -> Self {
        let line = |key: usize| OF_LINE.iter().any(|k| *k as usize == key);
        let texts = row.texts.iter().enumerate().filter(|(key, t)| !t.is_empty() && !line(*key));
        let texts = texts.map(|(key, text)| (key, text.to_vec())).collect();
        Self { dates: row.dates, exercice: row.exercice, sens: row.sens, texts }
    }

    /// Gives to a row the texts that it lacks.
    pub fn fill<'t>(&'t self, row: &mut LedgerRow<'t>) {
        for (key, text) in &self.texts {
            if row.texts[*key].is_empty() {
                row.texts[*key] = text;
            }
        }
    }
}

/// What the rows above say.
#[derive(Debug, Default)]
pub struct Above {
    /// The last row that bears a mandat.
    pub row: Option<Previous>,
    /// The lines of one cell.
    pub heading: Heading,
}

/// What lines of one cell tell of the rows below them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heading {
    nature: Vec<u8>,
    bordereau: Vec<u8>,
    budget: Vec<u8>,
    /// Day of the bordereau.
    pub day: Option<i32>,
    /// Side of the rows below: « MANDATS », « RECETTES ».
    pub sens: Option<Sens>,
}

impl Heading {
    /// Reads « Article 60612 - Énergie », « Bordereau n° 3 du 12/02/2024 », « Budget : EAU »; false for anything else.
    pub fn read(&mut self, text: &[u8]) -> bool {
        if text.len() < 4 || text.len() > 160 || is_total(text) {
            return false;
        }
        let text = clean_text(text);
        let words = folded_words(&text);
        let number = |w: &String| w.bytes().all(|b| b.is_ascii_digit());
        let first = words.first().map_or("", String::as_str);
        let code = words.iter().find(|w| number(w)).cloned();
        match (first, code) {
            ("ARTICLE" | "COMPTE" | "NATURE" | "IMPUTATION", Some(code))
                if (2..=8).contains(&code.len()) && words.get(1) == Some(&code) =>
            {
                self.nature = code.into_bytes();
            }
            ("BORDEREAU", Some(code)) => {
                self.bordereau = code.into_bytes();
                let day = |w: &str| parse_day(w.as_bytes(), DateOrder::Dmy).ok();
                self.day = text.split_whitespace().find_map(day).filter(|d| *d != NO_DAY);
            }
            ("MANDATS" | "DEPENSES", None) if words.len() == 1 => self.sens = Some(Sens::D),
            ("TITRES" | "RECETTES", None) if words.len() == 1 => self.sens = Some(Sens::R),
            ("BUDGET", _) => match declared::budget(std::slice::from_ref(&text)) {
                Some(budget) => self.budget = budget.into_bytes(),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// Gives to a row the texts that it lacks.
    pub fn fill<'t>(&'t self, row: &mut LedgerRow<'t>) {
        for (key, text) in [
            (TextKey::Nature, &self.nature),
            (TextKey::Bordereau, &self.bordereau),
            (TextKey::Budget, &self.budget),
        ] {
            let cell = &mut row.texts[key as usize];
            if cell.is_empty() {
                *cell = text;
            }
        }
    }
}

/// The only cell of a row that holds something.
pub(super) fn lone_cell(cells: &impl CellRow) -> Option<usize> {
    let mut filled = (0..cells.width()).filter(|i| !cells.cell(*i).is_empty());
    let first = filled.next()?;
    filled.next().is_none().then_some(first)
}

/// How the rows of a file take from those above, by its first records; and whether headings give them a day.
pub(super) fn layers(plan: &Plan, sample: &[Cells]) -> Layers {
    let mut heading = Heading::default();
    let mut headings = false;
    for row in sample {
        let mut filled = row.iter().filter(|c| !c.is_empty());
        if let (Some(text), None) = (filled.next(), filled.next()) {
            headings |= heading.read(text);
        }
    }
    let dated = plan.dates.is_empty() && heading.day.is_some();
    Layers { follow: follows(plan, sample), headings, dated }
}

/// Positions of the date, of the mandat and of the tiers: all three empty, a row goes on with the one above.
pub(super) fn keys(plan: &Plan) -> Option<[usize; 3]> {
    let of = |key: TextKey| plan.texts.iter().find(|(k, _)| *k == key).map(|(_, i)| *i);
    Some([plan.dates.first()?.1, of(TextKey::Mandat)?, of(TextKey::TiersNom)?])
}

/// True when rows without date, mandat nor tiers are lines of the mandat above, not sums of what is above.
fn follows(plan: &Plan, sample: &[Cells]) -> bool {
    let (Some(keys), AmountSource::One(amount)) = (keys(plan), plan.amount) else { return false };
    let nature = plan.texts.iter().find(|(k, _)| *k == TextKey::Nature).map(|(_, i)| *i);
    let cell = |row: &Cells, i: usize| row.get(i).cloned().unwrap_or_default();
    let (mut lines, mut sums) = (0, 0);
    let mut run: Vec<i64> = Vec::new();
    for row in sample {
        let Ok(money) = read_amount(&cell(row, amount), plan.decimal) else { continue };
        let bare = keys.iter().all(|i| cell(row, *i).is_empty());
        if !bare {
            run.push(money.centimes);
            continue;
        }
        let total = row.iter().any(|c| is_total(c));
        if total || nature.is_none_or(|i| cell(row, i).is_empty()) || run.is_empty() {
            run.clear();
            continue;
        }
        // the sum of the last rows, of any number of them
        let mut sum = 0_i64;
        let is_sum = run.iter().rev().any(|m| {
            sum = sum.saturating_add(*m);
            sum == money.centimes
        });
        lines += 1;
        sums += usize::from(is_sum);
        run.push(money.centimes);
    }
    lines > 0 && sums * 3 < lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_one_cell() {
        let mut heading = Heading::default();
        assert!(heading.read("Article 60612 - Énergie".as_bytes()));
        assert!(heading.read("Bordereau n° 3 du 12/02/2024".as_bytes()));
        assert!(heading.read(b"Budget : EAU"));
        assert_eq!(heading.nature, b"60612");
        assert_eq!(
            (heading.bordereau.as_slice(), heading.budget.as_slice()),
            (&b"3"[..], &b"EAU"[..])
        );
        assert_eq!(heading.day, parse_day(b"12/02/2024", DateOrder::Dmy).ok());
        for text in
            ["Total article 60612", "Article premier", "Édité le 12/02/2024", "Compte de l’eau"]
        {
            assert!(!Heading::default().read(text.as_bytes()), "{text}");
        }
    }
}
