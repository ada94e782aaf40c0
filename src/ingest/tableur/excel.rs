//! Excel sheets: `.xlsx` streamed cell by cell, `.xls` held in memory once it was checked.
//!
//! **Invariant:** dimensions claimed by a sheet are never trusted: rows come from the cells themselves.

use std::cell::{OnceCell, RefCell};
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;

use calamine::{
    Data, DataRef, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError,
    XlsxFormulaMetadata,
};

use super::cell;
use super::guard;
use super::merged::{Filler, MOST_REGIONS, Regions};
use super::ods::Name;
use crate::domain::garde;
use crate::domain::refus::Refus;
use crate::ingest::mapped::grid::{Batches, Grid, MOST_COLUMNS, Next, Take};

/// A `.xlsx` or `.xlsm` workbook.
pub(super) struct Book<'a> {
    inner: RefCell<Xlsx<BufReader<File>>>,
    name: &'a str,
    names: Vec<Name>,
    /// True when some sheet has merged cells.
    merged: bool,
    /// True when some cell may hold a formula: its value is then looked for.
    formulas: bool,
    /// Those of each sheet, once it was read.
    regions: Vec<OnceCell<Regions>>,
}

/// What a library panics on is a damaged file.
fn guarded<T>(name: &str, run: impl FnOnce() -> Result<T, Refus>) -> Result<T, Refus> {
    garde::guarded(run).unwrap_or_else(|| Err(guard::damaged(name, "contenu incohérent")))
}

impl<'a> Book<'a> {
    pub(super) fn open(path: &Path, name: &'a str) -> Result<Self, Refus> {
        let seen = guard::open_zip(path, name)?.1;
        let file = File::open(path).map_err(|e| crate::ingest::sniff::unreadable(name, &e))?;
        let book =
            guarded(name, || Xlsx::new(BufReader::new(file)).map_err(|e| of_xlsx(name, &e)))?;
        let sheets = book.sheets_metadata().iter();
        let names: Vec<Name> = sheets
            .filter(|s| s.typ == SheetType::WorkSheet)
            .map(|s| (s.name.clone(), s.visible != SheetVisible::Visible))
            .collect();
        let regions = names.iter().map(|_| OnceCell::new()).collect();
        let merged = (1..=MOST_REGIONS).contains(&seen.merged);
        let formulas = seen.formulas;
        Ok(Self { inner: RefCell::new(book), name, names, merged, formulas, regions })
    }

    pub(super) fn sheets(&self) -> &[Name] {
        &self.names
    }

    pub(super) fn sheet(&self, index: usize) -> BookSheet<'_> {
        BookSheet { book: self, index }
    }

    /// The merged cells of a sheet.
    fn regions(&self, index: usize) -> Result<&Regions, Refus> {
        if let Some(known) = self.regions[index].get() {
            return Ok(known);
        }
        let read = if self.merged {
            let mut book = self.inner.borrow_mut();
            let all = book.merge_cells_by_sheet_name(&self.names[index].0);
            Regions::new(&all.map_err(|e| of_xlsx(self.name, &e))?)
        } else {
            Regions::default()
        };
        Ok(self.regions[index].get_or_init(|| read))
    }
}

fn of_xlsx(name: &str, error: &XlsxError) -> Refus {
    match error {
        XlsxError::Password => guard::protected(name),
        other => guard::damaged(name, &other.to_string()),
    }
}

/// A sheet of a `.xlsx` workbook.
pub(super) struct BookSheet<'b> {
    book: &'b Book<'b>,
    index: usize,
}

impl Batches for BookSheet<'_> {
    fn each(&self, take: &mut Take<'_>) -> Result<(), Refus> {
        let name = self.book.name;
        guarded(name, || {
            let regions = self.book.regions(self.index)?;
            let mut filler = Filler::default();
            let mut book = self.book.inner.borrow_mut();
            let (sheet, _) = &self.book.names[self.index];
            let mut cells = match book.worksheet_cells_reader(sheet) {
                Ok(cells) => cells,
                Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
                Err(e) => return Err(of_xlsx(name, &e)),
            };
            let mut grid = Grid::default();
            let mut row: Option<u32> = None;
            let (mut width, mut bytes) = (0, 0_u64);
            let formulas = self.book.formulas;
            while let Some(found) = next(&mut cells, formulas).map_err(|e| of_xlsx(name, &e))? {
                let (at, column) = found.at;
                let column = column as usize;
                if column >= MOST_COLUMNS {
                    return Err(guard::damaged(name, "plus de 16 384 colonnes dans une feuille"));
                }
                if let Some(before) = row.filter(|r| *r != at || column < width) {
                    filler.pad(&mut grid, width, filler.width());
                    grid.end_row_at(before.saturating_add(1));
                    if grid.is_full() && hand_over(&mut grid, take)? == Next::Stop {
                        return Ok(());
                    }
                }
                if row != Some(at) {
                    (row, width) = (Some(at), 0);
                    filler.row(at);
                }
                let size = grid.size();
                filler.pad(&mut grid, width, column);
                match (&found.value, filler.above(column)) {
                    (DataRef::Empty, _) if found.formula.is_some() => {
                        grid.unvalued(found.formula.as_deref().unwrap_or_default());
                    }
                    (DataRef::Empty, Some(above)) => grid.fill(above),
                    (value, _) => cell::push_ref(&mut grid, value),
                }
                if let Some(bottom) = regions.bottom(at, column) {
                    filler.start(column, bottom, grid.last());
                }
                bytes += (grid.size() - size) as u64;
                guard::check_texts(name, grid.row_bytes(), bytes)?;
                width = column + 1;
            }
            if let Some(last) = row {
                filler.pad(&mut grid, width, filler.width());
                grid.end_row_at(last.saturating_add(1));
                take(&grid)?;
            }
            Ok(())
        })
    }
}

