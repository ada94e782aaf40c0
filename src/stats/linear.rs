//! Small dense least squares: ridge regression by Cholesky, from sums of products.
//!
//! Sums are kept so that groups of rows are added in a fixed order and several targets share them.
//!
//! **Invariant:** a singular system gives zeros for its lost directions, never `NaN`.

/// Sums of products of a regression with `p` variables and one target.
#[derive(Debug, Clone)]
pub struct Moments {
    p: usize,
    gram: Vec<f64>,
    cross: Vec<f64>,
    weight: f64,
}

impl Moments {
    /// No row yet.
    pub fn new(p: usize) -> Self {
        Self { p, gram: vec![0.0; p * p], cross: vec![0.0; p], weight: 0.0 }
    }

    /// Adds a row of variables `x`, target `y`, weight `w`.
    pub fn add(&mut self, x: &[f64], y: f64, w: f64) {
        for i in 0..self.p {
            let wx = w * x[i];
            self.cross[i] += wx * y;
            for (sum, v) in self.gram[i * self.p..].iter_mut().zip(&x[..=i]) {
                *sum += wx * v;
            }
        }
        self.weight += w;
    }

    /// Adds the sums of another block of rows.
    pub fn merge(&mut self, other: &Self) {
        for (a, b) in self.gram.iter_mut().zip(&other.gram) {
            *a += b;
        }
        for (a, b) in self.cross.iter_mut().zip(&other.cross) {
            *a += b;
        }
        self.weight += other.weight;
    }

    /// Total weight of the rows.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Coefficients that minimise the squared error plus `penalty[i] * (b_i - prior[i])²`.
    pub fn ridge(&self, penalty: &[f64], prior: &[f64]) -> Vec<f64> {
        let p = self.p;
        let mut a = self.gram.clone();
        let mut b = self.cross.clone();
        for i in 0..p {
            a[i * p + i] += penalty[i];
            b[i] += penalty[i] * prior[i];
        }
        solve(&mut a, &mut b, p);
        b
    }
}

/// Solves the symmetric system `a x = b` in place (lower triangle of `a`), result in `b`.
pub fn solve(a: &mut [f64], b: &mut [f64], p: usize) {
    let floor = (0..p).map(|i| a[i * p + i]).fold(0.0, f64::max) * 1e-12;
    let mut lost = vec![false; p];
    for i in 0..p {
        for j in 0..=i {
            let mut s = a[i * p + j];
            for k in 0..j {
                s -= a[i * p + k] * a[j * p + k];
            }
            if i != j {
                a[i * p + j] = if lost[j] { 0.0 } else { s / a[j * p + j] };
            } else if s > floor {
                a[i * p + i] = s.sqrt();
            } else {
                lost[i] = true;
                a[i * p + i] = 1.0;
            }
        }
    }
    for i in 0..p {
        let s: f64 = (0..i).map(|k| a[i * p + k] * b[k]).sum();
        b[i] = if lost[i] { 0.0 } else { (b[i] - s) / a[i * p + i] };
    }
    for i in (0..p).rev() {
        let s: f64 = (i + 1..p).map(|k| a[k * p + i] * b[k]).sum();
        b[i] = if lost[i] { 0.0 } else { (b[i] - s) / a[i * p + i] };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_line_is_recovered() {
        let mut m = Moments::new(2);
        for x in [0.0, 1.0, 2.0, 5.0] {
            m.add(&[1.0, x], 3.0 - 2.0 * x, 1.0);
        }
        let b = m.ridge(&[0.0, 0.0], &[0.0, 0.0]);
        assert!((b[0] - 3.0).abs() < 1e-9 && (b[1] + 2.0).abs() < 1e-9);
        let strong = m.ridge(&[1e12, 1e12], &[7.0, 1.0]);
        assert!((strong[0] - 7.0).abs() < 1e-6 && (strong[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn twins_do_not_break_it() {
        let mut m = Moments::new(2);
        m.add(&[1.0, 1.0], 2.0, 1.0);
        m.add(&[2.0, 2.0], 4.0, 1.0);
        let b = m.ridge(&[0.0, 0.0], &[0.0, 0.0]);
        assert!(b.iter().all(|v| v.is_finite()) && (b[0] + b[1] - 2.0).abs() < 1e-9);
    }
}
