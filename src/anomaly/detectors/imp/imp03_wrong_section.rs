#![doc = include_str!("imp03_wrong_section.md")]

use std::collections::BTreeMap;

use crate::anomaly::detectors::mnt::score::{decibans, probability};
use crate::anomaly::detectors::mnt::words::{count, several, short, weight};
use crate::anomaly::detectors::mnt::{Control, total};
use crate::anomaly::{Evidence, Finding, Priorite};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::{PlanId, plan};
use crate::frames::ledger::{Ledger, NO_TEXT, Sens, TextKey};
use crate::stats::text::fold;

use super::model::Candidate;
use super::{Wording, account, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(3),
    titre: "investissement et fonctionnement confondus",
    page: include_str!("imp03_wrong_section.md"),
};

/// What to check.
const A_FAIRE: &str =
    "Vérifier la durée d'usage et le seuil de 500 € avant de corriger la section.";

/// Share of the distinct accounts that must be in a French chart for the classes to mean something.
const FRENCH_SHARE: f64 = 0.8;

/// True when the accounts of the ledger are those of the M57 or M14 charts.
pub(crate) fn is_french_chart(ledger: &Ledger) -> bool {
    let Some(column) = ledger.text(TextKey::Nature) else { return false };
    let (m57, m14) = (plan(PlanId::M57), plan(PlanId::M14Sup3500));
    let known = |text: &str| m57.compte(text, 2024).is_some() || m14.compte(text, 2020).is_some();
    let (mut all, mut french) = (0.0, 0.0);
    for text in column.dictionary.iter().filter(|t| !t.is_empty()) {
        all += 1.0;
        french += f64::from(u8::from(text.len() >= 3 && known(text)));
    }
    all > 0.0 && french >= FRENCH_SHARE * all
}

fn class(account: &str) -> Option<char> {
    account.chars().next().filter(|c| matches!(c, '2' | '6'))
}

fn section(class: char) -> &'static str {
    if class == '2' { "investissement" } else { "fonctionnement" }
}

/// Words of a finding; `None` when the row and the supplier's habit are in the same section.
pub(crate) fn wording(ledger: &Ledger, c: &Candidate) -> Option<Wording> {
    let (main_row, main) = c.main;
    let (here, usual) = (account(ledger, c.row), account(ledger, main_row));
    let (is, was) = (class(&here)?, class(&usual)?);
    (is != was).then(|| Wording {
        code: CONTROL.code,
        motif: format!(
            "Compte {here} ({}) ; ce fournisseur est en {} : {} lignes sur {} au compte {usual}.",
            section(is),
            section(was),
            count(u64::from(main)),
            count(u64::from(c.rows.0)),
        ),
        a_faire: A_FAIRE,
    })
}

/// Openings of a wording that tell an investment, folded.
const INVESTMENT_WORDS: [&str; 10] = [
    "ACQUISITION",
    "AMENAGEMENT",
    "CONSTRUCTION",
    "CREATION",
    "EXTENSION",
    "INSTALLATION",
    "REFECTION COMPLETE",
    "REHABILITATION",
    "REMPLACEMENT COMPLET",
    "RENOVATION",
];
/// Under this amount, an equipment may be an operating expense (circulaire NOR INTB0200059C), centimes.
const LEAST_ASSET: i64 = 50_000;
/// Expected share of the investments booked as operating expenses.
const MISPLACED: f64 = 0.01;
/// Largest odds that the amount gives.
const MOST_SIZE: f64 = 40.0;
/// Probability under which a wording is not told.
const LEAST: f64 = 0.05;

/// Amounts of a set of rows, ascending.
#[derive(Default)]
struct Amounts(Vec<i64>);

impl Amounts {
    fn at_least(&self, cents: i64) -> f64 {
        (self.0.len() - self.0.partition_point(|a| *a < cents)) as f64
    }
}

