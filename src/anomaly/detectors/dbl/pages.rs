//! The twelve codes as users read them: two titles and a page each.
//!
//! **Invariant:** one line a code, in order; the pages are the documentation.

use crate::anomaly::card::{Card, Column};
use crate::domain::control::{ControlCode, Family};
use crate::frames::ledger::{DateKey, TextKey};

/// The card of code `number`; `phrases`: title, nothing found, something found.
const fn card(number: u8, phrases: [&'static str; 3], page: &'static str) -> Card {
    let [titre, rien, trouve] = phrases;
    let code = ControlCode::new(Family::Dbl, number);
    Card { code, titre, rien, trouve, requis: requis(number), essai: false, page }
}

/// Columns without which a pair cannot bear the code.
const fn requis(number: u8) -> &'static [Column] {
    match number {
        3 => &[Column::Text(TextKey::Facture), Column::Date(DateKey::Facture)],
        6 | 10 => &[Column::Text(TextKey::Objet)],
        9 => &[Column::Text(TextKey::Facture)],
        12 => &[Column::Text(TextKey::Nature)],
        _ => &[],
    }
}

/// The codes of the family, in order.
pub(super) const CARDS: [Card; 12] = [
    card(
        1,
        [
            "La même facture payée deux fois",
            "Aucune facture ne semble payée deux fois",
            "Des factures semblent payées deux fois",
        ],
        include_str!("dbl01_same_invoice.md"),
    ),
    card(
        2,
        [
            "Une facture saisie de deux façons",
            "Aucune facture ne semble saisie de deux façons",
            "Des factures semblent saisies de deux façons",
        ],
        include_str!("dbl02_retyped.md"),
    ),
    card(
        3,
        [
            "La même facture sous deux dates",
            "Aucune facture ne figure sous deux dates",
            "Des factures figurent sous deux dates",
        ],
        include_str!("dbl03_invoice_date.md"),
    ),
    card(
        4,
        [
            "Une facture repayée à un montant voisin",
            "Aucune facture ne semble repayée à un montant voisin",
            "Des factures semblent repayées à un montant voisin",
        ],
        include_str!("dbl04_amount_error.md"),
    ),
    card(
        5,
        [
            "Un fournisseur enregistré deux fois",
            "Aucune facture ne passe par deux fiches d'un fournisseur",
            "Des factures passent par deux fiches d'un même fournisseur",
        ],
        include_str!("dbl05_two_tiers.md"),
    ),
    card(
        6,
        [
            "Une facture, puis sa relance",
            "Aucune relance ne semble payée comme une facture",
            "Des relances semblent payées comme des factures",
        ],
        include_str!("dbl06_reminder.md"),
    ),
    card(
        7,
        [
            "Une facture sur deux budgets ou deux exercices",
            "Aucune facture ne figure sur deux budgets ou exercices",
            "Des factures figurent sur deux budgets ou exercices",
        ],
        include_str!("dbl07_two_budgets.md"),
    ),
    card(
        8,
        [
            "Une dépense passée par deux circuits",
            "Aucune dépense ne semble passée par deux circuits",
            "Des dépenses semblent passées par deux circuits",
        ],
        include_str!("dbl08_two_channels.md"),
    ),
    card(
        9,
        [
            "Une facture payée à deux bénéficiaires",
            "Aucune facture ne semble payée à deux bénéficiaires",
            "Des factures semblent payées à deux bénéficiaires",
        ],
        include_str!("dbl09_other_payee.md"),
    ),
    card(
        10,
        [
            "Un acompte ou un solde payé de nouveau",
            "Aucun acompte ne semble payé de nouveau",
            "Des acomptes ou soldes semblent payés de nouveau",
        ],
        include_str!("dbl10_part_payment.md"),
    ),
    card(
        11,
        [
            "Un avoir, puis deux paiements qui restent",
            "Aucun avoir ne laisse deux paiements",
            "Des avoirs laissent deux paiements de la même facture",
        ],
        include_str!("dbl11_credit_note.md"),
    ),
    card(
        12,
        [
            "Une aide versée deux fois",
            "Aucune aide ne semble versée deux fois",
            "Des aides semblent versées deux fois",
        ],
        include_str!("dbl12_aid_twice.md"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::card::HEADINGS;

    #[test]
    fn every_page_has_the_fixed_headings() {
        for (i, card) in CARDS.iter().enumerate() {
            assert_eq!(usize::from(card.code.number), i + 1);
            assert!(card.page.starts_with(&format!("# {}", card.code)));
            let headings: Vec<&str> =
                card.page.lines().filter_map(|l| l.strip_prefix("## ")).collect();
            assert_eq!(headings, HEADINGS);
        }
    }
}
