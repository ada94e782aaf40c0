#![doc = include_str!("trs02_shared_iban.md")]

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{normal_iban, tail};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::likeness::alike;
use crate::domain::control::{ControlCode, Family};
use crate::domain::entity::normal_name;
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Trs, 2);
/// Payees of one account whose names are compared one by one.
const COMPARED: usize = 64;
/// Words of those who collect for others.
const COLLECTORS: [&str; 6] =
    ["FACTOR", "AFFACTURAGE", "TRESORERIE", "TRESOR PUBLIC", "FINANCES PUBLIQUES", "HUISSIER"];

/// A payee as written: SIREN, normal name, its rows, its total.
#[derive(Clone)]
struct Payee {
    siren: String,
    name: String,
    rows: Vec<u32>,
    cents: i64,
}

/// Runs the control.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(column) = ledger.text(TextKey::Iban) else { return Outcome::not_done("sans IBAN") };
    let mut accounts: BTreeMap<String, BTreeMap<(String, String), Payee>> = BTreeMap::new();
    let normal: Vec<String> = column.dictionary.iter().map(normal_iban).collect();
    let names: Vec<String> = ledger
        .text(TextKey::TiersNom)
        .map_or_else(Vec::new, |c| c.dictionary.iter().map(normal_name).collect());
    // Rows are gathered by codes first: one account has few payees and many rows.
    let code = |key, row: usize| ledger.text(key).map_or(NO_TEXT, |c| c.codes[row]);
    let mut groups: FxHashMap<[u32; 3], (Vec<u32>, i64)> = FxHashMap::default();
    for row in 0..ledger.len() {
        let iban = column.codes[row];
        if iban == NO_TEXT || normal[iban as usize].is_empty() {
            continue;
        }
        let key = [iban, code(TextKey::Siret, row), code(TextKey::TiersNom, row)];
        let group = groups.entry(key).or_default();
        group.0.push(row as u32);
        group.1 = group.1.saturating_add(ledger.montant[row]);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(key, _)| *key);
    for ([iban, ..], (rows, cents)) in groups {
        let payee = payee(ledger, &names, rows[0] as usize);
        if payee.siren.is_empty() && payee.name.is_empty() {
            continue;
        }
        let key = (payee.siren.clone(), payee.name.clone());
        let account = accounts.entry(normal[iban as usize].clone()).or_default();
        let known = account.entry(key).or_insert(payee);
        known.rows.extend(rows);
        known.cents = known.cents.saturating_add(cents);
    }
    let examined = accounts.len();
    let shared: Vec<(String, Vec<Payee>)> = accounts
        .into_iter()
        .map(|(iban, payees)| (iban, strangers(payees.into_values().collect())))
        .filter(|(_, payees)| payees.len() > 1)
        .collect();
    let seen = shared.len();
    let findings =
        shared.iter().map(|(iban, payees)| finding(ledger, iban, payees, seen, examined)).collect();
    Outcome { run: Run::over(examined, ["IBAN", "IBAN"]), findings }
}

/// Who a row pays, as written.
fn payee(ledger: &Ledger, names: &[String], row: usize) -> Payee {
    let siret: String =
        ledger.text_at(TextKey::Siret, row).chars().filter(char::is_ascii_digit).collect();
    let name = ledger
        .text(TextKey::TiersNom)
        .and_then(|c| names.get(c.codes[row] as usize))
        .cloned()
        .unwrap_or_default();
    let siren = siret.get(..9).unwrap_or_default().to_owned();
    Payee { siren, name, rows: Vec::new(), cents: 0 }
}

/// The payees of one account once those that are one (same SIREN, names alike) are brought together.
fn strangers(mut payees: Vec<Payee>) -> Vec<Payee> {
    payees.sort_by(|a, b| {
        b.rows.len().cmp(&a.rows.len()).then_with(|| (&a.siren, &a.name).cmp(&(&b.siren, &b.name)))
    });
    let mut kept: Vec<Payee> = Vec::new();
    // Beyond the first ones, an account is that of a collector: only the very same identity is sought.
    let mut far: FxHashMap<String, usize> = FxHashMap::default();
    for payee in payees {
        let one = |k: &Payee| {
            let same = !k.siren.is_empty() && k.siren == payee.siren;
            same || alike(&k.name, &payee.name)
        };
        let identities = [&payee.siren, &payee.name].map(String::clone);
        let known =
            || identities.iter().filter(|i| !i.is_empty()).find_map(|i| far.get(i)).copied();
        if let Some(at) = kept.iter().take(COMPARED).position(one).or_else(known) {
            kept[at].rows.extend(payee.rows);
            kept[at].cents = kept[at].cents.saturating_add(payee.cents);
            continue;
        }
        if kept.len() >= COMPARED {
            far.extend(identities.into_iter().map(|i| (i, kept.len())));
        }
        kept.push(payee);
    }
    kept
}

fn finding(
    ledger: &Ledger,
    iban: &str,
    payees: &[Payee],
    seen: usize,
    examined: usize,
) -> crate::anomaly::Finding {
    let collector = payees.iter().any(|p| COLLECTORS.iter().any(|word| p.name.contains(word)));
    let without = payees.iter().filter(|p| p.siren.is_empty()).count();
    // One record of each payee, its first.
    let mut rows: Vec<u32> = payees
        .iter()
        .filter_map(|p| {
            let mut mine = p.rows.clone();
            by_content(ledger, &mut mine);
            mine.first().copied()
        })
        .collect();
    by_content(ledger, &mut rows);
    let least = payees.iter().map(|p| p.cents).min().unwrap_or(0);
    let words = Words {
        motif: format!(
            "{} tiers sans lien visible sont payés sur l'IBAN finissant par {}.",
            payees.len(),
            tail(iban)
        ),
        a_faire: "Contrôler les deux relevés d'identité bancaire et le lien entre ces tiers.",
    };
    Draft::new(CODE, rows, -6.0)
        .level(
            "Rareté des IBAN partagés",
            rarity(seen, examined, (-20.0, 10.0)),
            out_of(seen, examined),
        )
        .when(without == 0, "SIREN différents", 10.0, "sur un seul compte")
        .when(without > 0, "Tiers sans SIREN", 7.0, "l'un d'eux au moins")
        .when(collector, "Organisme qui encaisse pour d'autres", -20.0, "lu dans le nom")
        .when(payees.len() > 3, "Nombreux tiers", -8.0, "compte de regroupement probable")
        .finding(words, Centimes(least).abs(), Priorite::Prioritaire)
}
