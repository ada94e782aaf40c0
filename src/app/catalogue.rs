//! The lists behind `vigie controles`, `modeles` and `formats`: code, title, page.
//!
//! **Invariant:** a page is the text that stands beside the code it describes.

use crate::anomaly::detectors;
use crate::budget::cards;
use crate::forecast::MODELS;
use crate::ingest::catalogue::fiches;

/// One line of a list and its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fiche {
    /// Code or name typed by the user.
    pub code: String,
    /// Family, empty outside the controls.
    pub famille: String,
    /// Title, French.
    pub titre: String,
    /// `actif`, `essai`, or empty.
    pub statut: String,
    /// The page, Markdown.
    pub page: String,
}

/// The controls, by family then number.
pub fn controles() -> Vec<Fiche> {
    detectors::cards()
        .map(|card| Fiche {
            code: card.code.to_string(),
            famille: card.code.family.letters().to_owned(),
            titre: card.titre.to_owned(),
            statut: if card.essai { "essai" } else { "actif" }.to_owned(),
            page: card.page.to_owned(),
        })
        .collect()
}

/// The forecasting models: those of series, then those of budgets.
pub fn modeles() -> Vec<Fiche> {
    let series = MODELS.iter().map(|m| plain(m.name, m.title, &m.full_page()));
    let budgets = cards::CARDS.iter().map(|m| plain(m.name, m.title, m.page));
    series.chain(budgets).collect()
}

/// The formats read.
pub fn formats() -> Vec<Fiche> {
    fiches().iter().map(|f| plain(f.nom, f.titre, f.page)).collect()
}

fn plain(code: &str, titre: &str, page: &str) -> Fiche {
    Fiche {
        code: code.to_owned(),
        famille: String::new(),
        titre: titre.to_owned(),
        statut: String::new(),
        page: page.to_owned(),
    }
}
