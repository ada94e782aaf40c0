//! Amortisation by the annex of assets: what the accounts booked, plus what each asset adds or stops.
//!
//! The annex of accounts lists the assets that came in and went out in the year, not those held: the booked
//! amount stands for these, and each listed asset changes it by its own plan (straight line; from its day
//! in M57, from the next 1 January in M14). What ends without having been listed is not seen: the past of
//! the commune says whether this or the growth of the accounts came closer.
//!
//! **Invariant:** a replay of a past exercice reads no later annex.

use std::collections::BTreeMap;

use crate::budget::project::french;
use crate::domain::calendar::{DateOrder, civil_parts, day_of, parse_day};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::nomenclature;
use crate::frames::annex::Bien;

use super::{Contexte, en_euros};

/// Durations read, years.
const DURATIONS: std::ops::RangeInclusive<f64> = 1.0..=100.0;

/// A plan of amortisation; instants are years with their elapsed part.
#[derive(Debug, Clone, PartialEq)]
struct Plan {
    inventaire: String,
    valeur: f64,
    duree: f64,
    debut: f64,
    /// When it went out.
    sortie: f64,
}

impl Plan {
    fn dotation(&self, exercice: u16) -> f64 {
        let year = f64::from(exercice);
        let end = (self.debut + self.duree).min(self.sortie).min(year + 1.0);
        (end - self.debut.max(year)).max(0.0) * self.valeur / self.duree
    }
}

/// The accounts of an exercice: what was booked, and the movements of assets.
#[derive(Debug, Clone, Default)]
pub(super) struct Annee {
    dotation: f64,
    entrees: Vec<Plan>,
    sorties: Vec<Plan>,
}

/// The amount proposed and why.
pub(super) struct Dotation {
    pub(super) montant: Centimes,
    pub(super) raison: String,
}

/// The accounts of a budget by exercice, `booked` being the amortisation of a document.
pub(super) fn comptes(
    c: &Contexte<'_>,
    booked: impl Fn(usize) -> Centimes,
) -> BTreeMap<u16, Annee> {
    let mut out = BTreeMap::new();
    let known = &c.budget.exercices;
    for (i, d) in c.frame.documents.iter().enumerate() {
        let ours = d.etape.is_executed() && d.siret == c.budget.siret && d.budget == c.budget.code;
        if !ours || !known.contains(&d.exercice) || (d.exercice == c.base() && i != c.document) {
            continue;
        }
        let prorata = nomenclature(&d.nomenclature).is_none_or(|n| n.plan.norme() == "M57");
        let mut year = Annee { dotation: booked(i).euros(), ..Annee::default() };
        for b in c.frame.annexes.biens.iter().filter(|b| b.document as usize == i) {
            let sorti = b.mouvement == "S";
            if let Some(plan) = plan(b, d.exercice, prorata, sorti) {
                if sorti { &mut year.sorties } else { &mut year.entrees }.push(plan);
            }
        }
        out.insert(d.exercice, year);
    }
    out
}

/// A day as a year with its elapsed part.
fn instant(text: &str) -> Option<f64> {
    let day = parse_day(text.as_bytes(), DateOrder::Dmy).ok()?;
    let (year, ..) = civil_parts(day)?;
    let (first, next) = (day_of(year, 1, 1).ok()?, day_of(year + 1, 1, 1).ok()?);
    Some(f64::from(year) + f64::from(day - first) / f64::from(next - first))
}

/// Plan of an asset that moved in `exercice`; `None` when it is not amortised.
fn plan(b: &Bien, exercice: u16, prorata: bool, sorti: bool) -> Option<Plan> {
    let duree: f64 = b.duree.trim().replace(',', ".").parse().ok()?;
    let valeur = b.valeur?.euros();
    if !DURATIONS.contains(&duree) || valeur <= 0.0 {
        return None;
    }
    let year = f64::from(exercice);
    let inside = |v: f64| v.clamp(year, year + 1.0);
    let start = |day: f64| if prorata { day } else { day.floor() + 1.0 };
    let bought = instant(&b.acquisition);
    let (debut, sortie) = if sorti {
        // without prorata, the year it goes out is still amortised
        let out = instant(&b.cession).map_or(year + 0.5, inside);
        let out = if prorata { out } else { year + 1.0 };
        let amorti = b.amorti.map_or(0.0, Centimes::euros);
        if amorti >= valeur {
            return None;
        }
        (bought.map_or(out - amorti * duree / valeur, start), out)
    } else {
        let day = bought.map_or(year + 0.5, |d| inside(d).min(year + 0.999));
        (start(day), f64::INFINITY)
    };
    Some(Plan { inventaire: b.inventaire.clone(), valeur, duree, debut, sortie })
}

