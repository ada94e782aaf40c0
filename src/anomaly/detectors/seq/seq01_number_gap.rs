#![doc = include_str!("seq01_number_gap.md")]

use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::mnt::words::count;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::series::{Series, source_text, split, written};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::TextKey;

const CODE: ControlCode = ControlCode::new(Family::Seq, 1);
/// Share of the range that must be present for a series to be judged.
const DENSITY: f64 = 0.9;
/// Numbers a series must have to be judged.
const LEAST: f64 = 20.0;

/// Runs the control.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let all = context.prepared.mandats(context.ledger);
    gaps(context, (CODE, 0.0), (TextKey::Mandat, all), |s| s.noun().to_owned())
}

/// The gaps of the series of a column dense enough to be judged, and what is believed of one before reading;
/// `noun` says what is numbered.
pub(super) fn gaps(
    context: &Context<'_>,
    (code, before): (ControlCode, f64),
    (key, all): (TextKey, &[Series]),
    noun: fn(&Series) -> String,
) -> Outcome {
    let density = context.settings.get(code, "densite").unwrap_or(DENSITY);
    let least = context.settings.get(code, "minimum").unwrap_or(LEAST) as usize;
    let judged = all.iter().filter(|s| s.count() >= least && s.density() >= density);
    let (mut findings, mut examined) = (Vec::new(), 0);
    for s in judged {
        let numbers: Vec<_> = s.numbers().collect();
        examined += numbers.len();
        let gaps: Vec<_> = numbers.windows(2).filter(|w| w[1][0].0 > w[0][0].0 + 1).collect();
        for gap in &gaps {
            let (from, to) = (gap[0][0].0 + 1, gap[1][0].0 - 1);
            let beside = source_text(context.ledger, key, gap[0]);
            let words = Words {
                motif: wording(&noun(s), s.exercice, (from, to), beside),
                a_faire: "Retrouver la pièce : annulée, rejetée, écartée à la lecture, ou absente de l'export.",
            };
            let rows = vec![edges(context, gap[0]).1, edges(context, gap[1]).0];
            let draft = Draft::new(code, rows, before).level(
                "Rareté des trous dans cette suite",
                rarity(gaps.len(), numbers.len(), (-15.0, 20.0)),
                out_of(gaps.len(), numbers.len()),
            );
            findings.push(draft.finding(words, Centimes::ZERO, Priorite::Prioritaire));
        }
    }
    if examined == 0 {
        return Outcome::not_done("suite trop lacunaire : ces fichiers sont des extraits");
    }
    Outcome { run: Run::over(examined, ["numéro", "numéros"]), findings }
}

/// The first and the last row of a number: by number of mandat, then by content.
fn edges(context: &Context<'_>, rows: &[(u32, u32)]) -> (u32, u32) {
    let number =
        |row: u32| split(context.ledger.text_at(TextKey::Mandat, row as usize)).map(|s| s.1);
    let mut rows: Vec<u32> = rows.iter().map(|r| r.1).collect();
    by_content(context.ledger, &mut rows);
    rows.sort_by_key(|r| number(*r));
    (rows[0], rows[rows.len() - 1])
}

/// `beside` is the number before the gap, as the source writes it.
fn wording(noun: &str, exercice: u16, (from, to): (u32, u32), beside: &str) -> String {
    let missing = count(u64::from(to - from + 1));
    let single = from == to;
    let (from, to) = (written(beside, from), written(beside, to));
    if single {
        return format!("Aucun {noun} lu ne porte le numéro {from} en {exercice}.");
    }
    format!(
        "{missing} numéros de {noun} manquent parmi les lignes lues en {exercice}, de {from} à {to}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_numbers_keep_their_prefix_and_zeros() {
        let one = wording("mandat", 2012, (5_433, 5_433), "1203-05432");
        assert_eq!(one, "Aucun mandat lu ne porte le numéro 1203-05433 en 2012.");
        let two = wording("titre", 2025, (9, 10), "8");
        assert_eq!(two, "2 numéros de titre manquent parmi les lignes lues en 2025, de 9 à 10.");
    }
}
