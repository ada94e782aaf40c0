//! One record for what several sources tell: overlapping extracts, a file given twice, a mandat in a ledger
//! and in a PES flow, an invoice and the mandat that pays it.
//!
//! Three steps, each leaving less to the next: rows alike in all (here), one mandat of several systems
//! ([`mandats`]), invoices and mandats ([`invoices`]). Inside a source nothing is ever gathered: a mandat
//! may well have twenty identical lines, and duplicates are for the controls to find.
//!
//! **Invariant:** a record found `a` times in one source and `b` in another stays `max(a, b)` times; no
//! provenance is lost.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::frames::extra::{BETWEEN, Extra};
use crate::frames::fusions::Fusions;
use crate::frames::invoices;
use crate::frames::ledger::{Copie, Ledger, NO_TEXT, TextKey};
use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};
use crate::frames::mandats;
use crate::frames::payees::Formes;

/// A record whose amount differs between two sources that agree on all the rest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflit {
    /// `chemin#n` of the record kept, and its amount in centimes.
    pub retenu: (String, i64),
    /// `chemin#n` of the other one, and its amount in centimes.
    pub autre: (String, i64),
    /// True when they became one record, with the first amount; false when both are kept.
    pub fusion: bool,
}

/// What several sources hold, each record once.
#[derive(Debug, Default)]
pub struct Reunion {
    /// Mandats and titres; invoices too when there is nothing else.
    pub ledger: Ledger,
    /// Invoices that no mandat pays, beside a ledger of mandats.
    pub factures: Option<Ledger>,
    /// What does not tie, in the order of names.
    pub conflits: Vec<Conflit>,
    /// Rows taken for records of another file, by pair of files.
    pub recoupements: Vec<Recoupement>,
    /// Pairs of sources with rows alike that nothing numbers, counted in both, and how many.
    pub semblables: Vec<(String, String, u64)>,
}

/// Rows of one source that are records of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoupement {
    /// The source whose records are kept.
    pub retenu: String,
    /// The source whose rows became provenances.
    pub autre: String,
    /// How many rows.
    pub lignes: u64,
    /// Their amount, centimes.
    pub total: i128,
}

/// What each pair of sources has in common. A mandat told whole and kept by its lines counts once.
fn recoupements(ledger: &Ledger, held: &[(u32, u32)]) -> Vec<Recoupement> {
    let mut sums: BTreeMap<(u32, u32), (u64, i128)> = BTreeMap::new();
    for same in held.chunk_by(|a, b| a.0 == b.0) {
        let (from, to) = (same[0].0 as usize, same[0].1 as usize);
        let sum = sums.entry((ledger.source[to], ledger.source[from])).or_default();
        sum.0 += 1;
        sum.1 += i128::from(ledger.montant[from]);
    }
    let name = |source: u32| ledger.sources[source as usize].clone();
    sums.into_iter()
        .map(|((to, from), (lignes, total))| Recoupement {
            retenu: name(to),
            autre: name(from),
            lignes,
            total,
        })
        .collect()
}

/// Gathers the records that several sources hold. `hashes` are those of the sources, in their order.
pub fn gather(mut ledger: Ledger, hashes: &[String]) -> Reunion {
    if ledger.sources.len() < 2 {
        return split(ledger, Vec::new());
    }
    let (same_bytes, semblables) =
        alike(&ledger, first_with_same_bytes(hashes, ledger.sources.len()));
    let mut groups = by_hash(&ledger, &same_bytes);
    let mut fusions = Fusions::new(ledger.len());
    let mut conflits = Vec::new();
    for group in groups.values_mut().filter(|rows| rows.len() > 1) {
        pair(&ledger, group, &mut fusions);
    }
    drop(groups);
    let formes = Formes::new(&ledger);
    mandats::join(&mut ledger, &formes, &mut fusions, &mut conflits);
    invoices::join(&mut ledger, &formes, &mut fusions, &mut conflits);
    drop(formes);
    conflits.sort();
    conflits.dedup();
    let held = fusions.held();
    let told = recoupements(&ledger, &held);
    let copies = Fusions::copies(&held, &ledger);
    let out = split(without(ledger, fusions.gone(), copies, &held), conflits);
    Reunion { recoupements: told, semblables, ..out }
}

