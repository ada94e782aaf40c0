//! Scenarios side by side: épargne brute and nette, debt and years to pay it back, year by year.
//!
//! A scenario is hypotheses (percentages that replace what rules take), shocks on the level of some accounts,
//! and measures (a facility built, a service extended, pooled with the intercommunality). Its effect is the
//! gap between two projections of the same accounts, put on the forecast: amounts entered as known do not
//! move.
//!
//! **Invariant:** a scenario without hypothesis nor measure is the forecast, to the centime.

use std::collections::BTreeMap;

use crate::budget::debt::{self, Pret, Profil};
use crate::budget::history::Budget;
use crate::budget::project::project;
use crate::budget::rows::{LignePrevision, Niveau, OriginePrevision, Prevision};
use crate::budget::rules::{croissance, prix};
use crate::budget::scenario::Hypotheses;
use crate::domain::account::{Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::ratios::{Agregats, Mouvement};

const SCENARIOS: &str = include_str!("../../datasets/reference/scenarios.csv");
const SENSIBILITES: &str = include_str!("../../datasets/reference/sensibilites.csv");

/// A measure: what it costs and brings, euros a year.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mesure {
    /// Name.
    pub libelle: String,
    /// Investment by exercice.
    pub investissement: BTreeMap<u16, Centimes>,
    /// Grants and FCTVA received by exercice.
    pub subventions: BTreeMap<u16, Centimes>,
    /// Running cost by exercice, a saving below zero; the last one goes on.
    pub fonctionnement: BTreeMap<u16, Centimes>,
    /// Receipts by exercice, a loss below zero; the last one goes on.
    pub recettes: BTreeMap<u16, Centimes>,
    /// Rate and years of the loan that pays what grants do not; own funds when `None`.
    pub emprunt: Option<(f64, u16)>,
}

/// A scenario asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Demande {
    /// Name.
    pub nom: String,
    /// What it is, French.
    pub libelle: String,
    /// Hypotheses.
    pub hypotheses: Hypotheses,
    /// Shocks: key (`energie`, `dmto`...), % of the forecast.
    pub niveaux: Vec<(String, f64)>,
    /// Measures.
    pub mesures: Vec<Mesure>,
}

/// A year of a scenario.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Annee {
    /// Exercice.
    pub exercice: u16,
    /// Receipts of the rate.
    pub recettes: Centimes,
    /// Épargne brute.
    pub epargne_brute: Centimes,
    /// Épargne nette.
    pub epargne_nette: Centimes,
    /// Debt at the end of the year, loans known and those of the measures; `None` without debt annex.
    pub encours: Option<Centimes>,
}

impl Annee {
    /// Épargne brute over receipts, %.
    pub fn taux(&self) -> Option<f64> {
        let over = self.recettes.euros();
        (over > 0.0).then(|| 100.0 * self.epargne_brute.euros() / over)
    }

    /// Years of épargne brute to pay the debt back; `None` without saving.
    pub fn desendettement(&self) -> Option<f64> {
        let debt = self.encours?;
        (self.epargne_brute.0 > 0).then(|| debt.euros() / self.epargne_brute.euros())
    }
}

/// A hypothesis of the tornado: effect of its low and high values on the épargne brute of the first year.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensibilite {
    /// What moves, French.
    pub libelle: &'static str,
    /// Effect of the low value.
    pub bas: Centimes,
    /// Effect of the high value.
    pub haut: Centimes,
}

/// What scenarios are compared on.
pub struct Base<'a> {
    budget: &'a Budget,
    lignes: BTreeMap<u16, Vec<&'a LignePrevision>>,
    steps: usize,
    central: Vec<crate::budget::project::Projection>,
    encours: Option<Vec<f64>>,
}

impl<'a> Base<'a> {
    /// The forecast of a budget; `None` without one.
    pub fn new(budget: &'a Budget, prevision: &'a Prevision) -> Option<Self> {
        let n = budget.exercices.len();
        let last = *budget.exercices.last()?;
        let mut lignes: BTreeMap<u16, Vec<&LignePrevision>> = BTreeMap::new();
        let natures = prevision.lignes.iter().filter(|l| l.niveau == Niveau::Nature);
        for l in natures.filter(|l| l.budget == budget.nom) {
            lignes.entry(l.exercice).or_default().push(l);
        }
        let steps = usize::from(lignes.keys().last()?.checked_sub(last)?);
        let central = project(budget, n, steps, &Hypotheses::default());
        let encours = debt::du_budget(budget, n, steps)
            .map(|(all, _)| all.iter().map(|a| a.encours).collect());
        Some(Self { budget, lignes, steps, central, encours })
    }

    fn last(&self) -> u16 {
        self.budget.exercices.last().copied().unwrap_or(0)
    }

    fn encours(&self, exercice: u16) -> Option<f64> {
        let at = usize::from(exercice - self.last()) - 1;
        self.encours.as_ref()?.get(at).copied()
    }

