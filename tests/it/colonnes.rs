//! Columns that no canonical one takes: every value of every row kept is found in the results, whatever the
//! file it comes from.
//!
//! **Invariant:** what is drawn is compared with what is read back, cell by cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use vigie::domain::progress::Silent;
use vigie::frames::intern::clean_text;
use vigie::frames::ledger_builder::LedgerBuilder;
use vigie::ingest::mapped::read_bytes;

use crate::support::{stderr, vigie};

/// A row: a day, an amount that may be spoilt, and the cells of the unknown columns.
type Row = (u8, i64, bool, Vec<String>);

const TITRES: [&str; 5] =
    ["Visa du DGS", "Remarque", "Remarque", "", "Code interne (ancien logiciel)"];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let cells = prop::collection::vec("[a-zé0-9=\"; ]{0,9}", TITRES.len()..TITRES.len() + 2);
    let row = (1_u8..29, -99_999_i64..99_999, prop::bool::weighted(0.15), cells);
    prop::collection::vec(row, 1..60)
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// The rows as a delimited file, the unknown columns around the known ones.
fn file(rows: &[Row]) -> String {
    let mut out = format!("{};Date mandat;Montant;{}\n", TITRES[0], TITRES[1..].join(";"));
    for (day, centimes, spoilt, cells) in rows {
        let sign = if *centimes < 0 { "-" } else { "" };
        let whole = centimes.unsigned_abs();
        let amount = format!("{sign}{},{:02}", whole / 100, whole % 100);
        let amount = if *spoilt { "jamais".to_owned() } else { amount };
        let rest: Vec<String> = cells[1..].iter().map(|c| quoted(c)).collect();
        out += &format!("{};{day:02}/03/2025;{amount};{}\n", quoted(&cells[0]), rest.join(";"));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_unknown_cell_of_every_row_kept_is_kept(rows in rows()) {
        let mut builder = LedgerBuilder::default();
        let text = file(&rows);
        let Ok(lecture) = read_bytes(text.as_bytes(), "a.csv", None, &mut builder, &Silent) else {
            prop_assert!(rows.iter().all(|r| r.2), "{text}");
            return Ok(());
        };
        let ledger = builder.finish();
        prop_assert_eq!(lecture.lues.lignes_retenues as usize, ledger.len());
        for row in 0..ledger.len() {
            let (_, _, spoilt, cells) = &rows[ledger.record[row] as usize - 1];
            prop_assert!(!spoilt);
            let mut expected: Vec<String> = cells
                .iter()
                .map(|c| clean_text(c.trim_ascii().as_bytes()))
                .filter(|c| !c.is_empty())
                .collect();
            let mut found: Vec<String> = ledger
                .extras
                .iter()
                .map(|c| c.get(row).to_owned())
                .filter(|c| !c.is_empty())
                .collect();
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected, "{}", text);
        }
    }
}

/// `ecritures.csv` or `budget.csv` as rows by column.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).expect("the table is written");
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let titles: Vec<String> = reader.headers().expect("titles").iter().map(str::to_owned).collect();
    let distinct: BTreeSet<&String> = titles.iter().collect();
    assert_eq!(distinct.len(), titles.len(), "each column has its name: {titles:?}");
    let row =
        |r: csv::StringRecord| titles.iter().cloned().zip(r.iter().map(str::to_owned)).collect();
    reader.records().map(|r| row(r.expect("a row"))).collect()
}

fn lire(folder: &Path, inputs: &[&str], out: &str) {
    let done = vigie()
        .current_dir(folder)
        .args(["lire", "--csv", "--ecraser", "--date", "2026-01-15", "--sortie", out])
        .args(inputs)
        .output()
        .expect("the binary starts");
    assert!(done.status.success(), "{}", stderr(&done));
}

const MANDATS: &str = "Date mandat;N° mandat;Fournisseur;Article;Montant;Visa du DGS;Marque\n\
                       04/03/2025;1;ATELIER SPECIMEN;60632;12,50;vu le 5;rouge\n\
                       05/03/2025;2;ATELIER SPECIMEN;60632;14,00;;bleue\n\
                       06/03/2025;3;ATELIER SPECIMEN;60632;jamais;vu le 7;verte\n";

