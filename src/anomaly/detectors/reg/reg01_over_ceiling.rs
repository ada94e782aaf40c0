#![doc = include_str!("reg01_over_ceiling.md")]

use std::collections::BTreeMap;

use super::{REFILL, titled};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::cal::{objects_saying, says};
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::mnt::words::euros;
use crate::anomaly::detectors::{Context, Run};
use crate::domain::baremes::en_vigueur;
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Reg, 1);
/// Words of performances, which have their own ceiling.
const SHOWS: [&str; 4] = ["SPECTACLE", "ARTISTE", "CACHET", "CONCERT"];

/// Runs the control. Lines of one régie, day and object are one operation.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(regies) = ledger.text(TextKey::Regie) else { return Outcome::not_done("sans régie") };
    let refills = objects_saying(ledger, &REFILL);
    let shows = objects_saying(ledger, &SHOWS);
    let objects = ledger.text(TextKey::Objet);
    let mut operations: BTreeMap<(u32, i32, u32, u32), Vec<u32>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let regie = regies.codes[row];
        let purchase = ledger.sens[row] == Sens::D && ledger.montant[row] > 0;
        if regie != NO_TEXT && purchase && !says(ledger, &refills, row) {
            let object = objects.map_or(NO_TEXT, |c| c.codes[row]);
            let key = (regie, ledger.day(row), context.prepared.suppliers.of_row[row], object);
            operations.entry(key).or_default().push(row as u32);
        }
    }
    let examined = operations.len();
    if examined == 0 {
        return Outcome::not_done("aucune dépense de régie");
    }
    let over: Vec<_> = operations
        .into_values()
        .filter_map(|rows| {
            let first = rows[0] as usize;
            let show = says(ledger, &shows, first);
            let name = if show { "regie_spectacle" } else { "regie_operation" };
            let ceiling = en_vigueur(name, ledger.day(first))?.centimes();
            let total: Centimes = rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum();
            (total > ceiling).then_some((rows, total, ceiling))
        })
        .collect();
    let seen = over.len();
    let findings = over.into_iter().map(|o| finding(ledger, o, seen, examined)).collect();
    Outcome {
        run: Run::over(examined, ["opération de régie", "opérations de régie"]), findings
    }
}

fn finding(
    ledger: &Ledger,
    (mut rows, total, ceiling): (Vec<u32>, Centimes, Centimes),
    seen: usize,
    examined: usize,
) -> crate::anomaly::Finding {
    by_content(ledger, &mut rows);
    let several = rows.len() > 1;
    let regie = ledger.text_at(TextKey::Regie, rows[0] as usize);
    let regie = titled(regie);
    let words = Words {
        motif: format!(
            "{regie} : {} le même jour{}, plafond {}.",
            euros(total.0.unsigned_abs()),
            if several { format!(" en {} lignes", rows.len()) } else { String::new() },
            euros(ceiling.0.unsigned_abs())
        ),
        a_faire: "Vérifier l'acte de la régie et si ces lignes sont une seule opération.",
    };
    let times = total.euros() / ceiling.euros();
    let told = format!("{times:.2} fois").replace('.', ",");
    Draft::new(CODE, rows, 5.0)
        .level("Dépassement du plafond", 12.0 * times.log2().min(1.0), told)
        .level(
            "Rareté des dépassements",
            rarity(seen, examined, (-12.0, 6.0)),
            out_of(seen, examined),
        )
        .when(several, "Plusieurs lignes du jour", -2.0, "opération reconstituée")
        .finding(words, total - ceiling, Priorite::Prioritaire)
}
