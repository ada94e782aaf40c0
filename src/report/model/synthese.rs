//! Two pages for an elected official: the object of `synthese.html`.
//!
//! **Invariant:** no supplier, no finding, no personal data.

use serde::Serialize;

use super::preparation::{Indicateur, Projection, Scenario};
use super::{Cascade, Fiabilite, Poste};

/// Step of the waterfall that is borrowed.
pub const EMPRUNTS: &str = "Emprunts nouveaux";

/// All blocks of the page.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Synthese {
    /// Three sentences, without unexplained acronym.
    pub essentiel: Vec<String>,
    /// For 100 € received: where they come from.
    pub recettes: Vec<PartPour100>,
    /// For 100 € spent: where they go.
    pub depenses: Vec<PartPour100>,
    /// Épargne brute, remboursement, épargne nette, investissement.
    pub autofinancement: Option<Cascade>,
    /// Years of savings to pay the debt back.
    pub dette: Option<Indicateur>,
    /// Next years of épargne brute or of operating totals.
    pub avenir: Option<Projection>,
    /// Scenarios.
    pub scenarios: Vec<Scenario>,
    /// Effect of one decision a line.
    pub decisions: Vec<Poste>,
    /// True when the point of taxe foncière is the voted product ÷ the rate: the base read does not give it.
    pub point_deduit: bool,
    /// What the past says of the bounds.
    pub fiabilite: Fiabilite,
    /// What one point of taxe foncière costs an average home, when its base is given.
    pub point_par_foyer: Option<crate::domain::money::Centimes>,
    /// k€, € a head, strate.
    pub comparaison: Vec<Comparaison>,
    /// Taxes voted.
    pub impots: Vec<Impot>,
    /// Posts filled, when an annex gives them.
    pub effectifs: Option<Effectifs>,
    /// Budgets, the principal first; empty when there is only one.
    pub budgets: Vec<BudgetResume>,
    /// Year of the accounts that the shares come from.
    pub exercice_comptes: u16,
    /// Three questions to ask.
    pub questions: Vec<String>,
}

/// A tax and its voted rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Impot {
    /// Name, in plain words.
    pub libelle: String,
    /// Year of the rate.
    pub exercice: u16,
    /// Voted rate, percent.
    pub taux_pct: f64,
    /// Rate of the year before, percent.
    pub precedent_pct: Option<f64>,
    /// Voted product.
    pub produit: Option<crate::domain::money::Centimes>,
}

/// Permanent posts filled, full-time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effectifs {
    /// Year.
    pub exercice: u16,
    /// Titulaires.
    pub titulaires: f64,
    /// Contractuels.
    pub contractuels: f64,
}

/// Operating totals of one budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BudgetResume {
    /// Name.
    pub nom: String,
    /// Real operating receipts forecast.
    pub recettes: crate::domain::money::Centimes,
    /// Real operating expenses forecast.
    pub depenses: crate::domain::money::Centimes,
}

/// One share of 100 €.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartPour100 {
    /// Name, in plain words.
    pub libelle: String,
    /// Euros out of 100.
    pub pour_100: f64,
    /// An example, may be empty.
    pub exemple: String,
}

/// One row of comparison, euros a head in centimes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparaison {
    /// Name.
    pub libelle: String,
    /// Amount.
    pub montant: crate::domain::money::Centimes,
    /// Amount a head.
    pub par_habitant: Option<crate::domain::money::Centimes>,
    /// Mean of the strate a head.
    pub strate: Option<crate::domain::money::Centimes>,
    /// Year of that mean.
    pub strate_exercice: Option<u16>,
}
