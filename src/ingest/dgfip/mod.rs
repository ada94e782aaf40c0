//! Files of the DGFiP: balances comptables and comptes individuels des communes, as [`Format`]s.
//!
//! **Invariant:** a national file is streamed; only the rows of the commune asked for are kept.

mod balance;
mod comptes;
mod equilibre;
mod mouvement;

use std::fs::File;

use crate::domain::refus::Refus;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::grid::{Grid, has_all, titles_of};

/// Balances comptables.
#[derive(Debug, Clone, Copy)]
pub struct Balance;

/// Comptes individuels des communes.
#[derive(Debug, Clone, Copy)]
pub struct Comptes;

impl Format for Balance {
    fn nom(&self) -> &'static str {
        "balance"
    }
    fn titre(&self) -> &'static str {
        "balance comptable de la DGFiP : tous les comptes d'un exercice"
    }
    fn page(&self) -> &'static str {
        include_str!("balance.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        has_all(&titles_of(source.head), &["COMPTE", "OBNETDEB", "OBNETCRE"]).then(|| Reconnu {
            confiance: 97,
            raison: "colonnes COMPTE, OBNETDEB et OBNETCRE".to_owned(),
        })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let open = || Grid::<File>::open(s);
        let (frame, issues, sha256) = balance::read(&open, c)?;
        let lu = |remarque| Lu { sha256: sha256.clone(), format: "balance".to_owned(), remarque };
        if let Some(same) = r.budget.documents.iter().find(|d| d.sha256 == sha256) {
            return Ok(lu(format!("même contenu que {}, lu une seule fois", same.fichier)));
        }
        r.budget.append(frame);
        r.issues.extend(issues);
        Ok(lu(String::new()))
    }
}

impl Format for Comptes {
    fn nom(&self) -> &'static str {
        "comptes"
    }
    fn titre(&self) -> &'static str {
        "comptes individuels des communes (DGFiP), pour comparer"
    }
    fn page(&self) -> &'static str {
        include_str!("comptes.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let titles = titles_of(source.head);
        has_all(&titles, &["an", "dep", "icom", "prod", "charge"]).then(|| Reconnu {
            confiance: 95,
            raison: "colonnes an, dep, icom, prod et charge".to_owned(),
        })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let (frame, issues) = comptes::read(Grid::<File>::open(s)?, c)?;
        let sha256 = frame.lues.first().map(|l| l.sha256.clone()).unwrap_or_default();
        let lu = |remarque| Lu { sha256: sha256.clone(), format: "comptes".to_owned(), remarque };
        if let Some(same) = r.references.lues.iter().find(|l| l.sha256 == sha256) {
            return Ok(lu(format!("même contenu que {}, lu une seule fois", same.fichier)));
        }
        r.references.append(frame);
        r.issues.extend(issues);
        Ok(lu(String::new()))
    }
}
