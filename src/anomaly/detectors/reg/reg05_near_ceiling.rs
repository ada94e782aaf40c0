#![doc = include_str!("reg05_near_ceiling.md")]

use std::collections::BTreeMap;

use super::{REFILL, titled};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, total};
use crate::anomaly::detectors::mnt::words::euros;
use crate::anomaly::detectors::{Context, Run};
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Reg, 5);
/// Percent under the ceiling that is still at it.
const MARGIN: f64 = 5.0;
/// Purchases at the ceiling that make a pattern.
const LEAST: usize = 3;

/// Runs the control: one finding a régie and an exercice.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(regies) = ledger.text(TextKey::Regie) else { return Outcome::not_done("sans régie") };
    let margin = context.settings.get(CODE, "marge").unwrap_or(MARGIN) / 100.0;
    let refills = objects_saying(ledger, &REFILL);
    let mut purchases: BTreeMap<(u32, u16), Vec<u32>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let regie = regies.codes[row];
        let spent = ledger.sens[row] == Sens::D && ledger.montant[row] > 0;
        if spent && regie != NO_TEXT && !says(ledger, &refills, row) {
            purchases.entry((regie, ledger.exercice[row])).or_default().push(row as u32);
        }
    }
    let examined: usize = purchases.values().map(Vec::len).sum();
    if examined == 0 {
        return Outcome::not_done("aucune dépense de régie");
    }
    let at_ceiling = |r: &u32| {
        let amount = ledger.montant[*r as usize] as f64;
        let ceiling = en_vigueur("regie_operation", ledger.day(*r as usize));
        let ceiling = ceiling.map_or(f64::INFINITY, |c| c.centimes().0 as f64);
        amount <= ceiling && amount >= ceiling * (1.0 - margin)
    };
    let findings = purchases
        .into_iter()
        .filter_map(|((regie, exercice), mut rows)| {
            let all = rows.len();
            rows.retain(at_ceiling);
            by_content(ledger, &mut rows);
            if rows.len() < LEAST {
                return None;
            }
            let ceiling = en_vigueur("regie_operation", ledger.day(rows[0] as usize))?.centimes();
            let words = Words {
                motif: format!(
                    "{} : {} achats juste sous le plafond de {} en {exercice}.",
                    titled(regies.dictionary.get(regie)),
                    rows.len(),
                    euros(ceiling.0.unsigned_abs())
                ),
                a_faire: "Vérifier si ces achats n'en font qu'un, et s'ils relèvent du mandat.",
            };
            let enjeu = total(ledger, &rows);
            let share = rows.len() as f64 / all as f64;
            Some(
                Draft::new(CODE, rows.clone(), -4.0)
                    .level(
                        "Achats au plafond",
                        3.0 * (rows.len() as f64).min(6.0),
                        out_of(rows.len(), all),
                    )
                    .when(share > 0.5, "La plupart des achats", 3.0, "de cette régie")
                    .finding(words, enjeu, Priorite::Prioritaire),
            )
        })
        .collect();
    Outcome { run: Run::over(examined, ["achat de régie", "achats de régie"]), findings }
}
