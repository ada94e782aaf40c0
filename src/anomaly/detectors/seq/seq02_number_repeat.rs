#![doc = include_str!("seq02_number_repeat.md")]

use super::series::series;
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Seq, 2);

/// The rows of one number that make one piece: same day, same supplier as written.
struct Piece {
    rows: Vec<u32>,
    supplier: u32,
    day: i32,
    sum: i64,
}

/// Runs the control.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let mut examined = 0;
    let mut repeats = Vec::new();
    for s in series(ledger, TextKey::Mandat) {
        for number in s.numbers() {
            examined += 1;
            let pieces = pieces(ledger, &context.prepared.suppliers.of_row, number);
            if pieces.len() > 1 && !is_cancelled(&pieces) {
                repeats.push((s.noun(), number[0].0, s.exercice, pieces));
            }
        }
    }
    let seen = repeats.len();
    let findings = repeats
        .into_iter()
        .map(|(noun, number, exercice, pieces)| {
            let other = pieces.windows(2).any(|w| w[0].supplier != w[1].supplier);
            let motif = if other {
                format!("Le {noun} {number} de {exercice} paie {} tiers différents.", pieces.len())
            } else {
                format!("Le {noun} {number} de {exercice} porte {} dates.", pieces.len())
            };
            let words = Words {
                motif,
                a_faire: "Rapprocher du bordereau : un numéro désigne une seule pièce.",
            };
            let enjeu = pieces.iter().skip(1).map(|p| Centimes(p.sum)).sum::<Centimes>().abs();
            let rows = pieces.iter().map(|p| p.rows[0]).collect();
            Draft::new(CODE, rows, 0.0)
                .level(
                    "Rareté des répétitions dans ces suites",
                    rarity(seen, examined, (-25.0, 20.0)),
                    out_of(seen, examined),
                )
                .when(other, "Tiers différents", 4.0, "sous un seul numéro")
                .finding(words, enjeu, Priorite::Prioritaire)
        })
        .collect();
    Outcome { run: Run::over(examined, ["numéro", "numéros"]), findings }
}

/// The pieces of one number, the earliest first.
fn pieces(ledger: &Ledger, suppliers: &[u32], number: &[(u32, u32)]) -> Vec<Piece> {
    let mut rows: Vec<u32> = number.iter().map(|n| n.1).collect();
    let key = |r: u32| (ledger.day(r as usize), suppliers[r as usize]);
    // Rows alike in day and supplier are told by their line, so that their order does not matter.
    rows.sort_by(|a, b| {
        key(*a).cmp(&key(*b)).then_with(|| {
            let line = |r: u32| {
                let r = r as usize;
                (ledger.montant[r], ledger.text_at(TextKey::Ligne, r))
            };
            line(*a).cmp(&line(*b)).then(a.cmp(b))
        })
    });
    rows.chunk_by(|a, b| key(*a) == key(*b))
        .flat_map(|same| lines_apart(ledger, same))
        .map(|same| Piece {
            supplier: suppliers[same[0] as usize],
            day: ledger.day(same[0] as usize),
            sum: same.iter().map(|r| ledger.montant[*r as usize]).sum(),
            rows: same,
        })
        .collect()
}

/// Rows of one day and supplier: one piece, unless a line number comes back with another invoice.
fn lines_apart(ledger: &Ledger, rows: &[u32]) -> Vec<Vec<u32>> {
    let mut pieces: Vec<Vec<u32>> = Vec::new();
    let line = |r: u32| ledger.text_at(TextKey::Ligne, r as usize);
    let invoice = |r: u32| ledger.text_at(TextKey::Facture, r as usize);
    for row in rows {
        let told =
            |p: &Vec<u32>| p.iter().any(|o| line(*o) == line(*row) && invoice(*o) != invoice(*row));
        let numbered = !line(*row).is_empty();
        match pieces.iter_mut().find(|p| !numbered || !told(p)) {
            Some(piece) => piece.push(*row),
            None => pieces.push(vec![*row]),
        }
    }
    pieces
}

/// A mandat cancelled or reduced under its own number: one supplier, a negative piece after a positive one.
fn is_cancelled(pieces: &[Piece]) -> bool {
    let one = pieces.windows(2).all(|w| w[0].supplier == w[1].supplier);
    one && pieces.windows(2).all(|w| w[0].day <= w[1].day)
        && pieces.iter().skip(1).all(|p| p.sum < 0)
}
