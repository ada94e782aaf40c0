//! Natural persons: what says that a payee is one, and what says that it is not.
//!
//! Five kinds of facts: dated lists of accounts by norm (`datasets/reference/personnes_comptes.csv`), the
//! civility, the legal nature (codes of the PES, `NatJur`, or INSEE categories), the legal form in the
//! name, a current first name beside a surname (`prenoms.csv`). Who weighs them is `frames::mask`.
//!
//! **Invariant:** the absence of a SIREN alone never makes a person.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::domain::account::Sens;
use crate::domain::free_text::{folded_words, is_common};

const COMPTES: &str = include_str!("../../datasets/reference/personnes_comptes.csv");

/// What a fact says of a payee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Avis {
    /// A natural person.
    Physique,
    /// A company, an association, a public body.
    Morale,
    /// Says nothing.
    Muet,
}

const PRENOMS: &str = include_str!("../../datasets/reference/prenoms.csv");
/// Trades that a business puts beside the name of its founder.
const METIERS: &str = "PEINTURE PEINTURES PLOMBERIE MENUISERIE MACONNERIE ELECTRICITE CHAUFFAGE COUVERTURE TOITURE \
     TOITURES CARRELAGE SERRURERIE TRAITEUR RESTAURANT HOTEL CAFE PNEUS MATERIAUX PAYSAGE PAYSAGES PAYSAGISTE \
     FLEURS COIFFURE TAXI TAXIS AUTO AUTOS AUTOMOBILES MOTOCULTURE CARS VOYAGES EDITIONS IMPRIMERIE ARCHITECTE \
     ARCHITECTES AVOCATS NOTAIRES CONSEILS INFORMATIQUE NETTOYAGE ESPACES VERTS ELAGAGE FORAGE TERRASSEMENT \
     PRODUCTION PRODUCTIONS SPECTACLES MUSIQUE THEATRE SPORT SPORTS PHOTO CREATION DESIGN FRERES FILS";
/// Words that begin a surname.
const PARTICULES: [&str; 12] =
    ["LE", "LA", "L", "DE", "DU", "DES", "D", "EL", "BEN", "VAN", "DA", "DOS"];
/// Words of a first name and a surname, at most.
const MOTS: usize = 5;

/// Accounts by which a norm pays, or bills, natural persons.
#[derive(Debug, Clone, Copy)]
struct Compte {
    norme: &'static str,
    prefixe: &'static str,
    de: u16,
    a: u16,
    sens: &'static str,
}

fn comptes() -> &'static [Compte] {
    static ROWS: OnceLock<Vec<Compte>> = OnceLock::new();
    ROWS.get_or_init(|| COMPTES.lines().skip(1).filter_map(parse_row).collect())
}

fn parse_row(line: &'static str) -> Option<Compte> {
    let mut cells = line.split(';');
    Some(Compte {
        norme: cells.next()?,
        prefixe: cells.next()?,
        de: cells.next()?.parse().ok()?,
        a: cells.next()?.parse().ok()?,
        sens: cells.next()?,
    })
}

/// True when `nature` pays natural persons that year. A norm not known is any norm; so is a year of 0.
pub fn pays_persons(nature: &str, sens: Sens, exercice: u16, norme: Option<&str>) -> bool {
    comptes().iter().any(|c| {
        nature.starts_with(c.prefixe)
            && c.sens.contains(sens.letter())
            && (exercice == 0 || (c.de..=c.a).contains(&exercice))
            && norme.is_none_or(|n| n == c.norme)
    })
}

/// What a legal nature says: code of the PES (`01` particuliers...), INSEE category (`1000`), or words.
pub fn of_legal_nature(text: &str) -> Avis {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        return match (text.len(), text) {
            (4, t) if t.starts_with('1') => Avis::Physique,
            (4, _) => Avis::Morale,
            (1 | 2, t) => match t.parse::<u8>() {
                Ok(1) => Avis::Physique,
                Ok(3..=11) => Avis::Morale,
                _ => Avis::Muet,
            },
            _ => Avis::Muet,
        };
    }
    let words = folded_words(text);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if has(&["PARTICULIER", "PARTICULIERS", "PHYSIQUE", "MENAGE", "MENAGES", "AGENT", "ELU"]) {
        Avis::Physique
    } else {
        of_words(&words)
    }
}

/// Civilities, folded.
const CIVILITES: [&str; 12] = [
    "M",
    "MR",
    "MM",
    "MME",
    "MMES",
    "MLLE",
    "MLLES",
    "MONSIEUR",
    "MADAME",
    "MADEMOISELLE",
    "MESSIEURS",
    "MESDAMES",
];

