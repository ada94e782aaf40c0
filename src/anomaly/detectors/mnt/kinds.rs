//! The ways an amount can be wrong, and how probable each makes the amount that was read.
//!
//! Takes a row and its supplier's habit; gives, for each kind of error, the probability of the exact
//! amount under that error. A kind is compared with the habit by likelihood ratio.
//!
//! **Invariant:** no kind knows how often it happens in a bench; prior rates are parameters.

use crate::stats::digits::{ZERO_CLASSES, zero_base_rate};
use crate::stats::logkernel::PER_DECADE;
use crate::stats::mixture::dot;

use super::habit::{Habit, Laws, Target, World};
use super::rows::Slot;

/// A kind of error on an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Any other amount.
    Other,
    /// The amount of another supplier's record.
    Borrowed,
    /// Multiplied by 10.
    Times10,
    /// Multiplied by 100.
    Times100,
    /// Divided by 10.
    Over10,
    /// Divided by 100.
    Over100,
    /// A round sum out of proportion.
    Round,
    /// Two neighbouring digits of a usual amount swapped.
    Digits,
    /// Sign changed.
    Sign,
}

/// Number of kinds.
pub(crate) const KINDS: usize = 9;

impl Kind {
    /// All kinds, in the order of the arrays.
    pub(crate) const ALL: [Self; KINDS] = [
        Self::Other,
        Self::Borrowed,
        Self::Times10,
        Self::Times100,
        Self::Over10,
        Self::Over100,
        Self::Round,
        Self::Digits,
        Self::Sign,
    ];
}

/// Probability of the amount as it is, and under each kind of error (sign apart).
pub(crate) struct Likelihoods {
    /// Under the habit.
    pub habit: f64,
    /// Values of the laws at the amount.
    pub laws: Laws,
    /// Probability of an exact amount per unit of density, at the amount.
    pub unit: f64,
    /// Under each kind.
    pub kinds: [f64; KINDS],
}

/// Share of each class of trailing zeros among round sums out of proportion (centimes: 5 zeros are
/// 1 000 euros).
const ROUND: [f64; ZERO_CLASSES] = [0.0, 0.0, 0.0, 0.02, 0.13, 0.45, 0.3, 0.1];
/// Rows at most from which an amount is taken for borrowed.
const BORROWED_FROM: u32 = 2;
/// Decades over which a round sum out of proportion may fall.
const ROUND_DECADES: f64 = 3.0;
/// Decades over which a plain error may fall.
const WIDE_DECADES: f64 = 8.0;

/// Likelihoods of slot `i` of the habit.
pub(crate) fn likelihoods(world: &World, habit: &mut Habit<'_>, i: usize) -> Likelihoods {
    let own = habit.slots[i];
    let laws = habit.own_laws(i, true);
    let unit = habit.unit(own.cents, own.zeros, &own);
    let mut kinds = [0.0; KINDS];
    let zeros = usize::from(own.zeros);
    let per_zero = 1.0 / zero_base_rate(zeros) / (own.cents as f64 * std::f64::consts::LN_10);
    kinds[Kind::Other as usize] = broad(world, &own) * world.zeros[zeros] * per_zero;
    // an amount that many rows bear is a tariff, not a line read by mistake
    let shared = world.shared_anywhere(habit.first + i).min(BORROWED_FROM);
    kinds[Kind::Borrowed as usize] = f64::from(shared) / world.rows;
    if own.cents > 2 * habit.center() {
        kinds[Kind::Round as usize] = ROUND[zeros] * per_zero / ROUND_DECADES;
    }
    // a shift is read against a habit: two rows at least beside this one
    let known = habit.slots.len() > 2;
    for kind in
        [Kind::Times10, Kind::Times100, Kind::Over10, Kind::Over100].into_iter().filter(|_| known)
    {
        if let Some(target) = before_shift(habit, &own, kind) {
            let laws = habit.laws_at(&own, &target);
            kinds[kind as usize] = dot(&habit.weights, &laws);
        }
    }
    kinds[Kind::Digits as usize] = swapped_digits(habit, &own).map_or(0.0, |(_, p)| p);
    Likelihoods { habit: dot(&habit.weights, &laws), laws, unit, kinds }
}

/// Density per decade of an error that may be anything.
pub(crate) fn broad(world: &World, own: &Slot) -> f64 {
    0.5 * world.global_density(i32::from(own.bin), own.bin) + 0.5 / WIDE_DECADES
}

/// Density per decade of a kind of error that does not follow the habit.
pub(crate) fn free_density(kind: Kind, world: &World, own: &Slot) -> f64 {
    if kind == Kind::Round { 1.0 / ROUND_DECADES } else { broad(world, own) }
}

/// The amount before a decimal shift; `None` when `kind` is not one or it cannot have happened.
pub(crate) fn before_shift(habit: &Habit<'_>, own: &Slot, kind: Kind) -> Option<Target> {
    match kind {
        Kind::Times10 => divided(habit, own, 1),
        Kind::Times100 => divided(habit, own, 2),
        Kind::Over10 => Some(multiplied(habit, own, 1)),
        Kind::Over100 => Some(multiplied(habit, own, 2)),
        _ => None,
    }
}

/// The usual amount whose neighbouring digits, swapped, give this one, and the probability of it.
/// Nothing for an amount already billed.
pub(crate) fn swapped_digits(habit: &Habit<'_>, own: &Slot) -> Option<(u64, f64)> {
    if habit.usual.is_empty() || habit.rows_between(own.cents, own.cents) > 1 {
        return None;
    }
    let (mut found, mut rows, mut swaps, mut power) = (0, 0, 0u32, 1u64);
    while own.cents / power >= 10 {
        let (low, high) = (own.cents / power % 10, own.cents / power / 10 % 10);
        let other = own.cents - (high * 10 + low) * power + (low * 10 + high) * power;
        // 10 and 01: the amount would lose its first digit, which is no swap
        let leading = own.cents / power < 100;
        if low != high && !(leading && low == 0) {
            swaps += 1;
            let here = habit.usual_rows(other);
            if here > rows {
                (found, rows) = (other, here);
            }
        }
        power *= 10;
    }
    (rows > 0).then(|| (found, f64::from(rows) / habit.others() / f64::from(swaps)))
}

/// The amount before a multiplication by a power of ten; `None` when it would not be whole centimes.
fn divided(habit: &Habit<'_>, own: &Slot, decades: u8) -> Option<Target> {
    if own.zeros < decades {
        return None;
    }
    let cents = own.cents / 10u64.pow(u32::from(decades));
    let zeros = crate::stats::digits::trailing_zeros(cents);
    Some(Target {
        bin: i32::from(own.bin) - i32::from(decades) * PER_DECADE as i32,
        range: (cents, cents),
        unit: habit.unit(cents, zeros, own),
    })
}

/// The amounts that a division by a power of ten would have rounded to this one.
fn multiplied(habit: &Habit<'_>, own: &Slot, decades: u8) -> Target {
    let power = 10u64.pow(u32::from(decades));
    let middle = own.cents.saturating_mul(power);
    let whole = (own.zeros + decades).min(ZERO_CLASSES as u8 - 1);
    let cut: f64 = (0..decades).map(|z| habit.zero_share(z, own)).sum();
    let kept = habit.zero_share(whole, own) / zero_base_rate(usize::from(whole)) / power as f64;
    Target {
        bin: i32::from(own.bin) + i32::from(decades) * PER_DECADE as i32,
        range: (middle.saturating_sub(power / 2), middle.saturating_add(power / 2)),
        unit: (cut + kept) / (own.cents as f64 * std::f64::consts::LN_10),
    }
}
