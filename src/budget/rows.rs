//! The forecast as rows (CONTRAT section 4): natures, chapitres and totals that agree to the centime.
//!
//! **Invariant:** natures add up to their chapitre, chapitres to the total of their section and sens, in
//! integer centimes, whatever was entered as known.

use std::collections::BTreeMap;

use crate::budget::history::{Budget, Options, Serie, histories};
use crate::budget::interval::{Backtest, Bounds, Group, Part, groups_of};
use crate::budget::postes;
use crate::budget::project::{Cible, Connu, Projection, project};
use crate::budget::scenario::Hypotheses;
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::plan;
use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;

/// Longest horizon.
pub const HORIZON_MAX: usize = 5;

/// Level of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Niveau {
    /// A section and a sens.
    Total,
    /// A chapitre.
    Chapitre,
    /// A poste of the operating section.
    Poste,
    /// An account.
    Nature,
}

impl Niveau {
    /// Word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Chapitre => "chapitre",
            Self::Poste => "poste",
            Self::Nature => "nature",
        }
    }
}

/// Where a forecast comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OriginePrevision {
    /// Entered or notified.
    Connu,
    /// Computed from known terms.
    Regle,
    /// Model.
    Modele,
}

impl OriginePrevision {
    /// Word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connu => "connu",
            Self::Regle => "regle",
            Self::Modele => "modele",
        }
    }
}

/// A row of previsions.csv.
#[derive(Debug, Clone, PartialEq)]
pub struct LignePrevision {
    /// Exercice forecast.
    pub exercice: u16,
    /// Years from the last known accounts.
    pub distance: u16,
    /// Level.
    pub niveau: Niveau,
    /// Budget.
    pub budget: String,
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Chapitre the row belongs to; empty for a total.
    pub chapitre: String,
    /// Chapitre or account; empty for a total.
    pub code: String,
    /// French label.
    pub libelle: String,
    /// Amount of the last accounts.
    pub dernier_realise: Centimes,
    /// Forecast.
    pub prevision: Centimes,
    /// Bounds of 80 %.
    pub intervalle_80: (Centimes, Centimes),
    /// Bounds of 95 %.
    pub intervalle_95: (Centimes, Centimes),
    /// Where it comes from.
    pub origine: OriginePrevision,
    /// Name of the model.
    pub modele: String,
    /// Why, French.
    pub raison: String,
    /// Mean absolute error at that distance on past exercices, %.
    pub erreur_passee_pct: Option<f64>,
}

/// A forecast: rows and what to tell the reader.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prevision {
    /// Rows by exercice, then budget, level, section, sens, code.
    pub lignes: Vec<LignePrevision>,
    /// Histories used, for charts.
    pub budgets: Vec<Budget>,
    /// French sentences.
    pub avertissements: Vec<String>,
}

/// Forecasts the budgets of a frame.
pub fn prevoir(
    frame: &BudgetFrame,
    options: &Options,
    connus: &[Connu],
) -> Result<Prevision, Refus> {
    let horizon = options.horizon;
    if !(1..=HORIZON_MAX).contains(&horizon) {
        return Err(Refus::new(
            format!("horizon de {horizon} exercice(s) impossible"),
            format!("choisir un horizon de 1 à {HORIZON_MAX}"),
        ));
    }
    let mut out = Prevision::default();
    for mut budget in histories(frame, options)? {
        let last = budget.exercices[budget.exercices.len() - 1];
        let first = options.exercice.unwrap_or(last + 1);
        let skipped = usize::from(first - last - 1);
        if skipped >= HORIZON_MAX {
            return Err(Refus::new(
                format!("exercice {first} trop loin des derniers comptes ({last})"),
                format!("donner les comptes {} ou choisir un exercice plus proche", first - 1),
            ));
        }
        let steps = (skipped + horizon).min(HORIZON_MAX);
        let mine: Vec<Connu> =
            connus.iter().filter(|c| budget.answers_to(c.budget.as_deref())).cloned().collect();
        add_unseen(&mut budget, &mine);
        out.avertissements.extend(budget.avertissements.iter().cloned());
        if options.hypotheses.taux_tfb.is_some() && budget.principal && budget.base_tfb.is_none() {
            out.avertissements.push(
                "hypothèse de taux de taxe foncière sans effet : base absente des comptes"
                    .to_owned(),
            );
        }
        out.lignes.extend(rows(&budget, &options.hypotheses, (skipped, steps), &mine));
        out.budgets.push(budget);
    }
    out.lignes.sort_by_key(|l| (l.exercice, l.budget.clone(), l.niveau));
    Ok(out)
}

