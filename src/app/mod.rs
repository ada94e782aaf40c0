//! Room 9: use cases, called by `cli`. Prints nothing.

pub mod series;
