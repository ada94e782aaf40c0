//! A table in batches (sheet, Parquet) as a ledger: the same layout, guesses and row builder as CSV.
//!
//! Takes [`Batches`] and the identity of the table, pushes its rows to a `LedgerBuilder`, gives a
//! [`Lecture`].
//!
//! **Invariant:** records read = kept + set aside; after a refusal the builder is as it was before.

use crate::domain::calendar::DateOrder;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::ledger_builder::LedgerBuilder;
use crate::frames::reconcile::EcrituresLues;
use crate::ingest::mapped::Lecture;
use crate::ingest::mapped::build::RowBuilder;
use crate::ingest::mapped::grid::{Batches, Next, sample};
use crate::ingest::mapped::header::{Layout, SAMPLE, resolve_records};
use crate::ingest::mapped::mapping::Mapping;

/// What identifies a table.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// Shown to the user: `classeur.xlsx!Feuille`.
    pub name: &'a str,
    /// `chemin` of `chemin#n`, percent-encoded.
    pub path: &'a str,
    /// Word of the format.
    pub format: &'a str,
    /// Hash of the bytes of the file.
    pub sha256: &'a str,
}

/// The layout of a table as a ledger.
///
/// # Errors
/// It has no amount or no date.
pub fn layout(rows: &dyn Batches, name: &str, mapping: Option<&Mapping>) -> Result<Layout, Refus> {
    let mut records = sample(rows, SAMPLE + mapping.and_then(|m| m.saut).unwrap_or(0))?;
    let skipped = mapping.and_then(|m| m.saut).unwrap_or(0).min(records.len());
    records.drain(..skipped);
    let mut layout = resolve_records(records, None, name, mapping)?;
    layout.before_data += skipped;
    Ok(layout)
}

/// Reads a table as a ledger; a second time only when a late date shows that day and month were guessed
/// the wrong way round.
///
/// # Errors
/// The table is no ledger; nothing was added to `builder`.
pub fn read(
    rows: &dyn Batches,
    table: &Table<'_>,
    mapping: Option<&Mapping>,
    builder: &mut LedgerBuilder,
    progress: &dyn Progress,
) -> Result<Lecture, Refus> {
    let mut layout = layout(rows, table.name, mapping)?;
    let before = builder.len();
    let (lecture, again) = attempt(rows, table, &layout, builder, progress)?;
    let Some(order) = again else { return Ok(lecture) };
    builder.rollback(before);
    layout.impose(order);
    Ok(attempt(rows, table, &layout, builder, progress)?.0)
}

fn attempt(
    rows: &dyn Batches,
    table: &Table<'_>,
    layout: &Layout,
    builder: &mut LedgerBuilder,
    progress: &dyn Progress,
) -> Result<(Lecture, Option<DateOrder>), Refus> {
    let before = builder.len();
    builder.source(table.path);
    let outcome = push_all(rows, table, layout, builder, progress);
    if outcome.is_err() {
        builder.rollback(before);
    }
    outcome
}

fn push_all(
    rows: &dyn Batches,
    table: &Table<'_>,
    layout: &Layout,
    builder: &mut LedgerBuilder,
    progress: &dyn Progress,
) -> Result<(Lecture, Option<DateOrder>), Refus> {
    let mut built = RowBuilder::new(&layout.plan, table.name);
    let mut skip = layout.before_data;
    rows.each(&mut |grid| {
        for row in grid.iter() {
            if skip > 0 {
                skip -= 1;
            } else if !row.is_blank() {
                built.record(&row, builder);
            }
        }
        if progress.cancelled() {
            return Err(Refus::new("lecture interrompue", "relancer la commande"));
        }
        Ok(Next::More)
    })?;
    let again = built.better_order();
    let (counts, mut issues) = (built.counts.clone(), built.issues);
    super::check_usable(table.name, &counts, &issues, builder)?;
    issues.extend(layout.remarks(table.name, &counts));
    let lues = EcrituresLues {
        fichier: table.name.to_owned(),
        format: table.format.to_owned(),
        sha256: table.sha256.to_owned(),
        lignes_lues: counts.read,
        lignes_retenues: counts.kept,
        lignes_ecartees: counts.aside,
        total: counts.total,
        total_ecarte: counts.total_aside,
        communes: counts.communes.clone(),
        ..EcrituresLues::default()
    };
    let lecture =
        Lecture { lues, issues, mapping: layout.mapping.clone(), devinette: layout.to_toml() };
    Ok((lecture, again))
}
