//! `vigie exporter`: the documents read, as open data (SCDL) or as canonical tables; the results, as
//! spreadsheets, figures or a notebook.
//!
//! **Invariant:** what is exported is what was read, to the centime; a document that cannot be exported is
//! told, never left out silently.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::ledger::Ledger;
use crate::report::scdl::{self, Remplissage};
use crate::report::{self, Page, fr};

use super::Bilan;
use super::audit::{self, Selection};
use super::communes;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::lire::{self, Tables};
use super::livraison::{self, Livraison};
use super::preparation::{self, Choix};
use super::scan::{Scan, scan};
use super::seuils::Seuils;
use super::sortie::Sortie;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genre {
    /// One SCDL budget 0.8.3 file per document.
    Scdl {
        /// Chapitre and section from the chart when the document does not write them.
        complet: bool,
    },
    /// Canonical tables, `;` and decimal comma.
    Csv,
    /// Canonical tables, Parquet.
    Parquet,
    /// The spreadsheets of the reports.
    Xlsx,
    /// The figures of the reports.
    Png,
    /// A notebook and the tables it reads.
    Notebook,
}

impl Genre {
    fn word(self) -> &'static str {
        match self {
            Self::Scdl { .. } => "scdl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
            Self::Png => "png",
            Self::Notebook => "notebook",
        }
    }
}

/// `vigie exporter`.
///
/// # Errors
/// An input that cannot be read, nothing to export, or a result that cannot be written.
pub fn run(
    config: &Config,
    entrees: &Entrees,
    genre: Genre,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    let name = format!("exporter-{}", genre.word());
    communes::each(config, entrees, &name, progress, &|config, lecture| {
        export(config, lecture, genre, progress)
    })
}

fn export(
    config: &Config,
    mut lecture: Lecture,
    genre: Genre,
    progress: &dyn Progress,
) -> Result<Bilan, Refus> {
    let results = matches!(genre, Genre::Xlsx | Genre::Png | Genre::Notebook);
    let found = if results { findings(&lecture, config, progress)? } else { None };
    lecture.masquer(config);
    let mut config = config.clone();
    if genre == Genre::Notebook {
        let folder = format!("notebooks-export/carnet-{}", lecture.last_year());
        config.sortie.get_or_insert_with(|| folder.into());
    }
    let config = &config;
    let sortie = config.sortie(&format!("exporter-{}-{}", genre.word(), lecture.last_year()))?;
    let mut livraison = Livraison::new(config, &lecture, &sortie);
    if results {
        fill(&mut livraison, &lecture, found.as_ref(), (config, progress))?;
    }
    progress.tick("Écriture", 0, 0);
    let written = match genre {
        Genre::Scdl { complet } => open_data(&livraison, &lecture, complet)?,
        Genre::Csv => lire::tables(&lecture, &sortie, Tables { parquet: false, csv: true })?,
        Genre::Parquet => lire::tables(&lecture, &sortie, Tables { parquet: true, csv: false })?,
        Genre::Xlsx => spreadsheets(&livraison)?,
        Genre::Png => figures(&livraison)?,
        Genre::Notebook => carnet(&livraison, &lecture)?,
    };
    livraison.finish(&lecture)?;
    let bilan = summary(&lecture, genre, &sortie, &written);
    sortie.deliver(bilan)
}

/// What the controls find, before persons are masked; nothing without a ledger.
fn findings(
    lecture: &Lecture,
    config: &Config,
    progress: &dyn Progress,
) -> Result<Option<(Scan, Selection, Seuils)>, Refus> {
    if lecture.ledger.as_ref().is_none_or(Ledger::is_empty) {
        return Ok(None);
    }
    let all = Selection::parse(None, None)?;
    let seuils = Seuils::resolve(config)?;
    Ok(Some((scan(lecture, &all, &seuils, progress)?, all, seuils)))
}

/// Fills the parts of the report that the files allow.
fn fill(
    livraison: &mut Livraison<'_>,
    lecture: &Lecture,
    found: Option<&(Scan, Selection, Seuils)>,
    (config, progress): (&Config, &dyn Progress),
) -> Result<(), Refus> {
    if lecture.budget.documents.iter().any(|d| d.etape.is_executed()) {
        let choix = Choix { horizon: 3, ..Choix::default() };
        livraison.rapport.preparation =
            Some(preparation::object(config, lecture, &choix, progress)?.1);
    }
    if let Some((found, all, seuils)) = found {
        livraison.rapport.audit = Some(audit::build(lecture, found, all, seuils)?);
    }
    if livraison.rapport.preparation.is_none() && livraison.rapport.audit.is_none() {
        return Err(Refus::new(
            "rien à exporter : ni comptes exécutés, ni grand livre",
            "ajouter des comptes administratifs, ou un export des mandats",
        ));
    }
    Ok(())
}

