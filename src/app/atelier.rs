//! The working folder of the local page: what lies in it, what may be added, what was produced.
//!
//! The folder is laid out as the command line run from it would: inputs anywhere below it, `donnees/` for
//! what is dropped, `reports/` for results, `vigie.toml` and `revue.csv` beside.
//!
//! **Invariant:** a name given by a browser never leads outside the folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use crate::domain::money::{Centimes, Decimal, parse_amount};
use crate::domain::refus::Refus;
use crate::report::fr;

use super::catalogue;
use super::entrees::{self, Apercu};
use super::recherche::NEVER;
use super::sortie::{JOURNAL, refus_io};

/// Folder of the files dropped on the page.
pub const DONNEES: &str = "donnees";
/// Folder of the results.
pub const RESULTATS: &str = "reports";
/// Longest name of a file or folder, bytes.
const NOM: usize = 120;
/// Folders kept above a dropped file.
const PROFONDEUR: usize = 8;

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
        let deposee = apercu.nom.starts_with("donnees/");
        Piece { apercu, octets, deposee }
    };
    let mut pieces: Vec<Piece> = seen.into_iter().map(piece).collect();
    pieces.sort_by_key(|p| p.apercu.format.is_some());
    Ok(pieces)
}

/// The path below `donnees/` under which a dropped file is kept, `/` between folders: that of a dropped folder
/// when it has one, without what a file system refuses.
///
/// # Errors
/// A name of which nothing is left.
pub fn nom_de_depot(nom: &str) -> Result<String, Refus> {
    let parts: Vec<&str> = nom.split(['/', '\\']).collect();
    let last = parts.last().copied().unwrap_or_default();
    // A path that climbs or starts at a root says where the file was, not where it goes.
    let climbs = parts.iter().any(|p| *p == ".." || p.is_empty() || p.contains(':'));
    let kept = if climbs { &parts[parts.len() - 1..] } else { &parts[..] };
    let kept = &kept[kept.len().saturating_sub(PROFONDEUR + 1)..];
    let clean: Option<Vec<String>> = kept.iter().map(|part| plain_name(part)).collect();
    clean.map(|parts| parts.join("/")).ok_or_else(|| {
        Refus::new(
            format!("« {last} » n’est pas un nom de fichier"),
            "renommer le fichier puis le déposer de nouveau",
        )
    })
}

/// One part of a path without what a file system refuses; `None` when nothing is left of it.
fn plain_name(part: &str) -> Option<String> {
    let clean: String = part
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
    (!clean.is_empty() && !device).then_some(clean)
}

