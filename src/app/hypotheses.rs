//! Hypotheses: the scenarios of vigie.toml, and what one point of each hypothesis changes.
//!
//! Each scenario and each point is a whole forecast, so that the figures shown are those that
//! `vigie prevoir --scenario` gives.
//!
//! **Invariant:** a scenario that is not described is never invented.

use rayon::prelude::*;

use crate::budget::epargne::{self, Epargne};
use crate::budget::rules::croissance;
use crate::budget::{Hypotheses, Prevision};
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::fr;
use crate::report::model::preparation::{Scenario, Sensibilite};

use super::config::{Config, Scenario as Saisi};
use super::entrees::Lecture;
use super::preparation::{self, Choix};

/// What one point more or less changes, hypothesis by hypothesis.
type Reglage = fn(&mut Hypotheses) -> &mut Option<f64>;

/// Rows of ledger over which the effect of a point is measured without landing: an effect is a difference
/// of two forecasts, and reading a large ledger twenty times would make the page wait.
const LANDED: usize = 200_000;

const REGLAGES: [(&str, Reglage); 7] = [
    ("Prix : 1 point", |h| &mut h.inflation),
    ("Point d’indice : 1 point", |h| &mut h.point_indice),
    ("Énergie : 1 point", |h| &mut h.energie),
    ("Bases fiscales : 1 point", |h| &mut h.bases),
    ("DGF : 1 point", |h| &mut h.dgf),
    ("Taux de taxe foncière : 1 point", |h| &mut h.taux_tfb),
    ("Droits de mutation : 1 point", |h| &mut h.dmto),
];

/// The hypotheses of a `[scenario.x]` table.
pub(super) fn of(typed: &Saisi) -> Hypotheses {
    Hypotheses {
        inflation: typed.inflation,
        point_indice: typed.point_indice,
        energie: typed.energie,
        bases: typed.bases,
        dgf: typed.dgf,
        taux_tfb: typed.taux_tfb,
        dmto: typed.dmto,
    }
}

/// The hypotheses in words, non-breaking: `inflation +2,0 %, DGF −1,0 %`.
fn words(h: &Hypotheses) -> String {
    let percent =
        |name: &str, value: Option<f64>| value.map(|v| format!("{name} {}", fr::variation(v)));
    let parts = [
        percent("prix", h.inflation),
        percent("point d’indice", h.point_indice),
        percent("énergie", h.energie),
        percent("bases fiscales", h.bases),
        percent("DGF", h.dgf),
        h.taux_tfb.map(|v| format!("taux de taxe foncière {}", fr::points(v))),
        percent("droits de mutation", h.dmto),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() { "règles et tendances des comptes".to_owned() } else { said.join(", ") }
}

/// A forecast under other hypotheses, and the savings of its principal budget.
struct Essai<'a> {
    config: &'a Config,
    lecture: &'a Lecture,
    choix: Choix,
    /// Whether the running exercice lands first, as in the forecast shown.
    atterrir: bool,
}

impl Essai<'_> {
    fn savings(&self, hypotheses: Hypotheses) -> Result<Option<(Epargne, Option<f64>)>, Refus> {
        let ledger = self.lecture.ledger.as_ref().filter(|_| self.atterrir);
        let read = (self.lecture, ledger);
        let found = preparation::under(self.config, read, &self.choix, hypotheses)?;
        Ok(preparation::principal(&found).map(|b| {
            let savings = epargne::of(b, &found);
            let debt = b.dette.last().copied().flatten().map(|d| d.capital_restant);
            let years = debt.filter(|_| savings.prevu.epargne_brute.0 > 0);
            (savings.clone(), years.map(|d| d.euros() / savings.prevu.epargne_brute.euros()))
        }))
    }
}

