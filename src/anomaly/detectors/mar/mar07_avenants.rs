#![doc = include_str!("mar07_avenants.md")]

use super::contracts::{Contracts, NONE_KNOWN, Paid};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, percent};
use crate::anomaly::detectors::mnt::words::short;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::baremes::en_vigueur;
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;

const CODE: ControlCode = ControlCode::new(Family::Mar, 7);

/// Runs the control: one finding a contract whose avenants add up over the limit.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    if context.known.contracts.is_empty() {
        return Outcome::not_done(NONE_KNOWN);
    }
    let paid = Contracts::of(context).paid(ledger);
    let changed: Vec<&Paid<'_>> = paid.iter().filter(|p| !p.contract.avenants.is_empty()).collect();
    if changed.is_empty() {
        return Outcome::not_done("aucun avenant parmi les marchés connus et payés");
    }
    let judged: Vec<&Paid<'_>> =
        changed.into_iter().filter(|p| limit(context, p).is_some()).collect();
    if judged.is_empty() {
        return Outcome::not_done(
            "limites connues depuis avril 2019 : aucun marché modifié depuis",
        );
    }
    let findings = judged.iter().filter_map(|p| judge(context, p)).collect();
    Outcome { run: Run::over(judged.len(), ["marché modifié", "marchés modifiés"]), findings }
}

/// Day of a contract, that of its first payment when unknown.
fn day(context: &Context<'_>, paid: &Paid<'_>) -> i32 {
    let first = || paid.rows.iter().map(|r| context.ledger.day(*r as usize)).min();
    if paid.contract.debut == NO_DAY { first().unwrap_or(NO_DAY) } else { paid.contract.debut }
}

/// Share that avenants may add, in force on the day of the contract; `None` when no limit is known.
fn limit(context: &Context<'_>, paid: &Paid<'_>) -> Option<f64> {
    let name = if paid.contract.travaux { "avenant_travaux" } else { "avenant_services" };
    Some(en_vigueur(name, day(context, paid))?.valeur / 100.0)
}

fn judge(context: &Context<'_>, paid: &Paid<'_>) -> Option<Finding> {
    let ledger = context.ledger;
    let contract = &paid.contract;
    let (initial, last) = (contract.montant_ht?, *contract.avenants.last()?);
    let mut rows = paid.rows.clone();
    by_content(ledger, &mut rows);
    rows.truncate(1);
    let limit = limit(context, paid)?;
    let unforeseen = en_vigueur("avenant_imprevu", day(context, paid))
        .map_or(f64::INFINITY, |b| b.valeur / 100.0);
    let share = (last.0 - initial.0) as f64 / initial.0.max(1) as f64;
    if share <= limit {
        return None;
    }
    let words = Words {
        motif: format!(
            "Avenants de {} : {} HT portés à {} HT, au-delà de {}.",
            percent(share),
            short(initial.0.unsigned_abs()),
            short(last.0.unsigned_abs()),
            percent(limit)
        ),
        a_faire: "Vérifier le motif de chaque avenant ; au-delà du seuil, une clause ou un motif est exigé.",
    };
    let several = contract.avenants.len() > 1;
    Some(
        Draft::new(CODE, rows, 4.0)
            .level(
                "Dépassement de la limite",
                (6.0 * (share / limit).log2()).min(8.0),
                format!("{} pour {}", percent(share), percent(limit)),
            )
            .when(several, "Avenants cumulés", 1.0, &contract.avenants.len().to_string())
            .when(share > unforeseen, "Plus de la moitié", 4.0, "même imprévu")
            .finding(words, Centimes(last.0 - initial.0), Priorite::Prioritaire),
    )
}
