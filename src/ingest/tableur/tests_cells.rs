//! Cells that are not what they seem: dates counted from 1904, dates as texts, shares, merged cells, hidden
//! sheets, formulas in error, texts that swell.
//!
//! **Invariant:** each test states what is kept, to the centime, or the words of the refusal.

use std::io::{Cursor, Read as _, Write as _};

use rust_xlsxwriter::{Format as Style, Formula, Workbook};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::tests::{Read, ods, text, zipped};
use super::*;
use crate::domain::calendar::civil;
use crate::frames::ledger::TextKey;

/// A workbook with a part rewritten.
fn rewritten(book: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(book)).expect("a zip");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).expect("a part");
        let name = file.name().expect("a name").to_string();
        let mut body = String::new();
        file.read_to_string(&mut body).expect("text");
        let body = if name == part { change(body) } else { body };
        writer.start_file(name.as_str(), SimpleFileOptions::default()).expect("memory");
        writer.write_all(body.as_bytes()).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

fn days(read: Read) -> Vec<String> {
    let ledger = read.ledger();
    (0..ledger.len()).filter_map(|r| civil(ledger.day(r))).map(|d| d.to_string()).collect()
}

fn with_titles(book: &mut Workbook) -> &mut rust_xlsxwriter::Worksheet {
    let sheet = book.add_worksheet();
    for (c, title) in ["Date mandat", "Fournisseur", "Montant", "Taux"].iter().enumerate() {
        sheet.write(0, c as u16, *title).expect("a cell");
    }
    sheet
}

#[test]
fn dates_counted_from_1904() {
    let mut book = Workbook::new();
    let day = Style::new().set_num_format("dd/mm/yyyy");
    let sheet = with_titles(&mut book);
    // 14/03/2025 counted from 1 January 1904
    sheet.write_with_format(1, 0, 45_730 - 1_462, &day).expect("a cell");
    sheet.write(1, 1, "A").expect("a cell");
    sheet.write(1, 2, 12.5).expect("a cell");
    let bytes = book.save_to_buffer().expect("memory");
    let mac = rewritten(&bytes, "xl/workbook.xml", |t| {
        assert!(t.contains("<workbookPr "), "{t}");
        t.replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
    });
    assert_eq!(days(Read::of("mac.xlsx", &mac, None)), ["2025-03-14"]);
    assert_eq!(days(Read::of("pc.xlsx", &bytes, None)), ["2021-03-13"]);
}

#[test]
fn dates_as_texts_shares_and_errors() {
    let mut book = Workbook::new();
    let share = Style::new().set_num_format("0.00%");
    let sheet = with_titles(&mut book);
    for (r, (date, amount)) in
        [("14/03/2025", "(1 234,56)"), ("2025-03-15", "12,50 €"), ("16 mars 2025", "7,00-")]
            .iter()
            .enumerate()
    {
        let r = r as u32 + 1;
        sheet.write(r, 0, *date).expect("a cell");
        sheet.write(r, 1, "A").expect("a cell");
        sheet.write(r, 2, *amount).expect("a cell");
        sheet.write_with_format(r, 3, 0.2, &share).expect("a cell");
    }
    for (r, error) in ["#REF!", "#DIV/0!", "#N/A", "#VALUE!"].iter().enumerate() {
        let r = r as u32 + 4;
        sheet.write(r, 0, "17/03/2025").expect("a cell");
        sheet.write(r, 2, Formula::new("=1/0").set_result(*error)).expect("a cell");
    }
    let read = Read::of("a.xlsx", &book.save_to_buffer().expect("memory"), None);
    let lues = &read.recolte.ecritures[0];
    assert_eq!((lues.lignes_lues, lues.lignes_retenues, lues.lignes_ecartees), (7, 3, 4));
    let told = |what: &str| read.recolte.issues.iter().any(|i| i.valeur == what);
    assert!(["#REF!", "#DIV/0!", "#N/A", "#VALUE!"].iter().all(|e| told(e)));
    assert_eq!(read.ledger().montant, [-123_456, 1_250, -700]);
}

