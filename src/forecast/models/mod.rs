//! One file a model; see `MODELS` in `catalog`.
//!
//! **Invariant:** a model never fails: under its needs it gives a simpler forecast.

pub mod decomposition;
pub mod ets;
pub mod global;
pub mod intermittent;
pub mod naive;
pub mod panel;
pub mod shift;
pub mod smoothing;
pub mod theta;
