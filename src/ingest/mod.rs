//! Room 3: files in, frames out. Never fails on a row.

pub mod mapped;
pub mod series;
pub mod sniff;
pub mod totem;

pub mod catalogue;
