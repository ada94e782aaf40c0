#![doc = include_str!("mnt09_rare_row.md")]

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;
use crate::stats::linalg::Gaussians;

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
/// Gaussians of the mixture, one when two cannot be told apart. Measured on two towns (benches/MESURES.md):
/// more of them learn the errors too.
const CLUSTERS: usize = 2;
/// Excess of rarity, in natural logarithms of the density, that brings two thirds of the weight.
const SCALE: f64 = 20.0;

type Point = [f32; TRAITS];
type Point64 = [f64; TRAITS];

/// The rows where the density of all the traits together is lowest.
pub(crate) fn detect(slots: &[Slot], seed: u64) -> Vec<Finding> {
    let wanted = ((SHARE * slots.len() as f64) as usize).clamp(1, MOST);
    if slots.len() < LEAST_ROWS {
        return Vec::new();
    }
    let points = points(slots);
    let fit = |clusters| Gaussians::fit(&points, clusters, seed);
    let Some(mixture) = (1..=CLUSTERS).rev().find_map(fit) else { return Vec::new() };
    let bounds = extremes(&points);
    let mut rare: Vec<(f64, usize)> = (0..points.len())
        .filter(|i| (0..TRAITS).any(|t| points[*i][t] >= bounds[t]))
        .map(|i| (-mixture.log_density(&points[i]), i))
        .collect();
    // slots are in the order of their content
    rare.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    rare.truncate(wanted);
    let usual = usual_rarity(&mixture, &points);
    let told = |&(rarity, i): &(f64, usize)| {
        finding(&slots[i], rarity - usual, reasons(&mixture.distance(&points[i])))
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

/// Rarity that half of the rows reach, on a regular sample of 10 000 points.
fn usual_rarity(mixture: &Gaussians<TRAITS>, points: &[Point]) -> f64 {
    let step = points.len().div_ceil(10_000);
    let mut values: Vec<f64> =
        points.iter().step_by(step).map(|p| -mixture.log_density(p)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
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

/// The two traits that weigh most in the distance to the nearest Gaussian.
fn reasons(parts: &Point64) -> (usize, usize) {
    let mut order: Vec<usize> = (0..TRAITS).collect();
    order.sort_by(|a, b| parts[*b].total_cmp(&parts[*a]).then(a.cmp(b)));
    (order[0], order[1])
}

fn finding(own: &Slot, excess: f64, (first, second): (usize, usize)) -> Finding {
    // a density is no probability of error: a row among the rarest is at most a hundred times likelier
    let rarity = 1.0 + 99.0 * (1.0 - (-excess.max(0.0) / SCALE).exp());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of ten suppliers with two accounts each, and one row odd by its amount and its account.
    fn slots() -> Vec<Slot> {
        let mut slots: Vec<Slot> = (0..2_000_u32)
            .map(|i| {
                let cents = 10_000 + u64::from(i * 7_919 % 5_003);
                Slot {
                    supplier: i % 10,
                    account: i / 10 % 2,
                    service: 1,
                    cents,
                    negative: false,
                    told: false,
                    bin: crate::stats::logkernel::bin(cents),
                    zeros: 0,
                    row: i,
                }
            })
            .collect();
        let odd = &mut slots[1_234];
        (odd.cents, odd.account) = (987_654_321, 77);
        odd.bin = crate::stats::logkernel::bin(odd.cents);
        slots.sort_unstable();
        slots
    }

    #[test]
    fn the_odd_row_is_told_with_its_traits() {
        let found = detect(&slots(), 1);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].rows, [1_234]);
        assert!(found[0].motif.contains("montant"), "{}", found[0].motif);
        assert!(found[0].probabilite < 0.02, "a rare row is not a wrong one");
    }

    #[test]
    fn few_rows_tell_nothing() {
        assert!(detect(&slots()[..LEAST_ROWS - 1], 1).is_empty());
    }
}
