//! What the page remembers while it is open: its token, its folder, its run, who reviews.
//!
//! **Invariant:** nothing of it is written to disk; closing the page forgets it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// A run that the last opening did not finish; told until another one is started.
    pub(super) coupe: Mutex<Option<Refus>>,
    /// What the last drops gave; told once.
    pub(super) depots: Mutex<Depots>,
    /// What the last import of decisions gave; told once.
    pub(super) repris: Mutex<Option<String>>,
    pub(super) navigateur: fn(&str) -> bool,
    pub(super) explorateur: fn(&Path) -> bool,
    veille: Duration,
    vu: Mutex<Instant>,
}

/// What was dropped since the first page was last shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Depots {
    pub(super) ajoutes: usize,
    pub(super) remplaces: Vec<String>,
    /// Files left aside: name and reason.
    pub(super) laisses: Vec<(String, String)>,
}

/// What a panic leaves is still what was last known.
pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Etat {
    pub(super) fn new(
        ouverture: Ouverture,
        port: u16,
        coupe: Option<Refus>,
    ) -> Result<Self, Refus> {
        let mut secret = [0_u8; 24];
        getrandom::fill(&mut secret).map_err(|_| {
            Refus::new("le système ne donne pas de nombre aléatoire", "relancer vigie ouvrir")
        })?;
        Ok(Self {
            jeton: hex(&secret),
            travail: Travail::new(&ouverture.dossier),
            port,
            aujourd_hui: ouverture.aujourd_hui,
            ateliers: ouverture.ateliers,
            auteur: Mutex::default(),
            fermeture: Notify::new(),
            coupe: Mutex::new(coupe),
            depots: Mutex::default(),
            repris: Mutex::default(),
            navigateur: ouverture.navigateur,
            explorateur: ouverture.explorateur,
            veille: ouverture.veille,
            vu: Mutex::new(Instant::now()),
            dossier: ouverture.dossier,
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
        held(&self.auteur)
    }

    /// The day, for what is noted outside a run.
    pub(super) fn jour(&self) -> Date {
        (self.aujourd_hui)()
    }

    /// Notes that somebody is there.
    pub(super) fn touch(&self) {
        *held(&self.vu) = Instant::now();
    }

    /// True when nobody has asked anything for long, and nothing is going on.
    pub(super) fn idle(&self) -> bool {
        !self.veille.is_zero() && !self.travail.busy() && held(&self.vu).elapsed() > self.veille
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

/// Holds the folder: two pages on one folder would take turns at its files. Gives also the number of the process
/// that held it last.
///
/// # Errors
/// Another page is open on the folder, or nothing can be written there.
pub(super) fn lock(dossier: &Path) -> Result<(File, Option<u32>), Refus> {
    let failed = |e: &std::io::Error| {
        Refus::new(
            format!("impossible d’écrire dans « {} » : {}", dossier.display(), cause(e)),
            "choisir un dossier où vous avez le droit d’écrire : vigie ouvrir DOSSIER",
        )
    };
    let mut file = lock_file(dossier).map_err(|e| failed(&e))?;
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(Refus::new(
            format!("une page de vigie est déjà ouverte sur « {} »", dossier.display()),
            "reprendre son onglet, ou la fermer par son bouton « Quitter »",
        )),
        // Some network drives cannot lock: the page works all the same.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => {
            let mut text = String::new();
            // Unreadable, it only names no process.
            let _ = (&file).take(32).read_to_string(&mut text);
            let noted = std::io::Seek::rewind(&mut file)
                .and_then(|()| file.set_len(0))
                .and_then(|()| write!(file, "{}", std::process::id()));
            noted.map_err(|e| failed(&e))?;
            Ok((file, text.trim().parse().ok()))
        }
    }
}

fn lock_file(dossier: &Path) -> std::io::Result<File> {
    let path = dossier.join(VERROU);
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// True while a page holds the folder.
pub(super) fn is_open(dossier: &Path) -> bool {
    lock_file(dossier)
        .is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}
