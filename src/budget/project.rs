//! Forecast of each nature from the first `n` exercices: its rule, else level and prudent trend.
//!
//! Known terms come first (debt annex, indices fixed by law, notified amounts), models fill the rest.
//!
//! **Invariant:** only the first `n` exercices and what was public after them are used, so that the
//! same code forecasts and measures its own past errors.

use crate::budget::accord;
use crate::budget::choice::{Defaut, Etape, Sujet, choisir};
use crate::budget::constantes;
use crate::budget::debt;
use crate::budget::foncier;
use crate::budget::history::{Budget, Retraitement, Serie};
use crate::budget::level::median;
use crate::budget::proposition::en_euros;
use crate::budget::rules::{Methode, Regle, atypique, prix, reformes, regle, reserve};
use crate::budget::scenario::Hypotheses;
use crate::budget::staff;
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;

/// Accounts that a known amount speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cible {
    /// Nature or chapitre, in the target nomenclature.
    Code(String),
    /// A poste.
    Poste(&'static str),
}

/// An amount notified or contractual (`[[connu]]`): no model replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connu {
    /// Name or SIRET of the budget; the principal when `None`.
    pub budget: Option<String>,
    /// Exercice.
    pub exercice: u16,
    /// Sens.
    pub sens: Sens,
    /// What it speaks of.
    pub cible: Cible,
    /// Amount.
    pub montant: Centimes,
    /// Where it comes from, French.
    pub source: String,
    /// Computed from typed terms (`leviers`), not notified.
    pub calcule: bool,
}

/// Forecast of one nature.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Euros by step.
    pub points: Vec<f64>,
    /// Name of the model by step, as in `vigie modeles`.
    pub modeles: Vec<&'static str>,
    /// Why by step, French.
    pub raisons: Vec<String>,
    /// Computed from known terms.
    pub par_regle: bool,
}

impl Projection {
    /// The same model at all steps.
    pub(super) fn new(
        points: Vec<f64>,
        modele: &'static str,
        raison: &str,
        par_regle: bool,
    ) -> Self {
        let steps = points.len();
        Self {
            points,
            modeles: vec![modele; steps],
            raisons: vec![raison.to_owned(); steps],
            par_regle,
        }
    }
}

/// Why, when the loans of vigie.toml speak.
const TYPED_LOANS: &str = "échéancier des emprunts saisis dans vigie.toml, sans emprunt nouveau";

/// What a nature gets before models are compared.
enum Ebauche {
    /// Its rule, or the hypothesis of the scenario.
    Faite(Projection),
    /// A model to choose; then its index from step to step, and what to say of prices and index.
    AChoisir { sujet: Sujet, facteurs: Vec<f64>, indice: &'static str, prix: &'static str },
}

/// Credits left count up to this share of the amount realised.
const UNSPENT_CAP: f64 = 0.5;
/// Loans paid back by other loans, in both directions.
const REFINANCED: [&str; 2] = ["166", "16449"];
/// The debt annex must find the interest of its own year within this share to be used.
const DEBT_MATCH: f64 = 0.15;

/// The first exercices of a budget, and what is assumed of the next ones.
#[derive(Clone, Copy)]
pub(super) struct View<'b> {
    pub(super) budget: &'b Budget,
    pub(super) hypotheses: &'b Hypotheses,
    /// Exercices seen.
    pub(super) n: usize,
    pub(super) horizon: usize,
}

impl View<'_> {
    pub(super) fn origine(&self) -> u16 {
        self.budget.exercices[self.n - 1]
    }

    pub(super) fn croissance(&self, indice: &str, exercice: u16) -> f64 {
        self.hypotheses.croissance(indice, exercice, self.origine())
    }
}

/// Forecast of all natures from the first `n` exercices, `horizon` steps after them, brought together with
/// their sums where that helped in the past.
pub fn project(
    budget: &Budget,
    n: usize,
    horizon: usize,
    hypotheses: &Hypotheses,
) -> Vec<Projection> {
    let mut out = natures(budget, n, horizon, hypotheses);
    let none = Hypotheses::default();
    let central =
        if *hypotheses == none { out.clone() } else { natures(budget, n, horizon, &none) };
    accord::rapprocher(budget, n, &accord::passe(budget, n), &central, &mut out);
    out
}

