//! The result folder: written beside, renamed when whole (CONTRAT 1), with its `journal.txt`.
//!
//! **Invariant:** an interrupted or failed run leaves the folder as it was; a folder that is not ours is
//! never emptied.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use crate::domain::refus::{Refus, cause, is_held};

use super::Bilan;
use super::en_place::{self, Place};

/// Name of the file that marks a folder as ours.
pub const JOURNAL: &str = "journal.txt";

/// Beginning of the names of what is being written.
pub const PARTIEL: &str = ".vigie-partiel-";
/// Between the name of a workshop and that of the folder it replaces.
pub(super) const ANCIEN: &str = ".ancien-";

/// Beginning of the names of what this process is writing.
pub fn prefixe() -> String {
    format!("{PARTIEL}{}-", std::process::id())
}

/// Workshops in use, so that an interruption can sweep them.
#[derive(Debug, Clone, Default)]
pub struct Ateliers(Arc<Mutex<Vec<PathBuf>>>);

impl Ateliers {
    fn add(&self, path: &Path) {
        if let Ok(mut list) = self.0.lock() {
            list.push(path.to_path_buf());
        }
    }

    /// Removes what is left of the workshops: called when the user interrupts.
    pub fn sweep(&self) {
        let list = self.0.lock().map(|l| l.clone()).unwrap_or_default();
        for path in list {
            // Already renamed or removed: nothing left to sweep.
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// A result folder being written.
#[derive(Debug)]
pub struct Sortie {
    /// As typed, for messages.
    nom: PathBuf,
    cible: PathBuf,
    atelier: Arc<tempfile::TempDir>,
    ecraser: bool,
    /// Folder below the result where this part writes; the whole result when empty.
    sous: String,
}

impl Sortie {
    /// Checks that `cible` may be written and opens a workshop beside it.
    ///
    /// # Errors
    /// A file in the way, a non-empty folder without our journal (unless `ecraser`), or no right to write.
    pub fn open(cible: &Path, ecraser: bool, ateliers: &Ateliers) -> Result<Self, Refus> {
        let nom = cible.to_path_buf();
        let cible = dunce::canonicalize(cible).unwrap_or_else(|_| nom.clone());
        if cible.exists() && !cible.is_dir() {
            return Err(Refus::new(
                format!("« {} » est un fichier, un dossier est attendu", nom.display()),
                "donner un autre dossier à --sortie",
            ));
        }
        if !ecraser && cible.is_dir() && !is_empty(&cible) && !cible.join(JOURNAL).is_file() {
            return Err(Refus::new(
                format!("le dossier « {} » contient autre chose que des résultats", nom.display()),
                "choisir un dossier vide ou nouveau avec --sortie ; --ecraser y écrit quand même",
            )
            .with_extrait(format!("contient : {}", first_names(&cible))));
        }
        // The root of a disk or of a share (`E:\`, `\\serveur\partage`) has nothing beside it.
        let parent = match cible.parent() {
            Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
            None if en_place::is_root(&cible) => cible.clone(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(|e| refus_io(&parent, &e))?;
        let atelier = tempfile::Builder::new()
            .prefix(&prefixe())
            .tempdir_in(&parent)
            .or_else(|e| if cible.is_dir() { tempfile::tempdir_in(&cible) } else { Err(e) })
            .map_err(|e| refus_io(&parent, &e))?;
        ateliers.add(atelier.path());
        let atelier = Arc::new(atelier);
        Ok(Self { nom, cible, atelier, ecraser, sous: String::new() })
    }

    /// A part of the result, in a folder below it; put in place with the whole.
    #[must_use]
    pub fn below(&self, sous: &str) -> Self {
        Self {
            nom: self.nom.join(sous),
            cible: self.cible.clone(),
            atelier: Arc::clone(&self.atelier),
            ecraser: self.ecraser,
            sous: sous.to_owned(),
        }
    }

    /// Where this part is written for now.
    fn workshop(&self) -> PathBuf {
        let whole = self.atelier.path();
        if self.sous.is_empty() { whole.to_path_buf() } else { whole.join(&self.sous) }
    }

    /// Where to write a file of the result for now; creates its folder.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn path(&self, name: &str) -> Result<PathBuf, Refus> {
        let path = self.workshop().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| refus_io(&self.cible, &e))?;
        }
        Ok(path)
    }

    /// Writes one file of the result.
    ///
    /// # Errors
    /// Disk full or no right.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Refus> {
        let path = self.path(name)?;
        let mut file = fs::File::create(&path).map_err(|e| refus_io(&self.nom.join(name), &e))?;
        file.write_all(bytes).map_err(|e| refus_io(&self.nom.join(name), &e))?;
        Ok(())
    }

    /// Names of the files and folders written so far, sorted.
    pub fn written(&self) -> Vec<String> {
        names(&self.workshop()).iter().map(|n| n.to_string_lossy().into_owned()).collect()
    }

    /// The final folder, as typed.
    pub fn nom(&self) -> &Path {
        &self.nom
    }

    /// A refusal that names the workshop, told in the words of the user.
    #[must_use]
    pub fn in_words(&self, mut refus: Refus) -> Refus {
        let workshop = self.workshop().display().to_string();
        refus.quoi = refus.quoi.replace(&workshop, &self.nom.display().to_string());
        refus
    }

    /// Puts the result in place and tells where it is, should it not be where it was asked for.
    ///
    /// # Errors
    /// See [`commit`](Self::commit).
    pub fn deliver(self, mut bilan: Bilan) -> Result<Bilan, Refus> {
        let asked = self.nom.display().to_string();
        let place = self.commit()?;
        if let Some(path) = place.ailleurs {
            let found = path.display().to_string();
            for (_, text) in &mut bilan.lignes {
                *text = text.replace(&asked, &found);
            }
            if let Some(folder) = bilan.json.get_mut("dossier") {
                *folder = found.into();
            }
        }
        bilan.avertissements.extend(place.remarques);
        Ok(bilan)
    }

    /// Puts the result in place: whole, or not at all. A part waits for its whole.
    ///
    /// # Errors
    /// Neither the place nor one beside it can be written.
    pub fn commit(self) -> Result<Place, Refus> {
        if !self.sous.is_empty() {
            return Ok(Place::default());
        }
        en_place::sign(self.atelier.path()).map_err(|e| refus_io(&self.nom.join(JOURNAL), &e))?;
        let inside = self.atelier.path().parent() == Some(self.cible.as_path());
        let foreign =
            self.cible.is_dir() && !is_empty(&self.cible) && !self.cible.join(JOURNAL).is_file();
        if inside || (foreign && self.ecraser) {
            return self.move_files();
        }
        set_readable(self.atelier.path());
        en_place::put(self.atelier.path(), &self.cible, &self.nom, &en_place::rename)
    }

    /// Moves the files one by one into a folder that must stay (`--ecraser`, mount point).
    fn move_files(self) -> Result<Place, Refus> {
        let from = self.atelier.path().to_path_buf();
        for name in names(&from) {
            let to = self.cible.join(&name);
            if to.is_dir() && from.join(&name).is_dir() {
                fs::remove_dir_all(&to).map_err(|e| refus_io(&to, &e))?;
            }
            en_place::rename(&from.join(&name), &to).map_err(|e| refus_io(&to, &e))?;
        }
        Ok(Place::default())
    }
}

/// What is temporary is private; a result is readable like any other file or folder.
#[cfg(unix)]
pub(super) fn set_readable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    // A failure leaves a private result, which is safe.
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
pub(super) fn set_readable(_path: &Path) {}

pub(super) fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

pub(super) fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.file_name()).collect();
    names.sort();
    names
}

