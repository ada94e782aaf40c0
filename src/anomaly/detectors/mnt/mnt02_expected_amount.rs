#![doc = include_str!("mnt02_expected_amount.md")]

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;

use super::kinds::Kind;
use super::periodic::{Departure, Schedule};
use super::score::{Candidate, decibans, probability};
use super::words::{count, rows, short, weight};
use super::{Control, Wording, amount_terms, code, total};

/// The control.
pub const CONTROL: Control = Control {
    code: code(2),
    titre: "montants différents du montant attendu",
    page: include_str!("mnt02_expected_amount.md"),
};

/// Rows from which a usual amount can be expected.
const LEAST_ROWS: u32 = 6;

/// True when most rows of the supplier hold one amount, which is not this one.
pub(crate) fn is_expected(c: &Candidate) -> bool {
    let most = |(amount, n): (u64, u32)| {
        amount != c.slot.cents && f64::from(n) >= 0.6 * f64::from(c.facts.rows)
    };
    c.facts.rows >= LEAST_ROWS && c.facts.mode.is_some_and(most)
}

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let here = short(c.slot.cents);
    let swapped = f.suspected.filter(|_| c.kind == Kind::Digits);
    let motif = if let Some(meant) = swapped {
        format!(
            "{here} au lieu de {} ? Deux chiffres voisins inversés d'un montant habituel ({}).",
            short(meant),
            rows(f.rows)
        )
    } else {
        let (usual, n) = f.mode.unwrap_or((f.median, f.rows));
        format!("{here} au lieu de {}, payé {n} fois sur {} lignes.", short(usual), f.rows)
    };
    let last = match swapped {
        Some(meant) => ("Montant habituel à deux chiffres près", short(meant)),
        None => ("Montants déjà payés", rows(f.rows)),
    };
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Rapprocher du contrat ou de l'échéancier, puis de la facture.",
        terms: amount_terms(c, last),
    }
}

/// Expected number of wrong amounts a regular payment.
const RATE: f64 = 1e-3;
/// Probability under which a departure is not told.
const LEAST: f64 = 0.01;

/// Departures from regular payments, weighed by how often this ledger departs.
pub(crate) fn departures(schedule: &Schedule) -> Vec<Finding> {
    let regular = schedule.regular as f64;
    let departed = schedule.departures.len() as f64;
    let natural = (departed - RATE * regular).max(0.0);
    let chance = ((natural + 1.0) / (regular + 500.0)).min(1.0);
    let log_odds = (RATE / chance).ln();
    if probability(log_odds) < LEAST {
        return Vec::new();
    }
    schedule.departures.iter().map(|d| departure(d, schedule.regular, log_odds)).collect()
}

fn departure(d: &Departure, regular: u64, log_odds: f64) -> Finding {
    let prior = weight(decibans(RATE));
    let gap = d.slot.cents.abs_diff(d.usual);
    let mut finding = Finding {
        code: CONTROL.code,
        rows: vec![d.slot.row],
        indice: 0.0,
        probabilite: probability(log_odds),
        priorite: Priorite::Information,
        enjeu: Centimes(i64::try_from(gap).unwrap_or(i64::MAX)),
        motif: format!(
            "{} au lieu de {}, payé {} fois avant et après à échéance régulière.",
            short(d.slot.cents),
            short(d.usual),
            d.around
        ),
        a_faire: "Rapprocher du contrat ou de l'échéancier, puis de la facture.".into(),
        evidence: vec![
            Evidence {
                niveau: "Rareté de ce type d'erreur".into(),
                poids: prior,
                valeurs: "taux attendu avant lecture".into(),
            },
            Evidence {
                niveau: "Écart isolé dans une échéance régulière".into(),
                poids: weight(log_odds * 10.0 / std::f64::consts::LN_10 - prior),
                valeurs: format!("{} paiements réguliers dans le fichier", count(regular)),
            },
        ],
    };
    total(&mut finding);
    finding
}
