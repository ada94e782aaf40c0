#![doc = include_str!("reg02_at_ceiling.md")]

use std::collections::BTreeMap;

use super::{REFILL, known_regies, titled};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of};
use crate::anomaly::detectors::mnt::words::euros;
use crate::anomaly::detectors::{Context, Run};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Reg, 2);
/// Percent around the advance within which an amount is at it.
const MARGIN: f64 = 1.0;
/// Refills at the advance that make a pattern.
const LEAST: usize = 3;

/// Runs the control: one finding a régie and an exercice.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(regies) = ledger.text(TextKey::Regie) else { return Outcome::not_done("sans régie") };
    if context.known.regies.is_empty() {
        return Outcome::not_done("avances inconnues : les saisir dans [[regie]] de vigie.toml");
    }
    let margin = context.settings.get(CODE, "marge").unwrap_or(MARGIN) / 100.0;
    let known = known_regies(context, regies);
    let advances: Vec<Option<Centimes>> =
        known.iter().map(|r| r.map(|r| r.avance).filter(|a| a.0 > 0)).collect();
    let refills = objects_saying(ledger, &REFILL);
    let mut by_regie: BTreeMap<(u32, u16), Vec<u32>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let regie = regies.codes[row];
        let spent = ledger.sens[row] == Sens::D && ledger.montant[row] > 0;
        let known = regie != NO_TEXT && advances[regie as usize].is_some();
        if known && spent && says(ledger, &refills, row) {
            by_regie.entry((regie, ledger.exercice[row])).or_default().push(row as u32);
        }
    }
    let examined = by_regie.values().map(Vec::len).sum();
    let findings = by_regie
        .into_iter()
        .filter_map(|((regie, exercice), mut rows)| {
            let advance = advances[regie as usize]?;
            let all = rows.len();
            let reach = advance.euros() * margin;
            let near = |cents: i64| (Centimes(cents).euros() - advance.euros()).abs() <= reach;
            rows.retain(|r| near(ledger.montant[*r as usize]));
            by_content(ledger, &mut rows);
            if rows.len() < LEAST {
                return None;
            }
            let over =
                rows.iter().filter(|r| ledger.montant[**r as usize] > advance.0).count();
            let name = regies.dictionary.get(regie);
            let name = titled(name);
            let words = Words {
                motif: format!(
                    "{name} : {} reconstitutions sur {all} au montant de l'avance ({}) en {exercice}.",
                    rows.len(),
                    euros(advance.0.unsigned_abs())
                ),
                a_faire: "Contrôler les pièces et le solde de la régie sur place.",
            };
            let enjeu: Centimes = rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum();
            let share = rows.len() as f64 / all as f64;
            Some(
                Draft::new(CODE, rows.clone(), -8.0)
                    .level("Répétition au montant de l'avance", 4.0 * rows.len() as f64, out_of(rows.len(), all))
                    .level("Part des reconstitutions", 8.0 * (share - 0.75), format!("{:.0} %", share * 100.0))
                    .when(over > 0, "Au-delà de l'avance", 6.0, "au moins une fois")
                    .finding(words, enjeu, Priorite::Prioritaire),
            )
        })
        .collect();
    Outcome { run: Run::over(examined, ["reconstitution", "reconstitutions"]), findings }
}
