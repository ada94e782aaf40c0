#![doc = include_str!("mnt02_expected_amount.md")]

use super::kinds::Kind;

use super::score::Candidate;
use super::words::{rows, short};
use super::{Control, Wording, amount_terms, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(2),
    titre: "montants différents du montant attendu",
    page: include_str!("mnt02_expected_amount.md"),
};

/// Rows from which a usual amount can be expected.
const LEAST_ROWS: u32 = 6;

/// True when most rows of the supplier hold one amount, which is not this one.
pub(crate) fn is_expected(c: &Candidate) -> bool {
    let most = |(amount, n): (u64, u32)| {
        amount != c.slot.cents && f64::from(n) >= 0.6 * f64::from(c.facts.rows)
    };
    c.facts.rows >= LEAST_ROWS && c.facts.mode.is_some_and(most)
}

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let here = short(c.slot.cents);
    let swapped = f.suspected.filter(|_| c.kind == Kind::Digits);
    let motif = if let Some(meant) = swapped {
        format!(
            "{here} au lieu de {} ? Deux chiffres voisins inversés d'un montant habituel ({}).",
            short(meant),
            rows(f.rows)
        )
    } else {
        let (usual, n) = f.mode.unwrap_or((f.median, f.rows));
        format!("{here} au lieu de {}, payé {n} fois sur {} lignes.", short(usual), f.rows)
    };
    let last = match swapped {
        Some(meant) => ("Montant habituel à deux chiffres près", short(meant)),
        None => ("Montants déjà payés", rows(f.rows)),
    };
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Rapprocher du contrat ou de l'échéancier, puis de la facture.",
        terms: amount_terms(c, last),
    }
}
