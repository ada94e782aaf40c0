//! `Interner`: texts met for the first time go to one arena, the others give their code back.
//!
//! Codes are given in order of arrival while reading; [`Interner::finish`] sorts the texts and says
//! which new code replaces each old one, so that the result does not depend on that order.
//!
//! **Invariant:** a cell already seen allocates nothing; a finished dictionary is sorted, distinct and
//! holds no text that no row uses.

use std::hash::Hasher;

use rayon::slice::ParallelSliceMut;
use rustc_hash::FxHasher;

use crate::frames::ledger::{Dictionary, NO_TEXT};

/// Texts under construction. See the module documentation.
#[derive(Debug, Default)]
pub struct Interner {
    arena: Vec<u8>,
    ends: Vec<u32>,
    /// Open addressing: hash in the high half, code + 1 in the low half, 0 when free.
    slots: Vec<u64>,
    last: u32,
    full: bool,
}

/// Rows of texts above which sorting is shared between threads.
const PARALLEL: usize = 50_000;

impl Interner {
    /// Code of a text, new or known; [`NO_TEXT`] for an empty one.
    ///
    /// `text` is taken as it comes when it is clean UTF-8 without control signs; otherwise what
    /// [`clean_text`] makes of it is taken.
    pub fn intern(&mut self, text: &[u8]) -> u32 {
        self.code(text, false)
    }

    fn code(&mut self, text: &[u8], known_clean: bool) -> u32 {
        if text.is_empty() {
            return NO_TEXT;
        }
        if !self.ends.is_empty() && self.get(self.last) == text {
            return self.last;
        }
        if (self.ends.len() + 1) * 8 > self.slots.len() * 5 {
            self.grow();
        }
        let mut hasher = FxHasher::default();
        hasher.write(text);
        let hash = (hasher.finish() >> 32) as u32;
        let mask = self.slots.len() - 1;
        let mut i = hash as usize & mask;
        loop {
            let slot = self.slots[i];
            if slot == 0 {
                if known_clean || is_clean(text) {
                    return self.insert(text, hash, i);
                }
                return self.code(clean_text(text).as_bytes(), true);
            }
            if (slot >> 32) as u32 == hash {
                let code = slot as u32 - 1;
                if self.get(code) == text {
                    self.last = code;
                    return code;
                }
            }
            i = (i + 1) & mask;
        }
    }

    /// True when a text could not be held (4 GiB of distinct texts in one column).
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True without texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of the texts.
    pub fn bytes(&self) -> usize {
        self.arena.len()
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> &str {
        std::str::from_utf8(self.get(code)).expect("only clean UTF-8 is inserted")
    }

    /// All the texts one after the other; they are forgotten.
    pub fn take_bytes(&mut self) -> String {
        let bytes = std::mem::take(&mut self.arena);
        self.clear();
        String::from_utf8(bytes).expect("only clean UTF-8 is inserted")
    }

    /// Forgets the texts, keeps the memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.ends.clear();
        self.slots.fill(0);
        self.last = 0;
        self.full = false;
    }

    fn get(&self, code: u32) -> &[u8] {
        let i = code as usize;
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        &self.arena[start..self.ends[i] as usize]
    }

    fn insert(&mut self, text: &[u8], hash: u32, slot: usize) -> u32 {
        let Ok(end) = u32::try_from(self.arena.len() + text.len()) else {
            self.full = true;
            return NO_TEXT;
        };
        self.arena.extend_from_slice(text);
        self.ends.push(end);
        let code = self.ends.len() as u32;
        self.slots[slot] = u64::from(hash) << 32 | u64::from(code);
        self.last = code - 1;
        self.last
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        for slot in old.into_iter().filter(|s| *s != 0) {
            let mut i = (slot >> 32) as usize & (size - 1);
            while self.slots[i] != 0 {
                i = (i + 1) & (size - 1);
            }
            self.slots[i] = slot;
        }
    }

    /// The sorted dictionary of the texts that `codes` uses; `codes` is rewritten to match it.
    pub fn finish(mut self, codes: &mut [u32]) -> Dictionary {
        self.slots = Vec::new();
        let mut used = vec![false; self.ends.len()];
        for code in codes.iter().filter(|c| **c != NO_TEXT) {
            used[*code as usize] = true;
        }
        let mut order: Vec<(u64, u32)> = (0..self.ends.len() as u32)
            .filter(|c| used[*c as usize])
            .map(|c| (prefix(self.get(c)), c))
            .collect();
        let by_text = |a: &(u64, u32), b: &(u64, u32)| {
            a.0.cmp(&b.0).then_with(|| self.get(a.1).cmp(self.get(b.1)))
        };
        if order.len() > PARALLEL {
            order.par_sort_unstable_by(by_text);
        } else {
            order.sort_unstable_by(by_text);
        }
        let mut remap = vec![NO_TEXT; self.ends.len()];
        let bytes: usize = order.iter().map(|(_, c)| self.get(*c).len()).sum();
        let mut dictionary = Dictionary::with_capacity(order.len(), bytes);
        for (new, (_, old)) in order.iter().enumerate() {
            remap[*old as usize] = new as u32;
            let text = std::str::from_utf8(self.get(*old)).expect("only clean UTF-8 is inserted");
            dictionary.push(text);
        }
        drop(order);
        for code in codes.iter_mut().filter(|c| **c != NO_TEXT) {
            *code = remap[*code as usize];
        }
        dictionary
    }
}

