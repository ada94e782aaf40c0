//! `--deviner`: the mapping under which a table is read the same as without one, with its reasons. The sheets
//! of a workbook share one, each column under the names that they give it.
//!
//! **Invariant:** reading a table with the mapping proposed gives the rows that reading it without gives.

use std::collections::BTreeMap;

use crate::domain::refus::Refus;
use crate::ingest::mapped::etat;
use crate::ingest::mapped::grid::{Batches, sample};
use crate::ingest::mapped::header::SAMPLE;
use crate::ingest::mapped::kind::{self, Kind};
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::mapped::sheet;

/// A mapping proposed.
#[derive(Debug, Clone)]
pub struct Proposal {
    kind: Kind,
    /// Why this kind, French.
    why: String,
    mapping: Mapping,
    reasons: BTreeMap<String, String>,
}

impl Proposal {
    /// For one table, as the likelier of a ledger and a budget.
    ///
    /// # Errors
    /// It is neither.
    pub fn of(rows: &dyn Batches, name: &str) -> Result<Self, Refus> {
        let first = sample(rows, SAMPLE)?;
        let choice = kind::weigh(&first);
        let (mapping, reasons) = match choice.kind {
            Kind::Budget => etat::proposed(&first, name)?,
            Kind::Ledger => {
                let layout = sheet::layout(rows, name, None)?;
                let reasons = layout.named_reasons();
                (layout.mapping, reasons)
            }
        };
        Ok(Self { kind: choice.kind, why: choice.reason, mapping, reasons })
    }

    /// Adds the names of another table; false when it is of the other kind.
    pub fn merge(&mut self, other: Self) -> bool {
        if self.kind != other.kind {
            return false;
        }
        let (mine, theirs) = (&mut self.mapping, other.mapping);
        for (column, names) in theirs.colonnes {
            add(mine.colonnes.entry(column).or_default(), names);
        }
        for (column, names) in theirs.colonnes_budget {
            add(mine.colonnes_budget.entry(column).or_default(), names);
        }
        // conventions that differ are guessed sheet by sheet
        mine.date = mine.date.filter(|d| Some(*d) == theirs.date);
        mine.decimale = mine.decimale.filter(|d| Some(*d) == theirs.decimale);
        for (column, reason) in other.reasons {
            self.reasons.entry(column).or_insert(reason);
        }
        true
    }

    /// The text of the mapping.
    pub fn to_toml(&self) -> String {
        format!("# Genre choisi pour : {}.\n{}", self.why, self.mapping.to_toml(&self.reasons))
    }
}

fn add(names: &mut Vec<String>, more: Vec<String>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}
