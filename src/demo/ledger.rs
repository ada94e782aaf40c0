//! Mandats and titres of one exercice, written week by week: memory holds one week, not the year.
//!
//! Each week takes the bills of the contracts, the programmed flows, what was planted for it, and
//! occasional invoices until the number of lines wanted is reached; the choice of accounts follows
//! what is left of their target, so that the year ends close to it. The accounts of the exercice are
//! then read from what was written.
//!
//! **Invariant:** for each (sens, account, function), the accounts of the exercice are the sum of the
//! amounts with tax of its ledger lines, order entries and 1068 included, 001 and 002 excluded.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use crate::demo::calendar::Weeks;
use crate::demo::chart::{Compte, Flux};
use crate::demo::commune::Commune;
use crate::demo::flows::Flows;
use crate::demo::invoices::{Occasion, Tariffs, bill_in_week, occasional, ventilate};
use crate::demo::piece::{Ligne, Piece, Suite, numbers_a_week};
use crate::demo::plant::{Event, Planted};
use crate::demo::register::Register;
use crate::demo::rng::{Rng, topic};
use crate::demo::truth::Truth;

/// Executed amounts by (account, function), centimes.
pub type Executed = BTreeMap<(u16, u8), i64>;

/// Share of the ledger lines that are titres, thousandths.
pub const RECEIPTS: u64 = 220;

/// One choice of an occasional invoice: a trade on an account.
#[derive(Debug, Clone, Copy)]
struct Choice {
    trade: usize,
    compte: u16,
    /// Part of the account left to this trade.
    share: f64,
    /// Mean amount, centimes.
    mean: f64,
}

/// What an exercice is written from.
pub struct Source<'a> {
    /// The commune.
    pub commune: &'a Commune,
    /// Calendar of the exercice.
    pub weeks: &'a Weeks,
    /// Targets of the exercice.
    pub targets: &'a [i64],
    /// Targets of the exercice before.
    pub previous: &'a [i64],
    /// Amount of 1068.
    pub affectation: i64,
    /// Ledger lines wanted.
    pub lignes: u64,
}

/// An exercice being written.
pub struct Year<'a> {
    source: &'a Source<'a>,
    tariffs: Tariffs,
    /// Pieces waiting for their week.
    waiting: BTreeMap<usize, Vec<Piece>>,
    events: Vec<Event>,
    /// Targets of occasional invoices by account, centimes.
    aims: Vec<i64>,
    spent: Vec<i64>,
    choices: [Vec<Choice>; 2],
    /// Lines written, expenses then receipts.
    lines: [u64; 2],
    /// Lines known for the weeks to come, expenses then receipts.
    ahead: [u64; 2],
    executed: Executed,
    grants: Vec<Grant>,
}

/// An ordinary grant of the commune to a private body, and its record.
#[derive(Debug, Clone)]
pub struct Grant {
    /// What was paid.
    pub piece: Piece,
    /// Record in the file of the mandats.
    pub record: u64,
}

/// Account of the grants to private bodies, M57.
pub const GRANTS: &str = "65748";

impl<'a> Year<'a> {
    /// Prepares an exercice with what is planted in it.
    pub fn new(source: &'a Source<'a>, planted: Planted) -> Self {
        let commune = source.commune;
        let flows = Flows {
            commune,
            targets: source.targets,
            previous: source.previous,
            weeks: source.weeks,
            affectation: source.affectation,
        };
        let mut year = Self {
            source,
            tariffs: Tariffs::new(commune, source.targets),
            waiting: BTreeMap::new(),
            events: planted.events,
            aims: vec![],
            spent: vec![0; source.targets.len()],
            choices: [vec![], vec![]],
            lines: [0, 0],
            ahead: [0, 0],
            executed: Executed::new(),
            grants: vec![],
        };
        year.ahead = year.tariffs.lines;
        for piece in flows.pieces().into_iter().chain(planted.pieces) {
            year.wait(piece);
        }
        year.aims = year.aims(&flows);
        for sens in [0, 1] {
            let free = year.quota(sens, 1.0).saturating_sub(year.ahead[sens]);
            year.choices[sens] = year.choices(sens == 0, free);
        }
        year
    }

