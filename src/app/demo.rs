//! `vigie demo`: writes the fictitious commune, then runs everything on it.
//!
//! **Invariant:** the answer key is written beside the data and never read.

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;

use super::Bilan;
use super::config::Config;

/// What to fabricate.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Rows of the ledger.
    pub lignes: u64,
    /// Only the data, no report.
    pub donnees_seules: bool,
    /// Plant irregularities.
    pub irregularites: bool,
}

/// Writes the demo.
///
/// # Errors
/// The folder cannot be written.
pub fn run(_config: &Config, _plan: &Plan, _progress: &dyn Progress) -> Result<Bilan, Refus> {
    Err(Refus::new("pas encore", "attendre"))
}
