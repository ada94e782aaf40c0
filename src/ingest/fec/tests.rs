//! Écritures made here, read back.
//!
//! **Invariant:** each test states the rows expected, to the centime, and what the controls say.

use super::*;
use crate::domain::progress::Silent;
use crate::frames::ledger::Sens;

const TITLES: &str = "JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise";

fn read(text: &str) -> (Result<Lu, Refus>, Recolte) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fec.txt");
    std::fs::write(&path, text).expect("writable");
    let head = &text.as_bytes()[..text.len().min(crate::ingest::format::HEAD)];
    let source = Source { nom: "fec.txt", chemin: &path, head, nomme: true };
    let consigne = Consigne::plain(&Silent);
    let mut recolte = Recolte::default();
    let (format, _) = crate::ingest::format::recognise(&source).expect("a reader");
    assert_eq!(format.nom(), "fec");
    (format.read(&source, &consigne, &mut recolte), recolte)
}

#[test]
fn charges_are_kept_with_their_tiers() {
    let text = format!(
        "{TITLES}\n\
         AN|A nouveaux|1|20250101|1641|Emprunt||||20250101|Reprise|0,00|1000,00|||20250101||\n\
         AN|A nouveaux|1|20250101|512|Banque||||20250101|Reprise|1000,00|0,00|||20250101||\n\
         AC|Achats|2|20250314|6064|Fournitures|||F-12|20250301|Papier|100,00|0,00|||20250331||\n\
         AC|Achats|2|20250314|44566|TVA|||F-12|20250301|Papier|20,00|0,00|||20250331||\n\
         AC|Achats|2|20250314|401|Fournisseurs|PAP|PAPETERIE SPECIMEN|F-12|20250301|Papier|0,00|120,00|||20250331||\n\
         VE|Ventes|3|20250315|411|Clients|CL1|CLIENT|V-1|20250315|Location|50,00|0|||20250331||\n\
         VE|Ventes|3|20250315|752|Loyers|||V-1|20250315|Location||49,00|||20250331||\n\
         AC|Achats|4|20250399|6064|Fournitures|||F-13|20250301|Papier|1,00|0,00|||20250331||\n"
    );
    let (outcome, recolte) = read(&text);
    outcome.expect("read");
    let lues = &recolte.ecritures[0];
    assert_eq!((lues.lignes_lues, lues.lignes_retenues, lues.lignes_ecartees), (8, 2, 6));
    assert_eq!((lues.total, lues.total_ecarte), (14_900, 219_100));
    let controls: Vec<_> = lues.controles.iter().map(|c| (c.attendu, c.obtenu)).collect();
    assert_eq!(controls, [(117_100, 116_900), (4, 2)]);
    assert_eq!(recolte.issues.iter().filter(|i| i.severity == Severity::Ecartee).count(), 1);
    let ledger = recolte.ledgers.finish();
    assert_eq!(ledger.montant, [10_000, 4_900]);
    assert_eq!(ledger.sens, [Sens::D, Sens::R]);
    assert_eq!(ledger.text_at(TextKey::TiersNom, 0), "PAPETERIE SPECIMEN");
    assert_eq!(ledger.text_at(TextKey::TiersNom, 1), "CLIENT");
    assert_eq!(ledger.record, [3, 7]);
}

#[test]
fn amount_and_side_in_two_columns() {
    let titles = TITLES.replace("Debit|Credit", "Montant|Sens").replace('|', "\t");
    let text = format!(
        "{titles}\nAC\tAchats\t2\t20250314\t6064\tF\t\t\tF-1\t20250301\tAvoir\t12.50\tC\t\t\t\t\t\n\
         AC\tAchats\t2\t20250314\t401\tF\tP\tPAP\tF-1\t20250301\tAvoir\t12.50\tD\t\t\t\t\t\n"
    );
    let (outcome, recolte) = read(&text);
    outcome.expect("read");
    assert!(recolte.ecritures[0].controles.iter().all(|c| c.ok));
    assert_eq!(recolte.ledgers.finish().montant, [-1_250]);
}
