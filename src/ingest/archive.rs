//! `.zip` archives: what a folder sent by e-mail or by a software usually comes in.
//!
//! ```text
//!  archive.zip ─► members, sorted, each under the name `archive.zip!membre` ─► one at a time on disk ─► a reader
//! ```
//!
//! A zip says sizes that may be lies and names that may be traps: bytes are counted as they are unpacked,
//! and a name is only ever shown, never used as a path. A member is unpacked when its turn comes, so that
//! the disk never holds more than one.
//!
//! **Invariant:** memory, disk and time are bounded whatever the bytes; a member that is not read is told
//! with its reason.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::domain::refus::Refus;
use crate::ingest::format::Source;
use crate::ingest::noms;
use crate::ingest::sniff::unreadable;

/// Most members of an archive.
const MOST_MEMBERS: usize = 10_000;
/// Most bytes of the table of the members: read whole in memory by the library.
const MOST_TABLE: u64 = 16 << 20;
/// Most bytes of all the members once unpacked.
const MOST_TOTAL: u64 = 8 << 30;
/// Over [`SMALL`] bytes, an archive that unpacks to more than this many times its size is a bomb.
const MOST_RATIO: u64 = 250;
const SMALL: u64 = 64 << 20;

/// What an archive holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contenu {
    /// Members to read, by name.
    pub membres: Vec<Membre>,
    /// Members left, and why.
    pub laisses: Vec<(String, String)>,
}

/// A member to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membre {
    /// Path inside the archive, as shown.
    pub nom: String,
    /// Its place in the archive.
    pub index: usize,
}

/// An open archive.
pub struct Archive {
    zip: ZipArchive<BufReader<Capped>>,
    nom: String,
    /// Bytes that may still be unpacked.
    left: u64,
}

/// True for a file that is a zip and no document of an office suite (those are zips too).
pub fn is_archive(source: &Source<'_>) -> bool {
    let named = noms::extension(source.nom).is_some_and(|e| e == "zip") || source.nom == "-";
    let zip = source.head.starts_with(b"PK\x03\x04") || source.head.starts_with(b"PK\x05\x06");
    named && zip && !is_office(source)
}

