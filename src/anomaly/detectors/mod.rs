//! One folder a family; see STYLE 4.1.

pub mod dbl;
pub mod imp;
pub mod mnt;
