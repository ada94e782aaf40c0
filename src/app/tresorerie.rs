//! Cash month by month: the rhythm of the last year that the ledger covers, and the balance of account 515
//! to come when `vigie.toml` gives the one of 1 January.
//!
//! The balance to come is the forecast of the year shared by the months of the rhythm: receipts less
//! expenses of real operations, both sections. Its band adds in squares the half-widths of the totals, times
//! the share of the year gone. What never reaches account 515 is left out of both: the result put in
//! reserve (1068), provisions (68, 78) and receivables given up (654).
//!
//! **Invariant:** nothing is drawn without a ledger that covers a whole year.

use crate::budget::monthly::Releve;
use crate::budget::{Budget, Niveau, Prevision};
use crate::domain::account::{Section, Sens, is_reserved_result};
use crate::domain::money::Centimes;
use crate::frames::ledger::Ledger;
use crate::report::model::preparation::{MoisCumule, SoldeMois, Tresorerie};
use crate::report::model::proposition::Proposition;

use super::config::Tresorerie as Saisie;
use super::financement;

/// The rhythm, and the balances when the account 515 is given.
pub(super) fn build(
    budget: &Budget,
    ledger: &Ledger,
    prevision: &Prevision,
    saisie: Option<&Saisie>,
    proposee: Option<&Proposition>,
) -> Option<Tresorerie> {
    let releve = Releve::of(ledger, budget, None);
    let year = releve.dernier_couvert()?;
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
        out.emprunts_comptes = loans(budget, prevision, typed.exercice);
        let ours = proposee.filter(|p| p.exercice == typed.exercice);
        out.emprunts_proposes = ours.map(financement::emprunts);
        out.soldes = balances(&rythme, &totals(budget, prevision, typed.exercice)?, typed.solde);
    }
    out.rythme = rythme;
    Some(out)
}

/// New loans of the forecast of a year.
fn loans(budget: &Budget, prevision: &Prevision, year: u16) -> Centimes {
    let ours = prevision.lignes.iter().filter(|l| {
        l.budget == budget.nom
            && l.exercice == year
            && (l.section, l.sens, l.niveau) == (Section::I, Sens::R, Niveau::Nature)
            && financement::is_loan(&l.chapitre, &l.code)
    });
    ours.map(|l| l.prevision).sum()
}

/// True for a real operation that moves no cash.
fn is_cashless(sens: Sens, nature: &str) -> bool {
    let prefixes: &[&str] = if sens == Sens::D { &["68", "654"] } else { &["78"] };
    is_reserved_result(sens, nature) || prefixes.iter().any(|p| nature.starts_with(p))
}

/// Amounts of the twelve months; the journée complémentaire is of December.
fn months(releve: &Releve, year: u16, sens: Sens) -> [Centimes; 12] {
    let mut out = [Centimes::ZERO; 12];
    for ((side, nature), years) in &releve.lignes {
        let ours = *side == sens && !is_cashless(sens, nature);
        if let Some(found) = years.get(&year).filter(|_| ours) {
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

/// Expenses then receipts of a year, both sections: total less what moves no cash, and squared half-width
/// of 80 %, euros.
fn totals(budget: &Budget, prevision: &Prevision, year: u16) -> Option<[(f64, f64); 2]> {
    let mut out = [(0.0, 0.0); 2];
    let mut seen = false;
    for l in prevision.lignes.iter().filter(|l| l.budget == budget.nom && l.exercice == year) {
        let cell = &mut out[usize::from(l.sens == Sens::R)];
        match l.niveau {
            Niveau::Total => {
                seen = true;
                let half = (l.intervalle_80.1 - l.intervalle_80.0).euros() / 2.0;
                cell.0 += l.prevision.euros();
                cell.1 += half * half;
            }
            Niveau::Nature if is_cashless(l.sens, &l.code) => cell.0 -= l.prevision.euros(),
            _ => {}
        }
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

    /// Accounts of 2025 and a ledger of that year: 1 000 a month on 611 and on 73111, a provision of 900,
    /// a result of 6 000 put in reserve in June.
    #[test]
    fn what_moves_no_cash_is_in_neither_the_rhythm_nor_the_totals() {
        use crate::budget::{Options, prevoir};
        use crate::domain::calendar::day_of;
        use crate::frames::ledger::{DateKey, TextKey};
        use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

        let mut rows = vec![("6815", Sens::D, 12, 900), ("1068", Sens::R, 6, 6_000)];
        for month in 1..=12 {
            rows.extend([("611", Sens::D, month, 1_000), ("73111", Sens::R, month, 1_000)]);
        }
        let mut book = LedgerBuilder::default();
        book.source("mandats.csv");
        for (i, (nature, sens, month, euros)) in (1u32..).zip(rows) {
            let mut row = LedgerRow { record: i, montant: euros * 100, ..LedgerRow::empty() };
            (row.exercice, row.sens) = (2025, sens);
            row.dates[DateKey::Mandat as usize] = day_of(2025, month, 28).expect("a day");
            row.texts[TextKey::Nature as usize] = nature.as_bytes();
            book.push(&row);
        }
        let accounts = [
            ("611", Sens::D, 12_000),
            ("6815", Sens::D, 900),
            ("73111", Sens::R, 12_000),
            ("1068", Sens::R, 6_000),
        ];
        let accounts = crate::budget::tests::frame(&[(2025, "M57-M57_D", &accounts)]);
        let options = Options { horizon: 1, ..Options::default() };
        let prevision = prevoir(&accounts, &options, &[]).expect("a forecast");
        let saisie = Saisie { exercice: 2026, solde: Centimes(50_000) };
        let budget = &prevision.budgets[0];
        let found =
            build(budget, &book.finish(), &prevision, Some(&saisie), None).expect("a rhythm");
        // by hand: as much in as out each month, 12 000 a year; 1068 and 6815 counted, June would be
        // 6 000 ahead
        assert_eq!((found.rythme[5].mandats, found.rythme[5].titres), (c(6_000), c(6_000)));
        assert_eq!((found.rythme[11].mandats, found.rythme[11].titres), (c(12_000), c(12_000)));
        let told = prevision.lignes.iter().filter(|l| l.niveau == Niveau::Nature);
        let of = |code: &str| told.clone().find(|l| l.code == code).map(|l| l.prevision);
        let (spent, received) = (of("611").expect("611"), of("73111").expect("73111"));
        assert_eq!(of("1068"), None, "the reserve is decided, never forecast");
        assert_eq!(found.soldes[11].solde, Centimes(50_000) + received - spent);
    }

    fn c(euros: i64) -> Centimes {
        Centimes(euros * 100)
    }

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
