//! Family IMP: accounts that a supplier or a wording never had.
//!
//! **Invariant:** same findings whatever the order of the rows and the number of threads.

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};

pub(crate) mod model;

/// Parameters of the family.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Prior rate of a wrong account.
    pub rate: f64,
    /// Largest share of the rows that may be listed.
    pub listed: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { rate: 4e-4, listed: 0.015 }
    }
}

/// Finds atypical accounts.
pub fn detect(
    ledger: &Ledger,
    supplier: &[u32],
    params: &Params,
    progress: &dyn Progress,
) -> Vec<Finding> {
    progress.tick("Imputations", 0, ledger.len() as u64);
    let mut scored = model::score(ledger, supplier);
    scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scored.truncate((params.listed * ledger.len() as f64) as usize);
    scored
        .into_iter()
        .map(|(row, llr)| {
            let odds = params.rate.ln() + llr;
            let probabilite = 1.0 / (1.0 + (-odds).exp());
            let poids = (odds * 1000.0 / std::f64::consts::LN_10).round() / 100.0;
            Finding {
                code: ControlCode::new(Family::Imp, 1),
                rows: vec![row],
                indice: poids,
                probabilite,
                priorite: if probabilite > 0.9 {
                    Priorite::Prioritaire
                } else if probabilite > 0.3 {
                    Priorite::AVerifier
                } else {
                    Priorite::Information
                },
                enjeu: Centimes(ledger.montant[row as usize].saturating_abs()),
                motif: String::new(),
                a_faire: String::new(),
                evidence: vec![Evidence {
                    niveau: "total".into(),
                    poids,
                    valeurs: format!(
                        "{} {} {}",
                        ledger.text_at(TextKey::TiersNom, row as usize),
                        ledger.text_at(TextKey::Nature, row as usize),
                        NO_TEXT
                    ),
                }],
            }
        })
        .collect()
}
