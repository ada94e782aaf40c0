//! Minimisation without derivatives of a function of a few variables (Nelder and Mead, 1965).
//!
//! Written for objectives that cost a pass over a short series: points live in arrays on the stack,
//! the number of evaluations is bounded, and the same start gives the same answer on any machine.
//!
//! **Invariant:** the point returned was evaluated and is the best one seen.

/// Largest number of variables.
pub const MAX_DIM: usize = 8;

/// A point of the simplex; the coordinates after the dimension are zero.
pub type Point = [f64; MAX_DIM];

/// How far and how long to search.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Length of the first step along each axis.
    pub step: f64,
    /// Largest number of evaluations.
    pub evaluations: usize,
    /// Stop when the values of the simplex differ by less than this share of their size.
    pub tolerance: f64,
}

/// Best point found from `start` over its first `dim` coordinates, and its value.
///
/// A value that is not finite counts as infinitely bad.
pub fn minimise(
    start: Point,
    dim: usize,
    search: Search,
    mut objective: impl FnMut(&Point) -> f64,
) -> (Point, f64) {
    let dim = dim.min(MAX_DIM);
    let mut eval = |p: &Point| {
        let v = objective(p);
        if v.is_finite() { v } else { f64::INFINITY }
    };
    let first = eval(&start);
    if dim == 0 {
        return (start, first);
    }
    let mut simplex = [(start, first); MAX_DIM + 1];
    for i in 0..dim {
        let mut p = start;
        p[i] += search.step;
        simplex[i + 1] = (p, eval(&p));
    }
    let simplex = &mut simplex[..=dim];
    let mut used = dim + 1;
    while used < search.evaluations {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, worst) = (simplex[0].1, simplex[dim].1);
        if (worst - best).abs() <= search.tolerance * (1.0 + best.abs()) {
            break;
        }
        used += improve(simplex, dim, &mut eval);
    }
    simplex.iter().fold(simplex[0], |a, b| if b.1 < a.1 { *b } else { a })
}

/// One move of the simplex (sorted, best first); gives the number of evaluations used.
fn improve(
    simplex: &mut [(Point, f64)],
    dim: usize,
    eval: &mut impl FnMut(&Point) -> f64,
) -> usize {
    let mut centre = [0.0; MAX_DIM];
    for (p, _) in &simplex[..dim] {
        for j in 0..dim {
            centre[j] += p[j] / dim as f64;
        }
    }
    let worst = simplex[dim];
    let along = |t: f64| {
        let mut p = centre;
        for j in 0..dim {
            p[j] += t * (worst.0[j] - centre[j]);
        }
        p
    };
    let reflected = along(-1.0);
    let value = eval(&reflected);
    if value < simplex[0].1 {
        let expanded = along(-2.0);
        let further = eval(&expanded);
        simplex[dim] = if further < value { (expanded, further) } else { (reflected, value) };
        return 2;
    }
    if value < simplex[dim - 1].1 {
        simplex[dim] = (reflected, value);
        return 1;
    }
    let inner = along(if value < worst.1 { -0.5 } else { 0.5 });
    let inside = eval(&inner);
    if inside < value.min(worst.1) {
        simplex[dim] = (inner, inside);
        return 2;
    }
    let anchor = simplex[0].0;
    for item in &mut simplex[1..] {
        for (v, a) in item.0.iter_mut().zip(&anchor) {
            *v = a + 0.5 * (*v - a);
        }
        item.1 = eval(&item.0);
    }
    2 + dim
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: Search = Search { step: 0.5, evaluations: 2_000, tolerance: 1e-14 };

    #[test]
    fn finds_the_bottom_of_the_rosenbrock_valley() {
        let f = |p: &Point| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let (p, v) = minimise([-1.2, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 2, SEARCH, f);
        assert!((p[0] - 1.0).abs() < 1e-4 && (p[1] - 1.0).abs() < 1e-4 && v < 1e-8, "{p:?} {v}");
    }

    #[test]
    fn a_hole_of_nan_is_avoided() {
        let f = |p: &Point| if p[0] > 2.0 { f64::NAN } else { (p[0] - 1.5).powi(2) };
        let (p, _) = minimise([0.0; MAX_DIM], 1, SEARCH, f);
        assert!((p[0] - 1.5).abs() < 1e-4);
    }
}
