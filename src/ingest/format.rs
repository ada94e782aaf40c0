//! The contract of a reader: what it is given, what it says of a file, where it puts what it read.
//!
//! ```text
//!  Source ─► sniff (each format says how sure it is, and why) ─► the surest ─► read ─► Recolte
//! ```
//!
//! Adding a format: one file or folder, `impl Format`, one line in [`FORMATS`], one page, one folder of
//! cases.
//!
//! **Invariant:** `Err` means "this is not that file"; after an `Err` the [`Recolte`] is as it was before.

use std::path::Path;

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;
use crate::frames::contract::ContractFrame;
use crate::frames::issue::Issue;
use crate::frames::ledger_builder::LedgerBuilder;
use crate::frames::reconcile::EcrituresLues;
use crate::frames::reference::ReferenceFrame;
use crate::frames::retour::RetourFrame;
use crate::frames::subvention::SubventionFrame;
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::{
    chorus, decp, dgfip, editflux, emagnus, facturx, fec, mapped, ofgl, pes, scdl, tableur, totem,
    ubl,
};

/// Bytes of a file shown to [`Format::sniff`].
pub const HEAD: usize = 64 << 10;

/// A file to recognise and read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Shown to the user: path relative to the argument, `/` between folders.
    pub nom: &'a str,
    /// Where it is.
    pub chemin: &'a Path,
    /// Its first bytes, at most [`HEAD`].
    pub head: &'a [u8],
    /// Named on the command line, not found in a folder: a table reader then tries any extension.
    pub nomme: bool,
}

/// How sure a reader is of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconnu {
    /// 1 to 100; 100 = the format says its own name, 50 = plausible, 10 = nothing speaks against it.
    pub confiance: u8,
    /// Why, French, without final point.
    pub raison: String,
}

/// What the run asks of every reader.
#[derive(Clone, Copy)]
pub struct Consigne<'a> {
    /// Mapping of the columns of a table, when given.
    pub correspondance: Option<&'a Mapping>,
    /// Keep one commune (`--siren`): national files are filtered while they stream.
    pub siren: Option<&'a str>,
    /// Gap of a balance accepted, centimes (`--tolerer-ecart`).
    pub tolerance: i64,
    /// Advance and interruption.
    pub progress: &'a dyn Progress,
}

impl<'a> Consigne<'a> {
    /// Nothing asked.
    pub fn plain(progress: &'a dyn Progress) -> Self {
        Self { correspondance: None, siren: None, tolerance: 0, progress }
    }
}

/// What readers fill, file after file in the order of their names.
///
/// `ecritures` has one entry per ledger source opened in `ledgers`, in the same order.
#[derive(Debug, Default)]
pub struct Recolte {
    /// Ledger rows of all the sources.
    pub ledgers: LedgerBuilder,
    /// Counts of each ledger source.
    pub ecritures: Vec<EcrituresLues>,
    /// Budget documents and their lines.
    pub budget: BudgetFrame,
    /// Contracts.
    pub contrats: ContractFrame,
    /// Figures published about communes, to compare with.
    pub references: ReferenceFrame,
    /// Grants given.
    pub subventions: SubventionFrame,
    /// Dates of pieces already sent.
    pub retours: RetourFrame,
    /// Doubtful rows and files.
    pub issues: Vec<Issue>,
}

/// What reading one file gave, beside what it put in the [`Recolte`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lu {
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Word of `format` in `rapprochement.json`.
    pub format: String,
    /// Why the file was not read after all (already read, to the byte); empty when it was read.
    pub remarque: String,
}

/// A reader.
pub trait Format: Sync {
    /// Word typed by the user after `vigie formats`, and `format` in `rapprochement.json`.
    fn nom(&self) -> &'static str;
    /// Title, French.
    fn titre(&self) -> &'static str;
    /// Page, Markdown.
    fn page(&self) -> &'static str;
    /// How sure this reader is that the file is for it; `None` when it is not.
    fn sniff(&self, source: &Source<'_>) -> Option<Reconnu>;
    /// Reads the file into `recolte`.
    ///
    /// # Errors
    /// The file is not what it claims; nothing was added to `recolte`.
    fn read(
        &self,
        source: &Source<'_>,
        consigne: &Consigne<'_>,
        recolte: &mut Recolte,
    ) -> Result<Lu, Refus>;
}

/// Every reader of `vigie lire`, in the order of `vigie formats`; a tie is won by the first.
pub static FORMATS: &[&dyn Format] = &[
    &totem::Totem,
    &totem::Cfu,
    &scdl::Scdl,
    &scdl::Subventions,
    &dgfip::Balance,
    &dgfip::Comptes,
    &ofgl::Ofgl,
    &pes::Pes,
    &pes::PesRetour,
    &chorus::Pivot,
    &chorus::Liste,
    &facturx::FacturX,
    &facturx::Cii,
    &ubl::Ubl,
    &decp::Decp,
    &decp::DecpXml,
    &tableur::Tableur,
    &tableur::Parquet,
    &editflux::EditFlux,
    &emagnus::Emagnus,
    &fec::Fec,
    &mapped::Csv,
];

/// The surest reader of a file with its reason, or `None` when no reader wants it.
pub fn recognise(source: &Source<'_>) -> Option<(&'static dyn Format, Reconnu)> {
    let mut best: Option<(&'static dyn Format, Reconnu)> = None;
    for format in FORMATS {
        let Some(found) = format.sniff(source) else { continue };
        if best.as_ref().is_none_or(|(_, b)| found.confiance > b.confiance) {
            best = Some((*format, found));
        }
    }
    best
}
