//! Room 8: a fictitious commune from a seed, with its answer key. Knows no reader and no detector.
//!
//! [`write()`] takes a [`Plan`] and fills a folder: `donnees/` (budget documents in TOTEM XML over the
//! switch from M14 to M57, ledgers of mandats and titres in CSV, that of the CCAS beside), `verite.csv`
//! (what was planted, and the honest look-alikes) and `vigie.toml`.
//!
//! Up to 10 000 lines an exercice are added by more exercices, then by more lines an exercice; above
//! 25 000 lines an exercice the commune grows in proportion (population and amounts). Ledgers are
//! written week by week, so memory does not follow the number of lines.
//!
//! **Invariant:** same plan, same bytes; for each exercice with a ledger, the CA shows, by account,
//! function and sense, the sum of the amounts with tax of the ledger (001 and 002 excluded).

pub mod budget;
pub mod calendar;
pub mod ccas;
pub mod chart;
pub mod commune;
pub mod document;
pub mod flows;
pub mod identity;
pub mod invoices;
pub mod ledger;
pub mod piece;
pub mod plant;
pub mod register;
pub mod rng;
pub mod truth;
pub mod write;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::demo::budget::Budget;
use crate::demo::calendar::Weeks;
use crate::demo::commune::Commune;
use crate::demo::document::{Document, Etape};
use crate::demo::ledger::{Executed, Grant, Source, Year, without_ledger};
use crate::demo::plant::{Contrat, Planted};
use crate::demo::register::Register;
use crate::demo::truth::{Truth, Verdict};
use crate::demo::write::Counted;
use crate::demo::write::csv::{Encoding, LedgerFile};
use crate::demo::write::settings::Settings;
use crate::domain::progress::Progress;
use crate::domain::refus::{Refus, cause};

/// Lines of the ledger when nothing is asked.
pub const DEFAULT_LIGNES: u64 = 20_000;
/// Exercices when nothing is asked.
pub const DEFAULT_EXERCICES: u16 = 6;
const MIN_LIGNES: u64 = 1_000;
const MAX_LIGNES: u64 = 10_000_000;
/// Lines of an exercice before another exercice gets a ledger.
const LINES_A_YEAR: u64 = 10_000;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Seed of everything.
    pub seed: u64,
    /// Ledger lines, all exercices together, 1 000 to 10 000 000 (a little more come under 2 000).
    pub lignes: u64,
    /// Exercices with accounts, the last one being the year before `today`; 2 to 10.
    pub exercices: u16,
    /// Whether irregularities are planted; look-alikes always are.
    pub irregularites: bool,
    /// Day of the run.
    pub today: Date,
}

impl Plan {
    /// The plan of the default demo at a date.
    pub fn at(today: Date) -> Self {
        Self {
            seed: 1,
            lignes: DEFAULT_LIGNES,
            exercices: DEFAULT_EXERCICES,
            irregularites: true,
            today,
        }
    }

    /// Last exercice with accounts.
    fn last(&self) -> u16 {
        self.today.year().unsigned_abs().saturating_sub(1)
    }

    fn check(&self) -> Result<(), Refus> {
        if !(MIN_LIGNES..=MAX_LIGNES).contains(&self.lignes) {
            return Err(Refus::new(
                format!("la démonstration ne sait pas écrire {} lignes", self.lignes),
                "demander entre 1 000 et 10 000 000 lignes",
            ));
        }
        if !(2..=10).contains(&self.exercices) || self.last() < 2015 + self.exercices {
            return Err(Refus::new(
                format!(
                    "{} exercices finissant en {} ne sont pas possibles",
                    self.exercices,
                    self.last()
                ),
                "demander de 2 à 10 exercices, le premier en 2016 au plus tôt",
            ));
        }
        Ok(())
    }
}

/// A file written, path relative to `donnees/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fichier {
    /// Path.
    pub chemin: String,
    /// Records after the header for a ledger, lines for a budget document.
    pub lignes: u64,
    /// Size.
    pub octets: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Files of `donnees/`, in the order written.
    pub fichiers: Vec<Fichier>,
    /// Ledger lines of the commune, mandats and titres; those of its CCAS come beside.
    pub ecritures: u64,
    /// First and last exercice with accounts.
    pub exercices: (u16, u16),
    /// Inhabitants of the commune.
    pub population: u64,
    /// Irregularities in `verite.csv`.
    pub irregularites: usize,
    /// Look-alikes in `verite.csv`.
    pub sosies: usize,
    /// True when the user stopped before the end.
    pub interrompu: bool,
}

