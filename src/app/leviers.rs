//! What vigie.toml says of direct taxes and of the dotation forfaitaire (`[[taxe]]`, `[[dotation]]`).
//!
//! **Invariant:** nothing is computed here; a term that cannot be is refused with its name.

use crate::budget::leviers::{DotationSaisie, TaxeSaisie};
use crate::domain::refus::Refus;

use super::config::Config;

/// Largest coefficient correcteur that makes sense.
const COEFFICIENT_MAX: f64 = 5.0;

/// `[[taxe]]`.
///
/// # Errors
/// A negative base, a rate out of 0 to 100 %, a coefficient out of 0 to 5.
pub(super) fn taxes(config: &Config) -> Result<Vec<TaxeSaisie>, Refus> {
    let one = |t: &super::config::Taxe| {
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
    let one = |d: &super::config::Dotation| {
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
