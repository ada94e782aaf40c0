//! Room 0: words and numbers of municipal accounting. No input or output, no polars.
//!
//! Takes nothing from the other rooms; gives the types that all of them share.
//!
//! Glossary: `exercice` = budget year · `chapitre` = vote level of the budget · `nature` = account ·
//! `fonction` = purpose code · `mandat` = payment order · `titre` = receipt order ·
//! `bordereau` = numbered batch of mandats or titres · `tiers` = supplier or debtor ·
//! BP, BS, DM = budget voted, CA, CFU = accounts executed · `sens` = D (expense) or R (receipt).
//!
//! **Invariant:** money is `Centimes` (i64), never a float.

pub mod account;
pub mod baremes;
pub mod calendar;
pub mod control;
pub mod decimal;
pub mod decision;
pub mod entity;
pub mod free_text;
pub mod garde;
pub mod money;
pub mod nomenclature;
pub mod person;
pub mod progress;
pub mod pseudonym;
pub mod ratios;
pub mod refus;
