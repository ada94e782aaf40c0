//! What was invoiced: the rows of one document and one invoice number of a supplier are one invoice.
//!
//! A ventilation over accounts or services makes several rows of one invoice; rows of two documents are
//! never gathered, since that is what a duplicate looks like.
//! **Invariant:** each row belongs to exactly one invoice; invoices are numbered in supplier order.

use rayon::prelude::*;

use super::recurrence::content_order;
use super::supplier::Suppliers;
use super::words::{Number, number};
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};
use crate::stats::text::mix;

/// Invoices of a ledger.
#[derive(Debug, Clone, Default)]
pub struct Invoices {
    /// Invoice of each row.
    pub of_row: Vec<u32>,
    /// Start of each invoice in `rows`, and the end of the last one.
    pub starts: Vec<u32>,
    /// Rows grouped by invoice, in the order of their content.
    pub rows: Vec<u32>,
    /// Keys of each text of the column `facture`, by code.
    pub numbers: Vec<Number>,
}

impl Invoices {
    /// Number of invoices.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// True without invoices.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of an invoice.
    pub fn members(&self, invoice: u32) -> &[u32] {
        let i = invoice as usize;
        &self.rows[self.starts[i] as usize..self.starts[i + 1] as usize]
    }
}

/// Gathers the rows of `ledger` into invoices.
pub fn gather(ledger: &Ledger, suppliers: &Suppliers) -> Invoices {
    let numbers: Vec<Number> = ledger.text(TextKey::Facture).map_or_else(Vec::new, |column| {
        (0..column.dictionary.len())
            .into_par_iter()
            .with_min_len(4096)
            .map(|code| number(column.dictionary.get(code as u32)))
            .collect()
    });
    let column = |key| ledger.text(key).map(|c| c.codes.as_slice());
    let keys = Columns {
        budget: column(TextKey::Budget),
        bordereau: column(TextKey::Bordereau),
        mandat: column(TextKey::Mandat),
        facture: column(TextKey::Facture),
    };
    let mut order: Vec<(u32, u64, u32)> = (0..ledger.len())
        .into_par_iter()
        .with_min_len(4096)
        .map(|row| (suppliers.of_row[row], keys.of(ledger, row), row as u32))
        .collect();
    order.par_sort_unstable_by(|a, b| {
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| content_order(ledger, a.2 as usize, b.2 as usize))
    });
    let mut invoices = Invoices { of_row: vec![0; ledger.len()], numbers, ..Default::default() };
    for (i, (supplier, key, row)) in order.iter().enumerate() {
        if i == 0 || (order[i - 1].0, order[i - 1].1) != (*supplier, *key) {
            invoices.starts.push(i as u32);
        }
        invoices.of_row[*row as usize] = (invoices.starts.len() - 1) as u32;
    }
    invoices.starts.push(order.len() as u32);
    invoices.rows = order.into_iter().map(|(.., row)| row).collect();
    invoices
}

/// The columns that tell invoices apart.
struct Columns<'a> {
    budget: Option<&'a [u32]>,
    bordereau: Option<&'a [u32]>,
    mandat: Option<&'a [u32]>,
    facture: Option<&'a [u32]>,
}

impl Columns<'_> {
    /// Key of the invoice of a row: its document and number; without document its number and day;
    /// without either, the row itself.
    fn of(&self, ledger: &Ledger, row: usize) -> u64 {
        let code = |c: Option<&[u32]>| c.map_or(NO_TEXT, |c| c[row]);
        let (mandat, facture) = (code(self.mandat), code(self.facture));
        let day = ledger.day(row) as u32;
        let parts = match (mandat, facture) {
            (NO_TEXT, NO_TEXT) => [1, row as u32, ledger.record[row], ledger.source[row], 0],
            (NO_TEXT, f) => [2, f, day, code(self.budget), 0],
            (m, f) => {
                let place = [u32::from(ledger.exercice[row]), code(self.budget)];
                [3, m, f ^ place[0].rotate_left(20), place[1], code(self.bordereau)]
            }
        };
        parts.iter().fold(u64::from(ledger.sens[row] as u8), |h, p| {
            mix(h.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(*p))
        })
    }
}
