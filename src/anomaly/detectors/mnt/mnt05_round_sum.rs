#![doc = include_str!("mnt05_round_sum.md")]

use super::score::Candidate;
use super::words::{opening, rows, short};
use super::{Control, Wording, amount_terms, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(5),
    titre: "sommes rondes hors de proportion",
    page: include_str!("mnt05_round_sum.md"),
};

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let here = if c.slot.negative {
        format!("{}, somme ronde,", opening(&c.slot))
    } else {
        format!("Somme ronde de {}", short(c.slot.cents))
    };
    let motif = format!(
        "{here} contre {} d'ordinaire, {} au plus ({}).",
        short(f.median),
        short(f.largest),
        rows(f.rows)
    );
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Demander le décompte ou la délibération qui justifie ce forfait.",
        terms: amount_terms(c, ("Montants ronds et déjà payés", rows(f.rows))),
    }
}
