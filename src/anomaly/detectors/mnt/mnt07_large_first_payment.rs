#![doc = include_str!("mnt07_large_first_payment.md")]

use std::collections::BTreeMap;

use crate::anomaly::detectors::draft::content_order;
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};
use crate::stats::logkernel::BINS;

use super::rows::{Slot, runs};
use super::score::{Candidate, decibans, probability};
use super::words::{count, rows, short, weight};
use super::{Control, Params, Wording, amount_terms, code, total};

/// The control.
pub const CONTROL: Control = Control {
    code: code(7),
    titre: "premiers paiements élevés de nouveaux fournisseurs",
    page: include_str!("mnt07_large_first_payment.md"),
};

/// What to check.
const A_FAIRE: &str =
    "Contrôler l'existence du tiers, ses coordonnées bancaires et le service fait.";

/// Words of a finding.
pub(crate) fn wording(c: &Candidate) -> Wording {
    let motif = format!(
        "Premier paiement à ce nouveau fournisseur : {}, élevé pour ce compte ({} en tout).",
        short(c.slot.cents),
        rows(c.facts.rows)
    );
    Wording {
        code: CONTROL.code,
        motif,
        a_faire: A_FAIRE,
        terms: amount_terms(c, ("Montants du compte", rows(c.facts.rows))),
    }
}

/// Expected number of wrong first payments a new supplier.
const RATE: f64 = 2e-3;
/// Probability under which a first payment is not told.
const LEAST: f64 = 0.02;
/// Rows of a supplier that is still new.
const FEW_ROWS: usize = 3;
/// Rows of an account from which its amounts are a reference; under, those of the ledger are.
const REFERENCE: usize = 20;
/// Share of the wrong first payments that no order and no contract covers.
const UNCOVERED: f64 = 0.8;

/// First payments of new suppliers, weighed by their size and by what covers them.
pub(crate) fn detect(ledger: &Ledger, slots: &[Slot], params: &Params) -> Vec<Finding> {
    let day = |s: &Slot| ledger.day(s.row as usize);
    let Some(start) = slots.iter().map(day).filter(|d| *d > i32::MIN).min() else {
        return Vec::new();
    };
    let new_from = start.saturating_add(params.new_after_days);
    let mut by_account: Vec<(u32, u64)> = slots.iter().map(|s| (s.account, s.cents)).collect();
    by_account.sort_unstable();
    let mut amounts: Vec<u64> = slots.iter().map(|s| s.cents).collect();
    amounts.sort_unstable();
    let cover = Cover::read(ledger, slots);
    let serials = Serials::read(ledger, slots);
    let mut found = Vec::new();
    for range in runs(slots, |s| s.supplier) {
        let mine = &slots[range];
        if mine.len() > FEW_ROWS || mine.iter().any(|s| day(s) <= new_from) {
            continue;
        }
        let key = |s: &Slot| (day(s), std::cmp::Reverse(s.cents));
        let first = mine
            .iter()
            .min_by(|a, b| key(a).cmp(&key(b)).then_with(|| content_order(ledger, a.row, b.row)));
        let Some(own) = first.filter(|s| !s.negative && ledger.sens[s.row as usize] == Sens::D)
        else {
            continue;
        };
        let (above, of) = above(&by_account, &amounts, own);
        let tail = (above as f64 + 1.0) / (of as f64 + 1.0);
        // from a p-value to odds: Vovk and Wang, "E-values" (2021)
        let size = 0.5 / tail.sqrt();
        let covered = cover.as_ref().map_or(1.0, |c| c.odds(own));
        let number = serials.odds(own);
        let log_odds = (RATE * size * covered * number).ln();
        if probability(log_odds) >= LEAST {
            let terms = [RATE, size, covered, number].map(decibans);
            found.push(finding(own, mine.len() as u32, (above, of), (terms, log_odds)));
        }
    }
    found
}

/// Rows of other records at least as large, on the account or on the ledger, and how many there are.
fn above(by_account: &[(u32, u64)], amounts: &[u64], own: &Slot) -> (usize, usize) {
    let start = by_account.partition_point(|x| x.0 < own.account);
    let end = by_account.partition_point(|x| x.0 <= own.account);
    if own.account != NO_TEXT && end - start > REFERENCE {
        let at = by_account.partition_point(|x| *x < (own.account, own.cents));
        return (end - at - 1, end - start - 1);
    }
    let at = amounts.partition_point(|a| *a < own.cents);
    (amounts.len() - at - 1, amounts.len() - 1)
}

/// Rows, and uncovered rows, of each bin and above.
type Above = Vec<(f64, f64)>;

/// Which rows an order (`engagement`) or a contract (`marche`) covers, by size of amount.
struct Cover<'a> {
    ledger: &'a Ledger,
    /// By row.
    covered: Vec<bool>,
    /// By the first two characters of the account.
    by_class: BTreeMap<[u8; 2], Above>,
}

/// First two characters of the account of a row.
fn class(ledger: &Ledger, row: u32) -> [u8; 2] {
    let text = ledger.text_at(TextKey::Nature, row as usize).as_bytes();
    [text.first().copied().unwrap_or(0), text.get(1).copied().unwrap_or(0)]
}

fn has_invoice(ledger: &Ledger, row: u32) -> bool {
    ledger.text(TextKey::Facture).is_some_and(|c| c.codes[row as usize] != NO_TEXT)
}

