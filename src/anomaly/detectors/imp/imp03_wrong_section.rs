#![doc = include_str!("imp03_wrong_section.md")]

use crate::anomaly::detectors::mnt::Control;
use crate::anomaly::detectors::mnt::words::count;
use crate::domain::nomenclature::{PlanId, plan};
use crate::frames::ledger::{Ledger, TextKey};

use super::model::Candidate;
use super::{Wording, account, code};

/// The control.
pub const CONTROL: Control = Control {
    code: code(3),
    titre: "investissement et fonctionnement confondus",
    page: include_str!("imp03_wrong_section.md"),
};

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
        a_faire: "Vérifier la durée d'usage et le seuil de 500 € avant de corriger la section.",
    })
}
