//! Rows of any Parquet file as cells, slice after slice.
//!
//! Takes a path; gives the names of the columns, then cells: texts, numbers or days. The tables that
//! `vigie lire` wrote itself hold centimes: they come back in euros.
//!
//! **Invariant:** memory is that of one slice; what a library panics on is a damaged file.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use polars_core::prelude::{AnyValue, DataFrame, PolarsError};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::domain::calendar::civil;

/// Rows decoded at a time.
const SLICE: usize = 1 << 16;

/// A cell of a Parquet file.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, or anything written as one.
    Text(String),
    /// A number with decimals.
    Number(f64),
}

/// The rows of a file, in order.
#[derive(Debug)]
pub struct Rows {
    path: PathBuf,
    names: Vec<String>,
    /// Columns that hold centimes.
    centimes: Vec<bool>,
    total: usize,
    read: usize,
    slice: DataFrame,
    at: usize,
}

fn failed(error: &PolarsError) -> io::Error {
    io::Error::other(error.to_string())
}

fn guarded<T>(run: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(io::Error::other("contenu incohérent ou type de colonne inconnu")))
}

impl Rows {
    /// Opens a file.
    ///
    /// # Errors
    /// It is no Parquet file.
    pub fn open(path: &Path) -> io::Result<Self> {
        guarded(|| {
            let mut reader = ParquetReader::new(File::open(path)?);
            let schema = reader.schema().map_err(|e| failed(&e))?;
            let total = reader.num_rows().map_err(|e| failed(&e))?;
            let names: Vec<String> = schema.iter().map(|(name, _)| name.to_string()).collect();
            let ours = names.iter().any(|n| n == "sources") && names.iter().any(|n| n == "montant")
                || names.iter().any(|n| n == "enregistrement")
                    && names.iter().any(|n| n == "credits_ouverts");
            let money = ["vote", "credits_ouverts", "engage", "realise", "rar"];
            let centimes = names
                .iter()
                .map(|n| ours && (n.starts_with("montant") || money.contains(&n.as_str())))
                .collect();
            let (path, slice) = (path.to_owned(), DataFrame::empty());
            Ok(Self { path, names, centimes, total, read: 0, slice, at: 0 })
        })
    }

    /// Names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Gives at most `most` rows to `take`; false at the end of the file.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn next(&mut self, most: usize, take: &mut dyn FnMut(&[Cell])) -> io::Result<bool> {
        guarded(|| {
            if self.at >= self.slice.height() && !self.fill()? {
                return Ok(false);
            }
            let end = (self.at + most).min(self.slice.height());
            let mut cells = Vec::with_capacity(self.names.len());
            for row in self.at..end {
                cells.clear();
                for (column, centimes) in self.slice.columns().iter().zip(&self.centimes) {
                    cells.push(cell(&column.get(row).map_err(|e| failed(&e))?, *centimes));
                }
                take(&cells);
            }
            self.at = end;
            Ok(true)
        })
    }

    fn fill(&mut self) -> io::Result<bool> {
        let left = self.total.saturating_sub(self.read).min(SLICE);
        if left == 0 {
            return Ok(false);
        }
        self.slice = ParquetReader::new(File::open(&self.path)?)
            .with_slice(Some((self.read, left)))
            .finish()
            .map_err(|e| failed(&e))?;
        self.read += left;
        self.at = 0;
        Ok(self.slice.height() > 0)
    }
}

fn cell(value: &AnyValue<'_>, centimes: bool) -> Cell {
    let whole = |n: i128| {
        if !centimes {
            return Cell::Text(n.to_string());
        }
        let sign = if n < 0 { "-" } else { "" };
        Cell::Text(format!("{sign}{}.{:02}", n.abs() / 100, n.abs() % 100))
    };
    match value {
        AnyValue::Null => Cell::Empty,
        AnyValue::String(s) => Cell::Text((*s).to_owned()),
        AnyValue::StringOwned(s) => Cell::Text(s.to_string()),
        AnyValue::Int64(n) => whole(i128::from(*n)),
        AnyValue::Int32(n) => whole(i128::from(*n)),
        AnyValue::UInt64(n) => whole(i128::from(*n)),
        AnyValue::UInt32(n) => whole(i128::from(*n)),
        AnyValue::Float64(f) => Cell::Number(*f),
        AnyValue::Float32(f) => Cell::Number(f64::from(*f)),
        AnyValue::Date(days) => Cell::Text(civil(*days).map_or(String::new(), |d| d.to_string())),
        other => Cell::Text(other.to_string()),
    }
}
