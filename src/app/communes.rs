//! Several communes among the inputs: one reading and one result folder for each SIREN.
//!
//! The SIRENs are those of the budget documents and of the PES flows. A table that names none goes with
//! the commune whose number is in its path, else with the commune of the settings, else with the only
//! commune of its folder; invoices, contracts and published tables are read for each, by their own `--siren`.
//!
//! **Invariant:** rows of two SIRENs never meet; a file that no commune claims is told, never dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::report::{self, fr};

use super::Bilan;
use super::config::Config;
use super::entrees::{Entrees, Lecture};
use super::recherche::{self, Trouve};
use super::sortie::{self, JOURNAL, Sortie};

/// The formats that name no commune and take all their rows for the same one.
const SANS_COMMUNE: [&str; 3] = ["csv", "tableur", "parquet"];

/// Files without a commune named in the warning.
const ORPHANS: usize = 10;

/// A result folder below another one, of one commune.
#[derive(Debug, Clone)]
pub struct Partie {
    racine: Arc<Sortie>,
    siren: String,
}

impl Partie {
    /// The folder of the commune.
    pub fn sortie(&self) -> Sortie {
        self.racine.below(&self.siren)
    }
}

/// What a use case does with the reading of one commune.
pub type Usage<'a> = dyn Fn(&Config, Lecture) -> Result<Bilan, Refus> + 'a;

/// Reads the inputs, then runs a use case once, or once for each SIREN in `DOSSIER/<siren>/`.
///
/// # Errors
/// Those of the reading; those of the use case when no commune gives a result.
pub fn each(
    config: &Config,
    entrees: &Entrees,
    nom: &str,
    progress: &dyn Progress,
    run: &Usage<'_>,
) -> Result<Bilan, Refus> {
    let atelier = super::entrees::workshop()?;
    let found = recherche::find(&entrees.chemins, atelier.path())?;
    let files = &found.fichiers;
    let (lecture, owners) = Lecture::read_found(&found, atelier.path(), entrees, progress)?;
    let sirens: BTreeSet<&String> = owners.iter().flatten().collect();
    if sirens.len() < 2 || entrees.siren.is_some() {
        return run(config, lecture);
    }
    let mut sirens: Vec<String> = sirens.into_iter().cloned().collect();
    let year = lecture.last_year();
    let without = tables_without_commune(&lecture, files, &owners);
    let home = at_home(config, &without, &mut sirens);
    let all = lecture.empreintes();
    let rows = orphan_rows(&lecture);
    drop(lecture);
    let shares = share(files, &owners, &without, &sirens, home);
    let root = Arc::new(config.sortie(&format!("{nom}-{year}"))?);
    let mut bilans: Vec<(String, Result<Bilan, Refus>)> = Vec::new();
    for siren in &sirens {
        if progress.cancelled() {
            return Err(Refus::new("interrompu", "relancer la commande"));
        }
        let mine = found.only(shares.files[siren].clone());
        let entrees = Entrees { siren: Some(siren.clone()), ..entrees.clone() };
        let partie = Partie { racine: Arc::clone(&root), siren: siren.clone() };
        let done = config.of_commune(siren, shares.folder(siren), partie).and_then(|config| {
            let (mut lecture, _) = Lecture::read_found(&mine, atelier.path(), &entrees, progress)?;
            let orphans = shares.orphans.iter().cloned();
            lecture.ignores.extend(orphans.map(|name| (name, ORPHELIN.to_owned())));
            run(&config, lecture)
        });
        bilans.push((siren.clone(), done));
    }
    if bilans.iter().all(|(_, done)| done.is_err()) {
        let (siren, first) = bilans.swap_remove(0);
        return first.map_err(|mut refus| {
            refus.quoi = format!("SIREN {siren} : {}", refus.quoi);
            refus
        });
    }
    let settings = [
        ("date".to_owned(), config.date.to_string()),
        ("graine".to_owned(), config.graine.to_string()),
        ("communes".to_owned(), sirens.join(" ")),
    ];
    root.write(JOURNAL, sortie::journal(&config.commande, &settings, &all).as_bytes())?;
    let told: Vec<String> = shares.orphans.iter().map(|nom| with_rows(nom, &rows)).collect();
    let bilan = together(nom, &root, bilans, (&shares.orphans, &told));
    Arc::into_inner(root).expect("each commune gave its folder back").deliver(bilan)
}

