//! Which rows went into which: the record of what several sources tell of one mandat.
//!
//! Filled step by step by [`super::copies`], [`super::mandats`] and [`super::invoices`]; a row may go into
//! several (a mandat told whole, into each of its lines), and a row that holds others may go in its turn.
//!
//! **Invariant:** no row ever holds two rows of one source, however many steps it took.

use crate::frames::ledger::{Copie, Ledger};

/// No earlier edge.
const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Edge {
    from: u32,
    to: u32,
    /// The edge before this one into the same row.
    before: u32,
}

/// Rows gone into others.
#[derive(Debug, Default)]
pub struct Fusions {
    edges: Vec<Edge>,
    /// Per row, the last edge into it.
    last: Vec<u32>,
    gone: Vec<bool>,
}

impl Fusions {
    /// No row gone yet.
    pub fn new(rows: usize) -> Self {
        Self { edges: Vec::new(), last: vec![NONE; rows], gone: vec![false; rows] }
    }

    /// True for a row that went into another.
    pub fn is_gone(&self, row: usize) -> bool {
        self.gone[row]
    }

    /// Per row, true when it went into another.
    pub fn gone(&self) -> &[bool] {
        &self.gone
    }

    /// A row goes into another.
    pub fn put(&mut self, from: u32, to: u32) {
        let before = std::mem::replace(&mut self.last[to as usize], self.edges.len() as u32);
        self.edges.push(Edge { from, to, before });
        self.gone[from as usize] = true;
    }

    /// Sources that tell a row: its own, and those of all it holds.
    pub fn sources(&self, ledger: &Ledger, row: u32) -> Vec<u32> {
        let mut out = Vec::with_capacity(2);
        let mut todo = vec![row];
        while let Some(row) = todo.pop() {
            out.push(ledger.source[row as usize]);
            let mut edge = self.last[row as usize];
            while let Some(e) = self.edges.get(edge as usize) {
                todo.push(e.from);
                edge = e.before;
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Rows gone with the rows that hold them, once every chain is followed to rows that stay.
    pub fn held(&self) -> Vec<(u32, u32)> {
        let mut pairs: Vec<(u32, u32)> = self.edges.iter().map(|e| (e.from, e.to)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let into = |row: u32| {
            let start = pairs.partition_point(|(from, _)| *from < row);
            pairs[start..].iter().take_while(move |(from, _)| *from == row).map(|(_, to)| *to)
        };
        let mut held = Vec::with_capacity(pairs.len());
        let mut hosts: Vec<u32> = Vec::new();
        let mut todo: Vec<u32> = Vec::new();
        for from in pairs.chunk_by(|a, b| a.0 == b.0).map(|same| same[0].0) {
            hosts.clear();
            todo.extend(into(from));
            while let Some(row) = todo.pop() {
                if self.gone[row as usize] { todo.extend(into(row)) } else { hosts.push(row) }
            }
            hosts.sort_unstable();
            hosts.dedup();
            held.extend(hosts.iter().map(|row| (from, *row)));
        }
        held
    }

    /// Where the rows gone are told.
    pub fn copies(held: &[(u32, u32)], ledger: &Ledger) -> Vec<Copie> {
        let told = held.iter().map(|(from, row)| {
            let at = *from as usize;
            Copie { row: *row, source: ledger.source[at], record: ledger.record[at] }
        });
        told.collect()
    }
}

/// True when two sorted lists of sources share none.
pub fn disjoint(a: &[u32], b: &[u32]) -> bool {
    a.iter().all(|source| b.binary_search(source).is_err())
}

/// Adds sources to a sorted list.
pub fn add(sources: &mut Vec<u32>, more: &[u32]) {
    sources.extend_from_slice(more);
    sources.sort_unstable();
    sources.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

    #[test]
    fn chains_are_followed_to_rows_that_stay() {
        let mut builder = LedgerBuilder::default();
        for source in ["a", "b", "c", "d"] {
            builder.source(source);
            builder.push(&LedgerRow { record: 1, montant: 1, ..LedgerRow::empty() });
        }
        let ledger = builder.finish();
        let mut fusions = Fusions::new(4);
        fusions.put(3, 2);
        fusions.put(2, 1);
        fusions.put(2, 0);
        assert_eq!(fusions.sources(&ledger, 1), [1, 2, 3]);
        assert_eq!(fusions.sources(&ledger, 0), [0, 2, 3]);
        assert_eq!(fusions.gone(), [false, false, true, true]);
        let told: Vec<(u32, u32)> =
            Fusions::copies(&fusions.held(), &ledger).iter().map(|c| (c.source, c.row)).collect();
        assert_eq!(told, [(2, 0), (2, 1), (3, 0), (3, 1)]);
        assert!(disjoint(&[0, 2], &[1, 3]) && !disjoint(&[0, 2], &[2]));
    }
}