/// A nature at one step, before it becomes a row.
struct Cell {
    point: Centimes,
    bounds: Bounds,
    origine: OriginePrevision,
    raison: String,
    modele: String,
}

fn rows(
    budget: &Budget,
    hypotheses: &Hypotheses,
    (skipped, steps): (usize, usize),
    connus: &[Connu],
) -> Vec<LignePrevision> {
    let n = budget.exercices.len();
    let last = budget.exercices[n - 1];
    let projections = project(budget, n, steps, hypotheses);
    let backtest = Backtest::run(budget, steps);
    let mut shift = vec![0.0; budget.series.len()];
    let mut out = Vec::new();
    for step in 0..steps {
        let exercice = last + 1 + step as u16;
        let mut cells: Vec<Cell> = budget
            .series
            .iter()
            .zip(&projections)
            .zip(&shift)
            .map(|((s, p), moved)| cell(s, p, step, *moved, &backtest))
            .collect();
        enter_known(budget, exercice, connus, &mut cells);
        for (i, p) in projections.iter().enumerate() {
            if cells[i].origine == OriginePrevision::Connu {
                shift[i] = cells[i].point.euros() - p.points[step];
            }
        }
        if step >= skipped {
            out.extend(rows_of_year(budget, &cells, &backtest, (exercice, step + 1)));
        }
    }
    out
}

/// True when a known amount speaks of a nature.
fn speaks_of(budget: &Budget, c: &Connu, s: &Serie) -> bool {
    if s.sens != c.sens {
        return false;
    }
    match &c.cible {
        Cible::Code(code) => s.code == *code || s.chapitre == *code,
        Cible::Poste(poste) => {
            s.section == Section::F
                && postes::of(budget.norme, &s.code).is_some_and(|p| p.code == *poste)
        }
    }
}

/// Natures announced as known that the commune never used.
fn add_unseen(budget: &mut Budget, connus: &[Connu]) {
    let width = budget.exercices.len();
    for c in connus {
        if budget.series.iter().any(|s| speaks_of(budget, c, s)) {
            continue;
        }
        let Some((code, section, chapitre)) = place(budget, c) else {
            let what = match &c.cible {
                Cible::Code(code) => code.as_str(),
                Cible::Poste(poste) => poste,
            };
            budget.avertissements.push(format!(
                "montant connu de {} ({}) laissé de côté : aucun compte « {what} » dans le plan à \
                 faire : corriger le code dans vigie.toml",
                c.exercice, c.source
            ));
            continue;
        };
        budget.series.push(Serie {
            sens: c.sens,
            section,
            chapitre,
            code,
            realise: vec![Centimes::ZERO; width],
            modele: vec![0.0; width],
            credits: vec![None; width],
            notes: Vec::new(),
        });
    }
}