    /// The years of a scenario.
    pub fn annees(&self, demande: &Demande) -> Vec<Annee> {
        let moved = self.moved(&demande.hypotheses);
        let years = self.lignes.iter().map(|(exercice, lines)| {
            let at = usize::from(exercice - self.last()) - 1;
            let amounts = lines.iter().map(|l| {
                let known = l.origine == OriginePrevision::Connu;
                let key = (l.sens, l.code.as_str());
                let shift = moved.as_ref().and_then(|m| m.get(&key)).map_or(0.0, |d| d[at]);
                let level: f64 = demande
                    .niveaux
                    .iter()
                    .filter(|(cle, _)| concerns(cle, self.budget, l))
                    .map(|(_, pct)| l.prevision.euros() * pct / 100.0)
                    .sum();
                let change = if known { 0.0 } else { shift + level };
                (*l, l.prevision + Centimes::from_euros(change).unwrap_or_default())
            });
            let movements: Vec<(&LignePrevision, Centimes)> = amounts.collect();
            let a = Agregats::of(movements.iter().map(|(l, montant)| Mouvement {
                section: l.section,
                sens: l.sens,
                chapitre: &l.chapitre,
                nature: &l.code,
                montant: *montant,
            }));
            self.with_measures(*exercice, &a, &demande.mesures)
        });
        years.collect()
    }

    /// Change of each nature by step under hypotheses; `None` when there is none.
    fn moved(&self, hypotheses: &Hypotheses) -> Option<BTreeMap<(Sens, &str), Vec<f64>>> {
        if *hypotheses == Hypotheses::default() {
            return None;
        }
        let n = self.budget.exercices.len();
        let other = project(self.budget, n, self.steps, hypotheses);
        let pairs = self.budget.series.iter().zip(self.central.iter().zip(&other));
        let gap = |(s, (a, b)): (
            &'a crate::budget::history::Serie,
            (&crate::budget::project::Projection, &crate::budget::project::Projection),
        )| {
            let gaps = a.points.iter().zip(&b.points).map(|(a, b)| b - a).collect();
            ((s.sens, s.code.as_str()), gaps)
        };
        Some(pairs.map(gap).collect())
    }

    fn with_measures(&self, exercice: u16, a: &Agregats, mesures: &[Mesure]) -> Annee {
        let (mut interest, mut capital, mut owed) = (0.0, 0.0, 0.0);
        let (mut cost, mut gain) = (Centimes::ZERO, Centimes::ZERO);
        for m in mesures {
            cost += going_on(&m.fonctionnement, exercice);
            gain += going_on(&m.recettes, exercice);
            let paid = loans(m, exercice);
            interest += paid.0;
            capital += paid.1;
            owed += paid.2;
        }
        let cents = |v: f64| Centimes::from_euros(v).unwrap_or_default();
        let brute = a.epargne_brute + gain - cost - cents(interest);
        Annee {
            exercice,
            recettes: a.rrf - a.cessions + gain,
            epargne_brute: brute,
            epargne_nette: brute - a.capital - cents(capital),
            encours: self.encours(exercice).map(|e| cents(e + owed)),
        }
    }

    /// The hypotheses of the tornado, widest first; those without effect are left out.
    pub fn sensibilites(&self) -> Vec<Sensibilite> {
        let first = |demande: &Demande| {
            self.annees(demande).first().map_or(Centimes::ZERO, |a| a.epargne_brute)
        };
        let central = first(&Demande::default());
        let mut out: Vec<Sensibilite> = Vec::new();
        for line in SENSIBILITES.lines().skip(1) {
            let f: Vec<&'static str> = line.split(';').collect();
            let &[cle, libelle, genre, bas, haut, _] = f.as_slice() else { continue };
            let effect = |value: &str| {
                let demande = self.demande(genre, cle, value.parse().unwrap_or(0.0));
                first(&demande) - central
            };
            let (bas, haut) = (effect(bas), effect(haut));
            if bas != Centimes::ZERO || haut != Centimes::ZERO {
                out.push(Sensibilite { libelle, bas, haut });
            }
        }
        out.sort_by_key(|s| std::cmp::Reverse(s.bas.abs().max(s.haut.abs())));
        out
    }

    /// Ready-made scenarios (table `scenarios.csv`).
    pub fn prets(&self) -> Vec<Demande> {
        let one = |line: &str| {
            let f: Vec<&str> = line.split(';').collect();
            let &[nom, libelle, genre, cle, valeur, _] = f.as_slice() else { return None };
            let demande = self.demande(genre, cle, valeur.parse().ok()?);
            Some(Demande { nom: nom.to_owned(), libelle: libelle.to_owned(), ..demande })
        };
        SCENARIOS.lines().skip(1).filter_map(one).collect()
    }

