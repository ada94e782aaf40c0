//! Computed once for all detectors: suppliers resolved, invoices gathered, recurrence.
//!
//! ```text
//!  Ledger ─► supplier::resolve ─► (kin) invoice::gather ──┐
//!                             └─► (kin) recurrence::measure ─► Prepared
//! ```
//! **Invariant:** the same whatever the order of the rows and the number of threads.

use std::sync::OnceLock;

use crate::domain::progress::Progress;
use crate::frames::ledger::{Ledger, TextKey};

pub mod invoice;
pub(crate) mod likeness;
pub mod recurrence;
pub(crate) mod series;
pub mod supplier;
#[cfg(test)]
pub(crate) mod testing;
pub mod words;

pub use invoice::Invoices;
pub use recurrence::{Recurrence, Rhythm};
pub use supplier::{NO_SUPPLIER, Suppliers};

/// What every detector may lean on.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    /// Who is paid.
    pub suppliers: Suppliers,
    /// Who may be one payee under several names: for pairs of payments, never for a habit.
    pub kin: Suppliers,
    /// What was invoiced.
    pub invoices: Invoices,
    /// What comes back.
    pub recurrence: Recurrence,
    /// Series of mandats and titres, once a control asked for them.
    mandats: OnceLock<Vec<series::Series>>,
}

impl Prepared {
    /// The series of numbers of mandats and titres of the ledger that was prepared.
    pub(crate) fn mandats(&self, ledger: &Ledger) -> &[series::Series] {
        self.mandats.get_or_init(|| series::series(ledger, TextKey::Mandat))
    }
}

