//! The proof that nothing was lost: what was read, kept and set aside in each ledger file.
//!
//! Gives the `ecritures` part of `rapprochement.json` (CONTRAT section 3) and harmless CSV cells.
//!
//! **Invariant:** lines read = kept + set aside; amounts are integer centimes.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use crate::frames::checks::Controle;

/// Counts of a ledger file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EcrituresLues {
    /// Path, relative to the argument.
    pub fichier: String,
    /// `csv`, `tableur`, `pes`...
    pub format: String,
    /// Encoding of the bytes, empty when the format settles it.
    pub encodage: String,
    /// Hash of the bytes, hexadecimal.
    pub sha256: String,
    /// SIRET of the commune whose pieces they are, empty when the source does not say it.
    pub siret: String,
    /// Records read, blank lines not counted.
    pub lignes_lues: u64,
    /// Records kept.
    pub lignes_retenues: u64,
    /// Records set aside.
    pub lignes_ecartees: u64,
    /// Sum of the amounts kept, centimes.
    pub total: i128,
    /// Sum of the amounts set aside, where they parse, centimes.
    pub total_ecarte: i128,
    /// SIRENs of the bodies that pay, where a column tells them.
    pub communes: BTreeSet<String>,
    /// The source's own totals, compared with what was read.
    pub controles: Vec<Controle>,
}

impl EcrituresLues {
    /// The object of `rapprochement.json`.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("fichier", self.fichier.clone().into());
        put("format", self.format.clone().into());
        put("encodage", self.encodage.clone().into());
        put("sha256", self.sha256.clone().into());
        let only = self.communes.first().filter(|_| self.communes.len() == 1);
        let siret = if self.siret.is_empty() { only.unwrap_or(&self.siret) } else { &self.siret };
        put("siret", siret.clone().into());
        put("lignes_lues", self.lignes_lues.into());
        put("lignes_retenues", self.lignes_retenues.into());
        put("lignes_ecartees", self.lignes_ecartees.into());
        put("total", centimes(self.total));
        put("total_ecarte", centimes(self.total_ecarte));
        put("controles", serde_json::to_value(&self.controles).unwrap_or_default());
        Value::Object(object)
    }
}

/// Centimes as a JSON integer; as text beyond what JSON integers hold (over 90 million billion euros).
fn centimes(total: i128) -> Value {
    i64::try_from(total)
        .map_or_else(|_| Value::String(total.to_string()), |n| Value::Number(Number::from(n)))
}

/// A cell of a `;` CSV: quoted when needed; a text that a spreadsheet would take for a formula gets an
/// apostrophe before it (numbers keep their sign).
pub fn csv_cell(text: &str) -> String {
    let starts = text.starts_with(['=', '@', '\t', '\r'])
        || (text.starts_with(['+', '-'])
            && text.contains(|c: char| c.is_alphabetic() || "(!|\"'".contains(c)));
    let guarded = if starts { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([';', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_integers() {
        let lues = EcrituresLues { lignes_lues: 3, total: -5, ..EcrituresLues::default() };
        assert!(lues.to_json().to_string().contains("\"total\":-5,\"total_ecarte\":0"));
        let controles = vec![Controle::equal("NbrPce", "pièces annoncées", 3, 2)];
        let text = EcrituresLues { controles, ..lues }.to_json().to_string();
        assert!(text.contains("\"attendu\":3,\"obtenu\":2,\"ecart\":-1,\"ok\":false"));
    }

    #[test]
    fn cells_are_quoted_and_harmless() {
        assert_eq!(csv_cell("a;\"b\""), "\"a;\"\"b\"\"\"");
        assert_eq!(csv_cell("=CMD()"), "'=CMD()");
        assert_eq!(csv_cell("-12,50"), "-12,50");
        assert_eq!(csv_cell("-1+CMD()"), "'-1+CMD()");
    }
}
