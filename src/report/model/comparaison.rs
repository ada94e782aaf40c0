//! Scenarios side by side, cost of services, ratios of the accounts: objects of `preparation.html`.
//!
//! **Invariant:** a figure that could not be computed is `None`; each has its source or its key.

use serde::Serialize;

use crate::domain::money::Centimes;

/// A year of a scenario.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ScenarioAnnee {
    /// Name of the scenario.
    pub nom: String,
    /// What it is.
    pub libelle: String,
    /// Exercice.
    pub exercice: u16,
    /// Operating receipts, disposals of assets out.
    pub recettes: Centimes,
    /// Épargne brute.
    pub epargne_brute: Centimes,
    /// Épargne nette.
    pub epargne_nette: Centimes,
    /// Épargne nette less that of the central forecast the same year.
    pub ecart_nette: Centimes,
    /// Épargne brute over receipts, %.
    pub taux_pct: Option<f64>,
    /// Debt at the end of the year: loans known and those of the scenario.
    pub encours: Option<Centimes>,
    /// Years to pay the debt back.
    pub desendettement: Option<f64>,
}

impl ScenarioAnnee {
    /// Operating expenses: receipts less épargne brute.
    pub fn depenses(&self) -> Centimes {
        self.recettes - self.epargne_brute
    }
}

/// Cost of a service in an exercice.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CoutService {
    /// Service.
    pub service: String,
    /// Exercice.
    pub exercice: u16,
    /// Direct expenses.
    pub depenses: Centimes,
    /// Share of the structure.
    pub structure: Centimes,
    /// Receipts.
    pub recettes: Centimes,
    /// Full cost less receipts.
    pub net: Centimes,
    /// Net cost by inhabitant, euros.
    pub par_habitant: Option<f64>,
    /// Unit of activity.
    pub unite: String,
    /// Activity.
    pub quantite: Option<f64>,
    /// Full cost by unit, euros.
    pub par_unite: Option<f64>,
    /// Share of the full cost paid by its receipts, %.
    pub couverture_pct: Option<f64>,
}

/// A ratio of the last accounts.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RatioComptes {
    /// Code (`R1`).
    pub code: String,
    /// Exercice.
    pub exercice: u16,
    /// What it is.
    pub libelle: String,
    /// `euros`, `pourcent` or `coefficient`.
    pub unite: String,
    /// Computed.
    pub valeur: Option<f64>,
    /// Printed in the document.
    pub imprime: Option<String>,
    /// National mean printed in the document for its class.
    pub moyenne: Option<String>,
    /// Threshold of the réseau d'alerte, historic, when it speaks of this ratio.
    pub seuil: Option<String>,
    /// Whether it passes it; `None` when it has none or when a value is missing.
    pub depasse: Option<bool>,
    /// Text.
    pub source: String,
    /// What is to be verified.
    pub confiance: String,
}
