//! Family SUB: grants to private bodies.
//!
//! **Invariant:** a convention that is not in the data is « non retrouvée », never « absente ».

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::TextKey;

pub mod sub01_no_agreement;
pub mod sub02_two_budgets;

/// The cards, in order of number.
const CARDS: [Card; 2] = [
    Card {
        code: ControlCode::new(Family::Sub, 1),
        titre: "Subvention sans convention retrouvée",
        rien: "Aucune subvention au-delà du seuil sans convention retrouvée",
        trouve: "Des subventions dépassent le seuil sans convention retrouvée",
        requis: &[Column::Text(TextKey::Nature)],
        essai: false,
        page: include_str!("sub01_no_agreement.md"),
    },
    Card {
        code: ControlCode::new(Family::Sub, 2),
        titre: "Subvention versée par deux budgets",
        rien: "Aucun bénéficiaire subventionné par deux budgets",
        trouve: "Des bénéficiaires sont subventionnés par plusieurs budgets",
        requis: &[Column::Text(TextKey::Nature), Column::Text(TextKey::Budget)],
        essai: false,
        page: include_str!("sub02_two_budgets.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[sub01_no_agreement::run, sub02_two_budgets::run],
    thresholds: &[],
};
