//! Cards of MNT: the three phrases of each control; the page is beside its code.
//!
//! **Invariant:** one card a control, in order.

use super::{CONTROLS, Control};
use crate::anomaly::card::{Card, Column};
use crate::frames::ledger::AmountKey;

/// The cards, in order of number.
pub(super) const CARDS: [Card; 9] = [
    card(
        &CONTROLS[0],
        [
            "Montant loin de l'habitude",
            "Aucun montant loin des habitudes du fournisseur",
            "Des montants sont loin des habitudes du fournisseur",
        ],
        &[],
    ),
    card(
        &CONTROLS[1],
        [
            "Montant attendu, autre montant payé",
            "Aucune échéance d'un montant inattendu",
            "Des échéances n'ont pas le montant attendu",
        ],
        &[],
    ),
    card(
        &CONTROLS[2],
        ["Signe inattendu", "Aucun signe inattendu", "Des montants ont un signe inattendu"],
        &[],
    ),
    card(
        &CONTROLS[3],
        [
            "Virgule déplacée",
            "Aucune virgule déplacée",
            "Des montants semblent multipliés ou divisés par dix ou cent",
        ],
        &[],
    ),
    card(
        &CONTROLS[4],
        [
            "Somme ronde inhabituelle",
            "Aucune somme ronde inhabituelle",
            "Des sommes rondes dépassent l'habitude",
        ],
        &[],
    ),
    card(
        &CONTROLS[5],
        ["TVA incohérente", "Aucune TVA incohérente", "Des factures ont une TVA incohérente"],
        &[Column::Amount(AmountKey::Ht), Column::Amount(AmountKey::Tva)],
    ),
    card(
        &CONTROLS[6],
        [
            "Premier paiement élevé",
            "Aucun premier paiement élevé",
            "De nouveaux fournisseurs reçoivent un premier paiement élevé",
        ],
        &[],
    ),
    card(
        &CONTROLS[7],
        [
            "Premiers chiffres (loi de Benford)",
            "Les premiers chiffres suivent la loi attendue",
            "Des premiers chiffres s'écartent de la loi attendue",
        ],
        &[],
    ),
    Card {
        essai: true,
        ..card(
            &CONTROLS[8],
            [
                "Combinaison rare de plusieurs traits",
                "Aucune combinaison rare",
                "Des écritures combinent plusieurs traits rares",
            ],
            &[],
        )
    },
];

/// A card of MNT or IMP: the page is the control's, the phrases are the title, what is said when nothing is
/// found and when something is.
pub(crate) const fn card(
    control: &Control,
    phrases: [&'static str; 3],
    requis: &'static [Column],
) -> Card {
    let [titre, rien, trouve] = phrases;
    Card { code: control.code, titre, rien, trouve, requis, essai: false, page: control.page }
}
