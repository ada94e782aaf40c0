//! Usual monthly shares of an account, for a landing without a past ledger.
//!
//! **Invariant:** the shares of a profile add up to the year.

use std::sync::OnceLock;

use crate::budget::landing::{Annee, MOIS};
use crate::budget::rules::Norme;
use crate::domain::account::Sens;

const PROFILS: &str = include_str!("../../datasets/reference/profils_mensuels.csv");

struct Profil {
    sens: Sens,
    codes: [&'static str; 2],
    mois: Annee,
}

fn profils() -> &'static [Profil] {
    static ROWS: OnceLock<Vec<Profil>> = OnceLock::new();
    ROWS.get_or_init(|| PROFILS.lines().skip(1).filter_map(parse_profil).collect())
}

fn parse_profil(line: &'static str) -> Option<Profil> {
    let fields: Vec<&str> = line.split(';').collect();
    let &[sens, m14, m57, months, _source, _confiance] = fields.as_slice() else { return None };
    let shares: Vec<f64> = months.split(' ').filter_map(|m| m.parse().ok()).collect();
    let mois: [f64; MOIS] = shares.try_into().ok()?;
    let sens = if sens == "D" { Sens::D } else { Sens::R };
    Some(Profil { sens, codes: [m14, m57], mois: mois.map(|m| m / 1000.0) })
}

/// Usual monthly shares of an account: the longest beginning wins.
pub(super) fn profile(norme: Norme, sens: Sens, code: &str) -> Annee {
    let column = usize::from(norme != Norme::M14);
    let ours = profils().iter().filter(|p| p.sens == sens && code.starts_with(p.codes[column]));
    let mut even = [1.0 / 12.0; MOIS];
    even[MOIS - 1] = 0.0;
    ours.max_by_key(|p| p.codes[column].len()).map_or(even, |p| p.mois)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_profiles_add_up_to_a_year() {
        assert_eq!(profils().len() + 1, PROFILS.lines().count());
        for p in profils() {
            assert!((p.mois.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{:?}", p.codes);
        }
        let insurance: f64 = profile(Norme::M57, Sens::D, "6161")[..2].iter().sum();
        assert!(insurance > 0.5);
    }
}
