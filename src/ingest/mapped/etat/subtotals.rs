//! Subtotals among budget lines: a chapitre or an account whose amounts are the sum of the lines around it.
//!
//! A row is a candidate when its code opens those of its neighbours, or when it is their chapitre. A
//! chapitre with lines of its own is always a subtotal, and a sum that does not hold is told; a shorter
//! account is one only when the sum holds.
//!
//! **Invariant:** a line is set aside only beside the lines that make it up.

use crate::frames::issue::{Issue, Severity};
use crate::ingest::mapped::etat::issue;
use crate::ingest::mapped::etat::rows::{Kind, Row};

/// Amounts of a row, group by group.
type Amounts = Vec<[Option<i64>; 5]>;

/// A row that may be a subtotal, and where its lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subtotal {
    /// Position in the rows.
    pub(super) at: usize,
    /// True when the sum of its lines is what it says.
    pub(super) holds: bool,
}

/// Finds the subtotals of a sheet; `chapitre_of` gives the chapitre of a row by the chart, and
/// `is_chapitre` tells a code that is a chapitre and no account with movements.
pub(super) fn find(
    rows: &[Row],
    chapitre_of: &dyn Fn(&Row) -> String,
    is_chapitre: &dyn Fn(&Row) -> bool,
) -> Vec<Subtotal> {
    let lines: Vec<usize> = (0..rows.len()).filter(|i| rows[*i].kind == Kind::Line).collect();
    let chapitres: Vec<String> = lines.iter().map(|i| chapitre_of(&rows[*i])).collect();
    let heads: Vec<bool> = lines.iter().map(|i| is_chapitre(&rows[*i])).collect();
    let mut found: Vec<Option<bool>> = vec![None; lines.len()];
    // from the last one, so that the inner subtotals are known before those that hold them
    for rank in (0..lines.len()).rev() {
        let row = &rows[lines[rank]];
        let inside = |other: usize| {
            let line = &rows[lines[other]];
            let opens = line.code.len() > row.code.len() && line.code.starts_with(&row.code);
            let holds = heads[rank] && !heads[other] && chapitres[other] == row.code;
            (opens || holds) && line.exercice == row.exercice
        };
        let after = (rank + 1..lines.len()).take_while(|o| inside(*o));
        let mut members: Vec<usize> = after.filter(|o| found[*o].is_none()).collect();
        if members.is_empty() && heads[rank] {
            members = (0..rank).rev().take_while(|o| inside(*o)).collect();
        }
        if members.is_empty() {
            continue;
        }
        let holds = same_sums(&row.amounts, members.iter().map(|m| &rows[lines[*m]].amounts));
        if holds || heads[rank] {
            found[rank] = Some(holds);
        }
    }
    let kept = found.into_iter().enumerate();
    kept.filter_map(|(rank, holds)| Some(Subtotal { at: lines[rank], holds: holds? })).collect()
}

/// True when the amounts written are the sums, and some amount is written.
fn same_sums<'r>(total: &Amounts, members: impl Iterator<Item = &'r Amounts>) -> bool {
    let sums = sum(members, total.len());
    let mut written = false;
    for (group, sums) in total.iter().zip(&sums) {
        for (amount, sum) in group.iter().zip(sums) {
            let Some(amount) = amount else { continue };
            written |= *amount != 0;
            if i128::from(*amount) != *sum {
                return false;
            }
        }
    }
    written
}

fn sum<'r>(members: impl Iterator<Item = &'r Amounts>, groups: usize) -> Vec<[i128; 5]> {
    let mut sums = vec![[0_i128; 5]; groups];
    for amounts in members {
        for (sums, group) in sums.iter_mut().zip(amounts) {
            for (sum, amount) in sums.iter_mut().zip(group) {
                *sum += i128::from(amount.unwrap_or(0));
            }
        }
    }
    sums
}

/// Checks the totals said by their words: each one is the sum of the lines since the one before of its
/// kind, since the last one of no chapitre, of its chapitre, of its sens, or of the whole sheet. Gives how many hold, and those that do not.
pub(super) fn check_totals(rows: &[Row], name: &str) -> (u64, Vec<Issue>) {
    let (mut holding, mut wrong) = (0, Vec::new());
    let (mut since, mut since_section) = (0, 0);
    for (at, row) in rows.iter().enumerate().filter(|(_, r)| r.kind == Kind::Total) {
        let lines = |from: usize| {
            rows[from..at].iter().filter(|r| r.kind == Kind::Line).map(|r| &r.amounts)
        };
        let of_chapitre = || {
            let mine = |r: &&Row| r.kind == Kind::Line && r.chapitre == row.chapitre;
            rows.iter().filter(mine).map(|r| &r.amounts)
        };
        let of_sens = |sens| {
            let mine = move |r: &&Row| {
                r.kind == Kind::Line && r.sens.or(r.around.0) == sens && sens.is_some()
            };
            rows[..at].iter().filter(mine).map(|r| &r.amounts)
        };
        let checks = [
            lines(since).next().is_some() && same_sums(&row.amounts, lines(since)),
            same_sums(&row.amounts, lines(since_section)),
            same_sums(&row.amounts, lines(0)),
            !row.chapitre.is_empty() && same_sums(&row.amounts, of_chapitre()),
            same_sums(&row.amounts, of_sens(row.around.0)),
        ];
        if checks.contains(&true) {
            holding += 1;
        } else if row.amounts.iter().flatten().flatten().any(|a| *a != 0) {
            wrong.push(issue(
                Severity::Attention,
                name,
                u64::from(row.record),
                "total différent de la somme des lignes qui le précèdent".into(),
                "comparer ce total à la source : il peut porter sur d’autres lignes que celles du fichier",
            ));
        }
        if lines(since).next().is_some() {
            since = at + 1;
        }
        // a total of a section holds several chapitres
        if row.chapitre.is_empty() {
            since_section = at + 1;
        }
    }
    (holding, wrong)
}
