//! How often a supplier opens a new account: the two parameters of a Pitman-Yor process, from the ledger.
//!
//! A supplier of `n` rows on `t` accounts opens a new one with probability `(theta + d t) / (n + theta)`
//! and returns to an account of `c` rows with probability `(c - d) / (n + theta)`. Pitman and Yor (1997),
//! Good (1953) for the unseen.
//!
//! **Invariant:** the parameters depend on counts only.

/// Parameters shared by the suppliers of a ledger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Novelty {
    /// Discount, between 0 and 1.
    pub discount: f64,
    /// Concentration, positive.
    pub theta: f64,
}

/// A supplier: its rows, its accounts, and the rows of each account.
pub(crate) struct Counts<'a> {
    /// Rows.
    pub rows: f64,
    /// Rows by account.
    pub cells: &'a [u32],
}

impl Novelty {
    /// Parameters of the best leave-one-out likelihood on a fixed grid.
    pub(crate) fn learn<'a>(suppliers: &(impl Iterator<Item = Counts<'a>> + Clone)) -> Self {
        let mut best = (f64::NEG_INFINITY, Self { discount: 0.5, theta: 0.5 });
        for discount in [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] {
            for theta in [0.02, 0.1, 0.3, 1.0, 3.0] {
                let tried = Self { discount, theta };
                let fit: f64 = suppliers.clone().map(|s| tried.log_likelihood(&s)).sum();
                if fit > best.0 {
                    best = (fit, tried);
                }
            }
        }
        best.1
    }

    fn log_likelihood(&self, s: &Counts<'_>) -> f64 {
        let accounts = s.cells.len() as f64;
        // a few large suppliers must not decide for all
        let weight = (50.0 / s.rows).min(1.0);
        let fit: f64 = s
            .cells
            .iter()
            .map(|&c| {
                let p = if c == 1 {
                    self.fresh(s.rows - 1.0, accounts - 1.0)
                } else {
                    self.seen(f64::from(c) - 1.0, s.rows - 1.0)
                };
                f64::from(c) * p.ln()
            })
            .sum();
        weight * fit
    }

    /// Probability of a new account after `rows` rows on `accounts` accounts.
    pub(crate) fn fresh(&self, rows: f64, accounts: f64) -> f64 {
        (self.theta + self.discount * accounts) / (rows + self.theta)
    }

    /// Probability of an account seen `count` times in `rows` rows.
    pub(crate) fn seen(&self, count: f64, rows: f64) -> f64 {
        (count - self.discount).max(0.0) / (rows + self.theta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faithful_suppliers_make_novelty_rare() {
        let learn = |cells: &[Vec<u32>]| {
            Novelty::learn(
                &cells.iter().map(|c| Counts { rows: f64::from(c.iter().sum::<u32>()), cells: c }),
            )
        };
        let faithful = learn(&vec![vec![40]; 30]);
        let fickle = learn(&vec![vec![1; 40]; 30]);
        assert!(faithful.fresh(40.0, 1.0) < 0.02);
        assert!(fickle.fresh(40.0, 40.0) > 0.5);
    }

    #[test]
    fn probabilities_add_up() {
        let n = Novelty { discount: 0.3, theta: 0.5 };
        let total = n.fresh(10.0, 3.0) + n.seen(5.0, 10.0) + n.seen(3.0, 10.0) + n.seen(2.0, 10.0);
        assert!((total - 1.0).abs() < 1e-12);
    }
}
