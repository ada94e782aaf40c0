//! A Parquet file as a table: ledger or budget, row group after row group.
//!
//! **Invariant:** memory is that of one slice of rows; amounts and dates are written as in a sheet.

use std::path::Path;

use crate::domain::refus::Refus;
use crate::frames::issue::{Issue, Severity};
use crate::frames::parquet_rows::{Cell, Rows};
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::mapped::bytes::hash_of;
use crate::ingest::mapped::etat;
use crate::ingest::mapped::grid::{BATCH_ROWS, Batches, Grid, Next, Take, sample, whole};
use crate::ingest::mapped::header::{SAMPLE, shown};
use crate::ingest::mapped::kind::{self, Kind};
use crate::ingest::mapped::{percent_encoded, sheet};

/// A Parquet file.
#[derive(Debug, Clone, Copy)]
pub struct Parquet;

/// Its rows, the names of the columns first.
pub(super) struct Table<'a> {
    path: &'a Path,
    name: &'a str,
}

impl<'a> Table<'a> {
    pub(super) fn new(path: &'a Path, name: &'a str) -> Self {
        Self { path, name }
    }
}

impl Batches for Table<'_> {
    fn each(&self, take: &mut Take<'_>) -> Result<(), Refus> {
        let failed = |e: std::io::Error| unreadable(self.name, &e);
        let mut rows = Rows::open(self.path).map_err(failed)?;
        let mut grid = Grid::default();
        rows.names().iter().for_each(|n| grid.cell(n.as_bytes()));
        grid.end_row();
        loop {
            if take(&grid)? == Next::Stop {
                return Ok(());
            }
            grid.clear();
            let more = rows
                .next(BATCH_ROWS, &mut |cells| {
                    for cell in cells {
                        match cell {
                            Cell::Empty => grid.cell(b""),
                            Cell::Text(text) => grid.cell(text.as_bytes()),
                            Cell::Number(value) => {
                                grid.cell(super::cell::number(*value).as_bytes());
                            }
                        }
                    }
                    grid.end_row();
                })
                .map_err(failed)?;
            if !more {
                return Ok(());
            }
        }
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Refus {
    let text = error.to_string();
    if error.kind() == std::io::ErrorKind::Unsupported {
        return Refus::new(
            format!(
                "« {name} » : aucune colonne lisible (« {text} » contient des listes ou un type composé)"
            ),
            "l’enregistrer en colonnes simples, ou en CSV",
        );
    }
    Refus::new(
        format!("« {name} » est un fichier Parquet abîmé ou incomplet"),
        "le télécharger ou l’écrire de nouveau, ou donner le CSV dont il provient",
    )
}

impl Format for Parquet {
    fn nom(&self) -> &'static str {
        "parquet"
    }
    fn titre(&self) -> &'static str {
        "table Parquet : grand livre ou état de consommation des crédits"
    }
    fn page(&self) -> &'static str {
        include_str!("parquet.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        source
            .head
            .starts_with(b"PAR1")
            .then(|| Reconnu { confiance: 90, raison: "marque PAR1 au début du fichier".into() })
    }
    fn read(&self, s: &Source<'_>, c: &Consigne<'_>, r: &mut Recolte) -> Result<Lu, Refus> {
        let sha256 = hash_of(s.chemin).map_err(|e| crate::ingest::sniff::unreadable(s.nom, &e))?;
        let rows = Table::new(s.chemin, s.nom);
        let mapping = c.correspondance;
        let left = Rows::open(s.chemin).map_err(|e| unreadable(s.nom, &e))?.left().to_vec();
        if !left.is_empty() {
            r.issues.push(Issue {
                severity: Severity::Attention,
                fichier: s.nom.to_owned(),
                enregistrement: 0,
                colonne: left[0].clone(),
                valeur: String::new(),
                raison: format!(
                    "colonnes de listes ou d’un type sans cellules, laissées : {}",
                    shown(&left, 10)
                ),
                a_faire: "les enregistrer en texte ou en nombres si elles sont utiles".to_owned(),
            });
        }
        let kind = match mapping {
            Some(_) if etat::is_budget(mapping) => Kind::Budget,
            Some(_) => Kind::Ledger,
            None => kind::choose(&sample(&rows, SAMPLE)?, s.nom)?.kind,
        };
        if kind == Kind::Budget {
            let grid = whole(&rows, etat::MOST_BYTES)?.ok_or_else(|| super::too_large(s.nom))?;
            let file = etat::File {
                name: s.nom,
                format: "parquet",
                encoding: "",
                sha256: &sha256,
                nomenclature: None,
            };
            let sheet = etat::read_sheet(&grid, &file, None, mapping)?;
            let (frame, issues) = etat::documents(vec![sheet], &file)?;
            r.budget.append(frame);
            r.issues.extend(issues);
        } else {
            let path = percent_encoded(s.nom);
            let table =
                sheet::Table { name: s.nom, path: &path, format: "parquet", sha256: &sha256 };
            let read = sheet::read(&rows, &table, mapping, &mut r.ledgers, c.progress)?;
            r.ecritures.push(read.lues);
            r.issues.extend(read.issues);
        }
        Ok(Lu { sha256, format: "parquet".into(), remarque: String::new() })
    }
}
