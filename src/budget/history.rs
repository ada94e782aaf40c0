//! From budget documents to one series a nature, continuous in the nomenclature of the forecast.
//!
//! Each executed line is carried to the target: accounts renamed inside a norm, the passage from M14
//! to M57 (split accounts follow the shares of the first M57 exercices, else the usual one), an account
//! that vanishes while another appears for a like amount in the same chapitre.
//!
//! **Invariant:** amounts are moved between accounts, never changed: the total of each exercice, sens
//! and section is that of the documents.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::debt::PretSaisi;
use crate::budget::dm::Fongibilite;
use crate::budget::foncier::{self, BaseTfb};
use crate::budget::leviers::{DotationSaisie, TaxeSaisie};
use crate::budget::monthly::Jour;
use crate::budget::proposition::Operation;
use crate::budget::rules::Norme;
use crate::budget::scenario::Hypotheses;
use crate::domain::account::{
    Ordre, OrigineChapitre, Section, Sens, is_balance_line, is_reserved_result, section_of_digits,
};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{PlanId, nomenclature, plan, successeurs, to_m57};
use crate::domain::refus::Refus;
use crate::frames::budget::{Annexes, BudgetFrame, Dette, Document, Etape, Taxe};

/// A past amount corrected for the models only (`[[retraitement]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Name or SIRET of the budget; the principal when `None`.
    pub budget: Option<String>,
    /// Exercice corrected.
    pub exercice: u16,
    /// Sens; both when `None`.
    pub sens: Option<Sens>,
    /// Nature or chapitre, in the target nomenclature.
    pub code: String,
    /// Signed amount added to what was realised.
    pub montant: Centimes,
    /// Why, French.
    pub motif: String,
}

/// An amount moved or corrected so that a series has no break: shown, never hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retraitement {
    /// Exercice of the amount.
    pub exercice: u16,
    /// Dépense or recette.
    pub sens: Sens,
    /// Account in the documents.
    pub de: String,
    /// Account of the series; the same for a correction in place.
    pub vers: String,
    /// Amount moved, or added to what was realised.
    pub montant: Centimes,
    /// Why, French.
    pub motif: String,
}

/// What the caller asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// First exercice to forecast: the accounts from that year on are not used. Default: the year
    /// after the last accounts.
    pub exercice: Option<u16>,
    /// Number of exercices, 1 to 5.
    pub horizon: usize,
    /// Nomenclature of the result (`M57-M57_A`); default: the one in force.
    pub nomenclature: Option<String>,
    /// Corrections for the models.
    pub corrections: Vec<Correction>,
    /// Names of budgets by SIRET (`[[budget]]`).
    pub noms: Vec<(String, String)>,
    /// Hypotheses of the scenario.
    pub hypotheses: Hypotheses,
    /// Investment programme typed.
    pub programme: Vec<Operation>,
    /// Loans typed.
    pub emprunts: Vec<PretSaisi>,
    /// Direct taxes typed.
    pub taxes: Vec<TaxeSaisie>,
    /// Terms of the dotation forfaitaire typed.
    pub dotations: Vec<DotationSaisie>,
    /// Day of the run: rows of the ledger dated later are slips, and the law closes décisions modificatives.
    pub jour: Option<Jour>,
    /// Fungibility typed: budget (the principal when `None`), section, rule.
    pub fongibilite: Vec<(Option<String>, Section, Fongibilite)>,
}

/// A nature of one budget over its exercices.
#[derive(Debug, Clone, PartialEq)]
pub struct Serie {
    /// Dépense or recette.
    pub sens: Sens,
    /// Section.
    pub section: Section,
    /// Chapitre in the target nomenclature.
    pub chapitre: String,
    /// Account in the target nomenclature.
    pub code: String,
    /// Realised by exercice, as in the accounts, centimes.
    pub realise: Vec<Centimes>,
    /// The same for the models: corrected, euros.
    pub modele: Vec<f64>,
    /// Credits opened by exercice, where the accounts say them.
    pub credits: Vec<Option<Centimes>>,
    /// What was moved or corrected, French.
    pub notes: Vec<String>,
}

