//! Room 4: series in, forecasts out. Models see `&[f64]`, or a group of them, only.
//!
//! **Invariant:** history is never edited; every series gets a forecast, however short, and the name
//! and reason of its model say how weak it is.

pub mod backtest;
pub mod catalog;
pub mod combine;
pub mod engine;
pub mod interval;
pub mod joint;
pub mod models;
mod own;
pub mod pool;
pub mod reconcile;
mod words;

pub use catalog::{MODELS, ModelCard};
pub use engine::{Outcome, PoolOptions, forecast_pool};

#[cfg(test)]
mod invariants;

/// Forecast of one series, `horizon` steps long.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Central forecast by step.
    pub point: Vec<f64>,
    /// Bounds by step of the 80 % interval.
    pub interval_80: Vec<(f64, f64)>,
    /// Bounds by step of the 95 % interval.
    pub interval_95: Vec<(f64, f64)>,
    /// Name of the model or combination, as in the `MODELS` table.
    pub model: String,
    /// Why this model, one French sentence.
    pub reason: String,
    /// Mean absolute percentage error by step at past origins; `None` when it could not be measured.
    pub past_error_pct: Vec<Option<f64>>,
}
