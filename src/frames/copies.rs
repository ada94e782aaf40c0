//! Records found in several sources: overlapping extracts of one software, a file imported twice.
//!
//! Two rows of different sources are one record when they agree on every column and either carry a
//! number of mandat or come from files of the same bytes. Inside a source nothing is ever gathered: a
//! mandat may well have twenty identical lines, and duplicates are for the controls to find.
//!
//! **Invariant:** a bag union: a record found `a` times in one source and `b` in another stays
//! `max(a, b)` times; no provenance is lost.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::frames::ledger::{Copie, Ledger, NO_TEXT, TextKey};

/// A record whose amount differs between two sources that agree on all the rest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflit {
    /// `chemin#n` of the record kept, and its amount in centimes.
    pub retenu: (String, i64),
    /// `chemin#n` of the other one, and its amount in centimes.
    pub autre: (String, i64),
}

/// Gathers the records that several sources hold. `hashes` are those of the sources, in their order.
///
/// Records that differ by their amount alone are listed, and both kept: which one is right is not for
/// a reader to say.
pub fn gather(ledger: Ledger, hashes: &[String]) -> (Ledger, Vec<Conflit>) {
    if ledger.sources.len() < 2 {
        return (ledger, Vec::new());
    }
    let same_bytes = first_with_same_bytes(hashes, ledger.sources.len());
    let mut groups = by_hash(&ledger, &same_bytes);
    let mut copies = Vec::new();
    let mut conflicts = Vec::new();
    let mut gone = vec![false; ledger.len()];
    for group in groups.values_mut().filter(|rows| rows.len() > 1) {
        pair(&ledger, group, &mut gone, &mut copies);
        conflicts.extend(conflict(&ledger, group, &gone));
    }
    conflicts.sort();
    (without(ledger, &gone, copies), conflicts)
}

/// For each source, the first one whose bytes are the same.
fn first_with_same_bytes(hashes: &[String], sources: usize) -> Vec<u32> {
    (0..sources)
        .map(|i| {
            let same = hashes
                .get(i)
                .filter(|h| !h.is_empty())
                .and_then(|h| hashes.iter().position(|o| o == h));
            same.unwrap_or(i) as u32
        })
        .collect()
}

/// Rows that may be one record: same hash of everything but the amounts.
fn by_hash(ledger: &Ledger, same_bytes: &[u32]) -> BTreeMap<u64, Vec<u32>> {
    let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
    let repeated =
        |source: u32| same_bytes.iter().filter(|s| **s == same_bytes[source as usize]).count() > 1;
    let twice: Vec<bool> = (0..same_bytes.len() as u32).map(repeated).collect();
    let hashes: Vec<u64> = (0..ledger.len())
        .map(|row| {
            let source = ledger.source[row] as usize;
            let file = if has_number(ledger, row) { None } else { Some(same_bytes[source]) };
            if file.is_some() && !twice[source] { 0 } else { row_hash(ledger, row, file) }
        })
        .collect();
    for hash in hashes.iter().filter(|h| **h != 0) {
        *counts.entry(*hash).or_default() += 1;
    }
    let mut groups = BTreeMap::new();
    for (row, hash) in hashes.iter().enumerate() {
        if counts.get(hash).is_some_and(|n| *n > 1) {
            groups.entry(*hash).or_insert_with(Vec::new).push(row as u32);
        }
    }
    groups
}

fn has_number(ledger: &Ledger, row: usize) -> bool {
    ledger.text(TextKey::Mandat).is_some_and(|c| c.codes[row] != NO_TEXT)
}

fn row_hash(ledger: &Ledger, row: usize, file: Option<u32>) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u32(file.map_or(0, |f| f + 1));
    hasher.write_u16(ledger.exercice[row]);
    hasher.write_u8(ledger.sens[row] as u8);
    for days in ledger.dates.iter().flatten() {
        hasher.write_i32(days[row]);
    }
    for column in ledger.texts.iter().flatten() {
        hasher.write_u32(column.codes[row]);
    }
    hasher.finish().max(1)
}

/// True when two rows agree on everything but the amounts.
fn agree(ledger: &Ledger, a: usize, b: usize) -> bool {
    ledger.exercice[a] == ledger.exercice[b]
        && ledger.sens[a] == ledger.sens[b]
        && ledger.dates.iter().flatten().all(|c| c[a] == c[b])
        && ledger.texts.iter().flatten().all(|c| c.codes[a] == c.codes[b])
}

/// Order of rows by content; equal rows are one record if their sources differ.
fn by_content(ledger: &Ledger, a: usize, b: usize) -> Ordering {
    let of = |r: usize| (ledger.montant[r], ledger.exercice[r], ledger.sens[r]);
    let dates = || ledger.dates.iter().flatten().map(|c| c[a].cmp(&c[b])).find(|o| o.is_ne());
    let amounts = || ledger.amounts.iter().flatten().map(|c| c[a].cmp(&c[b])).find(|o| o.is_ne());
    let texts =
        || ledger.texts.iter().flatten().map(|c| c.codes[a].cmp(&c.codes[b])).find(|o| o.is_ne());
    of(a)
        .cmp(&of(b))
        .then_with(|| dates().or_else(amounts).or_else(texts).unwrap_or(Ordering::Equal))
}

