//! Arguments to files: folders walked, standard input and pipes copied to disk, names made distinct.
//!
//! ```text
//!  arguments ─► find ─► Recherche { fichiers (by name), laisses, refuses }
//! ```
//!
//! **Invariant:** no folder is walked twice, whatever the links; nothing that could block or never end is
//! opened; result folders and answer keys are never read back.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::domain::refus::Refus;
use crate::ingest::format::HEAD;
use crate::ingest::noms;
use crate::ingest::sniff::unreadable;

use super::sortie::JOURNAL;

/// Names never read as data: settings, answer keys, notes.
pub(super) const NEVER: [&str; 4] =
    ["vigie.toml", "correspondance.toml", "verite.csv", "revue.csv"];

/// Files that Windows and macOS leave in any folder: nothing of the user's.
const SYSTEME: [&str; 3] = ["Thumbs.db", "desktop.ini", "Icon\r"];

/// Why the lock that Excel or Word leaves beside an open file is not read.
const VERROU: &str = "verrou d’un document ouvert dans Excel ou Word : fermer ce document si ses dernières \
                      saisies doivent être lues";

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trouve {
    /// Shown to the user, relative to the argument.
    pub(super) nom: String,
    /// Where it is.
    pub(super) chemin: PathBuf,
    /// Named on the command line, so that failing to read it is an error.
    pub(super) nomme: bool,
}

/// What the arguments hold.
#[derive(Debug, Default)]
pub(super) struct Recherche {
    /// Files to read, by name.
    pub(super) fichiers: Vec<Trouve>,
    /// Files and folders left alone: name and reason.
    pub(super) laisses: Vec<(String, String)>,
    /// Folders that cannot be opened: name and refusal.
    pub(super) refuses: Vec<(String, Refus)>,
    /// Folders walked, resolved.
    seen: BTreeSet<PathBuf>,
}

/// The files of the arguments, by name; pipes are copied to `atelier`.
///
/// # Errors
/// Standard input, a pipe, or a folder named on the command line that cannot be read.
pub(super) fn find(arguments: &[PathBuf], atelier: &Path) -> Result<Recherche, Refus> {
    let mut found = Recherche::default();
    for (i, argument) in arguments.iter().enumerate() {
        let copy = atelier.join(format!("entree-{i}"));
        if argument.as_os_str() == "-" {
            spool(&mut io::stdin().lock(), "-", &copy)?;
            found.push("-".to_owned(), copy, true);
        } else if argument.is_dir() {
            found.argument(argument)?;
        } else {
            let last = argument.file_name().unwrap_or(argument.as_os_str());
            let nom = noms::shown(last);
            if is_device(argument) {
                return Err(Refus::new(
                    format!("« {nom} » est un périphérique, pas un fichier"),
                    "donner un fichier, un dossier, ou « - » pour l’entrée standard",
                ));
            }
            if is_endless(argument) {
                let mut pipe = File::open(argument).map_err(|e| unreadable(&nom, &e))?;
                spool(&mut pipe, &nom, &copy)?;
                found.push(nom, copy, true);
            } else {
                found.push(nom, argument.clone(), true);
            }
        }
    }
    distinguish(&mut found.fichiers);
    found.fichiers.sort();
    found.fichiers.dedup_by(|a, b| a.chemin == b.chemin);
    Ok(found)
}

/// The files below one folder, by name.
///
/// # Errors
/// A folder that cannot be read.
pub(super) fn folder(folder: &Path) -> Result<Recherche, Refus> {
    let mut found = Recherche::default();
    found.argument(folder)?;
    found.fichiers.sort();
    Ok(found)
}

impl Recherche {
    fn push(&mut self, nom: String, chemin: PathBuf, nomme: bool) {
        self.fichiers.push(Trouve { nom, chemin, nomme });
    }

    /// The same with some of the files only.
    pub(super) fn only(&self, fichiers: Vec<Trouve>) -> Self {
        let (laisses, refuses) = (self.laisses.clone(), self.refuses.clone());
        Self { fichiers, laisses, refuses, seen: BTreeSet::new() }
    }

    /// A folder named on the command line.
    fn argument(&mut self, root: &Path) -> Result<(), Refus> {
        let nom = noms::shown_path(root);
        fs::read_dir(root).map_err(|e| unreadable(&nom, &e))?;
        if root.join(JOURNAL).is_file() && !root.join("donnees").is_dir() {
            let why = "dossier de résultats de vigie : ses fichiers ne sont pas relus";
            self.laisses.push((nom, why.to_owned()));
        }
        self.seen.clear();
        self.walk(root, root);
        Ok(())
    }

