//! `Card`: what a control is called, what it needs, and its page. The table [`CARDS`] is the catalogue.
//!
//! Titles come in two forms, nothing found and something found; the page is the `.md` beside the code.
//!
//! **Invariant:** one card a code, in order of family then number; a page holds every fixed heading.

use crate::anomaly::detectors::dbl;
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

/// Shorthand of the table.
const fn card(
    family: Family,
    number: u8,
    titres: [&'static str; 3],
    requis: &'static [TextKey],
    page: &'static str,
) -> Card {
    let [titre, rien, trouve] = titres;
    Card { code: ControlCode::new(family, number), titre, rien, trouve, requis, essai: false, page }
}

/// A card of the duplicates engine, from its table of pages.
const fn dbl(index: usize) -> Card {
    let page = &dbl::PAGES[index];
    let titres = [page.title, page.nothing, page.something];
    card(Family::Dbl, page.number, titres, NONE, page.page)
}

macro_rules! page {
    ($path:literal) => {
        include_str!(concat!("detectors/", $path, ".md"))
    };
}

const NONE: &[TextKey] = &[];
const NATURE: &[TextKey] = &[TextKey::Nature];

/// Every control, by family then number.
pub const CARDS: &[Card] = &[
    dbl(0),
    dbl(1),
    dbl(2),
    dbl(3),
    dbl(4),
    dbl(5),
    dbl(6),
    dbl(7),
    dbl(8),
    dbl(9),
    dbl(10),
    dbl(11),
    card(
        Family::Mnt,
        1,
        [
            "Montant loin de l'habitude",
            "Aucun montant loin des habitudes du fournisseur",
            "Des montants sont loin des habitudes du fournisseur",
        ],
        NONE,
        page!("mnt/mnt01_unusual_amount"),
    ),
    card(
        Family::Mnt,
        2,
        [
            "Échéance d'un autre montant",
            "Aucune échéance d'un montant inattendu",
            "Des échéances n'ont pas le montant attendu",
        ],
        NONE,
        page!("mnt/mnt02_expected_amount"),
    ),
    card(
        Family::Mnt,
        3,
        ["Signe inattendu", "Aucun signe inattendu", "Des montants ont un signe inattendu"],
        NONE,
        page!("mnt/mnt03_unusual_sign"),
    ),
    card(
        Family::Mnt,
        4,
        [
            "Virgule déplacée",
            "Aucune virgule déplacée",
            "Des montants semblent multipliés ou divisés par dix",
        ],
        NONE,
        page!("mnt/mnt04_decimal_shift"),
    ),
    card(
        Family::Mnt,
        5,
        [
            "Somme ronde inhabituelle",
            "Aucune somme ronde inhabituelle",
            "Des sommes rondes dépassent l'habitude",
        ],
        NONE,
        page!("mnt/mnt05_round_sum"),
    ),
    card(
        Family::Mnt,
        6,
        ["TVA incohérente", "Aucune TVA incohérente", "Des factures ont une TVA incohérente"],
        NONE,
        page!("mnt/mnt06_vat_arithmetic"),
    ),
    card(
        Family::Mnt,
        7,
        [
            "Premier paiement élevé",
            "Aucun premier paiement élevé",
            "De nouveaux fournisseurs reçoivent un premier paiement élevé",
        ],
        NONE,
        page!("mnt/mnt07_large_first_payment"),
    ),
    card(
        Family::Mnt,
        8,
        [
            "Premiers chiffres (loi de Benford)",
            "Les premiers chiffres suivent la loi attendue",
            "Des groupes de montants s'écartent de la loi de Benford",
        ],
        NONE,
        page!("mnt/mnt08_benford"),
    ),
    card(
        Family::Imp,
        1,
        [
            "Compte nouveau pour ce fournisseur",
            "Aucun compte inattendu pour un fournisseur",
            "Des écritures sont sur un compte que ce fournisseur n'avait jamais",
        ],
        NATURE,
        page!("imp/imp01_new_account"),
    ),
    card(
        Family::Imp,
        2,
        [
            "Compte étranger au libellé",
            "Aucun compte étranger au libellé",
            "Des écritures sont sur un compte que ce libellé n'avait jamais",
        ],
        NATURE,
        page!("imp/imp02_foreign_function"),
    ),
    card(
        Family::Imp,
        3,
        [
            "Investissement ou fonctionnement",
            "Aucune section inattendue",
            "Des écritures ont changé de section",
        ],
        NATURE,
        page!("imp/imp03_wrong_section"),
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
