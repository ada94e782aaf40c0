//! Identifiers and names of fictitious people and companies: keys are right, owners do not exist.
//!
//! SIREN are taken in a range starting with 999; banks have the code 99999. Names are made of words
//! that say they are examples.
//!
//! **Invariant:** a generated SIRET passes Luhn, a generated IBAN passes modulo 97.

use crate::demo::rng::mix;

const WORDS: [&str; 24] = [
    "Exemple",
    "Modèle",
    "Spécimen",
    "Fictif",
    "Gabarit",
    "Maquette",
    "Prototype",
    "Canevas",
    "Ébauche",
    "Esquisse",
    "Croquis",
    "Patron",
    "Brouillon",
    "Échantillon",
    "Imaginaire",
    "Inventé",
    "Factice",
    "Virtuel",
    "Témoin",
    "Essai",
    "Trame",
    "Calque",
    "Archétype",
    "Illustration",
];
const FORMS: [&str; 5] = ["SARL", "SAS", "EURL", "SA", "et Cie"];
const PLACES: [&str; 16] = [
    "",
    "du Nord",
    "de l'Est",
    "des Rives",
    "du Plateau",
    "de la Gare",
    "du Port",
    "des Halles",
    "du Vallon",
    "de la Plaine",
    "du Pont",
    "des Tilleuls",
    "du Canal",
    "de la Côte",
    "du Lac",
    "des Remparts",
];
const FIRST_NAMES: [&str; 24] = [
    "Camille",
    "Dominique",
    "Claude",
    "Sacha",
    "Alix",
    "Charlie",
    "Maxence",
    "Noa",
    "Lou",
    "Eden",
    "Ange",
    "Morgan",
    "Andréa",
    "Gaël",
    "Yaël",
    "Céleste",
    "Maé",
    "Loan",
    "Swann",
    "Élie",
    "Jessy",
    "Armel",
    "Kim",
    "Stéphane",
];
const CLUBS: [&str; 16] = [
    "Club de judo",
    "Comité des fêtes",
    "Chorale",
    "Football club",
    "Amicale laïque",
    "Club de lecture",
    "Tennis club",
    "Compagnie de théâtre",
    "Cercle de généalogie",
    "Club de pétanque",
    "Jardins partagés",
    "Harmonie municipale",
    "Handball club",
    "Photo club",
    "Aînés ruraux",
    "Escalade club",
];

/// A payee or a payer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tiers {
    /// Code in the finance software.
    pub id: String,
    /// Name.
    pub nom: String,
    /// SIRET, empty for persons.
    pub siret: String,
    /// IBAN, empty when unknown.
    pub iban: String,
    /// Usual size of its invoices, thousandths of the mean of its trade.
    pub niveau: i64,
    /// Hash that fixes its habits (style of invoice numbers, days).
    pub habitude: u64,
}

/// Kind of payee of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genre {
    /// Company.
    Societe,
    /// Association.
    Association,
    /// Natural person.
    Personne,
}

/// Luhn key of a string of digits, the digit to append.
pub fn luhn_key(digits: &str) -> u8 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b.wrapping_sub(b'0'));
            if i % 2 == 0 { if d > 4 { 2 * d - 9 } else { 2 * d } } else { d }
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// A SIREN of the fictitious range; `body` is taken modulo 100 000.
pub fn siren(body: u64) -> String {
    let stem = format!("999{:05}", body % 100_000);
    format!("{stem}{}", luhn_key(&stem))
}

/// The SIRET of an establishment (`rank` from 1) of a SIREN.
pub fn siret(siren: &str, rank: u64) -> String {
    let stem = format!("{siren}{:04}", rank % 10_000);
    format!("{stem}{}", luhn_key(&stem))
}

/// A fictitious French IBAN with right RIB and IBAN keys.
pub fn iban(number: u64) -> String {
    let (bank, branch, account) = (99_999_u64, number % 90_000 + 1, mix(number) % 100_000_000_000);
    let key = 97 - (89 * bank + 15 * branch + 3 * account) % 97;
    let bban = format!("{bank:05}{branch:05}{account:011}{key:02}");
    let check = 98 - mod97(&format!("{bban}152700"));
    format!("FR{check:02}{bban}")
}

