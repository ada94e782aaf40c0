//! The model of each series without a rule, chosen by rolling origin on the commune's own past.
//!
//! Each past origin is replayed, one to three years ahead, with what was known then; the errors of each
//! model are compared with those of the default (the prudent projection of `level`). One model makes the
//! whole path: a path that changed of model from year to year would jump between their levels. Three to six points hold little evidence:
//! the gain of a model is drawn to its mean gain over the group (same section and sens), itself drawn
//! to none as if more years had been seen (empirical Bayes: Efron and Morris, 1975).
//!
//! **Invariant:** only the values given are read; the order of the series and the horizon asked change
//! nothing; the default stands unless a model is clearly better.

use std::collections::BTreeMap;

use crate::budget::constantes;
use crate::budget::level::project as prudent;
use crate::budget::project::french;
use crate::domain::account::{Section, Sens};
use crate::forecast::models::{decomposition, naive, smoothing};

/// Points under which nothing is compared.
const ENOUGH: usize = 4;
/// Points known at the first origin replayed.
const FIRST_ORIGIN: usize = 2;
/// Distances replayed, whatever the horizon asked.
const REPLAYED: usize = 3;
/// Points that ETS (augurs) needs.
const ETS_POINTS: usize = 7;
/// Points from which the damped trend is fitted; under it, its parameters are fixed.
const DAMPED_POINTS: usize = 8;
/// Weight of the latest change in the slope of a short damped trend, and its yearly damping
/// (usual starting values of Gardner and `McKenzie`, 1985).
const SLOPE_WEIGHT: f64 = 0.5;
const SLOPE_DAMPING: f64 = 0.8;
/// Weight of the group's gain, in origins of the series: variance of a gain from year to year over its
/// variance between series, from 3 to far above 20 by group on real accounts.
const GROUP_ORIGINS: f64 = 10.0;
/// Weight of no gain in that of the group, in years: the series of one year share its shocks.
const NO_GAIN_YEARS: f64 = 3.0;
/// Gain under which the default is kept: errors about a fifth lower, by (a - b) / (a + b).
const CLEAR: f64 = 0.10;
/// Differences under this share of the level are not worth a change of model.
const LEVEL_SHARE: f64 = 0.002;
/// Largest error shown, %.
const SHOWN: f64 = 999.9;

/// What stands unless a model is clearly better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defaut {
    /// Level and prudent trend (`level::project`).
    Prudent,
    /// Mean of the last three exercices.
    Moyenne,
}

/// A series that needs a model.
#[derive(Debug, Clone)]
pub struct Sujet {
    /// Series of one group share their evidence.
    pub groupe: (Section, Sens),
    /// Values by exercice, freed of their index, euros.
    pub valeurs: Vec<f64>,
    /// Growth of prices passed on by the default when the first `i` values are known, a year, at
    /// index `i`; 0 where absent.
    pub croissances: Vec<f64>,
    /// What the default adds when the first `i` values are known (credits left that come back), at
    /// index `i`; 0 where absent.
    pub reports: Vec<f64>,
    /// Growth of prices asked by a scenario, a year: the last value follows it. 0 for none.
    pub demandee: f64,
    /// Default.
    pub defaut: Defaut,
}

/// Forecast at one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Etape {
    /// Value, in the unit of the series.
    pub point: f64,
    /// Name of the model, as in `vigie modeles`.
    pub modele: &'static str,
    /// Why, French.
    pub raison: String,
    /// It carries the growth of prices given with the series.
    pub suit_les_prix: bool,
}

/// Models compared with the default, the first wins a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Modele {
    Combinaison,
    Derniere,
    Amortie,
    Derive,
    Ets,
}

const MODELES: [Modele; 5] =
    [Modele::Combinaison, Modele::Derniere, Modele::Amortie, Modele::Derive, Modele::Ets];

