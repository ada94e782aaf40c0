#![doc = include_str!("seq02_number_repeat.md")]

use rustc_hash::FxHashMap;

use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::series::source_text;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, TextKey};

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
    let suppliers = &context.prepared.suppliers.of_row;
    for s in context.prepared.mandats(ledger) {
        for number in s.numbers() {
            examined += 1;
            if is_one_piece(ledger, suppliers, number) {
                continue;
            }
            let pieces = pieces(ledger, suppliers, number);
            if pieces.len() > 1 && !is_cancelled(&pieces) {
                let text = source_text(ledger, TextKey::Mandat, number);
                repeats.push((s.noun(), text, s.exercice, pieces));
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

/// Nearly every number: a single row, or rows of one day and supplier in a ledger without line numbers.
fn is_one_piece(ledger: &Ledger, suppliers: &[u32], number: &[(u32, u32)]) -> bool {
    let key = |r: u32| (suppliers[r as usize], ledger.day(r as usize));
    number.len() == 1
        || ledger.text(TextKey::Ligne).is_none()
            && number.windows(2).all(|w| key(w[0].1) == key(w[1].1))
}

/// Rows of one day and supplier: one piece, unless a line number comes back with another invoice.
fn lines_apart(ledger: &Ledger, rows: &[u32]) -> Vec<Vec<u32>> {
    let code = |key, r: u32| ledger.text(key).map_or(NO_TEXT, |c| c.codes[r as usize]);
    let mut pieces: Vec<Vec<u32>> = Vec::new();
    // The n-th invoice under a line number goes to the n-th piece: each row is placed without a search.
    let mut place: FxHashMap<(u32, u32), usize> = FxHashMap::default();
    let mut invoices: FxHashMap<u32, usize> = FxHashMap::default();
    for row in rows {
        let (line, invoice) = (code(TextKey::Ligne, *row), code(TextKey::Facture, *row));
        let at = if line == NO_TEXT {
            0
        } else {
            *place.entry((line, invoice)).or_insert_with(|| {
                let told = invoices.entry(line).or_insert(0);
                *told += 1;
                *told - 1
            })
        };
        match pieces.get_mut(at) {
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
