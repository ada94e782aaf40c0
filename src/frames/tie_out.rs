//! Ledger against accounts: what the ledger holds by exercice, sens and account, beside the CA or CFU.
//!
//! Takes a [`Ledger`] and a [`BudgetFrame`]; gives one row per exercice, sens and account of the exercices
//! that both cover. Sums are made by polars on integer columns.
//!
//! **Invariant:** amounts are exact centimes; an account present on one side only is kept.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{
    Column, DataFrame, IntoLazy, PlSmallStr, PolarsResult, SortMultipleOptions, col,
};

use crate::domain::account::is_balance_line;
use crate::domain::calendar::{civil_parts, year_of};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Ordre};
use crate::frames::ledger::{DateKey, Ledger, Sens, TextKey};

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
    /// Mandats of January with an invoice of the year before: in this exercice if positive, out of it if
    /// negative, should the ledger know years by dates alone.
    pub complementaire: Centimes,
}

/// Ledger and accounts of one exercice and sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcartExercice {
    /// Budget year.
    pub exercice: u16,
    /// Dépense or recette.
    pub sens: Sens,
    /// Sum of the ledger.
    pub livre: Centimes,
    /// From the ledger to the accounts: attached, order, complementary period, unexplained.
    pub causes: [Centimes; 4],
    /// Accounts with something unexplained: account, ledger, accounts, unexplained; the largest first.
    pub natures: Vec<(String, Centimes, Centimes, Centimes)>,
}

impl CompteRapproche {
    /// What separates ledger and accounts: attached charges, order, complementary period, unexplained. A
    /// ledger may hold each of the first three or not: the reading that leaves the least wins, the plainest
    /// at equality.
    pub fn explain(&self) -> [Centimes; 4] {
        let zero = Centimes::ZERO;
        let all = self.comptes + self.ordre - self.livre;
        let parts = [self.rattache, self.ordre, self.complementaire];
        (0..8_u8)
            .map(|reading| {
                let part = |i: usize| if reading & (1 << i) == 0 { zero } else { parts[i] };
                let [a, b, c] = [part(0), part(1), part(2)];
                (reading.count_ones(), [a, b, c, all - a - b - c])
            })
            .min_by_key(|(size, parts)| (parts[3].abs(), *size))
            .map_or([zero, zero, zero, all], |(_, parts)| parts)
    }
}

/// The accounts of [`compare`] summed by exercice and sense.
pub fn by_exercice(rows: &[CompteRapproche]) -> Vec<EcartExercice> {
    let mut out: BTreeMap<(u16, Sens), EcartExercice> = BTreeMap::new();
    for row in rows {
        let entry = out.entry((row.exercice, row.sens)).or_insert_with(|| EcartExercice {
            exercice: row.exercice,
            sens: row.sens,
            livre: Centimes::ZERO,
            causes: [Centimes::ZERO; 4],
            natures: Vec::new(),
        });
        let causes = row.explain();
        entry.livre += row.livre;
        for (sum, cause) in entry.causes.iter_mut().zip(causes) {
            *sum += cause;
        }
        if causes[3] != Centimes::ZERO {
            let comptes = row.comptes + row.ordre;
            entry.natures.push((row.nature.clone(), row.livre, comptes, causes[3]));
        }
    }
    for entry in out.values_mut() {
        entry.natures.sort_by(|a, b| b.3.abs().cmp(&a.3.abs()).then_with(|| a.0.cmp(&b.0)));
    }
    out.into_values().collect()
}

type Key = (u16, Sens, String);

