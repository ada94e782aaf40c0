//! The report room as a library user sees it: one object in, files out, readable by other programs.

use calamine::{Data, Reader, Xlsx};
use vigie::anomaly::{Evidence, Priorite};
use vigie::domain::control::{ControlCode, Family};
use vigie::domain::money::Centimes;
use vigie::report::model::audit::{Audit, Constat};
use vigie::report::model::lecture::{Qualite, Rapprochement};
use vigie::report::model::preparation::{LignePrevision, Preparation};
use vigie::report::{Commune, Fichier, Page, Rapport, SCHEMA, csv, rendre};

use crate::support::{stderr, stdout, vigie};

fn constat() -> Constat {
    Constat {
        rang: 1,
        constat: "c0ffee".into(),
        controle: ControlCode::new(Family::Dbl, 1),
        priorite: Priorite::Prioritaire,
        indice: 7.0,
        probabilite: 0.9,
        enjeu: Centimes(1_842_000),
        enregistrements: vec!["mandats.csv#12".into(), "mandats.csv#48".into()],
        tiers: "VOIRIE EXEMPLE".into(),
        etiquette: "VOIRIE EXEMPLE".into(),
        indices_image: vec![],
        chapitre: "011".into(),
        motif: "Deux factures du même montant.".into(),
        a_faire: "demander les bons de livraison".into(),
        decision: String::new(),
        portee_decision: String::new(),
        motif_decision: String::new(),
        habitude: String::new(),
        cles_lignes: String::new(),
        indices: vec![Evidence {
            niveau: "même montant".into(),
            poids: 7.0,
            valeurs: "18 420,00 €".into(),
        }],
        membres: vec![],
    }
}

fn prevision() -> LignePrevision {
    let m = Centimes;
    LignePrevision {
        exercice: 2026,
        distance: 1,
        niveau: "chapitre".into(),
        budget: "principal".into(),
        section: "F".into(),
        sens: "D".into(),
        code: "012".into(),
        libelle: "Charges de personnel".into(),
        dernier_realise: Some(m(930_000_000)),
        prevision: m(960_000_050),
        bas_80: m(940_000_000),
        haut_80: m(980_000_000),
        bas_95: m(930_000_000),
        haut_95: m(990_000_000),
        origine: "modele".into(),
        modele: "theta".into(),
        raison: "tendance régulière".into(),
        erreur_passee_pct: Some(2.1),
    }
}

fn rapport() -> Rapport {
    Rapport {
        schema: SCHEMA.into(),
        version: "0.0.0".into(),
        commune: Commune { nom: "Saint-Exemple".into(), ..Commune::default() },
        exercice: 2026,
        budgets: vec!["principal".into()],
        date: "2026-03-14".into(),
        empreinte: "00".into(),
        commande: "vigie rapport audit exports".into(),
        graine: 1,
        parametres: vec![],
        qualite: Qualite::default(),
        lecture: None,
        preparation: Some(Preparation { previsions: vec![prevision()], ..Preparation::default() }),
        audit: Some(Audit { constats: vec![constat()], ..Audit::default() }),
        synthese: None,
        echantillon: None,
    }
}

fn bytes<'a>(files: &'a [Fichier], name: &str) -> &'a [u8] {
    &files.iter().find(|f| f.nom == name).unwrap_or_else(|| panic!("no {name}")).octets
}

#[test]
fn an_audit_folder_holds_its_files_and_is_stable() {
    let files = rendre(&rapport(), Page::Audit).expect("files");
    for name in ["audit.html", "audit.xlsx", "constats.csv", "resultats.json"] {
        assert!(!bytes(&files, name).is_empty());
    }
    let png = files.iter().find(|f| f.nom.starts_with("figures/")).expect("a figure");
    assert_eq!(&png.octets[..4], b"\x89PNG");
    assert_eq!(u32::from_be_bytes(png.octets[16..20].try_into().expect("width")), 1_920);
    assert_eq!(files, rendre(&rapport(), Page::Audit).expect("files"));
}

#[test]
fn spreadsheet_amounts_are_numbers() {
    let files = rendre(&rapport(), Page::Audit).expect("files");
    let content = bytes(&files, "audit.xlsx").to_vec();
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(content)).expect("readable");
    let range = book.worksheet_range("Constats").expect("the sheet");
    assert_eq!(range.get_value((0, 11)), Some(&Data::String("decision".to_owned())));
    assert_eq!(range.get_value((1, 5)), Some(&Data::Float(18_420.0)));
}

