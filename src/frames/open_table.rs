//! What was counted while reading a table that is neither a ledger nor a budget: references, grants.
//!
//! **Invariant:** rows read = kept + set aside; rows of other communes, left on request, are counted apart.

use serde::Serialize;

/// Counts of a file (an entry of `references` or `subventions` in rapprochement.json).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TableLue {
    /// Path, relative to the argument.
    pub fichier: String,
    /// `ofgl`, `comptes`, `subventions`...
    pub format: String,
    /// Encoding of the bytes.
    pub encodage: String,
    /// Hash of the bytes, hexadecimal.
    pub sha256: String,
    /// Rows read, those of other communes left out.
    pub lignes_lues: u64,
    /// Rows kept.
    pub lignes_retenues: u64,
    /// Rows set aside.
    pub lignes_ecartees: u64,
    /// Rows of other communes, skipped on request (`--siren`).
    pub lignes_hors_perimetre: u64,
}
