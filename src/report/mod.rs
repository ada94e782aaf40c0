//! Room 7: result objects to bytes (HTML pages, figures, JSON, CSV, spreadsheets).
//!
//! Takes a [`Rapport`] that the `app` room filled; gives named files ([`rendre`]). One module a writer:
//! `html`, `chart`, `json`, `csv`, `xlsx`; `fr` spells numbers and dates for all of them.
//!
//! **Invariant:** it draws and formats, it never computes an accounting figure; the same object gives
//! the same bytes.

use rayon::prelude::*;
use serde::Serialize;

use crate::domain::refus::Refus;

pub mod canonical;
pub mod chart;
pub mod csv;
pub mod echantillon;
pub mod fr;
pub mod html;
pub mod json;
pub mod model;
pub mod notebook;
pub mod retrospective;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod sample_landing;
#[cfg(test)]
mod sample_lecture;
#[cfg(test)]
mod sample_proposition;
pub mod scdl;
pub mod xlsx;
mod xlsx_proposition;

use model::audit::Audit;
use model::echantillon::Echantillon;
use model::lecture::{Lecture, Qualite};
use model::preparation::Preparation;
use model::synthese::Synthese;

/// The single object every output is drawn from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rapport {
    /// `vigie/1`.
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// The commune.
    pub commune: Commune,
    /// Exercice of the report: to prepare, or audited.
    pub exercice: u16,
    /// Budgets covered.
    pub budgets: Vec<String>,
    /// ISO date of the report.
    pub date: String,
    /// Hash of all inputs, hexadecimal.
    pub empreinte: String,
    /// The command line that rebuilds it.
    pub commande: String,
    /// Seed.
    pub graine: u64,
    /// Parameters in force.
    pub parametres: Vec<Parametre>,
    /// Quality of the data.
    pub qualite: Qualite,
    /// What was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lecture: Option<Lecture>,
    /// Preparation of the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preparation: Option<Preparation>,
    /// Second look at the spending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// Two pages for an elected official.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synthese: Option<Synthese>,
    /// A sample to check by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echantillon: Option<Echantillon>,
}

/// Version of the JSON schema.
pub const SCHEMA: &str = "vigie/1";

/// Who the report is about.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Commune {
    /// Name, `commune sans nom` when unknown.
    pub nom: String,
    /// SIREN, empty when unknown.
    pub siren: String,
    /// Inhabitants.
    pub population: Option<u32>,
    /// Strate, as named in the file supplied.
    pub strate: Option<String>,
}

/// One parameter in force.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Parametre {
    /// Name (`DBL02.jours`).
    pub nom: String,
    /// Value, in words.
    pub valeur: String,
    /// `option`, `vigie.toml` or `défaut`.
    pub origine: String,
}

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// What was read, tied out and set aside.
    Lecture,
    /// Preparation of the budget.
    Preparation,
    /// Second look at the spending.
    Audit,
    /// Two pages for an elected official.
    Synthese,
}

impl Page {
    /// Name of the HTML file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Lecture => "lecture.html",
            Self::Preparation => "preparation.html",
            Self::Audit => "audit.html",
            Self::Synthese => "synthese.html",
        }
    }
}

/// One file to write, directly in the folder of the report or in `figures/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fichier {
    /// Relative name, ASCII.
    pub nom: String,
    /// Content.
    pub octets: Vec<u8>,
}

impl Fichier {
    fn new(nom: impl Into<String>, octets: impl Into<Vec<u8>>) -> Self {
        Self { nom: nom.into(), octets: octets.into() }
    }
}

/// All files of one page: HTML, figures, JSON, CSV and spreadsheet.
pub fn rendre(rapport: &Rapport, page: Page) -> Result<Vec<Fichier>, Refus> {
    let rendu = html::page(rapport, page)?;
    let mut files = vec![Fichier::new(page.file(), rendu.html)];
    let images: Vec<Fichier> = rendu
        .figures
        .par_iter()
        .map(|figure| Ok(Fichier::new(figure.file(), figure.png()?)))
        .collect::<Result<_, Refus>>()?;
    files.extend(images);
    files.push(Fichier::new("resultats.json", json::resultats(rapport)?));
    if let (Page::Audit, Some(audit)) = (page, &rapport.audit) {
        files.push(Fichier::new("constats.csv", csv::constats(&audit.constats)?));
        files.push(Fichier::new("audit.xlsx", xlsx::audit(rapport, audit)?));
    }
    if let (Page::Preparation, Some(preparation)) = (page, &rapport.preparation) {
        files.push(Fichier::new("previsions.csv", csv::previsions(&preparation.previsions)?));
        if !preparation.atterrissages.is_empty() {
            let table = csv::atterrissage(&preparation.atterrissages)?;
            files.push(Fichier::new("atterrissage.csv", table));
            let table = csv::mouvements(&preparation.atterrissages)?;
            files.push(Fichier::new("mouvements_credits.csv", table));
        }
        if !preparation.propositions.is_empty() {
            let table = csv::proposition(&preparation.propositions)?;
            files.push(Fichier::new("proposition.csv", table));
        }
        if !preparation.comparaison.is_empty() {
            files.push(Fichier::new("scenarios.csv", csv::scenarios(&preparation.comparaison)?));
        }
        if !preparation.couts.is_empty() {
            files.push(Fichier::new("couts.csv", csv::couts(&preparation.couts)?));
        }
        files.push(Fichier::new("preparation.xlsx", xlsx::preparation(rapport, preparation)?));
    }
    Ok(files)
}
