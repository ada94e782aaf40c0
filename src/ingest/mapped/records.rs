//! Records of a delimited file: bytes in, cells out, block by block and without a copy per cell.
//!
//! The rules are those of the `csv` crate (RFC 4180, lenient), with two guards for exports that put a
//! quote in a cell without doubling it: a quoted cell over several lines must be followed by a
//! separator and stay under [`QUOTED_LINES`] lines, otherwise its quote is an ordinary sign.
//!
//! **Invariant:** every byte belongs to one record; the cells do not depend on where blocks are cut.

use std::io;

use memchr::{memchr, memchr2, memchr3};

use crate::ingest::mapped::build::CellRow;
use crate::ingest::mapped::bytes::Blocks;

/// How a file separates its cells and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Separator of cells.
    pub delimiter: u8,
    /// True when a CR alone ends a line.
    pub lone_cr: bool,
}

/// Longest record kept; a longer one is skipped and told as such.
pub const LONGEST_RECORD: usize = 4 << 20;
/// Most lines that a quoted cell may span.
const QUOTED_LINES: usize = 200;

/// A cell: where it stands, and whether it holds quotes to take away.
#[derive(Debug, Clone, Copy)]
struct Cell {
    start: usize,
    end: usize,
    quotes: bool,
}

/// What [`Records::advance`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A record with at least one cell that is not blank.
    Record,
    /// A line without anything but separators and blanks.
    Blank,
    /// A record longer than [`LONGEST_RECORD`]; its cells are not given.
    TooLong,
    /// Nothing more.
    End,
}

/// The records of a source, one at a time.
#[derive(Debug)]
pub struct Records<R> {
    blocks: Blocks<R>,
    dialect: Dialect,
    buffer: Vec<u8>,
    position: usize,
    cells: Vec<Cell>,
    ended: bool,
}

impl<R: io::Read> Records<R> {
    /// Reads on from `blocks`, after the bytes of `head`.
    pub fn new(blocks: Blocks<R>, head: Vec<u8>, dialect: Dialect) -> Self {
        Self { blocks, dialect, buffer: head, position: 0, cells: Vec::new(), ended: false }
    }

    /// Goes to the next record; its cells are then given by [`CellRow::cell`].
    pub fn advance(&mut self) -> io::Result<Found> {
        let mut too_long = false;
        loop {
            let rest = &self.buffer[self.position..];
            if rest.is_empty() && self.ended {
                return Ok(if too_long { Found::TooLong } else { Found::End });
            }
            if let Some(next) = split(rest, self.ended, self.dialect, &mut self.cells) {
                let start = self.position;
                self.position += next;
                if too_long {
                    return Ok(Found::TooLong);
                }
                self.settle(start);
                let blank = self.cells.iter().all(|c| is_blank(&self.buffer[c.start..c.end]));
                return Ok(if blank { Found::Blank } else { Found::Record });
            }
            if rest.len() > LONGEST_RECORD {
                too_long = true;
                self.position = self.buffer.len();
            }
            self.fill()?;
        }
    }

    /// Makes cells absolute and takes quotes away in place.
    fn settle(&mut self, start: usize) {
        for cell in &mut self.cells {
            cell.start += start;
            cell.end += start;
            if cell.quotes {
                cell.end = unquote(&mut self.buffer, cell.start, cell.end);
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.position);
        self.position = 0;
        self.ended = !self.blocks.read_into(&mut self.buffer)?;
        Ok(())
    }

    /// The bytes read so far from the source.
    pub fn bytes_read(&self) -> u64 {
        self.blocks.bytes_read()
    }

    /// Hash of the source, hexadecimal, once at its end.
    pub fn sha256(self) -> String {
        self.blocks.sha256()
    }
}

impl<R> CellRow for Records<R> {
    fn cell(&self, index: usize) -> &[u8] {
        self.cells.get(index).map_or(&[], |c| self.buffer[c.start..c.end].trim_ascii())
    }

    fn width(&self) -> usize {
        self.cells.len()
    }
}

/// True without anything but ASCII blanks, quotes and no-break spaces.
fn is_blank(cell: &[u8]) -> bool {
    cell.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0xc2 | 0xa0 | 0))
}