/// The same at every past origin from `first` exercices known on, each replayed once: the exercices known
/// and the forecast of at most `horizon` steps.
pub(super) fn rejouer(
    budget: &Budget,
    first: usize,
    horizon: usize,
) -> Vec<(usize, Vec<Projection>)> {
    let none = Hypotheses::default();
    let years = budget.exercices.len();
    let bases: Vec<(usize, Vec<Projection>)> = (first..years)
        .map(|n| (n, natures(budget, n, horizon.min(years - n).max(1), &none)))
        .collect();
    bases
        .iter()
        .map(|(n, base)| {
            let mut out = base.clone();
            accord::rapprocher(budget, *n, accord::derniers(&bases, *n), base, &mut out);
            (*n, out)
        })
        .collect()
}

/// Forecast of each nature alone.
pub(super) fn natures(
    budget: &Budget,
    n: usize,
    horizon: usize,
    hypotheses: &Hypotheses,
) -> Vec<Projection> {
    let view = View { budget, hypotheses, n, horizon };
    let origine = budget.exercices[n - 1];
    let series = merged(budget, n, origine);
    let drafts: Vec<Ebauche> = series.iter().map(|(s, v, _)| draft(view, s, v)).collect();
    let subjects: Vec<Sujet> = drafts.iter().filter_map(Ebauche::sujet).cloned().collect();
    let mut chosen = choisir(&subjects, horizon).into_iter();
    let mut out = Vec::with_capacity(series.len());
    for (draft, (s, values, why)) in drafts.into_iter().zip(&series) {
        let mut one = match draft {
            Ebauche::Faite(projection) => projection,
            Ebauche::AChoisir { facteurs, indice, prix, .. } => {
                with_index(chosen.next().unwrap_or_default(), &facteurs, indice, prix)
            }
        };
        explain(view, s, values.len(), why, &mut one);
        out.push(one);
    }
    transfer_later(budget, origine, horizon, &mut out);
    out
}

/// Values of the first `n` exercices as the models see them: reforms in force next year applied to the
/// past, odd years brought back to the year before.
fn merged(budget: &Budget, n: usize, origine: u16) -> Vec<(&Serie, Vec<f64>, Vec<String>)> {
    let mut out: Vec<(&Serie, Vec<f64>, Vec<String>)> =
        budget.series.iter().map(|s| (s, s.modele[..n].to_vec(), Vec::new())).collect();
    for r in reformes(budget.norme, origine, origine + 1) {
        let find = |code: &str| {
            budget.series.iter().position(|s| s.sens == r.sens && s.code.starts_with(code))
        };
        let (Some(de), Some(vers)) = (find(r.de), find(r.vers)) else { continue };
        for column in 0..n {
            if budget.exercices[column] < r.exercice {
                let moved = std::mem::take(&mut out[de].1[column]);
                out[vers].1[column] += moved;
            }
        }
        out[de].2.push(r.motif.to_owned());
        out[vers].2.push(r.motif.to_owned());
    }
    for (serie, values, why) in &mut out {
        for column in 1..n {
            let year = budget.exercices[column];
            let odd = atypique(budget.norme, serie.sens, &serie.code, (year, origine));
            if let Some((share, motif)) = odd {
                values[column] += share * (values[column - 1] - values[column]);
                why.push(format!("{year} ramené vers {} ({motif})", year - 1));
            }
        }
    }
    out
}

