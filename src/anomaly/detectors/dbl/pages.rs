//! The twelve codes as users read them: two titles and a page each.
//!
//! **Invariant:** one line a code, in order; the pages are the documentation.

/// A code of the family, its titles and its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Number of the code.
    pub number: u8,
    /// Title, a noun phrase.
    pub title: &'static str,
    /// Title when nothing is found.
    pub nothing: &'static str,
    /// Title when something is found.
    pub something: &'static str,
    /// French page, Markdown.
    pub page: &'static str,
}

/// The codes of the family.
pub const PAGES: [Page; 12] = [
    Page {
        number: 1,
        title: "La même facture payée deux fois",
        nothing: "Aucune facture ne semble payée deux fois",
        something: "Des factures semblent payées deux fois",
        page: include_str!("dbl01_same_invoice.md"),
    },
    Page {
        number: 2,
        title: "Une facture saisie de deux façons",
        nothing: "Aucune facture ne semble saisie de deux façons",
        something: "Des factures semblent saisies de deux façons",
        page: include_str!("dbl02_retyped.md"),
    },
    Page {
        number: 3,
        title: "La même facture sous deux dates",
        nothing: "Aucune facture ne figure sous deux dates",
        something: "Des factures figurent sous deux dates",
        page: include_str!("dbl03_invoice_date.md"),
    },
    Page {
        number: 4,
        title: "Une facture repayée à un montant voisin",
        nothing: "Aucune facture ne semble repayée à un montant voisin",
        something: "Des factures semblent repayées à un montant voisin",
        page: include_str!("dbl04_amount_error.md"),
    },
    Page {
        number: 5,
        title: "Un fournisseur enregistré deux fois",
        nothing: "Aucune facture ne passe par deux fiches d'un fournisseur",
        something: "Des factures passent par deux fiches d'un même fournisseur",
        page: include_str!("dbl05_two_tiers.md"),
    },
    Page {
        number: 6,
        title: "Une facture, puis sa relance",
        nothing: "Aucune relance ne semble payée comme une facture",
        something: "Des relances semblent payées comme des factures",
        page: include_str!("dbl06_reminder.md"),
    },
    Page {
        number: 7,
        title: "Une facture sur deux budgets ou deux exercices",
        nothing: "Aucune facture ne figure sur deux budgets ou exercices",
        something: "Des factures figurent sur deux budgets ou exercices",
        page: include_str!("dbl07_two_budgets.md"),
    },
    Page {
        number: 8,
        title: "Une dépense passée par deux circuits",
        nothing: "Aucune dépense ne semble passée par deux circuits",
        something: "Des dépenses semblent passées par deux circuits",
        page: include_str!("dbl08_two_channels.md"),
    },
    Page {
        number: 9,
        title: "Une facture payée à deux bénéficiaires",
        nothing: "Aucune facture ne semble payée à deux bénéficiaires",
        something: "Des factures semblent payées à deux bénéficiaires",
        page: include_str!("dbl09_other_payee.md"),
    },
    Page {
        number: 10,
        title: "Un acompte ou un solde payé de nouveau",
        nothing: "Aucun acompte ne semble payé de nouveau",
        something: "Des acomptes ou soldes semblent payés de nouveau",
        page: include_str!("dbl10_part_payment.md"),
    },
    Page {
        number: 11,
        title: "Un avoir, puis deux paiements qui restent",
        nothing: "Aucun avoir ne laisse deux paiements",
        something: "Des avoirs laissent deux paiements de la même facture",
        page: include_str!("dbl11_credit_note.md"),
    },
    Page {
        number: 12,
        title: "Une aide versée deux fois",
        nothing: "Aucune aide ne semble versée deux fois",
        something: "Des aides semblent versées deux fois",
        page: include_str!("dbl12_aid_twice.md"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_the_fixed_headings() {
        for (i, page) in PAGES.iter().enumerate() {
            assert_eq!(usize::from(page.number), i + 1);
            assert!(page.page.starts_with(&format!("# DBL{:02}", page.number)));
            let headings: Vec<&str> =
                page.page.lines().filter_map(|l| l.strip_prefix("## ")).collect();
            let expected = [
                "Ce qu'il cherche",
                "Pourquoi c'est important",
                "Exemple",
                "Faux positifs connus",
                "Paramètres",
                "Que faire",
                "Références",
            ];
            assert_eq!(headings, expected);
        }
    }
}
