//! Golden cases of the TOTEM and CFU reader: `tests/cases/ingest/totem/<case>/`.
//!
//! `input.xml` is written by hand; `attendu.txt` says the document, the counts, the totals and every
//! check that fails or informs, or the refusal; `problemes.txt` the lines set aside; `annexes.csv` the tables
//! of the annexes; `attendu.scdl.csv` the SCDL export, when there. `VIGIE_ACCEPT=1` writes them.

use std::fmt::Write;
use std::fs;

use vigie::frames::annex_table;
use vigie::frames::budget::BudgetFrame;
use vigie::frames::checks::{DocumentRapproche, rapprocher};
use vigie::frames::issue::Issue;
use vigie::ingest::totem;
use vigie::report::canonical;
use vigie::report::scdl::{self, Remplissage};

use crate::support::root;

#[test]
fn golden_cases_hold() {
    let folder = root().join("tests/cases/ingest/totem");
    let mut cases: Vec<_> = fs::read_dir(&folder).expect("the cases exist").flatten().collect();
    cases.sort_by_key(fs::DirEntry::file_name);
    assert!(cases.len() >= 10, "cases of {}", folder.display());
    for case in cases {
        let read = |name: &str| fs::read_to_string(case.path().join(name)).unwrap_or_default();
        let bytes = fs::read(case.path().join("input.xml")).expect("a case has an input");
        let expected = read("attendu.scdl.csv");
        if let (false, Ok((frame, _))) = (expected.is_empty(), totem::read(&bytes, "input.xml")) {
            let got = scdl::to_csv(&frame, 0, Remplissage::Complet).replace('\r', "");
            assert_eq!(got, expected, "{}", case.path().display());
        }
        let (got, problems) = match totem::read(&bytes, "input.xml") {
            Err(refus) => (format!("refus {}\n", refus.quoi), String::new()),
            Ok((frame, issues)) => (summary(&rapprocher(&frame)), listed(&issues)),
        };
        let annexes =
            totem::read(&bytes, "input.xml").map_or_else(|_| String::new(), |(f, _)| annexes(f));
        let found = [("attendu.txt", got), ("problemes.txt", problems), ("annexes.csv", annexes)];
        for (name, text) in found {
            if std::env::var_os("VIGIE_ACCEPT").is_some() && text != read(name) {
                fs::write(case.path().join(name), &text).expect("the cases are writable");
            }
            assert_eq!(text, read(name), "{}", case.path().display());
        }
    }
}

/// The tables of the annexes as `vigie lire` writes them.
fn annexes(mut frame: BudgetFrame) -> String {
    frame.annexes.masquer(&str::to_owned);
    let taxes = annex_table::taxes(&frame);
    let mut out = Vec::new();
    for table in annex_table::tables(&frame.documents, &frame.annexes, &taxes) {
        out.extend_from_slice(table.nom.as_bytes());
        out.push(b'\n');
        canonical::write_table(&table, &mut out).expect("memory");
    }
    let text = String::from_utf8(out).expect("our own text");
    assert!(!text.contains("NOM-CACHE"), "the name of a person in {text}");
    text.replace(['\r', '\u{feff}'], "")
}

fn summary(documents: &[DocumentRapproche]) -> String {
    let mut out = String::new();
    for d in documents {
        let _ = writeln!(
            out,
            "document {} {} {} {} {} {} {} {}",
            d.format,
            d.encodage,
            d.siret,
            d.budget,
            d.type_budget,
            d.nomenclature,
            d.exercice,
            d.etape
        );
        let (read, kept, aside) = (d.lignes_lues, d.lignes_retenues, d.lignes_ecartees);
        let _ = writeln!(out, "lignes {read} {kept} {aside}");
        for t in &d.totaux {
            let ordre = if t.ordre { "ordre" } else { "reel" };
            let _ = writeln!(
                out,
                "{} {} {ordre} realise={} credits_ouverts={} vote={} rar={}",
                t.section, t.sens, t.realise, t.credits_ouverts, t.vote, t.rar
            );
        }
        for c in &d.controles {
            if !c.ok {
                let _ = writeln!(out, "controle {} faux", c.code);
            } else if c.information {
                let _ = writeln!(out, "information {}", c.code);
            }
        }
    }
    out
}

fn listed(issues: &[Issue]) -> String {
    issues.iter().fold(String::new(), |mut out, i| {
        let _ = writeln!(out, "{} {} « {} » {}", i.enregistrement, i.colonne, i.valeur, i.raison);
        out
    })
}
