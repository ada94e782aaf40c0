//! The proposal of a budget to vote (budget primitif): both sections, balanced, with its reasons.
//!
//! ```text
//!  Prevision (natures, intervals) ─► credits ─► functions, services ─┐
//!  PPI, RAR, typed results, last accounts ─► invest, order, results ─┴─► balance (023 = 021, loan)
//! ```
//!
//! The forecast speaks of what will be executed; a budget also holds what no account executes: results
//! carried over, transfer to investment, sales (024), balancing loan, order between sections.
//!
//! **Invariant:** in each of the three columns both sections balance to the centime unless operating expenses
//! exceed receipts, which is then said; without typed programme the real operations add up to the forecast.

use std::collections::BTreeMap;

use crate::budget::history::Budget;
use crate::budget::rows::{OriginePrevision, Prevision};
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Etape};

mod balance;
mod credits;
mod invest;
mod order;
mod patrimoine;
mod references;
mod results;
mod share;
mod stocks;

pub mod consolide;

pub use results::{votes, votes_words};
pub use share::partager;

/// An amount in whole euros, as French writes it.
pub(crate) fn en_euros(montant: Centimes) -> String {
    let euros = (montant.0.abs() + 50) / 100;
    let digits = euros.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    let sign = if montant.0 < 0 && euros > 0 { "−" } else { "" };
    format!("{sign}{text}\u{a0}€")
}

/// The same with its centimes.
pub(crate) fn en_euros_et_centimes(montant: Centimes) -> String {
    let whole = en_euros(Centimes(montant.0 - montant.0 % 100));
    let cents = format!(",{:02}\u{a0}€", montant.0.abs() % 100);
    whole.replace("\u{a0}€", &cents)
}

/// What the commune types for its proposal (vigie.toml).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Saisie {
    /// Investment programme.
    pub operations: Vec<Operation>,
    /// Results carried over.
    pub resultats: Vec<Resultat>,
    /// Services and the functions they run.
    pub services: Vec<Service>,
}

/// An operation of the investment programme, euros by exercice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operation {
    /// Budget; the principal when `None`.
    pub budget: Option<String>,
    /// Name.
    pub nom: String,
    /// Account of the expenditure, `2313` when `None`.
    pub nature: Option<String>,
    /// Function.
    pub fonction: String,
    /// Expenditure.
    pub montants: BTreeMap<u16, Centimes>,
    /// Grants received.
    pub subventions: BTreeMap<u16, Centimes>,
    /// FCTVA received.
    pub fctva: BTreeMap<u16, Centimes>,
    /// Running costs of the facility.
    pub fonctionnement: BTreeMap<u16, Centimes>,
    /// Account of the running costs, `6288` when `None`.
    pub nature_fonctionnement: Option<String>,
    /// Running receipts of the facility.
    pub recettes: BTreeMap<u16, Centimes>,
    /// Account of the running receipts, `70688` when `None`.
    pub nature_recettes: Option<String>,
}

/// Results of the year before, carried over to `exercice`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resultat {
    /// Budget; the principal when `None`.
    pub budget: Option<String>,
    /// Exercice of the proposal.
    pub exercice: u16,
    /// Account 002, a deficit below zero.
    pub fonctionnement: Centimes,
    /// Account 001, a deficit below zero.
    pub investissement: Centimes,
    /// Account 1068.
    pub affectation: Centimes,
}

/// A service and what it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Service {
    /// Name.
    pub nom: String,
    /// Beginnings of function codes.
    pub fonctions: Vec<String>,
    /// Unit of its activity (`repas`), empty when there is none.
    pub unite: String,
    /// Activity by exercice.
    pub quantites: BTreeMap<u16, f64>,
}

impl Saisie {
    /// Service of a function: the longest beginning wins; empty when no service runs it.
    pub fn service(&self, fonction: &str) -> &str {
        let mut best = (0, "");
        for s in &self.services {
            for f in s.fonctions.iter().filter(|f| fonction.starts_with(f.as_str())) {
                if f.len() > best.0 {
                    best = (f.len(), &s.nom);
                }
            }
        }
        best.1
    }
}

