#![doc = include_str!("cal01_closed_day.md")]

use std::collections::BTreeMap;

use super::{objects_saying, says};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::{Context, RECORDS, Run};
use crate::domain::calendar::{NO_DAY, civil, is_holiday, weekday};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{DateKey, Sens, TextKey};
use crate::stats::text::fold;

const CODE: ControlCode = ControlCode::new(Family::Cal, 1);
/// Above this share of rows on closed days, dates are those of automatic batches.
const BATCHES: f64 = 0.05;

/// Runs the control: one finding a closed day, for information only.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(days) = ledger.date(DateKey::Mandat) else { return Outcome::not_done("sans date") };
    let debits = objects_saying(ledger, &["DEBIT D OFFICE", "PRELEVEMENT"]);
    let modes: Vec<bool> = ledger.text(TextKey::ModeReglement).map_or_else(Vec::new, |c| {
        let automatic = |t: &str| ["DEBIT", "PRELEVEMENT"].iter().any(|w| fold(t).contains(w));
        c.dictionary.iter().map(automatic).collect()
    });
    let mode = |row: usize| {
        let column = ledger.text(TextKey::ModeReglement)?;
        modes.get(column.codes[row] as usize).copied()
    };
    let mut closed: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    let mut dated = 0;
    for row in (0..ledger.len()).filter(|r| ledger.sens[*r] == Sens::D && days[*r] != NO_DAY) {
        dated += 1;
        let day = days[row];
        let automatic = mode(row) == Some(true) || says(ledger, &debits, row);
        if (weekday(day) >= 5 || is_holiday(day)) && !automatic {
            closed.entry(day).or_default().push(row as u32);
        }
    }
    let seen: usize = closed.values().map(Vec::len).sum();
    if seen as f64 > BATCHES * f64::from(dated) {
        let share = (100.0 * seen as f64 / f64::from(dated.max(1))).round();
        return Outcome::not_done(format!(
            "{share} % des lignes tombent un jour fermé : dates de lots automatiques"
        ));
    }
    let findings = closed
        .into_iter()
        .map(|(day, mut rows)| {
            by_content(ledger, &mut rows);
            let word = match weekday(day) {
                5 => "un samedi",
                6 => "un dimanche",
                _ => "un jour férié",
            };
            let date = civil(day).map(|d| d.strftime("%d/%m/%Y").to_string()).unwrap_or_default();
            let enjeu: Centimes = rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum();
            let motif = if rows.len() == 1 {
                format!("Mandat daté du {date}, {word}.")
            } else {
                format!("{} lignes de mandats datées du {date}, {word}.", rows.len())
            };
            let words = Words {
                motif,
                a_faire: "Vérifier la date réelle de l'émission ; une date de lot n'appelle rien.",
            };
            Draft::new(CODE, rows, -12.0)
                .level(
                    "Rareté des jours fermés",
                    rarity(seen, dated as usize, (-10.0, 10.0)),
                    out_of(seen, dated as usize),
                )
                .finding(words, enjeu.abs(), Priorite::Information)
        })
        .collect();
    Outcome { run: Run::over(dated as usize, RECORDS), findings }
}
