//! Accounts and the words that place them: sens, section, real or order movement.
//!
//! Takes nothing from other rooms; `frames` re-exports these enums so that every room speaks of them
//! with the same types.
//!
//! **Invariant:** an account is text (`001` is not 1); nothing here knows a chart of accounts.

use std::fmt;

use serde::Serialize;

/// Direction of a line or of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sens {
    /// Dépense.
    D,
    /// Recette.
    R,
}

impl Sens {
    /// `D` or `R`.
    pub fn letter(self) -> &'static str {
        match self {
            Self::D => "D",
            Self::R => "R",
        }
    }
}

/// Section of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Section {
    /// Fonctionnement.
    F,
    /// Investissement.
    I,
}

impl Section {
    /// `F` or `I`.
    pub fn letter(self) -> &'static str {
        match self {
            Self::F => "F",
            Self::I => "I",
        }
    }
}

/// Real or order movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ordre {
    /// Real or mixed (`OpBudg` 0).
    Reel,
    /// Order inside a section (041, 043; `TypOpBudg` 1).
    Interne,
    /// Order between sections (040, 042, 021, 023; `TypOpBudg` 2).
    EntreSections,
}

/// True for an account whose credit may be below zero in a budget primitif: accrued interest is the gap of
/// two years (66112, instruction M57).
pub fn may_be_negative(nature: &str) -> bool {
    nature.starts_with("66112")
}

/// How the chapitre of a line was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrigineChapitre {
    /// Exact account in the chart of the norm and exercice.
    Plan,
    /// Chart of the nearest exercice or sibling declination.
    PlanVoisin,
    /// Longest known prefix of the account.
    Prefixe,
    /// Section written in the document, or first digits.
    Secours,
}

impl OrigineChapitre {
    /// French words for a report.
    pub fn words(self) -> &'static str {
        match self {
            Self::Plan => "plan de comptes de l'exercice",
            Self::PlanVoisin => "plan de comptes voisin",
            Self::Prefixe => "compte inconnu, rattaché par préfixe",
            Self::Secours => "compte inconnu, section d'après le document ou le premier chiffre",
        }
    }
}

/// Accounts that carry a balance or a transfer between sections, never an operation of the year:
/// 001, 002 (results carried over), 021, 023 (transfer), 020, 022 (unforeseen), 024 (cessions).
const BALANCE_LINES: [&str; 7] = ["001", "002", "020", "021", "022", "023", "024"];

/// An account number: 1 to 10 digits, kept as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Compte(String);

impl Compte {
    /// Reads an account; `None` when it is not 1 to 10 ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let ok = (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        ok.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for 001, 002 and 020 to 024: excluded from every aggregate of the year.
    pub fn is_balance_line(&self) -> bool {
        is_balance_line(&self.0)
    }
}

impl fmt::Display for Compte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// True for 001, 002 and 020 to 024: excluded from every aggregate of the year.
pub fn is_balance_line(nature: &str) -> bool {
    BALANCE_LINES.contains(&nature)
}

/// True for the result of the year before put in reserve (1068 in receipts): it moves a result between
/// sections, so it is no receipt of the year, no cash, and is never forecast.
pub fn is_reserved_result(sens: Sens, nature: &str) -> bool {
    sens == Sens::R && nature.starts_with("1068")
}

/// Section told by the first digits alone: 6, 7, 002, 022 and 023 are fonctionnement.
pub fn section_of_digits(nature: &str) -> Section {
    let operating =
        nature.starts_with(['6', '7']) || matches!(nature, "002" | "022" | "023" | "042" | "043");
    if operating { Section::F } else { Section::I }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_keep_their_zeros() {
        assert_eq!(Compte::parse(" 001 ").map(|c| c.to_string()), Some("001".to_owned()));
        assert_eq!(Compte::parse("60A"), None);
        assert_eq!(Compte::parse(""), None);
        assert_eq!(Compte::parse("12345678901"), None);
    }

    #[test]
    fn balance_lines_and_sections() {
        assert!(is_balance_line("024"));
        assert!(!is_balance_line("0241"));
        assert!(is_reserved_result(Sens::R, "1068") && !is_reserved_result(Sens::D, "1068"));
        assert!(!is_reserved_result(Sens::R, "10222"));
        assert_eq!(section_of_digits("6135"), Section::F);
        assert_eq!(section_of_digits("021"), Section::I);
        assert_eq!(section_of_digits("023"), Section::F);
    }
}
