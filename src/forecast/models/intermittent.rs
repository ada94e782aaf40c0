//! Lines that are often zero. Probability and size smoothed apart (Teunter, Syntetos, Babai, 2011), the
//! one the combination uses: it lets a line that stopped fade. Size over interval (Croston, 1972), and its
//! correction for bias (Syntetos and Boylan, 2005), as references.
//!
//! **Invariant:** the forecast lies between 0 and the sizes seen (for amounts of one sign).

/// Share of zeros from which a line counts as intermittent.
const OFTEN: f64 = 0.4;
const PROBABILITY: f64 = 0.15;
const SIZE: f64 = 0.2;

/// True when the series is zero often enough for this model.
pub fn is_intermittent(y: &[f64]) -> bool {
    let zeros = y.iter().filter(|v| v.abs() < f64::EPSILON).count();
    y.len() >= 3 && zeros < y.len() && zeros as f64 >= OFTEN * y.len() as f64
}

/// Forecast: probability of an amount times its size.
pub fn tsb(y: &[f64], _season: usize, horizon: usize) -> Vec<f64> {
    let amounts: Vec<f64> = y.iter().copied().filter(|v| v.abs() >= f64::EPSILON).collect();
    if amounts.is_empty() {
        return vec![0.0; horizon];
    }
    let mut probability = amounts.len() as f64 / y.len() as f64;
    let mut size = amounts.iter().sum::<f64>() / amounts.len() as f64;
    for &v in y {
        let some = v.abs() >= f64::EPSILON;
        probability += PROBABILITY * (f64::from(u8::from(some)) - probability);
        if some {
            size += SIZE * (v - size);
        }
    }
    vec![probability * size; horizon]
}

/// Croston's constant, for sizes and intervals.
const CROSTON: f64 = 0.1;

/// Smoothed size of the amounts over the smoothed interval between them.
pub fn croston(y: &[f64], _season: usize, horizon: usize) -> Vec<f64> {
    let mut state: Option<(f64, f64)> = None;
    let mut gap = 0.0;
    for &v in y {
        gap += 1.0;
        if v.abs() < f64::EPSILON {
            continue;
        }
        let (size, interval) = state.unwrap_or((v, gap));
        state = Some((size + CROSTON * (v - size), interval + CROSTON * (gap - interval)));
        gap = 0.0;
    }
    vec![state.map_or(0.0, |(size, interval)| size / interval); horizon]
}

/// Croston's forecast less its bias.
pub fn sba(y: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    croston(y, season, horizon).iter().map(|v| (1.0 - CROSTON / 2.0) * v).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_amount_in_two_is_worth_about_half() {
        let y: Vec<f64> = (0..40).map(|t| f64::from(t % 2) * 10.0).collect();
        assert!(is_intermittent(&y) && !is_intermittent(&[1.0, 2.0, 3.0]));
        let f = tsb(&y, 1, 2);
        assert!((f[0] - 5.0).abs() < 0.6 && f[0].to_bits() == f[1].to_bits());
    }

    #[test]
    fn croston_by_hand() {
        // Sizes 10 then 20, intervals 1 then 2: 11 over 1.1, less a twentieth.
        assert!((croston(&[10.0, 0.0, 20.0], 1, 1)[0] - 10.0).abs() < 1e-12);
        assert!((sba(&[10.0, 0.0, 20.0], 1, 2)[1] - 9.5).abs() < 1e-12);
        assert_eq!(croston(&[0.0, 0.0], 1, 2), vec![0.0, 0.0]);
    }

    #[test]
    fn a_line_that_died_fades() {
        let mut y = vec![10.0; 10];
        y.extend([0.0; 15]);
        assert!(tsb(&y, 1, 1)[0] < 1.5);
    }
}
