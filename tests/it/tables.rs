//! Tables of all kinds through the binary and the readers: workbooks, FEC, e.magnus, Édit-flux, the village
//! without XML, the real files that are nasty.
//!
//! A case is `tests/cases/ingest/<format>/<case>/input.*` with `attendu.csv` (rows and lines kept) and
//! `problemes.txt` (counts, issues, or the refusal); `VIGIE_ACCEPT=1` rewrites what is expected.
//!
//! **Invariant:** real files are compared with counts taken apart from the readers; without them the test
//! says that it is skipped.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vigie::domain::progress::Silent;
use vigie::frames::budget::BudgetFrame;
use vigie::ingest::format::{Consigne, HEAD, Recolte, Source, recognise};

use crate::ingest::{expect, folders, table};
use crate::support::{files_below, root, stderr, vigie};

const FORMATS: [&str; 5] = ["tableur", "parquet", "editflux", "emagnus", "fec"];

pub(crate) fn budget(frame: &BudgetFrame) -> String {
    let mut out = String::new();
    for d in &frame.documents {
        let _ = writeln!(
            out,
            "document ; {} ; {} ; {} ; {:?} ; {} ; lues {} ; retenues {} ; {:?}",
            d.fichier,
            d.nomenclature,
            d.exercice,
            d.etape,
            d.budget,
            d.lignes_lues,
            d.lignes_retenues,
            d.informations
        );
    }
    for (row, l) in frame.lignes.iter().enumerate() {
        let told = frame.extras.iter().map(|c| (c.nom(), c.get(row))).filter(|c| !c.1.is_empty());
        let told: String = told.map(|(nom, text)| format!(";{nom}={text}")).collect();
        let _ = writeln!(
            out,
            "{};{};{:?};{:?};{:?};{};{};{};{:?};{:?};{:?};{}{told}",
            l.document,
            l.record,
            l.section,
            l.sens,
            l.ordre,
            l.chapitre,
            l.nature,
            l.fonction,
            l.vote.map(|c| c.0),
            l.credits_ouverts.map(|c| c.0),
            l.realise.map(|c| c.0),
            l.libelle
        );
    }
    out
}

fn counts(recolte: &Recolte) -> String {
    let mut out = String::new();
    for l in &recolte.ecritures {
        let _ = writeln!(
            out,
            "{} : {} {} ; lues {}, retenues {}, écartées {} ; total {}, écarté {}",
            l.fichier,
            l.format,
            l.encodage,
            l.lignes_lues,
            l.lignes_retenues,
            l.lignes_ecartees,
            l.total,
            l.total_ecarte
        );
        for c in &l.controles {
            let _ = writeln!(out, "{} : attendu {}, obtenu {}", c.code, c.attendu, c.obtenu);
        }
        assert_eq!(l.lignes_lues, l.lignes_retenues + l.lignes_ecartees);
    }
    for i in &recolte.issues {
        let _ = writeln!(
            out,
            "{:?} ; {} ; {} ; {} ; « {} » ; {} ; {}",
            i.severity, i.fichier, i.enregistrement, i.colonne, i.valeur, i.raison, i.a_faire
        );
    }
    out
}

fn input_of(case: &Path) -> PathBuf {
    let inputs = files_below(case);
    inputs
        .into_iter()
        .find(|p| p.file_stem().is_some_and(|s| s == "input"))
        .unwrap_or_else(|| panic!("{} has no input", case.display()))
}

#[test]
fn every_case_of_a_table_reads_as_expected() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for format in FORMATS {
        let base = root().join("tests/cases/ingest").join(format);
        for case in folders(&base) {
            let path = input_of(&case);
            let bytes = fs::read(&path).expect("readable");
            let nom = path.file_name().and_then(|n| n.to_str()).expect("a name");
            let head = &bytes[..bytes.len().min(HEAD)];
            let source = Source { nom, chemin: &path, head, nomme: true };
            let consigne = Consigne::plain(&Silent);
            let mut recolte = Recolte::default();
            let (reader, _) = recognise(&source).expect("a reader");
            assert_eq!(reader.nom(), format, "{}", case.display());
            let report = match reader.read(&source, &consigne, &mut recolte) {
                Ok(_) => counts(&recolte),
                Err(refus) => format!("{refus}\n"),
            };
            let kept = table(&recolte.ledgers.finish()) + &budget(&recolte.budget);
            expect(&case.join("attendu.csv"), &kept, &mut wrong);
            expect(&case.join("problemes.txt"), &report, &mut wrong);
            seen += 1;
        }
    }
    assert!(seen >= 11, "{seen} cases only");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(command: &str, inputs: &[&Path], out: &Path) {
    let output = vigie()
        .arg(command)
        .args(inputs)
        .args(["--date", "2026-01-15", "--sortie"])
        .arg(out)
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{command}: {}", stderr(&output));
}

