//! From likelihoods to a ranked list: each row's odds of being an error, and what they are made of.
//!
//! **Invariant:** the terms of a candidate add up to its log-odds; ties are broken by content.

use crate::domain::progress::Progress;
use crate::frames::ledger::{Ledger, TextKey};
use crate::stats::mixture::dot;

use super::Params;
use super::habit::{Desk, Habit, LAWS, Laws, World};
use super::kinds::{self, KINDS, Kind, Likelihoods};
use super::record::Records;
use super::rows::{self, Slot};
use super::sign::{self, Signs, SupplierSigns};

/// Number of terms of a candidate.
pub(crate) const TERMS: usize = 8;

/// What the wording needs to know about a row and its supplier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Rows of the supplier.
    pub rows: u32,
    /// Median of its amounts, centimes.
    pub median: u64,
    /// Its largest amount but this one, centimes.
    pub largest: u64,
    /// The amount it bills most often, with its rows.
    pub mode: Option<(u64, u32)>,
    /// The amount before the error, when the error tells it, centimes.
    pub suspected: Option<u64>,
    /// Its negative rows.
    pub negatives: u32,
    /// True when the row holds the supplier's first payment, well after the ledger starts.
    pub first_payment: bool,
    /// Rows of other suppliers with the same amount.
    pub shared: u32,
}

/// A row that may be wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// The row.
    pub slot: Slot,
    /// The most probable kind of error.
    pub kind: Kind,
    /// Natural log of the odds of an error of any kind.
    pub log_odds: f64,
    /// Decibans: prior, then four terms that depend on the kind, then the other kinds, the leap above the
    /// largest other amount, and the words of the leap.
    pub terms: [f64; TERMS],
    /// For the wording.
    pub facts: Facts,
}

/// Ten times the decimal logarithm.
pub(crate) fn decibans(ratio: f64) -> f64 {
    10.0 * ratio.max(1e-300).log10()
}

/// Probability from natural log-odds.
pub(crate) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

struct Judge<'a> {
    world: &'a World,
    signs: &'a Signs,
    records: &'a Records,
    params: &'a Params,
    days: &'a dyn Fn(u32) -> i32,
    ledger_start: i32,
}

/// Candidates of the ledger, most probable first, `limit` of them at most.
pub(crate) fn candidates(
    ledger: &Ledger,
    slots: &[Slot],
    params: &Params,
    progress: &dyn Progress,
) -> Vec<Candidate> {
    if slots.len() < 2 {
        return Vec::new();
    }
    let suppliers = rows::runs(slots, |s| s.supplier);
    let world = World::learn(slots);
    let signs = Signs::learn(slots, &suppliers);
    let rate: f64 = Kind::ALL.into_iter().map(|k| params.rate(k)).sum();
    let records = Records::learn(ledger, slots, &suppliers, rate);
    let day = |row: u32| ledger.day(row as usize);
    let start = (0..ledger.len()).map(|r| ledger.day(r)).filter(|d| *d > i32::MIN).min();
    let judge = Judge {
        world: &world,
        signs: &signs,
        records: &records,
        params,
        days: &day,
        ledger_start: start.unwrap_or(i32::MIN),
    };
    let mut desk = Desk::default();
    let mut found = Vec::new();
    for (done, range) in suppliers.into_iter().enumerate() {
        if done % 256 == 0 {
            progress.tick("Montants atypiques", range.start as u64, slots.len() as u64);
            if progress.cancelled() {
                break;
            }
        }
        judge.supplier(Habit::open(&world, slots, range, &mut desk), &mut found);
    }
    rank(ledger, &mut found, (params.listed * ledger.len() as f64) as usize);
    found
}

fn rank(ledger: &Ledger, found: &mut Vec<Candidate>, limit: usize) {
    let texts = [TextKey::Mandat, TextKey::Facture, TextKey::Service, TextKey::Objet];
    let code = |row: u32| texts.map(|k| ledger.text(k).map_or(0, |c| c.codes[row as usize]));
    found.sort_unstable_by(|a, b| {
        let (x, y) = (&a.slot, &b.slot);
        b.log_odds
            .total_cmp(&a.log_odds)
            .then_with(|| (x.supplier, x.account, x.cents).cmp(&(y.supplier, y.account, y.cents)))
            .then_with(|| ledger.day(x.row as usize).cmp(&ledger.day(y.row as usize)))
            .then_with(|| code(x.row).cmp(&code(y.row)))
            .then_with(|| x.row.cmp(&y.row))
    });
    found.truncate(limit.max(10));
}

