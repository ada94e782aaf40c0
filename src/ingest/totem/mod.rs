//! TOTEM `DocumentBudgetaire` (BP, BS, DM, CA) and `CompteFinancierUnique`: bytes in, budget lines out.
//!
//! Takes the bytes of one XML file; gives a [`BudgetFrame`] with one document per `Budget` and the
//! lines set aside. Lines marked `calculated` are totals and are skipped; chapitre and section come
//! from the chart of accounts, never from `ContNat`.
//!
//! **Invariant:** amounts are read exactly, in integer centimes; a line that cannot be read becomes an
//! [`Issue`], never a silent zero; the file as a whole is refused only when it is not a budget document
//! or is damaged.

mod amount;
mod annexes;
mod build;
mod reader;
mod scan;

pub use amount::parse_amount;
pub use reader::{Cfu, Totem};

use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;
use crate::frames::issue::Issue;

/// Namespace of `DocumentBudgetaire`.
const NS_BUDGET: &str = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire";

/// How sure we are that the bytes are a TOTEM document (0 to 100), and why in French.
pub fn sniff(bytes: &[u8]) -> (u8, String) {
    let head = scan::head(bytes, 4096);
    let has = |needle: &str| head.contains(needle);
    if !head.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return (0, "ce n'est pas du XML".to_owned());
    }
    match scan::root_name(&head) {
        Some("CompteFinancierUnique") => (100, "racine CompteFinancierUnique".to_owned()),
        Some("DocumentBudgetaire") if has(NS_BUDGET) => {
            (100, "racine DocumentBudgetaire et son espace de noms".to_owned())
        }
        Some("DocumentBudgetaire") => (80, "racine DocumentBudgetaire".to_owned()),
        Some(other) => (0, format!("racine {other}, pas un document budgétaire")),
        None => (0, "XML sans élément racine".to_owned()),
    }
}

/// Reads a document. `fichier` is its path relative to the argument, for messages and provenance.
pub fn read(bytes: &[u8], fichier: &str) -> Result<(BudgetFrame, Vec<Issue>), Refus> {
    let (text, encodage) = scan::decode(bytes, fichier)?;
    let scanned = scan::scan(&text, fichier)?;
    build::build(&scanned, bytes, encodage, fichier)
}

#[cfg(test)]
mod tests;
