//! Room 7: result objects to bytes. Draws; never computes an accounting figure.

pub mod previsions;
