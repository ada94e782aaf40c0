//! A budget document: its lines by account and function, and the identities it must respect.
//!
//! **Invariant:** amounts are integer centimes; nothing is rounded here.

use std::collections::BTreeMap;

use crate::demo::chart::{Chart, Compte, Flux};

/// Stage of a document, with its code in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etape {
    /// Budget primitif.
    Bp,
    /// Décision modificative.
    Dm,
    /// Compte administratif.
    Ca,
}

/// Amounts of a line, centimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Voted in this document.
    pub vote: i64,
    /// Opened credits.
    pub ouvert: i64,
    /// Executed.
    pub realise: i64,
    /// Remainders at 31 December.
    pub rar: i64,
    /// Remainders carried over from the exercice before.
    pub rar_precedent: i64,
}

/// Lines of a document by (account, function).
pub type Lignes = BTreeMap<(u16, u8), Amounts>;

/// A loan of the annex, centimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    /// Capital borrowed at first.
    pub original: i64,
    /// Capital due on 1 January.
    pub opening: i64,
    /// Capital repaid in the exercice.
    pub capital: i64,
    /// Interest paid in the exercice.
    pub interest: i64,
    /// Capital due on 31 December, what was drawn in the exercice included.
    pub closing: i64,
}

/// A budget document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Budget year.
    pub exercice: u16,
    /// Stage.
    pub etape: Etape,
    /// Lines.
    pub lignes: Lignes,
    /// Loans of the annex, only in a CA.
    pub loans: Vec<Loan>,
    /// Product of direct taxes, centimes, for the annex.
    pub fiscalite: i64,
    /// Population.
    pub population: i64,
}

impl Document {
    /// The identities of FORMATS 1.4 that this document breaks, in words (none when it is right).
    pub fn check(&self, chart: &Chart) -> Vec<String> {
        let sum = |pick: &dyn Fn(&Amounts) -> i64, filter: &dyn Fn(&Compte) -> bool| -> i64 {
            self.lignes
                .iter()
                .filter(|((c, _), _)| filter(&chart.comptes[usize::from(*c)]))
                .map(|(_, a)| pick(a))
                .sum()
        };
        let mut broken = Vec::new();
        let mut expect = |name: &str, left: i64, right: i64| {
            if left != right {
                broken.push(format!("{name} : {left} et {right}"));
            }
        };
        for (name, pick) in [
            ("crédits", &(|a: &Amounts| a.ouvert) as &dyn Fn(&Amounts) -> i64),
            ("réalisé", &|a| a.realise),
        ] {
            let order = |op: bool, dep: bool, kind: u8| {
                sum(pick, &|c| {
                    c.fonctionnement == op
                        && c.depense == dep
                        && c.ordre == kind
                        && c.flux != Flux::Budget
                })
            };
            expect(&format!("042 = 040 D/R {name}"), order(true, true, 2), order(false, false, 2));
            expect(&format!("042 = 040 R/D {name}"), order(true, false, 2), order(false, true, 2));
            expect(&format!("041 {name}"), order(false, true, 1), order(false, false, 1));
            expect(
                &format!("021 = 023 {name}"),
                sum(pick, &|c| c.m57 == "021"),
                sum(pick, &|c| c.m57 == "023"),
            );
        }
        for op in [true, false] {
            let credits =
                |dep: bool| sum(&|a| a.ouvert, &|c| c.fonctionnement == op && c.depense == dep);
            expect("crédits ouverts", credits(true), credits(false));
        }
        broken
    }
}
