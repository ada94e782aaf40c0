//! The forecast as rows (CONTRAT section 4): natures, chapitres and totals that agree to the centime.
//!
//! **Invariant:** natures add up to their chapitre, chapitres to the total of their section and sens, in
//! integer centimes, whatever was entered as known.

use std::collections::BTreeMap;

use crate::budget::atterrissage::{self, Appui, Atterrissage};
use crate::budget::debt;
use crate::budget::history::{Budget, Options, Serie, histories};
use crate::budget::interval::{Backtest, Bounds, Group, Part, groups_of};
use crate::budget::leviers;
use crate::budget::postes;
use crate::budget::programme;
use crate::budget::project::{Cible, Connu, Projection, french, project};
use crate::budget::proposition::{Operation, en_euros};
use crate::budget::rules::{Methode, regle};
use crate::budget::scenario::Hypotheses;
use crate::domain::account::{Section, Sens, is_reserved_result};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::plan;
use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;
use crate::frames::ledger::Ledger;

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
    /// Landing of the running exercice of each budget that has one.
    pub atterrissages: Vec<Atterrissage>,
    /// French sentences.
    pub avertissements: Vec<String>,
}

/// Forecasts the budgets of a frame.
pub fn prevoir(
    frame: &BudgetFrame,
    options: &Options,
    connus: &[Connu],
) -> Result<Prevision, Refus> {
    prevoir_en_cours(frame, None, options, connus)
}

/// The same with the ledger of the running exercice: it lands first, then the next ones are forecast
/// from that landing.
pub fn prevoir_en_cours(
    frame: &BudgetFrame,
    ledger: Option<&Ledger>,
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
        let n = budget.exercices.len();
        let last = budget.exercices[n - 1];
        let backtest = Backtest::run(&budget, HORIZON_MAX);
        let landing = running(frame, ledger, options, &budget, &backtest);
        let default = last + 1 + u16::from(landing.is_some());
        let first = options.exercice.unwrap_or(default);
        let skipped = usize::from(first - last - 1);
        if skipped >= HORIZON_MAX {
            return Err(Refus::new(
                format!("exercice {first} trop loin des derniers comptes ({last})"),
                format!("donner les comptes {} ou choisir un exercice plus proche", first - 1),
            ));
        }
        let steps = (skipped + horizon).min(HORIZON_MAX);
        let typed: Vec<Connu> =
            connus.iter().filter(|c| budget.answers_to(c.budget.as_deref())).cloned().collect();
        // what is notified comes after what is computed: the last one entered stays
        let levers = (options.taxes.as_slice(), options.dotations.as_slice());
        let (mut mine, told) = leviers::calcules(&budget, levers, &typed, landing.as_ref());
        mine.extend(typed);
        out.avertissements.extend(told);
        let asked = (last + 1 + skipped as u16, last + steps as u16);
        out.avertissements.extend(debt::remarques(&budget, asked));
        let programme = &open_accounts(&mut budget, (&mine, steps), options);
        if let Some(landing) = &landing {
            out.avertissements.extend(debt::off_schedule(&budget, landing));
            add_booked(&mut budget, landing);
            out.avertissements.extend(landing.avertissements.iter().cloned());
        }
        out.avertissements.extend(budget.avertissements.iter().cloned());
        if options.hypotheses.taux_tfb.is_some() && budget.principal && budget.base_tfb.is_none() {
            out.avertissements.push(
                "hypothèse de taux de taxe foncière sans effet : base absente des comptes"
                    .to_owned(),
            );
        }
        let asked = Asked { skipped, steps, landing: landing.as_ref(), connus: &mine, programme };
        out.lignes.extend(rows(&budget, &options.hypotheses, &asked));
        out.atterrissages.extend(landing);
        out.budgets.push(budget);
    }
    out.lignes.sort_by_key(|l| (l.exercice, l.budget.clone(), l.niveau));
    Ok(out)
}

