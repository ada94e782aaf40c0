//! Starts of the weights: what audits and ordinary ledgers show before this one is read.
//!
//! Types and rates of DOMAIN D.6; honest rates are orders of size, soon outweighed by the ledger.
//! **Invariant:** constants and pure functions of them; nothing here is learnt.

use super::levels::{Amount, Num};
use super::units::{Card, Units};
use super::weights::{
    BARE, COMMON, CROSS, ELSEWHERE, FIELDS, GAP, INVOICED, LABEL, LEVELS, NAMED, ORDER, PATTERNS,
    PAYEE, PLACE, REUSE, RHYTHM, SERIES, SHAPE, SITES,
};

/// Limits of the gap levels in days, last excluded.
pub(super) const GAPS: [(i32, i32); 17] = [
    (0, 1),
    (1, 4),
    (4, 7),
    (7, 8),
    (8, 14),
    (14, 15),
    (15, 21),
    (21, 22),
    (22, 28),
    (28, 29),
    (29, 34),
    (34, 50),
    (50, 64),
    (64, 91),
    (91, 121),
    (121, 330),
    (330, 401),
];

pub(super) fn gap_level(gap: i32) -> u8 {
    GAPS.iter().position(|(from, to)| (*from..*to).contains(&gap)).unwrap_or(GAPS.len()) as u8
}

/// Probability that a second payment comes within each gap level: most within two months, then a tail.
pub(super) fn gap_prior() -> [f64; LEVELS] {
    let mut m = [0.01; LEVELS];
    for (level, (from, to)) in GAPS.iter().enumerate() {
        m[level] = (*from..*to).map(|day| day_share(day, [0.04, 0.75, 0.09, 0.12])).sum();
    }
    m
}

/// Relation of amounts of a pattern.
pub(super) fn amount_of(pattern: usize) -> usize {
    if pattern >= BARE { Amount::Equal as usize } else { pattern / 7 }
}

/// Patterns of units without number.
pub(super) fn is_absent(pattern: usize) -> bool {
    (BARE + 8..CROSS).contains(&pattern) || (pattern < BARE && pattern % 7 == Num::Absent as usize)
}

/// Patterns of amounts that only a slip links, without number.
pub(super) fn is_slip_alone(pattern: usize) -> bool {
    (7..BARE).contains(&pattern) && pattern % 7 == Num::Absent as usize
}

/// Honest pairs a row, by pattern, in an ordinary ledger.
pub(super) fn usual_rate(pattern: usize) -> f64 {
    const AMOUNTS: [f64; 5] = [1.0, 0.3, 0.15, 0.3, 0.15];
    const NUMBERS: [f64; 7] = [0.001, 0.0002, 0.0003, 0.001, 0.003, 0.01, 0.01];
    const BLOCKS: [f64; 4] = [0.03, 0.02, 0.02, 0.02];
    const ACROSS: [f64; 4] = [0.0003, 0.0002, 0.0003, 0.002];
    if pattern >= CROSS {
        return ACROSS[pattern - CROSS];
    }
    if pattern >= BARE {
        return BLOCKS[(pattern - BARE) % 4];
    }
    AMOUNTS[pattern / 7] * NUMBERS[pattern % 7]
}

/// Share of a level among honest pairs of an ordinary ledger; as among duplicates where nothing is known.
pub(super) fn usual_level(
    class: usize,
    field: usize,
    level: usize,
    m: &[[f64; LEVELS]; FIELDS],
) -> f64 {
    const PAYEES: [f64; 5] = [0.95, 0.01, 0.04, 0.1, 0.9];
    const PLACES: [f64; 3] = [0.70, 0.15, 0.15];
    const LABELS: [f64; 5] = [0.45, 0.25, 1.0, 0.005, 0.295];
    const RHYTHMS: [f64; 3] = [0.50, 0.40, 0.10];
    const SHAPES: [f64; 6] = [0.15, 0.85, 1.0, 0.5, 0.35, 0.15];
    // Honest pairs gather on numbers used again and on amounts everybody is paid.
    const CROWDED: [f64; 7] = [0.40, 0.15, 0.10, 0.12, 0.10, 0.08, 0.05];
    let table: &[f64] = match field {
        PAYEE => &PAYEES,
        PLACE => &PLACES,
        // Honest repeats rarely leave a label to two rows alone.
        LABEL if level == 5 => return 0.1 * m[LABEL][5],
        LABEL => &LABELS,
        RHYTHM => &RHYTHMS,
        SHAPE => &SHAPES,
        REUSE | COMMON => &CROWDED,
        SERIES => &SERIES_U[class],
        ORDER if class == 1 || class == 3 => &[0.15, 0.85],
        ORDER => &[0.5, 0.5],
        INVOICED if class == 0 => &[0.30, 0.05, 0.65],
        INVOICED if class == 4 => &[0.02, 0.05, 0.93],
        INVOICED if class == 5 => &[0.30, 0.30, 0.40],
        INVOICED => &[0.05, 0.05, 0.90],
        SITES => &[1.0],
        NAMED => &[0.995, 0.005, 0.998, 0.002],
        GAP if class == 1 || class == 3 => return usual_gap(level),
        GAP => return numbered_gap(level),
        _ => return m[field][level],
    };
    table.get(level).copied().unwrap_or(m[field][level])
}

