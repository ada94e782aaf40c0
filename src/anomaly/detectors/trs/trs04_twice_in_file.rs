#![doc = include_str!("trs04_twice_in_file.md")]

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::normal_iban;
use crate::anomaly::detectors::draft::{
    Draft, Outcome, Words, by_content, content_order, out_of, rarity, total,
};
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
#[derive(Clone, Copy)]
struct Entry {
    siret: Option<Siret>,
    /// Codes of the first account and of the first name written, [`NO_TEXT`] without any.
    iban: u32,
    name: u32,
    /// Code of the entry, then how many rows write it.
    id: u32,
    rows: u32,
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
    let all: Vec<Entry> = entries.into_iter().filter(|e| e.rows > 0).collect();
    if all.iter().all(|e| e.siret.is_none() && e.iban == NO_TEXT) {
        return Outcome::not_done("ni SIRET ni IBAN lisible à côté des codes de tiers");
    }
    let twins = twins(ledger, &all);
    let (seen, examined) = (twins.len(), all.len());
    let rows = rows_of(ledger, &all, &twins);
    let findings =
        twins.iter().map(|t| finding(ledger, &all, (t, &rows), (seen, examined))).collect();
    Outcome { run: Run::over(examined, ["code de tiers", "codes de tiers"]), findings }
}

/// Entries by code of `tiers_id`; what a row leaves empty another may tell.
fn entries(ledger: &Ledger) -> Vec<Entry> {
    let Some(ids) = ledger.text(TextKey::TiersId) else { return Vec::new() };
    let sirets: Vec<Option<Siret>> = ledger
        .text(TextKey::Siret)
        .map_or_else(Vec::new, |c| c.dictionary.iter().map(Siret::parse).collect());
    let ibans: Vec<bool> = ledger.text(TextKey::Iban).map_or_else(Vec::new, |c| {
        c.dictionary.iter().map(|text| !normal_iban(text).is_empty()).collect()
    });
    let mut entries: Vec<Entry> = (0..ids.dictionary.len() as u32)
        .map(|id| Entry { siret: None, iban: NO_TEXT, name: NO_TEXT, id, rows: 0 })
        .collect();
    let code = |key, row: usize| ledger.text(key).map_or(NO_TEXT, |c| c.codes[row]);
    for row in 0..ledger.len() {
        let Some(entry) = entries.get_mut(ids.codes[row] as usize) else { continue };
        entry.rows += 1;
        if entry.siret.is_none() {
            entry.siret = sirets.get(code(TextKey::Siret, row) as usize).copied().flatten();
        }
        let iban = code(TextKey::Iban, row);
        if entry.iban == NO_TEXT && ibans.get(iban as usize) == Some(&true) {
            entry.iban = iban;
        }
        if entry.name == NO_TEXT {
            entry.name = code(TextKey::TiersNom, row);
        }
    }
    entries
}

/// Name of an entry as compared.
fn name(ledger: &Ledger, entry: &Entry) -> String {
    normal_name(ledger.text(TextKey::TiersNom).map_or("", |c| c.dictionary.get(entry.name)))
}

/// Rows of the entries that are twins, by code of the entry.
fn rows_of(ledger: &Ledger, all: &[Entry], twins: &[Twins]) -> FxHashMap<u32, Vec<u32>> {
    let members = twins.iter().flat_map(|t| &t.entries);
    let mut rows: FxHashMap<u32, Vec<u32>> = members.map(|e| (all[*e].id, Vec::new())).collect();
    let Some(ids) = ledger.text(TextKey::TiersId).filter(|_| !rows.is_empty()) else {
        return rows;
    };
    for (row, id) in ids.codes.iter().enumerate() {
        if let Some(mine) = rows.get_mut(id) {
            mine.push(row as u32);
        }
    }
    rows
}

/// Entries with one SIRET; then those on one IBAN with names alike, one of them without SIRET.
fn twins(ledger: &Ledger, all: &[Entry]) -> Vec<Twins> {
    let mut by_siret: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_iban: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, entry) in all.iter().enumerate() {
        if let Some(siret) = &entry.siret {
            by_siret.entry(siret.as_str()).or_default().push(i);
        }
        if let Some(column) = ledger.text(TextKey::Iban).filter(|_| entry.iban != NO_TEXT) {
            let account = normal_iban(column.dictionary.get(entry.iban));
            by_iban.entry(account).or_default().push(i);
        }
    }
    let same = by_siret.into_values().filter(|e| e.len() > 1);
    let mut out: Vec<Twins> = same.map(|entries| Twins { entries, by_siret: true }).collect();
    for group in by_iban.into_values().filter(|e| e.len() > 1) {
        let first = group[0];
        let first_name = name(ledger, &all[first]);
        let mut alike: Vec<usize> = group[1..]
            .iter()
            .copied()
            .filter(|i| {
                let without = all[first].siret.is_none() || all[*i].siret.is_none();
                without && similarity(&first_name, &name(ledger, &all[*i])) >= ALIKE
            })
            .collect();
        if !alike.is_empty() {
            alike.insert(0, first);
            out.push(Twins { entries: alike, by_siret: false });
        }
    }
    out
}

fn finding(
    ledger: &Ledger,
    all: &[Entry],
    (t, rows_of): (&Twins, &FxHashMap<u32, Vec<u32>>),
    (seen, examined): (usize, usize),
) -> Finding {
    let members: Vec<&[u32]> =
        t.entries.iter().map(|e| rows_of.get(&all[*e].id).map_or(&[][..], Vec::as_slice)).collect();
    let ids: Vec<&str> =
        members.iter().map(|m| ledger.text_at(TextKey::TiersId, m[0] as usize)).collect();
    // One record of each entry, its first.
    let first = |mine: &&[u32]| mine.iter().copied().min_by(|a, b| content_order(ledger, *a, *b));
    let mut rows: Vec<u32> = members.iter().filter_map(first).collect();
    by_content(ledger, &mut rows);
    let enjeu = members.iter().map(|m| total(ledger, m).abs()).min().unwrap_or_default();
    let names: Vec<String> = t.entries.iter().map(|e| name(ledger, &all[*e])).collect();
    let alike = names.windows(2).all(|w| similarity(&w[0], &w[1]) >= 0.8);
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
