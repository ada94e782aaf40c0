//! Names of files as they are shown: in reports, in `chemin#n`, on the terminal.
//!
//! A name comes from outside: it may hold line ends that forge a line of a report, signs that turn the text
//! round, bytes that are no UTF-8.
//!
//! **Invariant:** two different names are shown differently, on one line, left to right.

use std::ffi::OsStr;
use std::path::Path;

use encoding_rs::WINDOWS_1252;

/// A name of the system.
pub fn shown(name: &OsStr) -> String {
    shown_bytes(name.as_encoded_bytes())
}

/// A path, `/` between folders.
pub fn shown_path(path: &Path) -> String {
    shown(path.as_os_str())
}

/// A name in UTF-8, or else in windows-1252.
pub fn shown_bytes(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) => plain(text),
        Err(_) => plain(&WINDOWS_1252.decode_without_bom_handling(name).0),
    }
}

/// Control signs as their pictures, direction marks as `\u{…}`, `\` as `/`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push('/'),
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
            '\u{7f}' => out.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

/// The extension of a shown name, in lower case.
pub fn extension(nom: &str) -> Option<String> {
    Path::new(nom).extension().map(|e| e.to_string_lossy().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_stay_on_one_line() {
        assert_eq!(shown_bytes(b"a\nb.csv"), "a\u{240a}b.csv");
        assert_eq!(shown_bytes("été.csv".as_bytes()), "été.csv");
        assert_eq!(shown_bytes(b"\xe9t\xe9.csv"), "été.csv");
        assert_ne!(shown_bytes(b"\xe9.csv"), shown_bytes(b"\xe8.csv"));
        assert_eq!(shown_bytes(b"d\\a.csv"), "d/a.csv");
        assert_eq!(shown_bytes("a\u{202e}vsc.exe".as_bytes()), "a\\u{202e}vsc.exe");
        assert_eq!(extension("A.ZIP").as_deref(), Some("zip"));
    }
}
