//! The first page (files, work, results) and what every page shares.
//!
//! **Invariant:** every text is escaped by the template; a page works without script.

use std::fmt::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::app::atelier::{self, Piece, Resultat};
use crate::app::catalogue::{self, Fiche};
use crate::app::reglages;
use crate::domain::refus::Refus;

use super::etat::{Depots, Etat, held};
use super::mots;
use super::travail::Genre;

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
    let refus = &mots::refus(refus);
    (status, html(&PageRefus { cadre: etat.cadre("Demande refusée"), refus })).into_response()
}

/// Requests that no form of ours sends: the library answers them in English, the page says it in French.
pub(super) async fn in_french(
    State(etat): State<Arc<Etat>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map(|k| k.as_bytes().to_vec());
    let ours = kind.is_some_and(|k| !k.starts_with(b"text/plain"));
    if !status.is_client_error() || ours {
        return response;
    }
    let what = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "formulaire trop long",
        StatusCode::METHOD_NOT_ALLOWED => "cette adresse ne s’ouvre pas ainsi",
        _ => "formulaire incomplet ou illisible",
    };
    refus(&etat, status, &Refus::new(what, "revenir à l’accueil et recommencer"))
}

/// Any other address below the token.
pub(super) async fn absent(State(etat): State<Arc<Etat>>) -> Response {
    let words = Refus::new("rien à cette adresse", "revenir à l’accueil");
    refus(&etat, StatusCode::NOT_FOUND, &words)
}

/// A link of the page: name shown and address, encoded.
pub(super) struct Lien {
    pub(super) nom: String,
    pub(super) adresse: String,
    /// A page to open, rather than a file to save.
    pub(super) page: bool,
}

/// A result: its title, its files, where to decide.
pub(super) struct Groupe {
    pub(super) titre: String,
    pub(super) nom: String,
    pub(super) pages: Vec<Lien>,
    pub(super) autres: Vec<Lien>,
    pub(super) revue: Option<String>,
}

/// Files shown on the first page; all of them are read.
const MONTREES: usize = 500;

#[derive(Template)]
#[template(path = "accueil.html")]
struct Accueil<'a> {
    cadre: Cadre<'a>,
    pieces: Vec<Piece>,
    reconnues: usize,
    genres: &'a [(Genre, &'static str, &'static str)],
    groupes: Vec<Groupe>,
    coupe: Option<Refus>,
    depots: Depots,
    scenarios: Vec<String>,
    budgets: Vec<String>,
    /// Rows of the table of files.
    montrees: usize,
}

impl Accueil<'_> {
    /// Size of a file in words.
    #[allow(clippy::unused_self)] // a template calls methods
    fn taille(&self, piece: &Piece) -> String {
        match piece.octets as f64 {
            b if b < 1e3 => format!("{b:.0}\u{a0}o"),
            b if b < 1e6 => format!("{:.0}\u{a0}ko", (b / 1e3).ceil()),
            b => format!("{:.1}\u{a0}Mo", b / 1e6).replace('.', ","),
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

/// Title of a result, from the name of its folder (`audit-2025`, or below it one commune).
fn titre(nom: &str) -> String {
    let (folder, siren) = nom.split_once('/').unwrap_or((nom, ""));
    let (kind, year) = folder.rsplit_once('-').unwrap_or((folder, ""));
    let words = match kind {
        "lire" => "Lecture et rapprochement",
        "verifier" => "Vérification",
        "preparation" => "Préparation du budget",
        "prevoir" => "Prévision",
        "audit" | "scanner" => "Relecture des dépenses",
        "synthese" => "Synthèse pour les élus",
        "echantillon" => "Échantillon à contrôler",
        _ => return nom.to_owned(),
    };
    match siren {
        "" => format!("{words}, {year}"),
        siren => format!("{words}, {year}, SIREN {siren}"),
    }
}

/// A result as the page shows it.
pub(super) fn groupe(result: &Resultat) -> Groupe {
    let link = |f: &String| Lien {
        nom: f.clone(),
        adresse: format!("resultats/{}/{}", encode(&result.nom), encode(f)),
        page: matches!(f.rsplit('.').next(), Some("html" | "png" | "txt" | "json")),
    };
    let page = |f: &&String| matches!(f.rsplit('.').next(), Some("html" | "xlsx"));
    let audit = result.fichiers.iter().any(|f| f == "audit.html");
    Groupe {
        pages: result.fichiers.iter().filter(page).map(link).collect(),
        autres: result.fichiers.iter().filter(|f| !page(f)).map(link).collect(),
        revue: audit.then(|| format!("revue?audit={}", encode(&result.nom))),
        titre: titre(&result.nom),
        nom: result.nom.clone(),
    }
}

/// The first page.
pub(super) async fn accueil(State(etat): State<Arc<Etat>>) -> Response {
    let pieces = match atelier::pieces(&etat.dossier) {
        Ok(pieces) => pieces,
        Err(words) => return refus(&etat, StatusCode::INTERNAL_SERVER_ERROR, &words),
    };
    let reglages = reglages::lire(&etat.dossier);
    let typed = reglages.saisie.scenarios.into_iter().map(|s| s.nom);
    let scenarios = typed.filter(|nom| nom != "central").collect();
    html(&Accueil {
        cadre: etat.cadre("Préparer et relire"),
        reconnues: pieces.iter().filter(|p| p.apercu.format.is_some()).count(),
        pieces,
        genres: &Genre::ALL,
        groupes: atelier::resultats(&etat.dossier).iter().map(groupe).collect(),
        coupe: held(&etat.coupe).clone(),
        depots: std::mem::take(&mut *held(&etat.depots)),
        scenarios,
        budgets: reglages.budgets,
        montrees: MONTREES,
    })
}

#[derive(Template)]
#[template(path = "formats.html")]
struct Formats<'a> {
    cadre: Cadre<'a>,
    fiches: Vec<Fiche>,
}

/// What can be read.
pub(super) async fn formats(State(etat): State<Arc<Etat>>) -> Response {
    html(&Formats { cadre: etat.cadre("Formats lus"), fiches: catalogue::formats() })
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