/// Pairs the k-th occurrence in each source with the k-th kept so far.
fn pair(ledger: &Ledger, rows: &mut [u32], gone: &mut [bool], copies: &mut Vec<Copie>) {
    rows.sort_by(|a, b| by_content(ledger, *a as usize, *b as usize).then(a.cmp(b)));
    for same in rows.chunk_by(|a, b| by_content(ledger, *a as usize, *b as usize).is_eq()) {
        let mut hosts: Vec<u32> = Vec::new();
        // Rows come by source, since sources were pushed one after the other.
        for of_source in
            same.chunk_by(|a, b| ledger.source[*a as usize] == ledger.source[*b as usize])
        {
            let known = hosts.len();
            for (k, row) in of_source.iter().enumerate() {
                let at = *row as usize;
                if k < known {
                    gone[at] = true;
                    copies.push(Copie {
                        row: hosts[k],
                        source: ledger.source[at],
                        record: ledger.record[at],
                    });
                } else {
                    hosts.push(*row);
                }
            }
        }
    }
}

/// Two rows of two sources that differ by their amount, when there is no other.
fn conflict(ledger: &Ledger, rows: &[u32], gone: &[bool]) -> Option<Conflit> {
    let left: Vec<usize> = rows.iter().map(|r| *r as usize).filter(|r| !gone[*r]).collect();
    let [a, b] = left.as_slice() else { return None };
    let (a, b) = (*a.min(b), *a.max(b));
    let clear = ledger.source[a] != ledger.source[b] && agree(ledger, a, b);
    let named = |r: usize| (ledger.record_name(r), ledger.montant[r]);
    clear.then(|| Conflit { retenu: named(a), autre: named(b) })
}

/// The ledger without the rows that became provenances.
fn without(mut ledger: Ledger, gone: &[bool], mut copies: Vec<Copie>) -> Ledger {
    if copies.is_empty() {
        return ledger;
    }
    let mut new_row = vec![0_u32; gone.len()];
    let mut next = 0;
    for (row, lost) in gone.iter().enumerate() {
        new_row[row] = next;
        next += u32::from(!lost);
    }
    for copy in &mut copies {
        copy.row = new_row[copy.row as usize];
    }
    copies.sort_unstable();
    retain(&mut ledger.source, gone);
    retain(&mut ledger.record, gone);
    retain(&mut ledger.montant, gone);
    retain(&mut ledger.sens, gone);
    retain(&mut ledger.exercice, gone);
    ledger.dates.iter_mut().flatten().for_each(|c| retain(c, gone));
    ledger.amounts.iter_mut().flatten().for_each(|c| retain(c, gone));
    ledger.texts.iter_mut().flatten().for_each(|c| retain(&mut c.codes, gone));
    ledger.copies = copies;
    ledger
}

fn retain<T>(values: &mut Vec<T>, gone: &[bool]) {
    let mut lost = gone.iter();
    values.retain(|_| !lost.next().copied().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

    fn ledger(rows: &[(&str, &str, i64)]) -> Ledger {
        let mut builder = LedgerBuilder::default();
        let mut last = "";
        let mut record = 0;
        for (source, mandat, montant) in rows {
            if *source != last {
                builder.source(source);
                (last, record) = (source, 0);
            }
            record += 1;
            let mut row = LedgerRow { record, montant: *montant, ..LedgerRow::empty() };
            row.texts[TextKey::Mandat as usize] = mandat.as_bytes();
            builder.push(&row);
        }
        builder.finish()
    }

    fn names(ledger: &Ledger) -> Vec<String> {
        (0..ledger.len())
            .map(|row| {
                let all: Vec<String> = ledger
                    .provenances(row)
                    .map(|(s, n)| format!("{}#{n}", ledger.sources[s as usize]))
                    .collect();
                all.join(" ")
            })
            .collect()
    }

    #[test]
    fn overlapping_extracts_give_one_record() {
        let hashes = ["x".to_owned(), "y".to_owned()];
        let rows = [("a", "1", 10), ("a", "2", 20), ("b", "2", 20), ("b", "3", 30)];
        let (merged, conflicts) = gather(ledger(&rows), &hashes);
        assert_eq!(names(&merged), ["a#1", "a#2 b#1", "b#2"]);
        assert!(conflicts.is_empty());
    }

    #[test]
    fn identical_lines_of_a_source_stay_and_pair_one_to_one() {
        let hashes = ["x".to_owned(), "y".to_owned()];
        let rows = [("a", "1", 10), ("a", "1", 10), ("b", "1", 10), ("b", "1", 10), ("b", "1", 10)];
        let (merged, _) = gather(ledger(&rows), &hashes);
        assert_eq!(names(&merged), ["a#1 b#1", "a#2 b#2", "b#3"]);
    }

    #[test]
    fn without_a_number_only_the_same_file_is_gathered() {
        let rows = [("a", "", 10), ("b", "", 10)];
        let (merged, _) = gather(ledger(&rows), &["x".to_owned(), "y".to_owned()]);
        assert_eq!(merged.len(), 2);
        let (merged, _) = gather(ledger(&rows), &["x".to_owned(), "x".to_owned()]);
        assert_eq!(names(&merged), ["a#1 b#1"]);
    }

    #[test]
    fn a_different_amount_is_a_conflict() {
        let rows = [("a", "1", 10), ("b", "1", 12)];
        let (merged, conflicts) = gather(ledger(&rows), &["x".to_owned(), "y".to_owned()]);
        assert_eq!(merged.len(), 2);
        assert_eq!(conflicts, [Conflit { retenu: ("a#1".into(), 10), autre: ("b#1".into(), 12) }]);
    }
}
