//! The one integration binary: each more would be one more link of polars.

// tests on benches print what they measure, or that they are skipped
#![allow(clippy::print_stdout)]

mod budget;
mod controls;
mod detection;
mod errors;
mod fuzz;
mod ingest;
mod landing;
mod persons;
mod proposition;
mod publics;
mod report;
mod reproducible;
mod review;
mod support;
mod tidy;
mod totem;