/// Savings under each scenario, the central one first.
///
/// # Errors
/// A forecast that fails.
pub(super) fn scenarios(
    config: &Config,
    lecture: &Lecture,
    choix: &Choix,
) -> Result<Vec<Scenario>, Refus> {
    let choix = Choix { horizon: 1, ..choix.clone() };
    let essai = Essai { config, lecture, choix, atterrir: true };
    let mut all = vec![("central".to_owned(), Hypotheses::default())];
    all.extend(
        config
            .fichier
            .scenario
            .iter()
            .filter(|(n, _)| *n != "central")
            .map(|(n, s)| (n.clone(), of(s))),
    );
    let found: Vec<Option<Scenario>> = all
        .into_par_iter()
        .map(|(nom, hypotheses)| {
            Ok(essai.savings(hypotheses)?.map(|(savings, years)| Scenario {
                nom,
                hypotheses: words(&hypotheses),
                epargne_brute: savings.prevu.epargne_brute,
                taux_epargne_brute: savings.prevu.taux_epargne_brute(),
                capacite_desendettement: years,
            }))
        })
        .collect::<Result<_, Refus>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// What one point less and one point more of each hypothesis changes to the épargne brute, largest first.
///
/// # Errors
/// A forecast that fails.
pub(super) fn sensibilites(
    config: &Config,
    lecture: &Lecture,
    choix: &Choix,
    prevision: &Prevision,
) -> Result<Vec<Sensibilite>, Refus> {
    let Some(budget) = preparation::principal(prevision) else { return Ok(Vec::new()) };
    let Some(origine) = budget.exercices.last().copied() else { return Ok(Vec::new()) };
    let asked = preparation::hypotheses(config, choix)?;
    let start = |i: usize, reglage: Reglage| {
        let mut h = asked;
        reglage(&mut h).unwrap_or_else(|| match i {
            0 | 2 => asked.prix(origine).0 * 100.0,
            1 => (croissance("point", origine + 1, origine) - 1.0) * 100.0,
            3 => (croissance("bases", origine + 1, origine) - 1.0) * 100.0,
            _ => 0.0,
        })
    };
    let year = prevision.lignes.first().map(|l| l.exercice);
    let choix = Choix { horizon: 1, exercice: year, ..choix.clone() };
    let atterrir = lecture.ledger.as_ref().is_none_or(|l| l.len() <= LANDED);
    let essai = Essai { config, lecture, choix, atterrir };
    let rows: Vec<Option<Sensibilite>> = REGLAGES
        .par_iter()
        .enumerate()
        .filter(|(i, _)| *i != 5 || budget.base_tfb.is_some())
        .map(|(i, (name, reglage))| {
            let base = start(i, *reglage);
            let at = |points: f64| {
                let mut h = asked;
                *reglage(&mut h) = Some(base + points);
                Ok::<_, Refus>(essai.savings(h)?.map(|(s, _)| s.prevu.epargne_brute))
            };
            let (Some(middle), Some(less), Some(more)) = (at(0.0)?, at(-1.0)?, at(1.0)?) else {
                return Ok(None);
            };
            Ok(Some(Sensibilite {
                hypothese: (*name).to_owned(),
                effet_bas: less - middle,
                effet_haut: more - middle,
            }))
        })
        .collect::<Result<_, Refus>>()?;
    let mut rows: Vec<Sensibilite> = rows.into_iter().flatten().filter(moves).collect();
    rows.sort_by_key(|s| std::cmp::Reverse(s.effet_bas.abs().max(s.effet_haut.abs())));
    Ok(rows)
}

/// False for a hypothesis that meets no account of this budget.
fn moves(s: &Sensibilite) -> bool {
    s.effet_bas != Centimes::ZERO || s.effet_haut != Centimes::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hypotheses_are_said_in_words() {
        let h = Hypotheses { inflation: Some(2.0), taux_tfb: Some(1.0), ..Hypotheses::default() };
        assert_eq!(fr::ascii(&words(&h)), "prix +2,0 %, taux de taxe foncière +1,0 pt");
        assert!(words(&Hypotheses::default()).starts_with("règles"));
    }

    #[test]
    fn each_setting_is_its_own() {
        for (i, (_, reglage)) in REGLAGES.iter().enumerate() {
            let mut h = Hypotheses::default();
            *reglage(&mut h) = Some(1.0);
            let said = words(&h);
            assert_eq!(said.matches("+1,0").count(), 1, "{i}: {said}");
        }
    }
}
