//! `[controles]` of `vigie.toml`: thresholds by code, and controls switched off with their reason.
//!
//! **Invariant:** a threshold that the control's page does not name is an error, never ignored.

use std::collections::BTreeMap;

use crate::anomaly::detectors::{self, DETECTORS, Detector, Settings};
use crate::anomaly::known::{Contract, Known, Person, Regie};
use crate::domain::calendar::{NO_DAY, civil, day_number};
use crate::domain::control::ControlCode;
use crate::domain::entity::{Siren, Siret};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::frames::contract::{ContractFrame, Contrat};

use super::config::{Config, RolePersonne};
use super::revue::Journal;

/// What `[controles]` says, resolved.
#[derive(Debug, Clone, Default)]
pub struct Seuils {
    /// Thresholds by code, accepted by their detector.
    pub reglages: Settings,
    /// Contracts, régies and persons.
    pub connus: Known,
    /// Controls switched off, with their reason.
    pub coupes: BTreeMap<ControlCode, String>,
    /// Decisions of earlier reviews.
    pub revue: Journal,
}

impl Seuils {
    /// The facts known with the contracts read in the files.
    pub fn with_contracts(&self, read: &ContractFrame) -> Known {
        let mut known = self.connus.clone();
        known.contracts.extend(read.contrats.iter().map(published_contract));
        known
    }

    /// Reads the table of `vigie.toml`.
    ///
    /// # Errors
    /// A control that does not exist, a threshold its page does not name, or a value without a meaning.
    pub fn resolve(config: &Config) -> Result<Self, Refus> {
        let revue = Journal::of(config, config.revue.as_deref())?;
        let mut seuils = Self { connus: known(config), revue, ..Self::default() };
        for (word, table) in &config.fichier.controles {
            let code: ControlCode = word.parse().map_err(|()| unknown(word))?;
            // A control of another version may be switched off in advance; its thresholds are unknown.
            let off_only = table.keys().all(|name| name == "actif" || name == "raison");
            if !off_only && !detectors::cards().any(|c| c.code == code) {
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
        let named = |d: &&&dyn Detector| d.cards().iter().any(|c| c.code == code);
        let accepted =
            DETECTORS.iter().find(named).is_some_and(|d| d.accepts(code.number, name, value));
        if accepted {
            self.reglages.insert(code, name, value);
        }
        accepted
    }
}

/// The facts of `vigie.toml` that detectors read.
fn known(config: &Config) -> Known {
    let contracts = config.fichier.contrat.iter().map(typed_contract);
    let regies = config.fichier.regie.iter().map(|r| Regie {
        budget: r.budget.clone(),
        nom: r.nom.clone(),
        avance: r.avance,
        plafond: r.plafond,
    });
    let persons = config.fichier.personne.iter().map(|p| Person {
        nom: p.nom.clone(),
        prenom: p.prenom.clone(),
        is_elu: p.role == RolePersonne::Elu,
    });
    Known { contracts: contracts.collect(), regies: regies.collect(), persons: persons.collect() }
}

/// A contract typed in `vigie.toml`; each avenant there is what it adds.
fn typed_contract(c: &super::config::Contrat) -> Contract {
    let mut total = c.montant_ht;
    let mut added = |more: &Centimes| {
        total += *more;
        total
    };
    Contract {
        budget: c.budget.clone(),
        numero: c.numero.clone(),
        sirens: siren(&c.siret).into_iter().collect(),
        objet: c.objet.clone(),
        travaux: c.travaux,
        montant_ht: Some(c.montant_ht),
        maximum_ht: c.maximum_ht,
        debut: day(c.debut),
        fin: day(c.fin),
        reconductions: c.reconductions,
        avenants: c.avenants_ht.iter().map(&mut added).collect(),
    }
}

/// A contract published (DECP) or sent to the comptable (PES marché).
fn published_contract(c: &Contrat) -> Contract {
    let end = |months: u32| {
        civil(c.notification)?.checked_add(jiff::Span::new().months(i64::from(months))).ok()
    };
    // The longest term that the changes gave.
    let months = c.avenants.iter().filter_map(|a| a.duree_mois).chain(c.duree_mois).max();
    let last = months.filter(|m| *m > 0 && *m < 1_200).and_then(end);
    Contract {
        budget: None,
        numero: c.numero.clone(),
        sirens: c.titulaires.iter().filter_map(|t| siren(&t.id)).collect(),
        objet: c.objet.clone(),
        travaux: c.cpv.starts_with("45") || c.nature.to_lowercase().contains("travaux"),
        montant_ht: c.montant_ht,
        maximum_ht: c.maximum_ht,
        debut: c.notification,
        fin: if c.fin == NO_DAY { last.map_or(NO_DAY, |d| day_number(d) - 1) } else { c.fin },
        reconductions: c.reconductions,
        avenants: c.avenants.iter().filter_map(|a| a.montant_ht).collect(),
    }
}

/// The SIREN of an identifier of 9 or 14 digits.
fn siren(id: &str) -> Option<String> {
    let whole = Siret::parse(id).map(|s| s.siren()).or_else(|| Siren::parse(id));
    whole.map(|s| s.to_string())
}

/// Day number of a TOML date, [`NO_DAY`] for a time alone.
fn day(moment: toml::value::Datetime) -> i32 {
    let date = moment.date.and_then(|d| {
        let (year, month, day) =
            (i16::try_from(d.year), i8::try_from(d.month), i8::try_from(d.day));
        jiff::civil::Date::new(year.ok()?, month.ok()?, day.ok()?).ok()
    });
    date.map_or(NO_DAY, day_number)
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
    use crate::domain::control::Family;

    fn resolve(text: &str) -> Result<Seuils, Refus> {
        let today = jiff::civil::Date::constant(2026, 3, 14);
        let mut config = Config::resolve(Options::default(), today)?;
        config.fichier = config::parse(text, "vigie.toml")?;
        Seuils::resolve(&config)
    }

    #[test]
    fn thresholds_are_read_or_refused() {
        let seuils = resolve("[controles]\nDBL02 = { jours = 30, seuil = 50.0 }\nMNT03 = { actif = false, raison = \"avoirs\" }").unwrap();
        let code = ControlCode::new(Family::Dbl, 2);
        assert_eq!(seuils.reglages.get(code, "jours"), Some(30.0));
        assert_eq!(seuils.reglages.get(code, "seuil"), Some(50.0));
        assert_eq!(seuils.coupes[&ControlCode::new(Family::Mnt, 3)], "avoirs");
        assert!(
            resolve("[controles]\nDBL02 = { joours = 30 }").unwrap_err().quoi.contains("joours")
        );
        let contract = "[[contrat]]\nsiret = \"99900001100018\"\nobjet = \"Repas\"\nmontant_ht = 180000.00\ndebut = 2025-01-01\nfin = 2026-12-31";
        let known = resolve(contract).unwrap().connus;
        assert_eq!(known.contracts[0].debut, day_number(jiff::civil::date(2025, 1, 1)));
        assert!(resolve("[controles]\nCAL01 = { actif = false, raison = \"lots\" }").is_ok());
        assert!(resolve("[controles]\nDBL99 = { jours = 3 }").unwrap_err().quoi.contains("DBL99"));
    }
}