/// Takes the invoices that no mandat pays out of a ledger that holds mandats too.
fn split(ledger: Ledger, conflits: Vec<Conflit>) -> Reunion {
    let unpaid = ledger.text(TextKey::Etape).map(|c| {
        let invoice: Vec<bool> =
            c.dictionary.iter().map(|t| t.eq_ignore_ascii_case("facture")).collect();
        let of = |code: &u32| invoice.get(*code as usize).copied().unwrap_or(false);
        c.codes.iter().map(of).collect::<Vec<bool>>()
    });
    let unpaid = unpaid.filter(|u| u.contains(&true) && u.contains(&false));
    let Some(unpaid) = unpaid else {
        return Reunion { ledger, conflits, ..Reunion::default() };
    };
    let factures = chosen(&ledger, &unpaid);
    let copies = ledger.copies.clone();
    let copies = copies.into_iter().filter(|c| !unpaid[c.row as usize]).collect();
    let mut ledger = ledger;
    ledger.copies.clear();
    let ledger = without(ledger, &unpaid, copies, &[]);
    Reunion { ledger, factures: Some(factures), conflits, ..Reunion::default() }
}

/// The rows chosen, as a ledger with the same sources.
fn chosen(from: &Ledger, keep: &[bool]) -> Ledger {
    let mut builder = LedgerBuilder::default();
    let extras: Vec<(&Extra, Option<u32>)> =
        from.extras.iter().map(|c| (c, builder.extras().0.place(c.nom(), c.titre()))).collect();
    let mut copies = Vec::new();
    let mut sources = Vec::new();
    for row in (0..from.len()).filter(|r| keep[*r]) {
        let mut line = LedgerRow { record: from.record[row], ..LedgerRow::empty() };
        (line.montant, line.sens) = (from.montant[row], from.sens[row]);
        line.exercice = from.exercice[row];
        for (day, column) in line.dates.iter_mut().zip(&from.dates) {
            *day = column.as_ref().map_or(*day, |c| c[row]);
        }
        for (amount, column) in line.amounts.iter_mut().zip(&from.amounts) {
            *amount = column.as_ref().map_or(*amount, |c| c[row]);
        }
        for (text, column) in line.texts.iter_mut().zip(&from.texts) {
            *text = column.as_ref().map_or(&[][..], |c| c.get(row).as_bytes());
        }
        let mut told = from.provenances(row);
        sources.extend(told.next().map(|(source, _)| source));
        let at = builder.len() as u32;
        copies.extend(told.map(|(source, record)| Copie { row: at, source, record }));
        builder.push(&line);
        for (column, place) in &extras {
            let (kept, last) = builder.extras();
            if let Some(place) = place {
                kept.set(*place, last, column.get(row).as_bytes());
            }
        }
    }
    let mut out = builder.finish();
    out.sources.clone_from(&from.sources);
    out.source = sources;
    out.copies = copies;
    out
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

/// Least rows without a number that two sources have in common to be the same extract.
const LEAST_ALIKE: u64 = 3;

/// Sources whose rows without a number are, nine in ten, those of another: the same extract in another
/// format, or an extract of a part of the year. They join the group of `groups`; beside, the pairs of other sources
/// that share one row in five, which may be extracts that overlap.
fn alike(ledger: &Ledger, mut groups: Vec<u32>) -> (Vec<u32>, Vec<(String, String, u64)>) {
    let mut rows: Vec<(u64, u32)> = (0..ledger.len())
        .filter(|row| !has_number(ledger, *row))
        .map(|row| {
            (
                row_hash(ledger, row, None) ^ (ledger.montant[row] as u64).rotate_left(17),
                ledger.source[row],
            )
        })
        .collect();
    rows.sort_unstable();
    let mut sizes = vec![0_u64; groups.len()];
    let mut common: FxHashMap<(u32, u32), u64> = FxHashMap::default();
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        let sources: Vec<(u32, u64)> =
            same.chunk_by(|a, b| a.1 == b.1).map(|of| (of[0].1, of.len() as u64)).collect();
        for (i, (a, n)) in sources.iter().enumerate() {
            sizes[*a as usize] += n;
            for (b, m) in sources.iter().skip(i + 1).take(MOST_ALIKE) {
                *common.entry((*a, *b)).or_default() += n.min(m);
            }
        }
    }
    let mut pairs: Vec<((u32, u32), u64)> = common.into_iter().collect();
    pairs.sort_unstable();
    let mut overlapping = Vec::new();
    for ((a, b), n) in pairs {
        let least = sizes[a as usize].min(sizes[b as usize]);
        if groups[a as usize] == groups[b as usize] || n < LEAST_ALIKE {
            continue;
        }
        if n * 10 >= least * 9 {
            let (to, from) = (groups[a as usize], groups[b as usize]);
            let (to, from) = (to.min(from), to.max(from));
            groups.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
        } else if n * 5 >= least {
            let name = |source: u32| ledger.sources[source as usize].clone();
            overlapping.push((name(a), name(b), n));
        }
    }
    (groups, overlapping)
}

