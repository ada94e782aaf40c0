#![doc = include_str!("mar03_under_threshold.md")]

use std::collections::BTreeMap;

use super::orders::{Order, dispense, orders};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of};
use crate::anomaly::detectors::mnt::words::{euros, short};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;

const CODE: ControlCode = ControlCode::new(Family::Mar, 3);
/// Percent under a threshold that is just under it.
const MARGIN: f64 = 5.0;
/// Rates of tax tried when the amount without tax is unknown, percent.
const RATES: [f64; 4] = [20.0, 10.0, 5.5, 0.0];

/// An order just under a threshold.
struct Near<'o> {
    order: &'o Order,
    limit: i64,
    ht: i64,
}

/// How many orders are just under their threshold, and how many in the two bands of the same width below.
#[derive(Default)]
struct Density {
    near: usize,
    below: usize,
}

/// Runs the control: one finding a supplier.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let all = match orders(context) {
        Ok(all) => all,
        Err(why) => return Outcome::not_done(why),
    };
    let margin = context.settings.get(CODE, "marge").unwrap_or(MARGIN) / 100.0;
    let free: Vec<&Order> = all.iter().filter(|o| !o.contracted).collect();
    let mut density = Density::default();
    let mut near: BTreeMap<(u32, i64), Vec<Near<'_>>> = BTreeMap::new();
    for order in &free {
        for limit in thresholds(order) {
            let in_band = |low: f64, high: f64| {
                amounts(order).find(|ht| {
                    (*ht as f64) < limit as f64 * high && *ht as f64 >= limit as f64 * low
                })
            };
            if let Some(ht) = in_band(1.0 - margin, 1.0) {
                density.near += 1;
                near.entry((order.supplier, limit)).or_default().push(Near { order, limit, ht });
            }
            density.below += usize::from(in_band(1.0 - 3.0 * margin, 1.0 - margin).is_some());
        }
    }
    let findings = near.into_values().map(|found| finding(context, &found, &density)).collect();
    Outcome {
        run: Run::over(free.len(), ["commande hors marché", "commandes hors marché"]),
        findings,
    }
}

/// Thresholds of an order on its day, centimes: dispense, advertising, formal procedure. Advertising is due
/// from its own threshold only where the dispense has ended: for works of 2021, at 100 000 €.
fn thresholds(order: &Order) -> impl Iterator<Item = i64> {
    let names = [dispense(order.works), "publicite", "procedure_fournitures_services"];
    let known = if order.works { 2 } else { 3 };
    let day = order.issued;
    let free = en_vigueur(names[0], day).map_or(0, |t| t.centimes().0);
    let of = move |n| Some(en_vigueur(n, day)?.centimes().0);
    names.into_iter().take(known).filter_map(of).filter(move |limit| *limit >= free)
}

/// The amount without tax, or those it may be.
fn amounts(order: &Order) -> impl Iterator<Item = i64> {
    let (least, most) = order.ht;
    let rates = if least == most { 1 } else { RATES.len() };
    RATES.into_iter().take(rates).map(move |rate| {
        if least == most { most } else { (most as f64 / (1.0 + rate / 100.0)).round() as i64 }
    })
}

fn finding(context: &Context<'_>, found: &[Near<'_>], density: &Density) -> Finding {
    let first = &found[0];
    let unknown = found.iter().any(|n| n.order.ht.0 != n.order.ht.1);
    let mut rows: Vec<u32> = found.iter().flat_map(|n| n.order.rows(context)).collect();
    by_content(context.ledger, &mut rows);
    let limit = euros(first.limit.unsigned_abs());
    let words = Words {
        motif: if found.len() == 1 {
            let tried = if unknown { " (taxe supposée)" } else { "" };
            format!(
                "Commande de {} HT{tried}, juste sous le seuil de {limit}.",
                euros(first.ht.unsigned_abs())
            )
        } else {
            let sum: i64 = found.iter().map(|n| n.ht).sum();
            format!(
                "{} commandes juste sous le seuil de {limit}, {} HT en tout.",
                found.len(),
                short(sum.unsigned_abs())
            )
        },
        a_faire: "Vérifier le besoin, les devis demandés et l'absence d'autres commandes liées.",
    };
    let enjeu: Centimes = found.iter().map(|n| Centimes(n.ht)).sum();
    // Bands have equal widths: half of the two below is what would be just under by chance.
    let excess = 10.0 * ((density.near as f64 + 0.5) / (density.below as f64 / 2.0 + 0.5)).log10();
    let closest =
        found.iter().map(|n| (n.limit - n.ht) as f64 / n.limit as f64).fold(1.0, f64::min);
    Draft::new(CODE, rows, -9.0)
        .level(
            "Commandes juste sous les seuils du fichier",
            excess.clamp(-8.0, 6.0),
            format!("{} pour {} plus bas", density.near, density.below),
        )
        .when(
            found.len() > 1,
            "Plusieurs chez ce fournisseur",
            12.0,
            &out_of(found.len(), density.near),
        )
        .when(closest < 0.01, "À moins de 1 % du seuil", 3.0, "au plus près")
        .when(unknown, "Montant HT inconnu", -4.0, "essayé à 20, 10, 5,5 et 0 %")
        .finding(words, enjeu, Priorite::Prioritaire)
}
