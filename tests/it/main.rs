//! The one integration binary: each more would be one more link of polars.

mod report;
mod support;
mod tidy;
mod totem;
