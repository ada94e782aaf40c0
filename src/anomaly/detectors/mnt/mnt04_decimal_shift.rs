#![doc = include_str!("mnt04_decimal_shift.md")]

use super::score::Candidate;
use super::words::{opening, rows, short, signed};
use super::{Control, Wording, amount_terms, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(4),
    titre: "décalages de virgule",
    page: include_str!("mnt04_decimal_shift.md"),
};

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let meant = f.suspected.unwrap_or(f.median);
    let motif = format!(
        "{} au lieu de {} ? D'ordinaire {} ({}).",
        opening(&c.slot),
        signed(&c.slot, meant),
        short(f.median),
        rows(f.rows)
    );
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Relire la virgule et les zéros du montant sur la facture.",
        terms: amount_terms(c, ("Montant avant décalage déjà payé", short(meant))),
    }
}
