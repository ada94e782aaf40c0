//! Ledgers for the tests of this room, from CSV text with canonical columns (`;`, decimal comma).
//!
//! **Invariant:** compiled for tests only.

use crate::domain::calendar::{NO_DAY, day_number};
use crate::frames::ledger::{
    AmountKey, DateKey, Dictionary, Ledger, NO_AMOUNT, NO_TEXT, Sens, TextColumn, TextKey,
};

/// A ledger and the columns that are not of the ledger (`attendu`, `raison`).
pub(crate) struct Case {
    pub(crate) ledger: Ledger,
    pub(crate) attendu: Vec<String>,
}

/// Reads a case.
pub(crate) fn case(text: &str) -> Case {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |name: &str| -> Vec<String> {
        let at = header.iter().position(|h| h == name);
        rows.iter().map(|r| at.map_or(String::new(), |i| r[i].to_owned())).collect()
    };
    let n = rows.len();
    let mut ledger = Ledger {
        sources: vec!["cas.csv".to_owned()],
        source: vec![0; n],
        record: (1..=n as u32).collect(),
        montant: column("montant").iter().map(|t| t.replace(',', "").parse().unwrap()).collect(),
        sens: column("sens").iter().map(|t| if t == "R" { Sens::R } else { Sens::D }).collect(),
        exercice: column("exercice").iter().map(|t| t.parse().unwrap_or(0)).collect(),
        ..Ledger::default()
    };
    for (key, name) in DateKey::ALL {
        let days: Vec<i32> = column(name).iter().map(|t| day(t)).collect();
        ledger.dates[key as usize] = days.iter().any(|d| *d != NO_DAY).then_some(days);
    }
    for (key, name) in AmountKey::ALL {
        let cents = |t: &String| t.replace(',', "").parse().unwrap_or(NO_AMOUNT);
        let amounts: Vec<i64> = column(name).iter().map(cents).collect();
        ledger.amounts[key as usize] = amounts.iter().any(|a| *a != NO_AMOUNT).then_some(amounts);
    }
    for (key, name) in TextKey::ALL {
        ledger.texts[key as usize] = intern(&column(name));
    }
    Case { ledger, attendu: column("attendu") }
}

fn day(text: &str) -> i32 {
    text.parse().map_or(NO_DAY, day_number)
}

fn intern(values: &[String]) -> Option<TextColumn> {
    let mut texts: Vec<&str> =
        values.iter().map(String::as_str).filter(|t| !t.is_empty()).collect();
    texts.sort_unstable();
    texts.dedup();
    let code = |v: &String| texts.binary_search(&v.as_str()).map_or(NO_TEXT, |i| i as u32);
    (!texts.is_empty()).then(|| TextColumn {
        codes: values.iter().map(code).collect(),
        dictionary: Dictionary::from_sorted(texts.iter().copied()),
    })
}

/// The same ledger with its rows in another order (provenance travels with the rows).
pub(crate) fn reordered(ledger: &Ledger, order: &[usize]) -> Ledger {
    let mut out = ledger.clone();
    for (to, from) in order.iter().enumerate() {
        out.source[to] = ledger.source[*from];
        out.record[to] = ledger.record[*from];
        out.montant[to] = ledger.montant[*from];
        out.sens[to] = ledger.sens[*from];
        out.exercice[to] = ledger.exercice[*from];
        for (new, old) in out.dates.iter_mut().zip(&ledger.dates) {
            if let (Some(new), Some(old)) = (new, old) {
                new[to] = old[*from];
            }
        }
        for (new, old) in out.amounts.iter_mut().zip(&ledger.amounts) {
            if let (Some(new), Some(old)) = (new, old) {
                new[to] = old[*from];
            }
        }
        for (new, old) in out.texts.iter_mut().zip(&ledger.texts) {
            if let (Some(new), Some(old)) = (new, old) {
                new.codes[to] = old.codes[*from];
            }
        }
    }
    out
}
