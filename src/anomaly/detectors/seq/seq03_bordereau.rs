#![doc = include_str!("seq03_bordereau.md")]

use super::seq01_number_gap::gaps;
use crate::anomaly::detectors::Context;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::prepare::series::{Series, series, source_text};
use crate::anomaly::{Finding, Priorite};
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{DateKey, Ledger, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Seq, 3);
/// Days between two mandats of one bordereau from which its number was given twice.
const APART: f64 = 31.0;
/// Decibans of a missing bordereau before reading: there are few of them, and each holds many mandats.
const BEFORE: f64 = 4.0;

/// Runs the control: gaps in the numbers of bordereaux, then numbers given twice.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let all = series(context.ledger, TextKey::Bordereau);
    let mut outcome = gaps(context, (CODE, BEFORE), (TextKey::Bordereau, &all), noun);
    let apart = context.settings.get(CODE, "jours").unwrap_or(APART) as i32;
    let numbers: usize = all.iter().map(Series::count).sum();
    let twice: Vec<_> = all
        .iter()
        .flat_map(|s| s.numbers().map(move |n| (s, n)))
        .filter_map(|(s, n)| {
            let text = source_text(context.ledger, TextKey::Bordereau, n);
            Some((s, text, far(context.ledger, n, apart)?))
        })
        .collect();
    let seen = twice.len();
    outcome.findings.extend(twice.into_iter().map(|found| repeated(found, seen, numbers)));
    outcome
}

fn noun(s: &Series) -> String {
    format!("bordereau de {}s", s.noun())
}

/// First and last row of a number whose positive rows are too many days apart, and the days.
fn far(ledger: &Ledger, number: &[(u32, u32)], apart: i32) -> Option<(u32, u32, i32)> {
    let days = ledger.date(DateKey::Mandat)?;
    let mut rows: Vec<u32> = number
        .iter()
        .map(|n| n.1)
        .filter(|r| ledger.montant[*r as usize] > 0 && days[*r as usize] != NO_DAY)
        .collect();
    let first = rows.iter().map(|r| days[*r as usize]).min()?;
    let last = rows.iter().map(|r| days[*r as usize]).max()?;
    if last - first <= apart {
        return None;
    }
    by_content(ledger, &mut rows);
    Some((*rows.first()?, *rows.last()?, last - first))
}

fn repeated(
    (s, number, (first, last, days)): (&Series, &str, (u32, u32, i32)),
    seen: usize,
    numbers: usize,
) -> Finding {
    let what = if s.sens == Sens::D { "mandats" } else { "titres" };
    let words = Words {
        motif: format!(
            "Le bordereau {number} de {} porte des {what} à {days} jours d'écart.",
            s.exercice
        ),
        a_faire: "Rapprocher des bordereaux signés : un numéro désigne un seul bordereau.",
    };
    Draft::new(CODE, vec![first, last], 0.0)
        .level(
            "Rareté des répétitions",
            rarity(seen, numbers, (-25.0, 20.0)),
            out_of(seen, numbers),
        )
        .finding(words, Centimes::ZERO, Priorite::Prioritaire)
}
