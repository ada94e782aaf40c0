//! Loans: what each pays in the years to come, from its capital due, its rate and its profile.
//!
//! Loans come from vigie.toml (`[[emprunt]]`, due on 1 January of their exercice) or from the debt annex
//! of the last accounts (due on 31 December). Only loans already contracted are known: what will be
//! borrowed later is not here, and the reason says so.
//!
//! **Invariant:** the capital paid back over the life of a loan is what was due, to rounding.

use crate::budget::history::Budget;
use crate::frames::budget::Emprunt;

/// How a loan is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profil {
    /// Constant payments (annuité constante).
    Annuite,
    /// Constant capital.
    Capital,
    /// All the capital at the end.
    InFine,
}

/// A loan at the start of an exercice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pret {
    /// Capital due, euros.
    pub capital: f64,
    /// Rate, % a year.
    pub taux: f64,
    /// Payments left.
    pub restantes: u32,
    /// Payments a year, 1 to 12.
    pub par_an: u32,
    /// Profile.
    pub profil: Profil,
}

/// A loan of vigie.toml: due on 1 January of its exercice.
#[derive(Debug, Clone, PartialEq)]
pub struct PretSaisi {
    /// Name or SIRET of the budget; the principal when `None`.
    pub budget: Option<String>,
    /// Exercice that begins with that capital due.
    pub exercice: u16,
    /// The loan.
    pub pret: Pret,
}

/// What loans pay in an exercice, euros.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Annee {
    /// Capital paid back.
    pub capital: f64,
    /// Interest.
    pub interets: f64,
    /// Capital due at the end.
    pub encours: f64,
}

/// Longest schedule, payments.
const MOST: u32 = 1_200;

/// The next `years` years of a loan.
pub fn echeancier(pret: &Pret, years: usize) -> Vec<Annee> {
    let par_an = pret.par_an.clamp(1, 12);
    let rate = (pret.taux.clamp(0.0, 100.0) / 100.0) / f64::from(par_an);
    let mut left = pret.restantes.clamp(1, MOST);
    let mut due = pret.capital.max(0.0);
    let constant = due / f64::from(left);
    let annuity =
        if rate > 0.0 { due * rate / (1.0 - (1.0 + rate).powi(-(left as i32))) } else { constant };
    let mut out = Vec::with_capacity(years);
    for _ in 0..years {
        let mut year = Annee::default();
        for _ in 0..par_an {
            if left == 0 {
                break;
            }
            let interest = due * rate;
            let capital = match pret.profil {
                _ if left == 1 => due,
                Profil::Annuite => (annuity - interest).clamp(0.0, due),
                Profil::Capital => constant,
                Profil::InFine => 0.0,
            };
            due = (due - capital).max(0.0);
            left -= 1;
            year.capital += capital;
            year.interets += interest;
        }
        year.encours = due;
        out.push(year);
    }
    out
}

/// Sum of the schedules, year by year.
pub fn total(prets: &[Pret], years: usize) -> Vec<Annee> {
    let mut out = vec![Annee::default(); years];
    for pret in prets {
        for (sum, year) in out.iter_mut().zip(echeancier(pret, years)) {
            sum.capital += year.capital;
            sum.interets += year.interets;
            sum.encours += year.encours;
        }
    }
    out
}

/// Where a schedule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `[[emprunt]]` of vigie.toml.
    Saisi,
    /// Debt annex of the last accounts.
    Annexe,
}

/// Schedule of the loans of a budget over the `horizon` exercices after its `n` first ones.
pub fn du_budget(budget: &Budget, n: usize, horizon: usize) -> Option<(Vec<Annee>, Source)> {
    let first = budget.exercices.get(n.checked_sub(1)?)? + 1;
    let typed: Vec<&PretSaisi> = budget.emprunts.iter().filter(|e| e.exercice <= first).collect();
    if !typed.is_empty() {
        let mut sum = vec![Annee::default(); horizon];
        for one in typed {
            let skip = usize::from(first - one.exercice);
            let all = total(std::slice::from_ref(&one.pret), skip + horizon);
            for (year, found) in sum.iter_mut().zip(&all[skip..]) {
                year.capital += found.capital;
                year.interets += found.interets;
                year.encours += found.encours;
            }
        }
        return Some((sum, Source::Saisi));
    }
    let loans = &budget.annexes.get(n - 1)?.emprunts;
    let prets: Vec<Pret> = loans.iter().filter_map(read).collect();
    (!prets.is_empty()).then(|| (total(&prets, horizon), Source::Annexe))
}

/// A loan of the annex; `None` when nothing is due.
fn read(loan: &Emprunt) -> Option<Pret> {
    let capital = loan.capital_restant.euros();
    let paid = loan.capital_exercice.euros();
    let par_an = u32::from(loan.echeances).clamp(1, 12);
    let profil = match loan.profil.as_str() {
        "C" => Profil::Capital,
        "F" => Profil::InFine,
        _ => Profil::Annuite,
    };
    // what was paid in the year says the rhythm when the years left are not written
    let years = loan.duree_restante.or((paid > 0.0).then(|| capital / paid))?;
    let restantes = (years * f64::from(par_an)).round().clamp(1.0, f64::from(MOST)) as u32;
    (capital > 0.0).then_some(Pret { capital, taux: loan.taux, restantes, par_an, profil })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pret(profil: Profil) -> Pret {
        Pret { capital: 100_000.0, taux: 2.0, restantes: 10, par_an: 1, profil }
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 0.01, "{a} and {b}");
    }

    #[test]
    fn three_profiles_by_hand() {
        // constant capital: 10 000 a year, interest on 100 000 then 90 000
        let years = echeancier(&pret(Profil::Capital), 2);
        close(years[0].capital, 10_000.0);
        close(years[0].interets, 2_000.0);
        close(years[1].interets, 1_800.0);
        // constant annuity: 100 000 x 0.02 / (1 - 1.02^-10) = 11 132.65
        let years = echeancier(&pret(Profil::Annuite), 2);
        close(years[0].capital + years[0].interets, 11_132.65);
        close(years[0].capital, 9_132.65);
        close(years[1].encours, 100_000.0 - 9_132.65 - 9_132.65 * 1.02);
        // in fine: interest only until the last payment
        let years = echeancier(&pret(Profil::InFine), 11);
        close(years[8].capital, 0.0);
        close(years[9].capital, 100_000.0);
        close(years[10].interets, 0.0);
    }

    #[test]
    fn quarters_pay_interest_on_what_is_left() {
        let one = Pret { par_an: 4, restantes: 40, ..pret(Profil::Capital) };
        // 0.5 % on 100 000, 97 500, 95 000, 92 500
        close(echeancier(&one, 1)[0].interets, 0.005 * 385_000.0);
    }

    proptest! {
        #[test]
        fn all_that_is_due_is_paid(
            capital in 0.0..1e9_f64,
            taux in 0.0..20.0_f64,
            restantes in 1_u32..400,
            par_an in prop_oneof![Just(1_u32), Just(2), Just(4), Just(12)],
            which in 0_usize..3,
        ) {
            let profil = [Profil::Annuite, Profil::Capital, Profil::InFine][which];
            let one = Pret { capital, taux, restantes, par_an, profil };
            let years = echeancier(&one, (restantes / par_an) as usize + 1);
            let paid: f64 = years.iter().map(|y| y.capital).sum();
            prop_assert!((paid - capital).abs() <= 1e-6 * capital.max(1.0));
            prop_assert!(years.iter().all(|y| y.interets >= 0.0 && y.encours >= 0.0));
        }
    }
}