/// Opens the accounts that amounts known, loans and programme speak of; gives the programme of the budget.
fn open_accounts(
    budget: &mut Budget,
    (connus, steps): (&[Connu], usize),
    options: &Options,
) -> Vec<Operation> {
    add_unseen(budget, connus);
    add_loans(budget, steps);
    let ours = options.programme.iter().filter(|o| budget.answers_to(o.budget.as_deref()));
    let programme: Vec<Operation> = ours.cloned().collect();
    programme::ouvrir(budget, &programme);
    programme
}

/// The landing of the exercice after the last accounts, unless that exercice is the one asked for.
fn running(
    frame: &BudgetFrame,
    ledger: Option<&Ledger>,
    options: &Options,
    budget: &Budget,
    backtest: &Backtest,
) -> Option<Atterrissage> {
    let n = budget.exercices.len();
    let running = budget.exercices[n - 1] + 1;
    if options.exercice.is_some_and(|first| first <= running) {
        return None;
    }
    let attendu = project(budget, n, 1, &Hypotheses::default());
    let typed =
        options.fongibilite.iter().filter(|(name, _, _)| budget.answers_to(name.as_deref()));
    let fongibilite = typed.map(|(_, section, rule)| (*section, *rule)).collect();
    let (jour, fongibilite) = (options.jour, &fongibilite);
    let appui = Appui { frame, budget, attendu: &attendu, backtest, fongibilite, jour };
    atterrissage::land(ledger?, &appui)
}

/// Accounts that only the running ledger holds.
fn add_booked(budget: &mut Budget, landing: &Atterrissage) {
    let width = budget.exercices.len();
    for l in landing.lignes.iter().filter(|l| l.niveau == atterrissage::Niveau::Nature) {
        let known = budget.series.iter().any(|s| s.sens == l.sens && s.code == l.code);
        if known || is_reserved_result(l.sens, &l.code) {
            continue;
        }
        budget.series.push(Serie {
            sens: l.sens,
            section: l.section,
            chapitre: l.chapitre.clone(),
            code: l.code.clone(),
            realise: vec![Centimes::ZERO; width],
            modele: vec![0.0; width],
            credits: vec![None; width],
            notes: vec![format!("compte ouvert en {}", landing.exercice)],
        });
    }
}

/// What is asked of a budget.
struct Asked<'a> {
    /// Exercices between the last accounts and the first one asked for.
    skipped: usize,
    steps: usize,
    landing: Option<&'a Atterrissage>,
    connus: &'a [Connu],
    programme: &'a [Operation],
}

/// A nature at one step, before it becomes a row.
struct Cell {
    point: Centimes,
    bounds: Bounds,
    origine: OriginePrevision,
    raison: String,
    modele: String,
    /// Half-widths (80 %) of the landing it starts from.
    depart: (f64, f64),
    /// Entered or computed from typed terms: what follows starts from it.
    fixe: bool,
}

/// What the landing changes to the path of a nature.
#[derive(Debug, Clone, Default)]
struct Depart {
    /// Added to each later exercice.
    shift: f64,
    /// Half-widths of 80 %.
    half: (f64, f64),
    raison: String,
}

fn depart(budget: &Budget, s: &Serie, p: &Projection, landing: Option<&Atterrissage>) -> Depart {
    let Some(landing) = landing else { return Depart::default() };
    let found = landing.nature(s.sens, &s.code);
    let point = found.map_or(0.0, |l| l.prevu.euros());
    let gap = point - p.points[0];
    // one-off amounts come back by half, lumpy investment weighs one year of three
    let kept = match (regle(budget.norme, s.sens, &s.code, landing.exercice - 1).methode, s.section)
    {
        (Methode::Decide, _) => 0.0,
        (Methode::Ponctuel, _) => 0.5,
        (Methode::Ordinaire, Section::I) if !s.code.starts_with("16") => 1.0 / 3.0,
        _ => 1.0,
    };
    let half = found.map_or((0.0, 0.0), |l| {
        let (low, high) = l.intervalle_80;
        (kept * (point - low.euros()), kept * (high.euros() - point))
    });
    let raison = if gap.abs() < 0.01 * p.points[0].abs() || gap == 0.0 {
        String::new()
    } else if p.points[0] == 0.0 {
        format!("part de l'atterrissage {}", landing.exercice)
    } else {
        let sign = if gap > 0.0 { "+" } else { "" };
        let change = french(100.0 * gap / p.points[0].abs());
        format!("atterrissage {} : {sign}{change} % sur la prévision des comptes", landing.exercice)
    };
    Depart { shift: kept * gap, half, raison }
}

