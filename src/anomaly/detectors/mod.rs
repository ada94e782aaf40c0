//! The controls: one folder a family, one page a code, one line of [`DETECTORS`] a family.
//!
//! ```text
//!  Context { ledger, prepared, settings, known, budget } ─► Detector::detect ─► Report { findings, runs }
//! ```
//! A detector answers for a few cards. Add a family: its folder, a type that implements [`Detector`], one
//! line in [`DETECTORS`]; the command line, `vigie controles`, `vigie.toml`, the ranking and the pages
//! follow from there. MNT and IMP have a file a code; DBL is one engine whose codes are labels.
//!
//! **Invariant:** a detector reads what its context holds, never a file nor `verite.csv`; it answers for
//! every card of its own: what was examined, or why nothing could be.

use std::collections::{BTreeMap, BTreeSet};

use crate::anomaly::Finding;
use crate::anomaly::card::Card;
use crate::anomaly::known::Known;
use crate::anomaly::prepare::Prepared;
use crate::domain::control::{ControlCode, Family};
use crate::domain::progress::Progress;
use crate::frames::budget::BudgetFrame;
use crate::frames::ledger::Ledger;

pub mod cal;
pub mod dbl;
pub mod draft;
pub mod imp;
pub mod mar;
pub mod mnt;
pub mod reg;
pub mod seq;
pub mod sub;
pub mod trs;

/// Every family that looks, in the order of [`Family`].
pub const DETECTORS: &[&dyn Detector] = &[
    &dbl::Doublons,
    &mnt::Montants,
    &trs::FAMILY,
    &mar::FAMILY,
    &reg::FAMILY,
    &cal::FAMILY,
    &imp::Imputations,
    &seq::FAMILY,
    &sub::FAMILY,
];

/// Every control, by family then number.
pub fn cards() -> impl Iterator<Item = &'static Card> {
    DETECTORS.iter().flat_map(|d| d.cards())
}

/// A family of controls.
pub trait Detector: Sync {
    /// Cards of its controls, in order of number.
    fn cards(&self) -> &'static [Card];

    /// True when the page of control `number` names the threshold `name` and `value` has a meaning.
    fn accepts(&self, number: u8, name: &str, value: f64) -> bool;

    /// Runs the controls that [`Context::wants`]. Findings come most probable first.
    fn detect(&self, context: &Context<'_>) -> Report;
}

/// What every detector may lean on, computed once.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The ledger, never empty.
    pub ledger: &'a Ledger,
    /// Suppliers resolved, invoices gathered, recurrence.
    pub prepared: &'a Prepared,
    /// Controls asked for and not switched off.
    pub asked: &'a BTreeSet<ControlCode>,
    /// Thresholds typed by the user.
    pub settings: &'a Settings,
    /// Contracts, régies and persons of `vigie.toml`; empty lists without any.
    pub known: &'a Known,
    /// Budget documents read with the ledger.
    pub budget: Option<&'a BudgetFrame>,
    /// Told of the advance, asked whether to stop.
    pub progress: &'a dyn Progress,
}

impl Context<'_> {
    /// True when the control is asked for.
    pub fn wants(&self, code: ControlCode) -> bool {
        self.asked.contains(&code)
    }

    /// The usual report of a family: each control asked for examined every row, unless the ledger has not
    /// a column its card requires.
    pub fn report(&self, cards: &[Card], findings: Vec<Finding>) -> Report {
        let mut report = Report { findings, runs: BTreeMap::new() };
        for card in cards.iter().filter(|c| self.wants(c.code)) {
            let run = match card.missing(self.ledger) {
                Some(column) => Run::missing(column),
                None => Run::over(self.ledger.len(), RECORDS),
            };
            report.runs.insert(card.code, run);
        }
        report
    }
}

/// Thresholds of `[controles]` by code, already accepted by the detector concerned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    values: BTreeMap<ControlCode, BTreeMap<String, f64>>,
}

impl Settings {
    /// Keeps a threshold.
    pub fn insert(&mut self, code: ControlCode, name: &str, value: f64) {
        self.values.entry(code).or_default().insert(name.to_owned(), value);
    }

    /// The threshold `name` of a control, when the user typed one.
    pub fn get(&self, code: ControlCode, name: &str) -> Option<f64> {
        self.values.get(&code)?.get(name).copied()
    }

