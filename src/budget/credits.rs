//! Credits of the running exercice, read in its budget documents, and the last days on which they may change.
//!
//! **Invariant:** real operations and the transfer between sections only; a date comes from the table of
//! constants.

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::constantes;
use crate::budget::history::Budget;
use crate::budget::monthly::{Cle, Jour};
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::frames::budget::{BudgetFrame, Etape};

/// Chapitre of investment that votes the sales.
pub(super) const SALES_VOTED: &str = "024";

/// Last day on which a section may be changed by a décision modificative (table of constants).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delai {
    /// Section.
    pub section: Section,
    /// Last day, `2025-12-31`.
    pub limite: String,
    /// Where it comes from, French.
    pub source: String,
    /// True when the day of the run is later.
    pub depasse: bool,
}

/// Last days of a décision modificative of `exercice`, the operating section having some days of the next
/// year.
pub(super) fn delais(exercice: u16, jour: Option<Jour>) -> Vec<Delai> {
    let today = jour.map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"));
    let keys = [
        (Section::F, "dm_fonctionnement", exercice + 1),
        (Section::I, "dm_investissement", exercice),
    ];
    let one = |(section, cle, year): (Section, &str, u16)| {
        let row = constantes::en_vigueur(cle, year)?;
        let limite = format!("{year}-{}", row.valeur);
        let depasse = today.as_ref().is_some_and(|t| *t > limite);
        Some(Delai { section, limite, source: row.provenance(), depasse })
    };
    keys.into_iter().filter_map(one).collect()
}

/// Credits of the exercice: by section, sens and chapitre, then by account.
#[derive(Debug, Default)]
pub(super) struct Credits {
    pub(super) chapitres: BTreeMap<(Section, Sens, String), Centimes>,
    pub(super) natures: BTreeMap<Cle, Centimes>,
    pub(super) specialises: BTreeSet<Cle>,
    /// Real expenditure of the BP by section.
    pub(super) votes: BTreeMap<Section, Centimes>,
    pub(super) documents: usize,
    pub(super) par_operation: bool,
}

impl Credits {
    /// Sales voted.
    pub(super) fn sales(&self) -> Option<Centimes> {
        self.chapitres.get(&(Section::I, Sens::R, SALES_VOTED.to_owned())).copied()
    }

    pub(super) fn read(frame: &BudgetFrame, budget: &Budget, exercice: u16) -> Self {
        let mut out = Self::default();
        for (i, d) in frame.documents.iter().enumerate() {
            let ours = d.siret == budget.siret && d.budget == budget.code;
            if !ours || d.exercice != exercice || d.etape.is_executed() {
                continue;
            }
            out.documents += 1;
            for l in frame.lignes_of(i) {
                let carried = l.rar_precedent.filter(|_| d.etape != Etape::Bp || l.vote.is_some());
                let amount = l.vote.unwrap_or_default() + carried.unwrap_or_default();
                let virement = matches!(l.chapitre.as_str(), "023" | "021");
                if l.ordre != Ordre::Reel && !virement {
                    continue;
                }
                let key = (l.section, l.sens, l.chapitre.clone());
                *out.chapitres.entry(key).or_default() += amount;
                *out.natures.entry((l.sens, l.nature.clone())).or_default() += amount;
                if l.specialise == Some(true) {
                    out.specialises.insert((l.sens, l.nature.clone()));
                }
                out.par_operation |= !l.operation.is_empty();
                let limited = matches!(l.chapitre.as_str(), "001" | "002" | "023");
                if d.etape == Etape::Bp && l.sens == Sens::D && !limited {
                    *out.votes.entry(l.section).or_default() += l.vote.unwrap_or_default();
                }
            }
        }
        out
    }
}
