//! The pages of the work itself: files, runs, results.
//!
//! **Invariant:** every text is escaped by the template; a page works without script.

use std::fmt::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Form, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::atelier::{self, Piece, Resultat};
use crate::domain::refus::Refus;

use super::etat::Etat;
use super::travail::{Avancement, Fin, Genre};

/// What every page shows around its own text.
pub(super) struct Cadre<'a> {
    pub(super) titre: &'a str,
    pub(super) racine: String,
    pub(super) dossier: String,
    pub(super) occupe: bool,
}

impl Etat {
    pub(super) fn cadre<'a>(&self, titre: &'a str) -> Cadre<'a> {
        Cadre {
            titre,
            racine: self.lien(""),
            dossier: self.dossier.display().to_string(),
            occupe: self.travail.busy(),
        }
    }
}

/// A page rendered.
pub(super) fn html(page: &impl Template) -> Response {
    page.render().map_or_else(
        |_| (StatusCode::INTERNAL_SERVER_ERROR, "Page impossible à écrire.").into_response(),
        |text| Html(text).into_response(),
    )
}

#[derive(Template)]
#[template(path = "refus.html")]
struct PageRefus<'a> {
    cadre: Cadre<'a>,
    refus: &'a Refus,
}

/// A refusal as a page, in its three parts.
pub(super) fn refus(etat: &Etat, status: StatusCode, refus: &Refus) -> Response {
    (status, html(&PageRefus { cadre: etat.cadre("Demande refusée"), refus })).into_response()
}

/// Any other address below the token.
pub(super) async fn absent(State(etat): State<Arc<Etat>>) -> Response {
    let words = Refus::new("rien à cette adresse", "revenir à l’accueil");
    refus(&etat, StatusCode::NOT_FOUND, &words)
}

/// A link of the page: name shown and address, encoded.
struct Lien {
    nom: String,
    adresse: String,
}

struct Groupe {
    nom: String,
    pages: Vec<Lien>,
    autres: Vec<Lien>,
    revue: Option<String>,
}

#[derive(Template)]
#[template(path = "accueil.html")]
struct Accueil<'a> {
    cadre: Cadre<'a>,
    pieces: Vec<Piece>,
    reconnues: usize,
    genres: &'a [(Genre, &'static str, &'static str)],
    groupes: Vec<Groupe>,
}

impl Accueil<'_> {
    /// Size of a file in words.
    #[allow(clippy::unused_self)] // a template calls methods
    fn taille(&self, piece: &Piece) -> String {
        match piece.octets as f64 {
            b if b < 1024.0 => format!("{b:.0}\u{a0}o"),
            b if b < 1_048_576.0 => format!("{:.0}\u{a0}Kio", b / 1024.0),
            b => format!("{:.1}\u{a0}Mio", b / 1_048_576.0).replace('.', ","),
        }
    }
}

/// Percent-encodes a name for an address.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_./".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            // Writing to a text cannot fail.
            let _ = write!(out, "{byte:02X}");
        }
    }
    out
}

fn groupe(result: &Resultat) -> Groupe {
    let link = |f: &String| Lien {
        nom: f.clone(),
        adresse: format!("resultats/{}/{}", encode(&result.nom), encode(f)),
    };
    let page = |f: &&String| matches!(f.rsplit('.').next(), Some("html" | "xlsx"));
    let audit = result.fichiers.iter().any(|f| f == "audit.html");
    Groupe {
        pages: result.fichiers.iter().filter(page).map(link).collect(),
        autres: result.fichiers.iter().filter(|f| !page(f)).map(link).collect(),
        revue: audit.then(|| format!("revue?audit={}", encode(&result.nom))),
        nom: result.nom.clone(),
    }
}

/// The first page.
pub(super) async fn accueil(State(etat): State<Arc<Etat>>) -> Response {
    let pieces = match atelier::pieces(&etat.dossier) {
        Ok(pieces) => pieces,
        Err(words) => return refus(&etat, StatusCode::INTERNAL_SERVER_ERROR, &words),
    };
    html(&Accueil {
        cadre: etat.cadre("Préparer et relire"),
        reconnues: pieces.iter().filter(|p| p.apercu.format.is_some()).count(),
        pieces,
        genres: &Genre::ALL,
        groupes: atelier::resultats(&etat.dossier).iter().map(groupe).collect(),
    })
}