/// True for the name of an archive, of any kind.
pub fn is_packed(nom: &str) -> bool {
    let kinds = ["zip", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst"];
    noms::extension(nom).is_some_and(|e| kinds.contains(&e.as_str()))
}

fn is_office(source: &Source<'_>) -> bool {
    let Ok(archive) = Archive::open(source.chemin, source.nom) else { return false };
    let names = archive.zip.file_names_raw();
    names.into_iter().any(|n| n == b"[Content_Types].xml" || n == b"mimetype")
}

impl Archive {
    /// Opens an archive and reads the table of its members.
    ///
    /// # Errors
    /// Not a zip, damaged, or a table too large to be honest.
    pub fn open(chemin: &Path, nom: &str) -> Result<Self, Refus> {
        let file = File::open(chemin).map_err(|e| unreadable(nom, &e))?;
        let size = file.metadata().map_err(|e| unreadable(nom, &e))?.len();
        let budget = Rc::new(Cell::new(MOST_TABLE));
        let capped = Capped { file, budget: Rc::clone(&budget) };
        let opened = ZipArchive::new(BufReader::new(capped));
        if budget.get() == 0 {
            return Err(suspect(nom, "annonce un nombre de fichiers démesuré"));
        }
        let zip = opened.map_err(|e| damaged(nom, &e))?;
        budget.set(u64::MAX);
        let left = MOST_TOTAL.min(SMALL.max(size.saturating_mul(MOST_RATIO)));
        Ok(Self { zip, nom: nom.to_owned(), left })
    }

    /// The members, those to read sorted by name; `never` tells the names never read as data, `journal` the
    /// file that marks a folder of results, of which only `donnees` is read.
    ///
    /// # Errors
    /// Too many members, none at all, or one name given to several.
    pub fn contenu(&mut self, never: &[&str], journal: &str) -> Result<Contenu, Refus> {
        if self.zip.len() > MOST_MEMBERS {
            let what = format!("contient plus de {MOST_MEMBERS} fichiers");
            return Err(suspect(&self.nom, &what));
        }
        if self.zip.has_duplicate_names() {
            return Err(suspect(&self.nom, "donne un même nom à plusieurs fichiers"));
        }
        let mut contenu = Contenu::default();
        for index in 0..self.zip.len() {
            let entry = self.zip.by_index_data(index).map_err(|e| damaged(&self.nom, &e))?;
            if entry.is_dir() {
                continue;
            }
            let nom = noms::shown_bytes(entry.name_raw());
            let why = if entry.is_symlink() {
                "lien vers un autre fichier : jamais suivi"
            } else if leaves_the_archive(&nom) {
                "nom qui sort de l’archive (fichier piégé ?) : non lu"
            } else if entry.encrypted() {
                "protégé par un mot de passe : l’extraire et relire"
            } else {
                contenu.membres.push(Membre { nom, index });
                continue;
            };
            contenu.laisses.push((nom, why.to_owned()));
        }
        let ours = result_folders(&contenu.membres, journal);
        contenu.membres.retain(|m| is_data(&m.nom, never, &ours));
        contenu.membres.sort();
        contenu.laisses.sort();
        if contenu.membres.is_empty() && contenu.laisses.is_empty() {
            return Err(Refus::new(
                format!("l’archive « {} » ne contient aucun fichier à lire", self.nom),
                "vérifier l’archive, ou donner le dossier d’où elle vient",
            ));
        }
        Ok(contenu)
    }

    /// True when nothing more may be unpacked.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Unpacks one member into `to`, which is replaced.
    ///
    /// # Errors
    /// Damaged, packed by an unknown method, or too large.
    pub fn unpack(&mut self, membre: &Membre, to: &Path) -> Result<(), Refus> {
        let nom = format!("{}!{}", self.nom, membre.nom);
        let mut out = File::create(to).map_err(|e| cannot_unpack(&nom, &e))?;
        let entry = self.zip.by_index(membre.index).map_err(|e| damaged(&nom, &e))?;
        let read = io::copy(&mut Marked(entry.take(self.left + 1)), &mut out);
        let read =
            read.map_err(|e| match e.get_ref().and_then(|e| e.downcast_ref::<Broken>()) {
                Some(Broken(e)) => {
                    damaged(&nom, &ZipError::Io(io::Error::new(e.kind(), e.to_string())))
                }
                None => cannot_unpack(&nom, &e),
            })?;
        if read > self.left {
            self.left = 0;
            let what =
                format!("se déplie hors de proportion, à « {} » (archive piégée ?)", membre.nom);
            return Err(suspect(&self.nom, &what));
        }
        self.left -= read;
        Ok(())
    }
}

/// The name of a member inside its archive; the name itself outside an archive.
pub fn member_of(nom: &str) -> &str {
    nom.to_ascii_lowercase().find(".zip!").map_or(nom, |at| &nom[at + 5..])
}

/// An archive inside an archive.
pub fn nested(nom: &str) -> Refus {
    Refus::new(
        format!("« {nom} » est une archive dans une archive : elle n’est pas ouverte"),
        "l’extraire et la donner à part, ou donner le dossier qu’elle contient",
    )
}

/// Folders that hold the journal of a result; `""` for the root.
fn result_folders(membres: &[Membre], journal: &str) -> BTreeSet<String> {
    let folder = |nom: &str| match nom.rsplit_once('/') {
        Some((folder, name)) if name == journal => Some(folder.to_owned()),
        None if nom == journal => Some(String::new()),
        _ => None,
    };
    membres.iter().filter_map(|m| folder(&m.nom)).collect()
}

/// False for hidden files, those left by macOS, settings, and results other than their `donnees`.
fn is_data(nom: &str, never: &[&str], ours: &BTreeSet<String>) -> bool {
    let mut folder = String::new();
    for part in nom.split('/') {
        if part.starts_with('.') || part == "__MACOSX" {
            return false;
        }
        if ours.contains(&folder) && part != "donnees" {
            return false;
        }
        if !folder.is_empty() {
            folder.push('/');
        }
        folder.push_str(part);
    }
    !never.contains(&nom.rsplit('/').next().unwrap_or(nom))
}

/// A name with `..`, absolute, or with a drive letter.
fn leaves_the_archive(nom: &str) -> bool {
    let drive = nom.as_bytes().get(1) == Some(&b':') && nom.as_bytes()[0].is_ascii_alphabetic();
    nom.starts_with('/') || drive || nom.split('/').any(|part| part == "..")
}

fn suspect(nom: &str, what: &str) -> Refus {
    Refus::new(
        format!("l’archive « {nom} » {what}"),
        "vérifier son origine ; si elle est sûre, l’extraire et donner le dossier",
    )
}

fn cannot_unpack(nom: &str, error: &io::Error) -> Refus {
    Refus::new(
        format!("impossible d’extraire « {nom} » : {}", crate::domain::refus::cause(error)),
        "libérer de la place, ou extraire l’archive ailleurs et donner le dossier",
    )
}

fn damaged(nom: &str, error: &ZipError) -> Refus {
    match error {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Refus::new(
            format!("« {nom} » est compressé d’une façon que vigie ne lit pas"),
            "extraire l’archive et donner le dossier, ou la refaire en zip ordinaire",
        ),
        _ => Refus::new(
            format!("l’archive « {nom} » est abîmée ou incomplète"),
            "la télécharger ou la refaire, puis relire",
        )
        .with_extrait(words(error)),
    }
}

/// Why a zip cannot be read.
pub fn words(error: &ZipError) -> String {
    match error {
        ZipError::Io(e) if e.kind() == io::ErrorKind::InvalidData => {
            "le contenu ne répond pas à sa somme de contrôle".to_owned()
        }
        ZipError::Io(e) if e.kind() == io::ErrorKind::Other => "contenu illisible".to_owned(),
        ZipError::Io(e) => crate::domain::refus::cause(e),
        ZipError::FileNotFound => "un fichier annoncé manque".to_owned(),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            "compression inconnue".to_owned()
        }
        _ => "la table des fichiers du zip manque ou est fausse".to_owned(),
    }
}

