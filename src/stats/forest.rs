//! A small isolation forest: how few random cuts set a point apart from the others.
//!
//! Liu, Ting and Zhou, "Isolation Forest", ICDM (2008). Takes points in a fixed order and a seed; gives
//! a score near 1 for isolated points and near one half for ordinary ones.
//!
//! **Invariant:** same points in the same order and same seed: same forest, to the bit.

/// A generator for a fixed seed (SplitMix64, Steele and others, 2014).
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }
}

#[derive(Debug, Clone, Copy)]
enum Node {
    /// Feature, cut, and the node of what lies above; what lies under follows.
    Cut(u8, f32, u32),
    /// Length of the path, with what the points left would add.
    Leaf(f32),
}

/// Trees grown on samples of points of `D` features.
#[derive(Debug, Clone)]
pub struct Forest<const D: usize> {
    trees: Vec<Vec<Node>>,
    typical: f64,
}

/// Mean path of an unsuccessful search among `n` points.
fn mean_path(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let m = n as f64 - 1.0;
            2.0 * (m.ln() + 0.577_215_664_9) - 2.0 * m / n as f64
        }
    }
}

impl<const D: usize> Forest<D> {
    /// Grows `trees` trees on samples of at most `sample` points; `None` under 2 points.
    pub fn grow(points: &[[f32; D]], trees: usize, sample: usize, seed: u64) -> Option<Self> {
        let size = sample.min(points.len());
        if size < 2 {
            return None;
        }
        let mut random = Random(seed);
        let depth = (size as f64).log2().ceil() as u32;
        let grown = (0..trees)
            .map(|_| {
                let mut kept: Vec<[f32; D]> =
                    (0..size).map(|_| points[random.below(points.len())]).collect();
                let mut nodes = Vec::new();
                split(&mut kept, depth, 0, &mut random, &mut nodes);
                nodes
            })
            .collect();
        Some(Self { trees: grown, typical: mean_path(size) })
    }

    /// Score of a point, between 0 and 1.
    pub fn score(&self, point: &[f32; D]) -> f64 {
        let total: f64 = self.trees.iter().map(|t| f64::from(path(t, point))).sum();
        let mean = total / self.trees.len().max(1) as f64;
        (-mean / self.typical.max(1e-9) * std::f64::consts::LN_2).exp()
    }
}

fn path<const D: usize>(nodes: &[Node], point: &[f32; D]) -> f32 {
    let mut at = 0;
    loop {
        match nodes[at] {
            Node::Leaf(length) => return length,
            Node::Cut(feature, cut, above) => {
                at = if point[usize::from(feature)] < cut { at + 1 } else { above as usize };
            }
        }
    }
}

fn split<const D: usize>(
    points: &mut [[f32; D]],
    room: u32,
    depth: u32,
    random: &mut Random,
    nodes: &mut Vec<Node>,
) {
    let leaf = Node::Leaf((f64::from(depth) + mean_path(points.len())) as f32);
    let range =
        |f: usize| points.iter().fold((f32::MAX, f32::MIN), |(l, h), p| (l.min(p[f]), h.max(p[f])));
    let wide: Vec<(usize, f32, f32)> = (0..D)
        .map(|f| (f, range(f)))
        .filter(|(_, r)| r.0 < r.1)
        .map(|(f, r)| (f, r.0, r.1))
        .collect();
    if room == 0 || points.len() < 2 || wide.is_empty() {
        nodes.push(leaf);
        return;
    }
    let (feature, low, high) = wide[random.below(wide.len())];
    let cut = low + (high - low) * random.unit().max(f32::EPSILON);
    points.sort_unstable_by(|a, b| a[feature].total_cmp(&b[feature]));
    let under = points.partition_point(|p| p[feature] < cut);
    let here = nodes.len();
    nodes.push(leaf);
    let (left, right) = points.split_at_mut(under);
    split(left, room - 1, depth + 1, random, nodes);
    nodes[here] = Node::Cut(feature as u8, cut, nodes.len() as u32);
    split(right, room - 1, depth + 1, random, nodes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud() -> Vec<[f32; 2]> {
        let mut random = Random(7);
        let mut points: Vec<[f32; 2]> = (0..500).map(|_| [random.unit(), random.unit()]).collect();
        points.push([9.0, -9.0]);
        points
    }

    #[test]
    fn a_far_point_is_isolated() {
        let points = cloud();
        let forest = Forest::grow(&points, 50, 256, 1).expect("enough points");
        let far = forest.score(&points[500]);
        assert!(points[..500].iter().all(|p| forest.score(p) < far));
        assert!(far > 0.6, "{far}");
    }

    #[test]
    fn a_seed_gives_one_forest() {
        let points = cloud();
        let score =
            |seed| Forest::grow(&points, 20, 128, seed).map(|f| f.score(&points[3]).to_bits());
        assert_eq!(score(1), score(1));
        assert_ne!(score(1), score(2));
        assert!(Forest::grow(&points[..1], 20, 128, 1).is_none());
    }
}
