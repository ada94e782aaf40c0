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

/// `aucun autre avoir`, `1 autre avoir`, `12 autres avoirs`.
fn other_credits(n: u32) -> String {
    match n {
        0 => "aucun autre avoir".to_owned(),
        1 => "1 autre avoir".to_owned(),
        n => format!("{} autres avoirs", count(u64::from(n))),
    }
}

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let others = f.negatives.saturating_sub(1);
    let motif = format!(
        "Montant négatif de {} ; ce fournisseur a {} sur {}.",
        short(c.slot.cents),
        other_credits(others),
        rows(f.rows)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_credits_agree_with_their_number() {
        assert_eq!(other_credits(0), "aucun autre avoir");
        assert_eq!(other_credits(1), "1 autre avoir");
        assert_eq!(other_credits(1_200), "1\u{202f}200 autres avoirs");
    }
}
