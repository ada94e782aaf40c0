//! OpenDocument sheets, streamed: `content.xml` is read event by event, one sheet at a time.
//!
//! The library used for Excel holds a whole ODS in memory and multiplies repeated cells before one can
//! look: here repeats are bounded and blank ones cost nothing.
//!
//! **Invariant:** at most [`MOST_CELLS`] cells come out of a sheet; comments and drawings are no cells.

use std::cell::{Cell as StdCell, RefCell};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use zip::ZipArchive;

use super::guard;
use super::merged::{Filler, MOST_REGIONS};
use crate::domain::refus::Refus;
use crate::ingest::mapped::grid::{Batches, Grid, MOST_COLUMNS, Next, Take};

/// Most cells of a sheet, blank ones between others included.
const MOST_CELLS: u64 = 64_000_000;
/// Most rows of a sheet.
const MOST_ROWS: u64 = 1_048_576;

/// A sheet: name, and whether it is hidden.
pub(super) type Name = (String, bool);

/// An OpenDocument workbook.
pub(super) struct Ods<'a> {
    archive: RefCell<ZipArchive<BufReader<File>>>,
    name: &'a str,
    /// True when no formula has a value: LibreOffice writes an empty text as no value at all, so that one
    /// formula with a value shows that the others were computed too.
    not_computed: StdCell<bool>,
}

impl<'a> Ods<'a> {
    /// Opens a workbook already checked.
    pub(super) fn open(path: &Path, name: &'a str) -> Result<Self, Refus> {
        let (archive, _) = guard::open_zip(path, name)?;
        let not_computed = StdCell::new(false);
        let ods = Self { archive: RefCell::new(archive), name, not_computed };
        ods.refuse_password()?;
        Ok(ods)
    }

    /// The manifest says which parts are encrypted.
    fn refuse_password(&self) -> Result<(), Refus> {
        let mut archive = self.archive.borrow_mut();
        let Ok(part) = archive.by_name("META-INF/manifest.xml") else { return Ok(()) };
        let mut text = Vec::new();
        let _ = part.take(1 << 20).read_to_end(&mut text);
        if memchr::memmem::find(&text, b"encryption-data").is_some() {
            return Err(guard::protected(self.name));
        }
        Ok(())
    }

    /// Names of the sheets, in order.
    pub(super) fn sheets(&self) -> Result<Vec<Name>, Refus> {
        let mut names = Vec::new();
        let mut hidden = Vec::new();
        let mut style = String::new();
        let (mut formulas, mut computed) = (false, false);
        self.events(&mut |event| {
            let Event::Start(e) = event else { return Ok(Next::More) };
            match e.name().as_ref() {
                "style:style" => style = attribute(e, "style:name"),
                "style:table-properties" if attribute(e, "table:display") == "false" => {
                    hidden.push(style.clone());
                }
                "table:table" => {
                    let masked = hidden.contains(&attribute(e, "table:style-name"));
                    names.push((attribute(e, "table:name"), masked));
                }
                "table:table-cell" if !computed && !attribute(e, "table:formula").is_empty() => {
                    formulas = true;
                    computed = !attribute(e, "office:value-type").is_empty();
                }
                _ => {}
            }
            Ok(Next::More)
        })?;
        self.not_computed.set(formulas && !computed);
        Ok(names)
    }

    /// The rows of sheet `index`.
    pub(super) fn sheet(&self, index: usize) -> Sheet<'_> {
        Sheet { ods: self, index }
    }

    /// Every event of the content, empty elements given as a start and an end.
    fn events(&self, take: &mut dyn FnMut(&Event<'_>) -> Result<Next, Refus>) -> Result<(), Refus> {
        let broken = |e: &dyn std::fmt::Display| guard::damaged(self.name, &e.to_string());
        let mut archive = self.archive.borrow_mut();
        let part = archive.by_name("content.xml").map_err(|e| broken(&e))?;
        let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 16, part));
        reader.config_mut().expand_empty_elements = true;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(|e| broken(&e))? {
                Event::Eof => return Ok(()),
                Event::DocType(_) => return Err(broken(&"type de document interdit")),
                event => {
                    if take(&event)? == Next::Stop {
                        return Ok(());
                    }
                }
            }
        }
    }
}

fn attribute(e: &BytesStart<'_>, key: &str) -> String {
    let found = e.attributes().flatten().find(|a| a.key.as_ref() == key);
    found
        .and_then(|a| {
            a.normalized_value(XmlVersion::default()).ok().map(std::borrow::Cow::into_owned)
        })
        .unwrap_or_default()
}

fn repeat(e: &BytesStart<'_>, key: &str) -> u64 {
    attribute(e, key).parse().unwrap_or(1).max(1)
}

/// A sheet of an OpenDocument workbook.
pub(super) struct Sheet<'o> {
    ods: &'o Ods<'o>,
    index: usize,
}

