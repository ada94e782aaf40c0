//! Which of the twelve types of DOMAIN D.6 a pair looks like: the label of the winning evidence.
//!
//! | code | type |
//! |---|---|
//! | DBL01 | T1 same invoice twice |
//! | DBL02 | T2 number retyped, supplier written otherwise |
//! | DBL03 | T3 another invoice date |
//! | DBL04 | T4 amount error: VAT, digits, split in two |
//! | DBL05 | T5 supplier twice in the tiers file |
//! | DBL06 | T6 invoice, then reminder or copy |
//! | DBL07 | T7 two budgets or two exercices |
//! | DBL08 | T8 two channels (régie, carte achat, mandat) |
//! | DBL09 | T9 another payee for the same invoice |
//! | DBL10 | T10 advance, instalment or guarantee paid again |
//! | DBL11 | T11 credit note, then two payments left |
//! | DBL12 | T12 subsidy, aid or refund paid twice |
//!
//! **Invariant:** exactly one code a pair; the code never changes the probability.

use super::levels::{Amount, Num, Pair, Payee, unlike};
use super::units::Units;
use crate::anomaly::prepare::words::is_part_payment;
use crate::domain::calendar::NO_DAY;
use crate::frames::ledger::{DateKey, TextKey};
use crate::stats::text::fold;

/// Number of the code of a pair.
pub(super) fn code(units: &Units, pair: &Pair) -> u8 {
    let (x, y) = (units.row(pair.a), units.row(pair.b));
    let differs = |key| unlike(units.ledger, key, x, y);
    if pair.payee == Payee::Other {
        return if channel(units, x) == channel(units, y) { 9 } else { 8 };
    }
    if pair.amount != Amount::Equal {
        return 4;
    }
    if pair.label == 3 {
        return 6;
    }
    if differs(TextKey::Budget) || (straddles(units, x, y) && pair.num == Num::Same) {
        return 7;
    }
    if differs(TextKey::Regie) || differs(TextKey::ModeReglement) {
        return 8;
    }
    if [x, y].iter().any(|r| is_part_payment(&fold(units.ledger.text_at(TextKey::Objet, *r)))) {
        return 10;
    }
    if credited(units, y) {
        return 11;
    }
    last_codes(units, pair, x, y)
}

/// The codes that depend on the supplier, the nature, the dates and the number.
fn last_codes(units: &Units, pair: &Pair, x: usize, y: usize) -> u8 {
    let differs = |key| unlike(units.ledger, key, x, y);
    if pair.payee == Payee::Near || differs(TextKey::TiersId) || differs(TextKey::Siret) {
        return 5;
    }
    if is_aid(units.ledger.text_at(TextKey::Nature, y)) && !linked(pair) {
        return 12;
    }
    if matches!(pair.payee, Payee::Rare | Payee::Variant)
        || !matches!(pair.num, Num::Same | Num::Absent)
    {
        return 2;
    }
    let days = units.ledger.date(DateKey::Facture);
    let other_day = days.is_some_and(|d| d[x] != NO_DAY && d[y] != NO_DAY && d[x] != d[y]);
    if other_day && pair.num == Num::Same { 3 } else { 1 }
}

/// Circuit of a payment: the régie, or the card of the commune, whose payee is not the supplier.
fn channel<'a>(units: &'a Units<'_>, row: usize) -> (&'a str, bool) {
    let mode = fold(units.ledger.text_at(TextKey::ModeReglement, row));
    (units.ledger.text_at(TextKey::Regie, row), mode.split(' ').any(|word| word == "CARTE"))
}

/// True when a number links the two payments.
fn linked(pair: &Pair) -> bool {
    matches!(pair.num, Num::Same | Num::Key | Num::Suffix | Num::Slip)
}

/// Two exercices around one turn of the year.
fn straddles(units: &Units, x: usize, y: usize) -> bool {
    let exercice = &units.ledger.exercice;
    let gap = units.ledger.day(y) - units.ledger.day(x);
    exercice[x] != 0 && exercice[y] != 0 && exercice[x] != exercice[y] && gap.abs() <= 62
}

/// A credit of the same supplier and amount exists.
fn credited(units: &Units, row: usize) -> bool {
    let recurrence = &units.prepared.recurrence;
    let Some(group) = recurrence.group_of.get(row) else { return false };
    let members = recurrence.members(*group as usize);
    members.len() <= 64 && members.iter().any(|r| units.ledger.montant[*r as usize] < 0)
}

/// Subsidies, aids and refunds: accounts 651, 657 and 67 of M14 and M57.
fn is_aid(nature: &str) -> bool {
    let digits = nature.bytes().all(|b| b.is_ascii_digit());
    digits && nature.len() >= 4 && ["651", "657", "67"].iter().any(|p| nature.starts_with(p))
}

/// What to check of receipts, by code.
pub(super) fn receipt_advice(code: u8) -> &'static str {
    match code {
        4 => "Comparer les montants aux pièces ; annuler ou réduire le titre en double.",
        5 => {
            "Vérifier si le redevable a été créé deux fois ; annuler ou réduire le titre en double."
        }
        9 => "Vérifier qui doit la somme ; annuler ou réduire le titre en double.",
        _ => {
            "Comparer les deux titres et leurs pièces ; si c'est la même créance, annuler ou réduire le titre en double."
        }
    }
}

/// What to check, by code.
pub(super) fn advice(code: u8) -> &'static str {
    match code {
        1 => {
            "Comparer les deux factures et leur service fait ; si c'est la même, demander un avoir ou émettre un titre."
        }
        2 => "Comparer les deux pièces : un seul numéro de facture a pu être saisi de deux façons.",
        3 => {
            "Comparer les dates portées sur les pièces : l'échéance a pu être saisie comme date de facture."
        }
        4 => {
            "Comparer les montants aux pièces : HT et TTC, chiffres inversés ou paiement en deux parts."
        }
        5 => "Vérifier le fichier des tiers : un fournisseur a pu être créé deux fois.",
        6 => "Vérifier que la relance ou le duplicata ne porte pas sur une facture déjà mandatée.",
        7 => "Rapprocher les deux budgets ou exercices, et la contre-passation des rattachements.",
        8 => {
            "Rapprocher la régie, la carte d'achat et les mandats : une dépense a pu passer par deux circuits."
        }
        9 => {
            "Vérifier qui devait être payé : cession de créance, affacturage, sous-traitant ou erreur de tiers."
        }
        10 => "Rapprocher acomptes, retenue de garantie et solde du montant du marché.",
        11 => {
            "Vérifier que l'avoir a été imputé sur la bonne facture et que la refacturation est unique."
        }
        _ => "Vérifier la délibération ou la décision : l'aide a pu être versée deux fois.",
    }
}