/// Amortisation of `cible` by the annexes up to `base`; `None` when that of `base` lists no amortised asset.
fn par_etat(annees: &BTreeMap<u16, Annee>, base: u16, cible: u16) -> Option<f64> {
    let last = annees.get(&base).filter(|a| !a.entrees.is_empty())?;
    let mut change = 0.0;
    let mut listed: BTreeMap<&str, Vec<Plan>> = BTreeMap::new();
    for year in annees.range(..=base).map(|(_, a)| a) {
        for p in &year.entrees {
            listed.entry(&p.inventaire).or_default().push(p.clone());
        }
        for gone in &year.sorties {
            let same = listed.get_mut(&*gone.inventaire).filter(|all| {
                let sum: f64 = all.iter().map(|p| p.valeur).sum();
                !gone.inventaire.is_empty() && (sum - gone.valeur).abs() < 0.01
            });
            match same {
                Some(all) => all.iter_mut().for_each(|p| p.sortie = gone.sortie),
                None => change += gone.dotation(cible) - gone.dotation(base),
            }
        }
    }
    for p in listed.values().flatten() {
        change += p.dotation(cible) - p.dotation(base);
    }
    Some((last.dotation + change).max(0.0))
}

/// Mean past error of a method at that distance, %, over the exercices that both can forecast.
fn erreur(pairs: &[(f64, f64)]) -> f64 {
    100.0 * pairs.iter().map(|(f, a)| (f - a).abs() / a).sum::<f64>() / pairs.len() as f64
}

