//! Workbooks made here, read back: sheets of all kinds, typed cells, forged archives.
//!
//! **Invariant:** what is written by one library is read by another, and compared to the centime.

use std::io::Write as _;
use std::path::PathBuf;

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::domain::calendar::civil;
use crate::domain::money::Centimes;
use crate::domain::progress::Silent;
use crate::frames::budget::Etape;
use crate::frames::ledger::{DateKey, Ledger, TextKey};
use crate::ingest::mapped::mapping::Mapping;

pub(super) struct Read {
    pub(super) outcome: Result<Lu, Refus>,
    pub(super) recolte: Recolte,
}

impl Read {
    pub(super) fn of(name: &str, bytes: &[u8], mapping: Option<&Mapping>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path: PathBuf = folder.path().join(name);
        std::fs::write(&path, bytes).expect("writable");
        let head = &bytes[..bytes.len().min(crate::ingest::format::HEAD)];
        let source = Source { nom: name, chemin: &path, head, nomme: true };
        let consigne = Consigne { correspondance: mapping, ..Consigne::plain(&Silent) };
        let mut recolte = Recolte::default();
        let (format, _) = crate::ingest::format::recognise(&source).expect("a reader");
        let outcome = format.read(&source, &consigne, &mut recolte);
        Self { outcome, recolte }
    }

    pub(super) fn ledger(self) -> Ledger {
        self.outcome.expect("read");
        self.recolte.ledgers.finish()
    }

    pub(super) fn refus(self) -> Refus {
        assert!(self.recolte.ledgers.is_empty() && self.recolte.ecritures.is_empty());
        self.outcome.expect_err("refused")
    }
}

/// A workbook: sheets of cells; a cell that reads as a number is written as one.
fn book(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Style::new().set_num_format("dd/mm/yyyy");
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).expect("a name");
        for (r, row) in rows.iter().enumerate() {
            for (c, cell) in row.iter().enumerate() {
                let (r, c) = (r as u32, c as u16);
                if let Ok(number) = cell.parse::<f64>() {
                    sheet.write(r, c, number).expect("a cell");
                } else if let Some(date) = cell.strip_prefix("date:") {
                    let date = ExcelDateTime::parse_from_str(date).expect("a date");
                    sheet.write_with_format(r, c, &date, &day).expect("a cell");
                } else if let Some(result) = cell.strip_prefix("=") {
                    let formula = Formula::new("=1+1").set_result(result);
                    sheet.write(r, c, formula).expect("a cell");
                } else {
                    sheet.write(r, c, *cell).expect("a cell");
                }
            }
        }
    }
    book.save_to_buffer().expect("memory")
}

const LEDGER: &[&[&str]] = &[
    &["Commune de Saint-Exemple"],
    &["Journal des mandats"],
    &[],
    &["Date mandat", "N° mandat", "Fournisseur", "Article", "Montant"],
    &["date:2025-03-14", "12", "PAPETERIE", "6064", "1234.56"],
    &["15/03/2025", "13", "GARAGE", "61551", "1 000,10"],
    &["date:2025-03-16", "14", "GARAGE", "61551", "=-50.5"],
    &["date:2025-03-17", "15", "GARAGE", "61551", "#REF!"],
    &["Total", "", "", "", "2184.16"],
];

#[test]
fn a_ledger_in_a_sheet() {
    let read =
        Read::of("j.xlsx", &book(&[("Mandats 2025", LEDGER), ("Notes", &[&["à faire"]])]), None);
    let lues = &read.recolte.ecritures[0];
    assert_eq!(lues.fichier, "j.xlsx!Mandats 2025");
    assert_eq!((lues.lignes_lues, lues.lignes_retenues, lues.lignes_ecartees), (5, 3, 2));
    assert_eq!(lues.total, 218_416);
    assert!(read.recolte.issues.iter().any(|i| i.fichier == "j.xlsx!Notes"));
    let ledger = read.ledger();
    assert_eq!(ledger.montant, [123_456, 100_010, -5_050]);
    assert_eq!(ledger.sources, ["j.xlsx!Mandats%202025"]);
    let days: Vec<String> = ledger
        .date(DateKey::Mandat)
        .expect("dates")
        .iter()
        .filter_map(|d| civil(*d))
        .map(|d| d.to_string())
        .collect();
    assert_eq!(days, ["2025-03-14", "2025-03-15", "2025-03-16"]);
    assert_eq!(ledger.text_at(TextKey::Nature, 0), "6064");
}

#[test]
fn serial_dates_and_merged_titles() {
    let rows: &[&[&str]] = &[
        &["Date", "Tiers", "Montant", "", ""],
        &["", "", "HT", "TVA", "TTC"],
        &["45730", "A", "10", "2", "12"],
        &["45731", "B", "20", "4", "24"],
    ];
    let ledger = Read::of("f.xlsx", &book(&[("F", rows)]), None).ledger();
    assert_eq!(ledger.montant, [1_200, 2_400]);
    assert_eq!(civil(ledger.day(0)).map(|d| d.to_string()).as_deref(), Some("2025-03-14"));
}