impl Modele {
    fn name(self) -> &'static str {
        match self {
            Self::Combinaison => "moyenne des modèles",
            Self::Derniere => "derniere",
            Self::Amortie => "tendance amortie",
            Self::Derive => "derive",
            Self::Ets => "ets-augurs",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Combinaison => "la moyenne des modèles",
            Self::Derniere => "la dernière valeur",
            Self::Amortie => "la tendance amortie",
            Self::Derive => "la dérive",
            Self::Ets => "le lissage ETS",
        }
    }

    /// `None` when there are not enough points.
    fn forecast(self, y: &[f64], horizon: usize, growth: f64) -> Option<Vec<f64>> {
        let points = match self {
            Self::Combinaison => mean_of_models(y, horizon, growth)?,
            Self::Derniere => grown(&naive::last(y, 1, horizon), growth),
            Self::Amortie => damped(y, horizon),
            Self::Derive => naive::drift(y, 1, horizon),
            Self::Ets if y.len() >= ETS_POINTS => decomposition::auto_ets(y, 1, horizon),
            Self::Ets => return None,
        };
        let usable = points.len() == horizon && points.iter().all(|p| p.is_finite());
        usable.then_some(points)
    }
}

fn grown(points: &[f64], growth: f64) -> Vec<f64> {
    (1..).zip(points).map(|(h, p)| p * (1.0 + growth).powi(h)).collect()
}

fn mean_of_models(y: &[f64], horizon: usize, growth: f64) -> Option<Vec<f64>> {
    let members: Vec<Vec<f64>> =
        MODELES[1..].iter().filter_map(|m| m.forecast(y, horizon, growth)).collect();
    let count = members.len() as f64;
    (!members.is_empty())
        .then(|| (0..horizon).map(|h| members.iter().map(|m| m[h] / count).sum()).collect())
}

fn damped(y: &[f64], horizon: usize) -> Vec<f64> {
    if y.len() >= DAMPED_POINTS {
        return smoothing::damped(y, 1, horizon);
    }
    let mut changes = y.windows(2).map(|w| w[1] - w[0]);
    let first = changes.next().unwrap_or(0.0);
    let mut step = changes.fold(first, |slope, c| slope + SLOPE_WEIGHT * (c - slope));
    let mut point = y.last().copied().unwrap_or(0.0);
    (0..horizon)
        .map(|_| {
            step *= SLOPE_DAMPING;
            point += step;
            point
        })
        .collect()
}

impl Sujet {
    /// Forecast of the default from the first `n` values, with its name and why.
    fn default(&self, n: usize, horizon: usize) -> (Vec<f64>, &'static str, &'static str) {
        let y = &self.valeurs[..n];
        match self.defaut {
            Defaut::Prudent => {
                let growth = self.croissances.get(n).copied().unwrap_or(0.0);
                let (mut points, allure) = prudent(y, horizon, growth);
                let report = self.reports.get(n).copied().unwrap_or(0.0);
                for point in &mut points {
                    *point += report;
                }
                (points, allure.modele(), allure.raison())
            }
            Defaut::Moyenne => {
                let recent = &y[y.len().saturating_sub(3)..];
                let mean = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
                let why = "investissement irrégulier : moyenne des trois derniers exercices, \
                           saisir le programme";
                (vec![mean; horizon], "moyenne récente", why)
            }
        }
    }
}

impl Sujet {
    /// What the default adds for the credits left, said; empty when it adds nothing.
    fn returned(&self, n: usize) -> String {
        let report = self.reports.get(n).copied().unwrap_or(0.0);
        if self.defaut != Defaut::Prudent || report.abs() < 1.0 {
            return String::new();
        }
        let part = (100.0 * constantes::part("retour_credits")).round();
        let left =
            if report > 0.0 { "laissés s’y ajoutent" } else { "dépassés en sont retirés" };
        let amount = french(report.abs() / 1000.0);
        format!(" ; {part} % des crédits {left}, soit {amount} k€")
    }
}

/// Errors of the default and of a model at the same origins.
#[derive(Debug, Clone, Copy, Default)]
struct Duel {
    origins: usize,
    model: f64,
    default: f64,
    /// Sum of the amounts to be found.
    actual: f64,
}

