//! The run in progress: one at a time, on its own thread, stopped on demand.
//!
//! **Invariant:** a run is the use case of the command line with the folder as input, nothing else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::civil::Date;

use crate::app::config::Config;
use crate::app::entrees::Entrees;
use crate::app::{Bilan, audit, chantier, lire, preparation, synthese};
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;

use super::etat::held;

/// Stack of the thread of a run: that of a main thread.
const PILE: usize = 16 << 20;
/// Parts of a progress bar.
const PARTS: u64 = 1000;

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

    /// The same on the command line.
    fn verbe(self) -> &'static str {
        match self {
            Self::Lire => "lire",
            Self::Preparation => "rapport preparation",
            Self::Audit => "rapport audit",
            Self::Synthese => "rapport synthese",
        }
    }

    /// True when an exercice and a scenario can be chosen.
    fn looks_ahead(self) -> bool {
        matches!(self, Self::Preparation | Self::Synthese)
    }
}

/// A run as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ordre {
    pub(super) genre: Genre,
    pub(super) exercice: Option<u16>,
    pub(super) scenario: Option<String>,
    pub(super) budget: Option<String>,
}

impl Ordre {
    /// The same on the command line, as the journal records it.
    pub(super) fn commande(&self) -> String {
        let mut line = format!("vigie {} .", self.genre.verbe());
        let mut option = |name: &str, value: &str| {
            let plain = |c: char| c.is_alphanumeric() || "-_./,=:".contains(c);
            let quote = if value.chars().all(plain) { "" } else { "'" };
            // Writing to a text cannot fail.
            let _ = write!(line, " --{name} {quote}{value}{quote}");
        };
        if let Some(budget) = &self.budget {
            option("budget", budget);
        }
        if self.genre.looks_ahead() {
            if let Some(year) = self.exercice {
                option("exercice", &year.to_string());
            }
            if let Some(name) = &self.scenario {
                option("scenario", name);
            }
        }
        line
    }

    fn run(&self, config: &Config, progress: &dyn Progress) -> Result<Bilan, Refus> {
        let entrees = Entrees {
            chemins: vec![PathBuf::from(".")],
            budget: self.budget.clone(),
            ..Entrees::default()
        };
        let choix = preparation::Choix {
            horizon: 3,
            exercice: self.exercice,
            scenario: self.scenario.clone(),
            ..preparation::Choix::default()
        };
        match self.genre {
            Genre::Lire => lire::run(config, &entrees, false, progress),
            Genre::Preparation => preparation::rapport(config, &entrees, &choix, progress),
            Genre::Synthese => synthese::rapport(config, &entrees, &choix, None, progress),
            Genre::Audit => {
                audit::rapport(config, &entrees, &audit::Selection::parse(None, None)?, progress)
            }
        }
    }
}

