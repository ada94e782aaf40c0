//! Scenarios side by side, cost of services and ratios of the preparation page.
//!
//! **Invariant:** figures come from `budget`; the first line of the scenarios is the forecast itself.

use crate::budget::couts::{self, Base as Partage, Cle};
use crate::budget::ratios;
use crate::budget::scenarios::{Annee, Base, Demande, Mesure};
use crate::budget::{Budget, Hypotheses, Prevision};
use crate::report::fr;
use crate::report::model::comparaison::{CoutService, RatioComptes, ScenarioAnnee};
use crate::report::model::preparation::{Scenario, Sensibilite};

use super::config::{Config, ParCle};
use super::entrees::Lecture;
use super::proposition;

/// Scenarios of a budget: by year, first year, tornado.
#[derive(Debug, Default)]
pub(super) struct Comparaison {
    pub(super) annees: Vec<ScenarioAnnee>,
    pub(super) premiere: Vec<Scenario>,
    pub(super) sensibilites: Vec<Sensibilite>,
}

/// The forecast, the scenarios typed, then those ready-made; `nom` is the scenario of the run.
pub(super) fn scenarios(
    config: &Config,
    budget: &Budget,
    prevision: &Prevision,
    nom: &str,
) -> Comparaison {
    let Some(base) = Base::new(budget, prevision) else { return Comparaison::default() };
    let run = Demande {
        nom: nom.to_owned(),
        libelle: "prévision de cette page".to_owned(),
        ..Demande::default()
    };
    // typed scenarios are told against the central forecast, not against another one
    let others = if nom == "central" { typed(config) } else { Vec::new() };
    let ready = if nom == "central" { base.prets() } else { Vec::new() };
    let mut out = Comparaison::default();
    let central = base.annees(&run);
    for demande in std::iter::once(run).chain(others).chain(ready) {
        let years = base.annees(&demande);
        let silent = years == central && demande.nom != nom;
        if silent {
            continue;
        }
        out.premiere.extend(years.first().map(|a| first(&demande, a)));
        out.annees.extend(years.iter().map(|a| year(&demande, a)));
    }
    let list = base.sensibilites().into_iter();
    out.sensibilites = list
        .map(|s| Sensibilite {
            hypothese: s.libelle.to_owned(),
            effet_bas: s.bas,
            effet_haut: s.haut,
        })
        .collect();
    out
}

/// The name as read: spaces, accents and words in full, that keys do not have.
fn shown(nom: &str) -> String {
    const WORDS: [(&str, &str); 4] = [
        ("energie", "énergie"),
        ("taux tfb", "taxe foncière"),
        ("dmto", "droits de mutation"),
        ("gel 012", "gel du personnel"),
    ];
    let plain = nom.replace('_', " ");
    WORDS.iter().fold(plain, |text, (from, to)| text.replace(from, to))
}

fn first(demande: &Demande, a: &Annee) -> Scenario {
    Scenario {
        nom: shown(&demande.nom),
        hypotheses: demande.libelle.clone(),
        epargne_brute: a.epargne_brute,
        taux_epargne_brute: a.taux(),
        capacite_desendettement: a.desendettement(),
    }
}

fn year(demande: &Demande, a: &Annee) -> ScenarioAnnee {
    ScenarioAnnee {
        nom: shown(&demande.nom),
        libelle: demande.libelle.clone(),
        exercice: a.exercice,
        recettes: a.recettes,
        epargne_brute: a.epargne_brute,
        epargne_nette: a.epargne_nette,
        taux_pct: a.taux(),
        encours: a.encours,
        desendettement: a.desendettement(),
    }
}

