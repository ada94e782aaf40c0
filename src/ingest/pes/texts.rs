//! The texts of a PES by level (document, bordereau, pièce, tiers, ligne), and what is drawn from them.
//!
//! **Invariant:** a NIR (social security number) is never kept; an IBAN made from a RIB is exact.

use crate::frames::ledger::{TEXTS, TextKey};

/// Canonical texts of one level.
#[derive(Debug, Default)]
pub(super) struct Texts([String; TEXTS]);

impl Texts {
    pub(super) fn set(&mut self, key: TextKey, value: &str) {
        let slot = &mut self.0[key as usize];
        slot.clear();
        slot.push_str(value.trim());
    }

    /// Sets what is still empty.
    pub(super) fn or(&mut self, key: TextKey, value: &str) {
        if self.get(key).is_empty() {
            self.set(key, value);
        }
    }

    pub(super) fn get(&self, key: TextKey) -> &str {
        &self.0[key as usize]
    }
}

/// The texts of a row: the first level that says something.
pub(super) fn layered<'t>(levels: &[&'t Texts]) -> [&'t [u8]; TEXTS] {
    std::array::from_fn(|key| {
        levels.iter().map(|l| l.0[key].as_bytes()).find(|t| !t.is_empty()).unwrap_or_default()
    })
}

/// Payee or payer of a line, as written.
#[derive(Debug, Default)]
pub(super) struct Tiers {
    id: String,
    nature_id: String,
    reference: String,
    nom: String,
    complement: String,
    prenom: String,
    nat_jur: String,
    civilite: String,
    iban: String,
    rib: [String; 4],
}

/// Length at which `Nom` is cut, and continued in `ComplNom`.
const NOM: usize = 38;

impl Tiers {
    /// Takes a leaf of `InfoTiers` or of the bank details.
    pub(super) fn leaf(&mut self, name: &str, value: &str) {
        let slot = match name {
            "IdTiers" => &mut self.id,
            "NatIdTiers" => &mut self.nature_id,
            "RefTiers" => &mut self.reference,
            "Nom" => &mut self.nom,
            "ComplNom" => &mut self.complement,
            "Prenom" => &mut self.prenom,
            "NatJur" => &mut self.nat_jur,
            "Civilite" => &mut self.civilite,
            "IBAN" => &mut self.iban,
            "CodeEtab" => &mut self.rib[0],
            "CodeGuic" => &mut self.rib[1],
            "IdCpte" => &mut self.rib[2],
            "CleRib" => &mut self.rib[3],
            _ => return,
        };
        value.trim().clone_into(slot);
    }

    /// Its canonical texts.
    pub(super) fn texts(&self) -> Texts {
        let mut texts = Texts::default();
        let digits: String = self.id.chars().filter(|c| !c.is_whitespace()).collect();
        // 04 is the NIR of a natural person
        let named = self.nature_id != "04";
        let is_siret = digits.len() == 14 && digits.bytes().all(|b| b.is_ascii_digit());
        if named && is_siret && matches!(self.nature_id.as_str(), "" | "01") {
            texts.set(TextKey::Siret, &digits);
        }
        texts.set(TextKey::TiersId, &self.reference);
        if named && !is_nir(&digits) {
            texts.or(TextKey::TiersId, &digits);
        }
        texts.set(TextKey::TiersNom, &self.whole_name());
        texts.set(TextKey::NatureJuridique, &self.nat_jur);
        texts.set(TextKey::Civilite, &self.civilite);
        let iban: String = self.iban.chars().filter(char::is_ascii_alphanumeric).collect();
        texts.set(TextKey::Iban, &iban.to_ascii_uppercase());
        if iban.is_empty()
            && let Some(made) = iban_of_rib(&self.rib)
        {
            texts.set(TextKey::Iban, &made);
        }
        texts
    }

    fn whole_name(&self) -> String {
        if !self.prenom.is_empty() {
            return format!("{} {}", self.nom, self.prenom);
        }
        let cut = self.nom.chars().count() >= NOM && !self.complement.is_empty();
        if cut { format!("{} {}", self.nom, self.complement) } else { self.nom.clone() }
    }
}

/// 13 or 15 digits that start as a NIR does.
fn is_nir(text: &str) -> bool {
    matches!(text.len(), 13 | 15)
        && text.starts_with(['1', '2'])
        && text.bytes().all(|b| b.is_ascii_digit())
}

