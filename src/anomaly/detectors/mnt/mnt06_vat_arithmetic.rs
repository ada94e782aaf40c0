#![doc = include_str!("mnt06_vat_arithmetic.md")]

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;
use crate::frames::ledger::{AmountKey, Ledger, NO_AMOUNT};

use super::score::{decibans, probability};
use super::words::{count, short, weight};
use super::{Control, code, total};

/// The control.
pub const CONTROL: Control = Control {
    code: code(6),
    titre: "calculs de TVA faux",
    page: include_str!("mnt06_vat_arithmetic.md"),
};

/// Highest rate of VAT, per mille, with a margin for roundings.
const HIGHEST_PER_MILLE: i64 = 202;
/// Expected number of errors of arithmetic a row.
const RATE: f64 = 5e-4;
/// Share of wrong rows among errors that the sum would show.
const SHOWN: f64 = 0.9;

/// What is wrong with the HT, VAT and TTC of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// HT + VAT is not TTC; the gap, centimes.
    Sum(i64),
    /// VAT above the highest rate.
    Rate,
    /// VAT and HT of opposite signs.
    Sign,
    /// VAT at a rate abolished before the invoice, per mille.
    Abolished(i64),
}

/// Rates abolished at the end of 2013, per mille.
const ABOLISHED: [i64; 2] = [196, 70];
/// 1 April 2014 (day number): three months later, no invoice bears them any more.
const NO_LONGER: i32 = 16_161;
/// Smallest HT, centimes, for which an abolished rate cannot be mistaken for a mix of two rates.
const LEAST_FOR_RATE: i64 = 5_000;

/// The abolished rate that gives exactly this VAT, unless a rate in force gives it too.
fn abolished(ht: i64, vat: i64, day: i32) -> Option<i64> {
    if day < NO_LONGER || ht.abs() < LEAST_FOR_RATE {
        return None;
    }
    let gives = |rate: i64| {
        let gap = i128::from(vat) * 1_000 - i128::from(ht) * i128::from(rate);
        gap.unsigned_abs() <= 1_000
    };
    let in_force = [200, 100, 55, 21, 85].into_iter().any(gives);
    ABOLISHED.into_iter().find(|rate| !in_force && gives(*rate))
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// HT or VAT is missing.
    Untested,
    /// The figures agree.
    Right,
    /// They do not.
    Wrong(Fault),
}

/// Reads a row.
fn read(ht: i64, vat: i64, ttc: i64, day: i32) -> Reading {
    if ht == NO_AMOUNT || vat == NO_AMOUNT || ht == 0 {
        return Reading::Untested;
    }
    let gap = (ttc != NO_AMOUNT).then(|| ttc.saturating_sub(ht.saturating_add(vat)));
    match gap {
        Some(gap) if gap.unsigned_abs() > 2 => Reading::Wrong(Fault::Sum(gap)),
        _ if vat != 0 && vat.signum() != ht.signum() => Reading::Wrong(Fault::Sign),
        _ if i128::from(vat.abs()) * 1_000
            > i128::from(ht.abs()) * i128::from(HIGHEST_PER_MILLE) + 2_000 =>
        {
            Reading::Wrong(Fault::Rate)
        }
        _ => match abolished(ht, vat, day) {
            Some(rate) => Reading::Wrong(Fault::Abolished(rate)),
            None => Reading::Right,
        },
    }
}

/// Rows whose HT, VAT and TTC do not agree, weighed by how often those of this ledger agree.
pub(crate) fn detect(ledger: &Ledger) -> Vec<Finding> {
    let (Some(ht), Some(vat)) = (ledger.amount(AmountKey::Ht), ledger.amount(AmountKey::Tva))
    else {
        return Vec::new();
    };
    let ttc = ledger.amount(AmountKey::Ttc);
    let readings: Vec<Reading> = (0..ledger.len())
        .map(|r| read(ht[r], vat[r], ttc.map_or(ledger.montant[r], |c| c[r]), ledger.day(r)))
        .collect();
    let tested = readings.iter().filter(|r| **r != Reading::Untested).count() as u64;
    let wrong = readings.iter().filter(|r| matches!(r, Reading::Wrong(_))).count() as u64;
    // a ledger where the sum is often wrong follows another convention: each fault then says little
    let natural = (wrong as f64 - RATE * tested as f64).max(0.0) + 0.5;
    let chance = (natural / (tested as f64 + 10_000.0)).min(1.0);
    let log_odds = (RATE * SHOWN / chance).ln();
    let mut findings: Vec<Finding> = (0..ledger.len())
        .filter_map(|r| match readings[r] {
            Reading::Wrong(fault) => Some((r, fault)),
            _ => None,
        })
        .filter(|_| log_odds > -5.0)
        .map(|(r, fault)| {
            let numbers = (ht[r], vat[r], ttc.map_or(ledger.montant[r], |c| c[r]));
            finding(r as u32, fault, numbers, (wrong, tested), log_odds)
        })
        .collect();
    findings.sort_by_key(|f| (std::cmp::Reverse(f.enjeu), f.rows[0]));
    findings
}