const ORPHELIN: &str = "ce fichier ne dit pas de quelle commune il est, et plusieurs ont été lues";

/// The commune of the settings, one more of those read when tables that name none are its own.
fn at_home<'c>(config: &'c Config, without: &[bool], sirens: &mut Vec<String>) -> Option<&'c str> {
    let home = Some(config.fichier.commune.siren.as_str()).filter(|s| !s.is_empty())?;
    if without.contains(&true) && !sirens.iter().any(|s| s == home) {
        sirens.push(home.to_owned());
        sirens.sort();
    }
    Some(home)
}

/// Rows of each table of entries, by file.
fn orphan_rows(lecture: &Lecture) -> BTreeMap<String, u64> {
    let mut rows = BTreeMap::new();
    for table in &lecture.ecritures {
        let file = table.fichier.split('!').next().unwrap_or_default();
        *rows.entry(file.to_owned()).or_default() += table.lignes_lues;
    }
    rows
}

fn with_rows(nom: &str, rows: &BTreeMap<String, u64>) -> String {
    match rows.get(nom) {
        Some(n) => format!("« {nom} » ({})", fr::compte(*n, "ligne", "lignes")),
        None => format!("« {nom} »"),
    }
}

/// Which files are tables that name no commune.
fn tables_without_commune(
    lecture: &Lecture,
    files: &[Trouve],
    owners: &[BTreeSet<String>],
) -> Vec<bool> {
    let formats: BTreeMap<&str, &str> =
        lecture.fichiers.iter().map(|f| (f.nom.as_str(), f.format.as_str())).collect();
    let table =
        |file: &Trouve| formats.get(file.nom.as_str()).is_some_and(|f| SANS_COMMUNE.contains(f));
    files.iter().zip(owners).map(|(file, owners)| owners.is_empty() && table(file)).collect()
}

/// The files of each commune, those that name it alone, and the names of those that are nobody's.
struct Partage {
    files: BTreeMap<String, Vec<Trouve>>,
    own: BTreeMap<String, Vec<PathBuf>>,
    orphans: Vec<String>,
}

impl Partage {
    /// The folder of a commune: the deepest that holds all the files that name it alone.
    fn folder(&self, siren: &str) -> Option<&Path> {
        let own = self.own.get(siren)?;
        let first = own.first()?.parent()?;
        first.ancestors().find(|folder| own.iter().all(|f| f.starts_with(folder)))
    }
}

fn share(
    files: &[Trouve],
    owners: &[BTreeSet<String>],
    without: &[bool],
    sirens: &[String],
    home: Option<&str>,
) -> Partage {
    let mut out = Partage {
        files: sirens.iter().map(|s| (s.clone(), Vec::new())).collect(),
        own: BTreeMap::new(),
        orphans: Vec::new(),
    };
    for ((file, owners_of), without) in files.iter().zip(owners).zip(without) {
        let mine: Vec<&String> = if !owners_of.is_empty() {
            owners_of.iter().collect()
        } else if *without {
            claimed(file, (files, owners), sirens, home).into_iter().collect()
        } else {
            sirens.iter().collect()
        };
        if mine.is_empty() {
            out.orphans.push(file.nom.clone());
        }
        if let ([siren], false) = (mine.as_slice(), owners_of.is_empty()) {
            out.own.entry((*siren).clone()).or_default().push(file.chemin.clone());
        }
        for siren in mine {
            // A file that has nothing for this commune is no mistake of the user.
            let file = Trouve { nomme: false, ..file.clone() };
            out.files.get_mut(siren).expect("a commune found").push(file);
        }
    }
    out
}

/// The commune whose number is in the path of a file, else that of the settings, else the only one of the
/// nearest folder that has any.
fn claimed<'a>(
    file: &Trouve,
    (files, owners): (&[Trouve], &[BTreeSet<String>]),
    sirens: &'a [String],
    home: Option<&str>,
) -> Option<&'a String> {
    let path = file.chemin.to_string_lossy();
    let mut named = sirens.iter().filter(|s| has_number(&path, s));
    if let (Some(one), None) = (named.next(), named.next()) {
        return Some(one);
    }
    if let Some(home) = home {
        return sirens.iter().find(|s| *s == home);
    }
    for folder in file.chemin.ancestors().skip(1) {
        let below = files.iter().zip(owners).filter(|(f, _)| f.chemin.starts_with(folder));
        let found: BTreeSet<&String> = below.flat_map(|(_, owners)| owners).collect();
        match found.len() {
            0 => {}
            1 => return sirens.iter().find(|s| found.contains(s)),
            _ => return None,
        }
    }
    None
}

