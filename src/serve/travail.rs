//! The run in progress: one at a time, on its own thread, stopped on demand.
//!
//! **Invariant:** a run is the use case of the command line with the folder as input, nothing else.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::app::config::Config;
use crate::app::entrees::Entrees;
use crate::app::{Bilan, audit, lire, preparation, synthese};
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;

/// Stack of the thread of a run: that of a main thread.
const PILE: usize = 16 << 20;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Genre {
    Lire,
    Preparation,
    Audit,
    Synthese,
}

impl Genre {
    /// Every kind: word of the form, what it does.
    pub(super) const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Lire, "lire", "Lire et rapprocher"),
        (Self::Preparation, "preparation", "Préparer le budget"),
        (Self::Audit, "audit", "Relire les dépenses"),
        (Self::Synthese, "synthese", "Écrire la synthèse pour les élus"),
    ];

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w, _)| *w == word).map(|(g, _, _)| *g)
    }

    pub(super) fn label(self) -> &'static str {
        Self::ALL.iter().find(|(g, _, _)| *g == self).map_or("", |(_, _, l)| l)
    }

    /// The same on the command line, as the journal records it.
    pub(super) fn commande(self) -> &'static str {
        match self {
            Self::Lire => "vigie lire .",
            Self::Preparation => "vigie rapport preparation .",
            Self::Audit => "vigie rapport audit .",
            Self::Synthese => "vigie rapport synthese .",
        }
    }

    fn run(self, config: &Config, progress: &dyn Progress) -> Result<Bilan, Refus> {
        let entrees = Entrees { chemins: vec![PathBuf::from(".")], ..Entrees::default() };
        let choix = preparation::Choix { horizon: 3, ..preparation::Choix::default() };
        match self {
            Self::Lire => lire::run(config, &entrees, false, progress),
            Self::Preparation => preparation::rapport(config, &entrees, &choix, progress),
            Self::Synthese => synthese::rapport(config, &entrees, &choix, None, progress),
            Self::Audit => {
                audit::rapport(config, &entrees, &audit::Selection::parse(None, None)?, progress)
            }
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(super) enum Fin {
    Fait(Bilan),
    Refuse(Refus),
    Arrete,
}

/// Where a run stands.
#[derive(Debug, Clone)]
pub(super) struct Avancement {
    pub(super) genre: Genre,
    pub(super) etape: String,
    pub(super) fait: u64,
    pub(super) total: u64,
    pub(super) fin: Option<Fin>,
}

#[derive(Debug, Default)]
struct Partage {
    avancement: Mutex<Option<Avancement>>,
    arret: AtomicBool,
}

/// The run of the page. See the module documentation.
#[derive(Debug, Clone, Default)]
pub(super) struct Travail(Arc<Partage>);

/// What a panic leaves is still what was last known.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Travail {
    /// Where the last run stands.
    pub(super) fn avancement(&self) -> Option<Avancement> {
        held(&self.0.avancement).clone()
    }

    /// True while a run is going on.
    pub(super) fn busy(&self) -> bool {
        held(&self.0.avancement).as_ref().is_some_and(|a| a.fin.is_none())
    }

    /// Asks the run to stop.
    pub(super) fn stop(&self) {
        self.0.arret.store(true, Ordering::Relaxed);
    }

    /// Starts a run; false when one is going on.
    pub(super) fn start(&self, genre: Genre, config: Config) -> bool {
        {
            let mut now = held(&self.0.avancement);
            if now.as_ref().is_some_and(|a| a.fin.is_none()) {
                return false;
            }
            self.0.arret.store(false, Ordering::Relaxed);
            let etape = "Préparation".to_owned();
            *now = Some(Avancement { genre, etape, fait: 0, total: 0, fin: None });
        }
        let shared = self.clone();
        let run = move || {
            let guarded = std::panic::AssertUnwindSafe(|| genre.run(&config, &shared));
            let outcome = std::panic::catch_unwind(guarded).unwrap_or_else(|_| {
                Err(Refus::new(
                    "erreur interne de vigie : le travail s’est arrêté, rien n’a été écrit",
                    "le signaler avec la version de vigie et le nom des formats lus",
                ))
            });
            shared.end(outcome);
        };
        let spawned = std::thread::Builder::new().stack_size(PILE).spawn(run);
        if spawned.is_err() {
            self.end(Err(Refus::new(
                "le système refuse un nouveau travail",
                "fermer d’autres programmes et recommencer",
            )));
        }
        true
    }

    fn end(&self, outcome: Result<Bilan, Refus>) {
        let stopped = self.0.arret.load(Ordering::Relaxed);
        if let Some(now) = held(&self.0.avancement).as_mut() {
            now.fin = Some(match outcome {
                Ok(bilan) => Fin::Fait(bilan),
                Err(_) if stopped => Fin::Arrete,
                Err(refus) => Fin::Refuse(refus),
            });
        }
    }
}

impl Progress for Travail {
    fn tick(&self, step: &str, done: u64, total: u64) {
        if let Some(now) = held(&self.0.avancement).as_mut() {
            if now.etape != step {
                step.clone_into(&mut now.etape);
            }
            (now.fait, now.total) = (done, total);
        }
    }

    fn cancelled(&self) -> bool {
        self.0.arret.load(Ordering::Relaxed)
    }
}
