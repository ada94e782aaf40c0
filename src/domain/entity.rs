//! Who: SIREN and SIRET with their check digit, and the normal form of a supplier's name.
//!
//! A SIRET is 9 digits of SIREN and 5 of NIC; both pass the Luhn test, except the establishments of
//! La Poste (SIREN 356000000), whose digits add up to a multiple of 5.
//!
//! **Invariant:** reading never guesses a missing digit; two names with one normal form are one name
//! written twice, nothing more.

use std::fmt;

/// SIREN of La Poste, whose SIRETs follow their own rule.
const LA_POSTE: &[u8] = b"356000000";

/// A valid SIRET: 14 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Siret([u8; 14]);

/// A valid SIREN: 9 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Siren([u8; 9]);

impl Siret {
    /// Reads 14 digits, spaces allowed; `None` when the length or the check digit is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 14] = digits(text)?.try_into().ok()?;
        let postal = digits.starts_with(LA_POSTE)
            && digits.iter().map(|b| u32::from(b - b'0')).sum::<u32>().is_multiple_of(5);
        (postal || luhn(&digits)).then_some(Self(digits))
    }

    /// The 9 first digits.
    pub fn siren(&self) -> Siren {
        let mut out = [0; 9];
        out.copy_from_slice(&self.0[..9]);
        Siren(out)
    }

    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Siren {
    /// Reads 9 digits, spaces allowed; `None` when the length or the check digit is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 9] = digits(text)?.try_into().ok()?;
        luhn(&digits).then_some(Self(digits))
    }

    /// The 9 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Siret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Siren {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The digits of a text that holds only digits and blanks.
fn digits(text: &str) -> Option<Vec<u8>> {
    let kept: String =
        text.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}' && *c != '\u{202f}').collect();
    kept.bytes().all(|b| b.is_ascii_digit()).then(|| kept.into_bytes())
}

/// Luhn test on ASCII digits.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}

/// Legal forms and civilities that do not tell two suppliers apart.
const FORMS: [&str; 22] = [
    "SA",
    "SAS",
    "SASU",
    "SARL",
    "EURL",
    "SNC",
    "SCI",
    "SCP",
    "SELARL",
    "SEM",
    "SPL",
    "SCOP",
    "GIE",
    "GIP",
    "ETS",
    "STE",
    "SOCIETE",
    "ENTREPRISE",
    "MONSIEUR",
    "MADAME",
    "MME",
    "EIRL",
];

/// Normal form of a supplier's name: upper case without accents, signs or legal form, one space
/// between words. A name made only of legal forms keeps them.
pub fn normal_name(name: &str) -> String {
    let plain: String = name.chars().flat_map(fold).collect();
    let joined = plain.replace('.', "").replace('\'', " ");
    let words: Vec<&str> =
        joined.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let kept: Vec<&str> = words.iter().copied().filter(|w| !FORMS.contains(w)).collect();
    if kept.is_empty() { words.join(" ") } else { kept.join(" ") }
}

/// Upper case letter without its accent; other characters unchanged.
pub fn fold(c: char) -> Vec<char> {
    let upper: Vec<char> = c.to_uppercase().collect();
    upper
        .into_iter()
        .flat_map(|c| match c {
            'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => vec!['A'],
            'Ç' => vec!['C'],
            'È' | 'É' | 'Ê' | 'Ë' => vec!['E'],
            'Ì' | 'Í' | 'Î' | 'Ï' => vec!['I'],
            'Ñ' => vec!['N'],
            'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' => vec!['O'],
            'Ù' | 'Ú' | 'Û' | 'Ü' => vec!['U'],
            'Ÿ' | 'Ý' => vec!['Y'],
            'Œ' => vec!['O', 'E'],
            'Æ' => vec!['A', 'E'],
            '’' | 'ʼ' => vec!['\''],
            other => vec![other],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siret_needs_length_and_check_digit() {
        assert_eq!(
            Siret::parse("210 000 105 00010").map(|s| s.siren().to_string()).as_deref(),
            Some("210000105")
        );
        assert_eq!(Siret::parse("21000010500011"), None);
        assert_eq!(Siret::parse("2100001050001"), None);
        assert_eq!(Siret::parse("00000000000000"), None);
        assert_eq!(Siret::parse("2100001O500010"), None);
    }

    #[test]
    fn la_poste_has_its_own_rule() {
        assert!(Siret::parse("35600000000048").is_some());
        assert!(Siret::parse("35600000049837").is_some());
        assert!(Siret::parse("35600000049838").is_none());
    }

    #[test]
    fn names_lose_accents_signs_and_legal_forms() {
        assert_eq!(normal_name("S.A.R.L. L’Étoile & Fils"), "L ETOILE FILS");
        assert_eq!(normal_name("etoile  fils sarl"), "ETOILE FILS");
        assert_eq!(normal_name("SARL"), "SARL");
        assert_eq!(normal_name("Cœur"), "COEUR");
    }
}
