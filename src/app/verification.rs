//! The legal checks and the controls of the budgets read by `vigie verifier`: a proposal edited in
//! `preparation.xlsx`, or any budget primitif.
//!
//! **Invariant:** a budget is checked alone when its accounts are not given, and that is said.

use crate::budget::checks::{self, Ligne, Verdict, Verification};
use crate::budget::sincerite::{self, Alerte, Vote};
use crate::budget::{self, Prevision};
use crate::domain::account::{OrigineChapitre, may_be_negative};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{nomenclature, plan};
use crate::frames::budget::{Document, Etape, LigneBudget};
use crate::report::csv;
use crate::report::fr;
use crate::report::model::proposition as page;

use crate::domain::refus::Refus;

use super::config::Config;
use super::entrees::Lecture;
use super::leviers;
use super::preparation::{Choix, forecast};
use super::proposition::check;

/// Doubtful cells told on the terminal; all are in `lignes_douteuses.csv`.
const MOST_WARNINGS: usize = 5;
/// Formats of a budget already decided, which should hold the date of its vote.
const MACHINE: [&str; 3] = ["totem", "cfu", "scdl"];
/// Header of `verifications.csv`.
const COLUMNS: &str = "budget;code;libelle;premier_terme;second_terme;ecart;resultat;source";

/// The checks of every budget primitif read.
pub(super) fn checks(config: &Config, lecture: &Lecture) -> Vec<page::Verification> {
    let mut out = Vec::new();
    for (i, d) in lecture.budget.documents.iter().enumerate().filter(|(_, d)| d.etape == Etape::Bp)
    {
        let lines = lines(lecture, i);
        let name = named(lecture, d);
        let norm = norm(&d.nomenclature);
        out.extend(checks::verifier(&lines).iter().map(|v: &Verification| {
            let drawn = check(&name, v);
            let source = drawn.source.replace("instruction M57", &norm);
            page::Verification { source, ..drawn }
        }));
        out.extend(
            doubts(lecture, i, d)
                .into_iter()
                .map(|v| page::Verification { budget: name.clone(), ..v }),
        );
        out.push(date(&name, d, &config.date.to_string()));
        let flags = against_accounts(config, lecture, d, &lines);
        out.extend(flags.iter().map(|a| flag(&name, a)));
    }
    out
}

/// Name of a budget and its exercice, with its file when another document is a budget of that exercice.
fn named(lecture: &Lecture, d: &Document) -> String {
    let primitifs = lecture.budget.documents.iter().filter(|o| o.etape == Etape::Bp);
    let year = primitifs.filter(|o| o.exercice == d.exercice);
    // a workbook edited and the budget of the software are told apart
    let beside = year.clone().count() > 1 && year.clone().any(|o| o.format != d.format);
    if beside || year.filter(|o| title(o) == title(d)).count() > 1 {
        format!("{} ({})", title(d), d.fichier)
    } else {
        title(d)
    }
}

fn title(d: &Document) -> String {
    let label = if d.libelle_budget.is_empty() { &d.budget } else { &d.libelle_budget };
    let label = if label.is_empty() { "budget" } else { label };
    format!("{label} {}", d.exercice)
}