/// Accounts of the exercices and senses that ledger and accounts both cover, in order.
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
        complementaire: Centimes::ZERO,
    };
    let covered = covered_rows(ledger, budget);
    let Ok(sums) = ledger_sums(ledger, &covered) else { return Vec::new() };
    // A ledger of mandats alone says nothing of the recettes.
    let sides: BTreeSet<(u16, Sens)> = sums.iter().map(|(k, _)| (k.0, k.1)).collect();
    for (key, amount) in sums {
        rows.entry(key.clone()).or_insert_with(|| entry(key)).livre += amount;
    }
    for (key, amount) in january(ledger, &covered) {
        rows.entry(key.clone()).or_insert_with(|| entry(key)).complementaire += amount;
    }
    let told = told_once(budget);
    let mut executed: BTreeSet<u16> = BTreeSet::new();
    for line in &budget.lignes {
        let document = &budget.documents[line.document as usize];
        let known = told[line.document as usize] && sides.contains(&(document.exercice, line.sens));
        let Some(amount) = line.realise.filter(|_| known && !is_balance_line(&line.nature)) else {
            continue;
        };
        executed.insert(document.exercice);
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

/// Executed documents, one per exercice and budget: a CFU and a CA of one year would count twice.
fn told_once(budget: &BudgetFrame) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    let documents = budget.documents.iter();
    documents
        .map(|d| d.etape.is_executed() && seen.insert((d.exercice, &d.siret, &d.budget)))
        .collect()
}

/// Mandats of January with an invoice of the year before, where the exercice is that of the date.
fn january(ledger: &Ledger, covered: &Covered) -> BTreeMap<Key, Centimes> {
    let mut out = BTreeMap::new();
    let (Some(mandats), Some(factures)) =
        (ledger.date(DateKey::Mandat), ledger.date(DateKey::Facture))
    else {
        return out;
    };
    for row in (0..ledger.len()).filter(|row| covered.has(ledger, *row)) {
        let year = ledger.exercice[row];
        let Some((y, 1, _)) = civil_parts(mandats[row]) else { continue };
        if i32::from(year) != y || year_of(factures[row]) + 1 != year {
            continue;
        }
        let nature = ledger.text_at(TextKey::Nature, row).to_owned();
        let amount = Centimes(ledger.montant[row]);
        let mut add = |year: u16, amount: Centimes| {
            *out.entry((year, ledger.sens[row], nature.clone())).or_default() += amount;
        };
        add(year - 1, amount);
        add(year, -amount);
    }
    out
}

/// The budgets of the ledger, by code, that the accounts read are those of.
struct Covered(Option<Vec<bool>>);

impl Covered {
    fn has(&self, ledger: &Ledger, row: usize) -> bool {
        let (Some(kept), Some(column)) = (&self.0, ledger.text(TextKey::Budget)) else {
            return true;
        };
        kept.get(column.codes[row] as usize).copied().unwrap_or(true)
    }
}

/// A ledger may hold the mandats of a CCAS or of an annex whose accounts were not read: they are left aside,
/// not « unexplained ».
fn covered_rows(ledger: &Ledger, budget: &BudgetFrame) -> Covered {
    let executed = budget.documents.iter().filter(|d| d.etape.is_executed());
    let told = executed.map(|d| [d.siret.as_str(), d.budget.as_str(), d.libelle_budget.as_str()]);
    covered_by(ledger, &told.collect::<Vec<_>>())
}

/// With the accounts of one budget only (SIRET, number, label), its rows are those whose budget bears its
/// number, its SIRET, a part of its label or, for the principal, that word; without any, those of the budget of most
/// rows.
fn covered_by(ledger: &Ledger, told: &[[&str; 3]]) -> Covered {
    let Some(column) = ledger.text(TextKey::Budget).filter(|c| c.dictionary.len() > 1) else {
        return Covered(None);
    };
    let Some([siret, number, _]) = told.first().copied() else { return Covered(None) };
    if told.iter().any(|t| (t[0], t[1]) != (siret, number)) {
        return Covered(None);
    }
    let is_main = number.is_empty() || number == "00";
    let labels: Vec<String> = told.iter().map(|t| t[2].to_lowercase()).collect();
    let bears = |text: &str| {
        let text = text.trim().to_lowercase();
        let named = text.len() > 3 && labels.iter().any(|label| label.contains(&text));
        named || text == number || text == siret || (is_main && text.contains("principal"))
    };
    let mut kept: Vec<bool> = column.dictionary.iter().map(bears).collect();
    if !kept.contains(&true) {
        let mut rows = vec![0_u32; kept.len()];
        for code in &column.codes {
            if let Some(count) = rows.get_mut(*code as usize) {
                *count += 1;
            }
        }
        let most = (0..rows.len()).max_by_key(|code| (rows[*code], std::cmp::Reverse(*code)));
        kept = (0..rows.len()).map(|code| Some(code) == most).collect();
    }
    Covered(Some(kept))
}

