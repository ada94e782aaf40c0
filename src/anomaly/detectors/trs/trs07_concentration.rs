#![doc = include_str!("trs07_concentration.md")]

use std::collections::BTreeMap;

use crate::anomaly::detectors::draft::{Draft, Outcome, Words, by_content, percent};
use crate::anomaly::detectors::mar::orders::is_bought;
use crate::anomaly::detectors::mnt::words::short;
use crate::anomaly::detectors::{Context, Run};
use crate::anomaly::prepare::NO_SUPPLIER;
use crate::anomaly::{Finding, Priorite};
use crate::domain::control::{ControlCode, Family};
use crate::domain::money::Centimes;
use crate::frames::ledger::{NO_TEXT, Sens, TextKey};

const CODE: ControlCode = ControlCode::new(Family::Trs, 7);
/// Share of a family of purchases from which one supplier dominates, percent.
const SHARE: f64 = 60.0;
/// Yearly amount under which a family is left aside, centimes.
const SMALL: i64 = 4_000_000;
/// Suppliers and invoices a family must have for a share to mean something.
const CROWD: (usize, usize) = (3, 10);
/// Records listed, the largest.
const SHOWN: usize = 10;

/// Runs the control, for information: one finding an exercice and family of purchases.
pub(crate) fn run(context: &Context<'_>) -> Outcome {
    let ledger = context.ledger;
    let Some(natures) = ledger.text(TextKey::Nature) else {
        return Outcome::not_done("sans nature");
    };
    let bought: Vec<bool> = natures.dictionary.iter().map(is_bought).collect();
    let share = context.settings.get(CODE, "part").unwrap_or(SHARE) / 100.0;
    let numbered = ledger.text(TextKey::Marche);
    let mut families: BTreeMap<(u16, u32), BTreeMap<u32, Vec<u32>>> = BTreeMap::new();
    for row in 0..ledger.len() {
        let (nature, supplier) = (natures.codes[row], context.prepared.suppliers.of_row[row]);
        let asked = ledger.sens[row] == Sens::D && nature != NO_TEXT && supplier != NO_SUPPLIER;
        if asked && bought[nature as usize] && numbered.is_none_or(|c| c.codes[row] == NO_TEXT) {
            let family = families.entry((ledger.exercice[row], nature)).or_default();
            family.entry(supplier).or_default().push(row as u32);
        }
    }
    let examined = families.len();
    if examined == 0 {
        return Outcome::not_done("aucun achat sur les comptes d'un plan communal");
    }
    let findings = families
        .into_iter()
        .filter(|(_, f)| f.len() >= CROWD.0 && f.values().map(Vec::len).sum::<usize>() >= CROWD.1)
        .filter_map(|((exercice, _), f)| dominated(context, exercice, f, share))
        .collect();
    Outcome { run: Run::over(examined, ["famille d'achats", "familles d'achats"]), findings }
}

/// The finding of a family when its first supplier has the share.
fn dominated(
    context: &Context<'_>,
    exercice: u16,
    family: BTreeMap<u32, Vec<u32>>,
    share: f64,
) -> Option<Finding> {
    let ledger = context.ledger;
    let sum = |rows: &[u32]| -> i64 { rows.iter().map(|r| ledger.montant[*r as usize]).sum() };
    let all: i64 = family.values().map(|rows| sum(rows)).sum();
    let suppliers = family.len();
    let (first, mut rows) =
        family.into_values().map(|rows| (sum(&rows), rows)).max_by(|a, b| a.0.cmp(&b.0))?;
    let part = first as f64 / all.max(1) as f64;
    if all < SMALL || part < share {
        return None;
    }
    by_content(ledger, &mut rows);
    rows.sort_by_key(|r| std::cmp::Reverse(ledger.montant[*r as usize]));
    rows.truncate(SHOWN);
    let words = Words {
        motif: format!(
            "Compte {} en {exercice} : {} des achats hors marché chez un seul des {suppliers} fournisseurs.",
            ledger.text_at(TextKey::Nature, rows[0] as usize),
            percent(part)
        ),
        a_faire: "Vérifier que les autres fournisseurs sont sollicités, même sous le seuil.",
    };
    Some(
        Draft::new(CODE, rows, -8.0)
            .level(
                "Part du premier fournisseur",
                10.0 * (part - share),
                format!("{} sur {}", short(first.unsigned_abs()), short(all.unsigned_abs())),
            )
            .finding(words, Centimes(first), Priorite::Information),
    )
}
