#![doc = include_str!("sub02_two_budgets.md")]

use std::collections::{BTreeMap, BTreeSet};

use super::sub01_no_agreement::is_grant;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, total};
use crate::anomaly::detectors::imp::imp03_wrong_section::is_french_chart;
use crate::anomaly::detectors::mnt::words::short;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};
use crate::stats::text::{fold, similarity};

const CODE: ControlCode = ControlCode::new(Family::Sub, 2);
/// Similarity of objects from which two grants are for the same thing.
const ALIKE: f64 = 0.85;
/// Grants of a body whose objects are compared, by budget.
const COMPARED: usize = 12;

/// Runs the control: one finding a body and an exercice paid by several budgets.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let (Some(natures), Some(budgets)) =
        (ledger.text(TextKey::Nature), ledger.text(TextKey::Budget))
    else {
        return Outcome::not_done("sans nature ni budget");
    };
    if budgets.dictionary.len() < 2 {
        return Outcome::not_done("un seul budget parmi les fichiers lus");
    }
    if !is_french_chart(ledger) {
        return Outcome::not_done("les comptes ne sont pas ceux d'un plan communal");
    }
    let grant: Vec<bool> = natures.dictionary.iter().map(is_grant).collect();
    let mut bodies: BTreeMap<(u16, u32), BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let (supplier, budget) = (context.prepared.suppliers.of_row[row], budgets.codes[row]);
        let is = grant.get(natures.codes[row] as usize).copied().unwrap_or(false);
        let paid = ledger.sens[row] == Sens::D && ledger.montant[row] > 0;
        if is && paid && supplier != NO_SUPPLIER && budget != NO_TEXT {
            let body = bodies.entry((ledger.exercice[row], supplier)).or_default();
            body.entry(budget).or_default().push(row as u32);
        }
    }
    let examined = bodies.len();
    let twice = bodies.into_iter().filter(|(_, paid)| paid.len() > 1);
    let findings = twice.map(|((exercice, _), paid)| finding(ledger, exercice, paid)).collect();
    Outcome {
        run: Run::over(examined, ["bénéficiaire et exercice", "bénéficiaires et exercices"]),
        findings,
    }
}

fn finding(ledger: &Ledger, exercice: u16, paid: BTreeMap<u32, Vec<u32>>) -> Finding {
    let budgets = paid.len();
    let amounts: Vec<BTreeSet<i64>> = paid
        .values()
        .map(|rows| rows.iter().map(|r| ledger.montant[*r as usize]).collect())
        .collect();
    let equal = amounts.windows(2).any(|w| w[0].intersection(&w[1]).next().is_some());
    let objects: Vec<BTreeSet<String>> = paid
        .values()
        .map(|rows| {
            let words = rows.iter().map(|r| fold(ledger.text_at(TextKey::Objet, *r as usize)));
            let words: BTreeSet<String> = words.filter(|o| !o.is_empty()).collect();
            words.into_iter().take(COMPARED).collect()
        })
        .collect();
    let near = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
        a.iter().any(|x| b.iter().any(|y| similarity(x, y) >= ALIKE))
    };
    let alike = objects.windows(2).any(|w| near(&w[0], &w[1]));
    let least = paid.values().map(|rows| total(ledger, rows)).min().unwrap_or(Centimes::ZERO);
    let mut rows: Vec<u32> = paid.into_values().flatten().collect();
    by_content(ledger, &mut rows);
    let all = total(ledger, &rows);
    let words = Words {
        motif: format!(
            "Bénéficiaire subventionné par {budgets} budgets en {exercice}, {} en tout.",
            short(all.0.unsigned_abs())
        ),
        a_faire: "Comparer les délibérations ; vérifier que l'objet n'est pas financé deux fois.",
    };
    Draft::new(CODE, rows, -2.0)
        .when(equal, "Même montant", 8.0, "dans deux budgets")
        .when(alike, "Objets voisins", 5.0, "dans deux budgets")
        .when(!equal && !alike, "Montants et objets différents", -3.0, "deux projets possibles")
        .finding(words, least, Priorite::Prioritaire)
}
