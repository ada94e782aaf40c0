//! How probable an account is for a supplier, a service and a wording: a hierarchical categorical model.
//!
//! The supplier's own counts come first ([`super::novelty`]); the probability they leave to a new
//! account is spread over what suppliers of the same accounts use, what the service and the wording use,
//! the ledger, and any account at all. The weights of that spread are learnt by EM on the accounts that
//! suppliers did open once. Teh, "A hierarchical Bayesian language model" (2006).
//!
//! **Invariant:** a row never takes part in its own habit; the order of the rows does not matter.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::anomaly::detectors::mnt::rows::{self, runs};
use crate::anomaly::detectors::mnt::score::decibans;
use crate::frames::ledger::{Ledger, NO_TEXT, TextColumn, TextKey};
use crate::stats::mixture;

use super::novelty::{Counts, Novelty};

/// Laws of a new account: similar suppliers, service, wording, ledger, any account.
const LAWS: usize = 5;
type Laws = [f64; LAWS];
/// Accounts of a supplier that point at similar suppliers.
const COMPANIONS: usize = 6;
/// Cells that teach the weights of the laws, at most.
const TEACHERS: usize = 50_000;

/// Share of the honest new accounts that come with a wording known for others, and the least of it when the
/// wording was often seen.
const WORDS_KNOWN: f64 = 0.2;
const WORDS_LEAST: f64 = 0.02;

/// Number of terms of a candidate.
pub(crate) const TERMS: usize = 6;

/// The column that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nature, else chapitre.
    Account,
    /// Fonction.
    Fonction,
}

impl Target {
    fn codes(self, ledger: &Ledger) -> Vec<u32> {
        match self {
            Self::Account => rows::accounts(ledger),
            Self::Fonction => {
                ledger.text(TextKey::Fonction).map(|c| c.codes.clone()).unwrap_or_default()
            }
        }
    }

    /// The column that says where the expense comes from.
    fn context(self, ledger: &Ledger) -> Option<&TextColumn> {
        let service = ledger.text(TextKey::Service);
        if self == Self::Account {
            service.or_else(|| ledger.text(TextKey::Fonction))
        } else {
            service
        }
    }
}

/// A row with supplier and account (or fonction, when that is judged).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    supplier: u32,
    account: u32,
    service: u32,
    wording: u32,
    row: u32,
}

/// A row whose account may be wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// The row.
    pub row: u32,
    /// Natural log of the odds of a wrong account.
    pub log_odds: f64,
    /// Decibans: prior, novelty for the supplier, its variety, similar suppliers, service and wording,
    /// account against the habit of the wording.
    pub terms: [f64; TERMS],
    /// Rows of the supplier, and of the row's account at the supplier.
    pub rows: (u32, u32),
    /// Number of accounts of the supplier.
    pub accounts: u32,
    /// A row of the supplier's main account, and the number of rows of that account.
    pub main: (u32, u32),
    /// Rows of the service, and of the account in it.
    pub service: (u32, u32),
    /// Content, for ties.
    key: (u32, u32, u32, u32),
}

struct Tables {
    total: f64,
    accounts: f64,
    by_account: Vec<u32>,
    by_service: FxHashMap<u32, u32>,
    service_account: FxHashMap<(u32, u32), u32>,
    by_wording: FxHashMap<u32, u32>,
    wording_account: FxHashMap<(u32, u32), u32>,
    /// Suppliers that use an account.
    users: Vec<u32>,
    /// Suppliers that use two accounts, the smaller code first.
    both: FxHashMap<(u32, u32), u32>,
}

/// A supplier's rows, gathered by account.
struct Supplier<'a> {
    items: &'a [Item],
    cells: Vec<Range<usize>>,
    /// The main accounts, by falling number of rows, the smaller code first on a tie.
    mains: Vec<Range<usize>>,
}

impl<'a> Supplier<'a> {
    fn new(items: &'a [Item]) -> Self {
        let cells = runs(items, |x| x.account);
        let mut mains = cells.clone();
        mains.sort_by_key(|c| (std::cmp::Reverse(c.len()), c.start));
        mains.truncate(COMPANIONS + 1);
        Self { items, cells, mains }
    }

