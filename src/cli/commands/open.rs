//! `vigie ouvrir`, and what a double click does.
//!
//! **Invariant:** the address with its token is shown to the person at this PC only.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use crate::app::sortie::Ateliers;
use crate::cli::args::Ouvrir;
use crate::cli::term::Term;
use crate::domain::refus::{Refus, cause};
use crate::serve::{self, Ouverture};

pub(super) fn run(a: &Ouvrir, ateliers: &Ateliers) -> ExitCode {
    let folder = a.dossier.clone().unwrap_or_else(|| PathBuf::from("."));
    let veille = Duration::from_secs(a.veille.saturating_mul(60));
    open(&folder, a.port, !a.sans_navigateur, veille, ateliers)
}

/// The folder `vigie` among the documents of the user.
pub(super) fn double_click(ateliers: &Ateliers) -> ExitCode {
    let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("."));
    let documents = home.join("Documents");
    let parent = if documents.is_dir() { documents } else { home };
    let veille = Duration::from_secs(60 * VEILLE);
    let code = open(&parent.join("vigie"), 0, true, veille, ateliers);
    if code != ExitCode::SUCCESS && std::io::stdin().is_terminal() {
        // The window of a double click closes with the program, and the refusal with it.
        Term::new(false, false, false).note("Appuyer sur Entrée pour fermer cette fenêtre.");
        let _ = std::io::stdin().read(&mut [0]);
    }
    code
}

/// Minutes without a request after which the page closes by itself: a working day.
pub(crate) const VEILLE: u64 = 600;

fn open(
    folder: &Path,
    port: u16,
    browser: bool,
    veille: Duration,
    ateliers: &Ateliers,
) -> ExitCode {
    let term = Term::new(false, false, false);
    let served = enter(folder).and_then(|dossier| {
        if browser && serve::rappeler(&dossier) {
            term.note(
                "La page de ce dossier était déjà ouverte : elle revient dans le navigateur.",
            );
            return Ok(());
        }
        let ouverture = Ouverture {
            dossier,
            port,
            aujourd_hui: today,
            ateliers: ateliers.clone(),
            maintenant: now(),
            navigateur: |address| open::that_detached(address).is_ok(),
            explorateur: |folder| open::that_detached(folder).is_ok(),
            veille,
        };
        serve::run(ouverture, |address| {
            term.result(&format!("Page     {address}"));
            term.note("Elle reste ouverte jusqu’à « Quitter vigie » sur la page, ou Ctrl-C ici.");
            if browser && open::that_detached(address).is_err() {
                term.note("Navigateur introuvable : copier cette adresse dans le vôtre.");
            }
        })
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(refus) => {
            term.refuse(&refus);
            ExitCode::from(2)
        }
    }
}

#[allow(clippy::disallowed_methods)] // a page stays open over midnight: each run asks for its day
fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

#[allow(clippy::disallowed_methods)] // to tell old remains from a run going on
fn now() -> SystemTime {
    SystemTime::now()
}

/// Makes the folder the current one, as if the command line were typed there.
fn enter(folder: &Path) -> Result<PathBuf, Refus> {
    let entered = std::fs::create_dir_all(folder)
        .and_then(|()| std::env::set_current_dir(folder))
        .and_then(|()| std::env::current_dir());
    entered.map_err(|e| {
        Refus::new(
            format!("impossible de travailler dans « {} » : {}", folder.display(), cause(&e)),
            "donner un dossier où vous avez le droit d’écrire : vigie ouvrir DOSSIER",
        )
    })
}