/// A value merged over several rows is written in the first one only: the others say nothing of it.
#[test]
fn merged_cells_and_hidden_sheets() {
    let mut book = Workbook::new();
    let plain = Style::new();
    let sheet = with_titles(&mut book);
    sheet.set_name("Mandats").expect("a name");
    sheet.set_hidden(true);
    sheet.merge_range(1, 1, 2, 1, "GARAGE", &plain).expect("merged");
    for r in 1..3 {
        sheet.write(r, 0, "14/03/2025").expect("a cell");
        sheet.write(r, 2, 10 * r).expect("a cell");
    }
    let notes = book.add_worksheet().set_name("Notes").expect("a name");
    notes.set_active(true).write(0, 0, "vu").expect("a cell");
    let read = Read::of("a.xlsx", &book.save_to_buffer().expect("memory"), None);
    assert!(read.recolte.issues.iter().any(|i| i.raison.contains("masquée")));
    let ledger = read.ledger();
    assert_eq!(ledger.montant, [1_000, 2_000]);
    assert_eq!(ledger.text_at(TextKey::TiersNom, 0), "GARAGE");
}

/// One text of twenty million bytes, shared by many cells: refused before it fills the memory.
#[test]
fn a_text_shared_by_many_cells() {
    let mut book = Workbook::new();
    let sheet = with_titles(&mut book);
    for c in 0..60 {
        sheet.write(1, c, "enflé").expect("a cell");
    }
    let bytes = book.save_to_buffer().expect("memory");
    let long = "x".repeat(12 << 20);
    let swollen = rewritten(&bytes, "xl/sharedStrings.xml", |t| t.replace("enflé", &long));
    let refus = Read::of("a.xlsx", &swollen, None).refus();
    assert!(refus.quoi.contains("démesurés"), "{refus}");
    let longer = "x".repeat(40 << 20);
    let swollen = rewritten(&bytes, "xl/sharedStrings.xml", |t| t.replace("enflé", &longer));
    assert!(Read::of("a.xlsx", &swollen, None).outcome.is_err());
    let row = format!(
        "<table:table-row><table:table-cell table:number-columns-repeated=\"9000\" office:value-type=\"string\">\
         <text:p>{}</text:p></table:table-cell></table:table-row>",
        "y".repeat(1 << 20)
    );
    let refus = Read::of("a.ods", &ods(&row), None).refus();
    assert!(refus.quoi.contains("démesurés"), "{refus}");
    let rows = format!(
        "<table:table-row table:number-rows-repeated=\"1000000\">{}</table:table-row>",
        text(&"z".repeat(100_000))
    );
    let refus = Read::of("a.ods", &ods(&rows), None).refus();
    assert!(refus.quoi.contains("démesurés"), "{refus}");
}

/// Entities and external parts are no business of a workbook.
#[test]
fn entities_are_refused() {
    let content = "<!DOCTYPE a [<!ENTITY b \"c\">]><office:document-content/>";
    let bytes = zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
    ]);
    assert!(Read::of("a.ods", &bytes, None).outcome.is_err());
}

/// The sheets of one workbook under one mapping, and what that mapping reads.
#[test]
fn one_mapping_for_the_sheets_of_a_workbook() {
    let mut book = Workbook::new();
    let titles = [["Date mandat", "Fournisseur", "Montant TTC"], ["Date", "Tiers", "Mt TTC"]];
    for (s, titles) in titles.iter().enumerate() {
        let sheet = book.add_worksheet();
        for (c, title) in titles.iter().enumerate() {
            sheet.write(0, c as u16, *title).expect("a cell");
        }
        sheet.write(1, 0, "14/03/2025").expect("a cell");
        sheet.write(1, 1, "A").expect("a cell");
        sheet.write(1, 2, s as u32 + 1).expect("a cell");
    }
    let bytes = book.save_to_buffer().expect("memory");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("j.xlsx");
    std::fs::write(&path, &bytes).expect("writable");
    let source = Source { nom: "j.xlsx", chemin: &path, head: &bytes, nomme: true };
    let toml = deviner(&source).expect("a mapping");
    let mapping = crate::ingest::mapped::mapping::Mapping::parse(&toml, "c").expect("valid");
    assert_eq!(Read::of("j.xlsx", &bytes, Some(&mapping)).ledger().montant, [100, 200]);
}
