#![doc = include_str!("imp02_foreign_account.md")]

use crate::anomaly::detectors::mnt::Control;
use crate::anomaly::detectors::mnt::words::count;
use crate::frames::ledger::Ledger;

use super::model::Candidate;
use super::{Wording, account, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(2),
    titre: "comptes étrangers au service ou au libellé",
    page: include_str!("imp02_foreign_account.md"),
};

/// True when the service and the wording say more than the supplier, which is little known.
pub(crate) fn speaks(c: &Candidate) -> bool {
    c.rows.0 < 5 && c.terms[4] > 0.0
}

/// Words of a finding.
pub(crate) fn wording(ledger: &Ledger, c: &Candidate) -> Wording {
    let (of_service, in_service) = c.service;
    Wording {
        code: CONTROL.code,
        motif: format!(
            "Compte {} rare pour ce service ou ce libellé : {} ligne(s) du service sur {}.",
            account(ledger, c.row),
            count(u64::from(in_service)),
            count(u64::from(of_service))
        ),
        a_faire: "Vérifier le service ou la fonction, puis l'imputation.",
    }
}
