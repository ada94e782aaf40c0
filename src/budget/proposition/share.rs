//! Exact sharing of an amount by weights (largest remainders).
//!
//! **Invariant:** the parts add up to the whole, to the centime; equal inputs give equal parts.

use crate::domain::money::Centimes;

/// Shares `total` by `weights`; weights at or below zero get nothing; without a weight the first part gets
/// all.
pub fn partager(total: Centimes, weights: &[i64]) -> Vec<Centimes> {
    let mut parts = vec![Centimes::ZERO; weights.len()];
    if parts.is_empty() {
        return parts;
    }
    let sum: i128 = weights.iter().map(|w| i128::from((*w).max(0))).sum();
    if sum == 0 {
        parts[0] = total;
        return parts;
    }
    let whole = i128::from(total.0.unsigned_abs());
    let mut rest: Vec<(i128, usize)> = Vec::new();
    let mut given: i128 = 0;
    for (i, w) in weights.iter().enumerate() {
        let exact = whole * i128::from((*w).max(0));
        let part = exact / sum;
        given += part;
        parts[i] = Centimes(part as i64);
        rest.push((exact % sum, i));
    }
    rest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, i) in rest.into_iter().take((whole - given) as usize) {
        parts[i] += Centimes(1);
    }
    if total.0 < 0 {
        for part in &mut parts {
            *part = -*part;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_centime() {
        let cents = |v: &[i64]| v.iter().map(|c| Centimes(*c)).collect::<Vec<_>>();
        assert_eq!(partager(Centimes(100), &[1, 1, 1]), cents(&[34, 33, 33]));
        assert_eq!(partager(Centimes(-100), &[1, 2, -5]), cents(&[-33, -67, 0]));
        assert_eq!(partager(Centimes(7), &[0, 0]), cents(&[7, 0]));
        assert_eq!(partager(Centimes(7), &[]), vec![]);
    }
}
