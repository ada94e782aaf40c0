//! Ledger against accounts: what the ledger holds by exercice, sens and account, beside the CA or CFU.
//!
//! Takes a [`Ledger`] and a [`BudgetFrame`]; gives one row per exercice, sens and account of the exercices
//! that both cover. Sums are made by polars on integer columns.
//!
//! **Invariant:** amounts are exact centimes; an account present on one side only is kept.

use std::collections::BTreeMap;

use polars::prelude::{
    Column, DataFrame, IntoLazy, PlSmallStr, PolarsResult, SortMultipleOptions, col,
};

use crate::domain::account::is_balance_line;
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Ordre};
use crate::frames::ledger::{Ledger, Sens, TextKey};

/// One account of one exercice on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompteRapproche {
    /// Budget year.
    pub exercice: u16,
    /// Dépense or recette.
    pub sens: Sens,
    /// Account.
    pub nature: String,
    /// Sum of the ledger.
    pub livre: Centimes,
    /// Real operations of the accounts.
    pub comptes: Centimes,
    /// Order operations of the accounts, which no mandat pays.
    pub ordre: Centimes,
    /// Of the real operations, what was attached to the exercice.
    pub rattache: Centimes,
}

type Key = (u16, Sens, String);

/// Accounts of the exercices that ledger and accounts both cover, in order.
pub fn compare(ledger: &Ledger, budget: &BudgetFrame) -> Vec<CompteRapproche> {
    let mut rows: BTreeMap<Key, CompteRapproche> = BTreeMap::new();
    let entry = |key: Key| CompteRapproche {
        exercice: key.0,
        sens: key.1,
        nature: key.2,
        livre: Centimes::ZERO,
        comptes: Centimes::ZERO,
        ordre: Centimes::ZERO,
        rattache: Centimes::ZERO,
    };
    let Ok(sums) = ledger_sums(ledger) else { return Vec::new() };
    let covered: Vec<u16> = sums.iter().map(|(k, _)| k.0).collect();
    for (key, amount) in sums {
        rows.entry(key.clone()).or_insert_with(|| entry(key)).livre += amount;
    }
    let mut executed: Vec<u16> = Vec::new();
    for line in &budget.lignes {
        let document = &budget.documents[line.document as usize];
        let known = document.etape.is_executed() && covered.contains(&document.exercice);
        let Some(amount) = line.realise.filter(|_| known && !is_balance_line(&line.nature)) else {
            continue;
        };
        executed.push(document.exercice);
        let key = (document.exercice, line.sens, line.nature.clone());
        let row = rows.entry(key.clone()).or_insert_with(|| entry(key));
        if line.ordre == Ordre::Reel {
            row.comptes += amount;
            row.rattache += line.rattache.unwrap_or_default();
        } else {
            row.ordre += amount;
        }
    }
    rows.into_values().filter(|r| executed.contains(&r.exercice)).collect()
}

/// Sums of the ledger by exercice, sens and account.
fn ledger_sums(ledger: &Ledger) -> PolarsResult<Vec<(Key, Centimes)>> {
    let Some(natures) = ledger.text(TextKey::Nature) else { return Ok(Vec::new()) };
    let name = PlSmallStr::from_static;
    let years: Vec<i32> = ledger.exercice.iter().map(|y| i32::from(*y)).collect();
    let sides: Vec<i32> = ledger.sens.iter().map(|s| i32::from(*s == Sens::R)).collect();
    let frame = DataFrame::new(
        ledger.len(),
        vec![
            Column::new(name("exercice"), years),
            Column::new(name("sens"), sides),
            Column::new(name("nature"), natures.codes.as_slice()),
            Column::new(name("montant"), ledger.montant.as_slice()),
        ],
    )?;
    let keys = [col("exercice"), col("sens"), col("nature")];
    let sums = frame
        .lazy()
        .group_by(keys)
        .agg([col("montant").sum()])
        .sort(["exercice", "sens", "nature"], SortMultipleOptions::default())
        .collect()?;
    let (years, sides) = (sums.column("exercice")?.i32()?, sums.column("sens")?.i32()?);
    let (codes, amounts) = (sums.column("nature")?.u32()?, sums.column("montant")?.i64()?);
    let rows = years.iter().zip(sides.iter()).zip(codes.iter()).zip(amounts.iter());
    Ok(rows
        .filter_map(|(((year, side), code), amount)| {
            let sens = if side? == 1 { Sens::R } else { Sens::D };
            let nature = natures.dictionary.get(code?).to_owned();
            Some(((year? as u16, sens, nature), Centimes(amount?)))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

    #[test]
    fn sums_are_exact_by_account_and_side() {
        let mut builder = LedgerBuilder::default();
        builder.source("m.csv");
        for (record, (sens, nature, montant)) in
            [(Sens::D, "60612", 1000), (Sens::D, "60612", -250), (Sens::R, "7067", 999)]
                .into_iter()
                .enumerate()
        {
            let mut row = LedgerRow::empty();
            row.record = record as u32 + 1;
            row.exercice = 2025;
            row.sens = sens;
            row.montant = montant;
            row.texts[TextKey::Nature as usize] = nature.as_bytes();
            builder.push(&row);
        }
        let sums = ledger_sums(&builder.finish()).expect("sums");
        let expected = vec![
            ((2025, Sens::D, "60612".to_owned()), Centimes(750)),
            ((2025, Sens::R, "7067".to_owned()), Centimes(999)),
        ];
        assert_eq!(sums, expected);
    }
}
