//! The controls: one folder a family, one page a code.
//!
//! MNT and IMP have a file a code; DBL is one engine whose codes are labels.
//!
//! **Invariant:** a detector reads the ledger and what `prepare` computed, never a file nor `verite.csv`.

pub mod dbl;
pub mod imp;
pub mod mnt;