    /// Adds the files below `folder`; a result folder gives only its `donnees`.
    fn walk(&mut self, root: &Path, folder: &Path) {
        let shown = |path: &Path| noms::shown_path(path.strip_prefix(root).unwrap_or(path));
        let Ok(resolved) = folder.canonicalize() else { return };
        if !self.seen.insert(resolved) {
            let why = "dossier déjà lu, retrouvé par un lien : il n’est pas relu";
            self.laisses.push((shown(folder), why.to_owned()));
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) => {
                let nom = shown(folder);
                let refus = unreadable(&nom, &e);
                self.refuses.push((nom, refus));
                return;
            }
        };
        let ours = folder.join(JOURNAL).is_file();
        // Sorted, so that of a folder and the links to it the same one is walked on every machine.
        let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default();
            if name.as_encoded_bytes().starts_with(b".") || NEVER.iter().any(|n| name == *n) {
                continue;
            }
            if SYSTEME.iter().any(|n| name.eq_ignore_ascii_case(n)) {
                continue;
            }
            if name.as_encoded_bytes().starts_with(b"~$") && path.is_file() {
                self.laisses.push((shown(&path), VERROU.to_owned()));
            } else if path.is_dir() {
                if !ours || name == "donnees" {
                    self.walk(root, &path);
                }
            } else if is_endless(&path) {
                let why = "ni un fichier ni un dossier (tube, périphérique) : non ouvert";
                self.laisses.push((shown(&path), why.to_owned()));
            } else if !ours {
                self.push(shown(&path), path, false);
            }
        }
    }
}

/// True for a pipe, a socket, a device: opening it may block, reading it may never end.
fn is_endless(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// True for a device (`/dev/zero`): nothing a commune exports.
#[cfg(unix)]
fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path)
        .is_ok_and(|m| m.file_type().is_char_device() || m.file_type().is_block_device())
}

#[cfg(not(unix))]
fn is_device(_path: &Path) -> bool {
    false
}

/// Most bytes taken from a pipe.
const MOST_PIPED: u64 = 16 << 30;

/// A stream as a file: readers look at the head before they read.
fn spool(from: &mut dyn Read, nom: &str, to: &Path) -> Result<(), Refus> {
    let mut copy = || io::copy(&mut from.take(MOST_PIPED), &mut File::create(to)?);
    let copied = copy().map_err(|e| unreadable(nom, &e))?;
    if copied == MOST_PIPED {
        return Err(Refus::new(
            format!("« {nom} » donne plus de 16 Gio sans s’arrêter"),
            "l’écrire dans un fichier, puis donner ce fichier",
        ));
    }
    Ok(())
}

/// Two different files shown under one name get the name of their folder before it.
fn distinguish(found: &mut [Trouve]) {
    let mut names: Vec<String> = found.iter().map(|f| f.nom.clone()).collect();
    names.sort();
    let twice: BTreeSet<String> =
        names.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0].clone()).collect();
    for file in found.iter_mut().filter(|f| twice.contains(&f.nom)) {
        file.nom = noms::shown_path(&file.chemin);
    }
}

/// The first bytes of a file, for sniffing.
pub(super) fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(HEAD as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &Recherche) -> Vec<&str> {
        found.fichiers.iter().map(|f| f.nom.as_str()).collect()
    }

    fn write(root: &Path, name: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    #[test]
    fn result_folders_and_answer_keys_are_not_read_back() {
        let root = tempfile::tempdir().unwrap();
        for name in [
            "a.csv",
            "verite.csv",
            "vigie.toml",
            ".cache",
            "demo/journal.txt",
            "demo/constats.csv",
            "demo/donnees/b.csv",
        ] {
            write(root.path(), name);
        }
        let found = find(&[root.path().to_path_buf()], root.path()).unwrap();
        assert_eq!(names(&found), ["a.csv", "demo/donnees/b.csv"]);
        fs::remove_dir_all(root.path().join("demo/donnees")).unwrap();
        let found = find(&[root.path().join("demo")], root.path()).unwrap();
        assert!(found.fichiers.is_empty());
        assert!(found.laisses[0].1.contains("dossier de résultats"), "{found:?}");
    }

    #[test]
    fn one_name_for_two_files_is_made_two() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "2024/m.csv");
        write(root.path(), "2025/m.csv");
        let paths = ["2024/m.csv", "2025/m.csv"].map(|p| root.path().join(p));
        let found = find(&paths, root.path()).unwrap();
        let found = names(&found);
        assert!(found[0].ends_with("2024/m.csv") && found[1].ends_with("2025/m.csv"));
    }

    #[test]
    fn the_lock_of_an_open_workbook_is_named_and_left() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "mandats.xlsx");
        write(root.path(), "~$mandats.xlsx");
        write(root.path(), "Thumbs.db");
        write(root.path(), "Desktop.ini");
        let found = find(&[root.path().to_path_buf()], root.path()).unwrap();
        assert_eq!(names(&found), ["mandats.xlsx"]);
        assert!(found.laisses[0].1.contains("fermer ce document"), "{found:?}");
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_ring_are_walked_once() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "a/m.csv");
        for ring in ["a/1", "a/2", "a/3"] {
            symlink(root.path(), root.path().join(ring)).unwrap();
        }
        symlink(root.path().join("nowhere"), root.path().join("b.csv")).unwrap();
        let found = find(&[root.path().to_path_buf()], root.path()).unwrap();
        assert_eq!(names(&found), ["a/m.csv", "b.csv"]);
        assert_eq!(found.laisses.len(), 3, "{found:?}");
    }
}
