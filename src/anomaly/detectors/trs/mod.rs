//! Family TRS: who is paid (bank details that change, that are shared, keys that are wrong).
//!
//! Suppliers are resolved by the IBAN among others; what compares suppliers by their IBAN therefore works
//! on the identities written in the rows.
//!
//! **Invariant:** an IBAN is never printed whole.

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::TextKey;

pub mod trs01_new_iban;
pub mod trs02_shared_iban;
pub mod trs03_invalid_key;

const IBAN: &[Column] = &[Column::Text(TextKey::Iban)];

/// The cards, in order of number.
const CARDS: [Card; 3] = [
    Card {
        code: ControlCode::new(Family::Trs, 1),
        titre: "IBAN nouveau pour un paiement",
        rien: "Aucun changement d'IBAN isolé",
        trouve: "Des paiements partent sur un IBAN nouveau du fournisseur",
        requis: IBAN,
        essai: false,
        page: include_str!("trs01_new_iban.md"),
    },
    Card {
        code: ControlCode::new(Family::Trs, 2),
        titre: "Un IBAN, plusieurs tiers",
        rien: "Aucun IBAN partagé entre des tiers sans lien",
        trouve: "Des tiers sans lien visible sont payés sur le même IBAN",
        requis: IBAN,
        essai: false,
        page: include_str!("trs02_shared_iban.md"),
    },
    Card {
        code: ControlCode::new(Family::Trs, 3),
        titre: "SIRET et IBAN à la clé fausse",
        rien: "Aucune clé fausse parmi les SIRET et les IBAN",
        trouve: "Des SIRET ou des IBAN ont une clé fausse",
        requis: &[],
        essai: false,
        page: include_str!("trs03_invalid_key.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[trs01_new_iban::run, trs02_shared_iban::run, trs03_invalid_key::run],
    thresholds: &[(1, "historique", 1.0, 50.0)],
};

/// An IBAN as compared: upper case, without blanks; empty when it is already masked.
pub(crate) fn normal_iban(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{202f}').collect();
    if kept.contains(['•', '*']) { String::new() } else { kept.to_uppercase() }
}

/// The last four signs of an IBAN, all that is shown of it.
pub(crate) fn tail(iban: &str) -> String {
    let signs: Vec<char> = iban.chars().collect();
    signs[signs.len().saturating_sub(4)..].iter().collect()
}
