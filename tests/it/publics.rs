//! Golden cases of the public tables: `tests/cases/ingest/<format>/<case>/`, and the real files.
//!
//! A case holds `input.csv`, maybe `siren.txt` (what `--siren` says) and `tolerance.txt` (centimes), and
//! what is expected: `attendu.csv` (the rows) and `problemes.txt` (the reader that wins, counts, checks,
//! issues, or the refusal). `VIGIE_ACCEPT=1` writes them; review the difference.
//!
//! **Invariant:** each case is read by the reader that recognises it, as `vigie lire` does.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use vigie::domain::calendar::civil;
use vigie::domain::progress::Silent;
use vigie::domain::refus::Refus;
use vigie::frames::checks::{Controle, rapprocher};
use vigie::frames::open_table::TableLue;
use vigie::frames::subvention::SubventionFrame;
use vigie::ingest::format::{Consigne, HEAD, Recolte, Source, recognise};
use vigie::report::canonical;
use vigie::report::scdl::{Remplissage, to_csv};

use crate::support::{files_below, root};

const FORMATS: [&str; 5] = ["scdl", "subventions", "balance", "comptes", "ofgl"];

/// Reads one file with the reader that recognises it.
fn load(path: &Path, siren: Option<&str>, tolerance: i64) -> (String, Result<Recolte, Refus>) {
    let bytes = fs::read(path).expect("a readable file");
    let head = &bytes[..bytes.len().min(HEAD)];
    let nom = path.file_name().and_then(|n| n.to_str()).expect("a name");
    let source = Source { nom, chemin: path, head, nomme: true };
    let Some((format, _)) = recognise(&source) else {
        return ("aucun".to_owned(), Ok(Recolte::default()));
    };
    let mut recolte = Recolte::default();
    let consigne = Consigne { siren, tolerance, ..Consigne::plain(&Silent) };
    let read = format.read(&source, &consigne, &mut recolte);
    (format.nom().to_owned(), read.map(|_| recolte))
}

fn checks<'c>(out: &mut String, all: impl Iterator<Item = &'c Controle>) {
    for c in all.filter(|c| !c.ok || c.information || c.code.starts_with("balance")) {
        let verdict = if c.ok { "juste ou information" } else { "faux" };
        let (code, wanted, found) = (&c.code, c.attendu, c.obtenu);
        let _ = writeln!(out, "contrôle {code} : attendu {wanted}, obtenu {found}, {verdict}");
    }
}

fn counts(out: &mut String, lue: &TableLue) {
    let _ = writeln!(
        out,
        "{} {} : lues {}, retenues {}, écartées {}, autres communes {}",
        lue.format,
        lue.encodage,
        lue.lignes_lues,
        lue.lignes_retenues,
        lue.lignes_ecartees,
        lue.lignes_hors_perimetre
    );
}

fn problems(format: &str, recolte: &Recolte) -> String {
    let mut out = format!("lecteur {format}\n");
    for d in rapprocher(&recolte.budget) {
        let _ = writeln!(
            out,
            "document {} {} {} {} {} {} : lues {}, retenues {}, écartées {}",
            d.siret,
            d.budget,
            d.nomenclature,
            d.exercice,
            d.etape,
            d.encodage,
            d.lignes_lues,
            d.lignes_retenues,
            d.lignes_ecartees
        );
        checks(&mut out, d.controles.iter());
    }
    for lue in recolte.references.lues.iter().chain(&recolte.subventions.lues) {
        counts(&mut out, lue);
    }
    checks(&mut out, recolte.references.controles.iter().map(|(_, c)| c));
    for i in &recolte.issues {
        let _ = writeln!(
            out,
            "{:?} ; {} ; {} ; « {} » ; {} ; {}",
            i.severity, i.enregistrement, i.colonne, i.valeur, i.raison, i.a_faire
        );
    }
    out
}

fn grants(frame: &SubventionFrame) -> String {
    let mut out = String::new();
    for s in &frame.lignes {
        let day = |d| civil(d).map_or_else(String::new, |d| d.to_string());
        let _ = writeln!(
            out,
            "{};{};{};{};{};{};{};{};{};{};{}",
            s.record,
            s.attribuant_id,
            day(s.convention),
            s.beneficiaire,
            s.beneficiaire_id,
            s.rna,
            s.objet,
            s.montant.0,
            s.nature,
            day(s.debut),
            day(s.fin)
        );
    }
    out
}

fn rows(recolte: &Recolte) -> String {
    let mut out = Vec::new();
    if !recolte.budget.documents.is_empty() {
        canonical::write_budget(&recolte.budget, &mut out).expect("memory");
    }
    if !recolte.references.lues.is_empty() {
        canonical::write_table(&recolte.references.tableau(), &mut out).expect("memory");
    }
    let text = String::from_utf8(out).expect("our own text").replace('\r', "");
    text + &grants(&recolte.subventions)
}

