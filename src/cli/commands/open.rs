//! `vigie ouvrir`, and what a double click does.
//!
//! **Invariant:** the address with its token is shown to the person at this PC only.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::app::sortie::Ateliers;
use crate::cli::args::Ouvrir;
use crate::cli::term::Term;
use crate::domain::refus::{Refus, cause};
use crate::serve::{self, Ouverture};

pub(super) fn run(a: &Ouvrir, ateliers: &Ateliers) -> ExitCode {
    let folder = a.dossier.clone().unwrap_or_else(|| PathBuf::from("."));
    open(&folder, a.port, !a.sans_navigateur, ateliers)
}

/// The folder `vigie` among the documents of the user.
pub(super) fn double_click(ateliers: &Ateliers) -> ExitCode {
    let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("."));
    let documents = home.join("Documents");
    let parent = if documents.is_dir() { documents } else { home };
    open(&parent.join("vigie"), 0, true, ateliers)
}

fn open(folder: &Path, port: u16, browser: bool, ateliers: &Ateliers) -> ExitCode {
    let term = Term::new(false, false, false);
    let served = enter(folder).and_then(|dossier| {
        let ateliers = ateliers.clone();
        let ouverture = Ouverture { dossier, port, aujourd_hui: today, ateliers };
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
