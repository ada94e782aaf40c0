//! Family REG: régies d'avances (operations over the ceiling, amounts always at the advance).
//!
//! **Invariant:** ceilings come from the dated table, advances from `vigie.toml`; without them the control
//! says what is missing.

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::TextKey;

pub mod reg01_over_ceiling;
pub mod reg02_at_ceiling;

const REGIE: &[Column] = &[Column::Text(TextKey::Regie)];

/// Words of what gives the advance back, which is no purchase.
pub(crate) const REFILL: [&str; 2] = ["RECONSTITUTION", "REMBOURSEMENT DE L AVANCE"];

/// The cards, in order of number.
const CARDS: [Card; 2] = [
    Card {
        code: ControlCode::new(Family::Reg, 1),
        titre: "Opération de régie au-delà du plafond",
        rien: "Aucune opération de régie au-delà du plafond",
        trouve: "Des opérations de régie dépassent le plafond par opération",
        requis: REGIE,
        essai: false,
        page: include_str!("reg01_over_ceiling.md"),
    },
    Card {
        code: ControlCode::new(Family::Reg, 2),
        titre: "Montants toujours à l'avance",
        rien: "Aucune régie reconstituée toujours au montant de son avance",
        trouve: "Des régies sont reconstituées toujours au montant de leur avance",
        requis: REGIE,
        essai: false,
        page: include_str!("reg02_at_ceiling.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[reg01_over_ceiling::run, reg02_at_ceiling::run],
    thresholds: &[(2, "marge", 0.1, 20.0)],
};
