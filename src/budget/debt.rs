//! Loans: what each pays in the years to come, from its capital due, its rate and its profile.
//!
//! Loans come from vigie.toml (`[[emprunt]]`, due on 1 January of their exercice) or from the debt annex
//! of the last accounts (due on 31 December). A typed loan counts from its own exercice on; the years before
//! the first one follow the annex. A replay of the past sees only the loans that began by then. Only loans already contracted are known: what will be
//! borrowed later is not here, and the reason says so.
//!
//! **Invariant:** the capital paid back over the life of a loan is what was due, to rounding.

use crate::budget::atterrissage::Atterrissage;
use crate::budget::history::Budget;
use crate::budget::proposition::en_euros;
use crate::budget::rows::HORIZON_MAX;
use crate::domain::account::Sens;
use crate::domain::money::Centimes;
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
    /// Payment dates that pass before the first capital.
    pub differe: u32,
    /// Growth of the capital from one payment to the next where the annex shows it; by the rate or the
    /// profile otherwise.
    pub progression: Option<f64>,
}

/// A loan of vigie.toml: due on 1 January of its exercice.
#[derive(Debug, Clone, PartialEq)]
pub struct PretSaisi {
    /// Name of the loan.
    pub nom: String,
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
    /// False when no loan described speaks of that exercice.
    pub connue: bool,
}

/// Name of the model.
pub const MODELE: &str = "dette";

/// Longest schedule, payments.
const MOST: u32 = 1_200;

/// The next `years` years of a loan.
pub fn echeancier(pret: &Pret, years: usize) -> Vec<Annee> {
    let par_an = pret.par_an.clamp(1, 12);
    let rate = (pret.taux.clamp(0.0, 100.0) / 100.0) / f64::from(par_an);
    let mut left = pret.restantes.clamp(1, MOST);
    let mut due = pret.capital.max(0.0);
    let mut wait = pret.differe;
    let usual = if pret.profil == Profil::Annuite { rate } else { 0.0 };
    let pace = pret.progression.unwrap_or(usual);
    let mut next = premiere(due, pace, left);
    let mut out = Vec::with_capacity(years);
    for _ in 0..years {
        let mut year = Annee { connue: true, ..Annee::default() };
        for _ in 0..par_an {
            if left == 0 {
                break;
            }
            let interest = due * rate;
            year.interets += interest;
            if wait > 0 {
                wait -= 1;
                continue;
            }
            let capital = match pret.profil {
                _ if left == 1 => due,
                Profil::InFine => 0.0,
                Profil::Annuite | Profil::Capital => next.clamp(0.0, due),
            };
            next *= 1.0 + pace;
            due = (due - capital).max(0.0);
            left -= 1;
            year.capital += capital;
        }
        year.encours = due;
        out.push(year);
    }
    out
}

/// Capital of the first of `n` payments that grow by `pace` and pay `due` back.
fn premiere(due: f64, pace: f64, n: u32) -> f64 {
    if pace.abs() < 1e-12 {
        return due / f64::from(n);
    }
    due * pace / ((1.0 + pace).powi(n as i32) - 1.0)
}

/// Sum of the schedules, year by year.
pub fn total(prets: &[Pret], years: usize) -> Vec<Annee> {
    let mut out = vec![Annee::default(); years];
    for pret in prets {
        ajouter(&mut out, &echeancier(pret, years));
    }
    out
}

fn ajouter(sums: &mut [Annee], years: &[Annee]) {
    for (sum, year) in sums.iter_mut().zip(years) {
        sum.capital += year.capital;
        sum.interets += year.interets;
        sum.encours += year.encours;
        sum.connue |= year.connue;
    }
}

/// Where a schedule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `[[emprunt]]` of vigie.toml.
    Saisi,
    /// Debt annex of the last accounts.
    Annexe,
}

/// Schedule of the loans of a budget over the `horizon` exercices after its `n` first ones: the annex until
/// the first typed loan begins, the typed ones from there.
pub fn du_budget(budget: &Budget, n: usize, horizon: usize) -> Option<(Vec<Annee>, Source)> {
    let annex = de_l_annexe(budget, n, horizon);
    let Some((start, mut years)) = saisis(budget, n, horizon) else {
        return Some((annex?, Source::Annexe));
    };
    for (year, known) in years.iter_mut().zip(annex.unwrap_or_default()).take(start) {
        *year = known;
    }
    Some((years, Source::Saisi))
}

