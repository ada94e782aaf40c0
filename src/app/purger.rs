//! `vigie purger`: removes the results older than what the commune keeps (`conservation_mois`).
//!
//! A result folder is one that holds our `journal.txt`; its age is the date written there, never that of the
//! file system. `revue.csv`, `vigie.toml` and the inputs stay outside result folders and are never touched.
//!
//! **Invariant:** nothing is removed but a folder that our journal marks, less what its user added there; a
//! journal without a date keeps its folder; links are not followed.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde_json::json;

use crate::domain::refus::Refus;
use crate::report::{self, fr};

use super::Bilan;
use super::config::Config;
use super::en_place;
use super::sortie::{JOURNAL, names, refus_io};

/// Months kept when `vigie.toml` says nothing.
const MOIS: u16 = 24;
/// Names of added files shown.
const SHOWN: usize = 3;
/// Depth of folders looked into.
const DEPTH: usize = 8;

/// A result folder.
struct Resultat {
    dossier: PathBuf,
    date: Option<Date>,
    /// What its user added: left where it is.
    ajouts: Vec<PathBuf>,
}

impl Resultat {
    fn remove(&self) -> Result<(), Refus> {
        if self.ajouts.is_empty() {
            return fs::remove_dir_all(&self.dossier).map_err(|e| refus_io(&self.dossier, &e));
        }
        for name in names(&self.dossier).into_iter().map(PathBuf::from) {
            let path = self.dossier.join(&name);
            if self.ajouts.contains(&name) {
                continue;
            }
            let is_dir = fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir());
            if is_dir { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .map_err(|e| refus_io(&path, &e))?;
        }
        Ok(())
    }
}

/// Removes the old results below `dossier`; only lists them when `simuler`.
///
/// # Errors
/// A folder that does not exist, or one that cannot be removed.
pub fn run(config: &Config, dossier: &Path, simuler: bool) -> Result<Bilan, Refus> {
    if !dossier.is_dir() {
        return Err(Refus::new(
            format!("« {} » n'est pas un dossier", dossier.display()),
            "donner le dossier des résultats, reports par défaut",
        ));
    }
    let months = config.fichier.vie_privee.conservation_mois.unwrap_or(MOIS);
    let kept: Span = i32::from(months).months();
    let limit = config.date.checked_sub(kept).unwrap_or(Date::MIN);
    let mut found = Vec::new();
    walk(dossier, DEPTH, &mut found)?;
    let undated = found.iter().filter(|r| r.date.is_none()).count() as u64;
    let total = found.len() as u64;
    let old: Vec<Resultat> =
        found.into_iter().filter(|r| r.date.is_some_and(|d| d < limit)).collect();
    if !simuler {
        for result in &old {
            result.remove()?;
        }
    }
    Ok(told(&old, (total, undated), (months, limit), simuler))
}

/// What was removed, for the terminal.
fn told(
    old: &[Resultat],
    (total, undated): (u64, u64),
    (months, limit): (u16, Date),
    simuler: bool,
) -> Bilan {
    let names: Vec<String> = old.iter().map(|r| r.dossier.display().to_string()).collect();
    let n = old.len() as u64;
    let word = if simuler { "à supprimer" } else { "supprimés" };
    let mut lignes = vec![
        ("Règle", format!("{months} mois : résultats d'avant le {}", limit.strftime("%d/%m/%Y"))),
        (
            "Trouvé",
            format!(
                "{}, {} {word}",
                fr::compte(total, "dossier de résultats", "dossiers de résultats"),
                fr::nombre(n)
            ),
        ),
    ];
    for (name, result) in names.iter().zip(old) {
        let date = result.date.map(|d| d.strftime("%d/%m/%Y").to_string()).unwrap_or_default();
        lignes.push(("", format!("{name} ({date})")));
        if !result.ajouts.is_empty() {
            let shown: Vec<String> =
                result.ajouts.iter().take(SHOWN).map(|n| n.display().to_string()).collect();
            let more = if result.ajouts.len() > SHOWN { ", …" } else { "" };
            lignes.push((
                "",
                format!("  y reste ce que vous aviez ajouté : {}{more}", shown.join(", ")),
            ));
        }
    }
    if undated > 0 {
        lignes.push(("Gardé", format!("{} sans date", fr::compte(undated, "dossier", "dossiers"))));
    }
    Bilan {
        lignes,
        json: json!({"schema": report::SCHEMA, "commande": "purger", "conservation_mois": months,
            "avant": limit.to_string(), "simulation": simuler, "dossiers": names,
            "trouves": total, "sans_date": undated}),
        ..Bilan::default()
    }
}

