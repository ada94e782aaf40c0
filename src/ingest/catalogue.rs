//! The cards of the formats: what `vigie formats` lists and shows.
//!
//! **Invariant:** every reader has a card, and a card has a reader.

use crate::ingest::format::FORMATS;

/// A format: name, title, page.
#[derive(Debug, Clone, Copy)]
pub struct Fiche {
    /// Word typed by the user, and `format` in `rapprochement.json`.
    pub nom: &'static str,
    /// Title, French.
    pub titre: &'static str,
    /// Page, Markdown.
    pub page: &'static str,
}

/// Every format, in the order of the list: those of `vigie lire`, the archives, then the series.
pub fn fiches() -> Vec<Fiche> {
    let read = FORMATS.iter().map(|f| Fiche { nom: f.nom(), titre: f.titre(), page: f.page() });
    let budget = Fiche {
        nom: "budget",
        titre: "état de consommation des crédits, en CSV, classeur ou Parquet",
        page: include_str!("mapped/etat/budget.md"),
    };
    let series = Fiche {
        nom: "series",
        titre: "séries unique_id,ds,y pour « vigie series »",
        page: include_str!("series.md"),
    };
    let archive = Fiche {
        nom: "archive",
        titre: "dossier compressé (.zip) : chacun de ses fichiers est lu",
        page: include_str!("archive.md"),
    };
    read.chain([budget, archive, series]).collect()
}