/// Sums of the ledger by exercice, sens and account.
fn ledger_sums(ledger: &Ledger, covered: &Covered) -> PolarsResult<Vec<(Key, Centimes)>> {
    let Some(natures) = ledger.text(TextKey::Nature) else { return Ok(Vec::new()) };
    let name = PlSmallStr::from_static;
    let rows: Vec<usize> = (0..ledger.len()).filter(|row| covered.has(ledger, *row)).collect();
    let years: Vec<i32> = rows.iter().map(|r| i32::from(ledger.exercice[*r])).collect();
    let sides: Vec<i32> = rows.iter().map(|r| i32::from(ledger.sens[*r] == Sens::R)).collect();
    let codes: Vec<u32> = rows.iter().map(|r| natures.codes[*r]).collect();
    let amounts: Vec<i64> = rows.iter().map(|r| ledger.montant[*r]).collect();
    let frame = DataFrame::new(
        rows.len(),
        vec![
            Column::new(name("exercice"), years),
            Column::new(name("sens"), sides),
            Column::new(name("nature"), codes),
            Column::new(name("montant"), amounts),
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
        let sums = ledger_sums(&builder.finish(), &Covered(None)).expect("sums");
        let expected = vec![
            ((2025, Sens::D, "60612".to_owned()), Centimes(750)),
            ((2025, Sens::R, "7067".to_owned()), Centimes(999)),
        ];
        assert_eq!(sums, expected);
    }

    #[test]
    fn the_mandats_of_a_budget_without_accounts_are_left_aside() {
        let mut builder = LedgerBuilder::default();
        builder.source("m.csv");
        for (record, budget) in ["Principal", "Principal", "CCAS"].into_iter().enumerate() {
            let mut row =
                LedgerRow { record: record as u32 + 1, montant: 500, ..LedgerRow::empty() };
            row.exercice = 2025;
            row.texts[TextKey::Nature as usize] = b"65748";
            row.texts[TextKey::Budget as usize] = budget.as_bytes();
            builder.push(&row);
        }
        let ledger = builder.finish();
        let sum = |told: &[[&str; 3]]| {
            let sums = ledger_sums(&ledger, &covered_by(&ledger, told)).expect("sums");
            sums.iter().map(|(_, amount)| amount.0).sum::<i64>()
        };
        assert_eq!(sum(&[["A", "00", "Budget de la commune"]]), 1_000);
        assert_eq!(sum(&[["B", "01", "Budget du CCAS"]; 2]), 500);
        assert_eq!(sum(&[["A", "00", ""], ["B", "01", ""]]), 1_500, "the accounts of both");
        assert_eq!(sum(&[]), 1_500);
    }

    #[test]
    fn the_gap_is_split_by_the_reading_that_leaves_least() {
        let row = |livre: i64, comptes: i64, ordre: i64, rattache: i64, complementaire: i64| {
            CompteRapproche {
                exercice: 2025,
                sens: Sens::D,
                nature: "60612".to_owned(),
                livre: Centimes(livre),
                comptes: Centimes(comptes),
                ordre: Centimes(ordre),
                rattache: Centimes(rattache),
                complementaire: Centimes(complementaire),
            }
        };
        let parts = |row: &CompteRapproche| row.explain().map(|c| c.0);
        assert_eq!(parts(&row(100, 130, 0, 30, 0)), [30, 0, 0, 0]);
        assert_eq!(
            parts(&row(130, 130, 0, 30, 0)),
            [0, 0, 0, 0],
            "attached charges are in the ledger"
        );
        assert_eq!(parts(&row(100, 100, 50, 0, 0)), [0, 50, 0, 0]);
        assert_eq!(parts(&row(100, 120, 0, 0, 20)), [0, 0, 20, 0]);
        assert_eq!(parts(&row(100, 137, 0, 30, 0)), [30, 0, 0, 7]);
        let all = [row(100, 137, 0, 30, 0), row(10, 10, 0, 0, 0)];
        let year = &by_exercice(&all)[0];
        assert_eq!((year.livre, year.causes.map(|c| c.0)), (Centimes(110), [30, 0, 0, 7]));
        assert_eq!(year.natures.len(), 1);
    }
}
