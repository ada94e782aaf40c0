//! The transfer to investment (023 = 021) and the loan that close the two sections, in each column.
//!
//! The operating surplus pays investment first; what is missing is borrowed; a surplus that investment does
//! not need stays in operating, as CGCT L.1612-6 allows. The transfer is never under what the capital of the debt
//! wants beyond the other own resources (L.1612-4, third condition): loans and grants carried over pay works, not
//! capital. Cautious, central and favourable amounts are three
//! budgets: each has its own transfer and its own loan.
//!
//! **Invariant:** an operating deficit is never hidden: nothing is transferred then, and it is said.

use crate::budget::checks::Ligne;
use crate::budget::rows::OriginePrevision;
use crate::domain::account::{Ordre, Section, Sens};
use crate::domain::money::Centimes;

use super::{Colonne, Contexte, LigneProposee};

/// What closes the sections in one column.
#[derive(Clone, Copy)]
struct Cloture {
    surplus: Centimes,
    need: Centimes,
    moved: Centimes,
    loan: Centimes,
    /// Own resources missing to cover the capital, transfer included.
    lack: Centimes,
}

impl Cloture {
    fn of(lignes: &[LigneProposee], colonne: Colonne) -> Self {
        let net = |section| -> Centimes {
            let ours = lignes.iter().filter(|l: &&LigneProposee| l.section == section);
            ours.map(|l| {
                let amount = l.montant(colonne);
                if l.sens == Sens::R { amount } else { -amount }
            })
            .sum()
        };
        let (surplus, need) = (net(Section::F), -net(Section::I));
        let real: Vec<Ligne> = lignes.iter().map(|l| l.a_verifier(colonne)).collect();
        let sum = |keep: fn(&Ligne) -> bool| -> Centimes {
            real.iter().filter(|l| keep(l)).map(|l| l.montant).sum()
        };
        let wanted = sum(Ligne::is_to_cover) - sum(Ligne::is_own_resource);
        let moved = Centimes(surplus.0.min(need.max(wanted).0).max(0));
        let lack = Centimes((wanted - moved).0.max(0));
        Self { surplus, need, moved, loan: Centimes((need - moved).0.max(0)), lack }
    }
}

pub(super) fn balance(c: &Contexte<'_>, lignes: &mut Vec<LigneProposee>, told: &mut Vec<String>) {
    let all = Colonne::TOUTES.map(|colonne| Cloture::of(lignes, colonne));
    let [prudent, central, _] = all;
    let computed = OriginePrevision::Regle;
    // a line to write in, even when nothing has to be moved nor borrowed
    let invests = lignes.iter().any(|l| l.section == Section::I);
    let mut add = |place, account, pick: fn(&Cloture) -> Centimes, raison: &str| {
        let [prudent, central, favorable] = all.map(|one| pick(&one));
        if invests || [prudent, central, favorable].iter().any(|m| m.0 > 0) {
            let line = LigneProposee::sure(place, account, central, raison);
            lignes.push(LigneProposee {
                prudent,
                favorable,
                origine: computed,
                equilibre: true,
                ..line
            });
        }
    };
    let why = "excédent de fonctionnement dont l'investissement a besoin : 023 = 021";
    let order = Ordre::EntreSections;
    add(
        (Section::F, Sens::D, order),
        ("023", "023", "Virement à la section d'investissement"),
        |one| one.moved,
        why,
    );
    add(
        (Section::I, Sens::R, order),
        ("021", "021", "Virement de la section de fonctionnement"),
        |one| one.moved,
        why,
    );
    add(
        (Section::I, Sens::R, Ordre::Reel),
        ("16", "1641", c.libelle("1641")),
        |one| one.loan,
        "emprunt d'équilibre : besoin d'investissement que rien d'autre ne couvre",
    );
    tell(&central, &prudent, told);
}

fn tell(central: &Cloture, prudent: &Cloture, told: &mut Vec<String>) {
    if central.surplus.0 < 0 {
        told.push(
            "les dépenses de fonctionnement dépassent les recettes : section non équilibrée à faire : \
             réduire les dépenses ou voter une recette avant le vote (CGCT, L.1612-4)"
                .to_owned(),
        );
    } else if prudent.surplus.0 < 0 {
        told.push(format!(
            "budget prudent : il manque {} de recettes de fonctionnement pour l'équilibrer à faire : garder \
             cette marge en dépenses à différer ou en recette à voter",
            super::en_euros(prudent.surplus.abs())
        ));
    }
    let Cloture { surplus, need, moved, lack, .. } = *central;
    if lack.0 > 0 {
        told.push(format!(
            "il manque {} de ressources propres pour rembourser le capital de la dette : un emprunt n'y répond pas \
             à faire : dégager de l'épargne, vendre un bien ou renégocier l'échéancier (CGCT, L.1612-4)",
            super::en_euros(lack)
        ));
    } else if moved > need.max(Centimes::ZERO) {
        told.push(format!(
            "le virement dépasse de {} le besoin d'investissement : les emprunts et subventions reportés ne \
             remboursent pas le capital (CGCT, L.1612-4) à faire : réduire d'autant l'emprunt reporté",
            super::en_euros(moved - need.max(Centimes::ZERO))
        ));
    }
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
