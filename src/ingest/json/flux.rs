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
    budget: Budget,
    encodage: &'static str,
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
        let budget = Budget(Rc::new(Cell::new(ELEMENT)));
        Ok(Self { blocks, ready, at: 0, budget, encodage: found.encoding.name() })
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
            self.ready.clear();
            self.at = 0;
            if !self.blocks.read_into(&mut self.ready)? {
                if self.ready.is_empty() {
                    return Ok(0);
                }
                break;
            }
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
