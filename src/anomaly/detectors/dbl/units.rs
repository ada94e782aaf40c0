//! What is compared: each row, and the total of each invoice ventilated over several rows.
//!
//! Rows cancelled by a credit of the same amount are netted first: they are paid once at most.
//! **Invariant:** unit `u < rows` is row `u`; the units after are totals.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::anomaly::prepare::recurrence::content_order;
use crate::anomaly::prepare::words::Number;
use crate::anomaly::prepare::{NO_SUPPLIER, Prepared};
use crate::domain::calendar::NO_DAY;
use crate::frames::ledger::{AmountKey, Ledger, NO_AMOUNT, NO_TEXT, TextKey};

/// The comparable units of a ledger, column by column.
pub(super) struct Units<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) prepared: &'a Prepared,
    facture: Option<&'a [u32]>,
    mandat: Option<&'a [u32]>,
    budget: Option<&'a [u32]>,
    totals: Vec<(u32, i64)>,
    netted: Vec<bool>,
    /// Units that may be paired, by supplier, absolute amount, day and content.
    pub(super) cards: Vec<Card>,
}

/// What blocking reads of a unit, side by side in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Card {
    pub(super) unit: u32,
    pub(super) supplier: u32,
    pub(super) amount: i64,
    pub(super) number: Number,
}

impl<'a> Units<'a> {
    /// Lists, nets and sorts the units of at least `floor` centimes.
    pub(super) fn new(ledger: &'a Ledger, prepared: &'a Prepared, floor: i64) -> Self {
        let column = |key| ledger.text(key).map(|c| c.codes.as_slice());
        let mut units = Self {
            ledger,
            prepared,
            facture: column(TextKey::Facture),
            mandat: column(TextKey::Mandat),
            budget: column(TextKey::Budget),
            totals: Vec::new(),
            netted: vec![false; ledger.len()],
            cards: Vec::new(),
        };
        units.net();
        units.net_invoices();
        units.totals = totals(ledger, prepared, &units.netted);
        units.cards = units.sorted(floor);
        units
    }

    /// Number of ledger rows.
    pub(super) fn rows(&self) -> usize {
        self.ledger.len()
    }

    /// Row that stands for a unit.
    pub(super) fn row(&self, unit: u32) -> usize {
        let u = unit as usize;
        if u < self.rows() { u } else { self.lines(u)[0] as usize }
    }

    /// Rows of a unit.
    pub(super) fn members(&self, unit: u32) -> Vec<u32> {
        let u = unit as usize;
        if u < self.rows() { vec![unit] } else { self.lines(u).to_vec() }
    }

    /// Rows of the invoice of a total.
    fn lines(&self, total: usize) -> &[u32] {
        self.prepared.invoices.members(self.totals[total - self.rows()].0)
    }

    /// Invoice of a unit.
    pub(super) fn invoice(&self, unit: u32) -> u32 {
        let u = unit as usize;
        if u < self.rows() {
            self.prepared.invoices.of_row[u]
        } else {
            self.totals[u - self.rows()].0
        }
    }

    /// True for the unit that stands for its invoice where invoices are counted: its total, else its first row.
    pub(super) fn head(&self, unit: u32) -> bool {
        if unit as usize >= self.rows() || self.alone(unit) {
            return true;
        }
        let invoice = self.invoice(unit);
        self.prepared.invoices.members(invoice)[0] == unit
            && self.totals.binary_search_by_key(&invoice, |t| t.0).is_err()
    }

    /// Invoices of two units, the smaller index first.
    pub(super) fn invoices(&self, a: u32, b: u32) -> (u32, u32) {
        let (x, y) = (self.invoice(a), self.invoice(b));
        (x.min(y), x.max(y))
    }

    /// True for the only row of an invoice.
    pub(super) fn alone(&self, unit: u32) -> bool {
        self.prepared.invoices.members(self.invoice(unit)).len() == 1
    }

    /// Signed amount of a unit, centimes.
    pub(super) fn amount(&self, unit: u32) -> i64 {
        let u = unit as usize;
        if u < self.rows() { self.ledger.montant[u] } else { self.totals[u - self.rows()].1 }
    }