    fn account(&self, cell: &Range<usize>) -> u32 {
        self.items[cell.start].account
    }
}

fn items(ledger: &Ledger, supplier: &[u32], target: Target) -> Vec<Item> {
    let accounts = target.codes(ledger);
    if accounts.is_empty() {
        return Vec::new();
    }
    let services = target.context(ledger);
    let wordings = ledger.text(TextKey::Objet).map(|c| (c, wording_classes(c)));
    let mut items: Vec<Item> = (0..ledger.len())
        .filter(|r| accounts[*r] != NO_TEXT && supplier[*r] != NO_TEXT)
        .map(|r| Item {
            supplier: rows::directed(ledger, supplier, r),
            account: accounts[r],
            service: services.map_or(NO_TEXT, |c| c.codes[r]),
            wording: wordings
                .as_ref()
                .map_or(NO_TEXT, |(c, k)| k.get(c.codes[r] as usize).copied().unwrap_or(NO_TEXT)),
            row: r as u32,
        })
        .collect();
    items.sort_unstable();
    items
}

/// Class of each wording of a dictionary: wordings that differ by digits, case or punctuation are one.
fn wording_classes(column: &TextColumn) -> Vec<u32> {
    let bare = |text: &str| {
        let letters: String =
            text.chars().map(|c| if c.is_alphabetic() { c } else { ' ' }).collect();
        letters.to_uppercase().split_whitespace().take(6).collect::<Vec<_>>().join(" ")
    };
    let mut class: FxHashMap<String, u32> = FxHashMap::default();
    column
        .dictionary
        .iter()
        .map(|text| {
            let next = class.len() as u32;
            let bare = bare(text);
            if bare.is_empty() { NO_TEXT } else { *class.entry(bare).or_insert(next) }
        })
        .collect()
}

