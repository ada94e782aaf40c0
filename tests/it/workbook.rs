//! `preparation.xlsx`: its formulas evaluated by a small evaluator of our own, then edited, recalculated and
//! saved by LibreOffice when it is installed, and read back by `vigie verifier`.
//!
//! **Invariant:** without LibreOffice its test says that it is skipped and claims nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader, Xlsx};

use crate::proposition::{inputs, of, rows, run, verdicts};

/// What a lookup without a match gives.
const MISSING: &str = "#N/A";

/// What a cell holds once evaluated.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Text(String),
}

impl Value {
    fn number(&self) -> f64 {
        match self {
            Self::Number(x) => *x,
            Self::Text(_) => 0.0,
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(t) if t.is_empty())
    }
}

/// Sheets as typed values, cached results and formulas, by cell (row, column from 0).
struct Book {
    cached: BTreeMap<(String, u32, u32), Value>,
    formulas: BTreeMap<(String, u32, u32), String>,
}

impl Book {
    fn open(bytes: &[u8]) -> Self {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let (mut cached, mut formulas) = (BTreeMap::new(), BTreeMap::new());
        for name in book.sheet_names() {
            let range = book.worksheet_range(&name).expect("a sheet");
            let (top, left) = range.start().unwrap_or((0, 0));
            for (r, c, cell) in range.used_cells() {
                let value = match cell {
                    Data::Float(x) => Value::Number(*x),
                    Data::Int(x) => Value::Number(*x as f64),
                    Data::String(t) => Value::Text(t.clone()),
                    Data::Empty => continue,
                    other => panic!("{name} {r} {c}: {other:?}"),
                };
                cached.insert((name.clone(), top + r as u32, left + c as u32), value);
            }
            let range = book.worksheet_formula(&name).expect("formulas");
            let (top, left) = range.start().unwrap_or((0, 0));
            for (r, c, text) in range.used_cells().filter(|(_, _, t)| !t.is_empty()) {
                formulas.insert((name.clone(), top + r as u32, left + c as u32), text.clone());
            }
        }
        Self { cached, formulas }
    }

    fn value(&self, sheet: &str, row: u32, column: u32) -> Value {
        let key = (sheet.to_owned(), row, column);
        match self.formulas.get(&key) {
            Some(text) => Parser { book: self, sheet, rest: text.trim_start_matches('=') }.whole(),
            None => self.cached.get(&key).cloned().unwrap_or(Value::Text(String::new())),
        }
    }
}

/// Recursive descent over the formulas that the workbook uses.
struct Parser<'a> {
    book: &'a Book,
    sheet: &'a str,
    rest: &'a str,
}

/// A reference: sheet and corners.
type Area = (String, (u32, u32), (u32, u32));

