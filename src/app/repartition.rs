//! How the amounts of a ledger spread: by chapitre, by first digit, by month.
//!
//! The months of a chapitre are compared with its own median and MAD (Iglewicz and Hoaglin, "How to Detect
//! and Handle Outliers", 1993: a robust z over 3.5 calls for a look).
//!
//! **Invariant:** every expense of the ledger is in one group and one month, or counted apart.

use std::collections::BTreeMap;

use crate::budget::Budget;
use crate::budget::monthly::Releve;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::calendar::{NO_DAY, civil_parts};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{Plan, nomenclature, plan};
use crate::frames::ledger::{Ledger, TextKey};
use crate::report::model::audit::{Benford, ChiffreBenford, MoisChapitre, MontantsChapitre};
use crate::report::model::{GrilleMois, LigneMois};
use crate::stats::robust;

use super::entrees::Lecture;

/// Chapitres named; the others are added up.
const NAMED: usize = 8;
/// Smallest amount whose first digit is counted, centimes.
const LEAST: u64 = 1_000;
/// Robust z over which a month calls for a look.
const Z: f64 = 3.5;
/// Months with spending that make a habit.
const HABIT: usize = 6;
/// Day of the month from which it is taken as whole.
const WHOLE_MONTH: i32 = 25;
/// Day of December from which the year is.
const LAST_DAY: i32 = 10;
/// Months of ledger that make a year.
const YEAR: usize = 12;

/// The chapitre of each row: names, then the place of each code of the column read.
struct Groupes<'a> {
    noms: Vec<String>,
    places: Vec<usize>,
    codes: Option<&'a [u32]>,
}

impl<'a> Groupes<'a> {
    /// By the chapitre written, else by the chapitre of the account in the chart.
    fn of(ledger: &'a Ledger, chart: Option<&Plan>, year: u16) -> Self {
        let mut noms = vec![String::new()];
        let column = ledger.text(TextKey::Chapitre).map(|c| (c, true));
        let column = column.or_else(|| ledger.text(TextKey::Nature).map(|c| (c, false)));
        let Some((column, written)) = column else {
            return Self { noms, places: Vec::new(), codes: None };
        };
        let mut places = Vec::with_capacity(column.dictionary.len());
        for text in column.dictionary.iter() {
            let found = if written {
                text.trim().to_owned()
            } else {
                let line = chart.and_then(|c| c.imputation(year, text, Sens::D, Ordre::Reel));
                line.map_or_else(String::new, |i| i.chapitre.to_owned())
            };
            let place = noms.iter().position(|n| *n == found).unwrap_or_else(|| {
                noms.push(found);
                noms.len() - 1
            });
            places.push(place);
        }
        Self { noms, places, codes: Some(&column.codes) }
    }

    fn place(&self, row: usize) -> usize {
        let code = self.codes.map_or(u32::MAX, |codes| codes[row]);
        self.places.get(code as usize).copied().unwrap_or(0)
    }
}

/// The chart of the last budget document, the M57 one without any.
fn chart(lecture: &Lecture) -> Option<&'static Plan> {
    let last = lecture.budget.documents.iter().max_by_key(|d| d.exercice);
    let name = last.map_or("M57-M57", |d| d.nomenclature.as_str());
    nomenclature(name).map(|n| plan(n.plan))
}

fn named(chart: Option<&Plan>, code: &str, year: u16) -> String {
    match (code, chart.map_or("", |c| c.libelle_chapitre(code, year))) {
        ("", _) => "sans chapitre".to_owned(),
        (_, label) => label.to_owned(),
    }
}

/// Amounts by chapitre, the largest totals first, the last ones added up.
pub(super) fn montants(lecture: &Lecture, ledger: &Ledger) -> Vec<MontantsChapitre> {
    let (chart, year) = (chart(lecture), lecture.last_year());
    let groupes = Groupes::of(ledger, chart, year);
    let mut amounts: Vec<Vec<i64>> = vec![Vec::new(); groupes.noms.len()];
    for row in expenses(ledger) {
        amounts[groupes.place(row)].push(ledger.montant[row]);
    }
    let sum = |list: &[i64]| list.iter().map(|m| Centimes(*m)).sum::<Centimes>();
    let mut parts: Vec<(String, Vec<i64>)> =
        groupes.noms.iter().cloned().zip(amounts).filter(|(_, a)| !a.is_empty()).collect();
    parts.sort_by_key(|(name, a)| (std::cmp::Reverse(sum(a)), name.clone()));
    let total: Centimes = parts.iter().map(|(_, a)| sum(a)).sum();
    let rest: Vec<(String, Vec<i64>)> = parts.split_off(parts.len().min(NAMED));
    let mut out: Vec<MontantsChapitre> = parts
        .into_iter()
        .map(|(code, list)| line(&code, &named(chart, &code, year), list, total))
        .collect();
    if !rest.is_empty() {
        let label = format!("{} autres chapitres", rest.len());
        out.push(line("autres", &label, rest.into_iter().flat_map(|r| r.1).collect(), total));
    }
    out
}

