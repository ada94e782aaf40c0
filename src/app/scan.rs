//! Runs the table of detectors on a ledger: what was asked for, merged and ranked.
//!
//! **Invariant:** findings keep the order of their probability over all families, ties by content; every
//! control asked for has its run, done or not.

use std::collections::{BTreeMap, BTreeSet};

use crate::anomaly::detectors::{self, Context, DETECTORS, Run};
use crate::anomaly::review::{self, Rappel};
use crate::anomaly::share::{Share, shares};
use crate::anomaly::{Finding, finding_id, prepare};
use crate::domain::control::{ControlCode, Family};
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;

use super::entrees::Lecture;
use super::regards::{self, Pesee};
use super::seuils::Seuils;
use crate::report::model::audit::AutourSeuil;

/// Controls asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    codes: BTreeSet<ControlCode>,
}

impl Selection {
    /// Reads `--controles` and `--sans`: codes or families, separated by commas.
    ///
    /// # Errors
    /// A word that is neither a family nor a code of the catalogue.
    pub fn parse(with: Option<&str>, without: Option<&str>) -> Result<Self, Refus> {
        let mut codes: BTreeSet<_> = match with {
            None => detectors::cards().filter(|c| !c.essai).map(|c| c.code).collect(),
            Some(words) => expand(words)?,
        };
        for code in without.map(expand).transpose()?.unwrap_or_default() {
            codes.remove(&code);
        }
        Ok(Self { codes })
    }

    /// True when the control is asked for.
    pub fn has(&self, code: ControlCode) -> bool {
        self.codes.contains(&code)
    }
}

/// Codes named by a list of codes and families.
fn expand(words: &str) -> Result<BTreeSet<ControlCode>, Refus> {
    let mut codes = BTreeSet::new();
    for word in words.split(',').map(str::trim).filter(|w| !w.is_empty()) {
        let upper = word.to_uppercase();
        let named = detectors::cards()
            .filter(|c| c.code.to_string() == upper || c.code.family.letters() == upper);
        let before = codes.len();
        codes.extend(named.map(|c| c.code));
        let family = Family::ALL.iter().any(|(_, letters, _)| *letters == upper);
        if codes.len() == before && !family {
            return Err(Refus::new(
                format!("« {word} » n'est ni une famille ni un contrôle"),
                "choisir dans la liste de « vigie controles », par exemple DBL ou MNT01",
            ));
        }
    }
    Ok(codes)
}

/// Findings of a ledger with their ids, ranked, and what became of each control.
pub struct Scan {
    /// Findings and ids, most probable first.
    pub findings: Vec<(Finding, String)>,
    /// Each control asked for and not switched off.
    pub runs: BTreeMap<ControlCode, Run>,
    /// Decisions of earlier reviews that apply, by finding.
    pub rappels: BTreeMap<String, Rappel>,
    /// Identifier of the habit of each finding, and the keys of its records.
    pub habitudes: Vec<(String, String)>,
    /// Distinct suppliers.
    pub fournisseurs: u64,
    /// Which suppliers the findings fall on.
    pub parts: Vec<Share>,
    /// What each supplier weighs.
    pub pesee: Pesee,
    /// Orders around the procurement thresholds.
    pub seuils: Vec<AutourSeuil>,
}

/// Runs the controls asked for.
///
/// # Errors
/// No ledger among the inputs, or interrupted.
pub fn scan(
    lecture: &Lecture,
    selection: &Selection,
    seuils: &Seuils,
    progress: &dyn Progress,
) -> Result<Scan, Refus> {
    let ledger = lecture.need_ledger()?;
    let off = |code: &ControlCode| seuils.coupes.contains_key(code);
    let asked: BTreeSet<_> = selection.codes.iter().copied().filter(|c| !off(c)).collect();
    let prepared = prepare::prepare(ledger, progress);
    let known = seuils.with_contracts(&lecture.contrats);
    let context = Context {
        ledger,
        prepared: &prepared,
        asked: &asked,
        settings: &seuils.reglages,
        known: &known,
        budget: (!lecture.budget.documents.is_empty()).then_some(&lecture.budget),
        progress,
    };
    let (mut findings, mut runs) = (Vec::new(), BTreeMap::new());
    for detector in DETECTORS {
        if !detector.cards().iter().any(|c| asked.contains(&c.code)) {
            continue;
        }
        if progress.cancelled() {
            return Err(Refus::new("interrompu", "relancer la commande"));
        }
        let report = detector.detect(&context);
        findings.extend(report.findings.into_iter().filter(|f| asked.contains(&f.code)));
        runs.extend(report.runs);
    }
    let ids = finding_id::finding_ids(ledger, &findings);
    let mut ranked: Vec<(Finding, String)> = findings.into_iter().zip(ids).collect();
    let rappels = review::apply(ledger, &mut ranked, &seuils.revue.entrees);
    ranked.sort_by(|(a, x), (b, y)| {
        let by_strength = b.probabilite.total_cmp(&a.probabilite);
        by_strength.then(b.indice.total_cmp(&a.indice)).then(x.cmp(y))
    });
    let mut habits = review::Habits::new(ledger);
    let habitudes = ranked
        .iter()
        .map(|(f, _)| (habits.of(f), finding_id::lignes(ledger, f).to_string()))
        .collect();
    let parts = shares(ledger, &prepared.suppliers, ranked.iter().map(|(finding, _)| finding));
    let (pesee, seuils) = (regards::pesee(&context), regards::seuils(&context));
    let fournisseurs = pesee.len() as u64;
    Ok(Scan { findings: ranked, runs, rappels, habitudes, fournisseurs, parts, pesee, seuils })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_codes_and_mistakes() {
        let all = Selection::parse(None, None).unwrap();
        assert!(all.has(ControlCode::new(Family::Dbl, 1)));
        assert!(!all.has(ControlCode::new(Family::Mnt, 9)), "on trial");
        let some = Selection::parse(Some("dbl,MNT01"), Some("DBL02")).unwrap();
        assert!(some.codes.contains(&ControlCode::new(Family::Dbl, 1)));
        assert!(!some.codes.contains(&ControlCode::new(Family::Dbl, 2)));
        assert_eq!(some.codes.iter().filter(|c| c.family == Family::Mnt).count(), 1);
        assert!(Selection::parse(Some("ABC"), None).is_err());
    }
}