/// The accounts of one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// SIRET of the budget.
    pub siret: String,
    /// `CodBud`.
    pub code: String,
    /// Name shown: `Principal`, or the label of the budget annexe.
    pub nom: String,
    /// The principal budget.
    pub principal: bool,
    /// Consecutive exercices of the accounts, ascending.
    pub exercices: Vec<u16>,
    /// Chart of the forecast.
    pub plan: PlanId,
    /// Norm of that chart, for the rules.
    pub norme: Norme,
    /// Debt annex by exercice.
    pub dette: Vec<Option<Dette>>,
    /// Staff and loans by exercice.
    pub annexes: Vec<Annexes>,
    /// Loans typed in vigie.toml.
    pub emprunts: Vec<PretSaisi>,
    /// Taxes voted by exercice, where the accounts say them.
    pub taxes: Vec<Vec<Taxe>>,
    /// Last base of the taxe foncière on buildings, when the accounts say it.
    pub base_tfb: Option<BaseTfb>,
    /// Natures, by sens, chapitre and code.
    pub series: Vec<Serie>,
    /// Amounts moved or corrected.
    pub retraitements: Vec<Retraitement>,
    /// What to tell the reader, French.
    pub avertissements: Vec<String>,
}

impl Budget {
    /// True when `asked` names this budget by its name, SIRET or number; `None` is the principal.
    pub fn answers_to(&self, asked: Option<&str>) -> bool {
        match asked {
            None => self.principal,
            Some(text) => {
                text == self.siret || text == self.code || text.eq_ignore_ascii_case(&self.nom)
            }
        }
    }
}

type Key = (Sens, String);

/// One history per budget with accounts, in the order of the SIRET then the budget code.
pub fn histories(frame: &BudgetFrame, options: &Options) -> Result<Vec<Budget>, Refus> {
    let mut groups: BTreeMap<(String, String, bool), Vec<usize>> = BTreeMap::new();
    for (i, d) in frame.documents.iter().enumerate().filter(|(_, d)| d.etape.is_executed()) {
        if options.exercice.is_none_or(|first| d.exercice < first) {
            let key = (d.siret.clone(), d.budget.clone(), d.type_budget == "A");
            groups.entry(key).or_default().push(i);
        }
    }
    if groups.is_empty() {
        let executed = frame.documents.iter().filter(|d| d.etape.is_executed());
        if let (Some(asked), Some(first)) = (options.exercice, executed.map(|d| d.exercice).min()) {
            return Err(Refus::new(
                format!(
                    "aucun compte exécuté avant {asked} : le plus ancien lu est celui de {first}"
                ),
                "demander un exercice postérieur avec --exercice, ou ajouter les comptes plus anciens",
            ));
        }
        return Err(Refus::new(
            "aucun compte exécuté (CA ou CFU) parmi les documents donnés",
            "donner les comptes administratifs ou financiers uniques de 3 à 6 exercices",
        ));
    }
    let found: Result<Vec<Budget>, Refus> =
        groups.into_values().map(|documents| history(frame, &documents, options)).collect();
    let mut budgets = found?;
    let told = unknown_names(&budgets, options);
    if let Some(first) = budgets.first_mut() {
        first.avertissements.extend(told);
    }
    Ok(budgets)
}

/// What was typed for a budget that no document has: it is used nowhere.
fn unknown_names(budgets: &[Budget], options: &Options) -> Vec<String> {
    let typed = options
        .corrections
        .iter()
        .map(|c| ("retraitement", c.budget.as_deref()))
        .chain(options.programme.iter().map(|o| ("investissement", o.budget.as_deref())))
        .chain(options.emprunts.iter().map(|e| ("emprunt", e.budget.as_deref())))
        .chain(options.taxes.iter().map(|t| ("taxe", t.budget.as_deref())))
        .chain(options.dotations.iter().map(|d| ("dotation", d.budget.as_deref())))
        .chain(options.fongibilite.iter().map(|(name, ..)| ("fongibilite", name.as_deref())));
    let unknown: BTreeSet<(&str, &str)> = typed
        .filter_map(|(table, name)| Some((table, name?)))
        .filter(|(_, name)| !budgets.iter().any(|b| b.answers_to(Some(name))))
        .collect();
    let known: Vec<String> = budgets.iter().map(|b| format!("« {} »", b.nom)).collect();
    unknown
        .into_iter()
        .map(|(table, name)| {
            format!(
                "vigie.toml, [[{table}]] : aucun budget « {name} » dans les documents, table sans effet à faire : \
                 écrire budget = {}",
                known.join(" ou ")
            )
        })
        .collect()
}

