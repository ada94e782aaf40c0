//! Known contracts joined to the ledger: which rows each one pays.
//!
//! By the number of the contract when both write it, by the SIREN of the supplier otherwise; a supplier with
//! several contracts is paid under the one that began last before the row. Lots often share a number: each
//! holder has its own, and the lots of one holder, which nothing tells apart in a ledger, add up.
//!
//! **Invariant:** a row is paid under one contract at most; two contracts of one number, holder and lot are one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::anomaly::detectors::Context;
use crate::anomaly::known::Contract;
use crate::domain::calendar::NO_DAY;
use crate::domain::entity::Siret;
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};
use crate::stats::text::fold;

/// Contracts by what the rows of a ledger write of them.
pub(crate) struct Contracts<'a> {
    all: Vec<Cow<'a, Contract>>,
    /// Contracts of each code of the column `marche`, the largest first.
    by_number: Vec<Vec<usize>>,
    /// Contracts of each SIREN, those that began last first.
    by_siren: BTreeMap<String, Vec<usize>>,
    /// SIREN of each code of the column `siret`.
    sirens: Vec<Option<String>>,
}

/// Rows paid under a contract.
#[derive(Debug, Clone)]
pub(crate) struct Paid<'a> {
    /// The contract.
    pub(crate) contract: Cow<'a, Contract>,
    /// True when every row was joined by its number.
    pub(crate) by_number: bool,
    /// Its rows, in no order.
    pub(crate) rows: Vec<u32>,
}

