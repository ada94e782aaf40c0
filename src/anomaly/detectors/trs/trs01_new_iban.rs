#![doc = include_str!("trs01_new_iban.md")]

use super::{normal_iban, tail};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::domain::calendar::NO_DAY;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Trs, 1);
/// Payments on the former account that make a habit.
const HISTORY: f64 = 3.0;
/// A change is isolated when the new account serves this many days of payment at most.
const ISOLATED: usize = 2;

/// A payment of a supplier: day, account, row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Payment {
    day: i32,
    iban: u32,
    cents: i64,
    row: u32,
}

/// A change of account.
struct Change {
    rows: Vec<u32>,
    before: usize,
    after: usize,
    /// Largest payment on the new account over the usual one.
    ratio: f64,
    foreign: bool,
    checked: bool,
    accounts: usize,
    tails: (String, String),
}

/// Runs the control.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(column) = ledger.text(TextKey::Iban) else { return Outcome::not_done("sans IBAN") };
    let least = context.settings.get(CODE, "historique").unwrap_or(HISTORY) as usize;
    let checked = objects_saying(ledger, &["RIB VERIFIE", "NOUVEAU RIB", "CHANGEMENT DE RIB"]);
    let normal: Vec<String> = column.dictionary.iter().map(normal_iban).collect();
    // Spellings of one account are one account: the first code that writes it.
    let mut first = rustc_hash::FxHashMap::default();
    let same: Vec<u32> = normal
        .iter()
        .enumerate()
        .map(|(code, text)| *first.entry(text.as_str()).or_insert(code as u32))
        .collect();
    let mut by_supplier: Vec<(u32, Payment)> = (0..ledger.len())
        .filter(|row| ledger.sens[*row] == Sens::D && ledger.montant[*row] > 0)
        .filter_map(|row| {
            let code = column.codes[row];
            let supplier = context.prepared.suppliers.of_row[row];
            let day = ledger.day(row);
            let known = code != NO_TEXT && supplier != NO_SUPPLIER && day != NO_DAY;
            let known = known && !normal[code as usize].is_empty();
            known.then(|| {
                let iban = same[code as usize];
                (supplier, Payment { day, iban, cents: ledger.montant[row], row: row as u32 })
            })
        })
        .collect();
    by_supplier.sort_unstable();
    let mut changes = Vec::new();
    let mut examined = 0;
    for payments in by_supplier.chunk_by(|a, b| a.0 == b.0) {
        if context.prepared.suppliers.pooled[payments[0].0 as usize] {
            continue;
        }
        examined += 1;
        let payments: Vec<Payment> = payments.iter().map(|p| p.1).collect();
        changes.extend(isolated(ledger, &payments, &normal, &checked, least));
    }
    let seen = changes.len();
    let findings = changes.iter().map(|c| finding(ledger, c, seen, examined)).collect();
    Outcome { run: Run::over(examined, ["fournisseur", "fournisseurs"]), findings }
}

/// The accounts of one supplier that served once or twice among payments on another one.
fn isolated(
    ledger: &Ledger,
    payments: &[Payment],
    normal: &[String],
    checked: &[bool],
    least: usize,
) -> Vec<Change> {
    // One run of payments an account, by day: a supplier may have thousands of them.
    let mut by_iban = payments.to_vec();
    by_iban.sort_unstable_by_key(|p| (p.iban, p.day, p.cents, p.row));
    let accounts: Vec<&[Payment]> = by_iban.chunk_by(|a, b| a.iban == b.iban).collect();
    if accounts.len() < 2 {
        return Vec::new();
    }
    let days = |run: &[Payment]| run.chunk_by(|a, b| a.day == b.day).count();
    let usual = accounts.iter().max_by_key(|run| (days(run), std::cmp::Reverse(run[0].iban)));
    let Some(usual) = usual else { return Vec::new() };
    let habit: Vec<i32> = usual.chunk_by(|a, b| a.day == b.day).map(|run| run[0].day).collect();
    let mut amounts: Vec<i64> = usual.iter().map(|p| p.cents).collect();
    amounts.sort_unstable();
    let median = amounts[amounts.len() / 2].max(1);
    let name = |run: &[Payment]| normal[run[0].iban as usize].as_str();
    accounts
        .iter()
        .filter(|run| run[0].iban != usual[0].iban)
        .filter_map(|run| {
            let (start, end) = (run.first()?.day, run.last()?.day);
            let before = habit.partition_point(|d| *d < start);
            let after = habit.len() - habit.partition_point(|d| *d <= end);
            let largest = run.iter().map(|p| p.cents).max()?;
            (days(run) <= ISOLATED && before >= least).then(|| Change {
                rows: run.iter().map(|p| p.row).collect(),
                before,
                after,
                ratio: largest as f64 / median as f64,
                foreign: name(run).get(..2) != name(usual).get(..2),
                checked: run.iter().any(|p| says(ledger, checked, p.row as usize)),
                accounts: accounts.len(),
                tails: (tail(name(usual)), tail(name(run))),
            })
        })
        .collect()
}

fn finding(ledger: &Ledger, c: &Change, seen: usize, examined: usize) -> crate::anomaly::Finding {
    let enjeu: Centimes = c.rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum();
    let words = Words {
        motif: format!(
            "IBAN finissant par {} après {} jours de paiement sur celui finissant par {}.",
            c.tails.1, c.before, c.tails.0
        ),
        a_faire: "Rappeler le fournisseur à un numéro déjà connu ; contrôler la pièce du changement.",
    };
    let mut rows = c.rows.clone();
    by_content(ledger, &mut rows);
    Draft::new(CODE, rows, -8.0)
        .level(
            "Rareté des changements isolés",
            rarity(seen, examined, (-15.0, 6.0)),
            out_of(seen, examined),
        )
        .level(
            "Longue habitude de l'ancien IBAN",
            4.0 * (c.before as f64).log2().min(4.0) - 4.0,
            format!("{} jours de paiement", c.before),
        )
        .when(c.after > 0, "Retour à l'ancien IBAN", 6.0, "ensuite")
        .when(c.foreign, "Autre pays", 8.0, "que l'IBAN habituel")
        .when(c.ratio > 1.5, "Montant au-dessus de l'habitude", 5.0, "sur ce nouvel IBAN")
        .when(c.checked, "Changement annoncé", -10.0, "lu dans l'objet")
        .when(c.accounts > 3, "Plusieurs comptes bancaires", -10.0, "chez ce fournisseur")
        .finding(words, enjeu, Priorite::Prioritaire)
}
