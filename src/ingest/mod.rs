//! Room 3: files in, frames out. One file or folder a format.
//!
//! | reader | reads | fills |
//! |---|---|---|
//! | [`totem`] | TOTEM XML, CFU | `BudgetFrame` |
//! | [`mapped`] | any delimited table, by a mapping or a guess | `Ledger`, `BudgetFrame` |
//! | [`series`] | `unique_id,ds,y` | `SeriesFrame` |
//!
//! **Invariant:** a doubtful row is set aside and counted, never dropped; `Err` means "this is not that
//! file".

pub mod mapped;
pub mod series;
pub mod sniff;
pub mod totem;

pub mod catalogue;