/// Writes the demo in a folder, created when absent.
pub fn write(plan: &Plan, dossier: &Path, progress: &dyn Progress) -> Result<Summary, Refus> {
    plan.check()?;
    let mut site = Site::new(plan, dossier, progress);
    site.run().map_err(|error| {
        Refus::new(
            format!("impossible d'écrire « {} » : {}", site.current.display(), cause(&error)),
            "libérer de la place ou choisir un autre dossier ; rien n'a été écrit",
        )
    })?;
    Ok(site.summary)
}

/// The folder being filled.
struct Site<'a> {
    plan: &'a Plan,
    commune: Commune,
    dossier: &'a Path,
    progress: &'a dyn Progress,
    truth: Truth,
    summary: Summary,
    /// File being written, for messages.
    current: PathBuf,
}

type Sink = Counted<BufWriter<File>>;

impl<'a> Site<'a> {
    fn new(plan: &'a Plan, dossier: &'a Path, progress: &'a dyn Progress) -> Self {
        let ledgers = (plan.lignes / LINES_A_YEAR).clamp(1, plan.exercices.into());
        let commune = Commune::new(plan.seed, plan.lignes / ledgers);
        let summary = Summary {
            fichiers: vec![],
            ecritures: 0,
            exercices: (plan.last() + 1 - plan.exercices, plan.last()),
            population: commune.population().unsigned_abs(),
            irregularites: 0,
            sosies: 0,
            interrompu: false,
        };
        let current = dossier.to_path_buf();
        Self { plan, commune, dossier, progress, truth: Truth::default(), summary, current }
    }

    fn run(&mut self) -> io::Result<()> {
        fs::create_dir_all(self.dossier.join("donnees"))?;
        let mut planted = self.plant();
        let contrats: Vec<Contrat> =
            planted.values_mut().flat_map(|p| std::mem::take(&mut p.contrats)).collect();
        let commune = self.commune.clone();
        let mut budget = Budget::new(&commune);
        let (first, last) = self.summary.exercices;
        for exercice in first..=last {
            if self.progress.cancelled() {
                self.summary.interrompu = true;
                return Ok(());
            }
            self.exercice(&mut budget, exercice, &mut planted)?;
        }
        let targets = commune.chart.targets(self.plan.seed, last + 1, commune.taille);
        let next = budget.primitive(last + 1, &targets);
        self.document(&next)?;
        let known =
            |m57: &str| commune.chart.real(m57, false).map_or(0, |i| targets[usize::from(i)]);
        let settings = Settings {
            exercice: last + 1,
            population: self.summary.population,
            debt: budget.debt(),
            dgf: known("74111"),
            attribution: known("73211"),
            taille: commune.taille,
        };
        self.answers(&settings, &contrats)
    }

    /// Ledger lines of an exercice, none for those before the first ledger.
    fn lignes_of(&self, exercice: u16) -> Option<u64> {
        let ledgers = (self.plan.lignes / LINES_A_YEAR).clamp(1, self.plan.exercices.into());
        let back = u64::from(self.plan.last().saturating_sub(exercice));
        let extra = if back == 0 { self.plan.lignes % ledgers } else { 0 };
        (back < ledgers).then_some(self.plan.lignes / ledgers + extra)
    }

    fn targets(&self, exercice: u16) -> Vec<i64> {
        self.commune.chart.targets(self.plan.seed, exercice, self.commune.taille)
    }

    /// What is planted in each exercice with a ledger.
    fn plant(&mut self) -> BTreeMap<u16, Planted> {
        let (first, last) = self.summary.exercices;
        let mut years = Vec::new();
        for exercice in first..=last {
            let Some(lignes) = self.lignes_of(exercice) else { continue };
            let (targets, previous) = (self.targets(exercice), self.targets(exercice - 1));
            let weeks = Weeks::new(exercice);
            let source = Source {
                commune: &self.commune,
                weeks: &weeks,
                targets: &targets,
                previous: &previous,
                affectation: 0,
                lignes,
            };
            let probe = Year::new(&source, Planted::default());
            years.push((exercice, probe.means().map(|(t, c, m)| ((t, c), m)).collect()));
        }
        let irregular = self.plan.irregularites;
        plant::plant(&self.commune, &years, self.plan.lignes, irregular, &mut self.truth)
    }

    fn exercice(
        &mut self,
        budget: &mut Budget,
        exercice: u16,
        planted: &mut BTreeMap<u16, Planted>,
    ) -> io::Result<()> {
        let (targets, previous) = (self.targets(exercice), self.targets(exercice - 1));
        let weeks = Weeks::new(exercice);
        let affectation = budget.affectation();
        self.document(&budget.primitive(exercice, &targets))?;
        if exercice == self.plan.last() {
            self.document(&budget.amendment(exercice))?;
        }
        let lignes = self.lignes_of(exercice);
        let commune = self.commune.clone();
        let source = Source {
            commune: &commune,
            weeks: &weeks,
            targets: &targets,
            previous: &previous,
            affectation,
            lignes: lignes.unwrap_or(0),
        };
        let executed = if lignes.is_some() {
            let planted = planted.remove(&exercice).unwrap_or_default();
            let (executed, grants) = self.ledger(&source, planted)?;
            if self.plan.lignes >= ccas::FROM {
                self.ccas(&weeks, &grants)?;
            }
            executed
        } else {
            without_ledger(&source)
        };
        self.document(&budget.accounts(exercice, &executed))
    }