fn finding(
    row: u32,
    fault: Fault,
    (ht, vat, ttc): (i64, i64, i64),
    (wrong, tested): (u64, u64),
    log_odds: f64,
) -> Finding {
    let money = |c: i64| format!("{}{}", if c < 0 { "−" } else { "" }, short(c.unsigned_abs()));
    let (motif, stake) = match fault {
        Fault::Sum(gap) => {
            (format!("HT {} + TVA {} ≠ TTC {}.", money(ht), money(vat), money(ttc)), gap)
        }
        Fault::Rate => (
            format!("TVA de {} sur {} HT : plus de 20 %.", money(vat), money(ht)),
            vat.saturating_sub(ht / 5),
        ),
        Fault::Abolished(rate) => (
            format!(
                "TVA de {} sur {} HT : taux de {},{} %, supprimé depuis 2014.",
                money(vat),
                money(ht),
                rate / 10,
                rate % 10
            ),
            vat.saturating_sub(ht / 5),
        ),
        Fault::Sign => {
            (format!("TVA de {} sur {} HT : signes contraires.", money(vat), money(ht)), vat)
        }
    };
    let prior = weight(decibans(RATE));
    let mut finding = Finding {
        code: CONTROL.code,
        rows: vec![row],
        indice: 0.0,
        probabilite: probability(log_odds),
        priorite: Priorite::Information,
        enjeu: Centimes(stake.saturating_abs()),
        motif,
        a_faire: "Refaire le calcul hors taxe, taxe et toutes taxes d'après la facture.".into(),
        evidence: vec![
            Evidence {
                niveau: "Rareté de ce type d'erreur".into(),
                poids: prior,
                valeurs: "taux attendu avant lecture".into(),
            },
            Evidence {
                niveau: "Calcul juste d'ordinaire dans ce fichier".into(),
                poids: weight(log_odds * 10.0 / std::f64::consts::LN_10 - prior),
                valeurs: format!("{} écart(s) sur {} lignes", count(wrong), count(tested)),
            },
        ],
    };
    total(&mut finding);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_rates_and_signs_are_read() {
        let wrong = Reading::Wrong;
        let at_2024 = |ht, vat, ttc| read(ht, vat, ttc, 19_800);
        assert_eq!(at_2024(10_000, 2_000, 12_000), Reading::Right);
        assert_eq!(at_2024(10_000, 2_000, 12_002), Reading::Right);
        assert_eq!(at_2024(10_000, 2_000, 10_000), wrong(Fault::Sum(-2_000)));
        assert_eq!(at_2024(10_000, 3_000, 13_000), wrong(Fault::Rate));
        assert_eq!(at_2024(10_000, -2_000, 8_000), wrong(Fault::Sign));
        assert_eq!(at_2024(-10_000, -550, -10_550), Reading::Right);
        assert_eq!(at_2024(NO_AMOUNT, 2_000, 12_000), Reading::Untested);
        assert_ne!(at_2024(i64::MAX, i64::MAX, i64::MIN + 1), Reading::Untested);
        assert_eq!(at_2024(27_550, 5_400, 32_950), wrong(Fault::Abolished(196)));
        assert_eq!(read(27_550, 5_400, 32_950, 15_000), Reading::Right);
    }

    #[test]
    fn one_wrong_sum_stands_out_and_a_convention_does_not() {
        let ledger = |wrong: usize| Ledger {
            montant: vec![12_000; 400],
            amounts: [
                Some(vec![10_000; 400]),
                Some(vec![2_000; 400]),
                Some((0..400).map(|i| if i < wrong { 11_900 } else { 12_000 }).collect()),
            ],
            ..Ledger::default()
        };
        let one = detect(&ledger(1));
        assert_eq!(one.len(), 1);
        assert!(one[0].probabilite > 0.7);
        assert!(detect(&ledger(200)).iter().all(|f| f.probabilite < 0.1));
    }
}
