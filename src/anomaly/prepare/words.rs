//! Normal forms of what a clerk types: supplier names and invoice numbers, French and British habits.
//!
//! Takes raw texts, gives keys that do not change with case, accents, punctuation, legal form, word
//! order, leading zeros or a prefix such as `FA-` or `INV`.
//! **Invariant:** a key says "may be the same", never "is the same"; the raw text stays the reference.

use crate::stats::text::{fold, hash64, shape, token_set};

/// Legal forms and link words that do not identify a supplier.
const FORMS: [&str; 40] = [
    "SARL",
    "SAS",
    "SASU",
    "SA",
    "SCI",
    "SCP",
    "SNC",
    "EURL",
    "EI",
    "EIRL",
    "SCOP",
    "GIE",
    "STE",
    "SOCIETE",
    "ETS",
    "ETABLISSEMENTS",
    "ENTREPRISE",
    "ENT",
    "M",
    "MR",
    "MME",
    "MADAME",
    "MONSIEUR",
    "LTD",
    "LIMITED",
    "PLC",
    "LLP",
    "CO",
    "COMPANY",
    "INC",
    "THE",
    "ET",
    "AND",
    "DE",
    "DU",
    "DES",
    "LA",
    "LE",
    "LES",
    "UK",
];

/// Words that come before an invoice number without being part of it.
const PREFIXES: [&str; 12] =
    ["FACTURE", "FACT", "FAC", "FA", "FC", "F", "INVOICE", "INV", "IN", "NO", "NUM", "N"];

/// Key of a supplier name: words sorted, legal forms dropped.
pub fn name_key(folded: &str) -> String {
    token_set(folded, &FORMS)
}

/// An invoice number seen through its keys. 0 means "none".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Number {
    /// Key without punctuation, prefix word or leading zeros.
    pub key: u64,
    /// Key of the number once a suffix (`A`, `-1`, `/2`, `BIS`, `DUP`) is taken off; 0 without suffix.
    pub stem: u64,
    /// Shape of the raw text.
    pub shape: u64,
    /// Number of characters of the key (saturated).
    pub len: u8,
}

/// Reads an invoice number.
pub fn number(raw: &str) -> Number {
    let upper = raw.trim().to_ascii_uppercase();
    let key = number_key(&upper);
    if key.is_empty() {
        return Number::default();
    }
    Number {
        key: hash64(key.as_bytes()),
        stem: stem(&upper).map_or(0, |s| hash64(number_key(s).as_bytes())),
        shape: shape(raw),
        len: key.len().min(255) as u8,
    }
}

/// Letters and digits of an upper case number, without prefix word nor leading zeros; empty for a text
/// without any digit but 0 ("divers", "néant"), which numbers nothing.
pub fn number_key(upper: &str) -> String {
    let mut key: String = upper.chars().filter(char::is_ascii_alphanumeric).collect();
    loop {
        let rest = without_prefix(&key).trim_start_matches('0');
        let (rest, numbers) = (rest.len(), rest.bytes().any(|b| b.is_ascii_digit()));
        if rest == key.len() || !numbers {
            break;
        }
        key.drain(..key.len() - rest);
    }
    let none = key.bytes().all(|b| b == b'0') || !key.bytes().any(|b| b.is_ascii_digit());
    if none { String::new() } else { key }
}

/// `key` without a leading prefix word, when the whole leading run of letters starts with one.
fn without_prefix(key: &str) -> &str {
    let letters = key.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = &key[..letters];
    let whole = PREFIXES.iter().find(|p| word == **p);
    let start = || PREFIXES.iter().find(|p| p.len() >= 3 && word.starts_with(**p));
    whole.or_else(start).map_or(key, |prefix| &key[prefix.len()..])
}

/// The number before a suffix of re-issue, when there is one after a digit.
fn stem(upper: &str) -> Option<&str> {
    const SUFFIXES: [&str; 9] =
        ["DUPLICATA", "DUPLICATE", "COPIE", "COPY", "DUP", "BIS", "TER", "R", "A"];
    for suffix in SUFFIXES {
        if let Some(rest) = upper.strip_suffix(suffix) {
            let rest = rest.trim_end_matches(['-', '/', ' ', '.', '_', '(']);
            return rest.ends_with(|c: char| c.is_ascii_digit()).then_some(rest);
        }
    }
    let (rest, last) = upper.split_at_checked(upper.len().checked_sub(1)?)?;
    if last.ends_with(|c: char| c.is_ascii_digit()) {
        let cut = rest.strip_suffix(['-', '/', ' ', '.', '_'])?;
        return cut.ends_with(|c: char| c.is_ascii_alphanumeric()).then_some(cut);
    }
    let last_is_letter = last.ends_with(|c: char| matches!(c, 'B'..='Z'));
    let rest = rest.trim_end_matches(['-', '/', ' ', '.', '_']);
    (last_is_letter && rest.ends_with(|c: char| c.is_ascii_digit())).then_some(rest)
}

/// What two labels say of two payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// The same words.
    Same,
    /// Other words.
    Other,
    /// One of them announces a reminder or a copy.
    Reminder,
    /// The same words for two periods, two sites or two ranks ("loyer mars", "loyer avril").
    Series,
}

/// Compares two labels.
pub fn labels(a: &str, b: &str) -> Labels {
    let (a, b) = (fold(a), fold(b));
    if a == b {
        return Labels::Same;
    }
    if is_reminder(&a) != is_reminder(&b) {
        return Labels::Reminder;
    }
    let (p, q) = (unperiodic(&a), unperiodic(&b));
    if p == q && p.len() >= 4 { Labels::Series } else { Labels::Other }
}

