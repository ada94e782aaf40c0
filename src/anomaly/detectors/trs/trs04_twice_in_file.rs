#![doc = include_str!("trs04_twice_in_file.md")]

use std::collections::BTreeMap;

use super::normal_iban;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity, total};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::entity::{Siret, normal_name};
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};
use crate::stats::text::similarity;

const CODE: ControlCode = ControlCode::new(Family::Trs, 4);
/// Similarity of names from which two entries on one IBAN are one supplier.
const ALIKE: f64 = 0.92;

/// An entry of the file of suppliers, as its rows write it.
#[derive(Default)]
struct Entry {
    siret: Option<Siret>,
    iban: String,
    name: String,
    rows: Vec<u32>,
}

/// Entries that are one supplier, and why.
struct Twins {
    entries: Vec<usize>,
    by_siret: bool,
}

/// Runs the control: one finding a supplier with several codes.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let entries = entries(ledger);
    let all: Vec<&Entry> = entries.iter().filter(|e| !e.rows.is_empty()).collect();
    let twins = twins(&all);
    let (seen, examined) = (twins.len(), all.len());
    let findings = twins.iter().map(|t| finding(ledger, &all, t, seen, examined)).collect();
    Outcome { run: Run::over(examined, ["code de tiers", "codes de tiers"]), findings }
}

/// Entries by code of `tiers_id`; what a row leaves empty another may tell.
fn entries(ledger: &Ledger) -> Vec<Entry> {
    let Some(ids) = ledger.text(TextKey::TiersId) else { return Vec::new() };
    let sirets: Vec<Option<Siret>> = ledger
        .text(TextKey::Siret)
        .map_or_else(Vec::new, |c| c.dictionary.iter().map(Siret::parse).collect());
    let mut entries: Vec<Entry> = (0..ids.dictionary.len()).map(|_| Entry::default()).collect();
    for row in 0..ledger.len() {
        let Some(entry) = entries.get_mut(ids.codes[row] as usize) else { continue };
        entry.rows.push(row as u32);
        if entry.siret.is_none() {
            let code = ledger.text(TextKey::Siret).map_or(NO_TEXT, |c| c.codes[row]);
            entry.siret = sirets.get(code as usize).copied().flatten();
        }
        if entry.iban.is_empty() {
            entry.iban = normal_iban(ledger.text_at(TextKey::Iban, row));
        }
        if entry.name.is_empty() {
            entry.name = normal_name(ledger.text_at(TextKey::TiersNom, row));
        }
    }
    entries
}

/// Entries with one SIRET; then those on one IBAN with names alike, one of them without SIRET.
fn twins(all: &[&Entry]) -> Vec<Twins> {
    let mut by_siret: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_iban: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, entry) in all.iter().enumerate() {
        if let Some(siret) = &entry.siret {
            by_siret.entry(siret.as_str()).or_default().push(i);
        }
        if !entry.iban.is_empty() {
            by_iban.entry(entry.iban.as_str()).or_default().push(i);
        }
    }
    let same = by_siret.into_values().filter(|e| e.len() > 1);
    let mut out: Vec<Twins> = same.map(|entries| Twins { entries, by_siret: true }).collect();
    for group in by_iban.into_values().filter(|e| e.len() > 1) {
        let first = group[0];
        let mut alike: Vec<usize> = group[1..]
            .iter()
            .copied()
            .filter(|i| {
                let without = all[first].siret.is_none() || all[*i].siret.is_none();
                without && similarity(&all[first].name, &all[*i].name) >= ALIKE
            })
            .collect();
        if !alike.is_empty() {
            alike.insert(0, first);
            out.push(Twins { entries: alike, by_siret: false });
        }
    }
    out
}

fn finding(ledger: &Ledger, all: &[&Entry], t: &Twins, seen: usize, examined: usize) -> Finding {
    let ids: Vec<&str> = t
        .entries
        .iter()
        .map(|e| ledger.text_at(TextKey::TiersId, all[*e].rows[0] as usize))
        .collect();
    // One record of each entry, its first.
    let mut rows: Vec<u32> = t
        .entries
        .iter()
        .map(|e| {
            let mut mine = all[*e].rows.clone();
            by_content(ledger, &mut mine);
            mine[0]
        })
        .collect();
    by_content(ledger, &mut rows);
    let enjeu =
        t.entries.iter().map(|e| total(ledger, &all[*e].rows).abs()).min().unwrap_or_default();
    let alike = t.entries.windows(2).all(|w| similarity(&all[w[0]].name, &all[w[1]].name) >= 0.8);
    let shown = ids.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let what = if t.by_siret { "le même SIRET" } else { "le même IBAN et un nom voisin" };
    let words = Words {
        motif: format!("{} codes de tiers ({shown}) ont {what}.", ids.len()),
        a_faire: "Fusionner les fiches ; vérifier qu'aucune facture n'a été payée sous les deux codes.",
    };
    Draft::new(CODE, rows, 2.0)
        .level(
            "Rareté des fiches en double",
            rarity(seen, examined, (-15.0, 6.0)),
            out_of(seen, examined),
        )
        .when(t.by_siret, "Même SIRET", 6.0, "même établissement")
        .when(!t.by_siret, "Même IBAN, nom voisin", 4.0, "l'une des fiches sans SIRET")
        .when(!alike, "Noms différents", -4.0, "services d'un même établissement ?")
        .when(ids.len() > 4, "Nombreuses fiches", -8.0, "codes par service probables")
        .finding(words, enjeu, Priorite::Prioritaire)
}
