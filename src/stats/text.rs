//! Normal forms and distances of short texts: folding, tokens, one-slip equality, Jaro-Winkler.
//!
//! Takes `&str`, gives `String`, `u64` or numbers; knows no accounting word (lists of words to drop
//! are arguments). Jaro-Winkler: Winkler, *String comparator metrics* (1990), through `strsim`.
//! **Invariant:** pure functions of the text; hashes do not change from one run to the next.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// Upper case ASCII letters and digits of `text`, accents removed, words separated by one space;
/// `&` and `+` become the word `ET`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        match c {
            'a'..='z' => out.push(c.to_ascii_uppercase()),
            'A'..='Z' | '0'..='9' => out.push(c),
            '&' | '+' => push_word(&mut out, "ET"),
            '.' | '\'' | '’' => {} // S.A.R.L. is SARL, L'OREAL is LOREAL
            c if c.is_ascii() => push_word(&mut out, ""),
            c => match unaccented(c) {
                Some(letters) => out.push_str(letters),
                None => push_word(&mut out, ""),
            },
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Ends the current word and, when not empty, writes `word` as a word of its own.
fn push_word(out: &mut String, word: &str) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    if !word.is_empty() {
        out.push_str(word);
        out.push(' ');
    }
}

/// ASCII letters of an accented letter, upper case.
fn unaccented(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => "A",
        'ç' | 'Ç' => "C",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' => "E",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' => "I",
        'ñ' | 'Ñ' => "N",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'ø' | 'Ø' => "O",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' => "U",
        'ý' | 'ÿ' | 'Ý' | 'Ÿ' => "Y",
        'œ' | 'Œ' => "OE",
        'æ' | 'Æ' => "AE",
        'ß' => "SS",
        '°' | 'º' => "",
        _ => return None,
    })
}

/// Words of a folded text without those of `dropped`, sorted, joined by one space; all its words when
/// nothing else is left.
pub fn token_set(folded: &str, dropped: &[&str]) -> String {
    let mut words: Vec<&str> = folded.split(' ').filter(|w| !dropped.contains(w)).collect();
    if words.iter().all(|w| w.is_empty()) {
        words = folded.split(' ').collect();
    }
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// Stable 64-bit hash of bytes, never 0.
pub fn hash64(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    mix(hasher.finish()).max(1)
}

/// Spreads the bits of `x` (finaliser of splitmix64, a bijection).
pub fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Shape of a text: runs of digits become `9` and their length, runs of letters `A` and their length.
pub fn shape(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    let (mut class, mut run) = (0_u8, 0_u8);
    for b in text.bytes() {
        let c = match b {
            b'0'..=b'9' => b'9',
            b'A'..=b'Z' | b'a'..=b'z' => b'A',
            other => other,
        };
        if c == class {
            run = run.saturating_add(1);
        } else {
            hasher.write_u16(u16::from_be_bytes([class, run]));
            (class, run) = (c, 1);
        }
    }
    hasher.write_u16(u16::from_be_bytes([class, run]));
    mix(hasher.finish()).max(1)
}

/// The slip of the hand that turns one text into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// The same text.
    None,
    /// One character replaced, at this position of the first text.
    Replaced(usize),
    /// One character more or less, at this position of the shorter text.
    Inserted(usize),
    /// Two neighbours swapped, the first at this position.
    Swapped(usize),
}

/// The single slip between `a` and `b`; `None` when there are more.
pub fn one_slip(a: &[u8], b: &[u8]) -> Option<Slip> {
    if a.len().abs_diff(b.len()) > 1 {
        return None;
    }
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    if head == a.len() && head == b.len() {
        return Some(Slip::None);
    }
    let (ra, rb) = (&a[head..], &b[head..]);
    if a.len() == b.len() {
        if ra[1..] == rb[1..] {
            return Some(Slip::Replaced(head));
        }
        let swapped = ra.len() > 1 && ra[0] == rb[1] && ra[1] == rb[0] && ra[2..] == rb[2..];
        return swapped.then_some(Slip::Swapped(head));
    }
    let (long, short) = if a.len() > b.len() { (ra, rb) } else { (rb, ra) };
    (long[1..] == *short).then_some(Slip::Inserted(head))
}

/// Jaro-Winkler similarity, 0 to 1.
pub fn similarity(a: &str, b: &str) -> f64 {
    strsim::jaro_winkler(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_removes_case_accents_and_points() {
        assert_eq!(
            fold("  Société d'Électricité  & Fils, S.A.R.L."),
            "SOCIETE DELECTRICITE ET FILS SARL"
        );
        assert_eq!(fold("Œuvre"), "OEUVRE");
        assert_eq!(fold("***"), "");
    }

    #[test]
    fn token_sets_ignore_order_and_dropped_words() {
        assert_eq!(token_set("DUPONT SARL JEAN", &["SARL"]), token_set("JEAN DUPONT", &["SARL"]));
        assert_eq!(token_set("SARL", &["SARL"]), "SARL");
    }

    #[test]
    fn slips() {
        assert_eq!(one_slip(b"1234", b"1234"), Some(Slip::None));
        assert_eq!(one_slip(b"1234", b"1834"), Some(Slip::Replaced(1)));
        assert_eq!(one_slip(b"1234", b"124"), Some(Slip::Inserted(2)));
        assert_eq!(one_slip(b"1234", b"1324"), Some(Slip::Swapped(1)));
        assert_eq!(one_slip(b"1234", b"4321"), None);
        assert_eq!(one_slip(b"", b"1"), Some(Slip::Inserted(0)));
    }

    #[test]
    fn shapes_tell_formats_apart() {
        assert_eq!(shape("FA-2024"), shape("AB-1999"));
        assert_ne!(shape("FA-2024"), shape("FA2024"));
        assert_ne!(shape("12"), shape("123"));
    }
}