/// Cuts the first record of `bytes`; gives where the next one starts, `None` when the end of this
/// one is not in sight (and `ended` is false).
fn split(bytes: &[u8], ended: bool, dialect: Dialect, cells: &mut Vec<Cell>) -> Option<usize> {
    cells.clear();
    let mut at = 0;
    loop {
        let cell = match bytes.get(at) {
            Some(b'"') => match quoted(bytes, at, ended, dialect) {
                Quoted::Cell(cell) => cell,
                Quoted::Literal => plain(bytes, at, ended, dialect)?,
                Quoted::Unknown => return None,
            },
            _ => plain(bytes, at, ended, dialect)?,
        };
        let end = cell.next;
        let closes = bytes.get(end) != Some(&dialect.delimiter);
        let mut cell = cell.cell;
        if closes && !dialect.lone_cr && cell.end > cell.start && bytes[cell.end - 1] == b'\r' {
            cell.end -= 1;
        }
        cells.push(cell);
        if closes {
            return Some((end + 1).min(bytes.len()));
        }
        at = end + 1;
    }
}

/// A cell and the position of the sign that ends it.
struct Cut {
    cell: Cell,
    next: usize,
}

enum Quoted {
    Cell(Cut),
    /// The quote opens nothing.
    Literal,
    /// More bytes are needed.
    Unknown,
}

fn find_end(bytes: &[u8], at: usize, dialect: Dialect) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let found = if dialect.lone_cr {
        memchr3(dialect.delimiter, b'\n', b'\r', rest)
    } else {
        memchr2(dialect.delimiter, b'\n', rest)
    };
    found.map(|n| at + n)
}

fn plain(bytes: &[u8], at: usize, ended: bool, dialect: Dialect) -> Option<Cut> {
    let next = find_end(bytes, at, dialect).or(ended.then_some(bytes.len()))?;
    Some(Cut { cell: Cell { start: at, end: next, quotes: false }, next })
}

fn quoted(bytes: &[u8], at: usize, ended: bool, dialect: Dialect) -> Quoted {
    let unknown = |enough: bool| if enough || ended { Quoted::Literal } else { Quoted::Unknown };
    let mut from = at + 1;
    let mut quotes = false;
    let close = loop {
        let Some(n) = memchr(b'"', &bytes[from..]) else {
            return unknown(is_too_long(&bytes[at..]));
        };
        let quote = from + n;
        match bytes.get(quote + 1) {
            Some(b'"') => (quotes, from) = (true, quote + 2),
            None if !ended => return Quoted::Unknown,
            _ => break quote,
        }
    };
    let inside = &bytes[at + 1..close];
    let lines = memchr2(b'\n', b'\r', inside).is_some();
    if lines && is_too_long(inside) {
        return Quoted::Literal;
    }
    let Some(next) = find_end(bytes, close + 1, dialect).or(ended.then_some(bytes.len())) else {
        return Quoted::Unknown;
    };
    let tail = bytes[close + 1..next].trim_ascii();
    if tail.is_empty() {
        return Quoted::Cell(Cut { cell: Cell { start: at + 1, end: close, quotes }, next });
    }
    if lines {
        return Quoted::Literal;
    }
    Quoted::Cell(Cut { cell: Cell { start: at + 1, end: next, quotes: true }, next })
}

fn is_too_long(quoted: &[u8]) -> bool {
    quoted.len() > QUOTED_LINES && {
        let feeds = memchr::memchr_iter(b'\n', quoted).count();
        feeds.max(memchr::memchr_iter(b'\r', quoted).count()) > QUOTED_LINES
    }
}

/// Writes the cell without its quotes (a doubled one stays once); gives its new end.
fn unquote(buffer: &mut [u8], start: usize, end: usize) -> usize {
    let (mut read, mut write) = (start, start);
    while read < end {
        if buffer[read] == b'"' {
            read += 1;
            if read >= end || buffer[read] != b'"' {
                continue;
            }
        }
        buffer[write] = buffer[read];
        read += 1;
        write += 1;
    }
    write
}