    fn wait(&mut self, mut piece: Piece) {
        piece.day = self.source.weeks.clamp(piece.day);
        self.ahead[usize::from(!piece.depense)] += piece.lignes.len() as u64;
        self.waiting.entry(self.source.weeks.of(piece.day)).or_default().push(piece);
    }

    /// Lines wanted of a sense (0 expenses) at a share of the year.
    fn quota(&self, sens: usize, share: f64) -> u64 {
        let receipts = self.source.lignes * RECEIPTS / 1000;
        let total = if sens == 0 { self.source.lignes - receipts } else { receipts };
        (total as f64 * share).round() as u64
    }

    /// What occasional invoices have to reach on each account.
    fn aims(&self, flows: &Flows) -> Vec<i64> {
        let comptes = &self.source.commune.chart.comptes;
        (0..comptes.len())
            .map(|i| match comptes[i].flux {
                Flux::Factures | Flux::Familles => {
                    let (now, before) = flows.accrued(i, &comptes[i]);
                    let elsewhere = self.tariffs.by_account[i] + flows.collected(i, &comptes[i]);
                    (self.source.targets[i] - elsewhere - now + before).max(0)
                }
                _ => 0,
            })
            .collect()
    }

    /// Trades that bill each account, with means such that `free` invoices reach the aims.
    fn choices(&self, depense: bool, free: u64) -> Vec<Choice> {
        let commune = self.source.commune;
        let mut on_account: HashMap<u16, i64> = HashMap::new();
        let billing = |t: &&crate::demo::commune::Trade| t.depense == depense && t.moyenne > 0;
        for trade in commune.trades.iter().filter(billing) {
            for (compte, weight) in &trade.natures {
                *on_account.entry(*compte).or_default() += weight;
            }
        }
        let mut choices = Vec::new();
        for (t, trade) in commune.trades.iter().enumerate().filter(|(_, t)| billing(t)) {
            for (compte, weight) in &trade.natures {
                let all = on_account.get(compte).copied().unwrap_or(1);
                let share = *weight as f64 / all as f64;
                choices.push(Choice {
                    trade: t,
                    compte: *compte,
                    share,
                    mean: trade.moyenne as f64,
                });
            }
        }
        let at_table = |c: &Choice| self.aims[usize::from(c.compte)] as f64 * c.share / c.mean;
        let expected: f64 = choices.iter().map(at_table).sum();
        let growth = (expected / (free.max(1) as f64)).clamp(0.12, 12.0);
        for choice in &mut choices {
            choice.mean *= growth;
        }
        choices
    }

    /// Mean amount of an occasional invoice of a trade on an account this year, centimes.
    pub fn means(&self) -> impl Iterator<Item = (usize, u16, i64)> {
        self.choices.iter().flatten().map(|c| (c.trade, c.compte, c.mean as i64))
    }

    /// Writes the exercice; gives what was executed, and the ordinary grants.
    pub fn write<W: Write>(
        mut self,
        registers: &mut [Register<W>; 2],
        truth: &mut Truth,
        tick: &mut dyn FnMut(u64) -> bool,
    ) -> io::Result<(Executed, Vec<Grant>)> {
        for week in 0..self.source.weeks.count() {
            let mut pieces = self.waiting.remove(&week).unwrap_or_default();
            self.contracts(week, &mut pieces);
            for piece in &pieces {
                self.ahead[usize::from(!piece.depense)] -= piece.lignes.len() as u64;
            }
            self.occasional(week, &mut pieces);
            pieces.sort_by(|a, b| a.key().cmp(&b.key()));
            let events: Vec<Event> = self.events.extract_if(.., |e| e.week == week).collect();
            for event in events {
                registers[usize::from(!event.depense)].announce(event);
            }
            for piece in pieces {
                self.emit(&piece, registers, truth)?;
            }
            for register in registers.iter_mut() {
                register.close_week();
            }
            if !tick(self.lines[0] + self.lines[1]) {
                break;
            }
        }
        Ok((self.executed, self.grants))
    }

    fn contracts(&self, week: usize, pieces: &mut Vec<Piece>) {
        let Source { commune, weeks, .. } = self.source;
        for (t, trade) in commune.trades.iter().enumerate() {
            for rank in 0..trade.contrats {
                let contrat = commune.contrat(t, rank);
                let place = (*weeks, week);
                if let Some(piece) =
                    bill_in_week(commune, &self.tariffs, (t, rank), &contrat, place)
                {
                    pieces.push(piece);
                }
            }
        }
    }

