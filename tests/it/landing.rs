//! The landing of a year on real monthly spending (`../shared/bench/mensuel`), beside pro rata and the
//! share booked at the same month of the year before.
//!
//! **Invariant:** without the bench the test says that it is skipped and claims nothing.

use std::collections::BTreeMap;
use std::path::Path;

use vigie::budget::landing::{Annee, Ligne, MOIS, estimate};

const BENCH: &str = "../shared/bench/mensuel/depenses_mensuelles.csv";
const EVEN: f64 = 1.0 / 12.0;
/// Months known.
const MONTHS: std::ops::RangeInclusive<usize> = 6..=11;

/// Whole years of each series; the months that do not fill a year are dropped at its start.
fn years(text: &str) -> Vec<Vec<Annee>> {
    let mut series: BTreeMap<&str, Vec<(u32, f64)>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let mut fields = line.rsplitn(7, ',');
        let row: Vec<&str> = fields.by_ref().collect();
        // from the right: saison, horizon, frequence, partie, y, ds, id
        let (y, ds, id) = (row[4], row[5], row[6]);
        let point = (ds.parse().expect("a month"), y.parse().expect("an amount"));
        series.entry(id).or_default().push(point);
    }
    series
        .into_values()
        .map(|mut points| {
            points.sort_by_key(|p| p.0);
            let values: Vec<f64> = points.into_iter().map(|p| p.1).collect();
            let whole = values.len() / 12 * 12;
            values[values.len() - whole..]
                .chunks(12)
                .map(|months| {
                    let mut year = [0.0; MOIS];
                    year[..12].copy_from_slice(months);
                    year
                })
                .collect()
        })
        .collect()
}

#[derive(Default)]
struct Score {
    ours: f64,
    prorata: f64,
    last_share: f64,
    inside: f64,
    count: f64,
}

impl Score {
    fn add(&mut self, past: &[Annee], year: &Annee, m: usize) {
        let mut profil = [EVEN; MOIS];
        profil[12] = 0.0;
        let one = Ligne { passees: past, en_cours: &year[..m], attendu: None, profil: &profil };
        let found = estimate(&one);
        let real: f64 = year.iter().sum();
        let size: f64 = year.iter().map(|v| v.abs()).sum();
        let booked: f64 = year[..m].iter().sum();
        let prorata = booked * 12.0 / m as f64;
        let last = past.last().expect("two years are known");
        let before: f64 = last[..m].iter().sum();
        let share = if before > 0.0 { booked * last.iter().sum::<f64>() / before } else { prorata };
        self.ours += (found.point - real).abs() / size;
        self.prorata += (prorata - real).abs() / size;
        self.last_share += (share - real).abs() / size;
        let (low, high) = found.intervalle_80;
        self.inside += f64::from(low <= real && real <= high);
        self.count += 1.0;
    }

    fn print(&self, name: &str) {
        let pct = |v: f64| 100.0 * v / self.count;
        println!(
            "atterrissage {name} : vigie {:.2} %  prorata {:.2} %  part du même mois l'an passé {:.2} %  \
             dans 80 % {:.2}  ({} cas)",
            pct(self.ours),
            pct(self.prorata),
            pct(self.last_share),
            self.inside / self.count,
            self.count
        );
    }
}

#[test]
fn the_year_lands_nearer_than_pro_rata_and_last_share() {
    if !Path::new(BENCH).exists() {
        println!("test sauté : {BENCH} absent");
        return;
    }
    let text = std::fs::read_to_string(BENCH).expect("the bench is readable");
    let series = years(&text);
    for (last, name) in [(1, "dernière année"), (3, "trois dernières années")] {
        let mut all = Score::default();
        for m in MONTHS {
            let mut month = Score::default();
            for past in &series {
                for t in past.len().saturating_sub(last).max(2)..past.len() {
                    month.add(&past[..t], &past[t], m);
                    all.add(&past[..t], &past[t], m);
                }
            }
            month.print(&format!("{name}, {m} mois"));
        }
        all.print(name);
        assert!(all.count > 0.0);
        assert!(all.ours < all.prorata && all.ours < all.last_share, "{name}");
        assert!((0.7..=0.9).contains(&(all.inside / all.count)), "{name}");
    }
}
