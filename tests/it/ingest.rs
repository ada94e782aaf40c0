//! Readers on folders of cases: `tests/cases/ingest/<format>/<case>/`.
//!
//! A case holds `input.*`, maybe `correspondance.toml`, and what is expected: `attendu.csv` (the rows
//! kept, in canonical columns) and `problemes.txt` (counts, issues, or the refusal). To add one, drop a
//! folder and run with `VIGIE_ACCEPT=1`, then review the difference.
//!
//! **Invariant:** each case is read through the public functions of the library only.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use vigie::domain::calendar::civil;
use vigie::domain::progress::Silent;
use vigie::frames::extra::Extra;
use vigie::frames::issue::Issue;
use vigie::frames::ledger::{AmountKey, DateKey, Ledger, NO_AMOUNT, Sens, TextKey};
use vigie::frames::ledger_builder::LedgerBuilder;
use vigie::frames::reconcile::csv_cell;
use vigie::ingest::format::{Consigne, FORMATS, HEAD, Recolte, Source, recognise};
use vigie::ingest::mapped::mapping::Mapping;
use vigie::ingest::mapped::{Lecture, read};

pub(crate) fn folders(base: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(base)
        .expect("the cases are in the repository")
        .map(|e| e.expect("a readable folder").path())
        .filter(|p| p.is_dir())
        .collect();
    found.sort();
    found
}

/// A ledger as text: one line a row, the columns present.
pub(crate) fn table(ledger: &Ledger) -> String {
    let texts: Vec<_> = TextKey::ALL.iter().filter(|(k, _)| ledger.text(*k).is_some()).collect();
    let dates: Vec<_> = DateKey::ALL.iter().filter(|(k, _)| ledger.date(*k).is_some()).collect();
    let amounts: Vec<_> =
        AmountKey::ALL.iter().filter(|(k, _)| ledger.amount(*k).is_some()).collect();
    let mut out = "enregistrement;montant;sens;exercice".to_owned();
    let names = dates
        .iter()
        .map(|d| d.1)
        .chain(amounts.iter().map(|a| a.1))
        .chain(texts.iter().map(|t| t.1));
    names.chain(ledger.extras.iter().map(Extra::nom)).for_each(|n| {
        let _ = write!(out, ";{n}");
    });
    out.push('\n');
    for row in 0..ledger.len() {
        let sens = if ledger.sens[row] == Sens::D { "D" } else { "R" };
        let _ = write!(
            out,
            "{};{};{sens};{}",
            ledger.record[row], ledger.montant[row], ledger.exercice[row]
        );
        for (key, _) in &dates {
            let day = ledger.date(*key).and_then(|c| civil(c[row]));
            let _ = write!(out, ";{}", day.map_or(String::new(), |d| d.to_string()));
        }
        for (key, _) in &amounts {
            let amount = ledger.amount(*key).map(|c| c[row]).filter(|a| *a != NO_AMOUNT);
            let _ = write!(out, ";{}", amount.map_or(String::new(), |a| a.to_string()));
        }
        for (key, _) in &texts {
            let _ = write!(out, ";{}", csv_cell(ledger.text_at(*key, row)));
        }
        for column in &ledger.extras {
            let _ = write!(out, ";{}", csv_cell(column.get(row)));
        }
        out.push('\n');
    }
    out
}

fn problems(read: &Lecture) -> String {
    let l = &read.lues;
    let mut out = format!(
        "encodage {} ; lues {}, retenues {}, écartées {} ; total {}, écarté {}\n",
        l.encodage, l.lignes_lues, l.lignes_retenues, l.lignes_ecartees, l.total, l.total_ecarte
    );
    out.push_str(&issues(&read.issues));
    out
}

fn issues(all: &[Issue]) -> String {
    let line = |i: &Issue| {
        format!(
            "{:?} ; {} ; {} ; « {} » ; {} ; {}\n",
            i.severity, i.enregistrement, i.colonne, i.valeur, i.raison, i.a_faire
        )
    };
    all.iter().map(line).collect()
}

/// Compares with the expected file, or writes it when asked to.
pub(crate) fn expect(path: &Path, found: &str, wrong: &mut Vec<String>) {
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
fn every_csv_case_reads_as_expected() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/ingest/csv");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for case in folders(&base) {
        let mapping = fs::read_to_string(case.join("correspondance.toml")).ok();
        let mapping =
            mapping.map(|t| Mapping::parse(&t, "correspondance.toml").expect("a valid mapping"));
        let mut builder = LedgerBuilder::default();
        let outcome =
            read(&case.join("input.csv"), "input.csv", mapping.as_ref(), &mut builder, &Silent);
        let report = match &outcome {
            Ok(lecture) => {
                let l = &lecture.lues;
                assert_eq!(
                    l.lignes_lues,
                    l.lignes_retenues + l.lignes_ecartees,
                    "{}",
                    case.display()
                );
                problems(lecture)
            }
            Err(refus) => format!("{refus}\n"),
        };
        expect(&case.join("attendu.csv"), &table(&builder.finish()), &mut wrong);
        expect(&case.join("problemes.txt"), &report, &mut wrong);
        seen += 1;
    }
    assert!(seen >= 12, "{seen} cases only");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Formats whose cases have a harness of their own.
