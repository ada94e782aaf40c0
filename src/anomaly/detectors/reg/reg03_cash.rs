#![doc = include_str!("reg03_cash.md")]

use std::collections::BTreeMap;

use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity, total};
use crate::anomaly::detectors::mnt::words::euros;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};
use crate::stats::text::fold;

const CODE: ControlCode = ControlCode::new(Family::Reg, 3);
/// Words of a payment in cash.
const CASH: [&str; 3] = ["ESPECE", "NUMERAIRE", "LIQUIDE"];

/// Runs the control. Lines of one day, supplier and invoice are one payment.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(modes) = ledger.text(TextKey::ModeReglement) else {
        return Outcome::not_done("colonne « mode_reglement » absente");
    };
    let cash: Vec<bool> = modes
        .dictionary
        .iter()
        .map(|m| {
            let folded = fold(m);
            CASH.iter().any(|w| folded.contains(w))
        })
        .collect();
    let mut payments: BTreeMap<(u32, i32), Vec<u32>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let mode = modes.codes[row];
        let paid = ledger.sens[row] == Sens::D && ledger.montant[row] > 0 && mode != NO_TEXT;
        if paid && cash[mode as usize] {
            let key = (context.prepared.invoices.of_row[row], ledger.day(row));
            payments.entry(key).or_default().push(row as u32);
        }
    }
    let examined = payments.len();
    if examined == 0 {
        return Outcome::not_done("aucune dépense payée en espèces");
    }
    let over: Vec<(Vec<u32>, Centimes, Centimes)> = payments
        .into_iter()
        .filter_map(|((_, day), rows)| {
            let limit = en_vigueur("especes", day)?.centimes();
            let paid = total(ledger, &rows);
            (paid > limit).then_some((rows, paid, limit))
        })
        .collect();
    let seen = over.len();
    let findings = over.into_iter().map(|o| finding(ledger, o, seen, examined)).collect();
    Outcome {
        run: Run::over(examined, ["paiement en espèces", "paiements en espèces"]), findings
    }
}

fn finding(
    ledger: &Ledger,
    (mut rows, paid, limit): (Vec<u32>, Centimes, Centimes),
    seen: usize,
    examined: usize,
) -> Finding {
    by_content(ledger, &mut rows);
    let words = Words {
        motif: format!(
            "{} payés en espèces, au-delà de {}.",
            euros(paid.0.unsigned_abs()),
            euros(limit.0.unsigned_abs())
        ),
        a_faire: "Vérifier la quittance et le mode de paiement ; rappeler la limite au régisseur.",
    };
    let times = paid.euros() / limit.euros();
    Draft::new(CODE, rows, 5.0)
        .level(
            "Dépassement de la limite",
            6.0 * times.log2().min(2.0),
            format!("{times:.2} fois").replace('.', ","),
        )
        .level(
            "Rareté des dépassements",
            rarity(seen, examined, (-12.0, 6.0)),
            out_of(seen, examined),
        )
        .finding(words, paid - limit, Priorite::Prioritaire)
}