/// Why a dropped file is not kept among the data, when it is not: settings, answer key, hidden file.
pub fn laisse(nom: &str) -> Option<&'static str> {
    let last = nom.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |part: &str| part.starts_with('.') && part != "." && part != "..";
    match last {
        "vigie.toml" => Some(
            "ce sont des réglages : les saisir par « Réglages », ou copier ce fichier dans le dossier de travail",
        ),
        "revue.csv" => Some("c’est un journal de décisions : le copier dans le dossier de travail"),
        "correspondance.toml" => {
            Some("c’est une correspondance de colonnes : elle ne sert qu’en ligne de commande")
        }
        name if NEVER.contains(&name) => {
            Some("c’est le corrigé de la démonstration : il n’est jamais lu")
        }
        name if name.starts_with("~$") => {
            Some("c’est un fichier provisoire de tableur : fermer le classeur")
        }
        _ if nom.split(['/', '\\']).any(hidden) => Some("c’est un fichier caché"),
        _ => None,
    }
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
    fs::remove_file(&path).map_err(|e| refus_io(&path, &e))?;
    let data = dossier.join(DONNEES);
    for folder in path.ancestors().skip(1).take_while(|f| f.starts_with(&data) && **f != data) {
        // Refused when something is left in it.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Takes away all that was dropped on the page.
///
/// # Errors
/// The folder of what is dropped cannot be removed.
pub fn retirer_tout(dossier: &Path) -> Result<(), Refus> {
    let data = dossier.join(DONNEES);
    if !data.is_dir() {
        return Ok(());
    }
    fs::remove_dir_all(&data).map_err(|e| refus_io(&data, &e))
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

/// A finding of a finished audit, as the page shows it for review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConstatVu {
    /// Rank.
    pub rang: u64,
    /// Stable identifier.
    pub constat: String,
    /// Identifier of its habit, empty when it has none.
    pub habitude: String,
    /// Keys of its records, empty in an audit of an earlier version.
    pub cles_lignes: String,
    /// Code of the control.
    pub controle: String,
    /// Title of the control, empty when this version does not know it.
    pub titre: String,
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
    // The pages are drawn from `resultats.json`, which also holds every piece of evidence: ten times larger.
    let path = fichier(dossier, &format!("{nom}/constats.csv")).ok_or_else(refused)?;
    let opened = csv::ReaderBuilder::new().delimiter(b';').from_path(&path);
    let mut reader = opened.map_err(|_| refused())?;
    let titles: BTreeMap<String, String> =
        catalogue::controles().into_iter().map(|c| (c.code, c.titre)).collect();
    let seen = |c: Signalement| {
        let titre = titles.get(&c.controle).cloned().unwrap_or_default();
        seen(c).map(|found| ConstatVu { titre, ..found })
    };
    let rows = reader.deserialize::<Signalement>();
    rows.map(|row| row.map_or_else(|_| Err(refused()), |c| seen(c).ok_or_else(refused))).collect()
}

/// A row of `constats.csv`.
#[derive(Deserialize)]
struct Signalement {
    // The first title carries the mark of UTF-8.
    #[serde(alias = "\u{feff}rang")]
    rang: u64,
    constat: String,
    controle: String,
    priorite: String,
    enjeu: String,
    enregistrements: String,
    motif: String,
    a_faire: String,
    habitude: String,
    // An audit kept from an earlier version has none.
    #[serde(default)]
    cles_lignes: String,
}

fn seen(c: Signalement) -> Option<ConstatVu> {
    let enjeu = parse_amount(c.enjeu.as_bytes(), Decimal::Comma).ok()?;
    Some(ConstatVu {
        rang: c.rang,
        constat: c.constat,
        habitude: c.habitude,
        cles_lignes: c.cles_lignes,
        controle: c.controle,
        titre: String::new(),
        priorite: c.priorite,
        enjeu: fr::euros(Centimes(enjeu.centimes)),
        motif: c.motif,
        a_faire: c.a_faire,
        enregistrements: c.enregistrements,
    })
}

/// A day of a journal, as it is read.
pub fn jour(iso: &str) -> String {
    fr::date_texte(iso)
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
        assert_eq!(plain("exports/2025/mandats.csv"), "exports/2025/mandats.csv");
        assert_eq!(plain("exports\\2025\\mandats.csv"), "exports/2025/mandats.csv");
        assert_eq!(plain("exports//mandats.csv"), "mandats.csv");
        assert_eq!(plain(&format!("{}a.csv", "d/".repeat(40))), format!("{}a.csv", "d/".repeat(8)));
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

    #[test]
    fn findings_are_read_from_their_table() {
        let folder = tempfile::tempdir().unwrap();
        let done = folder.path().join("reports/audit-2025");
        fs::create_dir_all(&done).unwrap();
        fs::write(done.join(JOURNAL), "x").unwrap();
        let text = "\u{feff}rang;constat;controle;priorite;indice;enjeu;enregistrements;tiers;motif;a_faire;decision;habitude\n\
            1;2e24;DBL05;prioritaire;12,68;2922,13;m.csv#695 m.csv#859;X;payée deux fois;vérifier;;d92a\n\
            2;2e25;MNT01;a_verifier;;-1,5;m.csv#3;;\"un ; deux\";voir;justifie;\n";
        fs::write(done.join("constats.csv"), text).unwrap();
        let read = constats(folder.path(), "audit-2025").unwrap();
        assert_eq!(read[0].enjeu, "2\u{202f}922,13\u{a0}€");
        assert_eq!(read[0].habitude, "d92a");
        assert!(read[0].titre.len() > 8, "{}", read[0].titre);
        assert_eq!((read[1].rang, read[1].motif.as_str()), (2, "un ; deux"));
        assert!(constats(folder.path(), "audit-2024").is_err());
        fs::write(done.join("constats.csv"), "a;b\n1;2\n").unwrap();
        assert!(constats(folder.path(), "audit-2025").is_err());
    }

    proptest! {
        #[test]
        fn a_dropped_name_stays_in_its_folder(nom in ".{0,200}") {
            if let Ok(clean) = nom_de_depot(&nom) {
                let parts: Vec<_> = Path::new(&clean).components().collect();
                prop_assert!(parts.iter().all(|p| matches!(p, Component::Normal(_))), "{clean:?}");
                prop_assert!((1..=PROFONDEUR + 1).contains(&parts.len()), "{clean:?}");
                prop_assert!(clean.split('/').all(|p| p.len() <= NOM), "{clean:?}");
            }
        }
    }
}
