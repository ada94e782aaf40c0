//! The reading of the rich fictitious report.
//!
//! **Invariant:** rows read = kept + set aside; the gap of the ledger is the sum of its causes.

use super::model::lecture::*;
use super::sample::{k, tie};
use crate::domain::money::Centimes;

fn total(section: &str, sens: &str, realise: Centimes) -> Total {
    Total {
        section: section.into(),
        sens: sens.into(),
        ordre: false,
        realise,
        credits_ouverts: realise + k(900),
        vote: realise + k(700),
        rar: k(12),
        reporte: (sens == "R").then(|| Reporte { realise: k(640), ..Reporte::default() }),
    }
}

pub(crate) fn lecture() -> Lecture {
    let document = |exercice: u16, etape: &str| Document {
        fichier: format!("{etape}_{exercice}.xml"),
        format: "totem".into(),
        encodage: "utf-8".into(),
        sha256: "ab12cd34ef56ab12cd34ef56".into(),
        siret: "21000010500010".into(),
        budget: "00".into(),
        type_budget: "P".into(),
        nomenclature: "M57-M57_A".into(),
        exercice,
        etape: etape.into(),
        lignes_lues: 1_431,
        lignes_retenues: 1_431,
        lignes_ecartees: 0,
        totaux: vec![
            total("F", "D", k(17_200)),
            total("F", "R", k(19_100)),
            total("I", "D", k(6_300)),
            total("I", "R", k(5_900)),
        ],
        annexes: vec![Annexe { nom: "emprunts".into(), lignes: 14 }],
        controles: vec![tie("042=040", 12_300, 12_300), tie("équilibre F", 500, 500)],
    };
    Lecture {
        documents: (2019..=2024).map(|y| document(y, "CA")).chain([document(2025, "BP")]).collect(),
        ecritures: vec![Ecritures {
            fichier: "mandats.csv".into(),
            format: "csv".into(),
            lignes_lues: 48_310,
            lignes_retenues: 48_308,
            lignes_ecartees: 2,
            total: Centimes(3_120_000_000),
            total_ecarte: Centimes(1_234_567),
            controles: vec![tie("NbrPce", 48_310, 48_310)],
        }],
        tables: vec![published()],
        fichiers_ignores: vec![FichierIgnore {
            fichier: "notes.docx".into(),
            raison: "aucun format reconnu".into(),
        }],
        verifications: Vec::new(),
        conflits: vec![conflict()],
        recoupements: None,
        lus: vec![FichierLu {
            fichier: "mandats.csv".into(),
            format: "csv".into(),
            raison: "en-têtes de grand livre".into(),
        }],
        factures_sans_mandat: Some(FacturesSansMandat { lignes: 12, total: k(31) }),
        livre_et_comptes: vec![confronted()],
    }
}

fn published() -> TablePubliee {
    TablePubliee {
        fichier: "ofgl.csv".into(),
        format: "ofgl".into(),
        lignes_lues: 1_200,
        lignes_retenues: 1_199,
        lignes_ecartees: 1,
        lignes_hors_perimetre: 33_000,
    }
}

fn confronted() -> LivreEtComptes {
    LivreEtComptes {
        exercice: 2024,
        sens: "D".into(),
        livre: k(17_000),
        comptes: k(17_900),
        rattachements: k(500),
        ordre: k(390),
        journee_complementaire: k(8),
        non_explique: k(2),
        ecarts: vec![EcartNature {
            nature: "60612".into(),
            livre: k(300),
            comptes: k(302),
            non_explique: k(2),
        }],
    }
}

fn conflict() -> Conflit {
    Conflit {
        enregistrement: "mandats.csv#77".into(),
        autre: "pes_2025.xml#12".into(),
        montant: Centimes(120_000),
        autre_montant: Centimes(12_000),
        fusion: true,
    }
}