    /// Number of the control, name and value of each threshold typed for a family.
    pub fn of(&self, family: Family) -> impl Iterator<Item = (u8, &str, f64)> {
        let mine = self.values.iter().filter(move |(code, _)| code.family == family);
        mine.flat_map(|(code, names)| names.iter().map(|(n, v)| (code.number, n.as_str(), *v)))
    }
}

/// A French noun, singular and plural: what a control counts.
pub type Unit = [&'static str; 2];

/// The rows of the ledger.
pub const RECORDS: Unit = ["enregistrement", "enregistrements"];

/// What became of one control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// It ran.
    Done {
        /// How many were examined.
        examined: u64,
        /// What was counted.
        unit: Unit,
    },
    /// It could not run: what is missing, a French phrase shown after « Non fait : ».
    NotDone(String),
}

impl Run {
    /// Examined `count` of `unit`.
    pub fn over(count: usize, unit: Unit) -> Self {
        Self::Done { examined: count as u64, unit }
    }

    /// Not done for want of a column.
    pub fn missing(column: &str) -> Self {
        Self::NotDone(format!("colonne « {column} » absente"))
    }
}

/// What a detector gives back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Findings, most probable first; those of controls not asked for are dropped by the caller.
    pub findings: Vec<Finding>,
    /// What became of each control asked for.
    pub runs: BTreeMap<ControlCode, Run>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::card::HEADINGS;

    #[test]
    fn cards_are_complete_and_in_order() {
        let cards: Vec<&Card> = cards().collect();
        assert!(cards.windows(2).all(|w| w[0].code < w[1].code), "in order, without repeat");
        for card in cards {
            for heading in HEADINGS {
                assert!(!card.section(heading).is_empty(), "{}: « {heading} » is empty", card.code);
            }
            assert!(card.page.contains(&card.code.to_string()), "{}: the page names it", card.code);
        }
    }

    /// One number of mandat for every row, an account a row, then a payee a row on one account: no explosion.
    #[test]
    fn rules_stay_linear_on_a_crowd() {
        use std::fmt::Write as _;
        const LINES: u32 = 120_000;
        let mut csv = String::from(
            "date_mandat;exercice;mandat;ligne;tiers_nom;iban;facture;nature;montant\n",
        );
        for i in 0..LINES {
            let day = 1 + i % 28;
            let (name, account) = if i % 2 == 0 {
                ("FOURNISSEUR UNIQUE".to_owned(), i)
            } else {
                (format!("TIERS {:x}", u64::from(i).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16), 1)
            };
            // a sound key, or each IBAN would rightly be told
            let key = 98 - (u64::from(account) * 1_000_000 + 152_700) % 97;
            let iban = format!("FR{key:02}{account:023}");
            writeln!(csv, "2024-01-{day:02};2024;7;1;{name};{iban};F{i};60632;100,00").unwrap();
        }
        let ledger = crate::anomaly::prepare::testing::case(&csv).ledger;
        let prepared = crate::anomaly::prepare::prepare(&ledger, &crate::domain::progress::Silent);
        let asked: BTreeSet<ControlCode> = cards().map(|c| c.code).collect();
        let context = Context {
            ledger: &ledger,
            prepared: &prepared,
            asked: &asked,
            settings: &Settings::default(),
            known: &Known::default(),
            budget: None,
            progress: &crate::domain::progress::Silent,
        };
        let families: [&dyn Detector; 6] =
            [&trs::FAMILY, &mar::FAMILY, &reg::FAMILY, &cal::FAMILY, &seq::FAMILY, &sub::FAMILY];
        let found: Vec<Finding> =
            families.iter().flat_map(|f| f.detect(&context).findings).collect();
        assert!(found.iter().any(|f| f.code == ControlCode::new(Family::Seq, 2)));
        assert!(found.len() < 1_000, "{}", found.len());
    }

    #[test]
    fn settings_are_kept_by_code_and_family() {
        let mut settings = Settings::default();
        let code = ControlCode::new(Family::Mnt, 5);
        settings.insert(code, "taux", 0.5);
        settings.insert(ControlCode::new(Family::Imp, 1), "taux", 0.1);
        assert_eq!(settings.get(code, "taux"), Some(0.5));
        assert_eq!(settings.of(Family::Mnt).collect::<Vec<_>>(), [(5, "taux", 0.5)]);
    }
}
