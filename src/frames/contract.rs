//! `ContractFrame`: the contracts a commune signed (DECP, PES Marché, `vigie.toml`), one row per contract.
//!
//! A contract is known by its buyer and its number; several titulaires and avenants hang below it.
//!
//! **Invariant:** amounts are those published (HT, whole term), never yearly shares; an amount that is not
//! a number is absent, never zero.

use serde::Serialize;

use crate::domain::money::Centimes;

/// A supplier named by a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Titulaire {
    /// SIRET, SIREN or other identifier as written; empty when absent.
    pub id: String,
    /// Name, empty when absent.
    pub nom: String,
    /// True for a subcontractor paid directly.
    pub sous_traitant: bool,
}

/// A change of a contract after its signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Avenant {
    /// Day number of the notification or signature, `NO_DAY` when absent.
    pub jour: i32,
    /// New amount HT of the whole contract, when written.
    pub montant_ht: Option<Centimes>,
    /// New length in months, when written.
    pub duree_mois: Option<u32>,
    /// Object of the change, empty when absent.
    pub objet: String,
}

/// One contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contrat {
    /// `chemin#n` of the record, as in CONTRAT section 5.
    pub provenance: String,
    /// `decp`, `pes_marche`, `vigie.toml`.
    pub origine: String,
    /// SIRET of the buyer, empty when absent.
    pub acheteur: String,
    /// Number of the contract, unique for one buyer only.
    pub numero: String,
    /// Marché, accord-cadre, concession... as written.
    pub nature: String,
    /// Object.
    pub objet: String,
    /// CPV code, empty when absent.
    pub cpv: String,
    /// Procedure as written.
    pub procedure: String,
    /// Day number of the notification, `NO_DAY` when absent.
    pub notification: i32,
    /// Day number of the end when written, `NO_DAY` otherwise.
    pub fin: i32,
    /// Length in months, without renewals.
    pub duree_mois: Option<u32>,
    /// Renewals of the same length.
    pub reconductions: u8,
    /// Amount HT of the whole contract.
    pub montant_ht: Option<Centimes>,
    /// Maximum HT of an accord-cadre, when written.
    pub maximum_ht: Option<Centimes>,
    /// Suppliers, in the order written, without repeats.
    pub titulaires: Vec<Titulaire>,
    /// Changes, in the order of their dates.
    pub avenants: Vec<Avenant>,
}

/// The contracts read. See the module documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContractFrame {
    /// Contracts in the order of their sources.
    pub contrats: Vec<Contrat>,
    /// Counts of each file.
    pub sources: Vec<ContratsLus>,
}

/// Counts of a file of contracts: read = kept + set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContratsLus {
    /// Path, relative to the argument.
    pub fichier: String,
    /// `decp`, `decp-xml`...
    pub format: String,
    /// Hash of the bytes, hexadecimal.
    pub sha256: String,
    /// Contracts read, those of the commune asked for.
    pub lus: u64,
    /// Contracts kept.
    pub retenus: u64,
    /// Contracts set aside.
    pub ecartes: u64,
}
