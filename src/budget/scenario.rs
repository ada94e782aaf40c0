//! Named hypotheses (`[scenario.x]`): percentages a year that replace what the rules would take.
//!
//! A hypothesis changes future years only, and only the accounts it speaks of.
//!
//! **Invariant:** without hypotheses the forecast is the central one; past errors are always measured
//! without them.

use crate::budget::rules::{Norme, croissance, prix};
use crate::domain::account::Sens;

/// Hypotheses, % a year (points for the rate); `None` leaves the rule or the model.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hypotheses {
    /// Prices of ordinary operating expenditure.
    pub inflation: Option<f64>,
    /// Value of the point d'indice.
    pub point_indice: Option<f64>,
    /// Energy and fuel.
    pub energie: Option<f64>,
    /// Tax bases, law only.
    pub bases: Option<f64>,
    /// DGF, all parts.
    pub dgf: Option<f64>,
    /// Points added to the voted rate of the taxe foncière on buildings.
    pub taux_tfb: Option<f64>,
    /// Transfer duties on property.
    pub dmto: Option<f64>,
    /// Staff costs (012), all accounts: 0 freezes them.
    pub personnel: Option<f64>,
}

/// Accounts of staff costs, in both norms.
const STAFF: [&str; 4] = ["621", "631", "633", "64"];
/// Accounts of energy and fuel, in both norms.
const ENERGY: [&str; 4] = ["60612", "60613", "60621", "60622"];

impl Hypotheses {
    /// Growth factor of an index in `exercice`, as known from `origine`.
    pub fn croissance(&self, indice: &str, exercice: u16, origine: u16) -> f64 {
        let asked = match indice {
            "bases" => self.bases,
            "point" => self.point_indice,
            _ => None,
        };
        match asked {
            Some(pct) if exercice > origine => 1.0 + pct / 100.0,
            _ => croissance(indice, exercice, origine),
        }
    }

    /// Yearly growth of prices to pass on, and whether it was asked for.
    pub fn prix(&self, origine: u16) -> (f64, bool) {
        match self.inflation {
            Some(pct) => (pct / 100.0, true),
            None => (prix(origine), false),
        }
    }

    /// Growth asked for an account, as a fraction a year, with its name.
    pub fn sur_compte(&self, norme: Norme, sens: Sens, code: &str) -> Option<(f64, &'static str)> {
        let dmto: &[&str] = match norme {
            Norme::M14 => &["7381", "73224"],
            Norme::M57 => &["73123", "73223"],
            Norme::Autre => &[],
        };
        let starts = |codes: &[&str]| codes.iter().any(|c| code.starts_with(c));
        let (pct, name) = match sens {
            Sens::D if starts(&ENERGY) => (self.energie?, "énergie"),
            Sens::D if starts(&STAFF) => (self.personnel?, "personnel"),
            Sens::R if code.starts_with("741") => (self.dgf?, "DGF"),
            Sens::R if starts(dmto) => (self.dmto?, "droits de mutation"),
            _ => return None,
        };
        Some((pct / 100.0, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hypotheses_speak_of_the_future_and_of_their_accounts() {
        let h = Hypotheses { bases: Some(0.8), dmto: Some(-10.0), ..Hypotheses::default() };
        assert!((h.croissance("bases", 2030, 2029) - 1.008).abs() < 1e-12);
        assert!((h.croissance("bases", 2019, 2020) - 1.022).abs() < 1e-12);
        let dmto = |norme, code| h.sur_compte(norme, Sens::R, code).map(|(g, _)| g);
        assert_eq!(dmto(Norme::M14, "7381"), Some(-0.1));
        assert_eq!(dmto(Norme::M57, "7381"), None);
        assert_eq!(h.sur_compte(Norme::M57, Sens::D, "60612"), None);
    }
}
