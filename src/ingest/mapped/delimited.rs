//! A delimited file opened: its encoding and separator known, its records one by one. For the readers of
//! layouts whose columns need no guess.
//!
//! **Invariant:** one record is in memory at a time; after a refusal the ledgers are as they were before.

use std::fs::File;

use encoding_rs::{Encoding, UTF_8};

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::ledger_builder::LedgerBuilder;
use crate::frames::reconcile::EcrituresLues;
use crate::ingest::format::Source;
use crate::ingest::mapped::build::{Counts, RowBuilder};
use crate::ingest::mapped::bytes::{BLOCK, Blocks};
use crate::ingest::mapped::mapping::{Mapping, encoding_name};
use crate::ingest::mapped::records::{Found, Records};
use crate::ingest::mapped::{check_usable, percent_encoded};
use crate::ingest::sniff;

/// A delimited file being read.
#[derive(Debug)]
pub struct Delimited {
    /// Its records.
    pub records: Records<File>,
    encoding: &'static Encoding,
}

/// What takes the records of a ledger: each of them, then the end.
pub(super) type TakeRecord<'t> =
    dyn FnMut(Found, &Records<File>, &mut RowBuilder<'_>, &mut LedgerBuilder) + 't;

impl Delimited {
    /// Opens a file; its encoding and separator are given or guessed.
    ///
    /// # Errors
    /// It cannot be read, or it is no text.
    pub fn open(
        s: &Source<'_>,
        mapping: Option<&Mapping>,
        separator: Option<u8>,
    ) -> Result<Self, Refus> {
        let failed = |e: &std::io::Error| sniff::unreadable(s.nom, e);
        let input = File::open(s.chemin).map_err(|e| failed(&e))?;
        let mut blocks = Blocks::new(input, None, BLOCK);
        let head = blocks.head(BLOCK).map_err(|e| failed(&e))?;
        sniff::refuse_other_formats(&head, s.nom)?;
        let sniffed = sniff::encoding(&head);
        let given = mapping.and_then(|m| m.encodage).filter(|_| sniffed.mark == 0);
        let encoding = given.unwrap_or(sniffed.encoding);
        let body = &head[sniffed.mark..];
        let text = if encoding == UTF_8 { body.to_vec() } else { blocks.transcode(encoding, body) };
        let text = sniff::without_mojibake(&text).to_vec();
        let separator = separator.or_else(|| mapping.and_then(|m| m.separateur));
        let dialect = sniff::dialect(&text, separator);
        Ok(Self { records: Records::new(blocks, text, dialect), encoding })
    }

    /// Name of the encoding.
    pub fn encoding(&self) -> String {
        encoding_name(self.encoding)
    }

    /// Gives every record that is not blank to `take`, as those of a new source of the ledger.
    ///
    /// # Errors
    /// The reading was stopped, or no row could be kept; nothing stays in `out`.
    pub fn ledger(
        &mut self,
        s: &Source<'_>,
        progress: &dyn Progress,
        out: &mut LedgerBuilder,
        rows: &mut RowBuilder<'_>,
        take: &mut TakeRecord<'_>,
    ) -> Result<(), Refus> {
        let before = out.len();
        out.source(&percent_encoded(s.nom));
        let outcome = self.push_all(s, progress, out, rows, take);
        let outcome = outcome.and_then(|()| check_usable(s.nom, &rows.counts, &rows.issues, out));
        if outcome.is_err() {
            out.rollback(before);
        }
        outcome
    }

    fn push_all(
        &mut self,
        s: &Source<'_>,
        progress: &dyn Progress,
        out: &mut LedgerBuilder,
        rows: &mut RowBuilder<'_>,
        take: &mut TakeRecord<'_>,
    ) -> Result<(), Refus> {
        let size = std::fs::metadata(s.chemin).map_or(0, |m| m.len());
        let mut told = 0;
        loop {
            let found = self.records.advance().map_err(|e| sniff::unreadable(s.nom, &e))?;
            if found != Found::Blank {
                take(found, &self.records, rows, out);
            }
            if found == Found::End {
                return Ok(());
            }
            if self.records.bytes_read() > told + (4 << 20) {
                told = self.records.bytes_read();
                progress.tick("Lecture", told, size);
                if progress.cancelled() {
                    return Err(Refus::new("lecture interrompue", "relancer la commande"));
                }
            }
        }
    }

    /// The counts of a file read to its end.
    pub fn finish(self, nom: &str, format: &str, counts: &Counts) -> EcrituresLues {
        EcrituresLues {
            fichier: nom.to_owned(),
            format: format.to_owned(),
            siret: String::new(),
            encodage: self.encoding(),
            sha256: self.records.sha256(),
            lignes_lues: counts.read,
            lignes_retenues: counts.kept,
            lignes_ecartees: counts.aside,
            total: counts.total,
            total_ecarte: counts.total_aside,
            controles: Vec::new(),
        }
    }
}
