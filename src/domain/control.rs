//! Names of the controls: ten families, a code is a family and two digits (`DBL01`), never reused.
//!
//! **Invariant:** only names live here, no rule.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The ten families of controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Family {
    /// Doublons.
    Dbl,
    /// Montants.
    Mnt,
    /// Tiers.
    Trs,
    /// Marchés et seuils.
    Mar,
    /// Régies.
    Reg,
    /// Calendrier et délais.
    Cal,
    /// Imputation.
    Imp,
    /// Numérotation.
    Seq,
    /// Budget.
    Bud,
    /// Subventions.
    Sub,
}

impl Family {
    /// All families with their three letters and French name.
    pub const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Dbl, "DBL", "doublons"),
        (Self::Mnt, "MNT", "montants"),
        (Self::Trs, "TRS", "tiers"),
        (Self::Mar, "MAR", "marchés et seuils"),
        (Self::Reg, "REG", "régies"),
        (Self::Cal, "CAL", "calendrier et délais"),
        (Self::Imp, "IMP", "imputation"),
        (Self::Seq, "SEQ", "numérotation"),
        (Self::Bud, "BUD", "budget"),
        (Self::Sub, "SUB", "subventions"),
    ];

    /// The three letters.
    pub fn letters(self) -> &'static str {
        Self::ALL.iter().find(|(f, ..)| *f == self).map_or("", |(_, l, _)| l)
    }
}

/// A control: its family and its number in the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlCode {
    /// Family of the control.
    pub family: Family,
    /// Number in the family, from 1 to 99.
    pub number: u8,
}

impl ControlCode {
    /// The control `number` of `family`.
    pub const fn new(family: Family, number: u8) -> Self {
        Self { family, number }
    }
}

impl fmt::Display for ControlCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:02}", self.family.letters(), self.number)
    }
}

impl Serialize for ControlCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for ControlCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim().to_ascii_uppercase();
        let (letters, digits) = text.split_at_checked(3).ok_or(())?;
        let family =
            Family::ALL.iter().find(|(_, l, _)| *l == letters).map(|(f, ..)| *f).ok_or(())?;
        let number = digits.parse().ok().filter(|n| (1..=99).contains(n)).ok_or(())?;
        if digits.len() == 2 { Ok(Self { family, number }) } else { Err(()) }
    }
}
