//! The constants of the preparation page: those in force in the exercice prepared, and the indices known.
//!
//! **Invariant:** values come from the tables of `budget`; beyond their last row nothing is made up.

use crate::budget::constantes::{self, Constante};
use crate::budget::rules;
use crate::report::model::preparation::ConstanteUtilisee;

/// Every constant and index for `exercice`, in the order of the tables.
pub(super) fn used(exercice: u16) -> Vec<ConstanteUtilisee> {
    let mut out: Vec<ConstanteUtilisee> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for row in constantes::toutes() {
        if seen.contains(&row.cle) {
            continue;
        }
        seen.push(row.cle);
        out.push(line(constantes::en_vigueur(row.cle, exercice), row));
    }
    out.extend(rules::indices(exercice).into_iter().map(|i| ConstanteUtilisee {
        libelle: i.libelle.to_owned(),
        valeur: i.valeur.to_owned(),
        unite: i.unite.to_owned(),
        debut: i.debut.to_owned(),
        source: i.source.to_owned(),
        confiance: i.confiance.to_owned(),
        connu_le: i.connu_le.to_owned(),
    }));
    out
}

fn line(found: Option<&Constante>, first: &Constante) -> ConstanteUtilisee {
    let Some(c) = found else {
        return ConstanteUtilisee {
            libelle: first.libelle.to_owned(),
            valeur: String::new(),
            unite: first.unite.to_owned(),
            debut: String::new(),
            source: "aucune ligne de la table pour cet exercice".to_owned(),
            confiance: "non évalué".to_owned(),
            connu_le: String::new(),
        };
    };
    ConstanteUtilisee {
        libelle: c.libelle.to_owned(),
        valeur: c.valeur.to_owned(),
        unite: c.unite.to_owned(),
        debut: c.debut.to_owned(),
        source: c.source.to_owned(),
        confiance: c.confiance.word().to_owned(),
        connu_le: c.connu_le.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_shown_once_and_what_is_beyond_is_said() {
        let all = used(2027);
        let vote = |list: &[ConstanteUtilisee]| {
            let of = |c: &&ConstanteUtilisee| c.unite == "date";
            list.iter().filter(of).map(|c| (c.valeur.clone(), c.confiance.clone())).next()
        };
        assert_eq!(vote(&all), Some(("04-15".into(), "vérifié".into())));
        assert_eq!(vote(&used(2032)), Some((String::new(), "non évalué".into())));
        assert!(all.iter().all(|c| !c.source.is_empty() && !c.libelle.is_empty()));
        // the revaluation of 2027 is published in December 2026
        let bases = all.iter().find(|c| c.libelle.contains("valeurs locatives")).expect("shown");
        assert_eq!(bases.confiance, "non évalué");
        assert!(all.iter().any(|c| c.confiance == "à vérifier"));
    }
}
