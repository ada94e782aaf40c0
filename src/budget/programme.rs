//! The investment programme typed (`[[investissement]]`) in the years forecast: works, grants, FCTVA, and what
//! the facility costs and brings once it is open.
//!
//! A typed programme replaces the mean of the past for its exercice, in each year it speaks of; running costs
//! and receipts are added to the forecast of their account, since the account also holds everything else.
//!
//! **Invariant:** an exercice of which the programme says nothing keeps its forecast.

use std::collections::BTreeMap;

use crate::budget::history::{Budget, Serie};
use crate::budget::proposition::{EQUIPEMENT, Operation};
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::plan;

/// Account of works in progress, of grants, of the FCTVA.
pub const TRAVAUX: &str = "2313";
/// Account of the grants of an operation.
pub const SUBVENTION: &str = "1328";
/// Account of the FCTVA.
pub const FCTVA: &str = "10222";
/// Account of running costs, when none is typed.
const CHARGES: &str = "6288";
/// Account of running receipts, when none is typed.
const PRODUITS: &str = "70688";

/// What the programme says of an account in an exercice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mouvement {
    /// Dépense or recette.
    pub sens: Sens,
    /// Account.
    pub nature: String,
    /// Amount of the operations together.
    pub montant: Centimes,
    /// True when it is added to the forecast of the account, false when it replaces it.
    pub ajoute: bool,
    /// Names of the operations.
    pub operations: Vec<String>,
}

type Amounts = BTreeMap<u16, Centimes>;

/// The lists of an operation: sens, account, amounts, added or not.
fn lists(o: &Operation) -> [(Sens, &str, &Amounts, bool); 5] {
    [
        (Sens::D, o.nature.as_deref().unwrap_or(TRAVAUX), &o.montants, false),
        (Sens::R, SUBVENTION, &o.subventions, false),
        (Sens::R, FCTVA, &o.fctva, false),
        (Sens::D, o.nature_fonctionnement.as_deref().unwrap_or(CHARGES), &o.fonctionnement, true),
        (Sens::R, o.nature_recettes.as_deref().unwrap_or(PRODUITS), &o.recettes, true),
    ]
}

/// Movements of an exercice, by sens and account.
pub fn mouvements(operations: &[Operation], exercice: u16) -> Vec<Mouvement> {
    let mut out: BTreeMap<(Sens, String, bool), (Centimes, Vec<String>)> = BTreeMap::new();
    for o in operations {
        for (sens, nature, amounts, added) in lists(o) {
            let Some(amount) = amounts.get(&exercice) else { continue };
            let cell = out.entry((sens, nature.to_owned(), added)).or_default();
            cell.0 += *amount;
            cell.1.push(o.nom.clone());
        }
    }
    out.into_iter()
        .map(|((sens, nature, ajoute), (montant, operations))| Mouvement {
            sens,
            nature,
            montant,
            ajoute,
            operations,
        })
        .collect()
}

/// True for a forecast that the programme of an exercice replaces.
pub fn remplace(operations: &[Operation], exercice: u16, s: &Serie) -> bool {
    let typed = |pick: fn(&Operation) -> &Amounts| {
        operations.iter().any(|o| pick(o).contains_key(&exercice))
    };
    s.section == Section::I
        && match s.sens {
            Sens::D => EQUIPEMENT.contains(&s.chapitre.as_str()) && typed(|o| &o.montants),
            Sens::R if s.code == FCTVA => typed(|o| &o.fctva),
            Sens::R => s.chapitre == "13" && typed(|o| &o.subventions),
        }
}

/// Accounts of the programme that the commune never used; says those that its chart has not got.
pub fn ouvrir(budget: &mut Budget, operations: &[Operation]) {
    let width = budget.exercices.len();
    for o in operations {
        for (sens, nature, amounts, _) in lists(o) {
            let Some(exercice) = amounts.keys().next().copied() else { continue };
            if budget.series.iter().any(|s| s.sens == sens && s.code == nature) {
                continue;
            }
            let Some(place) = plan(budget.plan).imputation(exercice, nature, sens, Ordre::Reel)
            else {
                budget.avertissements.push(format!(
                    "opération « {} » : aucun compte « {nature} » dans le plan, montants laissés de côté à \
                     faire : corriger le compte dans vigie.toml, table [[investissement]]",
                    o.nom
                ));
                continue;
            };
            budget.series.push(Serie {
                sens,
                section: place.section,
                chapitre: place.chapitre.to_owned(),
                code: nature.to_owned(),
                realise: vec![Centimes::ZERO; width],
                modele: vec![0.0; width],
                credits: vec![None; width],
                notes: Vec::new(),
            });
        }
    }
}