    /// VAT of a unit, centimes, when its rows tell it: the column of the VAT, else TTC less HT.
    pub(super) fn tax(&self, unit: u32) -> Option<i64> {
        let known = |key, row: usize| {
            self.ledger.amount(key).map(|c| c[row]).filter(|cents| *cents != NO_AMOUNT)
        };
        let of = |row: usize| {
            let net = || Some(known(AmountKey::Ttc, row)? - known(AmountKey::Ht, row)?);
            known(AmountKey::Tva, row).or_else(net)
        };
        let u = unit as usize;
        if u < self.rows() {
            return of(u);
        }
        self.lines(u).iter().map(|r| of(*r as usize)).sum()
    }

    /// Supplier of a unit.
    pub(super) fn supplier(&self, unit: u32) -> u32 {
        self.prepared.kin.of_row[self.row(unit)]
    }

    /// Day of a unit.
    pub(super) fn day(&self, unit: u32) -> i32 {
        self.ledger.day(self.row(unit))
    }

    /// Code of the invoice number as typed.
    pub(super) fn facture(&self, unit: u32) -> u32 {
        self.facture.map_or(NO_TEXT, |c| c[self.row(unit)])
    }

    /// Keys of the invoice number.
    pub(super) fn number(&self, unit: u32) -> Number {
        self.prepared.invoices.numbers.get(self.facture(unit) as usize).copied().unwrap_or_default()
    }

    /// True when two units may be two payments: other invoice, other document, same direction.
    pub(super) fn apart(&self, a: u32, b: u32) -> bool {
        let (x, y) = (self.row(a), self.row(b));
        let same_document = self.mandat.is_some_and(|m| m[x] != NO_TEXT && m[x] == m[y])
            && self.ledger.exercice[x] == self.ledger.exercice[y]
            && self.budget.is_none_or(|b| b[x] == b[y]);
        self.invoice(a) != self.invoice(b)
            && !same_document
            && self.ledger.sens[x] == self.ledger.sens[y]
    }

    /// Order of two units in time, then by content: the first of a pair is the earlier payment.
    pub(super) fn earlier(&self, a: u32, b: u32) -> std::cmp::Ordering {
        let (x, y) = (self.row(a), self.row(b));
        self.day(a).cmp(&self.day(b)).then_with(|| content_order(self.ledger, x, y)).then(a.cmp(&b))
    }

    /// Sets aside the rows that a credit of the same supplier and amount cancels, and the credit.
    fn net(&mut self) {
        let groups = &self.prepared.recurrence;
        for g in 0..groups.len() {
            let rows = groups.members(g);
            if rows.iter().all(|r| self.ledger.montant[*r as usize] >= 0) {
                continue;
            }
            for (i, credit) in rows.iter().enumerate() {
                if self.ledger.montant[*credit as usize] < 0
                    && let Some(debit) = self.cancelled_by(rows, i)
                {
                    self.netted[debit as usize] = true;
                    self.netted[*credit as usize] = true;
                }
            }
        }
    }

    /// Sets aside the invoices that a credit cancels as a whole, when their lines do not answer each other: same
    /// supplier, opposite totals, same number first, else the closest in time.
    fn net_invoices(&mut self) {
        let invoices = &self.prepared.invoices;
        let whole = |units: &Self, i: u32| -> Option<(u32, i64)> {
            let rows = invoices.members(i);
            let open = rows.iter().all(|r| !units.netted[*r as usize]);
            let total = rows.iter().map(|r| units.ledger.montant[*r as usize]).sum::<i64>();
            open.then(|| (units.supplier(rows[0]), total)).filter(|(s, _)| *s != NO_SUPPLIER)
        };
        let all = 0..invoices.len() as u32;
        let mut credits: FxHashMap<(u32, i64), [Vec<u32>; 2]> = FxHashMap::default();
        for i in all.clone() {
            if let Some((supplier, total)) = whole(self, i).filter(|(_, total)| *total < 0) {
                credits.entry((supplier, -total)).or_default()[0].push(i);
            }
        }
        if credits.is_empty() {
            return;
        }
        for i in all {
            if let Some(group) = whole(self, i).and_then(|key| credits.get_mut(&key)) {
                group[1].push(i);
            }
        }
        for [mut credits, debits] in credits.into_values() {
            credits.sort_by(|x, y| {
                let (x, y) = (invoices.members(*x)[0], invoices.members(*y)[0]);
                self.earlier(x, y)
            });
            for credit in credits {
                let Some(debit) = self.cancelled_invoice(credit, &debits) else { continue };
                for row in [credit, debit].iter().flat_map(|i| invoices.members(*i)) {
                    self.netted[*row as usize] = true;
                }
            }
        }
    }

