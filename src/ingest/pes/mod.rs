//! PES V2 (Hélios): mandats, titres and contracts of a PES Aller, dates of a PES Retour, acknowledgements.
//!
//! ```text
//!  PES_Aller ─► dépense, recette: one ledger row a LigneDePiece ─► LedgerBuilder, bordereau totals checked
//!            └► marché: one contract a buyer ─► ContractFrame
//!  PES_Retour ─► one row a piece ─► RetourFrame        PES_ACQUIT ─► what Hélios refused, as issues
//! ```
//!
//! Signatures and attachments are passed over without being kept.
//!
//! **Invariant:** every `LigneDePiece` is a row kept or set aside; amounts of cancellations are negative.

mod aller;
mod controle;
mod marche;
mod retour;
mod texts;

#[cfg(test)]
mod tests;

use crate::domain::refus::Refus;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::xml;

/// `PES_Aller`.
#[derive(Debug, Clone, Copy)]
pub struct Pes;

/// `PES_Retour` and `PES_ACQUIT`.
#[derive(Debug, Clone, Copy)]
pub struct PesRetour;

impl Format for Pes {
    fn nom(&self) -> &'static str {
        "pes"
    }
    fn titre(&self) -> &'static str {
        "PES Aller d’Hélios : mandats, titres, marchés"
    }
    fn page(&self) -> &'static str {
        include_str!("pes.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        match xml::root(source.head)?.as_str() {
            "PES_Aller" => Some(by_root(source, "PES_Aller")),
            // a piece cut out of a PES: refused by what it is
            "Bordereau" if contains(source.head, "BlocBordereau") => {
                Some(Reconnu { confiance: 60, raison: "racine Bordereau, morceau de PES".into() })
            }
            _ => None,
        }
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        aller::read(s, c, r)
    }
}

impl Format for PesRetour {
    fn nom(&self) -> &'static str {
        "pes_retour"
    }
    fn titre(&self) -> &'static str {
        "PES Retour et acquittements d’Hélios : dates et rejets"
    }
    fn page(&self) -> &'static str {
        include_str!("pes_retour.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let root = xml::root(source.head)?;
        matches!(root.as_str(), "PES_Retour" | "PES_ACQUIT").then(|| by_root(source, &root))
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        retour::read(s, c, r)
    }
}

fn by_root(source: &Source<'_>, root: &str) -> Reconnu {
    if contains(source.head, "cp/helios/pes_v2") {
        Reconnu { confiance: 100, raison: format!("racine {root} et son espace de noms") }
    } else {
        Reconnu { confiance: 80, raison: format!("racine {root}") }
    }
}

/// True when a head holds some ASCII letters, in one or two bytes each.
fn contains(head: &[u8], needle: &str) -> bool {
    let wide: Vec<u8> = needle.bytes().flat_map(|b| [0, b]).skip(1).collect();
    [needle.as_bytes(), &wide].iter().any(|n| memchr::memmem::find(head, n).is_some())
}
