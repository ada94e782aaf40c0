//! Kernel densities of positive integers on a logarithmic grid of 50 bins a decade.
//!
//! Takes integer amounts as bin counts; gives densities per decade. A shift by one decade (a decimal
//! point misplaced) is exactly 50 bins. Silverman (1986), binned kernel estimate.
//!
//! **Invariant:** a density depends on the counts only, never on the order in which they came.

/// Bins in one decade.
pub const PER_DECADE: usize = 50;
/// Number of bins: 14 decades, from 1 to 10^14 units.
pub const BINS: usize = 14 * PER_DECADE;

/// Bin of a positive amount; amounts under 1 fall in the first bin, huge ones in the last.
pub fn bin(amount: u64) -> u16 {
    if amount == 0 {
        return 0;
    }
    let position = (amount as f64).log10() * PER_DECADE as f64;
    (position as usize).min(BINS - 1) as u16
}

/// A truncated Gaussian kernel on the grid; its taps sum to [`PER_DECADE`], so that a sum of kernels
/// divided by the number of points is a density per decade.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// `taps[d]` is the weight at a distance of `d` bins.
    taps: Vec<f32>,
}

impl Kernel {
    /// Kernel of standard deviation `sigma` bins, cut at three of them.
    pub fn gaussian(sigma: f64) -> Self {
        let reach = (3.0 * sigma).ceil().max(1.0) as usize;
        let raw: Vec<f64> =
            (0..=reach).map(|d| (-0.5 * (d as f64 / sigma).powi(2)).exp()).collect();
        let total = raw[0] + 2.0 * raw[1..].iter().sum::<f64>();
        Self { taps: raw.iter().map(|w| (w / total * PER_DECADE as f64) as f32).collect() }
    }

    /// Weight of a point on its own bin.
    pub fn center(&self) -> f32 {
        self.taps[0]
    }

    /// Distance in bins beyond which the kernel is nil.
    pub fn reach(&self) -> usize {
        self.taps.len() - 1
    }

    /// Adds `count` points of bin `at` to `density`.
    pub fn scatter(&self, density: &mut [f32], at: usize, count: f32) {
        density[at] += count * self.taps[0];
        for (d, tap) in self.taps.iter().enumerate().skip(1) {
            if at >= d {
                density[at - d] += count * tap;
            }
            if at + d < density.len() {
                density[at + d] += count * tap;
            }
        }
    }
}

/// A reusable kernel sum over the grid, cleared at the cost of what was touched.
#[derive(Debug, Clone)]
pub struct Sum {
    density: Vec<f32>,
    points: u32,
}

impl Default for Sum {
    fn default() -> Self {
        Self { density: vec![0.0; BINS], points: 0 }
    }
}

impl Sum {
    /// Adds the points of `(bin, count)`, ascending bins.
    pub fn add(&mut self, kernel: &Kernel, counts: &[(u16, u32)]) {
        for &(at, count) in counts {
            kernel.scatter(&mut self.density, usize::from(at), count as f32);
            self.points += count;
        }
    }

    /// Empties what [`Sum::add`] put for the same kernel and counts.
    pub fn clear(&mut self, kernel: &Kernel, counts: &[(u16, u32)]) {
        for &(at, _) in counts {
            let from = usize::from(at).saturating_sub(kernel.reach());
            let to = (usize::from(at) + kernel.reach()).min(BINS - 1);
            self.density[from..=to].fill(0.0);
        }
        self.points = 0;
    }

    /// Density per decade at a bin given all the points but one, the one of bin `without`.
    /// Zero when no other point is left or when the bin is out of the grid.
    pub fn leave_one_out(&self, kernel: &Kernel, at: i32, without: u16) -> f64 {
        if self.points < 2 || at < 0 || at >= BINS as i32 {
            return 0.0;
        }
        let distance = at.abs_diff(i32::from(without)) as usize;
        let own = kernel.taps.get(distance).copied().unwrap_or(0.0);
        f64::from((self.density[at as usize] - own).max(0.0)) / f64::from(self.points - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decade_is_fifty_bins() {
        for amount in [100, 95_886, 1_234_567] {
            assert_eq!(bin(amount * 10) - bin(amount), 50);
        }
        assert_eq!(bin(0), 0);
        assert_eq!(usize::from(bin(u64::MAX)), BINS - 1);
    }

    #[test]
    fn a_density_integrates_to_one() {
        let kernel = Kernel::gaussian(4.0);
        let mut sum = Sum::default();
        let counts = [(200, 3), (230, 2)];
        sum.add(&kernel, &counts);
        let mass: f32 = sum.density.iter().sum::<f32>() / (5.0 * PER_DECADE as f32);
        assert!((mass - 1.0).abs() < 1e-4);
        sum.clear(&kernel, &counts);
        assert!(sum.density.iter().all(|d| d.abs() < f32::EPSILON));
    }

    #[test]
    fn a_lone_point_leaves_nothing() {
        let kernel = Kernel::gaussian(2.0);
        let mut sum = Sum::default();
        sum.add(&kernel, &[(100, 2)]);
        assert!(sum.leave_one_out(&kernel, 100, 100) > 1.0);
        assert!(sum.leave_one_out(&kernel, 150, 100).abs() < 1e-12);
    }
}
