//! Family TRS: who is paid (bank details, keys, entries written twice, known persons, only customers).
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
pub mod trs04_twice_in_file;
pub mod trs05_known_person;
pub mod trs06_consecutive_numbers;
pub mod trs07_concentration;

const IBAN: &[Column] = &[Column::Text(TextKey::Iban)];

/// The cards, in order of number.
const CARDS: [Card; 7] = [
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
        titre: "SIRET, TVA et IBAN à la clé fausse",
        rien: "Aucune clé fausse parmi les SIRET, les numéros de TVA et les IBAN",
        trouve: "Des SIRET, numéros de TVA ou IBAN ont une clé fausse",
        requis: &[],
        essai: false,
        page: include_str!("trs03_invalid_key.md"),
    },
    Card {
        code: ControlCode::new(Family::Trs, 4),
        titre: "Fournisseur deux fois au fichier",
        rien: "Aucun fournisseur sous deux codes",
        trouve: "Des fournisseurs ont plusieurs codes au fichier des tiers",
        requis: &[Column::Text(TextKey::TiersId)],
        essai: false,
        page: include_str!("trs04_twice_in_file.md"),
    },
    Card {
        code: ControlCode::new(Family::Trs, 5),
        titre: "Tiers au nom d'un agent ou d'un élu",
        rien: "Aucun tiers au nom d'une personne déclarée",
        trouve: "Des tiers portent le nom d'un agent ou d'un élu déclaré",
        requis: &[Column::Text(TextKey::TiersNom)],
        essai: false,
        page: include_str!("trs05_known_person.md"),
    },
    Card {
        code: ControlCode::new(Family::Trs, 6),
        titre: "Factures à numéros consécutifs",
        rien: "Aucun fournisseur dont toutes les factures se suivent",
        trouve: "Des fournisseurs n'ont que des factures qui se suivent",
        requis: &[Column::Text(TextKey::Facture)],
        essai: false,
        page: include_str!("trs06_consecutive_numbers.md"),
    },
    Card {
        code: ControlCode::new(Family::Trs, 7),
        titre: "Concentration des achats",
        rien: "Aucune famille d'achats tenue par un seul fournisseur",
        trouve: "Des familles d'achats sont tenues par un seul fournisseur",
        requis: &[Column::Text(TextKey::Nature)],
        essai: false,
        page: include_str!("trs07_concentration.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[
        trs01_new_iban::run,
        trs02_shared_iban::run,
        trs03_invalid_key::run,
        trs04_twice_in_file::run,
        trs05_known_person::run,
        trs06_consecutive_numbers::run,
        trs07_concentration::run,
    ],
    thresholds: &[
        (1, "historique", 1.0, 50.0),
        (6, "minimum", 4.0, 50.0),
        (7, "part", 30.0, 100.0),
    ],
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
