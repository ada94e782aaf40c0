//! The landing of `budget` as the object of the page, and what vigie.toml says of fungibility.
//!
//! **Invariant:** figures come from `budget`; here they are only renamed.

use crate::budget::atterrissage as landing;
use crate::budget::dm::{Fongibilite, taux_max};
use crate::domain::account::Section;
use crate::domain::refus::Refus;
use crate::report::fr;
use crate::report::model::preparation::{
    Atterrissage, BesoinNonFinance, DelaiVote, LigneAtterrie, Mouvement, PlafondFongibilite,
};

use super::config::{Config, SectionToml};

/// `[[fongibilite]]` by budget and section.
///
/// # Errors
/// A rate above the legal one, or under zero.
pub(super) fn fongibilite(
    config: &Config,
) -> Result<Vec<(Option<String>, Section, Fongibilite)>, Refus> {
    let one = |f: &super::config::Fongibilite| {
        let taux = f.taux.unwrap_or_else(taux_max);
        if !(0.0..=taux_max()).contains(&taux) {
            return Err(Refus::new(
                format!("fongibilité de {taux} % impossible"),
                format!(
                    "écrire dans [[fongibilite]] le taux voté, entre 0 et {} %",
                    fr::decimal(taux_max(), 1)
                ),
            ));
        }
        let section = match f.section {
            SectionToml::F => Section::F,
            SectionToml::I => Section::I,
        };
        Ok((f.budget.clone(), section, Fongibilite { taux, utilise: f.utilise }))
    };
    config.fichier.fongibilite.iter().map(one).collect()
}

/// Day of the run.
pub(super) fn jour(config: &Config) -> (i32, i32, i32) {
    let d = config.date;
    (i32::from(d.year()), i32::from(d.month()), i32::from(d.day()))
}

/// The object of the page.
pub(super) fn build(found: &landing::Atterrissage) -> Atterrissage {
    let (mut mouvements, mut non_finances, mut fongibilite) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(p) = &found.proposition {
        mouvements.extend(p.mouvements.iter().map(|m| Mouvement {
            acte: m.acte.word().to_owned(),
            section: m.section.letter().to_owned(),
            sens: m.sens.letter().to_owned(),
            chapitre: m.chapitre.clone(),
            montant: m.montant,
            motif: m.motif.to_owned(),
        }));
        non_finances.extend(p.non_finances.iter().map(|(section, chapitre, montant)| {
            BesoinNonFinance {
                section: section.letter().to_owned(),
                chapitre: chapitre.clone(),
                montant: *montant,
            }
        }));
        fongibilite.extend(p.plafonds.iter().map(|p| PlafondFongibilite {
            section: p.section.letter().to_owned(),
            base: p.base,
            taux: p.taux,
            plafond: p.plafond,
            utilise: p.utilise,
            propose: p.propose,
        }));
    }
    Atterrissage {
        budget: found.budget.clone(),
        exercice: found.exercice,
        mois: found.mois as u64,
        mois_depenses: found.mois_par_sens[0] as u64,
        mois_recettes: found.mois_par_sens[1] as u64,
        profils: found.profils.clone(),
        lignes: found.lignes.iter().map(line).collect(),
        mouvements,
        non_finances,
        fongibilite,
        delais: found
            .delais
            .iter()
            .map(|d| DelaiVote {
                section: d.section.letter().to_owned(),
                limite: d.limite.clone(),
                source: d.source.clone(),
                depasse: d.depasse,
            })
            .collect(),
    }
}

fn line(l: &landing::LigneAtterrie) -> LigneAtterrie {
    LigneAtterrie {
        niveau: l.niveau.word().to_owned(),
        section: l.section.letter().to_owned(),
        sens: l.sens.letter().to_owned(),
        code: l.code.clone(),
        libelle: l.libelle.clone(),
        realise: l.realise,
        engage: l.engage,
        credits: l.credits,
        prevu: l.prevu,
        bas_80: l.intervalle_80.0,
        haut_80: l.intervalle_80.1,
        risque: l.risque.word().to_owned(),
        raison: l.raison.clone(),
    }
}