/// Account, section and chapitre of a known amount by the chart; the first account of a poste.
fn place(budget: &Budget, c: &Connu) -> Option<(String, Section, String)> {
    use crate::domain::account::{Ordre, OrigineChapitre};
    let chart = plan(budget.plan);
    let exact = |code: &str| {
        let place = chart.imputation(c.exercice, code, c.sens, Ordre::Reel)?;
        (place.origine < OrigineChapitre::Prefixe)
            .then(|| (code.to_owned(), place.section, place.chapitre.to_owned()))
    };
    match &c.cible {
        Cible::Code(code) => chart
            .imputation(c.exercice, code, c.sens, Ordre::Reel)
            .map(|p| (code.clone(), p.section, p.chapitre.to_owned())),
        Cible::Poste(poste) => {
            let ours = |code: &str| {
                postes::of(budget.norme, code).is_some_and(|p| p.code == *poste)
                    && chart.existe(code, c.exercice)
            };
            chart.lignes().iter().filter(|l| ours(l.code)).find_map(|l| exact(l.code))
        }
    }
}

fn cell(s: &Serie, p: &Projection, step: usize, moved: f64, backtest: &Backtest) -> Cell {
    let point = cents(p.points[step] + moved);
    let origine = if p.par_regle { OriginePrevision::Regle } else { OriginePrevision::Modele };
    Cell {
        bounds: backtest.nature(s, point.euros(), step + 1),
        point,
        origine,
        raison: p.raisons[step].clone(),
        modele: p.modeles[step].to_owned(),
    }
}

fn cents(euros: f64) -> Centimes {
    Centimes::from_euros(euros).unwrap_or_default()
}

/// Known amounts replace forecasts; one on a chapitre is shared over its natures by their forecasts.
fn enter_known(budget: &Budget, exercice: u16, connus: &[Connu], cells: &mut [Cell]) {
    for c in connus.iter().filter(|c| c.exercice == exercice) {
        let exact = |s: &Serie| match &c.cible {
            Cible::Code(code) => s.sens == c.sens && s.code == *code,
            Cible::Poste(_) => false,
        };
        let by_nature = budget.series.iter().any(exact);
        let members: Vec<usize> = (0..cells.len())
            .filter(|i| {
                let s = &budget.series[*i];
                if by_nature { exact(s) } else { speaks_of(budget, c, s) }
            })
            .collect();
        let total: i128 = members.iter().map(|i| i128::from(cells[*i].point.0)).sum();
        let mut left = c.montant.0;
        for (rank, &i) in members.iter().enumerate() {
            let share = if rank + 1 == members.len() {
                left
            } else if total == 0 {
                c.montant.0 / members.len() as i64
            } else {
                (i128::from(c.montant.0) * i128::from(cells[i].point.0) / total) as i64
            };
            left -= share;
            let value = Centimes(share);
            let euros = value.euros();
            cells[i] = Cell {
                point: value,
                bounds: (euros, euros, euros, euros),
                origine: OriginePrevision::Connu,
                raison: format!("montant connu : {}", c.source),
                modele: "montant connu".to_owned(),
            };
        }
    }
}

fn rows_of_year(
    budget: &Budget,
    cells: &[Cell],
    backtest: &Backtest,
    (exercice, distance): (u16, usize),
) -> Vec<LignePrevision> {
    let chart = plan(budget.plan);
    let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
    let mut out = Vec::new();
    for (i, s) in budget.series.iter().enumerate() {
        let alive = s.realise.iter().rev().take(3).any(|v| *v != Centimes::ZERO);
        if !alive && cells[i].point == Centimes::ZERO {
            continue;
        }
        for group in groups_of(budget, s) {
            groups.entry(group).or_default().push(i);
        }
        let bounds = cells[i].bounds;
        out.push(LignePrevision {
            exercice,
            distance: distance as u16,
            niveau: Niveau::Nature,
            budget: budget.nom.clone(),
            section: s.section,
            sens: s.sens,
            chapitre: s.chapitre.clone(),
            code: s.code.clone(),
            libelle: chart.libelle(&s.code, exercice).to_owned(),
            dernier_realise: s.realise.last().copied().unwrap_or_default(),
            prevision: cells[i].point,
            intervalle_80: (cents(bounds.0), cents(bounds.1)),
            intervalle_95: (cents(bounds.2), cents(bounds.3)),
            origine: cells[i].origine,
            modele: cells[i].modele.clone(),
            raison: cells[i].raison.clone(),
            erreur_passee_pct: backtest.error_of_nature(i, distance),
        });
    }
    for (group, members) in groups {
        out.push(sum_row(budget, cells, backtest, (exercice, distance), (&group, &members)));
    }
    out.sort_by(|a, b| {
        (a.niveau, a.section, a.sens, &a.code).cmp(&(b.niveau, b.section, b.sens, &b.code))
    });
    out
}

