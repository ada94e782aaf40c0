//! The budgets together, without what they pay one another.
//!
//! A flow is an expense of one budget that is a receipt of another (table `flux_internes.csv`): the least
//! of both sides is taken out of each, the rest is shown.
//!
//! **Invariant:** as much is taken from expenses as from receipts.

use std::collections::BTreeMap;

use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

use super::{LigneProposee, Proposition};

const FLUX: &str = include_str!("../../../datasets/reference/flux_internes.csv");

/// A flow between budgets that was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flux {
    /// What it is, French.
    pub libelle: String,
    /// Accounts: expense, receipt.
    pub comptes: (String, String),
    /// Expenses found.
    pub depense: Centimes,
    /// Receipts found in the other budgets.
    pub recette: Centimes,
    /// Taken out of both sides.
    pub elimine: Centimes,
}

/// A chapitre of all the budgets, flows out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChapitreConsolide {
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Chapitre.
    pub chapitre: String,
    /// Sum of the budgets.
    pub somme: Centimes,
    /// Flows taken out.
    pub flux: Centimes,
}

/// The budgets together: chapitres of real operations, and the flows taken out.
pub fn consolider(all: &[Proposition]) -> (Vec<ChapitreConsolide>, Vec<Flux>) {
    type Key = (Section, Sens, String);
    let real = |l: &&LigneProposee| l.ordre == Ordre::Reel;
    let mut sums: BTreeMap<Key, (Centimes, Centimes)> = BTreeMap::new();
    for l in all.iter().flat_map(|p| &p.lignes).filter(real) {
        sums.entry((l.section, l.sens, l.chapitre.clone())).or_default().0 += l.central;
    }
    let mut flows = Vec::new();
    for line in FLUX.lines().skip(1) {
        let f: Vec<&str> = line.split(';').collect();
        let [payer, receipt, expense, libelle, ..] = f.as_slice() else { continue };
        let pays = |p: &Proposition| (*payer == "P") == p.principal;
        let side = |sens: Sens, start: &str, paying: bool| {
            let budgets = all.iter().filter(move |p| pays(p) == paying);
            let lines = budgets.flat_map(|p| &p.lignes).filter(real);
            let start = start.to_owned();
            lines.filter(move |l| l.sens == sens && l.nature.starts_with(&start))
        };
        let out: Vec<&LigneProposee> = side(Sens::D, expense, true).collect();
        let into: Vec<&LigneProposee> = side(Sens::R, receipt, false).collect();
        let sum = |lines: &[&LigneProposee]| lines.iter().map(|l| l.central).sum::<Centimes>();
        let (depense, recette) = (sum(&out), sum(&into));
        let elimine = Centimes(depense.0.min(recette.0).max(0));
        if depense == Centimes::ZERO && recette == Centimes::ZERO {
            continue;
        }
        for lines in [&out, &into] {
            let weights: Vec<i64> = lines.iter().map(|l| l.central.0).collect();
            for (l, part) in lines.iter().zip(super::partager(elimine, &weights)) {
                let key = (l.section, l.sens, l.chapitre.clone());
                sums.entry(key).or_default().1 += part;
            }
        }
        flows.push(Flux {
            libelle: (*libelle).to_owned(),
            comptes: ((*expense).to_owned(), (*receipt).to_owned()),
            depense,
            recette,
            elimine,
        });
    }
    let one = |((section, sens, chapitre), (somme, flux))| ChapitreConsolide {
        section,
        sens,
        chapitre,
        somme,
        flux,
    };
    (sums.into_iter().map(one).collect(), flows)
}