const APART: [&str; 12] = [
    "csv",
    "totem",
    "scdl",
    "subventions",
    "balance",
    "comptes",
    "ofgl",
    "tableur",
    "parquet",
    "editflux",
    "emagnus",
    "fec",
];

/// What a reader put beside the ledger, as text.
fn harvest(recolte: &Recolte) -> String {
    let mut out = String::new();
    for e in &recolte.ecritures {
        let _ = writeln!(
            out,
            "{} ; encodage {} ; lues {}, retenues {}, écartées {} ; total {}, écarté {}",
            e.format,
            e.encodage,
            e.lignes_lues,
            e.lignes_retenues,
            e.lignes_ecartees,
            e.total,
            e.total_ecarte
        );
        for c in &e.controles {
            let verdict = if c.ok { "juste" } else { "écart" };
            let _ = writeln!(
                out,
                "contrôle {} ; {} ; attendu {}, obtenu {} ; {verdict}",
                c.code, c.libelle, c.attendu, c.obtenu
            );
        }
    }
    let day = |d: i32| civil(d).map_or("-".to_owned(), |d| d.to_string());
    for c in &recolte.contrats.contrats {
        let _ = writeln!(
            out,
            "contrat {} ; {} ; acheteur {} ; {} ; {} ; notifié {} ; {} mois, {} reconductions ; {} c",
            c.provenance,
            c.numero,
            c.acheteur,
            c.objet,
            c.cpv,
            day(c.notification),
            c.duree_mois.unwrap_or(0),
            c.reconductions,
            c.montant_ht.map_or("-".to_owned(), |m| m.0.to_string())
        );
        for t in &c.titulaires {
            let role = if t.sous_traitant { "sous-traitant" } else { "titulaire" };
            let _ = writeln!(out, "  {role} {} ; {}", t.id, t.nom);
        }
        for a in &c.avenants {
            let amount = a.montant_ht.map_or("-".to_owned(), |m| m.0.to_string());
            let _ = writeln!(out, "  avenant {} ; {} ; {amount} c", day(a.jour), a.objet);
        }
    }
    for p in &recolte.retours.pieces {
        let _ = writeln!(
            out,
            "retour {} ; budget {}, {} {:?}, bordereau {}, pièce {} ; pris en charge {}, payé {}, état {}",
            p.provenance,
            p.budget,
            p.exercice,
            p.sens,
            p.bordereau,
            p.piece,
            day(p.prise_en_charge),
            day(p.paiement),
            p.etat
        );
    }
    out + &issues(&recolte.issues)
}

/// The only file `input.*` of a case.
fn input(case: &Path) -> PathBuf {
    let mut found = fs::read_dir(case).expect("a readable case").flatten().map(|e| e.path());
    let is_input = |p: &PathBuf| p.file_stem().is_some_and(|s| s == "input");
    found.find(is_input).unwrap_or_else(|| panic!("{} holds no input", case.display()))
}

/// Every other reader, through the table of formats: `tests/cases/ingest/<format>/<case>/input.*`.
#[test]
fn every_format_case_reads_as_expected() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/ingest");
    let mut wrong = Vec::new();
    for folder in folders(&base) {
        let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let Some(format) = FORMATS.iter().find(|f| f.nom() == name && !APART.contains(&f.nom()))
        else {
            continue;
        };
        for case in folders(&folder) {
            let path = input(&case);
            let nom = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            let mut head = Vec::new();
            let file = fs::File::open(&path).expect("the input is readable");
            file.take(HEAD as u64).read_to_end(&mut head).expect("the input is readable");
            let source = Source { nom, chemin: &path, head: &head, nomme: true };
            let consigne = Consigne::plain(&Silent);
            let mut recolte = Recolte::default();
            let found = recognise(&source).map(|(f, r)| (f.nom(), r.raison));
            let outcome = format.read(&source, &consigne, &mut recolte);
            let mut report = match found {
                Some((nom, raison)) => format!("reconnu {nom} : {raison}\n"),
                None => "non reconnu\n".to_owned(),
            };
            match outcome {
                Ok(lu) if lu.remarque.is_empty() => {}
                Ok(lu) => drop(writeln!(report, "laissé de côté : {}", lu.remarque)),
                Err(refus) => drop(writeln!(report, "{refus}")),
            }
            report += &harvest(&recolte);
            let rows = table(&recolte.ledgers.finish());
            expect(&case.join("attendu.csv"), &rows, &mut wrong);
            expect(&case.join("problemes.txt"), &report, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