impl Batches for Sheet<'_> {
    fn each(&self, take: &mut Take<'_>) -> Result<(), Refus> {
        let mut state = Reading::new(self.ods.name, self.index);
        state.not_computed = self.ods.not_computed.get();
        self.ods.events(&mut |event| state.event(event, take))?;
        if state.grid.is_empty() || state.stopped { Ok(()) } else { take(&state.grid).map(|_| ()) }
    }
}

/// Where we stand in a sheet.
struct Reading<'n> {
    name: &'n str,
    wanted: usize,
    seen: usize,
    /// Depth of tables: one inside a cell is no sheet.
    tables: usize,
    inside: bool,
    grid: Grid,
    row: Vec<String>,
    /// Formulas without value of the row, by column.
    unvalued: Vec<(usize, String)>,
    /// True when the formulas of the file have no value.
    not_computed: bool,
    /// Row of the sheet under way, repeated blank ones counted, from 1.
    number: u64,
    row_bytes: usize,
    /// Bytes of the texts of the sheet so far.
    bytes: u64,
    blanks: u64,
    row_repeat: u64,
    cell: Option<Cell>,
    /// Depth of comments and drawings.
    ignored: usize,
    cells: u64,
    rows: u64,
    stopped: bool,
    filler: Filler,
    /// Cells merged over several rows so far.
    regions: u64,
}

/// A cell under way.
#[derive(Default)]
struct Cell {
    value: Option<String>,
    text: String,
    repeat: u64,
    /// Rows over which it is merged.
    tall: u64,
    /// Formula of a cell that says no type of value: none was recorded.
    formula: Option<String>,
    paragraphs: usize,
}

impl<'n> Reading<'n> {
    fn new(name: &'n str, wanted: usize) -> Self {
        Self {
            name,
            wanted,
            seen: 0,
            tables: 0,
            inside: false,
            grid: Grid::default(),
            row: Vec::new(),
            unvalued: Vec::new(),
            not_computed: false,
            number: 1,
            row_bytes: 0,
            bytes: 0,
            blanks: 0,
            row_repeat: 1,
            cell: None,
            ignored: 0,
            cells: 0,
            rows: 0,
            stopped: false,
            filler: Filler::default(),
            regions: 0,
        }
    }

