//! What a run that never ended leaves: told, put back and swept at the next opening of the folder.
//!
//! ```text
//!  commencer ─► (the run) ─► finir          nothing left
//!  commencer ─► (kill, power cut) ─► reprendre: the old result is back, the rest is swept, one sentence
//! ```
//!
//! **Invariant:** only what a dead process of ours was writing is removed; a finished result never is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::civil::Date;

use crate::domain::refus::Refus;
use crate::report::fr;

use super::atelier::{DONNEES, RESULTATS};
use super::sortie::{ANCIEN, PARTIEL, refus_io};

/// Name of the file that says a run is going on.
const MARQUE: &str = ".vigie-en-cours";
/// Age after which what is left of an interrupted run is swept, whoever wrote it.
const RASSIS: Duration = Duration::from_hours(1);

/// Notes that a run begins.
///
/// # Errors
/// Nothing can be written in the folder.
pub fn commencer(dossier: &Path, travail: &str, jour: Date) -> Result<(), Refus> {
    let path = dossier.join(MARQUE);
    fs::write(&path, format!("{jour}\n{travail}\n")).map_err(|e| refus_io(&path, &e))
}

/// Notes that the run ended, well or not.
pub fn finir(dossier: &Path) {
    // Left behind, it only makes the next opening say that the run was cut.
    let _ = fs::remove_file(dossier.join(MARQUE));
}

/// Puts the folder in order after process `mort`, and says what became of its run, when it was cut.
///
/// To be called while the folder is held, so that nobody is writing under that number.
pub fn reprendre(dossier: &Path, mort: Option<u32>, now: SystemTime) -> Option<Refus> {
    let results = dossier.join(RESULTATS);
    put_back(&results);
    let own = mort.map(|pid| format!("{PARTIEL}{pid}-"));
    for place in [dossier.to_path_buf(), results, dossier.join(DONNEES)] {
        sweep(&place, own.as_deref(), Some(now));
    }
    // Members of archives being read; the folder is everybody's, so only those of the dead process.
    sweep(&std::env::temp_dir(), own.as_deref(), None);
    let marque = fs::read_to_string(dossier.join(MARQUE)).ok()?;
    finir(dossier);
    let (jour, travail) = marque.trim().split_once('\n')?;
    Some(Refus::new(
        format!(
            "le travail « {} », lancé le {}, ne s’est pas terminé : vigie ou le PC s’est arrêté avant la fin",
            fr::coupe(travail, 80),
            fr::date_texte(jour)
        ),
        "le relancer ; rien n’a été écrit, les fichiers et les résultats précédents sont intacts",
    ))
}

/// An old result moved away whose successor never came is put back under its name.
fn put_back(place: &Path) {
    for path in entries(place) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((workshop, old)) = name.split_once(ANCIEN) else { continue };
        let target = place.join(old);
        if workshop.starts_with(PARTIEL) && !old.is_empty() && !target.exists() {
            // Resisting, it stays hidden beside: nothing of it is lost.
            let _ = fs::rename(&path, &target);
        }
    }
}

/// Removes what starts with `own`, and what any interrupted run left more than an hour before `now`.
fn sweep(place: &Path, own: Option<&str>, now: Option<SystemTime>) {
    for path in entries(place) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let modified = fs::symlink_metadata(&path).and_then(|m| m.modified());
        let old = |m| now.is_some_and(|n| n.duration_since(m).is_ok_and(|age| age > RASSIS));
        let stale = modified.is_ok_and(old);
        let dead = own.is_some_and(|own| name.starts_with(own));
        if name.starts_with(PARTIEL) && (dead || stale) {
            // A leftover that resists does no harm: it is never read nor shown.
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

fn entries(place: &Path) -> Vec<PathBuf> {
    fs::read_dir(place).into_iter().flatten().flatten().map(|e| e.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = jiff::civil::date(2026, 11, 26);

    /// Folders of results as a kill between the two renames leaves them.
    #[test]
    fn the_old_result_comes_back_and_the_rest_goes() {
        let root = tempfile::tempdir().unwrap();
        let results = root.path().join(RESULTATS);
        let put = |name: &str| {
            fs::create_dir_all(results.join(name)).unwrap();
            fs::write(results.join(name).join("audit.html"), name).unwrap();
        };
        put(".vigie-partiel-4000000077-abc");
        put(".vigie-partiel-4000000077-abc.ancien-audit-2025");
        put(".vigie-partiel-4000000077-def.ancien-lire-2025");
        put("lire-2025");
        put(".vigie-partiel-78-ghi");
        fs::create_dir_all(root.path().join(DONNEES)).unwrap();
        fs::write(root.path().join(DONNEES).join(".vigie-partiel-4000000077-x"), "x").unwrap();
        commencer(root.path(), "Relire les dépenses", DAY).unwrap();

        let now = fs::metadata(&results).unwrap().modified().unwrap();
        let told = reprendre(root.path(), Some(4_000_000_077), now).unwrap();
        assert!(told.quoi.contains("« Relire les dépenses », lancé le 26"), "{told}");
        let mut left: Vec<String> = entries(&results)
            .iter()
            .map(|p| p.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, [".vigie-partiel-78-ghi", "audit-2025", "lire-2025"]);
        let kept = fs::read_to_string(results.join("lire-2025/audit.html")).unwrap();
        assert_eq!(kept, "lire-2025", "the new result stays");
        assert!(entries(&root.path().join(DONNEES)).is_empty());

        assert!(reprendre(root.path(), None, now).is_none(), "told once");
        assert_eq!(entries(&results).len(), 3, "another process may still be writing");
        reprendre(root.path(), None, now + RASSIS * 2);
        assert_eq!(entries(&results).len(), 2);
    }

    #[test]
    fn a_run_that_ended_leaves_nothing_to_tell() {
        let root = tempfile::tempdir().unwrap();
        commencer(root.path(), "Relire les dépenses", DAY).unwrap();
        finir(root.path());
        assert!(entries(root.path()).is_empty());
    }
}
