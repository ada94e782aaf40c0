//! The commands that print a page or write `vigie.toml`.
//!
//! **Invariant:** the texts come from the rooms that own them (pages beside the code).

use std::process::ExitCode;

use serde_json::json;

use crate::app::catalogue::{self, Fiche};
use crate::cli::args::{Init, Page};
use crate::cli::term::Term;
use crate::domain::refus::Refus;

pub(super) fn init(a: &Init) -> ExitCode {
    let term = Term::new(false, false, false);
    match crate::app::init::run(&a.dossier) {
        Ok(path) => {
            term.result(&format!("Écrit    {}", path.display()));
            term.result("Suite    compléter ce fichier, puis : vigie rapport preparation DOSSIER");
            ExitCode::SUCCESS
        }
        Err(refus) => {
            term.refuse(&refus);
            ExitCode::from(2)
        }
    }
}

pub(super) fn controles(a: &Page) -> ExitCode {
    show(a, &catalogue::controles(), "controles", "contrôle")
}

pub(super) fn modeles(a: &Page) -> ExitCode {
    show(a, &catalogue::modeles(), "modeles", "modèle")
}

pub(super) fn formats(a: &Page) -> ExitCode {
    show(a, &catalogue::formats(), "formats", "format")
}

/// Likeness from which a name is proposed instead of the one typed.
const LIKE: f64 = 0.7;

/// The list, or the page of one.
fn show(a: &Page, cards: &[Fiche], command: &str, noun: &str) -> ExitCode {
    let term = Term::new(false, false, false);
    let Some(name) = &a.nom else {
        list(&term, cards, a.json, command);
        return ExitCode::SUCCESS;
    };
    let Some(card) = cards.iter().find(|c| c.code.eq_ignore_ascii_case(name)) else {
        let score = |c: &Fiche| strsim::jaro_winkler(&c.code.to_lowercase(), &name.to_lowercase());
        let near = cards
            .iter()
            .max_by(|x, y| score(x).total_cmp(&score(y)))
            .filter(|c| score(c) >= LIKE)
            .or_else(|| {
                let word = name.to_lowercase();
                cards.iter().find(|c| word.len() > 2 && c.titre.to_lowercase().contains(&word))
            })
            .map(|c| format!("vouliez-vous dire « {} » ({}) ? ", c.code, c.titre))
            .unwrap_or_default();
        term.refuse(&Refus::new(
            format!("le {noun} « {name} » n'existe pas"),
            format!("{near}« vigie {command} » donne la liste"),
        ));
        return ExitCode::from(2);
    };
    if a.json {
        let object = json!({"schema": "vigie/1", "code": card.code, "titre": card.titre,
            "statut": card.statut, "page": card.page});
        term.result(&object.to_string());
    } else {
        term.result(card.page.trim_end());
    }
    ExitCode::SUCCESS
}

fn list(term: &Term, cards: &[Fiche], as_json: bool, command: &str) {
    if as_json {
        let rows: Vec<_> = cards
            .iter()
            .map(|c| json!({"code": c.code, "famille": c.famille, "titre": c.titre, "statut": c.statut}))
            .collect();
        term.result(&json!({"schema": "vigie/1", command: rows}).to_string());
        return;
    }
    let width = cards.iter().map(|c| c.code.chars().count()).max().unwrap_or(0);
    for card in cards {
        let pad = " ".repeat(width - card.code.chars().count());
        let status =
            if card.statut.is_empty() { String::new() } else { format!(" ({})", card.statut) };
        term.result(&format!("{}{pad}  {}{status}", card.code, card.titre));
    }
}
