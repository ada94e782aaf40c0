//! Stable pseudonyms: HMAC-SHA-256 of a normal form under the key of the commune, and IBANs without their
//! middle.
//!
//! The key comes from `[vie_privee] cle`,
//! drawn by `vigie init`; without a key every person has the same label.
//!
//! **Invariant:** nothing here gives a name or an IBAN back; the key is never written to a result.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What stands for a natural person when there is no key.
pub const SANS_CLE: &str = "personne physique";
/// Signs of pseudonyms and keys: no letter that looks like a digit.
const SIGNES: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The secret of the pseudonyms.
#[derive(Clone, PartialEq, Eq)]
pub struct Cle(Vec<u8>);

impl fmt::Debug for Cle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cle(…)")
    }
}

impl Cle {
    /// A key from its text in `vigie.toml`.
    pub fn new(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    /// HMAC-SHA-256 of a message.
    fn hmac(&self, message: &[u8]) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.chain_update(message).finalize().into_bytes().into()
    }

    /// `n` signs that stand for a text of a kind, the same for the same key.
    fn code(&self, kind: &str, text: &str, n: usize) -> String {
        let hash = self.hmac(format!("{kind}\0{text}").as_bytes());
        signs(&hash[..n])
    }
}

/// One sign a byte.
fn signs(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(SIGNES[usize::from(*b) % SIGNES.len()])).collect()
}

/// The text of a key drawn from 40 random bytes: 200 bits.
pub fn key_text(random: &[u8; 40]) -> String {
    signs(random)
}

/// What stands for a natural person; `normal` is the normal form of the name.
pub fn person(cle: Option<&Cle>, normal: &str) -> String {
    cle.map_or_else(
        || SANS_CLE.to_owned(),
        |cle| format!("personne {}", cle.code("personne", normal, 8)),
    )
}

/// What stands for the number of a natural person in some register; empty without a key.
pub fn number(cle: Option<&Cle>, number: &str) -> String {
    cle.map_or_else(String::new, |cle| format!("P-{}", cle.code("numero", number, 8)))
}

/// An IBAN as it may be shown: country and key, then the last four signs.
pub fn iban_shown(iban: &str) -> String {
    let compact: String = iban.chars().filter(|c| c.is_alphanumeric()).collect();
    let head: String = compact.chars().take(4).collect();
    let country = head.len() == 4
        && head.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && head.bytes().skip(2).all(|b| b.is_ascii_digit());
    let count = compact.chars().count();
    if count < 10 {
        return "••••".to_owned();
    }
    let tail: String = compact.chars().skip(count - 4).collect();
    if country { format!("{head} •••• {tail}") } else { format!("•••• {tail}") }
}

/// An IBAN as it is written to tables: as shown, and its keyed hash.
pub fn iban_written(cle: Option<&Cle>, iban: &str) -> String {
    let shown = iban_shown(iban);
    let compact: String = iban.chars().filter(|c| c.is_alphanumeric()).collect();
    match cle {
        Some(cle) => format!("{shown} #{}", cle.code("iban", &compact.to_uppercase(), 10)),
        None => shown,
    }
}

/// Length of the IBANs of each country of the registry.
const LONGUEURS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 \
     EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 \
     KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 \
     QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

/// True for an IBAN: a country of the registry, the length of its IBANs, the right remainder (97).
pub fn is_iban(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    let shape = (15..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    let known = |entry: &str| {
        entry[..2].eq_ignore_ascii_case(&compact[..2]) && entry[2..].parse() == Ok(bytes.len())
    };
    if !shape || !LONGUEURS.split_ascii_whitespace().any(known) {
        return false;
    }
    let turned = bytes[4..].iter().chain(&bytes[..4]);
    let rest = turned.fold(0_u32, |rest, b| {
        let value = char::from(*b).to_digit(36).unwrap_or(0);
        if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 }
    });
    rest == 1
}

/// True for a French account number without its country (RIB): 23 signs whose key is right.
pub fn is_rib(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    if bytes.len() != 23 || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    // Letters stand for digits of their own table; the whole is a multiple of 97.
    digits(0..10) && digits(21..23) && {
        let value = |b: &u8| match b.to_ascii_uppercase() {
            d @ b'0'..=b'9' => u64::from(d - b'0'),
            l @ b'A'..=b'I' => u64::from(l - b'A') + 1,
            l @ b'J'..=b'R' => u64::from(l - b'J') + 1,
            l => u64::from(l.saturating_sub(b'S')) + 2,
        };
        bytes.iter().fold(0, |rest, b| (rest * 10 + value(b)) % 97) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, b| text + &format!("{b:02x}"))
    }

    /// RFC 4231, cases 2 and 6.
    #[test]
    fn hmac_of_the_reference() {
        assert_eq!(
            hex(&Cle::new("Jefe").hmac(b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&Cle(vec![0xaa; 131])
                .hmac(b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn one_name_one_pseudonym_under_one_key() {
        let (a, b) = (Cle::new("a clef qui compte au moins 32 signes"), Cle::new("b"));
        assert_eq!(person(Some(&a), "DUPONT JEAN"), person(Some(&a), "DUPONT JEAN"));
        assert_ne!(person(Some(&a), "DUPONT JEAN"), person(Some(&b), "DUPONT JEAN"));
        assert_ne!(person(Some(&a), "DUPONT JEAN"), person(Some(&a), "DUPONT JEANNE"));
        assert_eq!(person(None, "DUPONT JEAN"), SANS_CLE);
        assert_eq!(key_text(&[7; 40]).len(), 40);
        assert_eq!(format!("{a:?}"), "Cle(…)");
    }

    #[test]
    fn ibans_keep_their_ends() {
        assert_eq!(iban_shown("FR7630006000011234567890189"), "FR76 •••• 0189");
        assert_eq!(iban_shown("FR76 3000 6000 0112 3456 7890 189"), "FR76 •••• 0189");
        assert_eq!(iban_shown("30006000011234567890189"), "•••• 0189");
        assert_eq!(iban_shown("123"), "••••");
        assert!(is_iban("FR7630006000011234567890189") && is_iban("GB82WEST12345698765432"));
        assert!(!is_iban("FR7630006000011234567890188") && !is_iban("FR76"));
        assert!(!is_iban("FA250012345601234") && !is_iban("é123456789012345"));
        assert!(is_rib("30006000011234567890189") && is_rib("20041010050500013M02606"));
        assert!(!is_rib("30006000011234567890188") && !is_rib("3000600001123456789018"));
        let cle = Cle::new("clef");
        let written = iban_written(Some(&cle), "FR7630006000011234567890189");
        assert!(written.starts_with("FR76 •••• 0189 #") && !written.contains("3000"));
    }
}
