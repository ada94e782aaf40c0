#![doc = include_str!("mar08_no_contract.md")]

use std::collections::BTreeMap;

use super::mar01_split_need::is_regular;
use super::orders::{Order, dispense, ht_text, least_limit, limit_text, limits, orders};
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::TextKey;

const CODE: ControlCode = ControlCode::new(Family::Mar, 8);
/// Words of what is bought without a contract of this kind.
const OTHER: [&str; 7] = [
    "NOTAIRE",
    "ACQUISITION IMMOB",
    "ACQUISITION FONCIERE",
    "PREEMPTION",
    "EXPROPRIATION",
    "CONVENTION",
    "MANDAT DE MAITRISE",
];

/// Runs the control: one finding an order above the threshold whose contract is not in the data.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let all = match orders(context) {
        Ok(all) => all,
        Err(why) => return Outcome::not_done(why),
    };
    if context.ledger.text(TextKey::Marche).is_none() && context.known.contracts.is_empty() {
        return Outcome::not_done("ni colonne « marche » ni marché connu");
    }
    let over = |o: &&Order| least_limit(dispense(o.works), o.issued).is_some_and(|l| o.ht.0 >= l.0);
    let large: Vec<&Order> = all.iter().filter(over).collect();
    let mut told: BTreeMap<u32, usize> = BTreeMap::new();
    for order in all.iter().filter(|o| o.contracted) {
        *told.entry(order.supplier).or_default() += 1;
    }
    let other = objects_saying(context.ledger, &OTHER);
    let without: Vec<&Order> = large
        .iter()
        .copied()
        .filter(|o| !o.contracted && !says(context.ledger, &other, o.first as usize))
        .collect();
    let (seen, examined) = (without.len(), large.len());
    let findings = without
        .into_iter()
        .filter_map(|o| {
            let known = told.get(&o.supplier).copied().unwrap_or(0);
            finding(context, o, known, (seen, examined))
        })
        .collect();
    Outcome {
        run: Run::over(examined, ["commande au-delà du seuil", "commandes au-delà du seuil"]),
        findings,
    }
}

fn finding(
    context: &Context<'_>,
    order: &Order,
    known: usize,
    (seen, examined): (usize, usize),
) -> Option<Finding> {
    let limits = limits(dispense(order.works), order.issued, order.issued)?;
    let under_other = limits.1.is_some_and(|o| order.ht.0 < o.0.max(limits.0.0));
    let mut rows = order.rows(context);
    by_content(context.ledger, &mut rows);
    let regular = is_regular(context, rows[0] as usize);
    let words = Words {
        motif: format!(
            "Commande de {} (seuil {}), marché non retrouvé dans les données.",
            ht_text(order.ht),
            limit_text(limits)
        ),
        a_faire: "Retrouver le marché, sa publicité et son numéro ; le porter sur le mandat.",
    };
    let times = order.ht.0 as f64 / limits.0.0.max(1) as f64;
    Some(
        Draft::new(CODE, rows, 0.0)
            .level(
                "Somme au-delà du seuil",
                6.0 * times.log2().min(1.5),
                format!("{times:.2} fois").replace('.', ","),
            )
            .level(
                "Commandes au-delà du seuil sans marché",
                rarity(seen, examined, (-20.0, 4.0)),
                out_of(seen, examined),
            )
            .when(known == 0, "Aucun marché chez ce fournisseur", 3.0, "dans ces fichiers")
            .when(known > 0, "Autres commandes sous marché", -6.0, "chez ce fournisseur")
            .when(regular, "Dépense régulière", -8.0, "abonnement ou échéances")
            .when(under_other, "Sous l'autre seuil possible", -6.0, "date de consultation inconnue")
            .finding(words, Centimes(order.ht.0), Priorite::Prioritaire),
    )
}