/// All the records of a text held in memory, blank ones included, for sniffing.
pub fn records_of(text: &[u8], dialect: Dialect, most: usize) -> Vec<Vec<Vec<u8>>> {
    let mut cells = Vec::new();
    let mut records = Vec::new();
    let mut at = 0;
    while at < text.len() && records.len() < most {
        let Some(next) = split(&text[at..], true, dialect, &mut cells) else { break };
        let record = cells
            .iter()
            .map(|c| {
                let mut cell = text[at + c.start..at + c.end].to_vec();
                if c.quotes {
                    let end = cell.len();
                    let end = unquote(&mut cell, 0, end);
                    cell.truncate(end);
                }
                cell.trim_ascii().to_vec()
            })
            .collect();
        records.push(record);
        at += next;
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMA: Dialect = Dialect { delimiter: b',', lone_cr: false };

    fn texts(bytes: &[u8], dialect: Dialect) -> Vec<Vec<String>> {
        let text = |c: &Vec<u8>| String::from_utf8_lossy(c).into_owned();
        records_of(bytes, dialect, 1000).iter().map(|r| r.iter().map(text).collect()).collect()
    }

    fn streamed(bytes: &[u8], dialect: Dialect, block: usize) -> Vec<Vec<String>> {
        let blocks = Blocks::new(bytes, None, block);
        let mut records = Records::new(blocks, Vec::new(), dialect);
        let mut out = Vec::new();
        while records.advance().expect("memory does not fail") != Found::End {
            let cells =
                (0..records.width()).map(|i| String::from_utf8_lossy(records.cell(i)).into_owned());
            out.push(cells.collect());
        }
        out
    }

    #[test]
    fn line_ends_and_quotes() {
        assert_eq!(texts(b"a,b\r\n1,\"x,\"\"y\"\"\"\n", COMMA), [["a", "b"], ["1", "x,\"y\""]]);
        let cr = Dialect { delimiter: b',', lone_cr: true };
        assert_eq!(texts(b"a,b\r1,2\r3,4", cr), [["a", "b"], ["1", "2"], ["3", "4"]]);
        assert_eq!(texts(b"\"a\nb\",c\n", COMMA), [["a\nb", "c"]]);
    }

    #[test]
    fn a_stray_quote_swallows_no_row() {
        let text = b"1,\"24 pouces,5\n2,\"Rue \"de la\" Paix\",6\n3,x,7\n";
        assert_eq!(
            texts(text, COMMA),
            [["1", "\"24 pouces", "5"], ["2", "Rue de la Paix", "6"], ["3", "x", "7"]]
        );
        assert_eq!(texts(b"1,\"open\n2,b\n", COMMA), [["1", "\"open"], ["2", "b"]]);
    }

    #[test]
    fn huge_lines_are_skipped() {
        let mut text = b"a,b\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', LONGEST_RECORD + 100_000));
        text.extend_from_slice(b"\n1,2\n");
        let mut records = Records::new(Blocks::new(&text[..], None, 1 << 16), Vec::new(), COMMA);
        let found: Vec<Found> = (0..4).map(|_| records.advance().expect("memory")).collect();
        assert_eq!(found, [Found::Record, Found::TooLong, Found::Record, Found::End]);
    }

    proptest! {
        #[test]
        fn same_cells_as_the_csv_crate(rows in proptest::collection::vec(proptest::collection::vec("[a-c ,\"\n]{0,6}", 2..5), 1..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("memory");
            }
            let bytes = writer.into_inner().expect("memory");
            let trimmed: Vec<Vec<String>> = rows.iter().map(|r| r.iter().map(|c| c.trim_ascii().to_owned()).collect()).collect();
            prop_assert_eq!(texts(&bytes, COMMA), trimmed);
        }

        #[test]
        fn blocks_change_nothing(bytes in "[a,\"\r\n]{0,60}", block in 1_usize..9, lone_cr: bool) {
            let dialect = Dialect { delimiter: b',', lone_cr };
            prop_assert_eq!(streamed(bytes.as_bytes(), dialect, block), texts(bytes.as_bytes(), dialect));
        }
    }
}