/// What the models see otherwise than the accounts from the last exercice on: accounts moved, corrected
/// amounts, reforms, odd years; by exercice then account.
pub fn retraitements(budget: &Budget) -> Vec<Retraitement> {
    let n = budget.exercices.len();
    let origine = budget.exercices[n - 1];
    let mut out = budget.retraitements.clone();
    for r in reformes(budget.norme, origine, origine + 1) {
        let ours = |s: &&Serie| s.sens == r.sens && s.code.starts_with(r.de);
        let Some(s) = budget.series.iter().find(ours) else { continue };
        for (exercice, value) in budget.exercices.iter().zip(&s.modele) {
            if *exercice < r.exercice {
                out.push(Retraitement {
                    exercice: *exercice,
                    sens: s.sens,
                    de: s.code.clone(),
                    vers: r.vers.to_owned(),
                    montant: Centimes::from_euros(*value).unwrap_or_default(),
                    motif: r.motif.to_owned(),
                });
            }
        }
    }
    for s in &budget.series {
        let mut values = s.modele.clone();
        for column in 1..n {
            let year = budget.exercices[column];
            let odd = atypique(budget.norme, s.sens, &s.code, (year, origine));
            let Some((share, motif)) = odd else {
                continue;
            };
            let added = share * (values[column - 1] - values[column]);
            values[column] += added;
            out.push(Retraitement {
                exercice: year,
                sens: s.sens,
                de: s.code.clone(),
                vers: s.code.clone(),
                montant: Centimes::from_euros(added).unwrap_or_default(),
                motif: motif.to_owned(),
            });
        }
    }
    out.retain(|r| r.montant != Centimes::ZERO);
    out.sort_by(|a, b| {
        (a.exercice, a.sens, &a.de, &a.vers).cmp(&(b.exercice, b.sens, &b.de, &b.vers))
    });
    out
}

/// Reforms that start inside the horizon, after its first year.
fn transfer_later(budget: &Budget, origine: u16, horizon: usize, out: &mut [Projection]) {
    for r in reformes(budget.norme, origine, origine + horizon as u16) {
        if r.exercice <= origine + 1 {
            continue;
        }
        let find = |code: &str| {
            budget.series.iter().position(|s| s.sens == r.sens && s.code.starts_with(code))
        };
        let (Some(de), Some(vers)) = (find(r.de), find(r.vers)) else { continue };
        for step in usize::from(r.exercice - origine - 1)..horizon {
            let moved = std::mem::take(&mut out[de].points[step]);
            out[vers].points[step] += moved;
        }
    }
}

impl Ebauche {
    fn sujet(&self) -> Option<&Sujet> {
        match self {
            Self::AChoisir { sujet, .. } => Some(sujet),
            Self::Faite(_) => None,
        }
    }
}

fn draft(view: View<'_>, s: &Serie, values: &[f64]) -> Ebauche {
    let rule = regle(view.budget.norme, s.sens, &s.code, view.origine());
    let asked = view.hypotheses.sur_compte(view.budget.norme, s.sens, &s.code);
    if let Some((growth, name)) = asked {
        Ebauche::Faite(supposed(values, growth, name, view.horizon))
    } else if s.section == Section::I && rule.methode == Methode::Ordinaire {
        investment(view, s, values)
    } else {
        operating(view, s, values, rule)
    }
}

/// The chosen model with its index put back.
fn with_index(steps: Vec<Etape>, facteurs: &[f64], indice: &str, prix: &str) -> Projection {
    let mut out = Projection {
        points: Vec::new(),
        modeles: Vec::new(),
        raisons: Vec::new(),
        par_regle: false,
    };
    for (step, factor) in steps.into_iter().zip(facteurs) {
        let mut raison = step.raison;
        if (factor - 1.0).abs() > 1e-9 && !indice.is_empty() {
            raison = format!("{raison} ; {indice}");
        }
        if step.suit_les_prix && !prix.is_empty() {
            raison = format!("{raison} ; {prix}");
        }
        out.points.push(step.point * factor);
        out.modeles.push(step.modele);
        out.raisons.push(raison);
    }
    out
}

/// Adds what was moved or corrected to the reasons.
fn explain(view: View<'_>, s: &Serie, n: usize, why: &[String], out: &mut Projection) {
    let mut more: Vec<String> = why.iter().chain(&s.notes).cloned().collect();
    if n < 3 {
        let plural = if n > 1 { "s" } else { "" };
        more.push(format!("{n} exercice{plural} seulement"));
    }
    let origine = view.origine();
    let rule = regle(view.budget.norme, s.sens, &s.code, origine);
    let indice = rule.indice;
    if rule.a_verifier {
        more.push(format!("règle à vérifier ({})", rule.source));
    }
    for (h, raison) in (1..).zip(&mut out.raisons) {
        let mut reasons = vec![std::mem::take(raison)];
        reasons.extend(more.iter().cloned());
        reasons.extend(reserve(indice, origine + h, origine));
        reasons.dedup();
        *raison = reasons.into_iter().filter(|r| !r.is_empty()).collect::<Vec<_>>().join(" ; ");
    }
}

