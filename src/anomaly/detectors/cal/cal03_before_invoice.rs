#![doc = include_str!("cal03_before_invoice.md")]

use super::{objects_saying, says};
use crate::anomaly::Priorite;
use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, out_of, rarity};
use crate::anomaly::detectors::{Context, Run};
use crate::domain::calendar::{NO_DAY, civil};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{DateKey, Ledger, Sens};

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
    let mut found: Vec<u32> = Vec::new();
    for row in 0..ledger.len() {
        let (m, f) = (mandat[row], facture[row]);
        if ledger.sens[row] != Sens::D || ledger.montant[row] <= 0 || m == NO_DAY || f == NO_DAY {
            continue;
        }
        examined += 1;
        if f > m {
            found.push(row as u32);
        }
    }
    if examined == 0 {
        return Outcome::not_done("aucune ligne avec date de mandat et date de facture");
    }
    // Several lines of one invoice say one thing.
    let invoice = |row: u32| context.prepared.invoices.of_row[row as usize];
    found.sort_by_key(|row| (invoice(*row), *row));
    let groups: Vec<&[u32]> = found.chunk_by(|a, b| invoice(*a) == invoice(*b)).collect();
    let seen = groups.len();
    let findings = groups
        .into_iter()
        .map(|group| {
            let mut rows = group.to_vec();
            by_content(ledger, &mut rows);
            let at = rows[0] as usize;
            let said = says(ledger, &advance, at);
            finding(ledger, rows, (mandat[at], facture[at]), (seen, examined), said)
        })
        .collect();
    Outcome { run: Run::over(examined, ["ligne datée", "lignes datées"]), findings }
}

fn finding(
    ledger: &Ledger,
    rows: Vec<u32>,
    (mandat, facture): (i32, i32),
    (seen, examined): (usize, usize),
    in_advance: bool,
) -> crate::anomaly::Finding {
    let ahead = facture - mandat;
    let text = |d: i32| civil(d).map(|d| d.strftime("%d/%m/%Y").to_string()).unwrap_or_default();
    let words = Words {
        motif: format!("Mandat du {} pour une facture datée du {}.", text(mandat), text(facture)),
        a_faire: "Vérifier les deux dates et que le service était fait avant le mandat.",
    };
    let enjeu = rows.iter().map(|r| Centimes(ledger.montant[*r as usize])).sum();
    Draft::new(CODE, rows, -8.0)
        .level("Jours d'avance", 12.0 * f64::from(ahead + 1).log10(), format!("{ahead} jour(s)"))
        .level("Rareté des avances", rarity(seen, examined, (-25.0, 8.0)), out_of(seen, examined))
        .when(in_advance, "Payable d'avance", -25.0, "lu dans l'objet")
        .finding(words, enjeu, Priorite::Prioritaire)
}
