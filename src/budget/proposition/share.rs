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

/// The same with a ceiling for each part; what no part can take is left out.
pub(super) fn partager_borne(total: Centimes, weights: &[i64], ceilings: &[i64]) -> Vec<Centimes> {
    let mut parts = vec![Centimes::ZERO; weights.len()];
    let mut open: Vec<bool> = weights.iter().map(|w| *w > 0).collect();
    let mut left = total.0.max(0);
    while left > 0 && open.iter().any(|o| *o) {
        let live: Vec<i64> =
            weights.iter().zip(&open).map(|(w, o)| if *o { *w } else { 0 }).collect();
        let shares = partager(Centimes(left), &live);
        let full = |i: usize| open[i] && parts[i].0 + shares[i].0 >= ceilings[i];
        let filled: Vec<usize> = (0..parts.len()).filter(|i| full(*i)).collect();
        if filled.is_empty() {
            parts.iter_mut().zip(&shares).for_each(|(p, s)| *p += *s);
            break;
        }
        for i in filled {
            left -= (ceilings[i] - parts[i].0).clamp(0, left);
            parts[i] = Centimes(ceilings[i].max(0));
            open[i] = false;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_at_its_ceiling_leaves_the_rest_to_the_others() {
        let cents = |v: &[i64]| v.iter().map(|c| Centimes(*c)).collect::<Vec<_>>();
        let found = partager_borne(Centimes(100), &[50, 30, 20], &[10, 100, 100]);
        assert_eq!(found, cents(&[10, 54, 36]));
        assert_eq!(partager_borne(Centimes(100), &[1, 1], &[30, 20]), cents(&[30, 20]));
        assert_eq!(partager_borne(Centimes(9), &[2, 1, 0], &[99, 99, 99]), cents(&[6, 3, 0]));
    }

    #[test]
    fn parts_add_up_to_the_centime() {
        let cents = |v: &[i64]| v.iter().map(|c| Centimes(*c)).collect::<Vec<_>>();
        assert_eq!(partager(Centimes(100), &[1, 1, 1]), cents(&[34, 33, 33]));
        assert_eq!(partager(Centimes(-100), &[1, 2, -5]), cents(&[-33, -67, 0]));
        assert_eq!(partager(Centimes(7), &[0, 0]), cents(&[7, 0]));
        assert_eq!(partager(Centimes(7), &[]), vec![]);
    }
}