/// A file that gives at most so many bytes until the table of the members is read.
struct Capped {
    file: File,
    budget: Rc<Cell<u64>>,
}

impl Read for Capped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        let left = self.budget.get().saturating_sub(n as u64);
        self.budget.set(left);
        if left == 0 {
            return Err(io::Error::other("table of the members too large"));
        }
        Ok(n)
    }
}

impl Seek for Capped {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Marks the errors of the archive, so that they are told from those of the disk.
struct Marked<R>(R);

/// An error while reading a member.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Broken(io::Error);

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|e| io::Error::other(Broken(e)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(folder: &Path, members: &[(&str, &[u8])]) -> Archive {
        let path = folder.join("a.zip");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        Archive::open(&path, "a.zip").unwrap()
    }

    fn names(contenu: &Contenu) -> Vec<&str> {
        contenu.membres.iter().map(|m| m.nom.as_str()).collect()
    }

    #[test]
    fn the_members_of_a_folder_sent_whole() {
        let folder = tempfile::tempdir().unwrap();
        let members: Vec<(&str, &[u8])> = [
            "b.csv",
            "2024/a.xml",
            "__MACOSX/._b.csv",
            ".DS_Store",
            "2024/.x",
            "vigie.toml",
            "demo/journal.txt",
            "demo/constats.csv",
            "demo/donnees/c.csv",
        ]
        .into_iter()
        .map(|n| (n, &b"x"[..]))
        .collect();
        let mut archive = archive(folder.path(), &members);
        let contenu = archive.contenu(&["vigie.toml"], "journal.txt").unwrap();
        assert_eq!(names(&contenu), ["2024/a.xml", "b.csv", "demo/donnees/c.csv"]);
        assert!(contenu.laisses.is_empty());
        let to = folder.path().join("membre");
        archive.unpack(&contenu.membres[1], &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"x");
    }

    #[test]
    fn names_that_leave_the_archive_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let members = [("../../a.csv", &b"x"[..]), ("C:\\b.csv", b"x"), ("d/e.csv", b"x")];
        let contenu = archive(folder.path(), &members).contenu(&[], "journal.txt").unwrap();
        assert_eq!(names(&contenu), ["d/e.csv"]);
        assert_eq!(contenu.laisses.len(), 2, "{contenu:?}");
        assert!(contenu.laisses.iter().all(|(_, why)| why.contains("piégé")));
    }

    #[test]
    fn names_inside_and_outside() {
        assert_eq!(member_of("É.ZIP!d/a.xlsx!Feuille"), "d/a.xlsx!Feuille");
        assert_eq!(member_of("a.xlsx!Feuille"), "a.xlsx!Feuille");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let zeros = vec![0_u8; (SMALL + (8 << 20)) as usize];
        let mut archive = archive(folder.path(), &[("zeros.csv", &zeros)]);
        let contenu = archive.contenu(&[], "journal.txt").unwrap();
        let refus = archive.unpack(&contenu.membres[0], &folder.path().join("m")).unwrap_err();
        assert!(refus.quoi.contains("hors de proportion"), "{refus}");
    }

    #[test]
    fn a_table_that_claims_too_much_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let many: Vec<String> = (0..=MOST_MEMBERS).map(|i| format!("{i}.csv")).collect();
        let members: Vec<(&str, &[u8])> = many.iter().map(|n| (n.as_str(), &b""[..])).collect();
        let refus =
            archive(folder.path(), &members).contenu(&[], "journal.txt").expect_err("too many");
        assert!(refus.quoi.contains("plus de 10000 fichiers"), "{refus}");
    }

    #[test]
    fn what_is_no_zip_is_refused_with_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.zip");
        for bytes in [&b"PK\x03\x04"[..], b"PK\x05\x06", b"", b"PK\x03\x04 cut here"] {
            std::fs::write(&path, bytes).unwrap();
            let refus = Archive::open(&path, "x.zip").err().expect("no zip");
            assert!(refus.quoi.contains("abîmée"), "{refus}");
        }
    }
}