/// The IBAN of a French RIB (bank, branch, account, key); `None` when a part is missing or misshapen.
fn iban_of_rib(rib: &[String; 4]) -> Option<String> {
    let part = |text: &str, width: usize| -> Option<String> {
        let kept: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let fits = !kept.is_empty()
            && kept.len() <= width
            && kept.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| format!("{:0>width$}", kept.to_ascii_uppercase()))
    };
    let bban =
        [part(&rib[0], 5)?, part(&rib[1], 5)?, part(&rib[2], 11)?, part(&rib[3], 2)?].concat();
    let rest = format!("{bban}FR00").bytes().fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    Some(format!("FR{:02}{bban}", 98 - rest))
}

/// Words that announce the number of an invoice.
const ANNOUNCES: [&str; 6] = ["FACT", "FACTURE", "FACTURES", "FAC", "FCT", "FRE"];

/// The number of an invoice in a free text: `FACT 15-08-0764`, `Facture n° F-12`, `15-08-0764 Facture`.
pub(super) fn facture(text: &str) -> Option<&str> {
    let trim = |word: &'_ str| -> (usize, usize) {
        let kept =
            word.trim_matches(|c: char| matches!(c, '.' | ':' | ',' | ';' | '(' | ')' | '°' | 'º'));
        (kept.as_ptr() as usize - word.as_ptr() as usize, kept.len())
    };
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|w| {
            let (at, len) = trim(w);
            &w[at..at + len]
        })
        .filter(|w| !w.is_empty())
        .collect();
    let at = words.iter().position(|w| ANNOUNCES.iter().any(|a| w.eq_ignore_ascii_case(a)))?;
    let marks = ["N", "NO", "NUM", "NUMERO", "NUMÉRO", "NR"];
    let after = words[at + 1..].iter().find(|w| !marks.iter().any(|m| w.eq_ignore_ascii_case(m)));
    let digits = |w: &str| w.bytes().filter(u8::is_ascii_digit).count();
    let is_date = |w: &str| w.split(['/', '.']).count() == 3 && w.len() >= 8 && !w.contains('-');
    let follows = after
        .map(|w| w.strip_prefix("N°").or_else(|| w.strip_prefix("n°")).unwrap_or(w))
        .filter(|w| digits(w) >= 1 && w.len() >= 2 && !is_date(w));
    let before = at.checked_sub(1).map(|i| words[i]).filter(|w| digits(w) >= 4 && !is_date(w));
    follows.or(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invoice_numbers_in_free_texts() {
        for (text, number) in [
            ("EA 102 FACT 15-08-0764", Some("15-08-0764")),
            ("15-08-0764 Facture", Some("15-08-0764")),
            ("Facture n° FA25000123", Some("FA25000123")),
            ("Fourniture FACT. N°4471, mars", Some("4471")),
            ("FACT DU 12/03/2025", None),
            ("FACT 12/03/2025", None),
            ("TEST HOMOLOGATION", None),
            ("FACTURE", None),
            ("", None),
        ] {
            assert_eq!(facture(text), number, "{text}");
        }
    }

    #[test]
    fn rib_to_iban() {
        let rib = ["30003", "01702", "00020104125", "21"].map(str::to_owned);
        assert_eq!(iban_of_rib(&rib).as_deref(), Some("FR7630003017020002010412521"));
        let letters = ["20041", "01005", "0500013M026", "06"].map(str::to_owned);
        assert_eq!(iban_of_rib(&letters).as_deref(), Some("FR1420041010050500013M02606"));
        let missing = ["20041", "", "0500013M026", "06"].map(str::to_owned);
        assert_eq!(iban_of_rib(&missing), None);
    }

    #[test]
    fn what_is_kept_of_a_person() {
        let mut tiers = Tiers::default();
        for (name, value) in [
            ("IdTiers", "1850134123456"),
            ("NatIdTiers", "04"),
            ("NatJur", "01"),
            ("Civilite", "MME"),
            ("Nom", "EXEMPLE"),
            ("Prenom", "CAMILLE"),
        ] {
            tiers.leaf(name, value);
        }
        let texts = tiers.texts();
        assert_eq!(texts.get(TextKey::TiersId), "");
        assert_eq!(texts.get(TextKey::TiersNom), "EXEMPLE CAMILLE");
        assert_eq!(
            (texts.get(TextKey::NatureJuridique), texts.get(TextKey::Civilite)),
            ("01", "MME")
        );
    }
}
