//! `vigie completion` and `vigie man`: what a system needs to know of the command line.
//!
//! Both are drawn from the same definitions as the help; headings of the manual are put into French.
//!
//! **Invariant:** hidden aliases and hidden commands appear in neither.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::app::init;
use crate::cli::args::{Completion, Ligne, Man, Terminal};
use crate::cli::term::Term;
use crate::domain::refus::Refus;

/// Headings that the generator writes in English.
const HEADINGS: [(&str, &str); 8] = [
    (".SH NAME", ".SH NOM"),
    (".SH SUBCOMMANDS", ".SH COMMANDES"),
    (".SH EXTRA", ".SH EXEMPLES"),
    (".SH OPTIONS", ".SH OPTIONS"),
    (".SH VERSION", ".SH VERSION"),
    (".SH AUTHORS", ".SH AUTEURS"),
    ("\\fISUBCOMMAND\\fR", "\\fICOMMANDE\\fR"),
    ("\\fISUBCOMMANDS\\fR", "\\fICOMMANDE\\fR"),
];

pub(super) fn completion(a: &Completion) -> ExitCode {
    let shell = match a.terminal {
        Terminal::Bash => Shell::Bash,
        Terminal::Zsh => Shell::Zsh,
        Terminal::Fish => Shell::Fish,
        Terminal::Powershell => Shell::PowerShell,
    };
    let mut script = Vec::new();
    generate(shell, &mut Ligne::command(), "vigie", &mut script);
    let term = Term::new(false, false, false);
    term.result(String::from_utf8_lossy(&script).trim_end());
    ExitCode::SUCCESS
}

pub(super) fn man(a: &Man) -> ExitCode {
    let term = Term::new(false, false, false);
    match write(&a.dossier) {
        Ok(count) => {
            term.result(&format!("Écrit    {count} pages dans {}", a.dossier.display()));
            term.result("Suite    man vigie");
            ExitCode::SUCCESS
        }
        Err(refus) => {
            term.refuse(&refus);
            ExitCode::from(2)
        }
    }
}

/// Writes every page; gives their number.
fn write(folder: &Path) -> Result<usize, Refus> {
    let pages = pages();
    for (name, text) in &pages {
        init::put(folder, name, text.as_bytes())?;
    }
    Ok(pages.len())
}

/// The pages: that of the program, then one a command shown in the help.
fn pages() -> Vec<(String, String)> {
    let mut root = Ligne::command();
    root.build();
    let shown = root.get_subcommands().filter(|c| !c.is_hide_set()).cloned();
    let commands: Vec<clap::Command> = shown.collect();
    let mut out = vec![("vigie.1".to_owned(), page(root.clone()))];
    for command in commands {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        out.push((format!("{name}.1"), page(command)));
    }
    out
}

fn page(command: clap::Command) -> String {
    let mut bytes = Vec::new();
    let drawn = clap_mangen::Man::new(command).render(&mut bytes);
    drawn.expect("a buffer takes everything");
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    for (english, french) in HEADINGS {
        text = text.replace(english, french);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_pages_are_in_french() {
        let pages = pages();
        assert!(pages.len() > 10, "{}", pages.len());
        for (name, text) in pages {
            assert!(text.contains(".SH NOM") && text.starts_with(".ie"), "{name}");
            for word in ["NAME", "SUBCOMMAND", "Print", "default:", "possible values", "aliases"] {
                assert!(!text.contains(word), "« {word} » in {name}:\n{text}");
            }
        }
    }

    #[test]
    fn completion_scripts_know_the_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
            let mut script = Vec::new();
            generate(shell, &mut Ligne::command(), "vigie", &mut script);
            let text = String::from_utf8(script).expect("UTF-8");
            for word in ["preparation", "echantillon", "sortie"] {
                assert!(text.contains(word), "{shell}: {word}");
            }
        }
    }
}