    fn event(&mut self, event: &Event<'_>, take: &mut Take<'_>) -> Result<Next, Refus> {
        match event {
            Event::Start(e) => self.start(e),
            Event::End(e) => return self.end(e.name().as_ref(), take),
            Event::Text(t) if self.ignored == 0 => {
                if let Some(cell) = self.cell.as_mut().filter(|c| c.paragraphs > 0) {
                    cell.text.push_str(&t.xml10_content());
                }
            }
            Event::GeneralRef(r) if self.ignored == 0 => {
                if let Some(cell) = self.cell.as_mut().filter(|c| c.paragraphs > 0) {
                    let known = quick_xml::escape::resolve_xml_entity(r.as_ref());
                    let sign = r.resolve_char_ref().ok().flatten();
                    match (known, sign) {
                        (Some(text), _) => cell.text.push_str(text),
                        (None, Some(c)) => cell.text.push(c),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(Next::More)
    }

    fn start(&mut self, e: &BytesStart<'_>) {
        let name = e.name();
        let name = name.as_ref();
        if name == "table:table" {
            self.tables += 1;
            if self.tables == 1 {
                self.inside = self.seen == self.wanted;
                self.seen += 1;
            }
            return;
        }
        if !self.inside || self.tables != 1 {
            return;
        }
        match name {
            "office:annotation" | "draw:frame" | "draw:custom-shape" => self.ignored += 1,
            _ if self.ignored > 0 => {}
            "table:table-row" => {
                self.row_repeat = repeat(e, "table:number-rows-repeated");
                self.row.clear();
                self.unvalued.clear();
                self.row_bytes = 0;
                self.blanks = 0;
            }
            "table:table-cell" | "table:covered-table-cell" => self.cell = Some(open_cell(e)),
            "text:p" => self.with_cell(|c| {
                if c.paragraphs > 0 {
                    c.text.push(' ');
                }
                c.paragraphs += 1;
            }),
            "text:s" => {
                let n = repeat(e, "text:c").min(100) as usize;
                self.with_cell(|c| c.text.push_str(&" ".repeat(n)));
            }
            "text:tab" | "text:line-break" => self.with_cell(|c| c.text.push(' ')),
            _ => {}
        }
    }

    fn with_cell(&mut self, change: impl FnOnce(&mut Cell)) {
        if let Some(cell) = self.cell.as_mut() {
            change(cell);
        }
    }

    fn end(&mut self, name: &str, take: &mut Take<'_>) -> Result<Next, Refus> {
        if name == "table:table" {
            self.tables = self.tables.saturating_sub(1);
            if self.tables == 0 && std::mem::take(&mut self.inside) {
                if !self.grid.is_empty() {
                    take(&self.grid)?;
                    self.grid.clear();
                }
                self.stopped = true;
                return Ok(Next::Stop);
            }
            return Ok(Next::More);
        }
        if !self.inside || self.tables != 1 {
            return Ok(Next::More);
        }
        match name {
            "office:annotation" | "draw:frame" | "draw:custom-shape" => {
                self.ignored = self.ignored.saturating_sub(1);
            }
            "table:table-cell" | "table:covered-table-cell" if self.ignored == 0 => {
                self.close_cell()?;
            }
            "table:table-row" if self.ignored == 0 => return self.close_row(take),
            _ => {}
        }
        Ok(Next::More)
    }

    fn close_cell(&mut self) -> Result<(), Refus> {
        let Some(cell) = self.cell.take() else { return Ok(()) };
        let text = cell.value.unwrap_or(cell.text);
        let formula = cell.formula.filter(|_| self.not_computed && text.trim().is_empty());
        if text.trim().is_empty() && formula.is_none() {
            self.blanks = self.blanks.saturating_add(cell.repeat);
            return Ok(());
        }
        let width = self.blanks.saturating_add(cell.repeat).saturating_add(self.row.len() as u64);
        if width > MOST_COLUMNS as u64 {
            return Err(guard::damaged(self.name, "plus de 16 384 colonnes dans une feuille"));
        }
        self.row_bytes += text.len().saturating_mul(cell.repeat as usize);
        guard::check_texts(self.name, self.row_bytes, self.bytes)?;
        self.row.resize(self.row.len() + self.blanks as usize, String::new());
        self.blanks = 0;
        if let Some(formula) = formula {
            let columns = (self.row.len()..).take(cell.repeat as usize);
            self.unvalued.extend(columns.map(|c| (c, formula.clone())));
        }
        if cell.tall > 1 && self.regions < MOST_REGIONS {
            self.regions += 1;
            let last = self.rows.saturating_add(cell.tall - 1);
            let bottom = u32::try_from(last).unwrap_or(u32::MAX);
            self.filler.start(self.row.len(), bottom, text.as_bytes());
        }
        self.row.extend(std::iter::repeat_n(text, cell.repeat as usize));
        Ok(())
    }

    fn close_row(&mut self, take: &mut Take<'_>) -> Result<Next, Refus> {
        self.filler.row(u32::try_from(self.rows).unwrap_or(u32::MAX));
        // a blank row repeated to the bottom of the sheet is one blank row
        let times = if self.row.is_empty() { 1 } else { self.row_repeat };
        self.rows = self.rows.saturating_add(times);
        self.cells = self.cells.saturating_add(times.saturating_mul(self.row.len() as u64));
        self.bytes = self.bytes.saturating_add(times.saturating_mul(self.row_bytes as u64));
        guard::check_texts(self.name, self.row_bytes, self.bytes)?;
        if self.rows > MOST_ROWS || self.cells > MOST_CELLS {
            return Err(guard::damaged(self.name, "plus de cellules qu’une feuille n’en a"));
        }
        let first = self.number;
        self.number = self.number.saturating_add(self.row_repeat);
        for at in first..first.saturating_add(times) {
            for (column, text) in self.row.iter().enumerate() {
                if let Ok(i) = self.unvalued.binary_search_by_key(&column, |u| u.0) {
                    self.grid.unvalued(&self.unvalued[i].1);
                    continue;
                }
                match self.filler.above(column) {
                    Some(above) if text.is_empty() => self.grid.fill(above),
                    _ => self.grid.cell(text.as_bytes()),
                }
            }
            if !self.row.is_empty() {
                self.filler.pad(&mut self.grid, self.row.len(), self.filler.width());
            }
            self.grid.end_row_at(u32::try_from(at).unwrap_or(0));
            if self.grid.is_full() {
                let next = take(&self.grid)?;
                self.grid.clear();
                if next == Next::Stop {
                    self.stopped = true;
                    return Ok(Next::Stop);
                }
            }
        }
        Ok(Next::More)
    }
}

fn open_cell(e: &BytesStart<'_>) -> Cell {
    let kind = attribute(e, "office:value-type");
    let value = match kind.as_str() {
        "float" | "currency" | "percentage" => {
            let written = attribute(e, "office:value");
            written.parse().ok().map(super::cell::number)
        }
        "date" => {
            let day = attribute(e, "office:date-value");
            Some(day.split('T').next().unwrap_or_default().to_owned())
        }
        "string" => Some(attribute(e, "office:string-value")).filter(|s| !s.is_empty()),
        _ => None,
    };
    let columns = repeat(e, "table:number-columns-repeated");
    let tall = repeat(e, "table:number-rows-spanned");
    let formula = attribute(e, "table:formula");
    let formula = formula.split_once('=').map_or(formula.as_str(), |f| f.1);
    let formula =
        (kind.is_empty() && !formula.is_empty()).then(|| formula.chars().take(200).collect());
    Cell { value, repeat: columns, tall, formula, ..Cell::default() }
}
