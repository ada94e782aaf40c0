//! Room 5: from the accounts of past exercices to the budget of the next ones.
//!
//! ```text
//!  BudgetFrame ─► history (one series a nature, in the target nomenclature)
//!                   └─► project (rules, then choice of a model) ─► interval ─► rows
//!  Ledger ─► monthly ─► atterrissage (landing of the running exercice, credits) ─► dm
//! ```
//!
//! Takes budget documents; gives forecasts by nature that add up to chapitres and totals to the
//! centime, with intervals measured on the commune's own past.
//!
//! **Invariant:** the accounts shown are never edited; what is corrected is corrected for the models
//! only, and the reason says so.

pub mod accord;
pub mod atterrissage;
pub mod cards;
pub mod checks;
pub mod choice;
pub mod constantes;
pub mod conventions;
pub mod couts;
pub mod couverture;
pub mod credits;
pub mod debt;
pub mod dm;
pub mod ecarts;
pub mod ensemble;
pub mod epargne;
pub mod foncier;
pub mod history;
pub mod interval;
pub mod landing;
pub mod level;
pub mod leviers;
pub mod mesures;
pub mod monthly;
pub mod obligations;
pub mod postes;
mod profils;
pub mod programme;
pub mod project;
pub mod proposition;
pub mod ratios;
pub mod rows;
pub mod rules;
pub mod scenario;
pub mod scenarios;
pub mod sincerite;
mod staff;

pub use history::{Budget, Correction, Options, Retraitement};
pub use project::{Cible, Connu};
pub use rows::{LignePrevision, Niveau, OriginePrevision, Prevision, prevoir, prevoir_en_cours};
pub use scenario::Hypotheses;

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tests_landing;
#[cfg(test)]
mod tests_scenarios;