/// Prepares a ledger.
pub fn prepare(ledger: &Ledger, progress: &dyn Progress) -> Prepared {
    progress.tick("Fournisseurs", 0, 3);
    let supplier::Resolved { suppliers, kin } = supplier::resolve(ledger);
    progress.tick("Factures", 1, 3);
    let invoices = invoice::gather(ledger, &kin);
    progress.tick("Récurrences", 2, 3);
    let recurrence = recurrence::measure(ledger, &kin);
    progress.tick("Récurrences", 3, 3);
    Prepared { suppliers, kin, invoices, recurrence, mandats: OnceLock::new() }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::testing::{case, reordered};
    use super::*;
    use crate::domain::progress::Silent;

    fn prepared(csv: &str) -> (Ledger, Prepared) {
        let ledger = case(csv).ledger;
        let prepared = prepare(&ledger, &Silent);
        (ledger, prepared)
    }

    #[test]
    fn spellings_ids_and_sirets_make_one_supplier() {
        let (_, p) = prepared(
            "date_mandat;tiers_id;tiers_nom;siret;montant\n\
             2024-01-01;A1;SARL Dupont & Fils;;1,00\n\
             2024-01-02;A1;DUPONT ET FILS;;2,00\n\
             2024-01-03;B7;Dupont et fils;12345678900011;3,00\n\
             2024-01-04;;Ets Dupont Fils Sarl;12345678900029;4,00\n\
             2024-01-05;C1;Martin;;5,00\n",
        );
        let of = &p.suppliers.of_row;
        assert!(of[..4].iter().all(|s| *s == of[0]));
        assert_ne!(of[4], of[0]);
        assert_eq!(p.suppliers.rows[of[0] as usize], 4);
    }

    /// Three payees on one account, as the auditor met them: a shop, a contractor, a person.
    #[test]
    fn an_account_alone_makes_no_supplier() {
        let mut csv = String::from("date_mandat;tiers_id;tiers_nom;siret;iban;montant\n");
        for day in 10..28 {
            writeln!(csv, "2024-01-{day};F31;Quincaillerie Trame;99900031800017;FR1;1,00").unwrap();
        }
        csv += "2024-02-01;F90;Multiservices de la Gare;99990113500015;FR1;1,00\n\
                2024-02-02;P90;CANEVAS Loan;;FR1;1,00\n\
                2024-02-03;F32;Quincaillerie Trame Nord;;FR1;1,00\n\
                2024-02-04;;;;FR1;1,00\n";
        let (_, p) = prepared(&csv);
        let of = &p.suppliers.of_row;
        assert!(of[18] != of[0] && of[19] != of[0] && of[18] != of[19]);
        // a name alike on the same account, and an account without a name, are the shop
        assert!(of[20] == of[0] && of[21] == of[0]);
        // pairs of payments keep the wider view
        assert!(p.kin.of_row.iter().all(|s| *s == p.kin.of_row[0]));
    }

    #[test]
    fn persons_one_letter_apart_are_two_payees() {
        let mut csv = String::from("date_mandat;tiers_id;tiers_nom;montant\n");
        for day in 10..19 {
            writeln!(csv, "2024-01-{day};P719;GABARIT Gaël;1,00").unwrap();
        }
        csv += "2024-02-01;P552;GABARIT Yaël;1,00\n2024-02-02;P719;GABARIT Gaêl;1,00\n\
                2024-02-03;;GABARIT Gael;1,00\n2024-02-04;;GABARIT Gaêll;1,00\n";
        let (_, p) = prepared(&csv);
        let of = &p.suppliers.of_row;
        assert_ne!(of[9], of[0], "another code, another person");
        assert!(of[10..].iter().all(|s| *s == of[0]), "one code, or none: a slip");
        assert_eq!(p.kin.of_row[9], p.kin.of_row[0]);
    }

    #[test]
    fn a_name_borne_by_many_ids_identifies_nobody() {
        let mut csv = String::from("date_mandat;tiers_id;tiers_nom;montant\n");
        for id in 0..20 {
            for day in 1..4 {
                writeln!(csv, "2024-01-0{day};P{id};DONNEES MASQUEES;1,00").unwrap();
            }
        }
        let (_, p) = prepared(&csv);
        assert_eq!(p.suppliers.len(), 20);
    }

    #[test]
    fn a_slip_of_id_does_not_merge_two_suppliers() {
        let mut csv = String::from("date_mandat;tiers_id;tiers_nom;montant\n");
        for day in 10..30 {
            writeln!(csv, "2024-01-{day};A;ALPHA TRAVAUX;1,00\n2024-01-{day};B;BETA ESPACES;1,00")
                .unwrap();
        }
        csv += "2024-02-01;B;ALPHA TRAVAUX;1,00\n2024-02-02;A;ALHPA TRAVAUX;1,00\n";
        let (_, p) = prepared(&csv);
        let of = &p.suppliers.of_row;
        assert_eq!((p.suppliers.len(), of[40], of[41]), (2, of[0], of[0]));
        assert_eq!(p.suppliers.spelling_rows[40], 1);
    }

    #[test]
    fn lines_of_one_document_and_number_are_one_invoice() {
        let (_, p) = prepared(
            "date_mandat;mandat;tiers_id;facture;montant\n\
             2024-01-01;9;A;F1;1,00\n2024-01-01;9;A;F1;2,00\n2024-01-01;9;A;F2;2,00\n\
             2024-01-08;10;A;F1;1,00\n2024-01-08;;A;F3;1,00\n2024-01-08;;A;F3;5,00\n",
        );
        let of = &p.invoices.of_row;
        assert!(of[0] == of[1] && of[4] == of[5]);
        assert_eq!(p.invoices.len(), 4);
        assert_eq!(p.invoices.members(of[0]).len(), 2);
    }

    #[test]
    fn a_monthly_rent_has_its_rhythm() {
        let mut csv = String::from("date_mandat;tiers_id;montant\n");
        for month in 1..=12 {
            writeln!(csv, "2024-{month:02}-05;A;850,00").unwrap();
        }
        csv += "2024-03-20;A;12,00\n";
        let (_, p) = prepared(&csv);
        let rent = p.recurrence.of_row(0).unwrap();
        assert_eq!((rent.period, rent.days), (30, 12));
        assert_eq!(p.recurrence.of_row(12).unwrap().period, 0);
    }

    #[test]
    fn suppliers_do_not_depend_on_the_order_of_rows() {
        let (ledger, p) = prepared(
            "date_mandat;tiers_id;tiers_nom;montant\n2024-01-01;Z;Alpha;1,00\n\
             2024-01-02;A;Zeta;1,00\n2024-01-03;Z;Alpha SARL;3,00\n2024-01-04;;Omega;2,00\n",
        );
        let order = [3, 1, 0, 2];
        let other = prepare(&reordered(&ledger, &order), &Silent);
        for (to, from) in order.iter().enumerate() {
            assert_eq!(other.suppliers.of_row[to], p.suppliers.of_row[*from]);
            assert_eq!(other.kin.of_row[to], p.kin.of_row[*from]);
        }
    }
}
