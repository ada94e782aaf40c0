//! `vigie.toml` by form.
//!
//! **Invariant:** what cannot be taken is shown beside its field, with what was typed; nothing is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::reglages::{self, COMMUNE, ConnuSaisi, Erreur, HYPOTHESES, Saisie, ScenarioSaisi};
use crate::domain::refus::Refus;

use super::etat::Etat;
use super::mots;
use super::pages::{self, Cadre};

/// Labels of the fields of the commune, and a hint.
const LIBELLES: [(&str, &str); 6] = [
    ("Nom de la commune", ""),
    ("SIREN", "9 chiffres"),
    ("Code INSEE", "5 caractères"),
    ("Population totale", "habitants"),
    ("Strate", "telle que nommée dans le fichier DGFiP ou OFGL fourni"),
    ("SIREN de l’intercommunalité", "9 chiffres"),
];
/// Empty rows offered for new entries.
const NOUVELLES: usize = 2;

struct Champ {
    cle: String,
    libelle: &'static str,
    aide: &'static str,
    valeur: String,
    erreur: Option<String>,
    /// Choices of a list: word and label; empty for a text.
    choix: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "reglages.html")]
struct Page<'a> {
    cadre: Cadre<'a>,
    empreinte: String,
    commune: Vec<Champ>,
    connus: Vec<Vec<Champ>>,
    scenarios: Vec<(String, Vec<Champ>)>,
    erreurs: Vec<Erreur>,
    enregistre: bool,
    /// The file has no key for its pseudonyms.
    sans_cle: bool,
}

/// Labels of the hypotheses of a scenario: what they count.
const POURCENT: &str = "% par an";

/// The form.
pub(super) async fn page(State(etat): State<Arc<Etat>>, RawQuery(query): RawQuery) -> Response {
    let saved = query.as_deref() == Some("enregistre");
    let read = reglages::lire(&etat.dossier);
    if let Some(refus) = &read.refus {
        return pages::refus(&etat, StatusCode::CONFLICT, refus);
    }
    let known = Connu { empreinte: read.empreinte, budgets: read.budgets, sans_cle: !read.cle };
    shown(&etat, read.saisie, &known, saved.then(Vec::new).ok_or_else(Vec::new))
}

/// What the form shows of the file beside the fields.
struct Connu {
    empreinte: String,
    budgets: Vec<String>,
    sans_cle: bool,
}

/// The form: `Ok` right after it was saved, `Err` with what is wrong, if anything.
fn shown(
    etat: &Etat,
    mut saisie: Saisie,
    known: &Connu,
    outcome: Result<Vec<Erreur>, Vec<Erreur>>,
) -> Response {
    let enregistre = outcome.is_ok();
    let (Ok(erreurs) | Err(erreurs)) = outcome;
    if erreurs.is_empty() {
        let rows = saisie.connus.len() + NOUVELLES;
        let blank = ConnuSaisi { sens: "R".to_owned(), ..ConnuSaisi::default() };
        saisie.connus.resize(rows, blank);
        saisie.scenarios.push(ScenarioSaisi::default());
    }
    let wrong = |cle: &str| erreurs.iter().find(|e| e.champ == cle).map(|e| e.message.clone());
    let field = |cle: String, libelle, aide, valeur: &str| Champ {
        erreur: wrong(&cle),
        valeur: valeur.to_owned(),
        cle,
        libelle,
        aide,
        choix: Vec::new(),
    };
    let list = |field: Champ, choix: Vec<(String, String)>| Champ { choix, ..field };
    let sens = || [("R", "Recette"), ("D", "Dépense")].map(|(m, l)| (m.to_owned(), l.to_owned()));
    let budgets = || {
        let all = std::iter::once((String::new(), "toute la commune".to_owned()));
        all.chain(known.budgets.iter().map(|b| (b.clone(), b.clone()))).collect::<Vec<_>>()
    };
    let commune = COMMUNE.iter().zip(LIBELLES).zip(&saisie.commune);
    let commune = commune.map(|((k, (l, a)), v)| field(format!("commune.{k}"), l, a, v)).collect();
    let connus = saisie.connus.iter().enumerate().map(|(i, c)| {
        let key = |k: &str| format!("connu.{i}.{k}");
        let mut fields = vec![
            field(key("exercice"), "Exercice", "année", &c.exercice),
            list(field(key("sens"), "Recette ou dépense", "", &c.sens), sens().to_vec()),
            field(key("code"), "Chapitre, nature ou poste", "74111, 012, dgf", &c.code),
            field(key("montant"), "Montant", "euros", &c.montant),
            field(key("source"), "D’où vient ce montant", "notification, contrat", &c.source),
        ];
        if !known.budgets.is_empty() {
            fields.push(list(field(key("budget"), "Budget", "", &c.budget), budgets()));
        }
        fields
    });
    let scenarios = saisie.scenarios.iter().enumerate().map(|(i, s)| {
        let key = |k: &str| format!("scenario.{i}.{k}");
        let mut fields = vec![field(key("nom"), "Nom", "prudent, favorable", &s.nom)];
        for ((k, label), value) in HYPOTHESES.iter().zip(&s.valeurs) {
            let aide = if *k == "taux_tfb" { "points ajoutés" } else { POURCENT };
            fields.push(field(key(k), label, aide, value));
        }
        (s.avant.clone(), fields)
    });
    let page = Page {
        cadre: etat.cadre("Réglages de la commune"),
        commune,
        connus: connus.collect(),
        scenarios: scenarios.collect(),
        enregistre,
        sans_cle: known.sans_cle,
        empreinte: known.empreinte.clone(),
        erreurs: erreurs.clone(),
    };
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    (status, pages::html(&page)).into_response()
}

