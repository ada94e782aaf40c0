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

/// What a program that does not compute leaves: the formula, an empty value.
fn emptied(sheet: &str) -> String {
    assert!(sheet.contains("</f><v>9</v>"), "{sheet}");
    sheet.replace("</f><v>9</v>", "</f><v></v>")
}

fn not_computed(name: &str, rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).expect("a name");
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            let (r, c) = (r as u32, c as u16);
            if let Some(formula) = cell.strip_prefix('=') {
                sheet.write(r, c, Formula::new(formula).set_result("9")).expect("a cell");
            } else if let Ok(number) = cell.parse::<f64>() {
                sheet.write(r, c, number).expect("a cell");
            } else {
                sheet.write(r, c, *cell).expect("a cell");
            }
        }
    }
    rewritten(&book.save_to_buffer().expect("memory"), "xl/worksheets/sheet1.xml", |t| emptied(&t))
}

const SAVE: &str = "ouvrir le classeur dans Excel ou LibreOffice, l’enregistrer, puis relancer";

#[test]
fn a_proposal_that_nobody_computed_is_refused() {
    let rows: &[&[&str]] = &[
        &["exercice", "etape", "section", "sens", "chapitre", "nature", "vote"],
        &["2026", "BP", "F", "D", "011", "60611", "=SUM(A1:A2)"],
        &["2026", "BP", "F", "R", "74", "74111", "12.5"],
    ];
    let refus = Read::of("edite.xlsx", &not_computed("Proposition", rows), None).refus();
    assert!(refus.quoi.contains("edite.xlsx!Proposition"), "{refus}");
    assert!(refus.quoi.contains("1 formule sans valeur enregistrée"), "{refus}");
    assert!(refus.extrait.contains("G2 =SUM(A1:A2)"), "{refus}");
    assert_eq!(refus.a_faire, SAVE);
    // the same values, computed
    let mut book = not_computed("Proposition", rows);
    book = rewritten(&book, "xl/worksheets/sheet1.xml", |t| t.replace("<v></v>", "<v>12.5</v>"));
    let read = Read::of("calcule.xlsx", &book, None);
    read.outcome.expect("read");
    let votes: Vec<Option<i64>> =
        read.recolte.budget.lignes.iter().map(|l| l.vote.map(|c| c.0)).collect();
    assert_eq!(votes, [Some(1_250), Some(1_250)]);
}

#[test]
fn a_formula_without_value_is_a_doubtful_row_of_a_budget() {
    let rows: &[&[&str]] = &[
        &["Chapitre", "Article", "Libellé", "Crédits ouverts", "Réalisé", "Taux"],
        &["011", "60611", "Eau", "100", "=40+50", "0.9"],
        &["011", "60612", "Énergie", "200", "190", "=E3/D3"],
    ];
    let read = Read::of("etat_2023.xlsx", &not_computed("M57", rows), None);
    read.outcome.expect("read");
    let document = &read.recolte.budget.documents[0];
    assert_eq!(
        (document.lignes_lues, document.lignes_retenues, document.lignes_ecartees),
        (2, 1, 1)
    );
    assert_eq!(read.recolte.budget.lignes[0].realise.map(|c| c.0), Some(19_000));
    let aside: Vec<_> =
        read.recolte.issues.iter().filter(|i| i.severity == Severity::Ecartee).collect();
    let [one] = aside.as_slice() else { panic!("{aside:?}") };
    assert_eq!((one.colonne.as_str(), one.valeur.as_str()), ("Réalisé", "E2 =40+50"));
    assert_eq!(
        (one.raison.as_str(), one.a_faire.as_str()),
        ("formule sans valeur enregistrée", SAVE)
    );
    // the other formula is in a column that nobody needs: counted, the row is kept
    let all = read.recolte.issues.iter().find(|i| i.raison.starts_with("2 formules sans valeur"));
    assert!(all.is_some(), "{:?}", read.recolte.issues);
}

#[test]
fn a_formula_without_value_is_a_doubtful_row_of_a_ledger() {
    let rows: &[&[&str]] = &[
        &["Date mandat", "Fournisseur", "Article", "Montant"],
        &["2025-03-14", "PAPETERIE", "6064", "=D3+1"],
        &["2025-03-15", "GARAGE", "61551", "10.5"],
    ];
    let read = Read::of("j.xlsx", &not_computed("Mandats", rows), None);
    let lues = &read.recolte.ecritures[0];
    assert_eq!((lues.lignes_lues, lues.lignes_retenues, lues.total), (2, 1, 1_050));
    let aside = read.recolte.issues.iter().find(|i| i.severity == Severity::Ecartee);
    let aside = aside.expect("told");
    assert_eq!((aside.valeur.as_str(), aside.a_faire.as_str()), ("D2 =D3+1", SAVE));
    // a text that a formula gives empty is a blank, not a missing value
    let book = rewritten(&not_computed("Mandats", rows), "xl/worksheets/sheet1.xml", |t| {
        let at = t.find("r=\"D2\"").expect("the cell");
        let (before, after) = t.split_at(at);
        format!("{before}t=\"str\" {after}")
    });
    let read = Read::of("j.xlsx", &book, None);
    assert!(read.recolte.issues.iter().all(|i| !i.raison.contains("formule")));
}

#[test]
fn a_formula_without_value_of_an_opendocument_sheet() {
    let empty = "<table:table-cell table:formula=\"of:=[.C3]+1\"/>";
    let amount = "<table:table-cell office:value-type=\"float\" office:value=\"12.5\"/>";
    let day = "<table:table-cell office:value-type=\"date\" office:date-value=\"2025-03-14\"/>";
    let row = |amount: &str| {
        format!("<table:table-row>{day}{}{amount}</table:table-row>", text("GARAGE"))
    };
    let titles = format!(
        "<table:table-row>{}{}{}</table:table-row>",
        text("Date"),
        text("Tiers"),
        text("Montant")
    );
    let blank =
        "<table:table-row table:number-rows-repeated=\"7\"><table:table-cell/></table:table-row>";
    let read = Read::of(
        "j.ods",
        &ods(&[titles.clone(), blank.to_owned(), row(empty), row(amount)].concat()),
        None,
    );
    let lues = &read.recolte.ecritures[0];
    assert_eq!((lues.lignes_lues, lues.lignes_retenues, lues.total), (2, 1, 1_250));
    let aside = read.recolte.issues.iter().find(|i| i.severity == Severity::Ecartee);
    assert_eq!(aside.expect("told").valeur, "C9 =[.C3]+1");
    // LibreOffice writes an empty text as no value: one formula with a value shows that all were computed
    let computed = "<table:table-cell table:formula=\"of:=[.C3]\" office:value-type=\"float\" office:value=\"3\"/>";
    let book = ods(&[titles, row(empty), row(computed)].concat());
    let read = Read::of("calcule.ods", &book, None);
    assert_eq!(read.recolte.ecritures[0].total, 300);
    assert!(read.recolte.issues.iter().all(|i| !i.raison.contains("formule")));
}