fn rows(budget: &Budget, hypotheses: &Hypotheses, asked: &Asked<'_>) -> Vec<LignePrevision> {
    let n = budget.exercices.len();
    let last = budget.exercices[n - 1];
    let projections = project(budget, n, asked.steps, hypotheses);
    let backtest = Backtest::run(budget, asked.steps);
    let mut starts: Vec<Depart> = vec![Depart::default(); budget.series.len()];
    let mut out = Vec::new();
    for step in 0..asked.steps {
        let exercice = last + 1 + step as u16;
        let distance = step + 1;
        // a landing stands for the accounts of its exercice
        let mesure = if asked.landing.is_some() && step > 0 { step } else { distance };
        let when = Moment { exercice, distance, mesure };
        let mut cells: Vec<Cell> = budget
            .series
            .iter()
            .zip(&projections)
            .zip(&starts)
            .map(|((s, p), start)| {
                let contrat = Contrat::of(budget, s, p, step);
                cell(s, p, (step, mesure), (start, contrat), &backtest)
            })
            .collect();
        enter_known(budget, exercice, asked.connus, &mut cells);
        for (i, p) in projections.iter().enumerate() {
            if cells[i].fixe {
                let s = &budget.series[i];
                let rule = regle(budget.norme, s.sens, &s.code, last).methode;
                // what is decided once says nothing of the next exercices
                let kept = if rule == Methode::Decide { 0.0 } else { 1.0 };
                let shift = kept * (cells[i].point.euros() - p.points[step]);
                starts[i] = Depart { shift, ..Depart::default() };
            } else if step == 0 {
                starts[i] = depart(budget, &budget.series[i], p, asked.landing);
            }
        }
        if step >= asked.skipped {
            suppose(budget, hypotheses, &mut cells);
            enter_programme(budget, exercice, asked.programme, &mut cells);
            out.extend(rows_of_year(budget, &cells, &backtest, when));
        }
    }
    out
}

/// What the hypotheses add to the amounts of an exercice asked for; known ones do not move.
fn suppose(budget: &Budget, hypotheses: &Hypotheses, cells: &mut [Cell]) {
    let moving = budget.series.iter().zip(cells);
    for (s, cell) in moving.filter(|(_, c)| c.origine != OriginePrevision::Connu) {
        let place = (s.sens, s.code.as_str());
        let Some(added) = hypotheses.sur_prevision(budget.norme, budget.base_tfb, place) else {
            continue;
        };
        let change = added.sur(cell.point.euros());
        let (a, b, c, d) = cell.bounds;
        cell.bounds = (a + change, b + change, c + change, d + change);
        cell.point += cents(change);
        cell.raison = format!("{} ; {}", cell.raison, added.raison);
    }
}

