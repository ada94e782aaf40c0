//! Putting a finished result where an older one may stand.
//!
//! ```text
//!  workshop ─► keep what the user changed ─► old aside ─► workshop in place ─► old removed
//!                                             │ held by another program
//!                                             └► beside, under a free name, and said
//! ```
//!
//! A workbook left open in Excel forbids renaming its folder on Windows; a mount point forbids it anywhere.
//!
//! **Invariant:** what a user typed in a result folder is never erased before `vigie revue importer` took it,
//! and a finished result is never lost because the place of the old one cannot be freed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::domain::refus::{Refus, cause, is_held};

use super::sortie::{ANCIEN, JOURNAL, hex, names, refus_io};

/// Folder, in a result, of what the user had changed in the one it replaces.
pub const CONSERVE: &str = "conserve";
/// Tables and settings that a user fills in; the other files of a result are only looked at.
const SAISIES: [&str; 6] = ["xlsx", "xlsm", "ods", "csv", "toml", "ipynb"];
/// Title, in the journal, of what the run wrote.
const ECRITS: &str = "écrits : ";
/// Bytes hashed at once.
const PIECE: usize = 1 << 16;
/// In place of the hash of what a user only looks at.
const LOOKED_AT: &str = "-";
/// Names tried beside a folder that cannot be replaced.
const BESIDE: u32 = 99;
/// Tries of a rename on Windows, where an antivirus holds new files for a moment.
const TRIES: u32 = 5;

/// Where a result is, and what the user must know about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The folder, as the user may type it, when it is not the one asked for.
    pub ailleurs: Option<PathBuf>,
    /// Warnings, each in three parts.
    pub remarques: Vec<String>,
}

/// Renames a folder: given by the tests that need it to fail.
pub(super) type Rename<'r> = &'r dyn Fn(&Path, &Path) -> io::Result<()>;

/// Renames, with the patience that Windows asks for.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let tries = if cfg!(windows) { TRIES } else { 1 };
    for attempt in 1..tries {
        match fs::rename(from, to) {
            Err(e) if e.kind() == ErrorKind::PermissionDenied || is_held(&e) => {
                std::thread::sleep(Duration::from_millis(u64::from(attempt) * 100));
            }
            done => return done,
        }
    }
    fs::rename(from, to)
}

/// Puts the finished `atelier` in place of `cible`, shown to the user as `nom`.
///
/// # Errors
/// Neither the place nor one beside it can be written.
pub(super) fn put(
    atelier: &Path,
    cible: &Path,
    nom: &Path,
    rename: Rename<'_>,
) -> Result<Place, Refus> {
    let refuse = |e: &io::Error| refus_io(nom, e);
    if !cible.is_dir() {
        rename(atelier, cible).map_err(|e| refuse(&e))?;
        return Ok(Place::default());
    }
    let mut place = Place::default();
    let kept = keep(cible, atelier).map_err(|e| refuse(&e))?;
    let old = aside(atelier, cible);
    match rename(cible, &old) {
        Ok(()) => {}
        Err(e) if matches!(e.kind(), ErrorKind::ResourceBusy | ErrorKind::CrossesDevices) => {
            fill(atelier, cible).map_err(|e| refuse(&e))?;
            place.remarques.extend(told(&kept, nom));
            return Ok(place);
        }
        Err(e) => {
            let (path, shown) = beside(atelier, cible, nom, rename).map_err(|_| refuse(&e))?;
            // What was kept is still where the user left it.
            let _ = fs::remove_dir_all(path.join(CONSERVE));
            place.remarques.push(elsewhere(nom, &shown, &e));
            place.ailleurs = Some(shown);
            return Ok(place);
        }
    }
    if let Err(e) = rename(atelier, cible) {
        rename(&old, cible).map_err(|e| refuse(&e))?;
        return Err(refuse(&e));
    }
    place.remarques.extend(told(&kept, nom));
    if let Err(e) = fs::remove_dir_all(&old) {
        place.remarques.push(format!(
            "l’ancien contenu de « {} » n’a pas pu être supprimé : {}\n  à faire : supprimer « {} »",
            nom.display(),
            cause(&e),
            old.display()
        ));
    }
    Ok(place)
}