/// The amortisation of `cible`: by the annex of assets or by the growth of the accounts (`growth`, of the
/// amounts known), whichever came closer in the past; the annex without a past. `None` without annex.
pub(super) fn choisir(
    annees: &BTreeMap<u16, Annee>,
    (base, cible): (u16, u16),
    growth: impl Fn(&[f64]) -> f64,
) -> Option<Dotation> {
    let by_state = par_etat(annees, base, cible)?;
    let distance = cible.saturating_sub(base);
    let by_accounts = |base: u16| -> Option<f64> {
        let known: Vec<f64> = annees.range(..=base).map(|(_, a)| a.dotation).collect();
        let last = *known.last()?;
        Some(last * growth(&known).powi(i32::from(distance)))
    };
    let (mut state, mut accounts) = (Vec::new(), Vec::new());
    for origin in annees.keys().copied().filter(|y| y + distance <= base) {
        let actual = annees.get(&(origin + distance)).map_or(0.0, |a| a.dotation);
        let both = par_etat(annees, origin, origin + distance).zip(by_accounts(origin));
        if let Some((s, a)) = both.filter(|_| actual > 0.0) {
            state.push((s, actual));
            accounts.push((a, actual));
        }
    }
    let kept = by_accounts(base)?;
    let euros = |v: f64| Centimes::from_euros(v).unwrap_or_default();
    let compared = if state.is_empty() {
        "aucun exercice passé pour les départager".to_owned()
    } else {
        format!(
            "écart moyen passé sur {} exercice{} : {} % par l'état, {} % par les comptes",
            state.len(),
            if state.len() > 1 { "s" } else { "" },
            french(erreur(&state)),
            french(erreur(&accounts))
        )
    };
    let first = en_euros(euros(annees.get(&base)?.dotation));
    if state.is_empty() || erreur(&state) <= erreur(&accounts) {
        let raison = format!(
            "état du patrimoine : dotations {base} ({first}), plus les biens entrés, moins ceux qui finissent ou \
             sortent, bien par bien ; l'évolution des comptes donnerait {} ; {compared}",
            en_euros(euros(kept))
        );
        return Some(Dotation { montant: euros(by_state), raison });
    }
    let raison = format!(
        "amortissements {base} ({first}), évolution médiane des comptes passés ; l'état du patrimoine \
         donnerait {} ; {compared}",
        en_euros(euros(by_state))
    );
    Some(Dotation { montant: euros(kept), raison })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bien(mouvement: &str, valeur: i64, duree: &str, acquisition: &str) -> Bien {
        Bien {
            mouvement: mouvement.to_owned(),
            valeur: Some(Centimes(valeur * 100)),
            duree: duree.to_owned(),
            acquisition: acquisition.to_owned(),
            inventaire: format!("{valeur}-{duree}"),
            ..Bien::default()
        }
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 0.01, "{a} and {b}");
    }

    #[test]
    fn plans_follow_the_norm() {
        // 1 July 2025 is the 181st day of 365 gone: 184 days left, 1 000 a year
        let one = bien("E", 5_000, "5", "2025-07-01");
        let m57 = plan(&one, 2025, true, false).expect("amortised");
        close(m57.dotation(2025), 1_000.0 * 184.0 / 365.0);
        close(m57.dotation(2026), 1_000.0);
        close(m57.dotation(2030), 1_000.0 * 181.0 / 365.0);
        close(m57.dotation(2031), 0.0);
        close((2025..2031).map(|y| m57.dotation(y)).sum(), 5_000.0);
        // M14: from the next 1 January
        let m14 = plan(&one, 2025, false, false).expect("amortised");
        let years: Vec<f64> = (2025..2032).map(|y| m14.dotation(y)).collect();
        assert_eq!(years, [0.0, 1_000.0, 1_000.0, 1_000.0, 1_000.0, 1_000.0, 0.0]);
        assert!(plan(&bien("E", 5_000, "0", ""), 2025, true, false).is_none());
        assert!(plan(&bien("E", 5_000, "dix", ""), 2025, true, false).is_none());
    }

    fn annee(dotation: f64, exercice: u16, biens: &[Bien]) -> Annee {
        let of = |sorti: bool| -> Vec<Plan> {
            let ours = biens.iter().filter(|b| (b.mouvement == "S") == sorti);
            ours.filter_map(|b| plan(b, exercice, false, sorti)).collect()
        };
        Annee { dotation, entrees: of(false), sorties: of(true) }
    }

    #[test]
    fn assets_that_end_or_go_out_stop() {
        // M14. 2024: 600 over one year (in 2025 only), 2 000 over 4; 2025: 900 over 3, the 2 000 go out
        let mut gone = bien("S", 2_000, "4", "2024-05-01");
        gone.cession = "2025-10-01".to_owned();
        gone.amorti = Some(Centimes(50_000));
        let first = annee(
            10_000.0,
            2024,
            &[bien("E", 600, "1", "2024-03-01"), bien("E", 2_000, "4", "2024-05-01")],
        );
        let mut annees = BTreeMap::from([(2024, first)]);
        // 10 000 + 600 + 500
        close(par_etat(&annees, 2024, 2025).expect("an annex"), 11_100.0);
        annees.insert(2025, annee(11_100.0, 2025, &[bien("E", 900, "3", "2025-02-01"), gone]));
        // 11 100 - 600 - 500 + 300
        close(par_etat(&annees, 2025, 2026).expect("an annex"), 10_300.0);
        // an older asset, never listed as come in: 100 a year until it goes
        let mut old = bien("S", 1_000, "10", "2020-01-01");
        old.amorti = Some(Centimes(50_000));
        annees.insert(2025, annee(11_100.0, 2025, &[bien("E", 900, "3", "2025-02-01"), old]));
        close(par_etat(&annees, 2025, 2026).expect("an annex"), 11_100.0 - 600.0 + 300.0 - 100.0);
    }

    #[test]
    fn the_closer_in_the_past_speaks_and_both_are_said() {
        let flat = |_: &[f64]| 1.0;
        let entry = |y: u16| bien("E", 1_000, "10", &format!("{y}-01-01"));
        // each year 100 more, as the annex says: the accounts carried on miss it
        let annees: BTreeMap<u16, Annee> = (2022..2026)
            .map(|y| (y, annee(1_000.0 + 100.0 * f64::from(y - 2022), y, &[entry(y)])))
            .collect();
        let found = choisir(&annees, (2025, 2026), flat).expect("an annex");
        assert_eq!(found.montant, Centimes(140_000));
        assert!(found.raison.starts_with("état du patrimoine"), "{}", found.raison);
        assert!(found.raison.contains("1\u{202f}300\u{a0}€"), "{}", found.raison);
        // amounts that do not move: as many assets end as come in, and the annex does not list them
        let annees: BTreeMap<u16, Annee> =
            (2022..2026).map(|y| (y, annee(1_000.0, y, &[entry(y)]))).collect();
        let found = choisir(&annees, (2025, 2026), flat).expect("an annex");
        assert_eq!(found.montant, Centimes(100_000));
        assert!(found.raison.contains("l'état du patrimoine donnerait 1\u{202f}100\u{a0}€"));
        assert!(found.raison.contains("10,0 % par l'état, 0,0 % par les comptes"));
        // one exercice: the annex, and no comparison
        let alone = BTreeMap::from([(2025, annee(1_000.0, 2025, &[entry(2025)]))]);
        let found = choisir(&alone, (2025, 2026), flat).expect("an annex");
        assert_eq!(found.montant, Centimes(110_000));
        assert!(found.raison.contains("aucun exercice passé"));
        let without = BTreeMap::from([(2025, annee(1_000.0, 2025, &[]))]);
        assert!(choisir(&without, (2025, 2026), flat).is_none());
    }
}
