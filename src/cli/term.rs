//! The terminal: the only place that prints, draws progress and hears Ctrl-C.
//!
//! **Invariant:** results go to stdout, everything else to stderr; a broken pipe is a success.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;

/// Raised by Ctrl-C, read by every long loop.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// Silence before a progress line appears.
const PATIENCE: Duration = Duration::from_millis(300);

/// How to talk to the user.
pub(crate) struct Term {
    ascii: bool,
    quiet: bool,
    verbose: bool,
    start: Instant,
    state: Mutex<State>,
}

struct State {
    bar: Option<ProgressBar>,
    step: String,
    since: Instant,
}

impl Term {
    /// A terminal with its three habits.
    pub(crate) fn new(ascii: bool, quiet: bool, verbose: bool) -> Self {
        let now = Instant::now();
        // The fonts of the Windows console draw a box in place of a thin space.
        let ascii = ascii || (cfg!(windows) && io::stdout().is_terminal());
        let state = State { bar: None, step: String::new(), since: now };
        Self { ascii, quiet, verbose, start: now, state: Mutex::new(state) }
    }

    /// Text for this console.
    fn shown(&self, text: &str) -> String {
        if self.ascii {
            text.replace(['\u{202f}', '\u{a0}'], " ").replace('\u{2212}', "-")
        } else {
            text.to_owned()
        }
    }

    /// Writes to stdout; a reader that went away is no error.
    pub(crate) fn result(&self, text: &str) {
        // `head` closing the pipe is the reader's choice, not a failure.
        let _ = writeln!(io::stdout().lock(), "{}", self.shown(text));
    }

    /// Writes to stderr unless `--silencieux`.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{}", self.shown(text));
        }
    }

    /// Writes to stderr with `--verbeux` only.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// Writes a refusal to stderr, always.
    pub(crate) fn refuse(&self, refus: &Refus) {
        let _ = writeln!(io::stderr().lock(), "erreur : {}", self.shown(&refus.to_string()));
    }

    /// Ends the progress line and tells the duration with `--verbeux`.
    pub(crate) fn end(&self) {
        if let Ok(mut state) = self.state.lock() {
            self.close_step(&mut state);
        }
        self.detail(&format!("durée totale : {:.1} s", self.start.elapsed().as_secs_f64()));
    }

    fn close_step(&self, state: &mut State) {
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
        if !state.step.is_empty() {
            self.detail(&format!("{} : {:.1} s", state.step, state.since.elapsed().as_secs_f64()));
            state.step.clear();
        }
    }
}

impl Progress for Term {
    fn tick(&self, step: &str, done: u64, total: u64) {
        let Ok(mut state) = self.state.lock() else { return };
        if state.step != step {
            self.close_step(&mut state);
            step.clone_into(&mut state.step);
            state.since = Instant::now();
        }
        if self.quiet || self.start.elapsed() < PATIENCE || !io::stderr().is_terminal() {
            return;
        }
        if state.bar.is_none() {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let shape = if total == 0 { "{msg} · {pos}" } else { "{msg} {bar:24} {percent} %" };
            if let Ok(style) = ProgressStyle::with_template(shape) {
                bar.set_style(style);
            }
            bar.set_message(step.to_owned());
            state.bar = Some(bar);
        }
        if let Some(bar) = &state.bar {
            bar.set_position(done);
        }
    }

    fn cancelled(&self) -> bool {
        STOP.load(Ordering::Relaxed)
    }
}
