//! `vigie exporter`: the documents read, as open data (SCDL) or as canonical tables.
//!
//! **Invariant:** what is exported is what was read, to the centime; a document that cannot be exported is
//! told, never left out silently.

use std::collections::BTreeMap;

use serde_json::json;

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::report::scdl::{self, Remplissage};
use crate::report::{self, fr};

use super::Bilan;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::lire::{self, Tables};
use super::livraison::{self, Livraison};
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
}

impl Genre {
    fn word(self) -> &'static str {
        match self {
            Self::Scdl { .. } => "scdl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
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
    let lecture = Lecture::read(entrees, progress)?;
    let sortie = config.sortie(&format!("exporter-{}-{}", genre.word(), lecture.last_year()))?;
    progress.tick("Écriture", 0, 0);
    let livraison = Livraison::new(config, &lecture, &sortie);
    let written = match genre {
        Genre::Scdl { complet } => open_data(&livraison, &lecture, complet)?,
        Genre::Csv => lire::tables(&lecture, &sortie, Tables { parquet: false, csv: true })?,
        Genre::Parquet => lire::tables(&lecture, &sortie, Tables { parquet: true, csv: false })?,
    };
    livraison.finish(&lecture)?;
    let bilan = summary(&lecture, genre, &sortie, &written);
    sortie.commit()?;
    Ok(bilan)
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
        ],
        json: json!({"schema": report::SCHEMA, "commande": "exporter", "genre": genre.word(),
            "sortie": folder, "fichiers": written}),
        avertissements: lecture.avertissements(),
        lignes_douteuses: lecture.lignes_ecartees(),
        ..Bilan::default()
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