impl Duel {
    /// From -1 (the model has no error) to 1 (the default has none).
    fn gain(&self) -> f64 {
        let floor = LEVEL_SHARE * self.actual;
        let all = self.model + self.default + floor;
        if all > 0.0 { (self.model - self.default) / all } else { 0.0 }
    }
}

/// The duels of a series, by model then points known at the origin.
type Duels = BTreeMap<Modele, BTreeMap<usize, Duel>>;

/// Replays the past origins of a series, all distances together.
fn replay(s: &Sujet) -> Duels {
    let total = s.valeurs.len();
    let mut out = Duels::new();
    if total < ENOUGH || s.valeurs.iter().any(|v| !v.is_finite()) {
        return out;
    }
    for n in FIRST_ORIGIN..total {
        let known = &s.valeurs[..n];
        // a line not opened yet says nothing
        if known.iter().all(|v| *v == 0.0) {
            continue;
        }
        let steps = REPLAYED.min(total - n);
        let (reference, _, _) = s.default(n, steps);
        for modele in MODELES {
            let Some(points) = modele.forecast(known, steps, 0.0) else { continue };
            let mut duel = Duel { origins: 1, ..Duel::default() };
            for h in 0..steps {
                // errors grow with the distance: each distance weighs alike
                let weight = 1.0 / (h + 1) as f64;
                let actual = s.valeurs[n + h];
                duel.model += weight * (actual - points[h]).abs();
                duel.default += weight * (actual - reference[h]).abs();
                duel.actual += weight * actual.abs();
            }
            out.entry(modele).or_default().insert(n, duel);
        }
    }
    out
}

/// Sum of the duels of a model over its origins.
fn sum(duels: &BTreeMap<usize, Duel>) -> Duel {
    duels.values().fold(Duel::default(), |all, one| Duel {
        origins: all.origins + one.origins,
        model: all.model + one.model,
        default: all.default + one.default,
        actual: all.actual + one.actual,
    })
}

/// Mean gain of each model over a group: mean of the years, drawn to none.
fn group_gains(members: &[&Duels]) -> BTreeMap<Modele, f64> {
    let mut years: BTreeMap<Modele, BTreeMap<usize, Vec<f64>>> = BTreeMap::new();
    for (modele, origins) in members.iter().copied().flatten() {
        for (n, duel) in origins {
            years.entry(*modele).or_default().entry(*n).or_default().push(duel.gain());
        }
    }
    let mut out = BTreeMap::new();
    for (key, by_year) in years {
        let count = by_year.len() as f64;
        let sum: f64 = by_year.into_values().map(mean).sum();
        out.insert(key, sum / (count + NO_GAIN_YEARS));
    }
    out
}

