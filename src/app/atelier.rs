//! The working folder of the local page: what lies in it, what may be added, what was produced.
//!
//! The folder is laid out as the command line run from it would: inputs anywhere below it, `donnees/` for
//! what is dropped, `reports/` for results, `vigie.toml` and `revue.csv` beside.
//!
//! **Invariant:** a name given by a browser never leads outside the folder.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::domain::money::Centimes;
use crate::domain::refus::Refus;
use crate::report::fr;

use super::entrees::{self, Apercu};
use super::sortie::{JOURNAL, refus_io};

/// Folder of the files dropped on the page.
pub const DONNEES: &str = "donnees";
/// Folder of the results.
pub const RESULTATS: &str = "reports";
/// Beginning of the names of what is being written.
pub const PARTIEL: &str = ".vigie-partiel-";
/// Age after which what is left of an interrupted run is swept.
const RASSIS: Duration = Duration::from_hours(1);
/// Longest name of a file, bytes.
const NOM: usize = 120;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What was recognised.
    pub apercu: Apercu,
    /// Size, bytes.
    pub octets: u64,
    /// Dropped on the page, so that it may be taken away from there.
    pub deposee: bool,
}

/// The files of the folder, each with the reader that recognises it and why; those left unread first.
///
/// # Errors
/// The folder cannot be listed.
pub fn pieces(dossier: &Path) -> Result<Vec<Piece>, Refus> {
    let seen = entrees::apercus(dossier)?;
    let piece = |apercu: Apercu| {
        let octets = fs::metadata(dossier.join(&apercu.nom)).map_or(0, |m| m.len());
        let deposee = apercu.nom.strip_prefix("donnees/").is_some_and(|rest| !rest.contains('/'));
        Piece { apercu, octets, deposee }
    };
    let mut pieces: Vec<Piece> = seen.into_iter().map(piece).collect();
    pieces.sort_by_key(|p| p.apercu.format.is_some());
    Ok(pieces)
}

/// The name under which a dropped file is kept: its last part, without what a file system refuses.
///
/// # Errors
/// A name of which nothing is left.
pub fn nom_de_depot(nom: &str) -> Result<String, Refus> {
    let last = nom.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !"<>:\"|?*\u{202e}\u{202d}".contains(*c))
        .collect();
    let mut clean = clean.trim().trim_matches('.').trim().to_owned();
    while clean.len() > NOM {
        let stem = clean.char_indices().nth(clean.chars().count() / 2).map_or(0, |(i, _)| i);
        let next = clean[stem..].chars().next().map_or(1, char::len_utf8);
        clean.replace_range(stem..stem + next, "");
    }
    let stem = clean.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|c: char| c.is_ascii_digit()));
    if clean.is_empty() || device {
        return Err(Refus::new(
            format!("« {last} » n’est pas un nom de fichier"),
            "renommer le fichier puis le déposer de nouveau",
        ));
    }
    Ok(clean)
}

/// Takes away a file dropped on the page; any other file of the folder is left alone.
///
/// # Errors
/// A file that was not dropped, or that cannot be removed.
pub fn retirer(dossier: &Path, nom: &str) -> Result<(), Refus> {
    let pieces = pieces(dossier)?;
    let piece = pieces.iter().find(|p| p.deposee && p.apercu.nom == nom).ok_or_else(|| {
        Refus::new(
            format!("« {nom} » n’a pas été déposé par cette page"),
            "le retirer du dossier avec l’explorateur de fichiers",
        )
    })?;
    let path = dossier.join(&piece.apercu.nom);
    fs::remove_file(&path).map_err(|e| refus_io(&path, &e))
}

/// A finished result folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resultat {
    /// Name of its folder, under `reports`.
    pub nom: String,
    /// Pages, tables and figures, in the order of a reader; names relative to the folder.
    pub fichiers: Vec<String>,
}

