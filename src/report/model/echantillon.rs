//! A sample of records to check by hand, and what was found in it: the object of `echantillon.xlsx`.
//!
//! **Invariant:** the population, the seed and the interval needed to draw the same sample again are here.

use serde::Serialize;

use crate::domain::money::Centimes;

/// A sample and, once filled in, its projection.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Echantillon {
    /// `unites_monetaires` or `strates`.
    pub methode: String,
    /// Confidence asked, percent.
    pub confiance_pct: f64,
    /// Records of the population (expenses over zero).
    pub population: u64,
    /// Their total.
    pub total: Centimes,
    /// Records left out of the population, with the reason and their total.
    pub hors_population: Vec<HorsPopulation>,
    /// Interval between two hits, monetary units only.
    pub intervalle: Option<Centimes>,
    /// Strata, ascending.
    pub strates: Vec<Strate>,
    /// Records drawn, in the order of the ranks.
    pub lignes: Vec<LigneTiree>,
    /// Projection of the errors, once the sample came back filled in.
    pub projection: Option<Extrapolation>,
}

/// Records that the method does not draw.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct HorsPopulation {
    /// Why, French.
    pub raison: String,
    /// Records.
    pub lignes: u64,
    /// Their total.
    pub total: Centimes,
}

/// One stratum.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Strate {
    /// Name: `exhaustive`, `tirée`, or `1`, `2`... by amount.
    pub nom: String,
    /// Largest amount, when the stratum is one of amounts.
    pub plafond: Option<Centimes>,
    /// Records.
    pub lignes: u64,
    /// Their total.
    pub total: Centimes,
    /// Records drawn.
    pub tirees: u64,
}

/// One record drawn.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LigneTiree {
    /// Rank in the sample, from 1.
    pub rang: u64,
    /// Name of the stratum.
    pub strate: String,
    /// `chemin#n`.
    pub enregistrement: String,
    /// ISO date.
    pub date: Option<String>,
    /// Number of the mandat.
    pub mandat: String,
    /// Supplier, masked if it must be.
    pub tiers: String,
    /// Number of the invoice.
    pub facture: String,
    /// Object.
    pub objet: String,
    /// Account.
    pub nature: String,
    /// Book amount.
    pub montant: Centimes,
    /// Amount found right by the reviewer, once filled in.
    pub montant_verifie: Option<Centimes>,
    /// What the reviewer wrote.
    pub observation: String,
}

/// Errors of the sample carried over to the population.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Extrapolation {
    /// Records checked.
    pub verifiees: u64,
    /// Records with an error.
    pub en_erreur: u64,
    /// Errors found, book less right amount.
    pub erreur_constatee: Centimes,
    /// Most likely total of what was overpaid in the population.
    pub erreur_projetee: Centimes,
    /// Upper bound of that total at the confidence asked.
    pub borne_haute: Centimes,
    /// Upper bound over the total of the population, percent.
    pub borne_haute_pct: f64,
    /// Most likely total of what was underpaid.
    pub sous_evaluation: Centimes,
}
