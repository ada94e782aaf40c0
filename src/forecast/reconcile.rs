//! Natures, chapitres, totals that add up (Wickramasuriya and others, 2019: `MinT` with shrinkage).
//!
//! Bottom-up is the start: sums of the bottom forecasts. Where a node has a forecast of its own, the
//! bottom ones move, each by its share of the uncertainty, towards agreement with it. Covariances of
//! the bottom errors are shrunk to one mean correlation, which a few past origins can bear.
//!
//! **Invariant:** the bottom forecasts returned add up to every node by construction.

/// A node above the bottom: which bottom series add up to it, and its own forecast.
#[derive(Debug, Clone)]
pub struct Node {
    /// Ranks of the bottom series.
    pub members: Vec<usize>,
    /// Forecast of the sum made directly.
    pub point: f64,
    /// Standard deviation of that forecast's error.
    pub sigma: f64,
}

/// Reconciled bottom forecasts of one step.
///
/// `points` and `sigmas` are the bottom forecasts and the standard deviations of their errors, whose
/// mean correlation is `correlation`. Nodes are taken in the order given; the result does not depend
/// on it. A node without usable numbers is left aside.
pub fn reconcile(points: &[f64], sigmas: &[f64], correlation: f64, nodes: &[Node]) -> Vec<f64> {
    let n = points.len().min(sigmas.len());
    let r = correlation.clamp(0.0, 0.95);
    let mut x = points.to_vec();
    let mut v = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            let tie = if i == j { 1.0 } else { r };
            v[i * n + j] = tie * sigmas[i] * sigmas[j];
        }
    }
    for node in nodes {
        pull(&mut x, &mut v, n, node);
    }
    x
}

/// Moves the bottom towards one node (a Kalman update) and lowers the covariances accordingly.
fn pull(x: &mut [f64], v: &mut [f64], n: usize, node: &Node) {
    let members: Vec<usize> = node.members.iter().copied().filter(|&i| i < n).collect();
    let spread: Vec<f64> = (0..n).map(|i| members.iter().map(|&j| v[i * n + j]).sum()).collect();
    let own: f64 = members.iter().map(|&i| spread[i]).sum();
    let total = own + node.sigma * node.sigma;
    if !(total > 0.0 && total.is_finite() && node.point.is_finite()) {
        return;
    }
    let gap = node.point - members.iter().map(|&i| x[i]).sum::<f64>();
    for i in 0..n {
        x[i] += spread[i] / total * gap;
        for j in 0..n {
            v[i * n + j] -= spread[i] * spread[j] / total;
        }
    }
}

/// Sums of the bottom forecasts by node (bottom-up).
pub fn sums(points: &[f64], nodes: &[Vec<usize>]) -> Vec<f64> {
    nodes.iter().map(|m| m.iter().filter_map(|&i| points.get(i)).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sure_total_is_met_and_the_doubtful_line_moves_most() {
        let node = Node { members: vec![0, 1], point: 36.0, sigma: 0.0 };
        let x = reconcile(&[10.0, 20.0], &[1.0, 2.0], 0.0, &[node]);
        // Gap 6 shared as variances 1 and 4.
        assert!((x[0] - 11.2).abs() < 1e-9 && (x[1] - 24.8).abs() < 1e-9, "{x:?}");
    }

    #[test]
    fn an_unsure_total_moves_nothing_much_and_order_is_free() {
        let weak = Node { members: vec![0, 1], point: 90.0, sigma: 1e6 };
        let x = reconcile(&[10.0, 20.0], &[1.0, 2.0], 0.3, std::slice::from_ref(&weak));
        assert!((x[0] - 10.0).abs() < 1e-6);
        let a = Node { members: vec![0, 1], point: 33.0, sigma: 1.0 };
        let b = Node { members: vec![0, 1, 2], point: 40.0, sigma: 2.0 };
        let s = ([10.0, 20.0, 5.0], [1.0, 2.0, 3.0]);
        let one = reconcile(&s.0, &s.1, 0.2, &[a.clone(), b.clone()]);
        let two = reconcile(&s.0, &s.1, 0.2, &[b, a]);
        assert!(one.iter().zip(&two).all(|(p, q)| (p - q).abs() < 1e-9));
        assert_eq!(sums(&[1.0, 2.0, 3.0], &[vec![0, 2], vec![]]), vec![4.0, 0.0]);
    }
}
