//! Totals and chapitres of a budget, past, landed and to come.
//!
//! **Invariant:** the last past point is the base year: the landing of the running exercice when there is one.

use std::collections::BTreeMap;

use crate::budget::atterrissage::Niveau as Palier;
use crate::budget::epargne;
use crate::budget::{Budget, LignePrevision, Niveau, Prevision};
use crate::domain::account::{Section, Sens, is_reserved_result};
use crate::domain::money::Centimes;
use crate::report::model::preparation::{ChapitrePrevu, Projection};
use crate::report::model::{PointPasse, PointPrevu};

use super::entrees::Lecture;

/// Past sums of the natures of a group, by exercice, the landing last when there is one.
fn past(
    budget: &Budget,
    prevision: &Prevision,
    keep: impl Fn(Section, Sens, &str) -> bool,
) -> Vec<PointPasse> {
    let kept: Vec<_> =
        budget.series.iter().filter(|s| keep(s.section, s.sens, &s.chapitre)).collect();
    let years = budget.exercices.iter().enumerate().map(|(i, exercice)| PointPasse {
        exercice: *exercice,
        montant: kept.iter().map(|s| s.realise[i]).sum(),
        atterrissage: false,
    });
    let landed = epargne::atterri(budget, prevision).map(|a| PointPasse {
        exercice: a.exercice,
        montant: a
            .lignes
            .iter()
            .filter(|l| l.niveau == Palier::Nature && keep(l.section, l.sens, &l.chapitre))
            // decided, in no forecast: it would not compare
            .filter(|l| !is_reserved_result(l.sens, &l.code))
            .map(|l| l.prevu)
            .sum(),
        atterrissage: true,
    });
    years.chain(landed).collect()
}

fn future(lines: &[&LignePrevision]) -> Vec<PointPrevu> {
    lines
        .iter()
        .map(|l| PointPrevu {
            exercice: l.exercice,
            prevision: l.prevision,
            bas_80: l.intervalle_80.0,
            haut_80: l.intervalle_80.1,
            bas_95: l.intervalle_95.0,
            haut_95: l.intervalle_95.1,
        })
        .collect()
}

type Key<'a> = (Section, Sens, &'a str);

/// Rows of one level of a budget, by section, sens and code, exercices ascending.
fn by_code<'a>(
    budget: &Budget,
    prevision: &'a Prevision,
    niveau: Niveau,
) -> BTreeMap<Key<'a>, Vec<&'a LignePrevision>> {
    let mut groups: BTreeMap<Key<'a>, Vec<&LignePrevision>> = BTreeMap::new();
    for line in prevision.lignes.iter().filter(|l| l.budget == budget.nom && l.niveau == niveau) {
        groups.entry((line.section, line.sens, line.code.as_str())).or_default().push(line);
    }
    groups
}

pub(super) fn totals(budget: &Budget, prevision: &Prevision) -> Vec<Projection> {
    let totals = by_code(budget, prevision, Niveau::Total);
    totals
        .into_iter()
        .map(|((section, sens, _), lines)| Projection {
            budget: budget.nom.clone(),
            section: section.letter().to_owned(),
            sens: sens.letter().to_owned(),
            passe: past(budget, prevision, |of, side, _| (of, side) == (section, sens)),
            prevu: future(&lines),
        })
        .collect()
}

