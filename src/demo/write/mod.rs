//! Writers of the demo, which share no code with the readers: budget documents, ledgers, settings.
//!
//! **Invariant:** a writer changes no amount; it only spells it.

pub mod csv;
pub mod settings;
pub mod totem;

use std::io::{self, Write};

/// Counts the bytes that pass.
#[derive(Debug)]
pub struct Counted<W> {
    inner: W,
    /// Bytes written so far.
    pub bytes: u64,
}

impl<W: Write> Counted<W> {
    /// Wraps a writer.
    pub fn new(inner: W) -> Self {
        Self { inner, bytes: 0 }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Euros with a separator before the two decimals.
pub fn push_amount(out: &mut String, cents: i64, separator: char) {
    use std::fmt::Write as _;
    let sign = if cents < 0 { "-" } else { "" };
    let (euros, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    // Writing to a String cannot fail.
    let _ = write!(out, "{sign}{euros}{separator}{rest:02}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_sign_and_centimes() {
        for (cents, text) in [(0, "0,00"), (-5, "-0,05"), (123_456, "1234,56")] {
            let mut out = String::new();
            push_amount(&mut out, cents, ',');
            assert_eq!(out, text);
        }
    }
}
