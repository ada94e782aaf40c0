//! Lines of e.magnus made here, read back.
//!
//! **Invariant:** each test states the rows expected, to the centime.

use super::*;
use crate::domain::progress::Silent;
use crate::frames::ledger::Sens;

/// A line of 123 quoted cells.
fn line(cells: &[(usize, &str)]) -> String {
    let mut all = vec!["\"\"".to_owned(); 123];
    for (place, text) in cells {
        all[place - 1] = format!("\"{text}\"");
    }
    all.join(";")
}

fn read(name: &str, text: &str) -> (Result<Lu, Refus>, Recolte) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("writable");
    let source = Source { nom: name, chemin: &path, head: text.as_bytes(), nomme: true };
    let consigne = Consigne::plain(&Silent);
    let mut recolte = Recolte::default();
    let (format, _) = crate::ingest::format::recognise(&source).expect("a reader");
    (format.read(&source, &consigne, &mut recolte), recolte)
}

#[test]
fn masters_and_sub_lines_keep_their_own_amounts() {
    let common =
        [(1, "77"), (6, "2025"), (10, "SPECIMEN"), (11, "Camille"), (24, "R"), (25, "14/03/2025")];
    let with = |more: &[(usize, &str)]| line(&[&common[..], more].concat());
    let text = [
        with(&[
            (7, "M"),
            (26, "7067"),
            (30, "12.5000"),
            (31, "2.5"),
            (95, "99900001100018"),
            (111, "F-1"),
        ]),
        with(&[(7, "S"), (26, "70878"), (30, "3"), (31, "0.00")]),
        with(&[(7, "S"), (26, "70878"), (30, "trois"), (31, "0.00")]),
        with(&[(7, "M"), (26, "7067"), (30, "1"), (25, "31/02/2025")]),
    ]
    .join("\n");
    let (outcome, recolte) = read("WTAMC001.txt", &text);
    assert_eq!(outcome.expect("read").format, "emagnus");
    let lues = &recolte.ecritures[0];
    assert_eq!((lues.lignes_lues, lues.lignes_retenues, lues.lignes_ecartees), (4, 2, 2));
    assert_eq!((lues.total, lues.total_ecarte), (1_800, 100));
    let ledger = recolte.ledgers.finish();
    assert_eq!(ledger.montant, [1_500, 300]);
    assert_eq!((ledger.sens[0], ledger.exercice[0]), (Sens::R, 2025));
    assert_eq!(ledger.text_at(TextKey::TiersNom, 0), "SPECIMEN Camille");
    assert_eq!(ledger.text_at(TextKey::Siret, 0), "99900001100018");
    assert_eq!(ledger.text_at(TextKey::Facture, 0), "F-1");
}

#[test]
fn side_files_are_left_and_others_refused() {
    let (outcome, recolte) = read("WTAMC001AS.txt", &line(&[(2, "77")]));
    assert!(!outcome.expect("left").remarque.is_empty());
    assert!(recolte.ecritures.is_empty());
    let cells: Vec<Vec<u8>> = vec![b"x".to_vec(); 123];
    assert!(!is_line(&cells));
}
