//! `resultats.json`: the object itself, indented.
//!
//! **Invariant:** every number that a page shows in `data-v` is here, spelled the same way.

use serde::Serialize;

use super::Rapport;
use crate::domain::refus::Refus;

/// `resultats.json`.
pub fn resultats(rapport: &Rapport) -> Result<Vec<u8>, Refus> {
    pretty(rapport)
}

pub(super) fn pretty<T: Serialize>(value: &T) -> Result<Vec<u8>, Refus> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| {
        Refus::new(format!("résultats impossibles à écrire en JSON ({e})"), "signaler ce défaut")
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