/// `preparation.xlsx` and `audit.xlsx`.
fn spreadsheets(livraison: &Livraison<'_>) -> Result<Vec<String>, Refus> {
    let rapport = &livraison.rapport;
    let mut out = Vec::new();
    if let Some(p) = &rapport.preparation {
        livraison.write("preparation.xlsx", &report::xlsx::preparation(rapport, p)?)?;
        out.push("preparation.xlsx".to_owned());
    }
    if let Some(a) = &rapport.audit {
        livraison.write("audit.xlsx", &report::xlsx::audit(rapport, a)?)?;
        out.push("audit.xlsx".to_owned());
    }
    Ok(out)
}

/// The figures of the pages, in a folder a page.
fn figures(livraison: &Livraison<'_>) -> Result<Vec<String>, Refus> {
    let rapport = &livraison.rapport;
    let mut out = Vec::new();
    let pages = [
        (Page::Preparation, "preparation", rapport.preparation.is_some()),
        (Page::Audit, "audit", rapport.audit.is_some()),
    ];
    for (page, folder, _) in pages.into_iter().filter(|p| p.2) {
        for figure in report::html::page(rapport, page)?.figures {
            let name = format!("{folder}/{}", figure.file().trim_start_matches("figures/"));
            livraison.write(&name, &figure.png()?)?;
            out.push(name);
        }
    }
    Ok(out)
}

/// `analyse.ipynb` and the tables beside it.
fn carnet(livraison: &Livraison<'_>, lecture: &Lecture) -> Result<Vec<String>, Refus> {
    let rapport = &livraison.rapport;
    let both = Tables { parquet: true, csv: true };
    let mut out = lire::tables(lecture, livraison.sortie, both)?;
    let mut put = |name: &str, bytes: &[u8]| {
        out.push(name.to_owned());
        livraison.write(name, bytes)
    };
    if let Some(p) = &rapport.preparation {
        put("previsions.csv", &report::csv::previsions(&p.previsions)?)?;
    }
    if let Some(a) = &rapport.audit {
        put("constats.csv", &report::csv::constats(&a.constats)?)?;
    }
    put("analyse.ipynb", &report::notebook::notebook(rapport))?;
    Ok(out)
}

/// One SCDL file per document.
fn open_data(
    livraison: &Livraison<'_>,
    lecture: &Lecture,
    complet: bool,
) -> Result<Vec<String>, Refus> {
    let frame = lecture.need_budget()?;
    let remplissage = if complet { Remplissage::Complet } else { Remplissage::CommeEcrit };
    let names = names(frame.documents.iter().map(|d| d.fichier.as_str()));
    for (i, name) in names.iter().enumerate() {
        livraison.write(name, scdl::to_csv(frame, i, remplissage).as_bytes())?;
    }
    Ok(names)
}

/// Names of the files: those of the sources, numbered when one source holds several documents.
fn names<'a>(sources: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for source in sources {
        let path = source.replace(['/', '\\', '!'], "-");
        let stem = path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem);
        let stem = if stem.is_empty() || stem == "-" { "document" } else { stem };
        // names that differ by their case alone are one file on some systems
        let times = seen.entry(stem.to_lowercase()).or_default();
        *times += 1;
        out.push(match *times {
            1 => format!("{stem}.scdl.csv"),
            n => format!("{stem}.{n}.scdl.csv"),
        });
    }
    out
}

fn summary(lecture: &Lecture, genre: Genre, sortie: &Sortie, written: &[String]) -> Bilan {
    let folder = sortie.nom().display().to_string();
    let files = fr::compte(written.len() as u64, "fichier", "fichiers");
    Bilan {
        lignes: vec![
            ("Lu", livraison::read_line(lecture)),
            ("Écrit", format!("{files} dans {folder}")),
            ("Suite", next(genre, &folder)),
        ],
        json: json!({"schema": report::SCHEMA, "commande": "exporter", "genre": genre.word(),
            "sortie": folder, "fichiers": written}),
        avertissements: lecture.avertissements(),
        lignes_douteuses: lecture.lignes_ecartees(),
        ..Bilan::default()
    }
}

/// What to do with what was written.
fn next(genre: Genre, folder: &str) -> String {
    match genre {
        Genre::Scdl { .. } => "déposer ces fichiers sur le portail de données ouvertes".to_owned(),
        Genre::Csv | Genre::Parquet => {
            format!("vigie exporter notebook, pour les mêmes tables et un carnet (ici : {folder})")
        }
        Genre::Xlsx => {
            "ouvrir les classeurs ; les décisions se reprennent par vigie revue importer".to_owned()
        }
        Genre::Png => "coller les images dans un diaporama".to_owned(),
        Genre::Notebook => format!("jupyter lab {folder}/analyse.ipynb"),
    }
}

#[cfg(test)]
mod tests {
    use super::names;
    #[test]
    fn two_documents_never_share_a_file() {
        let names = names(["a/CA.xml", "a/CA.xml", "a-ca.csv", "-"].into_iter());
        let expected = ["a-CA.scdl.csv", "a-CA.2.scdl.csv", "a-ca.3.scdl.csv", "document.scdl.csv"];
        assert_eq!(names, expected);
    }
}