/// True when a folded label announces a reminder or a copy rather than an invoice.
pub fn is_reminder(folded: &str) -> bool {
    const WORDS: [&str; 10] = [
        "RELANCE",
        "DUPLICATA",
        "RAPPEL",
        "COPIE",
        "MISE EN DEMEURE",
        "RELEVE DE COMPTE",
        "REMINDER",
        "DUPLICATE",
        "STATEMENT",
        "2EME ENVOI",
    ];
    WORDS.iter().any(|w| folded.contains(w))
}

/// True when a folded label speaks of part payments: advance, instalment, retained guarantee, balance.
pub fn is_part_payment(folded: &str) -> bool {
    const WORDS: [&str; 6] =
        ["ACOMPTE", "AVANCE", "RETENUE DE GARANTIE", "SOLDE", "SITUATION", "DECOMPTE"];
    WORDS.iter().any(|w| {
        folded.split(' ').any(|word| word == *w) || (w.contains(' ') && folded.contains(w))
    })
}

/// First of the things paid once that a rank tells: `Acompte n° 2` is `RANKED + 2`.
pub const RANKED: u8 = 10;

/// The rank of a numbered instalment: `Acompte n° 2`, `SITUATION 3`.
fn rank(folded: &str) -> Option<u8> {
    let mut words = folded.split(' ').skip_while(|w| !["ACOMPTE", "SITUATION"].contains(w));
    words.next()?;
    let rank: u8 =
        words.find(|w| !["N", "NO", "NUMERO", "DE", "TRAVAUX"].contains(w))?.parse().ok()?;
    (1..=200).contains(&rank).then_some(RANKED + rank)
}

/// What a contract pays once, when a folded label names it: retained guarantee, advance, final balance, an
/// instalment of a rank.
pub fn once(folded: &str) -> Option<u8> {
    const THINGS: [(&str, u8); 6] = [
        ("RETENUE DE GARANTIE", 0),
        ("RETENUE GARANTIE", 0),
        ("AVANCE FORFAITAIRE", 1),
        ("DECOMPTE GENERAL", 2),
        ("DECOMPTE FINAL", 2),
        ("SOLDE", 2),
    ];
    THINGS
        .iter()
        .find(|(words, _)| format!(" {folded} ").contains(&format!(" {words} ")))
        .map(|(_, thing)| *thing)
        .or_else(|| rank(folded))
}

/// A folded label without its digits, ordinals and names of periods.
fn unperiodic(folded: &str) -> String {
    const MONTHS: [&str; 47] = [
        "JANVIER",
        "FEVRIER",
        "MARS",
        "AVRIL",
        "MAI",
        "JUIN",
        "JUILLET",
        "AOUT",
        "SEPTEMBRE",
        "OCTOBRE",
        "NOVEMBRE",
        "DECEMBRE",
        "JANUARY",
        "FEBRUARY",
        "MARCH",
        "APRIL",
        "MAY",
        "JUNE",
        "JULY",
        "AUGUST",
        "SEPTEMBER",
        "OCTOBER",
        "NOVEMBER",
        "DECEMBER",
        "TRIMESTRE",
        "T",
        "S",
        "SEMESTRE",
        "ER",
        "ERE",
        "E",
        "EME",
        "IEME",
        "ND",
        "NDE",
        "PREMIER",
        "PREMIERE",
        "DEUXIEME",
        "SECOND",
        "SECONDE",
        "TROISIEME",
        "QUATRIEME",
        "I",
        "II",
        "III",
        "IV",
        "N",
    ];
    let words = folded.split(' ').map(|w| w.trim_matches(|c: char| c.is_ascii_digit()));
    words.filter(|w| !w.is_empty() && !MONTHS.contains(w)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_identity() {
        let key = |n: &str| name_key(&fold(n));
        assert_eq!(key("SARL Dupont & Fils"), key("DUPONT ET FILS"));
        assert_eq!(key("Smith and Sons Ltd."), key("SMITH & SONS LIMITED"));
        assert_ne!(key("Dupont Jean"), key("Dupont Jeanne"));
    }

    #[test]
    fn retyped_numbers_share_a_key() {
        for other in ["INV585050", "00585050", "IN-585050", "F585050", "585-050", "fact. 585050"] {
            assert_eq!(number(other).key, number("585050").key, "{other}");
        }
        assert_eq!(number("INVSIO/007120").key, number("SIO/007120").key);
        assert_ne!(number("585051").key, number("585050").key);
        assert_eq!(number("néant").key, number("").key);
        assert_eq!(number("0000"), Number::default());
    }

    #[test]
    fn suffixes_give_a_stem() {
        for other in ["4340A", "4340-1", "4340/2", "4340R", "4340bis", "4340DUP", "4340 B"] {
            assert_eq!(number(other).stem, number("4340").key, "{other}");
        }
        assert_eq!(number("4340").stem, 0);
    }

    #[test]
    fn labels_tell_series_from_reminders() {
        assert_eq!(labels("Loyer mars 2024", "LOYER AVRIL 2024"), Labels::Series);
        assert_eq!(labels("Fournitures", "fournitures"), Labels::Same);
        assert_eq!(labels("Facture 12", "Relance facture 12"), Labels::Reminder);
        assert_eq!(labels("Peinture école", "Toiture école"), Labels::Other);
        assert!(is_part_payment(&fold("Acompte n°2")));
        assert!(!is_part_payment(&fold("Soldes d'hiver")));
    }
}
