#![doc = include_str!("imp02_foreign_function.md")]

use crate::anomaly::detectors::mnt::Control;
use crate::anomaly::detectors::mnt::words::{count, several};
use crate::frames::ledger::{Ledger, TextKey};

use super::model::Candidate;
use super::{Wording, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(2),
    titre: "fonctions étrangères au fournisseur, au service ou au libellé",
    page: include_str!("imp02_foreign_function.md"),
};

/// Words of a finding.
pub(crate) fn wording(ledger: &Ledger, c: &Candidate) -> Wording {
    let (of_service, in_service) = c.service;
    let (rows, here) = c.rows;
    let text = ledger.text_at(TextKey::Fonction, c.row as usize);
    let fonction: String = text.split_whitespace().next().unwrap_or("").chars().take(20).collect();
    Wording {
        code: CONTROL.code,
        motif: format!(
            "Fonction {fonction} : {} sur {} chez ce fournisseur, {} sur {} dans ce service.",
            several(u64::from(here), "ligne"),
            count(u64::from(rows)),
            count(u64::from(in_service)),
            count(u64::from(of_service))
        ),
        a_faire: "Vérifier le service et la fonction au vu de la facture.",
    }
}
