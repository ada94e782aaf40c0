//! `RetourFrame`: what the comptable says of pieces already sent: taken in charge, paid, refused.
//!
//! | filled by | read by |
//! |---|---|
//! | `ingest::pes` (PES Retour) | `app`, to date the rows of the ledger |
//!
//! **Invariant:** it adds no row and changes no amount: it fills dates that are absent.

use rustc_hash::FxHashMap;

use crate::domain::calendar::NO_DAY;
use crate::frames::ledger::{DateKey, Ledger, Sens, TextKey};
use crate::frames::open_table::TableLue;

/// A piece as the comptable returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceRetour {
    /// Code of the budget.
    pub budget: String,
    /// Budget year, 0 when unknown.
    pub exercice: u16,
    /// Dépense or recette.
    pub sens: Sens,
    /// Of a bordereau or of a piece of cancellation.
    pub annulation: bool,
    /// Number of the bordereau.
    pub bordereau: String,
    /// Number of the mandat or titre.
    pub piece: String,
    /// Day it was taken in charge, `NO_DAY` when absent.
    pub prise_en_charge: i32,
    /// Day it was paid, `NO_DAY` when absent.
    pub paiement: i32,
    /// Code of its state, empty when absent.
    pub etat: String,
    /// `chemin#n`.
    pub provenance: String,
}

impl Default for PieceRetour {
    fn default() -> Self {
        Self {
            budget: String::new(),
            exercice: 0,
            sens: Sens::D,
            annulation: false,
            bordereau: String::new(),
            piece: String::new(),
            prise_en_charge: NO_DAY,
            paiement: NO_DAY,
            etat: String::new(),
            provenance: String::new(),
        }
    }
}

/// The returned pieces, in the order of their sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetourFrame {
    /// One row a piece of a file.
    pub pieces: Vec<PieceRetour>,
    /// Counts of each file: pieces, or elements acknowledged.
    pub lues: Vec<TableLue>,
}

/// Exercice, sens, cancellation, bordereau, piece.
type Cle<'a> = (u16, Sens, bool, &'a str, &'a str);

impl RetourFrame {
    /// Writes the days of payment on the rows that have none; gives the number of pieces found.
    pub fn date(&self, ledger: &mut Ledger) -> usize {
        let mut paid: FxHashMap<Cle<'_>, (i32, usize)> = FxHashMap::default();
        for piece in self.pieces.iter().filter(|p| p.paiement != NO_DAY && !p.piece.is_empty()) {
            let bordereau = number(&piece.bordereau);
            let key =
                (piece.exercice, piece.sens, piece.annulation, bordereau, number(&piece.piece));
            let rank = paid.len();
            let entry = paid.entry(key).or_insert((piece.paiement, rank));
            entry.0 = entry.0.max(piece.paiement);
        }
        if paid.is_empty() {
            return 0;
        }
        let mut used = vec![false; paid.len()];
        let rows = ledger.len();
        let mut days =
            ledger.dates[DateKey::Paiement as usize].take().unwrap_or(vec![NO_DAY; rows]);
        for (row, day) in days.iter_mut().enumerate() {
            let mandat = ledger.text_at(TextKey::Mandat, row);
            if *day != NO_DAY || mandat.is_empty() {
                continue;
            }
            let key = (
                ledger.exercice[row],
                ledger.sens[row],
                ledger.montant[row] < 0,
                number(ledger.text_at(TextKey::Bordereau, row)),
                number(mandat),
            );
            if let Some((paiement, rank)) = paid.get(&key) {
                *day = *paiement;
                used[*rank] = true;
            }
        }
        ledger.dates[DateKey::Paiement as usize] = Some(days);
        used.iter().filter(|used| **used).count()
    }
}

/// A number without the zeros before it: `0000832` is `832`.
fn number(text: &str) -> &str {
    let short = text.trim().trim_start_matches('0');
    if short.is_empty() { text.trim() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger_builder::{LedgerBuilder, LedgerRow};

    #[test]
    fn a_return_dates_the_rows_of_its_piece() {
        let mut builder = LedgerBuilder::default();
        builder.source("a.csv");
        for (mandat, montant) in [("0832", 100), ("832", -100), ("833", 5)] {
            let mut row = LedgerRow { exercice: 2025, montant, ..LedgerRow::empty() };
            row.texts[TextKey::Mandat as usize] = mandat.as_bytes();
            row.texts[TextKey::Bordereau as usize] = b"7";
            builder.push(&row);
        }
        let mut ledger = builder.finish();
        let piece = PieceRetour {
            exercice: 2025,
            bordereau: "0000007".into(),
            piece: "832".into(),
            paiement: 20_000,
            ..PieceRetour::default()
        };
        let frame = RetourFrame { pieces: vec![piece], ..RetourFrame::default() };
        assert_eq!(frame.date(&mut ledger), 1);
        assert_eq!(ledger.date(DateKey::Paiement), Some(&[20_000, NO_DAY, NO_DAY][..]));
    }
}
