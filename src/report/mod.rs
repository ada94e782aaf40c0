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
pub mod parquet;
pub mod retrospective;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod sample_landing;
#[cfg(test)]
mod sample_lecture;
#[cfg(test)]
mod sample_proposition;
#[cfg(test)]
mod sample_regards;
pub mod scdl;
pub mod xlsx;
mod xlsx_colonnes;
mod xlsx_proposition;
mod xlsx_regards;

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

/// A file to make, whatever its neighbours.
type Tache<'a> = Box<dyn Fn() -> Result<Fichier, Refus> + Send + Sync + 'a>;

/// All files of one page: HTML, figures, JSON, CSV, Parquet and spreadsheet, made side by side.
pub fn rendre(rapport: &Rapport, page: Page) -> Result<Vec<Fichier>, Refus> {
    let (rendu, others) = rayon::join(
        || html::page(rapport, page),
        || tables(rapport, page).par_iter().map(|t| t()).collect::<Result<Vec<_>, Refus>>(),
    );
    let rendu = rendu?;
    let images: Vec<Fichier> = rendu
        .figures
        .par_iter()
        .map(|figure| Ok(Fichier::new(figure.file(), figure.png()?)))
        .collect::<Result<_, Refus>>()?;
    let mut files = vec![Fichier::new(page.file(), rendu.html)];
    files.extend(images);
    files.extend(others?);
    Ok(files)
}

/// The files beside the page and its figures.
fn tables(rapport: &Rapport, page: Page) -> Vec<Tache<'_>> {
    fn one<'a>(
        name: &'static str,
        make: impl Fn() -> Result<Vec<u8>, Refus> + Send + Sync + 'a,
    ) -> Tache<'a> {
        Box::new(move || Ok(Fichier::new(name, make()?)))
    }
    let mut out = Vec::new();
    if let (Page::Audit, Some(audit)) = (page, &rapport.audit) {
        out.push(one("audit.xlsx", || xlsx::audit(rapport, audit)));
        out.push(one("constats.parquet", || parquet::constats(&audit.constats)));
        out.push(one("constats.csv", || csv::constats(&audit.constats)));
    }
    if let (Page::Preparation, Some(p)) = (page, &rapport.preparation) {
        out.push(one("preparation.xlsx", || xlsx::preparation(rapport, p)));
        out.push(one("previsions.parquet", || parquet::previsions(&p.previsions)));
        out.push(one("previsions.csv", || csv::previsions(&p.previsions)));
        if !p.atterrissages.is_empty() {
            out.push(one("atterrissage.csv", || csv::atterrissage(&p.atterrissages)));
            out.push(one("mouvements_credits.csv", || csv::mouvements(&p.atterrissages)));
        }
        if !p.propositions.is_empty() {
            out.push(one("proposition.csv", || csv::proposition(&p.propositions)));
        }
        if !p.comparaison.is_empty() {
            out.push(one("scenarios.csv", || csv::scenarios(&p.comparaison)));
        }
        if !p.couts.is_empty() {
            out.push(one("couts.csv", || csv::couts(&p.couts)));
        }
    }
    out.push(one("resultats.json", || json::resultats(rapport)));
    out
}
