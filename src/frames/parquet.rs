//! Canonical tables as Parquet: `ecritures.parquet`, `budget.parquet` (CONTRAT section 3) and those of
//! [`Tableau`].
//!
//! Takes a frame and a writer; columns have the canonical names, amounts are `Int64` centimes, dates are
//! dates, absent values are null.
//!
//! **Invariant:** memory does not grow with the number of rows: one row group is built at a time.

use std::io::{self, Write};
use std::ops::Range;

use polars_core::prelude::{
    Column, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn,
    NewChunkedArray, PlSmallStr, PolarsError, StringChunked, StringChunkedBuilder,
};
use polars_io::parquet::write::{
    BatchedWriter, ParquetCompression, ParquetWriter, StatisticsOptions,
};

use crate::domain::calendar::NO_DAY;
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Document, LigneBudget, Ordre};
use crate::frames::extra::Extra;
use crate::frames::ledger::{
    AmountKey, DateKey, Ledger, NO_AMOUNT, NO_TEXT, Sens, TextColumn, TextKey,
};
use crate::frames::tableau::{Cellules, Colonne, Tableau};

/// Rows of a row group.
const GROUP: usize = 1 << 16;
/// Most bytes of the texts of a row group of a ledger.
const WEIGHT: usize = 64 << 20;

/// Writes `ecritures.parquet`.
pub fn write_ledger<W: Write>(ledger: &Ledger, out: W) -> io::Result<()> {
    write_groups(&ledger_groups(ledger), out, |rows| ledger_group(ledger, rows))
}

/// Writes `budget.parquet`.
pub fn write_budget<W: Write>(frame: &BudgetFrame, out: W) -> io::Result<()> {
    write_groups(&even(frame.lignes.len()), out, |rows| budget_group(frame, rows))
}

/// Writes a canonical table.
pub fn write_table<W: Write>(table: &Tableau<'_>, out: W) -> io::Result<()> {
    write_groups(&even(table.lignes), out, |rows| table_group(table, rows))
}

fn table_group(table: &Tableau<'_>, rows: Range<usize>) -> Result<DataFrame, PolarsError> {
    let n = rows.len();
    let column = |c: &Colonne<'_>| {
        let rows = rows.clone();
        match &c.cellules {
            Cellules::Texte(of) => {
                let mut builder = StringChunkedBuilder::new(PlSmallStr::from_static(c.nom), n);
                for text in rows.map(of) {
                    builder.append_option(Some(text).filter(|t| !t.is_empty()));
                }
                builder.finish().into_column()
            }
            Cellules::Montant(of) | Cellules::Entier(of) => {
                Int64Chunked::from_iter_options(PlSmallStr::from_static(c.nom), rows.map(of))
                    .into_column()
            }
            Cellules::Nombre(of) => {
                let numbers: Float64Chunked = rows.map(|r| Some(of(r))).collect();
                named(numbers.into_column(), c.nom)
            }
            Cellules::Jour(of) => {
                let days: Int32Chunked =
                    rows.map(|r| Some(of(r)).filter(|d| *d != NO_DAY)).collect();
                named(days.into_date().into_column(), c.nom)
            }
        }
    };
    let columns = table.colonnes.iter().map(column).collect();
    DataFrame::new(n, columns)
}

/// Groups of [`GROUP`] rows; one without rows when there are none.
fn even(rows: usize) -> Vec<Range<usize>> {
    let starts = (0..rows.max(1)).step_by(GROUP);
    starts.map(|start| start..rows.min(start + GROUP)).collect()
}