    /// The invoice a credit cancels, of the same amount: same number first, else the closest within 200 days.
    fn cancelled_invoice(&self, credit: u32, debits: &[u32]) -> Option<u32> {
        let first = |i: u32| self.prepared.invoices.members(i)[0];
        let c = first(credit);
        let key = self.number(c).key;
        debits
            .iter()
            .map(|i| (*i, first(*i)))
            .filter(|(_, r)| {
                !self.netted[*r as usize]
                    && self.ledger.sens[*r as usize] == self.ledger.sens[c as usize]
            })
            .map(|(i, r)| {
                let other = key == 0 || self.number(r).key != key;
                (other, self.day(r).abs_diff(self.day(c)), r, i)
            })
            .filter(|(other, gap, ..)| !other || *gap <= 200)
            .min_by(|x, y| {
                let by_content = || content_order(self.ledger, x.2 as usize, y.2 as usize);
                (x.0, x.1).cmp(&(y.0, y.1)).then_with(by_content)
            })
            .map(|(.., i)| i)
    }

    /// The debit a credit cancels: same number first, else the closest in time, within 200 days.
    fn cancelled_by(&self, rows: &[u32], credit: usize) -> Option<u32> {
        const NEAR: usize = 40;
        let c = rows[credit];
        let window = &rows[credit.saturating_sub(NEAR)..(credit + NEAR).min(rows.len())];
        let open = window.iter().copied().filter(|r| {
            self.ledger.montant[*r as usize] > 0
                && !self.netted[*r as usize]
                && self.ledger.sens[*r as usize] == self.ledger.sens[c as usize]
        });
        let key = self.number(c).key;
        open.map(|r| {
            let other = key == 0 || self.number(r).key != key;
            (other, self.day(r).abs_diff(self.day(c)), r)
        })
        .filter(|(other, gap, _)| !other || *gap <= 200)
        .min_by_key(|(other, gap, _)| (*other, *gap))
        .map(|(.., r)| r)
    }

    /// Pairable units in blocking order.
    fn sorted(&self, floor: i64) -> Vec<Card> {
        let n = (self.rows() + self.totals.len()) as u32;
        let mut keyed: Vec<(u32, i64, i32, u32, u32)> = (0..n)
            .into_par_iter()
            .with_min_len(4096)
            .filter(|u| self.amount(*u) >= floor && self.day(*u) != NO_DAY)
            .filter(|u| !self.netted.get(*u as usize).copied().unwrap_or(false))
            .map(|u| (self.supplier(u), self.amount(u), self.day(u), self.facture(u), u))
            .filter(|k| k.0 != NO_SUPPLIER || k.3 != NO_TEXT)
            .collect();
        keyed.par_sort_unstable_by(|a, b| {
            (a.0, a.1, a.2, a.3).cmp(&(b.0, b.1, b.2, b.3)).then_with(|| {
                content_order(self.ledger, self.row(a.4), self.row(b.4)).then(a.4.cmp(&b.4))
            })
        });
        let number = |code: u32| {
            self.prepared.invoices.numbers.get(code as usize).copied().unwrap_or_default()
        };
        keyed
            .into_par_iter()
            .with_min_len(4096)
            .map(|k| Card { unit: k.4, supplier: k.0, amount: k.1, number: number(k.3) })
            .collect()
    }
}

/// Totals of the invoices of several rows that do not all have the same sign or amount zero; none where credits
/// cancel every row.
fn totals(ledger: &Ledger, prepared: &Prepared, netted: &[bool]) -> Vec<(u32, i64)> {
    let invoices = &prepared.invoices;
    (0..invoices.len() as u32)
        .filter(|i| invoices.members(*i).len() > 1)
        .filter(|i| invoices.members(*i).iter().any(|r| !netted[*r as usize]))
        .map(|i| (i, invoices.members(i).iter().map(|r| ledger.montant[*r as usize]).sum::<i64>()))
        .filter(|(_, total)| *total > 0)
        .collect()
}
