#![doc = include_str!("mnt03_unusual_sign.md")]

use super::score::Candidate;
use super::words::{count, rows, short};
use super::{Control, Wording, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(3),
    titre: "signes inhabituels",
    page: include_str!("mnt03_unusual_sign.md"),
};

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let others = f.negatives.saturating_sub(1);
    let motif = format!(
        "Montant négatif de {} ; ce fournisseur a {} autre(s) avoir(s) sur {} lignes.",
        short(c.slot.cents),
        count(u64::from(others)),
        count(u64::from(f.rows))
    );
    let terms = [
        ("Avoirs rares sur ce compte", "part des lignes négatives du compte".into()),
        ("Avoirs de ce fournisseur", format!("{others} sur {}", rows(f.rows))),
        ("Facture de même montant à annuler", short(c.slot.cents)),
        ("Montant habituel de ce fournisseur", format!("médiane {}", short(f.median))),
    ];
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Vérifier l'avoir ou le mandat d'annulation ; sinon rétablir le signe.",
        terms,
    }
}
