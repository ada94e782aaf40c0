//! Digits of amounts: trailing zeros, Benford's first two digits and Nigrini's bands.
//!
//! Nigrini, "Benford's Law" (Wiley, 2012): mean absolute deviation of the first two digits, bands
//! 0.0012 (close), 0.0018 (acceptable), 0.0022 (marginal).
//!
//! **Invariant:** works on integers; a table of counts in, figures out.

/// Number of classes of trailing zeros: 0 to 7 and more.
pub const ZERO_CLASSES: usize = 8;

/// Number of trailing zeros of an integer, cut at 7; zero itself has none.
pub fn trailing_zeros(mut amount: u64) -> u8 {
    let mut zeros = 0;
    while amount != 0 && amount.is_multiple_of(10) && zeros < 7 {
        amount /= 10;
        zeros += 1;
    }
    zeros
}

/// Share of the integers that have exactly `zeros` trailing zeros (at least 7 for the last class).
pub fn zero_base_rate(zeros: usize) -> f64 {
    let tail = 10f64.powi(-(zeros.min(ZERO_CLASSES - 1) as i32));
    if zeros >= ZERO_CLASSES - 1 { tail } else { 0.9 * tail }
}

/// First two digits (10 to 99) of an amount of at least 10.
pub fn first_two(mut amount: u64) -> Option<u8> {
    if amount < 10 {
        return None;
    }
    while amount >= 100 {
        amount /= 10;
    }
    Some(amount as u8)
}

/// Benford's expected share of the first two digits `d` (10 to 99).
pub fn benford(d: u8) -> f64 {
    (1.0 + 1.0 / f64::from(d)).log10()
}

/// Nigrini's reading of a mean absolute deviation of the first two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conformity {
    /// Up to 0.0012.
    Close,
    /// Up to 0.0018.
    Acceptable,
    /// Up to 0.0022.
    Marginal,
    /// Above.
    Nonconforming,
}

/// Result of the first-two-digits test on `n` amounts.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstTwoTest {
    /// Amounts counted.
    pub n: u64,
    /// Mean absolute deviation between observed and expected shares.
    pub mad: f64,
    /// Its reading.
    pub conformity: Conformity,
    /// Pair of digits in the largest excess, and the z statistic of that excess.
    pub peak: (u8, f64),
}

/// Tests counts of first two digits (`counts[d - 10]`); `None` without amounts.
pub fn first_two_test(counts: &[u64; 90]) -> Option<FirstTwoTest> {
    let n: u64 = counts.iter().sum();
    if n == 0 {
        return None;
    }
    let (mut mad, mut peak) = (0.0, (10, f64::NEG_INFINITY));
    for d in 10..100u8 {
        let (expected, observed) = (benford(d), counts[usize::from(d) - 10] as f64 / n as f64);
        mad += (observed - expected).abs() / 90.0;
        let z = (observed - expected) / (expected * (1.0 - expected) / n as f64).sqrt();
        if z > peak.1 {
            peak = (d, z);
        }
    }
    let conformity = match mad {
        m if m <= 0.0012 => Conformity::Close,
        m if m <= 0.0018 => Conformity::Acceptable,
        m if m <= 0.0022 => Conformity::Marginal,
        _ => Conformity::Nonconforming,
    };
    Some(FirstTwoTest { n, mad, conformity, peak })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_counted() {
        for (amount, zeros) in [(0, 0), (5, 0), (3_120_970, 1), (100_000, 5), (10u64.pow(12), 7)] {
            assert_eq!(trailing_zeros(amount), zeros);
        }
        let total: f64 = (0..ZERO_CLASSES).map(zero_base_rate).sum();
        assert!((total - 1.0).abs() < 1e-12);
    }

    #[test]
    fn benford_shares_sum_to_one() {
        let total: f64 = (10..100).map(benford).sum();
        assert!((total - 1.0).abs() < 1e-12);
        assert_eq!((first_two(9), first_two(95_886), first_two(10)), (None, Some(95), Some(10)));
    }

    #[test]
    fn powers_conform_and_a_tariff_does_not() {
        let (mut powers, mut tariff) = ([0u64; 90], [0u64; 90]);
        for i in 0..20_000u32 {
            let x = 10f64.powf(f64::from(i) / 20_000.0);
            powers[(x * 10.0) as usize - 10] += 1;
        }
        tariff[39 - 10] = 500;
        let read = |c: &[u64; 90]| first_two_test(c).map(|t| t.conformity);
        assert_eq!(read(&powers), Some(Conformity::Close));
        assert_eq!(read(&tariff), Some(Conformity::Nonconforming));
        assert_eq!(first_two_test(&tariff).map(|t| t.peak.0), Some(39));
    }
}
