#![doc = include_str!("cal02_late_payment.md")]

use std::collections::BTreeMap;

use super::{objects_saying, says};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::mnt::words::euros;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::domain::baremes::en_vigueur;
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{DateKey, Ledger, NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Cal, 2);

/// An invoice paid late.
struct Late {
    /// Lines of the invoice, the first in the file leading.
    rows: Vec<u32>,
    /// False when the delay runs from the date of the invoice, that of receipt being unknown.
    receipt: bool,
    /// Days from receipt to payment, then days over the delay.
    days: i32,
    over: i32,
    /// Days from receipt to the mandat, when its date lies between the two.
    ordering: Option<i32>,
    /// Interest and flat indemnity; `None` when the rate of that half-year is not in the table.
    due: Option<Centimes>,
    suspended: bool,
}

/// Runs the control: one finding a supplier, and one for its invoices whose delay was suspended.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let dates = [ledger.date(DateKey::Reception), ledger.date(DateKey::Facture)];
    let Some(paid) = ledger.date(DateKey::Paiement).filter(|_| dates.iter().any(Option::is_some))
    else {
        return Outcome::not_done("ni date de réception ni date de facture");
    };
    let ordered = ledger.date(DateKey::Mandat);
    let suspended = objects_saying(ledger, &["SUSPENDU", "SUSPENSION DU DELAI", "DELAI SUSPENDU"]);
    let bills = bills(context, paid, dates);
    let mut late: BTreeMap<u32, Vec<Late>> = BTreeMap::new();
    let mut examined = 0;
    for ((_, from, to), (rows, amount, receipt)) in bills {
        let Some(delay) = en_vigueur("delai_paiement", to) else { continue };
        let delay = context.settings.get(CODE, "jours").unwrap_or(delay.valeur) as i32;
        // More than two years is a typing slip of a date, not a delay.
        if !(0..=731).contains(&(to - from)) {
            continue;
        }
        examined += 1;
        let over = to - from - delay;
        if over > 0 {
            let row = rows[0] as usize;
            late.entry(context.prepared.suppliers.of_row[row]).or_default().push(Late {
                receipt,
                days: to - from,
                over,
                ordering: ordered
                    .map(|c| c[row])
                    .filter(|m| (from..=to).contains(m))
                    .map(|m| m - from),
                due: interest(amount, from + delay, to),
                suspended: rows.iter().any(|r| says(ledger, &suspended, *r as usize)),
                rows,
            });
        }
    }
    if examined == 0 {
        return Outcome::not_done("aucune facture avec réception et paiement datés");
    }
    let findings = by_supplier(ledger, late, examined);
    Outcome { run: Run::over(examined, ["facture", "factures"]), findings }
}

/// Lines, amount and whether the receipt is known, of each invoice, day the delay starts and day it was paid:
/// the delay and the flat indemnity are those of an invoice, not of its lines.
type Bills = BTreeMap<(u32, i32, i32), (Vec<u32>, i64, bool)>;

/// The invoices paid; the delay of a line without receipt runs from the date of its invoice.
fn bills(context: &Context<'_>, paid: &[i32], dates: [Option<&[i32]>; 2]) -> Bills {
    let ledger = context.ledger;
    let invoiced = ledger.text(TextKey::Facture);
    let known = |which: usize, row: usize| dates[which].map(|c| c[row]).filter(|d| *d != NO_DAY);
    let mut bills = Bills::new();
    for (row, to) in paid.iter().copied().enumerate() {
        let receipt = known(0, row);
        let invoice = invoiced.is_none_or(|c| c.codes[row] != NO_TEXT);
        let Some(from) = receipt.or_else(|| known(1, row)) else { continue };
        if ledger.sens[row] != Sens::D || ledger.montant[row] <= 0 || !invoice || to == NO_DAY {
            continue;
        }
        let key = (context.prepared.invoices.of_row[row], from, to);
        let bill = bills.entry(key).or_insert((Vec::new(), 0, true));
        bill.0.push(row as u32);
        bill.1 += ledger.montant[row];
        bill.2 &= receipt.is_some();
    }
    bills
}