/// Groups of rows of a ledger under [`WEIGHT`]: one long text may be shared by all the rows of a group.
fn ledger_groups(ledger: &Ledger) -> Vec<Range<usize>> {
    let texts = || ledger.texts.iter().flatten();
    let longest = texts().map(|c| c.dictionary.iter().map(str::len).max().unwrap_or(0));
    let widest: usize = longest.chain(ledger.extras.iter().map(Extra::longest)).sum();
    if widest.saturating_mul(GROUP.min(ledger.len())) <= 4 * WEIGHT {
        return even(ledger.len());
    }
    let (mut groups, mut start, mut weight) = (Vec::new(), 0, 0);
    for row in 0..ledger.len() {
        let own: usize = texts().map(|c| c.get(row).len()).sum();
        let more: usize = ledger.extras.iter().map(|c| c.get(row).len()).sum();
        if row > start && (weight + own + more > WEIGHT || row - start >= GROUP) {
            groups.push(start..row);
            (start, weight) = (row, 0);
        }
        weight += own + more;
    }
    groups.push(start..ledger.len());
    groups
}

/// Writes rows, group after group.
fn write_groups<W: Write>(
    groups: &[Range<usize>],
    out: W,
    group: impl Fn(Range<usize>) -> Result<DataFrame, PolarsError>,
) -> io::Result<()> {
    let (head, rest) = groups.split_first().expect("there is always a group");
    let first = group(head.clone()).map_err(failed)?;
    let mut writer: BatchedWriter<W> = ParquetWriter::new(out)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::empty())
        .batched(first.schema())
        .map_err(failed)?;
    writer.write_batch(&first).map_err(failed)?;
    drop(first);
    for rows in rest {
        writer.write_batch(&group(rows.clone()).map_err(failed)?).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(())
}

#[allow(clippy::needless_pass_by_value)] // the shape `map_err` wants
fn failed(error: PolarsError) -> io::Error {
    io::Error::other(error.to_string())
}

/// Columns of a range of rows, in the order of CONTRAT section 2, then the provenance.
fn ledger_group(ledger: &Ledger, rows: Range<usize>) -> Result<DataFrame, PolarsError> {
    let n = rows.len();
    let texts = |key: TextKey, name| text_column(name, ledger.text(key), rows.clone());
    let text_names = TextKey::ALL.map(|(key, name)| texts(key, name));
    let [budget, etape, bordereau, mandat, ligne, rest @ ..] = text_names;
    let exercice: Int32Chunked =
        ledger.exercice[rows.clone()].iter().map(|y| (*y != 0).then_some(i32::from(*y))).collect();
    let sens: StringChunked = ledger.sens[rows.clone()].iter().map(|s| Some(letter(*s))).collect();
    let mut columns = vec![named(exercice.into_column(), "exercice"), budget];
    columns.extend([named(sens.into_column(), "sens"), etape, bordereau, mandat, ligne]);
    for (key, name) in DateKey::ALL {
        columns.push(date_column(name, ledger.date(key), rows.clone()));
    }
    columns.extend(rest);
    for (key, name) in AmountKey::ALL {
        let amounts = ledger.amount(key).map(|c| &c[rows.clone()]);
        columns.push(amount_column(name, amounts, n));
    }
    columns.push(amount_column("montant", Some(&ledger.montant[rows.clone()]), n));
    columns.push(source_column(ledger, rows.clone()));
    columns.extend(ledger.extras.iter().map(|c| extra_column(c.nom(), rows.clone(), |r| c.get(r))));
    DataFrame::new(n, columns)
}

fn letter(sens: Sens) -> &'static str {
    match sens {
        Sens::D => "D",
        Sens::R => "R",
    }
}

fn named(mut column: Column, name: &str) -> Column {
    column.rename(PlSmallStr::from_str(name));
    column
}

fn text_column(name: &str, column: Option<&TextColumn>, rows: Range<usize>) -> Column {
    let name = PlSmallStr::from_str(name);
    let Some(column) = column else {
        return Column::full_null(name, rows.len(), &DataType::String);
    };
    let mut builder = StringChunkedBuilder::new(name, rows.len());
    for code in &column.codes[rows] {
        builder.append_option((*code != NO_TEXT).then(|| column.dictionary.get(*code)));
    }
    builder.finish().into_column()
}