#[derive(Deserialize)]
pub(super) struct Demande {
    #[serde(default)]
    genre: String,
}

/// Starts a run.
pub(super) async fn lancer(State(etat): State<Arc<Etat>>, Form(form): Form<Demande>) -> Response {
    let Some(genre) = Genre::parse(&form.genre) else {
        let words = Refus::new("travail inconnu", "choisir un travail de la page d’accueil");
        return refus(&etat, StatusCode::BAD_REQUEST, &words);
    };
    let config = match etat.config(genre.commande()) {
        Ok(config) => config,
        Err(words) => return refus(&etat, StatusCode::UNPROCESSABLE_ENTITY, &words),
    };
    if etat.travail.start(genre, config) {
        return Redirect::to(&etat.lien("travail")).into_response();
    }
    let words = Refus::new(
        "un travail est déjà en cours, peut-être lancé d’un autre onglet",
        "attendre sa fin ou l’arrêter, puis recommencer",
    );
    refus(&etat, StatusCode::CONFLICT, &words)
}

#[derive(Template)]
#[template(path = "travail.html")]
struct PageTravail<'a> {
    cadre: Cadre<'a>,
    avancement: Option<Avancement>,
    phrase: String,
    groupe: Option<Groupe>,
    douteuses: Vec<[String; 6]>,
}

impl PageTravail<'_> {
    fn fait(&self) -> Option<&crate::app::Bilan> {
        match self.avancement.as_ref()?.fin.as_ref()? {
            Fin::Fait(bilan) => Some(bilan),
            _ => None,
        }
    }

    fn refuse(&self) -> Option<&Refus> {
        match self.avancement.as_ref()?.fin.as_ref()? {
            Fin::Refuse(words) => Some(words),
            _ => None,
        }
    }

    fn arrete(&self) -> bool {
        matches!(self.avancement.as_ref().and_then(|a| a.fin.as_ref()), Some(Fin::Arrete))
    }
}

/// Where a run stands, in words.
fn phrase(now: &Avancement) -> String {
    match (now.fait, now.total) {
        (_, 0) => now.etape.clone(),
        (done, total) => format!("{} {done}/{total}", now.etape),
    }
}

/// The run in progress, or what the last one gave.
pub(super) async fn travail(State(etat): State<Arc<Etat>>) -> Response {
    let avancement = etat.travail.avancement();
    let fin = avancement.as_ref().and_then(|a| a.fin.as_ref());
    let last = matches!(fin, Some(Fin::Fait(_)))
        .then(|| atelier::resultats(&etat.dossier).into_iter().next())
        .flatten();
    let douteuses = last
        .as_ref()
        .and_then(|r| atelier::lignes_douteuses(&etat.dossier, &r.nom).ok())
        .unwrap_or_default();
    let titre = avancement.as_ref().map_or("Aucun travail", |a| a.genre.label());
    html(&PageTravail {
        cadre: etat.cadre(titre),
        phrase: avancement.as_ref().map(phrase).unwrap_or_default(),
        avancement,
        groupe: last.as_ref().map(groupe),
        douteuses,
    })
}

/// The same for the script.
pub(super) async fn avancement(State(etat): State<Arc<Etat>>) -> Json<Value> {
    let now = etat.travail.avancement();
    let finished = now.as_ref().is_none_or(|a| a.fin.is_some());
    let (done, total) = now.as_ref().map_or((0, 0), |a| (a.fait, a.total));
    Json(json!({
        "phrase": now.as_ref().map(phrase),
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

#[derive(Template)]
#[template(path = "adieu.html")]
struct Adieu<'a> {
    cadre: Cadre<'a>,
}

/// Closes the page.
pub(super) async fn quitter(State(etat): State<Arc<Etat>>) -> Response {
    etat.travail.stop();
    etat.close();
    html(&Adieu { cadre: etat.cadre("vigie est fermé") })
}

/// The style of the local pages.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("pages/page.css"))
        .into_response()
}

/// The script of the local pages.
pub(super) async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("pages/page.js"))
        .into_response()
}
