//! Cards of IMP: the three phrases of each control; the page is beside its code.
//!
//! **Invariant:** one card a control, in order.

use super::CONTROLS;
use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::mnt::cards::card;
use crate::frames::ledger::TextKey;

const NATURE: &[Column] = &[Column::Text(TextKey::Nature)];
const FONCTION: &[Column] = &[Column::Text(TextKey::Fonction)];

/// The cards, in order of number.
pub(super) const CARDS: [Card; 3] = [
    card(
        &CONTROLS[0],
        [
            "Compte nouveau pour ce fournisseur",
            "Aucun compte inattendu pour un fournisseur",
            "Des écritures sont sur un compte que ce fournisseur n'avait jamais",
        ],
        NATURE,
    ),
    card(
        &CONTROLS[1],
        [
            "Fonction étrangère au fournisseur ou au libellé",
            "Aucune fonction inattendue",
            "Des écritures sont sur une fonction inattendue",
        ],
        FONCTION,
    ),
    card(
        &CONTROLS[2],
        [
            "Investissement ou fonctionnement",
            "Aucune section inattendue",
            "Des écritures semblent dans la mauvaise section",
        ],
        NATURE,
    ),
];
