//! One folder a family; see STYLE 4.1.

pub mod imp;
pub mod mnt;
pub mod dbl;
