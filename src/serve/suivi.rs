//! A run on the page: asked, followed, stopped, and what it gave.
//!
//! **Invariant:** a run is started by a form only, and told by a page that works without script.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::atelier::{self, Resultat};
use crate::app::rapproche::{self, Rapproche};
use crate::domain::refus::Refus;

use super::etat::{Etat, held};
use super::mots;
use super::pages::{Cadre, Groupe, groupe, html, refus};
use super::travail::{Avancement, Fait, Fin, Genre, Ordre};

#[derive(Deserialize)]
pub(super) struct Demande {
    #[serde(default)]
    genre: String,
    #[serde(default)]
    exercice: String,
    #[serde(default)]
    scenario: String,
    #[serde(default)]
    budget: String,
}

impl Demande {
    fn ordre(&self) -> Result<Ordre, Refus> {
        let genre = Genre::parse(&self.genre).ok_or_else(|| {
            Refus::new("travail inconnu", "choisir un travail de la page d’accueil")
        })?;
        let typed = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let exercice = typed(&self.exercice).map(|text| {
            let year = text.parse().ok().filter(|y| (1990..=2100).contains(y));
            year.ok_or_else(|| {
                Refus::new(
                    format!("« {text} » n’est pas un exercice"),
                    "écrire une année à quatre chiffres, par exemple 2027",
                )
            })
        });
        let (scenario, budget) = (typed(&self.scenario), typed(&self.budget));
        Ok(Ordre { genre, exercice: exercice.transpose()?, scenario, budget })
    }
}

/// Starts a run.
pub(super) async fn lancer(State(etat): State<Arc<Etat>>, Form(form): Form<Demande>) -> Response {
    let ordre = match form.ordre() {
        Ok(ordre) => ordre,
        Err(words) => return refus(&etat, StatusCode::BAD_REQUEST, &words),
    };
    let started = etat
        .config(&ordre.commande())
        .and_then(|config| etat.travail.start(ordre, config, etat.jour()));
    match started {
        Ok(true) => {
            *held(&etat.coupe) = None;
            Redirect::to(&etat.lien("travail")).into_response()
        }
        Ok(false) => {
            let words = Refus::new(
                "un travail est déjà en cours, peut-être lancé d’un autre onglet",
                "attendre sa fin ou l’arrêter, puis recommencer",
            );
            refus(&etat, StatusCode::CONFLICT, &words)
        }
        Err(words) => refus(&etat, StatusCode::UNPROCESSABLE_ENTITY, &words),
    }
}

#[derive(Template)]
#[template(path = "travail.html")]
struct PageTravail<'a> {
    cadre: Cadre<'a>,
    avancement: Option<Avancement>,
    phrase: String,
    detail: String,
    fait: Option<Arc<Fait>>,
    refuse: Option<Refus>,
    avertissements: Vec<String>,
    groupes: Vec<Groupe>,
    rapproche: Option<Rapproche>,
    douteuses: Vec<[String; 6]>,
}

impl PageTravail<'_> {
    fn arrete(&self) -> bool {
        matches!(self.avancement.as_ref().and_then(|a| a.fin.as_ref()), Some(Fin::Arrete))
    }

    /// The summary, in the words of the page: where it was written and what to type next are links below.
    fn bilan(&self) -> Vec<(&'static str, String)> {
        let lines = self.fait.iter().flat_map(|f| f.lignes.iter());
        lines
            .filter(|(head, _)| !matches!(*head, "Suite" | "Écrit"))
            .map(|(head, text)| (*head, mots::page(text)))
            .collect()
    }
}

/// Where a run stands, beside its stage.
fn detail(now: &Avancement) -> String {
    match (&now.fichier, now.total) {
        (Some((nom, rank, of)), _) => format!("fichier {rank} sur {of} : {nom}"),
        (None, 0) => String::new(),
        (None, total) => {
            let parts = u128::from(now.fait.min(total)) * 100 / u128::from(total);
            format!("{parts}\u{a0}%")
        }
    }
}

/// The results of the last run: its folder, or those of the communes below it.
fn of_the_run(etat: &Etat, fait: &Fait) -> Vec<Resultat> {
    let written = fait.dossier.replace('\\', "/");
    let name = written.strip_prefix("reports/").unwrap_or(&written);
    let below = format!("{name}/");
    let mut all = atelier::resultats(&etat.dossier);
    all.retain(|r| r.nom == name || r.nom.starts_with(&below));
    all
}

/// The run in progress, or what the last one gave.
pub(super) async fn travail(State(etat): State<Arc<Etat>>) -> Response {
    let avancement = etat.travail.avancement();
    let fin = avancement.as_ref().and_then(|a| a.fin.clone());
    let fait = match &fin {
        Some(Fin::Fait(fait)) => Some(Arc::clone(fait)),
        _ => None,
    };
    let refuse = match &fin {
        Some(Fin::Refuse(words)) => Some(mots::refus(words)),
        _ => None,
    };
    let results = fait.as_ref().map(|f| of_the_run(&etat, f)).unwrap_or_default();
    let last = results.first().map(|r| r.nom.as_str());
    let reading = avancement.as_ref().is_some_and(|a| a.genre == Genre::Lire);
    let rapproche = last
        .filter(|_| reading)
        .and_then(|nom| rapproche::rapproche(&etat.dossier, nom).ok().flatten());
    let douteuses =
        last.and_then(|nom| atelier::lignes_douteuses(&etat.dossier, nom).ok()).unwrap_or_default();
    let titre = avancement.as_ref().map_or("Aucun travail", |a| a.genre.label());
    let warnings = fait.iter().flat_map(|f| f.avertissements.iter());
    html(&PageTravail {
        cadre: etat.cadre(titre),
        phrase: avancement.as_ref().map(|a| mots::etape(&a.etape)).unwrap_or_default(),
        detail: avancement.as_ref().map(detail).unwrap_or_default(),
        avertissements: warnings.map(|a| mots::avertissement(a)).collect(),
        avancement,
        fait,
        refuse,
        groupes: results.iter().map(groupe).collect(),
        rapproche,
        douteuses,
    })
}

/// The same for the script.
pub(super) async fn avancement(State(etat): State<Arc<Etat>>) -> Json<Value> {
    let now = etat.travail.avancement();
    let finished = now.as_ref().is_none_or(|a| a.fin.is_some());
    let (done, total) = now.as_ref().map_or((0, 0), |a| (a.fait, a.total));
    Json(json!({
        "phrase": now.as_ref().map(|a| mots::etape(&a.etape)),
        "detail": now.as_ref().map(detail),
        "fait": done,
        "total": total,
        "fini": finished,
    }))
}

/// Asks the run to stop.
pub(super) async fn arreter(State(etat): State<Arc<Etat>>) -> Response {
    etat.travail.stop();
    Redirect::to(&etat.lien("travail")).into_response()
}