/// Writes the fields, or shows them again with what is wrong.
pub(super) async fn enregistrer(
    State(etat): State<Arc<Etat>>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Response {
    let fields: BTreeMap<String, String> = typed.into_iter().collect();
    let Some(saisie) = gathered(&fields) else {
        let refus = Refus::new("formulaire incomplet", "recharger la page et refaire la saisie");
        return pages::refus(&etat, StatusCode::BAD_REQUEST, &refus);
    };
    let empreinte = fields.get("empreinte").cloned().unwrap_or_default();
    match reglages::enregistrer(&etat.dossier, &saisie, &empreinte) {
        Ok(()) => Redirect::to(&etat.lien("reglages?enregistre")).into_response(),
        Err(wrong) => {
            let read = reglages::lire(&etat.dossier);
            let known = Connu { empreinte, budgets: read.budgets, sans_cle: !read.cle };
            let words = |e: Erreur| Erreur { message: mots::page(&e.message), ..e };
            shown(&etat, saisie, &known, Err(wrong.into_iter().map(words).collect()))
        }
    }
}

/// Rows of one table, at most.
const LIGNES: usize = 500;

/// The fields of the form, by table.
fn gathered(fields: &BTreeMap<String, String>) -> Option<Saisie> {
    let get = |key: String| fields.get(&key).cloned();
    let mut commune: [String; 6] = Default::default();
    for (value, key) in commune.iter_mut().zip(COMMUNE) {
        *value = get(format!("commune.{key}"))?;
    }
    let tirer_cle = fields.contains_key("tirer_cle");
    let mut saisie = Saisie { commune, tirer_cle, ..Saisie::default() };
    for i in 0..LIGNES {
        let Some(exercice) = get(format!("connu.{i}.exercice")) else { break };
        saisie.connus.push(ConnuSaisi {
            budget: get(format!("connu.{i}.budget")).unwrap_or_default(),
            exercice,
            sens: get(format!("connu.{i}.sens"))?,
            code: get(format!("connu.{i}.code"))?,
            montant: get(format!("connu.{i}.montant"))?,
            source: get(format!("connu.{i}.source"))?,
        });
    }
    for i in 0..LIGNES {
        let Some(nom) = get(format!("scenario.{i}.nom")) else { break };
        let mut scenario = ScenarioSaisi {
            avant: get(format!("scenario.{i}.avant"))?,
            nom,
            ..ScenarioSaisi::default()
        };
        for (value, (key, _)) in scenario.valeurs.iter_mut().zip(HYPOTHESES) {
            *value = get(format!("scenario.{i}.{key}"))?;
        }
        saisie.scenarios.push(scenario);
    }
    Some(saisie)
}
