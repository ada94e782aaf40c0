//! Computed once for all detectors: suppliers resolved, invoices gathered, recurrence.
//!
//! ```text
//!  Ledger ─► supplier::resolve ─► invoice::gather ──┐
//!                             └─► recurrence::measure ─► Prepared
//! ```
//! **Invariant:** the same whatever the order of the rows and the number of threads.

use crate::domain::progress::Progress;
use crate::frames::ledger::Ledger;

pub mod invoice;
pub mod recurrence;
pub mod supplier;
pub mod words;

pub use invoice::Invoices;
pub use recurrence::{Recurrence, Rhythm};
pub use supplier::{NO_SUPPLIER, Suppliers};

/// What every detector may lean on.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    /// Who is paid.
    pub suppliers: Suppliers,
    /// What was invoiced.
    pub invoices: Invoices,
    /// What comes back.
    pub recurrence: Recurrence,
}

/// Prepares a ledger.
pub fn prepare(ledger: &Ledger, progress: &dyn Progress) -> Prepared {
    progress.tick("Fournisseurs", 0, 3);
    let suppliers = supplier::resolve(ledger);
    progress.tick("Factures", 1, 3);
    let invoices = invoice::gather(ledger, &suppliers);
    progress.tick("Récurrences", 2, 3);
    let recurrence = recurrence::measure(ledger, &suppliers);
    progress.tick("Récurrences", 3, 3);
    Prepared { suppliers, invoices, recurrence }
}
