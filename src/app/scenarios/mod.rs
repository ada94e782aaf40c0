//! Scenarios typed after `--scenario` or in `vigie.toml`: checked, and made ready for `budget::scenarios`.
//!
//! `--scenario NOM` follows a scenario for the whole forecast; `--scenario "NOM : clé=valeur ; ..."`
//! describes one more, compared to the forecast.
//!
//! **Invariant:** an option goes before `vigie.toml`, which goes before the ready-made ones of that name.

use crate::budget::Hypotheses;
use crate::budget::mesures::{Genre, Mesure, ServiceChange};
use crate::budget::scenario::{Ecarts, Niveaux};
use crate::budget::scenarios::{self, Demande};
use crate::domain::account::Sens;
use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::model::proposition::Proposition;

use super::config::{self, Config, Scenario, Service};
use super::preparation::Choix;

mod mots;
mod saisie;

pub(super) use mots::words;
pub use saisie::{Lus, lire};

/// Name of the forecast without hypothesis.
pub(super) const CENTRAL: &str = "central";
/// Longest loan, years.
const LONGEST: u16 = 60;

/// Names of the ready-made scenarios.
fn ready_names() -> String {
    let names: Vec<String> = scenarios::prets().into_iter().map(|d| d.nom).collect();
    names.join(", ")
}

/// Checks what the types do not hold, with the services described.
///
/// # Errors
/// What is wrong, and what to do.
pub(super) fn check(nom: &str, scenario: &Scenario, services: &[Service]) -> Result<(), Refus> {
    let bad = |what: String, advice: String| {
        Err(Refus::new(format!("scénario « {nom} » : {what}"), advice))
    };
    if nom == CENTRAL {
        return bad(
            "ce nom est celui de la prévision sans hypothèse".to_owned(),
            "choisir un autre nom".to_owned(),
        );
    }
    for m in &scenario.mesure {
        let label = &m.libelle;
        if m.taux.is_some() != m.duree.is_some()
            || m.duree.is_some_and(|d| !(1..=LONGEST).contains(&d))
            || m.taux.is_some_and(|t| !(0.0..=30.0).contains(&t))
        {
            return bad(
                format!("l'emprunt de « {label} » n'a pas un taux et une durée possibles"),
                format!("donner les deux : un taux de 0 à 30 %, une durée de 1 à {LONGEST} ans"),
            );
        }
        if m.taux.is_some() && m.investissement.is_empty() {
            return bad(
                format!("l'emprunt de « {label} » ne paie aucun investissement"),
                "ajouter investissement, ou retirer l'emprunt".to_owned(),
            );
        }
        let changes = usize::from(m.extension.is_some()) + usize::from(m.mutualisation.is_some());
        if changes != usize::from(m.service.is_some()) {
            return bad(
                format!("« {label} » doit dire un service et comment il change"),
                "écrire service et extension, ou service et mutualisation".to_owned(),
            );
        }
        if m.mutualisation.is_some_and(|p| !(-100.0..=100.0).contains(&p)) {
            return bad(
                format!("l'économie de « {label} » dépasse ce que coûte le service"),
                "donner une économie d'au plus 100 %".to_owned(),
            );
        }
        let Some(service) = &m.service else { continue };
        if !services.iter().any(|s| s.nom == *service) {
            let names: Vec<&str> = services.iter().map(|s| s.nom.as_str()).collect();
            let named = if names.is_empty() { "aucun".to_owned() } else { names.join(", ") };
            return Err(Refus::new(
                format!("scénario « {nom} » : le service « {service} » n'est pas décrit"),
                "décrire le service dans vigie.toml, table [[service]], avec ses fonctions",
            )
            .with_extrait(format!("services décrits : {named}")));
        }
    }
    Ok(())
}

/// The hypotheses of the scenario followed; none for the central one.
///
/// # Errors
/// A name that nothing describes.
pub(super) fn hypotheses(config: &Config, choix: &Choix) -> Result<Hypotheses, Refus> {
    let Some(nom) = followed(choix) else { return Ok(Hypotheses::default()) };
    if let Some(scenario) = typed(config, choix).find(|(other, _)| *other == nom) {
        return Ok(of(scenario.1));
    }
    if let Some(found) = scenarios::prets().into_iter().find(|d| d.nom == nom) {
        return Ok(found.hypotheses);
    }
    let mut known = vec![CENTRAL.to_owned()];
    known.extend(typed(config, choix).map(|(nom, _)| nom.to_owned()));
    Err(Refus::new(
        format!("le scénario « {nom} » n'est pas décrit"),
        "le décrire par --scenario \"NOM : energie=+8%\", ou par une table [scenario.NOM] de vigie.toml",
    )
    .with_extrait(format!("décrits : {}\nprêts : {}", known.join(", "), ready_names())))
}

