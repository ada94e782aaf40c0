//! Findings in French.
//!
//! **Invariant:** the rounded weights add up to the index.

use super::Params;
use super::cluster::Cluster;
use super::units::Units;
use super::weights::probability;
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;

pub(super) fn finding(units: &Units, cluster: &Cluster, params: &Params) -> Finding {
    let w = &cluster.weights;
    let mut evidence = Vec::new();
    let mut add = |niveau: &str, poids: f64, valeurs: String| {
        let poids = (poids * 100.0).round() / 100.0;
        evidence.push(Evidence { niveau: niveau.to_owned(), poids, valeurs });
    };
    let p = &cluster.pair;
    add("prior", w.prior, String::new());
    add("montant+numéro", w.amount, format!("{:?} {:?} g{}", p.amount, p.num, p.group));
    add("habitude", w.habit, String::new());
    add("tiers", w.fields[0], format!("{:?}", p.payee));
    add("écart", w.fields[1], format!("{}", p.gap));
    add("imputation", w.fields[2], format!("{}", p.place));
    add("libellé", w.fields[3], format!("{}", p.label));
    add("rythme", w.fields[4], format!("{}", p.rhythm));
    add("réemploi", w.fields[5], String::new());
    add("courant", w.fields[6], String::new());
    add("forme", w.fields[7], String::new());
    add("tarif", w.fields[8], String::new());
    let indice: f64 = evidence.iter().map(|e| e.poids).sum();
    let probabilite = probability(w.total());
    Finding {
        code: ControlCode::new(Family::Dbl, 1),
        rows: cluster.rows.clone(),
        indice,
        probabilite,
        priorite: if probabilite >= params.first {
            Priorite::Prioritaire
        } else if probabilite >= params.check {
            Priorite::AVerifier
        } else {
            Priorite::Information
        },
        enjeu: Centimes(units.amount(p.b)),
        motif: String::new(),
        a_faire: String::new(),
        evidence,
    }
}
