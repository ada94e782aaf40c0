//! The combination of each series: the pool's weights, moved by what served that series before.
//!
//! At each origin, the past forecasts whose values were known by then are compared member by member, so
//! that the misses kept for the intervals are those of a forecaster who did not know the future.
//!
//! **Invariant:** weights at an origin depend on nothing after it but those of the pool.

use rayon::prelude::*;

use crate::forecast::combine::tilt;
use crate::forecast::engine::{full, points_at, scale};
use crate::forecast::pool::{AtOrigin, Frame, Prepared};

/// What the pool has learned, for the combination of each series.
pub(crate) struct Pooled<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) members: &'a [usize],
    pub(crate) weights: &'a [Vec<f64>; 2],
    pub(crate) usual: f64,
}

/// Combined points, of series at a stage or of stages for a series.
type Points = Vec<Option<Vec<f64>>>;
/// Combined points of one series by stage, and its weights at present.
type Path = (Points, Vec<f64>);

impl Pooled<'_> {
    /// Combined points by stage and series, and the weights of each series at present.
    pub(crate) fn combine(
        &self,
        prepared: &[Prepared],
        origins: &[Vec<Option<AtOrigin>>],
    ) -> (Vec<Points>, Vec<Vec<f64>>) {
        let paths: Vec<Path> =
            prepared.par_iter().enumerate().map(|(i, p)| self.path(p, i, origins)).collect();
        let mut combined = vec![Vec::with_capacity(paths.len()); origins.len()];
        let mut own = Vec::with_capacity(paths.len());
        for (stages, weights) in paths {
            for (slot, points) in combined.iter_mut().zip(stages) {
                slot.push(points);
            }
            own.push(weights);
        }
        (combined, own)
    }

    fn path(&self, p: &Prepared, i: usize, origins: &[Vec<Option<AtOrigin>>]) -> Path {
        let mut losses: Vec<(usize, Vec<Vec<f64>>)> = Vec::new();
        let mut weights = self.weights.clone();
        let mut stages = Vec::with_capacity(origins.len());
        for (stage, &offset) in origins.iter().zip(&self.frame.stages) {
            let Some(a) = &stage[i] else {
                stages.push(None);
                continue;
            };
            weights = self.tilted(&losses, offset);
            stages.push(Some(self.points(a, &weights)));
            if offset > 0 {
                losses.push((offset, self.losses(p, a, offset)));
            }
        }
        let [near, _] = weights;
        (stages, near)
    }

    /// Losses of the members, then of the pool's combination, summed over the steps up to each.
    fn losses(&self, p: &Prepared, a: &AtOrigin, offset: usize) -> Vec<Vec<f64>> {
        let half = self.frame.horizon.div_ceil(2);
        let q = scale(a, self.usual);
        let mut sum = vec![0.0; self.members.len() + 1];
        (0..self.frame.horizon.min(offset))
            .map(|h| {
                let w = &self.weights[usize::from(h >= half)];
                let points = points_at(a, self.members, h, self.usual);
                let actual = p.y[a.seen + h];
                let mut mixed = 0.0;
                for ((s, &k), v) in sum.iter_mut().zip(self.members).zip(&points) {
                    *s += (v - actual).abs() / q;
                    mixed += w[k] * v;
                }
                sum[points.len()] += (mixed - actual).abs() / q;
                sum.clone()
            })
            .collect()
    }

    /// Weights of a series at an origin: what it saw of the older forecasts moves those of the pool.
    fn tilted(&self, losses: &[(usize, Vec<Vec<f64>>)], offset: usize) -> [Vec<f64>; 2] {
        let mut sum = vec![0.0; self.members.len() + 1];
        let (mut count, mut span) = (0.0, 0.0_f64);
        for (old, by_step) in losses {
            let known = by_step.len().min(old - offset);
            let Some(total) = known.checked_sub(1).and_then(|k| by_step.get(k)) else { continue };
            sum.iter_mut().zip(total).for_each(|(s, t)| *s += t);
            count += known as f64;
            span = span.max((old - offset) as f64);
        }
        if count <= 0.0 {
            return self.weights.clone();
        }
        for s in &mut sum {
            *s /= count;
        }
        let reference = sum.pop().unwrap_or(0.0);
        let horizon = self.frame.horizon as f64;
        self.weights.clone().map(|w| {
            let kept: Vec<f64> = self.members.iter().map(|&k| w[k]).collect();
            full(&tilt(&kept, &sum, reference, span, horizon), self.members)
        })
    }

    fn points(&self, a: &AtOrigin, weights: &[Vec<f64>; 2]) -> Vec<f64> {
        if a.seen < 3 {
            return a.points[0].clone();
        }
        let half = self.frame.horizon.div_ceil(2);
        (0..self.frame.horizon)
            .map(|h| {
                let w = &weights[usize::from(h >= half)];
                let p = points_at(a, self.members, h, self.usual);
                self.members.iter().zip(&p).map(|(&k, p)| w[k] * p).sum()
            })
            .collect()
    }
}
