//! Results carried over: 002, 001 and 1068, as typed, else as a budget of that exercice already voted them,
//! else anticipated from the last accounts.
//!
//! The deficit of investment, remainders included, is covered first (1068), the rest is carried over (002):
//! CGCT, ex-R.2311-12. With a running exercice in between, its landing is added to the last results.
//!
//! **Invariant:** an anticipated result says that it is one; amounts typed always win, then those voted.

use crate::budget::atterrissage::Niveau;
use crate::budget::history::Budget;
use crate::budget::rows::OriginePrevision;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Etape};

use super::{Contexte, LigneProposee, Resultat};

pub(super) fn carry_over(
    c: &Contexte<'_>,
    lignes: &mut Vec<LigneProposee>,
    told: &mut Vec<String>,
) {
    let typed = c
        .saisie
        .resultats
        .iter()
        .find(|r| r.exercice == c.exercice && c.budget.answers_to(r.budget.as_deref()));
    let vote = voted(c).filter(|_| typed.is_none());
    let decided = vote.is_some();
    let known = typed.map(|r| (r.clone(), "saisi dans vigie.toml".to_owned())).or(vote);
    let origine = if known.is_some() { OriginePrevision::Connu } else { OriginePrevision::Regle };
    let Some((r, raison)) = known.or_else(|| anticipated(c)) else {
        told.push(format!(
            "résultats {} inconnus : proposition sans reprise (001, 002, 1068) à faire : les saisir dans \
             vigie.toml, table [[resultat]]",
            c.exercice - 1
        ));
        return;
    };
    if decided {
        told.push(format!(
            "affectation du résultat {} reprise telle que votée ({raison}) à faire : la comparer à la \
             délibération d'affectation, sinon la saisir dans vigie.toml, table [[resultat]]",
            c.exercice - 1
        ));
    } else if typed.is_none() {
        told.push(format!(
            "résultats {} anticipés ({raison}) à faire : reprendre ceux du compte financier unique, table \
             [[resultat]]",
            c.exercice - 1
        ));
    }
    let side = |m: Centimes| if m.0 < 0 { Sens::D } else { Sens::R };
    let all = [
        (Section::F, side(r.fonctionnement), "002", "002", r.fonctionnement.abs()),
        (Section::I, side(r.investissement), "001", "001", r.investissement.abs()),
        (Section::I, Sens::R, "10", "1068", r.affectation),
    ];
    for (section, sens, chapitre, nature, amount) in all {
        if amount.0 > 0 {
            lignes.push(LigneProposee {
                origine,
                ..LigneProposee::sure(
                    (section, sens, Ordre::Reel),
                    (chapitre, nature, label(c, nature)),
                    amount,
                    format!("résultat reporté : {raison}"),
                )
            });
        }
    }
}

