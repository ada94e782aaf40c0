//! Room 10: the local page (`vigie ouvrir`), on 127.0.0.1 only; the only room that knows the web server.
//!
//! One person, one folder, one run at a time. The pages are plain forms that work without script; the
//! script adds dropping files and a progress bar. Every action calls the use case of the command line.
//!
//! **Invariant:** nothing is answered without the token of the address, from another origin or under
//! another host name; nothing is served outside the results of the folder.

mod depot;
mod etat;
mod garde;
mod mots;
mod pages;
mod rappel;
mod reglages;
mod resultats;
mod revue;
mod suivi;
mod travail;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use jiff::civil::Date;

use crate::app::chantier;
use crate::app::sortie::Ateliers;
use crate::domain::refus::{Refus, cause};

use etat::Etat;

pub use rappel::rappeler;

/// Bytes a request may carry: a ledger of ten million lines takes about half of it.
const PLAFOND: usize = 2 << 30;
/// Bytes a form may carry.
const FORMULAIRE: usize = 4 << 20;

/// What `vigie ouvrir` needs.
pub struct Ouverture {
    /// Folder of work; also the current folder of the process.
    pub dossier: PathBuf,
    /// Port asked for, 0 for any.
    pub port: u16,
    /// The day, read from the clock by the caller at each run.
    pub aujourd_hui: fn() -> Date,
    /// Workshops to sweep on interruption.
    pub ateliers: Ateliers,
    /// Now, to tell the remains of an interrupted run from a run going on.
    pub maintenant: SystemTime,
    /// Opens an address in the browser; false when there is none.
    pub navigateur: fn(&str) -> bool,
    /// Shows a folder in the file manager; false when there is none.
    pub explorateur: fn(&Path) -> bool,
    /// Closes the page by itself after that long without a request; zero for never.
    pub veille: Duration,
}

/// Time left to a run to stop by itself when the page is closed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the page, tells its address to `pret`, serves until the page is closed by its button or left alone.
///
/// # Errors
/// The port is taken, or another `vigie ouvrir` works in the folder.
pub fn run(ouverture: Ouverture, pret: impl FnOnce(&str)) -> Result<(), Refus> {
    let (verrou, mort) = etat::lock(&ouverture.dossier)?;
    let ateliers = ouverture.ateliers.clone();
    let coupe = chantier::reprendre(&ouverture.dossier, mort, ouverture.maintenant);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|e| refused(&e, ouverture.port))?;
    runtime.block_on(async move {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ouverture.port));
        let failed = |e: std::io::Error| refused(&e, address.port());
        let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let etat = Arc::new(Etat::new(ouverture, port, coupe)?);
        pret(&etat.adresse());
        tokio::spawn(rappel::watch(Arc::clone(&etat)));
        let closing = Arc::clone(&etat);
        let served = axum::serve(listener, routes(&etat))
            .with_graceful_shutdown(async move { closing.closed().await });
        let outcome = served.await.map_err(failed);
        etat.travail.stop_and_wait(PATIENCE);
        outcome
    })?;
    ateliers.sweep();
    drop(verrou);
    Ok(())
}

fn refused(error: &std::io::Error, port: u16) -> Refus {
    Refus::new(
        format!("impossible d’ouvrir la page locale sur le port {port} : {}", cause(error)),
        "fermer l’autre programme qui tient ce port, ou choisir --port 0",
    )
}

/// Every address the page answers to, behind the guard.
fn routes(etat: &Arc<Etat>) -> Router {
    let forms = Router::new()
        .route("/", get(pages::accueil))
        .route("/formats", get(pages::formats))
        .route("/travail", get(suivi::travail).post(suivi::lancer))
        .route("/travail.json", get(suivi::avancement))
        .route("/travail/arreter", post(suivi::arreter))
        .route("/fichiers/retirer", post(depot::retirer))
        .route("/revue", get(revue::page).post(revue::ajouter))
        .route("/montrer", post(resultats::montrer))
        .route("/reglages", get(reglages::page).post(reglages::enregistrer))
        .route("/quitter", post(pages::quitter))
        .route("/resultats/{*nom}", get(resultats::fichier))
        .route("/page.css", get(pages::style))
        .route("/page.js", get(pages::script))
        .layer(DefaultBodyLimit::max(FORMULAIRE));
    let drops = Router::new()
        .route("/fichiers", post(depot::deposer))
        .route("/revue/reprendre", post(revue::reprendre))
        .layer(DefaultBodyLimit::max(PLAFOND));
    Router::new()
        // A nested router answers to its root without the last slash only.
        .route(&format!("/{}/", etat.jeton), get(pages::accueil))
        .nest(&format!("/{}", etat.jeton), forms.merge(drops).fallback(pages::absent))
        .layer(from_fn_with_state(Arc::clone(etat), pages::in_french))
        .fallback(garde::unknown)
        .layer(from_fn_with_state(Arc::clone(etat), garde::check))
        .layer(from_fn(garde::seal))
        .with_state(Arc::clone(etat))
}
