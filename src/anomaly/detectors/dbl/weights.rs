//! Match weights of the levels, after Fellegi and Sunter (1969): log2 of how much more often a level is
//! met among duplicates (m) than among honest pairs (u).
//!
//! m starts from what audits report (DOMAIN D.6) and from the ledger's own make-up; m, u, the honest rates and
//! the rate of duplicates are refined without labels by a few steps of EM, within bounds (`refine`). The chance that a supplier
//! shows a pattern honestly is learnt from its own rows, drawn to the mean of the ledger when it has few
//! (Gamma-Poisson shrinkage), the pair judged being left out.
//! **Invariant:** weights depend on counts only, never on the order of the pairs.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::crowds::{Crowds, tariff_level};
use super::facts;
use super::levels::{Amount, Num, Pair, Payee};
use super::priors::{
    SERIES_M, amount_of, bucket, gap_level, gap_prior, is_absent, is_bare, is_slip_alone,
    pattern_priors, shares, usual_level, usual_rate,
};
use super::refine;
use super::series::{FALLING, MOVED, RISING, Series};
use super::units::Units;
use crate::anomaly::prepare::NO_SUPPLIER;

/// Expected share of rows that repeat a payment, at the start (DOMAIN D.6: 0.05 to 0.2 %).
const PRIOR: f64 = 0.001;
/// Rows of the ledger's mean that weigh as much as a supplier's own rows, for numbered patterns (whose
/// honest cases sit in few suppliers) and for the others.
const SHRINK: [f64; 2] = [12.0, 50.0];
/// Largest weight, either way, of a supplier's habits.
const HABITS: f64 = 8.0;
/// Largest weight in favour.
const HABITS_FOR: f64 = 4.0;
/// Largest weights in favour of a gap, a label, a rare amount: small ledgers have not shown everything.
const GAP_MOST: f64 = 4.5;
const LABEL_MOST: f64 = 5.5;
const RARE_MOST: f64 = 4.0;
/// Share of the second payments of a term that fall in its own period.
const SURPLUS_M: f32 = 0.9;
/// Steps of EM.
const STEPS: usize = 8;

/// First of the patterns of equal amounts that no number supports.
pub(super) const BARE: usize = 35;
/// First of the patterns of equal amounts and like numbers at two suppliers.
pub(super) const CROSS: usize = BARE + 12;
pub(super) const PATTERNS: usize = CROSS + 4;
/// Share of the duplicates paid to another supplier.
pub(super) const ELSEWHERE: f64 = 0.03;
/// Rows of an ordinary ledger that weigh as much as the rows of this one.
const ORDINARY: f64 = 1000.0;
/// Rows of ordinary ledgers that weigh as much as the rows of this one for the rate of duplicates.
const ORDINARY_TOWN: f64 = 20_000.0;
/// Pairs of an ordinary ledger that weigh as much as the pairs of this one.
const ORDINARY_PAIRS: f64 = 30.0;
pub(super) const FIELDS: usize = 16;
pub(super) const LEVELS: usize = 21;
const CLASSES: usize = 6;

/// Names of the fields beside amount and number.
pub(super) const PAYEE: usize = 0;
pub(super) const GAP: usize = 1;
pub(super) const PLACE: usize = 2;
pub(super) const LABEL: usize = 3;
pub(super) const RHYTHM: usize = 4;
pub(super) const REUSE: usize = 5;
pub(super) const COMMON: usize = 6;
pub(super) const SHAPE: usize = 7;
pub(super) const TARIFF: usize = 8;
pub(super) const SCHEDULE: usize = 9;
pub(super) const SERIES: usize = 10;
pub(super) const ORDER: usize = 11;
pub(super) const INVOICED: usize = 12;
pub(super) const NAMED: usize = 13;
pub(super) const RECEIPT: usize = 14;
pub(super) const SITES: usize = 15;

/// Level of a field that does not matter to a class.
const UNSAID: u8 = LEVELS as u8 - 1;
/// Level of each field that says nothing (value unknown or out of place); `LEVELS` when there is none.
const SILENT: [u8; FIELDS] = [
    UNSAID, UNSAID, 3, 2, UNSAID, 7, UNSAID, 2, UNSAID, UNSAID, UNSAID, UNSAID, UNSAID, UNSAID,
    UNSAID, UNSAID,
];

