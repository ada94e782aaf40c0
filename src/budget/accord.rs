//! Natures, chapitres and totals forecast apart, then brought together (MinT with shrinkage, see
//! `forecast::reconcile`).
//!
//! The sums of the natures are compared at past origins with a direct forecast of each chapitre and of the
//! total. Where the direct one would have helped, the natures that a model forecasts move towards it, each by
//! its share of the uncertainty; what a rule or a notified amount says does not move. Where it would not have
//! helped (most towns: the part learned is then nought) the sums are plain additions.
//!
//! **Invariant:** only origins before the forecast judge; natures ruled or known never move; the parts of a
//! sum always add up to it.

use std::collections::BTreeMap;

use crate::budget::choice::{Defaut, Sujet, choisir};
use crate::budget::constantes;
use crate::budget::history::{Budget, Serie};
use crate::budget::interval::{floor, scale};
use crate::budget::project::{Projection, follows_prices, natures};
use crate::budget::rules::prix;
use crate::budget::scenario::Hypotheses;
use crate::domain::account::{Section, Sens};
use crate::forecast::reconcile::{Node, learned_part, reconcile};

/// Part under which the lines are simply added.
const NEGLIGIBLE: f64 = 0.05;
/// Weight of no correlation in that of the errors, in origins.
const ALONE: f64 = 5.0;
/// Past origins known before one may judge.
const FIRST_ORIGIN: usize = 2;

/// What was learned for one sens of the operating section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accord {
    /// Dépense or recette.
    pub sens: Sens,
    /// Part of the gap to the direct forecasts that is closed; 0 for a plain addition.
    pub part: f64,
    /// Past origins that judged.
    pub origines: usize,
}

/// One sens: its natures, and the groups that they add up to (chapitres then the total).
struct Hierarchy {
    sens: Sens,
    members: Vec<usize>,
    /// Ranks in `members`.
    nodes: Vec<Vec<usize>>,
}

fn hierarchy(budget: &Budget, sens: Sens) -> Hierarchy {
    let ours = |s: &Serie| s.section == Section::F && s.sens == sens;
    let members: Vec<usize> =
        (0..budget.series.len()).filter(|i| ours(&budget.series[*i])).collect();
    let mut chapitres: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (rank, i) in members.iter().enumerate() {
        chapitres.entry(budget.series[*i].chapitre.as_str()).or_default().push(rank);
    }
    let mut nodes: Vec<Vec<usize>> = chapitres.into_values().filter(|m| m.len() > 1).collect();
    nodes.push((0..members.len()).collect());
    Hierarchy { sens, members, nodes }
}

impl Hierarchy {
    /// Direct forecasts of the sums from the first `n` exercices: by node, then by step.
    fn direct(&self, budget: &Budget, n: usize, horizon: usize) -> Vec<Vec<f64>> {
        let origine = budget.exercices[n - 1];
        let sujet = |node: &Vec<usize>| {
            let series = || node.iter().map(|r| &budget.series[self.members[*r]]);
            let valeurs: Vec<f64> = (0..n).map(|t| series().map(|s| s.modele[t]).sum()).collect();
            let size = |keep: &dyn Fn(&Serie) -> bool| -> f64 {
                series().filter(|s| keep(s)).map(|s| s.modele[n - 1].abs()).sum()
            };
            // prices reach a sum by the share of its accounts that follow them
            let whole = size(&|_| true);
            let share = if whole > 0.0 { size(&follows_prices) / whole } else { 0.0 };
            let passed = constantes::part("part_prix") * share;
            let mut croissances = vec![0.0; n + 1];
            for (known, year) in croissances[1..n].iter_mut().zip(&budget.exercices) {
                *known = passed * prix(*year);
            }
            croissances[n] = passed * prix(origine);
            Sujet {
                groupe: (Section::F, self.sens),
                valeurs,
                croissances,
                reports: Vec::new(),
                demandee: 0.0,
                defaut: Defaut::Prudent,
            }
        };
        let sujets: Vec<Sujet> = self.nodes.iter().map(sujet).collect();
        let points =
            |path: Vec<crate::budget::choice::Etape>| path.iter().map(|e| e.point).collect();
        choisir(&sujets, horizon).into_iter().map(points).collect()
    }

