//! Room 2: the canonical tables and their guarantees, the only shapes that travel between rooms.
//!
//! | frame | filled by | read by |
//! |---|---|---|
//! | [`ledger::Ledger`] | `ingest` (ledgers) | `anomaly`, `app` |
//! | [`budget::BudgetFrame`] | `ingest` (budget documents) | `forecast`, `budget`, `app` |
//! | [`annex::AnnexFrame`] | `ingest::totem` | `app` |
//! | [`contract::ContractFrame`] | `ingest` (DECP, PES marché), `app` (vigie.toml) | `anomaly` |
//! | [`reference::ReferenceFrame`] | `ingest` (DGFiP, OFGL) | `app` |
//! | [`subvention::SubventionFrame`] | `ingest` (SCDL) | `anomaly`, `app` |
//! | [`retour::RetourFrame`] | `ingest::pes` (PES retour) | `app` |
//! | [`series::SeriesFrame`] | `ingest::series` | `forecast` |
//! | [`issue::Issue`] | every reader | `report` |
//!
//! **Invariant:** a frame is built whole and then only read; amounts are integer centimes.

pub mod annex;
pub mod annex_checks;
pub mod annex_table;
pub mod budget;
pub mod checks;
pub mod contract;
pub mod copies;
pub mod extra;
pub mod fusions;
pub mod intern;
pub mod invoices;
pub mod issue;
pub mod ledger;
pub mod ledger_builder;
pub mod mandats;
pub mod mask;
pub mod open_table;
pub mod parquet;
pub mod parquet_pages;
pub mod parquet_rows;
pub mod payees;
pub mod precedence;
pub mod reconcile;
pub mod reference;
pub mod retour;
pub mod series;
pub mod subvention;
pub mod tableau;
pub mod tie_out;