fn label(c: &Contexte<'_>, nature: &str) -> &'static str {
    match nature {
        "001" => "Solde d'exécution de la section d'investissement reporté",
        "002" => "Résultat de fonctionnement reporté",
        other => c.libelle(other),
    }
}

/// Budgets and amendments of an exercice, already voted, of the same budget.
pub fn votes(frame: &BudgetFrame, budget: &Budget, exercice: u16) -> Vec<usize> {
    let ours = frame.documents.iter().enumerate().filter(|(_, d)| {
        matches!(d.etape, Etape::Bp | Etape::Bs | Etape::Dm)
            && d.exercice == exercice
            && d.siret == budget.siret
            && d.budget == budget.code
    });
    let found: Vec<usize> = ours.map(|(i, _)| i).collect();
    // amendments alone are changes of a budget that was not read
    let whole = found.iter().any(|i| frame.documents[*i].etape == Etape::Bp);
    if whole { found } else { Vec::new() }
}

/// `BP 2022`, or `BP et DM 2022`.
pub fn votes_words(frame: &BudgetFrame, documents: &[usize]) -> String {
    let mut stages: Vec<&str> = Vec::new();
    for stage in [Etape::Bp, Etape::Bs, Etape::Dm] {
        if documents.iter().any(|i| frame.documents[*i].etape == stage) {
            stages.push(stage.label());
        }
    }
    let year = documents.first().map_or(0, |i| frame.documents[*i].exercice);
    match stages.split_last() {
        Some((last, [])) => format!("{last} {year}"),
        Some((last, first)) => format!("{} et {last} {year}", first.join(", ")),
        None => String::new(),
    }
}

/// The results that budgets of the exercice already voted; `None` when they carry none.
fn voted(c: &Contexte<'_>) -> Option<(Resultat, String)> {
    let documents = votes(c.frame, c.budget, c.exercice);
    let sum = |nature: &str, section: Section| -> Centimes {
        let lines = documents.iter().flat_map(|i| c.frame.lignes_of(*i));
        let ours = lines.filter(|l| l.nature == nature && l.section == section);
        ours.map(|l| signed(l.sens, l.vote.unwrap_or_default())).sum()
    };
    let result = Resultat {
        budget: None,
        exercice: c.exercice,
        fonctionnement: sum("002", Section::F),
        investissement: sum("001", Section::I),
        affectation: sum("1068", Section::I),
    };
    let none = [result.fonctionnement, result.investissement, result.affectation];
    if none.iter().all(|m| *m == Centimes::ZERO) {
        return None;
    }
    Some((result, format!("repris du {} voté", votes_words(c.frame, &documents))))
}

/// Receipts less expenses of a section in the last accounts, results carried over and order included.
fn executed(c: &Contexte<'_>, section: Section) -> Centimes {
    let ours = c.frame.lignes_of(c.document).filter(|l| l.section == section);
    ours.map(|l| signed(l.sens, l.realise.unwrap_or_default())).sum()
}

fn signed(sens: Sens, amount: Centimes) -> Centimes {
    if sens == Sens::R { amount } else { -amount }
}

/// Deficit of investment covered by the result of operating.
fn affected(operating: Centimes, investment: Centimes, remainders: Centimes) -> Centimes {
    let need = -(investment + remainders);
    Centimes(need.0.max(0).min(operating.0.max(0)))
}

fn anticipated(c: &Contexte<'_>) -> Option<(Resultat, String)> {
    let (base, year) = (c.base(), c.exercice);
    let (operating, investment) = (executed(c, Section::F), executed(c, Section::I));
    let rar = c.frame.lignes_of(c.document).filter(|l| l.section == Section::I);
    let rar: Centimes = rar.map(|l| signed(l.sens, l.rar.unwrap_or_default())).sum();
    let reserve = affected(operating, investment, rar);
    if base + 1 == year {
        let result = Resultat {
            budget: None,
            exercice: year,
            fonctionnement: operating - reserve,
            investissement: investment,
            affectation: reserve,
        };
        return Some((result, format!("comptes {base}, restes à réaliser compris")));
    }
    let landing = c.prevision.atterrissages.iter().find(|a| a.budget == c.budget.nom)?;
    if landing.exercice + 1 != year || base + 1 != landing.exercice {
        return None;
    }
    let landed = |section| -> Centimes {
        let totals = landing.lignes.iter().filter(|l| l.niveau == Niveau::Total);
        totals.filter(|l| l.section == section).map(|l| signed(l.sens, l.prevu)).sum()
    };
    // the reserve of the year before is decided: taken once, whatever the ledger holds of it
    let booked = landing.nature(Sens::R, "1068").map_or(Centimes::ZERO, |l| l.prevu);
    let moved = order_to_investment(c);
    let operating = operating - reserve + landed(Section::F) - moved;
    let investment = investment + reserve + landed(Section::I) - booked + moved;
    let next = affected(operating, investment, Centimes::ZERO);
    let result = Resultat {
        budget: None,
        exercice: year,
        fonctionnement: operating - next,
        investissement: investment,
        affectation: next,
    };
    let why = format!("comptes {base} et atterrissage {}, ordre de {base}", landing.exercice);
    Some((result, why))
}

/// What order between sections brings to investment, as in the last accounts.
fn order_to_investment(c: &Contexte<'_>) -> Centimes {
    let all = c.frame.lignes_of(c.document).filter(|l| l.chapitre == "042");
    all.map(|l| -signed(l.sens, l.realise.unwrap_or_default())).sum()
}
