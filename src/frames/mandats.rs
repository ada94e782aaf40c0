//! One mandat, one record: the same mandat told by a ledger, a PES flow, an extract of another software.
//!
//! Rows of different sources with the same exercice, sense and number of mandat are one record when
//! budget, amount and payee agree; a mandat told whole by one source and line by line by the other keeps
//! its lines. What one source lacks is taken from the other.
//!
//! **Invariant:** two rows of one source are never gathered; the amounts kept are those of one source.

use rayon::slice::ParallelSliceMut;

use crate::frames::copies::Conflit;
use crate::frames::fusions::{Fusions, add, disjoint};
use crate::frames::ledger::{DateKey, Ledger};
use crate::frames::payees::{Accord, Formes, days, exercice, fill, nature};

/// Rows of one amount under one number above which the number says nothing.
const CROWD: usize = 64;
/// Days between two sources of one mandat: emission and taking in charge.
const NEAR: u32 = 62;
/// The same when the account confirms too.
const YEAR: u32 = 366;
/// The same when no payee confirms.
const NEARER: u32 = 31;

/// Looks for mandats told by several sources; rows gone are marked, what they say is passed on.
pub fn join(
    ledger: &mut Ledger,
    formes: &Formes,
    fusions: &mut Fusions,
    conflits: &mut Vec<Conflit>,
) {
    let mut keyed: Vec<(u64, u32)> = Vec::new();
    let mut first = None;
    let mut several = false;
    for row in (0..ledger.len()).filter(|r| !fusions.is_gone(*r)) {
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
        let found = Groupe::new(ledger, formes, fusions, rows).resolve();
        for (from, to, lines) in &found.fusions {
            fill(ledger, *to as usize, *from as usize, *lines);
            fusions.put(*from, *to);
        }
        conflits.extend(found.conflits);
    }
}

/// Rows of one number of mandat.
struct Groupe<'a> {
    ledger: &'a Ledger,
    formes: &'a Formes,
    fusions: &'a Fusions,
    rows: Vec<u32>,
}

/// A row that stays so far, and the sources that tell it.
struct Hote {
    row: u32,
    sources: Vec<u32>,
}

/// What became of them: (row gone, row that has it, whole or by line), and what does not tie.
#[derive(Default)]
struct Trouve {
    fusions: Vec<(u32, u32, bool)>,
    conflits: Vec<Conflit>,
}

impl<'a> Groupe<'a> {
    fn new(
        ledger: &'a Ledger,
        formes: &'a Formes,
        fusions: &'a Fusions,
        mut rows: Vec<u32>,
    ) -> Self {
        rows.sort_unstable_by_key(|r| (ledger.montant[*r as usize], *r));
        Self { ledger, formes, fusions, rows }
    }

    fn source(&self, row: u32) -> u32 {
        self.ledger.source[row as usize]
    }

    fn montant(&self, row: u32) -> i64 {
        self.ledger.montant[row as usize]
    }

    fn resolve(&self) -> Trouve {
        let mut found = Trouve::default();
        let mut hosts: Vec<Hote> = Vec::new();
        for same in self.rows.chunk_by(|a, b| self.montant(*a) == self.montant(*b)) {
            self.equal(same, &mut found, &mut hosts);
        }
        // What some source of the group does not tell.
        let mut all = Vec::new();
        for host in &hosts {
            add(&mut all, &host.sources);
        }
        hosts.retain(|host| host.sources.len() < all.len());
        hosts.sort_unstable_by_key(|host| host.row);
        if !self.whole_and_lines(&hosts, &mut found) {
            self.conflict(&hosts, &mut found);
        }
        found
    }

