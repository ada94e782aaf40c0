//! What the commune knows and its ledgers do not say: contracts, régies, persons.
//!
//! **Invariant:** plain facts typed by the user or published; `app` fills them, detectors read them.

use crate::domain::calendar::NO_DAY;
use crate::domain::money::Centimes;

/// Facts known by the commune; empty lists when it told nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Contracts in force or past.
    pub contracts: Vec<Contract>,
    /// Régies.
    pub regies: Vec<Regie>,
    /// Agents and élus; their names are never printed without `--nominatif`.
    pub persons: Vec<Person>,
}

/// A contract, from `vigie.toml`, the DECP or a PES marché.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Name of the budget, any when `None`.
    pub budget: Option<String>,
    /// Number as the ledgers write it, empty when unknown.
    pub numero: String,
    /// SIREN of the suppliers, 9 digits each.
    pub sirens: Vec<String>,
    /// Object, as typed.
    pub objet: String,
    /// True for works.
    pub travaux: bool,
    /// HT, centimes, whole term without renewals.
    pub montant_ht: Option<Centimes>,
    /// Maximum HT of an accord-cadre, centimes.
    pub maximum_ht: Option<Centimes>,
    /// First day, day number; [`NO_DAY`] when unknown.
    pub debut: i32,
    /// Last day of the first term, day number; [`NO_DAY`] when unknown.
    pub fin: i32,
    /// Renewals of the same length.
    pub reconductions: u8,
    /// HT of the whole contract after each avenant, in order, centimes.
    pub avenants: Vec<Centimes>,
}

impl Contract {
    /// Last day, renewals included; `None` when the dates are unknown.
    pub fn last_day(&self) -> Option<i32> {
        if self.fin == NO_DAY || (self.reconductions > 0 && self.debut == NO_DAY) {
            return None;
        }
        let length = if self.reconductions == 0 { 0 } else { self.fin - self.debut + 1 };
        Some(self.fin.saturating_add(length.saturating_mul(i32::from(self.reconductions))))
    }

    /// What may be paid in all, HT: the maximum, else the amount after the last avenant with its renewals.
    pub fn ceiling(&self) -> Option<Centimes> {
        let term = self.avenants.last().copied().or(self.montant_ht)?;
        let all = term.0.saturating_mul(i64::from(self.reconductions) + 1);
        Some(Centimes(all).max(self.maximum_ht.unwrap_or(Centimes::ZERO)))
    }
}

/// A régie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regie {
    /// Name of the budget, the principal when `None`.
    pub budget: Option<String>,
    /// Name of the régie.
    pub nom: String,
    /// Advance, centimes.
    pub avance: Centimes,
    /// Ceiling of the cash held, centimes.
    pub plafond: Centimes,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Family name.
    pub nom: String,
    /// First name.
    pub prenom: String,
    /// True for an élu, false for an agent.
    pub is_elu: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renewals_lengthen_and_enlarge() {
        let mut contract = Contract {
            budget: None,
            numero: String::new(),
            sirens: vec!["999000011".to_owned()],
            objet: String::new(),
            travaux: false,
            montant_ht: Some(Centimes(1_000)),
            maximum_ht: None,
            debut: 0,
            fin: 364,
            reconductions: 1,
            avenants: vec![Centimes(1_100)],
        };
        assert_eq!((contract.last_day(), contract.ceiling()), (Some(729), Some(Centimes(2_200))));
        contract.maximum_ht = Some(Centimes(5_000));
        assert_eq!(contract.ceiling(), Some(Centimes(5_000)));
        (contract.debut, contract.avenants) = (NO_DAY, vec![]);
        assert_eq!(contract.last_day(), None);
    }
}
