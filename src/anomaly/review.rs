//! Decisions of a review applied to the findings of a new run: marked and re-weighted, never hidden.
//!
//! A decision attaches to a finding by its stable identifier, to its records when the finding gained or lost some
//! (CONTRAT 5), or to a habit: one control, one supplier, one account, one amount ("the monthly rent of this
//! supplier"; a finding over several amounts has none). A settled finding (justifié, ignoré)
//! loses odds by a named level of evidence and becomes `information`; one to correct is kept in front; a
//! question changes nothing. The level is part of the evidence, so that the page shows why.
//!
//! **Invariant:** weights still add up to `indice`; a finding is never removed.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::anomaly::finding_id::lignes;
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::control::Family;
use crate::domain::decision::{Decision, Entree, Lignes, Portee, in_force, on_records};
use crate::domain::entity::{Siret, normal_name};
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};

/// log10 odds taken from a finding that was settled itself: one in a thousand is left to a wrong decision.
const SETTLED: f64 = 3.0;
/// log10 odds taken by a habit: the new finding may still be another thing, one in thirty.
const HABIT: f64 = 1.5;

/// Weight of one log10 of odds in the unit of a family: bits for DBL, decibans elsewhere.
fn unit(family: Family) -> f64 {
    if family == Family::Dbl { std::f64::consts::LOG2_10 } else { 10.0 }
}

/// Identifiers of the habits of a ledger.
///
/// A habit is known by the control, the supplier (SIREN, else normal name), the account and the absolute
/// amount of the first record of a finding: neither dates, numbers nor file names. A finding that gathers records of
/// several amounts (late payments, orders) is known without its amount, but for duplicates and atypical amounts.
pub struct Habits<'a> {
    ledger: &'a Ledger,
    /// Suppliers already written, by code of SIRET and of name.
    suppliers: FxHashMap<(u32, u32), String>,
}

impl<'a> Habits<'a> {
    /// The habits of `ledger`.
    pub fn new(ledger: &'a Ledger) -> Self {
        Self { ledger, suppliers: FxHashMap::default() }
    }

    /// Identifier of the habit a finding belongs to: 16 hexadecimal digits.
    pub fn of(&mut self, finding: &Finding) -> String {
        let ledger = self.ledger;
        let row = finding.rows.first().map_or(0, |r| *r as usize);
        let code = |key| ledger.text(key).map_or(NO_TEXT, |c| c.codes[row]);
        let written = (code(TextKey::Siret), code(TextKey::TiersNom));
        let supplier = self.suppliers.entry(written).or_insert_with(|| supplier(ledger, row));
        let mut hash = Sha256::new();
        hash.update(finding.code.to_string());
        for text in [supplier.as_str(), ledger.text_at(TextKey::Nature, row)] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let amount = |row: u32| ledger.montant.get(row as usize).copied().unwrap_or(0).abs();
        let first = amount(row as u32);
        let pairs = matches!(finding.code.family, Family::Dbl | Family::Mnt | Family::Imp);
        if pairs || finding.rows.iter().all(|r| amount(*r) == first) {
            hash.update(first.to_le_bytes());
        }
        let hash = hash.finalize();
        let head: [u8; 8] = std::array::from_fn(|i| hash[i]);
        format!("{:016x}", u64::from_be_bytes(head))
    }
}

fn supplier(ledger: &Ledger, row: usize) -> String {
    let siret = Siret::parse(ledger.text_at(TextKey::Siret, row));
    siret.map_or_else(
        || normal_name(ledger.text_at(TextKey::TiersNom, row)),
        |s| s.siren().as_str().to_owned(),
    )
}

/// A decision found for a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rappel {
    /// Decision.
    pub decision: Decision,
    /// Scope that matched.
    pub portee: Portee,
    /// Records of the finding that nobody had seen.
    pub nouveaux: usize,
    /// The line of the journal.
    pub entree: Entree,
}

