#![doc = include_str!("mnt01_unusual_amount.md")]

use super::kinds::Kind;

use super::score::Candidate;
use super::words::{opening, rows, short};
use super::{Control, Wording, amount_terms, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(1),
    titre: "montants inhabituels pour le fournisseur",
    page: include_str!("mnt01_unusual_amount.md"),
};

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let here = opening(&c.slot);
    let borrowed = c.kind == Kind::Borrowed;
    let motif = if borrowed {
        format!(
            "{here}, montant d'une ligne d'un autre fournisseur ; ici d'ordinaire {} ({}).",
            short(f.median),
            rows(f.rows)
        )
    } else {
        format!(
            "{here} contre {} d'ordinaire et {} au plus ({}).",
            short(f.median),
            short(f.largest),
            rows(f.rows)
        )
    };
    let last = if borrowed {
        ("Montant identique chez un autre fournisseur", rows(f.shared))
    } else {
        ("Montants déjà payés", rows(f.rows))
    };
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Comparer le montant mandaté à la facture et à la commande.",
        terms: amount_terms(c, last),
    }
}
