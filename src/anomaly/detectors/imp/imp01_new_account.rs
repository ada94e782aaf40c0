#![doc = include_str!("imp01_new_account.md")]

use crate::anomaly::detectors::mnt::Control;
use crate::anomaly::detectors::mnt::words::{count, several};
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
    let (this, usual) = (account(ledger, c.row), account(ledger, main_row));
    let of = format!("{} sur {}", several(u64::from(here), "ligne"), count(u64::from(rows)));
    let motif = if this == usual {
        // its own account: what is unusual is the wording, or the service
        let service = several(u64::from(c.service.1), "ligne");
        let all = count(u64::from(c.service.0));
        if c.terms[5] > 0.0 {
            format!(
                "Compte {this} ({of} chez ce fournisseur) : ce libellé va d'ordinaire à d'autres comptes."
            )
        } else {
            format!("Compte {this}, rare dans ce service : {service} sur {all}.")
        }
    } else {
        let others = count(u64::from(main));
        format!("Compte {this} : {of} chez ce fournisseur, dont {others} au compte {usual}.")
    };
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Vérifier l'imputation au vu de la facture et de la nomenclature.",
    }
}
