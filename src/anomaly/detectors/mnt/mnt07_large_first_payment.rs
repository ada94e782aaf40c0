#![doc = include_str!("mnt07_large_first_payment.md")]

use super::score::Candidate;
use super::words::{rows, short};
use super::{Control, Wording, amount_terms, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(7),
    titre: "premiers paiements élevés de nouveaux fournisseurs",
    page: include_str!("mnt07_large_first_payment.md"),
};

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let motif = format!(
        "Premier paiement à ce nouveau fournisseur : {}, élevé pour ce compte ({} en tout).",
        short(c.slot.cents),
        rows(c.facts.rows)
    );
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Contrôler l'existence du tiers, ses coordonnées bancaires et le service fait.",
        terms: amount_terms(c, ("Montants du compte", rows(c.facts.rows))),
    }
}