/// Lines that no budget holds: accounts outside the chart, amounts below zero.
fn doubts(lecture: &Lecture, document: usize, d: &Document) -> Vec<page::Verification> {
    let chart = nomenclature(&d.nomenclature).map(|n| plan(n.plan));
    let outside = |l: &&LigneBudget| {
        l.origine >= OrigineChapitre::Prefixe
            && chart.is_some_and(|p| !p.rattache(&l.nature, d.exercice))
    };
    let below = |l: &&LigneBudget| planned(l).0 < 0 && !may_be_negative(&l.nature);
    let lines = || lecture.budget.lignes_of(document);
    let found = [
        ("comptes_plan", "comptes absents du plan", lines().filter(outside).collect::<Vec<_>>()),
        (
            "montants_negatifs",
            "montants négatifs au budget primitif",
            lines().filter(below).collect(),
        ),
    ];
    let row = |(code, what, list): (&str, &str, Vec<&LigneBudget>)| {
        let mut codes: Vec<&str> = list.iter().map(|l| l.nature.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        let more = if codes.len() > 5 { "…" } else { "" };
        let sum: Centimes = list.iter().map(|l| planned(l)).sum();
        (!list.is_empty()).then(|| page::Verification {
            budget: String::new(),
            code: code.to_owned(),
            libelle: format!(
                "{what} : {} ({}{more})",
                fr::compte(list.len() as u64, "ligne", "lignes"),
                codes[..codes.len().min(5)].join(", ")
            ),
            gauche: sum,
            droite: Centimes::ZERO,
            ecart: sum,
            verdict: Verdict::AJustifier.word().to_owned(),
            source: format!("plan de comptes {}", d.nomenclature),
        })
    };
    found.into_iter().filter_map(row).collect()
}

fn planned(l: &LigneBudget) -> Centimes {
    l.vote.or(l.credits_ouverts).unwrap_or_default()
}

/// What to tell on the terminal: the doubtful cells, and a budget without any amount.
pub(super) fn warnings(lecture: &Lecture) -> Vec<String> {
    let doubts = lecture.issues.iter().filter(|i| {
        i.raison.starts_with("compte absent du plan") || i.raison.starts_with("montant négatif")
    });
    let mut out: Vec<String> = doubts
        .take(MOST_WARNINGS)
        .map(|i| {
            format!("{}, « {} » : {}\n  à faire : {}", i.fichier, i.valeur, i.raison, i.a_faire)
        })
        .collect();
    let primitifs = lecture.budget.documents.iter().enumerate();
    for (i, d) in primitifs.filter(|(_, d)| d.etape == Etape::Bp) {
        if lecture.budget.lignes_of(i).all(|l| planned(l) == Centimes::ZERO) {
            out.push(format!(
                "{} : aucun montant voté en {}, le budget n’est pas évalué\n  à faire : vérifier que \
                 le fichier porte les montants votés, puis relancer",
                d.fichier, d.exercice
            ));
        }
    }
    out
}

/// Lines of a budget: what is voted and the remainders carried over.
fn lines(lecture: &Lecture, document: usize) -> Vec<Ligne> {
    let one = |l: &LigneBudget| Ligne {
        section: l.section,
        sens: l.sens,
        ordre: l.ordre,
        chapitre: l.chapitre.clone(),
        nature: l.nature.clone(),
        montant: planned(l) + l.rar_precedent.unwrap_or_default(),
    };
    lecture.budget.lignes_of(document).map(one).collect()
}

/// Sincerity and controls, when accounts of the same budget are among the inputs: the forecast is the one
/// of `vigie prevoir`, amounts of `vigie.toml` included.
fn against_accounts(
    config: &Config,
    lecture: &Lecture,
    d: &Document,
    lines: &[Ligne],
) -> Vec<Alerte> {
    let choix = |nomenclature| Choix {
        exercice: Some(d.exercice),
        horizon: 1,
        nomenclature,
        ..Choix::default()
    };
    // in the chart of the budget voted, so that accounts compare
    let own = nomenclature(&d.nomenclature).is_some().then(|| choix(Some(d.nomenclature.clone())));
    let asked = own.into_iter().chain([choix(None)]);
    let mut why = String::new();
    let mut done = asked.map(|c| forecast(config, lecture, &c));
    let Some(prevision) = done.find_map(|one| one.map_err(|refus| why = refus.quoi).ok()) else {
        // without any accounts nothing was to be compared
        let any = lecture.budget.documents.iter().any(|a| a.etape.is_executed());
        return any.then(|| not_compared(&why)).into_iter().collect();
    };
    let Some(ours) = accounts_of(&prevision, d) else {
        return vec![not_compared("aucun des comptes lus n'est de ce budget")];
    };
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
    let typed = leviers::taxes(config).unwrap_or_default();
    let saisies: Vec<_> = typed
        .into_iter()
        .filter(|t| t.exercice == d.exercice && ours.answers_to(t.budget.as_deref()))
        .collect();
    let vote = Vote { lignes: lines, exercice: d.exercice, taxes, saisies: &saisies };
    sincerite::alertes(&vote, ours, &prevision, &lecture.budget)
}

/// The history of the same budget: by SIRET and number, else by name (a workbook holds no SIRET).
fn accounts_of<'a>(prevision: &'a Prevision, d: &Document) -> Option<&'a budget::Budget> {
    let all = &prevision.budgets;
    let same = all.iter().find(|b| b.siret == d.siret && b.code == d.budget);
    let by_name =
        || all.iter().find(|b| b.answers_to(Some(&d.budget)) || b.nom == d.libelle_budget);
    let alone = || all.first().filter(|_| all.len() == 1 && d.siret.is_empty());
    // a workbook that names no budget is that of the principal
    let main = || all.iter().find(|b| b.principal && d.siret.is_empty() && d.type_budget != "A");
    same.or_else(by_name).or_else(alone).or_else(main)
}

