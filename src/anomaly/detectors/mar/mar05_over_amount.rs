#![doc = include_str!("mar05_over_amount.md")]

use super::contracts::{Contracts, NONE_KNOWN, Paid};
use super::orders::without_tax;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, percent};
use crate::anomaly::detectors::mnt::words::short;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;

const CODE: ControlCode = ControlCode::new(Family::Mar, 5);
/// Percent over the amount under which a revision of prices explains it.
const REVISION: f64 = 5.0;

/// Runs the control: one finding a contract paid above its amount.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    if context.known.contracts.is_empty() {
        return Outcome::not_done(NONE_KNOWN);
    }
    let paid = Contracts::of(context).paid(context.ledger);
    let judged: Vec<&Paid<'_>> = paid.iter().filter(|p| p.contract.ceiling().is_some()).collect();
    if judged.is_empty() {
        return Outcome::not_done("aucun paiement retrouvé pour les marchés connus");
    }
    let margin = context.settings.get(CODE, "marge").unwrap_or(REVISION) / 100.0;
    let findings = judged.iter().filter_map(|p| judge(context, p, margin)).collect();
    Outcome { run: Run::over(judged.len(), ["marché payé", "marchés payés"]), findings }
}

/// The finding of a contract, its rows from the one that passes its amount.
fn judge(context: &Context<'_>, paid: &Paid<'_>, margin: f64) -> Option<Finding> {
    let ledger = context.ledger;
    let ceiling = paid.contract.ceiling()?.0;
    let mut rows = paid.rows.clone();
    by_content(ledger, &mut rows);
    // Credit notes count for less: the sum may come back under the amount.
    let (mut sum, mut most, mut beyond) = (0_i64, 0_i64, None);
    for (at, row) in rows.iter().enumerate() {
        let ht = without_tax(ledger, *row as usize);
        sum = sum.saturating_add(ht.0);
        most = most.saturating_add(ht.1);
        if sum > ceiling && beyond.is_none() {
            beyond = Some(at);
        } else if sum <= ceiling {
            beyond = None;
        }
    }
    let rows = rows.split_off(beyond?);
    let over = (sum - ceiling) as f64 / ceiling.max(1) as f64;
    let maximum = paid.contract.maximum_ht.is_some();
    let what = if maximum { "maximum" } else { "montant" };
    let words = Words {
        motif: format!(
            "{} HT payés pour un {what} de marché de {} HT, soit {} de plus.",
            short(sum.unsigned_abs()),
            short(ceiling.unsigned_abs()),
            percent(over)
        ),
        a_faire: "Rapprocher du décompte ; retrouver l'avenant, la reconduction ou la révision de prix.",
    };
    Some(
        Draft::new(CODE, rows, 2.0)
            .level("Dépassement", (8.0 * (over / 0.1).log2()).clamp(-10.0, 10.0), percent(over))
            .when(paid.by_number, "Numéro de marché", 4.0, "lu sur chaque paiement")
            .when(!paid.by_number, "Réuni par le SIREN", -3.0, "d'autres commandes possibles")
            .when(over <= margin, "Révision de prix possible", -6.0, "petit dépassement")
            .when(sum != most, "Montant HT inconnu", -4.0, "compté au plus bas, à 20 %")
            .finding(words, Centimes(sum - ceiling), Priorite::Prioritaire),
    )
}
