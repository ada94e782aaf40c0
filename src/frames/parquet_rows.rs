//! Rows of any Parquet file as cells, row group after row group.
//!
//! Takes a path; gives the names of the columns, then cells: texts, numbers or days. Decimals are exact, moments
//! give their day (and their hour when there is one). The tables that `vigie lire` wrote itself hold centimes: they
//! come back in euros.
//!
//! **Invariant:** memory is that of one row group; what a library panics on is a damaged file; a column whose type has
//! no cell is left and named.

use std::fs::File;
use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use polars_arrow::array::{Array, BinaryViewArray, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, TimeUnit};
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, FileMetadata, Filter, PageReader, column_iter_to_arrays, infer_schema,
    read_metadata,
};

use super::parquet_pages::{self, PAGE};
use crate::domain::calendar::civil;
use crate::domain::garde;

/// Rows of a row group at most: what a file says of itself is not believed beyond.
const GROUP: usize = 1 << 24;

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
    file: File,
    metadata: FileMetadata,
    fields: Vec<Field>,
    names: Vec<String>,
    /// Columns of a type without cells.
    left: Vec<String>,
    /// Columns that hold centimes.
    centimes: Vec<bool>,
    group: usize,
    /// Columns of the row group under way, each in one or several pieces.
    columns: Vec<Vec<Box<dyn Array>>>,
    height: usize,
    at: usize,
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

fn guarded<T>(run: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    garde::guarded(run)
        .unwrap_or_else(|| Err(io::Error::other("contenu incohérent ou type de colonne inconnu")))
}

/// The field as it is decoded: texts in one form, whatever the writer said of them.
fn decoded(field: &Field) -> Field {
    let mut field = field.clone();
    field.dtype = match field.dtype {
        ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 => ArrowDataType::Utf8View,
        ArrowDataType::Binary | ArrowDataType::LargeBinary => ArrowDataType::BinaryView,
        // categories are written as their texts
        ArrowDataType::Dictionary(_, values, _) if is_text(&values) => ArrowDataType::Utf8View,
        other => other,
    };
    field
}

fn is_text(dtype: &ArrowDataType) -> bool {
    matches!(dtype, ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 | ArrowDataType::Utf8View)
}

/// True for a type that has a cell.
fn is_cell(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as T;
    matches!(
        dtype,
        T::Null
            | T::Boolean
            | T::Int8
            | T::Int16
            | T::Int32
            | T::Int64
            | T::UInt8
            | T::UInt16
            | T::UInt32
            | T::UInt64
            | T::Float32
            | T::Float64
            | T::Date32
            | T::Timestamp(..)
            | T::Decimal(..)
            | T::Utf8View
            | T::BinaryView
    )
}

impl Rows {
    /// Opens a file.
    ///
    /// # Errors
    /// It is no Parquet file; or, of kind [`io::ErrorKind::Unsupported`], no column has a type that has cells: the
    /// name of the first one.
    pub fn open(path: &Path) -> io::Result<Self> {
        guarded(|| {
            let mut file = File::open(path)?;
            let metadata = read_metadata(&mut file).map_err(failed)?;
            let schema: ArrowSchema = infer_schema(&metadata).map_err(failed)?;
            let all = schema.iter_values().map(decoded);
            let (fields, left): (Vec<Field>, Vec<Field>) = all.partition(|f| is_cell(&f.dtype));
            let left: Vec<String> = left.iter().map(|f| f.name.to_string()).collect();
            if let (Some(name), true) = (left.first(), fields.is_empty()) {
                return Err(io::Error::new(io::ErrorKind::Unsupported, name.clone()));
            }
            let names: Vec<String> = fields.iter().map(|f| f.name.to_string()).collect();
            let ours = names.iter().any(|n| n == "sources") && names.iter().any(|n| n == "montant")
                || names.iter().any(|n| n == "enregistrement")
                    && names.iter().any(|n| n == "credits_ouverts");
            let money = ["vote", "credits_ouverts", "engage", "realise", "rar"];
            let centimes = names
                .iter()
                .map(|n| ours && (n.starts_with("montant") || money.contains(&n.as_str())))
                .collect();
            let columns = Vec::new();
            Ok(Self {
                file,
                metadata,
                fields,
                names,
                left,
                centimes,
                group: 0,
                columns,
                height: 0,
                at: 0,
            })
        })
    }

