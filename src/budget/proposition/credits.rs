//! Credits from the forecast: one line an account with its three amounts, then by function and service.
//!
//! The cautious total of a section and sens is the bound of its 80 % interval; accounts share its distance
//! to the forecast by their own half-widths, so that the cautious amounts add up to a total that has a
//! meaning (all accounts at their worst the same year has none). No account goes beyond its own interval: what
//! it cannot take goes to the others.
//!
//! **Invariant:** sharing changes no total.

use std::collections::BTreeMap;

use crate::budget::rows::{LignePrevision, Niveau};
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;
use crate::domain::nomenclature::nomenclature;

use super::share::{partager, partager_borne};
use super::{Contexte, LigneProposee};

/// Sales, executed on 775 and voted on 024.
const SALES: &str = "775";

/// One line an account for both sections.
pub(super) fn of_forecast(c: &Contexte<'_>) -> Vec<LigneProposee> {
    let ours: Vec<&LignePrevision> = c
        .prevision
        .lignes
        .iter()
        .filter(|l| l.budget == c.budget.nom && l.exercice == c.exercice)
        .collect();
    let mut out = Vec::new();
    for (section, sens) in
        [(Section::F, Sens::D), (Section::F, Sens::R), (Section::I, Sens::D), (Section::I, Sens::R)]
    {
        let here = |l: &&&LignePrevision| l.section == section && l.sens == sens;
        let natures: Vec<&LignePrevision> =
            ours.iter().filter(here).filter(|l| l.niveau == Niveau::Nature).copied().collect();
        let total = ours.iter().filter(here).find(|l| l.niveau == Niveau::Total);
        let widths = |low: bool| -> Vec<i64> {
            let half = |l: &LignePrevision| {
                let (bas, haut) = l.intervalle_80;
                if low { l.prevision - bas } else { haut - l.prevision }
            };
            let whole = total.map_or(Centimes::ZERO, |l| half(l));
            // a refinancing is the same amount on both sides, a due date is a contract: no margin of their own
            let wide = |l: &LignePrevision| if sure(l) { 0 } else { half(l).0.max(0) };
            let weights: Vec<i64> = natures.iter().map(|l| wide(l)).collect();
            if weights.iter().all(|w| *w == 0) {
                return vec![0; natures.len()];
            }
            // an amount is not cut under zero: its forecast is the most it can lose
            let room = |l: &LignePrevision| match l.prevision.0 {
                m if m < 0 || !low => i64::MAX,
                m => m,
            };
            let ceilings: Vec<i64> =
                natures.iter().zip(&weights).map(|(l, w)| room(l).min(*w)).collect();
            partager_borne(whole, &weights, &ceilings).into_iter().map(|m| m.0).collect()
        };
        let (low, high) = (widths(true), widths(false));
        for (i, l) in natures.iter().enumerate() {
            let (below, above) = (Centimes(low[i]), Centimes(high[i]));
            let (less, more) = (l.prevision - below, l.prevision + above);
            let (prudent, favorable) = if sens == Sens::D { (more, less) } else { (less, more) };
            out.push(LigneProposee {
                reference: l.dernier_realise,
                prudent,
                favorable,
                erreur_passee_pct: l.erreur_passee_pct,
                origine: l.origine,
                ..LigneProposee::sure(
                    (section, sens, Ordre::Reel),
                    (&l.chapitre, &l.code, &l.libelle),
                    l.prevision,
                    reason(&l.modele, &l.raison),
                )
            });
        }
    }
    out
}

/// A refinancing, or the capital that the loans described have to pay back.
fn sure(l: &LignePrevision) -> bool {
    let contractual = l.section == Section::I && l.sens == Sens::D && l.modele == "dette";
    refinancing(&l.code) || contractual
}

/// Loans paid back by other loans.
fn refinancing(code: &str) -> bool {
    code.starts_with("166") || code.starts_with("16449")
}

/// Model and reason, the model once.
fn reason(modele: &str, raison: &str) -> String {
    if raison.starts_with(modele) { raison.to_owned() } else { format!("{modele} : {raison}") }
}