impl Parser<'_> {
    fn whole(mut self) -> Value {
        let value = self.compare();
        assert!(self.rest.is_empty(), "not read: {}", self.rest);
        value
    }

    fn eat(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.strip_prefix(word).map(|rest| self.rest = rest).is_some()
    }

    fn compare(&mut self) -> Value {
        let left = self.sum();
        if self.eat(">=") {
            let right = self.sum();
            return Value::Number(f64::from(left.number() >= right.number()));
        }
        if self.eat("=") {
            let right = self.sum();
            return Value::Number(f64::from(
                left == right || (left.is_empty() && right.is_empty()),
            ));
        }
        left
    }

    fn sum(&mut self) -> Value {
        let mut left = self.term();
        loop {
            if self.eat("+") {
                left = Value::Number(left.number() + self.term().number());
            } else if self.eat("-") {
                left = Value::Number(left.number() - self.term().number());
            } else if self.eat("&") {
                let right = self.term();
                left = Value::Text(format!("{}{}", words(&left), words(&right)));
            } else {
                return left;
            }
        }
    }

    fn term(&mut self) -> Value {
        if self.eat("-") {
            return Value::Number(-self.term().number());
        }
        if self.eat("(") {
            let value = self.compare();
            assert!(self.eat(")"), "{}", self.rest);
            return value;
        }
        if self.eat("\"") {
            let end = self.rest.find('"').expect("a quote");
            let text = self.rest[..end].to_owned();
            self.rest = &self.rest[end + 1..];
            return Value::Text(text);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            return Value::Number(digits.parse().expect("a number"));
        }
        if self.eat("FALSE()") || self.eat("FALSE") {
            return Value::Number(0.0);
        }
        for name in ["SUMIFS", "VLOOKUP", "IFERROR", "LEFT", "MAX", "MIN", "ROUND", "ABS", "IF"] {
            if self.eat(&format!("{name}(")) {
                return self.call(name);
            }
        }
        let (sheet, (row, column), _) = self.area();
        self.book.value(&sheet, row, column)
    }

    fn call(&mut self, name: &str) -> Value {
        match name {
            "SUMIFS" => return self.sumifs(),
            "VLOOKUP" => return self.vlookup(),
            _ => {}
        }
        let mut args = vec![self.compare()];
        while self.eat(",") {
            args.push(self.compare());
        }
        assert!(self.eat(")"), "{}", self.rest);
        let numbers: Vec<f64> = args.iter().map(Value::number).collect();
        match name {
            "MAX" => Value::Number(numbers.iter().copied().fold(f64::MIN, f64::max)),
            "MIN" => Value::Number(numbers.iter().copied().fold(f64::MAX, f64::min)),
            "ROUND" => {
                let scale = 10_f64.powf(numbers[1]);
                Value::Number((numbers[0] * scale).round() / scale)
            }
            "ABS" => Value::Number(numbers[0].abs()),
            "LEFT" => Value::Text(words(&args[0]).chars().take(numbers[1] as usize).collect()),
            "IFERROR" if args[0] == Value::Text(MISSING.to_owned()) => args[1].clone(),
            "IFERROR" => args[0].clone(),
            _ => args[if numbers[0] == 0.0 { 2 } else { 1 }].clone(),
        }
    }

    /// Exact match on the first column of an area.
    fn vlookup(&mut self) -> Value {
        let key = self.compare();
        assert!(self.eat(","), "{}", self.rest);
        let area = self.area();
        assert!(self.eat(","), "{}", self.rest);
        let column = self.sum().number() as u32;
        // LibreOffice writes the constant as a function
        assert!(self.eat(",FALSE)") || self.eat(",FALSE())"), "{}", self.rest);
        let found = (area.1.0..=area.2.0).find(|r| self.book.value(&area.0, *r, area.1.1) == key);
        found.map_or(Value::Text(MISSING.to_owned()), |r| {
            self.book.value(&area.0, r, area.1.1 + column - 1)
        })
    }

    fn sumifs(&mut self) -> Value {
        let summed = self.area();
        let mut tests: Vec<(Area, Value)> = Vec::new();
        while self.eat(",") {
            let area = self.area();
            assert!(self.eat(","), "{}", self.rest);
            tests.push((area, self.sum()));
        }
        assert!(self.eat(")"), "{}", self.rest);
        let mut total = 0.0;
        for at in summed.1.0..=summed.2.0 {
            let kept = tests.iter().all(|(area, wanted)| {
                let row = area.1.0 + (at - summed.1.0);
                self.book.value(&area.0, row, area.1.1) == *wanted
            });
            if kept {
                total += self.book.value(&summed.0, at, summed.1.1).number();
            }
        }
        Value::Number(total)
    }

    fn area(&mut self) -> Area {
        self.rest = self.rest.trim_start();
        let sheet = if let Some(rest) = self.rest.strip_prefix('\'') {
            let end = rest.find("'!").expect("a sheet");
            self.rest = &rest[end + 2..];
            rest[..end].to_owned()
        } else {
            let word = self.rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(self.rest.len());
            if self.rest[word..].starts_with('!') {
                let name = self.rest[..word].to_owned();
                self.rest = &self.rest[word + 1..];
                name
            } else {
                self.sheet.to_owned()
            }
        };
        let first = self.cell();
        let last = if self.eat(":") { self.cell() } else { first };
        (sheet, first, last)
    }

    fn cell(&mut self) -> (u32, u32) {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '$');
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let plain = text.replace('$', "");
        let split = plain.find(|c: char| c.is_ascii_digit()).unwrap_or_else(|| panic!("{text}"));
        let column = plain[..split].bytes().fold(0, |n, b| n * 26 + u32::from(b - b'A') + 1);
        (plain[split..].parse::<u32>().expect("a row") - 1, column - 1)
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Number(x) => x.to_string(),
        Value::Text(t) => t.clone(),
    }
}

