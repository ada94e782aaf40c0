#![doc = include_str!("trs06_consecutive_numbers.md")]

use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity, total};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::anomaly::prepare::series::{Prefixes, split};
use crate::anomaly::{Finding, Priorite};
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{DateKey, NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Trs, 6);
/// Invoices that follow one another without a number lost.
const LEAST: f64 = 6.0;
/// Days over which they must spread.
const SPAN: i32 = 60;
/// Share of the invoices of the supplier that they must be.
const SHARE: f64 = 0.8;
/// Amount from which the only customer matters, centimes.
const SMALL: i64 = 300_000;

/// An invoice of a supplier: day, number, prefix (code of its text), row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bill {
    day: i32,
    number: u32,
    prefix: u32,
    row: u32,
}

/// Runs the control: one finding a supplier.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(column) = ledger.text(TextKey::Facture) else {
        return Outcome::not_done("sans facture");
    };
    let least = context.settings.get(CODE, "minimum").unwrap_or(LEAST) as usize;
    let mut prefixes = Prefixes::default();
    let parts: Vec<Option<(u32, u32)>> = column
        .dictionary
        .iter()
        .map(|text| {
            let (prefix, number) = split(text)?;
            Some((prefixes.id(prefix), number))
        })
        .collect();
    let issued = ledger.date(DateKey::Facture);
    let suppliers = &context.prepared.suppliers;
    let mut bills: Vec<(u32, Bill)> = Vec::new();
    let mut billing = vec![false; suppliers.len()];
    for row in 0..ledger.len() {
        let (code, supplier) = (column.codes[row], suppliers.of_row[row]);
        let day =
            issued.map(|c| c[row]).filter(|d| *d != NO_DAY).unwrap_or_else(|| ledger.day(row));
        let asked = ledger.sens[row] == Sens::D && ledger.montant[row] > 0 && day != NO_DAY;
        if !asked || code == NO_TEXT || supplier == NO_SUPPLIER {
            continue;
        }
        if let Some((prefix, number)) = parts[code as usize] {
            billing[supplier as usize] = true;
            if (suppliers.rows[supplier as usize] as usize) < least {
                continue;
            }
            bills.push((supplier, Bill { day, number, prefix, row: row as u32 }));
        }
    }
    bills.sort_unstable();
    let examined = (0..suppliers.len()).filter(|s| billing[*s] && !suppliers.pooled[*s]).count();
    let mut found = Vec::new();
    for group in bills.chunk_by(|a, b| a.0 == b.0) {
        if suppliers.pooled[group[0].0 as usize] {
            continue;
        }
        let bills: Vec<Bill> = group.iter().map(|b| b.1).collect();
        found.extend(chain(&bills, least));
    }
    let seen = found.len();
    let findings = found.into_iter().map(|f| finding(context, f, seen, examined)).collect();
    Outcome { run: Run::over(examined, ["fournisseur", "fournisseurs"]), findings }
}

/// Rows of the longest chain of numbers that follow one another, and how many invoices the supplier has.
fn chain(bills: &[Bill], least: usize) -> Option<(Vec<u32>, usize)> {
    // Several rows of one invoice are one number.
    let firsts: Vec<&[Bill]> =
        bills.chunk_by(|a, b| (a.prefix, a.number) == (b.prefix, b.number)).collect();
    let follows =
        |w: &[&[Bill]]| w[0][0].prefix == w[1][0].prefix && w[0][0].number + 1 == w[1][0].number;
    let (mut start, mut best) = (0, 0..0);
    for end in 0..firsts.len() {
        if end > 0 && !follows(&firsts[end - 1..=end]) {
            start = end;
        }
        if end + 1 - start > best.len() {
            best = start..end + 1;
        }
    }
    let inside = &firsts[best];
    let span = inside.last()?[0].day - inside.first()?[0].day;
    let alone = inside.len() as f64 >= SHARE * firsts.len() as f64;
    (inside.len() >= least && span >= SPAN && alone)
        .then(|| (inside.iter().map(|b| b[0].row).collect(), firsts.len()))
}

fn finding(
    context: &Context<'_>,
    (mut rows, all): (Vec<u32>, usize),
    seen: usize,
    examined: usize,
) -> Finding {
    let ledger = context.ledger;
    by_content(ledger, &mut rows);
    let number = |r: u32| ledger.text_at(TextKey::Facture, r as usize);
    let words = Words {
        motif: format!(
            "{} factures à numéros consécutifs, de {} à {} : la commune paraît seule cliente.",
            rows.len(),
            number(rows[0]),
            number(rows[rows.len() - 1])
        ),
        a_faire: "Vérifier l'activité du fournisseur, le service fait et le lien avec les prescripteurs.",
    };
    let enjeu = total(ledger, &rows);
    Draft::new(CODE, rows.clone(), -9.0)
        .level(
            "Numéros qui se suivent",
            2.0 * (rows.len() as f64).min(12.0),
            out_of(rows.len(), all),
        )
        .level(
            "Rareté de ces fournisseurs",
            rarity(seen, examined, (-12.0, 5.0)),
            out_of(seen, examined),
        )
        .when(enjeu.0 < SMALL, "Petit fournisseur", -8.0, "moins de 3 000 € en tout")
        .finding(words, enjeu, Priorite::Prioritaire)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill(day: i32, number: u32) -> Bill {
        Bill { day, number, prefix: 0, row: day as u32 }
    }

    #[test]
    fn a_chain_needs_length_span_and_share() {
        let of = |numbers: &[u32], step: i32| {
            let bills: Vec<Bill> =
                numbers.iter().enumerate().map(|(i, n)| bill(i as i32 * step, *n)).collect();
            chain(&bills, 6).map(|c| c.0.len())
        };
        assert_eq!(of(&[7, 8, 9, 10, 11, 12], 20), Some(6));
        assert_eq!(of(&[7, 8, 9, 10, 11, 12], 5), None, "one month");
        assert_eq!(of(&[7, 8, 9, 11, 12, 13], 20), None, "a number went elsewhere");
        assert_eq!(of(&[1, 5, 7, 8, 9, 10, 11, 12, 30, 34], 20), None, "a part only");
    }
}
