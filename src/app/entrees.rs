//! The inputs of a run: arguments to files, files to formats, formats to frames.
//!
//! **Invariant:** every file found is listed with what became of it; none is left out silently.

use std::path::PathBuf;

/// What was asked to be read.
#[derive(Debug, Clone, Default)]
pub struct Entrees {
    /// Files, folders, or `-`.
    pub chemins: Vec<PathBuf>,
    /// Mapping of the columns of a ledger.
    pub correspondance: Option<PathBuf>,
    /// Keep one commune.
    pub siren: Option<String>,
    /// Keep one budget.
    pub budget: Option<String>,
}
