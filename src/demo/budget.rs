//! Budget documents of the commune: BP, one DM, CA, exercice after exercice, balanced.
//!
//! Takes what was executed (by the ledger, or by the targets) and the results carried over; gives
//! lines ready to be written. Rules of balance are those of FORMATS 1.4: 042 = 040, 041 = 041,
//! 021 = 023, credits of each section equal in both senses, remainders carried over.
//!
//! **Invariant:** every document of [`Budget`] passes [`Document::check`].

use std::collections::BTreeMap;

use crate::demo::chart::{Chart, Flux};
use crate::demo::commune::Commune;
use crate::demo::document::{Amounts, Document, Etape, Lignes, Loan};
use crate::demo::ledger::Executed;
use crate::demo::rng::{Rng, scale, topic};

/// Capital of the loans of Saint-Exemple when they were signed, centimes.
const ORIGINAL_DEBT: i64 = 1_900_000_000;

/// What an exercice hands to the next.
#[derive(Debug, Clone, Default)]
struct Carry {
    /// Cumulated result of the operating section.
    operating: i64,
    /// Cumulated result of the investment section.
    investment: i64,
    /// Remainders at 31 December by line.
    rar: Executed,
    /// Capital due on 1 January.
    debt: i64,
}

/// The budget of the commune, walked exercice by exercice.
pub struct Budget<'a> {
    commune: &'a Commune,
    carry: Carry,
    /// Credits of the exercice under way.
    credits: Lignes,
}

impl<'a> Budget<'a> {
    /// Opens the first exercice with plausible results carried over.
    pub fn new(commune: &'a Commune) -> Self {
        let size = |amount: i64| scale(amount, commune.taille, 1000);
        let carry = Carry {
            operating: size(240_000_000),
            investment: size(-95_000_000),
            rar: Executed::new(),
            debt: size(1_130_000_000),
        };
        Self { commune, carry, credits: Lignes::new() }
    }

