//! `vigie revue importer|lister|ajouter`: the decisions of a review; `vigie purger`: the end of results.
//!
//! **Invariant:** options are only carried over; `app` gives them their meaning.

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::app::config::{Config, Options};
use crate::app::revue::{self, Ajout, Demande};
use crate::cli::args::{ActionRevue, Purger, Revue, Tenue};
use crate::cli::term::Term;

use super::{Typed, show_lines};

pub(super) fn run(a: &Revue, typed: &Typed<'_>) -> ExitCode {
    let (tenue, auteur, fichier) = match &a.action {
        ActionRevue::Importer(i) => (&i.tenue, i.auteur.as_str(), Some(&i.fichier)),
        ActionRevue::Lister(l) => (&l.tenue, "", None),
        ActionRevue::Ajouter(j) => (&j.tenue, j.auteur.as_str(), None),
    };
    let term = Term::new(false, false, false);
    let demande = Demande { journal: tenue.revue.clone(), auteur: auteur.to_owned() };
    let outcome = config(tenue, fichier, typed).and_then(|config| match &a.action {
        ActionRevue::Importer(i) => revue::importer(&config, &i.fichier, &demande),
        ActionRevue::Lister(_) => revue::lister(&config, demande.journal.as_deref()),
        ActionRevue::Ajouter(j) => {
            let ajout = Ajout {
                cle: j.constat.clone(),
                decision: j.decision.clone(),
                motif: j.motif.clone(),
                portee: j.portee.clone(),
                controle: j.controle.clone(),
                cles_lignes: String::new(),
            };
            revue::ajouter(&config, &ajout.completed(Path::new(".")), &demande)
        }
    });
    match outcome {
        Ok(bilan) => {
            for warning in &bilan.avertissements {
                term.note(&format!("attention : {warning}"));
            }
            show_lines(&term, &bilan, tenue.json, false);
            ExitCode::SUCCESS
        }
        Err(refus) => {
            term.refuse(&refus);
            ExitCode::from(2)
        }
    }
}

/// `vigie purger`: removes the results older than `conservation_mois`.
pub(super) fn purger(a: &Purger) -> ExitCode {
    let term = Term::new(false, false, false);
    let options = Options {
        date: a.date.clone(),
        config: a.config.clone(),
        entree: Some(a.dossier.clone()),
        ..Options::default()
    };
    #[allow(clippy::disallowed_methods)] // the clock is read in `cli` only
    let today = jiff::Zoned::now().date();
    let outcome = Config::resolve(options, today)
        .and_then(|config| crate::app::purger::run(&config, &a.dossier, a.simuler));
    match outcome {
        Ok(bilan) => {
            show_lines(&term, &bilan, a.json, false);
            ExitCode::SUCCESS
        }
        Err(refus) => {
            term.refuse(&refus);
            ExitCode::from(2)
        }
    }
}

fn config(
    tenue: &Tenue,
    fichier: Option<&PathBuf>,
    typed: &Typed<'_>,
) -> Result<Config, crate::domain::refus::Refus> {
    let options = Options {
        date: tenue.date.clone(),
        config: tenue.config.clone(),
        // `vigie.toml` is looked for near the workbook, then by going up from here.
        entree: Some(fichier.cloned().unwrap_or_else(|| PathBuf::from("."))),
        ateliers: typed.ateliers.clone(),
        ..Options::default()
    };
    #[allow(clippy::disallowed_methods)] // the clock is read in `cli` only
    let today = jiff::Zoned::now().date();
    Config::resolve(options, today)
}