pub(super) fn chapitres(
    budget: &Budget,
    lecture: &Lecture,
    prevision: &Prevision,
) -> Vec<ChapitrePrevu> {
    let groups = by_code(budget, prevision, Niveau::Chapitre);
    groups
        .into_iter()
        .filter_map(|((section, sens, code), lines)| {
            let first = *lines.first()?;
            let voted = voted(budget, lecture, (section, sens, code), first.exercice - 1);
            let passe =
                past(budget, prevision, |of, side, c| (of, side, c) == (section, sens, code));
            let base = passe.last().map_or(Centimes::ZERO, |p| p.montant);
            Some(ChapitrePrevu {
                budget: budget.nom.clone(),
                section: section.letter().to_owned(),
                sens: sens.letter().to_owned(),
                code: code.to_owned(),
                libelle: first.libelle.clone(),
                passe,
                prevu: future(&lines),
                bp_precedent: voted,
                proposition: Some(first.prevision),
                ecart_bp: voted.map(|v| first.prevision - v),
                evolution_pct: growth(first.prevision, base),
                origine: first.origine.word().to_owned(),
                modele: first.modele.clone(),
                raison: first.raison.clone(),
                erreur_passee_pct: first.erreur_passee_pct,
                // two exercices are known at the first origin
                annees_mesurees: (budget.exercices.len() as u64)
                    .saturating_sub(1 + u64::from(first.distance)),
                a_decider: false,
            })
        })
        .collect()
}

/// Growth from the base year, percent.
fn growth(prevision: Centimes, base: Centimes) -> Option<f64> {
    (base.0 > 0).then(|| (prevision.euros() / base.euros() - 1.0) * 100.0)
}

/// What the BP of the year before voted for a chapitre, when that document was read.
fn voted(budget: &Budget, lecture: &Lecture, key: Key<'_>, exercice: u16) -> Option<Centimes> {
    use crate::frames::budget::{Etape, Ordre};
    let frame = &lecture.budget;
    let document = frame.documents.iter().position(|d| {
        d.siret == budget.siret
            && d.budget == budget.code
            && d.exercice == exercice
            && d.etape == Etape::Bp
    })?;
    let (section, sens, code) = key;
    let lines = frame.lignes.iter().filter(|l| {
        l.document as usize == document
            && l.section == section
            && l.sens == sens
            && l.chapitre == code
            && l.ordre == Ordre::Reel
    });
    let amounts: Vec<Centimes> = lines.filter_map(|l| l.vote).collect();
    (!amounts.is_empty()).then(|| amounts.into_iter().sum())
}

/// Marks the chapitres whose 80 % interval weighs: wider than a tenth of the chapitre and than a hundredth
/// of its side of the operating section. Investment is decided by its programme.
pub(super) fn to_decide(chapitres: &mut [ChapitrePrevu]) {
    let mut sides: BTreeMap<(String, String), i64> = BTreeMap::new();
    let operating = |c: &ChapitrePrevu| c.section == "F";
    for (c, point) in chapitres.iter().filter_map(|c| Some((c, c.prevu.first()?))) {
        if operating(c) {
            let sum = sides.entry((c.budget.clone(), c.sens.clone())).or_default();
            *sum = sum.saturating_add(point.prevision.0.abs());
        }
    }
    for c in chapitres.iter_mut().filter(|c| operating(c)) {
        let Some(point) = c.prevu.first() else { continue };
        let side = sides.get(&(c.budget.clone(), c.sens.clone())).copied().unwrap_or(0);
        let width = (point.haut_80 - point.bas_80).0;
        c.a_decider = width > point.prevision.0.abs() / 10 && width > side / 100;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_chapitre_is_to_decide_when_its_interval_weighs_on_its_section() {
        let mut list = sample::rapport().preparation.expect("a preparation").chapitres;
        list.retain(|c| c.section == "F" && c.sens == "D");
        let euros = |n: i64| Centimes(n * 100);
        let mut set = |i: usize, prevision: i64, half: i64| {
            let point = &mut list[i].prevu[0];
            point.prevision = euros(prevision);
            (point.bas_80, point.haut_80) = (euros(prevision - half), euros(prevision + half));
        };
        set(0, 1_000_000, 80_000); // 16 % of itself, 16 % of the side
        set(1, 1_000, 900); // 180 % of itself, next to nothing of the side
        set(2, 9_000_000, 90_000); // 2 % of both
        list.truncate(3);
        to_decide(&mut list);
        let marked: Vec<bool> = list.iter().map(|c| c.a_decider).collect();
        assert_eq!(marked, [true, false, false]);
    }
}