pub(crate) fn json(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("rapprochement.json")).expect("it was written");
    serde_json::from_str(&text).expect("JSON")
}

fn euros(text: &str) -> f64 {
    text.replace(',', ".").parse().unwrap_or_else(|_| panic!("{text} is no amount"))
}

/// A village under M57 abrégé with three workbooks and nothing else.
#[test]
fn a_village_without_xml_reads_and_forecasts() {
    let village = root().join("tests/cases/ingest/village");
    let folder = tempfile::tempdir().expect("a temporary folder");
    run("lire", &[&village], &folder.path().join("lire"));
    let read = json(&folder.path().join("lire"));
    let documents = read["documents"].as_array().expect("documents");
    let years: Vec<_> = documents.iter().map(|d| d["exercice"].as_i64()).collect();
    assert_eq!(years, [Some(2024), Some(2023), Some(2022)]);
    for d in documents {
        assert_eq!((&d["nomenclature"], &d["etape"]), (&"M57-M57_A".into(), &"CA".into()));
        let wrong: Vec<_> = d["controles"].as_array().into_iter().flatten().collect();
        assert!(wrong.iter().all(|c| c["ok"] == true), "{wrong:#?}");
        assert_eq!(d["lignes_retenues"], 30, "{}", d["fichier"]);
    }
    run("prevoir", &[&village], &folder.path().join("prevoir"));
    let text = fs::read_to_string(folder.path().join("prevoir/previsions.csv")).expect("written");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    // what the three workbooks hold of 2024, summed apart from them
    let known: BTreeMap<(&str, &str, &str), f64> = [
        (("F", "D", ""), 298_542.54),
        (("F", "R", ""), 317_966.60),
        (("I", "D", ""), 73_419.80),
        (("I", "R", ""), 20_373.20),
        (("F", "D", "011"), 69_052.74),
        (("F", "D", "012"), 166_014.50),
        (("F", "R", "731"), 175_096.00),
    ]
    .into();
    let mut met = 0;
    let (mut natures, mut totals) = (BTreeMap::new(), BTreeMap::new());
    for row in reader.records() {
        let row = row.expect("a row");
        let key = (row[0].to_owned(), row[4].to_owned(), row[5].to_owned());
        let (last, next) = (euros(&row[8]), euros(&row[9]));
        let place = (&row[4], &row[5], &row[6]);
        if let Some(amount) = known.get(&place).filter(|_| matches!(&row[2], "total" | "chapitre"))
        {
            assert!((last - amount).abs() < 0.005, "{place:?}: {last}");
            met += 1;
        }
        let bounds = [12, 10, 9, 11, 13].map(|i| euros(&row[i]));
        assert!(bounds.is_sorted(), "{row:?}");
        match &row[2] {
            "nature" => *natures.entry(key).or_insert(0.0) += next,
            "total" => {
                if &row[1] == "1" && &row[4] == "F" {
                    assert!((next / last - 1.0).abs() < 0.10, "{last} then {next}");
                }
                totals.insert(key, next);
            }
            _ => {}
        }
    }
    assert!(totals.len() >= 4 && met >= 7, "{totals:?}, {met}");
    for (key, total) in totals {
        assert!((natures[&key] - total).abs() < 0.005, "{key:?}");
    }
}

