//! Any delimited table as a ledger, as a [`Format`].
//!
//! **Invariant:** it is the least sure of all readers: a format that says its own name comes first.

use std::path::Path;

use crate::domain::refus::Refus;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::sniff::looks_like_xml;

/// A ledger in CSV.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

impl Format for Csv {
    fn nom(&self) -> &'static str {
        "csv"
    }
    fn titre(&self) -> &'static str {
        "grand livre en CSV : mandats, titres, factures"
    }
    fn page(&self) -> &'static str {
        include_str!("csv.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        if looks_like_xml(source.head) {
            return None;
        }
        let extension =
            Path::new(source.nom).extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some(e @ ("csv" | "tsv" | "txt")) => {
                Some(Reconnu { confiance: 20, raison: format!("extension .{e}") })
            }
            // What the user names is tried, and the refusal says what it is instead.
            _ if source.nomme => {
                Some(Reconnu { confiance: 5, raison: "fichier nommé, sans autre lecteur".into() })
            }
            _ => None,
        }
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let read = super::read(s.chemin, s.nom, c.correspondance, &mut r.ledgers, c.progress)?;
        let lu = Lu {
            sha256: read.lues.sha256.clone(),
            format: read.lues.format.clone(),
            remarque: String::new(),
        };
        r.ecritures.push(read.lues);
        r.issues.extend(read.issues);
        Ok(lu)
    }
}