#[test]
fn a_workbook_and_our_own_parquet_keep_them_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Mandats").expect("a name");
    for (r, line) in MANDATS.lines().enumerate() {
        for (c, cell) in line.split(';').enumerate() {
            sheet.write_string(r as u32, c as u16, cell).expect("a cell");
        }
    }
    book.save(folder.path().join("mandats.xlsx")).expect("a workbook");
    lire(folder.path(), &["mandats.xlsx"], "un");
    // what we wrote is read again, under the same names
    lire(folder.path(), &["un/ecritures.parquet"], "deux");
    for out in ["un", "deux"] {
        let rows = table(&folder.path().join(out).join("ecritures.csv"));
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0]["source_visa_dgs"].as_str(), rows[0]["source_marque"].as_str()),
            ("vu le 5", "rouge")
        );
        assert_eq!(
            (rows[1]["source_visa_dgs"].as_str(), rows[1]["source_marque"].as_str()),
            ("", "bleue")
        );
    }
}

#[test]
fn one_mandat_of_two_extracts_says_what_both_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
    put("a.csv", MANDATS);
    put(
        "b.csv",
        &MANDATS.replace("vu le 5", "visé").replace("Marque", "Suivi").replace("jamais", "9,00"),
    );
    lire(folder.path(), &["a.csv", "b.csv"], "sortie");
    let rows = table(&folder.path().join("sortie/ecritures.csv"));
    assert_eq!(rows.len(), 3, "{rows:?}");
    let first = &rows[0];
    assert_eq!(first["sources"], "a.csv#1 b.csv#1");
    assert_eq!(first["source_visa_dgs"], "vu le 5 | visé");
    assert_eq!(
        (first["source_marque"].as_str(), first["source_suivi"].as_str()),
        ("rouge", "rouge")
    );
    assert_eq!(rows[2]["source_suivi"], "verte");
}

#[test]
fn a_state_of_credits_keeps_them_by_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "État au 31/12/2024\nChapitre;Article;Libellé;Crédits ouverts;Engagé;Réalisé;Gestionnaire;Observations\n\
                011;60611;Eau;1000,00;950,00;900,00;ST;deux compteurs\n\
                011;60612;Énergie;2000,00;;1900,00;ST;\n;;Total;3000,00;;2800,00;;à vérifier\n";
    fs::write(folder.path().join("etat_2024.csv"), text).expect("writable");
    lire(folder.path(), &["etat_2024.csv"], "sortie");
    let rows = table(&folder.path().join("sortie/budget.csv"));
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["source_observations"], "deux compteurs");
    assert_eq!(
        (rows[0]["source_gestionnaire"].as_str(), rows[0]["engage"].as_str()),
        ("ST", "950,00")
    );
    assert_eq!(rows[1]["source_observations"], "");
}

#[test]
fn a_finding_shows_them_beside_its_records() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut text = String::from(
        "Date mandat;N° mandat;Fournisseur;N° facture;Objet;Article;Montant;Bon de livraison\n",
    );
    for n in 0..40 {
        text += &format!(
            "{:02}/{:02}/2025;{n};FOURNISSEUR {};F-{n};Objet {n};60632;{},{:02};BL-{n}\n",
            n % 28 + 1,
            n % 12 + 1,
            n % 5,
            100 + 7 * n,
            n
        );
    }
    text += "14/03/2025;90;ATELIER SPECIMEN;F-900;Tables;60632;4310,77;BL-777\n\
             21/03/2025;91;ATELIER SPECIMEN;F-900;Tables;60632;4310,77;BL-778\n";
    fs::write(folder.path().join("mandats.csv"), text).expect("writable");
    let done = vigie()
        .current_dir(folder.path())
        .args(["rapport", "audit", "mandats.csv", "--date", "2026-01-15", "--sortie", "sortie"])
        .output()
        .expect("the binary starts");
    assert!(done.status.success(), "{}", stderr(&done));
    for page in ["audit.html", "resultats.json"] {
        let text = fs::read_to_string(folder.path().join("sortie").join(page)).expect("written");
        assert!(text.contains("BL-777") && text.contains("source_bon_livraison"), "{page}");
    }
}
