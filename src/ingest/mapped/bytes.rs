//! Bytes of a source, block by block: hashed as they are read, and transcoded to UTF-8 when asked.
//!
//! **Invariant:** memory is bounded by the size of a block; the hash is that of the bytes of the file.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding};
use sha2::{Digest, Sha256};

/// Bytes read at a time from a file.
pub const BLOCK: usize = 256 << 10;

/// A source being read. See the module documentation.
pub struct Blocks<R> {
    input: R,
    hasher: Sha256,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    block: usize,
    read: u64,
}

impl<R> fmt::Debug for Blocks<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks").field("read", &self.read).finish_non_exhaustive()
    }
}

impl<R: Read> Blocks<R> {
    /// Reads `input` in blocks of `block` bytes, transcoded from `encoding` when given.
    pub fn new(input: R, encoding: Option<&'static Encoding>, block: usize) -> Self {
        let decoder = encoding.map(Encoding::new_decoder_without_bom_handling);
        Self { input, hasher: Sha256::new(), decoder, raw: Vec::new(), block, read: 0 }
    }

    /// Reads the first `size` bytes or less, without transcoding.
    pub fn head(&mut self, size: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(size);
        (&mut self.input).take(size as u64).read_to_end(&mut head)?;
        self.hasher.update(&head);
        self.read += head.len() as u64;
        Ok(head)
    }

    /// Transcodes from now on; gives `head`, read before, transcoded.
    pub fn transcode(&mut self, encoding: &'static Encoding, head: &[u8]) -> Vec<u8> {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let mut out = Vec::with_capacity(head.len() * 3 / 2 + 16);
        decode_into(&mut decoder, head, &mut out, false);
        self.decoder = Some(decoder);
        out
    }

    /// Appends a block to `out`; false at the end of the source.
    pub fn read_into(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let start = out.len();
        let Some(decoder) = self.decoder.as_mut() else {
            out.resize(start + self.block, 0);
            let n = read_some(&mut self.input, &mut out[start..])?;
            out.truncate(start + n);
            self.hasher.update(&out[start..]);
            self.read += n as u64;
            return Ok(n > 0);
        };
        self.raw.resize(self.block, 0);
        let n = read_some(&mut self.input, &mut self.raw)?;
        self.hasher.update(&self.raw[..n]);
        self.read += n as u64;
        decode_into(decoder, &self.raw[..n], out, n == 0);
        Ok(n > 0)
    }

    /// Number of bytes read.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Hash of the bytes read, hexadecimal.
    pub fn sha256(self) -> String {
        let digest = self.hasher.finalize();
        digest.iter().flat_map(|b| [b >> 4, b & 15]).map(hex).collect()
    }
}

/// Hash of a file, hexadecimal, read block by block.
///
/// # Errors
/// The file cannot be read.
pub fn hash_of(path: &std::path::Path) -> io::Result<String> {
    let mut blocks = Blocks::new(std::fs::File::open(path)?, None, BLOCK);
    let mut sink = Vec::new();
    while blocks.read_into(&mut sink)? {
        sink.clear();
    }
    Ok(blocks.sha256())
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}

fn read_some(input: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(out) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn decode_into(decoder: &mut Decoder, bytes: &[u8], out: &mut Vec<u8>, last: bool) {
    let most = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3 + 16);
    let start = out.len();
    out.resize(start + most, 0);
    let (_, _, written, _) = decoder.decode_to_utf8(bytes, &mut out[start..], last);
    out.truncate(start + written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_hashed_and_transcoded() {
        let mut blocks = Blocks::new(&b"caf\xe9;l\x92an"[..], Some(encoding_rs::WINDOWS_1252), 3);
        let mut out = Vec::new();
        while blocks.read_into(&mut out).expect("memory does not fail") {}
        assert_eq!(String::from_utf8_lossy(&out), "café;l’an");
        assert_eq!(blocks.bytes_read(), 9);
        let empty = Blocks::new(&b""[..], None, 3).sha256();
        assert!(empty.starts_with("e3b0c44298fc1c14") && empty.len() == 64);
    }

    #[test]
    fn a_pair_of_bytes_may_be_cut_by_a_block() {
        let bytes: Vec<u8> = "aé€".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut blocks = Blocks::new(&bytes[..], Some(encoding_rs::UTF_16LE), 1);
        let mut out = Vec::new();
        while blocks.read_into(&mut out).expect("memory does not fail") {}
        assert_eq!(String::from_utf8_lossy(&out), "aé€");
    }
}
