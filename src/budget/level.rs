//! Level and prudent trend of a short annual series: what an account without a rule gets.
//!
//! With three to six points a fitted slope is mostly noise. A trend is followed only when the last
//! changes all go the same way, and then by the smallest of them; a jump away from a stable past
//! comes back by a quarter, an alternation by a fifth.
//!
//! The seam to the forecasting engine is [`project`]: slices in, one value a step out.
//!
//! **Invariant:** finite input gives finite output; one point is enough.

/// Weight of each further year of a trend (damped trend: Gardner and `McKenzie`, 1985).
const DAMPING: f64 = 0.5;
/// A trend moves a level by at most this share of it a year.
const TREND_CAP: f64 = 0.25;
/// Changes that must agree for a trend.
const AGREEING: usize = 3;
/// Part of a jump that is expected to go back.
const JUMP_RETURN: f64 = 0.25;
/// Part of the last change expected to go back when changes alternate.
const SWING_RETURN: f64 = 0.2;

/// What was found in a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allure {
    /// The last changes agree.
    Tendance,
    /// Last point far from a stable past.
    Saut,
    /// Changes alternate.
    Alternance,
    /// Nothing but the last level.
    Niveau,
}

impl Allure {
    /// Name of the model.
    pub fn modele(self) -> &'static str {
        match self {
            Self::Tendance => "tendance prudente",
            Self::Saut => "retour partiel",
            Self::Alternance => "niveau amorti",
            Self::Niveau => "dernier niveau",
        }
    }

    /// Why, one French sentence.
    pub fn raison(self) -> &'static str {
        match self {
            Self::Tendance => {
                "les dernières variations vont dans le même sens : la plus petite est prolongée"
            }
            Self::Saut => {
                "le dernier montant s'écarte d'un passé stable : un quart de l'écart est repris"
            }
            Self::Alternance => {
                "hausses et baisses alternent : un cinquième de la dernière variation est repris"
            }
            Self::Niveau => "pas de tendance nette : le dernier montant est reconduit",
        }
    }
}

/// Forecast of `horizon` steps. `growth` is the yearly growth of prices passed on when there is no
/// trend (0 for none).
pub fn project(values: &[f64], horizon: usize, growth: f64) -> (Vec<f64>, Allure) {
    let Some(&last) = values.last() else { return (vec![0.0; horizon], Allure::Niveau) };
    let changes: Vec<f64> = values.windows(2).map(|w| w[1] - w[0]).collect();
    if let Some(step) = trend(&changes, last) {
        let mut out = Vec::with_capacity(horizon);
        let (mut point, mut step) = (last, step);
        for _ in 0..horizon {
            point += step;
            step *= DAMPING;
            out.push(point);
        }
        return (out, Allure::Tendance);
    }
    let (settled, allure) = settled(values, &changes, last);
    let factor = 1.0 + growth;
    let steps = (1..=horizon).map(|h| settled * factor.powi(h as i32)).collect();
    (steps, allure)
}

/// Smallest of the last changes when they agree, at least two of them.
fn trend(changes: &[f64], last: f64) -> Option<f64> {
    let recent = &changes[changes.len().saturating_sub(AGREEING)..];
    let agree = recent.iter().all(|c| *c > 0.0) || recent.iter().all(|c| *c < 0.0);
    if recent.len() < 2 || !agree {
        return None;
    }
    let smallest = recent.iter().copied().min_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    let cap = TREND_CAP * last.abs();
    // two changes agree one time out of two by chance
    let trust = if recent.len() < AGREEING { DAMPING } else { 1.0 };
    Some((trust * smallest).clamp(-cap, cap))
}

fn settled(values: &[f64], changes: &[f64], last: f64) -> (f64, Allure) {
    if values.len() < 4 {
        return (last, Allure::Niveau);
    }
    let past = &values[values.len() - 4..values.len() - 1];
    let usual = median(past);
    let high = past.iter().copied().fold(f64::MIN, f64::max);
    let low = past.iter().copied().fold(f64::MAX, f64::min);
    let jump = last - usual;
    if jump.abs() > (3.0 * (high - low)).max(0.3 * usual.abs()) {
        return (last - JUMP_RETURN * jump, Allure::Saut);
    }
    let (before, latest) = (changes[changes.len() - 2], changes[changes.len() - 1]);
    if before * latest < 0.0 {
        return (last - SWING_RETURN * latest, Allure::Alternance);
    }
    (last, Allure::Niveau)
}

/// Median; 0 without values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => 0.0,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} and {b}");
    }

    #[test]
    fn agreeing_changes_are_followed_prudently() {
        let (steps, allure) = project(&[100.0, 110.0, 125.0, 131.0], 2, 0.05);
        assert_eq!(allure, Allure::Tendance);
        close(steps[0], 137.0);
        close(steps[1], 137.0 + 6.0 * 0.5);
    }

    #[test]
    fn a_jump_comes_back_by_a_quarter() {
        let (steps, allure) = project(&[100.0, 101.0, 100.0, 200.0], 1, 0.0);
        assert_eq!(allure, Allure::Saut);
        close(steps[0], 175.0);
    }

    #[test]
    fn short_or_flat_series_keep_their_level() {
        close(project(&[50.0], 1, 0.01).0[0], 50.5);
        assert_eq!(project(&[], 3, 0.0).0, vec![0.0; 3]);
        assert_eq!(project(&[5.0, 5.0, 5.0], 1, 0.0).1, Allure::Niveau);
        close(median(&[3.0, 1.0, 2.0, 10.0]), 2.5);
    }
}
