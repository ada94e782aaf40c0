//! Room 1: pure numerics on slices. No polars, no accounting word.
//!
//! **Invariant:** the same numbers in give the same numbers out, whatever the threads.

pub mod digits;
pub mod linalg;
pub mod linear;
pub mod logkernel;
pub mod mixture;
pub mod optimize;
pub mod robust;
pub mod sampling;
pub mod text;
pub mod timeseries;
