//! Facts that a French ledger adds to a pair: order, invoice date, who or what the label names.
//!
//! Each comparison is silent when one of the two rows leaves the column empty.
//! **Invariant:** comparing is symmetrical.

use super::levels::{Num, Pair, Payee, unlike};
use super::units::Units;
use crate::anomaly::prepare::words::{RANKED, name_key, once};
use crate::domain::calendar::NO_DAY;
use crate::frames::ledger::{DateKey, NO_TEXT, Sens, TextKey};
use crate::stats::text::fold;

/// Same order or engagement 0, another one 1.
pub(super) fn orders(units: &Units, pair: &Pair) -> Option<u8> {
    let column = units.ledger.text(TextKey::Engagement)?;
    let (x, y) = (column.codes[units.row(pair.a)], column.codes[units.row(pair.b)]);
    (x != NO_TEXT && y != NO_TEXT).then(|| u8::from(x != y))
}

/// Same invoice date 0, within a few days 1, another one 2.
pub(super) fn invoiced(units: &Units, pair: &Pair) -> Option<u8> {
    let days = units.ledger.date(DateKey::Facture)?;
    let (x, y) = (days[units.row(pair.a)], days[units.row(pair.b)]);
    (x != NO_DAY && y != NO_DAY).then(|| match x.abs_diff(y) {
        0 => 0,
        1..=4 => 1,
        _ => 2,
    })
}

/// Whether a label names the other payee (1) or not (0): cessions, factors, purchase cards.
pub(super) fn named(units: &Units, pair: &Pair) -> Option<u8> {
    if !matches!(pair.payee, Payee::Near | Payee::Other) {
        return None;
    }
    units.ledger.text(TextKey::Objet)?;
    let (x, y) = (units.row(pair.a), units.row(pair.b));
    let names = |label: usize, payee: usize| {
        let label = fold(units.ledger.text_at(TextKey::Objet, label));
        let name = name_key(&fold(units.ledger.text_at(TextKey::TiersNom, payee)));
        name.len() >= 5 && name.split(' ').all(|n| label.split(' ').any(|l| l == n))
    };
    Some(u8::from(names(x, y) || names(y, x)))
}

/// True when both labels speak of one thing that a contract pays once.
pub(super) fn paid_once(units: &Units, pair: &Pair) -> bool {
    if matches!(pair.num, Num::Same | Num::Key) {
        return false;
    }
    let (x, y) = (units.row(pair.a), units.row(pair.b));
    let marche = |row: usize| units.ledger.text(TextKey::Marche).map_or(NO_TEXT, |c| c.codes[row]);
    let label = |row| fold(units.ledger.text_at(TextKey::Objet, row));
    let (one, other) = (label(x), label(y));
    let Some(thing) = once(&one).filter(|thing| once(&other) == Some(*thing)) else { return false };
    // without a number of contract, two instalments of one rank and one wording are one
    let unsaid = marche(x) == NO_TEXT && thing >= RANKED && one == other;
    marche(x) == marche(y) && (marche(x) != NO_TEXT || unsaid)
}

/// Whether the rows are receipts: bills sent in series, one a child or a dwelling.
pub(super) fn receipt(units: &Units, pair: &Pair) -> u8 {
    u8::from(units.ledger.sens[units.row(pair.b)] == Sens::R)
}

/// Two establishments of one firm, each with its own numbers.
pub(super) fn establishments(units: &Units, a: u32, b: u32) -> bool {
    let (x, y) = (units.row(a), units.row(b));
    let siren = |row| units.ledger.text_at(TextKey::Siret, row).get(..9);
    unlike(units.ledger, TextKey::Siret, x, y) && siren(x).is_some() && siren(x) == siren(y)
}

/// Different numbers of two establishments: each bills its own site.
pub(super) fn sites(units: &Units, pair: &Pair) -> bool {
    matches!(pair.num, Num::Serial | Num::Other | Num::Slip)
        && matches!(pair.payee, Payee::Same | Payee::Rare | Payee::Variant)
        && establishments(units, pair.a, pair.b)
}
