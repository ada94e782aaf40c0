//! Ledger or budget: what the titles and values of a table say it is.
//!
//! **Invariant:** a table that could well be both is refused with a way to say which; the choice comes with
//! its reason.

use crate::domain::refus::Refus;
use crate::ingest::mapped::etat::{self, Signs};
use crate::ingest::mapped::guess::Cells;
use crate::ingest::mapped::header::ledger_signs;

/// What a table is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Mandats, titres, invoices.
    Ledger,
    /// Budget lines.
    Budget,
}

/// A choice with its reason, French.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the table is read as.
    pub kind: Kind,
    /// Why.
    pub reason: String,
    /// False when the other reading is nearly as likely.
    pub sure: bool,
}

/// Weighs the first rows of a table.
pub fn weigh(records: &[Cells]) -> Choice {
    let (ledger, budget) = (ledger_signs(records), etat::signs(records));
    let of = |kind, signs: Signs, sure| Choice { kind, reason: signs.reason, sure };
    // Without a date, a tiers or a number of mandat it is no ledger.
    if budget.score >= 3 && ledger.score <= 1 {
        return of(Kind::Budget, budget, true);
    }
    if budget.score < 4 {
        return of(Kind::Ledger, ledger, true);
    }
    if budget.score >= ledger.score + 2 {
        return of(Kind::Budget, budget, true);
    }
    if ledger.score >= budget.score + 2 {
        return of(Kind::Ledger, ledger, true);
    }
    let reason = format!("écritures : {} ; budget : {}", ledger.reason, budget.reason);
    let kind = if budget.score > ledger.score { Kind::Budget } else { Kind::Ledger };
    Choice { kind, reason, sure: false }
}

/// The choice for the table `name`.
///
/// # Errors
/// It could be both.
pub fn choose(records: &[Cells], name: &str) -> Result<Choice, Refus> {
    let choice = weigh(records);
    if choice.sure {
        return Ok(choice);
    }
    Err(Refus::new(
        format!("« {name} » peut être un journal d’écritures ou un état budgétaire"),
        "dire lequel : vigie lire FICHIER --deviner > correspondance.toml, vérifier la ligne « genre » \
         (ecritures ou budget), puis --correspondance correspondance.toml",
    )
    .with_extrait(choice.reason))
}
