//! How much each member counts: weights of the pool, learned on past origins and held near equality.
//!
//! Minimises the mean absolute error, scaled series by series, over weights that are positive and add
//! up to one, plus a penalty for leaving the prior that fades as the pool grows. Short or small pools
//! so keep a simple mean, which is hard to beat (Claeskens and others, 2016).
//!
//! **Invariant:** weights are >= 0, add up to 1, and do not depend on the order of the series.

/// Strength of the prior, in series.
const PRIOR_SERIES: f64 = 4.0;
const ITERATIONS: usize = 150;

/// One past forecast: the members' points, what came, how much it counts.
#[derive(Debug, Clone)]
pub struct Row {
    /// Scaled points of the active members.
    pub points: Vec<f64>,
    /// Scaled value that came.
    pub actual: f64,
    /// Weight of the row; the rows of a series add up to about one.
    pub weight: f64,
}

/// Weights of the members for the rows given; `series` is how many series they come from.
pub fn weights(rows: &[Row], prior: &[f64], series: f64) -> Vec<f64> {
    let k = prior.len();
    let mut w = prior.to_vec();
    let total: f64 = rows.iter().map(|r| r.weight).sum();
    if total <= 0.0 || k < 2 {
        return w;
    }
    let base = mean_loss(rows, prior, total).max(1e-12);
    let pull = PRIOR_SERIES / series.max(1.0);
    let mut average = vec![0.0; k];
    for step in 0..ITERATIONS {
        let mut gradient = vec![0.0; k];
        for r in rows {
            let e: f64 = r.points.iter().zip(&w).map(|(p, w)| p * w).sum::<f64>() - r.actual;
            let g = r.weight * e / (e * e + 0.01).sqrt();
            for (d, p) in gradient.iter_mut().zip(&r.points) {
                *d += g * p;
            }
        }
        let rate = 2.0 / (1.0 + step as f64 / 15.0);
        let centre: f64 = gradient.iter().zip(&w).map(|(g, w)| g * w).sum();
        for ((w, g), p) in w.iter_mut().zip(&gradient).zip(prior) {
            let slope = (g - centre) / total / base + pull * (*w / p).ln();
            *w = w.max(1e-9) * (-rate * slope).clamp(-1.0, 1.0).exp();
        }
        let sum: f64 = w.iter().sum();
        for v in &mut w {
            *v /= sum;
        }
        if step >= ITERATIONS / 2 {
            average.iter_mut().zip(&w).for_each(|(a, w)| *a += w);
        }
    }
    let sum: f64 = average.iter().sum();
    for v in &mut average {
        *v /= sum;
    }
    average
}

fn mean_loss(rows: &[Row], w: &[f64], total: f64) -> f64 {
    rows.iter()
        .map(|r| {
            let f: f64 = r.points.iter().zip(w).map(|(p, w)| p * w).sum();
            r.weight * (f - r.actual).abs()
        })
        .sum::<f64>()
        / total
}

/// Weights of the pool moved by what a series itself has seen: `losses` are the mean past losses of the
/// members on it, `reference` that of the pool's combination, over `span` points for steps up to
/// `horizon`.
///
/// A Bayesian update: with errors of Laplace's law, each independent past error multiplies a member's
/// weight by `exp(-loss / mean loss)`. Errors of overlapping forecasts are not independent, so that the
/// points seen are worth `span / horizon` of them.
pub fn tilt(pool: &[f64], losses: &[f64], reference: f64, span: f64, horizon: f64) -> Vec<f64> {
    let evidence = span / horizon;
    let unit = reference.max(0.1);
    let mut w: Vec<f64> = pool
        .iter()
        .zip(losses)
        .map(|(w, l)| w * (-evidence * ((l - reference) / unit).clamp(-1.0, 3.0)).exp())
        .collect();
    let sum: f64 = w.iter().sum();
    for v in &mut w {
        *v /= sum;
    }
    w
}

/// Brings members that stand far from the others back to the edge of the bunch.
pub fn tame(points: &mut [f64], floor: f64) {
    let mut sorted = points.to_vec();
    sorted.sort_by(f64::total_cmp);
    // amounts beyond what a float holds have no middle
    let middle = Some(median_sorted(&sorted)).filter(|m| m.is_finite()).unwrap_or(0.0);
    for v in &mut sorted {
        *v = (*v - middle).abs();
    }
    sorted.sort_by(f64::total_cmp);
    let reach = (4.0 * median_sorted(&sorted)).max(floor);
    for v in points {
        *v = if v.is_finite() { v.clamp(middle - reach, middle + reach) } else { middle };
    }
}

fn median_sorted(x: &[f64]) -> f64 {
    let n = x.len();
    if n == 0 {
        return 0.0;
    }
    if n.is_multiple_of(2) { 0.5 * (x[n / 2 - 1] + x[n / 2]) } else { x[n / 2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize) -> Vec<Row> {
        (0..n)
            .map(|i| {
                let a = (i as f64 * 0.7).sin();
                Row { points: vec![a, a + 1.0, a - 3.0], actual: a, weight: 1.0 }
            })
            .collect()
    }

    #[test]
    fn the_better_member_wins_in_a_large_pool_only() {
        let prior = [1.0 / 3.0; 3];
        let large = weights(&rows(600), &prior, 600.0);
        let small = weights(&rows(6), &prior, 2.0);
        assert!(large[0] > 0.7, "{large:?}");
        assert!(small[0] < large[0] && small[2] > 0.05, "{small:?}");
        assert!((large.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_series_leans_on_what_served_it_and_more_as_it_sees_more() {
        let pool = [0.5, 0.5];
        let once = tilt(&pool, &[1.0, 2.0], 1.0, 4.0, 4.0);
        // One forecast's worth: the second loses a whole mean loss, exp(-1).
        assert!((once[1] / once[0] - (-1.0_f64).exp()).abs() < 1e-12, "{once:?}");
        let twice = tilt(&pool, &[1.0, 2.0], 1.0, 8.0, 4.0);
        assert!(twice[0] > once[0] && (twice[0] + twice[1] - 1.0).abs() < 1e-12);
        assert_eq!(tilt(&pool, &[1.0, 1.0], 1.0, 8.0, 4.0), vec![0.5, 0.5]);
        assert!(tilt(&pool, &[0.0, 0.0], 0.0, 8.0, 4.0).iter().all(|w| w.is_finite()));
    }

    #[test]
    fn an_outlying_member_is_tamed() {
        let mut p = [1.0, 1.1, 0.9, 1.05, 1e9, f64::NAN];
        tame(&mut p, 0.1);
        assert!(p.iter().all(|v| (0.0..2.0).contains(v)), "{p:?}");
    }
}