fn first_names(folder: &Path) -> String {
    let names = names(folder);
    let shown: Vec<_> = names.iter().take(3).map(|n| n.to_string_lossy().into_owned()).collect();
    let more = if names.len() > 3 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Refusal of a write.
pub fn refus_io(path: &Path, error: &io::Error) -> Refus {
    use ErrorKind as K;
    let advice = match error.kind() {
        _ if is_held(error) => {
            "fermer ce fichier dans Excel, LibreOffice ou la visionneuse, puis relancer"
        }
        K::PermissionDenied if path.is_file() => {
            "fermer ce fichier s’il est ouvert ailleurs, ou choisir avec --sortie un dossier où vous pouvez écrire"
        }
        K::PermissionDenied | K::ReadOnlyFilesystem => {
            "choisir avec --sortie un dossier où vous pouvez écrire, par exemple dans vos documents"
        }
        _ => "libérer de la place ou choisir un autre dossier avec --sortie",
    };
    Refus::new(
        format!("impossible d'écrire « {} » : {}", path.display(), cause(error)),
        format!("{advice} ; rien n'a été écrit"),
    )
}

/// One input as recorded in the journal.
#[derive(Debug, Clone)]
pub struct Empreinte {
    /// Path relative to the argument.
    pub chemin: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
}

/// Text of `journal.txt`: version, command, date, seed, parameters, hashes of the inputs.
pub fn journal(commande: &str, parametres: &[(String, String)], entrees: &[Empreinte]) -> String {
    let mut text = format!("vigie {}\ncommande : {commande}\n", env!("CARGO_PKG_VERSION"));
    for (name, value) in parametres {
        let _ = writeln!(text, "{name} : {value}");
    }
    let _ = writeln!(text, "entrées : {}", entrees.len());
    for entree in entrees {
        let _ = writeln!(text, "  {}  {}", entree.sha256, entree.chemin);
    }
    text
}

/// One fingerprint for a set of inputs, whatever their order: SHA-256 of the sorted hashes.
pub fn fingerprint(entrees: &[Empreinte]) -> String {
    let mut hashes: Vec<&str> = entrees.iter().map(|e| e.sha256.as_str()).collect();
    hashes.sort_unstable();
    hex(&Sha256::digest(hashes.join("\n")))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_into(folder: &Path, name: &str, ecraser: bool) -> Result<Place, Refus> {
        let sortie = Sortie::open(folder, ecraser, &Ateliers::default())?;
        sortie.write(name, b"x")?;
        sortie.write(JOURNAL, b"vigie")?;
        sortie.commit()
    }

    #[test]
    fn replaces_ours_refuses_others() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        write_into(&folder, "un.csv", false).unwrap();
        write_into(&folder, "deux.csv", false).unwrap();
        assert_eq!(names(&folder), ["deux.csv", JOURNAL]);
        assert_eq!(names(folder.parent().unwrap()), ["b"], "no workshop left");

        let other = root.path().join("autre");
        fs::create_dir(&other).unwrap();
        write_into(&other, "un.csv", false).unwrap();
        fs::remove_file(other.join(JOURNAL)).unwrap();
        let refus = write_into(&other, "deux.csv", false).unwrap_err();
        assert!(refus.extrait.contains("un.csv"));
        write_into(&other, "deux.csv", true).unwrap();
        assert_eq!(names(&other), ["deux.csv", JOURNAL, "un.csv"]);
    }

    #[test]
    fn a_dropped_run_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sortie");
        write_into(&folder, "un.csv", false).unwrap();
        let sortie = Sortie::open(&folder, false, &Ateliers::default()).unwrap();
        sortie.write("deux.csv", b"y").unwrap();
        drop(sortie);
        assert_eq!(names(&folder), [JOURNAL, "un.csv"]);
        assert_eq!(names(root.path()), ["sortie"]);
    }

    #[test]
    fn a_file_in_the_way_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("fichier");
        fs::write(&path, "x").unwrap();
        assert!(
            Sortie::open(&path, true, &Ateliers::default())
                .unwrap_err()
                .quoi
                .contains("est un fichier")
        );
    }
}
