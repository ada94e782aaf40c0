//! One mandat, one record: the same mandat told by a ledger, a PES flow, an extract of another software.
//!
//! Rows of different sources with the same exercice, sense and number of mandat are one record when
//! budget, amount and payee agree; a mandat told whole by one source and line by line by the other keeps
//! its lines. What one source lacks is taken from the other.
//!
//! **Invariant:** two rows of one source are never gathered; the amounts kept are those of one source.

use rayon::slice::ParallelSliceMut;

use crate::frames::copies::Conflit;
use crate::frames::ledger::{DateKey, Ledger};
use crate::frames::payees::{Accord, Formes, days, exercice, fill, nature};

/// Rows of one amount under one number above which the number says nothing.
const CROWD: usize = 64;
/// Days between two sources of one mandat: emission and taking in charge.
const NEAR: u32 = 62;
/// The same when no payee confirms.
const NEARER: u32 = 31;

/// A row gone into another.
pub type Fusion = (u32, u32);

/// Looks for mandats told by several sources; rows gone are marked, what they say is passed on.
pub fn join(
    ledger: &mut Ledger,
    formes: &Formes,
    gone: &mut [bool],
    fusions: &mut Vec<Fusion>,
    conflits: &mut Vec<Conflit>,
) {
    let mut keyed: Vec<(u64, u32)> = Vec::new();
    let mut first = None;
    let mut several = false;
    for row in (0..ledger.len()).filter(|r| !gone[*r]) {
        let mandat = formes.mandat(ledger, row);
        if mandat == 0 || formes.is_invoice(ledger, row) {
            continue;
        }
        several |= *first.get_or_insert(ledger.source[row]) != ledger.source[row];
        let side = u64::from(exercice(ledger, row)) << 1 | ledger.sens[row] as u64;
        let key = (mandat ^ side.wrapping_mul(0x9e37_79b9_7f4a_7c15)).rotate_left(23);
        keyed.push((key, row as u32));
    }
    if !several {
        return;
    }
    keyed.par_sort_unstable();
    for group in keyed.chunk_by(|a, b| a.0 == b.0) {
        let rows: Vec<u32> = group.iter().map(|(_, row)| *row).collect();
        if rows.iter().all(|r| ledger.source[*r as usize] == ledger.source[rows[0] as usize]) {
            continue;
        }
        let found = Groupe::new(ledger, formes, rows).resolve();
        for (from, to, lines) in &found.fusions {
            fill(ledger, *to as usize, *from as usize, *lines);
            gone[*from as usize] = true;
            fusions.push((*from, *to));
        }
        conflits.extend(found.conflits);
    }
}

/// Rows of one number of mandat.
struct Groupe<'a> {
    ledger: &'a Ledger,
    formes: &'a Formes,
    rows: Vec<u32>,
}

/// What became of them: (row gone, row that has it, whole or by line), and what does not tie.
#[derive(Default)]
struct Trouve {
    fusions: Vec<(u32, u32, bool)>,
    conflits: Vec<Conflit>,
}

impl<'a> Groupe<'a> {
    fn new(ledger: &'a Ledger, formes: &'a Formes, mut rows: Vec<u32>) -> Self {
        rows.sort_unstable_by_key(|r| (ledger.montant[*r as usize], *r));
        Self { ledger, formes, rows }
    }

    fn source(&self, row: u32) -> u32 {
        self.ledger.source[row as usize]
    }

    fn montant(&self, row: u32) -> i64 {
        self.ledger.montant[row as usize]
    }

    fn resolve(&self) -> Trouve {
        let mut found = Trouve::default();
        let mut alone: Vec<u32> = Vec::new();
        for same in self.rows.chunk_by(|a, b| self.montant(*a) == self.montant(*b)) {
            self.equal(same, &mut found, &mut alone);
        }
        self.whole_and_lines(&mut alone, &mut found);
        self.conflict(&alone, &mut found);
        found
    }