    /// `hypothese` sets a percentage, `ecart` adds to the one expected, `niveau` moves the amounts.
    fn demande(&self, genre: &str, cle: &str, valeur: f64) -> Demande {
        let mut h = Hypotheses::default();
        if genre == "niveau" {
            return Demande { niveaux: vec![(cle.to_owned(), valeur)], ..Demande::default() };
        }
        let last = self.last();
        let usual = |indice: &str| 100.0 * (croissance(indice, last + 1, last) - 1.0);
        let expected = match (genre, cle) {
            ("ecart", "inflation") => 100.0 * prix(last),
            ("ecart", "bases") => usual("bases"),
            ("ecart", "point") => usual("point"),
            _ => 0.0,
        };
        let asked = Some(expected + valeur);
        match cle {
            "inflation" => h.inflation = asked,
            "bases" => h.bases = asked,
            "point" => h.point_indice = asked,
            "taux_tfb" => h.taux_tfb = asked,
            "personnel" => h.personnel = asked,
            "energie" => h.energie = asked,
            "dgf" => h.dgf = asked,
            "dmto" => h.dmto = asked,
            _ => {}
        }
        Demande { hypotheses: h, ..Demande::default() }
    }
}

/// True when a shock speaks of a line.
fn concerns(cle: &str, budget: &Budget, l: &LignePrevision) -> bool {
    if l.section != Section::F {
        return false;
    }
    if cle == "personnel" {
        return l.sens == Sens::D && l.chapitre == "012";
    }
    let all = Some(1.0);
    let h = match cle {
        "energie" => Hypotheses { energie: all, ..Hypotheses::default() },
        "dgf" => Hypotheses { dgf: all, ..Hypotheses::default() },
        "dmto" => Hypotheses { dmto: all, ..Hypotheses::default() },
        _ => return false,
    };
    h.sur_compte(budget.norme, l.sens, &l.code).is_some()
}

/// Amount of the exercice, or of the last one before it.
fn going_on(by_year: &BTreeMap<u16, Centimes>, exercice: u16) -> Centimes {
    by_year.range(..=exercice).next_back().map_or(Centimes::ZERO, |(_, m)| *m)
}

/// Interest, capital and debt of the loans of a measure: one a year for what grants do not pay, paid back
/// from the year after.
fn loans(m: &Mesure, exercice: u16) -> (f64, f64, f64) {
    let Some((taux, duree)) = m.emprunt else { return (0.0, 0.0, 0.0) };
    let mut out = (0.0, 0.0, 0.0);
    for (year, amount) in m.investissement.range(..=exercice) {
        let grants = m.subventions.get(year).copied().unwrap_or_default();
        let capital = (*amount - grants).euros().max(0.0);
        if *year == exercice {
            out.2 += capital;
            continue;
        }
        let pret =
            Pret { capital, taux, restantes: u32::from(duree), par_an: 1, profil: Profil::Annuite };
        let paid = debt::echeancier(&pret, usize::from(exercice - year));
        if let Some(last) = paid.last() {
            out.0 += last.interets;
            out.1 += last.capital;
            out.2 += last.encours;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facility_is_paid_by_grants_and_a_loan() {
        let euros = |m: i64| Centimes(m * 100);
        let m = Mesure {
            libelle: "Crèche".into(),
            investissement: [(2027, euros(1_100_000))].into_iter().collect(),
            subventions: [(2027, euros(100_000))].into_iter().collect(),
            fonctionnement: [(2028, euros(200_000))].into_iter().collect(),
            recettes: [(2028, euros(80_000)), (2029, euros(90_000))].into_iter().collect(),
            emprunt: Some((4.0, 20)),
        };
        // 1 000 000 borrowed in 2027, first annuity in 2028: 1 000 000 x 0.04 / (1 - 1.04^-20) = 73 581.75
        assert_eq!(loans(&m, 2026), (0.0, 0.0, 0.0));
        assert_eq!(loans(&m, 2027), (0.0, 0.0, 1_000_000.0));
        let (interest, capital, owed) = loans(&m, 2028);
        assert!((interest - 40_000.0).abs() < 0.01, "{interest}");
        assert!((capital - 33_581.75).abs() < 0.01, "{capital}");
        assert!((owed - 966_418.25).abs() < 0.01, "{owed}");
        assert_eq!(going_on(&m.fonctionnement, 2027), Centimes::ZERO);
        assert_eq!(going_on(&m.recettes, 2031), euros(90_000));
    }

    #[test]
    fn ratios_of_a_year() {
        let a = Annee {
            exercice: 2027,
            recettes: Centimes(100_000),
            epargne_brute: Centimes(10_000),
            epargne_nette: Centimes(4_000),
            encours: Some(Centimes(80_000)),
        };
        assert!((a.taux().expect("receipts") - 10.0).abs() < 1e-9);
        assert!((a.desendettement().expect("saving") - 8.0).abs() < 1e-9);
        let none = Annee { epargne_brute: Centimes(-1), ..a };
        assert_eq!(none.desendettement(), None);
    }

    #[test]
    fn the_tables_are_read_whole() {
        for (table, width) in [(SCENARIOS, 6), (SENSIBILITES, 6)] {
            for line in table.lines() {
                assert_eq!(line.split(';').count(), width, "{line}");
            }
        }
    }
}