/// The weights of one pair, before rounding; their sum is the log2 odds of a duplicate.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weights {
    /// Odds before looking at anything.
    pub(super) prior: f64,
    /// Amount alone.
    pub(super) amount: f64,
    /// Number, given the amount.
    pub(super) number: f64,
    /// What this supplier is used to.
    pub(super) habit: f64,
    /// The other fields.
    pub(super) fields: [f64; FIELDS],
}

impl Weights {
    /// Log2 odds.
    pub(super) fn total(&self) -> f64 {
        self.prior + self.amount + self.number + self.habit + self.fields.iter().sum::<f64>()
    }
}

/// Bounds that reason sets: payment runs fall on the same gaps as rhythms, so that standing apart from
/// them says little more; what differs between two payments never speaks for one debt.
#[allow(clippy::match_same_arms)] // one line a field, in the order of the fields
fn bounded(field: usize, level: u8, weight: f64) -> f64 {
    match (field, level) {
        (SCHEDULE, _) => weight.clamp(-4.0, 1.0),
        (PLACE, 1 | 2) | (LABEL, 1 | 4) | (ORDER, 1) | (INVOICED, 2) => weight.min(0.0),
        (SERIES, MOVED | RISING) => weight.clamp(-8.0, 0.0),
        (SERIES, FALLING) => weight.clamp(-4.0, 0.5),
        (SERIES, _) => weight.clamp(-4.0, 2.0),
        (RECEIPT, _) => weight.clamp(-4.0, 0.0),
        (INVOICED, 1) => weight.min(0.5),
        (INVOICED, _) => weight.min(5.0),
        (GAP, 15..) => weight.min(0.0),
        (GAP, _) => weight.min(GAP_MOST),
        (LABEL, 0 | 5) => weight.min(LABEL_MOST),
        (TARIFF | COMMON, _) => weight.min(RARE_MOST),
        _ => weight,
    }
}

/// Rounds to a multiple of 2^-20, so that sums of millions are exact whatever their order.
fn exact(share: f64) -> f64 {
    (share * 1_048_576.0).round() / 1_048_576.0
}

/// Probability of log2 odds.
pub(super) fn probability(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp2())
}

/// What a pair shows, as small numbers.
#[derive(Debug, Clone, Copy)]
struct Seen {
    pattern: u8,
    class: u8,
    /// Kind of pair of numbers, for the field `SERIES`: a slip, neighbours, others.
    kind: u8,
    levels: [u8; FIELDS],
    supplier: u32,
    /// Habit of the two payees of a pair across suppliers, in bits.
    sharing: f32,
    /// Evidence that a term was paid once too many, bits.
    surplus: f32,
    /// True for the pair that stands for its two invoices: their lines answer each other several times.
    counted: bool,
}

impl Seen {
    /// Which table of honest shares a field reads.
    fn class_of(&self, field: usize) -> usize {
        usize::from(match (field, self.class, self.kind) {
            (SERIES, ..) => self.kind,
            // neighbours of a series are often billed together, rows without number hardly ever
            (INVOICED, 1, 1) => 5,
            (INVOICED, 1, 3) => 4,
            _ => self.class,
        })
    }
}

/// Least share of honest pairs in a pattern, lest a few odd pairs teach the model what is odd.
fn mostly(pattern: usize) -> f64 {
    match pattern {
        p if is_bare(p) => 0.8,
        p if is_slip_alone(p) => 0.9,
        CROSS.. => 0.5,
        p if p % 7 == Num::Slip as usize => 0.5,
        _ => 0.1,
    }
}

/// The estimated model.
pub(super) struct Model {
    prior: f64,
    m_pattern: [f64; PATTERNS],
    refined_pattern: [f64; PATTERNS],
    mean: [f64; PATTERNS],
    raw: [f64; PATTERNS],
    own: FxHashMap<(u32, u8), f64>,
    m: [[f64; LEVELS]; FIELDS],
    /// The same, drawn to what the probable duplicates of this ledger show.
    refined: [[f64; LEVELS]; FIELDS],
    /// Honest pairs by class, field and level, and over the levels.
    u: [[[f64; LEVELS]; FIELDS]; CLASSES],
    all: [[f64; FIELDS]; CLASSES],
    units: f64,
    /// Weight of the relation of amounts alone.
    alike: [f64; 5],
    numbered: f64,
    sizes: Vec<f64>,
    seen: Vec<Seen>,
}