/// Name of the scenario followed, when it is not the central one.
pub(super) fn followed(choix: &Choix) -> Option<&str> {
    choix.scenario.as_deref().filter(|n| *n != CENTRAL)
}

/// Scenarios typed as options, then those of `vigie.toml` that no option replaces.
fn typed<'a>(
    config: &'a Config,
    choix: &'a Choix,
) -> impl Iterator<Item = (&'a str, &'a Scenario)> {
    let options = choix.scenarios.iter().map(|(nom, s)| (nom.as_str(), s));
    let file = config.fichier.scenario.iter().map(|(nom, s)| (nom.as_str(), s));
    let replaced = |nom: &str| choix.scenarios.iter().any(|(other, _)| other == nom);
    options.chain(file.filter(move |(nom, _)| !replaced(nom)))
}

/// Checks the scenarios typed as options.
///
/// # Errors
/// See [`check`].
pub(super) fn check_options(config: &Config, choix: &Choix) -> Result<(), Refus> {
    let services = &config.fichier.service;
    choix.scenarios.iter().try_for_each(|(nom, s)| check(nom, s, services))
}

/// Scenarios to compare, those typed then those ready-made; services change as in the proposal.
pub(super) fn demandes(
    config: &Config,
    choix: &Choix,
    proposition: Option<&Proposition>,
) -> Vec<Demande> {
    let one = |(nom, s): (&str, &Scenario)| Demande {
        nom: nom.to_owned(),
        libelle: words(s),
        hypotheses: of(s),
        mesures: s.mesure.iter().map(|m| measure(m, proposition)).collect(),
    };
    let mut out: Vec<Demande> = typed(config, choix).map(one).collect();
    let new = |d: &Demande| !typed(config, choix).any(|(nom, _)| nom == d.nom);
    out.extend(scenarios::prets().into_iter().filter(new));
    out
}

fn of(s: &Scenario) -> Hypotheses {
    let points = |v: Option<f64>| v.unwrap_or(0.0);
    Hypotheses {
        inflation: s.inflation,
        point_indice: s.point_indice,
        energie: s.energie,
        bases: s.bases,
        dgf: s.dgf,
        taux_tfb: s.taux_tfb,
        dmto: s.dmto,
        personnel: s.personnel,
        ecart: Ecarts {
            inflation: points(s.ecart.inflation),
            bases: points(s.ecart.bases),
            point_indice: points(s.ecart.point_indice),
        },
        niveau: Niveaux {
            energie: points(s.niveau.energie),
            dgf: points(s.niveau.dgf),
            dmto: points(s.niveau.dmto),
            personnel: points(s.niveau.personnel),
        },
    }
}

fn measure(m: &config::Mesure, proposition: Option<&Proposition>) -> Mesure {
    let genre = match (m.extension, m.mutualisation) {
        (Some(pct), _) => Some(Genre::Extension(pct)),
        (None, Some(pct)) => Some(Genre::Mutualisation(pct)),
        (None, None) => None,
    };
    let service = m.service.as_deref().zip(genre).map(|(nom, genre)| ServiceChange {
        lignes: lines(nom, proposition),
        genre,
        des: m.des,
    });
    Mesure {
        libelle: m.libelle.clone(),
        investissement: m.investissement.clone(),
        subventions: m.subventions.clone(),
        fonctionnement: m.fonctionnement.clone(),
        recettes: m.recettes.clone(),
        emprunt: m.taux.zip(m.duree),
        service,
    }
}

/// Real operating lines of a service in the proposal.
fn lines(service: &str, proposition: Option<&Proposition>) -> Vec<(Sens, String, Centimes)> {
    let all = proposition.map_or(&[][..], |p| &p.lignes).iter();
    let ours = all.filter(|l| l.service == service && l.section == "F" && l.ordre == "reel");
    let sens = |s: &str| if s == "D" { Sens::D } else { Sens::R };
    ours.map(|l| (sens(&l.sens), l.nature.clone(), l.central)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_checked() {
        let services = [Service {
            nom: "Paie".into(),
            fonctions: vec!["02".into()],
            unite: String::new(),
            quantites: std::collections::BTreeMap::new(),
        }];
        for (text, what) in [
            ("central : energie=8%", "sans hypothèse"),
            ("x : emprunt=3%/20ans", "ne paie aucun"),
            ("x : investissement=1@2027;emprunt=3%/0ans", "taux et une durée"),
            ("x : mutualisation=Cantine 10%", "n'est pas décrit"),
            ("x : mutualisation=Paie 110%", "dépasse"),
        ] {
            let (_, all) = lire(&[text.to_owned()]).expect("read");
            let refus = check(&all[0].0, &all[0].1, &services).expect_err(text);
            assert!(refus.quoi.contains(what), "{text}: {}", refus.quoi);
        }
        let (_, all) = lire(&["x : mutualisation=Paie 10%".to_owned()]).expect("read");
        check(&all[0].0, &all[0].1, &services).expect("a service described");
    }
}
