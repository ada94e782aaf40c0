//! Candidate pairs by several keys, every block bounded, so that cost grows like the ledger.
//!
//! Keys: supplier and amount; supplier and number (or the number without its suffix), any amount a slip
//! explains, halves of a split included; number and amount whoever is paid; supplier and an amount a slip
//! explains, where there is no number.
//! **Invariant:** at most a constant number of pairs a unit, and the same pairs whatever the order.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::bare;
use super::levels::{
    Amount, Num, Pair, Payee, amounts, beats, labels, numbers, payees, places, taxed,
};
use super::surplus;
use super::units::{Card, Units};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::anomaly::prepare::words::Number;
use crate::frames::ledger::NO_TEXT;
use crate::stats::text::mix;

/// Blocks up to this size are compared in full.
const FULL: usize = 24;
/// In larger blocks each unit meets its next neighbours in time.
const NEXT: usize = 3;
/// Larger blocks of equal amounts without a common number are habits: their pairs are not kept.
const HABIT: u32 = 8;
/// Blocks of one number and amount over more suppliers than this are constants, not numbers.
const CROWD: usize = 8;

/// All candidate pairs, sorted and distinct.
pub(super) fn candidates(units: &Units) -> Vec<Pair> {
    let mut pairs = by_amount(units);
    pairs.extend(by_number(units));
    pairs.extend(across_suppliers(units));
    pairs.extend(without_number(units));
    pairs.par_sort_unstable_by_key(|p| (p.a, p.b, p.parts, u32::MAX - p.group));
    pairs.dedup_by_key(|p| (p.a, p.b, p.parts));
    whole_first(units, &mut pairs);
    pairs
}

/// Two invoices whose totals are equal are compared once: not line by line too.
fn whole_first(units: &Units, pairs: &mut Vec<Pair>) {
    let rows = units.rows() as u32;
    let whole = |p: &Pair| p.amount == Amount::Equal && p.a >= rows && p.b >= rows;
    let equal: FxHashSet<(u32, u32)> =
        pairs.iter().filter(|p| whole(p)).map(|p| units.invoices(p.a, p.b)).collect();
    if !equal.is_empty() {
        pairs.retain(|p| whole(p) || !equal.contains(&units.invoices(p.a, p.b)));
    }
}

/// Cuts a sorted list where `same` fails, and gathers what `emit` gives for each block.
fn blocks<T: Sync>(
    list: &[T],
    same: impl Fn(&T, &T) -> bool,
    emit: impl Fn(&[T], &mut Vec<Pair>) + Sync,
) -> Vec<Pair> {
    let blocks: Vec<&[T]> = list.chunk_by(same).filter(|b| b.len() > 1).collect();
    let parts: Vec<Vec<Pair>> = blocks
        .par_chunks(512)
        .map(|chunk| {
            let mut out = Vec::new();
            for block in chunk {
                emit(block, &mut out);
            }
            out
        })
        .collect();
    parts.concat()
}

/// Same supplier, same amount.
fn by_amount(units: &Units) -> Vec<Pair> {
    let ordinary = AtomicU64::new(0);
    let mut pairs = blocks(
        &units.cards,
        |a, b| a.supplier != NO_SUPPLIER && (a.supplier, a.amount) == (b.supplier, b.amount),
        |block, out| amount_block(units, block, &ordinary, out),
    );
    let found = pairs.iter().filter(|p| p.surplus > 0).count() as u64;
    let rare = surplus::one_in(found, ordinary.into_inner());
    pairs.iter_mut().filter(|p| p.surplus > 0).for_each(|p| p.surplus = rare);
    pairs
}

