//! Family MAR: contracts and thresholds of public procurement.
//!
//! **Invariant:** a contract that is not in the data is « non retrouvé dans les données », never « absent ».

use crate::anomaly::card::{Card, Column};
use crate::anomaly::detectors::draft::Rules;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::TextKey;

pub(crate) mod contracts;
pub mod mar01_split_need;
pub mod mar02_family_need;
pub mod mar03_under_threshold;
pub mod mar04_same_day;
pub mod mar05_over_amount;
pub mod mar06_after_end;
pub mod mar07_avenants;
pub mod mar08_no_contract;
pub(crate) mod orders;

const NATURE: &[Column] = &[Column::Text(TextKey::Nature)];

/// The cards, in order of number.
const CARDS: [Card; 8] = [
    Card {
        code: ControlCode::new(Family::Mar, 1),
        titre: "Besoin fractionné chez un fournisseur",
        rien: "Aucune suite de commandes rapprochées au-delà du seuil",
        trouve: "Des commandes rapprochées dépassent ensemble le seuil de dispense",
        requis: NATURE,
        essai: false,
        page: include_str!("mar01_split_need.md"),
    },
    Card {
        code: ControlCode::new(Family::Mar, 2),
        titre: "Besoin homogène chez plusieurs fournisseurs",
        rien: "Aucune famille d'achats au-delà du seuil hors marché",
        trouve: "Des familles d'achats dépassent le seuil hors marché",
        requis: NATURE,
        essai: false,
        page: include_str!("mar02_family_need.md"),
    },
    Card {
        code: ControlCode::new(Family::Mar, 3),
        titre: "Commandes juste sous un seuil",
        rien: "Aucune commande juste sous un seuil",
        trouve: "Des commandes sont juste sous un seuil",
        requis: NATURE,
        essai: false,
        page: include_str!("mar03_under_threshold.md"),
    },
    Card {
        code: ControlCode::new(Family::Mar, 4),
        titre: "Commande coupée le même jour",
        rien: "Aucun jour où des factures dépassent ensemble le seuil",
        trouve: "Des factures du même jour dépassent ensemble le seuil",
        requis: NATURE,
        essai: false,
        page: include_str!("mar04_same_day.md"),
    },
    Card {
        code: ControlCode::new(Family::Mar, 5),
        titre: "Marché payé au-delà de son montant",
        rien: "Aucun marché connu payé au-delà de son montant",
        trouve: "Des marchés sont payés au-delà de leur montant",
        requis: &[],
        essai: false,
        page: include_str!("mar05_over_amount.md"),
    },
    Card {
        code: ControlCode::new(Family::Mar, 6),
        titre: "Marché payé après sa fin",
        rien: "Aucun marché connu payé après sa fin",
        trouve: "Des marchés sont payés après leur fin",
        requis: &[],
        essai: false,
        page: include_str!("mar06_after_end.md"),
    },
    Card {
        code: ControlCode::new(Family::Mar, 7),
        titre: "Avenants au-delà de la limite",
        rien: "Aucun avenant au-delà de la limite",
        trouve: "Des avenants dépassent ensemble la limite",
        requis: &[],
        essai: false,
        page: include_str!("mar07_avenants.md"),
    },
    Card {
        code: ControlCode::new(Family::Mar, 8),
        titre: "Commande sans marché retrouvé",
        rien: "Toute commande au-delà du seuil a son marché",
        trouve: "Des commandes dépassent le seuil, marché non retrouvé dans les données",
        requis: NATURE,
        essai: false,
        page: include_str!("mar08_no_contract.md"),
    },
];

/// The family.
pub const FAMILY: Rules = Rules {
    cards: &CARDS,
    checks: &[
        mar01_split_need::run,
        mar02_family_need::run,
        mar03_under_threshold::run,
        mar04_same_day::run,
        mar05_over_amount::run,
        mar06_after_end::run,
        mar07_avenants::run,
        mar08_no_contract::run,
    ],
    thresholds: &[
        (1, "jours", 7.0, 366.0),
        (1, "marge", 0.1, 50.0),
        (2, "jours", 7.0, 366.0),
        (3, "marge", 0.1, 20.0),
        (5, "marge", 0.0, 50.0),
        (6, "jours", 0.0, 731.0),
    ],
};
