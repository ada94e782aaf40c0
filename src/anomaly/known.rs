//! What the commune knows and its files do not say: contracts, régies, persons (`vigie.toml`).
//!
//! **Invariant:** plain facts typed by the user; `app` fills them, detectors read them.

use crate::domain::money::Centimes;

/// Facts known by the commune; empty lists when it told nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Contracts in force or past.
    pub contracts: Vec<Contract>,
    /// Régies.
    pub regies: Vec<Regie>,
    /// Agents and élus; their names are never printed without `--nominatif`.
    pub persons: Vec<Person>,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Name of the budget, the principal when `None`.
    pub budget: Option<String>,
    /// 14 digits, the supplier.
    pub siret: String,
    /// Object, as typed.
    pub objet: String,
    /// HT, centimes, whole term without renewals.
    pub montant_ht: Centimes,
    /// First day, day number.
    pub debut: i32,
    /// Last day of the first term, day number.
    pub fin: i32,
    /// Renewals of the same length.
    pub reconductions: u8,
}

/// A régie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regie {
    /// Name of the budget, the principal when `None`.
    pub budget: Option<String>,
    /// Name of the régie.
    pub nom: String,
    /// Advance, centimes.
    pub avance: Centimes,
    /// Ceiling of the cash held, centimes.
    pub plafond: Centimes,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Family name.
    pub nom: String,
    /// First name.
    pub prenom: String,
    /// True for an élu, false for an agent.
    pub is_elu: bool,
}
