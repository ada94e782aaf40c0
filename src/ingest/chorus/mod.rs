//! Chorus Pro: the pivot flow in XML given to finance software, and the lists of its API in JSON.
//!
//! **Invariant:** attachments are read past, never kept; an answer or a request without invoices is told,
//! not read as an empty ledger.

mod liste;
mod pivot;

use crate::domain::refus::Refus;
use crate::ingest::facture::Depot;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::xml;

/// `CPPFacturePivot`.
#[derive(Debug, Clone, Copy)]
pub struct Pivot;

/// Lists of the API.
#[derive(Debug, Clone, Copy)]
pub struct Liste;

impl Format for Pivot {
    fn nom(&self) -> &'static str {
        "chorus"
    }
    fn titre(&self) -> &'static str {
        "factures Chorus Pro, flux pivot en XML"
    }
    fn page(&self) -> &'static str {
        include_str!("chorus.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let root = xml::root(source.head)?;
        pivot::ROOTS
            .contains(&root.as_str())
            .then(|| Reconnu { confiance: 100, raison: format!("racine {root}") })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        Depot::fill(s, c, r, "chorus", |depot| pivot::read(s, c.progress, depot))
    }
}

impl Format for Liste {
    fn nom(&self) -> &'static str {
        "chorus-api"
    }
    fn titre(&self) -> &'static str {
        "listes de factures de l’API Chorus Pro, en JSON"
    }
    fn page(&self) -> &'static str {
        include_str!("chorus_api.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        liste::recognise(source.head)
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        if let Some(remarque) = liste::without_invoices(s.head) {
            let format = "chorus-api".to_owned();
            return Ok(Lu { format, remarque: remarque.to_owned(), ..Lu::default() });
        }
        Depot::fill(s, c, r, "chorus-api", |depot| liste::read(s, c.progress, depot))
    }
}
