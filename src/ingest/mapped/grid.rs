//! Rows of cells, whatever the file they come from: a [`Grid`] holds some of them in one block of memory,
//! [`Batches`] gives those of a sheet or of a Parquet file batch after batch.
//!
//! ```text
//!  xlsx, xls, ods, parquet ─► Batches of Grid ─┬─► layout ─► RowBuilder ─► LedgerBuilder
//!                                              └─► etat (budget lines)
//! ```
//!
//! **Invariant:** a cell is text in UTF-8, as a delimited file would write it; a batch is bounded, so that
//! memory does not grow with the file.

use crate::domain::refus::Refus;
use crate::frames::intern::clean_text;
use crate::ingest::mapped::build::CellRow;
use crate::ingest::mapped::guess::Cells;

/// Most columns of a row: those of a spreadsheet.
pub const MOST_COLUMNS: usize = 16_384;
/// Rows of a full batch.
pub const BATCH_ROWS: usize = 4_096;
/// Bytes after which a batch is full.
pub const BATCH_BYTES: usize = 16 << 20;
/// Most bytes of a row of a spreadsheet: one text shared by thousands of cells is a trap.
pub const MOST_ROW_BYTES: usize = 64 << 20;
/// Most bytes of the texts of a sheet, each counted as many times as it is written.
pub const MOST_SHEET_BYTES: u64 = 4 << 30;

/// Rows of cells, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    bytes: Vec<u8>,
    /// End of each cell in `bytes`.
    cells: Vec<u32>,
    /// End of each row in `cells`.
    rows: Vec<u32>,
    /// Cells that a merged one above gave, ascending.
    filled: Vec<u32>,
    /// Cells that hold a formula without its value, ascending; their bytes are the formula.
    unvalued: Vec<u32>,
    /// Number of each row in its sheet, from 1; 0 when unknown.
    numbers: Vec<u32>,
}

impl Grid {
    /// Appends a cell to the row under way.
    pub fn cell(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.cells.push(self.bytes.len() as u32);
    }

    /// Appends a cell with the value of the merged cell above it.
    pub fn fill(&mut self, text: &[u8]) {
        self.filled.push(self.cells.len() as u32);
        self.cell(text);
    }

    /// Appends a cell whose formula has no recorded value: read as empty, but told.
    pub fn unvalued(&mut self, formula: &str) {
        self.unvalued.push(self.cells.len() as u32);
        self.cell(shortened(formula).as_bytes());
    }

    /// The text of the cell appended last.
    pub fn last(&self) -> &[u8] {
        let at = self.cells.len();
        if self.unvalued.last().is_some_and(|u| *u as usize + 1 == at) {
            return &[];
        }
        let from = if at < 2 { 0 } else { self.cells[at - 2] as usize };
        self.bytes[from..].trim_ascii()
    }

    /// Appends empty cells until the row under way has `width` of them.
    pub fn pad(&mut self, width: usize) {
        let start = self.rows.last().map_or(0, |r| *r as usize);
        while self.cells.len() - start < width.min(MOST_COLUMNS) {
            self.cells.push(self.bytes.len() as u32);
        }
    }

    /// Bytes of the row under way.
    pub fn row_bytes(&self) -> usize {
        let start = self.rows.last().map_or(0, |r| *r as usize);
        let from = if start == 0 { 0 } else { self.cells[start - 1] as usize };
        self.bytes.len() - from
    }

    /// Closes the row under way.
    pub fn end_row(&mut self) {
        self.end_row_at(0);
    }

    /// Closes the row under way, whose number in its sheet is known (from 1).
    pub fn end_row_at(&mut self, number: u32) {
        self.rows.push(self.cells.len() as u32);
        self.numbers.push(number);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True when the batch is to be handed over.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= BATCH_ROWS || self.bytes.len() >= BATCH_BYTES
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        let marks = self.filled.len() + self.unvalued.len() + self.numbers.len();
        self.bytes.len() + 4 * (self.cells.len() + self.rows.len() + marks)
    }

