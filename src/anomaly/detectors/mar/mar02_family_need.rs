#![doc = include_str!("mar02_family_need.md")]

use std::collections::{BTreeMap, BTreeSet};

use super::mar01_split_need::is_regular;
use super::orders::{Order, dispense, ht_text, least_limit, limit_text, limits, orders};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content};
use crate::anomaly::detectors::mnt::words::count;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::TextKey;
use crate::stats::text::fold;

const CODE: ControlCode = ControlCode::new(Family::Mar, 2);
/// Days over which orders add up to one need.
const WINDOW: f64 = 365.0;
/// Days over which orders of one object make one purchase.
const BURST: i32 = 90;
/// Records listed for a whole family, the largest.
const SHOWN: usize = 10;

/// A group of orders of several suppliers over the threshold.
struct Need<'o> {
    inside: Vec<&'o Order>,
    works: bool,
    /// Least and greatest amount without tax, centimes.
    sum: (i64, i64),
    /// True when the orders have one object, not only one account.
    one_object: bool,
}

/// Runs the control: one finding an account (a family of needs), and one a same object bought from several.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let all = match orders(context) {
        Ok(all) => all,
        Err(why) => return Outcome::not_done(why),
    };
    let window = context.settings.get(CODE, "jours").unwrap_or(WINDOW) as i32;
    let mut families: BTreeMap<(bool, u32), Vec<&Order>> = BTreeMap::new();
    for order in all.iter().filter(|o| !o.contracted) {
        let alone = en_vigueur(dispense(order.works), order.issued);
        if alone.is_some_and(|t| order.ht.0 < t.centimes().0) {
            families.entry((order.works, order.nature)).or_default().push(order);
        }
    }
    let examined = families.len();
    let mut findings = Vec::new();
    for ((works, _), mut family) in families {
        family.sort_by(|a, b| {
            (a.issued, a.ht, a.supplier)
                .cmp(&(b.issued, b.ht, b.supplier))
                .then(a.invoice.cmp(&b.invoice))
        });
        let objects = same_object(context, &family);
        let bursts = objects.into_values().filter_map(|o| densest(&o, works, BURST, true));
        let need = densest(&family, works, window, false);
        findings.extend(bursts.chain(need).filter_map(|n| finding(context, &n)));
    }
    Outcome { run: Run::over(examined, ["famille d'achats", "familles d'achats"]), findings }
}

/// Orders of a tenth of the threshold or more, by object without its figures.
fn same_object<'o>(
    context: &Context<'_>,
    family: &[&'o Order],
) -> BTreeMap<String, Vec<&'o Order>> {
    let mut out: BTreeMap<String, Vec<&Order>> = BTreeMap::new();
    for order in family {
        let limit = en_vigueur(dispense(order.works), order.issued).map_or(0, |t| t.centimes().0);
        let object = fold(context.ledger.text_at(TextKey::Objet, order.first as usize));
        let key: String = object
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|w| w.len() > 2)
            .collect::<Vec<_>>()
            .join(" ");
        if key.len() >= 8 && order.ht.0 * 10 >= limit && !is_regular(context, order.first as usize)
        {
            out.entry(key).or_default().push(order);
        }
    }
    out
}

/// The window with the largest sum over the threshold of its first day, when several suppliers share it and
/// none is over it alone (that is MAR01).
fn densest<'o>(
    family: &[&'o Order],
    works: bool,
    window: i32,
    one_object: bool,
) -> Option<Need<'o>> {
    let name = dispense(works);
    let (mut start, mut sum) = (0, 0_i64);
    let mut best: Option<(usize, usize, i64)> = None;
    for end in 0..family.len() {
        sum += family[end].ht.0;
        while family[end].issued - family[start].issued >= window {
            sum -= family[start].ht.0;
            start += 1;
        }
        let Some(limit) = least_limit(name, family[start].issued) else { continue };
        if sum >= limit.0 && best.is_none_or(|b| sum > b.2) {
            best = Some((start, end, sum));
        }
    }
    let (start, end, sum) = best?;
    let inside = family[start..=end].to_vec();
    let sum = (sum, inside.iter().map(|o| o.ht.1).sum());
    let limit = least_limit(name, inside[0].issued)?.0;
    let mut shares: BTreeMap<u32, i64> = BTreeMap::new();
    for order in &inside {
        *shares.entry(order.supplier).or_default() += order.ht.0;
    }
    let shared = shares.len() > 1 && shares.values().all(|s| *s < limit);
    (shared || (!one_object && shares.len() > 1)).then_some(Need { inside, works, sum, one_object })
}

fn finding(context: &Context<'_>, need: &Need<'_>) -> Option<Finding> {
    let ledger = context.ledger;
    let (first, last) = (need.inside.first()?.issued, need.inside.last()?.issued);
    let limits = limits(dispense(need.works), first, last)?;
    let suppliers: BTreeSet<u32> = need.inside.iter().map(|o| o.supplier).collect();
    let account = ledger.text_at(TextKey::Nature, need.inside[0].first as usize);
    let mut orders = need.inside.clone();
    if !need.one_object {
        orders.sort_by_key(|o| std::cmp::Reverse(o.ht.0));
        orders.truncate(SHOWN);
    }
    let mut rows: Vec<u32> = orders.iter().flat_map(|o| o.rows(context)).collect();
    by_content(ledger, &mut rows);
    let n = need.inside.len();
    let what = if need.one_object { "Même objet" } else { "Compte" };
    let label = if need.one_object { String::new() } else { format!(" {account}") };
    let words = Words {
        motif: format!(
            "{what}{label}, {} fournisseurs : {} hors marché en {} jours (seuil {}).",
            suppliers.len(),
            ht_text(need.sum),
            last - first + 1,
            limit_text(limits)
        ),
        a_faire: "Vérifier si ces achats sont un même besoin homogène, et retrouver le marché.",
    };
    let enjeu = Centimes(need.sum.0 - limits.0.0).abs();
    let under_other = limits.1.is_some_and(|o| need.sum.0 < o.0.max(limits.0.0));
    let times = need.sum.0 as f64 / limits.0.0.max(1) as f64;
    let told = format!("{times:.2} fois").replace('.', ",");
    let (before, cap) = if need.one_object {
        (-2.0, Priorite::Prioritaire)
    } else {
        (-10.0, Priorite::Information)
    };
    Some(
        Draft::new(CODE, rows, before)
            .level("Somme au-delà du seuil", 4.0 * times.log2().min(2.0), told)
            .when(under_other, "Sous l'autre seuil possible", -6.0, "date de consultation inconnue")
            .when(need.one_object, "Même objet", 6.0, "écrit par plusieurs fournisseurs")
            .when(n == suppliers.len(), "Une commande chacun", 2.0, &count(n as u64))
            .finding(words, enjeu, cap),
    )
}