/// The same village with extracts of its ledger only: the invoice paid twice is found, and the reading says
/// how far ledger and accounts agree.
#[test]
fn a_village_without_xml_is_scanned() {
    let cases = root().join("tests/cases/ingest");
    let (extracts, village) = (cases.join("village_extraits"), cases.join("village"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, inputs) in
        [("seuls", vec![extracts.as_path()]), ("avec", vec![extracts.as_path(), village.as_path()])]
    {
        let out = folder.path().join(name);
        run("scanner", &inputs, &out);
        let text = fs::read_to_string(out.join("constats.csv")).expect("written");
        let first = text.lines().nth(1).expect("a finding");
        assert!(first.contains(";DBL01;prioritaire;"), "{first}");
        let twice = "Mandats%202024#14 ";
        assert!(first.contains(twice) && first.contains("Mandats%202024#37;"), "{first}");
        // the second payment is also dated out of order: nothing but that row is a priority
        let other = |l: &str| l.contains(";prioritaire;") && !l.contains("Mandats%202024#37;");
        assert!(!text.lines().skip(2).any(other), "{text}");
    }
}

/// A budget printed in PDF is no input: the refusal says which files are.
#[test]
fn the_refusal_of_a_pdf_names_the_ways_that_remain() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pdf = folder.path().join("budget 2024.pdf");
    fs::write(
        &pdf,
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n",
    )
    .expect("writable");
    for command in ["lire", "prevoir"] {
        let output = vigie()
            .arg(command)
            .arg(&pdf)
            .args(["--date", "2026-01-15", "--sortie"])
            .arg(folder.path().join("sortie"))
            .output()
            .expect("the binary starts");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        for way in ["état de consommation", "Excel", "CSV", "balance", "DGFiP", "XML"] {
            assert!(said.contains(way), "{command}, {way}: {said}");
        }
    }
}

/// A line of 200 MB, NUL, bytes of no encoding, figures that no ledger holds: set aside, the rest kept.
#[test]
fn hostile_bytes_cost_their_line_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inputs = folder.path().join("entrees");
    fs::create_dir(&inputs).expect("writable");
    let long = "x".repeat(200_000_000);
    let ledger = format!(
        "Date;Tiers;Montant\n01/02/2025;A;1,00\n02/02/2025;{long};2,00\n03/02/2025;C;3,00\n"
    );
    fs::write(inputs.join("journal.csv"), ledger).expect("writable");
    let state = format!(
        "Article;Libelle;Budget;Realise\n60611;Eau;10;9\n60612;{long};1;2\n6064;Pap\0ier;1e400;2\n\
         6068;x;3;92233720368547758,08\n"
    );
    fs::write(inputs.join("etat_2024.csv"), state).expect("writable");
    let odd = b"Date;Tiers;Montant\n01/02/2025;A\0B;1,00\n02/02/2025;\xff\xfe\xc3;2,00\n03/02/2025;C;1e400\n\
        04/02/2025;C;NaN\n05/02/2025;C;92233720368547758,08\n31/02/2025;C;1\n01/01/0001;D;1\n";
    fs::write(inputs.join("nul.csv"), odd).expect("writable");
    run("lire", &[&inputs], &folder.path().join("lire"));
    let read = json(&folder.path().join("lire"));
    let counts = |list: &str| -> Vec<(Option<u64>, Option<u64>)> {
        let all = read[list].as_array().expect("a list").iter();
        all.map(|f| (f["lignes_lues"].as_u64(), f["lignes_retenues"].as_u64())).collect()
    };
    assert_eq!(counts("documents"), [(Some(4), Some(1))]);
    assert_eq!(counts("ecritures"), [(Some(3), Some(2)), (Some(7), Some(2))]);
}

/// Real rows of each hostile file, counted with Python's csv module (`benches/tables.py`).
const HOSTILE: [(&str, u64); 11] = [
    ("birmingham_2015-08.xls!Sheet1", 2_062),
    ("bradford_2019-09.csv", 8_920),
    ("darlington_2013-07.csv", 999),
    ("darlington_2014-05.csv", 873),
    ("gateshead_2017-12.csv", 7_810),
    ("leeds_2011-09.csv", 9_569),
    ("manchester_2022-05.csv", 3_564),
    ("phoenix_2018-09.csv", 36_771),
    ("phoenix_2018-10.csv", 36_771),
    ("salford_2018-04.csv", 1_248),
    ("senado_2008.csv", 2_449),
];

#[test]
fn hostile_real_files_lose_no_row() {
    let hostile = root().join("../shared/data/hostile");
    if !hostile.is_dir() {
        println!("passé : {} n’est pas là", hostile.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    run("lire", &[&hostile], &folder.path().join("lire"));
    let read = json(&folder.path().join("lire"));
    let ledgers = read["ecritures"].as_array().expect("ledgers");
    let names: Vec<_> = ledgers.iter().filter_map(|l| l["fichier"].as_str()).collect();
    assert_eq!(names, HOSTILE.map(|h| h.0));
    for (ledger, (name, rows)) in ledgers.iter().zip(HOSTILE) {
        let of = |key: &str| ledger[key].as_u64().unwrap_or_default();
        assert_eq!(of("lignes_lues"), of("lignes_retenues") + of("lignes_ecartees"), "{name}");
        assert!(of("lignes_retenues") * 100 >= rows * 95, "{name}: {}", of("lignes_retenues"));
    }
}
