//! Stocks of a lotissement: land and works bought come in stock, plots sold go out of it, interest is part of
//! their cost.
//!
//! Order operations that no real account executes: 7135 (042) against 355 (040), 608 against 796 (043). What
//! goes out is the credit of the last accounts that was not executed: the stock left to sell. What comes in is
//! what the proposal buys, each column for itself.
//!
//! **Invariant:** expenses 042 = receipts 040, receipts 042 = expenses 040, 043 on both sides, in each column.

use std::collections::BTreeMap;

use crate::budget::rows::OriginePrevision;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

use super::share::partager;
use super::{Colonne, Contexte, LigneProposee};

/// Accounts of the variation of stocks of goods made.
const VARIATION: &str = "713";
/// Purchases of a lotissement: land, studies, works, fees.
const PURCHASES: &str = "60";
/// Interest brought into the cost, and its transfer.
const FEES: (&str, &str) = ("608", "796");

pub(super) fn stocks(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>, told: &mut Vec<String>) {
    let used = |l: &&crate::frames::budget::LigneBudget| {
        l.ordre != Ordre::Reel && l.section == Section::F && l.nature.starts_with(VARIATION)
    };
    let Some(variation) = c.frame.lignes_of(c.document).find(used).map(|l| l.nature.clone()) else {
        return;
    };
    let fees = incorporated(c, lignes);
    let left = to_sell(c);
    let into = Colonne::TOUTES.map(|colonne| {
        let bought = lignes.iter().filter(|l| {
            l.section == Section::F && l.sens == Sens::D && l.nature.starts_with(PURCHASES)
        });
        bought.map(|l| l.montant(colonne)).sum::<Centimes>()
    });
    let mirror = |sens| accounts(c, (Section::I, "040", sens), "3", "3555");
    let own = |sens| accounts(c, (Section::F, "042", sens), VARIATION, &variation);
    let year = c.base();
    let why = format!("stock restant : crédits de sortie {year} non exécutés (vente des lots)");
    for (section, sens, chapitre, list) in
        [(Section::F, Sens::D, "042", own(Sens::D)), (Section::I, Sens::R, "040", mirror(Sens::R))]
    {
        push(c, lignes, (section, sens, chapitre), (&list, [left; 3], &why));
    }
    let why = "entrée en stock : achats et frais proposés de l'opération";
    for (section, sens, chapitre, list) in
        [(Section::F, Sens::R, "042", own(Sens::R)), (Section::I, Sens::D, "040", mirror(Sens::D))]
    {
        push(c, lignes, (section, sens, chapitre), (&list, into, why));
    }
    told.push(format!(
        "stocks de l'opération d'aménagement : sortie {} (crédits {year} non exécutés), entrée {} (achats \
         et frais proposés, dont {} d'intérêts incorporés) à faire : rapprocher de la fiche de stock des \
         lots et du prix de revient, puis corriger 7135 et 355 dans preparation.xlsx",
        super::en_euros(left),
        super::en_euros(into[1]),
        super::en_euros(fees)
    ));
}

/// Interest brought into the cost of the operation (608, 796) when the last accounts do so.
fn incorporated(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>) -> Centimes {
    let found = |sens, start: &str| {
        let place = (Section::F, "043", sens);
        let list = accounts(c, place, start, "");
        list.into_iter().map(|(code, _)| code).find(|code| !code.is_empty())
    };
    let (Some(expense), Some(receipt)) = (found(Sens::D, FEES.0), found(Sens::R, FEES.1)) else {
        return Centimes::ZERO;
    };
    let amounts = Colonne::TOUTES.map(|colonne| {
        let ours = lignes.iter().filter(|l| l.sens == Sens::D && l.nature.starts_with("66111"));
        ours.map(|l| l.montant(colonne)).sum::<Centimes>()
    });
    let why = "intérêts de l'opération incorporés au coût des terrains";
    for (sens, code) in [(Sens::D, expense), (Sens::R, receipt)] {
        let list = [(code, Centimes(1))];
        push(c, lignes, (Section::F, sens, "043"), (&list, amounts, why));
    }
    amounts[1]
}

/// Credits to take plots out of stock that the last accounts did not execute.
fn to_sell(c: &Contexte<'_>) -> Centimes {
    if c.base() + 1 != c.exercice {
        return Centimes::ZERO;
    }
    let out = c.frame.lignes_of(c.document).filter(|l| {
        l.ordre != Ordre::Reel
            && (l.section, l.sens) == (Section::F, Sens::D)
            && l.nature.starts_with(VARIATION)
    });
    let left: Centimes = out
        .map(|l| l.credits_ouverts.or(l.vote).unwrap_or_default() - l.realise.unwrap_or_default())
        .sum();
    Centimes(left.0.max(0))
}

/// Accounts of order of a place in the last accounts, weighted by what they opened; `usual` without any.
fn accounts(
    c: &Contexte<'_>,
    (section, chapitre, sens): (Section, &str, Sens),
    start: &str,
    usual: &str,
) -> Vec<(String, Centimes)> {
    let mut found: BTreeMap<String, (Centimes, Centimes)> = BTreeMap::new();
    let ours = c.frame.lignes_of(c.document).filter(|l| {
        l.ordre != Ordre::Reel
            && (l.section, l.sens) == (section, sens)
            && l.chapitre == chapitre
            && l.nature.starts_with(start)
    });
    for l in ours {
        let realised = l.realise.unwrap_or_default();
        let cell = found.entry(l.nature.clone()).or_default();
        cell.0 += l.credits_ouverts.or(l.vote).unwrap_or_default().max(realised);
        cell.1 += realised;
    }
    if found.is_empty() {
        return vec![(usual.to_owned(), Centimes(1))];
    }
    found.into_iter().map(|(code, (weight, _))| (code, weight)).collect()
}

/// Adds the three amounts of a place, shared between its accounts.
fn push(
    c: &Contexte<'_>,
    lignes: &mut Vec<LigneProposee>,
    (section, sens, chapitre): (Section, Sens, &str),
    (list, amounts, raison): (&[(String, Centimes)], [Centimes; 3], &str),
) {
    if amounts.iter().all(|m| m.0 <= 0) {
        return;
    }
    let weights: Vec<i64> = list.iter().map(|(_, m)| m.0).collect();
    let parts = amounts.map(|m| partager(m, &weights));
    let ordre = if chapitre == "043" { Ordre::Interne } else { Ordre::EntreSections };
    for (i, (nature, _)) in list.iter().enumerate() {
        let line = LigneProposee::sure(
            (section, sens, ordre),
            (chapitre, nature, c.libelle(nature)),
            parts[1][i],
            raison,
        );
        lignes.push(LigneProposee {
            prudent: parts[0][i],
            favorable: parts[2][i],
            reference: realised(c, (section, sens, chapitre), nature),
            origine: OriginePrevision::Regle,
            ..line
        });
    }
}

/// What the last accounts executed on an account of order.
fn realised(
    c: &Contexte<'_>,
    (section, sens, chapitre): (Section, Sens, &str),
    nature: &str,
) -> Centimes {
    let ours = c.frame.lignes_of(c.document).filter(|l| {
        l.ordre != Ordre::Reel
            && (l.section, l.sens) == (section, sens)
            && l.chapitre == chapitre
            && l.nature == nature
    });
    ours.map(|l| l.realise.unwrap_or_default()).sum()
}