/// Chapitres of equipment.
pub const EQUIPEMENT: [&str; 4] = ["20", "204", "21", "23"];

/// One of the three budgets of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colonne {
    /// Expenses and receipts at their cautious bound.
    Prudent,
    /// What is proposed.
    Central,
    /// Expenses and receipts at their favourable bound.
    Favorable,
}

impl Colonne {
    /// The three, the cautious one first.
    pub const TOUTES: [Self; 3] = [Self::Prudent, Self::Central, Self::Favorable];

    /// Word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prudent => "prudent",
            Self::Central => "central",
            Self::Favorable => "favorable",
        }
    }
}

/// A line of the proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct LigneProposee {
    /// Section.
    pub section: Section,
    /// Dépense or recette.
    pub sens: Sens,
    /// Real or order.
    pub ordre: Ordre,
    /// Chapitre.
    pub chapitre: String,
    /// Account.
    pub nature: String,
    /// Function, empty when unknown.
    pub fonction: String,
    /// Service, empty without.
    pub service: String,
    /// Operation of the programme, empty without.
    pub operation: String,
    /// French label of the account.
    pub libelle: String,
    /// Amount of the last accounts, shared over functions as the proposal is.
    pub reference: Centimes,
    /// Proposed amount.
    pub central: Centimes,
    /// Cautious amount: more expense, less receipt.
    pub prudent: Centimes,
    /// Favourable amount.
    pub favorable: Centimes,
    /// Mean past error at that distance, %.
    pub erreur_passee_pct: Option<f64>,
    /// Known, rule or model.
    pub origine: OriginePrevision,
    /// True for a remainder carried over (RAR).
    pub report: bool,
    /// True for 023, 021 and the balancing loan.
    pub equilibre: bool,
    /// Why, French.
    pub raison: String,
}

impl LigneProposee {
    /// Amount in a column.
    pub fn montant(&self, colonne: Colonne) -> Centimes {
        match colonne {
            Colonne::Prudent => self.prudent,
            Colonne::Central => self.central,
            Colonne::Favorable => self.favorable,
        }
    }

    /// A line without uncertainty.
    fn sure(
        (section, sens, ordre): (Section, Sens, Ordre),
        (chapitre, nature, libelle): (&str, &str, &str),
        montant: Centimes,
        raison: impl Into<String>,
    ) -> Self {
        Self {
            section,
            sens,
            ordre,
            chapitre: chapitre.to_owned(),
            nature: nature.to_owned(),
            fonction: String::new(),
            service: String::new(),
            operation: String::new(),
            libelle: libelle.to_owned(),
            reference: Centimes::ZERO,
            central: montant,
            prudent: montant,
            favorable: montant,
            erreur_passee_pct: None,
            origine: OriginePrevision::Connu,
            report: false,
            equilibre: false,
            raison: raison.into(),
        }
    }
}

/// The proposal of one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposition {
    /// Name of the budget.
    pub budget: String,
    /// SIRET of the budget.
    pub siret: String,
    /// True for the principal budget.
    pub principal: bool,
    /// Exercice proposed.
    pub exercice: u16,
    /// Lines by section, sens, chapitre, account, function.
    pub lignes: Vec<LigneProposee>,
    /// What to tell the reader, French.
    pub avertissements: Vec<String>,
}

impl Proposition {
    /// Sum of a section and sens in a column.
    pub fn total(&self, section: Section, sens: Sens, colonne: Colonne) -> Centimes {
        let ours = self.lignes.iter().filter(|l| l.section == section && l.sens == sens);
        ours.map(|l| l.montant(colonne)).sum()
    }

    /// The lines of a column as the legal checks take them.
    pub fn a_verifier(&self, colonne: Colonne) -> Vec<crate::budget::checks::Ligne> {
        self.lignes.iter().map(|l| l.a_verifier(colonne)).collect()
    }
}

