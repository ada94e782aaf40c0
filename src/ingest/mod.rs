//! Room 3: files in, frames out. One file or folder a format.
//!
//! [`mod@format`] holds the contract of a reader and the table of all of them.
//!
//! | reader | reads | fills |
//! |---|---|---|
//! | [`totem`] | TOTEM XML, CFU | `BudgetFrame` |
//! | [`pes`] | PES V2 of Hélios: aller, retour, marché | `Ledger`, `ContractFrame`, `RetourFrame` |
//! | [`mapped`] | any delimited table, by a mapping or a guess | `Ledger`, `BudgetFrame` |
//! | [`tableur`] | any sheet of a workbook, any Parquet table | `Ledger`, `BudgetFrame` |
//! | [`series`] | `unique_id,ds,y` | `SeriesFrame` |
//!
//! [`xml`] is the bounded XML reader that the readers of flows share.
//!
//! **Invariant:** a doubtful row is set aside and counted, never dropped; `Err` means "this is not that
//! file".

pub mod catalogue;
pub mod format;
pub mod mapped;
pub mod pes;
pub mod saisie;
pub mod series;
pub mod sniff;
pub mod tableur;
pub mod totem;
pub mod xml;