    /// The mandats of the CCAS, in a file of their own; some pay again what the commune paid.
    fn ccas(&mut self, weeks: &Weeks, grants: &[Grant]) -> io::Result<()> {
        let exercice = weeks.exercice;
        let ledgers = (self.plan.lignes / LINES_A_YEAR).clamp(1, self.plan.exercices.into());
        let each = ccas::irregularities(self.plan.lignes);
        let more = if exercice == self.plan.last() { each % ledgers } else { 0 };
        let again = ccas::Again {
            seed: self.plan.seed,
            exercice,
            count: each / ledgers + more,
            irregular: self.plan.irregularites,
        };
        let mut pieces = ccas::pieces(&self.commune, weeks);
        pieces.extend(again.pieces(grants, &mut self.truth));
        pieces.sort_by(|a, b| a.key().cmp(&b.key()));
        let mut register =
            self.register(&format!("mandats_ccas_{exercice}.csv"), true, exercice)?;
        for piece in &mut pieces {
            piece.ccas = true;
            register.write(&self.commune.chart, piece, &mut self.truth)?;
        }
        let (chemin, lignes) = (register.chemin().to_string(), register.records());
        let octets = register.finish()?.bytes;
        self.summary.fichiers.push(Fichier { chemin, lignes, octets });
        Ok(())
    }

    fn ledger(&mut self, source: &Source, planted: Planted) -> io::Result<(Executed, Vec<Grant>)> {
        let exercice = source.weeks.exercice;
        let mut registers = [
            self.register(&format!("mandats_{exercice}.csv"), true, exercice)?,
            self.register(&format!("titres_{exercice}.csv"), false, exercice)?,
        ];
        let (progress, before, total) = (self.progress, self.summary.ecritures, self.plan.lignes);
        let mut tick = |lines: u64| {
            progress.tick("Écritures", before + lines, total);
            !progress.cancelled()
        };
        let year = Year::new(source, planted);
        let executed = year.write(&mut registers, &mut self.truth, &mut tick)?;
        for register in registers {
            let (chemin, lignes) = (register.chemin().to_string(), register.records());
            let octets = register.finish()?.bytes;
            self.summary.ecritures += lignes;
            self.summary.fichiers.push(Fichier { chemin, lignes, octets });
        }
        Ok(executed)
    }

    fn register(&mut self, name: &str, depense: bool, exercice: u16) -> io::Result<Register<Sink>> {
        let encoding = if depense { Encoding::Windows1252 } else { Encoding::Utf8Bom };
        let sink = self.create(&Path::new("donnees").join(name))?;
        let file = LedgerFile::start(sink, depense, encoding)?;
        Ok(Register::new(file, name.to_string(), exercice))
    }

    fn create(&mut self, relative: &Path) -> io::Result<Sink> {
        self.current = self.dossier.join(relative);
        Ok(Counted::new(BufWriter::with_capacity(1 << 18, File::create(&self.current)?)))
    }

    fn document(&mut self, document: &Document) -> io::Result<()> {
        let name = match document.etape {
            Etape::Bp => format!("BP_{}.xml", document.exercice),
            Etape::Dm => format!("DM1_{}.xml", document.exercice),
            Etape::Ca => format!("CA_{}.xml", document.exercice),
        };
        let mut sink = self.create(&Path::new("donnees").join(&name))?;
        write::totem::write(&mut sink, document, &self.commune.chart)?;
        sink.flush()?;
        let lignes = document.lignes.len() as u64;
        self.summary.fichiers.push(Fichier { chemin: name, lignes, octets: sink.bytes });
        Ok(())
    }

    /// The answer key and the settings.
    fn answers(&mut self, settings: &Settings, contrats: &[Contrat]) -> io::Result<()> {
        let mut sink = self.create(Path::new("verite.csv"))?;
        self.truth.write(&mut sink)?;
        sink.flush()?;
        for entry in self.truth.entries() {
            match entry.genre {
                Verdict::Irregularite => self.summary.irregularites += 1,
                Verdict::Sosie => self.summary.sosies += 1,
            }
        }
        let mut sink = self.create(Path::new("vigie.toml"))?;
        sink.write_all(write::settings::text(settings, contrats).as_bytes())?;
        sink.flush()
    }
}

#[cfg(test)]
mod tests;
