//! Runs the code of a library that may panic on bytes it does not expect.
//!
//! A panic caught here is a damaged file, not a bug of ours: the hook of the command line, which tells bugs, stays
//! silent while [`quiet`] is true.
//!
//! **Invariant:** `quiet` is true only on the thread that runs a guarded function, and only meanwhile.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs `run`; `None` when it panics.
pub fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(run)).ok();
    DEPTH.set(DEPTH.get() - 1);
    outcome
}

/// True inside [`guarded`].
pub fn quiet() -> bool {
    DEPTH.get() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_none() {
        assert!(!quiet());
        assert_eq!(guarded(|| u8::from(quiet())), Some(1));
        assert_eq!(guarded(|| "x".parse::<u8>().expect("a number")), None);
        assert!(!quiet());
    }
}
