//! Irregularities planted by code, graded by difficulty, each with its honest look-alike.
//!
//! Written from the domain (what double payments, wrong amounts, split purchases look like in a
//! town hall), not from what detectors find. A recipe builds its own pieces beside the ordinary ones,
//! with the same suppliers and the same habits, so that nothing but the fault tells them apart.
//!
//! **Invariant:** every recipe has a look-alike; pieces of two recipes are never the same record.

mod controls;
mod dbl;
mod dbl_chain;
mod mnt;
mod payees;
mod rules;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::demo::calendar::{Weeks, day, last_bordereau_day, next_bordereau_day};
use crate::demo::commune::Commune;
use crate::demo::identity::{self, Genre, Tiers};
use crate::demo::invoices::{Occasion, occasional};
use crate::demo::piece::{Ligne, Piece, numbers_a_week};
use crate::demo::rng::{Rng, scale, topic};
use crate::demo::truth::{Difficulte, Truth, Verdict};

/// What happens to the numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Numbers that no piece has.
    Gap(u64),
    /// The number of a piece given again to the n-th plain piece that follows.
    Repeat(u32),
    /// A number given late, to the n-th plain piece that follows.
    Late(u32),
    /// Numbers that no bordereau has.
    Bordereau(u64),
    /// A piece whose dates are all written some days away (signed).
    Moved(i32),
}

/// A contract that `vigie.toml` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contrat {
    /// Supplier.
    pub siret: String,
    /// Number, as the ledger writes it.
    pub numero: String,
    /// Object.
    pub objet: String,
    /// Amount without tax, centimes.
    pub ht: i64,
    /// First day.
    pub debut: i32,
    /// Last day.
    pub fin: i32,
    /// What each avenant adds, centimes.
    pub avenants: Vec<i64>,
}

/// Persons that `vigie.toml` tells: name, first name, role.
pub const PERSONS: [(&str, &str, &str); 3] =
    [("Paravent", "Solène", "elu"), ("Lanternin", "Aubin", "agent"), ("Girolet", "Maud", "agent")];

/// An event of the numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Week from which it may happen.
    pub week: usize,
    /// Among mandats or titres.
    pub depense: bool,
    /// What happens.
    pub kind: EventKind,
    /// Entry of the answer key.
    pub plant: u32,
}

/// What is planted in one exercice.
#[derive(Debug, Clone, Default)]
pub struct Planted {
    /// Pieces beside the ordinary ones.
    pub pieces: Vec<Piece>,
    /// Events of the numbering.
    pub events: Vec<Event>,
    /// Contracts of planted pieces.
    pub contrats: Vec<Contrat>,
}

/// Mean occasional invoice of each (trade, account), centimes with tax.
pub type Means = BTreeMap<(usize, u16), i64>;

/// An entry to plant.
#[derive(Debug, Clone, Copy)]
struct Task {
    code: &'static str,
    verdict: Verdict,
    n: u64,
    degree: Difficulte,
}

/// What a recipe gives.
struct Planting {
    histoire: String,
    /// Budget year, piece, and whether the answer key names it.
    pieces: Vec<(u16, Piece, bool)>,
    event: Option<EventKind>,
    contrat: Option<Contrat>,
}

impl Planting {
    fn new(histoire: impl Into<String>) -> Self {
        Self { histoire: histoire.into(), pieces: vec![], event: None, contrat: None }
    }

    /// Adds a piece named by the answer key.
    fn named(mut self, year: u16, piece: Piece) -> Self {
        self.pieces.push((year, piece, true));
        self
    }

    /// Adds a piece that is only context.
    fn context(mut self, year: u16, piece: Piece) -> Self {
        self.pieces.push((year, piece, false));
        self
    }
}