fn history(frame: &BudgetFrame, documents: &[usize], options: &Options) -> Result<Budget, Refus> {
    let mut avertissements = Vec::new();
    let by_year = one_by_year(frame, documents, &mut avertissements);
    let exercices = consecutive(&by_year, &mut avertissements);
    let documents: Vec<usize> = exercices.iter().map(|y| by_year[y]).collect();
    let last = &frame.documents[documents[documents.len() - 1]];
    let first_target = options.exercice.unwrap_or(last.exercice + 1);
    let target = target_plan(last, first_target, options)?;
    let mut moved = Mover {
        target,
        first_target,
        cells: BTreeMap::new(),
        width: exercices.len(),
        moves: Vec::new(),
        now: (0, ""),
    };
    moved.fill(frame, &documents);
    let retraitements = std::mem::take(&mut moved.moves);
    let (base_tfb, told) = foncier::base(last);
    let mut budget = Budget {
        siret: last.siret.clone(),
        code: last.budget.clone(),
        nom: name(last, options),
        principal: last.type_budget != "A",
        dette: documents.iter().map(|i| frame.documents[*i].dette).collect(),
        annexes: documents.iter().map(|i| frame.documents[*i].annexes.clone()).collect(),
        taxes: documents.iter().map(|i| frame.documents[*i].fiscalite.clone()).collect(),
        emprunts: Vec::new(),
        base_tfb,
        plan: target,
        norme: norme(target),
        series: moved.series(first_target),
        exercices,
        retraitements,
        avertissements,
    };
    if let Some(text) = from_tables(frame, &documents) {
        budget.avertissements.push(text);
    }
    let mine = options.taxes.iter().filter(|t| budget.answers_to(t.budget.as_deref()));
    if let Some(typed) = foncier::typed(mine, first_target) {
        budget.base_tfb = Some(typed);
    } else {
        budget.avertissements.extend(told);
    }
    let loans = options.emprunts.iter();
    budget.emprunts = loans.filter(|e| budget.answers_to(e.budget.as_deref())).cloned().collect();
    join_reclassified(&mut budget);
    correct(&mut budget, &options.corrections);
    Ok(budget)
}

/// What a table does not say, when accounts come from tables (spreadsheets, SCDL, balances).
fn from_tables(frame: &BudgetFrame, documents: &[usize]) -> Option<String> {
    let table = |i: &&usize| !matches!(frame.documents[**i].format.as_str(), "totem" | "cfu");
    let years: Vec<String> =
        documents.iter().filter(table).map(|i| frame.documents[*i].exercice.to_string()).collect();
    let mut missing = vec!["sans annexes"];
    let ours = || documents.iter().filter(table);
    if ours().all(|i| frame.lignes_of(*i).all(|l| l.fonction.is_empty())) {
        missing.push("ni fonction");
    }
    if ours().all(|i| frame.documents[*i].population.is_none()) {
        missing.push("ni population");
    }
    (!years.is_empty()).then(|| {
        format!(
            "comptes {} lus dans des tableaux, {} : personnel prévu à effectifs constants, dette par sa série à \
             faire : donner les fichiers TOTEM, ou saisir [[emprunt]] et la population dans vigie.toml",
            years.join(", "),
            missing.join(", ")
        )
    })
}

fn norme(plan: PlanId) -> Norme {
    match plan.norme() {
        "M14" => Norme::M14,
        "M57" => Norme::M57,
        _ => Norme::Autre,
    }
}

fn name(document: &Document, options: &Options) -> String {
    if let Some((_, nom)) = options.noms.iter().find(|(siret, _)| *siret == document.siret) {
        return nom.clone();
    }
    let principal = document.type_budget != "A";
    if principal { "Principal".to_owned() } else { document.libelle_budget.clone() }
}

/// One document a year: the CFU rather than the CA, the first read otherwise.
fn one_by_year(
    frame: &BudgetFrame,
    documents: &[usize],
    warnings: &mut Vec<String>,
) -> BTreeMap<u16, usize> {
    let mut out: BTreeMap<u16, usize> = BTreeMap::new();
    for &i in documents {
        let d = &frame.documents[i];
        match out.get(&d.exercice).copied() {
            None => {
                out.insert(d.exercice, i);
            }
            Some(kept) => {
                let better = d.etape == Etape::Cfu && frame.documents[kept].etape == Etape::Ca;
                let (used, left) = if better { (i, kept) } else { (kept, i) };
                out.insert(d.exercice, used);
                let mut told = format!(
                    "exercice {} : {} laissé de côté, {} retenu",
                    d.exercice, frame.documents[left].fichier, frame.documents[used].fichier
                );
                if differ(frame, used, left) {
                    told.push_str(
                        " ; leurs comptes diffèrent : si ce sont deux budgets, écrire le nom de chacun dans un titre \
                         du classeur (« Budget annexe : Eau »)",
                    );
                }
                warnings.push(told);
            }
        }
    }
    out
}

