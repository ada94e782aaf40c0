//! vigie: look ahead at a commune's money, look twice at its spending, offline.
//!
//! ```text
//!  files ─► ingest ─► frames ─┬─► forecast ─► budget ──┐
//!                             └─► anomaly ─────────────┴─► report ─► bytes
//!            app leads the use cases; cli shows them; domain and stats lie below everything;
//!            demo stands apart (it knows no reader and no detector)
//! ```
//!
//! | room | takes | gives |
//! |---|---|---|
//! | [`domain`] | – | words and numbers of municipal accounting (`Centimes`, chart of accounts) |
//! | [`stats`] | slices | pure numerics, no accounting word |
//! | [`frames`] | – | the canonical tables, the only shapes that travel between rooms |
//! | [`ingest`] | files | frames and the rows set aside |
//! | [`forecast`] | series | forecasts with intervals, chosen by rolling origin |
//! | [`budget`] | accounts | forecasts by nature, chapitre and total |
//! | [`anomaly`] | ledger | findings, each with its evidence |
//! | [`report`] | result objects | HTML, SVG, PNG, JSON, CSV |
//! | [`demo`] | a seed | a fictitious commune and its answer key |
//! | [`app`] | a resolved `Config` | use cases, called by `cli` and `serve` |
//! | [`serve`] | a folder | the local page, on 127.0.0.1 only |
//! | [`cli`] | arguments | terminal and exit code |
//!
//! Invariants: a figure shown is in the JSON · no room reads the clock · ingest never drops a row
//! silently · forecast never edits history · anomaly never says fraud, it says why to look ·
//! report never adds numbers · no detector ever sees `verite.csv`.

pub mod anomaly;
pub mod app;
pub mod budget;
pub mod cli;
pub mod demo;
pub mod domain;
pub mod forecast;
pub mod frames;
pub mod ingest;
pub mod report;
pub mod serve;
pub mod stats;