/// How two different numbers of one invoice stand in the supplier's series (levels of `series`), for a
/// slip, neighbours, others: typed again, a number stays near the first one or leaves the series.
pub(super) const SERIES_M: [[f64; 6]; 3] = [
    [0.05, 0.40, 0.15, 0.10, 0.10, 0.20],
    [0.04, 0.36, 0.01, 0.14, 0.15, 0.30],
    [0.02, 0.26, 0.38, 0.08, 0.16, 0.10],
];
/// The same among honest invoices of an ordinary ledger.
const SERIES_U: [[f64; 6]; 3] = [
    [0.40, 0.10, 0.10, 0.20, 0.10, 0.10],
    [0.15, 0.08, 0.02, 0.30, 0.05, 0.40],
    [0.50, 0.08, 0.10, 0.22, 0.04, 0.06],
];

/// Share of a gap level among honest repeats: weeks, fortnights and months stand out.
pub(super) fn usual_gap(level: usize) -> f64 {
    const SHARES: [f64; 18] = [
        0.10, 0.02, 0.02, 0.04, 0.03, 0.04, 0.03, 0.03, 0.04, 0.06, 0.16, 0.06, 0.08, 0.06, 0.08,
        0.10, 0.04, 0.01,
    ];
    SHARES.get(level).copied().unwrap_or(0.01)
}

/// Share of a gap level among honest payments that share a number: file references and contracts last.
pub(super) fn numbered_gap(level: usize) -> f64 {
    let Some((from, to)) = GAPS.get(level) else { return 0.18 };
    (*from..*to).map(|day| day_share(day, [0.12, 0.32, 0.12, 0.26])).sum()
}

/// Probability of one day, given that of day 0, days 1 to 62, 63 to 120, 121 to 400.
pub(super) fn day_share(day: i32, shares: [f64; 4]) -> f64 {
    match day {
        0 => shares[0],
        1..=62 => shares[1] / 62.0,
        63..=120 => shares[2] / 58.0,
        _ => shares[3] / 280.0,
    }
}

/// Patterns of equal amounts that no number supports.
pub(super) fn is_bare(pattern: usize) -> bool {
    (BARE..CROSS).contains(&pattern)
}

pub(super) fn bucket(group: u32) -> usize {
    match group {
        0..=2 => 0,
        3 => 1,
        4..=6 => 2,
        _ => 3,
    }
}

/// Share of the units that are alone, 2, 3 to 5, more, in their block of equal amounts.
pub(super) fn shares(units: &Units) -> [f64; 4] {
    let mut share = [0.0; 4];
    let same = |a: &Card, b: &Card| (a.supplier, a.amount) == (b.supplier, b.amount);
    for block in units.cards.chunk_by(same) {
        share[bucket(block.len() as u32 + 1)] += block.len() as f64;
    }
    let all: f64 = share.iter().sum();
    share.map(|s| (s / all.max(1.0)).max(0.01))
}

/// Start of m by pattern: how a duplicate shows, by amount and number.
pub(super) fn pattern_priors(shares: &[f64; 4], absent: f64) -> [f64; PATTERNS] {
    const AMOUNTS: [f64; 5] = [0.72, 0.08, 0.08, 0.04, 0.08];
    const NUMBERS: [f64; 7] = [0.60, 0.16, 0.10, 0.07, 0.02, 0.05, 1.0];
    let mut m = [0.0; PATTERNS];
    for (a, x) in AMOUNTS.iter().enumerate() {
        for (n, y) in NUMBERS.iter().enumerate() {
            let known = if n == Num::Absent as usize { absent } else { 1.0 - absent };
            m[a * 7 + n] = x * y * known.max(0.001);
        }
    }
    for (start, n) in [(BARE, Num::Serial), (BARE + 4, Num::Other), (BARE + 8, Num::Absent)] {
        for (b, share) in shares.iter().enumerate() {
            m[start + b] = m[n as usize] * share;
        }
    }
    for n in 0..4 {
        m[CROSS + n] = m[n] * ELSEWHERE;
    }
    m
}
