//! Properties that hold for any pool: shape, nesting, equivariance, order, threads.
//!
//! **Invariant:** what is stated in the header of `engine` is tried here on wild input.

use proptest::prelude::*;

use crate::domain::progress::Silent;
use crate::forecast::catalog::card;
use crate::forecast::{Forecast, PoolOptions, forecast_pool};

fn options(horizon: usize, season: usize) -> PoolOptions {
    PoolOptions { horizon, season, ..PoolOptions::default() }
}

fn run(pool: &[Vec<f64>], options: &PoolOptions) -> Vec<Forecast> {
    let pool: Vec<&[f64]> = pool.iter().map(Vec::as_slice).collect();
    forecast_pool(&pool, options, &Silent)
}

fn check(f: &Forecast, horizon: usize) {
    assert_eq!(
        (f.point.len(), f.interval_80.len(), f.interval_95.len()),
        (horizon, horizon, horizon)
    );
    assert_eq!(f.past_error_pct.len(), horizon);
    assert!(card(&f.model).is_some(), "{}", f.model);
    assert!(f.reason.ends_with('.') && !f.reason.contains("NaN"), "{}", f.reason);
    for h in 0..horizon {
        let (a, b) = f.interval_80[h];
        let (c, d) = f.interval_95[h];
        let chain = [c, a, f.point[h], b, d];
        assert!(chain.iter().all(|v| v.is_finite()), "{chain:?}");
        assert!(chain.windows(2).all(|w| w[0] <= w[1]), "{chain:?}");
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -1e6..1e6_f64,
        2 => Just(0.0),
        1 => Just(f64::NAN),
        1 => Just(1e12),
        1 => Just(f64::INFINITY),
        1 => Just(f64::MAX),
        1 => Just(f64::MIN_POSITIVE),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_input_gets_finite_nested_forecasts(
        pool in prop::collection::vec(prop::collection::vec(value(), 0..30), 1..8),
        horizon in 1_usize..7,
        season in prop::sample::select(vec![0_usize, 1, 4, 12]),
        aligned in any::<bool>(),
    ) {
        let mut o = options(horizon, season);
        if aligned {
            o.ends = vec![2024; pool.len()];
        }
        let all = run(&pool, &o);
        prop_assert_eq!(all.len(), pool.len());
        for f in &all {
            check(f, horizon);
        }
    }

    #[test]
    fn units_do_not_matter(
        pool in prop::collection::vec(prop::collection::vec(1.0..100.0_f64, 6..16), 5..9),
        power in -20_i32..30,
        aligned in any::<bool>(),
    ) {
        let mut o = options(3, 1);
        if aligned {
            o.ends = vec![2024; pool.len()];
        }
        let scale = 2.0_f64.powi(power);
        let scaled: Vec<Vec<f64>> =
            pool.iter().map(|y| y.iter().map(|v| v * scale).collect()).collect();
        for (a, b) in run(&pool, &o).iter().zip(run(&scaled, &o)) {
            for h in 0..3 {
                let same = |x: f64, y: f64| (x * scale - y).abs() <= 1e-9 * (scale + y.abs());
                prop_assert!(same(a.point[h], b.point[h]));
                prop_assert!(same(a.interval_95[h].1, b.interval_95[h].1));
            }
        }
    }

    #[test]
    fn order_of_series_changes_nothing(
        pool in prop::collection::vec(prop::collection::vec(1.0..100.0_f64, 1..16), 2..9),
        turn in 0_usize..9,
    ) {
        let mut o = options(2, 1);
        o.ends = vec![2024; pool.len()];
        let mut turned = pool.clone();
        let k = turn % pool.len();
        turned.rotate_left(k);
        let mut back = run(&turned, &o);
        back.rotate_right(k);
        prop_assert_eq!(run(&pool, &o), back);
    }
}

#[test]
fn threads_change_nothing() {
    let pool: Vec<Vec<f64>> = (0..70)
        .map(|k| (0..12).map(|t| 50.0 + f64::from((t * t * k) % 17) + f64::from(t * k)).collect())
        .collect();
    let o = PoolOptions { ends: vec![2024; 70], ..options(3, 1) };
    let with = |n: usize| {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads");
        threads.install(|| run(&pool, &o))
    };
    assert_eq!(with(1), with(4));
}

#[test]
fn weak_series_say_so() {
    let mut pool: Vec<Vec<f64>> =
        (0..9).map(|k| (0..9).map(|t| 100.0 + f64::from((7 * t + 3 * k) % 10)).collect()).collect();
    pool.extend([vec![], vec![5.0], vec![5.0, 6.0], vec![100.0, f64::NAN, 104.0, 101.0]]);
    let all = run(&pool, &options(2, 1));
    assert_eq!(all[9].model, "aucune valeur");
    assert_eq!(all[10].model, "série trop courte");
    assert!((all[10].point[0] - 5.0).abs() < 1e-6);
    let (low, high) = all[10].interval_80[1];
    assert!(low < 5.0 && high > 5.0, "{low} {high}");
    assert!(all[12].reason.contains("4 valeurs seulement"), "{}", all[12].reason);
    assert!(all[12].reason.contains("manquante"), "{}", all[12].reason);
}

#[test]
fn constants_stay_constant() {
    let all = run(&vec![vec![250.0; 8]; 6], &options(3, 1));
    assert!(all.iter().all(|f| f.point.iter().all(|v| (v - 250.0).abs() < 0.5)), "{:?}", all[0]);
}