    /// Part to close and mean correlation of the errors, from the origins before `n`.
    fn learned(&self, budget: &Budget, n: usize) -> (f64, f64, usize) {
        let mut judged = Vec::new();
        let (mut joint, mut alone) = (0.0, 0.0);
        for origin in FIRST_ORIGIN..n {
            let bottom = natures(budget, origin, 1, &Hypotheses::default());
            let errors: Vec<f64> = self
                .members
                .iter()
                .map(|i| budget.series[*i].modele[origin] - bottom[*i].points[0])
                .collect();
            let squares: f64 = errors.iter().map(|e| e * e).sum();
            joint += errors.iter().sum::<f64>().powi(2) - squares;
            alone += errors.iter().map(|e| e.abs()).sum::<f64>().powi(2) - squares;
            let (mut gain, mut gap) = (0.0, 0.0);
            for (node, direct) in self.nodes.iter().zip(self.direct(budget, origin, 1)) {
                let sum = |value: &dyn Fn(usize) -> f64| -> f64 {
                    node.iter().map(|r| value(self.members[*r])).sum()
                };
                let added = sum(&|i| bottom[i].points[0]);
                let actual = sum(&|i| budget.series[i].modele[origin]);
                let size = actual.abs().max(added.abs()).max(f64::MIN_POSITIVE);
                let (miss, apart) = ((actual - added) / size, (direct[0] - added) / size);
                gain += miss * apart;
                gap += apart * apart;
            }
            if gap > 0.0 {
                judged.push((gain, gap));
            }
        }
        let origins = n.saturating_sub(FIRST_ORIGIN);
        let found = if alone > 0.0 { (joint / alone).clamp(0.0, 1.0) } else { 0.0 };
        let correlation = found * origins as f64 / (origins as f64 + ALONE);
        (learned_part(&judged, 1.0), correlation, judged.len())
    }

    /// What to add to each nature at each step.
    fn moves(
        &self,
        budget: &Budget,
        n: usize,
        bottom: &[Projection],
        part: (f64, f64),
    ) -> Vec<Vec<f64>> {
        let (part, correlation) = part;
        let horizon = bottom.first().map_or(0, |p| p.points.len());
        let least = floor(budget);
        // a rule or a notified amount does not move
        let sigmas: Vec<f64> = self
            .members
            .iter()
            .map(|i| {
                let known = &budget.series[*i].modele[..n];
                if bottom[*i].par_regle { 0.0 } else { scale(Section::F, known, least) }
            })
            .collect();
        let of_sum = |node: &[usize]| {
            let (sum, squares) =
                node.iter().fold((0.0, 0.0), |(s, q), r| (s + sigmas[*r], q + sigmas[*r].powi(2)));
            (correlation * sum * sum + (1.0 - correlation) * squares).sqrt()
        };
        let direct = self.direct(budget, n, horizon);
        let mut out = vec![vec![0.0; horizon]; self.members.len()];
        for h in 0..horizon {
            let points: Vec<f64> = self.members.iter().map(|i| bottom[*i].points[h]).collect();
            let nodes: Vec<Node> = self
                .nodes
                .iter()
                .zip(&direct)
                .map(|(node, path)| Node {
                    members: node.clone(),
                    point: path[h],
                    sigma: of_sum(node) * ((1.0 - part) / part).sqrt(),
                })
                .collect();
            for (rank, x) in reconcile(&points, &sigmas, correlation, &nodes).iter().enumerate() {
                let positive = budget.series[self.members[rank]].modele.iter().all(|v| *v >= 0.0);
                let x = if positive { x.max(0.0) } else { *x };
                if x.is_finite() {
                    out[rank][h] = x - points[rank];
                }
            }
        }
        out
    }
}

/// What the past of a budget says for each sens, from its first `n` exercices.
pub fn accords(budget: &Budget, n: usize) -> Vec<Accord> {
    let one = |sens| {
        let (part, _, origines) = hierarchy(budget, sens).learned(budget, n);
        Accord { sens, part: if part > NEGLIGIBLE { part } else { 0.0 }, origines }
    };
    [Sens::D, Sens::R].into_iter().map(one).collect()
}

