//! Duplicates: one engine, twelve codes.
//!
//! ```text
//!  Ledger + Prepared ─► units ─► pairs ─► weights ─► cluster ─► words ─► Vec<Finding>
//! ```
//! **Invariant:** a code is a label of the winning evidence; the same pairs whatever the order.

use crate::anomaly::Finding;
use crate::anomaly::prepare::Prepared;
use crate::frames::ledger::Ledger;

mod cluster;
mod code;
mod crowds;
mod facts;
mod levels;
mod pages;
mod pairs;
mod priors;
mod series;
#[cfg(test)]
mod tests;
mod units;
mod weights;
mod words;

pub use pages::{PAGES, Page};

/// What a user may set.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Amounts under this are not compared, centimes.
    pub floor: i64,
    /// Probability from which a finding is `prioritaire`.
    pub first: f64,
    /// Probability from which a finding is `a_verifier`.
    pub check: f64,
    /// Probability under which nothing is said.
    pub least: f64,
    /// Longest list, findings per thousand rows.
    pub longest: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { floor: 1000, first: 0.9, check: 0.3, least: 0.001, longest: 60.0 }
    }
}

/// Finds what looks paid twice.
pub fn detect(ledger: &Ledger, prepared: &Prepared, params: &Params) -> Vec<Finding> {
    let units = units::Units::new(ledger, prepared, params.floor);
    let pairs = pairs::candidates(&units);
    let model = weights::Model::learn(&units, &pairs);
    let clusters = cluster::gather(&units, &pairs, &model, params);
    clusters.into_iter().map(|c| words::finding(&units, &c, params)).collect()
}
