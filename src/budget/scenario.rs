//! Named hypotheses (`[scenario.x]`): percentages a year that replace what the rules would take.
//!
//! A hypothesis changes future years only, and only the accounts it speaks of.
//!
//! **Invariant:** without hypotheses the forecast is the central one; past errors are always measured
//! without them.

use crate::budget::foncier::BaseTfb;
use crate::budget::project::french;
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
    /// Points added every year to what is expected.
    pub ecart: Ecarts,
    /// % added to the amounts forecast, every year the same.
    pub niveau: Niveaux,
}

/// Points added every year to the growth expected of an index; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ecarts {
    /// Prices.
    pub inflation: f64,
    /// Tax bases.
    pub bases: f64,
    /// Value of the point d'indice.
    pub point_indice: f64,
}

/// % added to the amounts forecast of some accounts; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Niveaux {
    /// Energy and fuel.
    pub energie: f64,
    /// DGF, all parts.
    pub dgf: f64,
    /// Transfer duties on property.
    pub dmto: f64,
    /// Staff costs.
    pub personnel: f64,
}

/// What a hypothesis changes to an amount already forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Ajout {
    /// % of the forecast.
    pub pct: f64,
    /// Euros added.
    pub euros: f64,
    /// Why, French.
    pub raison: String,
}

impl Ajout {
    /// Change of an amount, euros.
    pub fn sur(&self, euros: f64) -> f64 {
        euros * self.pct / 100.0 + self.euros
    }
}

/// Accounts of staff costs, in both norms.
const STAFF: [&str; 4] = ["621", "631", "633", "64"];
/// Accounts of energy and fuel, in both norms.
const ENERGY: [&str; 4] = ["60612", "60613", "60621", "60622"];

impl Hypotheses {
    /// Growth factor of an index in `exercice`, as known from `origine`.
    pub fn croissance(&self, indice: &str, exercice: u16, origine: u16) -> f64 {
        let (asked, more) = match indice {
            "bases" => (self.bases, self.ecart.bases),
            "point" => (self.point_indice, self.ecart.point_indice),
            _ => (None, 0.0),
        };
        if exercice <= origine {
            return croissance(indice, exercice, origine);
        }
        let usual = || croissance(indice, exercice, origine);
        asked.map_or_else(usual, |pct| 1.0 + pct / 100.0) + more / 100.0
    }

    /// Yearly growth of prices to pass on, and whether it was asked for; the gap asked is apart.
    pub fn prix(&self, origine: u16) -> (f64, bool) {
        match self.inflation {
            Some(pct) => (pct / 100.0, true),
            None => (prix(origine), false),
        }
    }

    /// Growth asked for an account, as a fraction a year, with its name.
    pub fn sur_compte(&self, norme: Norme, sens: Sens, code: &str) -> Option<(f64, &'static str)> {
        let (pct, name) = match Famille::of(norme, sens, code)? {
            Famille::Energie => (self.energie?, "énergie"),
            Famille::Personnel => (self.personnel?, "personnel"),
            Famille::Dgf => (self.dgf?, "DGF"),
            Famille::Dmto => (self.dmto?, "droits de mutation"),
        };
        Some((pct / 100.0, name))
    }

    /// What is added to the forecast of an account once made: % of it, and points of the tax rate times
    /// the base of the taxe foncière, when that base is known.
    pub fn sur_prevision(
        &self,
        norme: Norme,
        base_tfb: Option<BaseTfb>,
        (sens, code): (Sens, &str),
    ) -> Option<Ajout> {
        let (pct, name) = match Famille::of(norme, sens, code) {
            Some(Famille::Energie) => (self.niveau.energie, "énergie"),
            Some(Famille::Personnel) => (self.niveau.personnel, "personnel"),
            Some(Famille::Dgf) => (self.niveau.dgf, "DGF"),
            Some(Famille::Dmto) => (self.niveau.dmto, "droits de mutation"),
            None => (0.0, ""),
        };
        if pct != 0.0 {
            let raison = format!("hypothèse {name} : {} % de la prévision en plus", french(pct));
            return Some(Ajout { pct, euros: 0.0, raison });
        }
        let points = self.taux_tfb.filter(|p| sens == Sens::R && code == "73111" && *p != 0.0)?;
        let base = base_tfb?;
        let which = if base.deduite { " (base : produit voté ÷ taux)" } else { "" };
        let raison = format!("hypothèse : points ajoutés au taux de taxe foncière{which}");
        Some(Ajout { pct: 0.0, euros: base.euros * points / 100.0, raison })
    }
}

/// Accounts that a hypothesis speaks of.
enum Famille {
    Energie,
    Personnel,
    Dgf,
    Dmto,
}

impl Famille {
    fn of(norme: Norme, sens: Sens, code: &str) -> Option<Self> {
        let dmto: &[&str] = match norme {
            Norme::M14 => &["7381", "73224"],
            Norme::M57 => &["73123", "73223"],
            Norme::Autre => &[],
        };
        let starts = |codes: &[&str]| codes.iter().any(|c| code.starts_with(c));
        match sens {
            Sens::D if starts(&ENERGY) => Some(Self::Energie),
            Sens::D if starts(&STAFF) => Some(Self::Personnel),
            Sens::R if code.starts_with("741") => Some(Self::Dgf),
            Sens::R if starts(dmto) => Some(Self::Dmto),
            _ => None,
        }
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

    #[test]
    fn gaps_add_to_what_is_expected_and_levels_to_the_forecast() {
        let h = Hypotheses {
            taux_tfb: Some(1.0),
            ecart: Ecarts { bases: 1.0, ..Ecarts::default() },
            niveau: Niveaux { dmto: -20.0, ..Niveaux::default() },
            ..Hypotheses::default()
        };
        let usual = croissance("bases", 2023, 2022);
        assert!((h.croissance("bases", 2023, 2022) - usual - 0.01).abs() < 1e-12);
        assert!(
            (h.croissance("bases", 2022, 2022) - croissance("bases", 2022, 2022)).abs() < 1e-12
        );
        let added = |sens, code, base| h.sur_prevision(Norme::M57, base, (sens, code));
        let less = added(Sens::R, "73123", None).expect("transfer duties");
        assert!((less.sur(500.0) + 100.0).abs() < 1e-9);
        // 1 point of a base of 3 000 euros
        let base = |deduite| Some(BaseTfb { euros: 3_000.0, deduite });
        let more = added(Sens::R, "73111", base(false)).expect("a base");
        assert!((more.sur(500.0) - 30.0).abs() < 1e-9 && !more.raison.contains('÷'));
        let derived = added(Sens::R, "73111", base(true)).expect("a base");
        assert!((derived.sur(500.0) - 30.0).abs() < 1e-9);
        assert!(derived.raison.ends_with("(base : produit voté ÷ taux)"), "{}", derived.raison);
        assert_eq!(added(Sens::R, "73111", None), None);
        assert_eq!(added(Sens::D, "60612", None), None);
    }
}