/// Mean that does not depend on the order.
fn mean(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Forecast of each series, `horizon` steps, in the order given.
pub fn choisir(sujets: &[Sujet], horizon: usize) -> Vec<Vec<Etape>> {
    let replayed: Vec<Duels> = sujets.iter().map(replay).collect();
    let mut groups: BTreeMap<(Section, Sens), Vec<&Duels>> = BTreeMap::new();
    for (s, duels) in sujets.iter().zip(&replayed) {
        groups.entry(s.groupe).or_default().push(duels);
    }
    let gains: BTreeMap<_, _> =
        groups.into_iter().map(|(k, members)| (k, group_gains(&members))).collect();
    let none = BTreeMap::new();
    sujets
        .iter()
        .zip(&replayed)
        .map(|(s, duels)| path(s, duels, gains.get(&s.groupe).unwrap_or(&none), horizon))
        .collect()
}

/// Best model by its gain drawn to that of the group.
fn best(duels: &Duels, group: &BTreeMap<Modele, f64>) -> Option<(f64, Modele, Duel)> {
    MODELES
        .iter()
        .filter_map(|m| {
            let duel = sum(duels.get(m)?);
            let n = duel.origins as f64;
            let prior = group.get(m).copied().unwrap_or(0.0);
            let gain = (n * duel.gain() + GROUP_ORIGINS * prior) / (n + GROUP_ORIGINS);
            Some((gain, *m, duel))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))
}

fn path(s: &Sujet, duels: &Duels, group: &BTreeMap<Modele, f64>, horizon: usize) -> Vec<Etape> {
    let n = s.valeurs.len();
    let (points, modele, why) = s.default(n, horizon);
    let kept = |compared: &str| {
        let suit_les_prix = modele != "tendance prudente";
        let raison = format!("{why}{} ; {compared}", s.returned(n));
        let one =
            |point: &f64| Etape { point: *point, modele, suit_les_prix, raison: raison.clone() };
        points.iter().map(one).collect()
    };
    let Some((gain, model, duel)) = best(duels, group) else { return kept(&unreplayed(n)) };
    let clear = gain < -CLEAR && duel.model < duel.default;
    let chosen = if clear { model.forecast(&s.valeurs, horizon, s.demandee) } else { None };
    let words = compared(duel, model, chosen.is_some());
    let Some(points) = chosen else { return kept(&words) };
    let suit_les_prix = s.demandee > 0.0 && matches!(model, Modele::Derniere | Modele::Combinaison);
    let one = |point| Etape { point, modele: model.name(), raison: words.clone(), suit_les_prix };
    points.into_iter().map(one).collect()
}

fn unreplayed(n: usize) -> String {
    if n < ENOUGH {
        "moins de quatre exercices : modèles non comparés".to_owned()
    } else {
        "pas assez de montants passés pour comparer les modèles".to_owned()
    }
}

/// What the comparison said, at most 20 words.
fn compared(duel: Duel, model: Modele, chosen: bool) -> String {
    let plural = if duel.origins > 1 { "s" } else { "" };
    let seen = format!("sur {} année{plural} rejouée{plural}", duel.origins);
    let pct = |e: f64| match 100.0 * e / duel.actual {
        share if share > SHOWN => format!("plus de {}", french(SHOWN.floor()).replace(",0", "")),
        share => french(share),
    };
    let title = model.title();
    if duel.actual <= 0.0 {
        return format!("{seen}, montants nuls : modèles non départagés");
    }
    let figures = format!("{} % contre {} %", pct(duel.model), pct(duel.default));
    if chosen {
        format!("{seen}, {title} se trompe nettement moins : {figures}")
    } else {
        format!("{seen}, {title} ne fait pas nettement mieux : {figures}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::budget::cards::CARDS;
    use crate::forecast::MODELS;

    fn subject(values: &[f64]) -> Sujet {
        Sujet {
            groupe: (Section::F, Sens::D),
            valeurs: values.to_vec(),
            croissances: Vec::new(),
            reports: Vec::new(),
            demandee: 0.0,
            defaut: Defaut::Prudent,
        }
    }

    fn first(values: &[f64]) -> Etape {
        choisir(&[subject(values)], 1).remove(0).remove(0)
    }

    fn words(sentence: &str) -> usize {
        sentence.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).count()
    }

    /// Steps of +/- `size` from a small generator: same every time.
    fn noise(seed: u64, count: usize, size: f64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            ((state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5) * 2.0 * size
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn a_steady_drift_is_carried_on() {
        let values: Vec<f64> = (0..8).map(|i| 100.0 + 10.0 * f64::from(i)).collect();
        let path = choisir(&[subject(&values)], 2).remove(0);
        assert_eq!((path[1].modele, path[1].point.round()), ("derive", 190.0));
        assert!((path[0].point - 180.0).abs() < 0.5, "{}", path[0].point);
        assert!(path[1].raison.starts_with("sur 6 années rejouées, la dérive se trompe"));
    }

    #[test]
    fn a_path_keeps_its_model_and_does_not_depend_on_the_horizon() {
        // five steady rises: the farthest distances have one origin only, and once fell back
        let values = [100.0, 104.0, 109.0, 113.0, 118.0, 122.0];
        let long = choisir(&[subject(&values)], 5).remove(0);
        let short = choisir(&[subject(&values)], 2).remove(0);
        assert_eq!(long[..2], short[..]);
        assert!(long.iter().all(|e| e.modele == long[0].modele));
        let rises: Vec<f64> = long.windows(2).map(|w| w[1].point - w[0].point).collect();
        assert!(rises.iter().all(|r| *r >= 0.0), "{rises:?}");
    }

    #[test]
    fn a_rising_zigzag_is_a_drift() {
        // rises of 30 and 10 in turn, the default returns nothing of them
        let values = [100.0, 130.0, 128.0, 160.0, 158.0, 190.0, 188.0, 220.0];
        let etape = first(&values);
        assert!(etape.point > 205.0, "{etape:?}");
    }

    #[test]
    fn noise_gives_no_slope() {
        for seed in 1..40 {
            let values: Vec<f64> = noise(seed, 8, 10.0).iter().map(|e| 100.0 + e).collect();
            let etape = first(&values);
            assert!(!matches!(etape.modele, "derive" | "tendance amortie"), "{seed} {etape:?}");
        }
    }

    #[test]
    fn the_last_value_wins_where_the_mean_lags() {
        let levels = [10.0, 10.0, 10.0, 50.0, 50.0, 50.0, 50.0];
        let sujet = Sujet { defaut: Defaut::Moyenne, ..subject(&levels) };
        let etape = choisir(&[sujet], 1).remove(0).remove(0);
        assert_eq!(etape.modele, "derniere");
        assert!((etape.point - 50.0).abs() < 1e-9);
        assert!(etape.raison.contains(" % contre "), "{}", etape.raison);
    }

    #[test]
    fn short_series_keep_the_default_and_say_so() {
        for values in [&[100.0][..], &[100.0, 110.0], &[100.0, 110.0, 120.0]] {
            let etape = first(values);
            let (points, allure) = prudent(values, 1, 0.0);
            assert_eq!((etape.point, etape.modele), (points[0], allure.modele()));
            assert!(etape.raison.ends_with("moins de quatre exercices : modèles non comparés"));
        }
    }

    #[test]
    fn the_group_tips_a_series_that_hesitates() {
        let hesitant = subject(&[100.0, 104.0, 114.0, 117.0]);
        let mut pool = vec![hesitant];
        let models = |pool: &[Sujet]| choisir(pool, 1)[0][0].modele;
        assert_eq!(models(&pool), "tendance prudente");
        let steady = subject(&[100.0, 120.0, 140.0, 160.0]);
        pool.extend(std::iter::repeat_n(steady.clone(), 20));
        assert_eq!(models(&pool), "derive");
        let elsewhere = Sujet { groupe: (Section::F, Sens::R), ..steady };
        pool.truncate(1);
        pool.extend(std::iter::repeat_n(elsewhere, 20));
        assert_eq!(models(&pool), "tendance prudente");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn any_series_in_any_order(
            mut pool in proptest::collection::vec(
                proptest::collection::vec(prop_oneof![
                    4 => -1e9..1e9_f64, 2 => Just(0.0), 1 => Just(f64::NAN), 1 => Just(1e300),
                ], 0..10),
                1..6,
            ),
            horizon in 1_usize..6,
        ) {
            let run = |pool: &[Vec<f64>]| {
                choisir(&pool.iter().map(|v| subject(v)).collect::<Vec<_>>(), horizon)
            };
            let mut forward = run(&pool);
            pool.reverse();
            let backward = run(&pool);
            forward.reverse();
            for (a, b) in forward.iter().flatten().zip(backward.iter().flatten()) {
                prop_assert_eq!(a.point.to_bits(), b.point.to_bits());
                prop_assert_eq!((a.modele, &a.raison), (b.modele, &b.raison));
                let listed = CARDS.iter().any(|c| c.name == a.modele)
                    || MODELS.iter().any(|c| c.name == a.modele);
                prop_assert!(listed, "{}", a.modele);
                prop_assert!(a.raison.split(" ; ").all(|s| words(s) <= 20), "{}", a.raison);
            }
            prop_assert!(forward.iter().all(|path| path.len() == horizon));
        }
    }
}