/// True when two documents share fewer than half of the accounts of the shorter one.
fn differ(frame: &BudgetFrame, one: usize, other: usize) -> bool {
    let natures = |i| -> BTreeSet<&str> { frame.lignes_of(i).map(|l| l.nature.as_str()).collect() };
    let (one, other) = (natures(one), natures(other));
    2 * one.intersection(&other).count() < one.len().min(other.len())
}

/// The last run of consecutive years.
fn consecutive(by_year: &BTreeMap<u16, usize>, warnings: &mut Vec<String>) -> Vec<u16> {
    let mut run: Vec<u16> = Vec::new();
    for &year in by_year.keys().rev() {
        if run.last().is_some_and(|next| next - 1 != year) {
            warnings.push(format!("comptes {} manquants : exercices antérieurs laissés", year + 1));
            break;
        }
        run.push(year);
    }
    run.reverse();
    run
}

/// Chart of the forecast: asked for, else that of the last accounts, M57 for all from 2024 on.
fn target_plan(last: &Document, first: u16, options: &Options) -> Result<PlanId, Refus> {
    let written = nomenclature(&last.nomenclature).map(|n| n.plan);
    if let Some(asked) = &options.nomenclature {
        let found = nomenclature(asked).filter(|n| n.connue).map(|n| n.plan);
        let norm = written.map_or("", PlanId::norme);
        return match found {
            Some(p) if p.norme() == norm || (p.norme(), norm) == ("M57", "M14") => Ok(p),
            _ => Err(Refus::new(
                format!("nomenclature « {asked} » impossible depuis {}", last.nomenclature),
                "choisir la norme des comptes, ou M57-M57 ou M57-M57_A depuis la M14",
            )),
        };
    }
    Ok(match written {
        Some(PlanId::M14De500A3500) if first >= 2024 => PlanId::M57Abrege,
        Some(PlanId::M14Sup3500) if first >= 2024 => PlanId::M57,
        Some(plan) => plan,
        None => PlanId::M57,
    })
}

/// Why an account moves.
const CROSSING: &str = "passage de la M14 à la M57";
const RENAMED: &str = "compte renuméroté ou subdivisé";
/// Why the past of an account goes to another for the models.
pub(super) const JOINED: &str = "compte disparu, repris par un autre d'un montant voisin";

/// Moves amounts to the target nomenclature.
struct Mover {
    target: PlanId,
    first_target: u16,
    cells: BTreeMap<Key, Moved>,
    width: usize,
    moves: Vec<Retraitement>,
    /// Exercice being read, and why its accounts move.
    now: (u16, &'static str),
}

/// An account of the target over the exercices.
struct Moved {
    realise: Vec<Centimes>,
    credits: Vec<Option<Centimes>>,
    from: BTreeSet<String>,
}

/// Realised and opened credits of an account in one exercice.
#[derive(Debug, Clone, Copy, Default)]
struct Amounts {
    realise: Centimes,
    credits: Option<Centimes>,
}

impl Mover {
    /// Later exercices first: their codes tell which heir a commune uses.
    fn fill(&mut self, frame: &BudgetFrame, documents: &[usize]) {
        for (column, &i) in documents.iter().enumerate().rev() {
            let from = nomenclature(&frame.documents[i].nomenclature).map(|n| n.plan);
            let year = frame.documents[i].exercice;
            let crossing = from.is_some_and(|p| p.norme() != self.target.norme());
            self.now = (year, if crossing { CROSSING } else { RENAMED });
            let mut amounts: BTreeMap<Key, Amounts> = BTreeMap::new();
            for l in frame.lignes_of(i).filter(|l| l.ordre == Ordre::Reel) {
                if !is_balance_line(&l.nature) && !is_reserved_result(l.sens, &l.nature) {
                    let cell = amounts.entry((l.sens, l.nature.clone())).or_default();
                    cell.realise += l.realise.unwrap_or_default();
                    if let Some(opened) = l.credits_ouverts {
                        *cell.credits.get_or_insert(Centimes::ZERO) += opened;
                    }
                }
            }
            // the accounts that keep their code come first, so that heirs already used are known
            let mut renamed = Vec::new();
            for ((sens, code), amount) in amounts {
                let heirs = self.heirs(from, &code, year);
                if heirs == [code.as_str()] {
                    self.add(sens, &code, column, amount, None);
                } else {
                    renamed.push((sens, code, amount, heirs));
                }
            }
            for (sens, code, amount, heirs) in renamed {
                self.share(sens, &code, column, amount, &heirs);
            }
        }
    }

