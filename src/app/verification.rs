//! The legal checks and the controls of the budgets read by `vigie verifier`: a proposal edited in
//! `preparation.xlsx`, or any budget primitif.
//!
//! **Invariant:** a budget is checked alone when its accounts are not given, and that is said.

use crate::budget::checks::{self, Ligne, Verification};
use crate::budget::history::Options;
use crate::budget::sincerite::{self, Alerte, Vote};
use crate::budget::{self, Prevision};
use crate::domain::money::Centimes;
use crate::frames::budget::{Document, Etape};
use crate::report::csv;
use crate::report::fr;
use crate::report::model::proposition as page;

use crate::domain::refus::Refus;

use super::config::Config;
use super::entrees::Lecture;
use super::proposition::check;

/// Header of `verifications.csv`.
const COLUMNS: &str = "budget;code;libelle;premier_terme;second_terme;ecart;resultat;source";

/// The checks of every budget primitif read.
pub(super) fn checks(config: &Config, lecture: &Lecture) -> Vec<page::Verification> {
    let mut out = Vec::new();
    for (i, d) in lecture.budget.documents.iter().enumerate().filter(|(_, d)| d.etape == Etape::Bp)
    {
        let lines = lines(lecture, i);
        let name = named(d);
        out.extend(checks::verifier(&lines).iter().map(|v: &Verification| check(&name, v)));
        out.push(date(&name, d.exercice, &config.date.to_string()));
        let flags = against_accounts(lecture, d, &lines);
        out.extend(flags.iter().map(|a| flag(&name, a)));
    }
    out
}

fn named(d: &Document) -> String {
    let label = if d.libelle_budget.is_empty() { &d.budget } else { &d.libelle_budget };
    let label = if label.is_empty() { "budget" } else { label };
    format!("{label} {}", d.exercice)
}

/// Lines of a budget: what is voted and the remainders carried over.
fn lines(lecture: &Lecture, document: usize) -> Vec<Ligne> {
    let one = |l: &crate::frames::budget::LigneBudget| Ligne {
        section: l.section,
        sens: l.sens,
        ordre: l.ordre,
        chapitre: l.chapitre.clone(),
        nature: l.nature.clone(),
        montant: l.vote.or(l.credits_ouverts).unwrap_or_default()
            + l.rar_precedent.unwrap_or_default(),
    };
    lecture.budget.lignes_of(document).map(one).collect()
}

/// Sincerity and controls, when accounts of the same budget are among the inputs.
fn against_accounts(lecture: &Lecture, d: &Document, lines: &[Ligne]) -> Vec<Alerte> {
    let options = Options { exercice: Some(d.exercice), horizon: 1, ..Options::default() };
    let Ok(prevision) = budget::prevoir(&lecture.budget, &options, &[]) else { return Vec::new() };
    let Some(ours) = accounts_of(&prevision, d) else { return Vec::new() };
    let accounts = lecture
        .budget
        .documents
        .iter()
        .rev()
        .find(|a| a.etape.is_executed() && a.siret == ours.siret && !a.fiscalite.is_empty());
    let taxes = if d.fiscalite.is_empty() {
        accounts.filter(|a| a.exercice == d.exercice).map_or(&[][..], |a| &a.fiscalite)
    } else {
        &d.fiscalite[..]
    };
    let vote = Vote { lignes: lines, exercice: d.exercice, taxes };
    sincerite::alertes(&vote, ours, &prevision, &lecture.budget)
}

/// The history of the same budget: by SIRET and number, else by name (a workbook holds no SIRET).
fn accounts_of<'a>(prevision: &'a Prevision, d: &Document) -> Option<&'a budget::Budget> {
    let all = &prevision.budgets;
    let same = all.iter().find(|b| b.siret == d.siret && b.code == d.budget);
    let by_name =
        || all.iter().find(|b| b.answers_to(Some(&d.budget)) || b.nom == d.libelle_budget);
    let alone = || all.first().filter(|_| all.len() == 1 && d.siret.is_empty());
    same.or_else(by_name).or_else(alone)
}

fn date(budget: &str, exercice: u16, today: &str) -> page::Verification {
    let (limit, verdict, source) = sincerite::date_limite(exercice, today);
    let libelle = if limit.is_empty() {
        format!("date limite du vote de {exercice}")
    } else {
        let (limit, today) = (fr::date_texte(&limit), fr::date_texte(today));
        format!("vote au plus tard le {limit} ; aujourd'hui : {today}")
    };
    page::Verification {
        budget: budget.to_owned(),
        code: "date_limite".to_owned(),
        libelle,
        gauche: Centimes::ZERO,
        droite: Centimes::ZERO,
        ecart: Centimes::ZERO,
        verdict: verdict.word().to_owned(),
        source,
    }
}

fn flag(budget: &str, a: &Alerte) -> page::Verification {
    page::Verification {
        budget: budget.to_owned(),
        code: a.code.to_owned(),
        libelle: a.libelle.clone(),
        gauche: a.gauche,
        droite: a.droite,
        ecart: a.gauche - a.droite,
        verdict: a.verdict.word().to_owned(),
        source: a.source.to_owned(),
    }
}

/// `verifications.csv`.
///
/// # Errors
/// No memory left.
pub(super) fn table(all: &[page::Verification]) -> Result<Vec<u8>, Refus> {
    let row = |v: &page::Verification| {
        vec![
            csv::cell(&v.budget),
            v.code.clone(),
            csv::cell(&v.libelle),
            fr::euros_csv(v.gauche),
            fr::euros_csv(v.droite),
            fr::euros_csv(v.gauche - v.droite),
            v.verdict.clone(),
            csv::cell(&v.source),
        ]
    };
    csv::document(COLUMNS, all.iter().map(row))
}

/// One line for the terminal.
pub(super) fn summary(all: &[page::Verification]) -> String {
    let count = |word: &str| all.iter().filter(|v| v.verdict == word).count() as u64;
    format!(
        "{} ; {} ; {} à justifier ; {} non évalués",
        fr::compte(count("non_conforme"), "règle non conforme", "règles non conformes"),
        fr::compte(count("conforme"), "conforme", "conformes"),
        count("a_justifier"),
        count("non_evalue"),
    )
}
