//! Multivariate laws on small points: a mixture of Gaussians fitted by linfa, read by hand.
//!
//! Takes points of `D` features in a fixed order and a seed; gives the log-density of any point and the
//! share of each feature in its distance. linfa's mixture fails on far points (its densities are not kept
//! as logarithms) and on many rows: it is fitted on a regular sample whose far values are drawn in, in one
//! thread, and read here with logarithms.
//!
//! **Invariant:** same points in the same order and same seed: same mixture, whatever the threads.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::GaussianMixtureModel;
use ndarray::Array2;
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng;

/// Points the mixture is fitted on, at most.
const SAMPLE: usize = 8_000;
/// Share of the values of a feature drawn in at each end before fitting.
const ENDS: f64 = 0.002;
/// Variance added to each feature, standardised: repeated values make no infinite density.
const RIDGE: f64 = 0.02;

/// One Gaussian.
#[derive(Debug, Clone)]
struct Part<const D: usize> {
    center: [f64; D],
    precision: [[f64; D]; D],
    /// Log of the weight and of the constant of the law.
    constant: f64,
}

/// A fitted mixture, on standardised features.
#[derive(Debug, Clone)]
pub struct Gaussians<const D: usize> {
    parts: Vec<Part<D>>,
    middle: [f64; D],
    spread: [f64; D],
}

impl<const D: usize> Gaussians<D> {
    /// Fits `clusters` Gaussians; `None` when the points are too few or too alike.
    pub fn fit(points: &[[f32; D]], clusters: usize, seed: u64) -> Option<Self> {
        let step = points.len().div_ceil(SAMPLE).max(1);
        let mut sample: Vec<[f64; D]> =
            points.iter().step_by(step).map(|p| p.map(f64::from)).collect();
        if sample.len() < clusters * 20 {
            return None;
        }
        for feature in 0..D {
            draw_in(&mut sample, feature);
        }
        let (middle, spread) = moments(&sample);
        let mut records = Array2::zeros((sample.len(), D));
        for (i, point) in sample.iter().enumerate() {
            for t in 0..D {
                records[[i, t]] = (point[t] - middle[t]) / spread[t];
            }
        }
        let rng = Xoshiro256Plus::seed_from_u64(seed);
        let data = DatasetBase::from(records);
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().ok()?;
        let fitted = alone.install(|| {
            GaussianMixtureModel::params_with_rng(clusters, rng)
                .n_runs(1)
                .max_n_iterations(60)
                .reg_covariance(RIDGE)
                .fit(&data)
        });
        let model = fitted.ok()?;
        let parts = (0..clusters).filter_map(|k| part(&model, k)).collect::<Vec<_>>();
        (!parts.is_empty()).then_some(Self { parts, middle, spread })
    }

    /// Log-density of a point, up to a constant.
    pub fn log_density(&self, point: &[f32; D]) -> f64 {
        let x = self.standard(point);
        let logs: Vec<f64> = self
            .parts
            .iter()
            .map(|p| p.constant - 0.5 * terms(p, &x).iter().sum::<f64>())
            .collect();
        let most = logs.iter().copied().fold(f64::MIN, f64::max);
        most + logs.iter().map(|l| (l - most).exp()).sum::<f64>().ln()
    }

    /// Part of each feature in the squared distance of a point to the law nearest to it; they add up to it.
    pub fn distance(&self, point: &[f32; D]) -> [f64; D] {
        let x = self.standard(point);
        let nearness = |p: &Part<D>| p.constant - 0.5 * terms(p, &x).iter().sum::<f64>();
        let near = self.parts.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        near.map_or([0.0; D], |p| terms(p, &x))
    }

    fn standard(&self, point: &[f32; D]) -> [f64; D] {
        std::array::from_fn(|t| (f64::from(point[t]) - self.middle[t]) / self.spread[t])
    }
}

/// Contribution of each feature to the squared Mahalanobis distance.
fn terms<const D: usize>(part: &Part<D>, x: &[f64; D]) -> [f64; D] {
    let gap: [f64; D] = std::array::from_fn(|t| x[t] - part.center[t]);
    std::array::from_fn(|t| gap[t] * (0..D).map(|s| part.precision[t][s] * gap[s]).sum::<f64>())
}