/// Pairs of a block of equal amounts; lines of one invoice answer each other rank by rank.
fn amount_block(units: &Units, block: &[Card], ordinary: &AtomicU64, out: &mut Vec<Pair>) {
    let mut ranked: Vec<(u32, Keyed)> = Vec::with_capacity(block.len());
    let mut last = None;
    for card in block {
        let invoice = units.invoice(card.unit);
        let rank = match ranked.last() {
            Some((rank, _)) if last == Some(invoice) => rank + 1,
            _ => 0,
        };
        last = Some(invoice);
        ranked.push((rank, with_number(card)));
    }
    let group = ranked.iter().filter(|r| r.0 == 0).count() as u32;
    let surplus = surplus::of_block(units, block);
    ordinary.fetch_add(surplus.ordinary, Ordering::Relaxed);
    for (a, b) in &surplus.pairs {
        let number = |u: u32| (u, units.number(u));
        // what the rhythm expects is taken out: two payments of this amount are left
        let pair = compare(units, number(*a), number(*b), Amount::Equal, 2);
        out.push(Pair { surplus: 1, rhythm: 2, ..pair });
    }
    let next = if ranked.len() <= FULL { FULL } else { NEXT };
    for (i, (rank, a)) in ranked.iter().enumerate() {
        for (_, b) in ranked[i + 1..].iter().take(next).filter(|(r, _)| r == rank) {
            if surplus.pairs.iter().any(|s| *s == (a.0, b.0) || *s == (b.0, a.0)) {
                continue;
            }
            push(units, *a, *b, group, out);
        }
    }
}

/// A unit and the keys of its number.
type Keyed = (u32, Number);

fn with_number(card: &Card) -> Keyed {
    (card.unit, card.number)
}

/// Same supplier, same number or stem.
fn by_number(units: &Units) -> Vec<Pair> {
    let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(units.cards.len());
    for (rank, card) in units.cards.iter().enumerate() {
        let (number, supplier) = (card.number, card.supplier);
        if number.key == 0 || supplier == NO_SUPPLIER {
            continue;
        }
        keyed.push((mix(number.key ^ mix(u64::from(supplier) + 1)), rank as u32));
        if number.stem != 0 && number.stem != number.key {
            keyed.push((mix(number.stem ^ mix(u64::from(supplier) + 1)), rank as u32));
        }
    }
    keyed.par_sort_unstable();
    blocks(&keyed, |x, y| x.0 == y.0, |block, out| number_block(units, block, out))
}

fn number_block(units: &Units, block: &[(u64, u32)], out: &mut Vec<Pair>) {
    let mut members: Vec<Keyed> =
        block.iter().map(|(_, rank)| with_number(&units.cards[*rank as usize])).collect();
    members.sort_unstable_by(|a, b| units.earlier(a.0, b.0));
    let next = if members.len() <= FULL { FULL } else { NEXT };
    for (i, a) in members.iter().enumerate() {
        for b in members[i + 1..].iter().take(next) {
            push(units, *a, *b, 0, out);
        }
    }
    if members.len() <= FULL {
        let members: Vec<u32> = members.iter().map(|m| m.0).collect();
        splits(units, &members, out);
    }
}

/// Two or three payments within a week that add up to another one, of the same number.
fn splits(units: &Units, members: &[u32], out: &mut Vec<Pair>) {
    for whole in members {
        let total = units.amount(*whole);
        let part = |u: u32| u != *whole && units.amount(u) < total && units.apart(*whole, u);
        let parts: Vec<u32> = members.iter().copied().filter(|u| part(*u)).collect();
        // lines of one invoice are not two payments
        let near = |x: u32, y: u32| {
            units.day(y) - units.day(x) <= 7 && units.invoice(x) != units.invoice(y)
        };
        for (i, x) in parts.iter().enumerate() {
            for (j, y) in parts.iter().enumerate().skip(i + 1).filter(|(_, y)| near(*x, **y)) {
                let rest = total - units.amount(*x) - units.amount(*y);
                if rest == 0 {
                    out.push(split(units, *whole, *x, [*y, NO_TEXT]));
                }
                let third = parts[j + 1..]
                    .iter()
                    .find(|z| units.amount(**z) == rest && near(*x, **z) && near(*y, **z));
                if let Some(z) = third {
                    out.push(split(units, *whole, *x, [*y, *z]));
                }
            }
        }
    }
}