/// Puts the programme typed in an exercice: it replaces the mean of the past, running costs are added.
fn enter_programme(budget: &Budget, exercice: u16, operations: &[Operation], cells: &mut [Cell]) {
    let known = |cell: &mut Cell, amount: Centimes, raison: String| {
        let euros = amount.euros();
        cell.point = amount;
        cell.bounds = (euros, euros, euros, euros);
        cell.origine = OriginePrevision::Connu;
        "montant connu".clone_into(&mut cell.modele);
        cell.raison = raison;
    };
    for (s, cell) in budget.series.iter().zip(cells.iter_mut()) {
        if programme::remplace(operations, exercice, s) {
            let why = "le programme saisi (vigie.toml) remplace la moyenne des exercices passés";
            known(cell, Centimes::ZERO, why.to_owned());
        }
    }
    for m in programme::mouvements(operations, exercice) {
        let same = |s: &Serie| s.sens == m.sens && s.code == m.nature;
        let Some(at) = budget.series.iter().position(same) else { continue };
        let names = m.operations.join(", ");
        let cell = &mut cells[at];
        if m.ajoute {
            let (euros, (a, b, c, d)) = (m.montant.euros(), cell.bounds);
            cell.point += m.montant;
            cell.bounds = (a + euros, b + euros, c + euros, d + euros);
            cell.raison =
                format!("{} ; {} de « {names} » (vigie.toml)", cell.raison, en_euros(m.montant));
        } else {
            known(cell, m.montant, format!("programme « {names} » (vigie.toml)"));
        }
    }
}

