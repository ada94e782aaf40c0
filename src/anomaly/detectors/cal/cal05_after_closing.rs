#![doc = include_str!("cal05_after_closing.md")]

use std::collections::BTreeMap;

use crate::anomaly::detectors::draft::{
    Draft, Outcome, Words, by_content, day_text, out_of, rarity, total,
};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::baremes::en_vigueur;
use crate::domain::calendar::{NO_DAY, day_of};
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{DateKey, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Cal, 5);
/// Above this share of rows after the closing, the exercice is not the calendar year.
const OTHER_YEAR: f64 = 0.05;

/// A day after the closing: its rows and the last day allowed.
struct Late {
    last: i32,
    rows: Vec<u32>,
}

/// Runs the control: one finding an exercice, sens and day.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(days) = ledger.date(DateKey::Mandat) else { return Outcome::not_done("sans date") };
    let mut late: BTreeMap<(u16, Sens, i32), Late> = BTreeMap::new();
    let mut examined = 0;
    for (row, &day) in days.iter().enumerate() {
        let exercice = ledger.exercice[row];
        if exercice == 0 || day == NO_DAY {
            continue;
        }
        let Some(last) = last_day(exercice) else { continue };
        examined += 1;
        if day > last {
            let key = (exercice, ledger.sens[row], day);
            late.entry(key).or_insert(Late { last, rows: Vec::new() }).rows.push(row as u32);
        }
    }
    let seen: usize = late.values().map(|l| l.rows.len()).sum();
    if examined == 0 {
        return Outcome::not_done("ni exercice ni date de mandat");
    }
    if seen as f64 > OTHER_YEAR * examined as f64 {
        return Outcome::not_done("l'exercice de ces fichiers n'est pas l'année civile");
    }
    let findings = late.into_iter().map(|l| finding(context, l, seen, examined)).collect();
    Outcome { run: Run::over(examined, ["ligne datée", "lignes datées"]), findings }
}

/// Last day on which a mandat or a titre of an exercice may be issued.
fn last_day(exercice: u16) -> Option<i32> {
    let end = day_of(i32::from(exercice), 12, 31).ok()?;
    Some(end + en_vigueur("journee_complementaire", end)?.valeur as i32)
}

fn finding(
    context: &Context<'_>,
    ((exercice, sens, day), mut late): ((u16, Sens, i32), Late),
    seen: usize,
    examined: usize,
) -> Finding {
    let ledger = context.ledger;
    by_content(ledger, &mut late.rows);
    let number = ledger.text_at(TextKey::Mandat, late.rows[0] as usize);
    let noun = if sens == Sens::D { "mandat" } else { "titre" };
    let motif = if late.rows.len() == 1 && !number.is_empty() {
        format!(
            "Le {noun} {number} de {exercice} est daté du {}, après le {}.",
            day_text(day),
            day_text(late.last)
        )
    } else {
        format!(
            "{} lignes de {noun}s de {exercice} datées du {}, après le {}.",
            late.rows.len(),
            day_text(day),
            day_text(late.last)
        )
    };
    let words = Words {
        motif,
        a_faire: "Vérifier la date d'émission et l'exercice : la journée complémentaire est close.",
    };
    let over = f64::from(day - late.last);
    let enjeu = total(ledger, &late.rows).abs();
    Draft::new(CODE, late.rows, 2.0)
        .level("Jours après la clôture", 3.0 * over.log2().clamp(0.0, 3.0), format!("{over} jours"))
        .level("Rareté de ces dates", rarity(seen, examined, (-10.0, 12.0)), out_of(seen, examined))
        .finding(words, enjeu, Priorite::Prioritaire)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::day_number;

    #[test]
    fn the_month_13_ends_on_31_january() {
        assert_eq!(last_day(2024), Some(day_number(jiff::civil::date(2025, 1, 31))));
    }
}
