//! What vigie.toml says of direct taxes and of the dotation forfaitaire (`[[taxe]]`, `[[dotation]]`).
//!
//! **Invariant:** nothing is computed here; a term that cannot be is refused with its name.

use serde::Deserialize;

use crate::budget::leviers::{DotationSaisie, TaxeSaisie};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;

use super::config::{Config, euros, some_euros};

/// `[[taxe]]`: a direct tax of an exercice; the product of account 73111 is the sum of those typed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of the file
pub struct Taxe {
    pub budget: Option<String>,
    pub exercice: u16,
    pub nom: String,
    #[serde(deserialize_with = "euros")]
    pub base: Centimes,
    pub taux: f64,
    pub coefficient: Option<f64>,
}

/// `[[dotation]]`: the terms of the dotation forfaitaire of an exercice.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of the file
pub struct Dotation {
    pub budget: Option<String>,
    pub exercice: u16,
    pub population: u32,
    pub population_precedente: u32,
    #[serde(default, deserialize_with = "some_euros")]
    pub ecretement: Option<Centimes>,
}

/// Largest coefficient correcteur that makes sense.
const COEFFICIENT_MAX: f64 = 5.0;

/// `[[taxe]]`.
///
/// # Errors
/// A negative base, a rate out of 0 to 100 %, a coefficient out of 0 to 5.
pub(super) fn taxes(config: &Config) -> Result<Vec<TaxeSaisie>, Refus> {
    let one = |t: &Taxe| {
        let coefficient = t.coefficient.unwrap_or(1.0);
        let right = t.base.0 >= 0
            && (0.0..=100.0).contains(&t.taux)
            && coefficient > 0.0
            && coefficient <= COEFFICIENT_MAX;
        if !right {
            return Err(Refus::new(
                format!("la taxe « {} » de {} n'est pas possible", t.nom, t.exercice),
                "écrire dans [[taxe]] une base positive, un taux de 0 à 100 et un coefficient de 0 à 5",
            ));
        }
        Ok(TaxeSaisie {
            budget: t.budget.clone(),
            exercice: t.exercice,
            nom: t.nom.clone(),
            base: t.base,
            taux: t.taux,
            coefficient,
        })
    };
    config.fichier.taxe.iter().map(one).collect()
}

/// `[[dotation]]`.
///
/// # Errors
/// No inhabitant, or a negative écrêtement.
pub(super) fn dotations(config: &Config) -> Result<Vec<DotationSaisie>, Refus> {
    let one = |d: &Dotation| {
        let cut = d.ecretement.is_none_or(|m| m.0 >= 0);
        if d.population == 0 || d.population_precedente == 0 || !cut {
            return Err(Refus::new(
                format!("la dotation de {} n'est pas possible", d.exercice),
                "écrire dans [[dotation]] des populations positives et un écrêtement positif ou nul",
            ));
        }
        Ok(DotationSaisie {
            budget: d.budget.clone(),
            exercice: d.exercice,
            population: d.population,
            population_precedente: d.population_precedente,
            ecretement: d.ecretement,
        })
    };
    config.fichier.dotation.iter().map(one).collect()
}
