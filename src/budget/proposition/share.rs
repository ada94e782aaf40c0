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

/// The same, no part above its cap: what a cap leaves goes to the others, by their weights. The parts add up
/// to the whole unless every cap is reached.
pub(super) fn partager_plafonne(total: Centimes, weights: &[i64], caps: &[i64]) -> Vec<Centimes> {
    let mut parts = vec![Centimes::ZERO; weights.len()];
    let mut open: Vec<usize> = (0..weights.len()).filter(|i| weights[*i] > 0).collect();
    let mut left = Centimes(total.0.max(0));
    while !open.is_empty() && left.0 > 0 {
        let chosen: Vec<i64> = open.iter().map(|i| weights[*i]).collect();
        let shares = partager(left, &chosen);
        let full: Vec<usize> =
            open.iter().zip(&shares).filter(|(i, s)| s.0 >= caps[**i]).map(|(i, _)| *i).collect();
        if full.is_empty() {
            for (i, share) in open.iter().zip(shares) {
                parts[*i] = share;
            }
            break;
        }
        for i in &full {
            parts[*i] = Centimes(caps[*i].max(0));
            left = left - parts[*i];
        }
        open.retain(|i| !full.contains(i));
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

    #[test]
    fn no_part_passes_its_cap() {
        let cents = |v: &[i64]| v.iter().map(|c| Centimes(*c)).collect::<Vec<_>>();
        let free = i64::MAX;
        assert_eq!(partager_plafonne(Centimes(100), &[1, 1], &[free, free]), cents(&[50, 50]));
        assert_eq!(
            partager_plafonne(Centimes(100), &[1, 1, 2], &[10, free, free]),
            cents(&[10, 30, 60])
        );
        // all caps reached: the rest has no place
        assert_eq!(partager_plafonne(Centimes(100), &[1, 1], &[10, 20]), cents(&[10, 20]));
        assert_eq!(partager_plafonne(Centimes(100), &[0, 0], &[10, 20]), cents(&[0, 0]));
    }
}
