//! Weights of a mixture of known densities by expectation-maximisation with a Dirichlet prior.
//!
//! Takes, for each observation, the value of each component density; gives the weights that maximise
//! the penalised likelihood. Dempster, Laird and Rubin (1977).
//!
//! **Invariant:** weights are positive and sum to one; the result depends on the observations' order
//! only through the rounding of a fixed sequential sum.

/// Runs `rounds` of EM from `start`, with a Dirichlet prior of mean `prior` and total `strength`.
/// Each observation is a row of component values and the number of times it occurs.
pub fn fit<const K: usize>(
    observations: &[([f64; K], f64)],
    prior: &[f64; K],
    strength: f64,
    rounds: usize,
) -> [f64; K] {
    let mut weights = *prior;
    for _ in 0..rounds {
        let mut counts = [0.0; K];
        for (values, times) in observations {
            let total = dot(&weights, values);
            if total <= 0.0 {
                continue;
            }
            for k in 0..K {
                counts[k] += times * weights[k] * values[k] / total;
            }
        }
        let all: f64 = counts.iter().sum::<f64>() + strength;
        if all <= 0.0 {
            return weights;
        }
        for k in 0..K {
            weights[k] = (counts[k] + strength * prior[k]) / all;
        }
    }
    weights
}

/// Value of the mixture.
pub fn dot<const K: usize>(weights: &[f64; K], values: &[f64; K]) -> f64 {
    weights.iter().zip(values).map(|(w, v)| w * v).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_that_explains_wins() {
        let seen = [([0.9, 0.1], 10.0), ([0.8, 0.2], 10.0)];
        let weights = fit(&seen, &[0.5, 0.5], 1.0, 50);
        assert!(weights[0] > 0.95 && (weights[0] + weights[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn without_observation_the_prior_stays() {
        let weights = fit(&[], &[0.25, 0.75], 4.0, 5);
        assert!((weights[0] - 0.25).abs() < 1e-12);
    }
}
