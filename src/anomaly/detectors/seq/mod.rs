//! Family SEQ: the numbering of mandats and titres, by budget, exercice and sens.
//!
//! [`series`] puts the numbers of each series in order; one file a code judges them.
//!
//! **Invariant:** a series whose numbers are mostly absent (an extract) is not judged, and the control
//! says so.

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::TextKey;

pub mod seq01_number_gap;
pub mod seq02_number_repeat;
pub(crate) mod series;

const MANDAT: &[Column] = &[Column::Text(TextKey::Mandat)];

/// The cards, in order of number.
const CARDS: [Card; 2] = [
    Card {
        code: ControlCode::new(Family::Seq, 1),
        titre: "Numéros manquants",
        rien: "Aucun numéro ne manque dans les suites examinées",
        trouve: "Des numéros manquent dans la suite des mandats ou des titres",
        requis: MANDAT,
        essai: false,
        page: include_str!("seq01_number_gap.md"),
    },
    Card {
        code: ControlCode::new(Family::Seq, 2),
        titre: "Numéros répétés",
        rien: "Aucun numéro n'est donné à deux pièces différentes",
        trouve: "Un même numéro est donné à des pièces différentes",
        requis: MANDAT,
        essai: false,
        page: include_str!("seq02_number_repeat.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[seq01_number_gap::run, seq02_number_repeat::run],
    thresholds: &[(1, "densite", 0.5, 1.0), (1, "minimum", 5.0, 1e6)],
};
