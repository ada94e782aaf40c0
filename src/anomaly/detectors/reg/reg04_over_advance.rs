#![doc = include_str!("reg04_over_advance.md")]

use std::collections::BTreeMap;

use super::{REFILL, known_regies, titled};
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{
    Draft, Outcome, Words, by_content, day_text, out_of, total,
};
use crate::anomaly::detectors::mnt::words::euros;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Reg, 4);

/// Runs the control: a refill, or the purchases of one day, above the advance of the régie.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(regies) = ledger.text(TextKey::Regie) else { return Outcome::not_done("sans régie") };
    let known = known_regies(context, regies);
    if known.iter().all(Option::is_none) {
        return Outcome::not_done("avances inconnues : les saisir dans [[regie]] de vigie.toml");
    }
    let refills = objects_saying(ledger, &REFILL);
    let mut days: BTreeMap<(u32, Option<u32>, i32), Vec<u32>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let regie = regies.codes[row];
        let spent = ledger.sens[row] == Sens::D && ledger.montant[row] > 0;
        if spent && regie != NO_TEXT && known[regie as usize].is_some_and(|r| r.avance.0 > 0) {
            // Refills are judged one by one, purchases by day.
            let refill = says(ledger, &refills, row).then(|| context.prepared.invoices.of_row[row]);
            let key = (regie, refill, ledger.day(row));
            days.entry(key).or_default().push(row as u32);
        }
    }
    let examined = days.len();
    let over: Vec<_> = days
        .into_iter()
        .filter_map(|((regie, refill, day), rows)| {
            let advance = known[regie as usize]?.avance;
            let spent = total(ledger, &rows);
            (spent > advance).then_some((rows, refill.is_some(), day, spent, advance))
        })
        .collect();
    let seen = over.len();
    let findings = over.into_iter().map(|o| finding(ledger, o, seen, examined)).collect();
    Outcome {
        run: Run::over(examined, ["jour ou reconstitution", "jours et reconstitutions"]),
        findings,
    }
}

fn finding(
    ledger: &Ledger,
    (mut rows, refill, day, spent, advance): (Vec<u32>, bool, i32, Centimes, Centimes),
    seen: usize,
    examined: usize,
) -> Finding {
    by_content(ledger, &mut rows);
    let what = if refill { "reconstitution" } else { "dépenses" };
    let regie = titled(ledger.text_at(TextKey::Regie, rows[0] as usize));
    let words = Words {
        motif: format!(
            "{regie}, {what} du {} : {} pour une avance de {}.",
            day_text(day),
            euros(spent.0.unsigned_abs()),
            euros(advance.0.unsigned_abs())
        ),
        a_faire: "Vérifier l'arrêté de la régie, le solde de la caisse et les pièces.",
    };
    let times = spent.euros() / advance.euros();
    Draft::new(CODE, rows.clone(), 4.0)
        .level(
            "Dépassement de l'avance",
            8.0 * times.log2().min(1.5),
            format!("{times:.2} fois").replace('.', ","),
        )
        .when(refill, "Reconstitution", 4.0, "elle rend ce qui a été dépensé")
        .when(!refill && rows.len() > 1, "Plusieurs achats du jour", -2.0, "réunis")
        .when(seen * 2 > examined, "Dépassements habituels", -8.0, &out_of(seen, examined))
        .finding(words, spent - advance, Priorite::Prioritaire)
}