    /// Codes of the target that take over an account of that exercice.
    fn heirs(&self, from: Option<PlanId>, code: &str, year: u16) -> Vec<String> {
        let Some(from) = from else { return vec![code.to_owned()] };
        let renamed = |plan: PlanId, code: &str, year: u16| -> Vec<String> {
            match successeurs(plan, code, year, self.first_target) {
                heirs if heirs.is_empty() => vec![code.to_owned()],
                heirs => heirs.into_iter().map(str::to_owned).collect(),
            }
        };
        let now = renamed(from, code, year);
        if from.norme() != "M14" || self.target.norme() != "M57" {
            return now;
        }
        // the passage table leads to the M57 chart of 2021, which changed since
        let passed: Vec<String> = now
            .iter()
            .flat_map(|c| to_m57(c, self.target, 2021))
            .flat_map(|c| renamed(self.target, c, 2021))
            .collect();
        if passed.is_empty() { now } else { passed }
    }

    /// Shares of split accounts: those already seen in later exercices, else all to the usual one.
    fn share(&mut self, sens: Sens, code: &str, column: usize, amount: Amounts, heirs: &[String]) {
        let known: Vec<(usize, i64)> = heirs
            .iter()
            .enumerate()
            .filter_map(|(i, h)| {
                let values = &self.cells.get(&(sens, h.clone()))?.realise;
                let seen = values.iter().skip(column).find(|v| **v != Centimes::ZERO)?;
                (seen.0 > 0).then_some((i, seen.0))
            })
            .collect();
        let total: i128 = known.iter().map(|(_, v)| i128::from(*v)).sum();
        if total == 0 {
            let first = heirs.first().map_or(code, String::as_str).to_owned();
            self.add(sens, &first, column, amount, Some(code));
            return;
        }
        let mut left = amount;
        for (rank, (i, weight)) in known.iter().enumerate() {
            let share = |whole: Centimes| {
                Centimes((i128::from(whole.0) * i128::from(*weight) / total) as i64)
            };
            let part = if rank + 1 == known.len() {
                left
            } else {
                Amounts { realise: share(amount.realise), credits: amount.credits.map(share) }
            };
            left.realise = left.realise - part.realise;
            left.credits = left.credits.zip(part.credits).map(|(a, b)| a - b);
            self.add(sens, &heirs[*i].clone(), column, part, Some(code));
        }
    }

    fn add(&mut self, sens: Sens, code: &str, column: usize, amount: Amounts, from: Option<&str>) {
        let width = self.width;
        let cell = self.cells.entry((sens, code.to_owned())).or_insert_with(|| Moved {
            realise: vec![Centimes::ZERO; width],
            credits: vec![None; width],
            from: BTreeSet::new(),
        });
        cell.realise[column] += amount.realise;
        if let Some(opened) = amount.credits {
            *cell.credits[column].get_or_insert(Centimes::ZERO) += opened;
        }
        if let Some(from) = from {
            cell.from.insert(from.to_owned());
            self.moves.push(Retraitement {
                exercice: self.now.0,
                sens,
                de: from.to_owned(),
                vers: code.to_owned(),
                montant: amount.realise,
                motif: self.now.1.to_owned(),
            });
        }
    }