    /// Rows of one amount: each goes into a row of an earlier source that it may be, the same line first.
    fn equal(&self, same: &[u32], found: &mut Trouve, hosts: &mut Vec<Hote>) {
        if same.len() > CROWD {
            return;
        }
        let start = hosts.len();
        for of_source in same.chunk_by(|a, b| self.source(*a) == self.source(*b)) {
            let known = hosts.len();
            for row in of_source {
                let sources = self.fusions.sources(self.ledger, *row);
                let may = |host: &&mut Hote| {
                    disjoint(&host.sources, &sources) && self.may_be_one(host.row, *row)
                };
                let same_line = |host: &Hote| {
                    let (a, b) = (host.row as usize, *row as usize);
                    self.formes.ligne(self.ledger, a, b) == Accord::Oui
                };
                let free = hosts[start..known].iter_mut().filter(may);
                match free.min_by_key(|host| !same_line(host)) {
                    Some(host) => {
                        add(&mut host.sources, &sources);
                        found.fusions.push((*row, host.row, true));
                    }
                    None => hosts.push(Hote { row: *row, sources }),
                }
            }
        }
    }

    fn may_be_one(&self, a: u32, b: u32) -> bool {
        let (a, b) = (a as usize, b as usize);
        let (ledger, formes) = (self.ledger, self.formes);
        let account = nature(ledger, a, b);
        let apart = formes.told_apart(ledger, a, b);
        if apart || formes.budget(ledger, a, b) == Accord::Non || account == Accord::Non {
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
            // number, amount, payee and account: the dates may be those of the invoice and of the payment
            Accord::Oui if account == Accord::Oui => apart.is_none_or(|d| d <= YEAR),
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
    fn whole_and_lines(&self, hosts: &[Hote], found: &mut Trouve) -> bool {
        let sources: Vec<&[Hote]> =
            hosts.chunk_by(|a, b| self.source(a.row) == self.source(b.row)).collect();
        let (whole, lines) = match sources.as_slice() {
            [[one], many] | [many, [one]] if many.len() > 1 && many.len() <= CROWD => (one, *many),
            _ => return false,
        };
        let sum: i128 = lines.iter().map(|line| i128::from(self.montant(line.row))).sum();
        let agree = |line: &Hote| {
            let (a, b) = (whole.row as usize, line.row as usize);
            disjoint(&whole.sources, &line.sources)
                && self.formes.budget(self.ledger, a, b) != Accord::Non
                && self.formes.payee(self.ledger, a, b) != Accord::Non
                && days(self.ledger, a, b).is_none_or(|d| d <= NEARER)
        };
        let one = sum == i128::from(self.montant(whole.row)) && lines.iter().all(agree);
        if one {
            found.fusions.extend(lines.iter().map(|line| (whole.row, line.row, false)));
        }
        one
    }

    /// One row left in each of some sources, all agreeing but the amount.
    fn conflict(&self, hosts: &[Hote], found: &mut Trouve) {
        let Some((first, others)) = hosts.split_first() else { return };
        let mut told = first.sources.clone();
        for other in others {
            if !disjoint(&told, &other.sources) || !self.differ_by_amount(first.row, other.row) {
                return;
            }
            add(&mut told, &other.sources);
        }
        let named = |r: u32| (self.ledger.record_name(r as usize), self.montant(r));
        for other in others {
            let (a, b) = (first.row as usize, other.row as usize);
            let one = self.formes.payee(self.ledger, a, b) == Accord::Oui;
            found.conflits.push(Conflit {
                retenu: named(first.row),
                autre: named(other.row),
                fusion: one,
            });
            if one {
                found.fusions.push((other.row, first.row, true));
            }
        }
    }

    /// True when two rows have all in common but their amount.
    fn differ_by_amount(&self, a: u32, b: u32) -> bool {
        let (x, y) = (a as usize, b as usize);
        let (ledger, formes) = (self.ledger, self.formes);
        let dated = ledger.date(DateKey::Mandat).is_none_or(|d| {
            let absent = crate::domain::calendar::NO_DAY;
            d[x] == d[y] || d[x] == absent || d[y] == absent
        });
        formes.budget(ledger, x, y) != Accord::Non
            && !formes.told_apart(ledger, x, y)
            && formes.payee(ledger, x, y) != Accord::Non
            && formes.ligne(ledger, x, y) != Accord::Non
            && nature(ledger, x, y) != Accord::Non
            && self.montant(a) != self.montant(b)
            && (self.montant(a) > 0) == (self.montant(b) > 0)
            && dated
    }
}
