#![doc = include_str!("reg06_over_cash_held.md")]

use super::{known_regies, titled};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, day_text, out_of, rarity};
use crate::anomaly::detectors::mnt::words::euros;
use crate::anomaly::detectors::{Context, Run};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Reg, 6);

/// Runs the control: what a régie de recettes pays in at once, above the cash it may hold.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(regies) = ledger.text(TextKey::Regie) else { return Outcome::not_done("sans régie") };
    let known = known_regies(context, regies);
    if known.iter().all(Option::is_none) {
        return Outcome::not_done("plafonds inconnus : les saisir dans [[regie]] de vigie.toml");
    }
    let (mut examined, mut over) = (0, Vec::new());
    for row in 0..ledger.len() {
        let regie = regies.codes[row];
        if ledger.sens[row] != Sens::R || ledger.montant[row] <= 0 || regie == NO_TEXT {
            continue;
        }
        let Some(regie) = known[regie as usize].filter(|r| r.plafond.0 > 0) else { continue };
        examined += 1;
        if Centimes(ledger.montant[row]) > regie.plafond {
            over.push((row, regie.plafond));
        }
    }
    if examined == 0 {
        return Outcome::not_done("aucun versement d'une régie dont le plafond est connu");
    }
    let seen = over.len();
    let findings = over
        .into_iter()
        .map(|(row, ceiling)| {
            let paid = Centimes(ledger.montant[row]);
            let words = Words {
                motif: format!(
                    "{} : versement de {} le {}, encaisse plafonnée à {}.",
                    titled(ledger.text_at(TextKey::Regie, row)),
                    euros(paid.0.unsigned_abs()),
                    day_text(ledger.day(row)),
                    euros(ceiling.0.unsigned_abs())
                ),
                a_faire: "Vérifier la part en espèces et la fréquence des versements au comptable.",
            };
            let times = paid.euros() / ceiling.euros();
            Draft::new(CODE, vec![row as u32], 4.0)
                .level(
                    "Dépassement du plafond",
                    6.0 * times.log2().min(1.5),
                    format!("{times:.2} fois").replace('.', ","),
                )
                .level(
                    "Rareté des dépassements",
                    rarity(seen, examined, (-15.0, 8.0)),
                    out_of(seen, examined),
                )
                .finding(words, paid - ceiling, Priorite::AVerifier)
        })
        .collect();
    Outcome { run: Run::over(examined, ["versement de régie", "versements de régie"]), findings }
}
