#![doc = include_str!("cal03_before_invoice.md")]

use super::{objects_saying, says};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::domain::calendar::{NO_DAY, civil};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{DateKey, Sens};

const CODE: ControlCode = ControlCode::new(Family::Cal, 3);
/// Words of what is rightly paid before its date.
const IN_ADVANCE: [&str; 8] = [
    "ECHEANCE",
    "D AVANCE",
    "ACOMPTE",
    "AVANCE FORFAITAIRE",
    "COTISATION",
    "ABONNEMENT",
    "LOYER",
    "APPEL DE FONDS",
];

/// Runs the control.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let (Some(mandat), Some(facture)) =
        (ledger.date(DateKey::Mandat), ledger.date(DateKey::Facture))
    else {
        return Outcome::not_done("sans date de facture");
    };
    let advance = objects_saying(ledger, &IN_ADVANCE);
    let mut examined = 0;
    let mut found: Vec<(u32, i32)> = Vec::new();
    for row in 0..ledger.len() {
        let (m, f) = (mandat[row], facture[row]);
        if ledger.sens[row] != Sens::D || ledger.montant[row] <= 0 || m == NO_DAY || f == NO_DAY {
            continue;
        }
        examined += 1;
        if f > m {
            found.push((row as u32, f - m));
        }
    }
    if examined == 0 {
        return Outcome::not_done("aucune ligne avec date de mandat et date de facture");
    }
    // Several lines of one invoice say one thing.
    let invoice = |row: u32| context.prepared.invoices.of_row[row as usize];
    found.sort_by_key(|(row, _)| (invoice(*row), *row));
    let groups: Vec<&[(u32, i32)]> = found.chunk_by(|a, b| invoice(a.0) == invoice(b.0)).collect();
    let seen = groups.len();
    let findings = groups
        .into_iter()
        .map(|group| {
            let mut rows: Vec<u32> = group.iter().map(|g| g.0).collect();
            by_content(ledger, &mut rows);
            let row = rows[0];
            let ahead = facture[row as usize] - mandat[row as usize];
            let at = row as usize;
            let text =
                |d: i32| civil(d).map(|d| d.strftime("%d/%m/%Y").to_string()).unwrap_or_default();
            let words = Words {
                motif: format!(
                    "Mandat du {} pour une facture datée du {}.",
                    text(mandat[at]),
                    text(facture[at])
                ),
                a_faire: "Vérifier les deux dates et que le service était fait avant le mandat.",
            };
            let enjeu = group.iter().map(|g| Centimes(ledger.montant[g.0 as usize])).sum();
            Draft::new(CODE, rows, -8.0)
                .level(
                    "Jours d'avance",
                    12.0 * f64::from(ahead + 1).log10(),
                    format!("{ahead} jour(s)"),
                )
                .level(
                    "Rareté des avances",
                    rarity(seen, examined, (-25.0, 8.0)),
                    out_of(seen, examined),
                )
                .when(says(ledger, &advance, at), "Payable d'avance", -25.0, "lu dans l'objet")
                .finding(words, enjeu, Priorite::Prioritaire)
        })
        .collect();
    Outcome { run: Run::over(examined, ["ligne datée", "lignes datées"]), findings }
}
