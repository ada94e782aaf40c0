//! Room 3: files in, frames out. One file or folder a format.
//!
//! [`mod@format`] holds the contract of a reader and the table of all of them.
//!
//! | reader | reads | fills |
//! |---|---|---|
//! | [`totem`] | TOTEM XML, CFU | `BudgetFrame` |
//! | [`scdl`] | SCDL budget, SCDL subventions | `BudgetFrame`, `SubventionFrame` |
//! | [`dgfip`] | balances comptables, comptes individuels | `BudgetFrame`, `ReferenceFrame` |
//! | [`ofgl`] | OFGL base des communes | `ReferenceFrame` |
//! | [`pes`] | PES V2 of Hélios: aller, retour, marché | `Ledger`, `ContractFrame`, `RetourFrame` |
//! | [`chorus`] | Chorus Pro: pivot XML, lists of the API in JSON | `Ledger` |
//! | [`facturx`] | Factur-X PDF, CII XML | `Ledger` |
//! | [`ubl`] | UBL invoices and credit notes | `Ledger` |
//! | [`decp`] | essential data of contracts, JSON and XML | `ContractFrame` |
//! | [`mapped`] | any delimited table, by a mapping or a guess | `Ledger`, `BudgetFrame` |
//! | [`tableur`] | any sheet of a workbook, any Parquet table | `Ledger`, `BudgetFrame` |
//! | [`editflux`] | accounts of départements in CSV | `BudgetFrame` |
//! | [`emagnus`] | `WTAMC001.txt` | `Ledger` |
//! | [`fec`] | fichier des écritures comptables | `Ledger` |
//! | [`series`] | `unique_id,ds,y` | `SeriesFrame` |
//!
//! [`archive`] gives the members of a zip to the readers, one at a time; [`noms`] shows names from outside.
//! [`xml`] and [`json`] are the bounded readers that the readers of flows share; [`facture`] puts an invoice
//! of any format in the ledger.
//!
//! **Invariant:** a doubtful row is set aside and counted, never dropped; `Err` means "this is not that
//! file".

pub mod archive;
pub mod catalogue;
mod chart_guess;
pub mod chorus;
pub mod decp;
pub mod dgfip;
pub mod editflux;
pub mod emagnus;
pub mod facture;
pub mod facturx;
pub mod fec;
pub mod format;
mod grid;
pub mod json;
pub mod mapped;
pub mod noms;
pub mod ofgl;
mod perimeter;
pub mod pes;
pub mod saisie;
pub mod scdl;
pub mod series;
pub mod sniff;
pub mod tableur;
pub mod totem;
pub mod ubl;
pub mod xml;
