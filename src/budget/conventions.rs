//! Épargne in three stated conventions, with the bridge between them.
//!
//! The commune, the DGFiP and the CGCT do not subtract the same accounts: a figure without its convention
//! cannot be compared. The budgetary one takes every real operation; that of the ratios (CGCT,
//! ex-R.2313-1) leaves sales (775) out of receipts; that of the DGFiP and OFGL also leaves out 776, 777
//! and 78 of receipts, 675, 676 and 68 of expenses. The accounts are data: `conventions_epargne.csv`.
//!
//! **Invariant:** the budgetary épargne plus the steps of a bridge is the épargne of its convention, to
//! the centime.

use crate::domain::account::{Section, Sens, is_balance_line};
use crate::domain::money::Centimes;
use crate::domain::ratios::Mouvement;

const TABLE: &str = include_str!("../../datasets/reference/conventions_epargne.csv");

/// A way to count the épargne brute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Convention {
    /// Every real operation of the operating section.
    Budgetaire,
    /// CGCT, ex-R.2313-1: receipts without sales.
    Ratios,
    /// DGFiP and OFGL: without sales, provisions nor what balances them.
    Dgfip,
}

impl Convention {
    /// Every convention, the budgetary one first.
    pub const ALL: [Self; 3] = [Self::Budgetaire, Self::Ratios, Self::Dgfip];

    /// Word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Budgetaire => "budgetaire",
            Self::Ratios => "ratios_cgct",
            Self::Dgfip => "dgfip_ofgl",
        }
    }

    /// What it takes, French.
    pub fn words(self) -> &'static str {
        match self {
            Self::Budgetaire => "budgétaire : toutes les opérations réelles",
            Self::Ratios => "ratios du CGCT (ex-R.2313-1) : recettes sans 775",
            Self::Dgfip => "DGFiP et OFGL : sans 775, 776, 777, 78 ni 675, 676, 68",
        }
    }
}

/// Accounts that a convention leaves out: sens and beginning, in the order of the table.
fn left_out(convention: Convention) -> Vec<(Sens, &'static str)> {
    let one = |line: &'static str| {
        let f: Vec<&'static str> = line.split(';').collect();
        let &[name, sens, account, _effet, _source, _confiance] = f.as_slice() else {
            return None;
        };
        let sens = if sens == "D" { Sens::D } else { Sens::R };
        (name == convention.word()).then_some((sens, account))
    };
    TABLE.lines().skip(1).filter_map(one).collect()
}

/// Épargne of an exercice in a convention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epargne {
    /// Convention.
    pub convention: Convention,
    /// Receipts counted.
    pub recettes: Centimes,
    /// Épargne de gestion: before interest, one-off and provisions (76, 77, 78 and 66, 67, 68).
    pub gestion: Centimes,
    /// Épargne brute.
    pub brute: Centimes,
    /// Épargne nette of the capital repaid.
    pub nette: Centimes,
    /// From the budgetary épargne brute: account and effect.
    pub pont: Vec<(&'static str, Centimes)>,
}

impl Epargne {
    /// Épargne brute over the receipts counted, %.
    pub fn taux(&self) -> Option<f64> {
        (self.recettes.0 > 0).then(|| 100.0 * self.brute.0 as f64 / self.recettes.0 as f64)
    }
}

/// The épargne of an exercice in the three conventions, from its real operations and the capital repaid.
pub fn conventions(mouvements: &[Mouvement<'_>], capital: Centimes) -> Vec<Epargne> {
    let operating = || {
        let real = mouvements.iter().filter(|m| m.section == Section::F);
        real.filter(|m| !is_balance_line(m.nature))
    };
    let sum = |sens: Sens, prefix: &str| -> Centimes {
        let ours = operating().filter(|m| m.sens == sens && m.nature.starts_with(prefix));
        ours.map(|m| m.montant).sum()
    };
    let receipts = sum(Sens::R, "");
    let budgetary = receipts - sum(Sens::D, "");
    let chapitres = |sens: Sens, out: [&str; 3]| -> Centimes {
        let kept = operating().filter(|m| m.sens == sens && !out.contains(&m.chapitre));
        kept.map(|m| m.montant).sum()
    };
    let gestion = chapitres(Sens::R, ["76", "77", "78"]) - chapitres(Sens::D, ["66", "67", "68"]);
    Convention::ALL
        .into_iter()
        .map(|convention| {
            let pont: Vec<(&'static str, Centimes)> = left_out(convention)
                .into_iter()
                .map(|(sens, account)| {
                    let amount = sum(sens, account);
                    (account, if sens == Sens::R { -amount } else { amount })
                })
                .filter(|(_, amount)| *amount != Centimes::ZERO)
                .collect();
            let brute = budgetary + pont.iter().map(|(_, amount)| *amount).sum();
            let less: Centimes = pont.iter().map(|(_, a)| *a).filter(|a| a.0 < 0).sum();
            Epargne {
                convention,
                recettes: receipts + less,
                gestion,
                brute,
                nette: brute - capital,
                pont,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_conventions_has_its_sources() {
        for line in TABLE.lines().skip(1) {
            let f: Vec<&str> = line.split(';').collect();
            assert_eq!(f.len(), 6, "{line}");
            assert!(Convention::ALL.iter().any(|c| c.word() == f[0]), "{line}");
            assert!(matches!(f[1], "D" | "R") && f[2].bytes().all(|b| b.is_ascii_digit()));
            assert!(!f[4].is_empty() && matches!(f[5], "vérifié" | "à vérifier"), "{line}");
        }
        assert!(left_out(Convention::Budgetaire).is_empty());
    }

    #[test]
    fn three_conventions_by_hand() {
        let line = |sens, chapitre, nature, euros: i64| Mouvement {
            section: Section::F,
            sens,
            chapitre,
            nature,
            montant: Centimes(euros * 100),
        };
        let all = [
            line(Sens::R, "731", "73111", 1_000),
            line(Sens::R, "77", "775", 100),
            line(Sens::R, "78", "7815", 20),
            line(Sens::R, "002", "002", 999),
            line(Sens::D, "011", "611", 600),
            line(Sens::D, "66", "66111", 50),
            line(Sens::D, "68", "6815", 30),
        ];
        let found = conventions(&all, Centimes(7_000));
        let brute: Vec<i64> = found.iter().map(|e| e.brute.0 / 100).collect();
        // 1 120 - 680; less 100 sold; less 20 taken back, plus 30 set aside
        assert_eq!(brute, vec![440, 340, 350]);
        assert!(found.iter().all(|e| e.gestion == Centimes(40_000)), "1 000 - 600");
        assert_eq!(
            found[2].pont,
            vec![("775", Centimes(-10_000)), ("78", Centimes(-2_000)), ("68", Centimes(3_000)),]
        );
        assert_eq!(found[1].nette, Centimes(27_000));
        assert_eq!(found[1].recettes, Centimes(102_000));
        assert_eq!(found[0].pont, vec![]);
    }
}