/// Operating expenses whose wording opens as investments do: the more so when the ledger keeps such
/// words for investments, and when the amount suits those better than the account.
pub(crate) fn detect(ledger: &Ledger) -> Vec<Finding> {
    let (Some(natures), Some(wordings)) =
        (ledger.text(TextKey::Nature), ledger.text(TextKey::Objet))
    else {
        return Vec::new();
    };
    let opens = |text: &str| {
        let folded = fold(text);
        INVESTMENT_WORDS.iter().any(|w| {
            folded.strip_prefix(w).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    };
    let told: Vec<bool> = wordings.dictionary.iter().map(opens).collect();
    let (mut assets, mut by_account) = (Amounts::default(), BTreeMap::<u32, Amounts>::new());
    let (mut kept, mut suspects) = (0.0, Vec::new());
    for row in 0..ledger.len() {
        let (amount, nature) = (ledger.montant[row], natures.codes[row]);
        if ledger.sens[row] != Sens::D || amount < LEAST_ASSET || nature == NO_TEXT {
            continue;
        }
        let words = told.get(wordings.codes[row] as usize).is_some_and(|t| *t);
        match natures.get(row).get(..2) {
            Some("20" | "21" | "23") => {
                assets.0.push(amount);
                kept += f64::from(u8::from(words));
            }
            Some("60" | "61") => {
                by_account.entry(nature).or_default().0.push(amount);
                if words {
                    suspects.push(row);
                }
            }
            _ => {}
        }
    }
    assets.0.sort_unstable();
    for account in by_account.values_mut() {
        account.0.sort_unstable();
    }
    let others = suspects.len() as f64 - 1.0;
    let words = (kept + 1.0) / (others + 1.0);
    let judge = |row: &usize| {
        let account = &by_account[&natures.codes[*row]];
        let amount = ledger.montant[*row];
        let asset = (assets.at_least(amount) + 1.0) / (assets.0.len() as f64 + 2.0);
        let usual = account.at_least(amount) / (account.0.len() as f64 + 1.0);
        let size = (asset / usual).min(MOST_SIZE);
        let log_odds = (MISPLACED * words * size).ln();
        (probability(log_odds) >= LEAST)
            .then(|| misplaced(ledger, *row, [MISPLACED, words, size], (kept, others)))
    };
    suspects.iter().filter_map(judge).collect()
}

fn misplaced(ledger: &Ledger, row: usize, terms: [f64; 3], (kept, others): (f64, f64)) -> Finding {
    let amount = Centimes(ledger.montant[row]).abs();
    let cents = ledger.montant[row].unsigned_abs();
    let names = [
        ("Rareté de ce type d'erreur", "part des investissements mal imputés".to_owned()),
        (
            "Libellé d'investissement",
            format!(
                "{} en investissement, {} ici",
                several(kept.round() as u64, "ligne"),
                several(others.round() as u64, "autre")
            ),
        ),
        ("Montant : investissement plutôt que ce compte", short(cents)),
    ];
    let mut finding = Finding {
        code: CONTROL.code,
        rows: vec![row as u32],
        indice: 0.0,
        probabilite: probability(terms.iter().product::<f64>().ln()),
        priorite: Priorite::Information,
        enjeu: amount,
        motif: format!(
            "Libellé d'investissement au compte {} (fonctionnement), pour {}.",
            account(ledger, row as u32),
            short(cents)
        ),
        a_faire: A_FAIRE.into(),
        evidence: names
            .into_iter()
            .zip(terms)
            .map(|((niveau, valeurs), t)| Evidence {
                niveau: niveau.into(),
                poids: weight(decibans(t)),
                valeurs,
            })
            .filter(|e| e.poids.abs() > 0.0)
            .collect(),
    };
    total(&mut finding);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::ledger::{Dictionary, TextColumn};

    #[test]
    fn a_costly_acquisition_among_supplies_is_told() {
        let n = 400;
        let mut ledger = Ledger { sens: vec![Sens::D; n], ..Ledger::default() };
        ledger.montant = (0..n as i64).map(|i| 51_000 + 10 * i).collect();
        (200..n).for_each(|i| ledger.montant[i] += 900_000);
        ledger.montant[7] = 953_000;
        let column = |codes: Vec<u32>, names: [&str; 2]| TextColumn {
            codes,
            dictionary: Dictionary::from_sorted(names),
        };
        let half: Vec<u32> = (0..n).map(|i| u32::from(i < 200)).collect();
        ledger.texts[TextKey::Nature as usize] = Some(column(half.clone(), ["2188", "60632"]));
        let mut words = half;
        words[7] = 0;
        let names = ["Acquisition d'un four", "Petites fournitures"];
        ledger.texts[TextKey::Objet as usize] = Some(column(words, names));
        let found = detect(&ledger);
        assert_eq!(found.iter().map(|f| f.rows.clone()).collect::<Vec<_>>(), [vec![7]]);
        assert!(found[0].probabilite > 0.9);
        ledger.montant[7] = 30_000;
        assert!(detect(&ledger).is_empty());
    }
}
