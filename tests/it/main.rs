//! The one integration binary: each more would be one more link of polars.

// tests on benches print what they measure, or that they are skipped
#![allow(clippy::print_stdout)]
// inputs written by the tests: clarity before speed
#![allow(clippy::format_push_string, clippy::format_collect)]

mod a11y;
mod browser;
mod budget;
mod communes;
mod controls;
mod detection;
mod errors;
mod facts;
mod forecast;
mod fuzz;
mod hostile;
mod hostile_paths;
mod ingest;
mod landing;
mod mappings;
mod network;
mod pages;
mod paquet;
mod persons;
mod proposition;
mod publics;
mod report;
mod reproducible;
mod reunion;
mod review;
mod routes;
mod scenarios;
mod serve;
mod serve_browser;
mod support;
mod synthese;
mod tables;
mod tidy;
mod totem;
mod workbook;