/// Pattern of amount, number and block of a pair.
fn pattern_of(pair: &Pair) -> usize {
    let base = pair.amount as usize * 7 + pair.num as usize;
    let elsewhere = matches!(pair.payee, Payee::Near | Payee::Other);
    match (pair.amount, pair.num) {
        (_, num) if elsewhere => CROSS + (num as usize).min(3),
        (Amount::Equal, Num::Serial) => BARE + bucket(pair.group),
        (Amount::Equal, Num::Other) => BARE + 4 + bucket(pair.group),
        (Amount::Equal, Num::Absent) => BARE + 8 + bucket(pair.group),
        _ => base,
    }
}

fn see(units: &Units, crowds: &Crowds, series: &Series, pair: &Pair) -> Seen {
    let pattern = pattern_of(pair);
    let elsewhere = pattern >= CROSS;
    let class = match (elsewhere, pair.num) {
        (true, _) => 2,
        (_, Num::Same | Num::Key | Num::Suffix) => 0,
        // a slip may be two honest numbers that look alike by chance
        (_, Num::Slip) => 3,
        _ => 1,
    };
    let once = class == 1 && facts::paid_once(units, pair);
    // a reminder, or a thing billed anew, bears a number and a date of its own
    let said = |level: Option<u8>| level.filter(|_| !once && pair.label != 3).unwrap_or(UNSAID);
    let sites = facts::sites(units, pair);
    let invoiced = said(facts::invoiced(units, pair));
    // two payments of one invoice date are not two terms: rhythms of payment say nothing of them
    let paced = |level: u8| if once || (class == 1 && invoiced == 0) { UNSAID } else { level };
    Seen {
        pattern: pattern as u8,
        class,
        kind: match pair.num {
            Num::Slip => 0,
            Num::Serial => 1,
            Num::Absent => 3,
            _ => 2,
        },
        levels: [
            if sites { UNSAID } else { pair.payee as u8 },
            paced(gap_level(pair.gap)),
            pair.place,
            if once { 2 } else { crowds.label_level(units, pair) },
            if pair.surplus > 0 { UNSAID } else { pair.rhythm },
            crowds.reuse_level(units, pair, class),
            // its other payments are the terms expected
            if pair.surplus > 0 { UNSAID } else { crowds.common_level(units, pair) },
            crowds.shape_level(units, pair, class),
            if class != 0 || pair.num == Num::Slip {
                tariff_level(units.amount(pair.b))
            } else {
                UNSAID
            },
            if class == 1 { paced(crowds.schedule_level(units, pair)) } else { UNSAID },
            said(if class == 2 || sites { None } else { series.level(units, pair) }),
            facts::orders(units, pair).unwrap_or(UNSAID),
            invoiced,
            if class == 1 {
                2 + u8::from(once)
            } else {
                facts::named(units, pair).unwrap_or(UNSAID)
            },
            if class == 1 { facts::receipt(units, pair) } else { UNSAID },
            if sites { 0 } else { UNSAID },
        ],
        supplier: if class == 2 { NO_SUPPLIER } else { units.supplier(pair.b) },
        sharing: if class == 2 { crowds.sharing(units, pair) as f32 } else { 0.0 },
        surplus: if pair.surplus == 0 { 0.0 } else { (SURPLUS_M * f32::from(pair.surplus)).log2() },
        counted: true,
    }
}

/// Order in which a pair stands for its two invoices: totals first, then what it shows, and its place.
type Rank = (bool, u8, [u8; FIELDS], usize);

/// Keeps one pair counted for each pair of invoices: that of the two totals, else the first by what it shows.
fn once_by_invoices(units: &Units, pairs: &[Pair], seen: &mut [Seen]) {
    let mut best: FxHashMap<(u32, u32), Rank> = FxHashMap::default();
    for (i, pair) in pairs.iter().enumerate() {
        if units.alone(pair.a) && units.alone(pair.b) {
            continue;
        }
        let rows = units.rows() as u32;
        let mine = (pair.a < rows || pair.b < rows, seen[i].pattern, seen[i].levels, i);
        seen[i].counted = false;
        best.entry(units.invoices(pair.a, pair.b))
            .and_modify(|kept| *kept = mine.min(*kept))
            .or_insert(mine);
    }
    for (.., i) in best.into_values() {
        seen[i].counted = true;
    }
}

impl Model {
    /// Learns the weights from the candidate pairs.
    pub(super) fn learn(units: &Units, pairs: &[Pair]) -> Self {
        let mut crowds = Crowds::count(units);
        crowds.schedules(units, pairs);
        let series = Series::measure(units);
        let mut seen: Vec<Seen> =
            pairs.par_iter().map(|p| see(units, &crowds, &series, p)).collect();
        once_by_invoices(units, pairs, &mut seen);
        let mut model = Self::start(units, &crowds, seen);
        let start: Vec<f64> = model.seen.iter().map(|s| model.start_posterior(s)).collect();
        model.count(&start);
        for _ in 0..STEPS {
            let posterior: Vec<f64> =
                model.seen.par_iter().map(|s| probability(model.weigh_seen(s).total())).collect();
            model.count(&posterior);
        }
        model
    }