/// Last level, growing as the scenario says.
fn supposed(values: &[f64], growth: f64, name: &str, horizon: usize) -> Projection {
    let last = values.last().copied().unwrap_or(0.0);
    let points = (1..=horizon).map(|h| last * (1.0 + growth).powi(h as i32)).collect();
    let raison = format!("hypothèse {name} : {} % l'an", french(100.0 * growth));
    Projection::new(points, "hypothèse", &raison, true)
}

fn operating(view: View<'_>, s: &Serie, values: &[f64], rule: Regle) -> Ebauche {
    let View { budget, horizon, .. } = view;
    let last = values.last().copied().unwrap_or(0.0);
    let flat = |value: f64, modele: &'static str, par_regle: bool| {
        Ebauche::Faite(Projection::new(vec![value; horizon], modele, rule.motif, par_regle))
    };
    if let Some(points) = land_left(view, s) {
        let why = "terrains restant à vendre : crédits du dernier exercice moins ventes";
        return Ebauche::Faite(Projection::new(points, "reste à vendre", why, true));
    }
    match rule.methode {
        Methode::Constant => {
            flat(median(&values[values.len().saturating_sub(3)..]), "constant", true)
        }
        Methode::Decide => flat(0.0, "décidé", true),
        Methode::SansTendance => flat(last, "dernier niveau", false),
        Methode::Ponctuel => {
            let usual = median(&values[values.len().saturating_sub(5)..]);
            flat(f64::midpoint(usual, last), "niveau habituel", false)
        }
        Methode::Indexe | Methode::TendanceIndexee => {
            Ebauche::Faite(indexed(view, s, values, rule))
        }
        Methode::DetteInterets => match interests(view, s, values) {
            Some(points) => {
                let typed = debt::saisis(budget, view.n, horizon).is_some();
                let why = if typed { TYPED_LOANS } else { rule.motif };
                Ebauche::Faite(Projection::new(points, "dette", why, true))
            }
            None => ordinary(view, s, values, rule),
        },
        Methode::DetteIcne => match next_interest_any(budget, values.len()) {
            Some((interest, icne)) => flat(icne * (interest.1 / interest.0 - 1.0), "dette", true),
            None => flat(0.0, "contre-passation", false),
        },
        Methode::Effectifs(statut) => Ebauche::Faite(staff::project(view, values, rule, statut)),
        Methode::Ordinaire => ordinary(view, s, values, rule),
    }
}

/// Sales of plots (7015): a lotissement votes all that is left to sell, so that what was not sold comes next
/// and nothing after it.
fn land_left(view: View<'_>, s: &Serie) -> Option<Vec<f64>> {
    if s.sens != Sens::R || !s.code.starts_with("7015") {
        return None;
    }
    let column = view.n - 1;
    let opened = s.credits[column].filter(|c| *c >= s.realise[column] && c.0 > 0)?;
    let mut points = vec![0.0; view.horizon];
    if let Some(first) = points.first_mut() {
        *first = (opened - s.realise[column]).euros();
    }
    Some(points)
}

/// A model to choose, on values freed of their index when they have one.
fn ordinary(view: View<'_>, s: &Serie, values: &[f64], rule: Regle) -> Ebauche {
    let n = values.len();
    let origine = view.origine();
    let follows = rule.indice.is_empty() && follows_prices(s);
    let (growth, asked) = view.hypotheses.prix(origine);
    // a scenario passes its own growth in full
    let passed = constantes::part("part_prix");
    let growth = if follows { growth } else { 0.0 };
    // index of each exercice relative to the last one, then of each step
    let mut back = vec![1.0; n];
    for i in (1..n).rev() {
        back[i - 1] = back[i] / view.croissance(rule.indice, view.budget.exercices[i]);
    }
    let mut factor = 1.0;
    let facteurs = (0..view.horizon)
        .map(|h| {
            factor *= view.croissance(rule.indice, origine + 1 + h as u16);
            factor
        })
        .collect();
    // what the default passed on at past origins, then now
    let mut croissances = vec![0.0; n + 1];
    if follows {
        for (known, year) in croissances[1..n].iter_mut().zip(&view.budget.exercices) {
            *known = passed * prix(*year);
        }
    }
    // a gap of points comes in full, on top of what is passed on
    let gap = if follows { view.hypotheses.ecart.inflation / 100.0 } else { 0.0 };
    croissances[n] = if asked { growth } else { passed * growth } + gap;
    let sujet = Sujet {
        groupe: (s.section, s.sens),
        valeurs: values.iter().zip(&back).map(|(v, b)| v / b).collect(),
        croissances,
        reports: unspent(s, values),
        demandee: if asked { growth } else { 0.0 } + gap,
        defaut: Defaut::Prudent,
    };
    let prix = match (growth > 0.0, asked) {
        (true, true) => "inflation de l'hypothèse",
        (true, false) => "moitié de l'inflation constatée",
        (false, _) => "",
    };
    Ebauche::AChoisir { sujet, facteurs, indice: rule.motif, prix }
}

