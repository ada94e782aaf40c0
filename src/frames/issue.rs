//! What was doubtful while reading: one record per row or file set aside or repaired, as data.
//!
//! **Invariant:** an issue names where (file, record, column), what (the value), why and what to do.

use serde::Serialize;

/// How serious an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing, nothing was lost.
    Information,
    /// The value was repaired or left empty; the row is kept.
    Attention,
    /// The row was set aside.
    Ecartee,
}

/// A doubtful row, cell or file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// How serious.
    pub severity: Severity,
    /// Path of the file, relative to the argument.
    pub fichier: String,
    /// Record after the header, from 1, blank lines not counted; 0 for the file as a whole.
    pub enregistrement: u64,
    /// Column or element, empty for the whole row.
    pub colonne: String,
    /// The value as read, cut to 200 characters.
    pub valeur: String,
    /// Why, in French.
    pub raison: String,
    /// What to do, in French, infinitive.
    pub a_faire: String,
}
