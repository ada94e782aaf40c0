//! The chart of accounts of a table that does not name its nomenclature.
//!
//! Takes the accounts of a document and its exercice; gives the nomenclature whose chart knows most of
//! them, the usual one of that exercice in case of a tie.
//!
//! **Invariant:** the same accounts give the same answer, whatever their order.

use std::collections::BTreeSet;

use crate::domain::nomenclature::{nomenclature, plan};

/// Nomenclatures tried, the usual one first, until 2023: M14, then the communes that moved early.
const BEFORE_2024: [&str; 6] =
    ["M14-M14_COM_SUP3500", "M14-M14_COM_500_3500", "M57-M57", "M57-M57_A", "M4-M4", "M4-M43_D"];
/// From 2024 on, when M57 became the rule.
const FROM_2024: [&str; 4] = ["M57-M57", "M57-M57_A", "M4-M4", "M4-M43_D"];

/// A nomenclature, and how many of the accounts its chart knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guess {
    /// Name as documents write it.
    pub(crate) nom: &'static str,
    /// Accounts known.
    pub(crate) connus: usize,
}

/// The nomenclature that knows most of the accounts.
pub(crate) fn guess(comptes: &BTreeSet<&str>, exercice: u16) -> Guess {
    let names: &[&'static str] = if exercice >= 2024 { &FROM_2024 } else { &BEFORE_2024 };
    let mut best = Guess { nom: names[0], connus: 0 };
    for nom in names {
        let Some(chart) = nomenclature(nom).map(|n| plan(n.plan)) else { continue };
        let connus = comptes.iter().filter(|c| chart.existe(c, exercice)).count();
        if connus > best.connus {
            best = Guess { nom, connus };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_tell_the_norm() {
        let of = |codes: &[&str], year| guess(&codes.iter().copied().collect(), year).nom;
        assert_eq!(of(&["60611", "7411", "7321"], 2016), "M14-M14_COM_SUP3500");
        assert_eq!(of(&["60611", "74111", "73111", "65748"], 2022), "M57-M57");
        assert_eq!(of(&["60611"], 2025), "M57-M57");
        assert_eq!(of(&["7011", "6137", "63511", "7541"], 2022), "M4-M4");
        assert_eq!(of(&[], 2023), "M14-M14_COM_SUP3500");
    }
}
