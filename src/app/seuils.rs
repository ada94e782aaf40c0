//! `[controles]` of `vigie.toml`: thresholds by code, and controls switched off with their reason.
//!
//! **Invariant:** a threshold that the control's page does not name is an error, never ignored.

use std::collections::BTreeMap;

use crate::anomaly::card::CARDS;
use crate::anomaly::detectors::{dbl, imp, mnt};
use crate::domain::control::{ControlCode, Family};
use crate::domain::refus::Refus;

use super::config::Config;

/// Parameters of the detectors, resolved.
#[derive(Debug, Clone, Default)]
pub struct Seuils {
    /// Duplicates.
    pub dbl: dbl::Params,
    /// Amounts.
    pub mnt: mnt::Params,
    /// Accounts.
    pub imp: imp::Params,
    /// Longest gap in days between two records, by DBL code.
    pub jours: BTreeMap<ControlCode, i32>,
    /// Controls switched off, with their reason.
    pub coupes: BTreeMap<ControlCode, String>,
}

impl Seuils {
    /// Reads the table of `vigie.toml`.
    ///
    /// # Errors
    /// A control that does not exist, a threshold its page does not name, or a value without a meaning.
    pub fn resolve(config: &Config) -> Result<Self, Refus> {
        let mut seuils = Self::default();
        for (word, table) in &config.fichier.controles {
            let code: ControlCode = word.parse().map_err(|()| unknown(word))?;
            // A control of another version may be switched off in advance; its thresholds are unknown.
            let off_only = table.keys().all(|name| name == "actif" || name == "raison");
            if !off_only && !CARDS.iter().any(|c| c.code == code) {
                return Err(unknown(word));
            }
            if table.get("actif").and_then(toml::Value::as_bool) == Some(false) {
                let reason = table.get("raison").and_then(toml::Value::as_str).unwrap_or_default();
                seuils.coupes.insert(code, reason.to_owned());
            }
            let thresholds = table.iter().filter(|(name, _)| *name != "actif" && *name != "raison");
            for (name, value) in thresholds {
                let number = value.as_float().or(value.as_integer().map(|n| n as f64));
                if !number.is_some_and(|n| seuils.set(code, name, n)) {
                    return Err(Refus::new(
                        format!("vigie.toml : « {name} = {value} » n'est pas un seuil de {code}"),
                        format!("lire les noms et les unités admis : vigie controles {code}"),
                    ));
                }
            }
        }
        Ok(seuils)
    }

    fn set(&mut self, code: ControlCode, name: &str, value: f64) -> bool {
        match (code.family, name) {
            (Family::Mnt, _) => self.mnt.set(code.number, name, value),
            (Family::Imp, _) => self.imp.set(code.number, name, value),
            (Family::Dbl, "jours") if (1.0..=36_500.0).contains(&value) => {
                self.jours.insert(code, value as i32);
                true
            }
            (Family::Dbl, "seuil") if (0.0..=1e9).contains(&value) => {
                self.dbl.floor = (value * 100.0).round() as i64;
                true
            }
            (Family::Dbl, "prioritaire") if value > 0.0 && value <= 1.0 => {
                self.dbl.first = value;
                true
            }
            (Family::Dbl, "a_verifier") if value > 0.0 && value <= 1.0 => {
                self.dbl.check = value;
                true
            }
            _ => false,
        }
    }
}

fn unknown(word: &str) -> Refus {
    Refus::new(
        format!("vigie.toml : le contrôle « {word} » n'existe pas"),
        "reprendre un code de la liste de « vigie controles »",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::config::{self, Options};

    fn resolve(text: &str) -> Result<Seuils, Refus> {
        let today = jiff::civil::Date::constant(2026, 3, 14);
        let mut config = Config::resolve(Options::default(), today)?;
        config.fichier = config::parse(text, "vigie.toml")?;
        Seuils::resolve(&config)
    }

    #[test]
    fn thresholds_are_read_or_refused() {
        let seuils = resolve("[controles]\nDBL02 = { jours = 30, seuil = 50.0 }\nMNT03 = { actif = false, raison = \"avoirs\" }").unwrap();
        assert_eq!(seuils.jours[&ControlCode::new(Family::Dbl, 2)], 30);
        assert_eq!(seuils.dbl.floor, 5000);
        assert_eq!(seuils.coupes[&ControlCode::new(Family::Mnt, 3)], "avoirs");
        assert!(
            resolve("[controles]\nDBL02 = { joours = 30 }").unwrap_err().quoi.contains("joours")
        );
        assert!(resolve("[controles]\nCAL01 = { actif = false, raison = \"lots\" }").is_ok());
        assert!(resolve("[controles]\nDBL99 = { jours = 3 }").unwrap_err().quoi.contains("DBL99"));
    }
}