    /// Forgets the rows, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.cells.clear();
        self.rows.clear();
        self.filled.clear();
        self.unvalued.clear();
        self.numbers.clear();
    }

    /// A row.
    pub fn row(&self, index: usize) -> GridRow<'_> {
        let start = if index == 0 { 0 } else { self.rows[index - 1] as usize };
        let number = self.numbers.get(index).copied().unwrap_or(0);
        GridRow { grid: self, start, end: self.rows[index] as usize, number }
    }

    /// True when some cell holds a formula without its value.
    pub fn has_formulas(&self) -> bool {
        !self.unvalued.is_empty()
    }

    /// The rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = GridRow<'_>> {
        (0..self.len()).map(|i| self.row(i))
    }

    /// The first `most` rows as owned cells, for sniffing.
    pub fn records(&self, most: usize) -> Vec<Cells> {
        self.iter().take(most).map(|r| r.to_cells()).collect()
    }

    /// From owned rows.
    pub fn from_records(records: &[Cells]) -> Self {
        let mut grid = Self::default();
        for record in records {
            for cell in record {
                grid.cell(cell);
            }
            grid.end_row();
        }
        grid
    }
}

/// A row of a grid.
#[derive(Debug, Clone, Copy)]
pub struct GridRow<'g> {
    grid: &'g Grid,
    start: usize,
    end: usize,
    number: u32,
}

impl<'g> GridRow<'g> {
    /// A cell, blanks at its ends taken away; empty when missing.
    pub fn get(&self, index: usize) -> &'g [u8] {
        if self.is_unvalued(index) { &[] } else { self.raw(index) }
    }

    fn raw(&self, index: usize) -> &'g [u8] {
        let at = self.start + index;
        if at >= self.end {
            return &[];
        }
        let from = if at == 0 { 0 } else { self.grid.cells[at - 1] as usize };
        self.grid.bytes[from..self.grid.cells[at] as usize].trim_ascii()
    }

    /// True for a cell that is empty in the file, under a merged one that gave its value.
    pub fn is_filled(&self, index: usize) -> bool {
        !self.grid.filled.is_empty()
            && self.grid.filled.binary_search(&((self.start + index) as u32)).is_ok()
    }

    fn is_unvalued(&self, index: usize) -> bool {
        !self.grid.unvalued.is_empty()
            && self.start + index < self.end
            && self.grid.unvalued.binary_search(&((self.start + index) as u32)).is_ok()
    }

    /// The formula of a cell whose value is not recorded.
    pub fn formula(&self, index: usize) -> Option<&'g [u8]> {
        self.is_unvalued(index).then(|| self.raw(index))
    }

    /// Number of the row in its sheet, from 1; 0 when unknown.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Where a cell stands in its sheet, as a spreadsheet names it (`J5`); empty when unknown.
    pub fn place(&self, index: usize) -> String {
        if self.number == 0 { String::new() } else { format!("{}{}", letters(index), self.number) }
    }

    /// A cell as the file writes it.
    fn written(&self, index: usize) -> &'g [u8] {
        if self.is_filled(index) { &[] } else { self.get(index) }
    }

    /// True when the file writes nothing but blanks.
    pub fn is_blank(&self) -> bool {
        (0..self.width()).all(|i| {
            self.raw_written(i)
                .iter()
                .all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0xc2 | 0xa0 | 0))
        })
    }

    /// A formula without its value is no blank.
    fn raw_written(&self, index: usize) -> &'g [u8] {
        if self.is_filled(index) { &[] } else { self.raw(index) }
    }

    /// The cells as the file writes them, owned.
    pub fn to_cells(&self) -> Cells {
        (0..self.width()).map(|i| self.written(i).to_vec()).collect()
    }
}

impl CellRow for GridRow<'_> {
    fn cell(&self, index: usize) -> &[u8] {
        self.get(index)
    }

    fn width(&self) -> usize {
        self.end - self.start
    }

    fn filled(&self, index: usize) -> bool {
        self.is_filled(index)
    }

    fn formula(&self, index: usize) -> Option<String> {
        let text = GridRow::formula(self, index)?;
        let place = self.place(index);
        if place.is_empty() {
            return Some(clean_text(text));
        }
        // behind its place the formula is a text that no spreadsheet runs
        let bare = text.strip_prefix(b"=").unwrap_or(text);
        Some(format!("{place} ={}", clean_text(bare)))
    }
}

/// Longest formula shown.
const FORMULA: usize = 120;

/// A formula as it is shown, its sign `=` in front.
fn shortened(formula: &str) -> String {
    let formula = formula.trim().trim_start_matches('=');
    if formula.is_empty() {
        return "=…".to_owned();
    }
    let short: String = formula.chars().take(FORMULA).collect();
    let cut = if short.len() < formula.len() { "…" } else { "" };
    format!("={short}{cut}")
}

