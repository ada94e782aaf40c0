#![doc = include_str!("imp01_new_account.md")]

use crate::anomaly::detectors::mnt::Control;
use crate::anomaly::detectors::mnt::words::count;
use crate::frames::ledger::Ledger;

use super::model::Candidate;
use super::{Wording, account, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(1),
    titre: "comptes inhabituels pour le fournisseur",
    page: include_str!("imp01_new_account.md"),
};

/// Words of a finding.
pub(crate) fn wording(ledger: &Ledger, c: &Candidate) -> Wording {
    let (rows, here) = c.rows;
    let (main_row, main) = c.main;
    Wording {
        code: CONTROL.code,
        motif: format!(
            "Compte {} : {} ligne(s) sur {} chez ce fournisseur, dont {} au compte {}.",
            account(ledger, c.row),
            count(u64::from(here)),
            count(u64::from(rows)),
            count(u64::from(main)),
            account(ledger, main_row)
        ),
        a_faire: "Vérifier l'imputation au vu de la facture et de la nomenclature.",
    }
}