fn date_column(name: &str, days: Option<&[i32]>, rows: Range<usize>) -> Column {
    let days: Int32Chunked = match days {
        Some(days) => days[rows].iter().map(|d| (*d != NO_DAY).then_some(*d)).collect(),
        None => rows.map(|_| None).collect(),
    };
    named(days.into_date().into_column(), name)
}

fn amount_column(name: &str, amounts: Option<&[i64]>, n: usize) -> Column {
    let name = PlSmallStr::from_str(name);
    match amounts {
        Some(amounts) => {
            let values = amounts.iter().map(|a| (*a != NO_AMOUNT).then_some(*a));
            Int64Chunked::from_iter_options(name, values).into_column()
        }
        None => Int64Chunked::from_iter_options(name, (0..n).map(|_| None)).into_column(),
    }
}

/// A column of a source without a canonical name.
fn extra_column<'a>(nom: &str, rows: Range<usize>, of: impl Fn(usize) -> &'a str) -> Column {
    let mut builder = StringChunkedBuilder::new(PlSmallStr::from_str(nom), rows.len());
    rows.for_each(|row| builder.append_option(Some(of(row)).filter(|t| !t.is_empty())));
    builder.finish().into_column()
}

/// Every provenance of each row, `chemin#n`, separated by spaces.
fn source_column(ledger: &Ledger, rows: Range<usize>) -> Column {
    let mut builder = StringChunkedBuilder::new(PlSmallStr::from_static("sources"), rows.len());
    for row in rows {
        builder.append_value(ledger.sources_of(row));
    }
    builder.finish().into_column()
}

/// Lines of budget documents with the identity of their document.
fn budget_group(frame: &BudgetFrame, rows: Range<usize>) -> Result<DataFrame, PolarsError> {
    let lines = &frame.lignes[rows.clone()];
    let text = |name: &'static str, of: &dyn Fn(&LigneBudget, &Document) -> String| {
        let values = lines.iter().map(|l| {
            Some(of(l, &frame.documents[l.document as usize])).filter(|t: &String| !t.is_empty())
        });
        let column: StringChunked = values.collect();
        named(column.into_column(), name)
    };
    let money = |name: &'static str, of: fn(&LigneBudget) -> Option<Centimes>| {
        let values = lines.iter().map(|l| of(l).map(|c| c.0));
        Int64Chunked::from_iter_options(PlSmallStr::from_static(name), values).into_column()
    };
    let exercice: Int32Chunked = lines
        .iter()
        .map(|l| Some(i32::from(frame.documents[l.document as usize].exercice)))
        .collect();
    let record: Int64Chunked = lines.iter().map(|l| Some(i64::from(l.record))).collect();
    let mut columns = vec![
        named(exercice.into_column(), "exercice"),
        text("etape", &|_, d| d.etape.label().into()),
        text("numero", &|_, d| d.numero.clone()),
        text("budget", &|_, d| d.budget.clone()),
        text("siret", &|_, d| d.siret.clone()),
        text("nomenclature", &|_, d| d.nomenclature.clone()),
        text("section", &|l, _| l.section.letter().into()),
        text("sens", &|l, _| letter(l.sens).into()),
        text("ordre", &|l, _| if l.ordre == Ordre::Reel { "reel" } else { "ordre" }.into()),
        text("chapitre", &|l, _| l.chapitre.clone()),
        text("nature", &|l, _| l.nature.clone()),
        text("fonction", &|l, _| l.fonction.clone()),
        text("operation", &|l, _| l.operation.clone()),
        text("libelle", &|l, _| l.libelle.clone()),
        money("vote", |l| l.vote),
        money("credits_ouverts", |l| l.credits_ouverts),
        money("engage", |l| l.engage),
        money("realise", |l| l.realise),
        money("rar", |l| l.rar),
        text("fichier", &|_, d| d.fichier.clone()),
        named(record.into_column(), "enregistrement"),
    ];
    let extras = frame.extras.iter();
    columns.extend(extras.map(|c| extra_column(c.nom(), rows.clone(), |r| c.get(r))));
    DataFrame::new(lines.len(), columns)
}
