//! One random stream per (seed, topic, block), counter based (SplitMix64): any stream can be drawn
//! alone, in any order, on any thread, with the same numbers.
//!
//! Only `+ - * /` and `sqrt` are used on floats, which every platform rounds alike; logarithms and
//! exponentials of the system library are not.
//!
//! **Invariant:** same (seed, topic, block), same numbers, whatever was drawn elsewhere.

/// A stream of pseudo-random numbers.
#[derive(Debug, Clone)]
pub struct Rng {
    state: u64,
}

/// Scrambles 64 bits (finaliser of `SplitMix64`; Steele, Lea and Flood, OOPSLA 2014).
pub fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Hash of a text (FNV-1a), to name topics.
pub fn topic(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl Rng {
    /// The stream of `block` in `topic`, for a seed.
    pub fn new(seed: u64, topic: u64, block: u64) -> Self {
        Self { state: mix(mix(seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_add(topic) ^ mix(block)) }
    }

    /// 64 fresh bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// An integer in `0..bound` (0 when `bound` is 0).
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// An integer in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.below(width))
    }

    /// An index in `0..len` (0 when empty).
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// An index in `0..len` where the first ones are drawn more often (density in `1/sqrt`).
    pub fn skewed(&mut self, len: usize) -> usize {
        let u = self.unit();
        ((u * u * len as f64) as usize).min(len.saturating_sub(1))
    }

    /// True with a probability of `per_mille` thousandths.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A float in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// An almost normal deviate, centred, of variance one (sum of six uniforms).
    pub fn normal(&mut self) -> f64 {
        let sum: f64 = (0..6).map(|_| self.unit()).sum();
        (sum - 3.0) * std::f64::consts::SQRT_2
    }

    /// A factor of mean about one, spread as a log-normal law of standard deviation `sigma`.
    pub fn spread(&mut self, sigma: f64) -> f64 {
        exp(sigma * self.normal() - sigma * sigma / 2.0)
    }

    /// One of the items; the slice is never empty by construction of the tables.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }
}

/// Exponential by repeated squaring: exact enough for a spread, the same everywhere.
fn exp(x: f64) -> f64 {
    let mut y = 1.0 + x / 4096.0 + x * x / (2.0 * 4096.0 * 4096.0);
    for _ in 0..12 {
        y *= y;
    }
    y
}

/// `amount * numerator / denominator`, rounded to the nearest, in 128 bits.
pub fn scale(amount: i64, numerator: i64, denominator: i64) -> i64 {
    if denominator == 0 {
        return 0;
    }
    let product = i128::from(amount) * i128::from(numerator);
    let half =
        i128::from(denominator.abs()) / 2 * product.signum() * i128::from(denominator.signum());
    let rounded = (product + half) / i128::from(denominator);
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_reproducible_and_distinct() {
        let draw = |s, t, b| {
            let mut rng = Rng::new(s, topic(t), b);
            [rng.bits(), rng.bits()]
        };
        assert_eq!(draw(1, "a", 0), draw(1, "a", 0));
        assert_ne!(draw(1, "a", 0), draw(2, "a", 0));
        assert_ne!(draw(1, "a", 0), draw(1, "b", 0));
        assert_ne!(draw(1, "a", 0), draw(1, "a", 1));
    }

    #[test]
    fn bounds_hold_and_means_are_right() {
        let mut rng = Rng::new(7, 1, 1);
        let (mut sum, mut spread, n) = (0.0, 0.0, 20_000);
        for _ in 0..n {
            assert!(rng.below(10) < 10);
            assert!((-3..=4).contains(&rng.between(-3, 4)));
            assert!(rng.skewed(5) < 5);
            sum += rng.normal();
            spread += rng.spread(0.5);
        }
        assert!((sum / f64::from(n)).abs() < 0.03);
        assert!((spread / f64::from(n) - 1.0).abs() < 0.03);
        assert!((exp(1.0) - std::f64::consts::E).abs() < 1e-4);
    }

    #[test]
    fn scaling_rounds_to_the_nearest() {
        assert_eq!(scale(10, 1, 4), 3);
        assert_eq!(scale(-10, 1, 4), -3);
        assert_eq!(scale(7, 200, 1000), 1);
        assert_eq!(scale(5, 1, 0), 0);
    }
}