fn ordered(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

impl Tables {
    fn learn(items: &[Item], suppliers: &[Range<usize>]) -> Self {
        let size = items.iter().map(|x| x.account as usize + 1).max().unwrap_or(0);
        let mut t = Self {
            total: items.len() as f64,
            accounts: 0.0,
            by_account: vec![0; size],
            by_service: FxHashMap::default(),
            service_account: FxHashMap::default(),
            by_wording: FxHashMap::default(),
            wording_account: FxHashMap::default(),
            users: vec![0; size],
            both: FxHashMap::default(),
        };
        for x in items {
            t.by_account[x.account as usize] += 1;
            *t.by_service.entry(x.service).or_default() += 1;
            *t.service_account.entry((x.service, x.account)).or_default() += 1;
            if x.wording != NO_TEXT {
                *t.by_wording.entry(x.wording).or_default() += 1;
                *t.wording_account.entry((x.wording, x.account)).or_default() += 1;
            }
        }
        for range in suppliers {
            let s = Supplier::new(&items[range.clone()]);
            for cell in &s.cells {
                let account = s.account(cell);
                t.users[account as usize] += 1;
                for main in &s.mains {
                    let other = s.account(main);
                    // each pair once: a pair of two main accounts is counted from the smaller code
                    let both_main = s.mains.iter().any(|m| s.account(m) == account);
                    if other != account && (!both_main || account < other) {
                        *t.both.entry(ordered(account, other)).or_default() += 1;
                    }
                }
            }
        }
        t.accounts = t.by_account.iter().filter(|n| **n > 0).count() as f64;
        t
    }

    /// Laws of an account for a supplier, its own rows left out.
    fn laws(&self, s: &Supplier<'_>, cell: &Range<usize>, x: &Item) -> Laws {
        let own = cell.len() as f64;
        let (mut like, mut weight) = (0.0, 0.0);
        for main in s.mains.iter().filter(|m| m.start != cell.start).take(COMPANIONS) {
            let companion = s.account(main);
            let users = f64::from(self.users[companion as usize]) - 1.0;
            let both = self.both.get(&ordered(x.account, companion)).map_or(0.0, |n| f64::from(*n));
            let share = main.len() as f64;
            like += share * (both - 1.0).max(0.0) / (users + 1.0);
            weight += share;
        }
        let count = |map: &FxHashMap<u32, u32>, k: u32| map.get(&k).map_or(0.0, |n| f64::from(*n));
        let pair = |map: &FxHashMap<(u32, u32), u32>, k: u32| {
            map.get(&(k, x.account)).map_or(0.0, |n| f64::from(*n))
        };
        let same = |f: fn(&Item) -> u32, k: u32| {
            s.items[cell.clone()].iter().filter(|y| f(y) == k).count() as f64
        };
        let in_service = same(|y| y.service, x.service);
        let service = (pair(&self.service_account, x.service) - in_service)
            / (count(&self.by_service, x.service) - in_service + 1.0);
        let wording = if x.wording == NO_TEXT {
            service
        } else {
            let in_wording = same(|y| y.wording, x.wording);
            (pair(&self.wording_account, x.wording) - in_wording)
                / (count(&self.by_wording, x.wording) - in_wording + 1.0)
        };
        let ledger = (f64::from(self.by_account[x.account as usize]) - own) / self.total;
        let like = if weight > 0.0 { like / weight } else { 0.0 };
        [like, service, wording, ledger, 1.0 / self.accounts]
    }

    /// Probability of the account when it is wrong: half like the ledger, half any account.
    fn wrong(&self, account: u32) -> f64 {
        0.5 / self.accounts + 0.5 * f64::from(self.by_account[account as usize]) / self.total
    }
}

/// Candidates whose log-odds reach `least`, most probable first, `limit` of them at most.
pub(crate) fn candidates(
    ledger: &Ledger,
    supplier: &[u32],
    (target, rate): (Target, f64),
    (least, limit): (f64, usize),
) -> Vec<Candidate> {
    let items = items(ledger, supplier, target);
    let suppliers = runs(&items, |x| x.supplier);
    let tables = Tables::learn(&items, &suppliers);
    let novelty = learn_novelty(&items, &suppliers);
    let weights = learn_weights(&tables, &items, &suppliers);
    let model = Model { tables, novelty, weights, rate, least };
    let mut found = Vec::new();
    for range in &suppliers {
        let s = Supplier::new(&items[range.clone()]);
        for cell in &s.cells {
            model.judge(&s, cell, &mut found);
        }
    }
    found.sort_unstable_by(|a, b| {
        let content = |c: &Candidate| (ledger.montant[c.row as usize], ledger.day(c.row as usize));
        b.log_odds
            .total_cmp(&a.log_odds)
            .then_with(|| a.key.cmp(&b.key))
            .then_with(|| content(a).cmp(&content(b)))
            .then(a.row.cmp(&b.row))
    });
    found.truncate(limit);
    found
}

fn learn_novelty(items: &[Item], suppliers: &[Range<usize>]) -> Novelty {
    let cells: Vec<Vec<u32>> = suppliers
        .iter()
        .filter(|r| r.len() >= 3)
        .map(|r| runs(&items[r.clone()], |x| x.account).iter().map(|c| c.len() as u32).collect())
        .collect();
    Novelty::learn(
        &cells.iter().map(|c| Counts { rows: f64::from(c.iter().sum::<u32>()), cells: c }),
    )
}

fn learn_weights(tables: &Tables, items: &[Item], suppliers: &[Range<usize>]) -> Laws {
    let mut opened = Vec::new();
    let step = suppliers.len().div_ceil(TEACHERS).max(1);
    for range in suppliers.iter().step_by(step) {
        let s = Supplier::new(&items[range.clone()]);
        if s.items.len() < 2 {
            continue;
        }
        for cell in s.cells.iter().filter(|c| c.len() == 1) {
            opened.push((tables.laws(&s, cell, &s.items[cell.start]), 1.0));
        }
    }
    let prior = [0.3, 0.3, 0.2, 0.15, 0.05];
    mixture::fit(&opened, &prior, 20.0, 30)
}

/// Everything learnt, ready to judge.
struct Model {
    tables: Tables,
    novelty: Novelty,
    weights: Laws,
    rate: f64,
    least: f64,
}

impl Model {
    fn judge(&self, s: &Supplier<'_>, cell: &Range<usize>, found: &mut Vec<Candidate>) {
        let rows = s.items.len() as f64 - 1.0;
        let others = s.cells.len() as f64 - f64::from(u8::from(cell.len() == 1));
        let fresh = self.novelty.fresh(rows, others);
        let seen = self.novelty.seen(cell.len() as f64 - 1.0, rows);
        let wrong = self.tables.wrong(s.account(cell));
        // the least the laws can give: could a row of this cell reach the list?
        let floor = WORDS_LEAST * self.weights[LAWS - 1] / self.tables.accounts;
        if (self.rate * wrong / (seen + fresh * floor)).ln() < self.least {
            return;
        }
        let mut last: Option<(u32, u32, Option<Candidate>)> = None;
        for x in &s.items[cell.clone()] {
            let candidate = match last {
                Some((service, wording, c)) if (service, wording) == (x.service, x.wording) => c,
                _ => {
                    let laws = self.tables.laws(s, cell, x);
                    let spread = mixture::dot(&self.weights, &laws);
                    let words = self.words(s, cell, x);
                    let log_odds = (self.rate * wrong / (seen + fresh * spread * words)).ln();
                    (log_odds >= self.least).then(|| {
                        let elsewhere = self.elsewhere(&laws, spread);
                        let single = self.novelty.fresh(rows, 1.0);
                        let terms = [
                            decibans(self.rate),
                            decibans(1.0 / single),
                            decibans(single / (fresh + seen / spread)),
                            decibans(wrong / elsewhere),
                            decibans(elsewhere / spread),
                            decibans((seen + fresh * spread) / (seen + fresh * spread * words)),
                        ];
                        self.candidate(s, (cell, x), (log_odds, terms))
                    })
                }
            };
            last = Some((x.service, x.wording, candidate));
            if let Some(c) = candidate {
                found.push(Candidate { row: x.row, ..c });
            }
        }
    }

    /// How much less an honest new account comes with a wording that always had others, or more with a
    /// wording new at the supplier. An error keeps the words of every day; an honest novelty has its own.
    fn words(&self, s: &Supplier<'_>, cell: &Range<usize>, x: &Item) -> f64 {
        if x.wording == NO_TEXT {
            return 1.0;
        }
        let t = &self.tables;
        let in_cell =
            s.items[cell.clone()].iter().filter(|y| y.wording == x.wording).count() as u32;
        let with = t.wording_account.get(&(x.wording, x.account)).map_or(0, |n| n - in_cell);
        let elsewhere = t.by_wording.get(&x.wording).map_or(0, |n| n - in_cell - with);
        if elsewhere == 0 {
            return 1.0;
        }
        let (with, elsewhere) = (f64::from(with), f64::from(elsewhere));
        let known = WORDS_KNOWN * (3.0 / (elsewhere + 2.0)).sqrt();
        (known + 10.0 * with / (elsewhere + with)).clamp(WORDS_LEAST, 1.0)
    }

    /// Probability of the account without what the service and the wording say.
    fn elsewhere(&self, laws: &Laws, spread: f64) -> f64 {
        let w = &self.weights;
        (spread - w[1] * laws[1] - w[2] * laws[2]) / (1.0 - w[1] - w[2]).max(1e-9)
    }

    fn candidate(
        &self,
        s: &Supplier<'_>,
        (cell, x): (&Range<usize>, &Item),
        (log_odds, terms): (f64, [f64; TERMS]),
    ) -> Candidate {
        let main = s.mains.iter().find(|m| m.start != cell.start).unwrap_or(&s.mains[0]);
        let t = &self.tables;
        let of_service = t.by_service.get(&x.service).copied().unwrap_or(0);
        let in_service = t.service_account.get(&(x.service, x.account)).copied().unwrap_or(0);
        Candidate {
            row: x.row,
            log_odds,
            terms,
            rows: (s.items.len() as u32, cell.len() as u32),
            accounts: s.cells.len() as u32,
            main: (s.items[main.start].row, main.len() as u32),
            service: (of_service, in_service),
            key: (x.supplier, x.account, x.service, x.wording),
        }
    }
}
