#![doc = include_str!("sub01_no_agreement.md")]

use std::collections::BTreeMap;

use crate::anomaly::Priorite;
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, cut};
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
/// Accounts of grants to private bodies: M57 (65742, 65748, 2042x), M14 (6574, 6745, 20421, 20422).
const ACCOUNTS: [&str; 6] = ["65748", "65742", "6574", "6745", "20421", "20422"];
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
            let cited = rows.iter().find_map(|r| cited(ledger, &spoken, *r as usize));
            let words = wording(
                &format!("{} versés en {exercice}", short(total.0.unsigned_abs())),
                &euros(limit.centimes().0.unsigned_abs()),
                cited,
            );
            let times = total.euros() / limit.valeur;
            Some(
                Draft::new(CODE, rows.clone(), 4.0)
                    .level(
                        "Dépassement du seuil",
                        6.0 * times.log2().min(3.0),
                        format!("{times:.2} fois").replace('.', ","),
                    )
                    .when(rows.len() > 1, "Versements cumulés", 1.0, "sur l'exercice")
                    .when(cited.is_some(), "Convention citée", -30.0, "dans l'objet ou le numéro")
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

/// The convention a row cites: its number, empty when only the object speaks of one.
fn cited<'a>(ledger: &'a Ledger, spoken: &[bool], row: usize) -> Option<&'a str> {
    let number = ledger.text_at(TextKey::Marche, row);
    if fold(number).starts_with("CONV") {
        return Some(number);
    }
    let denied = || {
        let object = fold(ledger.text_at(TextKey::Objet, row));
        ["SANS", "HORS", "ABSENCE DE"].iter().any(|no| object.contains(&format!("{no} CONVENTION")))
    };
    (says(ledger, spoken, row) && !denied()).then_some("")
}

/// A convention cited is only to be checked; one that nothing cites is to be found.
fn wording(paid: &str, limit: &str, cited: Option<&str>) -> Words {
    let Some(number) = cited else {
        return Words {
            motif: format!("{paid}, convention non retrouvée dans les données (seuil {limit})."),
            a_faire: "Retrouver la convention et sa délibération ; la joindre au mandat.",
        };
    };
    let which = if number.is_empty() { "une convention".to_owned() } else { cut(number, 2) };
    Words {
        motif: format!("{paid} (seuil {limit}) : {which} citée, sa pièce reste à vérifier."),
        a_faire: "Vérifier que la convention citée et sa délibération sont jointes au mandat.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convention_cited_is_not_said_missing() {
        let said = |cited| {
            wording("36\u{202f}000,00\u{a0}€ versés en 2025", "23\u{202f}000,00\u{a0}€", cited)
        };
        let none = said(None);
        assert!(none.motif.contains("non retrouvée") && none.a_faire.starts_with("Retrouver"));
        for number in ["CONV-2025-106", ""] {
            let words = said(Some(number));
            assert!(!words.motif.contains("non retrouvée"), "{}", words.motif);
            assert!(words.motif.contains("citée") && words.motif.contains(number));
            assert!(words.motif.split_whitespace().count() <= 20, "{}", words.motif);
            assert!(words.a_faire.starts_with("Vérifier"));
        }
    }
}