/// Where the old folder waits while the new one takes its place: a name that tells which it was.
fn aside(atelier: &Path, cible: &Path) -> PathBuf {
    let name = |p: &Path| p.file_name().unwrap_or_default().to_string_lossy().into_owned();
    atelier.with_file_name(format!("{}{ANCIEN}{}", name(atelier), name(cible)))
}

/// Renames the workshop to the first free name beside the place.
fn beside(
    atelier: &Path,
    cible: &Path,
    nom: &Path,
    rename: Rename<'_>,
) -> io::Result<(PathBuf, PathBuf)> {
    let numbered = |path: &Path, n: u32| {
        let mut name = path.file_name().unwrap_or(OsStr::new("resultats")).to_os_string();
        name.push(format!("-{n}"));
        path.with_file_name(name)
    };
    let free = (2..=BESIDE).find(|n| !numbered(cible, *n).exists());
    let n = free.ok_or(ErrorKind::AlreadyExists)?;
    let path = numbered(cible, n);
    rename(atelier, &path)?;
    Ok((path, numbered(nom, n)))
}

fn elsewhere(nom: &Path, shown: &Path, error: &io::Error) -> String {
    let why = if is_held(error) || error.kind() == ErrorKind::PermissionDenied {
        "un de ses fichiers est sans doute ouvert dans un autre programme (Excel, LibreOffice…)"
            .to_owned()
    } else {
        cause(error)
    };
    format!(
        "« {} » n’a pas été remplacé : {why}\n  les nouveaux résultats sont dans « {} »\n  à faire : fermer le \
         classeur ; relancer la commande remettra les résultats à leur place",
        nom.display(),
        shown.display()
    )
}

/// The result folder and its parts: each has its journal.
fn parts(whole: &Path) -> impl Iterator<Item = PathBuf> {
    let below = names(whole).into_iter().map(PathBuf::from);
    std::iter::once(PathBuf::new()).chain(below).filter(|p| whole.join(p).join(JOURNAL).is_file())
}

fn is_typed(name: &Path) -> bool {
    let extension = name.extension().map(|e| e.to_string_lossy().to_lowercase());
    extension.is_some_and(|e| SAISIES.contains(&e.as_str()))
}

/// SHA-256 of a file, read by pieces.
fn hash(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = BufReader::with_capacity(PIECE, fs::File::open(path)?);
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(piece);
        let read = piece.len();
        file.consume(read);
    }
}

/// Ends each journal with the names written and, for what a user fills in, the hash: dates do not survive a
/// copy, a USB key or an archive.
pub(super) fn sign(atelier: &Path) -> io::Result<()> {
    for part in parts(atelier) {
        let folder = atelier.join(part);
        let written: Vec<_> = names(&folder).into_iter().map(PathBuf::from).collect();
        let mut text = format!("{ECRITS}{}\n", written.len() - 1);
        for name in written.iter().filter(|n| n.as_os_str() != JOURNAL) {
            let path = folder.join(name);
            let hash =
                if is_typed(name) && path.is_file() { hash(&path)? } else { LOOKED_AT.to_owned() };
            let _ = writeln!(text, "  {hash}  {}", name.display());
        }
        let mut journal = fs::File::options().append(true).open(folder.join(JOURNAL))?;
        io::Write::write_all(&mut journal, text.as_bytes())?;
    }
    Ok(())
}

