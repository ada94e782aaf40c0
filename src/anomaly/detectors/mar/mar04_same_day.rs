#![doc = include_str!("mar04_same_day.md")]

use std::collections::BTreeMap;

use super::mar01_split_need::is_regular;
use super::orders::{Order, dispense, ht_text, limit_text, limits, orders};
use crate::anomaly::detectors::draft::{
    Draft, Outcome, Words, by_content, day_text, out_of, rarity,
};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;

const CODE: ControlCode = ControlCode::new(Family::Mar, 4);

/// Runs the control: one finding a supplier, kind and day.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let all = match orders(context) {
        Ok(all) => all,
        Err(why) => return Outcome::not_done(why),
    };
    let mut days: BTreeMap<(u32, bool, i32), Vec<&Order>> = BTreeMap::new();
    for order in all.iter().filter(|o| !o.contracted) {
        let limit = en_vigueur(dispense(order.works), order.issued);
        let under = limit.is_some_and(|l| order.ht.0 < l.centimes().0);
        if under && !is_regular(context, order.first as usize) {
            days.entry((order.supplier, order.works, order.issued)).or_default().push(order);
        }
    }
    let examined = days.len();
    let split: Vec<_> = days
        .into_iter()
        .filter(|((_, works, day), same)| {
            let sum: i64 = same.iter().map(|o| o.ht.0).sum();
            let limit = en_vigueur(dispense(*works), *day).map(|l| l.centimes().0);
            same.len() > 1 && limit.is_some_and(|l| sum >= l)
        })
        .collect();
    let seen = split.len();
    let findings = split
        .into_iter()
        .filter_map(|((_, works, day), same)| {
            finding(context, (works, day), &same, (seen, examined))
        })
        .collect();
    Outcome { run: Run::over(examined, ["fournisseur et jour", "fournisseurs et jours"]), findings }
}

fn finding(
    context: &Context<'_>,
    (works, day): (bool, i32),
    same: &[&Order],
    (seen, examined): (usize, usize),
) -> Option<Finding> {
    let limits = limits(dispense(works), day, day)?;
    let sum = same.iter().fold((0, 0), |s, o| (s.0 + o.ht.0, s.1 + o.ht.1));
    let mut rows: Vec<u32> = same.iter().flat_map(|o| o.rows(context)).collect();
    by_content(context.ledger, &mut rows);
    let words = Words {
        motif: format!(
            "{} factures du {}, {} (seuil {}), marché non retrouvé dans les données.",
            same.len(),
            day_text(day),
            ht_text(sum),
            limit_text(limits)
        ),
        a_faire: "Vérifier si c'est une seule commande, et retrouver le marché.",
    };
    let times = sum.0 as f64 / limits.0.0.max(1) as f64;
    Some(
        Draft::new(CODE, rows, 2.0)
            .level(
                "Somme au-delà du seuil",
                6.0 * times.log2().min(1.5),
                format!("{times:.2} fois").replace('.', ","),
            )
            .level(
                "Rareté de ces jours",
                rarity(seen, examined, (-15.0, 4.0)),
                out_of(seen, examined),
            )
            .finding(words, Centimes(sum.0 - limits.0.0), Priorite::Prioritaire),
    )
}
