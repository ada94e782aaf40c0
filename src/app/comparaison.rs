//! Scenarios side by side, cost of services and ratios of the preparation page.
//!
//! **Invariant:** figures come from `budget`; the first line of the scenarios is the forecast itself.

use crate::budget::couts::{self, Base as Partage, Cle};
use crate::budget::ratios;
use crate::budget::scenarios::{Annee, Base, Demande};
use crate::budget::{Budget, Hypotheses, Prevision};
use crate::domain::money::Centimes;
use crate::report::fr;
use crate::report::model::comparaison::{CoutService, RatioComptes, ScenarioAnnee};
use crate::report::model::preparation::{Inconnue, Scenario, Sensibilite};
use crate::report::model::proposition::Proposition;

use super::config::{Config, ParCle};
use super::entrees::Lecture;
use super::preparation::Choix;
use super::proposition;
use super::scenarios;

/// Scenarios of a budget: by year, first year, tornado.
#[derive(Debug, Default)]
pub(super) struct Comparaison {
    pub(super) annees: Vec<ScenarioAnnee>,
    pub(super) premiere: Vec<Scenario>,
    pub(super) sensibilites: Vec<Sensibilite>,
    /// Measures of the scenario of the page: compared, not in its forecast.
    pub(super) hors_prevision: Option<Inconnue>,
    /// Scenarios described that change nothing.
    pub(super) sans_effet: Vec<Inconnue>,
}

impl Comparaison {
    /// Adds a scenario; `still` is the central forecast of the same years.
    fn add(&mut self, demande: &Demande, years: &[Annee], still: &[Annee]) {
        self.premiere.extend(years.first().map(|a| first(demande, a)));
        self.annees.extend(years.iter().zip(still).map(|(a, c)| year(demande, a, c)));
    }
}

/// What the scenarios are compared on.
pub(super) struct Sujet<'a> {
    pub(super) config: &'a Config,
    pub(super) choix: &'a Choix,
    /// The budget and its forecast in the scenario of the run.
    pub(super) budget: &'a Budget,
    pub(super) prevision: &'a Prevision,
    /// The central forecast, when the run follows another scenario.
    pub(super) central: Option<&'a Prevision>,
    /// The proposal of the run, where services are.
    pub(super) proposition: Option<&'a Proposition>,
}

/// The central forecast, the scenario of the run, those typed, then those ready-made.
pub(super) fn scenarios(s: &Sujet<'_>) -> Comparaison {
    let Some(run) = Base::new(s.budget, s.prevision) else { return Comparaison::default() };
    let principal = s.central.and_then(|p| p.budgets.iter().find(|b| b.nom == s.budget.nom));
    let other = principal.zip(s.central).and_then(|(b, p)| Base::new(b, p));
    let base = other.as_ref().unwrap_or(&run);
    let mut out = Comparaison::default();
    let words = if other.is_some() { "aucune hypothèse" } else { "prévision de cette page" };
    let central = Demande {
        nom: scenarios::CENTRAL.to_owned(),
        libelle: words.to_owned(),
        ..Demande::default()
    };
    let still = base.annees(&central);
    out.add(&central, &still, &still);
    let mut all = scenarios::demandes(s.config, s.choix, s.proposition);
    let followed = scenarios::followed(s.choix);
    // the scenario of the page first: its hypotheses are in its forecast, its measures are not
    all.sort_by_key(|d| followed != Some(d.nom.as_str()));
    for demande in &all {
        if followed == Some(demande.nom.as_str()) {
            let page = Demande { hypotheses: Hypotheses::default(), ..demande.clone() };
            let libelle = format!("prévision de cette page : {}", demande.libelle);
            out.add(&Demande { libelle, ..demande.clone() }, &run.annees(&page), &still);
            out.hors_prevision = apart(demande);
            continue;
        }
        let years = base.annees(demande);
        // a hypothesis on accounts that the commune does not have says nothing
        if years != still {
            out.add(demande, &years, &still);
        } else if scenarios::is_typed(s.config, s.choix, &demande.nom) {
            out.sans_effet.push(scenarios::remark(
                &demande.nom,
                format!("scénario « {} » : sans effet sur les comptes de ce budget", demande.nom),
                "vérifier que la commune a les comptes dont il parle (vigie prevoir --help)"
                    .to_owned(),
            ));
        }
    }
    out.sensibilites = run
        .sensibilites()
        .into_iter()
        .map(|s| Sensibilite {
            hypothese: s.libelle.to_owned(),
            effet_bas: s.bas,
            effet_haut: s.haut,
        })
        .collect();
    out
}