/// `[scenario.x]` and its measures.
fn typed(config: &Config) -> Vec<Demande> {
    let one = |(nom, s): (&String, &super::config::Scenario)| {
        let percents = [
            ("inflation", s.inflation),
            ("point d’indice", s.point_indice),
            ("énergie", s.energie),
            ("bases", s.bases),
            ("DGF", s.dgf),
            ("taux de foncier bâti", s.taux_tfb),
            ("droits de mutation", s.dmto),
            ("personnel", s.personnel),
        ];
        let mut words: Vec<String> = percents
            .iter()
            .filter_map(|(name, v)| v.map(|v| format!("{name} {}", fr::decimal_signe(v, 1))))
            .collect();
        words.extend(s.mesure.iter().map(|m| m.libelle.clone()));
        Demande {
            nom: nom.clone(),
            libelle: words.join(" ; "),
            hypotheses: Hypotheses {
                inflation: s.inflation,
                point_indice: s.point_indice,
                energie: s.energie,
                bases: s.bases,
                dgf: s.dgf,
                taux_tfb: s.taux_tfb,
                dmto: s.dmto,
                personnel: s.personnel,
            },
            niveaux: Vec::new(),
            mesures: s.mesure.iter().map(measure).collect(),
        }
    };
    config.fichier.scenario.iter().map(one).collect()
}

fn measure(m: &super::config::Mesure) -> Mesure {
    Mesure {
        libelle: m.libelle.clone(),
        investissement: m.investissement.clone(),
        subventions: m.subventions.clone(),
        fonctionnement: m.fonctionnement.clone(),
        recettes: m.recettes.clone(),
        emprunt: m.taux.zip(m.duree),
    }
}

/// Costs of the services typed, over the accounts of a budget.
pub(super) fn costs(config: &Config, lecture: &Lecture, budget: &Budget) -> Vec<CoutService> {
    let services = proposition::services(config);
    if services.is_empty() {
        return Vec::new();
    }
    let keys = config.fichier.cle.iter().map(|k| Cle {
        fonctions: k.fonctions.clone(),
        base: match k.par {
            ParCle::Depenses => Partage::Depenses,
            ParCle::Personnel => Partage::Personnel,
            ParCle::Parts => Partage::Parts(k.parts.clone()),
        },
    });
    let keys: Vec<Cle> = keys.collect();
    let documents = accounts(lecture, budget);
    let population = config.fichier.commune.population;
    let all = couts::couts(&lecture.budget, &documents, &services, &keys, population);
    all.into_iter()
        .map(|c| CoutService {
            net: c.net(),
            par_habitant: c.par_habitant(),
            par_unite: c.par_unite(),
            couverture_pct: c.couverture(),
            service: c.service,
            exercice: c.exercice,
            depenses: c.depenses,
            structure: c.structure,
            recettes: c.recettes,
            unite: c.unite,
            quantite: c.quantite,
        })
        .collect()
}

/// Documents of the accounts of a budget, one an exercice, ascending.
fn accounts(lecture: &Lecture, budget: &Budget) -> Vec<usize> {
    let find = |year: &u16| {
        lecture.budget.documents.iter().position(|d| {
            d.etape.is_executed()
                && d.exercice == *year
                && d.siret == budget.siret
                && d.budget == budget.code
        })
    };
    budget.exercices.iter().filter_map(find).collect()
}

/// Ratios of the last accounts of a budget.
pub(super) fn ratios(config: &Config, lecture: &Lecture, budget: &Budget) -> Vec<RatioComptes> {
    let Some(document) = accounts(lecture, budget).last().copied() else { return Vec::new() };
    let d = &lecture.budget.documents[document];
    let people = config.fichier.commune.population.or(d.population);
    let alerts = people.map(ratios::alerte).unwrap_or_default();
    let all = ratios::ratios(&lecture.budget, document, people).into_iter();
    let ours = all.filter(|r| people.is_none_or(|p| p >= r.seuil));
    ours.map(|r| {
        let limits: Vec<String> = alerts
            .iter()
            .filter(|a| a.ratio == r.code)
            .map(|a| format!("{} : {}", fr::decimal(a.seuil, 3), a.regle))
            .collect();
        RatioComptes {
            code: r.code.to_owned(),
            exercice: d.exercice,
            libelle: r.libelle.to_owned(),
            unite: r.unite.to_owned(),
            valeur: r.valeur,
            imprime: r.imprime,
            seuil: (!limits.is_empty()).then(|| limits.join(" ; ")),
            source: r.source.to_owned(),
            confiance: r.confiance.to_owned(),
        }
    })
    .collect()
}
