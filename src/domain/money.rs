//! Exact money: integer centimes, parsed from and printed to French spellings.
//!
//! **Invariant:** no float is ever read or written here; an overflow is an error, not a wrap.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Serialize};

/// An amount in euro centimes, signed. Expenses and receipts are both positive; the `sens` tells.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Centimes(pub i64);

impl Centimes {
    /// Zero euro.
    pub const ZERO: Self = Self(0);

    /// The amount as a float of euros, for statistics only.
    pub fn euros(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Nearest centime of a float of euros; `None` when not finite or out of range.
    pub fn from_euros(euros: f64) -> Option<Self> {
        let cents = (euros * 100.0).round();
        (cents.is_finite() && cents.abs() < 9.0e18).then_some(Self(cents as i64))
    }

    /// Absolute value (saturating).
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl Add for Centimes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Centimes {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Centimes {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Centimes {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Centimes {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}