    /// Rows of one amount: each goes into the first row of an earlier source that it may be.
    fn equal(&self, same: &[u32], found: &mut Trouve, alone: &mut Vec<u32>) {
        if same.len() > CROWD {
            return;
        }
        // A host, and the last source that put a row into it.
        let mut hosts: Vec<(u32, Option<u32>)> = Vec::new();
        for of_source in same.chunk_by(|a, b| self.source(*a) == self.source(*b)) {
            let known = hosts.len();
            for row in of_source {
                let mine = self.source(*row);
                let free = hosts[..known].iter_mut().filter(|(_, taken)| *taken != Some(mine));
                let mut free = free.filter(|(host, _)| self.may_be_one(*host, *row));
                // The same line first, then any line that may be the same.
                match free.next() {
                    Some((host, taken)) => {
                        *taken = Some(mine);
                        found.fusions.push((*row, *host, true));
                    }
                    None => hosts.push((*row, None)),
                }
            }
        }
        alone.extend(hosts.iter().filter(|(_, taken)| taken.is_none()).map(|(row, _)| *row));
    }

    fn may_be_one(&self, a: u32, b: u32) -> bool {
        let (a, b) = (a as usize, b as usize);
        let (ledger, formes) = (self.ledger, self.formes);
        let account = nature(ledger, a, b);
        if formes.budget(ledger, a, b) == Accord::Non || account == Accord::Non {
            return false;
        }
        let payee = formes.payee(ledger, a, b);
        let apart = days(ledger, a, b);
        if formes.ligne(ledger, a, b) == Accord::Non
            && (account != Accord::Oui || payee != Accord::Oui)
        {
            return false;
        }
        match payee {
            Accord::Oui => apart.is_none_or(|d| d <= NEAR),
            Accord::Muet => apart.is_none_or(|d| d <= NEARER),
            // Two spellings of one payee: the day and the account must both be there and agree.
            Accord::Non => {
                let numbers = [a, b].map(|row| formes.siren(ledger, row));
                apart == Some(0) && account == Accord::Oui && numbers.contains(&0)
            }
        }
    }

    /// A mandat told whole by one source and line by line by another.
    fn whole_and_lines(&self, alone: &mut Vec<u32>, found: &mut Trouve) {
        alone.sort_unstable();
        let sources: Vec<&[u32]> =
            alone.chunk_by(|a, b| self.source(*a) == self.source(*b)).collect();
        let (whole, lines) = match sources.as_slice() {
            [[one], many] | [many, [one]] if many.len() > 1 && many.len() <= CROWD => (*one, *many),
            _ => return,
        };
        let sum: i128 = lines.iter().map(|r| i128::from(self.montant(*r))).sum();
        let agree = |line: &u32| {
            let (a, b) = (whole as usize, *line as usize);
            self.formes.budget(self.ledger, a, b) != Accord::Non
                && self.formes.payee(self.ledger, a, b) != Accord::Non
                && days(self.ledger, a, b).is_none_or(|d| d <= NEARER)
        };
        if sum == i128::from(self.montant(whole)) && lines.iter().all(agree) {
            found.fusions.extend(lines.iter().map(|line| (whole, *line, false)));
            alone.clear();
        }
    }

    /// One row left in each of two sources, all agreeing but the amount.
    fn conflict(&self, alone: &[u32], found: &mut Trouve) {
        let [a, b] = alone else { return };
        let (x, y) = (*a as usize, *b as usize);
        let (ledger, formes) = (self.ledger, self.formes);
        let dated = ledger.date(DateKey::Mandat).is_none_or(|d| {
            let absent = crate::domain::calendar::NO_DAY;
            d[x] == d[y] || d[x] == absent || d[y] == absent
        });
        let clear = self.source(*a) != self.source(*b)
            && formes.budget(ledger, x, y) != Accord::Non
            && formes.payee(ledger, x, y) != Accord::Non
            && formes.ligne(ledger, x, y) != Accord::Non
            && nature(ledger, x, y) != Accord::Non
            && (self.montant(*a) > 0) == (self.montant(*b) > 0)
            && dated;
        if !clear {
            return;
        }
        let one = formes.payee(ledger, x, y) == Accord::Oui;
        let named = |r: usize| (ledger.record_name(r), ledger.montant[r]);
        found.conflits.push(Conflit { retenu: named(x), autre: named(y), fusion: one });
        if one {
            found.fusions.push((*b, *a, true));
        }
    }
}
