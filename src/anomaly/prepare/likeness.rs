//! Whether two names may be one payee: spellings alike, and persons that only look alike.
//!
//! `Yaël` and `Gaël` are one letter apart and two people. Two persons with a code of their own are two,
//! unless one name is the other written otherwise.
//! **Invariant:** says nothing that [`alike`] or the codes of the ledger do not say; symmetrical.

use super::words::name_key;
use crate::domain::person::{Avis, of_name};
use crate::stats::text::{fold, similarity};

/// Similarity of names from which two payees are one.
const ALIKE: f64 = 0.86;
/// Words of the name of a person, at most.
const PERSON_WORDS: usize = 5;

/// True when two normal names are taken for one: what TRS02 means by a visible link.
pub(crate) fn alike(a: &str, b: &str) -> bool {
    a == b || similarity(a, b) >= ALIKE
}

/// What is known of a name: a text that bears it, its codes of tiers and whether it has a SIRET.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    /// The name as written.
    pub(crate) text: &'a str,
    /// Codes of tiers, ascending.
    pub(crate) ids: &'a [(u32, u32, u32)],
    /// Some row gives a SIRET; nothing where no row of the ledger does.
    pub(crate) siret: Option<bool>,
}

impl Named<'_> {
    /// May be a natural person: a few words without a figure nor a legal form, and no SIRET where others have
    /// one, else a civility or a first name written as such.
    fn may_be_person(self) -> bool {
        let words = self.text.split_whitespace().count();
        let civil = match self.siret {
            Some(siret) => !siret,
            None => of_name(self.text) == Avis::Physique || is_surname_first(self.text),
        };
        civil
            && (2..=PERSON_WORDS).contains(&words)
            && !self.text.bytes().any(|b| b.is_ascii_digit())
            && of_name(self.text) != Avis::Morale
    }
}

/// `DURAND Marie`: capitals, then one word with a capital.
fn is_surname_first(text: &str) -> bool {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let first = words.pop().unwrap_or_default();
    let lower = |w: &str| w.chars().any(char::is_lowercase);
    lower(first) && first.starts_with(char::is_uppercase) && !words.iter().any(|w| lower(w))
}

/// True for two names of persons, each with its own codes, that no code links.
pub(crate) fn other_persons(a: Named<'_>, b: Named<'_>) -> bool {
    let apart = !a.ids.is_empty()
        && !b.ids.is_empty()
        && !a.ids.iter().any(|x| b.ids.iter().any(|y| x.1 == y.1));
    apart
        && name_key(&fold(a.text)) != name_key(&fold(b.text))
        && a.may_be_person()
        && b.may_be_person()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named<'a>(text: &'a str, ids: &'a [(u32, u32, u32)], siret: bool) -> Named<'a> {
        Named { text, ids, siret: Some(siret) }
    }

    #[test]
    fn persons_with_codes_of_their_own_are_two() {
        let (one, two) = ([(0, 1, 1)], [(1, 2, 9)]);
        assert!(other_persons(
            named("GABARIT Yaël", &one, false),
            named("GABARIT Gaël", &two, false)
        ));
        // one code, or none: a slip of the hand
        assert!(!other_persons(
            named("GABARIT Yaël", &one, false),
            named("GABARIT Gaël", &one, false)
        ));
        assert!(!other_persons(
            named("GABARIT Yaël", &[], false),
            named("GABARIT Gaël", &two, false)
        ));
        // words swapped: one name
        assert!(!other_persons(
            named("Yaël GABARIT", &one, false),
            named("GABARIT Yaël", &two, false)
        ));
    }

    #[test]
    fn without_any_siret_a_person_is_written_as_one() {
        let (one, two) = ([(0, 1, 1)], [(1, 2, 9)]);
        let bare = |text, ids| Named { text, ids, siret: None };
        assert!(other_persons(bare("DURAND Marie", &one), bare("DURAND Maria", &two)));
        assert!(other_persons(bare("Mme DURAND MARIE", &one), bare("Mme DURAND MARIA", &two)));
        assert!(!other_persons(bare("OAKWORTH HOMES", &one), bare("OAKWORTH HOME", &two)));
        assert!(!other_persons(bare("Oakworth Homes", &one), bare("Oakworth Home", &two)));
    }

    #[test]
    fn companies_keep_their_slips() {
        let (one, two) = ([(0, 1, 1)], [(1, 2, 9)]);
        let sarl = |t, ids| named(t, ids, false);
        assert!(!other_persons(sarl("SARL Maquete", &one), sarl("SARL Maquette", &two)));
        assert!(!other_persons(named("Maquete", &one, true), named("Maquette", &two, true)));
    }

    #[test]
    fn names_alike() {
        assert!(alike("MAQUETTE TRAVAUX", "MAQUETE TRAVAUX"));
        assert!(!alike("QUINCAILLERIE TRAME", "MULTISERVICES EXEMPLE DE LA GARE"));
    }
}
