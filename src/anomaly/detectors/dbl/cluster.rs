//! From pairs to findings: the best pairs first, each row spoken of once unless it belongs to a cluster.
//!
//! **Invariant:** the ranking has a total order taken from content; a finding lists its rows earliest first.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Params;
use super::levels::{Amount, Pair};
use super::units::Units;
use super::weights::{Model, Weights, probability};
use crate::frames::ledger::NO_TEXT;

/// Largest cluster shown as one finding.
const LARGEST: usize = 8;

/// A finding to be worded.
pub(super) struct Cluster {
    /// The strongest pair.
    pub(super) pair: Pair,
    /// Its weights.
    pub(super) weights: Weights,
    /// Rows, earliest first.
    pub(super) rows: Vec<u32>,
}

/// Keeps the pairs worth a word and gathers those that tell one story.
pub(super) fn gather(
    units: &Units,
    pairs: &[Pair],
    model: &Model,
    params: &Params,
) -> Vec<Cluster> {
    let mut scored: Vec<(f64, u32)> = pairs
        .par_iter()
        .enumerate()
        .with_min_len(4096)
        .map(|(i, _)| (model.weigh(i).total(), i as u32))
        .filter(|(odds, _)| probability(*odds) >= params.least)
        .collect();
    let content = |i: u32| &pairs[i as usize];
    scored.par_sort_unstable_by(|x, y| {
        let (p, q) = (content(x.1), content(y.1));
        y.0.total_cmp(&x.0)
            .then_with(|| units.amount(q.a).cmp(&units.amount(p.a)))
            .then_with(|| units.earlier(p.a, q.a))
            .then_with(|| units.earlier(p.b, q.b))
    });
    let limit = (units.rows() as f64 * params.longest / 1000.0).ceil() as usize;
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut home: FxHashMap<u32, usize> = FxHashMap::default();
    for (odds, i) in scored {
        let pair = content(i);
        let rows = rows_of(units, pair);
        let known = rows.iter().filter_map(|r| home.get(r).copied()).min();
        match known {
            Some(k) => extend(&mut clusters, &mut home, k, (pair, odds), rows),
            None if clusters.len() < limit => {
                for r in &rows {
                    home.insert(*r, clusters.len());
                }
                clusters.push(Cluster { pair: *pair, weights: model.weigh(i as usize), rows });
            }
            None => {}
        }
    }
    for cluster in &mut clusters {
        cluster.rows.sort_unstable_by(|a, b| units.earlier(*a, *b));
    }
    clusters
}

/// Adds the rows of a pair to a known cluster, when it tells the same story with like strength.
fn extend(
    clusters: &mut [Cluster],
    home: &mut FxHashMap<u32, usize>,
    k: usize,
    (pair, odds): (&Pair, f64),
    rows: Vec<u32>,
) {
    let cluster = &mut clusters[k];
    let same_story = pair.amount == Amount::Equal
        && cluster.pair.amount == Amount::Equal
        && odds >= cluster.weights.total() - 2.0;
    let free = rows.iter().all(|r| home.get(r).is_none_or(|h| *h == k));
    if !same_story || !free {
        return;
    }
    let new: Vec<u32> = rows.into_iter().filter(|r| !cluster.rows.contains(r)).collect();
    if cluster.rows.len() + new.len() <= LARGEST {
        for r in new {
            cluster.rows.push(r);
            home.insert(r, k);
        }
    }
}

/// Rows of a pair.
fn rows_of(units: &Units, pair: &Pair) -> Vec<u32> {
    let mut rows = units.members(pair.a);
    rows.extend(units.members(pair.b));
    for part in pair.parts.iter().filter(|p| **p != NO_TEXT) {
        rows.extend(units.members(*part));
    }
    rows.sort_unstable();
    rows.dedup();
    rows
}