type Recipe = fn(&mut Planter<'_>, Difficulte) -> Planting;

/// A control, how it is broken, and what only looks like it.
type Line = (&'static str, Recipe, Recipe);

/// Recipes in two sets: the second is planted after the first, whose pieces it leaves as they are.
fn recipes() -> [Vec<Line>; 2] {
    let first =
        [dbl::RECIPES, dbl_chain::RECIPES, mnt::RECIPES, controls::RECIPES, payees::RECIPES];
    [first.concat(), rules::RECIPES.to_vec()]
}

/// Number of irregularities of each control for a ledger of `lignes` lines: one of each degree of
/// difficulty at least, when the ledger is large enough to hide them.
pub(super) fn per_control(lignes: u64, controls: u64) -> u64 {
    let wanted = if lignes <= 100_000 { lignes / 500 } else { 200 + (lignes - 100_000) / 2_500 };
    let least = match lignes {
        0..5_000 => 1,
        5_000..15_000 => 2,
        _ => 3,
    };
    (wanted / controls.max(1)).max(least)
}

/// Plants the exercices of a ledger.
pub struct Planter<'a> {
    commune: &'a Commune,
    /// Exercices with a ledger, and the mean occasional invoice of each (trade, account).
    years: &'a [(u16, Means)],
    rng: Rng,
    /// Exercice of the recipe at work.
    year: u16,
    serial: u64,
    /// Same-day purchases planted so far.
    same_day: usize,
    /// Suppliers already used by a recipe.
    used: std::collections::BTreeSet<usize>,
}

/// A supplier of the base and the account it bills.
#[derive(Debug, Clone, Copy)]
struct Habit {
    trade: usize,
    compte: u16,
    rank: usize,
}

/// Plants irregularities (when wanted) and look-alikes in every exercice.
pub fn plant(
    commune: &Commune,
    years: &[(u16, Means)],
    lignes: u64,
    irregularites: bool,
    truth: &mut Truth,
) -> BTreeMap<u16, Planted> {
    let recipes = recipes();
    let each = per_control(lignes, recipes.iter().map(Vec::len).sum::<usize>() as u64);
    let mut out: BTreeMap<u16, Planted> =
        years.iter().map(|(y, _)| (*y, Planted::default())).collect();
    let mut planter = Planter {
        commune,
        years,
        rng: Rng::new(0, 0, 0),
        year: years[0].0,
        serial: 0,
        same_day: 0,
        used: std::collections::BTreeSet::new(),
    };
    for set in &recipes {
        for n in 0..each {
            for (c, line) in set.iter().enumerate() {
                planter.entries(line, (n, c), irregularites, truth, &mut out);
            }
        }
    }
    out
}

impl Planter<'_> {
    /// Plants one irregularity of a control, when wanted, and its look-alike.
    fn entries(
        &mut self,
        &(code, irregular, honest): &Line,
        (n, rank): (u64, usize),
        irregularites: bool,
        truth: &mut Truth,
        out: &mut BTreeMap<u16, Planted>,
    ) {
        let degree = Difficulte::turn(n as usize + rank);
        for (verdict, recipe) in [(Verdict::Irregularite, irregular), (Verdict::Sosie, honest)] {
            let task = Task { code, verdict, n, degree };
            let planting = self.cook(task, recipe);
            if verdict == Verdict::Sosie || irregularites {
                self.sow(task, planting, truth, out);
            }
        }
    }

    /// Runs a recipe with its own stream, so that recipes do not disturb one another.
    fn cook(&mut self, task: Task, recipe: Recipe) -> Planting {
        let topic = topic(task.code) ^ topic(task.verdict.word());
        self.rng = Rng::new(self.commune.seed, topic, task.n);
        self.serial += 1;
        // The last exercice gets the larger share: it is the one an auditor opens first.
        let last = self.years.len() - 1;
        let i = if self.rng.chance(600) { last } else { self.rng.index(self.years.len()) };
        self.year = self.years[i].0;
        recipe(self, task.degree)
    }

    fn sow(
        &mut self,
        task: Task,
        planting: Planting,
        truth: &mut Truth,
        out: &mut BTreeMap<u16, Planted>,
    ) {
        let number = truth.open(task.code, task.verdict, task.degree, planting.histoire);
        for (year, mut piece, named) in planting.pieces {
            if named {
                piece.plant = number;
                piece.change(|l| Ligne { marked: true, ..l });
            }
            out.entry(year).or_default().pieces.push(piece);
        }
        if let Some(kind) = planting.event {
            let week = match kind {
                // After the closing, or well inside the year.
                EventKind::Moved(days) if days > 0 => {
                    Weeks::new(self.year).count() - 2 - self.serial as usize % 3
                }
                EventKind::Moved(_) => 10 + self.rng.index(36),
                _ => 4 + self.rng.index(40),
            };
            let event = Event { week, depense: true, kind, plant: number };
            out.entry(self.year).or_default().events.push(event);
        }
        if let Some(contrat) = planting.contrat {
            out.entry(self.year).or_default().contrats.push(contrat);
        }
    }

    // --- materials of the recipes ---

    /// A supplier of the base among some trades, one of those that bill most often.
    fn supplier(&mut self, keys: &[&str]) -> Habit {
        let key = *self.rng.pick(keys);
        let trades = &self.commune.trades;
        let trade = trades.iter().position(|t| t.cle == key).unwrap_or(0);
        let pool = trades[trade].suppliers;
        let often = (pool / 2).max(2).min(pool);
        let mut rank = self.rng.index(often);
        for _ in 0..often {
            if self.used.insert(trades[trade].first + rank) {
                break;
            }
            rank = (rank + 1) % often;
        }
        Habit { trade, compte: trades[trade].natures[0].0, rank }
    }

    /// A payee that the base does not know, named as a company of a trade.
    fn new_tiers(&mut self, trade: &str) -> Tiers {
        let rank = 24 + self.serial as usize;
        identity::tiers(Genre::Societe, trade, 11, rank, 90_000 + self.serial % 9_999)
    }

    /// A natural person or an association that the base does not know.
    fn new_person(&mut self, genre: Genre) -> Tiers {
        let kind = usize::from(genre == Genre::Association);
        let rank = self.commune.named[kind] + self.serial as usize;
        identity::tiers(
            genre,
            "",
            (self.commune.seed % 24) as usize,
            rank,
            90_000 + self.serial % 9_999,
        )
    }

    /// Mean occasional invoice of a trade on an account this year, centimes.
    fn mean(&self, habit: Habit) -> i64 {
        let means = self.years.iter().find(|(y, _)| *y == self.year).map(|(_, m)| m);
        let mean = means.and_then(|m| m.get(&(habit.trade, habit.compte))).copied();
        mean.unwrap_or_else(|| self.commune.trades[habit.trade].moyenne.max(20_000))
    }

    /// An ordinary invoice of a supplier, mandated on a day; never under 120 euros.
    fn invoice(&mut self, habit: Habit, day: i32) -> Piece {
        let weeks = Weeks::new(self.year);
        let mean = self.mean(habit);
        let tiers = &self.commune.tiers[self.commune.trades[habit.trade].first + habit.rank];
        let pace = numbers_a_week(tiers, self.commune.lignes);
        self.serial += 1;
        let occasion = Occasion {
            trade: habit.trade,
            compte: habit.compte,
            day,
            exercice: self.year,
            sequence: weeks.of(day) as u64 * pace
                + pace * 6 / 10
                + 1
                + self.serial % (pace * 4 / 10 - 1),
            mean,
            most: mean * 4,
        };
        let mut piece = occasional(self.commune, occasion, habit.rank, &mut self.rng);
        let floor = 12_000 + self.rng.between(0, 9_000);
        if piece.total() < floor {
            let ht = scale(floor, 1000, 1000 + self.rate(habit));
            piece.lignes[0] = self.line(habit, piece.lignes[0].fonction, ht);
        }
        piece
    }

    fn rate(&self, habit: Habit) -> i64 {
        self.commune.trades[habit.trade].tva
    }

    fn line(&self, habit: Habit, fonction: u8, ht: i64) -> Ligne {
        Ligne::from_ht(habit.compte, fonction, ht, self.rate(habit))
    }

    /// A line on an account by its code, main function, with tax at 20 %.
    fn line_on(&self, m57: &str, ht: i64, rate: i64) -> Ligne {
        let compte = self.commune.chart.real(m57, true).unwrap_or(0);
        let fonction = self.commune.chart.comptes[usize::from(compte)].fonctions[0].0;
        Ligne::from_ht(compte, fonction, ht, rate)
    }

    /// A bordereau day between the first days of two months of the exercice.
    fn date(&mut self, from: i8, to: i8) -> i32 {
        let (low, high) = (day(self.year, from, 5), day(self.year, to, 25));
        next_bordereau_day(self.rng.between(low.into(), high.into()) as i32)
    }

    /// The bordereau day some days later, inside the calendar year.
    fn later(&mut self, from: i32, low: i64, high: i64) -> i32 {
        let day_wanted = from + self.rng.between(low, high) as i32;
        next_bordereau_day(day_wanted).min(last_bordereau_day(day(self.year, 12, 31)))
    }

    /// The same invoice entered again on a later day, as if just received.
    fn again(&mut self, piece: &Piece, low: i64, high: i64) -> Piece {
        let day = self.later(piece.day, low, high);
        let mut copy = piece.clone().mandated_on(day);
        copy.date_reception = day - 6 - self.rng.between(0, 6) as i32;
        copy.engagement = String::new();
        copy
    }

    /// A monthly series of a payee of its own: (months, amount without tax, object).
    fn monthly(
        &mut self,
        tiers: &Rc<Tiers>,
        line: Ligne,
        months: &[i8],
        objet: &str,
    ) -> Vec<Piece> {
        let dom = 3 + (self.serial % 20) as i8;
        let mut pieces = Vec::new();
        for month in months {
            let issued = day(self.year, *month, dom);
            let when = next_bordereau_day(issued + 12);
            let text = self.commune.objet(objet, 0, issued, self.serial % 900 + 100);
            let mut piece = Piece::new(true, when, Rc::clone(tiers), text, vec![line]);
            piece.date_facture = issued;
            piece.date_reception = issued + 3;
            piece.facture = format!("AB{}{month:02}{:04}", self.year, self.serial % 10_000);
            piece.engagement = format!("ENG{}-P{:05}", self.year, self.serial);
            pieces.push(piece);
        }
        pieces
    }
}

