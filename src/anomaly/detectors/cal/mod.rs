//! Family CAL: days and delays (closed days, late payments, mandats before their invoice, end of year).
//!
//! **Invariant:** a rate or a delay comes from a dated table; beyond its last row the control says « non
//! évalué », it never extends it.

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{DateKey, Ledger, TextKey};
use crate::stats::text::fold;

pub mod cal01_closed_day;
pub mod cal02_late_payment;
pub mod cal03_before_invoice;
pub mod cal04_year_end;
pub mod cal05_after_closing;

const MANDAT: &[Column] = &[Column::Date(DateKey::Mandat)];
const PAID: &[Column] = &[Column::Date(DateKey::Paiement)];
const INVOICED: &[Column] = &[Column::Date(DateKey::Mandat), Column::Date(DateKey::Facture)];

/// The cards, in order of number.
const CARDS: [Card; 5] = [
    Card {
        code: ControlCode::new(Family::Cal, 1),
        titre: "Jours fermés",
        rien: "Aucun mandat daté d'un jour fermé",
        trouve: "Des mandats sont datés d'un week-end ou d'un jour férié",
        requis: MANDAT,
        essai: false,
        page: include_str!("cal01_closed_day.md"),
    },
    Card {
        code: ControlCode::new(Family::Cal, 2),
        titre: "Paiements en retard",
        rien: "Aucune facture payée après le délai",
        trouve: "Des factures sont payées après le délai global de paiement",
        requis: PAID,
        essai: false,
        page: include_str!("cal02_late_payment.md"),
    },
    Card {
        code: ControlCode::new(Family::Cal, 3),
        titre: "Mandat avant la facture",
        rien: "Aucun mandat n'est antérieur à sa facture",
        trouve: "Des mandats sont datés d'avant leur facture",
        requis: INVOICED,
        essai: false,
        page: include_str!("cal03_before_invoice.md"),
    },
    Card {
        code: ControlCode::new(Family::Cal, 4),
        titre: "Précipitation de fin d'année",
        rien: "Aucune ligne de crédit dépensée surtout fin décembre",
        trouve: "Des lignes de crédit sont dépensées surtout fin décembre",
        requis: &[Column::Date(DateKey::Mandat), Column::Text(TextKey::Nature)],
        essai: false,
        page: include_str!("cal04_year_end.md"),
    },
    Card {
        code: ControlCode::new(Family::Cal, 5),
        titre: "Mandats après la clôture",
        rien: "Aucune pièce datée d'après la journée complémentaire",
        trouve: "Des pièces sont datées d'après la journée complémentaire",
        requis: MANDAT,
        essai: false,
        page: include_str!("cal05_after_closing.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[
        cal01_closed_day::run,
        cal02_late_payment::run,
        cal03_before_invoice::run,
        cal04_year_end::run,
        cal05_after_closing::run,
    ],
    thresholds: &[(2, "jours", 1.0, 120.0), (4, "jours", 5.0, 60.0)],
};

/// For each distinct object, whether it says one of `words` (folded).
pub(crate) fn objects_saying(ledger: &Ledger, words: &[&str]) -> Vec<bool> {
    ledger.text(TextKey::Objet).map_or_else(Vec::new, |column| {
        let says = |text: &str| {
            let folded = fold(text);
            words.iter().any(|w| folded.contains(w))
        };
        column.dictionary.iter().map(says).collect()
    })
}

/// Whether the object of a row is among those of [`objects_saying`].
pub(crate) fn says(ledger: &Ledger, objects: &[bool], row: usize) -> bool {
    ledger
        .text(TextKey::Objet)
        .and_then(|c| objects.get(c.codes[row] as usize))
        .copied()
        .unwrap_or(false)
}