    fn series(self, exercice: u16) -> Vec<Serie> {
        let chart = plan(self.target);
        let build = |((sens, code), moved): (Key, Moved)| {
            let Moved { realise, credits, from } = moved;
            let place = chart.imputation(exercice, &code, sens, Ordre::Reel);
            let section = place.map_or_else(|| section_of_digits(&code), |p| p.section);
            let chapitre = place.map_or_else(
                || code.get(..2).unwrap_or(&code).to_owned(),
                |p| p.chapitre.to_owned(),
            );
            let mut notes = Vec::new();
            if !from.is_empty() {
                let codes: Vec<String> = from.into_iter().collect();
                notes.push(format!("suite du compte {}", codes.join(", ")));
            }
            if place.is_none_or(|p| p.origine >= OrigineChapitre::Prefixe) {
                notes.push("compte hors plan, rattaché par préfixe".to_owned());
            }
            let modele = realise.iter().map(|c| c.euros()).collect();
            Serie { sens, section, chapitre, code, realise, modele, credits, notes }
        };
        let mut out: Vec<Serie> = self
            .cells
            .into_iter()
            .map(build)
            .filter(|s| s.realise.iter().any(|v| *v != Centimes::ZERO))
            .collect();
        out.sort_by(|a, b| {
            (a.section, a.sens, &a.chapitre, &a.code).cmp(&(
                b.section,
                b.sens,
                &b.chapitre,
                &b.code,
            ))
        });
        out
    }
}

/// An account that vanishes for good while another of the same chapitre appears for a like amount
/// (within a fifth) is the same one under a new code: the models see one series.
fn join_reclassified(budget: &mut Budget) {
    let width = budget.exercices.len();
    let size = |s: &Serie| s.modele.iter().map(|v| v.abs()).fold(0.0, f64::max);
    let floor = budget.series.iter().map(size).fold(0.0, f64::max) * 1e-3;
    for column in 1..width {
        for old in 0..budget.series.len() {
            let gone = &budget.series[old];
            let before = gone.modele[column - 1];
            let ended = gone.modele[column..].iter().all(|v| *v == 0.0);
            if before < floor || !ended {
                continue;
            }
            let heirs: Vec<usize> = (0..budget.series.len())
                .filter(|i| {
                    let new = &budget.series[*i];
                    new.sens == gone.sens
                        && new.chapitre == gone.chapitre
                        && new.modele[..column].iter().all(|v| *v == 0.0)
                        && (new.modele[column] / before - 1.0).abs() <= 0.2
                })
                .collect();
            if let [heir] = heirs[..] {
                let past: Vec<f64> = budget.series[old].modele[..column].to_vec();
                let code = budget.series[old].code.clone();
                let (sens, vers) = (budget.series[heir].sens, budget.series[heir].code.clone());
                for (exercice, value) in budget.exercices.iter().zip(&past) {
                    budget.retraitements.push(Retraitement {
                        exercice: *exercice,
                        sens,
                        de: code.clone(),
                        vers: vers.clone(),
                        montant: Centimes::from_euros(*value).unwrap_or_default(),
                        motif: JOINED.to_owned(),
                    });
                }
                for (cell, value) in budget.series[heir].modele.iter_mut().zip(past) {
                    *cell += value;
                }
                budget.series[heir].notes.push(format!("reprend le compte {code}, disparu"));
                budget.series[old].modele[..column].fill(0.0);
            }
        }
    }
}

/// Corrections for the models; one on a chapitre is shared over its natures by their amounts.
fn correct(budget: &mut Budget, corrections: &[Correction]) {
    for c in corrections {
        if !budget.answers_to(c.budget.as_deref()) {
            continue;
        }
        let Some(column) = budget.exercices.iter().position(|y| *y == c.exercice) else {
            budget.avertissements.push(format!(
                "retraitement de {} ({}) sans effet : exercice absent des comptes lus",
                c.exercice, c.motif
            ));
            continue;
        };
        let side = |s: &Serie| c.sens.is_none_or(|sens| s.sens == sens);
        let exact = budget.series.iter().any(|s| side(s) && s.code == c.code);
        let mine =
            |s: &Serie| side(s) && if exact { s.code == c.code } else { s.chapitre == c.code };
        let total: f64 =
            budget.series.iter().filter(|s| mine(s)).map(|s| s.modele[column].abs()).sum();
        if total <= 0.0 {
            budget.avertissements.push(format!(
                "retraitement de {} sur {} ({}) sans effet : compte sans montant cette année-là",
                c.exercice, c.code, c.motif
            ));
            continue;
        }
        for s in budget.series.iter_mut().filter(|s| mine(s)) {
            let share = s.modele[column].abs() / total;
            let added = c.montant.euros() * share;
            s.modele[column] += added;
            budget.retraitements.push(Retraitement {
                exercice: c.exercice,
                sens: s.sens,
                de: s.code.clone(),
                vers: s.code.clone(),
                montant: Centimes::from_euros(added).unwrap_or_default(),
                motif: c.motif.clone(),
            });
            s.notes.push(format!("{} corrigé pour le modèle : {}", c.exercice, c.motif));
        }
    }
}