/// True for a civility, folded.
pub fn is_civility(word: &str) -> bool {
    CIVILITES.contains(&word)
}

/// What a column of civility says.
pub fn of_civility(text: &str) -> Avis {
    let words = folded_words(text);
    let civil = |w: &String| is_civility(w) || w == "ET" || w == "OU";
    if words.is_empty() || !words.iter().all(civil) { of_words(&words) } else { Avis::Physique }
}

/// Legal forms and words of bodies that are never a natural person.
const FORMES: &str = "SA SAS SASU SARL EURL SNC SCI SCP SCM SELARL SELAS SEM SEML SPL SCOP SCIC SCEA EARL GAEC \
     GIE GIP GCSMS EPIC EPA OPH OPHLM ASSOCIATION ASSO ASSOC AMICALE COMITE CLUB LIGUE FEDERATION UNION \
     FONDATION SYNDICAT SYNDICALE COMMUNE MAIRIE VILLE DEPARTEMENT REGION METROPOLE COMMUNAUTE CCAS CIAS EPCI \
     SIVOM SIVU SMICTOM SIVOS PREFECTURE ETAT MINISTERE DIRECTION TRESOR TRESORERIE DGFIP SGC DDFIP DRFIP \
     RECETTE URSSAF CNRACL IRCANTEC RAFP CNFPT CDG CNAS FIPHFP CAF CPAM CARSAT MSA CAISSE FONDS AGENCE \
     OFFICE REGIE BUDGET SOCIETE STE ETS ETABLISSEMENTS ETABLISSEMENT ENTREPRISE COMPAGNIE CIE GROUPE HOLDING \
     FRANCE BANQUE CREDIT ASSURANCE ASSURANCES MUTUELLE MUTUELLES PREVOYANCE COOPERATIVE ECOLE COLLEGE LYCEE \
     UNIVERSITE HOPITAL CLINIQUE CENTRE INSTITUT MAISON SERVICE SERVICES LIBRAIRIE BOULANGERIE PHARMACIE \
     GARAGE TRANSPORTS TRAVAUX BATIMENT GROUPEMENT CABINET LABORATOIRE COOP LTD LIMITED PLC INC GMBH LLC \
     COUNCIL TRUST COMPANY SERVICES OPERATEUR ENSEMBLE CONSEIL ACADEMIE RECTORAT POLE PAIE PAYE SALAIRES \
     PERSONNEL AGENTS DIVERS REGISSEUR RETRAITE ELUS TITULAIRES COLLECTIF";

fn of_words(words: &[String]) -> Avis {
    let form = |w: &String| FORMES.split_ascii_whitespace().any(|f| f == w);
    if words.iter().any(form) { Avis::Morale } else { Avis::Muet }
}

/// What a name says: a legal form, or a civility before a name (not before a function: `Mme la Maire`).
pub fn of_name(name: &str) -> Avis {
    let words = folded_words(&name.replace('.', " "));
    let alone = |pair: &[String]| {
        matches!(pair[0].as_str(), "AUTO" | "MICRO") && pair[1].starts_with("ENTREPRENEU")
            || pair[0].starts_with("ENTREPRENEU") && pair[1].starts_with("INDIVIDUEL")
    };
    let joined = |w: &String| w.starts_with("AUTOENTREPRENEU") || w.starts_with("MICROENTREPRENEU");
    if words.iter().any(joined) || words.windows(2).any(alone) {
        return Avis::Physique;
    }
    let dotless = folded_words(&name.replace('.', ""));
    let at = usize::from(words.first().is_some_and(|w| w == "EI"));
    let civil = words.get(at).is_some_and(|w| is_civility(w));
    let function =
        words.get(at + 1).is_none_or(|w| matches!(w.as_str(), "LE" | "LA" | "L" | "LES"));
    // `Mme Ville Agnès`: a civility and a first name say more than a surname that is also a word
    if civil && !function && words.len() <= MOTS && words.iter().any(|w| prenoms().contains(w)) {
        return Avis::Physique;
    }
    if of_words(&words) == Avis::Morale || of_words(&dotless) == Avis::Morale {
        return Avis::Morale;
    }
    if civil && !function { Avis::Physique } else { Avis::Muet }
}

/// Current first names, folded.
fn prenoms() -> &'static HashSet<String> {
    static NAMES: OnceLock<HashSet<String>> = OnceLock::new();
    NAMES.get_or_init(|| PRENOMS.lines().skip(1).flat_map(folded_words).collect())
}

