//! The past replayed, for the page of the preparation: errors of each exercice, misses explained, retreatments.
//!
//! **Invariant:** figures come from `budget::ecarts`; here they only change shape.

use std::collections::BTreeMap;

use crate::budget::ecarts::{ErreurPassee, Rejeu};
use crate::budget::{self, Budget};
use crate::domain::account::Sens;
use crate::domain::money::Centimes;
use crate::report::model::preparation::{
    AccordPasse, BiaisRejoue, EcartPasse, ErreurAnnee, ErreurModele, ErreurRejouee,
    RetraitementFait,
};

/// Errors of the totals at one year, the forecast beside the last amounts.
pub(super) fn compared(rejeu: &Rejeu) -> Vec<ErreurModele> {
    let mut out = Vec::new();
    for (side, name) in [(Sens::D, "dépenses"), (Sens::R, "recettes")] {
        let near: Vec<&ErreurPassee> =
            rejeu.erreurs.iter().filter(|e| e.sens == side && e.distance == 1).collect();
        if near.is_empty() {
            continue;
        }
        let line = |modele: String, retenu: bool, value: fn(&ErreurPassee) -> f64| {
            let erreurs =
                near.iter().map(|e| ErreurAnnee { exercice: e.exercice, erreur_pct: value(e) });
            let own: f64 = near.iter().map(|e| value(e).abs()).sum();
            let last: f64 = near.iter().map(|e| e.total_reconduit_pct.abs()).sum();
            ErreurModele {
                modele,
                erreurs: erreurs.collect(),
                mase: (last > 0.0).then(|| own / last),
                couverture_80: None,
                retenu,
            }
        };
        out.push(line(format!("prévision, {name}"), true, |e| e.total_pct));
        out.push(line(format!("dernier montant, {name}"), false, |e| e.total_reconduit_pct));
    }
    out
}

/// What the past of a budget says of forecasting its sums apart.
pub(super) fn agreed(budget: &Budget) -> Vec<AccordPasse> {
    let all = budget::accord::accords(budget, budget.exercices.len()).into_iter();
    all.filter(|a| a.origines > 0)
        .map(|a| AccordPasse {
            budget: budget.nom.clone(),
            sens: a.sens.letter().to_owned(),
            part_pct: 100.0 * a.part,
            origines: a.origines as u64,
        })
        .collect()
}

pub(super) fn errors<'a>(
    budget: &'a Budget,
    rejeu: &'a Rejeu,
) -> impl Iterator<Item = ErreurRejouee> + 'a {
    rejeu.erreurs.iter().map(|e| ErreurRejouee {
        budget: budget.nom.clone(),
        exercice: e.exercice,
        distance: e.distance as u16,
        sens: e.sens.letter().to_owned(),
        natures_pct: e.natures_pct,
        natures_reconduites_pct: e.natures_reconduites_pct,
        total_pct: e.total_pct,
        total_reconduit_pct: e.total_reconduit_pct,
    })
}

pub(super) fn misses<'a>(
    budget: &'a Budget,
    rejeu: &'a Rejeu,
) -> impl Iterator<Item = EcartPasse> + 'a {
    rejeu.ecarts.iter().map(|e| EcartPasse {
        budget: budget.nom.clone(),
        exercice: e.exercice,
        sens: e.sens.letter().to_owned(),
        code: e.code.clone(),
        libelle: e.libelle.clone(),
        prevu: e.prevu,
        realise: e.realise,
        ecart: e.prevu - e.realise,
        modele: e.modele.clone(),
        cause: e.cause.word().to_owned(),
        explication: e.explication.clone(),
    })
}

/// Amounts moved or corrected, exercices together.
pub(super) fn restated(budget: &Budget) -> Vec<RetraitementFait> {
    type Move = (Sens, String, String, String);
    let mut groups: BTreeMap<Move, Vec<(u16, Centimes)>> = BTreeMap::new();
    for r in budget::project::retraitements(budget) {
        let key = (r.sens, r.de, r.vers, r.motif);
        groups.entry(key).or_default().push((r.exercice, r.montant));
    }
    let one = |((sens, de, vers, motif), list): (Move, Vec<(u16, Centimes)>)| RetraitementFait {
        budget: budget.nom.clone(),
        premier_exercice: list.iter().map(|(y, _)| *y).min().unwrap_or(0),
        dernier_exercice: list.iter().map(|(y, _)| *y).max().unwrap_or(0),
        sens: sens.letter().to_owned(),
        de,
        vers,
        montant: list.iter().map(|(_, m)| *m).sum(),
        motif,
    };
    groups.into_iter().map(one).collect()
}

/// Expenses and receipts apart, with the sign that a mean of absolute errors hides.
pub(super) fn bias(replayed: &[(&Budget, Rejeu)]) -> Vec<BiaisRejoue> {
    let near = |sens: Sens| -> Vec<f64> {
        let all = replayed.iter().flat_map(|(_, r)| &r.erreurs);
        all.filter(|e| e.distance == 1 && e.sens == sens).map(|e| e.total_pct).collect()
    };
    [Sens::D, Sens::R].into_iter().filter_map(|sens| biased(sens, &near(sens))).collect()
}

fn biased(sens: Sens, errors: &[f64]) -> Option<BiaisRejoue> {
    let n = errors.len() as f64;
    (n > 0.0).then(|| BiaisRejoue {
        sens: sens.letter().to_owned(),
        rejeux: errors.len() as u64,
        trop_bas: errors.iter().filter(|e| **e < 0.0).count() as u64,
        erreur_pct: errors.iter().map(|e| e.abs()).sum::<f64>() / n,
        biais_pct: errors.iter().sum::<f64>() / n,
    })
}

/// Mean absolute error of the totals at one year.
pub(super) fn mean_error(replayed: &[(&Budget, Rejeu)]) -> Option<f64> {
    let near: Vec<f64> = replayed
        .iter()
        .flat_map(|(_, r)| &r.erreurs)
        .filter(|e| e.distance == 1)
        .map(|e| e.total_pct.abs())
        .collect();
    (!near.is_empty()).then(|| near.iter().sum::<f64>() / near.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bias_keeps_its_sign() {
        let found = biased(Sens::D, &[-3.0, -1.0, 1.0]).expect("three replays");
        assert_eq!((found.rejeux, found.trop_bas), (3, 2));
        assert!((found.biais_pct + 1.0).abs() < 1e-9);
        assert!((found.erreur_pct - 5.0 / 3.0).abs() < 1e-9);
        assert_eq!(biased(Sens::R, &[]), None);
    }
}