    /// Occasional invoices of a week, until the number of lines of the calendar is reached.
    fn occasional(&mut self, week: usize, pieces: &mut Vec<Piece>) {
        let days = self.source.weeks.days(week);
        if days.is_empty() {
            return;
        }
        let topic = topic("semaine") ^ u64::from(self.source.weeks.exercice);
        let mut rng = Rng::new(self.source.commune.seed, topic, week as u64);
        let mut sequences: HashMap<usize, u64> = HashMap::new();
        let invest = *days.last().unwrap_or(&0) <= self.source.weeks.year_end();
        for sens in [0, 1] {
            let known: usize =
                pieces.iter().filter(|p| p.depense == (sens == 0)).map(|p| p.lignes.len()).sum();
            let wanted = self.quota(sens, self.source.weeks.share(week));
            let done = self.lines[sens] + known as u64;
            let room = self.quota(sens, 1.0).saturating_sub(done + self.ahead[sens]);
            let mut left = wanted.saturating_sub(done).min(room);
            let table = self.weights(sens, week, invest);
            while left > 0 && !table.is_empty() {
                let choice = self.choices[sens][draw(&table, &mut rng)];
                let mut piece = self.invoice(choice, *rng.pick(&days), &mut sequences, &mut rng);
                self.vary(&mut piece, left, &mut rng);
                left -= piece.lignes.len() as u64;
                pieces.push(piece);
            }
        }
    }

    /// Cumulative weights of the choices: what is left of each account, in number of invoices.
    fn weights(&self, sens: usize, week: usize, invest: bool) -> Vec<f64> {
        let share = self.source.weeks.share(week);
        let comptes = &self.source.commune.chart.comptes;
        let year_end = self.source.weeks.share(self.source.weeks.of(self.source.weeks.year_end()));
        let mut total = 0.0;
        let mut table: Vec<f64> = Vec::with_capacity(self.choices[sens].len());
        for c in &self.choices[sens] {
            let i = usize::from(c.compte);
            let (aim, spent) = (self.aims[i] as f64, self.spent[i] as f64);
            let operating = comptes[i].fonctionnement;
            let due = if operating { share } else { (share / year_end).min(1.0) };
            let floor = aim * 0.002;
            if operating || invest {
                total += (aim * due - spent).max(floor) * c.share / c.mean;
            }
            table.push(total);
        }
        if total > 0.0 { table } else { vec![] }
    }

    fn invoice(
        &self,
        choice: Choice,
        day: i32,
        sequences: &mut HashMap<usize, u64>,
        rng: &mut Rng,
    ) -> Piece {
        let commune = self.source.commune;
        let trade = &commune.trades[choice.trade];
        let rank = rng.skewed(trade.suppliers);
        let week = self.source.weeks.of(day) as u64;
        let seen = sequences.entry(trade.first + rank).or_insert(0);
        *seen += 1 + rng.below(2);
        let pace = numbers_a_week(&commune.tiers[trade.first + rank], commune.lignes);
        let i = usize::from(choice.compte);
        let left = (self.aims[i] - self.spent[i]).max(0);
        let occasion = Occasion {
            trade: choice.trade,
            compte: choice.compte,
            day,
            exercice: self.source.weeks.exercice,
            // The last part of a week is kept for planted invoices.
            sequence: week * pace + (*seen).min(pace * 6 / 10),
            mean: choice.mean as i64,
            most: (left + left / 10).max(choice.mean as i64 / 5),
        };
        occasional(commune, occasion, rank, rng)
    }

    /// Some invoices are split over functions, credited in part, or cancelled and issued again.
    fn vary(&self, piece: &mut Piece, left: u64, rng: &mut Rng) {
        let compte = usize::from(piece.lignes[0].compte);
        if !piece.depense || !self.source.commune.chart.comptes[compte].fonctionnement {
            return;
        }
        let billed = !piece.facture.is_empty();
        match rng.below(1000) {
            0..60 if left > 3 => ventilate(self.source.commune, piece, rng),
            60..66 if billed => {
                let part = if rng.chance(400) { 1000 } else { rng.between(80, 600) };
                piece.suite = Suite::Avoir { days: rng.between(12, 50) as i32, part };
            }
            66..70 if billed => piece.suite = Suite::Annulation { days: rng.between(7, 30) as i32 },
            _ => {}
        }
    }