impl<'a> Cover<'a> {
    fn read(ledger: &'a Ledger, slots: &[Slot]) -> Option<Self> {
        let columns = [ledger.text(TextKey::Engagement), ledger.text(TextKey::Marche)];
        if columns.iter().all(Option::is_none) {
            return None;
        }
        let covered: Vec<bool> = (0..ledger.len())
            .map(|r| columns.iter().flatten().any(|c| c.codes[r] != NO_TEXT))
            .collect();
        let billed = slots.iter().any(|s| has_invoice(ledger, s.row));
        let mut by_class: BTreeMap<[u8; 2], Above> = BTreeMap::new();
        // grants and instalments of loans need neither: invoices are compared with invoices
        for s in slots.iter().filter(|s| !billed || has_invoice(ledger, s.row)) {
            let above =
                by_class.entry(class(ledger, s.row)).or_insert_with(|| vec![(0.0, 0.0); BINS]);
            above[usize::from(s.bin)].0 += 1.0;
            above[usize::from(s.bin)].1 += f64::from(u8::from(!covered[s.row as usize]));
        }
        for above in by_class.values_mut() {
            for i in (0..BINS - 1).rev() {
                above[i].0 += above[i + 1].0;
                above[i].1 += above[i + 1].1;
            }
        }
        Some(Self { ledger, covered, by_class })
    }

    /// Odds from the cover of a row, among the other rows of its class of at least a third of its
    /// amount.
    fn odds(&self, own: &Slot) -> f64 {
        let above = self.by_class.get(&class(self.ledger, own.row));
        let (rows, bare) = above.map_or((1.0, 1.0), |a| a[usize::from(own.bin).saturating_sub(24)]);
        let covered = self.covered[own.row as usize];
        let others = rows - 1.0;
        let bare = bare - f64::from(u8::from(!covered));
        // half of four rows uncovered, before reading
        let share = (bare + 2.0) / (others + 4.0);
        if covered { (1.0 - UNCOVERED) / (1.0 - share) } else { UNCOVERED / share }
    }
}

/// Share of the wrong first payments whose invoice is among the first of its series: an outfit without
/// other customers.
const EARLY: f64 = 0.3;
/// Largest number of an invoice among the first of its series.
const FIRST_NUMBERS: u64 = 3;

/// How many invoices of the ledger are among the first of a series.
struct Serials<'a> {
    codes: Option<&'a [u32]>,
    /// By code of an invoice number, see [`early`].
    early_of: Vec<Option<bool>>,
    early: f64,
    rows: f64,
}

impl<'a> Serials<'a> {
    fn read(ledger: &'a Ledger, slots: &[Slot]) -> Self {
        let column = ledger.text(TextKey::Facture);
        let early_of = column.map_or_else(Vec::new, |c| c.dictionary.iter().map(early).collect());
        let codes = column.map(|c| c.codes.as_slice());
        let mut serials = Self { codes, early_of, early: 0.0, rows: 0.0 };
        for slot in slots {
            if let Some(early) = serials.of(slot) {
                serials.early += f64::from(u8::from(early));
                serials.rows += 1.0;
            }
        }
        serials
    }

    fn of(&self, slot: &Slot) -> Option<bool> {
        let code = self.codes?[slot.row as usize];
        self.early_of.get(code as usize).copied().flatten()
    }

    fn odds(&self, own: &Slot) -> f64 {
        // one in twenty before reading
        let share = (self.early + 1.0) / (self.rows + 20.0);
        match self.of(own) {
            Some(true) => (EARLY / share).max(1.0),
            Some(false) => (1.0 - EARLY) / (1.0 - share),
            None => 1.0,
        }
    }
}

/// Whether an invoice number ends in a first number; `None` without a number.
fn early(text: &str) -> Option<bool> {
    let digits = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[text.len() - digits..].parse().ok()?;
    Some((1..=FIRST_NUMBERS).contains(&number))
}

fn finding(
    own: &Slot,
    of_supplier: u32,
    (above, of): (usize, usize),
    (terms, log_odds): ([f64; 4], f64),
) -> Finding {
    let names = [
        ("Rareté de ce type d'erreur", "taux attendu avant lecture".to_owned()),
        (
            "Montant du premier paiement",
            format!("{} montants plus élevés sur {}", count(above as u64), count(of as u64)),
        ),
        ("Engagement ou marché", "part des montants comparables sans l'un ni l'autre".to_owned()),
        ("Numéro de facture : début d'une série ou non", String::new()),
    ];
    let mut finding = Finding {
        code: CONTROL.code,
        rows: vec![own.row],
        indice: 0.0,
        probabilite: probability(log_odds),
        priorite: Priorite::Information,
        enjeu: Centimes(i64::try_from(own.cents).unwrap_or(i64::MAX)),
        motif: format!(
            "Premier paiement de ce nouveau fournisseur : {} ({} en tout).",
            short(own.cents),
            rows(of_supplier)
        ),
        a_faire: A_FAIRE.into(),
        evidence: names
            .into_iter()
            .zip(terms)
            .map(|((niveau, valeurs), t)| Evidence {
                niveau: niveau.into(),
                poids: weight(t),
                valeurs,
            })
            .filter(|e| e.poids.abs() > 0.0)
            .collect(),
    };
    total(&mut finding);
    finding
}
