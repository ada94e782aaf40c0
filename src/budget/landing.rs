//! Landing of one line of the running exercice: what the year should end at, from its first months.
//!
//! Two estimates are known from claims reserving. The profile (chain ladder) divides what is booked by
//! the share of the year usually booked by that month; it follows a change of level but multiplies the
//! noise of the first months. The expectation (Bornhuetter and Ferguson, 1972) keeps what is booked and
//! adds the usual remainder of the year expected; an expectation surer than the profile stands as it is.
//! They are mixed by credibility (Bühlmann, 1967): each weighs by its own variance on the past of the
//! line, drawn to a prior. What is booked beyond an expectation denies it: its error is then at least that
//! excess, and the remainder of the year still comes. Without an expectation, the last twelve months stand for it.
//!
//! **Invariant:** finite input gives finite output; a year wholly booked is returned as it is.

/// January to December, then the journée complémentaire.
pub const MOIS: usize = 13;
/// Amounts of an exercice by month, euros.
pub type Annee = [f64; MOIS];

/// Weight of the usual profile, in years of the line.
const PROFILE_YEARS: f64 = 0.5;
/// Weight of a year relative to the one after it.
const FADING: f64 = 0.8;
/// Least share of a year that may be booked at a month.
const LEAST_SHARE: f64 = 0.02;
/// Usual error of the last twelve months as an expectation.
const USUAL_ROLLING: f64 = 1.0;
/// Least error of an expectation.
const LEAST_LEVEL: f64 = 0.01;
/// Usual error of the profile before the year starts, as a share.
const USUAL_PROFILE: f64 = 0.3;
/// What is left of the error of the profile when the year ends.
const LEAST_PROFILE: f64 = 0.05;
/// Weight of usual errors, in years of the line.
const PRIOR_YEARS: f64 = 2.0;
/// Two-sided 80 % Student quantiles for 2 to 8 degrees of freedom.
const STUDENT_80: [f64; 7] = [1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397];

/// A line of the running exercice and its past.
#[derive(Debug, Clone, Copy)]
pub struct Ligne<'a> {
    /// Past exercices, consecutive, the oldest first.
    pub passees: &'a [Annee],
    /// Months booked, from January; less than [`MOIS`].
    pub en_cours: &'a [f64],
    /// Amount expected for the year before any month was seen, and its usual error as a share.
    pub attendu: Option<(f64, f64)>,
    /// Usual share of each month, sum 1.
    pub profil: &'a Annee,
}

/// What a line should end at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimation {
    /// Year-end amount, euros.
    pub point: f64,
    /// Bounds of 80 %.
    pub intervalle_80: (f64, f64),
    /// Share of the year usually booked by then.
    pub part: f64,
    /// Weight of the profile, the rest being that of the expectation.
    pub poids: f64,
}

/// Year-end amount of a line.
pub fn estimate(ligne: &Ligne<'_>) -> Estimation {
    let one = credible(ligne);
    let booked: f64 = ligne.en_cours.iter().sum();
    let m = ligne.en_cours.len();
    // errors of the same method on past exercices, each from those before it
    let errors: Vec<f64> = (1..ligne.passees.len())
        .filter_map(|i| {
            let year = &ligne.passees[i];
            let replay = Ligne {
                passees: &ligne.passees[..i],
                en_cours: &year[..m],
                attendu: None,
                profil: ligne.profil,
            };
            let (found, real) = (credible(&replay).point, total(year));
            (found.abs() > 0.0).then(|| ((real - found) / found).clamp(-1.0, 1.0))
        })
        .collect();
    let squares: f64 = errors.iter().map(|e| e * e).sum();
    let variance = (squares + PRIOR_YEARS * one.variance) / (errors.len() as f64 + PRIOR_YEARS);
    let quantile = STUDENT_80[errors.len().min(STUDENT_80.len() - 1)];
    let half = if m >= MOIS { 0.0 } else { quantile * variance.sqrt() * one.point.abs() };
    let positive = ligne.en_cours.iter().chain(ligne.passees.iter().flatten()).all(|v| *v >= 0.0);
    let low =
        if positive { (one.point - half).max(booked.min(one.point)) } else { one.point - half };
    Estimation {
        point: one.point,
        intervalle_80: (low, one.point + half),
        part: one.part,
        poids: one.poids,
    }
}

struct Credible {
    point: f64,
    part: f64,
    poids: f64,
    /// Relative variance.
    variance: f64,
}