    /// Names of the columns left: lists, composed types, numbers over 128 bits.
    pub fn left(&self) -> &[String] {
        &self.left
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
            while self.at >= self.height {
                if !self.fill()? {
                    return Ok(false);
                }
            }
            let end = (self.at + most).min(self.height);
            let mut cells = Vec::with_capacity(self.names.len());
            for row in self.at..end {
                cells.clear();
                for (pieces, centimes) in self.columns.iter().zip(&self.centimes) {
                    cells.push(cell_of(pieces, row, *centimes)?);
                }
                take(&cells);
            }
            self.at = end;
            Ok(true)
        })
    }

    /// Decodes the next row group.
    fn fill(&mut self) -> io::Result<bool> {
        let Some(group) = self.metadata.row_groups.get(self.group) else { return Ok(false) };
        self.group += 1;
        self.at = 0;
        self.height = group.num_rows();
        if self.height > GROUP {
            return Err(failed("groupe de lignes démesuré"));
        }
        self.columns.clear();
        let size = self.file.metadata()?.len();
        for field in &self.fields {
            let mut chunks = group
                .columns_under_root_iter(&field.name)
                .ok_or_else(|| failed("colonne absente"))?;
            let (Some(chunk), None) = (chunks.next(), chunks.next()) else {
                return Err(failed("colonne composée"));
            };
            // the decoder makes room for what the column says: a forged number is no room
            if usize::try_from(chunk.num_values()).ok() != Some(self.height) {
                return Err(failed("colonnes de longueurs différentes"));
            }
            let range = chunk.byte_range();
            if range.end > size || range.start > range.end {
                return Err(failed("colonne hors du fichier"));
            }
            let mut bytes = vec![0; (range.end - range.start) as usize];
            self.file.seek(SeekFrom::Start(range.start))?;
            self.file.read_exact(&mut bytes)?;
            let bytes = Buffer::from(bytes);
            parquet_pages::check(&bytes, chunk, self.height)?;
            let pages = PageReader::new(Cursor::new(bytes), chunk, Vec::new(), PAGE);
            let pages = BasicDecompressor::new(pages, Vec::new());
            let of = &chunk.descriptor().descriptor.primitive_type;
            let all = Some(Filter::new_ranged(0, self.height));
            let (arrays, _) =
                column_iter_to_arrays(vec![pages], vec![of], field.clone(), all).map_err(failed)?;
            if arrays.iter().map(|a| a.len()).sum::<usize>() != self.height {
                return Err(failed("colonnes de longueurs différentes"));
            }
            self.columns.push(arrays);
        }
        Ok(true)
    }
}

/// The cell of a row in a column cut in pieces.
fn cell_of(pieces: &[Box<dyn Array>], mut row: usize, centimes: bool) -> io::Result<Cell> {
    for piece in pieces {
        if row < piece.len() {
            return cell(piece.as_ref(), row, centimes).ok_or_else(|| failed("type inattendu"));
        }
        row -= piece.len();
    }
    Err(failed("ligne hors de sa colonne"))
}

fn native<T: NativeType>(array: &dyn Array, row: usize) -> Option<T> {
    Some(array.as_any().downcast_ref::<PrimitiveArray<T>>()?.value(row))
}

/// The cell of a row; `None` when the array is not what its type says.
fn cell(array: &dyn Array, row: usize, centimes: bool) -> Option<Cell> {
    use ArrowDataType as T;
    if array.is_null(row) {
        return Some(Cell::Empty);
    }
    let any = array.as_any();
    let whole = |n: i128| decimal(n, if centimes { 2 } else { 0 });
    Some(match array.dtype() {
        T::Null => Cell::Empty,
        T::Boolean => {
            let yes = any.downcast_ref::<BooleanArray>()?.value(row);
            Cell::Text(if yes { "true" } else { "false" }.to_owned())
        }
        T::Int8 => whole(native::<i8>(array, row)?.into()),
        T::Int16 => whole(native::<i16>(array, row)?.into()),
        T::Int32 => whole(native::<i32>(array, row)?.into()),
        T::Int64 => whole(native::<i64>(array, row)?.into()),
        T::UInt8 => whole(native::<u8>(array, row)?.into()),
        T::UInt16 => whole(native::<u16>(array, row)?.into()),
        T::UInt32 => whole(native::<u32>(array, row)?.into()),
        T::UInt64 => whole(native::<u64>(array, row)?.into()),
        T::Float32 => Cell::Number(native::<f32>(array, row)?.into()),
        T::Float64 => Cell::Number(native::<f64>(array, row)?),
        T::Decimal(_, scale) => decimal(native::<i128>(array, row)?, *scale),
        T::Date32 => {
            let day = native::<i32>(array, row)?;
            Cell::Text(civil(day).map_or_else(|| day.to_string(), |d| d.to_string()))
        }
        T::Timestamp(unit, zone) => {
            let seconds = native::<i64>(array, row)?.div_euclid(match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1_000,
                TimeUnit::Microsecond => 1_000_000,
                TimeUnit::Nanosecond => 1_000_000_000,
            });
            moment(seconds, zone.as_ref().is_some_and(|z| z.as_str() == "Europe/Paris"))
        }
        T::Utf8View => Cell::Text(any.downcast_ref::<Utf8ViewArray>()?.value(row).to_owned()),
        T::BinaryView => {
            let bytes = any.downcast_ref::<BinaryViewArray>()?.value(row);
            Cell::Text(String::from_utf8_lossy(bytes).into_owned())
        }
        _ => return None,
    })
}