fn sum_row(
    budget: &Budget,
    cells: &[Cell],
    backtest: &Backtest,
    (exercice, distance): (u16, usize),
    (group, members): (&Group, &[usize]),
) -> LignePrevision {
    let point: Centimes = members.iter().map(|i| cells[*i].point).sum();
    let half = |i: &usize| (cells[*i].bounds.1 - cells[*i].bounds.0) / 2.0;
    let spread = members.iter().map(|i| half(i).powi(2)).sum::<f64>().sqrt();
    let worst = members.iter().map(|i| cells[*i].origine).max();
    let known = worst == Some(OriginePrevision::Connu);
    let spread = spread / (distance as f64).sqrt();
    let bounds = if known {
        let euros = point.euros();
        (euros, euros, euros, euros)
    } else {
        let (a, b, c, d) = backtest.group(group, point.euros(), spread, distance);
        let positive = members.iter().all(|i| cells[*i].bounds.2 >= 0.0);
        if positive { (a.max(0.0), b, c.max(0.0), d) } else { (a, b, c, d) }
    };
    let ruled: i64 = members
        .iter()
        .filter(|i| cells[**i].origine != OriginePrevision::Modele)
        .map(|i| cells[*i].point.0.saturating_abs())
        .sum();
    let all: i64 = members.iter().map(|i| cells[*i].point.0.saturating_abs()).sum();
    let share = if all == 0 { 0.0 } else { 100.0 * ruled as f64 / all as f64 };
    let (niveau, code, libelle) = heading(budget, exercice, group);
    let last = members.iter().filter_map(|i| budget.series[*i].realise.last().copied()).sum();
    LignePrevision {
        exercice,
        distance: distance as u16,
        niveau,
        budget: budget.nom.clone(),
        section: group.0,
        sens: group.1,
        chapitre: if niveau == Niveau::Chapitre { code.clone() } else { String::new() },
        code,
        libelle,
        dernier_realise: last,
        prevision: point,
        intervalle_80: (cents(bounds.0), cents(bounds.1)),
        intervalle_95: (cents(bounds.2), cents(bounds.3)),
        origine: worst.unwrap_or(OriginePrevision::Modele),
        modele: "somme".to_owned(),
        raison: format!(
            "somme de {} compte{}, dont {share:.0} % du montant par règle ou connu",
            members.len(),
            if members.len() > 1 { "s" } else { "" }
        ),
        erreur_passee_pct: backtest.error_of_group(group, distance),
    }
}

/// Level, code and label of a sum.
fn heading(budget: &Budget, exercice: u16, group: &Group) -> (Niveau, String, String) {
    match &group.2 {
        Part::Chapitre(code) => {
            let label = plan(budget.plan).libelle_chapitre(code, exercice);
            (Niveau::Chapitre, code.clone(), label.to_owned())
        }
        Part::Poste(code) => {
            let label = postes::named(code).map_or("", |p| p.libelle);
            (Niveau::Poste, (*code).to_owned(), label.to_owned())
        }
        Part::Total => (Niveau::Total, String::new(), total_label(group).to_owned()),
    }
}

fn total_label(group: &Group) -> &'static str {
    match (group.0, group.1) {
        (Section::F, Sens::D) => "Dépenses réelles de fonctionnement",
        (Section::F, Sens::R) => "Recettes réelles de fonctionnement",
        (Section::I, Sens::D) => "Dépenses réelles d'investissement",
        (Section::I, Sens::R) => "Recettes réelles d'investissement",
    }
}