/// True when a path holds a SIREN, alone or as the head of a SIRET.
fn has_number(path: &str, siren: &str) -> bool {
    path.split(|c: char| !c.is_ascii_digit())
        .any(|digits| matches!(digits.len(), 9 | 14) && digits.starts_with(siren))
}

/// What was done for each commune, as one.
fn together(
    nom: &str,
    root: &Sortie,
    bilans: Vec<(String, Result<Bilan, Refus>)>,
    (orphans, told): (&[String], &[String]),
) -> Bilan {
    let mut out = Bilan::default();
    let mut communes: Vec<Value> = Vec::new();
    let count = bilans.len() as u64;
    let last = bilans.iter().rposition(|(_, done)| done.is_ok());
    for (i, (siren, done)) in bilans.into_iter().enumerate() {
        match done {
            Ok(bilan) => {
                out.lignes.push(("Commune", siren.clone()));
                let next = |heading: &str| heading == "Suite" && Some(i) != last;
                out.lignes.extend(bilan.lignes.into_iter().filter(|(h, _)| !next(h)));
                let mut json = bilan.json;
                if let Some(object) = json.as_object_mut() {
                    object.insert("siren".to_owned(), siren.into());
                }
                communes.push(json);
                out.avertissements.extend(bilan.avertissements);
                for (sum, n) in out.constats.iter_mut().zip(bilan.constats) {
                    *sum += n;
                }
                out.lignes_douteuses += bilan.lignes_douteuses;
            }
            Err(refus) => {
                out.avertissements.push(format!("SIREN {siren} : {refus}"));
                communes.push(json!({"siren": siren, "refus": refus.quoi}));
            }
        }
    }
    out.lignes
        .push(("Communes", format!("{}, un dossier chacune", fr::compte(count, "SIREN", "SIREN"))));
    if !told.is_empty() {
        let files = fr::compte(told.len() as u64, "fichier", "fichiers");
        let more = told.len().saturating_sub(ORPHANS);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" et {} autres", fr::nombre(more as u64))
        };
        out.avertissements.push(format!(
            "{files} sans commune, non examinés : {}{more} ; plusieurs communes ont été lues\n  à faire : les ranger \
             dans le dossier de leur commune, écrire « siren » dans vigie.toml, ou relancer avec --siren",
            told.iter().take(ORPHANS).cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    out.json = json!({"schema": report::SCHEMA, "commande": nom,
        "dossier": root.nom().display().to_string(), "communes": communes, "sans_commune": orphans});
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Trouve {
        Trouve { nom: path.to_owned(), chemin: path.into(), nomme: true }
    }

    #[test]
    fn a_table_goes_with_the_commune_of_its_path_or_of_its_folder() {
        let sirens = ["210000105".to_owned(), "210000212".to_owned()];
        let paths = [
            "d/a/ca.xml",
            "d/b/ca.xml",
            "d/a/sous/mandats.csv",
            "d/mandats_21000021200016.csv",
            "d/mandats.csv",
            "d/chorus.xml",
        ];
        let files = paths.map(file);
        let mut owners = vec![BTreeSet::new(); paths.len()];
        for (i, siren) in sirens.iter().enumerate() {
            owners[i].insert(siren.clone());
        }
        let without = [false, false, true, true, true, false];
        let shares = share(&files, &owners, &without, &sirens, None);
        let names = |siren: &String| -> Vec<&str> {
            shares.files[siren].iter().map(|f| f.nom.as_str()).collect()
        };
        assert_eq!(names(&sirens[0]), [paths[0], paths[2], paths[5]]);
        assert_eq!(names(&sirens[1]), [paths[1], paths[3], paths[5]]);
        assert_eq!(shares.orphans, [paths[4]]);
        assert_eq!(shares.folder(&sirens[0]), Some(Path::new("d/a")));

        // The settings say whose folder it is; a number in the path still decides.
        let shares = share(&files, &owners, &without, &sirens, Some("210000105"));
        assert_eq!(shares.orphans, Vec::<String>::new());
        let mine: Vec<&str> = shares.files[&sirens[0]].iter().map(|f| f.nom.as_str()).collect();
        assert_eq!(mine, [paths[0], paths[2], paths[4], paths[5]]);
    }
}
