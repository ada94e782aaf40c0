//! Known contracts joined to the ledger: which rows each one pays.
//!
//! By the number of the contract when both write it, by the SIREN of the supplier otherwise; a supplier with
//! several contracts is paid under the one that began last before the row.
//!
//! **Invariant:** a row is paid under one contract at most; two contracts of one number are one.

use std::collections::BTreeMap;

use crate::anomaly::detectors::Context;
use crate::anomaly::known::Contract;
use crate::domain::calendar::NO_DAY;
use crate::domain::entity::Siret;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};
use crate::stats::text::fold;

/// Contracts by what the rows of a ledger write of them.
pub(crate) struct Contracts<'a> {
    all: &'a [Contract],
    /// Contract of each code of the column `marche`.
    by_number: Vec<Option<usize>>,
    /// Contracts of each SIREN, those that began last first.
    by_siren: BTreeMap<&'a str, Vec<usize>>,
    /// SIREN of each code of the column `siret`.
    sirens: Vec<Option<String>>,
}

/// Rows paid under a contract.
#[derive(Debug, Clone)]
pub(crate) struct Paid<'a> {
    /// The contract.
    pub(crate) contract: &'a Contract,
    /// True when every row was joined by its number.
    pub(crate) by_number: bool,
    /// Its rows, in no order.
    pub(crate) rows: Vec<u32>,
}

impl<'a> Contracts<'a> {
    /// The contracts known, ready to be joined.
    pub(crate) fn of(context: &Context<'a>) -> Self {
        let (ledger, all) = (context.ledger, context.known.contracts.as_slice());
        let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
        let mut by_siren: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, contract) in all.iter().enumerate() {
            let number = key(&contract.numero);
            if !number.is_empty() {
                let best = by_key.entry(number).or_insert(i);
                // The same contract from two sources: the larger ceiling is the later word.
                if all[*best].ceiling() < contract.ceiling() {
                    *best = i;
                }
            }
            for siren in &contract.sirens {
                by_siren.entry(siren).or_default().push(i);
            }
        }
        for mine in by_siren.values_mut() {
            mine.sort_by_key(|i| (std::cmp::Reverse(all[*i].debut), *i));
        }
        let numbers = ledger.text(TextKey::Marche).filter(|_| !by_key.is_empty());
        let by_number = numbers.map_or_else(Vec::new, |c| {
            c.dictionary.iter().map(|n| by_key.get(&key(n)).copied()).collect()
        });
        let sirens = ledger.text(TextKey::Siret).filter(|_| !by_siren.is_empty());
        let sirens = sirens.map_or_else(Vec::new, |c| {
            c.dictionary.iter().map(|t| Siret::parse(t).map(|s| s.siren().to_string())).collect()
        });
        Self { all, by_number, by_siren, sirens }
    }

    /// The contract of a row and whether its number says so.
    fn of_row(&self, ledger: &Ledger, row: usize) -> Option<(usize, bool)> {
        let number = ledger.text(TextKey::Marche).map_or(NO_TEXT, |c| c.codes[row]);
        if let Some(i) = self.by_number.get(number as usize).copied().flatten() {
            return Some((i, true));
        }
        let code = ledger.text(TextKey::Siret).map_or(NO_TEXT, |c| c.codes[row]);
        let siren = self.sirens.get(code as usize)?.as_deref()?;
        let day = ledger.day(row);
        let fits = |i: &&usize| {
            let contract = &self.all[**i];
            let other_number = number != NO_TEXT && !contract.numero.is_empty();
            !other_number
                && (contract.debut == NO_DAY || contract.debut <= day)
                && is_of_budget(contract, ledger, row)
        };
        self.by_siren.get(siren)?.iter().find(fits).map(|i| (*i, false))
    }

    /// True when a known contract is in force for the supplier of a row, or named by it.
    pub(crate) fn covers(&self, ledger: &Ledger, row: usize) -> bool {
        self.of_row(ledger, row).is_some_and(|(i, by_number)| {
            by_number || self.all[i].last_day().is_none_or(|last| ledger.day(row) <= last)
        })
    }

    /// The rows that each contract pays; contracts without any are left out.
    pub(crate) fn paid(&self, ledger: &Ledger) -> Vec<Paid<'a>> {
        let mut out: Vec<Paid<'a>> = self
            .all
            .iter()
            .map(|contract| Paid { contract, by_number: true, rows: Vec::new() })
            .collect();
        for row in (0..ledger.len()).filter(|r| ledger.sens[*r] == Sens::D) {
            if let Some((i, by_number)) = self.of_row(ledger, row) {
                out[i].by_number &= by_number;
                out[i].rows.push(row as u32);
            }
        }
        out.retain(|p| !p.rows.is_empty());
        out
    }
}

/// Why no contract can be judged.
pub(crate) const NONE_KNOWN: &str =
    "aucun marché connu : joindre les DECP ou un PES marché, ou saisir [[contrat]] dans vigie.toml";

/// A number as compared: letters and digits alone.
fn key(number: &str) -> String {
    fold(number).chars().filter(char::is_ascii_alphanumeric).collect()
}

fn is_of_budget(contract: &Contract, ledger: &Ledger, row: usize) -> bool {
    let Some(budget) = &contract.budget else { return true };
    let here = ledger.text_at(TextKey::Budget, row);
    here.is_empty() || fold(here) == fold(budget)
}