/// Types values in cells of a workbook: sheet, cell, number or text (inline).
fn typed(bytes: &[u8], edits: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut book = zip::ZipArchive::new(Cursor::new(bytes)).expect("a workbook");
    let part = |book: &mut zip::ZipArchive<Cursor<&[u8]>>, name: &str| {
        let mut text = String::new();
        book.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
        text
    };
    let list = part(&mut book, "xl/workbook.xml");
    let mut changed: BTreeMap<String, String> = BTreeMap::new();
    for (sheet, cell, value) in edits {
        let at = list.find(&format!("<sheet name=\"{sheet}\"")).expect("the sheet is listed");
        let rank = list[..at].matches("<sheet name=").count() + 1;
        let name = format!("xl/worksheets/sheet{rank}.xml");
        let text = changed.remove(&name).unwrap_or_else(|| part(&mut book, &name));
        let start = text.find(&format!("<c r=\"{cell}\"")).unwrap_or_else(|| panic!("no {cell}"));
        let end = start + text[start..].find("/>").expect("an empty cell");
        let head = text[start..end].to_owned();
        assert!(!head.contains('>'), "{cell} is not empty: {head}");
        let content = if value.parse::<f64>().is_ok() && !cell.starts_with(['D', 'E']) {
            format!("{head}><v>{value}</v></c>")
        } else {
            format!("{head} t=\"inlineStr\"><is><t>{value}</t></is></c>")
        };
        changed.insert(name, format!("{}{content}{}", &text[..start], &text[end + 2..]));
    }
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..book.len() {
        let name = book.by_index(i).expect("a part").name().expect("a name").into_owned();
        let options = zip::write::SimpleFileOptions::default();
        out.start_file(&name, options).expect("a part");
        let mut content = Vec::new();
        match changed.get(&name) {
            Some(text) => content.extend_from_slice(text.as_bytes()),
            None => {
                book.by_index(i).expect("a part").read_to_end(&mut content).expect("readable");
            }
        }
        out.write_all(&content).expect("written");
    }
    out.finish().expect("a workbook").into_inner()
}

/// `preparation.xlsx` of the case counted by hand, and the folder it is in.
fn case(folder: &Path) -> (PathBuf, Vec<u8>) {
    let page = run(folder, &["rapport", "preparation"], &[&inputs(folder)]);
    let path = page.join("preparation.xlsx");
    let bytes = fs::read(&path).expect("written");
    (path, bytes)
}

/// The edits of the case: schools ask 350 000 of energy for 330 000 proposed, 12 000 on an account they did
/// not have, and staff is voted at 530 000 for 520 000.
const EDITS: [(&str, &str, &str); 4] = [
    ("Svc Écoles", "I2", "350000"),
    ("Svc Écoles", "D6", "6067"),
    ("Svc Écoles", "I6", "12000"),
    ("Proposition", "Q4", "530000"),
];

/// Settings of LibreOffice: recalculate workbooks when they are opened.
const ALWAYS_RECALCULATE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"#;

#[test]
fn cached_values_are_those_of_the_formulas() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, bytes) = case(folder.path());
    let book = Book::open(&bytes);
    assert!(book.formulas.len() > 60, "{} formulas", book.formulas.len());
    for ((sheet, row, column), text) in &book.formulas {
        let found = book.value(sheet, *row, *column);
        let key = (sheet.clone(), *row, *column);
        let cached = book.cached.get(&key).cloned().unwrap_or(Value::Text(String::new()));
        let same = match (&found, &cached) {
            (Value::Number(a), Value::Number(b)) => (a - b).abs() < 0.005,
            (a, b) => a == b,
        };
        assert!(same, "{sheet} {row} {column} {text}: {found:?}, cached {cached:?}");
    }
}