fn part<const D: usize>(model: &GaussianMixtureModel<f64>, k: usize) -> Option<Part<D>> {
    let precision: [[f64; D]; D] =
        std::array::from_fn(|i| std::array::from_fn(|j| model.precisions()[[k, i, j]]));
    let constant = model.weights()[k].ln() + 0.5 * log_det(&precision)?;
    let center = std::array::from_fn(|t| model.means()[[k, t]]);
    constant.is_finite().then_some(Part { center, precision, constant })
}

/// Log-determinant of a positive matrix, by Cholesky; `None` when it is not positive.
fn log_det<const D: usize>(matrix: &[[f64; D]; D]) -> Option<f64> {
    let mut lower = [[0.0; D]; D];
    let mut sum = 0.0;
    for i in 0..D {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = matrix[i][j] - dot;
            if i == j {
                if rest <= 0.0 {
                    return None;
                }
                lower[i][i] = rest.sqrt();
                sum += rest.ln();
            } else {
                lower[i][j] = rest / lower[j][j];
            }
        }
    }
    Some(sum)
}

/// Brings the far values of a feature back to its outer quantiles.
fn draw_in<const D: usize>(points: &mut [[f64; D]], feature: usize) {
    let mut values: Vec<f64> = points.iter().map(|p| p[feature]).collect();
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    let at = |p: f64| values[(last as f64 * p) as usize];
    let (low, high) = (at(ENDS), at(1.0 - ENDS));
    for point in points {
        point[feature] = point[feature].clamp(low, high);
    }
}

/// Mean and standard deviation of each feature; a constant one has the deviation 1.
fn moments<const D: usize>(points: &[[f64; D]]) -> ([f64; D], [f64; D]) {
    let n = points.len() as f64;
    let mean: [f64; D] = std::array::from_fn(|t| points.iter().map(|p| p[t]).sum::<f64>() / n);
    let spread = std::array::from_fn(|t| {
        let square = points.iter().map(|p| (p[t] - mean[t]).powi(2)).sum::<f64>() / n;
        if square > 1e-12 { square.sqrt() } else { 1.0 }
    });
    (mean, spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clouds on two lines that cross.
    fn clouds() -> Vec<[f32; 2]> {
        (0..2_000)
            .map(|i| {
                let (x, wave) = ((i % 97) as f32 / 10.0, ((i * 37) % 101) as f32 / 100.0);
                if i % 2 == 0 { [x, x + wave] } else { [x, 30.0 - x + wave] }
            })
            .collect()
    }

    #[test]
    fn a_point_ordinary_feature_by_feature_is_rare_off_the_lines() {
        let mixture = Gaussians::fit(&clouds(), 2, 1).expect("enough points");
        let on = mixture.log_density(&[5.0, 5.4]);
        let off = mixture.log_density(&[5.0, 15.0]);
        assert!(on > off + 5.0, "{on} {off}");
        let parts = mixture.distance(&[5.0, 60.0]);
        assert!(parts[1] > parts[0].abs());
    }

    #[test]
    fn threads_change_nothing_and_few_points_give_nothing() {
        let points = clouds();
        let here = Gaussians::fit(&points, 3, 7).expect("enough points").log_density(&[1.0, 40.0]);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads");
        let there = pool.install(|| {
            Gaussians::fit(&points, 3, 7).expect("enough points").log_density(&[1.0, 40.0])
        });
        assert_eq!(here.to_bits(), there.to_bits());
        assert!(Gaussians::fit(&points[..10], 3, 7).is_none());
    }

    #[test]
    fn determinants_of_positive_matrices() {
        let det = log_det(&[[4.0, 2.0], [2.0, 3.0]]).expect("positive");
        assert!((det - 8f64.ln()).abs() < 1e-12);
        assert!(log_det(&[[1.0, 2.0], [2.0, 1.0]]).is_none());
    }
}
