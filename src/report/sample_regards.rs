//! What the sample report says of thresholds, suppliers, delays, months, cash and coverage.
//!
//! **Invariant:** parts add up to their totals.

use super::model::audit::*;
use super::model::preparation::*;
use super::sample::{HOSTILE, k};
use crate::domain::money::Centimes;

pub(crate) fn seuils() -> Vec<AutourSeuil> {
    let counts = [4, 3, 5, 4, 11, 2, 1, 2, 0, 1];
    vec![AutourSeuil {
        nom: "Fournitures et services : dispense".into(),
        seuil: k(40),
        source: "décret 2019-1344".into(),
        commandes: counts.iter().sum(),
        juste_dessous: counts[4],
        juste_dessus: counts[5],
        barres: counts
            .iter()
            .zip(0u32..)
            .map(|(n, i)| BarreSeuil { de_pct: 75 + 5 * i, a_pct: 80 + 5 * i, commandes: *n })
            .collect(),
    }]
}

pub(crate) fn concentration() -> Concentration {
    let part =
        |rang: u64, amount: i64, part_pct: f64| PartCumulee { rang, montant: k(amount), part_pct };
    Concentration {
        fournisseurs: 1_204,
        montant: k(31_000),
        hors_fournisseur: k(200),
        cumul: vec![
            part(1, 3_100, 10.0),
            part(2, 5_000, 16.1),
            part(5, 9_300, 30.0),
            part(10, 13_000, 41.9),
            part(100, 26_000, 83.9),
            part(1_204, 31_000, 100.0),
        ],
        premiers: vec![GrandFournisseur {
            tiers: HOSTILE.into(),
            lignes: 312,
            montant: k(3_100),
            part_pct: 10.0,
        }],
    }
}

pub(crate) fn delais() -> Delais {
    let month = |mois: u8| DelaiMois {
        annee: 2025,
        mois,
        factures: 400,
        quantiles: [6, 12, 18, 24, 29 + u64::from(mois % 3)],
        maximum: 40 + 9 * u64::from(mois),
        en_retard: 12,
    };
    Delais {
        plafond_jours: 30,
        depuis: "réception".into(),
        factures: 4_800,
        en_retard: 144,
        retard_pct: 3.0,
        mediane: 18,
        mois: (1..=12).map(month).collect(),
    }
}

pub(crate) fn mois() -> Vec<MoisChapitre> {
    let one = |libelle: &str, odd: &[u64]| MoisChapitre {
        libelle: libelle.into(),
        annee: 2024,
        mois: 2,
        montants: (0..23u64)
            .map(|i| k(300 + (i * 37 % 60) as i64 + if odd.contains(&i) { 900 } else { 0 }))
            .collect(),
        inhabituels: odd.to_vec(),
        scores: odd.iter().map(|_| 8.4).collect(),
    };
    vec![one("011 Charges à caractère général", &[4, 21]), one("012 Charges de personnel", &[])]
}

pub(crate) fn scenarios(operating: &[Projection]) -> Vec<ScenarioProjete> {
    let one = |nom: &str, libelle: &str, by: i64| ScenarioProjete {
        nom: nom.into(),
        libelle: libelle.into(),
        projections: operating
            .iter()
            .map(|p| {
                let mut p = p.clone();
                for h in &mut p.prevu {
                    h.prevision += k(by);
                }
                p
            })
            .collect(),
    };
    vec![one("central", "prévision de cette page", 0), one("prudent", "inflation +2,5", 130)]
}

pub(crate) fn tresorerie() -> Tresorerie {
    let month = |mois: u8| {
        let (spent, got) = (k(1_500 * i64::from(mois)), k(1_480 * i64::from(mois) - 200));
        MoisCumule { mois, mandats: spent, titres: got, ecart: got - spent }
    };
    let balance = |mois: u8| {
        let solde = k(1_250 - 20 * i64::from(mois) - 200);
        SoldeMois { mois, solde, bas_80: solde - k(90), haut_80: solde + k(90) }
    };
    Tresorerie {
        exercice_rythme: 2025,
        creux_mois: 12,
        creux: Centimes(-44_000_000),
        rythme: (1..=12).map(month).collect(),
        exercice: 2026,
        solde_initial: Some(k(1_250)),
        soldes: (1..=12).map(balance).collect(),
        emprunts_comptes: k(100),
        emprunts_proposes: Some(k(250)),
    }
}

pub(crate) fn couvertures() -> Vec<CouvertureModele> {
    let one = |modele: &str, montants: u64, dedans: u64, couverture_pct: f64| CouvertureModele {
        modele: modele.into(),
        montants,
        dedans,
        couverture_pct,
    };
    vec![one("naive", 120, 99, 82.5), one("rule", 40, 30, 75.0)]
}
