//! One file a model; see `MODELS` in the parent room.

pub mod ets;
pub mod global;
pub mod panel;
pub mod theta;
