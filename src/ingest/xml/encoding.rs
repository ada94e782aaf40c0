//! Encoding of an XML document: its byte order mark, else its declaration, else what its bytes are.
//!
//! Software often announces ISO-8859-1 and writes UTF-8, or the opposite: the bytes decide.
//!
//! **Invariant:** bytes that are not of the encoding are read as windows-1252, never lost.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// How to decode it.
    pub(super) encoding: &'static Encoding,
    /// Bytes of the mark to pass over.
    pub(super) mark: usize,
    /// What the declaration says, when the bytes say otherwise.
    pub(super) contradicted: bool,
}

/// The byte order mark of a head.
pub(super) fn bom(head: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(head)
}

/// Encoding of a document from its first bytes.
pub(super) fn written(head: &[u8]) -> Written {
    if let Some((encoding, mark)) = bom(head) {
        return Written { encoding, mark, contradicted: false };
    }
    let plain = |encoding| Written { encoding, mark: 0, contradicted: false };
    match head {
        [b'<', 0, _, 0, ..] => return plain(UTF_16LE),
        [0, b'<', 0, _, ..] => return plain(UTF_16BE),
        _ => {}
    }
    let declared = declared(head).and_then(|label| Encoding::for_label(label.as_bytes()));
    let single = declared.is_some_and(Encoding::is_single_byte);
    if !single && declared.is_some_and(|d| d != UTF_8 && d != UTF_16LE && d != UTF_16BE) {
        return plain(declared.unwrap_or(UTF_8));
    }
    let encoding = match accents(head) {
        Accents::None => declared.filter(|_| single).unwrap_or(UTF_8),
        Accents::Utf8 => UTF_8,
        Accents::Other => declared.filter(|_| single).unwrap_or(WINDOWS_1252),
    };
    let said = if single { declared.unwrap_or(UTF_8) } else { UTF_8 };
    Written { encoding, mark: 0, contradicted: encoding != said }
}

/// What the signs over ASCII of a head are.
enum Accents {
    None,
    Utf8,
    Other,
}

/// UTF-8 when every sign is well formed and belongs to French text: `É»` in ISO-8859-1 is well formed too.
fn accents(head: &[u8]) -> Accents {
    if head.is_ascii() {
        return Accents::None;
    }
    let mut signs = 0;
    for chunk in head.utf8_chunks() {
        let french =
            |c: char| c.is_ascii() || ('\u{a0}'..'\u{180}').contains(&c) || c >= '\u{2000}';
        if !chunk.valid().chars().all(french) {
            return Accents::Other;
        }
        signs += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        // A sign cut by the end of the head is not one of another encoding.
        let cut = chunk.invalid().len() < 4 && head.ends_with(chunk.invalid());
        if !chunk.invalid().is_empty() && !cut {
            return Accents::Other;
        }
    }
    if signs > 0 { Accents::Utf8 } else { Accents::Other }
}

/// The `encoding` of the XML declaration, in lower case.
fn declared(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&head[..head.len().min(200)]).into_owned();
    let declaration = head.trim_start().strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let after = declaration.split("encoding").nth(1)?;
    let quoted = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    quoted[1..].split(quote).next().map(|name| name.trim().to_ascii_lowercase())
}

/// Decodes a piece of text announced as UTF-8; a byte that is not is read as windows-1252.
///
/// Gives the bytes not taken: the start of a sign whose end is in the next piece. `last` takes them all.
pub(super) fn utf8_into(bytes: &[u8], last: bool, out: &mut String) -> (usize, u64) {
    let mut taken = 0;
    let mut repaired = 0;
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        taken += chunk.valid().len();
        let invalid = chunk.invalid();
        let at_end = taken + invalid.len() == bytes.len();
        let cut = std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none());
        if !invalid.is_empty() && at_end && cut && !last {
            return (taken, repaired);
        }
        out.push_str(&WINDOWS_1252.decode_without_bom_handling(invalid).0);
        taken += invalid.len();
        repaired += invalid.len() as u64;
    }
    (taken, repaired)
}
