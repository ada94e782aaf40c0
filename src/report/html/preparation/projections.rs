//! Projections of both sections: a choice of scenarios for the operating one, budget by budget, then all
//! budgets together.
//!
//! **Invariant:** every scenario is drawn in the page; the choice only hides, without script.

use super::super::figures::fan_figure;
use super::super::{Html, intervalle, lecture};
use super::Context;
use crate::domain::refus::Refus;
use crate::report::fr;
use crate::report::model::preparation::{Preparation, Projection, ScenarioProjete};

/// Name of the budgets together.
const TOGETHER: &str = "consolidé";

/// Groups of (budget, section), in the order of the list.
fn groups(list: &[Projection]) -> Vec<Vec<&Projection>> {
    let mut out: Vec<Vec<&Projection>> = Vec::new();
    for p in list {
        let same = |g: &&mut Vec<&Projection>| {
            g.first().is_some_and(|q| q.budget == p.budget && q.section == p.section)
        };
        match out.iter_mut().find(same) {
            Some(group) => group.push(p),
            None => out.push(vec![p]),
        }
    }
    for group in &mut out {
        group.sort_by(|a, b| b.sens.cmp(&a.sens));
    }
    out
}

pub(super) fn projections(
    html: &mut Html,
    context: &Context<'_>,
    p: &Preparation,
) -> Result<(), Refus> {
    const TITLE: &str = "Projection des deux sections";
    let list = &p.projections;
    if list.is_empty() {
        let why =
            ("il manque les comptes des années passées.", "ajouter les comptes administratifs.");
        html.absent("projection", TITLE, why);
        return Ok(());
    }
    let horizon =
        list.iter().flat_map(|p| &p.prevu).map(|h| h.exercice).max().unwrap_or(context.year);
    let spending = list.iter().find(|p| p.section == "F" && p.sens == "D");
    let goal = spending.and_then(|p| p.prevu.last());
    let conclusion = goal.map_or_else(String::new, |h| {
        format!(
            "Les dépenses de fonctionnement iraient vers *{}* en {horizon}.",
            fr::phrase(h.prevision)
        )
    });
    html.section("projection", TITLE, &conclusion);
    let all = groups(list);
    let principal = list[0].budget.as_str();
    for (i, group) in all.iter().enumerate() {
        let budget = group[0].budget.as_str();
        let folded = budget != principal && budget != TOGETHER;
        let (before, after) = (all[..i].last(), all.get(i + 1));
        if folded && before.is_none_or(|g| g[0].budget != budget) {
            html.open("details", &[]);
            html.el("summary", &[], &format!("Budget {budget}"));
        }
        let choice = budget == principal && group[0].section == "F";
        if choice && p.scenarios_projetes.len() > 1 {
            scenarios(html, context, &p.scenarios_projetes, horizon)?;
        } else {
            projection(html, context, group, horizon)?;
        }
        if folded && after.is_none_or(|g| g[0].budget != budget) {
            html.close();
        }
    }
    html.close();
    Ok(())
}

/// The operating section under each scenario, one shown at a time.
fn scenarios(
    html: &mut Html,
    context: &Context<'_>,
    list: &[ScenarioProjete],
    last: u16,
) -> Result<(), Refus> {
    let budget = list[0].projections.first().map_or("", |p| p.budget.as_str());
    html.el("h3", &[], &format!("Fonctionnement, budget {budget}"));
    html.open("fieldset", &[("class", "choix")]);
    html.el("legend", &[], "Scénario à montrer");
    for (i, s) in list.iter().enumerate() {
        let id = format!("sc{i}");
        let attrs = [("type", "radio"), ("name", "scenario"), ("id", id.as_str())];
        if i == 0 {
            html.tag("input", &[&attrs[..], &[("checked", "")]].concat());
        } else {
            html.tag("input", &attrs);
        }
        html.open("label", &[("for", &id)]);
        html.data(&s.nom);
        html.close();
    }
    for s in list {
        html.open("div", &[("class", "panneau")]);
        html.open("p", &[]);
        html.sentence(&format!("Scénario {} : {}", s.nom, s.libelle));
        html.close();
        let mut group: Vec<&Projection> = s.projections.iter().collect();
        group.sort_by(|a, b| b.sens.cmp(&a.sens));
        let word = format!(", scénario {}", s.nom);
        fan(html, context, &group, (last, &word))?;
        html.close();
    }
    html.close();
    Ok(())
}

/// One figure: receipts and expenses of one section of one budget.
fn projection(
    html: &mut Html,
    context: &Context<'_>,
    group: &[&Projection],
    last: u16,
) -> Result<(), Refus> {
    let section = fr::majuscule(lecture::section(&group[0].section));
    let budget = group[0].budget.as_str();
    if budget == TOGETHER {
        html.el("h3", &[], &format!("{section}, tous budgets"));
        html.p(
            "Tous les budgets, sans ce qu'ils se versent entre eux. Leurs bornes s'additionnent.",
        );
    } else {
        html.el("h3", &[], &format!("{section}, budget {budget}"));
    }
    fan(html, context, group, (last, ""))
}

fn fan(
    html: &mut Html,
    context: &Context<'_>,
    group: &[&Projection],
    (last, word): (u16, &str),
) -> Result<(), Refus> {
    let (Some(first), Some(other)) = (group[0].prevu.last(), group[group.len() - 1].prevu.last())
    else {
        return Ok(());
    };
    let section = fr::majuscule(lecture::section(&group[0].section));
    let titre = if group.len() > 1 {
        let (r, d) = (fr::phrase(first.prevision), fr::phrase(other.prevision));
        format!("{section} {last}{word} : {r} de recettes, {d} de dépenses")
    } else {
        let sens = lecture::sens(&group[0].sens);
        format!("{section} {last}{word} : {} de {sens}", fr::phrase(first.prevision))
    };
    let (mut figure, table) = fan_figure(group, titre, context.source());
    if !word.is_empty() {
        figure.nom = format!("{}_scenario", figure.nom);
    }
    html.figure(figure, &intervalle::lire("la bande foncée", context.fiabilite), &table)
}