/// Marks a workbook as taken in, at the end of the journal beside it.
///
/// # Errors
/// There is no journal, or one of the two files cannot be opened.
pub(super) fn acknowledge(fichier: &Path) -> io::Result<()> {
    let mut journal = fs::File::options().append(true).open(fichier.with_file_name(JOURNAL))?;
    let name = fichier.file_name().unwrap_or_default();
    let line = format!("  {}  {}\n", hash(fichier)?, Path::new(name).display());
    io::Write::write_all(&mut journal, line.as_bytes())
}

/// Names and hashes at the end of a journal; nothing from a version that did not write them.
fn signed(folder: &Path) -> Option<BTreeMap<PathBuf, String>> {
    let text = fs::read_to_string(folder.join(JOURNAL)).ok()?;
    let (_, list) = text.rsplit_once(&format!("\n{ECRITS}"))?;
    let entry = |line: &str| line.trim().split_once("  ").map(|(h, n)| (n.into(), h.to_owned()));
    Some(list.lines().skip(1).filter_map(entry).collect())
}

/// Names, in a result, of what its user added; nothing when its journal does not list what was written.
pub(super) fn added(folder: &Path) -> Vec<PathBuf> {
    let Some(signed) = signed(folder) else { return Vec::new() };
    let ours = |n: &PathBuf| n.as_os_str() == JOURNAL || n.as_os_str() == CONSERVE;
    let part = |n: &PathBuf| folder.join(n).join(JOURNAL).is_file();
    let all = names(folder).into_iter().map(PathBuf::from);
    all.filter(|n| !signed.contains_key(n) && !ours(n) && !part(n)).collect()
}

/// Copies into the workshop what the user changed in the old result; gives the names kept.
fn keep(cible: &Path, atelier: &Path) -> io::Result<Vec<String>> {
    let mut kept = Vec::new();
    for folder in parts(cible) {
        let (from, to) = (cible.join(&folder), atelier.join(&folder));
        let aside = to.join(CONSERVE);
        for name in changed(&from, &to) {
            fs::create_dir_all(&aside)?;
            let free = free_name(&from.join(CONSERVE), &name);
            if from.join(&name).is_dir() {
                copy_all(&from.join(&name), &aside.join(&free))?;
            } else {
                fs::copy(from.join(&name), aside.join(&free))?;
            }
            kept.push(folder.join(CONSERVE).join(&free).to_string_lossy().replace('\\', "/"));
        }
        if from.join(CONSERVE).is_dir() {
            copy_all(&from.join(CONSERVE), &aside)?;
        }
    }
    Ok(kept)
}

/// Names, in an old result, of the workbooks filled in since it was written, and of what is not ours.
fn changed(from: &Path, to: &Path) -> Vec<PathBuf> {
    let signed = signed(from);
    let written = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    let end = written(&from.join(JOURNAL));
    let is_changed = |name: &PathBuf| {
        let path = from.join(name);
        let first = name.as_os_str().as_encoded_bytes();
        let lock = first.starts_with(b"~$") || first.starts_with(b".");
        let ours = name.as_os_str() == JOURNAL || name.as_os_str() == CONSERVE;
        if lock || ours || path.join(JOURNAL).is_file() {
            return false;
        }
        match signed.as_ref().map(|list| list.get(name)) {
            Some(Some(h)) => h != LOOKED_AT && hash(&path).is_ok_and(|now| now != *h),
            Some(None) => true,
            // The journal was written last: what is newer was changed.
            None => {
                path.is_file()
                    && (is_typed(name) || !to.join(name).exists())
                    && written(&path) > end
            }
        }
    };
    names(from).into_iter().map(PathBuf::from).filter(is_changed).collect()
}

/// `name`, numbered when `folder` holds that name already.
fn free_name(folder: &Path, name: &Path) -> PathBuf {
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let dot = name.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    let numbered = (2..=BESIDE).map(|n| PathBuf::from(format!("{stem}-{n}{dot}")));
    std::iter::once(name.to_path_buf())
        .chain(numbered)
        .find(|n| !folder.join(n).exists())
        .unwrap_or_else(|| name.to_path_buf())
}

