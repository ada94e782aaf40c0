#![doc = include_str!("seq04_date_order.md")]

use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{
    Draft, Outcome, Words, by_content, day_text, out_of, rarity, total,
};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::series::{Series, source_text};
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{DateKey, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Seq, 4);
/// Days out of place from which a date is told.
const APART: f64 = 15.0;
/// Numbers before and after that tell where a date should stand.
const AROUND: usize = 5;
/// Share of the range that must be present, and numbers a series must have.
const JUDGED: (f64, usize) = (0.9, 20);
/// Share of the numbers of a series out of place, and how many of them, from which its numbers do not follow
/// its dates: they are given otherwise.
const DISORDER: (f64, usize) = (0.05, 5);

/// A number, its only day, its entries in the series.
#[derive(Clone, Copy)]
struct Numbered<'a> {
    day: i32,
    entries: &'a [(u32, u32)],
}

/// A number out of place: those that follow or precede it are dated `other`, as a rule.
struct Misplaced<'a> {
    series: &'a Series,
    piece: Numbered<'a>,
    other: i32,
    /// The numbers just before and just after.
    beside: [Option<Numbered<'a>>; 2],
}

/// Runs the control.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(days) = ledger.date(DateKey::Mandat) else { return Outcome::not_done("sans date") };
    let apart = context.settings.get(CODE, "jours").unwrap_or(APART) as i32;
    let all = context.prepared.mandats(ledger);
    let (mut found, mut examined, mut disorder) = (Vec::new(), 0, (0, 0));
    for s in all.iter().filter(|s| s.density() >= JUDGED.0 && s.count() >= JUDGED.1) {
        let pieces: Vec<Numbered<'_>> =
            s.numbers().filter_map(|n| one_day(days, &ledger.montant, n)).collect();
        let dates: Vec<i32> = pieces.iter().map(|p| p.day).collect();
        let mine: Vec<Misplaced<'_>> = (0..pieces.len())
            .rev()
            .filter_map(|at| {
                let other = out_of_place(&dates, at, apart)?;
                let before = at.checked_sub(1).map(|b| pieces[b]);
                let beside = [before, pieces.get(at + 1).copied()];
                Some(Misplaced { series: s, piece: pieces[at], other, beside })
            })
            .collect();
        if mine.len() >= DISORDER.1 && mine.len() as f64 > DISORDER.0 * pieces.len() as f64 {
            disorder = (disorder.0 + mine.len(), disorder.1 + pieces.len());
            continue;
        }
        examined += pieces.len();
        found.extend(mine);
    }
    if examined == 0 && disorder.1 > 0 {
        let share = (100.0 * disorder.0 as f64 / disorder.1 as f64).round();
        return Outcome::not_done(format!(
            "{share}\u{a0}% des numéros portent une date hors de leur place : les numéros ne suivent pas les dates"
        ));
    }
    if examined == 0 {
        return Outcome::not_done("suite trop lacunaire : ces fichiers sont des extraits");
    }
    let seen = found.len();
    let findings = found.iter().map(|m| finding(context, m, seen, examined)).collect();
    Outcome { run: Run::over(examined, ["numéro", "numéros"]), findings }
}

/// The day of a number, when its positive rows have one only.
fn one_day<'a>(days: &[i32], amounts: &[i64], entries: &'a [(u32, u32)]) -> Option<Numbered<'a>> {
    let mut paid = entries.iter().map(|n| n.1 as usize).filter(|r| amounts[*r] > 0);
    let day = days[paid.next()?];
    let alone = day != NO_DAY && paid.all(|r| days[r] == day);
    alone.then_some(Numbered { day, entries })
}

/// The day that surrounds a date which comes after those that follow it, or before those it follows.
fn out_of_place(dates: &[i32], at: usize, apart: i32) -> Option<i32> {
    let day = dates[at];
    let before = &dates[at.saturating_sub(AROUND)..at];
    let after = &dates[at + 1..(at + 1 + AROUND).min(dates.len())];
    // Nearly every date: no neighbour is far enough, so no median is.
    let far = after.iter().any(|d| day - d > apart) || before.iter().any(|d| d - day > apart);
    if !far {
        return None;
    }
    let median = |part: &[i32]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        (part.len() >= 3).then(|| part[part.len() / 2])
    };
    let ahead = median(after).filter(|d| day - d > apart);
    ahead.or_else(|| median(before).filter(|d| d - day > apart))
}

fn finding(
    context: &Context<'_>,
    m: &Misplaced<'_>,
    seen: usize,
    examined: usize,
) -> crate::anomaly::Finding {
    let ledger = context.ledger;
    let Misplaced { series, piece, other, beside } = *m;
    let told = |p: Numbered<'_>| {
        let number = source_text(ledger, TextKey::Mandat, p.entries);
        format!("{number} du {}", day_text(p.day))
    };
    let mut rows: Vec<u32> =
        piece.entries.iter().map(|e| e.1).filter(|r| ledger.montant[*r as usize] > 0).collect();
    by_content(ledger, &mut rows);
    let days = (piece.day - other).abs();
    let around = match beside.map(|b| b.map(told)) {
        [Some(before), Some(after)] => format!("précédé du {before} et suivi du {after}"),
        [Some(before), None] => format!("précédé du {before}"),
        [None, Some(after)] => format!("suivi du {after}"),
        [None, None] => "seul de sa suite".to_owned(),
    };
    let words = Words {
        motif: format!("Le {} {} est {around}.", series.noun(), told(piece)),
        a_faire: "Vérifier la date sur le bordereau signé ; corriger la saisie si elle diffère.",
    };
    let enjeu = total(ledger, &rows).abs();
    Draft::new(CODE, rows, 0.0)
        .level(
            "Jours d'écart",
            6.0 * (f64::from(days) / APART).log2().clamp(-1.0, 2.0),
            format!("{days} jours ; cinq numéros voisins datés du {} (médiane)", day_text(other)),
        )
        .level("Rareté de ces dates", rarity(seen, examined, (-25.0, 15.0)), out_of(seen, examined))
        .finding(words, enjeu, Priorite::Prioritaire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_is_no_disorder_and_a_late_date_is() {
        let mut dates: Vec<i32> = (0..12).map(|n| n / 3).collect();
        dates.extend((0..12).map(|n| 40 + n / 3));
        assert!((0..dates.len()).all(|at| out_of_place(&dates, at, 15).is_none()));
        dates[8] = 30;
        let told: Vec<usize> =
            (0..dates.len()).filter(|at| out_of_place(&dates, *at, 15).is_some()).collect();
        assert_eq!(told, [8]);
        assert_eq!(out_of_place(&[1, 2, 3, 60], 3, 15), None, "the end of a series may jump");
    }
}