impl LigneProposee {
    /// The line in a column, as the legal checks take it.
    fn a_verifier(&self, colonne: Colonne) -> crate::budget::checks::Ligne {
        crate::budget::checks::Ligne {
            section: self.section,
            sens: self.sens,
            ordre: self.ordre,
            chapitre: self.chapitre.clone(),
            nature: self.nature.clone(),
            montant: self.montant(colonne),
        }
    }
}

/// What the parts of a proposal share.
struct Contexte<'a> {
    frame: &'a BudgetFrame,
    budget: &'a Budget,
    prevision: &'a Prevision,
    saisie: &'a Saisie,
    exercice: u16,
    /// Document of the last accounts.
    document: usize,
}

impl Contexte<'_> {
    /// Exercice of the last accounts.
    fn base(&self) -> u16 {
        self.frame.documents[self.document].exercice
    }

    fn libelle(&self, nature: &str) -> &'static str {
        crate::domain::nomenclature::plan(self.budget.plan).libelle(nature, self.exercice)
    }

    fn operations(&self) -> impl Iterator<Item = &Operation> {
        let ours = |o: &&Operation| self.budget.answers_to(o.budget.as_deref());
        self.saisie.operations.iter().filter(ours)
    }
}

/// The proposal of a budget for the first exercice forecast; `None` without its accounts or its forecast.
pub fn proposer(
    frame: &BudgetFrame,
    budget: &Budget,
    prevision: &Prevision,
    saisie: &Saisie,
) -> Option<Proposition> {
    let ours = prevision.lignes.iter().filter(|l| l.budget == budget.nom);
    let exercice = ours.map(|l| l.exercice).min()?;
    let document = accounts(frame, budget)?;
    let contexte = Contexte { frame, budget, prevision, saisie, exercice, document };
    let mut told = Vec::new();
    let mut lignes = credits::of_forecast(&contexte);
    credits::sales_to_024(&mut lignes);
    invest::programme(&contexte, &mut lignes, &mut told);
    credits::by_function(&contexte, &mut lignes, &mut told);
    order::between_sections(&contexte, &mut lignes, &mut told);
    order::patrimonial(&contexte, &mut lignes, &mut told);
    stocks::stocks(&contexte, &mut lignes, &mut told);
    results::carry_over(&contexte, &mut lignes, &mut told);
    balance::balance(&contexte, &mut lignes, &mut told);
    lignes.retain(|l| Colonne::TOUTES.iter().any(|c| l.montant(*c) != Centimes::ZERO));
    references::complete(&contexte, &mut lignes);
    lignes.sort_by(|a, b| key(a).cmp(&key(b)));
    Some(Proposition {
        budget: budget.nom.clone(),
        siret: budget.siret.clone(),
        principal: budget.principal,
        exercice,
        lignes,
        avertissements: told,
    })
}

type Key<'a> = (Section, Sens, &'a str, &'a str, &'a str, &'a str, bool, &'a str);

fn key(l: &LigneProposee) -> Key<'_> {
    let order = (l.section, l.sens, l.chapitre.as_str(), l.nature.as_str());
    let rest = (l.fonction.as_str(), l.operation.as_str(), l.report, l.raison.as_str());
    (order.0, order.1, order.2, order.3, rest.0, rest.1, rest.2, rest.3)
}

/// Document of the last accounts of a budget: the CFU rather than the CA.
fn accounts(frame: &BudgetFrame, budget: &Budget) -> Option<usize> {
    let last = *budget.exercices.last()?;
    let ours = frame.documents.iter().enumerate().filter(|(_, d)| {
        d.etape.is_executed()
            && d.siret == budget.siret
            && d.budget == budget.code
            && d.exercice == last
    });
    let mut found: Vec<usize> = ours.map(|(i, _)| i).collect();
    found.sort_by_key(|i| (frame.documents[*i].etape != Etape::Cfu, *i));
    found.first().copied()
}

#[cfg(test)]
mod tests;