/// An exercice forecast.
#[derive(Debug, Clone, Copy)]
struct Moment {
    exercice: u16,
    /// Years from the last accounts.
    distance: usize,
    /// Years from the last known amounts, landing included.
    mesure: usize,
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

/// Accounts of loans whose first capital is still to come.
fn add_loans(budget: &mut Budget, horizon: usize) {
    use crate::domain::account::Ordre;
    let width = budget.exercices.len();
    for code in debt::jamais_payes(budget, horizon) {
        let same = |s: &Serie| (s.sens, s.section) == (Sens::D, Section::I) && s.code == code;
        if budget.series.iter().any(same) {
            continue;
        }
        let next = budget.exercices.last().map_or(0, |y| y + 1);
        let place = plan(budget.plan).imputation(next, &code, Sens::D, Ordre::Reel);
        let Some(place) = place.filter(|p| p.section == Section::I) else { continue };
        budget.series.push(Serie {
            sens: Sens::D,
            section: Section::I,
            chapitre: place.chapitre.to_owned(),
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

/// How far contracts settle a nature at one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contrat {
    Aucun,
    /// Schedule read in the debt annex.
    Annexe,
    /// Loans typed: capital and interest are those of the contracts.
    Saisi,
}

impl Contrat {
    fn of(budget: &Budget, s: &Serie, p: &Projection, step: usize) -> Self {
        let capital = s.section == Section::I && s.sens == Sens::D && s.code.starts_with("16");
        let ours = capital || (s.sens == Sens::D && s.code == "66111");
        if !ours || p.modeles.get(step) != Some(&debt::MODELE) {
            return Self::Aucun;
        }
        let typed = debt::saisis(budget, budget.exercices.len(), step + 1).is_some();
        match (typed, capital) {
            (true, _) => Self::Saisi,
            (false, true) => Self::Annexe,
            // present rates are no contract: the landing of interest teaches something
            (false, false) => Self::Aucun,
        }
    }
}

fn cell(
    s: &Serie,
    p: &Projection,
    (step, mesure): (usize, usize),
    (start, contrat): (&Depart, Contrat),
    backtest: &Backtest,
) -> Cell {
    let none = Depart::default();
    // a contract pays what it says, whatever the running year
    let start = if contrat == Contrat::Aucun { start } else { &none };
    let point = cents(p.points[step] + start.shift);
    let origine = if p.par_regle { OriginePrevision::Regle } else { OriginePrevision::Modele };
    let raison = [p.raisons[step].as_str(), start.raison.as_str()];
    let raison: Vec<&str> = raison.into_iter().filter(|r| !r.is_empty()).collect();
    let euros = point.euros();
    let bounds = match contrat {
        Contrat::Aucun => backtest.nature(s, euros, mesure),
        Contrat::Annexe => backtest.schedule(s, euros, mesure),
        Contrat::Saisi => (euros, euros, euros, euros),
    };
    Cell {
        bounds: widened(bounds, euros, start.half),
        point,
        origine,
        raison: raison.join(" ; "),
        modele: p.modeles[step].to_owned(),
        depart: start.half,
        fixe: false,
    }
}

/// Bounds with the error of the landing they start from.
fn widened((a, b, c, d): Bounds, point: f64, (low, high): (f64, f64)) -> Bounds {
    // 95 % over 80 % of a normal law
    const WIDER: f64 = 1.53;
    if low == 0.0 && high == 0.0 {
        return (a, b, c, d);
    }
    let below = |bound: f64, half: f64| {
        let found = point - (point - bound).hypot(half);
        // an amount that was never negative stays so
        if bound >= 0.0 { found.max(0.0).min(bound) } else { found }
    };
    let above = |bound: f64, half: f64| point + (bound - point).hypot(half);
    (below(a, low), above(b, high), below(c, WIDER * low), above(d, WIDER * high))
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
                origine: if c.calcule { OriginePrevision::Regle } else { OriginePrevision::Connu },
                raison: if c.calcule {
                    c.source.clone()
                } else {
                    format!("montant connu : {}", c.source)
                },
                modele: if c.calcule { "levier saisi" } else { "montant connu" }.to_owned(),
                depart: (0.0, 0.0),
                fixe: true,
            };
        }
    }
}

fn rows_of_year(
    budget: &Budget,
    cells: &[Cell],
    backtest: &Backtest,
    when: Moment,
) -> Vec<LignePrevision> {
    let Moment { exercice, distance, .. } = when;
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
        out.push(sum_row(budget, cells, backtest, when, (&group, &members)));
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
    when: Moment,
    (group, members): (&Group, &[usize]),
) -> LignePrevision {
    let Moment { exercice, distance, mesure } = when;
    let point: Centimes = members.iter().map(|i| cells[*i].point).sum();
    let half = |i: &usize| (cells[*i].bounds.1 - cells[*i].bounds.0) / 2.0;
    let spread = members.iter().map(|i| half(i).powi(2)).sum::<f64>().sqrt();
    let worst = members.iter().map(|i| cells[*i].origine).max();
    let sure = |i: &usize| cells[*i].bounds.2 >= cells[*i].bounds.3;
    let known = worst == Some(OriginePrevision::Connu) || members.iter().all(sure);
    let spread = spread / (mesure as f64).sqrt();
    let starts = |side: fn(&Cell) -> f64| {
        members.iter().map(|i| side(&cells[*i]).powi(2)).sum::<f64>().sqrt()
    };
    let start = (starts(|c| c.depart.0), starts(|c| c.depart.1));
    let bounds = if known {
        let euros = point.euros();
        (euros, euros, euros, euros)
    } else {
        let bounds = backtest.group(group, point.euros(), spread, mesure);
        let (a, b, c, d) = within(widened(bounds, point.euros(), start), cells, members);
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

/// Bounds of a sum, no farther than all its members at their own bounds the same year.
fn within((a, b, c, d): Bounds, cells: &[Cell], members: &[usize]) -> Bounds {
    let sum =
        |side: fn(&Bounds) -> f64| -> f64 { members.iter().map(|i| side(&cells[*i].bounds)).sum() };
    (a.max(sum(|m| m.0)), b.min(sum(|m| m.1)), c.max(sum(|m| m.2)), d.min(sum(|m| m.3)))
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
        Part::Total => (Niveau::Total, String::new(), total_label(group.0, group.1).to_owned()),
    }
}

/// Label of a total.
pub(super) fn total_label(section: Section, sens: Sens) -> &'static str {
    match (section, sens) {
        (Section::F, Sens::D) => "Dépenses réelles de fonctionnement",
        (Section::F, Sens::R) => "Recettes réelles de fonctionnement",
        (Section::I, Sens::D) => "Dépenses réelles d'investissement",
        (Section::I, Sens::R) => "Recettes réelles d'investissement",
    }
}
