//! Cash month by month: the rhythm of the last year that the ledger covers, and the balance of account 515
//! to come when `vigie.toml` gives the one of 1 January.
//!
//! The balance to come is the forecast of the year shared by the months of the rhythm: receipts less
//! expenses of real operations, both sections. Its band adds in squares the half-widths of the totals, times
//! the share of the year gone.
//!
//! **Invariant:** nothing is drawn without a ledger that covers a whole year.

use crate::budget::monthly::Releve;
use crate::budget::{Budget, Niveau, Prevision};
use crate::domain::account::Sens;
use crate::domain::money::Centimes;
use crate::frames::ledger::Ledger;
use crate::report::model::preparation::{MoisCumule, SoldeMois, Tresorerie};

use super::config::Tresorerie as Saisie;

/// The rhythm, and the balances when the account 515 is given.
pub(super) fn build(
    budget: &Budget,
    ledger: &Ledger,
    prevision: &Prevision,
    saisie: Option<&Saisie>,
) -> Option<Tresorerie> {
    let releve = Releve::of(ledger, budget);
    let year = releve.jours.keys().copied().filter(|y| releve.couvre(*y)).max()?;
    let flows = [Sens::D, Sens::R].map(|sens| months(&releve, year, sens));
    let rythme = cumulated(&flows);
    let last = rythme.last()?;
    if last.mandats.0 <= 0 || last.titres.0 <= 0 {
        return None;
    }
    let low = rythme.iter().min_by_key(|m| (m.ecart, m.mois))?;
    let mut out = Tresorerie {
        exercice_rythme: year,
        creux_mois: low.mois,
        creux: low.ecart,
        exercice: year,
        ..Tresorerie::default()
    };
    if let Some(typed) = saisie {
        out.exercice = typed.exercice;
        out.solde_initial = Some(typed.solde);
        out.soldes = balances(&rythme, &totals(budget, prevision, typed.exercice)?, typed.solde);
    }
    out.rythme = rythme;
    Some(out)
}

/// Amounts of the twelve months; the journée complémentaire is of December.
fn months(releve: &Releve, year: u16, sens: Sens) -> [Centimes; 12] {
    let mut out = [Centimes::ZERO; 12];
    for ((side, _), years) in &releve.lignes {
        if let Some(found) = years.get(&year).filter(|_| *side == sens) {
            for (i, amount) in found.mois.iter().enumerate() {
                out[i.min(11)] += *amount;
            }
        }
    }
    out
}

fn cumulated([spent, received]: &[[Centimes; 12]; 2]) -> Vec<MoisCumule> {
    let (mut mandats, mut titres) = (Centimes::ZERO, Centimes::ZERO);
    (1u8..=12)
        .zip(spent.iter().zip(received))
        .map(|(mois, (d, r))| {
            mandats += *d;
            titres += *r;
            MoisCumule { mois, mandats, titres, ecart: titres - mandats }
        })
        .collect()
}

/// Expenses then receipts of a year, both sections: total and squared half-width of 80 %, euros.
fn totals(budget: &Budget, prevision: &Prevision, year: u16) -> Option<[(f64, f64); 2]> {
    let mut out = [(0.0, 0.0); 2];
    let mut seen = false;
    for l in prevision
        .lignes
        .iter()
        .filter(|l| l.budget == budget.nom && l.exercice == year && l.niveau == Niveau::Total)
    {
        seen = true;
        let cell = &mut out[usize::from(l.sens == Sens::R)];
        let half = (l.intervalle_80.1 - l.intervalle_80.0).euros() / 2.0;
        cell.0 += l.prevision.euros();
        cell.1 += half * half;
    }
    seen.then_some(out)
}

fn balances(
    rythme: &[MoisCumule],
    [spent, received]: &[(f64, f64); 2],
    start: Centimes,
) -> Vec<SoldeMois> {
    let Some(end) = rythme.last() else { return Vec::new() };
    let share = |m: Centimes, all: Centimes| m.euros() / all.euros();
    let one = |m: &MoisCumule| {
        let (d, r) = (share(m.mandats, end.mandats), share(m.titres, end.titres));
        let half = (spent.1 * d * d + received.1 * r * r).sqrt();
        let cents = |x: f64| Centimes::from_euros(x).unwrap_or_default();
        let solde = start + cents(received.0 * r - spent.0 * d);
        SoldeMois { mois: m.mois, solde, bas_80: solde - cents(half), haut_80: solde + cents(half) }
    };
    rythme.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_balance_follows_the_rhythm_and_ends_with_the_year() {
        let k = |n: i64| Centimes(n * 100_000);
        let mut spent = [Centimes::ZERO; 12];
        let mut received = [Centimes::ZERO; 12];
        (spent[0], spent[11]) = (k(60), k(60));
        (received[5], received[11]) = (k(100), k(100));
        let rythme = cumulated(&[spent, received]);
        assert_eq!((rythme[0].ecart, rythme[5].ecart, rythme[11].ecart), (k(-60), k(40), k(80)));
        // 240 to spend and 400 to receive, from 50: after January half of the spending is out
        let out = balances(&rythme, &[(240_000.0, 100.0e6), (400_000.0, 0.0)], k(50));
        assert_eq!(out[0].solde, k(50 - 120));
        assert_eq!(out[11].solde, k(50 + 160));
        assert_eq!(out[11].haut_80 - out[11].solde, k(10), "the half-width of the year at its end");
        assert_eq!(out[0].haut_80 - out[0].solde, k(5));
    }
}
