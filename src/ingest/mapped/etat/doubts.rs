//! What a budget read from a table says that no budget says: accounts that its chart does not have, amounts
//! below zero in a budget primitif.
//!
//! **Invariant:** the lines are kept as written; each doubt names its sheet and its cell, up to a number of
//! them, the others counted.

use crate::domain::account::{OrigineChapitre, may_be_negative};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::Plan;
use crate::frames::budget::{Etape, LigneBudget};
use crate::frames::issue::{Issue, Severity};
use crate::ingest::mapped::etat::Sheet;
use crate::ingest::mapped::grid::letters;

/// Doubts of one kind told one by one.
const MOST: usize = 20;

/// A document being checked.
pub(super) struct Checked<'a> {
    pub(super) sheets: &'a [Sheet],
    pub(super) plan: &'a Plan,
    /// Name of the chart.
    pub(super) chart: &'a str,
    pub(super) exercice: u16,
    pub(super) etape: Etape,
}

/// The doubts of the lines of a document, with the sheet and the rank of each.
pub(super) fn find(
    c: &Checked<'_>,
    lines: &[LigneBudget],
    from: &[(usize, usize)],
    issues: &mut Vec<Issue>,
) {
    let (mut absent, mut negative) = (0, 0);
    let mut last = String::new();
    for (line, (sheet, at)) in lines.iter().zip(from) {
        let sheet = &c.sheets[*sheet];
        let unknown = line.origine >= OrigineChapitre::Prefixe
            && !sheet.rows.by_chapitre
            && !c.plan.rattache(&line.nature, c.exercice);
        if unknown {
            absent += 1;
            if absent <= MOST {
                issues.push(outside(c, sheet, *at, line));
            }
        }
        let planned = line.vote.or(line.credits_ouverts).unwrap_or_default();
        if c.etape == Etape::Bp && planned < Centimes::ZERO && !may_be_negative(&line.nature) {
            negative += 1;
            if negative <= MOST {
                issues.push(below_zero(sheet, *at, line, planned));
            }
        }
        last.clone_from(&sheet.name);
    }
    for (n, what) in [(absent, "comptes absents du plan"), (negative, "montants négatifs")] {
        if n > MOST {
            let raison = format!("{n} {what}, dont les {MOST} premiers sont détaillés");
            issues.push(super::issue(Severity::Attention, &last, 0, raison, "les revoir tous"));
        }
    }
}

fn outside(c: &Checked<'_>, sheet: &Sheet, at: usize, line: &LigneBudget) -> Issue {
    let (issue, cell) = placed(sheet, at, 0);
    Issue {
        valeur: line.nature.clone(),
        raison: format!(
            "compte absent du plan {}{cell} : compté au chapitre {} sans vérification",
            c.chart, line.chapitre
        ),
        a_faire: "corriger le compte dans la source, puis relancer".to_owned(),
        ..issue
    }
}

fn below_zero(sheet: &Sheet, at: usize, line: &LigneBudget, amount: Centimes) -> Issue {
    let (issue, cell) = placed(sheet, at, 1);
    Issue {
        valeur: written(amount),
        raison: format!(
            "montant négatif dans un budget primitif{cell}, compte {} : retiré du total tel quel",
            line.nature
        ),
        a_faire:
            "corriger la demande, ou inscrire le montant positif à l’autre sens, puis relancer"
                .to_owned(),
        ..issue
    }
}

/// A doubt on a cell of a row, and that cell in words.
fn placed(sheet: &Sheet, at: usize, place: usize) -> (Issue, String) {
    let row = &sheet.rows.list[at];
    let (column, title) = &sheet.rows.places[place];
    let cell = if row.number == 0 {
        String::new()
    } else {
        format!(" (cellule {}{})", letters(*column), row.number)
    };
    let issue = Issue {
        severity: Severity::Attention,
        fichier: sheet.name.clone(),
        enregistrement: u64::from(row.record),
        colonne: title.clone(),
        valeur: String::new(),
        raison: String::new(),
        a_faire: String::new(),
    };
    (issue, cell)
}

/// Euros with a comma, as the rows set aside show them.
fn written(amount: Centimes) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    format!("{sign}{},{:02}", amount.0.unsigned_abs() / 100, amount.0.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_a_comma() {
        assert_eq!(written(Centimes(-500_000)), "-5000,00");
        assert_eq!(written(Centimes(-5)), "-0,05");
    }
}