/// Sincerity that could not be looked at, and why.
fn not_compared(why: &str) -> Alerte {
    Alerte {
        code: "sincerite",
        libelle: format!("sincérité et comparaison aux comptes non évaluées : {why}"),
        gauche: Centimes::ZERO,
        droite: Centimes::ZERO,
        verdict: Verdict::NonEvalue,
        source: "CGCT, L.1612-4 : sincérité",
    }
}

/// The date of the vote against its limit: the one of the document; today for a budget not voted yet.
fn date(budget: &str, d: &Document, today: &str) -> page::Verification {
    let voted = d.date_vote();
    let (limit, verdict, source) = sincerite::date_limite(d.exercice, voted.unwrap_or(today));
    // a budget of the past without its date: nothing says when it was voted
    let unknown = voted.is_none()
        && verdict == Verdict::AJustifier
        && !d.is_projet()
        && MACHINE.contains(&d.format.as_str());
    let verdict = if unknown { Verdict::NonEvalue } else { verdict };
    let by = fr::date_texte(&limit);
    let libelle = match voted {
        _ if limit.is_empty() => format!("date limite du vote de {}", d.exercice),
        Some(day) => format!("vote au plus tard le {by} ; voté le {}", fr::date_texte(day)),
        None if unknown => format!("vote au plus tard le {by} ; date du vote absente du fichier"),
        None => format!("vote au plus tard le {by} ; aujourd'hui : {}", fr::date_texte(today)),
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

/// `instruction M14`, by the nomenclature written; M57 without one.
fn norm(nomenclature: &str) -> String {
    let word = nomenclature.split(['-', '_', ' ']).next().unwrap_or_default();
    let known = word.starts_with('M') && word.len() <= 4;
    format!("instruction {}", if known { word } else { "M57" })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bp(block: &str, nomenclature: &str) -> Document {
        let text = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><DocumentBudgetaire>
<EnTeteDocBudgetaire><IdColl V="21000010500010"/></EnTeteDocBudgetaire>
<Budget><EnTeteBudget><CodBud V="00"/><Nomenclature V="{nomenclature}"/></EnTeteBudget>
<BlocBudget><NatDec V="01"/><Exer V="2022"/>{block}</BlocBudget>
<LigneBudget><Nature V="6161"/><CodRD V="D"/><MtPropNouv V="12"/><OpBudg V="0"/></LigneBudget>
</Budget></DocumentBudgetaire>"#
        );
        let (frame, _) = crate::ingest::totem::read(text.as_bytes(), "bp.xml")
            .map_err(|r| r.quoi)
            .expect("a sound budget");
        frame.documents[0].clone()
    }

    #[test]
    fn the_date_checked_is_the_one_of_the_vote() {
        let verdict = |block: &str, today: &str| date("b", &bp(block, "M57-M57_A"), today).verdict;
        let voted = |day: &str| format!("<DteDec V=\"{day}\"/>");
        // limit of 2022: 15 April, whatever the day of the check
        assert_eq!(verdict(&voted("2022-04-04"), "2026-11-26"), "conforme");
        assert_eq!(verdict(&voted("2022-04-16"), "2022-01-10"), "a_justifier");
        // not dated: a project counts today, a budget of the past is not judged
        assert_eq!(verdict("<ProjetBudget V=\"true\"/>", "2026-11-26"), "a_justifier");
        assert_eq!(verdict("", "2022-03-01"), "conforme");
        assert_eq!(verdict("", "2026-11-26"), "non_evalue");
    }

    #[test]
    fn the_instruction_is_the_one_of_the_budget() {
        assert_eq!(norm("M14-M14_COM_SUP3500"), "instruction M14");
        assert_eq!(norm("M57-M57_A"), "instruction M57");
        assert_eq!(norm(""), "instruction M57");
    }
}
