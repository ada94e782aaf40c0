//! Family MAR: contracts and thresholds of public procurement.
//!
//! **Invariant:** a contract that is not in the data is « non retrouvé dans les données », never « absent ».

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::TextKey;

pub mod mar01_split_need;

/// The cards, in order of number.
const CARDS: [Card; 1] = [Card {
    code: ControlCode::new(Family::Mar, 1),
    titre: "Besoin fractionné chez un fournisseur",
    rien: "Aucune suite de commandes rapprochées au-delà du seuil",
    trouve: "Des commandes rapprochées dépassent ensemble le seuil de dispense",
    requis: &[Column::Text(TextKey::Nature)],
    essai: false,
    page: include_str!("mar01_split_need.md"),
}];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[mar01_split_need::run],
    thresholds: &[(1, "jours", 7.0, 366.0)],
};
