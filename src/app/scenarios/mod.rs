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
use crate::report::fr;
use crate::report::model::preparation::Inconnue;
use crate::report::model::proposition::Proposition;

use super::config::{self, Config, Scenario, Service};
use super::preparation::Choix;

mod mots;
mod saisie;

pub(super) use mots::words;
pub use saisie::{Lus, lire};

/// Name of the forecast without hypothesis.
pub(super) const CENTRAL: &str = "central";
/// Change in % beyond which a second look is asked for.
const LARGE: f64 = 50.0;
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
    if let Some(what) = more_than_all(scenario) {
        return bad(what, "écrire une baisse d'au plus 100 %".to_owned());
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

/// What a scenario takes away beyond the whole.
fn more_than_all(s: &Scenario) -> Option<String> {
    let change = changes(s).find(|(_, v)| *v < -100.0);
    let service = || s.mesure.iter().find(|m| m.extension.is_some_and(|p| p < -100.0));
    let words = |(key, value)| {
        format!("{key} {} % : on ne retire pas plus que tout", fr::decimal(value, 1))
    };
    change
        .map(words)
        .or_else(|| service().map(|m| format!("« {} » retire plus que tout le service", m.libelle)))
}

/// Changes in % of a scenario, with their names; points are no shares.
fn changes(s: &Scenario) -> impl Iterator<Item = (&'static str, f64)> {
    let all = [
        ("énergie", s.niveau.energie),
        ("dgf", s.niveau.dgf),
        ("dmto", s.niveau.dmto),
        ("personnel", s.niveau.personnel),
        ("énergie", s.energie),
        ("dgf", s.dgf),
        ("dmto", s.dmto),
        ("personnel", s.personnel),
        ("inflation", s.inflation),
        ("bases", s.bases),
        ("point d'indice", s.point_indice),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?)))
}

/// Years of the measures of a scenario that are out of the exercices forecast.
fn outside(s: &Scenario, (first, last): (u16, u16)) -> Vec<u16> {
    let of = |m: &config::Mesure| {
        let tables = [&m.investissement, &m.subventions, &m.fonctionnement, &m.recettes];
        let years = tables.into_iter().flat_map(|t| t.keys().copied());
        years.chain(m.des).collect::<Vec<u16>>()
    };
    let mut out: Vec<u16> = s.mesure.iter().flat_map(of).collect();
    out.retain(|y| !(first..=last).contains(y));
    out.sort_unstable();
    out.dedup();
    out
}

/// Checks the years of the scenarios against the exercices forecast; tells what deserves a second look:
/// a change beyond a half, years of `vigie.toml` out of the horizon.
///
/// # Errors
/// A measure typed as an option whose year is not forecast.
pub(super) fn review(
    config: &Config,
    choix: &Choix,
    horizon: (u16, u16),
) -> Result<Vec<Inconnue>, Refus> {
    let mut told = Vec::new();
    let (first, last) = horizon;
    for (nom, s) in typed(config, choix) {
        let years: Vec<String> = outside(s, horizon).iter().map(u16::to_string).collect();
        let option = choix.scenarios.iter().any(|(other, _)| other == nom);
        let advice = format!(
            "choisir une année de {first} à {last}, ou allonger la prévision avec --horizon (5 au plus)"
        );
        if !years.is_empty() {
            let what = format!(
                "scénario « {nom} » : {} hors des exercices prévus, de {first} à {last}",
                years.join(", ")
            );
            if option {
                return Err(Refus::new(what, advice));
            }
            told.push(remark(nom, format!("{what} : sans effet sur la comparaison"), advice));
        }
        for (key, value) in changes(s).filter(|(_, v)| v.abs() > LARGE) {
            told.push(remark(
                nom,
                format!(
                    "scénario « {nom} » : {key} {} %, un changement de plus de moitié",
                    fr::decimal(value, 1)
                ),
                "vérifier ce pourcentage : 8 veut dire 8 %".to_owned(),
            ));
        }
    }
    Ok(told)
}

/// What to tell about a scenario.
pub(super) fn remark(nom: &str, raison: String, a_faire: String) -> Inconnue {
    Inconnue { sujet: format!("Scénario {nom}"), raison, a_faire }
}

/// True when the scenario was described by an option or in `vigie.toml`.
pub(super) fn is_typed(config: &Config, choix: &Choix, nom: &str) -> bool {
    typed(config, choix).any(|(other, _)| other == nom)
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
            ("x : personnel=-200%", "personnel −200,0 % : on ne retire pas plus que tout"),
            ("x : energie=-101%/an", "plus que tout"),
            ("x : extension=Paie -150%", "plus que tout le service"),
        ] {
            let (_, all) = lire(&[text.to_owned()]).expect("read");
            let refus = check(&all[0].0, &all[0].1, &services).expect_err(text);
            assert!(refus.quoi.contains(what), "{text}: {}", refus.quoi);
        }
        let (_, all) = lire(&["x : mutualisation=Paie 10%".to_owned()]).expect("read");
        check(&all[0].0, &all[0].1, &services).expect("a service described");
        let (_, all) = lire(&["x : personnel=-100%".to_owned()]).expect("read");
        check(&all[0].0, &all[0].1, &services).expect("all of it");
    }

    #[test]
    fn years_out_of_the_horizon_are_refused_or_told() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("vigie.toml");
        std::fs::write(
            &file,
            "[[scenario.toit.mesure]]\nlibelle = \"Toit\"\ninvestissement = { 2035 = 1000 }\n",
        )
        .expect("writable");
        let options = config::Options { config: Some(file), ..config::Options::default() };
        let today = jiff::civil::date(2026, 3, 1);
        let config = Config::resolve(options, today).map_err(|r| r.to_string()).expect("a config");
        let choix = |text: &str| Choix {
            scenarios: lire(&[text.to_owned()]).expect("read").1,
            ..Choix::default()
        };
        for text in
            ["X : investissement=1500000@2020", "X : investissement=5@2040 ; emprunt=3%/10ans"]
        {
            let refus = review(&config, &choix(text), (2026, 2028)).expect_err(text);
            assert!(refus.quoi.contains("hors des exercices prévus, de 2026 à 2028"), "{refus}");
            assert!(refus.a_faire.contains("de 2026 à 2028"), "{refus}");
        }
        let inside = choix("X : investissement=5@2027 ; personnel=+60%");
        let told = review(&config, &inside, (2026, 2028)).map_err(|r| r.to_string()).expect("fine");
        let words: Vec<&str> = told.iter().map(|t| t.raison.as_str()).collect();
        // the option asks for a second look, the file keeps a programme longer than the horizon
        assert_eq!(
            words,
            [
                "scénario « X » : personnel 60,0 %, un changement de plus de moitié",
                "scénario « toit » : 2035 hors des exercices prévus, de 2026 à 2028 : sans effet sur la \
                 comparaison",
            ]
        );
    }
}
