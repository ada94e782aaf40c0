//! Family SEQ: the numbering of mandats, titres and bordereaux, by budget, exercice and sens.
//!
//! [`series`](crate::anomaly::prepare::series) puts the numbers in order; one file a code judges them.
//!
//! **Invariant:** a series whose numbers are mostly absent (an extract) is not judged, and the control
//! says so.

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{DateKey, TextKey};

pub mod seq01_number_gap;
pub mod seq02_number_repeat;
pub mod seq03_bordereau;
pub mod seq04_date_order;

const MANDAT: &[Column] = &[Column::Text(TextKey::Mandat)];

/// The cards, in order of number.
const CARDS: [Card; 4] = [
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
    Card {
        code: ControlCode::new(Family::Seq, 3),
        titre: "Bordereaux manquants ou répétés",
        rien: "Aucun bordereau ne manque ni ne se répète",
        trouve: "Des numéros de bordereau manquent ou se répètent",
        requis: &[Column::Text(TextKey::Bordereau)],
        essai: false,
        page: include_str!("seq03_bordereau.md"),
    },
    Card {
        code: ControlCode::new(Family::Seq, 4),
        titre: "Dates qui ne suivent pas les numéros",
        rien: "Les dates suivent l'ordre des numéros",
        trouve: "Des pièces portent une date qui ne suit pas leur numéro",
        requis: &[Column::Text(TextKey::Mandat), Column::Date(DateKey::Mandat)],
        essai: false,
        page: include_str!("seq04_date_order.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[
        seq01_number_gap::run,
        seq02_number_repeat::run,
        seq03_bordereau::run,
        seq04_date_order::run,
    ],
    thresholds: &[
        (1, "densite", 0.5, 1.0),
        (1, "minimum", 5.0, 1e6),
        (3, "densite", 0.5, 1.0),
        (3, "minimum", 5.0, 1e6),
        (3, "jours", 1.0, 366.0),
        (4, "jours", 1.0, 366.0),
    ],
};