/// Days as people write them.
fn jj_mm(day: i32) -> String {
    crate::domain::calendar::civil(day)
        .map_or_else(String::new, |d| format!("{:02}/{:02}/{}", d.day(), d.month(), d.year()))
}

/// Euros as people write them.
fn euros(cents: i64) -> String {
    let mut text = String::new();
    crate::demo::write::push_amount(&mut text, cents, ',');
    format!("{text} €")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_cover_the_families() {
        let all = recipes().concat();
        let codes: BTreeSet<&str> = all.iter().map(|r| r.0).collect();
        assert_eq!(codes.len(), all.len());
        for code in &codes {
            assert!(code.parse::<crate::domain::control::ControlCode>().is_ok(), "{code}");
        }
        for n in 1..=12 {
            assert!(codes.contains(format!("DBL{n:02}").as_str()));
        }
        for n in 1..=8 {
            assert!(codes.contains(format!("MNT{n:02}").as_str()));
        }
    }

    #[test]
    fn irregularities_grow_with_the_ledger() {
        assert_eq!(per_control(2_000, 35), 1);
        assert_eq!((per_control(6_000, 35), per_control(20_000, 35)), (2, 3));
        assert_eq!(per_control(100_000, 35), 5);
        assert!(per_control(10_000_000, 35) > 100);
    }
}