/// The finished results, last written first.
pub fn resultats(dossier: &Path) -> Vec<Resultat> {
    let root = dossier.join(RESULTATS);
    let mut found: Vec<(SystemTime, Resultat)> = Vec::new();
    for folder in below(&root) {
        let written = fs::metadata(folder.join(JOURNAL)).and_then(|m| m.modified());
        let (Ok(written), Ok(relative)) = (written, folder.strip_prefix(&root)) else { continue };
        let nom = relative.to_string_lossy().replace('\\', "/");
        found.push((written, Resultat { nom, fichiers: files(&folder) }));
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.nom.cmp(&b.1.nom)));
    found.into_iter().map(|(_, r)| r).collect()
}

/// Folders of results: directly under `reports`, or one below, by SIREN.
fn below(root: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for folder in folders(root) {
        let mut parts = folders(&folder);
        parts.retain(|part| part.join(JOURNAL).is_file());
        if parts.is_empty() {
            out.push(folder);
        } else {
            out.extend(parts);
        }
    }
    out.sort();
    out
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let hidden = |p: &Path| p.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.'));
    entries.map(|e| e.path()).filter(|p| p.is_dir() && !hidden(p)).collect()
}

/// Files of a result, pages first, then workbooks, then the rest.
fn files(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for place in [folder.to_path_buf(), folder.join("figures")] {
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let path = entry.path();
            if let (true, Ok(relative)) = (path.is_file(), path.strip_prefix(folder)) {
                out.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    let kind = |name: &String| {
        let order = ["html", "xlsx", "csv", "png", "parquet", "json", "txt"];
        let ext = name.rsplit('.').next().unwrap_or_default();
        (order.iter().position(|e| *e == ext).unwrap_or(order.len()), name.clone())
    };
    out.sort_by_key(kind);
    out
}

/// The path of a file of a result, when the name stays below `reports` and is in a finished result.
pub fn fichier(dossier: &Path, nom: &str) -> Option<PathBuf> {
    let relative = Path::new(nom);
    let plain = relative.components().all(|c| match c {
        Component::Normal(part) => {
            let part = part.to_string_lossy();
            !part.starts_with('.') && !part.contains([':', '\\'])
        }
        _ => false,
    });
    if !plain || nom.contains('\0') {
        return None;
    }
    let root = dossier.join(RESULTATS).canonicalize().ok()?;
    let path = root.join(relative).canonicalize().ok()?;
    let inside = path.starts_with(&root) && path.is_file();
    let finished = path.ancestors().skip(1).take_while(|p| p.starts_with(&root));
    let finished = finished.into_iter().any(|p| p.join(JOURNAL).is_file());
    (inside && finished).then_some(path)
}

/// Removes what interrupted runs left, once old enough not to be another program's work in progress.
pub fn balayer(dossier: &Path, now: SystemTime) {
    for place in [dossier.to_path_buf(), dossier.join(RESULTATS), dossier.join(DONNEES)] {
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let modified = entry.metadata().and_then(|m| m.modified());
            let stale = modified.is_ok_and(|m| now.duration_since(m).is_ok_and(|age| age > RASSIS));
            if stale && name.to_string_lossy().starts_with(PARTIEL) {
                let path = entry.path();
                // A leftover that resists does no harm: it is never read nor shown.
                let _ =
                    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            }
        }
    }
}

/// A finding of a finished audit, as the page shows it for review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConstatVu {
    /// Rank.
    pub rang: u64,
    /// Stable identifier.
    pub constat: String,
    /// Identifier of its habit, empty when it has none.
    pub habitude: String,
    /// Code of the control.
    pub controle: String,
    /// `prioritaire`, `a_verifier` or `information`.
    pub priorite: String,
    /// Amount at stake, in words.
    pub enjeu: String,
    /// Why it is shown.
    pub motif: String,
    /// What to do.
    pub a_faire: String,
    /// Records.
    pub enregistrements: String,
}

/// The findings of the audit in `nom` under `reports`, in their order.
///
/// # Errors
/// No finished audit of that name.
pub fn constats(dossier: &Path, nom: &str) -> Result<Vec<ConstatVu>, Refus> {
    let refused = || {
        Refus::new(
            format!("« {nom} » n’est pas un audit terminé"),
            "relancer l’audit, puis revenir à la revue",
        )
    };
    let path = fichier(dossier, &format!("{nom}/resultats.json")).ok_or_else(refused)?;
    let text = fs::read(&path).map_err(|e| refus_io(&path, &e))?;
    let object: Value = serde_json::from_slice(&text).map_err(|_| refused())?;
    let list = object["audit"]["constats"].as_array().ok_or_else(refused)?;
    Ok(list.iter().map(seen).collect())
}

