//! The one integration binary: each more would be one more link of polars.

mod detection;
mod errors;
mod fuzz;
mod ingest;
mod report;
mod reproducible;
mod support;
mod tidy;
mod totem;