fn line(code: &str, label: &str, mut list: Vec<i64>, total: Centimes) -> MontantsChapitre {
    list.sort_unstable();
    let sum: Centimes = list.iter().map(|m| Centimes(*m)).sum();
    // nearest rank: an amount that was really paid
    let rank = |p: usize| Centimes(list[(list.len() * p).div_ceil(100).max(1) - 1]);
    let share = if total.0 == 0 { 0.0 } else { sum.euros() / total.euros() * 100.0 };
    MontantsChapitre {
        chapitre: code.to_owned(),
        libelle: label.to_owned(),
        lignes: list.len() as u64,
        total: sum,
        part_pct: tenth(share),
        mediane: rank(50),
        centile_99: rank(99),
        maximum: list.last().copied().map_or(Centimes::ZERO, Centimes),
    }
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

fn hundredth(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// Rows of expenses.
fn expenses(ledger: &Ledger) -> impl Iterator<Item = usize> + '_ {
    (0..ledger.len()).filter(|r| ledger.sens[*r] == Sens::D)
}

/// First digits of the positive expenses of ten euros and more, with the band of 95 % of that many draws.
pub(super) fn benford(ledger: &Ledger) -> Option<Benford> {
    let mut counts = [0u64; 9];
    for row in expenses(ledger) {
        let Ok(mut cents) = u64::try_from(ledger.montant[row]) else { continue };
        if cents < LEAST {
            continue;
        }
        while cents >= 10 {
            cents /= 10;
        }
        counts[cents as usize - 1] += 1;
    }
    let n: u64 = counts.iter().sum();
    let digits = (1u8..=9).zip(counts).map(|(chiffre, count)| {
        let p = (1.0 + 1.0 / f64::from(chiffre)).log10();
        let half = 1.96 * (p * (1.0 - p) / n as f64).sqrt();
        ChiffreBenford {
            chiffre,
            observe: hundredth(count as f64 / n as f64 * 100.0),
            attendu: hundredth(p * 100.0),
            bas_95: hundredth((p - half).max(0.0) * 100.0),
            haut_95: hundredth((p + half) * 100.0),
        }
    });
    (n > 0).then(|| Benford { lignes: n, chiffres: digits.collect() })
}

/// Spending by chapitre and month, over at most five years.
pub(super) struct Mensuel {
    /// First month, counted from year 0.
    debut: i32,
    chapitres: Vec<Habitude>,
}

/// One chapitre: amounts by month, and its habit when it has one.
struct Habitude {
    nom: String,
    montants: Vec<Centimes>,
    /// Median and MAD, euros.
    usuel: Option<(f64, f64)>,
}

impl Habitude {
    /// Robust z of a month.
    fn score(&self, place: usize) -> Option<f64> {
        let ((centre, scale), amount) = (self.usuel?, self.montants.get(place)?);
        Some(tenth(((amount.euros() - centre) / scale).clamp(-99.0, 99.0)))
    }
}

/// Counts the months; nothing without a whole year.
pub(super) fn mensuel(lecture: &Lecture, ledger: &Ledger) -> Option<Mensuel> {
    let (chart, year) = (chart(lecture), lecture.last_year());
    let groupes = Groupes::of(ledger, chart, year);
    let mut sums: BTreeMap<(usize, i32), i64> = BTreeMap::new();
    let (mut first, mut last) = (i32::MAX, (i32::MIN, 0));
    for row in expenses(ledger) {
        let day = ledger.day(row);
        let Some((y, m, d)) = civil_parts(day).filter(|_| day != NO_DAY) else { continue };
        let month = y * 12 + m - 1;
        (first, last) = (first.min(month), last.max((month, d)));
        let sum = sums.entry((groupes.place(row), month)).or_default();
        *sum = sum.saturating_add(ledger.montant[row]);
    }
    // neither a month just begun nor the journée complémentaire is compared with whole months
    let december = last.0.rem_euclid(12) == 11 && last.1 >= LAST_DAY;
    let whole = last.0.saturating_sub(i32::from(last.1 < WHOLE_MONTH && !december));
    let last = whole.min(i32::from(year) * 12 + 11);
    // an odd date far away must not stretch the calendar
    let debut = first.max(last.saturating_sub(5 * 12 - 1));
    if first > last || (last - debut + 1) < YEAR as i32 {
        return None;
    }
    let mut chapitres = Vec::new();
    for (place, code) in groupes.noms.iter().enumerate().filter(|(_, code)| !code.is_empty()) {
        let montants: Vec<Centimes> = (debut..=last)
            .map(|m| sums.get(&(place, m)).map_or(Centimes::ZERO, |v| Centimes(*v)))
            .collect();
        let values: Vec<f64> = montants.iter().map(|m| m.euros()).collect();
        let busy = values.iter().filter(|v| **v > 0.0).count();
        let habit = robust::median(&values).zip(robust::mad(&values));
        let usuel = habit.filter(|(_, scale)| busy >= HABIT && *scale > 0.0);
        let nom = format!("{code} {}", named(chart, code, year)).trim().to_owned();
        chapitres.push(Habitude { nom, montants, usuel });
    }
    chapitres.sort_by(|a, b| a.nom.cmp(&b.nom));
    Some(Mensuel { debut, chapitres })
}

/// Spending of each month of the last year compared with the habit of its chapitre.
pub(super) fn calendrier(lecture: &Lecture, mensuel: &Mensuel) -> Option<GrilleMois> {
    let january = i32::from(lecture.last_year()) * 12;
    let cell = |h: &Habitude, m: i32| h.score(usize::try_from(january + m - mensuel.debut).ok()?);
    let lignes: Vec<LigneMois> = mensuel
        .chapitres
        .iter()
        .filter(|h| h.usuel.is_some())
        .map(|h| LigneMois {
            libelle: h.nom.clone(),
            mois: std::array::from_fn(|m| cell(h, m as i32)),
        })
        .collect();
    (!lignes.is_empty()).then_some(GrilleMois { lignes, seuil: Some(Z) })
}

/// Chapitres drawn month by month, and months drawn.
const DRAWN: (usize, usize) = (9, 36);

/// Spending of each chapitre month by month, those with odd months first, then the largest.
pub(super) fn mois(mensuel: &Mensuel) -> Vec<MoisChapitre> {
    let one = |h: &Habitude| {
        let skip = h.montants.len().saturating_sub(DRAWN.1);
        let odd: Vec<(u64, f64)> = (skip..h.montants.len())
            .filter_map(|i| {
                let z = h.score(i).filter(|z| z.abs() >= Z)?;
                Some(((i - skip) as u64, z))
            })
            .collect();
        let first = mensuel.debut + skip as i32;
        MoisChapitre {
            libelle: h.nom.clone(),
            annee: u16::try_from(first.div_euclid(12)).unwrap_or(0),
            mois: (first.rem_euclid(12) + 1) as u8,
            montants: h.montants[skip..].to_vec(),
            inhabituels: odd.iter().map(|o| o.0).collect(),
            scores: odd.iter().map(|o| o.1).collect(),
        }
    };
    let mut out: Vec<MoisChapitre> =
        mensuel.chapitres.iter().filter(|h| h.usuel.is_some()).map(one).collect();
    let total = |m: &MoisChapitre| m.montants.iter().copied().sum::<Centimes>();
    out.sort_by(|a, b| {
        let odd = b.inhabituels.is_empty().cmp(&a.inhabituels.is_empty()).reverse();
        odd.then(total(b).cmp(&total(a))).then_with(|| a.libelle.cmp(&b.libelle))
    });
    out.truncate(DRAWN.0);
    out
}

/// Share of the year paid each month, by chapitre of the operating section, on the last year that the
/// ledger covers; the journée complémentaire counts in December.
pub(super) fn saisonnalite(budget: &Budget, ledger: &Ledger) -> Option<GrilleMois> {
    let releve = Releve::of(ledger, budget, None);
    let year = releve.dernier_couvert()?;
    let mut chapitres: BTreeMap<String, [Centimes; 12]> = BTreeMap::new();
    let chart = plan(budget.plan);
    for ((sens, nature), years) in &releve.lignes {
        let Some(found) = years.get(&year).filter(|_| *sens == Sens::D) else { continue };
        let Some(line) = chart.imputation(year, nature, *sens, Ordre::Reel) else { continue };
        if line.section != Section::F {
            continue;
        }
        for key in [line.chapitre.to_owned(), String::new()] {
            let months = chapitres.entry(key).or_default();
            for (i, amount) in found.mois.iter().enumerate() {
                months[i.min(11)] += *amount;
            }
        }
    }
    let mut lignes = Vec::new();
    for (code, months) in chapitres {
        let total: Centimes = months.iter().copied().sum();
        if total.0 <= 0 {
            continue;
        }
        let name = if code.is_empty() {
            "Toutes les dépenses".to_owned()
        } else {
            format!("{code} {}", chart.libelle_chapitre(&code, year))
        };
        let share = |m: Centimes| tenth(m.euros() / total.euros() * 100.0);
        lignes.push(LigneMois { libelle: name, mois: months.map(|m| Some(share(m))) });
    }
    (lignes.len() > 1).then_some(GrilleMois { lignes, seuil: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapitre_is_summed_ranked_and_shared() {
        let amounts: Vec<i64> = (1..=200).map(|i| i * 100).collect();
        let found = line("011", "Charges", amounts, Centimes(4_020_000));
        assert_eq!((found.lignes, found.total), (200, Centimes(2_010_000)));
        assert_eq!((found.mediane, found.centile_99), (Centimes(10_000), Centimes(19_800)));
        assert_eq!(found.maximum, Centimes(20_000));
        assert!((found.part_pct - 50.0).abs() < 1e-9);
    }
}
