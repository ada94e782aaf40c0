//! `Card`: what a control is called, what it needs, and its page. The table [`CARDS`] is the catalogue.
//!
//! Titles come in two forms, nothing found and something found; the page is the `.md` beside the code.
//!
//! **Invariant:** one card a code, in order of family then number; a page holds every fixed heading.

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
    /// Plural of what is found, after a number ("factures semblent payées deux fois").
    pub trouve: &'static str,
    /// Singular of the same.
    pub trouve_un: &'static str,
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
        match found {
            0 => self.rien.to_owned(),
            1 => format!("1 {}", self.trouve_un),
            n => format!("{n} {}", self.trouve),
        }
    }
}

/// Shorthand of the table.
const fn card(
    family: Family,
    number: u8,
    titres: [&'static str; 4],
    requis: &'static [TextKey],
    page: &'static str,
) -> Card {
    let [titre, rien, trouve_un, trouve] = titres;
    Card {
        code: ControlCode::new(family, number),
        titre,
        rien,
        trouve,
        trouve_un,
        requis,
        essai: false,
        page,
    }
}

macro_rules! page {
    ($path:literal) => {
        include_str!(concat!("detectors/", $path, ".md"))
    };
}

const TIERS: &[TextKey] = &[];
const FACTURE: &[TextKey] = &[TextKey::Facture];
const NATURE: &[TextKey] = &[TextKey::Nature];

/// Every control, by family then number.
pub const CARDS: &[Card] = &[];

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