/// One finding a supplier, and one for its invoices whose delay was suspended.
fn by_supplier(
    ledger: &Ledger,
    late: BTreeMap<u32, Vec<Late>>,
    examined: usize,
) -> Vec<crate::anomaly::Finding> {
    let seen: usize = late.values().map(Vec::len).sum();
    late.into_iter()
        .flat_map(|(supplier, all)| {
            // Rows without a supplier have nothing in common: one finding each.
            if supplier == NO_SUPPLIER {
                return all.into_iter().map(|l| vec![l]).collect();
            }
            let (said, not): (Vec<Late>, Vec<Late>) = all.into_iter().partition(|l| l.suspended);
            vec![not, said]
        })
        .filter(|all: &Vec<Late>| !all.is_empty())
        .map(|mut all| {
            all.sort_by(|a, b| b.over.cmp(&a.over).then(a.rows.cmp(&b.rows)));
            finding(ledger, &all, seen, examined)
        })
        .collect()
}

/// Interest on `amount` from the day after `due` to `paid`, at the rate of the half-year in which it
/// starts (R.2192-32), and the flat indemnity (D.2192-35).
fn interest(amount: i64, due: i32, paid: i32) -> Option<Centimes> {
    let rate = en_vigueur("interets_moratoires", due + 1)?.valeur;
    let flat = en_vigueur("indemnite_recouvrement", paid)?.centimes();
    let interest = amount as f64 * rate / 100.0 * f64::from(paid - due) / 365.0;
    Some(Centimes(interest.round() as i64) + flat)
}

/// The two phases of a delay: until the mandat (ordonnateur), then until the payment (comptable).
fn phases(late: &Late) -> String {
    late.ordering.map_or_else(String::new, |o| {
        format!(" ; ordonnateur {o} jours, comptable {} jours", late.days - o)
    })
}

fn finding(ledger: &Ledger, all: &[Late], seen: usize, examined: usize) -> crate::anomaly::Finding {
    let worst = &all[0];
    let due: Option<Centimes> = all.iter().map(|l| l.due).sum::<Option<Centimes>>();
    let due_words = match due {
        Some(m) => format!("{} dus", euros(m.0.unsigned_abs())),
        None => "intérêts non évalués".to_owned(),
    };
    let motif = if all.len() == 1 {
        let from = if worst.receipt { "réception" } else { "la date de facture" };
        format!("Facture payée {} jours après {from} : {due_words}.", worst.days)
    } else {
        format!(
            "{} factures payées en retard, la pire après {} jours : {due_words}.",
            all.len(),
            worst.days
        )
    };
    let words = Words {
        motif,
        a_faire: "Vérifier réception et suspension ; verser intérêts et indemnité s'ils sont dus.",
    };
    // The delay runs from a receipt that nobody wrote: to be read first.
    let told = all.iter().any(|l| l.receipt);
    let cap = if told { Priorite::Prioritaire } else { Priorite::AVerifier };
    let mut rows: Vec<u32> = all.iter().flat_map(|l| l.rows.iter().copied()).collect();
    by_content(ledger, &mut rows);
    Draft::new(CODE, rows, -14.0)
        .level(
            "Jours au-delà du délai",
            15.0 * f64::from(worst.over + 1).log10(),
            format!("{} jours{}", worst.over, phases(worst)),
        )
        .level("Rareté des retards", rarity(seen, examined, (-20.0, 6.0)), out_of(seen, examined))
        .when(all.len() > 2, "Retards répétés", 3.0, "même fournisseur")
        .when(!worst.receipt, "Réception inconnue", -4.0, "délai compté de la date de facture")
        .when(worst.suspended, "Suspension écrite", -25.0, "lue dans l'objet")
        .finding(words, due.unwrap_or(Centimes::ZERO), cap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::day_number;
    use jiff::civil::date;

    /// By hand: 10 000 € due on 31 March 2025, paid on 30 April: 30 days at 11.15 % = 91.64 €, plus 40 €.
    #[test]
    fn interest_by_hand() {
        let due = day_number(date(2025, 3, 31));
        assert_eq!(interest(1_000_000, due, due + 30), Some(Centimes(9_164 + 4_000)));
        // The rate is that of the half-year in which interest starts: 1 July 2025, 10.15 %.
        let june = day_number(date(2025, 6, 30));
        assert_eq!(interest(1_000_000, june, june + 30), Some(Centimes(8_342 + 4_000)));
        let beyond = day_number(date(2026, 8, 1));
        assert_eq!(interest(1_000_000, beyond, beyond + 30), None);
    }
}