    fn chart(&self) -> &'a Chart {
        &self.commune.chart
    }

    /// Capital due on 1 January of the exercice to come, centimes.
    pub fn debt(&self) -> i64 {
        self.carry.debt
    }

    /// Amount of 1068: covers the need of the investment section, as far as the result allows.
    pub fn affectation(&self) -> i64 {
        let chart = self.chart();
        let rar: i64 = self.carry.rar.iter().map(|((c, _), a)| signed(chart, *c, *a)).sum();
        (-(self.carry.investment + rar)).clamp(0, self.carry.operating.max(0))
    }

    /// The BP of an exercice: credits from its targets, results and remainders carried over.
    pub fn primitive(&mut self, exercice: u16, targets: &[i64]) -> Document {
        let mut lignes = Lignes::new();
        let mut rng = Rng::new(self.commune.seed, topic("bp"), exercice.into());
        for (i, compte) in self.chart().comptes.iter().enumerate() {
            if !compte.bp || matches!(compte.flux, Flux::Budget | Flux::Affectation) {
                continue;
            }
            let weights: Vec<i64> = compte.fonctions.iter().map(|f| f.1).collect();
            for (rank, (fonction, _)) in compte.fonctions.iter().enumerate() {
                let key = (i as u16, *fonction);
                let part = crate::demo::flows::share(targets[i], &weights, rank);
                let rar_precedent = self.carry.rar.get(&key).copied().unwrap_or(0);
                let margin = margin(compte, &mut rng);
                let vote =
                    round_up(scale(part, margin, 1000) - rar_precedent, compte.ordre > 0).max(0);
                if vote != 0 || rar_precedent != 0 {
                    lignes.insert(key, voted(vote, rar_precedent));
                }
            }
        }
        self.results(&mut lignes, targets);
        self.balance(&mut lignes);
        self.credits.clone_from(&lignes);
        self.document(exercice, Etape::Bp, lignes, 0)
    }

    fn document(&self, exercice: u16, etape: Etape, lignes: Lignes, fiscalite: i64) -> Document {
        Document {
            exercice,
            etape,
            lignes,
            loans: vec![],
            fiscalite,
            population: self.commune.population(),
        }
    }

    fn key(&self, m57: &str, depense: bool) -> (u16, u8) {
        let chart = self.chart();
        let at = chart.comptes.iter().position(|c| c.m57 == m57 && c.depense == depense);
        let at = at.unwrap_or(0);
        (at as u16, chart.comptes[at].fonctions[0].0)
    }

    /// 001, 002 and 1068 of the exercice. A deficit of 001 is an expense, a surplus a receipt.
    fn results(&self, lignes: &mut Lignes, targets: &[i64]) {
        let affectation = self.affectation();
        let entries = [
            (self.key("1068", false), affectation),
            (self.key("002", false), self.carry.operating - affectation),
            (self.key("001", self.carry.investment < 0), self.carry.investment.abs()),
            (self.key("024", false), targets[usize::from(self.key("024", false).0)]),
        ];
        for (key, amount) in entries {
            if amount != 0 {
                lignes.insert(key, voted(amount, 0));
            }
        }
    }

    /// 023 and 021 balance the operating section, the loan (or more works) the other one.
    fn balance(&self, lignes: &mut Lignes) {
        for (from, to) in [("6811", "amort"), ("777", "subv"), ("2313", "etudes")] {
            self.mirror(lignes, from, to);
        }
        let chart = self.chart();
        let gap = |lignes: &Lignes, operating: bool| -> i64 {
            lignes
                .iter()
                .filter(|((c, _), _)| chart.comptes[usize::from(*c)].fonctionnement == operating)
                .map(|((c, _), a)| signed(chart, *c, a.ouvert))
                .sum()
        };
        let transfer = gap(lignes, true).max(0);
        lignes.insert(self.key("023", true), voted(transfer, 0));
        lignes.insert(self.key("021", false), voted(transfer, 0));
        let need = -gap(lignes, false);
        let key = if need >= 0 { self.key("1641", false) } else { self.key("2313", true) };
        let line = lignes.entry(key).or_default();
        line.vote += need.abs();
        line.ouvert += need.abs();
    }

    /// The mirror of an order group is the sum of its other lines, credits included.
    fn mirror(&self, lignes: &mut Lignes, mirror: &str, group: &str) {
        let comptes = &self.chart().comptes;
        let at =
            comptes.iter().position(|c| c.m57 == mirror && c.flux == Flux::Miroir).unwrap_or(0);
        let sum: i64 = lignes
            .iter()
            .filter(|((c, _), _)| {
                let c = &comptes[usize::from(*c)];
                c.flux == Flux::Ordre && c.tiers == group
            })
            .map(|(_, a)| a.ouvert)
            .sum();
        lignes.insert((at as u16, comptes[at].fonctions[0].0), voted(sum, 0));
    }

    /// A DM late in the year: energy and staff paid by transfer duties, works moved to equipment.
    pub fn amendment(&mut self, exercice: u16) -> Document {
        let unit = scale(100_000, self.commune.taille, 1000);
        let moves = [
            ("60612", true, 32),
            ("6453", true, 18),
            ("73123", false, 50),
            ("2188", true, 45),
            ("2313", true, -45),
        ];
        let mut lignes = Lignes::new();
        for (m57, depense, times) in moves {
            let key = self.key(m57, depense);
            let amount = unit * times;
            lignes.insert(key, Amounts { vote: amount, ouvert: amount, ..Amounts::default() });
            self.credits.entry(key).or_default().ouvert += amount;
        }
        self.document(exercice, Etape::Dm, lignes, 0)
    }

    /// The CA of an exercice from what was executed; hands its results to the next one.
    pub fn accounts(&mut self, exercice: u16, executed: &Executed) -> Document {
        let mut lignes: Lignes = self
            .credits
            .iter()
            .map(|(k, a)| {
                (
                    *k,
                    Amounts {
                        ouvert: a.ouvert,
                        rar_precedent: a.rar_precedent,
                        ..Amounts::default()
                    },
                )
            })
            .collect();
        for (key, amount) in executed {
            lignes.entry(*key).or_default().realise += amount;
        }
        for (m57, depense) in [("002", false), ("001", true), ("001", false)] {
            if let Some(line) = lignes.get_mut(&self.key(m57, depense)) {
                line.realise = line.ouvert;
            }
        }
        self.transfer(&mut lignes);
        self.remainders(exercice, &mut lignes);
        let loans = self.loans(executed);
        let chart = self.chart();
        let result = |operating: bool| -> i64 {
            lignes
                .iter()
                .filter(|((c, _), _)| chart.comptes[usize::from(*c)].fonctionnement == operating)
                .map(|((c, _), a)| signed(chart, *c, a.realise))
                .sum()
        };
        self.carry.operating = result(true);
        self.carry.investment = result(false);
        self.carry.rar =
            lignes.iter().filter(|(_, a)| a.rar != 0).map(|(k, a)| (*k, a.rar)).collect();
        self.carry.debt +=
            self.executed_on(executed, "1641", false) - self.executed_on(executed, "1641", true);
        let tax = self.executed_on(executed, "73111", false);
        let mut document = self.document(exercice, Etape::Ca, lignes, tax);
        document.loans = loans;
        document
    }

    /// Credits moved by the executive between chapitres of a section, where one would be overspent.
    fn transfer(&self, lignes: &mut Lignes) {
        let chart = self.chart();
        let place = |c: u16| {
            let c = &chart.comptes[usize::from(c)];
            (c.depense && c.ordre == 0).then_some((c.fonctionnement, c.chapitre_m57))
        };
        let mut left: BTreeMap<(bool, &str), i64> = BTreeMap::new();
        for ((compte, _), a) in lignes.iter() {
            if let Some(chapitre) = place(*compte) {
                *left.entry(chapitre).or_default() += a.ouvert - a.realise;
            }
        }
        let short: Vec<((bool, &str), i64)> =
            left.iter().filter(|(_, left)| **left < 0).map(|(c, left)| (*c, *left)).collect();
        for (chapitre, missing) in short {
            let taker = lignes.keys().find(|(c, _)| place(*c) == Some(chapitre)).copied();
            let Some(taker) = taker else { continue };
            let mut need = round_up(-missing, false);
            // one giver may not have enough, and must not be overspent in its turn
            while need > 0 {
                let spare = |c: u16, a: &Amounts| {
                    let from = place(c).filter(|p| p.0 == chapitre.0 && *p != chapitre)?;
                    let free = (a.ouvert - a.realise).min(left[&from]);
                    (free > 0).then_some((free, from))
                };
                let giver = lignes
                    .iter()
                    .filter_map(|(k, a)| spare(k.0, a).map(|(free, from)| (free, *k, from)))
                    .max_by_key(|(free, _, _)| *free);
                let Some((free, giver, from)) = giver else { break };
                let amount = free.min(need);
                lignes.entry(giver).or_default().ouvert -= amount;
                lignes.entry(taker).or_default().ouvert += amount;
                *left.entry(from).or_default() -= amount;
                need -= amount;
            }
            // the whole section is short: more credits, and as much of the receipts that came in
            let receipt = |c: u16| {
                let c = &chart.comptes[usize::from(c)];
                !c.depense && c.ordre == 0 && c.fonctionnement == chapitre.0
            };
            let came = lignes.iter().filter(|((c, _), _)| receipt(*c));
            let came = came.max_by_key(|(_, a)| a.realise - a.ouvert).map(|(k, _)| *k);
            if let (Some(came), true) = (came, need > 0) {
                lignes.entry(taker).or_default().ouvert += need;
                lignes.entry(came).or_default().ouvert += need;
            }
        }
    }

    /// Part of the credits of some investment lines is engaged and not executed.
    fn remainders(&self, exercice: u16, lignes: &mut Lignes) {
        let mut rng = Rng::new(self.commune.seed, topic("rar"), exercice.into());
        for ((compte, _), a) in lignes.iter_mut() {
            let c = &self.chart().comptes[usize::from(*compte)];
            let left = (a.ouvert - a.realise).min(scale(a.realise, 4, 10));
            if c.rar && left > 500_000 {
                a.rar = scale(left, rng.between(350, 800), 1000);
            }
        }
    }

    fn executed_on(&self, executed: &Executed, m57: &str, depense: bool) -> i64 {
        let at = self.chart().real(m57, depense);
        executed.iter().filter(|((c, _), _)| Some(*c) == at).map(|(_, a)| *a).sum()
    }

    /// Three loans that add up to 1641 and 66111: due on 1 January, paid, and due on 31 December once drawn what
    /// the exercice borrowed, so that each year opens where the one before closed.
    fn loans(&self, executed: &Executed) -> Vec<Loan> {
        let paid = self.executed_on(executed, "1641", true);
        let totals = [
            self.carry.debt,
            paid,
            self.executed_on(executed, "66111", true),
            self.carry.debt + self.executed_on(executed, "1641", false) - paid,
        ];
        let weights = [50, 30, 20];
        (0..weights.len())
            .map(|rank| {
                let part = |total| crate::demo::flows::share(total, &weights, rank);
                Loan {
                    original: part(scale(ORIGINAL_DEBT, self.commune.taille, 1000)),
                    opening: part(totals[0]),
                    capital: part(totals[1]),
                    interest: part(totals[2]),
                    closing: part(totals[3]),
                }
            })
            .collect()
    }
}

