#![doc = include_str!("mnt02_expected_amount.md")]

use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;

use super::kinds::Kind;
use super::periodic::{Departure, Schedule};
use super::score::{Candidate, decibans, probability};
use super::words::{count, opening, rows, short, signed, weight};
use super::{Control, Wording, amount_terms, code, total};

/// The control.
pub const CONTROL: Control = Control {
    code: code(2),
    titre: "montants différents du montant attendu",
    page: include_str!("mnt02_expected_amount.md"),
};

/// Rows from which a usual amount can be expected.
const LEAST_ROWS: u32 = 6;

/// True when most rows of the supplier hold one amount, which is not this one.
pub(crate) fn is_expected(c: &Candidate) -> bool {
    let most = |(amount, n): (u64, u32)| {
        amount != c.slot.cents && f64::from(n) >= 0.6 * f64::from(c.facts.rows)
    };
    c.facts.rows >= LEAST_ROWS && c.facts.mode.is_some_and(most)
}

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let f = &c.facts;
    let here = opening(&c.slot);
    let swapped = f.suspected.filter(|_| c.kind == Kind::Digits);
    let motif = if let Some(meant) = swapped {
        format!(
            "{here} au lieu de {} ? Deux chiffres voisins inversés d'un montant habituel ({}).",
            signed(&c.slot, meant),
            rows(f.rows)
        )
    } else {
        let (usual, n) = f.mode.unwrap_or((f.median, f.rows));
        format!(
            "{here} au lieu de {}, payé {n} fois sur {} lignes.",
            signed(&c.slot, usual),
            f.rows
        )
    };
    let last = match swapped {
        Some(meant) => ("Montant habituel à deux chiffres près", short(meant)),
        None => ("Montants déjà payés", rows(f.rows)),
    };
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: "Rapprocher du contrat ou de l'échéancier, puis de la facture.",
        terms: amount_terms(c, last),
    }
}

/// Expected number of wrong amounts a regular payment.
const RATE: f64 = 1e-3;
/// Probability under which a departure is not told.
const LEAST: f64 = 0.01;

/// Share of the errors that keep the words of the schedule, and of the honest departures: a deposit, a
/// period cut short or a settlement says so.
const SAME_WORDS: (f64, f64) = (0.95, 0.25);
/// Errors that a ledger may hold beyond those expected before departures are held for honest.
const SPARE: f64 = 8.0;

/// Departures from regular payments, weighed by how often this ledger departs.
pub(crate) fn departures(schedule: &Schedule) -> Vec<Finding> {
    let odds = [0, 1].map(|side: usize| {
        let mine = |d: &&Departure| d.slot.supplier as usize % 2 == side;
        let mine: Vec<&Departure> = schedule.departures.iter().filter(mine).collect();
        let regular = schedule.regular[side] as f64;
        [None, Some(false), Some(true)].map(|words| log_odds(&mine, regular, words))
    });
    let of = |d: &Departure| {
        odds[d.slot.supplier as usize % 2][d.same_words.map_or(0, |same| 1 + usize::from(same))]
    };
    schedule
        .departures
        .iter()
        .filter(|d| probability(of(d) + size_odds(d)) >= LEAST)
        .map(|d| departure(d, schedule.regular[d.slot.supplier as usize % 2], of(d)))
        .collect()
}

/// Natural log-odds of a departure of this kind of words, size apart.
fn log_odds(departures: &[&Departure], regular: f64, words: Option<bool>) -> f64 {
    let of =
        |words: Option<bool>| departures.iter().filter(|d| d.same_words == words).count() as f64;
    let pseudo = regular + 500.0;
    let (error, honest) = SAME_WORDS;
    match words {
        None => {
            let natural = (of(None) - RATE * regular).max(0.0);
            (RATE / ((natural + 1.0) / pseudo).min(1.0)).ln()
        }
        Some(false) => {
            let chance = (of(words) + 1.0 - honest) / pseudo;
            (RATE * (1.0 - error) / chance.min(1.0)).ln()
        }
        Some(true) => {
            let told = of(Some(false)) * honest / (1.0 - honest);
            let natural = told.max(of(words) - RATE * regular - SPARE);
            (RATE * error / ((natural + honest) / pseudo).min(1.0)).ln()
        }
    }
}

/// Natural log-odds from the size: a period cut short bills less, a revision a little more.
fn size_odds(d: &Departure) -> f64 {
    let ratio = d.slot.cents as f64 / d.usual as f64;
    let odds: f64 = match d.same_words {
        None => 1.0,
        _ if ratio >= 1.25 => 2.5,
        _ if (0.9..1.1).contains(&ratio) => 0.4,
        _ => 0.8,
    };
    odds.ln()
}

fn departure(d: &Departure, regular: u64, schedule_odds: f64) -> Finding {
    let size = size_odds(d);
    let log_odds = schedule_odds + size;
    let db = |natural: f64| natural * 10.0 / std::f64::consts::LN_10;
    let prior = weight(decibans(RATE));
    let gap = d.slot.cents.abs_diff(d.usual);
    let mut finding = Finding {
        code: CONTROL.code,
        rows: vec![d.slot.row],
        indice: 0.0,
        probabilite: probability(log_odds),
        priorite: Priorite::Information,
        enjeu: Centimes(i64::try_from(gap).unwrap_or(i64::MAX)),
        motif: format!(
            "{} au lieu de {}, payé {} fois avant et après à échéance régulière.",
            short(d.slot.cents),
            short(d.usual),
            d.around
        ),
        a_faire: "Rapprocher du contrat ou de l'échéancier, puis de la facture.".into(),
        evidence: vec![
            Evidence {
                niveau: "Rareté de ce type d'erreur".into(),
                poids: prior,
                valeurs: "taux attendu avant lecture".into(),
            },
            Evidence {
                niveau: "Écart isolé dans une échéance régulière, libellé compris".into(),
                poids: weight(db(schedule_odds) - prior),
                valeurs: format!("{} paiements réguliers dans le fichier", count(regular)),
            },
        ],
    };
    let size = weight(db(size));
    if size.abs() > 0.0 {
        let valeurs = format!("{} au lieu de {}", short(d.slot.cents), short(d.usual));
        let niveau = "Sens et taille de l'écart".into();
        finding.evidence.push(Evidence { niveau, poids: size, valeurs });
    }
    total(&mut finding);
    finding
}
