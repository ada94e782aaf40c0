//! Projections drawn side by side: the budgets together, the operating section under each scenario.
//!
//! **Invariant:** a scenario moves the centre and its bounds by the same amount; the forecast comes first.

use crate::budget::ensemble::{self, Ensemble};
use crate::budget::{Budget, Prevision};
use crate::domain::money::Centimes;
use crate::report::model::comparaison::ScenarioAnnee;
use crate::report::model::preparation::{Projection, ScenarioProjete};
use crate::report::model::{PointPasse, PointPrevu};

/// Name of the budgets together.
pub(super) const CONSOLIDE: &str = "consolidé";
/// Scenarios drawn, the forecast included.
const DRAWN: usize = 7;

/// The budgets together, flows between them out.
pub(super) fn consolide(prevision: &Prevision) -> Vec<Projection> {
    ensemble::ensemble(prevision).into_iter().map(together).collect()
}

fn together(e: Ensemble) -> Projection {
    Projection {
        budget: CONSOLIDE.to_owned(),
        section: e.section.letter().to_owned(),
        sens: e.sens.letter().to_owned(),
        passe: e
            .passe
            .into_iter()
            .map(|(exercice, montant)| PointPasse { exercice, montant, atterrissage: false })
            .collect(),
        prevu: e
            .prevu
            .into_iter()
            .map(|p| PointPrevu {
                exercice: p.exercice,
                prevision: p.prevision,
                bas_80: p.intervalle_80.0,
                haut_80: p.intervalle_80.1,
                bas_95: p.intervalle_95.0,
                haut_95: p.intervalle_95.1,
            })
            .collect(),
    }
}

/// The operating totals of a budget under each scenario: those of the forecast, moved by what the scenario
/// changes.
pub(super) fn scenarios(
    budget: &Budget,
    projections: &[Projection],
    annees: &[ScenarioAnnee],
) -> Vec<ScenarioProjete> {
    let ours: Vec<&Projection> =
        projections.iter().filter(|p| p.budget == budget.nom && p.section == "F").collect();
    let mut names: Vec<&str> = Vec::new();
    for a in annees {
        if !names.contains(&a.nom.as_str()) {
            names.push(&a.nom);
        }
    }
    let Some(central) = names.first().copied() else { return Vec::new() };
    let of = |name: &str, year: u16| annees.iter().find(|a| a.nom == name && a.exercice == year);
    if names.len() < 2 || ours.len() < 2 {
        return Vec::new();
    }
    let change = |name: &str, sens: &str, year: u16| {
        let (Some(a), Some(b)) = (of(name, year), of(central, year)) else { return Centimes::ZERO };
        if sens == "R" { a.recettes - b.recettes } else { a.depenses() - b.depenses() }
    };
    let one = |name: &&str| ScenarioProjete {
        nom: (*name).to_owned(),
        libelle: annees
            .iter()
            .find(|a| a.nom == **name)
            .map_or_else(String::new, |a| a.libelle.clone()),
        projections: ours
            .iter()
            .map(|p| Projection {
                prevu: p
                    .prevu
                    .iter()
                    .map(|h| moved(*h, change(name, &p.sens, h.exercice)))
                    .collect(),
                ..(*p).clone()
            })
            .collect(),
    };
    names.iter().take(DRAWN).map(one).collect()
}

fn moved(h: PointPrevu, by: Centimes) -> PointPrevu {
    PointPrevu {
        exercice: h.exercice,
        prevision: h.prevision + by,
        bas_80: h.bas_80 + by,
        haut_80: h.haut_80 + by,
        bas_95: h.bas_95 + by,
        haut_95: h.haut_95 + by,
    }
}
