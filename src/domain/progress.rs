//! What a long loop may call: where it stands, and whether to stop. Given by `cli`, called everywhere.
//!
//! **Invariant:** the numbers reported never change a result.

/// Receives the advance of a long task.
pub trait Progress: Sync {
    /// `step` is a French noun ("Lecture"), `done` of `total` units (0 = unknown).
    fn tick(&self, step: &str, done: u64, total: u64);

    /// The file about to be read, its rank from 1 and how many there are.
    fn file(&self, _nom: &str, _rank: u64, _of: u64) {}

    /// True when the user asked to stop; loops check it at each block.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Says nothing, never stops: for tests and library users.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn tick(&self, _step: &str, _done: u64, _total: u64) {}
}