    fn emit<W: Write>(
        &mut self,
        piece: &Piece,
        registers: &mut [Register<W>; 2],
        truth: &mut Truth,
    ) -> io::Result<()> {
        let sens = usize::from(!piece.depense);
        let chart = &self.source.commune.chart;
        let numero = registers[sens].write(chart, piece, truth)?;
        if piece.depense && is_plain_grant(piece, &chart.comptes) {
            let record = registers[sens].records();
            self.grants.push(Grant { piece: piece.clone(), record });
        }
        self.lines[sens] += piece.lignes.len() as u64;
        for l in &piece.lignes {
            *self.executed.entry((l.compte, l.fonction)).or_default() += l.ttc;
            let flux = chart.comptes[usize::from(l.compte)].flux;
            let billed = matches!(flux, Flux::Factures | Flux::Familles);
            if billed
                && !piece.engagement.starts_with("ENG")
                && !piece.objet.contains("ontre-passation")
            {
                self.spent[usize::from(l.compte)] += l.ttc;
            }
        }
        self.follow(piece, numero);
        Ok(())
    }

    /// Credit notes, cancellations and new issues that follow a piece.
    fn follow(&mut self, piece: &Piece, numero: u64) {
        let mut after = piece.clone();
        after.suite = Suite::Rien;
        let last = self.source.weeks.days(self.source.weeks.count() - 1);
        let last = last.first().copied().unwrap_or(piece.day);
        let snap = |d: i32| crate::demo::calendar::next_bordereau_day(d);
        match piece.suite {
            Suite::Avoir { days, part } => {
                let day = snap(piece.day + days);
                if day >= last {
                    return;
                }
                after = after.shifted_to(day);
                after.change(|l| l.times(-part, 1000));
                after.facture = format!("AV{}", piece.facture);
                after.objet = format!("Avoir sur facture {}", piece.facture);
                self.wait(after);
            }
            Suite::Annulation { days } => {
                let (day, again) = (snap(piece.day + days), snap(piece.day + days + 5));
                if again >= last {
                    return;
                }
                let mut cancel = after.clone().mandated_on(day);
                cancel.change(Ligne::negated);
                cancel.objet = format!("Annulation mandat {numero} - {}", piece.objet);
                cancel.numero = numero;
                cancel.date_reception = day - 4;
                cancel.mode = "Annulation";
                after = after.mandated_on(again);
                after.objet = format!("{} (réémission)", piece.objet);
                after.date_reception = again - 6;
                self.wait(cancel);
                self.wait(after);
            }
            Suite::Rien => {}
        }
    }
}

/// A grant of one line that nothing follows and no recipe planted.
fn is_plain_grant(piece: &Piece, comptes: &[Compte]) -> bool {
    let [line] = piece.lignes.as_slice() else { return false };
    piece.plant == 0
        && piece.suite == Suite::Rien
        && piece.numero == 0
        && comptes[usize::from(line.compte)].m57 == GRANTS
}

/// Position drawn in a table of cumulative weights.
fn draw(table: &[f64], rng: &mut Rng) -> usize {
    let total = table.last().copied().unwrap_or(0.0);
    let at = rng.unit() * total;
    table.partition_point(|w| *w <= at).min(table.len() - 1)
}

/// Executed amounts of an exercice without a ledger: targets shared among functions.
pub fn without_ledger(source: &Source) -> Executed {
    let mut executed = Executed::new();
    let comptes = &source.commune.chart.comptes;
    for (i, compte) in comptes.iter().enumerate() {
        let total = match compte.flux {
            Flux::Icne => source.targets[i] - source.previous[i],
            Flux::Affectation => source.affectation,
            Flux::Budget => 0,
            _ => source.targets[i],
        };
        let weights: Vec<i64> = compte.fonctions.iter().map(|f| f.1).collect();
        for (rank, (fonction, _)) in compte.fonctions.iter().enumerate() {
            let amount = crate::demo::flows::share(total, &weights, rank);
            if amount != 0 {
                *executed.entry((i as u16, *fonction)).or_default() += amount;
            }
        }
    }
    executed
}
