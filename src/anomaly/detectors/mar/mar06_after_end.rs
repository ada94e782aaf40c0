#![doc = include_str!("mar06_after_end.md")]

use super::contracts::{Contracts, NONE_KNOWN, Paid};
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{
    Draft, Outcome, Words, by_content, day_text, out_of, total,
};
use crate::anomaly::detectors::mnt::words::count;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::DateKey;

const CODE: ControlCode = ControlCode::new(Family::Mar, 6);
/// Days after the end in which what was done before is still invoiced.
const GRACE: f64 = 60.0;
/// Words of what is rightly paid after the end.
const SETTLED: [&str; 6] =
    ["SOLDE", "RETENUE DE GARANTIE", "DECOMPTE", "REVISION", "DGD", "INTERETS MORATOIRES"];

/// Runs the control: one finding a contract still paid after its end.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    if context.known.contracts.is_empty() {
        return Outcome::not_done(NONE_KNOWN);
    }
    let grace = context.settings.get(CODE, "jours").unwrap_or(GRACE) as i32;
    let settled = objects_saying(ledger, &SETTLED);
    let paid = Contracts::of(context).paid(ledger);
    let dated: Vec<(&Paid<'_>, i32)> =
        paid.iter().filter_map(|p| Some((p, p.contract.last_day()?))).collect();
    if dated.is_empty() {
        return Outcome::not_done("aucun paiement retrouvé pour un marché dont la fin est connue");
    }
    let findings =
        dated.iter().filter_map(|(p, end)| judge(context, p, (*end, grace), &settled)).collect();
    Outcome { run: Run::over(dated.len(), ["marché payé", "marchés payés"]), findings }
}

/// Day of the service, as near as the ledger tells: that of the invoice.
fn issued(context: &Context<'_>, row: u32) -> i32 {
    if is_dated(context, row) {
        return context.ledger.date(DateKey::Facture).map_or(NO_DAY, |c| c[row as usize]);
    }
    context.ledger.day(row as usize)
}

/// True when the row has the day of its invoice.
fn is_dated(context: &Context<'_>, row: u32) -> bool {
    context.ledger.date(DateKey::Facture).is_some_and(|c| c[row as usize] != NO_DAY)
}

fn judge(
    context: &Context<'_>,
    paid: &Paid<'_>,
    (end, grace): (i32, i32),
    settled: &[bool],
) -> Option<Finding> {
    let ledger = context.ledger;
    let mut rows: Vec<u32> = paid.rows.clone();
    rows.retain(|r| {
        ledger.montant[*r as usize] > 0 && issued(context, *r) > end.saturating_add(grace)
    });
    if rows.is_empty() {
        return None;
    }
    by_content(ledger, &mut rows);
    let last = rows.iter().map(|r| issued(context, *r)).max()?;
    let dated = rows.iter().all(|r| is_dated(context, *r));
    let before = paid.rows.iter().filter(|r| issued(context, **r) <= end).count();
    let closing = rows.iter().filter(|r| says(ledger, settled, **r as usize)).count();
    let words = Words {
        motif: if rows.len() == 1 {
            let done = if dated { "facturé" } else { "mandaté" };
            format!(
                "Paiement {done} le {}, après la fin du marché ({}).",
                day_text(last),
                day_text(end)
            )
        } else {
            let done = if dated { "facturés" } else { "datés" };
            format!(
                "{} paiements après la fin du marché ({}), {done} jusqu'au {}.",
                count(rows.len() as u64),
                day_text(end),
                day_text(last)
            )
        },
        a_faire: "Retrouver l'avenant de prolongation, la reconduction ou le nouveau marché.",
    };
    let days = f64::from(last - end);
    let enjeu = total(ledger, &rows);
    Some(
        Draft::new(CODE, rows.clone(), 1.0)
            .level(
                "Jours après la fin",
                4.0 * (days / GRACE).log2().clamp(-1.0, 2.5),
                format!("{days} jours"),
            )
            .when(rows.len() > 1, "Plusieurs paiements", 3.0, &count(rows.len() as u64))
            .when(paid.by_number, "Numéro de marché", 5.0, "lu sur chaque paiement")
            .when(!paid.by_number, "Réuni par le SIREN", -4.0, "un autre marché possible")
            .when(before == 0, "Aucun paiement avant la fin", -4.0, "autre contrat possible")
            .when(
                closing == rows.len(),
                "Solde ou retenue de garantie",
                -25.0,
                &out_of(closing, rows.len()),
            )
            .finding(words, enjeu, Priorite::Prioritaire),
    )
}
