//! Room 6: ledger in, findings out, each explained by evidence that adds up.
//!
//! **Invariant:** a finding never says fraud, it says why to look; nothing depends on the order of the
//! rows nor on the number of threads.

use serde::Serialize;

use crate::domain::control::ControlCode;
use crate::domain::money::Centimes;

pub mod card;
pub mod detectors;
pub mod finding_id;
pub mod known;
pub mod prepare;
pub mod review;
pub mod share;

/// How a finding is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Priorite {
    /// To look at first.
    Prioritaire,
    /// To look at when time allows.
    AVerifier,
    /// For information.
    Information,
}

impl Priorite {
    /// Word of CONTRAT section 5.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prioritaire => "prioritaire",
            Self::AVerifier => "a_verifier",
            Self::Information => "information",
        }
    }
}

/// One named level of evidence and its weight (positive: towards an anomaly).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// Name of the level, French, short.
    pub niveau: String,
    /// Weight, rounded to 2 decimals; the weights of a finding add up to its `indice`.
    pub poids: f64,
    /// The values compared, French, short.
    pub valeurs: String,
}

/// One finding. Rows are indices in the ledger frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Control that speaks.
    pub code: ControlCode,
    /// Rows concerned: DBL all the members, earliest first; MNT and IMP the atypical rows only.
    pub rows: Vec<u32>,
    /// Strength of the evidence: sum of the weights.
    pub indice: f64,
    /// Estimated probability of a real anomaly, 0 to 1; orders findings over all families.
    pub probabilite: f64,
    /// Priority.
    pub priorite: Priorite,
    /// Amount at stake.
    pub enjeu: Centimes,
    /// One French sentence of at most 20 words with the facts.
    pub motif: String,
    /// What to check, French, infinitive.
    pub a_faire: String,
    /// Named levels whose weights add up to `indice`.
    pub evidence: Vec<Evidence>,
}

/// Expected share of false alerts among the `prioritaire` findings: the mean of `1 - probabilite`, which
/// is the false discovery rate if the probabilities are right. `None` without any.
pub fn expected_false_share<'a>(findings: impl Iterator<Item = &'a Finding>) -> Option<f64> {
    let first = findings.filter(|f| f.priorite == Priorite::Prioritaire);
    let (sum, count) =
        first.fold((0.0, 0_u32), |(sum, count), f| (sum + 1.0 - f.probabilite, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