/// Marks and re-weights the findings; gives, for each, the decision that applies. `findings` holds each
/// finding with its stable identifier; a decision on the finding wins over one on its habit.
pub fn apply(
    ledger: &Ledger,
    findings: &mut [(Finding, String)],
    journal: &[Entree],
) -> BTreeMap<String, Rappel> {
    let force = in_force(journal);
    let mut recalled = BTreeMap::new();
    if force.is_empty() {
        return recalled;
    }
    let by_habit = force.keys().any(|(portee, _)| *portee == Portee::Habitude);
    let by_records: BTreeSet<&str> = force
        .values()
        .filter(|e| Lignes::parse(&e.cles_lignes).is_some())
        .map(|e| e.controle.as_str())
        .collect();
    let mut habits = Habits::new(ledger);
    let ids: Vec<String> = findings.iter().map(|(_, id)| id.clone()).collect();
    let shown: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    for (finding, id) in findings {
        let own = force.get(&(Portee::Constat, id.as_str())).map(|e| (*e, (0, 0)));
        let code = finding.code.to_string();
        let found = own.or_else(|| {
            let rows = by_records.contains(code.as_str()).then(|| lignes(ledger, finding))?;
            let (entry, seen) = on_records(&force, &shown, &code, &rows)?;
            Some((entry, (rows.count() - seen, rows.count())))
        });
        let found = found.or_else(|| {
            let key = by_habit.then(|| habits.of(finding))?;
            force.get(&(Portee::Habitude, key.as_str())).map(|e| (*e, (0, 0)))
        });
        let Some((entry, (new, all))) = found else { continue };
        reweigh(finding, entry, (new, all));
        let rappel = Rappel {
            decision: entry.decision,
            portee: entry.portee,
            nouveaux: new,
            entree: entry.clone(),
        };
        recalled.insert(id.clone(), rappel);
    }
    recalled
}

