#![doc = include_str!("seq01_number_gap.md")]

use super::series::series;
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::mnt::words::count;
use crate::anomaly::detectors::{Context, Run};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;

const CODE: ControlCode = ControlCode::new(Family::Seq, 1);
/// Share of the range that must be present for a series to be judged.
const DENSITY: f64 = 0.9;
/// Numbers a series must have to be judged.
const LEAST: f64 = 20.0;

/// Runs the control.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let density = context.settings.get(CODE, "densite").unwrap_or(DENSITY);
    let least = context.settings.get(CODE, "minimum").unwrap_or(LEAST) as usize;
    let all = series(context.ledger);
    let judged: Vec<_> =
        all.iter().filter(|s| s.count() >= least && s.density() >= density).collect();
    if judged.is_empty() {
        return Outcome::not_done("suite trop lacunaire : ces fichiers sont des extraits");
    }
    let mut findings = Vec::new();
    let mut examined = 0;
    for s in judged {
        let numbers: Vec<_> = s.numbers().collect();
        examined += numbers.len();
        let gaps: Vec<_> = numbers.windows(2).filter(|w| w[1][0].0 > w[0][0].0 + 1).collect();
        for gap in &gaps {
            let (from, to) = (gap[0][0].0 + 1, gap[1][0].0 - 1);
            let edge = |rows: &[(u32, u32)]| {
                let mut rows: Vec<u32> = rows.iter().map(|r| r.1).collect();
                by_content(context.ledger, &mut rows);
                rows[0]
            };
            let noun = s.noun();
            let motif = if from == to {
                format!("Aucun {noun} ne porte le numéro {from} en {}.", s.exercice)
            } else {
                let missing = count(u64::from(to - from + 1));
                format!("{missing} numéros de {noun} manquent en {}, de {from} à {to}.", s.exercice)
            };
            let words = Words {
                motif,
                a_faire: "Retrouver la pièce : annulée, rejetée par le comptable, ou absente de l'export.",
            };
            let draft = Draft::new(CODE, vec![edge(gap[0]), edge(gap[1])], 0.0).level(
                "Rareté des trous dans cette suite",
                rarity(gaps.len(), numbers.len(), (-15.0, 20.0)),
                out_of(gaps.len(), numbers.len()),
            );
            findings.push(draft.finding(words, Centimes::ZERO, Priorite::Prioritaire));
        }
    }
    Outcome { run: Run::over(examined, ["numéro", "numéros"]), findings }
}