/// First eight bytes as a number whose order is that of the bytes.
fn prefix(text: &[u8]) -> u64 {
    let mut head = [0; 8];
    let n = text.len().min(8);
    head[..n].copy_from_slice(&text[..n]);
    u64::from_be_bytes(head)
}

/// True for UTF-8 without control signs nor no-break spaces at its ends.
fn is_clean(text: &[u8]) -> bool {
    let plain = text.iter().all(|b| (0x20..0x7f).contains(b));
    if plain {
        return text[0] != b'=' && text[0] != b' ' && text[text.len() - 1] != b' ';
    }
    std::str::from_utf8(text).is_ok_and(|t| {
        !t.contains(char::is_control) && t.trim() == t && !t.starts_with(['=', '\u{feff}'])
    })
}

/// A cell as text: bytes that are not UTF-8 are read as windows-1252, control signs become spaces,
/// blanks at the ends and the `="…"` of spreadsheets go away.
pub fn clean_text(bytes: &[u8]) -> String {
    let text = decode(bytes);
    let text = text.trim().trim_start_matches('\u{feff}');
    let inner = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"'));
    let mut clean = String::with_capacity(text.len());
    for c in inner.unwrap_or(text).chars() {
        if !c.is_control() {
            clean.push(c);
        } else if !clean.ends_with(' ') && c != '\0' {
            clean.push(' ');
        }
    }
    // A formula is kept as text, after a sign that spreadsheets do not run.
    let clean = clean.trim();
    if clean.starts_with('=') { format!("\u{2019}{clean}") } else { clean.to_owned() }
}

/// UTF-8 as it is; otherwise each byte in windows-1252, the encoding of desktop exports.
pub fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    std::str::from_utf8(bytes).map_or_else(
        |_| {
            let one = |b: &u8| match b {
                0x80..=0x9f => HIGH[*b as usize - 0x80],
                _ => char::from(*b),
            };
            bytes.iter().map(one).collect::<String>().into()
        },
        Into::into,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn build(texts: &[Vec<u8>]) -> (Vec<u32>, Dictionary) {
        let mut interner = Interner::default();
        let mut codes: Vec<u32> = texts.iter().map(|t| interner.intern(t)).collect();
        let dictionary = interner.finish(&mut codes);
        (codes, dictionary)
    }

    #[test]
    fn codes_follow_the_order_of_texts() {
        let texts: Vec<Vec<u8>> =
            ["b", "", "a", "b", "ab"].iter().map(|t| t.as_bytes().to_vec()).collect();
        let (codes, dictionary) = build(&texts);
        assert_eq!(codes, [2, NO_TEXT, 0, 2, 1]);
        assert_eq!(dictionary.iter().collect::<Vec<_>>(), ["a", "ab", "b"]);
    }

    #[test]
    fn cells_are_cleaned() {
        for (raw, clean) in [
            (&b"caf\xe9"[..], "café"),
            (b"  a\r\nb ", "a b"),
            (b"=\"00123\"", "00123"),
            (b"\xc2\xa0x\xc2\xa0", "x"),
            (b"a\0b", "ab"),
            (b"l\x92eau", "l’eau"),
            (b"=1+1", "’=1+1"),
        ] {
            let (_, dictionary) = build(&[raw.to_vec()]);
            assert_eq!(dictionary.get(0), clean);
        }
        let (codes, _) = build(&[b"caf\xe9".to_vec(), "café".as_bytes().to_vec(), b" \t".to_vec()]);
        assert_eq!(codes, [0, 0, NO_TEXT]);
    }

    proptest! {
        #[test]
        fn every_text_is_found_again(texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..6), 0..400)) {
            let (codes, dictionary) = build(&texts);
            for (code, text) in codes.iter().zip(&texts) {
                prop_assert_eq!(dictionary.get(*code), clean_text(text));
            }
            let all: Vec<&str> = dictionary.iter().collect();
            prop_assert!(all.windows(2).all(|w| w[0] < w[1]));
        }
    }
}
