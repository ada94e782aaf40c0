#![doc = include_str!("mnt08_benford.md")]

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, Sens};
use crate::stats::digits::{Conformity, benford, first_two, first_two_test};

use super::words::count;
use super::{Control, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(8),
    titre: "premiers chiffres en excès (loi de Benford)",
    page: include_str!("mnt08_benford.md"),
};

/// Smallest amount counted, centimes: under it, first digits follow the tariffs.
const LEAST: u64 = 1_000;

/// One information on the whole ledger, without rows, when the first two digits depart from Benford's
/// law; nothing under `least_rows` amounts or over too narrow a range.
pub(crate) fn detect(ledger: &Ledger, least_rows: u64) -> Option<Finding> {
    let mut counts = [0u64; 90];
    let (mut low, mut high) = (u64::MAX, 0);
    for (amount, sens) in ledger.montant.iter().zip(&ledger.sens) {
        let cents = amount.unsigned_abs();
        if *amount < 0 || *sens == Sens::R || cents < LEAST {
            continue;
        }
        if let Some(d) = first_two(cents) {
            counts[usize::from(d) - 10] += 1;
            (low, high) = (low.min(cents), high.max(cents));
        }
    }
    let test = first_two_test(&counts)?;
    // the law needs several orders of magnitude
    if test.n < least_rows
        || high / low.max(1) < 1_000
        || test.conformity != Conformity::Nonconforming
    {
        return None;
    }
    let (d, _) = test.peak;
    let observed = counts[usize::from(d) - 10];
    let expected = (benford(d) * test.n as f64).round() as u64;
    Some(Finding {
        code: CONTROL.code,
        rows: Vec::new(),
        indice: 0.0,
        probabilite: 0.0,
        priorite: Priorite::Information,
        enjeu: Centimes::ZERO,
        motif: format!(
            "Montants commençant par {d} : {} au lieu de {} attendus sur {}.",
            count(observed),
            count(expected),
            count(test.n)
        ),
        a_faire:
            "Chercher les tarifs ou fournisseurs qui expliquent l'excès ; ce n'est pas une preuve."
                .into(),
        evidence: vec![Evidence {
            niveau: "Écart moyen à la loi de Benford (deux premiers chiffres)".into(),
            poids: 0.0,
            valeurs: format!("{:.4} ; conforme jusqu'à 0,0022", test.mad).replace('.', ","),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(amounts: Vec<i64>) -> Ledger {
        Ledger { sens: vec![Sens::D; amounts.len()], montant: amounts, ..Ledger::default() }
    }

    #[test]
    fn an_excess_is_told_without_rows() {
        let spread = (0..3_000).map(|i| 10f64.powf(3.0 + f64::from(i) / 600.0) as i64);
        let natural = ledger(spread.clone().collect());
        assert!(detect(&natural, 1_000).is_none());
        let tariff = ledger(spread.chain(std::iter::repeat_n(3_990_000, 600)).collect());
        let found = detect(&tariff, 1_000);
        assert!(found.as_ref().is_some_and(|f| f.rows.is_empty() && f.motif.contains("par 39")));
        assert!(detect(&tariff, 10_000).is_none());
    }
}
