//! A row of a balance to budget lines: real = OBNET - OOB, order = OOB, sens by class and sign.
//!
//! OBNET holds the budgetary operations of the exercice, cancellations taken away, order included; OOB
//! the order ones. A debit is a dépense and a credit a recette, but for classes 6 and 7, where a movement
//! on the unusual side is a reduction unless the chart gives it a chapitre of its own (6419 in 013, 739
//! in 014).
//!
//! **Invariant:** dépenses minus recettes of the lines = debits minus credits of the row.

use crate::domain::account::{Ordre, OrigineChapitre, Section, Sens, section_of_digits};
use crate::domain::nomenclature::Plan;

/// Budgetary operations of a row, centimes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Operations {
    pub(super) net_debit: i64,
    pub(super) net_credit: i64,
    pub(super) ordre_debit: i64,
    pub(super) ordre_credit: i64,
}

/// A budget line without its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mouvement {
    pub(super) sens: Sens,
    pub(super) ordre: Ordre,
    pub(super) montant: i64,
    pub(super) chapitre: String,
    pub(super) section: Section,
    pub(super) origine: OrigineChapitre,
}

/// The lines of a row; none when the account had no budgetary operation.
pub(super) fn mouvements(
    compte: &str,
    o: Operations,
    chart: Option<&Plan>,
    exercice: u16,
) -> Vec<Mouvement> {
    let reel = (
        o.net_debit.saturating_sub(o.ordre_debit),
        o.net_credit.saturating_sub(o.ordre_credit),
        false,
    );
    let ordre = (o.ordre_debit, o.ordre_credit, true);
    let mut out = Vec::new();
    for (debit, credit, is_ordre) in [reel, ordre] {
        let kind = |sens| kind(compte, sens, is_ordre, chart, exercice);
        let allowed = |sens| {
            chart
                .and_then(|c| c.imputation(exercice, compte, sens, kind(sens)))
                .is_some_and(|i| i.origine <= OrigineChapitre::PlanVoisin)
        };
        let (depense, recette) = match compte.as_bytes().first() {
            Some(b'6') if !allowed(Sens::R) => (debit.saturating_sub(credit), 0),
            Some(b'7') if !allowed(Sens::D) => (0, credit.saturating_sub(debit)),
            _ => (debit, credit),
        };
        for (sens, montant) in [(Sens::D, depense), (Sens::R, recette)] {
            if montant != 0 {
                out.push(place(compte, sens, kind(sens), montant, chart, exercice));
            }
        }
    }
    out
}

/// Real, between sections or inside one: what the chart allows for the account.
fn kind(compte: &str, sens: Sens, is_ordre: bool, chart: Option<&Plan>, exercice: u16) -> Ordre {
    if !is_ordre {
        return Ordre::Reel;
    }
    let exact = |ordre| {
        chart
            .and_then(|c| c.imputation(exercice, compte, sens, ordre))
            .is_some_and(|i| i.origine <= OrigineChapitre::PlanVoisin)
    };
    if !exact(Ordre::EntreSections) && exact(Ordre::Interne) {
        Ordre::Interne
    } else {
        Ordre::EntreSections
    }
}

fn place(
    compte: &str,
    sens: Sens,
    ordre: Ordre,
    montant: i64,
    chart: Option<&Plan>,
    exercice: u16,
) -> Mouvement {
    let found = chart.and_then(|c| c.imputation(exercice, compte, sens, ordre));
    Mouvement {
        sens,
        ordre,
        montant,
        chapitre: found.map_or_else(
            || compte.get(..2).unwrap_or(compte).to_owned(),
            |f| f.chapitre.to_owned(),
        ),
        section: found.map_or_else(|| section_of_digits(compte), |f| f.section),
        origine: found.map_or(OrigineChapitre::Secours, |f| f.origine),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::nomenclature::{nomenclature, plan};

    fn of(
        compte: &str,
        debit: i64,
        credit: i64,
        ordre: (i64, i64),
    ) -> Vec<(Sens, Ordre, i64, String)> {
        let chart = nomenclature("M57-M57").map(|n| plan(n.plan));
        let o = Operations {
            net_debit: debit,
            net_credit: credit,
            ordre_debit: ordre.0,
            ordre_credit: ordre.1,
        };
        let found = mouvements(compte, o, chart, 2023);
        found.into_iter().map(|m| (m.sens, m.ordre, m.montant, m.chapitre)).collect()
    }

    #[test]
    fn sens_by_class_and_sign() {
        let reel = Ordre::Reel;
        assert_eq!(of("60611", 900, 100, (0, 0)), [(Sens::D, reel, 800, "011".into())]);
        assert_eq!(of("6419", 0, 70, (0, 0)), [(Sens::R, reel, 70, "013".into())]);
        assert_eq!(of("66112", 10, 30, (0, 0)), [(Sens::D, reel, -20, "66".into())]);
        assert_eq!(of("7588", 5, 65, (0, 0)), [(Sens::R, reel, 60, "75".into())]);
        assert_eq!(of("739211", 40, 0, (0, 0)), [(Sens::D, reel, 40, "014".into())]);
        assert_eq!(
            of("1641", 50, 300, (0, 0)),
            [(Sens::D, reel, 50, "16".into()), (Sens::R, reel, 300, "16".into())]
        );
    }

    #[test]
    fn order_is_taken_out_of_the_net_operations() {
        let between = Ordre::EntreSections;
        assert_eq!(of("6811", 500, 0, (500, 0)), [(Sens::D, between, 500, "042".into())]);
        assert_eq!(of("28051", 0, 500, (0, 500)), [(Sens::R, between, 500, "040".into())]);
        assert_eq!(
            of("21311", 800, 0, (300, 0)),
            [(Sens::D, Ordre::Reel, 500, "21".into()), (Sens::D, between, 300, "040".into())]
        );
        assert!(of("515", 0, 0, (0, 0)).is_empty());
    }

    proptest! {
        #[test]
        fn debits_and_credits_are_kept(
            compte in prop::sample::select(vec!["60611", "6419", "7588", "1641", "2151", "4581", "6811", "9"]),
            debit in -1_000_000_i64..1_000_000, credit in -1_000_000_i64..1_000_000,
            od in -1_000_i64..1_000, oc in -1_000_i64..1_000,
        ) {
            let signed: i64 = of(compte, debit, credit, (od, oc))
                .iter()
                .map(|(sens, _, m, _)| if *sens == Sens::D { *m } else { -*m })
                .sum();
            prop_assert_eq!(signed, debit - credit);
        }
    }
}