#[test]
fn a_request_changes_the_balance_as_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, bytes) = case(folder.path());
    let book = Book::open(&typed(&bytes, &EDITS));
    let balance: Vec<f64> = (1..8).map(|c| book.value("Equilibre", 1, c).number()).collect();
    // 20 000 + 12 000 + 10 000 more to spend: the surplus of 125 000 falls to 83 000, the loan grows by 42 000
    assert_eq!(balance, vec![83_000.0, 277_000.0, 83_000.0, 360_000.0, 0.0, 0.0, 0.0]);
    // the cautious and favourable budgets take the same requests in place of their own amounts
    let before = Book::open(&bytes);
    let text = |row: u32, c: u32, word: &str| {
        before.value("Proposition", row, c) == Value::Text(word.into())
    };
    let energy = (0..60).find(|r| text(*r, 7, "60612") && text(*r, 8, "211")).expect("proposed");
    for (row, column) in [(1, 13), (3, 15)] {
        let amount = |r: u32| before.value("Proposition", r, column).number();
        let more = 350_000.0 - amount(energy) + 12_000.0 + 530_000.0 - amount(3);
        let figure = |b: &Book, c: u32| b.value("Colonnes", row, c).number();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 0.005, "row {row}: {a} for {b}");
        near(figure(&book, 6), figure(&before, 6) - more);
        near(figure(&book, 8), figure(&book, 6).min(figure(&book, 7)).max(0.0));
        near(figure(&book, 9), figure(&book, 7) - figure(&book, 8));
        near(figure(&book, 11), 0.0);
    }
    let central: Vec<f64> = (6..10).map(|c| book.value("Colonnes", 2, c).number()).collect();
    assert_eq!(central, vec![83_000.0, 360_000.0, 83_000.0, 277_000.0]);
    // the new line finds its chapitre in the chart
    let line = (0..60).find(|r| book.value("Proposition", *r, 7) == Value::Text("6067".into()));
    let chapitre = line.map(|r| book.value("Proposition", r, 6));
    assert_eq!(chapitre, Some(Value::Text("011".into())));
}

#[test]
fn a_real_spreadsheet_recalculates_and_saves() {
    let found = Command::new("soffice").arg("--version").output();
    if !found.is_ok_and(|o| o.status.success()) {
        println!("test sauté : LibreOffice (soffice) n'est pas installé");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (_, bytes) = case(folder.path());
    let edited = folder.path().join("edite.xlsx");
    fs::write(&edited, typed(&bytes, &EDITS)).expect("writable");
    // the setting "always recalculate on load" of LibreOffice, as a click on it writes it
    let settings = folder.path().join("profil/user/registrymodifications.xcu");
    fs::create_dir_all(settings.parent().expect("a folder")).expect("writable");
    fs::write(&settings, ALWAYS_RECALCULATE).expect("writable");
    for (kind, filter) in [("xlsx", "xlsx:Calc MS Excel 2007 XML"), ("ods", "ods:calc8")] {
        let out = folder.path().join(kind);
        let profile = format!("-env:UserInstallation=file://{}/profil", folder.path().display());
        let status = Command::new("soffice")
            .args([&profile, "--headless", "--norestore", "--convert-to", filter, "--outdir"])
            .arg(&out)
            .arg(&edited)
            .output()
            .expect("soffice runs");
        assert!(status.status.success(), "{status:?}");
        let saved = out.join(format!("edite.{kind}"));
        if kind == "xlsx" {
            recalculated(&fs::read(&saved).expect("saved"));
        }
        let checked = run(folder.path(), &["verifier"], &[&saved]);
        let all = verdicts(&checked);
        for code in
            ["equilibre_F", "equilibre_I", "021=023", "040D=042R", "040R=042D", "equilibre_reel"]
        {
            assert_eq!(of(&all, code), "conforme", "{kind} {code}: {all:?}");
        }
        let transfer = rows(&checked.join("verifications.csv"));
        let line = transfer.iter().find(|r| r[1] == "021=023").expect("checked");
        assert_eq!(line[3], "83000,00", "{kind}");
    }
}

/// What LibreOffice computed is what our evaluator finds, without an error in any cell.
fn recalculated(bytes: &[u8]) {
    let book = Book::open(bytes);
    let ours = |(sheet, _, _): &&(String, u32, u32)| {
        ["Proposition", "Equilibre", "Colonnes"].contains(&sheet.as_str())
            || sheet.starts_with("Svc")
    };
    let mut count = 0;
    for key in book.formulas.keys().filter(ours) {
        let found = book.value(&key.0, key.1, key.2);
        let cached = book.cached.get(key).cloned().unwrap_or(Value::Text(String::new()));
        let same = match (&found, &cached) {
            (Value::Number(a), Value::Number(b)) => (a - b).abs() < 0.005,
            (a, b) => a == b,
        };
        assert!(same, "{key:?}: {found:?}, LibreOffice {cached:?}");
        count += 1;
    }
    println!("LibreOffice : {count} formules recalculées, toutes égales");
    assert!(count > 60);
}