fn credible(ligne: &Ligne<'_>) -> Credible {
    let m = ligne.en_cours.len().min(MOIS);
    let booked: f64 = ligne.en_cours[..m].iter().sum();
    if m == MOIS {
        return Credible { point: booked, part: 1.0, poids: 1.0, variance: 0.0 };
    }
    let part = share(ligne, m);
    let (mut level, profile) = variances(ligne, m, part);
    if let Some((t, _)) = ligne.attendu.filter(|(t, _)| *t > 0.0 && booked > *t) {
        level = level.max((booked / t - 1.0).min(1.0).powi(2));
    }
    let remainder = level * (1.0 - part).powi(2);
    let (expectation, left) = match (ligne.attendu, ligne.passees.last()) {
        (Some((t, _)), _) => {
            // the remainder also errs with the profile, the whole does not
            let added = remainder + profile * part * part;
            let whole = added / (added + level);
            let mixed = whole * t.max(booked) + (1.0 - whole) * (booked + (1.0 - part) * t);
            (Some(mixed), level.min(added))
        }
        (None, Some(last)) => {
            let rolling = booked + last[m..].iter().sum::<f64>();
            (Some(booked + (1.0 - part) * rolling), remainder)
        }
        (None, None) => (None, remainder),
    };
    // nothing booked says nothing of the level
    let usable = booked > 0.0;
    let (point, poids) = match (expectation, usable) {
        (Some(e), true) => {
            let weight = left / (left + profile);
            (weight * booked / part + (1.0 - weight) * e, weight)
        }
        (Some(e), false) => (e, 0.0),
        (None, _) => (booked / part, 1.0),
    };
    let variance = match (expectation.is_some(), usable) {
        // both err with the profile: mixing them does not halve what they share
        (true, true) => left.min(profile),
        (true, false) => left,
        (false, _) => profile,
    };
    Credible { point, part, poids, variance }
}

/// Share of the year usually booked after `m` months: own past years, later ones more, drawn to the
/// usual profile.
fn share(ligne: &Ligne<'_>, m: usize) -> f64 {
    let usual: f64 = ligne.profil[..m].iter().sum();
    let (mut sum, mut weight) = (PROFILE_YEARS * usual, PROFILE_YEARS);
    for (age, year) in ligne.passees.iter().rev().enumerate() {
        if let Some(s) = share_of(year, m) {
            let w = FADING.powi(age as i32);
            sum += w * s.clamp(LEAST_SHARE, 1.0);
            weight += w;
        }
    }
    (sum / weight).clamp(LEAST_SHARE, 1.0)
}

fn share_of(year: &Annee, m: usize) -> Option<f64> {
    let all = total(year);
    (all > 0.0).then(|| year[..m].iter().sum::<f64>() / all)
}

fn total(year: &Annee) -> f64 {
    year.iter().sum()
}

/// Relative variances of the expectation and of the profile.
fn variances(ligne: &Ligne<'_>, m: usize, part: f64) -> (f64, f64) {
    let totals: Vec<f64> = ligne.passees.iter().map(total).collect();
    let moves = totals.windows(2).map(|w| {
        let size = w[0].abs() + w[1].abs();
        if size > 0.0 { 2.0 * (w[1] - w[0]) / size } else { 0.0 }
    });
    let shares = ligne.passees.iter().map(|y| share_of(y, m).map_or(1.0, |s| (s - part) / part));
    let usual = USUAL_PROFILE * (1.0 - m.min(12) as f64 / 12.0) + LEAST_PROFILE;
    let level = match ligne.attendu {
        Some((_, error)) => error.abs().max(LEAST_LEVEL).powi(2),
        None => drawn(moves, USUAL_ROLLING),
    };
    (level, drawn(shares, usual))
}