/// What the user is told about the files kept.
fn told(kept: &[String], nom: &Path) -> Vec<String> {
    let Some(first) = kept.first() else { return Vec::new() };
    let advice = match kept.iter().find(|k| k.contains("/audit")) {
        Some(audit) => format!(
            "reprendre les décisions saisies : vigie revue importer \"{}\"",
            nom.join(audit).display()
        ),
        None => format!("y reprendre ce qui a été saisi, par exemple dans « {first} »"),
    };
    vec![format!(
        "{} modifié(s) depuis leur écriture, gardé(s) dans « {} » : {}\n  à faire : {advice}",
        kept.len(),
        nom.join(CONSERVE).display(),
        kept.join(", "),
    )]
}

/// Fills a folder that must stay where it is (mount point) with the new result, once emptied of the old.
fn fill(atelier: &Path, cible: &Path) -> io::Result<()> {
    for name in names(cible) {
        let path = cible.join(name);
        if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    copy_all(atelier, cible)
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for name in names(from) {
        let (path, target) = (from.join(&name), to.join(&name));
        if path.is_dir() {
            copy_all(&path, &target)?;
        } else if !target.exists() {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// True for the root of a disk or share, beside which nothing can be written.
pub(super) fn is_root(path: &Path) -> bool {
    path.parent().is_none() && path.is_dir()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// An old result whose workbook was changed after the journal, and a new one in its workshop.
    fn scene(root: &Path) -> (PathBuf, PathBuf) {
        let (cible, atelier) = (root.join("audit-2025"), root.join(".vigie-partiel-x"));
        write(&cible.join("constats.csv"), "vieux");
        write(&cible.join("audit.xlsx"), "décisions saisies");
        write(&cible.join("notes.docx"), "notes");
        write(&cible.join(JOURNAL), "vigie");
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for name in ["constats.csv", JOURNAL] {
            fs::File::options()
                .write(true)
                .open(cible.join(name))
                .unwrap()
                .set_modified(past)
                .unwrap();
        }
        write(&atelier.join("constats.csv"), "neuf");
        write(&atelier.join("audit.xlsx"), "sans décision");
        write(&atelier.join(JOURNAL), "vigie");
        (cible, atelier)
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    /// Dates say nothing after a copy: the hashes of the journal do.
    #[test]
    fn a_copied_result_keeps_what_was_typed_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let (cible, atelier) = (root.path().join("audit"), root.path().join("neuf"));
        for folder in [&cible, &atelier] {
            for name in ["audit.xlsx", "constats.csv", "audit.html", "figures/1.png", JOURNAL] {
                write(&folder.join(name), "vigie\n");
            }
            sign(folder).unwrap();
        }
        write(&cible.join("audit.xlsx"), "décisions saisies");
        write(&cible.join("notes.docx"), "notes");
        write(&cible.join("courriers/lettre.odt"), "lettre");
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for name in ["audit.xlsx", "notes.docx"] {
            let file = fs::File::options().write(true).open(cible.join(name)).unwrap();
            file.set_modified(past).unwrap();
        }
        let soon = SystemTime::UNIX_EPOCH + Duration::from_hours(1_000_000);
        for name in ["constats.csv", "audit.html"] {
            let file = fs::File::options().write(true).open(cible.join(name)).unwrap();
            file.set_modified(soon).unwrap();
        }
        put(&atelier, &cible, &cible, &rename).unwrap();
        assert_eq!(names(&cible.join(CONSERVE)), ["audit.xlsx", "courriers", "notes.docx"]);
        assert_eq!(read(&cible.join("conserve/courriers/lettre.odt")), "lettre");
        assert_eq!(read(&cible.join("conserve/audit.xlsx")), "décisions saisies");
    }

    #[test]
    fn what_was_typed_in_an_old_result_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let (cible, atelier) = scene(root.path());
        let place = put(&atelier, &cible, Path::new("reports/audit-2025"), &rename).unwrap();
        assert_eq!(read(&cible.join("constats.csv")), "neuf");
        assert_eq!(read(&cible.join("audit.xlsx")), "sans décision");
        assert_eq!(read(&cible.join("conserve/audit.xlsx")), "décisions saisies");
        assert_eq!(read(&cible.join("conserve/notes.docx")), "notes");
        assert!(!cible.join("conserve/constats.csv").exists(), "untouched since");
        let [said] = place.remarques.as_slice() else { panic!("{place:?}") };
        assert!(said.contains("vigie revue importer") && said.contains("à faire"), "{said}");
        assert_eq!(names(root.path()), ["audit-2025"], "no workshop left");

        // Kept again at the next run, without a second warning, beside what was typed meanwhile.
        let next = root.path().join(".vigie-partiel-y");
        write(&next.join("audit.xlsx"), "encore");
        write(&next.join(JOURNAL), "vigie");
        write(&cible.join("audit.xlsx"), "autres décisions");
        let soon = SystemTime::UNIX_EPOCH + Duration::from_hours(1_000_000);
        let touched = fs::File::options().write(true).open(cible.join("audit.xlsx")).unwrap();
        touched.set_modified(soon).unwrap();
        put(&next, &cible, &cible, &rename).unwrap();
        assert_eq!(read(&cible.join("conserve/audit.xlsx")), "décisions saisies");
        assert_eq!(read(&cible.join("conserve/audit-2.xlsx")), "autres décisions");
        assert_eq!(read(&cible.join("audit.xlsx")), "encore");
    }

    /// What Windows answers when a workbook of the folder is open in Excel.
    #[test]
    fn a_folder_held_by_another_program_is_left_and_the_result_goes_beside() {
        let root = tempfile::tempdir().unwrap();
        let (cible, atelier) = scene(root.path());
        let held = |from: &Path, to: &Path| {
            if from == cible {
                return Err(io::Error::from(ErrorKind::PermissionDenied));
            }
            fs::rename(from, to)
        };
        write(&root.path().join("audit-2025-2/autre.txt"), "déjà là");
        let place = put(&atelier, &cible, Path::new("reports/audit-2025"), &held).unwrap();
        assert_eq!(place.ailleurs.as_deref(), Some(Path::new("reports/audit-2025-3")));
        assert_eq!(read(&cible.join("audit.xlsx")), "décisions saisies", "left as it was");
        assert_eq!(read(&root.path().join("audit-2025-3/constats.csv")), "neuf");
        assert!(place.remarques[0].contains("fermer le classeur"), "{place:?}");
        assert_eq!(names(root.path()), ["audit-2025", "audit-2025-2", "audit-2025-3"]);
    }

    #[test]
    fn a_mount_point_is_filled_where_it_stands() {
        let root = tempfile::tempdir().unwrap();
        let (cible, atelier) = scene(root.path());
        let busy = |from: &Path, to: &Path| {
            if from == cible {
                return Err(io::Error::from(ErrorKind::ResourceBusy));
            }
            fs::rename(from, to)
        };
        put(&atelier, &cible, &cible, &busy).unwrap();
        assert_eq!(read(&cible.join("constats.csv")), "neuf");
        assert_eq!(read(&cible.join("conserve/audit.xlsx")), "décisions saisies");
        assert!(!cible.join("notes.docx").exists());
    }

    #[test]
    fn nothing_can_be_written_anywhere() {
        let root = tempfile::tempdir().unwrap();
        let (cible, atelier) = scene(root.path());
        let never = |_: &Path, _: &Path| Err(io::Error::from(ErrorKind::ReadOnlyFilesystem));
        let refus = put(&atelier, &cible, Path::new("d"), &never).unwrap_err();
        assert!(refus.to_string().contains("lecture seule"), "{refus}");
        assert_eq!(read(&cible.join("audit.xlsx")), "décisions saisies");
    }
}