impl<'a> Contracts<'a> {
    /// The contracts known, ready to be joined.
    pub(crate) fn of(context: &Context<'a>) -> Self {
        let ledger = context.ledger;
        let all = distinct(&context.known.contracts);
        let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut by_siren: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, contract) in all.iter().enumerate() {
            let number = key(&contract.numero);
            if !number.is_empty() {
                by_key.entry(number).or_default().push(i);
            }
            for siren in &contract.sirens {
                by_siren.entry(siren.clone()).or_default().push(i);
            }
        }
        for same in by_key.values_mut() {
            // The same contract from two sources: the larger ceiling is the later word.
            same.sort_by_key(|i| (std::cmp::Reverse(all[*i].ceiling()), *i));
        }
        for mine in by_siren.values_mut() {
            mine.sort_by_key(|i| (std::cmp::Reverse(all[*i].debut), *i));
        }
        let numbers = ledger.text(TextKey::Marche).filter(|_| !by_key.is_empty());
        let by_number = numbers.map_or_else(Vec::new, |c| {
            let of = |n| by_key.get(&key(n)).cloned().unwrap_or_default();
            c.dictionary.iter().map(of).collect()
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
        let code = ledger.text(TextKey::Siret).map_or(NO_TEXT, |c| c.codes[row]);
        let siren = self.sirens.get(code as usize).and_then(Option::as_deref);
        if let Some(same) = self.by_number.get(number as usize).filter(|same| !same.is_empty()) {
            return self.of_number(same, siren).map(|i| (i, true));
        }
        let siren = siren?;
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

    /// The contract of a number that a supplier holds. One who holds none of them (a subcontractor) is paid
    /// under it when the number has but one holder; otherwise nobody can tell.
    fn of_number(&self, same: &[usize], siren: Option<&str>) -> Option<usize> {
        let holds = |i: &usize, siren: &str| self.all[*i].sirens.iter().any(|s| s == siren);
        let held = siren.and_then(|siren| same.iter().find(|i| holds(i, siren)));
        let first = &self.all[same[0]];
        let shared = |i: &usize| first.sirens.iter().any(|siren| holds(i, siren));
        held.copied().or_else(|| (same.len() == 1 || same.iter().all(shared)).then_some(same[0]))
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
            .map(|contract| Paid { contract: contract.clone(), by_number: true, rows: Vec::new() })
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

/// Contracts of one number and holder made one: the larger word of two sources of one lot, the sum of several lots.
fn distinct(all: &[Contract]) -> Vec<Cow<'_, Contract>> {
    let mut groups: BTreeMap<(String, Vec<&str>), Vec<usize>> = BTreeMap::new();
    let mut out: Vec<(usize, Cow<'_, Contract>)> = Vec::new();
    for (i, contract) in all.iter().enumerate() {
        let mut holders: Vec<&str> = contract.sirens.iter().map(String::as_str).collect();
        holders.sort_unstable();
        match key(&contract.numero) {
            number if number.is_empty() => out.push((i, Cow::Borrowed(contract))),
            number => groups.entry((number, holders)).or_default().push(i),
        }
    }
    for same in groups.into_values() {
        let mut lots: BTreeMap<Option<String>, &Contract> = BTreeMap::new();
        for contract in same.iter().map(|i| &all[*i]) {
            let kept = lots.entry(lot(&contract.objet)).or_insert(contract);
            if kept.ceiling() < contract.ceiling() {
                *kept = contract;
            }
        }
        // Without a lot, an object is that of the whole contract.
        let whole = lots
            .remove(&None)
            .filter(|w| lots.values().all(|l| l.ceiling() <= w.ceiling()) || lots.is_empty());
        let first = same[0];
        match (whole, lots.len()) {
            (Some(whole), _) => out.push((first, Cow::Borrowed(whole))),
            (None, 1) => out.extend(lots.into_values().map(|l| (first, Cow::Borrowed(l)))),
            (None, _) => out.push((first, Cow::Owned(sum(lots.into_values())))),
        }
    }
    out.sort_by_key(|(i, _)| *i);
    out.into_iter().map(|(_, contract)| contract).collect()
}

/// The lot that an object names: `LOT 2`, `lot n° 2 : peinture`.
fn lot(objet: &str) -> Option<String> {
    let folded = fold(objet);
    let mut words = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    words.find(|w| *w == "LOT")?;
    words.find(|w| !["N", "NO", "NUMERO"].contains(w)).map(str::to_owned)
}

/// Lots of one holder under one number, as one contract.
fn sum<'c>(mut lots: impl Iterator<Item = &'c Contract>) -> Contract {
    let mut all = lots.next().expect("two lots at least").clone();
    let last = |c: &Contract| c.avenants.last().copied().or(c.montant_ht);
    let plus = |a: Option<Centimes>, b: Option<Centimes>| Some(Centimes(a?.0.saturating_add(b?.0)));
    let mut end = last(&all);
    let mut changed = !all.avenants.is_empty();
    for lot in lots {
        end = plus(end, last(lot));
        changed |= !lot.avenants.is_empty();
        // One lot without an amount leaves the whole without one.
        all.montant_ht = plus(all.montant_ht, lot.montant_ht);
        all.maximum_ht = match (all.maximum_ht, lot.maximum_ht) {
            (None, None) => None,
            (a, b) => plus(a.or(all.montant_ht), b.or(lot.montant_ht)),
        };
        all.debut = all.debut.min(lot.debut);
        all.fin =
            if all.fin == NO_DAY || lot.fin == NO_DAY { NO_DAY } else { all.fin.max(lot.fin) };
        all.reconductions = all.reconductions.max(lot.reconductions);
    }
    all.avenants = if changed { end.into_iter().collect() } else { Vec::new() };
    all
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

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(numero: &str, siren: &str, objet: &str, montant: i64) -> Contract {
        Contract {
            budget: None,
            numero: numero.into(),
            sirens: vec![siren.into()],
            objet: objet.into(),
            travaux: false,
            montant_ht: Some(Centimes(montant)),
            maximum_ht: None,
            debut: 0,
            fin: 364,
            reconductions: 0,
            avenants: vec![],
        }
    }

    fn amounts(all: &[Contract]) -> Vec<i64> {
        distinct(all).iter().map(|c| c.ceiling().map_or(0, |a| a.0)).collect()
    }

    #[test]
    fn lots_of_a_holder_add_up_and_two_sources_do_not() {
        let one = |objet: &str, montant| contract("2025-01", "A", objet, montant);
        assert_eq!(amounts(&[one("École, lot 1", 100), one("École, lot n° 2", 50)]), [150]);
        assert_eq!(amounts(&[one("École, lot 1", 100), one("ECOLE LOT 1 gros œuvre", 120)]), [120]);
        assert_eq!(amounts(&[one("École", 100), one("Travaux de l'école", 110)]), [110]);
        assert_eq!(amounts(&[one("École", 150), one("Lot 1", 100), one("Lot 2", 50)]), [150]);
        let other = contract("2025 01", "B", "École, lot 2", 50);
        assert_eq!(amounts(&[one("École, lot 1", 100), other]), [100, 50], "each holder its own");
    }
}