#[test]
fn states_in_several_sheets() {
    let spent: &[&[&str]] = &[
        &["État de consommation au 31/12/2024"],
        &["Chapitre", "Article", "Libellé", "Crédits ouverts", "Réalisé"],
        &["11", "60611", "Eau", "1000", "900.5"],
        &["12", "6411", "Personnel", "5000", "4900"],
    ];
    let received: &[&[&str]] = &[
        &["Chapitre", "Article", "Libellé", "Crédits ouverts", "Réalisé"],
        &["74", "7411", "DGF", "6000", "6100"],
    ];
    let bytes = book(&[("Dépenses", spent), ("Recettes", received)]);
    let read = Read::of("etat_2024.xlsx", &bytes, None);
    read.outcome.expect("read");
    let frame = read.recolte.budget;
    assert_eq!(frame.documents.len(), 1);
    assert_eq!((frame.documents[0].exercice, frame.documents[0].etape), (2024, Etape::Ca));
    assert_eq!(
        frame.lignes.iter().filter_map(|l| l.realise).sum::<Centimes>(),
        Centimes(1_190_050)
    );
    assert_eq!(frame.lignes[0].chapitre, "011");
}

pub(super) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

pub(super) const MIMETYPE: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

pub(super) fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\">\
         <office:body><office:spreadsheet><table:table table:name=\"Journal\">{rows}</table:table>\
         </office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[
        ("mimetype", MIMETYPE),
        ("META-INF/manifest.xml", b"<m/>"),
        ("content.xml", content.as_bytes()),
    ])
}

pub(super) fn text(t: &str) -> String {
    format!(
        "<table:table-cell office:value-type=\"string\"><text:p>{t}</text:p></table:table-cell>"
    )
}

#[test]
fn an_opendocument_ledger() {
    let rows = format!(
        "<table:table-row>{}{}{}</table:table-row><table:table-row table:number-rows-repeated=\"900000\">\
         <table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>\
         <table:table-row><table:table-cell office:value-type=\"date\" office:date-value=\"2025-03-14\"><text:p>14/03/25</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"string\"><office:annotation><text:p>note</text:p></office:annotation><text:p>R&amp;D <text:s text:c=\"2\"/>SARL</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"currency\" office:value=\"12.345\"><text:p>12,35 €</text:p></table:table-cell></table:table-row>",
        text("Date"),
        text("Tiers"),
        text("Montant")
    );
    let ledger = Read::of("j.ods", &ods(&rows), None).ledger();
    assert_eq!(ledger.montant, [1_235]);
    assert_eq!(ledger.text_at(TextKey::TiersNom, 0), "R&D   SARL");
    assert_eq!(ledger.sources, ["j.ods!Journal"]);
}

#[test]
fn repeats_are_bounded() {
    let row = format!(
        "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell table:number-columns-repeated=\"16000\" \
         office:value-type=\"float\" office:value=\"1\"/>{}</table:table-row>",
        text("x")
    );
    let refus = Read::of("j.ods", &ods(&row), None).refus();
    assert!(
        ["cellules", "colonnes", "démesurés"].iter().any(|w| refus.to_string().contains(w)),
        "{refus}"
    );
}

#[test]
fn passwords_bombs_and_rubbish_are_refused_with_words() {
    let ole = [guard::OLE, &[0; 600]].concat();
    assert!(Read::of("a.xls", &ole, None).refus().quoi.contains("classeur lisible"));
    let manifest = b"<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>";
    let secret = zipped(&[
        ("mimetype", MIMETYPE),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", b""),
    ]);
    assert!(Read::of("a.ods", &secret, None).refus().quoi.contains("mot de passe"));
    let bomb = zipped(&[
        ("xl/workbook.xml", b"<x/>"),
        ("xl/worksheets/sheet1.xml", &vec![b' '; 40 << 20]),
    ]);
    assert!(Read::of("a.xlsx", &bomb, None).refus().quoi.contains("se déplie"));
    let whole = book(&[("F", LEDGER)]);
    for cut in [10, 200, whole.len() / 2, whole.len() - 3] {
        Read::of("a.xlsx", &whole[..cut], None).refus();
    }
    Read::of("a.xlsx", &zipped(&[("xl/workbook.xml", b"<workbook/>")]), None).refus();
}