/// True for a current first name beside words that are neither a trade nor a body: `DUPONT Sylviane`.
pub fn has_first_name(name: &str) -> bool {
    let words = folded_words(name);
    let letters = |w: &String| w.chars().all(char::is_alphabetic);
    (2..=MOTS).contains(&words.len())
        && words.iter().all(letters)
        && words.iter().any(|w| prenoms().contains(w))
        && !words
            .iter()
            .any(|w| is_common(w) && !prenoms().contains(w) && !PARTICULES.contains(&w.as_str()))
        && !words.iter().any(|w| METIERS.split_ascii_whitespace().any(|m| m == w))
        && of_words(&words) != Avis::Morale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_civility_and_a_first_name_win_over_a_word_of_a_body() {
        for person in ["Mme VILLE Agnès", "M. MAISON Pierre", "Durand auto-entrepreneur"] {
            assert_eq!(of_name(person), Avis::Physique, "{person}");
        }
        for body in ["Ville de Saint-Exemple", "SARL Mme Exemple", "Association Saint-Pierre"] {
            assert_eq!(of_name(body), Avis::Morale, "{body}");
        }
        assert_eq!(of_name("Mme la Maire"), Avis::Muet);
    }

    #[test]
    fn a_first_name_beside_a_surname_tells_a_person() {
        for name in ["DURANDIN Sylviane", "Yaël Témoin", "LE GOFF Jean-Pierre", "INVENTÉ Camille"]
        {
            assert!(has_first_name(name), "{name}");
        }
        for name in [
            "Sylviane",
            "PEINTURE DURANDIN Sylviane",
            "SARL MARTIN Paul",
            "Ecole Jules Ferry",
            "Électricité de Bretagne",
            "LOT 12 Camille",
            "Quincaillerie Trame",
        ] {
            assert!(!has_first_name(name), "{name}");
        }
    }

    #[test]
    fn the_table_parses_whole() {
        let rows = COMPTES.lines().skip(1).filter(|l| !l.is_empty()).count();
        assert_eq!(comptes().len(), rows);
        let known = |c: &Compte| ["M14", "M57", "M4"].contains(&c.norme) && c.de <= c.a;
        assert!(comptes().iter().all(known));
    }

    #[test]
    fn accounts_are_dated_and_by_norm() {
        assert!(pays_persons("64111", Sens::D, 2025, Some("M57")));
        assert!(pays_persons("65741", Sens::D, 2025, None));
        assert!(!pays_persons("65748", Sens::D, 2025, None));
        assert!(pays_persons("6574", Sens::D, 2020, Some("M14")));
        assert!(!pays_persons("6574", Sens::D, 2025, Some("M57")));
        assert!(pays_persons("7067", Sens::R, 2025, None));
        assert!(!pays_persons("7067", Sens::D, 2025, None));
        assert!(!pays_persons("6451", Sens::D, 2025, None));
        assert!(
            !pays_persons("6531", Sens::D, 2025, Some("M57")),
            "a title of M57, not an account"
        );
    }

    #[test]
    fn legal_natures_civilities_and_names() {
        for (text, avis) in [
            ("01", Avis::Physique),
            ("1", Avis::Physique),
            ("1000", Avis::Physique),
            ("5710", Avis::Morale),
            ("03", Avis::Morale),
            ("02", Avis::Muet),
            ("00", Avis::Muet),
            ("Particulier", Avis::Physique),
            ("Personne physique", Avis::Physique),
            ("association", Avis::Morale),
            ("", Avis::Muet),
        ] {
            assert_eq!(of_legal_nature(text), avis, "{text}");
        }
        for (text, avis) in [
            ("M.", Avis::Physique),
            ("Mme", Avis::Physique),
            ("M. et Mme", Avis::Physique),
            ("Société", Avis::Morale),
            ("", Avis::Muet),
        ] {
            assert_eq!(of_civility(text), avis, "{text}");
        }
        for (text, avis) in [
            ("Mme Exemple Camille", Avis::Physique),
            ("M. DUPONT", Avis::Physique),
            ("M.DUPONT", Avis::Physique),
            ("Madame la Directrice", Avis::Muet),
            ("DUPONT JEAN", Avis::Muet),
            ("S.A.R.L. Dupont", Avis::Morale),
            ("Mme Dupont SARL", Avis::Morale),
            ("Amicale des anciens", Avis::Morale),
            ("URSSAF", Avis::Morale),
        ] {
            assert_eq!(of_name(text), avis, "{text}");
        }
    }
}