/// What a run gave, as the page shows it.
#[derive(Debug, Clone, Default)]
pub(super) struct Fait {
    pub(super) lignes: Vec<(&'static str, String)>,
    pub(super) avertissements: Vec<String>,
    /// Folder of the result, as the use case names it.
    pub(super) dossier: String,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(super) enum Fin {
    Fait(Arc<Fait>),
    Refuse(Arc<Refus>),
    Arrete,
}

/// Where a run stands.
#[derive(Debug, Clone)]
pub(super) struct Avancement {
    pub(super) genre: Genre,
    pub(super) etape: String,
    /// File being read, its rank and how many there are.
    pub(super) fichier: Option<(String, u64, u64)>,
    pub(super) fait: u64,
    pub(super) total: u64,
    pub(super) fin: Option<Fin>,
}

#[derive(Debug)]
struct Partage {
    dossier: PathBuf,
    avancement: Mutex<Option<Avancement>>,
    arret: AtomicBool,
}

/// The run of the page. See the module documentation.
#[derive(Debug, Clone)]
pub(super) struct Travail(Arc<Partage>);

impl Travail {
    /// No run yet, in this folder.
    pub(super) fn new(dossier: &Path) -> Self {
        Self(Arc::new(Partage {
            dossier: dossier.to_path_buf(),
            avancement: Mutex::default(),
            arret: AtomicBool::default(),
        }))
    }

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

    /// Asks the run to stop and gives it the time to.
    pub(super) fn stop_and_wait(&self, patience: Duration) {
        self.stop();
        let start = Instant::now();
        while self.busy() && start.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts a run; false when one is going on.
    ///
    /// # Errors
    /// Nothing can be written in the folder.
    pub(super) fn start(&self, ordre: Ordre, config: Config, jour: Date) -> Result<bool, Refus> {
        let mut now = held(&self.0.avancement);
        if now.as_ref().is_some_and(|a| a.fin.is_none()) {
            return Ok(false);
        }
        chantier::commencer(&self.0.dossier, ordre.genre.label(), jour)?;
        self.0.arret.store(false, Ordering::Relaxed);
        *now = Some(Avancement {
            genre: ordre.genre,
            etape: "Préparation".to_owned(),
            fichier: None,
            fait: 0,
            total: 0,
            fin: None,
        });
        drop(now);
        let shared = self.clone();
        let run = move || {
            let guarded = std::panic::AssertUnwindSafe(|| ordre.run(&config, &shared));
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
        Ok(true)
    }

    fn end(&self, outcome: Result<Bilan, Refus>) {
        chantier::finir(&self.0.dossier);
        let stopped = self.0.arret.load(Ordering::Relaxed);
        if let Some(now) = held(&self.0.avancement).as_mut() {
            now.fin = Some(match outcome {
                Ok(bilan) => Fin::Fait(Arc::new(Fait {
                    dossier: bilan.json["dossier"].as_str().unwrap_or_default().to_owned(),
                    lignes: bilan.lignes,
                    avertissements: bilan.avertissements,
                })),
                Err(_) if stopped => Fin::Arrete,
                Err(refus) => Fin::Refuse(Arc::new(refus)),
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
            now.place(done, total);
        }
    }

    fn file(&self, nom: &str, rank: u64, of: u64) {
        if let Some(now) = held(&self.0.avancement).as_mut() {
            now.fichier = Some((nom.to_owned(), rank, of));
        }
    }

    fn cancelled(&self) -> bool {
        self.0.arret.load(Ordering::Relaxed)
    }
}

impl Avancement {
    /// Notes how far the stage is; of a reading, how far all the files are.
    fn place(&mut self, done: u64, total: u64) {
        match self.fichier {
            Some((_, rank, of)) if self.etape == "Lecture" && of > 0 => {
                // The count of files, then the bytes of each.
                let within = if total == of && done + 1 == rank { 0 } else { share(done, total) };
                self.fait = (rank - 1) * PARTS / of + within / of;
                self.total = PARTS;
            }
            _ => {
                self.fichier = None;
                (self.fait, self.total) = (done, total);
            }
        }
    }
}

/// `done` of `total`, in parts of a thousand.
fn share(done: u64, total: u64) -> u64 {
    u128::from(done.min(total)).saturating_mul(1000).checked_div(u128::from(total)).unwrap_or(0)
        as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordre(genre: Genre) -> Ordre {
        let (exercice, scenario) = (Some(2027), Some("très prudent".to_owned()));
        Ordre { genre, exercice, scenario, budget: Some("Eau".to_owned()) }
    }

    #[test]
    fn the_journal_records_a_line_that_can_be_typed() {
        assert_eq!(
            ordre(Genre::Preparation).commande(),
            "vigie rapport preparation . --budget Eau --exercice 2027 --scenario 'très prudent'"
        );
        assert_eq!(ordre(Genre::Audit).commande(), "vigie rapport audit . --budget Eau");
    }

    #[test]
    fn the_bar_of_a_reading_never_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let travail = Travail::new(folder.path());
        *held(&travail.0.avancement) = Some(Avancement {
            genre: Genre::Lire,
            etape: String::new(),
            fichier: None,
            fait: 0,
            total: 0,
            fin: None,
        });
        let mut seen = Vec::new();
        for rank in 1..=3 {
            travail.file("a.csv", rank, 3);
            travail.tick("Lecture", rank - 1, 3);
            for done in [0, 50, 100] {
                travail.tick("Lecture", done, 100);
                seen.push(travail.avancement().unwrap().fait);
            }
        }
        assert!(seen.is_sorted() && seen.last() == Some(&999), "{seen:?}");
        travail.tick("Prévision", 3, 32);
        let now = travail.avancement().unwrap();
        assert_eq!((now.fichier, now.fait, now.total), (None, 3, 32));
    }
}
