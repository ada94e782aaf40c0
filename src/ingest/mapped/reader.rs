//! Any delimited table as a [`Format`]: a ledger, streamed, or a budget.
//!
//! **Invariant:** it is the least sure of all readers: a format that says its own name comes first.

use std::path::Path;

use encoding_rs::UTF_8;

use crate::domain::refus::Refus;
use crate::ingest::format::{Consigne, Format, Lu, Recolte, Reconnu, Source};
use crate::ingest::mapped::build::CellRow;
use crate::ingest::mapped::delimited::Delimited;
use crate::ingest::mapped::etat;
use crate::ingest::mapped::grid::Grid;
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::header::SAMPLE;
use crate::ingest::mapped::kind::{self, Kind};
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::mapped::records::{Found, records_of};
use crate::ingest::sniff::{self, is_page, looks_like_xml};

/// A table in CSV.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

impl Format for Csv {
    fn nom(&self) -> &'static str {
        "csv"
    }
    fn titre(&self) -> &'static str {
        "table CSV : grand livre (mandats, titres, factures) ou état de consommation des crédits"
    }
    fn page(&self) -> &'static str {
        include_str!("csv.md")
    }
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu> {
        if looks_like_xml(source.head) && !is_page(source.head) {
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
        let kind = match c.correspondance {
            Some(_) if etat::is_budget(c.correspondance) => Kind::Budget,
            Some(_) => Kind::Ledger,
            None => kind_of(s)?,
        };
        if kind == Kind::Budget {
            return read_budget(s, c.correspondance, "csv", None, r);
        }
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

/// Ledger or budget, by the first bytes; what is no text at all is left to the ledger to refuse.
fn kind_of(s: &Source<'_>) -> Result<Kind, Refus> {
    if s.head.is_empty() || sniff::refuse_other_formats(s.head, s.nom).is_err() {
        return Ok(Kind::Ledger);
    }
    kind::choose(&first_records(s.head), s.nom).map(|c| c.kind)
}

/// The first records of a delimited text.
pub fn first_records(head: &[u8]) -> Vec<Cells> {
    let sniffed = sniff::encoding(head);
    let body = &head[sniffed.mark.min(head.len())..];
    let text = if sniffed.encoding == UTF_8 {
        body.to_vec()
    } else {
        sniffed.encoding.decode_without_bom_handling(body).0.into_owned().into_bytes()
    };
    let text = sniff::without_mojibake(&text);
    let dialect = sniff::dialect(text, None);
    let mut records = records_of(text, dialect, SAMPLE);
    if records.len() > 1 && records.len() < SAMPLE && !text.ends_with(b"\n") {
        // The last one may be cut by the end of the head.
        records.pop();
    }
    records
}

/// Reads a delimited file as a budget.
///
/// # Errors
/// It has no account or no amount, or it is too large for a budget.
pub fn read_budget(
    s: &Source<'_>,
    mapping: Option<&Mapping>,
    format: &'static str,
    nomenclature: Option<&str>,
    r: &mut Recolte,
) -> Result<Lu, Refus> {
    let Whole { grid, encoding, sha256, too_long } = whole(s, mapping)?;
    let file =
        etat::File { name: s.nom, format, encoding: &encoding, sha256: &sha256, nomenclature };
    // lines are skipped by the sheet reader
    let sheet = etat::read_sheet(&grid, &file, None, mapping)?;
    let (mut frame, issues) = etat::documents(vec![sheet], &file)?;
    if let Some(document) = frame.documents.first_mut() {
        document.lignes_lues += too_long;
        document.lignes_ecartees += too_long;
    }
    r.budget.append(frame);
    r.issues.extend(issues);
    if too_long > 0 {
        r.issues.push(etat::too_long(s.nom, too_long));
    }
    Ok(Lu { sha256, format: format.into(), remarque: String::new() })
}

/// A delimited file held in memory.
pub struct Whole {
    /// Its rows, blank ones included.
    pub grid: Grid,
    /// Name of its encoding.
    pub encoding: String,
    /// Hash of its bytes.
    pub sha256: String,
    /// Lines too long to be cut into cells.
    pub too_long: u64,
}

/// Reads a delimited file whole, under the limit of a budget.
///
/// # Errors
/// It is no text, or too large.
pub fn whole(s: &Source<'_>, mapping: Option<&Mapping>) -> Result<Whole, Refus> {
    let failed = |e: &std::io::Error| sniff::unreadable(s.nom, e);
    let mut file = Delimited::open(s, mapping, None)?;
    let encoding = file.encoding();
    let records = &mut file.records;
    let (mut grid, mut too_long) = (Grid::default(), 0);
    loop {
        match records.advance().map_err(|e| failed(&e))? {
            Found::End => break,
            Found::TooLong => too_long += 1,
            Found::Blank => grid.end_row(),
            Found::Record => {
                (0..records.width()).for_each(|i| grid.cell(records.cell(i)));
                grid.end_row();
            }
        }
        if grid.size() > etat::MOST_BYTES {
            return Err(Refus::new(
                format!("« {} » est trop grand pour un état budgétaire (plus de 256 Mio)", s.nom),
                "donner l’état d’une seule commune, ou dire avec --correspondance que ce sont des écritures",
            ));
        }
    }
    Ok(Whole { grid, encoding, sha256: file.records.sha256(), too_long })
}

/// The mapping of a delimited file, as the likelier of a ledger and a budget (`--deviner`).
///
/// # Errors
/// The file is no table.
pub fn deviner(s: &Source<'_>) -> Result<String, Refus> {
    if s.head.is_empty() || sniff::refuse_other_formats(s.head, s.nom).is_err() {
        return super::deviner(s.chemin, s.nom);
    }
    let first = first_records(s.head);
    let choice = kind::weigh(&first);
    let text = match choice.kind {
        Kind::Budget => etat::proposed(&first, s.nom).map(|(m, reasons)| m.to_toml(&reasons)),
        Kind::Ledger => super::deviner(s.chemin, s.nom),
    }?;
    Ok(format!("# Genre choisi pour : {}.\n{text}", choice.reason))
}