/// Rows, and a yes or a no, are compared beside amounts: only the amounts are euros.
#[test]
fn quality_sheet_counts_rows_as_rows() {
    let tie = |code: &str| Rapprochement {
        code: code.into(),
        attendu: Centimes(48_310),
        obtenu: Centimes(48_310),
        ok: true,
        statut: "conforme".into(),
        ..Rapprochement::default()
    };
    let mut rapport = rapport();
    rapport.qualite.rapprochements = vec![
        tie("CA.xml : lignes lues = lignes retenues + lignes écartées"),
        tie("SIRET « 21 » : clé juste (1) ou non (0)"),
        tie("virement entre sections : 021 = 023"),
    ];
    let files = rendre(&rapport, Page::Audit).expect("files");
    let content = bytes(&files, "audit.xlsx").to_vec();
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(content)).expect("readable");
    let range = book.worksheet_range("Qualite").expect("the sheet");
    let found = |row| range.get_value((row, 2)).cloned();
    let expected = [48_310.0, 48_310.0, 483.1].map(|v| Some(Data::Float(v)));
    assert_eq!([5, 6, 7].map(found), expected);
}

#[test]
fn forecast_sheet_has_the_columns_of_the_csv() {
    let files = rendre(&rapport(), Page::Preparation).expect("files");
    let content = bytes(&files, "preparation.xlsx").to_vec();
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(content)).expect("readable");
    let range = book.worksheet_range("Previsions").expect("the sheet");
    let head: Vec<String> =
        range.rows().next().expect("a header").iter().map(ToString::to_string).collect();
    assert_eq!(head.join(";"), csv::PREVISIONS);
    assert_eq!(range.get_value((1, 9)), Some(&Data::Float(9_600_000.5)));
    let text = String::from_utf8(bytes(&files, "previsions.csv").to_vec()).expect("UTF-8");
    assert!(text.contains(";9300000,00;9600000,50;"), "{text}");
}

/// `vigie exporter`: each kind writes what it says, and the notebook reads only what lies beside it.
#[test]
fn results_are_exported_as_sheets_figures_and_notebook() {
    let expected: [(&str, &[&str]); 3] = [
        ("xlsx", &["audit.xlsx", "preparation.xlsx"]),
        ("png", &["audit/01_grand_livre.png", "preparation/01_ratios.png"]),
        (
            "notebook",
            &[
                "analyse.ipynb",
                "budget.csv",
                "budget.parquet",
                "constats.csv",
                "ecritures.csv",
                "ecritures.parquet",
                "previsions.csv",
            ],
        ),
    ];
    for (genre, files) in expected {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().join("sortie");
        let output = vigie()
            .args(["exporter", genre, "datasets/demo/donnees", "--date", "2026-03-14", "--sortie"])
            .arg(&out)
            .output()
            .expect("the binary starts");
        assert!(output.status.success(), "{genre}: {}", stderr(&output));
        assert!(stdout(&output).lines().last().is_some_and(|l| l.starts_with("Suite")), "{genre}");
        for file in files {
            assert!(out.join(file).is_file(), "{genre}: {file}");
        }
        if genre == "notebook" {
            let text = std::fs::read_to_string(out.join("analyse.ipynb")).expect("a notebook");
            let book: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(book["nbformat"], 4);
            for part in text.split("lire(\\\"").skip(1) {
                let name = part.split("\\\"").next().unwrap_or_default();
                assert!(out.join(format!("{name}.csv")).is_file(), "the notebook reads {name}");
            }
        }
    }
}

#[test]
fn completions_and_manual_are_written() {
    for terminal in ["bash", "zsh", "fish", "powershell"] {
        let output = vigie().args(["completion", terminal]).output().expect("the binary starts");
        assert!(output.status.success() && stdout(&output).contains("synthese"), "{terminal}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = vigie().arg("man").arg(folder.path()).output().expect("the binary starts");
    assert!(output.status.success(), "{}", stderr(&output));
    for page in ["vigie.1", "vigie-rapport.1", "vigie-exporter.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
    assert!(!folder.path().join("vigie-man.1").exists(), "hidden commands have no page");
}
