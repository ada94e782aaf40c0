//! `Card`: what a control is called, what it needs, and its page. The table [`CARDS`] is the catalogue.
//!
//! Titles come in two forms, nothing found and something found; the page is the `.md` beside the code.
//!
//! **Invariant:** one card a code, in order of family then number; a page holds every fixed heading.

use crate::anomaly::detectors::mnt::Control;
use crate::anomaly::detectors::{dbl, imp, mnt};
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{Ledger, TextKey};

/// Fixed headings of a page, in order.
pub const HEADINGS: [&str; 7] = [
    "Ce qu'il cherche",
    "Pourquoi c'est important",
    "Exemple",
    "Faux positifs connus",
    "Paramètres",
    "Que faire",
    "Références",
];

/// Identity card of a control.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Code.
    pub code: ControlCode,
    /// Title, a noun phrase.
    pub titre: &'static str,
    /// Sentence when nothing is found.
    pub rien: &'static str,
    /// Sentence when something is found.
    pub trouve: &'static str,
    /// Columns without which the control cannot run.
    pub requis: &'static [TextKey],
    /// On trial: off unless asked by code, family or `--essai`.
    pub essai: bool,
    /// The page, Markdown.
    pub page: &'static str,
}

impl Card {
    /// Text under a heading of the page, without its Markdown marks; empty when absent.
    pub fn section(&self, heading: &str) -> String {
        let mut lines =
            self.page.lines().skip_while(|l| l.trim_start_matches('#').trim() != heading);
        lines.next();
        let body = lines.take_while(|l| !l.starts_with('#'));
        body.map(|l| l.trim().trim_start_matches("- ").replace(['`', '*'], ""))
            .filter(|l| !l.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// First column the control needs and the ledger has not.
    pub fn missing(&self, ledger: &Ledger) -> Option<&'static str> {
        self.requis
            .iter()
            .find(|key| ledger.text(**key).is_none())
            .and_then(|key| TextKey::ALL.iter().find(|(k, _)| k == key))
            .map(|(_, name)| *name)
    }

    /// The sentence that fits the number found.
    pub fn outcome(&self, found: u64) -> String {
        if found == 0 { self.rien.to_owned() } else { self.trouve.to_owned() }
    }
}

const NATURE: &[TextKey] = &[TextKey::Nature];
const FONCTION: &[TextKey] = &[TextKey::Fonction];

/// A card of the duplicates engine, from its table of pages.
const fn dbl_card(index: usize) -> Card {
    let page = &dbl::PAGES[index];
    Card {
        code: ControlCode::new(Family::Dbl, page.number),
        titre: page.title,
        rien: page.nothing,
        trouve: page.something,
        requis: &[],
        essai: false,
        page: page.page,
    }
}

/// A card of MNT or IMP: the page is theirs, the two sentences are here.
const fn card(control: &Control, phrases: [&'static str; 3], requis: &'static [TextKey]) -> Card {
    let [titre, rien, trouve] = phrases;
    Card { code: control.code, titre, rien, trouve, requis, essai: false, page: control.page }
}

const fn on_trial(card: Card) -> Card {
    Card { essai: true, ..card }
}

const MNT: &[Control; 9] = &mnt::CONTROLS;
const IMP: &[Control; 3] = &imp::CONTROLS;

/// Every control, by family then number.
pub const CARDS: &[Card] = &[
    dbl_card(0),
    dbl_card(1),
    dbl_card(2),
    dbl_card(3),
    dbl_card(4),
    dbl_card(5),
    dbl_card(6),
    dbl_card(7),
    dbl_card(8),
    dbl_card(9),
    dbl_card(10),
    dbl_card(11),
    card(
        &MNT[0],
        [
            "Montant loin de l'habitude",
            "Aucun montant loin des habitudes du fournisseur",
            "Des montants sont loin des habitudes du fournisseur",
        ],
        &[],
    ),
    card(
        &MNT[1],
        [
            "Montant attendu, autre montant payé",
            "Aucune échéance d'un montant inattendu",
            "Des échéances n'ont pas le montant attendu",
        ],
        &[],
    ),
    card(
        &MNT[2],
        ["Signe inattendu", "Aucun signe inattendu", "Des montants ont un signe inattendu"],
        &[],
    ),
    card(
        &MNT[3],
        [
            "Virgule déplacée",
            "Aucune virgule déplacée",
            "Des montants semblent multipliés ou divisés par dix ou cent",
        ],
        &[],
    ),
    card(
        &MNT[4],
        [
            "Somme ronde inhabituelle",
            "Aucune somme ronde inhabituelle",
            "Des sommes rondes dépassent l'habitude",
        ],
        &[],
    ),
    card(
        &MNT[5],
        ["TVA incohérente", "Aucune TVA incohérente", "Des factures ont une TVA incohérente"],
        &[],
    ),
    card(
        &MNT[6],
        [
            "Premier paiement élevé",
            "Aucun premier paiement élevé",
            "De nouveaux fournisseurs reçoivent un premier paiement élevé",
        ],
        &[],
    ),
    card(
        &MNT[7],
        [
            "Premiers chiffres (loi de Benford)",
            "Les premiers chiffres suivent la loi attendue",
            "Des premiers chiffres s'écartent de la loi attendue",
        ],
        &[],
    ),
    on_trial(card(
        &MNT[8],
        [
            "Combinaison rare de plusieurs traits",
            "Aucune combinaison rare",
            "Des écritures combinent plusieurs traits rares",
        ],
        &[],
    )),
    card(
        &IMP[0],
        [
            "Compte nouveau pour ce fournisseur",
            "Aucun compte inattendu pour un fournisseur",
            "Des écritures sont sur un compte que ce fournisseur n'avait jamais",
        ],
        NATURE,
    ),
    card(
        &IMP[1],
        [
            "Fonction étrangère au fournisseur ou au libellé",
            "Aucune fonction inattendue",
            "Des écritures sont sur une fonction inattendue",
        ],
        FONCTION,
    ),
    card(
        &IMP[2],
        [
            "Investissement ou fonctionnement",
            "Aucune section inattendue",
            "Des écritures semblent dans la mauvaise section",
        ],
        NATURE,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_complete_and_in_order() {
        assert!(CARDS.windows(2).all(|w| w[0].code < w[1].code), "in order, without repeat");
        for card in CARDS {
            for heading in HEADINGS {
                assert!(!card.section(heading).is_empty(), "{}: « {heading} » is empty", card.code);
            }
            assert!(card.page.contains(&card.code.to_string()), "{}: the page names it", card.code);
        }
    }
}
