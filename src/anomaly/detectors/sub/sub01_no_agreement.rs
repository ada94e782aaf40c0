#![doc = include_str!("sub01_no_agreement.md")]

use std::collections::BTreeMap;

use crate::anomaly::Priorite;
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content};
use crate::anomaly::detectors::imp::imp03_wrong_section::is_french_chart;
use crate::anomaly::detectors::mnt::words::{euros, short};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, Sens, TextKey};
use crate::stats::text::fold;

const CODE: ControlCode = ControlCode::new(Family::Sub, 1);
/// Accounts of grants to private bodies: M57 (65742, 65748, 2042x), M14 (6574, 20421, 20422).
const ACCOUNTS: [&str; 5] = ["65748", "65742", "6574", "20421", "20422"];
/// Accounts of grants to households, which the rule does not concern.
const HOUSEHOLDS: [&str; 1] = ["65741"];

/// Runs the control: one finding a body and an exercice.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(natures) = ledger.text(TextKey::Nature) else {
        return Outcome::not_done("sans nature");
    };
    if !is_french_chart(ledger) {
        return Outcome::not_done("les comptes ne sont pas ceux d'un plan communal");
    }
    let grant: Vec<bool> = natures.dictionary.iter().map(is_grant).collect();
    let spoken = objects_saying(ledger, &["CONVENTION"]);
    let mut bodies: BTreeMap<(u16, u32), Vec<u32>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let supplier = context.prepared.suppliers.of_row[row];
        let is = grant.get(natures.codes[row] as usize).copied().unwrap_or(false);
        if is && ledger.sens[row] == Sens::D && supplier != NO_SUPPLIER {
            bodies.entry((ledger.exercice[row], supplier)).or_default().push(row as u32);
        }
    }
    let examined = bodies.len();
    let findings = bodies
        .into_iter()
        .filter_map(|((exercice, _), mut rows)| {
            by_content(ledger, &mut rows);
            let day = rows.iter().map(|r| ledger.day(*r as usize)).max()?;
            let limit = en_vigueur("convention_subvention", day)?;
            let total: Centimes = rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum();
            if total <= limit.centimes() {
                return None;
            }
            let given = rows.iter().any(|r| has_agreement(ledger, &spoken, *r as usize));
            let words = Words {
                motif: format!(
                    "{} versés en {exercice}, convention non retrouvée dans les données (seuil {}).",
                    short(total.0.unsigned_abs()),
                    euros(limit.centimes().0.unsigned_abs())
                ),
                a_faire: "Retrouver la convention et sa délibération ; la joindre au mandat.",
            };
            let times = total.euros() / limit.valeur;
            Some(
                Draft::new(CODE, rows.clone(), 4.0)
                    .level("Dépassement du seuil", 6.0 * times.log2().min(3.0), format!("{times:.2} fois").replace('.', ","))
                    .when(rows.len() > 1, "Versements cumulés", 1.0, "sur l'exercice")
                    .when(given, "Convention citée", -30.0, "dans l'objet ou le numéro")
                    .finding(words, total, Priorite::Prioritaire),
            )
        })
        .collect();
    Outcome {
        run: Run::over(examined, ["bénéficiaire et exercice", "bénéficiaires et exercices"]),
        findings,
    }
}

/// An account of grants to private bodies.
pub(super) fn is_grant(nature: &str) -> bool {
    let digits: String = nature.chars().filter(char::is_ascii_digit).collect();
    ACCOUNTS.iter().any(|a| digits.starts_with(a))
        && !HOUSEHOLDS.iter().any(|h| digits.starts_with(h))
}

/// The object names a convention, or a number of contract is given.
fn has_agreement(ledger: &Ledger, spoken: &[bool], row: usize) -> bool {
    let number = fold(ledger.text_at(TextKey::Marche, row));
    says(ledger, spoken, row) || number.starts_with("CONV")
}
