//! `Card`: what a control is called, what it needs, and its page.
//!
//! Titles come in two forms, nothing found and something found; the page is the `.md` beside the code. The
//! catalogue is [`crate::anomaly::detectors::cards`].
//!
//! **Invariant:** one card a code; a page holds every fixed heading.

use crate::domain::control::ControlCode;
use crate::frames::ledger::{AmountKey, DateKey, Ledger, TextKey};

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

/// A column of a ledger that a control cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// A text.
    Text(TextKey),
    /// A date.
    Date(DateKey),
    /// An amount beside `montant`.
    Amount(AmountKey),
}

impl Column {
    /// True when some source fills it.
    pub fn is_filled(self, ledger: &Ledger) -> bool {
        match self {
            Self::Text(key) => ledger.text(key).is_some(),
            Self::Date(key) => ledger.date(key).is_some(),
            Self::Amount(key) => ledger.amount(key).is_some(),
        }
    }

    /// Canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(key) => TextKey::ALL[key as usize].1,
            Self::Date(key) => DateKey::ALL[key as usize].1,
            Self::Amount(key) => AmountKey::ALL[key as usize].1,
        }
    }
}

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
    pub requis: &'static [Column],
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
        self.requis.iter().find(|c| !c.is_filled(ledger)).map(|c| c.name())
    }

    /// The sentence that fits the number found.
    pub fn outcome(&self, found: u64) -> String {
        if found == 0 { self.rien.to_owned() } else { self.trouve.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_their_canonical_names() {
        assert_eq!(Column::Text(TextKey::ModeReglement).name(), "mode_reglement");
        assert_eq!(Column::Date(DateKey::Paiement).name(), "date_paiement");
        assert_eq!(Column::Amount(AmountKey::Ttc).name(), "montant_ttc");
        assert!(!Column::Text(TextKey::Iban).is_filled(&Ledger::default()));
    }
}
