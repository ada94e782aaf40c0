//! Invoices join the mandat that pays them: same payee, same number of invoice, same amount.
//!
//! First the same invoice of two channels (Chorus Pro, Factur-X) becomes one; then each invoice goes into
//! the first mandat that pays it, or into all the lines that add up to it. An invoice that no mandat pays
//! is no payment.
//!
//! **Invariant:** an invoice joins one mandat only: a second mandat for the same invoice stays in sight.

use rayon::slice::ParallelSliceMut;

use crate::frames::copies::Conflit;
use crate::frames::fusions::{Fusions, add, disjoint};
use crate::frames::ledger::{AmountKey, Ledger, NO_AMOUNT, Sens};
use crate::frames::payees::{Accord, Formes, fill};

/// Rows of one number and payee above which the number says nothing.
const CROWD: usize = 512;
/// The same without a payee in the key.
const CROWD_OF_NUMBER: usize = 64;

/// Who a row names, 0 when it does not say.
type Cle = fn(&Ledger, &Formes, usize) -> u64;

/// Joins the invoices; rows gone are marked, what they say is passed on.
pub fn join(
    ledger: &mut Ledger,
    formes: &Formes,
    fusions: &mut Fusions,
    conflits: &mut Vec<Conflit>,
) {
    if !(0..ledger.len()).any(|row| formes.is_invoice(ledger, row)) {
        return;
    }
    let by_siren = |l: &Ledger, f: &Formes, row: usize| u64::from(f.siren(l, row));
    let by_name = |l: &Ledger, f: &Formes, row: usize| f.name(l, row);
    let by_number = |_: &Ledger, _: &Formes, _: usize| 1;
    let ways: [(Cle, usize); 3] =
        [(by_siren, CROWD), (by_name, CROWD), (by_number, CROWD_OF_NUMBER)];
    for (i, (payee, crowd)) in ways.into_iter().enumerate() {
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        for row in (0..ledger.len()).filter(|r| !fusions.is_gone(*r) && ledger.sens[*r] == Sens::D)
        {
            let (number, who) = (formes.facture(ledger, row), payee(ledger, formes, row));
            if number != 0 && who != 0 {
                keyed.push((
                    number.rotate_left(17) ^ who.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                    row as u32,
                ));
            }
        }
        keyed.par_sort_unstable();
        for group in keyed.chunk_by(|a, b| a.0 == b.0).filter(|g| (2..=crowd).contains(&g.len())) {
            let rows: Vec<u32> = group.iter().map(|(_, row)| *row).collect();
            let (invoices, mandats): (Vec<u32>, Vec<u32>) =
                rows.iter().partition(|row| formes.is_invoice(ledger, **row as usize));
            if invoices.is_empty() {
                continue;
            }
            let group = Groupe { ledger, formes, fusions, invoices, mandats, last: i == 2 };
            let (found, unsettled) = group.resolve();
            for (from, to, whole) in &found {
                fill(ledger, *to as usize, *from as usize, *whole);
                fusions.put(*from, *to);
            }
            conflits.extend(unsettled);
        }
    }
}

/// Rows of one number of invoice.
struct Groupe<'a> {
    ledger: &'a Ledger,
    formes: &'a Formes,
    fusions: &'a Fusions,
    invoices: Vec<u32>,
    mandats: Vec<u32>,
    last: bool,
}

impl Groupe<'_> {
    fn montant(&self, row: u32) -> i64 {
        self.ledger.montant[row as usize]
    }

    /// Amounts an invoice may be paid for: what is to be paid, and its TTC.
    fn amounts(&self, row: u32) -> [i64; 2] {
        let ttc = self.ledger.amount(AmountKey::Ttc).map_or(NO_AMOUNT, |a| a[row as usize]);
        let net = self.montant(row);
        [net, if ttc == NO_AMOUNT { net } else { ttc }]
    }

    fn same_payee(&self, a: u32, b: u32) -> bool {
        self.formes.payee(self.ledger, a as usize, b as usize) == Accord::Oui
    }

    fn resolve(&self) -> (Vec<(u32, u32, bool)>, Vec<Conflit>) {
        let mut found = Vec::new();
        let mut conflits = Vec::new();
        let kept = self.one_per_channel(&mut found);
        let mut free = self.mandats.clone();
        free.sort_unstable_by_key(|m| (self.ledger.day(*m as usize), *m));
        for (invoice, sources) in kept {
            let amounts = self.amounts(invoice);
            let may = |m: u32| {
                self.same_payee(invoice, m)
                    && disjoint(&self.fusions.sources(self.ledger, m), &sources)
            };
            if let Some(at) =
                free.iter().position(|m| amounts.contains(&self.montant(*m)) && may(*m))
            {
                found.push((invoice, free.remove(at), true));
                continue;
            }
            let lines: Vec<u32> = free.iter().copied().filter(|m| may(*m)).collect();
            let sum: i128 = lines.iter().map(|m| i128::from(self.montant(*m))).sum();
            if lines.len() > 1 && amounts.iter().any(|a| i128::from(*a) == sum) {
                found.extend(lines.iter().map(|line| (invoice, *line, false)));
                free.retain(|m| !lines.contains(m));
            } else if let ([line], true) = (lines.as_slice(), self.last) {
                let named = |r: u32| (self.ledger.record_name(r as usize), self.montant(r));
                conflits.push(Conflit {
                    retenu: named(*line),
                    autre: named(invoice),
                    fusion: false,
                });
            }
        }
        (found, conflits)
    }

    /// The same invoice in several sources is one; gives those that are left, with their sources.
    fn one_per_channel(&self, found: &mut Vec<(u32, u32, bool)>) -> Vec<(u32, Vec<u32>)> {
        let mut hosts: Vec<(u32, Vec<u32>)> = Vec::new();
        for row in &self.invoices {
            let mine = self.fusions.sources(self.ledger, *row);
            let host = hosts.iter_mut().find(|(host, sources)| {
                disjoint(sources, &mine)
                    && self.amounts(*host).iter().any(|a| self.amounts(*row).contains(a))
                    && self.same_payee(*host, *row)
            });
            match host {
                Some((host, sources)) => {
                    add(sources, &mine);
                    found.push((*row, *host, true));
                }
                None => hosts.push((*row, mine)),
            }
        }
        hosts
    }
}
