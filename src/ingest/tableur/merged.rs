//! Cells merged over several rows: the value written on the first one holds for those below.
//!
//! The grid marks what was filled: a merged amount is one amount, and titles are looked for among the cells
//! as written.
//!
//! **Invariant:** only cells that are empty in the file are filled, down the first column of the region.

use std::collections::BTreeMap;

use calamine::Dimensions;

use crate::ingest::mapped::grid::Grid;

/// Longest value filled down: a label is short, and one long text would weigh as many times as it has rows.
const LONGEST: usize = 1_000;
/// Most regions of a workbook; beyond, cells are read as written.
pub(super) const MOST_REGIONS: u64 = 500_000;

/// Regions of a sheet over several rows: first row and column, last row.
#[derive(Debug, Default)]
pub(super) struct Regions(BTreeMap<(u32, u32), u32>);

impl Regions {
    pub(super) fn new(all: &[Dimensions]) -> Self {
        let tall = all.iter().filter(|d| d.end.0 > d.start.0);
        Self(tall.map(|d| (d.start, d.end.0)).collect())
    }

    /// Last row of the region that starts at a cell.
    pub(super) fn bottom(&self, row: u32, column: usize) -> Option<u32> {
        let column = u32::try_from(column).ok()?;
        self.0.get(&(row, column)).copied()
    }
}

/// Values that go on down, by column.
#[derive(Debug, Default)]
pub(super) struct Filler {
    open: BTreeMap<usize, (u32, Vec<u8>)>,
}

impl Filler {
    /// Goes to a row: the regions that ended above it are over.
    pub(super) fn row(&mut self, at: u32) {
        if !self.open.is_empty() {
            self.open.retain(|_, (bottom, _)| *bottom >= at);
        }
    }

    /// A value that holds down to row `bottom`.
    pub(super) fn start(&mut self, column: usize, bottom: u32, text: &[u8]) {
        if !text.is_empty() && text.len() <= LONGEST {
            self.open.insert(column, (bottom, text.to_vec()));
        }
    }

    /// The value that comes from above.
    pub(super) fn above(&self, column: usize) -> Option<&[u8]> {
        if self.open.is_empty() {
            return None;
        }
        self.open.get(&column).map(|(_, text)| text.as_slice())
    }

    /// Writes the cells between two columns, those that a region covers with its value.
    pub(super) fn pad(&self, grid: &mut Grid, from: usize, to: usize) {
        if self.open.is_empty() {
            grid.pad(to);
            return;
        }
        let mut at = from;
        for (column, (_, text)) in self.open.range(from.min(to)..to) {
            grid.pad(*column);
            grid.fill(text);
            at = column + 1;
        }
        if at < to {
            grid.pad(to);
        }
    }

    /// Column after the last one that a region covers.
    pub(super) fn width(&self) -> usize {
        self.open.last_key_value().map_or(0, |(column, _)| column + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_holds_down_to_the_last_row_of_its_region() {
        let mut filler = Filler::default();
        let mut grid = Grid::default();
        filler.start(1, 4, b"011");
        filler.start(3, 3, b"M1");
        for at in [3, 4, 5] {
            filler.row(at);
            filler.pad(&mut grid, 0, 2);
            grid.cell(b"x");
            filler.pad(&mut grid, 3, filler.width());
            grid.end_row();
        }
        let seen: Vec<Vec<&[u8]>> =
            grid.iter().map(|r| (0..4).map(|i| r.get(i)).collect()).collect();
        let expected: [[&[u8]; 4]; 3] =
            [[b"", b"011", b"x", b"M1"], [b"", b"011", b"x", b""], [b"", b"", b"x", b""]];
        assert_eq!(seen, expected);
        // what is filled is no cell of the file
        assert_eq!(grid.records(1)[0], [&b""[..], b"", b"x", b""]);
        assert!(grid.row(0).is_filled(1) && !grid.row(0).is_filled(2));
    }
}