/// A cell said to be at the far corner of the sheet costs nothing.
#[test]
fn huge_dimensions_cost_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (c, t) in ["Date", "Tiers", "Montant"].iter().enumerate() {
        sheet.write(0, c as u16, *t).expect("a cell");
    }
    sheet.write(1, 0, "14/03/2025").expect("a cell");
    sheet.write(1, 2, 5).expect("a cell");
    sheet.write(1_048_575, 16_383, "x").expect("a cell");
    let read = Read::of("a.xlsx", &book.save_to_buffer().expect("memory"), None);
    assert_eq!(read.recolte.ecritures[0].lignes_lues, 2);
    assert_eq!(read.ledger().montant, [500]);
}

/// Twelve months exported under renamed titles make one ledger.
#[test]
fn twelve_months_with_renamed_titles() {
    let titles: [[&str; 4]; 3] = [
        ["Date mandat", "N° mandat", "Tiers", "Montant TTC"],
        ["Date d'émission", "Mandat", "Fournisseur", "Montant"],
        ["DATE", "Numéro de mandat", "Nom du tiers", "Mt TTC"],
    ];
    let mut recolte = Recolte::default();
    let folder = tempfile::tempdir().expect("a temporary folder");
    for month in 1..=12_usize {
        let titles = titles[month % 3];
        let (date, number) = (format!("date:2025-{month:02}-10"), (100 + month).to_string());
        let amount = format!("{}.5", month * 10);
        let rows: [&[&str]; 2] = [&titles, &[&date, &number, "A", &amount]];
        let name = format!("{month:02}.xlsx");
        let path = folder.path().join(&name);
        let bytes = book(&[("Export", &rows)]);
        std::fs::write(&path, &bytes).expect("writable");
        let source = Source { nom: &name, chemin: &path, head: &bytes, nomme: true };
        let consigne = Consigne::plain(&Silent);
        Tableur.read(&source, &consigne, &mut recolte).expect("read");
    }
    let ledger = recolte.ledgers.finish();
    assert_eq!(ledger.len(), 12);
    assert_eq!(ledger.montant.iter().sum::<i64>(), 78_600);
    for key in [TextKey::Mandat, TextKey::TiersNom] {
        assert!((0..12).all(|r| !ledger.text_at(key, r).is_empty()), "{key:?}");
    }
}

#[test]
fn a_mapping_is_proposed_for_a_sheet() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("j.xlsx");
    let bytes = book(&[("J", LEDGER)]);
    std::fs::write(&path, &bytes).expect("writable");
    let source = Source { nom: "j.xlsx", chemin: &path, head: &bytes, nomme: true };
    let toml = deviner(&source).expect("a mapping");
    let mapping = Mapping::parse(&toml, "c.toml").expect("valid");
    assert_eq!(Read::of("j.xlsx", &bytes, Some(&mapping)).ledger().montant.len(), 3);
}

#[test]
fn our_own_parquet_comes_back() {
    let ledger = Read::of("j.xlsx", &book(&[("J", LEDGER)]), None).ledger();
    let mut bytes = Vec::new();
    crate::frames::parquet::write_ledger(&ledger, &mut bytes).expect("memory");
    let again = Read::of("e.parquet", &bytes, None).ledger();
    assert_eq!(again.montant, ledger.montant);
    assert_eq!(again.dates[0], ledger.dates[0]);
    assert_eq!(again.text_at(TextKey::TiersNom, 1), "GARAGE");
    Read::of("e.parquet", &bytes[..bytes.len() / 2], None).refus();
}

/// Absurd amounts and dates are set aside with words, the others kept.
#[test]
fn absurd_values_are_set_aside() {
    let rows: &[&[&str]] = &[
        &["Date", "Tiers", "Montant"],
        &["date:2025-03-14", "A", "1e300"],
        &["date:2025-03-14", "B", "1e400"],
        &["date:2025-03-14", "C", "NaN texte"],
        &["date:2025-03-14", "D", "99999999999999999999"],
        &["99999999", "E", "1"],
        &["date:1900-03-14", "F", "1"],
        &["date:2025-03-14", "nul \u{1}", "2.005"],
    ];
    let read = Read::of("a.xlsx", &book(&[("F", rows)]), None);
    let lues = &read.recolte.ecritures[0];
    assert_eq!((lues.lignes_lues, lues.lignes_retenues), (7, 1));
    let aside = read
        .recolte
        .issues
        .iter()
        .filter(|i| i.severity == Severity::Ecartee && !i.raison.is_empty());
    assert_eq!(aside.count(), 6);
    assert_eq!(read.ledger().montant, [201]);
}

/// Sixteen thousand columns of titles, as ledger and as budget: known in bounded time.
#[test]
fn as_many_columns_as_a_sheet_holds() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for r in 0..40 {
        for c in 0..16_384_u16 {
            sheet.write(r, c, format!("titre {r} {c}")).expect("a cell");
        }
    }
    let bytes = book.save_to_buffer().expect("memory");
    let started = std::time::Instant::now();
    Read::of("a.xlsx", &bytes, None).refus();
    // seconds alone, minutes were it to grow with the square of the columns
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
