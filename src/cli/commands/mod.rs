//! One function a command: options to `app::Config`, then the use case, then what to show.
//!
//! **Invariant:** no result is computed here.

mod install;
mod open;
mod produce;
mod review;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::app::Bilan;
use crate::app::sortie::Ateliers;
use crate::domain::refus::Refus;

pub(crate) use open::VEILLE;

use super::args::{Commande, Condition, Partagees};
use super::term::Term;

/// What every producing command needs beside its own options.
#[derive(Clone, Copy)]
struct Typed<'a> {
    args: &'a [OsString],
    ateliers: &'a Ateliers,
    /// `--revue`, for the commands that take it.
    revue: Option<&'a std::path::Path>,
}

/// The local page on the folder of the user, when vigie starts without a terminal (double click).
pub(crate) fn double_click(ateliers: &Ateliers) -> ExitCode {
    open::double_click(ateliers)
}

/// Runs one command.
pub(crate) fn run(command: Commande, args: &[OsString], ateliers: &Ateliers) -> ExitCode {
    let typed = Typed { args, ateliers, revue: None };
    match command {
        Commande::Demo(a) => produce::demo(&a, &typed),
        Commande::Ouvrir(a) => open::run(&a, ateliers),
        Commande::Init(a) => show::init(&a),
        Commande::Lire(a) => produce::lire(&a, &typed),
        Commande::Verifier(a) => produce::verifier(&a, &typed),
        Commande::Prevoir(a) => produce::prevoir(&a, &typed),
        Commande::Scanner(a) => produce::scanner(&a, &typed),
        Commande::Echantillon(a) => produce::echantillon(&a, &typed),
        Commande::Exporter(a) => produce::exporter(&a, &typed),
        Commande::Rapport(a) => produce::rapport(&a, &typed),
        Commande::Revue(a) => review::run(&a, &typed),
        Commande::Purger(a) => review::purger(&a),
        Commande::Series(a) => produce::series(&a),
        Commande::Controles(a) => show::controles(&a),
        Commande::Modeles(a) => show::modeles(&a),
        Commande::Formats(a) => show::formats(&a),
        Commande::Completion(a) => install::completion(&a),
        Commande::Man(a) => install::man(&a),
    }
}

/// The summary, or one JSON object.
fn show_lines(term: &Term, bilan: &Bilan, json: bool, silent: bool) {
    if json {
        term.result(&bilan.json.to_string());
    } else if !silent {
        for (heading, text) in &bilan.lignes {
            let pad = 9usize.saturating_sub(heading.chars().count());
            term.result(&format!("{heading}{}{text}", " ".repeat(pad)));
        }
    }
}

/// Shows the outcome of a use case and turns it into an exit code.
fn conclude(term: &Term, shared: &Partagees, outcome: Result<Bilan, Refus>) -> ExitCode {
    term.end();
    if super::term::STOP.load(std::sync::atomic::Ordering::Relaxed) {
        term.note("interrompu : rien n'a été écrit");
        return ExitCode::from(130);
    }
    let bilan = match outcome {
        Ok(bilan) => bilan,
        Err(refus) => {
            term.refuse(&refus);
            return ExitCode::from(2);
        }
    };
    for warning in &bilan.avertissements {
        term.note(&format!("attention : {warning}"));
    }
    show_lines(term, &bilan, shared.json, shared.silencieux);
    if shared.strict && bilan.lignes_douteuses > 0 {
        term.refuse(&Refus::new(
            match bilan.lignes_douteuses {
                1 => "une ligne douteuse, et --strict est donné".to_owned(),
                n => format!("{n} lignes douteuses, et --strict est donné"),
            },
            "corriger les lignes de lignes_douteuses.csv, ou retirer --strict",
        ));
        return ExitCode::from(2);
    }
    let [prioritaires, a_verifier, _] = bilan.constats;
    let met = match shared.echec_si {
        None => false,
        Some(Condition::Prioritaire) => prioritaires > 0,
        Some(Condition::AVerifier) => prioritaires + a_verifier > 0,
        Some(Condition::Qualite) => bilan.lignes_douteuses > 0,
    };
    ExitCode::from(u8::from(met))
}