impl Judge<'_> {
    fn supplier(&self, mut habit: Habit<'_>, found: &mut Vec<Candidate>) {
        habit.fit();
        let repeated = sign::repeated_share(habit.slots.len(), &habit.usual);
        let signs = self.signs.of(habit.slots, repeated);
        let first_day = habit.slots.iter().map(|s| (self.days)(s.row)).min().unwrap_or(i32::MIN);
        let mut last: Option<(Slot, Option<Candidate>)> = None;
        for i in 0..habit.slots.len() {
            let own = habit.slots[i];
            let candidate = match last {
                // same content: same answer
                Some((s, c)) if Slot { row: own.row, ..s } == own => c,
                _ => self.row(&mut habit, &signs, i),
            };
            last = Some((own, candidate));
            let Some(mut candidate) = candidate else { continue };
            candidate.slot = own;
            let day = (self.days)(own.row);
            let late = first_day > self.ledger_start.saturating_add(self.params.new_after_days);
            candidate.facts.first_payment = late && day == first_day;
            found.push(candidate);
        }
        habit.close();
    }

    fn row(&self, habit: &mut Habit<'_>, signs: &SupplierSigns, i: usize) -> Option<Candidate> {
        let own = habit.slots[i];
        let l = kinds::likelihoods(self.world, habit, i);
        let leap = self.leap(habit, i, &l);
        let mut odds = [0.0; KINDS];
        for kind in Kind::ALL {
            let ratio = l.kinds[kind as usize] / l.habit * leap[0] * leap[1];
            odds[kind as usize] = self.params.rate(kind) * ratio;
        }
        let sign = (own.negative && !own.told).then(|| self.signs.odds(habit, signs, &own));
        let usual = l.habit / (0.5 * l.habit + 0.5 * l.kinds[Kind::Other as usize]);
        if let Some(s) = &sign {
            odds[Kind::Sign as usize] =
                self.params.rate(Kind::Sign) * s.account * s.supplier * s.netting * usual;
        }
        let total: f64 = odds.iter().sum();
        if total.ln() < self.params.least_log_odds {
            return None;
        }
        let kind = Kind::ALL
            .into_iter()
            .max_by(|a, b| odds[*a as usize].total_cmp(&odds[*b as usize]))
            .unwrap_or(Kind::Other);
        let mut terms = [0.0; TERMS];
        terms[0] = decibans(self.params.rate(kind));
        terms[5] = decibans(total / odds[kind as usize]);
        if let (Some(s), Kind::Sign) = (&sign, kind) {
            let parts = [s.account, s.supplier, s.netting, usual];
            terms[1..5].copy_from_slice(&parts.map(decibans));
        } else {
            terms[1..5].copy_from_slice(&self.amount_terms(habit, i, kind, &l));
            terms[6..].copy_from_slice(&leap.map(decibans));
        }
        let facts = self.facts(habit, signs, i, kind);
        Some(Candidate { slot: own, kind, log_odds: total.ln(), terms, facts })
    }

    /// Odds from the leap above the other amounts of the supplier, and from its words and contract.
    fn leap(&self, habit: &Habit<'_>, i: usize, l: &Likelihoods) -> [f64; 2] {
        let Some(record) = self.records.at(habit.first + i) else { return [1.0; 2] };
        let exact = dot(&habit.weights, &l.laws) - smooth(&habit.weights, &l.laws);
        let tail = (record.density * l.unit + exact).min(l.habit);
        [l.habit / tail, record.context.odds]
    }

    /// Decibans of the level, of the supplier's spread, of the digits, and of the amounts known.
    fn amount_terms(
        &self,
        habit: &mut Habit<'_>,
        i: usize,
        kind: Kind,
        l: &Likelihoods,
    ) -> [f64; 4] {
        let own = habit.slots[i];
        let whole = decibans(l.kinds[kind as usize] / l.habit);
        let target = kinds::before_shift(habit, &own, kind);
        let (level, own_level, digits) = if let Some(target) = target {
            let laws = habit.laws_at(&own, &target);
            let typical = smooth(&habit.prior, &laws) / smooth(&habit.prior, &l.laws);
            let mine = smooth(&habit.weights, &laws) / smooth(&habit.weights, &l.laws);
            let units = target.unit / l.unit;
            (typical / units, mine / units, units)
        } else {
            let free = kinds::free_density(kind, self.world, &own) * l.unit;
            let typical = free / smooth(&habit.prior, &l.laws);
            (typical, free / smooth(&habit.weights, &l.laws), 1.0)
        };
        let level_db = decibans(level);
        let spread = decibans(own_level) - level_db;
        let digits_db = decibans(digits);
        [level_db, spread, digits_db, whole - level_db - spread - digits_db]
    }

    fn facts(&self, habit: &Habit<'_>, signs: &SupplierSigns, i: usize, kind: Kind) -> Facts {
        let own = habit.slots[i];
        let last = habit.amounts.len() - 1;
        let beside = last.saturating_sub(usize::from(habit.amounts[last] == own.cents));
        let suspected = match kind {
            Kind::Times10 => Some(own.cents / 10),
            Kind::Times100 => Some(own.cents / 100),
            Kind::Over10 => Some(known_near(habit, own.cents.saturating_mul(10), 5)),
            Kind::Over100 => Some(known_near(habit, own.cents.saturating_mul(100), 50)),
            Kind::Digits => kinds::swapped_digits(habit, &own).map(|(amount, _)| amount),
            _ => None,
        };
        Facts {
            rows: habit.slots.len() as u32,
            median: habit.center(),
            largest: habit.amounts[beside],
            mode: habit.mode(),
            suspected,
            negatives: signs.negatives,
            first_payment: false,
            shared: self.world.shared_anywhere(habit.first + i),
        }
    }
}

/// The supplier's amount within `reach` of `amount`, else `amount`.
fn known_near(habit: &Habit<'_>, amount: u64, reach: u64) -> u64 {
    let from = habit.amounts.partition_point(|a| *a < amount.saturating_sub(reach));
    match habit.amounts.get(from) {
        Some(known) if *known <= amount.saturating_add(reach) => *known,
        _ => amount,
    }
}

/// Value of the smooth laws of a mixture (kernel densities, not exact amounts).
fn smooth(weights: &Laws, laws: &Laws) -> f64 {
    let mut only = *laws;
    only[..3].fill(0.0);
    debug_assert_eq!(only.len(), LAWS);
    dot(weights, &only).max(1e-300)
}
