//! The last accounts beside the proposal: every account realised keeps its amount, proposed or not.
//!
//! The parts of a proposal drop lines (a programme typed replaces the recent mean, a loan is computed): their
//! accounts keep what they realised on the line that replaces them, else on a line without a proposal.
//!
//! **Invariant:** by section, sens and chapitre, the references of real lines sum to the last accounts.

use std::collections::BTreeMap;

use crate::budget::history::Serie;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

use super::{Contexte, LigneProposee};

/// Disposals are realised in 775 and proposed in 024, reference included.
const DISPOSALS: &str = "775";

/// Gives its last realised amount to every account of the last accounts.
pub(super) fn complete(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>) {
    let last = |s: &Serie| s.realise.last().copied().unwrap_or_default();
    let series = c.budget.series.iter().filter(|s| !s.code.starts_with(DISPOSALS));
    let mut missing: BTreeMap<(Section, Sens, &str), (Centimes, &Serie)> = BTreeMap::new();
    for s in series.filter(|s| last(s) != Centimes::ZERO) {
        let sum =
            missing.entry((s.section, s.sens, s.code.as_str())).or_insert((Centimes::ZERO, s));
        sum.0 += last(s);
    }
    for ((section, sens, nature), (realised, serie)) in missing {
        let same = |l: &LigneProposee| {
            l.ordre == Ordre::Reel
                && (l.section, l.sens, l.nature.as_str()) == (section, sens, nature)
        };
        let given: Centimes = lignes.iter().filter(|l| same(l)).map(|l| l.reference).sum();
        let left = realised - given;
        if left == Centimes::ZERO {
            continue;
        }
        let place = lignes.iter_mut().filter(|l| same(l)).min_by_key(|l| l.report);
        if let Some(line) = place {
            line.reference += left;
            continue;
        }
        lignes.push(LigneProposee {
            reference: left,
            ..LigneProposee::sure(
                (section, sens, Ordre::Reel),
                (&serie.chapitre, nature, c.libelle(nature)),
                Centimes::ZERO,
                "dans les derniers comptes ; rien de proposé à ce compte",
            )
        });
    }
}
