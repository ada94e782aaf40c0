//! The bytes of a JSON file: hashed, transcoded to UTF-8 when they are in another encoding, and counted.
//!
//! **Invariant:** an element that takes more than its budget of bytes stops the reading with [`TooLarge`].

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use encoding_rs::UTF_8;

use crate::ingest::mapped::bytes::{BLOCK, Blocks};
use crate::ingest::sniff;

/// Bytes one element may take, its long texts apart.
const ELEMENT: u64 = 16 << 20;
/// Bytes looked at to tell the encoding.
const HEAD: usize = 64 << 10;

/// An element took more bytes than any export does.
#[derive(Debug)]
pub(super) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("élément trop grand")
    }
}

impl std::error::Error for TooLarge {}

/// Bytes left to the element being read.
#[derive(Debug, Clone)]
pub(super) struct Budget(Rc<Cell<u64>>);

impl Budget {
    /// Starts anew, for the next element or after a stretch of a long text.
    pub(super) fn renew(&self) {
        self.0.set(ELEMENT);
    }
}

/// A source read as UTF-8. See the module documentation.
#[derive(Debug)]
pub(super) struct Flux<R> {
    blocks: Blocks<R>,
    ready: Vec<u8>,
    at: usize,
    finished: bool,
    bare: Bare,
    budget: Budget,
    encodage: &'static str,
}

/// Turns the bare `NaN` of some exporters, which is no JSON, into `null`, outside the texts only.
#[derive(Debug, Default)]
struct Bare {
    in_text: bool,
    escaped: bool,
    /// Letters of `NaN` met so far, not yet given.
    held: usize,
}

impl Bare {
    /// Clean bytes of `raw`; the letters of a `NaN` that may go on in the next block are held back until `last`.
    fn clean(&mut self, raw: &[u8], last: bool) -> Vec<u8> {
        const WORD: &[u8] = b"NaN";
        let mut out = Vec::with_capacity(raw.len() + 16);
        for &byte in raw {
            if self.in_text {
                self.in_text = self.escaped || byte != b'"';
                self.escaped = byte == b'\\' && !self.escaped;
                out.push(byte);
                continue;
            }
            if byte == WORD[self.held] {
                self.held += 1;
                if self.held == WORD.len() {
                    out.extend_from_slice(b"null");
                    self.held = 0;
                }
                continue;
            }
            out.extend_from_slice(&WORD[..self.held]);
            self.held = usize::from(byte == WORD[0]);
            if self.held == 0 {
                self.in_text = byte == b'"';
                out.push(byte);
            }
        }
        if last {
            out.extend_from_slice(&WORD[..std::mem::take(&mut self.held)]);
        }
        out
    }
}

impl<R: Read> Flux<R> {
    pub(super) fn new(input: R) -> io::Result<Self> {
        let mut blocks = Blocks::new(input, None, BLOCK);
        let head = blocks.head(HEAD)?;
        let found = sniff::encoding(&head);
        let body = &head[found.mark..];
        let ready = if found.encoding == UTF_8 {
            body.to_vec()
        } else {
            blocks.transcode(found.encoding, body)
        };
        let mut bare = Bare::default();
        let ready = bare.clean(&ready, false);
        let budget = Budget(Rc::new(Cell::new(ELEMENT)));
        let encodage = found.encoding.name();
        Ok(Self { blocks, ready, at: 0, finished: false, bare, budget, encodage })
    }

    pub(super) fn budget(&self) -> Budget {
        self.budget.clone()
    }

    /// Name of the encoding, in lower case.
    pub(super) fn encodage(&self) -> String {
        self.encodage.to_lowercase()
    }

    /// Hash of the bytes read.
    pub(super) fn sha256(self) -> String {
        self.blocks.sha256()
    }
}

impl<R: Read> Read for Flux<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() {
            if self.finished {
                return Ok(0);
            }
            self.ready.clear();
            self.at = 0;
            self.finished = !self.blocks.read_into(&mut self.ready)?;
            self.ready = self.bare.clean(&self.ready, self.finished);
        }
        let n = out.len().min(self.ready.len() - self.at);
        let left = self.budget.0.get();
        if n as u64 > left {
            return Err(io::Error::other(TooLarge));
        }
        self.budget.0.set(left - n as u64);
        out[..n].copy_from_slice(&self.ready[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    fn all(text: &[u8]) -> String {
        let mut out = String::new();
        let mut flux = Flux::new(text).unwrap();
        flux.read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn a_bare_nan_is_null_and_a_text_stays() {
        let raw = br#"{"a":NaN,"b":"NaN","c":"\"NaN","d":NaN}"#;
        assert_eq!(all(raw), r#"{"a":null,"b":"NaN","c":"\"NaN","d":null}"#);
        assert_eq!(all(b"[NNaN,Na"), "[Nnull,Na");
    }

    #[test]
    fn windows_1252_ends_cleanly() {
        assert_eq!(all(b"{\"a\":\"\xe9t\xe9\"}"), "{\"a\":\"été\"}");
    }

    proptest! {
        #[test]
        fn blocks_change_nothing(text in "[Na\"\\\\x]{0,40}", cut in 0_usize..40) {
            let raw = text.as_bytes();
            let cut = cut.min(raw.len());
            let whole = Bare::default().clean(raw, true);
            let mut one = Bare::default();
            let mut parts = one.clean(&raw[..cut], false);
            parts.extend(one.clean(&raw[cut..], true));
            prop_assert_eq!(whole, parts);
        }
    }
}