/// Sources compared with one that holds the same row.
const MOST_ALIKE: usize = 64;

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
fn pair(ledger: &Ledger, rows: &mut [u32], fusions: &mut Fusions) {
    rows.sort_by(|a, b| by_content(ledger, *a as usize, *b as usize).then(a.cmp(b)));
    for same in rows.chunk_by(|a, b| by_content(ledger, *a as usize, *b as usize).is_eq()) {
        let mut hosts: Vec<u32> = Vec::new();
        // Rows come by source, since sources were pushed one after the other.
        for of_source in
            same.chunk_by(|a, b| ledger.source[*a as usize] == ledger.source[*b as usize])
        {
            let known = hosts.len();
            for (k, row) in of_source.iter().enumerate() {
                if k < known {
                    fusions.put(*row, hosts[k]);
                } else {
                    hosts.push(*row);
                }
            }
        }
    }
}

/// The ledger without the rows that became provenances; those that hold them say what they said.
fn without(
    mut ledger: Ledger,
    gone: &[bool],
    mut copies: Vec<Copie>,
    held: &[(u32, u32)],
) -> Ledger {
    if !gone.contains(&true) {
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
    let extras = std::mem::take(&mut ledger.extras).into_iter();
    ledger.extras = extras
        .map(|column| {
            let told = told_together(&column, held);
            column.without(gone, &told)
        })
        .filter(|column| !column.is_empty())
        .collect();
    ledger
}

/// Values of a column without a canonical name that the rows held add to the rows that hold them.
fn told_together(column: &Extra, held: &[(u32, u32)]) -> BTreeMap<u32, String> {
    let mut out: BTreeMap<u32, String> = BTreeMap::new();
    for (from, row) in held {
        let more = column.get(*from as usize);
        let known = out.get(row).map_or_else(|| column.get(*row as usize), String::as_str);
        if more.is_empty() || known.split(BETWEEN).any(|k| k == more) {
            continue;
        }
        let both = if known.is_empty() { more.to_owned() } else { [known, more].join(BETWEEN) };
        out.insert(*row, both);
    }
    out
}

fn retain<T>(values: &mut Vec<T>, gone: &[bool]) {
    let mut lost = gone.iter();
    values.retain(|_| !lost.next().copied().unwrap_or(false));
}

#[cfg(test)]
mod tests;
