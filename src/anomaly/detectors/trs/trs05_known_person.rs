#![doc = include_str!("trs05_known_person.md")]

use std::collections::BTreeMap;

use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, total};
use crate::anomaly::detectors::mnt::words::count;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::known::Person;
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::entity::normal_name;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Trs, 5);
/// Accounts that pay agents and élus for their work or give their expenses back.
const OWN: [&str; 5] = ["64", "6251", "6256", "6531", "621"];

/// Titles before a name, normal.
const CIVILITES: [&str; 7] = ["M", "MR", "MME", "MLLE", "MONSIEUR", "MADAME", "MADEMOISELLE"];

/// Runs the control: one finding a name, without ever printing it.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    if context.known.persons.is_empty() {
        return Outcome::not_done("aucune [[personne]] dans vigie.toml");
    }
    let Some(names) = ledger.text(TextKey::TiersNom) else { return Outcome::not_done("sans nom") };
    let persons: Vec<(Vec<String>, &Person)> = context
        .known
        .persons
        .iter()
        .map(|p| (words(&format!("{} {}", p.nom, p.prenom)), p))
        .collect();
    let matched: Vec<Option<&Person>> =
        names.dictionary.iter().map(|n| resembling(&persons, &words(n))).collect();
    let mut rows: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let code = names.codes[row];
        let is = code != NO_TEXT && matched[code as usize].is_some();
        if is && ledger.sens[row] == Sens::D && ledger.montant[row] > 0 && !is_own(ledger, row) {
            rows.entry(code).or_default().push(row as u32);
        }
    }
    let findings = rows
        .into_iter()
        .filter_map(|(code, rows)| {
            let exact = words(names.dictionary.get(code))
                .iter()
                .filter(|w| !CIVILITES.contains(&w.as_str()))
                .count();
            Some(finding(ledger, rows, matched[code as usize]?, exact))
        })
        .collect();
    Outcome { run: Run::over(matched.len(), ["nom de tiers", "noms de tiers"]), findings }
}

fn words(name: &str) -> Vec<String> {
    normal_name(name).split(' ').map(str::to_owned).filter(|w| !w.is_empty()).collect()
}

/// The person all of whose words are in a name.
fn resembling<'p>(persons: &[(Vec<String>, &'p Person)], name: &[String]) -> Option<&'p Person> {
    let inside =
        |p: &&(Vec<String>, &'p Person)| p.0.len() > 1 && p.0.iter().all(|w| name.contains(w));
    persons.iter().find(inside).map(|p| p.1)
}

/// Pay, allowances, expenses given back.
fn is_own(ledger: &Ledger, row: usize) -> bool {
    let account = ledger.text_at(TextKey::Nature, row);
    OWN.iter().any(|o| account.starts_with(o))
}

fn finding(ledger: &Ledger, mut rows: Vec<u32>, person: &Person, length: usize) -> Finding {
    by_content(ledger, &mut rows);
    let first = rows[0] as usize;
    let business = !ledger.text_at(TextKey::Siret, first).is_empty();
    let whole = length <= words(&format!("{} {}", person.nom, person.prenom)).len();
    let role = if person.is_elu { "élu" } else { "agent" };
    let paid = count(rows.len() as u64);
    let plural = if rows.len() > 1 { "paiements" } else { "paiement" };
    let words = Words {
        motif: format!(
            "Ce tiers porte le nom d'un {role} déclaré, pour {paid} {plural} hors rémunération."
        ),
        a_faire: "Écarter l'homonyme ; sinon vérifier le déport et l'absence d'intérêt personnel.",
    };
    let enjeu = total(ledger, &rows);
    Draft::new(CODE, rows, 0.0)
        .when(business, "Le tiers a un SIRET", 5.0, "entreprise à ce nom")
        .when(whole, "Nom et prénom entiers", 4.0, "sans autre mot")
        .when(!whole, "Autres mots dans le nom", -2.0, "homonymie possible")
        .finding(words, enjeu, Priorite::AVerifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_are_needed_in_any_order() {
        let person = Person { nom: "Paravent".into(), prenom: "Solène".into(), is_elu: true };
        let persons = vec![(words("Paravent Solène"), &person)];
        let found = |n: &str| resembling(&persons, &words(n)).is_some();
        assert!(found("SOLENE PARAVENT") && found("Paravent Solène Traiteur SARL"));
        assert!(!found("PARAVENT Jean") && !found("Solène Paraventure"));
    }
}
