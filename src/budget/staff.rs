//! Pay by the posts filled at the end of the last exercice (staff annex).
//!
//! The yearly mean of posts paid is taken as the mean of the two ends of the year. Next year starts at
//! the posts of 31 December: their ratio to that mean is what recruitments and departures of the year
//! carry over (effet report). Dated rises and the drift of careers (GVT), own past drawn to the usual
//! one, come on top.
//!
//! Without the annexes of the last two exercices, posts are taken as constant: base, dated rises, and the
//! growth of the pay itself beyond them, drawn to the usual drift.
//!
//! **Invariant:** dated rises come from the tables, as known at the origin; an account without a last
//! amount gets nothing.

use crate::budget::constantes;
use crate::budget::history::Budget;
use crate::budget::project::{Projection, View, french};
use crate::budget::rules::{Regle, Statut};

/// Bounds of what is carried over, as a factor.
const CARRIED: (f64, f64) = (0.85, 1.15);
/// Weight of the usual drift of careers, in years.
const DRIFT_YEARS: f64 = 2.0;

/// Pay of the next exercices.
pub(super) fn project(view: View<'_>, values: &[f64], rule: Regle, statut: Statut) -> Projection {
    let posts = carried_over(view.budget, view.n, statut);
    let carried = posts.unwrap_or(1.0);
    let drift = if posts.is_some() {
        drift(view, values, rule, statut)
    } else {
        drift_of_pay(view, values, rule)
    };
    let last = values.last().copied().unwrap_or(0.0);
    let mut factor = carried;
    let mut points = Vec::with_capacity(view.horizon);
    for h in 0..view.horizon {
        let year = view.origine() + 1 + h as u16;
        factor *= view.croissance(rule.indice, year) * (1.0 + drift);
        points.push(last * factor);
    }
    let gvt = french(100.0 * drift);
    if posts.is_none() {
        let raison = format!(
            "base, hausses décidées et GVT de {gvt} % l'an, effectifs supposés constants ; {}",
            rule.motif
        );
        return Projection::new(points, "base et GVT", &raison, true);
    }
    let raison = format!(
        "effectifs pourvus au 31 décembre ({} % en année pleine), GVT de {gvt} % l'an ; {}",
        signed(carried - 1.0),
        rule.motif
    );
    Projection::new(points, "effectifs", &raison, true)
}

/// Growth of the pay itself beyond dated rises, drawn to the usual drift.
fn drift_of_pay(view: View<'_>, values: &[f64], rule: Regle) -> f64 {
    let mut sum = constantes::part("gvt") * DRIFT_YEARS;
    let mut years = DRIFT_YEARS;
    for column in 1..view.n {
        if values[column - 1] > 0.0 && values[column] > 0.0 {
            let law = view.croissance(rule.indice, view.budget.exercices[column]);
            sum += (values[column] / values[column - 1] / law - 1.0).clamp(-0.05, 0.05);
            years += 1.0;
        }
    }
    (sum / years).clamp(constantes::part("gvt_min"), constantes::part("gvt_max"))
}

fn signed(change: f64) -> String {
    let sign = if change > 0.0 { "+" } else { "" };
    format!("{sign}{}", french(100.0 * change))
}

/// Posts of a status at the end of the exercice at `column`.
fn posts(budget: &Budget, column: usize, statut: Statut) -> Option<f64> {
    let staff = budget.annexes.get(column)?.effectifs?;
    let count = match statut {
        Statut::Titulaires => staff.titulaires,
        Statut::NonTitulaires => staff.non_titulaires,
        Statut::Tous => return None,
    };
    (count > 0).then_some(count as f64)
}

/// Posts at the end of the last exercice over their mean of that year.
fn carried_over(budget: &Budget, n: usize, statut: Statut) -> Option<f64> {
    if statut == Statut::Tous {
        let titulaires = carried_over(budget, n, Statut::Titulaires)?;
        let others = carried_over(budget, n, Statut::NonTitulaires)?;
        let pay = |code: &str| -> f64 {
            let ours = budget.series.iter().filter(|s| s.code.starts_with(code));
            ours.map(|s| s.modele[n - 1].max(0.0)).sum()
        };
        let weight = constantes::usage("cotisations_non_titulaires");
        let (a, b) = (pay("6411"), weight * pay("6413"));
        return (a + b > 0.0).then(|| (titulaires * a + others * b) / (a + b));
    }
    let end = posts(budget, n - 1, statut)?;
    let start = posts(budget, n.checked_sub(2)?, statut)?;
    Some((end / f64::midpoint(start, end)).clamp(CARRIED.0, CARRIED.1))
}

/// Growth of the pay of a post beyond dated rises, drawn to the usual one.
fn drift(view: View<'_>, values: &[f64], rule: Regle, statut: Statut) -> f64 {
    let mut sum = constantes::part("gvt") * DRIFT_YEARS;
    let mut years = DRIFT_YEARS;
    let mean = |column: usize| {
        let end = posts(view.budget, column, statut)?;
        Some(f64::midpoint(posts(view.budget, column.checked_sub(1)?, statut)?, end))
    };
    for column in 1..view.n {
        let (Some(before), Some(now)) = (mean(column - 1), mean(column)) else { continue };
        if values[column - 1] > 0.0 && values[column] > 0.0 {
            let law = view.croissance(rule.indice, view.budget.exercices[column]);
            let by_post = (values[column] / now) / (values[column - 1] / before);
            sum += (by_post / law - 1.0).clamp(-0.05, 0.05);
            years += 1.0;
        }
    }
    (sum / years).clamp(constantes::part("gvt_min"), constantes::part("gvt_max"))
}
