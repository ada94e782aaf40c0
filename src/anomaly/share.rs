//! Which suppliers the findings fall on: by size and by kind, so that a bias is seen.
//!
//! A control that points at small or at personal suppliers more often than at others is to be explained by
//! what it looks for, or to be corrected.
//!
//! **Invariant:** counts only, never a name; every expense row with a supplier is in one class of each axis.

use crate::anomaly::prepare::{NO_SUPPLIER, Suppliers};
use crate::anomaly::{Finding, Priorite};
use crate::frames::ledger::{Ledger, Sens, TextKey};

/// Upper bounds of the yearly classes of size, centimes, and their names.
const SIZES: [(i64, &str); 4] = [
    (100_000, "moins de 1 000 €"),
    (1_000_000, "de 1 000 à 10 000 €"),
    (10_000_000, "de 10 000 à 100 000 €"),
    (i64::MAX, "100 000 € et plus"),
];
/// Kinds of suppliers, as far as their identifier tells.
const KINDS: [&str; 3] = ["organisme public", "autre tiers à SIREN", "tiers sans SIREN"];

/// One class of one axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// `taille` or `genre`.
    pub axe: &'static str,
    /// Name of the class, French.
    pub classe: &'static str,
    /// Suppliers.
    pub fournisseurs: u64,
    /// Expense rows.
    pub lignes: u64,
    /// Expense rows in a finding `prioritaire` or `a_verifier`.
    pub signalees: u64,
}

/// Shares of the findings by size, then by kind.
pub fn shares<'f>(
    ledger: &Ledger,
    suppliers: &Suppliers,
    findings: impl Iterator<Item = &'f Finding>,
) -> Vec<Share> {
    let spent = |row: usize| ledger.sens[row] == Sens::D && suppliers.of_row[row] != NO_SUPPLIER;
    let mut totals = vec![0_i64; suppliers.len()];
    let mut kinds = vec![2_usize; suppliers.len()];
    let mut paid = vec![false; suppliers.len()];
    for row in (0..ledger.len()).filter(|r| spent(*r)) {
        let supplier = suppliers.of_row[row] as usize;
        totals[supplier] = totals[supplier].saturating_add(ledger.montant[row]);
        kinds[supplier] = kinds[supplier].min(kind(ledger.text_at(TextKey::Siret, row)));
        paid[supplier] = true;
    }
    let size = |s: usize| SIZES.iter().position(|b| totals[s].abs() < b.0).unwrap_or(3);
    let sizes = SIZES.iter().map(|s| empty("taille", s.1));
    let mut out: Vec<Share> = sizes.chain(KINDS.iter().map(|k| empty("genre", k))).collect();
    for supplier in (0..suppliers.len()).filter(|s| paid[*s]) {
        out[size(supplier)].fournisseurs += 1;
        out[SIZES.len() + kinds[supplier]].fournisseurs += 1;
    }
    let mut told = vec![false; ledger.len()];
    for finding in findings.filter(|f| f.priorite != Priorite::Information) {
        finding.rows.iter().for_each(|r| told[*r as usize] = true);
    }
    for row in (0..ledger.len()).filter(|r| spent(*r)) {
        let supplier = suppliers.of_row[row] as usize;
        for class in [size(supplier), SIZES.len() + kinds[supplier]] {
            out[class].lignes += 1;
            out[class].signalees += u64::from(told[row]);
        }
    }
    out
}

fn empty(axe: &'static str, classe: &'static str) -> Share {
    Share { axe, classe, fournisseurs: 0, lignes: 0, signalees: 0 }
}

/// Public bodies have a SIREN that begins with 1 or 2.
fn kind(siret: &str) -> usize {
    match siret.trim_start().bytes().next() {
        Some(b'1' | b'2') => 0,
        Some(_) => 1,
        None => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::prepare::{prepare, testing::case};
    use crate::domain::control::{ControlCode, Family};
    use crate::domain::money::Centimes;
    use crate::domain::progress::Silent;

    #[test]
    fn every_expense_is_in_one_class_of_each_axis() {
        let text = "date_mandat;tiers_nom;siret;montant;attendu\n\
                    2025-01-05;Mairie;21000010500010;50,00;\n\
                    2025-01-06;Entreprise Exemple;99900001100018;20000,00;\n\
                    2025-01-07;Personne Exemple;;1500,00;\n";
        let ledger = case(text).ledger;
        let prepared = prepare(&ledger, &Silent);
        let finding = Finding {
            code: ControlCode::new(Family::Seq, 1),
            rows: vec![2],
            indice: 0.0,
            probabilite: 0.5,
            priorite: Priorite::AVerifier,
            enjeu: Centimes::ZERO,
            motif: String::new(),
            a_faire: String::new(),
            evidence: Vec::new(),
        };
        let shares = shares(&ledger, &prepared.suppliers, [&finding].into_iter());
        for axis in ["taille", "genre"] {
            let mine = shares.iter().filter(|s| s.axe == axis);
            let (rows, told) = mine.fold((0, 0), |(a, b), s| (a + s.lignes, b + s.signalees));
            assert_eq!((rows, told), (3, 1), "{axis}");
        }
        let of = |name: &str| {
            shares.iter().find(|s| s.classe == name).map(|s| (s.fournisseurs, s.signalees))
        };
        assert_eq!(of("tiers sans SIREN"), Some((1, 1)));
        assert_eq!(of("moins de 1 000 €"), Some((1, 0)));
        assert_eq!(of("organisme public"), Some((1, 0)));
    }
}
