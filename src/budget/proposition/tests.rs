//! What a proposal must hold whatever the accounts; amounts by hand are in `tests/cases/budget`.
//!
//! **Invariant:** a proposal balances, or says by how much it does not.

use super::*;
use crate::budget::proposition::consolide::consolider;

fn line(section: Section, sens: Sens, nature: &str, euros: i64) -> LigneProposee {
    let chapitre = nature.get(..2).unwrap_or(nature);
    LigneProposee::sure(
        (section, sens, Ordre::Reel),
        (chapitre, nature, ""),
        Centimes(euros * 100),
        "cas écrit",
    )
}

fn budget(nom: &str, principal: bool, lignes: Vec<LigneProposee>) -> Proposition {
    Proposition {
        budget: nom.into(),
        siret: String::new(),
        principal,
        exercice: 2027,
        lignes,
        avertissements: Vec::new(),
    }
}

#[test]
fn flows_between_budgets_leave_both_sides() {
    use Section::F;
    use Sens::{D, R};
    let town = budget(
        "Principal",
        true,
        vec![
            line(F, D, "65821", 100),
            line(F, D, "60612", 500),
            line(F, R, "70841", 40),
            line(F, R, "73111", 900),
        ],
    );
    let pool = budget(
        "Piscine",
        false,
        vec![line(F, R, "75822", 90), line(F, D, "6215", 40), line(F, D, "60612", 60)],
    );
    let (chapitres, flux) = consolider(&[town, pool]);
    let net = |sens: Sens| -> i64 {
        let ours = chapitres.iter().filter(|c| c.sens == sens);
        ours.map(|c| (c.somme - c.flux).0 / 100).sum()
    };
    // expenses 100 + 500 + 40 + 60, less 90 of the deficit and 40 of staff; receipts 40 + 900 + 90, the same
    assert_eq!((net(D), net(R)), (570, 900));
    let deficit = flux.iter().find(|f| f.comptes.0 == "65821").expect("the deficit");
    assert_eq!(deficit.depense, Centimes(10_000));
    assert_eq!(deficit.elimine, Centimes(9_000));
    assert_eq!(flux.len(), 2);
}

#[test]
fn the_longest_function_names_the_service() {
    let service = |nom: &str, fonction: &str| Service {
        nom: nom.into(),
        fonctions: vec![fonction.into()],
        ..Service::default()
    };
    let saisie = Saisie {
        services: vec![service("Scolaire", "2"), service("Cantine", "281")],
        ..Saisie::default()
    };
    assert_eq!(saisie.service("281"), "Cantine");
    assert_eq!(saisie.service("213"), "Scolaire");
    assert_eq!(saisie.service("51"), "");
}
