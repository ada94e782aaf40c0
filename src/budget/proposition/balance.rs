//! The transfer to investment (023 = 021) and the loan that close the two sections.
//!
//! The operating surplus pays investment first; what is missing is borrowed; a surplus that investment does
//! not need stays in operating, as CGCT L.1612-6 allows.
//!
//! **Invariant:** an operating deficit is never hidden: nothing is transferred then, and it is said.

use crate::budget::rows::OriginePrevision;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

use super::{Contexte, LigneProposee};

pub(super) fn balance(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>, told: &mut Vec<String>) {
    let net = |section| -> Centimes {
        let ours = lignes.iter().filter(|l: &&LigneProposee| l.section == section);
        ours.map(|l| if l.sens == Sens::R { l.central } else { -l.central }).sum()
    };
    let (surplus, need) = (net(Section::F), -net(Section::I));
    if surplus.0 < 0 {
        told.push(
            "les dépenses de fonctionnement dépassent les recettes : section non équilibrée à faire : \
             réduire les dépenses ou voter une recette avant le vote (CGCT, L.1612-4)"
                .to_owned(),
        );
    }
    let moved = Centimes(surplus.0.max(0).min(need.0.max(0)));
    let loan = need - moved;
    let computed = OriginePrevision::Regle;
    let mut add = |place, account, amount: Centimes, raison: &str| {
        if amount.0 > 0 {
            let line = LigneProposee::sure(place, account, amount, raison);
            lignes.push(LigneProposee { origine: computed, equilibre: true, ..line });
        }
    };
    let why = "excédent de fonctionnement dont l'investissement a besoin : 023 = 021";
    let order = Ordre::EntreSections;
    add(
        (Section::F, Sens::D, order),
        ("023", "023", "Virement à la section d'investissement"),
        moved,
        why,
    );
    add(
        (Section::I, Sens::R, order),
        ("021", "021", "Virement de la section de fonctionnement"),
        moved,
        why,
    );
    add(
        (Section::I, Sens::R, Ordre::Reel),
        ("16", "1641", c.libelle("1641")),
        loan,
        "emprunt d'équilibre : besoin d'investissement que rien d'autre ne couvre",
    );
    if surplus > moved && need.0 >= 0 && surplus.0 > 0 {
        told.push(format!(
            "{} de recettes de fonctionnement au-dessus des dépenses : suréquilibre admis (CGCT, L.1612-6) \
             à faire : inscrire des dépenses nouvelles ou baisser une recette",
            super::en_euros(surplus - moved)
        ));
    }
    if need.0 < 0 {
        told.push(
            "les recettes d'investissement dépassent les dépenses : aucun emprunt à faire : inscrire les \
             travaux prévus ou garder ce suréquilibre (CGCT, L.1612-7, conditions à vérifier)"
                .to_owned(),
        );
    }
}
