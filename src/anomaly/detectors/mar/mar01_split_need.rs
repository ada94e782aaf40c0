#![doc = include_str!("mar01_split_need.md")]

use std::collections::BTreeMap;

use super::orders::{Order, dispense, ht_text, least_limit, limit_text, limits, orders};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of};
use crate::anomaly::detectors::mnt::words::count;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::TextKey;

const CODE: ControlCode = ControlCode::new(Family::Mar, 1);
/// Days over which orders add up to one need.
const WINDOW: f64 = 365.0;
/// Percent under the threshold that is just under it.
const MARGIN: f64 = 20.0;
/// Runs the control: one finding a supplier and kind of need, its densest window.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let all = match orders(context) {
        Ok(all) => all,
        Err(why) => return Outcome::not_done(why),
    };
    let window = context.settings.get(CODE, "jours").unwrap_or(WINDOW) as i32;
    let mut needs: BTreeMap<(u32, bool), Vec<&Order>> = BTreeMap::new();
    let mut contracted: BTreeMap<u32, u32> = BTreeMap::new();
    for order in &all {
        if order.contracted {
            *contracted.entry(order.supplier).or_default() += 1;
        } else {
            needs.entry((order.supplier, order.works)).or_default().push(order);
        }
    }
    let examined = needs.len();
    let findings = needs
        .into_iter()
        .filter_map(|((supplier, works), orders)| {
            let told = contracted.get(&supplier).copied().unwrap_or(0);
            judge(context, orders, works, window, told)
        })
        .collect();
    Outcome {
        run: Run::over(
            examined,
            ["fournisseur et nature de besoin", "fournisseurs et natures de besoin"],
        ),
        findings,
    }
}

/// The densest window whose orders add up over the threshold while each stays under it.
fn judge(
    context: &Context<'_>,
    mut orders: Vec<&Order>,
    works: bool,
    window: i32,
    told: u32,
) -> Option<Finding> {
    orders.sort_by_key(|o| (o.issued, o.ht, o.first));
    let name = dispense(works);
    // One order over the threshold alone is another matter: its contract is looked for elsewhere.
    orders.retain(|o| en_vigueur(name, o.issued).is_some_and(|t| Centimes(o.ht.0) < t.centimes()));
    let (inside, sum) = densest(&orders, name, window)?;
    let (first, last) = (inside[0].issued, inside[inside.len() - 1].issued);
    // Orders of one day are told by MAR04.
    let limits = limits(name, first, last).filter(|_| last > first)?;
    Some(finding(context, inside, sum, limits, told))
}

/// Orders of the window with the largest sum over the threshold of its first day, and that sum.
fn densest<'s, 'o>(
    orders: &'s [&'o Order],
    name: &str,
    window: i32,
) -> Option<(&'s [&'o Order], (i64, i64))> {
    let (mut start, mut sum) = (0, (0_i64, 0_i64));
    let mut best: Option<(usize, usize, (i64, i64))> = None;
    for end in 0..orders.len() {
        sum = (sum.0 + orders[end].ht.0, sum.1 + orders[end].ht.1);
        while orders[end].issued - orders[start].issued >= window {
            sum = (sum.0 - orders[start].ht.0, sum.1 - orders[start].ht.1);
            start += 1;
        }
        let limit = least_limit(name, orders[start].issued)?;
        if sum.1 >= limit.0 && best.is_none_or(|b| sum.0 > b.2.0) {
            best = Some((start, end, sum));
        }
    }
    best.map(|(start, end, sum)| (&orders[start..=end], sum))
}

fn finding(
    context: &Context<'_>,
    inside: &[&Order],
    sum: (i64, i64),
    limits: (Centimes, Option<Centimes>),
    told: u32,
) -> Finding {
    let limit = limits.0;
    let margin = context.settings.get(CODE, "marge").unwrap_or(MARGIN) / 100.0;
    let mut rows: Vec<u32> = inside.iter().flat_map(|o| o.rows(context)).collect();
    by_content(context.ledger, &mut rows);
    let span = inside[inside.len() - 1].issued - inside[0].issued + 1;
    // A steady stream of small bills is the life of a supplier; a burst of large ones is a need cut up.
    let large: Vec<i64> = inside.iter().map(|o| o.ht.0).filter(|ht| ht * 5 >= limit.0).collect();
    let near = inside.iter().filter(|o| o.ht.1 as f64 >= limit.0 as f64 * (1.0 - margin)).count();
    let part = large.iter().sum::<i64>() as f64 / sum.0.max(1) as f64;
    let regular = inside.iter().filter(|o| is_regular(context, o.first as usize)).count();
    let words = Words {
        motif: format!(
            "{} commandes en {} jours, {} (seuil {}), marché non retrouvé dans les données.",
            count(inside.len() as u64),
            span,
            ht_text(sum),
            limit_text(limits)
        ),
        a_faire: "Vérifier si ces commandes sont un même besoin, et retrouver le marché.",
    };
    let times = format!("{:.2} fois", sum.0 as f64 / limit.0 as f64).replace('.', ",");
    let close = 6.0 * (120.0 / f64::from(span.max(4))).log2().clamp(-2.0, 2.0);
    let over = if sum.0 >= limit.0 { 4.0 } else { -6.0 };
    let numbered = context.ledger.text(TextKey::Marche).is_some();
    let under_other = limits.1.is_some_and(|other| sum.0 < other.0.max(limit.0));
    Draft::new(CODE, rows, -13.0)
        .level("Somme au-delà du seuil", over, times)
        .level(
            "Commandes d'un cinquième du seuil ou plus",
            4.0 * (large.len().min(5) as f64),
            large.len().to_string(),
        )
        .level("Part de ces commandes", 12.0 * (part - 0.75), format!("{:.0} %", 100.0 * part))
        .level("Rapprochement", close, format!("{span} jours"))
        .when(near > 1, "Plusieurs commandes juste sous le seuil", 6.0, &out_of(near, inside.len()))
        .when(under_other, "Sous l'autre seuil possible", -6.0, "date de consultation inconnue")
        .when(regular * 2 > inside.len(), "Dépense régulière", -10.0, "abonnement ou échéances")
        .when(told > 0, "Autres commandes sous marché", -6.0, "chez ce fournisseur")
        .when(!numbered, "Aucun numéro de marché dans l'export", -6.0, "colonne absente")
        .finding(words, Centimes(sum.0 - limit.0).abs(), Priorite::Prioritaire)
}

/// The supplier is paid this amount at a steady pace.
pub(super) fn is_regular(context: &Context<'_>, row: usize) -> bool {
    context.prepared.recurrence.of_row(row).is_some_and(|r| r.period > 0 && r.days >= 4)
}
