//! The bytes of an XML document on their way to quick-xml: hashed, decoded to UTF-8, made bounded.
//!
//! quick-xml keeps a whole text, comment or attribute in memory. This reader drops what follows the first
//! [`LONGEST`] bytes of each, drops comments and instructions, and turns CDATA into text.
//!
//! **Invariant:** tags and texts come out in order and unchanged but for what is said above; every line
//! end dropped is counted.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, UTF_8, WINDOWS_1252};
use sha2::{Digest, Sha256};

use super::LONGEST;
use super::encoding::{Written, utf8_into, written};

/// Bytes of one tag, at most: its names, and the start of each of its values.
const LONGEST_TAG: usize = 4 * LONGEST;
/// Bytes taken from the source at once.
const BLOCK: usize = 64 << 10;

/// Why the reading stops before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A document type or another declaration.
    Declaration,
    /// A tag without end.
    LongTag,
}

impl Stop {
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        match error.get_ref()?.to_string().as_str() {
            "declaration" => Some(Self::Declaration),
            "long tag" => Some(Self::LongTag),
            _ => None,
        }
    }

    fn error(self) -> io::Error {
        io::Error::other(if self == Self::Declaration { "declaration" } else { "long tag" })
    }
}

/// Where the lexer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// After `<`.
    Open,
    /// After `<!`, with the signs seen since.
    Bang,
    Tag,
    /// In a value, ended by this quote.
    Value(u8),
    Comment,
    Instruction,
    Cdata,
}

/// Bounded UTF-8 from the bytes of a document. See the module documentation.
pub(super) struct Slim<'a> {
    source: Box<dyn Read + 'a>,
    raw: Vec<u8>,
    ended: bool,
    hash: Sha256,
    written: Written,
    decoder: Option<Decoder>,
    decoded: String,
    repaired: u64,
    bytes: u64,
    place: Place,
    bang: Vec<u8>,
    tail: [u8; 2],
    run: usize,
    tag: usize,
    reference: usize,
    dropping: bool,
    skipped: u64,
    pub(super) out: Vec<u8>,
    at: usize,
    given: u64,
    lines: u64,
    dropped: VecDeque<(u64, u64)>,
    stop: Option<Stop>,
}

impl<'a> Slim<'a> {
    pub(super) fn new(mut source: Box<dyn Read + 'a>) -> io::Result<Self> {
        let mut raw = Vec::with_capacity(BLOCK);
        source.by_ref().take(BLOCK as u64).read_to_end(&mut raw)?;
        let written = written(&raw);
        let mut slim = Self {
            source,
            ended: raw.len() < BLOCK,
            hash: Sha256::new_with_prefix(&raw),
            bytes: raw.len() as u64,
            decoder: (written.encoding != UTF_8)
                .then(|| written.encoding.new_decoder_without_bom_handling()),
            written,
            raw,
            decoded: String::new(),
            repaired: 0,
            place: Place::Text,
            bang: Vec::new(),
            tail: [0; 2],
            run: 0,
            tag: 0,
            reference: 0,
            dropping: false,
            skipped: 0,
            out: Vec::new(),
            at: 0,
            given: 0,
            lines: 1,
            dropped: VecDeque::new(),
            stop: None,
        };
        slim.raw.drain(..written.mark);
        Ok(slim)
    }