fn expect(path: &Path, found: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("VIGIE_ACCEPT").is_some() {
        fs::write(path, found).expect("the cases are writable");
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected != found {
        wrong.push(format!("{}\n--- attendu\n{expected}--- obtenu\n{found}", path.display()));
    }
}

#[test]
fn every_public_table_reads_as_expected() {
    let mut wrong = Vec::new();
    for format in FORMATS {
        let base = root().join("tests/cases/ingest").join(format);
        let mut cases: Vec<PathBuf> = fs::read_dir(&base)
            .expect("the cases are in the repository")
            .map(|e| e.expect("a readable folder").path())
            .collect();
        cases.sort();
        assert!(cases.len() >= 2, "{format}: a good case and a bad one at least");
        for case in cases {
            let option = |name: &str| fs::read_to_string(case.join(name)).ok();
            let siren = option("siren.txt");
            let tolerance = option("tolerance.txt").map_or(0, |t| t.trim().parse().expect("i64"));
            let (reader, outcome) =
                load(&case.join("input.csv"), siren.as_deref().map(str::trim), tolerance);
            assert_eq!(reader, format, "{}", case.display());
            let (found, report) = match &outcome {
                Ok(recolte) => (rows(recolte), problems(&reader, recolte)),
                Err(refus) => (String::new(), format!("{refus}\n")),
            };
            expect(&case.join("attendu.csv"), &found, &mut wrong);
            expect(&case.join("problemes.txt"), &report, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Folder of real documents, or a word that says the test is skipped.
fn shared(part: &str) -> Option<PathBuf> {
    let folder = root().join("../shared/data").join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

#[test]
fn scdl_export_equals_the_reference_converter() {
    let Some(folder) = shared("totem") else { return };
    let mut seen = 0;
    for expected in files_below(&folder) {
        let name = expected.to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".scdl_attendu.csv") else { continue };
        let (_, read) = load(Path::new(&format!("{stem}.xml")), None, 0);
        let got = to_csv(&read.expect("a sound document").budget, 0, Remplissage::CommeEcrit);
        let wanted = fs::read_to_string(&expected).expect("a readable file");
        let (got, wanted) = (cells(&got), cells(&wanted));
        assert_eq!(got.len(), wanted.len(), "{name}: rows");
        for (i, (g, w)) in got.iter().zip(&wanted).enumerate() {
            assert_eq!(g.len(), w.len(), "{name}, row {i}");
            for (at, (a, b)) in g.iter().zip(w).enumerate() {
                assert!(same(a, b), "{name}, row {i}, {}: « {a} », expected « {b} »", got[0][at]);
            }
        }
        seen += 1;
    }
    assert!(seen >= 6, "{seen} reference files only");
}

/// Values of a table: amounts by their value, texts as they are.
fn same(a: &str, b: &str) -> bool {
    let amount = |t: &str| t.parse::<f64>().ok().filter(|_| t.contains('.'));
    a == b
        || match (amount(a).or_else(|| a.parse().ok()), amount(b).or_else(|| b.parse().ok())) {
            (Some(x), Some(y)) => (a.contains('.') || b.contains('.')) && (x - y).abs() < 0.001,
            _ => false,
        }
}

/// Cells of a comma CSV.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut signs) = (false, text.chars().peekable());
    while let Some(c) = signs.next() {
        match c {
            '"' if quoted && signs.peek() == Some(&'"') => {
                cell.push('"');
                signs.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => cell.push(c),
        }
    }
    rows
}

#[test]
fn totem_to_scdl_and_back_keeps_the_totals() {
    let folder = root().join("tests/cases/ingest/totem");
    let real = shared("totem");
    let real = real.iter().flat_map(|f| files_below(f));
    let mut seen = 0;
    for path in files_below(&folder).into_iter().chain(real) {
        if path.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let (_, Ok(read)) = load(&path, None, 0) else { continue };
        for (i, before) in rapprocher(&read.budget).iter().enumerate() {
            let text = to_csv(&read.budget, i, Remplissage::Complet);
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aller-retour.csv");
            fs::write(&file, text).expect("writable");
            let (format, back) = load(&file, None, 0);
            let back = back.unwrap_or_else(|r| panic!("{}: {r}", path.display()));
            assert_eq!(format, "scdl", "{}", path.display());
            let after = &rapprocher(&back.budget)[0];
            assert_eq!(after.totaux, before.totaux, "{}", path.display());
            assert_eq!(
                (after.lignes_ecartees, after.exercice),
                (0, before.exercice),
                "{}",
                path.display()
            );
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen} documents only");
}

#[test]
fn real_public_tables_are_read() {
    for part in ["scdl", "dgfip"] {
        let Some(folder) = shared(part) else { continue };
        for path in files_below(&folder) {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
            if path.extension().is_none_or(|e| e != "csv") || name.starts_with("definitions") {
                continue;
            }
            let (format, read) = load(&path, None, 0);
            assert!(FORMATS.contains(&format.as_str()), "{name}: {format}");
            let recolte = read.unwrap_or_else(|r| panic!("{name}: {r}"));
            let documents = &recolte.budget.documents;
            let tables = &recolte.references.lues;
            let read: u64 = documents.iter().map(|d| d.lignes_lues).sum::<u64>()
                + tables.iter().map(|t| t.lignes_lues).sum::<u64>();
            let kept: u64 = documents.iter().map(|d| d.lignes_retenues).sum::<u64>()
                + tables.iter().map(|t| t.lignes_retenues).sum::<u64>();
            println!("{name} ; {format} ; {read} ; {kept} ; {}", read - kept);
            assert!(kept * 100 >= read * 95, "{name}: {kept} of {read} rows kept");
        }
    }
}
