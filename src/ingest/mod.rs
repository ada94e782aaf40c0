//! Room 3: files in, frames out. Never fails on a row.

pub mod totem;
pub mod series;
