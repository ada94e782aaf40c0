//! Room 1: pure numerics on slices. No polars, no accounting word.

pub mod digits;
pub mod logkernel;
pub mod mixture;
pub mod robust;
pub mod text;
pub mod linear;
pub mod optimize;
pub mod timeseries;
