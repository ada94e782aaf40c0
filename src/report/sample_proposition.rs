//! The proposal, the scenarios, the costs and the ratios of the fictitious report.
//!
//! **Invariant:** the budget balances: 023 = 021, receipts = expenses in both sections.

use super::model::comparaison::{CoutService, RatioComptes, ScenarioAnnee};
use super::model::preparation::{AnneeFinancement, Preparation};
use super::model::proposition::*;
use super::sample::{HOSTILE, k};
use crate::domain::money::Centimes;

fn line(place: [&str; 4], service: &str, montant: Centimes) -> LigneProposee {
    let [section, sens, chapitre, nature] = place;
    let balance = matches!(nature, "021" | "023") || (nature == "1641" && sens == "R");
    LigneProposee {
        section: section.into(),
        sens: sens.into(),
        ordre: if matches!(nature, "021" | "023") { "ordre" } else { "reel" }.into(),
        chapitre: chapitre.into(),
        nature: nature.into(),
        fonction: if service.is_empty() { "" } else { "211" }.into(),
        service: service.into(),
        libelle: HOSTILE.into(),
        reference: montant,
        prudent: montant,
        central: montant,
        favorable: montant,
        origine: "modele".into(),
        equilibre: balance,
        equilibre_reel: match (nature, sens) {
            ("021", _) => "ressource",
            ("1641", "D") => "a_couvrir",
            _ => "",
        }
        .into(),
        raison: "dernier niveau".into(),
        ..LigneProposee::default()
    }
}

fn sums(section: &str, euros: i64) -> SectionProposee {
    SectionProposee {
        section: section.into(),
        depenses: k(euros),
        recettes: k(euros),
        solde: Centimes::ZERO,
    }
}

/// The lines have no margin: the same budget three times.
fn possible(colonne: &str) -> BudgetPossible {
    BudgetPossible {
        colonne: colonne.into(),
        sections: vec![sums("F", 1_000), sums("I", 450)],
        virement: k(200),
        emprunt: k(250),
        verifications: Vec::new(),
    }
}

fn proposition() -> Proposition {
    let lignes = vec![
        line(["F", "D", "011", "60612"], "Écoles", k(800)),
        line(["F", "D", "023", "023"], "", k(200)),
        line(["F", "R", "731", "73111"], "", k(1_000)),
        line(["I", "D", "16", "1641"], "", k(150)),
        line(["I", "D", "23", "2313"], HOSTILE, k(300)),
        line(["I", "R", "021", "021"], "", k(200)),
        line(["I", "R", "16", "1641"], "", k(250)),
    ];
    let chapitre = |l: &LigneProposee| ChapitrePropose {
        section: l.section.clone(),
        sens: l.sens.clone(),
        chapitre: l.chapitre.clone(),
        libelle: l.libelle.clone(),
        reference: l.reference,
        prudent: l.prudent,
        central: l.central,
        favorable: l.favorable,
        reports: Centimes::ZERO,
        vote: None,
        ecart_vote: None,
    };
    let service = |nom: &str, depenses| ServicePropose {
        service: nom.into(),
        reference: depenses,
        depenses,
        recettes: Centimes::ZERO,
    };
    let check = |code: &str, verdict: &str| Verification {
        budget: "principal".into(),
        code: code.into(),
        libelle: "virement : 021 = 023".into(),
        gauche: k(200),
        droite: k(200),
        ecart: k(0),
        verdict: verdict.into(),
        source: "CGCT, L.1612-4".into(),
    };
    Proposition {
        budget: "principal".into(),
        siret: "21000010500010".into(),
        exercice: 2026,
        deja_vote: None,
        colonnes: ["prudent", "central", "favorable"].map(possible).to_vec(),
        comptes: vec![ComptePossible { compte: "6067".into(), ..ComptePossible::default() }],
        sections: vec![sums("F", 1_000), sums("I", 450)],
        chapitres: lignes.iter().map(chapitre).collect(),
        lignes,
        services: vec![service("Écoles", k(500)), service(HOSTILE, k(300))],
        verifications: vec![check("021=023", "conforme"), check("041", "non_evalue")],
        avertissements: vec!["résultats anticipés à faire : reprendre ceux du compte".into()],
    }
}

fn financement() -> Vec<AnneeFinancement> {
    let year = |exercice, emprunt: i64| AnneeFinancement {
        exercice,
        epargne_brute: k(200),
        recettes: k(40),
        equipement: k(300),
        autres: k(150),
        service: Some(k(0)),
        epargne_nette: k(110),
        emprunt: k(emprunt),
        encours: Some(k(1_000 + emprunt)),
        desendettement: Some(((1_000 + emprunt) as f64 / 20.0).round() / 10.0),
    };
    vec![year(2026, 250), year(2027, 210)]
}

/// Fills what the proposal adds to the page.
pub(crate) fn fill(mut p: Preparation) -> Preparation {
    p.propositions = vec![proposition()];
    p.financement = financement();
    p.consolide = Some(Consolide {
        chapitres: vec![ChapitreConsolide {
            section: "F".into(),
            sens: "D".into(),
            chapitre: "65".into(),
            somme: k(300),
            flux: k(40),
            net: k(260),
        }],
        flux: vec![FluxInterne {
            libelle: "prise en charge du déficit d’un budget annexe".into(),
            compte_depense: "65821".into(),
            compte_recette: "75822".into(),
            depense: k(40),
            recette: k(45),
            elimine: k(40),
        }],
    });
    p.obligations = vec![Obligation {
        seuil: 3_500,
        libelle: "présentation croisée par fonction".into(),
        source: "CGCT, ex-L.2312-3".into(),
        a_verifier: true,
        ..Obligation::default()
    }];
    p.comparaison = [("central", 900), ("gel 012", 1_100)]
        .into_iter()
        .map(|(nom, brute)| ScenarioAnnee {
            nom: nom.into(),
            libelle: "prévision de cette page".into(),
            exercice: 2026,
            recettes: k(18_000),
            epargne_brute: k(brute),
            epargne_nette: k(brute - 150),
            ecart_nette: k(brute - 900),
            taux_pct: Some(9.5),
            encours: Some(k(8_000)),
            desendettement: Some(8.9),
        })
        .collect();
    p.couts = vec![CoutService {
        service: HOSTILE.into(),
        exercice: 2025,
        depenses: k(500),
        structure: k(60),
        recettes: k(120),
        net: k(440),
        par_habitant: Some(35.26),
        unite: "repas".into(),
        quantite: Some(121_500.0),
        par_unite: Some(4.61),
        couverture_pct: Some(21.4),
    }];
    p.ratios = vec![ratio()];
    p
}

fn ratio() -> RatioComptes {
    RatioComptes {
        code: "R1".into(),
        exercice: 2025,
        libelle: "dépenses réelles de fonctionnement par habitant".into(),
        unite: "euros".into(),
        valeur: Some(1_792.9),
        imprime: Some("1 792,90".into()),
        moyenne: Some("1 151".into()),
        seuil: None,
        depasse: None,
        source: "CGCT, ex-R.2313-1".into(),
        confiance: "numéro depuis 2026 à vérifier".into(),
    }
}
