//! Properties of the reader: any bytes, any cut of a document.
//!
//! **Invariant:** golden documents live in `tests/cases/ingest/totem`; here are only invariants.

use proptest::prelude::*;

use super::*;
use crate::frames::budget::Etape;

const DOCUMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">
<EnTeteDocBudgetaire><IdColl V="21000010500010"/></EnTeteDocBudgetaire>
<Budget><EnTeteBudget><IdEtab V="21000010500010"/><CodBud V="00"/>
<Nomenclature V="M57-M57_A"/></EnTeteBudget>
<BlocBudget><NatDec V="09"/><Exer V="2023"/></BlocBudget>
<LigneBudget><Nature V="6161"/><CodRD V="D"/><MtReal V="12.30"/><OpBudg V="0"/></LigneBudget>
<LigneBudget><Nature V="752"/><CodRD V="R"/><MtReal V="12.30"/><OpBudg V="0"/></LigneBudget>
<Annexes><DATA_EMPRUNT><EMPRUNT><CodTypEmpr V="01"/><MtIntExer V="40.0"/>
<MtCapitalRestDu_31_12 V="1000"/><TxActua V="3.5"/></EMPRUNT>
<EMPRUNT><CodTypEmpr V="02"/><MtIntExer V="99.0"/></EMPRUNT></DATA_EMPRUNT></Annexes>
</Budget></DocumentBudgetaire>"#;

#[test]
fn a_document_is_read_whole() {
    let (frame, issues) = read(DOCUMENT.as_bytes(), "f.xml").expect("a sound document");
    assert!(issues.is_empty());
    assert_eq!(frame.documents[0].etape, Etape::Ca);
    assert_eq!(frame.lignes.len(), 2);
    assert_eq!(
        (frame.lignes[0].chapitre.as_str(), frame.lignes[1].chapitre.as_str()),
        ("011", "75")
    );
    let dette = frame.documents[0].dette.expect("a debt annex");
    assert_eq!((dette.emprunts, dette.interets.0, dette.interets_a_venir.0), (1, 4_000, 3_500));
}

#[test]
fn the_day_of_the_vote_is_read() {
    let voted = |block: &str| {
        let text = DOCUMENT.replace("<Exer V=\"2023\"/>", &format!("<Exer V=\"2023\"/>{block}"));
        let (frame, _) = read(text.as_bytes(), "f.xml").expect("a sound document");
        let d = &frame.documents[0];
        (d.date_vote().map(str::to_owned), d.is_projet())
    };
    assert_eq!(voted(""), (None, false));
    assert_eq!(voted("<DteDec V=\"2022-04-04\"/>"), (Some("2022-04-04".into()), false));
    // the 1 January stands for no date, and so does what is no day
    assert_eq!(voted("<DteDec V=\"2023-01-01\"/><ProjetBudget V=\"1\"/>"), (None, true));
    assert_eq!(voted("<DteDec V=\"2023-02-30\"/><ProjetBudget V=\"false\"/>"), (None, false));
    assert_eq!(voted("<DteDec V=\"é\"/>"), (None, false));
}

#[test]
fn sniff_tells_budgets_from_the_rest() {
    assert_eq!(sniff(DOCUMENT.as_bytes()).0, 100);
    assert_eq!(sniff(b"date;montant\n").0, 0);
    assert_eq!(sniff(b"<!-- x --><n:PES_Aller xmlns:n='u'>").0, 0);
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(DOCUMENT.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(sniff(&utf16).0, 100);
    assert!(read(&utf16, "f.xml").is_ok());
}

#[test]
fn every_cut_is_refused_with_what_to_do() {
    for at in 0..DOCUMENT.len() - 1 {
        let refus = read(&DOCUMENT.as_bytes()[..at], "f.xml").expect_err("a cut document");
        assert!(refus.quoi.contains("f.xml") && !refus.a_faire.is_empty(), "cut at {at}");
    }
}

#[test]
fn bytes_that_are_not_the_announced_utf8_are_read_and_told() {
    let bytes = DOCUMENT.replace("CodBud V=\"00\"", "CodBud V=\"00\"/><LibelleEtab V=\"@\"");
    let bytes: Vec<u8> = bytes.bytes().map(|b| if b == b'@' { 0xC9 } else { b }).collect();
    let (frame, issues) = read(&bytes, "f.xml").expect("still readable");
    assert_eq!(frame.documents[0].libelle_budget, "É");
    assert_eq!(issues.len(), 1);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = sniff(&bytes);
        let _ = read(&bytes, "f.xml");
    }

    #[test]
    fn a_damaged_byte_never_panics(at in 0..DOCUMENT.len(), byte in any::<u8>()) {
        let mut bytes = DOCUMENT.as_bytes().to_vec();
        bytes[at] = byte;
        if let Ok((frame, _)) = read(&bytes, "f.xml") {
            for d in &frame.documents {
                prop_assert_eq!(d.lignes_lues, d.lignes_retenues + d.lignes_ecartees);
            }
        }
    }

    #[test]
    fn amounts_round_trip(cents in -9_000_000_000_000_i64..9_000_000_000_000) {
        let sign = if cents < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
        prop_assert_eq!(parse_amount(&text).map(|c| c.0), Some(cents));
    }
}