/// The pair of a payment and of the first of the parts it was also paid in.
fn split(units: &Units, whole: u32, first: u32, parts: [u32; 2]) -> Pair {
    let before = units.earlier(whole, first).is_lt();
    let (a, b) = if before { (whole, first) } else { (first, whole) };
    let number = |u: u32| (u, units.number(u));
    Pair { parts, ..compare(units, number(a), number(b), Amount::Split, 0) }
}

/// Same number and amount, another supplier.
fn across_suppliers(units: &Units) -> Vec<Pair> {
    let mut keyed: Vec<(u64, u32)> = units
        .cards
        .iter()
        .enumerate()
        .filter(|(_, card)| card.number.len >= 3)
        .map(|(rank, card)| (mix(card.number.key ^ mix(card.amount as u64)), rank as u32))
        .collect();
    keyed.par_sort_unstable();
    blocks(
        &keyed,
        |x, y| x.0 == y.0,
        |block, out| {
            if block.len() > CROWD {
                return;
            }
            for (i, (_, x)) in block.iter().enumerate() {
                for (_, y) in &block[i + 1..] {
                    let (a, b) = (&units.cards[*x as usize], &units.cards[*y as usize]);
                    if a.supplier != b.supplier {
                        push(units, with_number(a), with_number(b), 0, out);
                    }
                }
            }
        },
    )
}

/// Same supplier, no number, amounts that one slip explains.
fn without_number(units: &Units) -> Vec<Pair> {
    bare::pairs(units, |x, y, how, part| {
        let one_invoice = |part| !units.apart(x, part) || units.invoice(y) == units.invoice(part);
        if !units.apart(x, y) || (part != NO_TEXT && one_invoice(part)) {
            return None;
        }
        if how == Amount::Vat && !taxed(units, x, y) {
            return None;
        }
        if how == Amount::Split {
            return Some(split(units, x, y, [part, NO_TEXT]));
        }
        let (a, b) = if units.earlier(x, y).is_le() { (x, y) } else { (y, x) };
        let number = |u: u32| (u, units.number(u));
        Some(compare(units, number(a), number(b), how, 0))
    })
}

/// Adds the pair of two units, when they may be two payments of one thing.
fn push(units: &Units, x: Keyed, y: Keyed, group: u32, out: &mut Vec<Pair>) {
    if !units.apart(x.0, y.0) {
        return;
    }
    let vat = || taxed(units, x.0, y.0);
    let Some(amount) = amounts(units.amount(x.0), units.amount(y.0), vat) else { return };
    let (a, b) = if units.earlier(x.0, y.0).is_le() { (x, y) } else { (y, x) };
    let pair = compare(units, a, b, amount, group);
    let bare = matches!(pair.num, Num::Other | Num::Absent | Num::Serial);
    let other_payee = matches!(pair.payee, Payee::Near | Payee::Other);
    if bare && (group > HABIT || other_payee || (group == 0 && amount == Amount::Equal)) {
        return;
    }
    out.push(pair);
}

/// Compares everything of two units.
fn compare(units: &Units, x: Keyed, y: Keyed, amount: Amount, group: u32) -> Pair {
    let (a, b) = (x.0, y.0);
    let gap = units.day(b) - units.day(a);
    let rhythm = match (amount, units.prepared.recurrence.of_row(units.row(b))) {
        (Amount::Equal, Some(rhythm)) => beats(rhythm, gap),
        _ => 0,
    };
    Pair {
        a,
        b,
        parts: [NO_TEXT; 2],
        group,
        amount,
        num: numbers(units, x, y),
        payee: payees(units, a, b),
        place: places(units, a, b),
        label: labels(units, a, b),
        rhythm,
        gap,
        surplus: 0,
    }
}