/// Part of the credits left (opened less realised) expected to come back the year after, by the number
/// of exercices known. Purchases and sales only, the land of a lotissement apart: elsewhere credits left
/// say nothing.
fn unspent(s: &Serie, values: &[f64]) -> Vec<f64> {
    let class = s.code.get(..2).unwrap_or_default();
    let ours = match s.sens {
        Sens::D => s.chapitre == "011" && matches!(class, "60" | "61" | "62"),
        Sens::R => class == "70" && !s.code.starts_with("7015"),
    };
    let mut out = vec![0.0; values.len() + 1];
    // one year of credits left is no habit
    if !ours || values.len() < 2 {
        return out;
    }
    for (i, value) in values.iter().enumerate() {
        if let Some(opened) = s.credits[i].filter(|c| c.0 > 0) {
            // the amount seen by the models may have been corrected: the gap is that of the accounts
            let left = opened.euros() - s.realise[i].euros();
            let cap = UNSPENT_CAP * value.abs();
            out[i + 1] = constantes::part("retour_credits") * left.clamp(-cap, cap);
        }
    }
    out
}

/// True for purchases, services, pay, contributions and sales, whose prices follow those of all.
pub(super) fn follows_prices(s: &Serie) -> bool {
    let class = s.code.get(..2).unwrap_or_default();
    match s.sens {
        Sens::D => matches!(class, "60" | "61" | "62" | "63" | "64" | "65"),
        Sens::R => class == "70",
    }
}

fn indexed(view: View<'_>, s: &Serie, values: &[f64], rule: Regle) -> Projection {
    let origine = view.origine();
    let own = if rule.methode == Methode::TendanceIndexee {
        physical_growth(view, values, (rule.indice, s.code == DIRECT))
    } else {
        (0.0, "")
    };
    let (own, rates) = own;
    let mut level = values.last().copied().unwrap_or(0.0);
    let mut points = Vec::with_capacity(view.horizon);
    for h in 0..view.horizon {
        level *= view.croissance(rule.indice, origine + 1 + h as u16) * (1.0 + own);
        points.push(level);
    }
    let first = view.croissance(rule.indice, origine + 1);
    let raison = format!(
        "{} ({} %, puis {} % l'an)",
        rule.motif,
        french(100.0 * (first - 1.0)),
        french(100.0 * own)
    );
    let raison = if own.abs() > 0.0 { format!("{raison}{rates}") } else { rule.motif.to_owned() };
    let terms = if s.code == DIRECT { bases_and_rates(view) } else { None };
    let raison = terms.map_or(raison.clone(), |t| format!("{t} ; {raison}"));
    let modele = if rule.indice == "point" { "indemnités indexées" } else { "bases indexées" };
    Projection::new(points, modele, &raison, true)
}

/// Account of the direct taxes.
const DIRECT: &str = "73111";

/// Direct taxes of the last accounts as bases × rates, and the coefficient that makes them what was booked
/// (coefficient correcteur, allocations and rolls aside).
fn bases_and_rates(view: View<'_>) -> Option<String> {
    let column = view.n - 1;
    let taxes = view.budget.taxes.get(column)?;
    let all: f64 = taxes.iter().filter_map(foncier::produit).sum();
    let voted = taxes.iter().any(foncier::contradicts);
    let serie = view.budget.series.iter().find(|s| s.sens == Sens::R && s.code == "73111")?;
    let booked = serie.realise[column].euros();
    if all <= 0.0 || booked <= 0.0 {
        return None;
    }
    Some(format!(
        "{} {} : {}, coefficient constaté {}",
        if voted { "produits votés (bases lues incohérentes)" } else { "bases × taux" },
        view.origine(),
        en_euros(Centimes::from_euros(all)?),
        format!("{:.3}", booked / all).replace('.', ",")
    ))
}

