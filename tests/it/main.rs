//! The one integration binary: each more would be one more link of polars.

mod support;
mod tidy;
mod totem;
mod report;