/// What the scenarios asked for change, the first year they differ from the forecast.
pub(super) fn terminal(all: &[ScenarioAnnee], choix: &Choix) -> Vec<(&'static str, String)> {
    let described = choix.scenarios.iter().map(|(nom, _)| nom.as_str());
    let followed = scenarios::followed(choix).into_iter();
    let line = |nom: &str| {
        let name = shown(nom);
        let mut years = all.iter().filter(|a| a.nom == name);
        let first = years.clone().find(|a| a.ecart_nette != Centimes::ZERO).or(years.next())?;
        let gap = match first.ecart_nette {
            Centimes::ZERO => "comme la prévision".to_owned(),
            gap => format!(
                "{}{} que la prévision",
                fr::phrase(gap.abs()),
                if gap.0 < 0 { " de moins" } else { " de plus" }
            ),
        };
        Some(format!(
            "{name} : épargne nette {} de {}, {gap}",
            first.exercice,
            fr::phrase(first.epargne_nette)
        ))
    };
    followed
        .chain(described)
        .filter_map(line)
        .enumerate()
        .map(|(i, text)| (if i == 0 { "Scénario" } else { "" }, text))
        .collect()
}

/// The name as read: spaces, accents and words in full, that keys do not have.
fn shown(nom: &str) -> String {
    const WORDS: [(&str, &str); 8] = [
        ("inflation plus 1", "inflation +1 point"),
        ("energie plus 10", "énergie +10 %"),
        ("taux tfb plus 1", "taxe foncière +1 point"),
        ("dmto moins 20", "droits de mutation −20 %"),
        ("energie", "énergie"),
        ("taux tfb", "taxe foncière"),
        ("dmto", "droits de mutation"),
        ("gel 012", "gel du personnel"),
    ];
    let plain = nom.replace('_', " ");
    fr::typo(&WORDS.iter().fold(plain, |text, (from, to)| text.replace(from, to)))
}

/// What the reader must know of the measures of the scenario that the page follows.
fn apart(demande: &Demande) -> Option<Inconnue> {
    (!demande.mesures.is_empty()).then(|| Inconnue {
        sujet: format!("Scénario {}", demande.nom),
        raison:
            "Ses mesures comptent dans la comparaison des scénarios, pas dans les comptes prévus."
                .to_owned(),
        a_faire:
            "une fois décidées, les écrire dans vigie.toml, tables [[investissement]] et [[connu]]"
                .to_owned(),
    })
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

fn year(demande: &Demande, a: &Annee, central: &Annee) -> ScenarioAnnee {
    ScenarioAnnee {
        nom: shown(&demande.nom),
        libelle: demande.libelle.clone(),
        exercice: a.exercice,
        recettes: a.recettes,
        epargne_brute: a.epargne_brute,
        epargne_nette: a.epargne_nette,
        ecart_nette: a.epargne_nette - central.epargne_nette,
        taux_pct: a.taux(),
        encours: a.encours,
        desendettement: a.desendettement(),
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
    let mut all = couts::couts(&lecture.budget, &documents, &services, &keys, population);
    all.sort_by_key(|c| (fr::cle_tri(&c.service), c.exercice));
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
    let documents = accounts(lecture, budget);
    let Some(document) = documents.last().copied() else { return Vec::new() };
    let d = &lecture.budget.documents[document];
    let people = config.fichier.commune.population.or(d.population);
    let alerts = people.map(ratios::alerte).unwrap_or_default();
    let all = ratios::ratios(&lecture.budget, document, people).into_iter();
    let ours = all.filter(|r| people.is_none_or(|p| p >= r.seuil));
    let before = documents.len().checked_sub(2).map(|i| documents[i]);
    let before = before.filter(|i| lecture.budget.documents[*i].exercice + 1 == d.exercice);
    let before = before.map_or_else(Vec::new, |i| ratios::ratios(&lecture.budget, i, people));
    ours.map(|r| {
        let limits: Vec<String> = alerts
            .iter()
            .filter(|a| a.ratio == r.code)
            .map(|a| {
                let text = fr::decimal(a.seuil, 3);
                let short = text.trim_end_matches('0').trim_end_matches(',');
                let unit = if r.unite == "pourcent" { "\u{a0}%" } else { "" };
                match a.regle {
                    rule if rule.ends_with("deux années de suite") => {
                        format!("au-delà de {short}{unit} deux années de suite")
                    }
                    rule if rule.ends_with("seuil") => format!("{rule} {short}{unit}"),
                    _ => format!("au-delà de {short}{unit}"),
                }
            })
            .collect();
        let past = before.iter().find(|b| b.code == r.code).and_then(|b| b.valeur);
        RatioComptes {
            depasse: ratios::passes(r.code, &alerts, r.valeur, past),
            code: r.code.to_owned(),
            exercice: d.exercice,
            libelle: r.libelle.to_owned(),
            unite: r.unite.to_owned(),
            valeur: r.valeur,
            imprime: r.imprime,
            moyenne: r.moyenne,
            seuil: (!limits.is_empty()).then(|| limits.join(" ; ")),
            source: r.source.to_owned(),
            confiance: r.confiance.to_owned(),
        }
    })
    .collect()
}
