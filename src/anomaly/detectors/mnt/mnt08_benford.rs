#![doc = include_str!("mnt08_benford.md")]

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, Sens};
use crate::stats::digits::{Conformity, benford, first_two, first_two_test};

use super::crowded::{Crowd, crowds};
use super::rows::Slot;
use super::score::decibans;
use super::words::{count, euros, weight};
use super::{Control, code, total};

/// The control.
pub const CONTROL: Control = Control {
    code: code(8),
    titre: "premiers chiffres en excès (loi de Benford)",
    page: include_str!("mnt08_benford.md"),
};

/// Smallest amount counted, centimes: under it, first digits follow the tariffs.
const LEAST: u64 = 1_000;

/// Suppliers whose amounts crowd just under a round sum, one finding each.
pub(crate) fn suppliers(slots: &[Slot]) -> Vec<Finding> {
    crowds(slots).iter().map(crowd).collect()
}

fn crowd(crowd: &Crowd) -> Finding {
    let [all, under, above] = crowd.counts;
    let odds = crowd.rate / (crowd.decoys / 100.0);
    let strength = 10.0 * crowd.strength / std::f64::consts::LN_10;
    let ceiling = euros(crowd.ceiling);
    let cents: u64 = crowd.slots.iter().map(|s| s.cents).sum();
    let evidence = [
        ("Rareté de ce type d'écart", decibans(crowd.rate), "part des fournisseurs".to_owned()),
        (
            "Montants différents serrés sous une somme ronde",
            strength,
            format!("{under} sous {ceiling}, {above} juste au-dessus, {all} en tout"),
        ),
        (
            "Amas semblables sous des sommes non rondes, dans ce fichier",
            decibans(100.0 / crowd.decoys) - strength,
            format!("{:.2} fournisseur sur 100", crowd.decoys).replace('.', ","),
        ),
    ];
    let mut finding = Finding {
        code: CONTROL.code,
        rows: crowd.slots.iter().map(|s| s.row).collect(),
        indice: 0.0,
        probabilite: odds / (1.0 + odds),
        priorite: Priorite::Information,
        enjeu: Centimes(i64::try_from(cents).unwrap_or(i64::MAX)),
        motif: format!(
            "{under} montants sur {all} serrés sous {ceiling}, {above} juste au-dessus : premiers chiffres en excès."
        ),
        a_faire: "Comparer les commandes et leur service fait ; chercher le plafond que les montants évitent."
            .into(),
        evidence: evidence
            .map(|(niveau, db, valeurs)| Evidence {
                niveau: niveau.into(),
                poids: weight(db),
                valeurs,
            })
            .into(),
    };
    total(&mut finding);
    finding
}

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
