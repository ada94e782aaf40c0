//! Family MNT: atypical amounts.
//!
//! **Invariant:** same findings whatever the order of the rows and the number of threads.

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::frames::ledger::Ledger;

pub(crate) mod habit;
pub(crate) mod kinds;
pub(crate) mod rows;

use habit::{Desk, Habit, World};
use kinds::{KINDS, Kind};

/// Parameters of the family.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Prior rate of each kind of error, in the order of the kinds.
    pub rates: [f64; 8],
    /// Largest share of the rows that may be listed.
    pub listed: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { rates: [1e-4, 1e-4, 2e-4, 2e-4, 2e-4, 1e-4, 1e-4, 2e-4], listed: 0.03 }
    }
}

struct Candidate {
    row: u32,
    odds: f64,
    best: usize,
    cents: u64,
    parts: [f64; KINDS],
}

/// Finds atypical amounts.
pub fn detect(
    ledger: &Ledger,
    supplier: &[u32],
    params: &Params,
    progress: &dyn Progress,
) -> Vec<Finding> {
    let accounts = rows::accounts(ledger);
    let slots = rows::slots(ledger, supplier, &accounts);
    if slots.is_empty() {
        return Vec::new();
    }
    let world = World::learn(&slots);
    let mut desk = Desk::default();
    let mut found = Vec::new();
    let negatives = slots.iter().filter(|s| s.negative).count() as f64;
    let base_neg = (negatives + 0.5) / (slots.len() as f64 + 100.0);
    progress.tick("Montants", 0, slots.len() as u64);
    for range in rows::runs(&slots, |s| s.supplier) {
        let mut habit = Habit::open(&world, &slots, range, &mut desk);
        habit.fit();
        let n = habit.slots.len();
        let neg_here = habit.slots.iter().filter(|s| s.negative).count() as f64;
        for i in 0..n {
            let l = kinds::likelihoods(&world, &mut habit, i);
            let own = habit.slots[i];
            let mut parts = [f64::NEG_INFINITY; KINDS];
            for k in 0..KINDS - 1 {
                if l.kinds[k] > 0.0 {
                    parts[k] = (params.rates[k] * l.kinds[k] / l.habit).ln();
                }
            }
            if own.negative {
                let p = (neg_here - 1.0 + 30.0 * base_neg) / (n as f64 - 1.0 + 30.0);
                let other = l.kinds[Kind::Other as usize];
                parts[Kind::Sign as usize] = (params.rates[Kind::Sign as usize] * (1.0 - p) / p
                    * l.habit
                    / (0.5 * l.habit + 0.5 * other))
                    .ln();
            }
            let odds: f64 = parts.iter().map(|p| p.exp()).sum();
            let best = (0..KINDS).max_by(|a, b| parts[*a].total_cmp(&parts[*b])).unwrap_or(0);
            found.push(Candidate { row: own.row, odds: odds.ln(), best, cents: own.cents, parts });
        }
        habit.close();
    }
    found.sort_unstable_by(|a, b| b.odds.total_cmp(&a.odds).then(a.row.cmp(&b.row)));
    found.truncate((params.listed * ledger.len() as f64) as usize);
    found.into_iter().map(finding).collect()
}

fn finding(c: Candidate) -> Finding {
    let probabilite = 1.0 / (1.0 + (-c.odds).exp());
    let poids = (c.odds * 1000.0 / std::f64::consts::LN_10).round() / 100.0;
    Finding {
        code: ControlCode::new(Family::Mnt, c.best as u8 + 1),
        rows: vec![c.row],
        indice: poids,
        probabilite,
        priorite: if probabilite > 0.9 {
            Priorite::Prioritaire
        } else if probabilite > 0.3 {
            Priorite::AVerifier
        } else {
            Priorite::Information
        },
        enjeu: Centimes(c.cents as i64),
        motif: format!("{:?}", Kind::ALL[c.best]),
        a_faire: String::new(),
        evidence: vec![Evidence {
            niveau: "total".into(),
            poids,
            valeurs: format!("{:.1?}", c.parts),
        }],
    }
}
