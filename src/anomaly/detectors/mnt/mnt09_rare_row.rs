#![doc = include_str!("mnt09_rare_row.md")]

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;
use crate::stats::forest::Forest;

use super::rows::{Slot, runs};
use super::score::{decibans, probability};
use super::words::{short, weight};
use super::{Control, code, total};

/// The control.
pub const CONTROL: Control = Control {
    code: code(9),
    titre: "lignes rares par l'ensemble de leurs traits",
    page: include_str!("mnt09_rare_row.md"),
};

/// Number of traits.
const TRAITS: usize = 6;
/// Names of the traits, as read after "rare par".
const NAMES: [&str; TRAITS] = [
    "l'écart au montant médian du fournisseur",
    "le montant",
    "le compte chez ce fournisseur",
    "le service sur ce compte",
    "le nombre de lignes du fournisseur",
    "la rondeur du montant",
];
/// Expected number of errors a row that no other control names.
const RATE: f64 = 1e-4;
/// Share of the rows that are told, at most, and their number.
const SHARE: f64 = 2e-4;
const MOST: usize = 200;
/// Rows under which rarity means nothing.
const LEAST_ROWS: usize = 500;
/// Trees of the forest, and points drawn for each.
const TREES: usize = 32;
const SAMPLE: usize = 256;

type Point = [f32; TRAITS];

/// The rows that fewest random cuts isolate.
pub(crate) fn detect(slots: &[Slot], seed: u64) -> Vec<Finding> {
    let wanted = ((SHARE * slots.len() as f64) as usize).clamp(1, MOST);
    if slots.len() < LEAST_ROWS {
        return Vec::new();
    }
    let points = points(slots);
    let Some(forest) = Forest::grow(&points, TREES, SAMPLE, seed) else { return Vec::new() };
    let bounds = extremes(&points);
    let mut rare: Vec<(f64, usize)> = (0..points.len())
        .filter(|i| (0..TRAITS).any(|t| points[*i][t] >= bounds[t]))
        .map(|i| (forest.score(&points[i]), i))
        .collect();
    // slots are in the order of their content
    rare.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    rare.truncate(wanted);
    let middle = medians(&points);
    let told = |&(score, i): &(f64, usize)| {
        let (first, second) = reasons(&forest, &points[i], &middle);
        finding(&slots[i], score, (first, second))
    };
    rare.iter().map(told).collect()
}

fn points(slots: &[Slot]) -> Vec<Point> {
    let mut account_rows = std::collections::BTreeMap::new();
    let mut service_rows = std::collections::BTreeMap::new();
    for s in slots {
        *account_rows.entry(s.account).or_insert(0u32) += 1;
        *service_rows.entry((s.account, s.service)).or_insert(0u32) += 1;
    }
    let mut points = Vec::with_capacity(slots.len());
    for range in runs(slots, |s| s.supplier) {
        let mine = &slots[range];
        let mut bins: Vec<u16> = mine.iter().map(|s| s.bin).collect();
        bins.sort_unstable();
        let center = bins[bins.len() / 2];
        for cell in runs(mine, |s| s.account) {
            let share = cell.len() as f32 / mine.len() as f32;
            for s in &mine[cell] {
                let service = service_rows[&(s.account, s.service)] as f32;
                points.push([
                    f32::from(s.bin.abs_diff(center)),
                    f32::from(s.bin),
                    -share.ln(),
                    -(service / account_rows[&s.account] as f32).ln(),
                    (mine.len() as f32).ln(),
                    f32::from(s.zeros),
                ]);
            }
        }
    }
    points
}

/// Value that one row in a hundred reaches, trait by trait.
fn extremes(points: &[Point]) -> Point {
    of_each_trait(points, 0.99)
}

fn medians(points: &[Point]) -> Point {
    of_each_trait(points, 0.5)
}

/// Quantile of each trait, on a regular sample of 10 000 points.
fn of_each_trait(points: &[Point], p: f64) -> Point {
    let step = points.len().div_ceil(10_000);
    std::array::from_fn(|t| {
        let mut values: Vec<f32> = points.iter().step_by(step).map(|x| x[t]).collect();
        values.sort_unstable_by(f32::total_cmp);
        values[((values.len() - 1) as f64 * p) as usize]
    })
}

/// The two traits without which the row would be least rare.
fn reasons(forest: &Forest<TRAITS>, point: &Point, middle: &Point) -> (usize, usize) {
    let mut scores: Vec<(f64, usize)> = (0..TRAITS)
        .map(|t| {
            let mut plain = *point;
            plain[t] = middle[t];
            (forest.score(&plain), t)
        })
        .collect();
    scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    (scores[0].1, scores[1].1)
}

fn finding(own: &Slot, score: f64, (first, second): (usize, usize)) -> Finding {
    // the score is no probability: a row among the rarest is at most a hundred times likelier
    let rarity = 1.0 + 99.0 * ((score - 0.5) * 2.0).clamp(0.0, 1.0);
    let (prior, gain) = (weight(decibans(RATE)), weight(decibans(rarity)));
    let mut finding = Finding {
        code: CONTROL.code,
        rows: vec![own.row],
        indice: 0.0,
        probabilite: probability((RATE * rarity).ln()),
        priorite: Priorite::Information,
        enjeu: Centimes(i64::try_from(own.cents).unwrap_or(i64::MAX)),
        motif: format!(
            "{} : ligne rare par {} et {}.",
            short(own.cents),
            NAMES[first],
            NAMES[second]
        ),
        a_faire: "Relire la pièce : montant, compte et service.".into(),
        evidence: vec![
            Evidence {
                niveau: "Rareté de ce type d'erreur".into(),
                poids: prior,
                valeurs: "taux attendu avant lecture".into(),
            },
            Evidence {
                niveau: "Rareté d'ensemble".into(),
                poids: gain,
                valeurs: format!("{} ; {}", NAMES[first], NAMES[second]),
            },
        ],
    };
    total(&mut finding);
    finding
}