/// A number written in decimal, modulo 97.
pub fn mod97(digits: &str) -> u64 {
    digits.bytes().fold(0, |rest, b| (rest * 10 + u64::from(b.wrapping_sub(b'0'))) % 97)
}

/// Name of the `rank`-th payee of a trade.
pub fn name(genre: Genre, trade: &str, salt: usize, rank: usize) -> String {
    match genre {
        Genre::Societe => company(trade, salt, rank),
        Genre::Association => association(rank),
        Genre::Personne => person(salt, rank),
    }
}

fn company(trade: &str, salt: usize, rank: usize) -> String {
    let word = WORDS[(rank + salt * 5) % WORDS.len()];
    let form = FORMS[(rank + rank / WORDS.len() + salt) % FORMS.len()];
    let place = PLACES[(rank / WORDS.len()) % PLACES.len()];
    let round = rank / (WORDS.len() * PLACES.len());
    let mut name = format!("{trade} {word}");
    if !place.is_empty() {
        name.push(' ');
        name.push_str(place);
    }
    if round > 0 {
        return format!("{name} {} {form}", round + 1);
    }
    format!("{name} {form}")
}

fn association(rank: usize) -> String {
    let club = CLUBS[rank % CLUBS.len()];
    let word = WORDS[(rank / CLUBS.len() + rank) % WORDS.len()];
    let round = rank / (CLUBS.len() * WORDS.len());
    if round == 0 { format!("{club} {word}") } else { format!("{club} {word} {}", round + 1) }
}

fn person(salt: usize, rank: usize) -> String {
    let first = FIRST_NAMES[(rank + salt) % FIRST_NAMES.len()];
    let word = WORDS[(rank / FIRST_NAMES.len() + rank * 7 + salt) % WORDS.len()];
    let round = rank / (FIRST_NAMES.len() * WORDS.len());
    let last = if round == 0 {
        word.to_uppercase()
    } else {
        format!("{}-{}", word.to_uppercase(), WORDS[round % WORDS.len()].to_uppercase())
    };
    let more = round / WORDS.len();
    if more == 0 { format!("{last} {first}") } else { format!("{last} {first} {}", more + 1) }
}

/// The `rank`-th payee of a trade; `number` is unique in the commune.
pub fn tiers(genre: Genre, trade: &str, salt: usize, rank: usize, number: u64) -> Tiers {
    let is_person = genre == Genre::Personne;
    let letter = if is_person { 'P' } else { 'F' };
    Tiers {
        id: format!("{letter}{number:05}"),
        nom: name(genre, trade, salt, rank),
        siret: if is_person { String::new() } else { siret(&siren(number), 1) },
        iban: iban(number),
        niveau: 1000,
        habitude: mix(number ^ 0x5a17),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn luhn_ok(text: &str) -> bool {
        let (stem, key) = text.split_at(text.len() - 1);
        key == luhn_key(stem).to_string()
    }

    #[test]
    fn luhn_key_of_known_numbers() {
        assert_eq!(luhn_key("7992739871"), 3);
        assert!(luhn_ok("99900001100018"));
        assert!(luhn_ok("210000105") && luhn_ok("21000010500010"));
    }

    #[test]
    fn generated_keys_are_right() {
        for n in (0..100_000).step_by(97) {
            let siren = siren(n);
            assert!(siren.starts_with("999") && siren.len() == 9 && luhn_ok(&siren));
            assert!(luhn_ok(&siret(&siren, n)));
            let iban = iban(n);
            assert_eq!(iban.len(), 27);
            assert_eq!(mod97(&format!("{}1527{}", &iban[4..], &iban[2..4])), 1, "{iban}");
            let part = |a: usize, b: usize| iban[a..b].parse::<u64>().unwrap_or(0);
            assert_eq!(
                (89 * part(4, 9) + 15 * part(9, 14) + 3 * part(14, 25) + part(25, 27)) % 97,
                0
            );
        }
    }

    #[test]
    fn names_are_distinct_inside_a_trade() {
        for genre in [Genre::Societe, Genre::Association, Genre::Personne] {
            let names: BTreeSet<String> = (0..5000).map(|r| name(genre, "Voirie", 3, r)).collect();
            assert_eq!(names.len(), 5000, "{genre:?}");
        }
    }
}