    /// Weights of the pair number `i` of those learnt from.
    pub(super) fn weigh(&self, i: usize) -> Weights {
        self.weigh_seen(&self.seen[i])
    }

    fn start(units: &Units, crowds: &Crowds, seen: Vec<Seen>) -> Self {
        let mut sizes = vec![0.0; units.prepared.kin.len()];
        for card in &units.cards {
            if let Some(n) = sizes.get_mut(card.supplier as usize) {
                *n += 1.0;
            }
        }
        let mut raw = [0.0; PATTERNS];
        for s in seen.iter().filter(|s| s.counted) {
            raw[s.pattern as usize] += 1.0;
        }
        let mut m = [[1.0; LEVELS]; FIELDS];
        // the first three within one supplier, the last two across suppliers: each adds up to one
        m[PAYEE][..5].copy_from_slice(&[0.82, 0.12, 0.06, 0.6, 0.4]);
        m[GAP] = gap_prior();
        m[PLACE][..3].copy_from_slice(&[0.88, 0.07, 0.05]);
        let same = 0.78;
        let alone = crowds.unique.clamp(0.02, 0.98);
        m[LABEL][..6].copy_from_slice(&[same * (1.0 - alone), 0.14, 1.0, 0.05, 0.03, same * alone]);
        m[RHYTHM][..3].copy_from_slice(&[0.85, 0.05, 0.10]);
        m[REUSE] = crowds.reuse;
        m[COMMON] = crowds.common;
        m[TARIFF] = crowds.tariff;
        m[SCHEDULE] = crowds.calendar;
        m[ORDER][..2].copy_from_slice(&[0.75, 0.25]);
        m[INVOICED][..3].copy_from_slice(&[0.72, 0.06, 0.22]);
        // two payees: the label names the other one; else: a thing paid once
        m[NAMED][..4].copy_from_slice(&[0.55, 0.45, 0.8, 0.2]);
        m[RECEIPT][..2].copy_from_slice(&[0.99, 0.01]);
        m[SITES][0] = 0.02;
        m[SHAPE][..2].copy_from_slice(&[0.5, 0.5]);
        m[SHAPE][3..6].copy_from_slice(&crowds.lengths);
        let m_pattern = pattern_priors(&shares(units), crowds.absent);
        Self {
            prior: PRIOR,
            m_pattern,
            refined_pattern: m_pattern,
            mean: [0.0; PATTERNS],
            raw,
            own: FxHashMap::default(),
            m,
            refined: m,
            u: [[[0.0; LEVELS]; FIELDS]; CLASSES],
            all: [[0.0; FIELDS]; CLASSES],
            units: units.cards.len().max(1) as f64,
            alike: [0.0; 5],
            numbered: 1.0 - crowds.absent,
            sizes,
            seen,
        }
    }

    /// M-step: honest counts by pattern and supplier, and by level and class.
    fn count(&mut self, posterior: &[f64]) {
        let mut total = [0.0; PATTERNS];
        let mut u = [[[0.0; LEVELS]; FIELDS]; CLASSES];
        self.own.clear();
        for (s, p) in self.seen.iter().zip(posterior).filter(|(s, _)| s.counted) {
            let honest = exact(1.0 - p);
            let surely = exact((1.0 - p).max(mostly(s.pattern as usize)));
            total[s.pattern as usize] += honest;
            *self.own.entry((s.supplier, s.pattern)).or_insert(0.0) += honest;
            for (field, level) in s.levels.iter().enumerate().filter(|(f, l)| **l != SILENT[*f]) {
                u[s.class_of(field)][field][*level as usize] +=
                    if field == NAMED { honest } else { surely };
            }
        }
        self.refine_prior(posterior);
        if self.numbered >= 0.5 {
            self.refined = refine::levels(&self.m, self.linked(posterior));
            self.refined_pattern = refine::patterns(&self.m_pattern, self.linked(posterior));
        }
        for (p, honest) in total.iter().enumerate() {
            let honest = honest.max(mostly(p) * self.raw[p]) + ORDINARY * self.usual(p);
            self.mean[p] = honest / (self.units + ORDINARY);
        }
        for amount in 0..5 {
            let sum = |table: &[f64; PATTERNS]| -> f64 {
                (0..PATTERNS).filter(|p| amount_of(*p) == amount).map(|p| table[p]).sum()
            };
            self.alike[amount] = (sum(&self.refined_pattern) / sum(&self.mean)).log2();
        }
        self.all = u.map(|fields| fields.map(|levels| levels.iter().sum()));
        self.u = u;
    }