/// Mean growth beyond the index, drawn to the usual one as if it were one more year.
/// A change of rates is taken out of a year where both years write them; what is told of it comes second.
/// `direct`: the account of the direct taxes, whose rates the annex writes.
fn physical_growth(
    view: View<'_>,
    values: &[f64],
    (indice, direct): (&str, bool),
) -> (f64, &'static str) {
    let mut sum = constantes::part("croissance_physique");
    let mut count = 1.0;
    let (mut known, mut changed) = (false, false);
    for i in 1..values.len() {
        if values[i - 1] > 0.0 && values[i] > 0.0 {
            let law = view.croissance(indice, view.budget.exercices[i]);
            let rates = if direct { rates_of(view, i) } else { None };
            known |= rates.is_some();
            let rates = rates.unwrap_or(1.0);
            changed |= (rates - 1.0).abs() > 1e-3;
            sum += (values[i] / values[i - 1] / law / rates - 1.0).clamp(-0.1, 0.1);
            count += 1.0;
        }
    }
    let bound = |side: &str| constantes::part(&format!("croissance_physique_{side}"));
    let told = match (known, changed) {
        (true, true) => " ; hausses et baisses de taux passées mises à part",
        (true, false) => "",
        (false, _) => " ; taux passés supposés inchangés",
    };
    ((sum / count).clamp(bound("min"), bound("max")), told)
}

/// What the rates alone did to the direct taxes in the exercice of a column; `None` when unknown, and in 2021: the
/// rate of the département came with its product and the taxe d'habitation left (loi 2019-1479, article 16).
fn rates_of(view: View<'_>, column: usize) -> Option<f64> {
    if view.budget.exercices[column] == 2021 {
        return None;
    }
    let taxes = &view.budget.taxes;
    foncier::rates(taxes.get(column - 1)?, taxes.get(column)?)
}

/// Interest of next year by the debt annex of the last accounts: a full year at present rates, scaled
/// by what the annex of the year before gave for the year that followed.
fn next_interest(budget: &Budget, s: &Serie, values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len();
    let paid = budget.dette[n - 1]?.interets.euros();
    let booked = s.modele[n - 1];
    if booked <= 0.0 || (paid / booked - 1.0).abs() > DEBT_MATCH {
        return None;
    }
    let (interest, icne) = next_interest_any(budget, n)?;
    Some((interest.1, icne))
}

/// (interest paid, interest to come) and accrued interest of the annex of exercice `n` - 1.
fn next_interest_any(budget: &Budget, n: usize) -> Option<((f64, f64), f64)> {
    let now = budget.dette[n - 1]?;
    let paid = now.interets.euros();
    let before = n.checked_sub(2).and_then(|i| budget.dette[i]);
    let scale = before
        .map(|d| d.interets_a_venir.euros() - debt::apres_terme(budget, n - 1))
        .filter(|v| *v > 0.0)
        .map_or(1.0, |v| (paid / v).clamp(0.8, 1.25));
    let coming = (now.interets_a_venir.euros() - debt::apres_terme(budget, n)) * scale;
    (paid > 0.0 && coming > 0.0).then_some(((paid, coming), now.icne.euros()))
}

/// Interest of each year: the loans typed from their exercice on, else the annex for the next year, going
/// down after it as its loans are paid back.
fn interests(view: View<'_>, s: &Serie, values: &[f64]) -> Option<Vec<f64>> {
    let annex = annex_interests(view, s, values);
    let Some((start, years)) = debt::saisis(view.budget, view.n, view.horizon) else {
        return annex;
    };
    Some(from_typed(start, years.iter().map(|y| y.interets), annex.as_deref(), values))
}