    pub(super) fn line(&self) -> u64 {
        self.lines
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes
    }

    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    pub(super) fn encodage(&self) -> &'static str {
        match self.written.encoding.name() {
            "UTF-8" => "utf-8",
            "windows-1252" => "iso-8859-1",
            "UTF-16LE" | "UTF-16BE" => "utf-16",
            other => other,
        }
    }

    pub(super) fn remark(&self) -> Option<String> {
        let name = self.encodage();
        if self.written.contradicted {
            return Some(format!("l’encodage annoncé n’est pas celui des octets, lus en {name}"));
        }
        (self.repaired > 0).then(|| {
            format!("{} octets n’étaient pas en {name}, lus en windows-1252", self.repaired)
        })
    }

    pub(super) fn sha256(&self) -> String {
        let digest = self.hash.clone().finalize();
        digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Reads, decodes and slims one block more; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        if self.raw.len() < BLOCK && !self.ended {
            let before = self.raw.len();
            self.source.by_ref().take(BLOCK as u64).read_to_end(&mut self.raw)?;
            let new = &self.raw[before..];
            self.hash.update(new);
            self.bytes += new.len() as u64;
            self.ended = new.is_empty();
        }
        if self.raw.is_empty() {
            return Ok(false);
        }
        self.decode();
        let decoded = std::mem::take(&mut self.decoded);
        self.slim(decoded.as_bytes());
        self.decoded = decoded;
        self.decoded.clear();
        Ok(true)
    }

    fn decode(&mut self) {
        let Some(decoder) = &mut self.decoder else {
            let (taken, repaired) = utf8_into(&self.raw, self.ended, &mut self.decoded);
            self.raw.drain(..taken);
            self.repaired += repaired;
            return;
        };
        let room = decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(4 * self.raw.len());
        self.decoded.reserve(room);
        let (_, taken, wrong) = decoder.decode_to_string(&self.raw, &mut self.decoded, self.ended);
        self.raw.drain(..taken);
        self.repaired += u64::from(wrong && self.written.encoding != WINDOWS_1252);
    }

    fn slim(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() && self.stop.is_none() {
            let taken = match self.place {
                Place::Text => self.text(rest),
                Place::Open => self.opened(rest[0]),
                Place::Bang => self.bang(rest[0]),
                Place::Tag => self.tag(rest[0]),
                Place::Value(quote) => self.value(rest, quote),
                Place::Comment => self.until(rest, *b"--"),
                Place::Instruction => self.until(rest, [b'?', b'?']),
                Place::Cdata => self.cdata(rest[0]),
            };
            rest = &rest[taken..];
        }
    }

    /// Text up to the next `<`, in pieces that end after a `&`.
    fn text(&mut self, rest: &[u8]) -> usize {
        if rest[0] == b'<' {
            self.place = Place::Open;
            return 1;
        }
        let end = memchr::memchr(b'<', rest).unwrap_or(rest.len());
        self.keep(&rest[..end]);
        end
    }

    /// Keeps what fits in the run, without cutting a sign or a reference.
    fn keep(&mut self, piece: &[u8]) {
        let mut kept = 0;
        while kept < piece.len() && !self.dropping {
            let room = LONGEST.saturating_sub(self.run);
            let open = self.reference > 0 || (piece[kept] & 0xc0) == 0x80;
            if room == 0 && !open {
                self.dropping = true;
                self.skipped += 1;
                break;
            }
            // Whole runs at once where nothing can be cut, byte by byte at the edge.
            let free = room.saturating_sub(16).min(piece.len() - kept);
            let plain = if self.reference > 0 { 0 } else { free };
            let plain = memchr::memchr(b'&', &piece[kept..kept + plain]).unwrap_or(plain);
            let step = plain.max(1);
            let last = piece[kept + step - 1];
            self.reference = match (last, self.reference) {
                (b'&', _) => 1,
                (b';', _) | (_, 0 | 12..) => 0,
                (_, n) => n + 1,
            };
            self.run += step;
            kept += step;
        }
        self.out.extend_from_slice(&piece[..kept]);
        self.drop_lines(&piece[kept..]);
    }

    fn drop_lines(&mut self, piece: &[u8]) {
        let lines = memchr::memchr_iter(b'\n', piece).count() as u64;
        if lines > 0 {
            let here = self.given + self.out.len() as u64;
            match self.dropped.back_mut() {
                Some((at, n)) if *at == here => *n += lines,
                _ => self.dropped.push_back((here, lines)),
            }
        }
    }

    fn new_run(&mut self) {
        (self.run, self.reference, self.dropping) = (0, 0, false);
    }

    fn opened(&mut self, sign: u8) -> usize {
        match sign {
            b'!' => {
                self.place = Place::Bang;
                self.bang.clear();
            }
            b'?' => self.drop_until(Place::Instruction),
            _ => {
                self.place = Place::Tag;
                self.tag = 0;
                self.out.push(b'<');
                return 0;
            }
        }
        1
    }

    fn drop_until(&mut self, place: Place) {
        self.place = place;
        self.tail = [0; 2];
    }

    fn bang(&mut self, sign: u8) -> usize {
        self.bang.push(sign);
        match self.bang.as_slice() {
            b"--" => self.drop_until(Place::Comment),
            b"[CDATA[" => self.drop_until(Place::Cdata),
            seen if b"--".starts_with(seen) || b"[CDATA[".starts_with(seen) => {}
            _ => self.stop = Some(Stop::Declaration),
        }
        1
    }

    fn tag(&mut self, sign: u8) -> usize {
        self.tag += 1;
        if self.tag > LONGEST_TAG {
            self.stop = Some(Stop::LongTag);
        }
        self.out.push(sign);
        match sign {
            b'>' => {
                self.place = Place::Text;
                self.new_run();
            }
            b'"' | b'\'' => {
                self.place = Place::Value(sign);
                self.new_run();
            }
            _ => {}
        }
        1
    }

    fn value(&mut self, rest: &[u8], quote: u8) -> usize {
        let end = memchr::memchr(quote, rest).unwrap_or(rest.len());
        let before = self.run;
        self.keep(&rest[..end]);
        self.tag += self.run - before;
        if self.tag > LONGEST_TAG {
            self.stop = Some(Stop::LongTag);
        }
        if end == rest.len() {
            return end;
        }
        self.out.push(quote);
        self.place = Place::Tag;
        end + 1
    }

    /// Drops up to a `>` after `tail` (the second sign alone counts for an instruction).
    fn until(&mut self, rest: &[u8], tail: [u8; 2]) -> usize {
        let end = memchr::memchr(b'>', rest).map_or(rest.len(), |at| at + 1);
        self.drop_lines(&rest[..end]);
        for byte in &rest[..end] {
            let closes = self.tail[1] == tail[1] && (tail[0] == b'?' || self.tail[0] == tail[0]);
            if *byte == b'>' && closes {
                self.place = Place::Text;
            }
            self.tail = [self.tail[1], *byte];
        }
        end
    }

    /// CDATA as escaped text; `]` is held until what follows is known.
    fn cdata(&mut self, sign: u8) -> usize {
        let held = usize::from(self.tail[0] == b']') + usize::from(self.tail[1] == b']');
        match (sign, held) {
            (b'>', 2) => self.place = Place::Text,
            (b']', 0 | 1) => self.tail[held] = b']',
            (b']', _) => self.keep(b"]"),
            _ => {
                for _ in 0..held {
                    self.keep(b"]");
                }
                self.tail = [0; 2];
                match sign {
                    b'&' => self.keep(b"&amp;"),
                    b'<' => self.keep(b"&lt;"),
                    b'>' => self.keep(b"&gt;"),
                    _ => self.keep(&[sign]),
                }
            }
        }
        1
    }
}

impl BufRead for Slim<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.out.len() {
            self.given += self.out.len() as u64;
            self.out.clear();
            self.at = 0;
        }
        while self.at == self.out.len() {
            if let Some(stop) = self.stop {
                return Err(stop.error());
            }
            if !self.more()? {
                // A document cut inside a tag is shown as cut.
                if matches!(self.place, Place::Open | Place::Bang) {
                    self.place = Place::Text;
                    self.out.push(b'<');
                }
                break;
            }
        }
        Ok(&self.out[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        let passed = &self.out[self.at..self.at + amount];
        self.lines += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at += amount;
        let here = self.given + self.at as u64;
        while let Some((_, lines)) = self.dropped.pop_front_if(|(at, _)| *at <= here) {
            self.lines += lines;
        }
    }
}

impl Read for Slim<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buffer.len());
        buffer[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}