/// First step on which typed loans speak, and their schedule; `None` when none begins within the horizon.
pub fn saisis(budget: &Budget, n: usize, horizon: usize) -> Option<(usize, Vec<Annee>)> {
    let first = budget.exercices.get(n.checked_sub(1)?)? + 1;
    // a replay of the past sees only what had begun
    let replay = n < budget.exercices.len();
    let mut sum = vec![Annee::default(); horizon];
    for one in budget.emprunts.iter().filter(|e| !(replay && e.exercice > first)) {
        let (skip, from) = (first.saturating_sub(one.exercice), one.exercice.saturating_sub(first));
        let (skip, from) = (usize::from(skip), usize::from(from));
        if from < horizon {
            let all = echeancier(&one.pret, skip + horizon - from);
            ajouter(&mut sum[from..], &all[skip..]);
        }
    }
    let start = sum.iter().position(|y| y.connue)?;
    Some((start, sum))
}

/// Schedule of the loans of the debt annex of the `n`-th exercice.
pub fn de_l_annexe(budget: &Budget, n: usize, horizon: usize) -> Option<Vec<Annee>> {
    let exercice = *budget.exercices.get(n.checked_sub(1)?)?;
    let loans = &budget.annexes.get(n - 1)?.emprunts;
    let prets: Vec<Pret> = loans.iter().filter_map(|e| read(e, exercice)).collect();
    (!prets.is_empty()).then(|| total(&prets, horizon))
}

/// What to tell of the typed loans that a forecast of `asked` (first and last exercice) cannot use in full.
pub fn remarques(budget: &Budget, (first, last): (u16, u16)) -> Vec<String> {
    let mut out: Vec<String> = discord(budget).into_iter().collect();
    for one in &budget.emprunts {
        let nom = &one.nom;
        let par_an = one.pret.par_an.clamp(1, 12);
        let years = (one.pret.differe + one.pret.restantes).div_ceil(par_an);
        if one.exercice > last {
            out.push(format!(
                "emprunt « {nom} » non compté : il commence en {}, après le dernier exercice prévu ({last}) \
                 à faire : corriger l'exercice de [[emprunt]] ou allonger l'horizon",
                one.exercice
            ));
        } else if u32::from(one.exercice) + years <= u32::from(first) {
            out.push(format!(
                "emprunt « {nom} » non compté : encours au 1er janvier {} et {years} an(s) restants, tout est \
                 remboursé avant {first} à faire : vérifier l'exercice et la durée de [[emprunt]]",
                one.exercice
            ));
        } else if one.exercice > first {
            out.push(format!(
                "emprunt « {nom} » compté à partir de {} seulement, son exercice dans vigie.toml à faire : \
                 s'il existe déjà, saisir l'encours au 1er janvier {first}",
                one.exercice
            ));
        }
    }
    out
}

/// Typed loans that begin the day after the last accounts, when they do not owe what these state.
fn discord(budget: &Budget) -> Option<String> {
    const SHARE: f64 = 0.01;
    let last = *budget.exercices.last()?;
    let stated = budget.dette.last().copied().flatten()?.capital_restant;
    if budget.emprunts.is_empty() || budget.emprunts.iter().any(|e| e.exercice <= last) {
        return None;
    }
    let next = budget.emprunts.iter().filter(|e| e.exercice == last + 1);
    let typed = Centimes::from_euros(next.map(|e| e.pret.capital).sum()).unwrap_or_default();
    let gap = typed - stated;
    (typed.0 > 0 && gap.euros().abs() > SHARE * stated.euros()).then(|| {
        format!(
            "emprunts saisis : {} dus au 1er janvier {} ; l'état de la dette {last} en compte {}. La prévision suit \
             les emprunts saisis à faire : saisir dans [[emprunt]] tous les emprunts, une seule fois",
            en_euros(typed),
            last + 1,
            en_euros(stated)
        )
    })
}

/// What the running ledger says of the loans that the debt annex does not describe.
pub fn off_schedule(budget: &Budget, landing: &Atterrissage) -> Option<String> {
    const SHARE: f64 = 0.02;
    if saisis(budget, budget.exercices.len(), HORIZON_MAX).is_some() {
        return None;
    }
    let (_, years) = du_compte(budget, budget.exercices.len(), 1, "1641")?;
    let planned = years.first()?.capital;
    let landed = landing.nature(Sens::D, "1641")?.prevu;
    let gap = landed.euros() - planned;
    (planned > 0.0 && gap.abs() > SHARE * planned).then(|| {
        format!(
            "capital remboursé (1641) : atterrissage {} de {}, échéancier de l'état de la dette de {} ; la \
             prévision suit l'échéancier à faire : saisir dans [[emprunt]] tous les emprunts au 1er janvier {}, \
             prêts nouveaux compris",
            landing.exercice,
            en_euros(landed),
            en_euros(Centimes::from_euros(planned).unwrap_or_default()),
            landing.exercice + 1
        )
    })
}

