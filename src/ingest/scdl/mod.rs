//! SCDL, the open-data schemas of local authorities: budget 0.8.3 and subventions 2.1.1, as [`Format`]s.
//!
//! **Invariant:** columns are found by their titles, whatever their order; a missing one is told, its
//! values are absent and never zero.

mod budget;
mod grants;

use std::fs::File;

use crate::domain::refus::Refus;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::grid::{Grid, has_all, titles_of};

/// SCDL budget.
#[derive(Debug, Clone, Copy)]
pub struct Scdl;

/// SCDL subventions.
#[derive(Debug, Clone, Copy)]
pub struct Subventions;

impl Format for Scdl {
    fn nom(&self) -> &'static str {
        "scdl"
    }
    fn titre(&self) -> &'static str {
        "budget en données ouvertes (SCDL) : BP, BS, DM, CA"
    }
    fn page(&self) -> &'static str {
        include_str!("scdl.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        has_all(&titles_of(source.head), &["BGT_NATURE", "BGT_CODRD"]).then(|| Reconnu {
            confiance: 98,
            raison: "colonnes BGT_NATURE et BGT_CODRD".to_owned(),
        })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let (frame, issues, sha256) = budget::read(Grid::<File>::open(s)?, c)?;
        let lu = |remarque| Lu { sha256: sha256.clone(), format: "scdl".to_owned(), remarque };
        let already = r.budget.documents.iter().find(|d| d.sha256 == sha256);
        if let Some(same) = already {
            return Ok(lu(format!("même contenu que {}, lu une seule fois", same.fichier)));
        }
        r.budget.append(frame);
        r.issues.extend(issues);
        Ok(lu(String::new()))
    }
}

impl Format for Subventions {
    fn nom(&self) -> &'static str {
        "subventions"
    }
    fn titre(&self) -> &'static str {
        "subventions accordées en données ouvertes (SCDL)"
    }
    fn page(&self) -> &'static str {
        include_str!("subventions.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        let titles = titles_of(source.head);
        has_all(&titles, &["nomBeneficiaire", "dateConvention", "montant"]).then(|| Reconnu {
            confiance: 95,
            raison: "colonnes nomBeneficiaire, dateConvention et montant".to_owned(),
        })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let (frame, issues) = grants::read(Grid::<File>::open(s)?, c)?;
        let sha256 = frame.lues.first().map(|l| l.sha256.clone()).unwrap_or_default();
        let lu =
            |remarque| Lu { sha256: sha256.clone(), format: "subventions".to_owned(), remarque };
        if let Some(same) = r.subventions.lues.iter().find(|l| l.sha256 == sha256) {
            return Ok(lu(format!("même contenu que {}, lu une seule fois", same.fichier)));
        }
        r.subventions.append(frame);
        r.issues.extend(issues);
        Ok(lu(String::new()))
    }
}
