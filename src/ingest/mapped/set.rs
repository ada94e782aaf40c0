//! Several files to one ledger.
//!
//! Takes any number of delimited files, gives one [`Ledger`], what each file gave and what was refused.
//!
//! **Invariant:** files are read in the order of their names, so that the order in which they were given
//! changes nothing.

use std::path::PathBuf;

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::ledger::Ledger;
use crate::frames::ledger_builder::LedgerBuilder;
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::mapped::{Lecture, read};

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Name shown, relative to the argument given.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// A ledger and the story of its reading.
#[derive(Debug, Default)]
pub struct LedgerRead {
    /// Rows of all the files.
    pub ledger: Ledger,
    /// What each file read gave, in the order of names.
    pub lectures: Vec<Lecture>,
    /// Files refused, in the order of names.
    pub refused: Vec<Refus>,
}

/// Reads files into one ledger.
pub fn read_set(
    files: &[Source],
    mapping: Option<&Mapping>,
    progress: &dyn Progress,
) -> LedgerRead {
    let mut files = files.to_vec();
    files.sort();
    let mut builder = LedgerBuilder::default();
    let mut out = LedgerRead::default();
    for file in &files {
        match read(&file.path, &file.name, mapping, &mut builder, progress) {
            Ok(lecture) => out.lectures.push(lecture),
            Err(refus) => out.refused.push(refus),
        }
    }
    out.ledger = builder.finish();
    out
}
