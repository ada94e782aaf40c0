//! Room 11: arguments, terminal, exit code. A command is a few lines that call `app`.
//!
//! Exit codes: 0 done, 1 a condition of `--echec-si` is met, 2 nothing usable was produced, 130
//! interrupted.
//!
//! **Invariant:** the clock is read here and nowhere else.

mod args;
mod clic;
mod commands;
mod french;
mod term;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::app::sortie::Ateliers;
use crate::domain::garde;
use crate::domain::refus::Refus;

use args::Ligne;
use clic::Depart;
use term::{STOP, Term};

/// Time given to a run to stop by itself after Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(700);

/// Runs the command line and gives its exit code.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    tell_bugs();
    let ateliers = Ateliers::default();
    let swept = ateliers.clone();
    // Without a handler Ctrl-C still stops the program, only less cleanly.
    let _ = ctrlc::set_handler(move || interrupt(&swept));
    let line = match Ligne::try_parse_from(&args) {
        Ok(line) => line,
        Err(error) => return explain(&error, &args),
    };
    let Some(command) = line.commande else {
        if args.len() > 1 {
            return explain(&missing_command(), &args);
        }
        let clicked = Depart::seen(&args).is_double_click();
        return if clicked { commands::double_click(&ateliers) } else { help() };
    };
    // a bug was told by the hook; 2 says that nothing usable was produced
    let run = AssertUnwindSafe(|| commands::run(command, &args, &ateliers));
    catch_unwind(run).unwrap_or_else(|_| {
        ateliers.sweep();
        ExitCode::from(2)
    })
}

/// A panic of ours is told in French, with its place and without the data that caused it.
fn tell_bugs() {
    let with_trace = std::env::var_os("RUST_BACKTRACE").is_some_and(|v| v != "0");
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if garde::quiet() {
            return;
        }
        let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line()));
        let refus = Refus::new(
            format!("erreur interne de {}{}", version(), place.unwrap_or_default()),
            "rien n’a été écrit ; signaler cette ligne, avec les formats des fichiers lus",
        );
        Term::new(false, false, false).refuse(&refus);
        if with_trace {
            default(info);
        }
    }));
}

/// Leaves the loops that listen the time to stop, then sweeps and leaves.
fn interrupt(ateliers: &Ateliers) {
    STOP.store(true, Ordering::Relaxed);
    std::thread::sleep(PATIENCE);
    ateliers.sweep();
    #[allow(clippy::exit)] // a loop that does not listen must not hold the user back
    std::process::exit(130);
}

/// Help and version go to stdout; a mistake goes to stderr, in French.
fn explain(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let term = Term::new(false, false, false);
    match error.kind() {
        ErrorKind::DisplayHelp => term.result(error.render().to_string().trim_end()),
        ErrorKind::DisplayVersion => {
            term.result(&version());
        }
        _ => {
            let command = args.get(1).map(|a| a.to_string_lossy()).unwrap_or_default();
            term.refuse(&french::refusal(error, &command));
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Name, version, and the commit the package was built from (given by `.ci/release`).
fn version() -> String {
    let built = option_env!("VIGIE_REVISION").map_or_else(
        || "compilée depuis les sources".to_owned(),
        |revision| format!("révision {revision}"),
    );
    format!("vigie {} ({built})", env!("CARGO_PKG_VERSION"))
}

/// What `vigie` alone shows in a terminal.
fn help() -> ExitCode {
    let term = Term::new(false, false, false);
    term.result(Ligne::command().render_help().to_string().trim_end());
    ExitCode::SUCCESS
}

fn missing_command() -> clap::Error {
    clap::Error::new(ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)
}
