//! A delimited file opened: its encoding and separator known, its records one by one. Every reader of
//! delimited ledgers goes through here, whether its columns are guessed, mapped or settled by its layout.
//!
//! **Invariant:** one record is in memory at a time; after a refusal the ledgers are as they were before.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::ledger_builder::LedgerBuilder;
use crate::frames::reconcile::EcrituresLues;
use crate::ingest::format::Source;
use crate::ingest::mapped::build::RowBuilder;
use crate::ingest::mapped::bytes::{BLOCK, Blocks};
use crate::ingest::mapped::mapping::{Mapping, encoding_name};
use crate::ingest::mapped::plan::Counts;
use crate::ingest::mapped::records::{Dialect, Found, Records};
use crate::ingest::mapped::{check_usable, percent_encoded};
use crate::ingest::sniff;

/// The head of a delimited file, in UTF-8, and what follows it.
#[derive(Debug)]
pub(super) struct Head<R> {
    pub(super) text: Vec<u8>,
    pub(super) encoding: &'static Encoding,
    blocks: Blocks<R>,
}

impl<R: Read> Head<R> {
    /// Reads the first bytes; the encoding is given or guessed.
    pub(super) fn read(input: R, nom: &str, mapping: Option<&Mapping>) -> Result<Self, Refus> {
        let mut blocks = Blocks::new(input, None, BLOCK);
        let head = blocks.head(BLOCK).map_err(|e| sniff::unreadable(nom, &e))?;
        if head.iter().all(u8::is_ascii_whitespace) {
            return Err(Refus::new(
                format!("« {nom} » est vide"),
                "refaire l’export, ou retirer ce fichier de la commande",
            ));
        }
        sniff::refuse_other_formats(&head, nom)?;
        let sniffed = sniff::encoding(&head);
        // A byte order mark is a fact, the mapping an opinion.
        let given = mapping.and_then(|m| m.encodage).filter(|_| sniffed.mark == 0);
        let encoding = given.unwrap_or(sniffed.encoding);
        let body = &head[sniffed.mark..];
        let text = if encoding == UTF_8 { body.to_vec() } else { blocks.transcode(encoding, body) };
        let text = sniff::without_mojibake(&text).to_vec();
        Ok(Self { text, encoding, blocks })
    }

    /// Its records, from byte `offset` of the head on.
    pub(super) fn records(self, offset: usize, dialect: Dialect) -> Delimited<R> {
        let Self { text, encoding, blocks } = self;
        let text = if offset > 0 { text[offset..].to_vec() } else { text };
        Delimited { records: Records::new(blocks, text, dialect), encoding }
    }
}

/// A delimited file being read.
#[derive(Debug)]
pub struct Delimited<R> {
    /// Its records.
    pub records: Records<R>,
    encoding: &'static Encoding,
}

/// What takes the records of a ledger, blank ones included: each of them, then the end.
pub(super) type TakeRecord<'t, R> =
    dyn FnMut(Found, &Records<R>, &mut RowBuilder<'_>, &mut LedgerBuilder) + 't;

/// Opens a file, or says why not; gives its size too.
pub(super) fn open(path: &Path, nom: &str) -> Result<(File, u64), Refus> {
    let failed = |e: io::Error| {
        if e.kind() == io::ErrorKind::NotFound {
            return Refus::new(
                format!("« {nom} » n’existe pas"),
                "vérifier le nom et le dossier, puis relancer",
            );
        }
        Refus::new(
            format!("« {nom} » ne peut pas être lu"),
            "vérifier les droits de lecture et fermer le fichier ailleurs",
        )
        .with_extrait(e.to_string())
    };
    let data = std::fs::metadata(path).map_err(failed)?;
    if data.is_dir() {
        return Err(Refus::new(
            format!("« {nom} » est un dossier, pas un fichier"),
            "donner le dossier à vigie lire, qui en lit les fichiers un par un",
        ));
    }
    Ok((File::open(path).map_err(failed)?, data.len()))
}

impl Delimited<File> {
    /// Opens a file; its encoding and separator are given or guessed.
    ///
    /// # Errors
    /// It cannot be read, or it is no text.
    pub fn open(
        s: &Source<'_>,
        mapping: Option<&Mapping>,
        separator: Option<u8>,
    ) -> Result<Self, Refus> {
        let head = Head::read(open(s.chemin, s.nom)?.0, s.nom, mapping)?;
        let separator = separator.or_else(|| mapping.and_then(|m| m.separateur));
        let dialect = sniff::dialect(&head.text, separator);
        Ok(head.records(0, dialect))
    }
}

impl<R: Read> Delimited<R> {
    /// Name of the encoding.
    pub fn encoding(&self) -> String {
        encoding_name(self.encoding)
    }

    /// Gives every record to `take`, as those of a new source of the ledger; `size` is that of the file.
    ///
    /// # Errors
    /// The reading was stopped, or no row could be kept; nothing stays in `out`.
    pub fn ledger(
        &mut self,
        (nom, size): (&str, u64),
        progress: &dyn Progress,
        out: &mut LedgerBuilder,
        rows: &mut RowBuilder<'_>,
        take: &mut TakeRecord<'_, R>,
    ) -> Result<(), Refus> {
        let before = out.len();
        out.source(&percent_encoded(nom));
        let outcome = self.push_all((nom, size), progress, out, rows, take);
        let outcome = outcome.and_then(|()| check_usable(nom, &rows.counts, &rows.issues, out));
        if outcome.is_err() {
            out.rollback(before);
        }
        outcome
    }

    fn push_all(
        &mut self,
        (nom, size): (&str, u64),
        progress: &dyn Progress,
        out: &mut LedgerBuilder,
        rows: &mut RowBuilder<'_>,
        take: &mut TakeRecord<'_, R>,
    ) -> Result<(), Refus> {
        let mut told = 0;
        loop {
            let found = self.records.advance().map_err(|e| sniff::unreadable(nom, &e))?;
            take(found, &self.records, rows, out);
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
            communes: counts.communes.clone(),
            controles: Vec::new(),
        }
    }
}