/// A cell of a streamed sheet.
struct Found<'c> {
    at: (u32, u32),
    value: DataRef<'c>,
    /// Its formula; empty when it is shared with another cell.
    formula: Option<String>,
}

/// The next cell, with its formula when the workbook may hold some.
fn next<'c>(cells: &mut Cells<'c>, formulas: bool) -> Result<Option<Found<'c>>, XlsxError> {
    if !formulas {
        let plain = |c: calamine::Cell<DataRef<'c>>| Found {
            at: c.get_position(),
            value: c.get_value().clone(),
            formula: None,
        };
        return Ok(cells.next_cell()?.map(plain));
    }
    let with = cells.next_cell_with_formula_metadata()?;
    Ok(with.map(|c| Found {
        at: c.pos,
        value: c.value,
        formula: c.formula.map(|f| match f {
            XlsxFormulaMetadata::Normal { formula }
            | XlsxFormulaMetadata::Shared { formula, .. } => formula,
            _ => String::new(),
        }),
    }))
}

type Cells<'c> = calamine::XlsxCellReader<'c, BufReader<File>>;

fn hand_over(grid: &mut Grid, take: &mut Take<'_>) -> Result<Next, Refus> {
    let next = take(grid)?;
    grid.clear();
    Ok(next)
}

/// A `.xls` workbook.
pub(super) struct OldBook {
    sheets: Vec<(Name, Range<Data>, Regions)>,
}

impl OldBook {
    pub(super) fn open(path: &Path, name: &str) -> Result<Self, Refus> {
        guard::check_ole(path, name)?;
        let bytes = std::fs::read(path).map_err(|e| crate::ingest::sniff::unreadable(name, &e))?;
        guarded(name, || {
            let mut book = Xls::new(Cursor::new(bytes)).map_err(|e| match e {
                XlsError::Password => guard::protected(name),
                other => guard::damaged(name, &other.to_string()),
            })?;
            let named: Vec<Name> = book
                .sheets_metadata()
                .iter()
                .filter(|s| s.typ == SheetType::WorkSheet)
                .map(|s| (s.name.clone(), s.visible != SheetVisible::Visible))
                .collect();
            let mut sheets = Vec::new();
            for sheet in named {
                let damaged = |e: XlsError| guard::damaged(name, &e.to_string());
                let range = book.worksheet_range(&sheet.0).map_err(damaged)?;
                let merged = book.merge_cells_by_sheet_name(&sheet.0).map_err(damaged)?;
                sheets.push((sheet, range, Regions::new(&merged)));
            }
            Ok(Self { sheets })
        })
    }

    pub(super) fn sheets(&self) -> Vec<Name> {
        self.sheets.iter().map(|s| s.0.clone()).collect()
    }

    pub(super) fn sheet(&self, index: usize) -> OldSheet<'_> {
        OldSheet(&self.sheets[index].1, &self.sheets[index].2)
    }
}

/// A sheet of a `.xls` workbook.
pub(super) struct OldSheet<'b>(&'b Range<Data>, &'b Regions);

impl Batches for OldSheet<'_> {
    fn each(&self, take: &mut Take<'_>) -> Result<(), Refus> {
        let mut grid = Grid::default();
        let mut filler = Filler::default();
        let (top, left) = self.0.start().unwrap_or_default();
        for (at, row) in (top..).zip(self.0.rows()) {
            let width = row.iter().rposition(|c| *c != Data::Empty).map_or(0, |i| i + 1);
            filler.row(at);
            for (column, value) in row[..width].iter().enumerate() {
                match (value, filler.above(column)) {
                    (Data::Empty, Some(above)) => grid.fill(above),
                    _ => cell::push(&mut grid, value),
                }
                if let Some(bottom) = self.1.bottom(at, column + left as usize) {
                    filler.start(column, bottom, grid.last());
                }
            }
            if width > 0 {
                filler.pad(&mut grid, width, filler.width());
            }
            grid.end_row();
            if grid.is_full() && hand_over(&mut grid, take)? == Next::Stop {
                return Ok(());
            }
        }
        if grid.is_empty() { Ok(()) } else { take(&grid).map(|_| ()) }
    }
}
