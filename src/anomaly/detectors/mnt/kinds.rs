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
    /// Sign changed.
    Sign,
}

/// Number of kinds.
pub(crate) const KINDS: usize = 8;

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
        Self::Sign,
    ];
}

/// Probability of the amount as it is, and under each kind of error (sign apart).
pub(crate) struct Likelihoods {
    /// Under the habit.
    pub habit: f64,
    /// Values of the laws at the amount.
    pub laws: Laws,
    /// Under each kind.
    pub kinds: [f64; KINDS],
}

/// Share of each class of trailing zeros among round sums out of proportion (centimes: 5 zeros = 1 000 euros).
const ROUND: [f64; ZERO_CLASSES] = [0.0, 0.0, 0.0, 0.02, 0.13, 0.45, 0.3, 0.1];

/// Likelihoods of slot `i` of the habit.
pub(crate) fn likelihoods(world: &World, habit: &mut Habit<'_>, i: usize) -> Likelihoods {
    let own = habit.slots[i];
    let laws = habit.own_laws(i);
    let mut kinds = [0.0; KINDS];
    let spacing = own.cents as f64 * std::f64::consts::LN_10;
    let world_unit =
        world.zeros[usize::from(own.zeros)] / zero_base_rate(usize::from(own.zeros)) / spacing;
    let broad = 0.5 * world.global_density(i32::from(own.bin)) + 0.5 / 8.0;
    kinds[Kind::Other as usize] = broad * world_unit;
    let shared = f64::from(world.shared_anywhere(habit.first + i));
    kinds[Kind::Borrowed as usize] = shared / world.rows;
    let center = habit.amounts[habit.amounts.len() / 2];
    if own.cents > 2 * center {
        let zeros = usize::from(own.zeros);
        kinds[Kind::Round as usize] = ROUND[zeros] / zero_base_rate(zeros) / spacing / 3.0;
    }
    for (kind, decades) in [(Kind::Times10, 1u8), (Kind::Times100, 2)] {
        if let Some(target) = divided(habit, &own, decades) {
            let laws = habit.laws_at(&own, &target);
            kinds[kind as usize] = dot(&habit.weights, &laws);
        }
    }
    for (kind, decades) in [(Kind::Over10, 1u8), (Kind::Over100, 2)] {
        let target = multiplied(habit, &own, decades);
        let laws = habit.laws_at(&own, &target);
        kinds[kind as usize] = dot(&habit.weights, &laws);
    }
    Likelihoods { habit: dot(&habit.weights, &laws), laws, kinds }
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
