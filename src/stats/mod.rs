//! Room 1: pure numerics on slices. No polars, no accounting word.

pub mod linear;
pub mod optimize;
pub mod timeseries;