/// Adds the level of evidence of a decision; `new` of the `all` records of the finding were not seen by it.
fn reweigh(finding: &mut Finding, entry: &Entree, (new, all): (usize, usize)) {
    let taken = match (entry.decision.settles(), entry.portee) {
        (false, _) => 0.0,
        (true, Portee::Constat) if new > 0 => HABIT * (all - new) as f64 / all as f64,
        (true, Portee::Constat) => SETTLED,
        (true, Portee::Habitude) => HABIT,
    };
    let unseen = match new {
        0 => String::new(),
        1 => format!(" ; 1 ligne nouvelle sur {all}"),
        n => format!(" ; {n} lignes nouvelles sur {all}"),
    };
    let weight = -(taken * unit(finding.code.family) * 100.0).round() / 100.0;
    finding.evidence.push(Evidence {
        niveau: match entry.portee {
            Portee::Constat => "Décision de revue",
            Portee::Habitude => "Décision sur une habitude",
        }
        .to_owned(),
        poids: weight,
        valeurs: format!("{}, {}, {}{unseen}", entry.decision.label(), entry.auteur, entry.date),
    });
    if entry.decision.settles() {
        finding.indice = ((finding.indice + weight) * 100.0).round() / 100.0;
        let odds = finding.probabilite / (1.0 - finding.probabilite).max(1e-12);
        let left = odds * 10_f64.powf(-taken);
        finding.probabilite = left / (1.0 + left);
        // What nobody saw yet is still to be looked at.
        let most = if new > 0 { Priorite::AVerifier } else { Priorite::Information };
        finding.priorite = finding.priorite.max(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::finding_id::finding_ids;
    use crate::domain::control::ControlCode;
    use crate::domain::decision::last_hash;
    use crate::domain::money::Centimes;
    use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

    /// A rent of 1 200 € paid in each of the months given.
    fn rents(months: &[i32]) -> Ledger {
        let mut builder = LedgerBuilder::default();
        builder.source("a.csv");
        for (i, month) in months.iter().enumerate() {
            let mandat = month.to_string();
            let mut row =
                LedgerRow { record: i as u32 + 1, montant: 120_000, ..LedgerRow::empty() };
            row.texts[TextKey::TiersNom as usize] = "SCI du Parc".as_bytes();
            row.texts[TextKey::Nature as usize] = b"6132";
            row.texts[TextKey::Mandat as usize] = mandat.as_bytes();
            row.dates[0] = 20_000 + 30 * month;
            builder.push(&row);
        }
        builder.finish()
    }

    fn finding(rows: &[u32]) -> Finding {
        Finding {
            code: ControlCode::new(Family::Dbl, 1),
            rows: rows.to_vec(),
            indice: 6.0,
            probabilite: 0.9,
            priorite: Priorite::Prioritaire,
            enjeu: Centimes(120_000),
            motif: String::new(),
            a_faire: String::new(),
            evidence: vec![Evidence {
                niveau: "Montant".into(),
                poids: 6.0,
                valeurs: String::new(),
            }],
        }
    }

    fn with_ids(ledger: &Ledger, findings: Vec<Finding>) -> Vec<(Finding, String)> {
        let ids = finding_ids(ledger, &findings);
        findings.into_iter().zip(ids).collect()
    }

    fn decide(portee: Portee, cle: &str, decision: Decision) -> Vec<Entree> {
        let entry = Entree {
            date: "2026-03-14".into(),
            auteur: "C. Exemple".into(),
            portee,
            cle: cle.into(),
            controle: "DBL01".into(),
            decision,
            motif: "loyer mensuel".into(),
            objet: String::new(),
            cles_lignes: String::new(),
            empreinte: String::new(),
        };
        vec![entry.sealed(last_hash(&[]))]
    }

    #[test]
    fn a_settled_finding_is_marked_and_stays() {
        let ledger = rents(&[1, 2]);
        let mut found = with_ids(&ledger, vec![finding(&[0, 1])]);
        let journal = decide(Portee::Constat, &found[0].1.clone(), Decision::Justifie);
        let recalled = apply(&ledger, &mut found, &journal);
        let after = &found[0].0;
        assert_eq!(recalled.len(), 1);
        assert_eq!(after.priorite, Priorite::Information);
        assert!(after.probabilite < 0.05);
        let sum: f64 = after.evidence.iter().map(|e| e.poids).sum();
        assert!((sum - after.indice).abs() < 1e-9);
    }

    #[test]
    fn decisions_survive_other_rows_files_and_order() {
        let ledger = rents(&[1, 2]);
        let before = with_ids(&ledger, vec![finding(&[0, 1])]);
        let journal = decide(Portee::Constat, &before[0].1, Decision::Ignore);
        let longer = rents(&[5, 2, 1]);
        let mut found = with_ids(&longer, vec![finding(&[2, 1])]);
        assert_eq!(apply(&longer, &mut found, &journal).len(), 1);
    }

    /// A supplier's late invoices decided in May: June adds one, which is to be seen; the May list alone is settled.
    #[test]
    fn a_grouped_finding_keeps_its_decision_when_a_record_is_added() {
        let may = rents(&[1, 2, 3]);
        let before = with_ids(&may, vec![finding(&[0, 1, 2])]);
        let mut journal = decide(Portee::Constat, &before[0].1, Decision::Justifie);
        journal[0].cles_lignes = lignes(&may, &before[0].0).to_string();
        let june = rents(&[4, 3, 2, 1]);
        let mut found = with_ids(&june, vec![finding(&[3, 2, 1, 0]), finding(&[3, 2])]);
        let recalled = apply(&june, &mut found, &journal);
        assert_eq!(recalled[&found[0].1].nouveaux, 1);
        assert_eq!(found[0].0.priorite, Priorite::AVerifier);
        let level = found[0].0.evidence.last().unwrap();
        assert_eq!(level.valeurs, "justifié, C. Exemple, 2026-03-14 ; 1 ligne nouvelle sur 4");
        let sum: f64 = found[0].0.evidence.iter().map(|e| e.poids).sum();
        assert!((sum - found[0].0.indice).abs() < 1e-9);
        assert_eq!(recalled[&found[1].1].nouveaux, 0);
        assert_eq!(found[1].0.priorite, Priorite::Information);
    }

    #[test]
    fn the_habit_of_a_group_does_not_hang_on_its_first_amount() {
        let mut ledger = rents(&[1, 2, 3]);
        ledger.montant = vec![100, 200, 300];
        let of = |family, rows: &[u32]| {
            let grouped = Finding { code: ControlCode::new(family, 2), ..finding(rows) };
            Habits::new(&ledger).of(&grouped)
        };
        assert_eq!(of(Family::Cal, &[0, 1]), of(Family::Cal, &[2, 1]));
        assert_ne!(of(Family::Dbl, &[0, 1]), of(Family::Dbl, &[2, 1]));
        assert_ne!(of(Family::Cal, &[0]), of(Family::Cal, &[2]));
    }

    #[test]
    fn a_habit_covers_the_next_months_not_another_amount() {
        let ledger = rents(&[1, 2]);
        let first = finding(&[0, 1]);
        let journal =
            decide(Portee::Habitude, &Habits::new(&ledger).of(&first), Decision::Justifie);
        let later = rents(&[7, 8]);
        let mut found = with_ids(&later, vec![finding(&[0, 1])]);
        assert_eq!(apply(&later, &mut found, &journal).len(), 1);
        assert_eq!(found[0].0.priorite, Priorite::Information);
        let mut other = rents(&[7, 8]);
        other.montant = vec![130_000, 130_000];
        let mut found = with_ids(&other, vec![finding(&[0, 1])]);
        assert!(apply(&other, &mut found, &journal).is_empty());
        assert_eq!(found[0].0.priorite, Priorite::Prioritaire);
    }

    #[test]
    fn what_is_to_correct_or_asked_keeps_its_weight() {
        let ledger = rents(&[1, 2]);
        for decision in [Decision::ACorriger, Decision::Question] {
            let mut found = with_ids(&ledger, vec![finding(&[0, 1])]);
            let journal = decide(Portee::Constat, &found[0].1.clone(), decision);
            apply(&ledger, &mut found, &journal);
            assert_eq!(found[0].0.priorite, Priorite::Prioritaire);
            assert!((found[0].0.indice - 6.0).abs() < 1e-9);
            assert_eq!(found[0].0.evidence.len(), 2);
        }
    }
}
