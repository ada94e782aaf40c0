//! Scenarios side by side: épargne brute and nette, debt and years to pay it back, year by year.
//!
//! A scenario is hypotheses (growth that replaces what rules take, points added to it, % of the amounts
//! forecast) and measures (see `mesures`). Its effect is the gap between two projections of the same
//! accounts, put on the forecast: amounts entered as known do not move; a landing keeps what is done of the
//! running exercice.
//!
//! **Invariant:** a scenario without hypothesis nor measure is the forecast, to the centime.

use std::collections::BTreeMap;

use crate::budget::debt;
use crate::budget::history::Budget;
use crate::budget::mesures::Mesure;
use crate::budget::project::project;
use crate::budget::rows::{LignePrevision, Niveau, OriginePrevision, Prevision};
use crate::budget::scenario::{Ecarts, Hypotheses, Niveaux};
use crate::domain::account::Sens;
use crate::domain::money::Centimes;
use crate::domain::ratios::{Agregats, Mouvement};

const SCENARIOS: &str = include_str!("../../datasets/reference/scenarios.csv");
const SENSIBILITES: &str = include_str!("../../datasets/reference/sensibilites.csv");

/// Model of an amount computed from what the commune types.
const LEVIER: &str = "levier saisi";

/// A scenario asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Demande {
    /// Name.
    pub nom: String,
    /// What it is, French.
    pub libelle: String,
    /// Hypotheses.
    pub hypotheses: Hypotheses,
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
    encours: Option<Vec<Option<f64>>>,
    /// The first step is a landing: no hypothesis changes it.
    landed: bool,
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
            .map(|(all, _)| all.iter().map(|a| a.connue.then_some(a.encours)).collect());
        let landed = prevision.atterrissages.iter().any(|a| a.budget == budget.nom);
        Some(Self { budget, lignes, steps, central, encours, landed })
    }

    fn last(&self) -> u16 {
        self.budget.exercices.last().copied().unwrap_or(0)
    }

    fn encours(&self, exercice: u16) -> Option<f64> {
        let at = usize::from(exercice - self.last()) - 1;
        self.encours.as_ref()?.get(at).copied()?
    }

    /// The years of a scenario.
    pub fn annees(&self, demande: &Demande) -> Vec<Annee> {
        let moved = self.moved(&demande.hypotheses);
        let years = self.lignes.iter().map(|(exercice, lines)| {
            let at = usize::from(exercice - self.last()) - 1;
            let amounts = lines.iter().map(|l| {
                let known = l.origine == OriginePrevision::Connu;
                let key = (l.sens, l.code.as_str());
                // bases or populations typed: no path replaces them
                let typed = l.modele == LEVIER;
                let paths = moved.as_ref().filter(|_| !typed);
                let shift = paths.and_then(|m| m.get(&key)).map_or(0.0, |d| d[at]);
                let base = self.budget.base_tfb;
                let added = demande.hypotheses.sur_prevision(self.budget.norme, base, key);
                let added = added.map_or(0.0, |a| a.sur(l.prevision.euros() + shift));
                let change = if known { 0.0 } else { shift + added };
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
        let paths = Hypotheses { taux_tfb: None, niveau: Niveaux::default(), ..*hypotheses };
        if paths == Hypotheses::default() {
            return None;
        }
        let n = self.budget.exercices.len();
        let other = project(self.budget, n, self.steps, &paths);
        let pairs = self.budget.series.iter().zip(self.central.iter().zip(&other));
        let gap = |(s, (a, b)): (
            &'a crate::budget::history::Serie,
            (&crate::budget::project::Projection, &crate::budget::project::Projection),
        )| {
            let gaps = a.points.iter().zip(&b.points).map(|(a, b)| b - a);
            let done = match (self.landed, a.points.first().zip(b.points.first())) {
                (true, Some((a, b))) => b - a,
                _ => 0.0,
            };
            ((s.sens, s.code.as_str()), gaps.map(|gap| gap - done).collect())
        };
        Some(pairs.map(gap).collect())
    }

    fn with_measures(&self, exercice: u16, a: &Agregats, mesures: &[Mesure]) -> Annee {
        let (mut interest, mut capital, mut owed) = (0.0, 0.0, 0.0);
        let (mut cost, mut gain) = (Centimes::ZERO, Centimes::ZERO);
        for m in mesures {
            let found = m.effet(exercice, |sens, code| self.becomes(exercice, sens, code));
            cost += found.depenses;
            gain += found.recettes;
            interest += found.interets;
            capital += found.capital;
            owed += found.encours;
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

    /// What an account of the first exercice forecast becomes, as a factor.
    fn becomes(&self, exercice: u16, sens: Sens, code: &str) -> f64 {
        let amount = |lines: &Vec<&LignePrevision>| {
            let ours = lines.iter().find(|l| l.sens == sens && l.code == code);
            ours.map_or(0.0, |l| l.prevision.euros())
        };
        let first = self.lignes.values().next().map_or(0.0, amount);
        let now = self.lignes.get(&exercice).map_or(0.0, amount);
        if first == 0.0 { 1.0 } else { now / first }
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
                let hypotheses = hypotheses(genre, cle, value.parse().unwrap_or(0.0));
                first(&Demande { hypotheses, ..Demande::default() }) - central
            };
            let (bas, haut) = (effect(bas), effect(haut));
            if bas != Centimes::ZERO || haut != Centimes::ZERO {
                out.push(Sensibilite { libelle, bas, haut });
            }
        }
        out.sort_by_key(|s| std::cmp::Reverse(s.bas.abs().max(s.haut.abs())));
        out
    }
}

/// Ready-made scenarios (table `scenarios.csv`).
pub fn prets() -> Vec<Demande> {
    let one = |line: &str| {
        let f: Vec<&str> = line.split(';').collect();
        let &[nom, libelle, genre, cle, valeur, _] = f.as_slice() else { return None };
        Some(Demande {
            nom: nom.to_owned(),
            libelle: libelle.to_owned(),
            hypotheses: hypotheses(genre, cle, valeur.parse().ok()?),
            mesures: Vec::new(),
        })
    };
    SCENARIOS.lines().skip(1).filter_map(one).collect()
}

/// `hypothese` sets a percentage, `ecart` adds to the one expected, `niveau` moves the amounts.
fn hypotheses(genre: &str, cle: &str, valeur: f64) -> Hypotheses {
    let mut h = Hypotheses::default();
    let Ecarts { inflation, bases, point_indice } = &mut h.ecart;
    let Niveaux { energie, dgf, dmto, personnel } = &mut h.niveau;
    match (genre, cle) {
        ("ecart", "inflation") => *inflation = valeur,
        ("ecart", "bases") => *bases = valeur,
        ("ecart", "point_indice") => *point_indice = valeur,
        ("niveau", "energie") => *energie = valeur,
        ("niveau", "dgf") => *dgf = valeur,
        ("niveau", "dmto") => *dmto = valeur,
        ("niveau", "personnel") => *personnel = valeur,
        ("hypothese", "personnel") => h.personnel = Some(valeur),
        ("hypothese", "taux_tfb") => h.taux_tfb = Some(valeur),
        _ => {}
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(prets().len() + 1, SCENARIOS.lines().count());
        for one in prets() {
            assert_ne!(one.hypotheses, Hypotheses::default(), "{} says nothing", one.nom);
        }
        for line in SENSIBILITES.lines().skip(1) {
            let f: Vec<&str> = line.split(';').collect();
            let low = hypotheses(f[2], f[0], f[3].parse().expect("a number"));
            assert_ne!(low, Hypotheses::default(), "{line}");
        }
    }
}
