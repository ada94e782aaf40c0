//! Decisions on the findings of an audit, one form a finding.
//!
//! **Invariant:** a decision is written by the same use case as `vigie revue ajouter`.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::atelier::{self, ConstatVu};
use crate::app::revue::{self, Ajout, Demande, Journal};
use crate::domain::decision::{Decision, Portee, in_force};

use super::etat::Etat;
use super::pages::{self, Cadre};

/// Findings on one page.
const PAR_PAGE: usize = 25;

#[derive(Deserialize)]
pub(super) struct Choix {
    #[serde(default)]
    audit: String,
    #[serde(default)]
    page: usize,
}

struct Ligne {
    constat: ConstatVu,
    /// Decision in force: label, reason, author, date.
    decision: Option<[String; 4]>,
}

#[derive(Template)]
#[template(path = "revue.html")]
struct Vue<'a> {
    cadre: Cadre<'a>,
    audit: String,
    auteur: String,
    lignes: Vec<Ligne>,
    total: usize,
    prises: usize,
    page: usize,
    pages: usize,
    decisions: &'a [(Decision, &'static str, &'static str)],
    avertissement: Option<String>,
}

/// The findings, those of the first pages first.
pub(super) async fn page(State(etat): State<Arc<Etat>>, Query(choix): Query<Choix>) -> Response {
    let audit = if choix.audit.is_empty() { last_audit(&etat) } else { choix.audit };
    let found = etat.config("vigie revue lister").and_then(|config| {
        Ok((atelier::constats(&etat.dossier, &audit)?, Journal::of(&config, None)?))
    });
    let (constats, journal) = match found {
        Ok(found) => found,
        Err(refus) => return pages::refus(&etat, StatusCode::NOT_FOUND, &refus),
    };
    let force = in_force(&journal.entrees);
    let lines = |constat: ConstatVu| {
        let entry = force
            .get(&(Portee::Constat, constat.constat.as_str()))
            .or_else(|| force.get(&(Portee::Habitude, constat.habitude.as_str())));
        let decision = entry.map(|e| {
            [e.decision.label().to_owned(), e.motif.clone(), e.auteur.clone(), e.date.clone()]
        });
        Ligne { constat, decision }
    };
    let all: Vec<Ligne> = constats.into_iter().map(lines).collect();
    let total = all.len();
    let prises = all.iter().filter(|l| l.decision.is_some()).count();
    let number = total.div_ceil(PAR_PAGE).max(1);
    let page = choix.page.clamp(1, number);
    pages::html(&Vue {
        cadre: etat.cadre("Revue des signalements"),
        audit,
        auteur: etat.auteur().clone(),
        lignes: all.into_iter().skip((page - 1) * PAR_PAGE).take(PAR_PAGE).collect(),
        total,
        prises,
        page,
        pages: number,
        decisions: &Decision::ALL,
        avertissement: journal.avertissement(),
    })
}

/// Folder of the last audit.
fn last_audit(etat: &Etat) -> String {
    let audit = |r: &atelier::Resultat| r.fichiers.iter().any(|f| f == "audit.html");
    atelier::resultats(&etat.dossier).into_iter().find(audit).map(|r| r.nom).unwrap_or_default()
}

#[derive(Deserialize)]
pub(super) struct Saisie {
    audit: String,
    page: usize,
    auteur: String,
    constat: String,
    habitude: String,
    controle: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    motif: String,
    #[serde(default)]
    portee: String,
}

/// Adds one decision to the journal.
pub(super) async fn ajouter(State(etat): State<Arc<Etat>>, Form(form): Form<Saisie>) -> Response {
    etat.auteur().clone_from(&form.auteur);
    let habit = form.portee == "habitude" && !form.habitude.is_empty();
    let ajout = Ajout {
        cle: if habit { form.habitude } else { form.constat.clone() },
        decision: form.decision,
        motif: form.motif,
        portee: if habit { "habitude" } else { "constat" }.to_owned(),
        controle: form.controle,
    };
    let demande = Demande { journal: None, auteur: form.auteur };
    let done = etat
        .config("vigie revue ajouter")
        .and_then(|config| revue::ajouter(&config, &ajout, &demande));
    match done {
        Ok(_) => {
            let link = format!(
                "revue?audit={}&page={}#c-{}",
                pages::encode(&form.audit),
                form.page,
                form.constat
            );
            Redirect::to(&etat.lien(&link)).into_response()
        }
        Err(refus) => pages::refus(&etat, StatusCode::UNPROCESSABLE_ENTITY, &refus),
    }
}