/// Capital paid in the exercice and schedule of the loans that the annex books on an account; those without
/// an account are on 1641.
pub fn du_compte(
    budget: &Budget,
    n: usize,
    horizon: usize,
    compte: &str,
) -> Option<(f64, Vec<Annee>)> {
    let exercice = *budget.exercices.get(n.checked_sub(1)?)?;
    let all = budget.annexes.get(n - 1)?.emprunts.iter();
    let ours: Vec<&Emprunt> = all
        .filter(|e| {
            e.article.starts_with(compte) || (e.article.is_empty() && compte.starts_with("1641"))
        })
        .collect();
    let paid = ours.iter().map(|e| e.capital_exercice.euros()).sum();
    let prets: Vec<Pret> = ours.iter().filter_map(|e| read(e, exercice)).collect();
    (!prets.is_empty()).then(|| (paid, total(&prets, horizon)))
}

/// Accounts on which the last annex has capital to pay back within `horizon` exercices, though the accounts
/// never paid any there: loans in fine.
pub fn jamais_payes(budget: &Budget, horizon: usize) -> Vec<String> {
    let n = budget.exercices.len();
    let Some(annex) = budget.annexes.last() else { return Vec::new() };
    let mut codes: Vec<&str> = annex.emprunts.iter().map(|e| e.article.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let known = |code: &str| {
        let mut ours = budget.series.iter().filter(|s| s.sens == Sens::D && s.code == code);
        ours.any(|s| s.realise.iter().any(|m| m.0 != 0))
    };
    let due = |code: &str| {
        du_compte(budget, n, horizon, code)
            .is_some_and(|(_, all)| all.iter().any(|y| y.capital > 0.0))
    };
    let ours = codes.into_iter().filter(|c| LOANS.contains(c) && !known(c) && due(c));
    ours.map(str::to_owned).collect()
}

/// Accounts of loans paid back by due dates.
const LOANS: [&str; 4] = ["1641", "1643", "16441", "1631"];

/// Interest that a full year at the present rates counts beyond the last due date of loans in fine, on the
/// annex of exercice `n` - 1.
pub fn apres_terme(budget: &Budget, n: usize) -> f64 {
    let find = || Some((*budget.exercices.get(n.checked_sub(1)?)?, budget.annexes.get(n - 1)?));
    let Some((exercice, annex)) = find() else { return 0.0 };
    let loans = annex.emprunts.iter().filter(|e| e.duree_restante.is_some_and(|d| d < 1.0));
    let prets = loans.filter_map(|e| read(e, exercice)).filter(|p| p.profil == Profil::InFine);
    prets
        .map(|p| {
            let first = echeancier(&p, 1).first().map_or(0.0, |y| y.interets);
            (p.capital * p.taux / 100.0 - first).max(0.0)
        })
        .sum()
}

/// Twelfths of year by which a written duration, rounded to a hundredth, may miss a payment date.
const ROUNDING: f64 = 0.15;
/// Growth of the capital in a year that a plan of payments may show.
const PACES: (f64, f64) = (0.99, 1.10);

/// A loan of the annex of `exercice`; `None` when nothing is due.
///
/// Payments left are counted on their dates (day and month of the first one) up to the end of the duration
/// left; what was paid in the year against what is left gives the pace of the plan, which a variable rate
/// does not change.
fn read(loan: &Emprunt, exercice: u16) -> Option<Pret> {
    let capital = loan.capital_restant.euros();
    if capital <= 0.0 {
        return None;
    }
    let paid = loan.capital_exercice.euros();
    let par_an = u32::from(loan.echeances).clamp(1, 12);
    let profil = match loan.profil.as_str() {
        "C" => Profil::Capital,
        "F" => Profil::InFine,
        _ => Profil::Annuite,
    };
    // what was paid in the year says the rhythm when the years left are not written
    let years = loan.duree_restante.or((paid > 0.0).then(|| capital / paid))?;
    let step = 12.0 / f64::from(par_an);
    let months = (years * 12.0).clamp(0.0, f64::from(MOST));
    let (mut slots, mut differe, mut in_year) = ((months / step - 0.02).ceil(), 0.0, par_an);
    if let Some((year, month, day)) = loan.premiere {
        let at = f64::from(month) - 1.0 + f64::from(day) / 31.0;
        let phase = match at % step {
            p if p > 1e-9 => p,
            _ => step,
        };
        slots = ((months + ROUNDING - phase) / step).floor() + 1.0;
        let later = f64::from(year) - f64::from(exercice);
        if later > 0.0 {
            let before = (at / step - 1e-9).ceil() - 1.0;
            (differe, in_year) = ((later - 1.0) * f64::from(par_an) + before.max(0.0), 0);
        } else if later == 0.0 {
            in_year = ((12.0 - at) / step).floor() as u32 + 1;
        }
    }
    let restantes = (slots - differe).clamp(1.0, f64::from(MOST)) as u32;
    let differe = differe.clamp(0.0, f64::from(MOST)) as u32;
    let shown = if profil == Profil::InFine {
        None
    } else {
        pace((paid, in_year), (capital, restantes), par_an)
    };
    let first_rate = loan.taux_initial.clamp(0.0, 100.0) / 100.0 / f64::from(par_an);
    let usual = (profil == Profil::Annuite && loan.taux_initial > 0.0).then_some(first_rate);
    let progression = shown.or(usual);
    Some(Pret { capital, taux: loan.taux, restantes, par_an, profil, differe, progression })
}

/// Growth from one payment to the next that joins the payments of the year to those left; `None` when none
/// within the bounds does.
fn pace((paid, m): (f64, u32), (due, n): (f64, u32), par_an: u32) -> Option<f64> {
    if paid <= 0.0 || m == 0 {
        return None;
    }
    let sum = |q: f64, from: u32, count: u32| -> f64 {
        (from..from + count).map(|j| q.powi(j as i32)).sum()
    };
    let gap = |q: f64| paid * sum(q, m, n) / sum(q, 0, m) - due;
    let root = |v: f64| v.powf(1.0 / f64::from(par_an));
    let (mut low, mut high) = (root(PACES.0), root(PACES.1));
    if gap(low) > 0.0 || gap(high) < 0.0 {
        return None;
    }
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if gap(middle) < 0.0 { low = middle } else { high = middle }
    }
    Some(f64::midpoint(low, high) - 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pret(profil: Profil) -> Pret {
        Pret {
            capital: 100_000.0,
            taux: 2.0,
            restantes: 10,
            par_an: 1,
            profil,
            differe: 0,
            progression: None,
        }
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

    #[test]
    fn payments_left_are_counted_on_their_dates() {
        let loan = |euros: i64, paid: i64, years: f64, first| Emprunt {
            capital_restant: crate::domain::money::Centimes(euros * 100),
            capital_exercice: crate::domain::money::Centimes(paid * 100),
            duree_restante: Some(years),
            profil: "P".to_owned(),
            echeances: 1,
            premiere: Some(first),
            ..Emprunt::default()
        };
        // 10.41 years left, paid each 31 May: 11 payments of 3 720
        let one = read(&loan(40_920, 3_720, 10.41, (2013, 5, 31)), 2021).expect("due");
        assert_eq!(one.restantes, 11);
        close(echeancier(&one, 1)[0].capital, 3_720.0);
        // each 1 January, 2 years to the last: 3 payments, 5 % more each: 10 500 + 11 025 + 11 576.25
        let one = read(&loan(33_101, 10_000, 2.0, (2004, 1, 1)), 2021).expect("due");
        assert_eq!(one.restantes, 3);
        assert!((echeancier(&one, 1)[0].capital - 10_500.0).abs() < 1.0);
        // first payment two years later: nothing before it
        let one = read(&loan(9_000, 0, 10.0, (2024, 1, 1)), 2021).expect("due");
        assert_eq!((one.restantes, one.differe), (9, 2));
        let years = echeancier(&one, 3);
        close(years[1].capital, 0.0);
        close(years[2].capital, 1_000.0);
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
            let one =
                Pret { capital, taux, restantes, par_an, profil, differe: 0, progression: None };
            let years = echeancier(&one, (restantes / par_an) as usize + 1);
            let paid: f64 = years.iter().map(|y| y.capital).sum();
            prop_assert!((paid - capital).abs() <= 1e-6 * capital.max(1.0));
            prop_assert!(years.iter().all(|y| y.interets >= 0.0 && y.encours >= 0.0));
        }
    }
}