fn seen(value: &Value) -> ConstatVu {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let records = value["enregistrements"].as_array().into_iter().flatten();
    ConstatVu {
        rang: value["rang"].as_u64().unwrap_or_default(),
        constat: text("constat"),
        habitude: text("habitude"),
        controle: text("controle"),
        priorite: text("priorite"),
        enjeu: fr::euros(Centimes(value["enjeu"].as_i64().unwrap_or_default())),
        motif: text("motif"),
        a_faire: text("a_faire"),
        enregistrements: records.filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
    }
}

/// Rows of `lignes_douteuses.csv` shown on the page; all of them are in the file.
const MONTREES: usize = 100;

/// The first doubtful rows of the result `nom`: file, record, column, value, reason, what to do.
///
/// # Errors
/// No such result, or its file cannot be read.
pub fn lignes_douteuses(dossier: &Path, nom: &str) -> Result<Vec<[String; 6]>, Refus> {
    let refused = || {
        Refus::new(
            format!("« {nom} » n’a pas de lignes douteuses lisibles"),
            "relancer la lecture du dossier",
        )
    };
    let path = fichier(dossier, &format!("{nom}/lignes_douteuses.csv")).ok_or_else(refused)?;
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').from_path(&path).map_err(|_| refused())?;
    let mut out = Vec::new();
    for record in reader.records().take(MONTREES) {
        let record = record.map_err(|_| refused())?;
        out.push(std::array::from_fn(|i| record.get(i).unwrap_or_default().to_owned()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_kept_plain() {
        let plain = |n: &str| nom_de_depot(n).unwrap();
        assert_eq!(plain("C:\\Users\\x\\grand livre.csv"), "grand livre.csv");
        assert_eq!(plain("../../etc/passwd"), "passwd");
        assert_eq!(plain("é<b>.xml"), "éb.xml");
        assert_eq!(plain(&format!("{}.xlsx", "é".repeat(300))).rsplit('.').next(), Some("xlsx"));
        for bad in ["", "..", "/", "NUL", "com1.csv", "a/..", "\u{0}"] {
            assert!(nom_de_depot(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_finished_results_are_served() {
        let folder = tempfile::tempdir().unwrap();
        let done = folder.path().join("reports/audit-2025/figures");
        fs::create_dir_all(&done).unwrap();
        fs::create_dir_all(folder.path().join("reports/en-cours")).unwrap();
        fs::write(folder.path().join("reports/en-cours/audit.html"), "x").unwrap();
        fs::write(done.join("01_a.png"), "x").unwrap();
        fs::write(done.join("../audit.html"), "x").unwrap();
        fs::write(done.join("../journal.txt"), "x").unwrap();
        fs::write(folder.path().join("vigie.toml"), "x").unwrap();
        let ok = |n: &str| fichier(folder.path(), n).is_some();
        assert!(ok("audit-2025/audit.html") && ok("audit-2025/figures/01_a.png"));
        for bad in [
            "en-cours/audit.html",
            "../vigie.toml",
            "audit-2025/../../vigie.toml",
            "",
            "/etc/passwd",
            "audit-2025",
        ] {
            assert!(!ok(bad), "{bad}");
        }
        let list = resultats(folder.path());
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].fichiers, ["audit.html", "figures/01_a.png", "journal.txt"]);
    }

    proptest! {
        #[test]
        fn a_dropped_name_stays_in_its_folder(nom in ".{0,200}") {
            if let Ok(clean) = nom_de_depot(&nom) {
                let parts: Vec<_> = Path::new(&clean).components().collect();
                prop_assert!(matches!(parts[..], [Component::Normal(_)]), "{clean:?}");
                prop_assert!(clean.len() <= NOM);
            }
        }
    }
}