fn annex_interests(view: View<'_>, s: &Serie, values: &[f64]) -> Option<Vec<f64>> {
    let (first, _) = next_interest(view.budget, s, values)?;
    let schedule = debt::de_l_annexe(view.budget, view.n, view.horizon);
    let path = schedule.unwrap_or_default();
    let start = path.first().map_or(0.0, |y| y.interets);
    let share = |h: usize| path.get(h).filter(|_| start > 0.0).map_or(1.0, |y| y.interets / start);
    Some((0..view.horizon).map(|h| first * share(h)).collect())
}

/// The typed loans from their first step on; before it the annex, or the last amount.
fn from_typed(
    start: usize,
    typed: impl Iterator<Item = f64>,
    annex: Option<&[f64]>,
    values: &[f64],
) -> Vec<f64> {
    let last = values.last().copied().unwrap_or(0.0);
    let before = |h: usize| annex.and_then(|a| a.get(h)).copied().unwrap_or(last);
    typed.enumerate().map(|(h, v)| if h < start { before(h) } else { v }).collect()
}

/// Capital of each year: the loans typed from their exercice on, else those of the annex when their past
/// payments are what the account says.
fn capital(view: View<'_>, s: &Serie, values: &[f64]) -> Option<Projection> {
    if values.iter().all(|v| *v == 0.0) && view.budget.emprunts.is_empty() {
        // never paid on this account: loans in fine, whose only due date is in the annex
        let (paid, years) = debt::du_compte(view.budget, view.n, view.horizon, &s.code)?;
        let points: Vec<f64> = years.iter().map(|y| y.capital).collect();
        let why = "échéance de l'état de la dette, sans remboursement passé (emprunt in fine)";
        return (paid == 0.0).then(|| Projection::new(points, "dette", why, true));
    }
    if s.code != "1641" {
        return None;
    }
    let annex = annex_capital(view, values);
    let Some((start, years)) = debt::saisis(view.budget, view.n, view.horizon) else {
        let why = "échéancier des emprunts de l'état de la dette, sans emprunt nouveau";
        return Some(Projection::new(annex?, "dette", why, true));
    };
    let why = TYPED_LOANS;
    let points = from_typed(start, years.iter().map(|y| y.capital), annex.as_deref(), values);
    Some(Projection::new(points, "dette", why, true))
}

fn annex_capital(view: View<'_>, values: &[f64]) -> Option<Vec<f64>> {
    let (paid, years) = debt::du_compte(view.budget, view.n, view.horizon, "1641")?;
    let booked = values.last().copied().unwrap_or(0.0);
    let agrees = booked > 0.0 && (paid / booked - 1.0).abs() <= DEBT_MATCH;
    agrees.then(|| years.iter().map(|y| y.capital).collect())
}

/// Investment is lumpy: the mean of the last three exercices unless a model is clearly better; loans
/// follow their schedule, or keep their last level without it.
fn investment(view: View<'_>, s: &Serie, values: &[f64]) -> Ebauche {
    let horizon = view.horizon;
    if REFINANCED.iter().any(|p| s.code.starts_with(p)) {
        let why = "refinancement de dette : décidé, les deux côtés égaux, jamais prolongé";
        return Ebauche::Faite(Projection::new(vec![0.0; horizon], "niveau habituel", why, true));
    }
    if s.sens == Sens::D && s.code.starts_with("16") {
        if let Some(projection) = capital(view, s, values) {
            return Ebauche::Faite(projection);
        }
        let last = values.last().copied().unwrap_or(0.0);
        let why = "remboursements reconduits : saisir les emprunts pour un échéancier exact";
        return Ebauche::Faite(Projection::new(vec![last; horizon], "dernier niveau", why, false));
    }
    let sujet = Sujet {
        groupe: (s.section, s.sens),
        valeurs: values.to_vec(),
        croissances: Vec::new(),
        reports: Vec::new(),
        demandee: 0.0,
        defaut: Defaut::Moyenne,
    };
    Ebauche::AChoisir { sujet, facteurs: vec![1.0; horizon], indice: "", prix: "" }
}

/// One decimal, decimal comma, minus sign of a text.
pub(crate) fn french(value: f64) -> String {
    let text = format!("{value:.1}").replace('.', ",");
    match text.strip_prefix('-') {
        Some("0,0") => "0,0".to_owned(),
        Some(number) => format!("\u{2212}{number}"),
        None => text,
    }
}
