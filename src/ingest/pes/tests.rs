//! Properties of the readers of PES: nothing lost, nothing left after a refusal, attachments streamed past.
//!
//! **Invariant:** golden files live in `tests/cases/ingest`; here are only invariants.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::domain::progress::Silent;
use crate::frames::issue::Severity;
use crate::frames::ledger::{DateKey, Ledger, TextKey};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
<n:PES_Aller xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller\">\
<EnTetePES><DteStr V=\"2025-03-01\"/><IdColl V=\"21000010500010\"/><CodBud V=\"00\"/></EnTetePES>";

fn read(text: &[u8], siren: Option<&str>) -> (Result<Lu, Refus>, Recolte) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it is writable");
    let head = &text[..text.len().min(crate::ingest::format::HEAD)];
    let source = Source { nom: "a.xml", chemin: file.path(), head, nomme: true };
    let consigne = Consigne { siren, ..Consigne::plain(&Silent) };
    let mut recolte = Recolte::default();
    let format: &dyn Format = if Pes.sniff(&source).is_some() { &Pes } else { &PesRetour };
    (format.read(&source, &consigne, &mut recolte), recolte)
}

fn line(numero: usize, amount: &str) -> String {
    format!(
        "<LigneDePiece><BlocLignePiece><InfoLignePce><IdLigne V=\"{numero}\"/><Nature V=\"60632\"/>\
         <MtHT V=\"{amount}\"/></InfoLignePce></BlocLignePiece></LigneDePiece>"
    )
}

fn aller(typ: &str, lines: &[String], after: &str) -> String {
    format!(
        "{HEAD}<PES_DepenseAller><Bordereau><BlocBordereau><Exer V=\"2025\"/><IdBord V=\"7\"/>\
         <DteBordEm V=\"2025-02-03\"/><TypBord V=\"{typ}\"/><NbrPce V=\"1\"/></BlocBordereau><Piece><BlocPiece>\
         <InfoPce><IdPce V=\"12\"/><TypPce V=\"01\"/><Obj V=\"Papier\"/></InfoPce></BlocPiece>{}</Piece></Bordereau>\
         </PES_DepenseAller>{after}</n:PES_Aller>",
        lines.concat()
    )
}

fn ledger(recolte: Recolte) -> Ledger {
    recolte.ledgers.finish()
}

#[test]
fn five_megabytes_of_attachment_are_passed_over() {
    let mut attachment = String::from("<PES_PJ><PJ><Contenu><Fichier>");
    for _ in 0..70_000 {
        let _ = writeln!(attachment, "{}", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo".repeat(2));
    }
    attachment.push_str("</Fichier></Contenu></PJ></PES_PJ>");
    assert!(attachment.len() > 4_900_000);
    let text = aller("01", &[line(1, "10.00")], &attachment);
    let (outcome, recolte) = read(text.as_bytes(), None);
    assert_eq!(outcome.expect("a PES").format, "pes");
    assert!(recolte.issues.iter().any(|i| i.raison.contains("pièces jointes")));
    assert_eq!(ledger(recolte).len(), 1);
}

#[test]
fn another_commune_is_left_alone() {
    let text = aller("01", &[line(1, "10.00")], "");
    let (outcome, recolte) = read(text.as_bytes(), Some("219999999"));
    assert!(outcome.expect("a PES").remarque.contains("autre commune"));
    assert!(recolte.ledgers.is_empty() && recolte.ecritures.is_empty());
    let (outcome, recolte) = read(text.as_bytes(), Some("210000105"));
    assert!(outcome.expect("a PES").remarque.is_empty());
    assert_eq!(recolte.ledgers.len(), 1);
}

#[test]
fn a_cut_file_leaves_nothing() {
    let text = aller("01", &[line(1, "10.00"), line(2, "5.00")], "");
    for cut in (HEAD.len()..text.len()).step_by(7) {
        let (outcome, recolte) = read(&text.as_bytes()[..cut], None);
        assert!(outcome.is_err(), "cut at {cut}");
        assert!(recolte.ledgers.is_empty() && recolte.issues.is_empty());
        assert!(recolte.ledgers.finish().sources.is_empty());
    }
}

#[test]
fn a_return_with_dates_of_payment() {
    let text = "<n:PES_Retour xmlns:n=\"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour\">\
        <EnTetePES><IdColl V=\"21000010500010\"/><CodBud V=\"00\"/></EnTetePES><PES_DepenseRetour><Bordereau>\
        <BlocBordereau><Exer V=\"2025\"/><IdBord V=\"7\"/><TypBord V=\"01\"/></BlocBordereau><Piece><InfoPiece>\
        <IdPce V=\"12\"/><DtePcePec V=\"2025-02-10\"/><DtePaiement V=\"2025-02-20\"/><EtatPce V=\"02\"/>\
        </InfoPiece></Piece></Bordereau></PES_DepenseRetour></n:PES_Retour>";
    let (outcome, recolte) = read(text.as_bytes(), None);
    assert_eq!(outcome.expect("a return").format, "pes_retour");
    let retours = recolte.retours;
    assert_eq!(retours.pieces.len(), 1);
    let (_, recolte) = read(aller("01", &[line(1, "10.00")], "").as_bytes(), None);
    let mut ledger = ledger(recolte);
    assert_eq!(retours.date(&mut ledger), 1);
    let paid = ledger.date(DateKey::Paiement).map(|d| d[0]).expect("dated");
    assert_eq!(
        crate::domain::calendar::civil(paid).map(|d| d.to_string()).as_deref(),
        Some("2025-02-20")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_lost(rows in prop::collection::vec((0_i64..10_000_000, prop::bool::weighted(0.2)), 1..30), cancel: bool) {
        let lines: Vec<String> = rows.iter().enumerate().map(|(i, (cents, spoilt))| {
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            line(i + 1, if *spoilt { "1e400" } else { &amount })
        }).collect();
        let good: Vec<i64> = rows.iter().filter(|r| !r.1).map(|r| r.0).collect();
        let (outcome, recolte) = read(aller(if cancel { "02" } else { "01" }, &lines, "").as_bytes(), None);
        if good.is_empty() {
            prop_assert!(outcome.is_err() && recolte.ledgers.is_empty() && recolte.ecritures.is_empty());
            return Ok(());
        }
        let lues = recolte.ecritures[0].clone();
        let aside = recolte.issues.iter().filter(|i| i.severity == Severity::Ecartee).count();
        prop_assert_eq!(lues.lignes_lues, rows.len() as u64);
        prop_assert_eq!(lues.lignes_retenues, good.len() as u64);
        prop_assert_eq!(aside as u64, lues.lignes_ecartees);
        let sign = if cancel { -1 } else { 1 };
        prop_assert_eq!(lues.total, i128::from(sign * good.iter().sum::<i64>()));
        let ledger = ledger(recolte);
        prop_assert_eq!(ledger.montant.iter().sum::<i64>(), sign * good.iter().sum::<i64>());
        prop_assert!((0..ledger.len()).all(|r| ledger.text_at(TextKey::Mandat, r) == "12"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..900) {
        let mut text = aller("01", &[line(1, "10.00")], "").into_bytes();
        let at = at.min(text.len());
        text.splice(at..at, bytes);
        let (outcome, recolte) = read(&text, None);
        let kept: u64 = recolte.ecritures.iter().map(|e| e.lignes_retenues).sum();
        prop_assert_eq!(recolte.ledgers.len() as u64, kept);
        prop_assert!(outcome.is_ok() || recolte.issues.is_empty());
    }
}