/// Mean square drawn to a usual error.
fn drawn(errors: impl Iterator<Item = f64>, usual: f64) -> f64 {
    let (mut sum, mut years) = (PRIOR_YEARS * usual * usual, PRIOR_YEARS);
    for error in errors {
        sum += error * error;
        years += 1.0;
    }
    sum / years
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn even() -> Annee {
        let mut out = [1.0 / 12.0; MOIS];
        out[12] = 0.0;
        out
    }

    fn line<'a>(passees: &'a [Annee], en_cours: &'a [f64], profil: &'a Annee) -> Ligne<'a> {
        Ligne { passees, en_cours, attendu: None, profil }
    }

    #[test]
    fn an_even_year_lands_on_its_rhythm() {
        let profil = even();
        let past = [[10.0; 12].as_slice(), &[0.0]].concat();
        let past: Annee = past.try_into().expect("thirteen months");
        let found = estimate(&line(&[past], &[10.0; 6], &profil));
        assert!((found.point - 120.0).abs() < 1e-9, "{found:?}");
        assert!((found.part - 0.5).abs() < 1e-12);
        // the same rhythm doubled: between the profile (240) and the expectation (180)
        let doubled = estimate(&line(&[past], &[20.0; 6], &profil));
        assert!(doubled.point > 180.0 && doubled.point < 240.0, "{doubled:?}");
    }

    #[test]
    fn a_payment_made_once_is_not_multiplied() {
        let profil = even();
        let mut past = [0.0; MOIS];
        past[3] = 900.0;
        let past = [past; 3];
        let found = estimate(&line(&past, &[0.0, 0.0, 0.0, 930.0, 0.0, 0.0], &profil));
        // pro rata would say 1 860
        assert!(found.point < 1_050.0, "{found:?}");
        let before = estimate(&line(&past, &[0.0, 0.0], &profil));
        assert!(before.point > 700.0, "nothing booked yet: {before:?}");
    }

    #[test]
    fn an_expectation_stands_where_there_is_no_past() {
        let profil = even();
        let attendu = Some((400.0, 0.01));
        let one = Ligne { passees: &[], en_cours: &[0.0; 3], attendu, profil: &profil };
        // a quarter of the year brought nothing, but the amount is sure
        assert!((estimate(&one).point - 400.0).abs() < 5.0, "{:?}", estimate(&one));
        let unsure = Ligne { attendu: Some((400.0, 1.0)), ..one };
        let found = estimate(&unsure).point;
        assert!((300.0..350.0).contains(&found), "{found}");
        // paid in full in March: not expected twice
        let paid = Ligne { en_cours: &[0.0, 0.0, 400.0], ..one };
        assert!((estimate(&paid).point - 400.0).abs() < 10.0, "{:?}", estimate(&paid));
        let none = Ligne { attendu: None, en_cours: &[10.0; 3], ..one };
        assert!((estimate(&none).point - 120.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_booked_beyond_the_expectation_leaves_a_remainder_and_a_width() {
        let profil = even();
        // 10 months of 120 for 1 000 expected: 200 too many, a sixth of the year to come
        let one = Ligne {
            passees: &[],
            en_cours: &[120.0; 10],
            attendu: Some((1_000.0, 0.01)),
            profil: &profil,
        };
        let found = estimate(&one);
        // by hand: level 0.2² = 0.04, profile (0.3/6 + 0.05)² = 0.01 on 2 years of prior; remainder
        // 0.04/36 + 0.01·25/36 = 0.008056, whole 0.008056/0.048056 = 0.16763; expectation
        // 0.16763·1 200 + 0.83237·(1 200 + 1 000/6) = 1 338.73; profile 1 440, weight
        // 0.008056/0.018056 = 0.44615: 1 383.91
        assert!((found.point - 1_383.91).abs() < 0.1, "{found:?}");
        let (low, high) = found.intervalle_80;
        assert!(low >= 1_200.0 && high > found.point + 100.0, "{found:?}");
        // an expectation passed by nothing is kept, one passed by little moves little
        let at = |booked: f64| {
            let (months, profil) = ([booked / 10.0; 10], even());
            let attendu = Some((1_000.0, 0.01));
            let one = Ligne { passees: &[], en_cours: &months, attendu, profil: &profil };
            estimate(&one).point
        };
        assert!(at(1_001.0) - at(1_000.0) < 5.0, "no jump at the expectation");
        assert!(at(1_001.0) >= 1_001.0);
    }

    #[test]
    fn a_closed_year_is_itself() {
        let profil = even();
        let found = estimate(&line(&[], &[5.0; MOIS], &profil));
        assert_eq!(found.intervalle_80, (65.0, 65.0));
    }

    proptest! {
        #[test]
        fn bounds_hold_the_point(
            past in proptest::collection::vec(proptest::array::uniform13(-1e6..1e7_f64), 0..5),
            now in proptest::collection::vec(-1e6..1e7_f64, 1..13),
            expected in proptest::option::of((0.0..1e8_f64, 0.0..3.0_f64)),
        ) {
            let profil = even();
            let one = Ligne { passees: &past, en_cours: &now, attendu: expected, profil: &profil };
            let found = estimate(&one);
            let (low, high) = found.intervalle_80;
            prop_assert!(low.is_finite() && high.is_finite());
            prop_assert!(low <= found.point && found.point <= high, "{found:?}");
        }
    }
}
