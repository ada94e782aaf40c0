//! Duplicates: one engine, twelve codes.
//!
//! ```text
//!  Ledger + Prepared ─► units ─► pairs ─► weights ─► cluster ─► words ─► Vec<Finding>
//! ```
//! **Invariant:** a code is a label of the winning evidence; the same pairs whatever the order.

use std::collections::BTreeMap;

use crate::anomaly::Finding;
use crate::anomaly::card::Card;
use crate::anomaly::detectors::{Context, Detector, Report, Run};
use crate::anomaly::prepare::Prepared;
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{Ledger, TextKey};

mod bare;
mod cluster;
mod code;
mod crowds;
mod facts;
mod levels;
mod pages;
mod pairs;
mod priors;
mod refine;
mod series;
mod surplus;
#[cfg(test)]
mod tests;
mod units;
mod weights;
mod words;

/// The family.
pub struct Doublons;

impl Detector for Doublons {
    fn cards(&self) -> &'static [Card] {
        &pages::CARDS
    }

    fn accepts(&self, number: u8, name: &str, value: f64) -> bool {
        Params::default().set(number, name, value)
    }

    fn detect(&self, context: &Context<'_>) -> Report {
        let mut params = Params::default();
        for (number, name, value) in context.settings.of(Family::Dbl) {
            params.set(number, name, value);
        }
        let mut findings = detect(context.ledger, context.prepared, &params);
        findings.retain(|f| {
            let days = params.days.get(&f.code.number);
            days.is_none_or(|days| span(context.ledger, f) <= *days)
        });
        let mut report = context.report(&pages::CARDS, findings);
        for (number, reason) in not_comparable(context.ledger) {
            if let Some(run) = report.runs.get_mut(&ControlCode::new(Family::Dbl, number)) {
                *run = Run::NotDone(reason.to_owned());
            }
        }
        report
    }
}

/// The codes that compare two sides of which the ledger has one only, and why they say nothing.
fn not_comparable(ledger: &Ledger) -> impl Iterator<Item = (u8, &'static str)> {
    let several = |key| ledger.text(key).is_some_and(|c| c.dictionary.len() > 1);
    let years = ledger.exercice.windows(2).any(|w| w[0] != w[1]);
    let budgets = several(TextKey::Budget) || years;
    let channels = several(TextKey::Regie) || several(TextKey::ModeReglement);
    let one_budget = "un seul budget et un seul exercice parmi les fichiers lus";
    let one_channel = "un seul circuit de paiement : ni régie ni mode de règlement à comparer";
    let sides = [(7, budgets, one_budget), (8, channels, one_channel)];
    sides.into_iter().filter(|(_, several, _)| !several).map(|(number, _, why)| (number, why))
}

/// Days between the earliest and the latest record of a finding.
fn span(ledger: &Ledger, finding: &Finding) -> i32 {
    let days = finding.rows.iter().map(|r| ledger.day(*r as usize)).filter(|d| *d != NO_DAY);
    let (first, last) = days.fold((i32::MAX, i32::MIN), |(a, b), d| (a.min(d), b.max(d)));
    if first > last { 0 } else { last - first }
}

/// What a user may set.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Amounts under this are not compared, centimes.
    pub floor: i64,
    /// Probability from which a finding is `prioritaire`.
    pub first: f64,
    /// Probability from which a finding is `a_verifier`.
    pub check: f64,
    /// Probability under which nothing is said.
    pub least: f64,
    /// Longest list, findings per thousand rows.
    pub longest: f64,
    /// Longest gap in days between two records of a finding, by number of code.
    pub days: BTreeMap<u8, i32>,
}

impl Default for Params {
    fn default() -> Self {
        let days = BTreeMap::new();
        Self { floor: 1000, first: 0.9, check: 0.3, least: 0.001, longest: 60.0, days }
    }
}

impl Params {
    /// Sets the threshold `name` of the page of control `number`; false when the page has no such name
    /// or the value has no meaning.
    pub fn set(&mut self, number: u8, name: &str, value: f64) -> bool {
        match name {
            "jours" if (1.0..=36_500.0).contains(&value) => {
                self.days.insert(number, value as i32);
            }
            "seuil" if (0.0..=1e9).contains(&value) => {
                self.floor = (value * 100.0).round() as i64;
            }
            "prioritaire" if value > 0.0 && value <= 1.0 => self.first = value,
            "a_verifier" if value > 0.0 && value <= 1.0 => self.check = value,
            _ => return false,
        }
        true
    }
}

/// Finds what looks paid twice.
pub fn detect(ledger: &Ledger, prepared: &Prepared, params: &Params) -> Vec<Finding> {
    let units = units::Units::new(ledger, prepared, params.floor);
    let pairs = pairs::candidates(&units);
    let model = weights::Model::learn(&units, &pairs);
    let clusters = cluster::gather(&units, &pairs, &model, params);
    clusters.into_iter().map(|c| words::finding(&units, &c, params)).collect()
}