/// Result folders at or below `folder`, in the order of their names; what is inside one is part of it.
fn walk(folder: &Path, depth: usize, found: &mut Vec<Resultat>) -> Result<(), Refus> {
    let journal = folder.join(JOURNAL);
    if journal.is_file() {
        let text = fs::read_to_string(&journal).unwrap_or_default();
        // Another program may write a file of this name.
        if text.starts_with("vigie ") {
            let ajouts = en_place::added(folder);
            found.push(Resultat { dossier: folder.to_path_buf(), date: date_of(&text), ajouts });
        }
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|e| refus_io(folder, &e))?;
    let mut below: Vec<PathBuf> = entries
        .flatten()
        .filter(|e| e.file_type().is_ok_and(|t| t.is_dir()))
        .map(|e| e.path())
        .collect();
    below.sort();
    below.iter().try_for_each(|path| walk(path, depth - 1, found))
}

/// The date that a journal records.
fn date_of(journal: &str) -> Option<Date> {
    journal.lines().find_map(|l| l.strip_prefix("date : ")).and_then(|d| d.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::config::Options;

    fn result(root: &Path, name: &str, journal: &str) {
        let folder = root.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(JOURNAL), journal).unwrap();
        fs::write(folder.join("constats.csv"), "x").unwrap();
    }

    #[test]
    fn only_old_results_go() {
        let root = tempfile::tempdir().unwrap();
        let of = |date: &str| format!("vigie 0.1.0\ncommande : vigie scanner x\ndate : {date}\n");
        result(root.path(), "vieux", &of("2024-03-13"));
        result(root.path(), "limite", &of("2024-03-14"));
        result(root.path(), "sous/vieux", &of("2020-01-01"));
        let signed = format!("{}écrits : 1\n  -  constats.csv\n", of("2020-01-02"));
        result(root.path(), "annote", &signed);
        fs::write(root.path().join("annote/mes_notes.txt"), "z").unwrap();
        result(root.path(), "sans_date", "vigie 0.1.0\n");
        result(root.path(), "autre", "un journal d'un autre programme\ndate : 2001-01-01\n");
        fs::create_dir_all(root.path().join("donnees")).unwrap();
        fs::write(root.path().join("donnees/m.csv"), "y").unwrap();
        let today = jiff::civil::Date::constant(2026, 3, 14);
        let config = Config::resolve(Options::default(), today).unwrap();
        let bilan = run(&config, root.path(), true).unwrap();
        assert_eq!(bilan.json["dossiers"].as_array().unwrap().len(), 3);
        let said = bilan.lignes.iter().any(|(_, text)| text.contains("mes_notes.txt"));
        assert!(said, "what stays is told: {:?}", bilan.lignes);
        assert!(root.path().join("vieux").exists(), "a simulation removes nothing");
        run(&config, root.path(), false).unwrap();
        let left = |name: &str| root.path().join(name).exists();
        assert!(!left("vieux") && !left("sous/vieux"));
        assert_eq!(names(&root.path().join("annote")), ["mes_notes.txt"]);
        assert!(left("limite") && left("sans_date") && left("autre") && left("donnees/m.csv"));
        assert!(run(&config, &root.path().join("rien"), false).is_err());
    }
}