/// A sale is executed on 775 and voted on 024, in investment.
pub(super) fn sales_to_024(lignes: &mut [LigneProposee]) {
    for l in lignes.iter_mut().filter(|l| l.sens == Sens::R && l.nature == SALES) {
        l.section = Section::I;
        "024".clone_into(&mut l.chapitre);
        "024".clone_into(&mut l.nature);
        "Produits des cessions d'immobilisations".clone_into(&mut l.libelle);
        l.raison = format!("vente exécutée au 775, votée au 024 ; {}", l.raison);
    }
}

/// Shares by function of the last accounts, by section, sens and account.
type Shares<'a> = BTreeMap<(Section, Sens, &'a str), BTreeMap<&'a str, i64>>;

/// Splits the lines by function as in the last accounts of the same norm, then names their service.
pub(super) fn by_function(
    c: &Contexte<'_>,
    lignes: &mut Vec<LigneProposee>,
    told: &mut Vec<String>,
) {
    let written = nomenclature(&c.frame.documents[c.document].nomenclature);
    let same = written.is_none_or(|n| n.plan.norme() == c.budget.plan.norme());
    let mut shares: Shares<'_> = BTreeMap::new();
    for l in c.frame.lignes_of(c.document).filter(|l| l.ordre == Ordre::Reel && same) {
        if !l.fonction.is_empty() {
            let by = shares.entry((l.section, l.sens, l.nature.as_str())).or_default();
            *by.entry(l.fonction.as_str()).or_default() += l.realise.unwrap_or_default().0;
        }
    }
    if !same {
        told.push(format!(
            "les fonctions de la M14 n'ont pas d'équivalent un pour un en M57 : proposition sans fonction \
             ni service à faire : donner les comptes {} en M57, ou compléter preparation.xlsx",
            c.base() + 1
        ));
    }
    if !shares.is_empty() {
        without_function(lignes, told);
    }
    let mut out = Vec::with_capacity(lignes.len());
    for l in lignes.drain(..) {
        let by = shares.get(&(l.section, l.sens, l.nature.as_str()));
        let kept: Vec<(&str, i64)> =
            by.into_iter().flatten().filter(|(_, w)| **w > 0).map(|(f, w)| (*f, *w)).collect();
        // a new operation does not serve what last year's works served
        if kept.is_empty() || !l.fonction.is_empty() || !l.operation.is_empty() {
            out.push(l);
            continue;
        }
        let weights: Vec<i64> = kept.iter().map(|(_, w)| *w).collect();
        let split = |amount| partager(amount, &weights);
        let (reference, central) = (split(l.reference), split(l.central));
        let (prudent, favorable) = (split(l.prudent), split(l.favorable));
        for (i, (fonction, _)) in kept.iter().enumerate() {
            out.push(LigneProposee {
                fonction: (*fonction).to_owned(),
                reference: reference[i],
                central: central[i],
                prudent: prudent[i],
                favorable: favorable[i],
                ..l.clone()
            });
        }
    }
    for l in out.iter_mut().filter(|l| !l.fonction.is_empty()) {
        l.service = if c.saisie.services.is_empty() {
            domain(c, &l.fonction)
        } else {
            c.saisie.service(&l.fonction).to_owned()
        };
    }
    *lignes = out;
}

/// New operations whose function is still to be written.
fn without_function(lignes: &mut [LigneProposee], told: &mut Vec<String>) {
    let mut names: Vec<String> = Vec::new();
    let open = |l: &&mut LigneProposee| {
        !l.operation.is_empty() && l.fonction.is_empty() && !l.report && l.sens == Sens::D
    };
    for l in lignes.iter_mut().filter(open) {
        l.raison.push_str(" ; fonction à préciser");
        names.push(format!("« {} »", l.operation));
    }
    names.dedup();
    if !names.is_empty() {
        told.push(format!(
            "opération{} sans fonction : {} à faire : écrire fonction = \"…\" dans [[investissement]]",
            if names.len() > 1 { "s" } else { "" },
            names.join(", ")
        ));
    }
}

/// Without typed services, the domain of a function (its first digit) stands for one.
fn domain(c: &Contexte<'_>, fonction: &str) -> String {
    let first = fonction.get(..1).unwrap_or(fonction);
    let named =
        crate::domain::nomenclature::plan(c.budget.plan).libelle_fonction(first, c.exercice);
    if named.is_empty() { format!("Fonction {first}") } else { format!("{first} {named}") }
}