/// `-12.05`: a whole number of units of 10^-`scale`. Three figures after a point are thousands to a reader of
/// amounts: beyond the centime the zeros go, and what is left is a number.
fn decimal(n: i128, scale: usize) -> Cell {
    if scale > 2 {
        let unit = 10_i128.checked_pow((scale - 2) as u32);
        return match unit {
            Some(unit) if n % unit == 0 => decimal(n / unit, 2),
            _ => Cell::Number(n as f64 / 10_f64.powi(scale as i32)),
        };
    }
    let digits = n.unsigned_abs().to_string();
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (units, rest) = digits.split_at(digits.len() - scale);
    let sign = if n < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    Cell::Text(format!("{sign}{units}{point}{rest}"))
}

/// A moment in seconds since 1970, UTC; in France when it says so (one or two hours more, by the rule in force since
/// 1996: summer from the last Sunday of March to that of October, 1 o'clock UTC). Midnight is written as a day.
fn moment(seconds: i64, in_france: bool) -> Cell {
    let hours = |seconds: i64| {
        let day = i32::try_from(seconds.div_euclid(86_400)).ok()?;
        let year = civil(day)?.year();
        let change = |month: i8| {
            let last = jiff::civil::date(year, month, 31);
            let back = last.weekday().to_sunday_zero_offset();
            let sunday = crate::domain::calendar::day_number(last) - i32::from(back);
            i64::from(sunday) * 86_400 + 3_600
        };
        Some(if (change(3)..change(10)).contains(&seconds) { 2 } else { 1 })
    };
    let local = seconds + if in_france { 3_600 * hours(seconds).unwrap_or(0) } else { 0 };
    let (day, time) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let Some(date) = i32::try_from(day).ok().and_then(civil) else {
        return Cell::Text(seconds.to_string());
    };
    if time == 0 {
        return Cell::Text(date.to_string());
    }
    Cell::Text(format!("{date} {:02}:{:02}:{:02}", time / 3_600, time / 60 % 60, time % 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cell: &Cell) -> &str {
        if let Cell::Text(text) = cell { text } else { "" }
    }

    #[test]
    fn decimals_keep_every_digit() {
        for (n, scale, expected) in [
            (123_456, 2, "1234.56"),
            (-5, 2, "-0.05"),
            (0, 2, "0.00"),
            (7, 0, "7"),
            (i128::from(i64::MAX) * 100 + 7, 2, "9223372036854775807.07"),
            (20_000, 3, "20.00"),
            (-30_500, 3, "-30.50"),
            (7, 1, "0.7"),
        ] {
            assert_eq!(text(&decimal(n, scale)), expected);
        }
        assert_eq!(decimal(10_123, 3), Cell::Number(10.123), "not ten thousand");
        assert!(matches!(decimal(1, 60), Cell::Number(_)));
    }

    #[test]
    fn moments_give_the_day_in_france() {
        // 2025-03-14 00:00 is a day; 2025-01-09 23:00 UTC is the 10th in Paris, 2025-07-09 22:00 UTC too
        assert_eq!(text(&moment(1_741_910_400, false)), "2025-03-14");
        assert_eq!(text(&moment(1_736_463_600, true)), "2025-01-10");
        assert_eq!(text(&moment(1_752_098_400, true)), "2025-07-10");
        assert_eq!(text(&moment(1_752_098_400, false)), "2025-07-09 22:00:00");
        // the hour before the change of 30 March 2025, and the change itself
        assert_eq!(text(&moment(1_743_296_399, true)), "2025-03-30 01:59:59");
        assert_eq!(text(&moment(1_743_296_400, true)), "2025-03-30 03:00:00");
        assert_eq!(text(&moment(i64::MAX, false)), i64::MAX.to_string());
    }
}