/// Moves the natures of the operating section where it helped in the past. `central` holds the forecast
/// without hypotheses: what a scenario adds is left as asked.
pub(super) fn rapprocher(
    budget: &Budget,
    n: usize,
    central: &[Projection],
    out: &mut [Projection],
) {
    for sens in [Sens::D, Sens::R] {
        let h = hierarchy(budget, sens);
        let (part, correlation, _) = h.learned(budget, n);
        if part <= NEGLIGIBLE {
            continue;
        }
        let why = format!(
            "rapproché à {:.0} % de la prévision directe du chapitre et du total",
            100.0 * part
        );
        for (i, moves) in h.members.iter().zip(h.moves(budget, n, central, (part, correlation))) {
            let projection = &mut out[*i];
            for ((point, raison), by) in
                projection.points.iter_mut().zip(&mut projection.raisons).zip(moves)
            {
                if by != 0.0 {
                    *point += by;
                    *raison = format!("{raison} ; {why}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::history::{Options, histories};
    use crate::budget::project::project;
    use crate::budget::tests::{Accounts, frame};

    const M57: &str = "M57-M57_D";

    /// Three accounts of one chapitre; the share of each swings, `total` is what they add up to.
    fn swinging(totals: &[i64]) -> Budget {
        let rows: Vec<Vec<(&str, Sens, i64)>> = totals
            .iter()
            .enumerate()
            .map(|(t, total)| {
                let a = if t % 2 == 0 { total / 2 } else { total / 5 };
                let b = total / 4;
                vec![
                    ("6161", Sens::D, a),
                    ("611", Sens::D, b),
                    ("617", Sens::D, total - a - b),
                    ("64111", Sens::D, *total),
                ]
            })
            .collect();
        let years: Vec<(u16, &str, Accounts<'_>)> =
            (2014..).zip(&rows).map(|(y, r)| (y, M57, r.as_slice())).collect();
        let options = Options { horizon: 1, ..Options::default() };
        histories(&frame(&years), &options).map_err(|r| r.quoi).expect("accounts").remove(0)
    }

    #[test]
    fn too_few_origins_add_up_plainly() {
        let budget = swinging(&[1_000_000, 1_020_000, 1_040_000, 1_060_000]);
        for accord in accords(&budget, 4) {
            assert_eq!((accord.part, accord.origines < 3), (0.0, true), "{accord:?}");
        }
        let plain = natures(&budget, 4, 2, &Hypotheses::default());
        assert_eq!(project(&budget, 4, 2, &Hypotheses::default()), plain);
    }

    #[test]
    fn sums_that_would_have_helped_move_the_natures() {
        // the total rises steadily, its lines swing: the direct forecast of the sum sees the rise
        let totals: Vec<i64> = (0..10).map(|t| 1_000_000 + 60_000 * t).collect();
        let budget = swinging(&totals);
        let n = budget.exercices.len();
        let accord = accords(&budget, n)[0];
        assert_eq!(accord.sens, Sens::D);
        assert!(accord.part > NEGLIGIBLE && accord.part <= 1.0, "{accord:?}");
        let none = Hypotheses::default();
        let (plain, moved) = (natures(&budget, n, 1, &none), project(&budget, n, 1, &none));
        let sum = |all: &[Projection]| -> f64 { all.iter().map(|p| p.points[0]).sum() };
        let actual = 2.0 * (1_000_000.0 + 60_000.0 * 10.0);
        assert!((sum(&moved) - actual).abs() < (sum(&plain) - actual).abs());
        assert!(moved.iter().any(|p| p.raisons[0].contains("rapproché")));
    }

    #[test]
    fn what_follows_an_origin_is_not_read() {
        let totals: Vec<i64> = (0..9).map(|t| 1_000_000 + 60_000 * t).collect();
        let budget = swinging(&totals);
        let mut other = budget.clone();
        for s in &mut other.series {
            s.modele[6..].fill(9e6);
        }
        assert_eq!(accords(&budget, 6), accords(&other, 6));
    }
}