/// Name of a column in a spreadsheet: A, B… Z, AA.
pub(crate) fn letters(index: usize) -> String {
    let (mut n, mut out) = (index + 1, Vec::new());
    while n > 0 {
        out.push(char::from(b'A' + ((n - 1) % 26) as u8));
        n = (n - 1) / 26;
    }
    out.iter().rev().collect()
}

/// What to do after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Read on.
    More,
    /// Enough was seen.
    Stop,
}

/// What receives the batches.
pub type Take<'t> = dyn FnMut(&Grid) -> Result<Next, Refus> + 't;

/// A table that can be read several times, batch after batch.
pub trait Batches {
    /// Gives the batches in order until `take` has enough.
    ///
    /// # Errors
    /// The file cannot be read, or what `take` refuses.
    fn each(&self, take: &mut Take<'_>) -> Result<(), Refus>;
}

impl Batches for Grid {
    fn each(&self, take: &mut Take<'_>) -> Result<(), Refus> {
        take(self).map(|_| ())
    }
}

/// Most cells looked at to know a table, whatever its width.
const SAMPLE_CELLS: usize = 400_000;
/// Most bytes of them.
const SAMPLE_BYTES: usize = 64 << 20;

/// The first rows of a table.
pub fn sample(table: &dyn Batches, rows: usize) -> Result<Vec<Cells>, Refus> {
    let (mut first, mut cells, mut bytes): (Vec<Cells>, usize, usize) = (Vec::new(), 0, 0);
    table.each(&mut |grid| {
        for row in grid.iter() {
            if first.len() >= rows || cells >= SAMPLE_CELLS || bytes >= SAMPLE_BYTES {
                return Ok(Next::Stop);
            }
            cells += row.width();
            let owned = row.to_cells();
            bytes += owned.iter().map(Vec::len).sum::<usize>();
            first.push(owned);
        }
        Ok(Next::More)
    })?;
    Ok(first)
}

/// The whole table, when it holds in `most` bytes; `None` when it does not.
pub fn whole(table: &dyn Batches, most: usize) -> Result<Option<Grid>, Refus> {
    let mut all = Grid::default();
    let mut fits = true;
    table.each(&mut |grid| {
        if all.size() + grid.size() > most {
            fits = false;
            return Ok(Next::Stop);
        }
        for row in grid.iter() {
            for i in 0..row.width() {
                match row.formula(i) {
                    Some(formula) => {
                        all.unvalued.push(all.cells.len() as u32);
                        all.cell(formula);
                    }
                    None if row.is_filled(i) => all.fill(row.get(i)),
                    None => all.cell(row.get(i)),
                }
            }
            all.end_row_at(row.number);
        }
        Ok(Next::More)
    })?;
    Ok(fits.then_some(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let mut grid = Grid::default();
        grid.cell(b" a ");
        grid.pad(3);
        grid.cell(b"d");
        grid.end_row();
        grid.end_row();
        grid.cell(b"x");
        grid.end_row();
        let rows: Vec<Cells> = grid.records(9);
        assert_eq!(rows[0], [&b"a"[..], b"", b"", b"d"]);
        assert!(rows[1].is_empty() && grid.row(1).is_blank());
        assert_eq!((grid.row(2).get(0), grid.row(2).get(7)), (&b"x"[..], &b""[..]));
        assert_eq!(Grid::from_records(&rows).records(9), rows);
        assert!(whole(&grid, 8).expect("memory").is_none());
    }

    #[test]
    fn a_formula_without_value_is_empty_and_told() {
        let mut grid = Grid::default();
        grid.cell(b"011");
        grid.pad(27);
        grid.unvalued("SUM(A1:A3)");
        assert_eq!(grid.last(), b"");
        grid.end_row_at(5);
        let copy = whole(&grid, 1 << 20).expect("memory").expect("small");
        assert_eq!(copy, grid);
        let row = copy.row(0);
        assert_eq!((row.get(27), row.place(27)), (&b""[..], "AB5".to_owned()));
        assert_eq!(CellRow::formula(&row, 27).as_deref(), Some("AB5 =SUM(A1:A3)"));
        assert_eq!(CellRow::formula(&row, 0), None);
        assert_eq!(copy.records(1)[0][27], b"");
        let mut alone = Grid::default();
        alone.unvalued("");
        alone.end_row();
        assert!(!alone.row(0).is_blank(), "a formula is no blank row");
        assert_eq!(alone.row(0).place(0), "");
        assert_eq!(
            [letters(0), letters(25), letters(26), letters(701), letters(702)],
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
    }
}
