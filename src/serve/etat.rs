//! What the page remembers while it is open: its token, its folder, its run, who reviews.
//!
//! **Invariant:** nothing of it is written to disk; closing the page forgets it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use tokio::sync::Notify;

use crate::app::config::{Config, Options};
use crate::app::sortie::{Ateliers, hex};
use crate::domain::refus::{Refus, cause};

use super::Ouverture;
use super::travail::Travail;

/// Name of the file whose lock says that a page is open on the folder.
const VERROU: &str = ".vigie-ouvert";

/// The open page.
pub(super) struct Etat {
    pub(super) dossier: PathBuf,
    pub(super) jeton: String,
    pub(super) travail: Travail,
    port: u16,
    aujourd_hui: fn() -> Date,
    ateliers: Ateliers,
    auteur: Mutex<String>,
    fermeture: Notify,
}

impl Etat {
    pub(super) fn new(ouverture: Ouverture, port: u16) -> Result<Self, Refus> {
        let mut secret = [0_u8; 24];
        getrandom::fill(&mut secret).map_err(|_| {
            Refus::new("le système ne donne pas de nombre aléatoire", "relancer vigie ouvrir")
        })?;
        Ok(Self {
            dossier: ouverture.dossier,
            jeton: hex(&secret),
            travail: Travail::default(),
            port,
            aujourd_hui: ouverture.aujourd_hui,
            ateliers: ouverture.ateliers,
            auteur: Mutex::default(),
            fermeture: Notify::new(),
        })
    }

    /// The only host name answered to.
    pub(super) fn hote(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Address of the first page.
    pub(super) fn adresse(&self) -> String {
        format!("http://{}/{}/", self.hote(), self.jeton)
    }

    /// Address of a page, for redirections.
    pub(super) fn lien(&self, page: &str) -> String {
        format!("/{}/{page}", self.jeton)
    }

    /// The settings of a run, as the command line resolves them.
    pub(super) fn config(&self, commande: &str) -> Result<Config, Refus> {
        let options = Options {
            graine: 1,
            commande: commande.to_owned(),
            entree: Some(PathBuf::from(".")),
            ateliers: self.ateliers.clone(),
            ..Options::default()
        };
        Config::resolve(options, (self.aujourd_hui)())
    }

    /// Who reviews, as last declared.
    pub(super) fn auteur(&self) -> MutexGuard<'_, String> {
        self.auteur.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the server to stop.
    pub(super) fn close(&self) {
        self.fermeture.notify_one();
    }

    /// Ends when the page is closed.
    pub(super) async fn closed(&self) {
        self.fermeture.notified().await;
    }
}

/// Holds the folder: two pages on one folder would take turns at its files.
///
/// # Errors
/// Another page is open on the folder, or nothing can be written there.
pub(super) fn lock(dossier: &Path) -> Result<File, Refus> {
    let path = dossier.join(VERROU);
    let failed = |e: &std::io::Error| {
        Refus::new(
            format!("impossible d’écrire dans « {} » : {}", dossier.display(), cause(e)),
            "choisir un dossier où vous avez le droit d’écrire : vigie ouvrir DOSSIER",
        )
    };
    let file = File::create(&path).map_err(|e| failed(&e))?;
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(Refus::new(
            format!("une page de vigie est déjà ouverte sur « {} »", dossier.display()),
            "reprendre son onglet, ou la fermer par son bouton « Quitter »",
        )),
        // Some network drives cannot lock: the page works all the same.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(file),
    }
}