/// An amount as it counts in a result: receipts less expenses.
fn signed(chart: &Chart, compte: u16, amount: i64) -> i64 {
    if chart.comptes[usize::from(compte)].depense { -amount } else { amount }
}

fn voted(vote: i64, rar_precedent: i64) -> Amounts {
    Amounts { vote, ouvert: vote + rar_precedent, rar_precedent, ..Amounts::default() }
}

/// Thousandths of the expected amount that a prudent budget opens.
fn margin(compte: &crate::demo::chart::Compte, rng: &mut Rng) -> i64 {
    match (compte.depense, compte.fonctionnement, compte.ordre) {
        (_, _, 1 | 2) => 1000,
        (true, true, _) if compte.chapitre_m57 == "012" => 1000 + rng.between(12, 26),
        // Grants are voted with some room, the rest is decided during the year.
        (true, true, _) if compte.chapitre_m57 == "65" => 1000 + rng.between(90, 140),
        (true, true, _) => 1000 + rng.between(45, 95),
        (true, false, _) if compte.chapitre_m57 == "16" => 1000,
        (true, false, _) => 1000 + rng.between(120, 420),
        (false, true, _) => 1000 - rng.between(2, 30),
        (false, false, _) => 1000 + rng.between(0, 200),
    }
}

/// Budgets are voted in hundreds of euros; order entries as they are.
fn round_up(cents: i64, exact: bool) -> i64 {
    if exact { cents } else { (cents + 9_999).div_euclid(10_000) * 10_000 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::calendar::Weeks;
    use crate::demo::ledger::{Source, without_ledger};

    #[test]
    fn every_document_balances_over_the_switch() {
        for seed in [1, 2, 77] {
            let commune = Commune::new(seed, 10_000);
            let mut budget = Budget::new(&commune);
            let mut last = Lignes::new();
            let mut owed = budget.debt();
            for exercice in 2020..=2026 {
                let targets = commune.chart.targets(seed, exercice, commune.taille);
                let previous = commune.chart.targets(seed, exercice - 1, commune.taille);
                let affectation = budget.affectation();
                let bp = budget.primitive(exercice, &targets);
                assert_eq!(bp.check(&commune.chart), Vec::<String>::new(), "BP {exercice}");
                for (key, a) in &last {
                    assert_eq!(bp.lignes.get(key).map_or(0, |b| b.rar_precedent), a.rar);
                }
                let dm = budget.amendment(exercice);
                assert_eq!(dm.check(&commune.chart), Vec::<String>::new(), "DM {exercice}");
                let weeks = Weeks::new(exercice);
                let source = Source {
                    commune: &commune,
                    weeks: &weeks,
                    targets: &targets,
                    previous: &previous,
                    affectation,
                    lignes: 0,
                };
                let ca = budget.accounts(exercice, &without_ledger(&source));
                assert_eq!(ca.check(&commune.chart), Vec::<String>::new(), "CA {exercice}");
                assert!(budget.carry.operating > 0 && budget.carry.debt > 0);
                let sum = |of: fn(&Loan) -> i64| -> i64 { ca.loans.iter().map(of).sum() };
                assert_eq!(sum(|l| l.opening), owed, "debt opens where the year before closed");
                owed = budget.debt();
                assert_eq!(sum(|l| l.closing), owed, "debt at the end of {exercice}");
                last = ca.lignes.clone();
            }
        }
    }

    #[test]
    fn a_town_of_12_480_has_plausible_totals() {
        let commune = Commune::new(1, 10_000);
        let targets = commune.chart.targets(1, 2025, 1000);
        let sum = |depense: bool| -> i64 {
            commune
                .chart
                .comptes
                .iter()
                .zip(&targets)
                .filter(|(c, _)| {
                    c.fonctionnement
                        && c.depense == depense
                        && c.ordre == 0
                        && c.flux != Flux::Budget
                })
                .map(|(_, t)| *t / 100)
                .sum()
        };
        assert!((14_500_000..17_000_000).contains(&sum(true)), "{}", sum(true));
        assert!(sum(false) > sum(true) + 1_200_000);
    }
}