    /// Honest rate of a pattern in an ordinary ledger with as many numbers as this one.
    fn usual(&self, pattern: usize) -> f64 {
        let known = if is_absent(pattern) { 1.0 - self.numbered } else { self.numbered };
        usual_rate(pattern) * known.max(0.001)
    }

    /// Share of duplicates in a pattern before any estimate: what exceeds the usual rate of honest pairs.
    fn start_posterior(&self, seen: &Seen) -> f64 {
        let p = seen.pattern as usize;
        if p >= BARE || is_slip_alone(p) {
            return 0.0;
        }
        1.0 - (self.usual(p) * self.units / self.raw[p].max(1.0)).min(1.0)
    }

    /// The rate of duplicates, read on the numbered invoices only: without numbers it cannot be told from
    /// honest repeats, and stays at its start.
    fn refine_prior(&mut self, posterior: &[f64]) {
        if self.numbered < 0.5 {
            return;
        }
        let linked = self.seen.iter().zip(posterior);
        let linked = linked.filter(|(s, _)| s.counted && matches!(s.class, 0 | 3));
        let found: f64 = linked.map(|(_, p)| exact(*p)).sum();
        let rate = (found + PRIOR * ORDINARY_TOWN) / (self.units * self.numbered + ORDINARY_TOWN);
        self.prior = rate.clamp(PRIOR / 4.0, PRIOR * 4.0);
    }

    /// Pairs that a number links, with their probability, pattern and levels.
    fn linked<'a>(&'a self, posterior: &'a [f64]) -> impl Iterator<Item = refine::Likely<'a>> {
        let all = self.seen.iter().zip(posterior);
        let all = all.filter(|(s, _)| s.counted && matches!(s.class, 0 | 3));
        all.map(|(s, p)| (exact(*p), s.pattern as usize, &s.levels))
    }

    /// Share of a level among honest pairs, the pair judged being left out.
    fn honest_share(&self, class: usize, field: usize, level: usize) -> f64 {
        let counts = &self.u[class][field];
        let all = match (field, level) {
            // one table for two questions
            (NAMED, 0 | 1) => counts[0] + counts[1],
            (NAMED, _) => counts[2] + counts[3],
            _ => self.all[class][field],
        };
        let usual = ORDINARY_PAIRS * usual_level(class, field, level, &self.m);
        ((counts[level] - 1.0).max(0.0) + usual) / ((all - 1.0).max(0.0) + ORDINARY_PAIRS)
    }

    fn weigh_seen(&self, seen: &Seen) -> Weights {
        let p = seen.pattern as usize;
        let mean = self.mean[p];
        let rate = match self.sizes.get(seen.supplier as usize) {
            Some(size) => {
                let count = self.own.get(&(seen.supplier, seen.pattern)).copied().unwrap_or(0.0);
                let shrink = SHRINK[usize::from(is_bare(p))];
                ((count - 1.0).max(0.0) + shrink * mean) / (size + shrink)
            }
            None => mean,
        };
        let mut weights = Weights { prior: self.prior.log2(), ..Weights::default() };
        let alike = self.alike[amount_of(p)];
        weights.amount = alike;
        weights.number = (self.refined_pattern[p] / mean).log2() - alike;
        if seen.levels[LABEL] == 3 {
            // a reminder has a reference of its own
            weights.number = weights.number.max(0.0);
        }
        weights.habit = ((mean / rate).log2() + f64::from(seen.sharing)).clamp(-HABITS, HABITS_FOR);
        for (field, level) in seen.levels.iter().enumerate().filter(|(f, l)| **l != SILENT[*f]) {
            let m = match field {
                SERIES => SERIES_M[seen.kind as usize][*level as usize],
                // a number of its own and a date of its own are rarely both slips
                INVOICED if seen.kind != 3 && seen.class == 1 && *level == 2 => 0.08,
                _ => self.refined[field][*level as usize],
            };
            let u = self.honest_share(seen.class_of(field), field, *level as usize);
            weights.fields[field] = bounded(field, *level, (m / u).log2());
        }
        weights.fields[RHYTHM] += f64::from(seen.surplus);
        weights
    }
}
