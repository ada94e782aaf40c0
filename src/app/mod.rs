//! Room 9: use cases, called by `cli` and library users. Prints nothing, reads no clock.
//!
//! Each use case takes a resolved [`Config`](config::Config) and gives a [`Bilan`]: what was written and
//! the lines to show. It is the only room that sees every other one.
//!
//! **Invariant:** a result folder appears whole or not at all.

pub mod atelier;
mod atterrissage;
pub mod audit;
pub mod catalogue;
pub mod chantier;
mod chapitres;
mod chemins;
pub mod communes;
mod comparaison;
pub mod config;
mod constantes;
pub mod demo;
mod dette;
pub mod echantillon;
pub mod en_place;
pub mod entrees;
pub mod exporter;
mod financement;
mod indicateurs;
pub mod init;
mod leviers;
pub mod lire;
pub mod lisez_moi;
pub mod livraison;
mod parts;
pub mod preparation;
mod projections;
mod proposition;
pub mod purger;
pub mod rapproche;
mod recherche;
mod regards;
pub mod reglages;
mod rejeu;
mod repartition;
pub mod revue;
pub mod scan;
pub mod scenarios;
pub mod series;
pub mod seuils;
pub mod sommes;
pub mod sortie;
pub mod synthese;
pub mod trace;
mod tresorerie;
mod verification;

use serde_json::Value;

/// What a use case did, for the terminal and for `--json`.
#[derive(Debug, Clone, Default)]
pub struct Bilan {
    /// Summary lines: a heading of one word and its text.
    pub lignes: Vec<(&'static str, String)>,
    /// The same as one object, schema `vigie/1`.
    pub json: Value,
    /// Warnings for stderr, each already in three parts.
    pub avertissements: Vec<String>,
    /// Findings by priority (`prioritaire`, `a_verifier`, `information`).
    pub constats: [u64; 3],
    /// Rows set aside or repaired.
    pub lignes_douteuses: u64,
}
