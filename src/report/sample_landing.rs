//! The landing of the rich fictitious report.
//!
//! **Invariant:** the movements balance.

use super::model::preparation::*;
use crate::domain::money::Centimes;

const fn k(euros_thousands: i64) -> Centimes {
    Centimes(euros_thousands * 100_000)
}

pub(crate) fn atterrissage() -> Atterrissage {
    let line =
        |niveau: &str, code: &str, libelle: &str, credits, prevu, risque: &str| LigneAtterrie {
            niveau: niveau.into(),
            section: "F".into(),
            sens: "D".into(),
            code: code.into(),
            libelle: libelle.into(),
            realise: k(prevu * 8 / 10),
            engage: k(20),
            credits,
            prevu: k(prevu),
            bas_80: k(prevu * 97 / 100),
            haut_80: k(prevu * 103 / 100),
            risque: risque.into(),
            raison: "profil de 2 exercices : 80,0 % de l'année à fin octobre".into(),
        };
    let move_of = |chapitre: &str, montant| Mouvement {
        acte: "virement".into(),
        section: "F".into(),
        sens: "D".into(),
        chapitre: chapitre.into(),
        montant: k(montant),
        motif: "atterrissage au-dessus des crédits".into(),
    };
    Atterrissage {
        budget: "Principal".into(),
        exercice: 2025,
        mois: 10,
        mois_depenses: 10,
        mois_recettes: 10,
        profils: vec![2023, 2024],
        lignes: vec![
            line("total", "", "Dépenses réelles de fonctionnement", None, 6_100, ""),
            line(
                "chapitre",
                "011",
                "Charges à caractère général",
                Some(k(4_000)),
                4_060,
                "probable",
            ),
            line("chapitre", "65", "Autres charges", Some(k(2_200)), 2_040, ""),
        ],
        mouvements: vec![move_of("011", 60), move_of("65", -60)],
        non_finances: Vec::new(),
        fongibilite: vec![PlafondFongibilite {
            section: "F".into(),
            base: k(14_000),
            taux: 7.5,
            plafond: k(1_050),
            utilise: k(0),
            propose: k(60),
        }],
        delais: vec![delai("F", "2026-01-21"), delai("I", "2025-12-31")],
    }
}

fn delai(section: &str, limite: &str) -> DelaiVote {
    DelaiVote {
        section: section.into(),
        limite: limite.into(),
        source: "CGCT, L.1612-11".into(),
        depasse: false,
    }
}

pub(crate) fn conventions() -> Vec<EpargneConvention> {
    let one = |convention: &str, libelle: &str, brute, pont| EpargneConvention {
        exercice: 2026,
        convention: convention.into(),
        libelle: libelle.into(),
        recettes: k(18_000),
        gestion: k(2_400),
        brute: k(brute),
        nette: k(brute - 900),
        taux_pct: Some(brute as f64 / 180.0),
        desendettement: Some(6.5),
        pont,
    };
    vec![
        one("budgetaire", "budgétaire : toutes les opérations réelles", 2_100, Vec::new()),
        one(
            "ratios_cgct",
            "ratios du CGCT (ex-R.2313-1) : recettes sans 775",
            2_050,
            vec![super::model::Poste::new("775", k(-50))],
        ),
    ]
}
