//! Family REG: régies (operations over the ceiling or at it, cash, advances, cash held). An expense paid by
//! the régie and by mandat is DBL08.
//!
//! **Invariant:** ceilings come from the dated table, advances from `vigie.toml`; without them the control
//! says what is missing.

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::Context;
use crate::anomaly::detectors::draft::{Rules, cut};
use crate::anomaly::known::Regie;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{TextColumn, TextKey};
use crate::stats::text::fold;

pub mod reg01_over_ceiling;
pub mod reg02_at_ceiling;
pub mod reg03_cash;
pub mod reg04_over_advance;
pub mod reg05_near_ceiling;
pub mod reg06_over_cash_held;

const REGIE: &[Column] = &[Column::Text(TextKey::Regie)];

/// Words of what gives the advance back, which is no purchase.
pub(crate) const REFILL: [&str; 2] = ["RECONSTITUTION", "REMBOURSEMENT DE L AVANCE"];

/// The cards, in order of number.
const CARDS: [Card; 6] = [
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
    Card {
        code: ControlCode::new(Family::Reg, 3),
        titre: "Espèces au-delà de la limite",
        rien: "Aucune dépense en espèces au-delà de la limite",
        trouve: "Des dépenses sont payées en espèces au-delà de la limite",
        requis: &[Column::Text(TextKey::ModeReglement)],
        essai: false,
        page: include_str!("reg03_cash.md"),
    },
    Card {
        code: ControlCode::new(Family::Reg, 4),
        titre: "Avance dépassée",
        rien: "Aucune régie au-delà de son avance",
        trouve: "Des régies dépensent plus que leur avance",
        requis: REGIE,
        essai: false,
        page: include_str!("reg04_over_advance.md"),
    },
    Card {
        code: ControlCode::new(Family::Reg, 5),
        titre: "Achats juste sous le plafond",
        rien: "Aucune régie qui achète toujours juste sous le plafond",
        trouve: "Des régies achètent plusieurs fois juste sous le plafond",
        requis: REGIE,
        essai: false,
        page: include_str!("reg05_near_ceiling.md"),
    },
    Card {
        code: ControlCode::new(Family::Reg, 6),
        titre: "Encaisse au-delà du plafond",
        rien: "Aucun versement au-delà de l'encaisse permise",
        trouve: "Des régies versent plus que l'encaisse permise",
        requis: REGIE,
        essai: false,
        page: include_str!("reg06_over_cash_held.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[
        reg01_over_ceiling::run,
        reg02_at_ceiling::run,
        reg03_cash::run,
        reg04_over_advance::run,
        reg05_near_ceiling::run,
        reg06_over_cash_held::run,
    ],
    thresholds: &[(2, "marge", 0.1, 20.0), (5, "marge", 0.1, 20.0)],
};

/// `Régie Fêtes`, whether the ledger writes the word or not.
pub(crate) fn titled(name: &str) -> String {
    let (first, rest) = name.trim().split_once(char::is_whitespace).unwrap_or(("", name));
    format!("Régie {}", cut(if fold(first) == "REGIE" { rest } else { name }, 4))
}

/// The régie of `vigie.toml` that each name of the ledger contains.
pub(crate) fn known_regies<'c>(
    context: &Context<'c>,
    names: &TextColumn,
) -> Vec<Option<&'c Regie>> {
    let known = |name: &str| {
        let name = fold(name);
        context.known.regies.iter().find(|r| !r.nom.is_empty() && name.contains(&fold(&r.nom)))
    };
    names.dictionary.iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::titled;

    #[test]
    fn the_word_is_written_once() {
        assert_eq!(titled("Régie Fêtes"), "Régie Fêtes");
        assert_eq!(titled("REGIE de recettes du marché"), "Régie de recettes du marché");
        assert_eq!(titled("Piscine"), "Régie Piscine");
        assert_eq!(titled("régie"), "Régie régie");
    }
}
