//! How probable an account is for a supplier and a service: a hierarchical categorical model.
//!
//! Counts of the supplier, then (discounted, Pitman-Yor) what suppliers with the same main account use,
//! what the service uses, what the ledger uses. Teh (2006); Good (1953) for the unseen.
//!
//! **Invariant:** a row never takes part in its own habit.

use rustc_hash::FxHashMap;

use crate::anomaly::detectors::mnt::rows;
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};
use crate::stats::mixture;

/// Log likelihood ratio "wrong account" against "habit" of rows, when positive enough.
pub(crate) fn score(ledger: &Ledger, supplier: &[u32]) -> Vec<(u32, f64)> {
    let accounts = rows::accounts(ledger);
    if accounts.is_empty() {
        return Vec::new();
    }
    let services: Vec<u32> = ledger
        .text(TextKey::Service)
        .map_or_else(|| vec![NO_TEXT; ledger.len()], |c| c.codes.clone());
    let mut items: Vec<(u32, u32, u32, u32)> = (0..ledger.len())
        .filter(|r| accounts[*r] != NO_TEXT && supplier[*r] != NO_TEXT)
        .map(|r| (rows::directed(ledger, supplier, r), accounts[r], services[r], r as u32))
        .collect();
    items.sort_unstable();
    let total = items.len() as f64;
    let mut by_account: FxHashMap<u32, f64> = FxHashMap::default();
    let mut by_service: FxHashMap<u32, f64> = FxHashMap::default();
    let mut by_pair: FxHashMap<(u32, u32), f64> = FxHashMap::default();
    let mut account_suppliers: FxHashMap<u32, f64> = FxHashMap::default();
    let mut main_users: FxHashMap<u32, f64> = FxHashMap::default();
    let mut co_users: FxHashMap<(u32, u32), f64> = FxHashMap::default();
    for x in &items {
        *by_account.entry(x.1).or_default() += 1.0;
        *by_service.entry(x.2).or_default() += 1.0;
        *by_pair.entry((x.2, x.1)).or_default() += 1.0;
    }
    let suppliers = rows::runs(&items, |x| x.0);
    let (mut ones, mut twos) = (0.0, 0.0);
    let mut mains = Vec::with_capacity(suppliers.len());
    for s in &suppliers {
        let cells = rows::runs(&items[s.clone()], |x| x.1);
        let mut main = (0, u32::MAX);
        for c in &cells {
            let account = items[s.start + c.start].1;
            *account_suppliers.entry(account).or_default() += 1.0;
            if c.len() > main.0 {
                main = (c.len(), account);
            }
            match c.len() {
                1 if s.len() > 1 => ones += 1.0,
                2 => twos += 1.0,
                _ => {}
            }
        }
        *main_users.entry(main.1).or_default() += 1.0;
        for c in &cells {
            *co_users.entry((main.1, items[s.start + c.start].1)).or_default() += 1.0;
        }
        mains.push(main.1);
    }
    let discount: f64 = (ones / (ones + 2.0 * twos + 1.0f64)).clamp(0.1, 0.9);
    let theta = 0.5;
    let distinct = by_account.len() as f64;
    // laws of a new account: same main account, service, ledger, uniform
    let mut novel = Vec::new();
    let mut out = Vec::new();
    for (s, main) in suppliers.iter().zip(&mains) {
        let n = s.len() as f64 - 1.0;
        let cells = rows::runs(&items[s.clone()], |x| x.1);
        let t = cells.len() as f64;
        for c in &cells {
            let here = c.len() as f64;
            let start = s.start + c.start;
            let account = items[start].1;
            for x in &items[start..start + c.len()] {
                let alone = here < 1.5;
                let kinds = if alone { t - 1.0 } else { t };
                let fresh = (theta + discount * kinds) / (n + theta);
                let seen = ((here - 1.0 - discount).max(0.0)) / (n + theta);
                let users = main_users[main] - 1.0;
                let co = if users > 0.0 && account != *main {
                    (co_users[&(*main, account)] - 1.0) / users
                } else {
                    0.0
                };
                let pair = (by_pair[&(x.2, account)] - here).max(0.0);
                let service = pair / (by_service[&x.2] - here + 1.0).max(1.0);
                let global = (by_account[&account] - here) / total;
                let laws = [co, service, global, 1.0 / distinct];
                if alone && n >= 1.0 && novel.len() < 50_000 {
                    novel.push((laws, 1.0));
                }
                out.push((x.3, fresh, seen, laws, account));
            }
        }
    }
    let weights = mixture::fit(&novel, &[0.25; 4], 8.0, 30);
    out.into_iter()
        .map(|(row, fresh, seen, laws, account)| {
            let p = seen + fresh * mixture::dot(&weights, &laws);
            let wrong = 0.5 / distinct + 0.5 * by_account[&account] / total;
            (row, (wrong / p).ln())
        })
        .collect()
}
