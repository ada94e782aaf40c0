//! `vigie revue`: the decisions of a review, imported from `audit.xlsx`, added, listed; and the journal.
//!
//! The journal is `revue.csv` (`;`, UTF-8 with BOM), beside `vigie.toml` when there is one, in the current
//! folder otherwise; `--revue` names another. It is replaced whole at each change.
//!
//! **Invariant:** a line is only ever added; a journal whose chain is broken is never added to.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::domain::decision::{
    Decision, Entree, Lignes, Portee, in_force, last_hash, on_records, verify,
};
use crate::domain::free_text::CACHE;
use crate::domain::pseudonym::SANS_CLE;
use crate::domain::refus::Refus;
use crate::ingest::saisie::{self, Ligne};
use crate::report::{self, fr};

use super::Bilan;
use super::atelier;
use super::config::Config;
use super::sortie::refus_io;

/// What a pseudonym begins with, and how many signs follow.
const PERSONNE: &str = "personne ";
const CODE_SIGNS: usize = 8;
/// Name of the journal.
pub const FICHIER: &str = "revue.csv";

/// Columns of the journal, in order.
const COLONNES: [&str; 9] =
    ["date", "auteur", "portee", "cle", "controle", "decision", "motif", "objet", "empreinte"];
/// The column that journals begun earlier do not have.
const CLES: &str = "cles_lignes";

/// A journal as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    /// Where it is, or would be.
    pub chemin: PathBuf,
    /// Lines whose seals hold.
    pub entrees: Vec<Entree>,
    /// Line of the file (header = 1) where the chain breaks, and the lines from there on.
    pub rupture: Option<(u32, usize)>,
}

impl Journal {
    /// Reads the journal of a run; an absent one is empty, unless it was named.
    ///
    /// # Errors
    /// A named journal that does not exist, or a file that is no journal.
    pub fn of(config: &Config, typed: Option<&Path>) -> Result<Self, Refus> {
        let chemin = typed.map_or_else(|| default_path(config), Path::to_path_buf);
        if !chemin.exists() {
            return if typed.is_some_and(|p| !p.exists()) {
                Err(Refus::new(
                    format!("« {} » n’existe pas", chemin.display()),
                    "vérifier le chemin donné à --revue",
                ))
            } else {
                Ok(Self { chemin, ..Self::default() })
            };
        }
        Self::read(&chemin)
    }

    fn read(chemin: &Path) -> Result<Self, Refus> {
        let rows = saisie::read(chemin, "revue", &COLONNES)?;
        let entries: Vec<(u32, Option<Entree>)> =
            rows.iter().map(|row| (row.numero, entry(row))).collect();
        let intact: Vec<Entree> = entries.iter().map_while(|(_, e)| e.clone()).collect();
        let sound = verify(&intact).map_or(intact.len(), |rank| rank - 1);
        let rupture = (sound < entries.len()).then(|| (entries[sound].0, entries.len() - sound));
        Ok(Self { chemin: chemin.to_path_buf(), entrees: intact[..sound].to_vec(), rupture })
    }

    /// Warning for stderr when the chain is broken.
    pub fn avertissement(&self) -> Option<String> {
        let (line, lost) = self.rupture?;
        Some(format!(
            "{}, ligne {line} : le journal de revue a été modifié après coup\n  {} à partir de là \
             ne sont pas reprises\n  à faire : restaurer la copie précédente du journal",
            self.chemin.display(),
            fr::compte(lost as u64, "décision", "décisions"),
        ))
    }

    /// Hash that seals the whole journal.
    pub fn empreinte(&self) -> &str {
        last_hash(&self.entrees)
    }

    fn push(&mut self, entry: Entree) {
        let sealed = entry.sealed(last_hash(&self.entrees));
        self.entrees.push(sealed);
    }

    /// Writes the journal beside, then renames it.
    fn save(&self) -> Result<(), Refus> {
        let failed = |e: &std::io::Error| refus_io(&self.chemin, e);
        let folder = match self.chemin.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
        file.write_all(&to_csv(&self.entrees)).map_err(|e| failed(&e))?;
        file.persist(&self.chemin).map_err(|e| failed(&e.error))?;
        // Temporary files are private; colleagues on the same share read the journal.
        super::sortie::set_readable(&self.chemin);
        Ok(())
    }

    /// The journal to write to: refused when its chain is broken.
    fn writable(config: &Config, typed: Option<&Path>) -> Result<Self, Refus> {
        let chemin = typed.map_or_else(|| default_path(config), Path::to_path_buf);
        let journal =
            if chemin.exists() { Self::read(&chemin)? } else { Self { chemin, ..Self::default() } };
        match journal.rupture {
            None => Ok(journal),
            Some((line, _)) => Err(Refus::new(
                format!(
                    "« {} », ligne {line} : le journal a été modifié après coup",
                    journal.chemin.display()
                ),
                "restaurer la copie précédente du journal, puis relancer ; rien n’a été ajouté",
            )),
        }
    }
}

/// Beside `vigie.toml`, else here. A journal begun here before `vigie.toml` was written goes on here.
fn default_path(config: &Config) -> PathBuf {
    let here = PathBuf::from(FICHIER);
    let beside = config.chemin.as_deref().and_then(Path::parent).map(|f| f.join(FICHIER));
    match beside {
        Some(path) if path.exists() || !here.exists() => path,
        _ => here,
    }
}

fn entry(row: &Ligne) -> Option<Entree> {
    Some(Entree {
        date: row.get("date").to_owned(),
        auteur: row.get("auteur").to_owned(),
        portee: Portee::parse(row.get("portee"))?,
        cle: row.get("cle").to_owned(),
        controle: row.get("controle").to_owned(),
        decision: Decision::parse(row.get("decision"))?,
        motif: row.get("motif").to_owned(),
        objet: row.get("objet").to_owned(),
        cles_lignes: row.get(CLES).to_owned(),
        empreinte: row.get("empreinte").to_owned(),
    })
}

fn to_csv(entries: &[Entree]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let mut write = |cells: [&str; 10]| writer.write_record(cells).expect("memory never fails");
    let mut titles = [CLES; 10];
    titles[..9].copy_from_slice(&COLONNES);
    write(titles);
    for e in entries {
        write([
            &e.date,
            &e.auteur,
            e.portee.word(),
            &e.cle,
            &e.controle,
            e.decision.word(),
            &e.motif,
            &e.objet,
            &e.empreinte,
            &e.cles_lignes,
        ]);
    }
    writer.into_inner().expect("memory never fails")
}

/// What `vigie revue importer` and `ajouter` need beside their decisions.
#[derive(Debug, Clone, Default)]
pub struct Demande {
    /// `--revue`.
    pub journal: Option<PathBuf>,
    /// `--auteur`.
    pub auteur: String,
}

/// A text as the journal keeps it: one line, no spreadsheet formula.
fn one_line(text: &str) -> String {
    let clean: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    clean.trim_start_matches(['=', '+', '@', '\'']).trim_start().chars().take(500).collect()
}

fn need_author(demande: &Demande) -> Result<String, Refus> {
    let author = one_line(&demande.auteur);
    if author.is_empty() {
        return Err(Refus::new(
            "il manque l’auteur des décisions",
            "ajouter --auteur \"Prénom Nom, fonction\" : il est déclaré, pas vérifié",
        ));
    }
    Ok(author)
}

/// `vigie revue importer audit.xlsx`: the decisions typed in the sheet `Constats`.
///
/// # Errors
/// A file that is not ours, an unknown decision, or a journal whose chain is broken.
pub fn importer(config: &Config, fichier: &Path, demande: &Demande) -> Result<Bilan, Refus> {
    let auteur = need_author(demande)?;
    let rows = saisie::read(fichier, "Constats", &["constat", "controle", "decision"])?;
    let mut journal = Journal::writable(config, demande.journal.as_deref())?;
    let mut wrong = Vec::new();
    let (mut added, mut same) = (0_u64, 0_u64);
    let shown: BTreeSet<&str> = rows.iter().map(|r| r.get("constat")).collect();
    for row in rows.iter().filter(|r| !r.get("decision").is_empty()) {
        match typed_decision(row, &auteur, &config.date.to_string()) {
            Err(reason) => wrong.push(format!("ligne {} : {reason}", row.numero)),
            Ok(entry) if already(&journal, &entry, &shown) => same += 1,
            Ok(entry) => {
                journal.push(entry);
                added += 1;
            }
        }
    }
    if !wrong.is_empty() {
        let shown = wrong.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
        return Err(Refus::new(
            format!(
                "{} : {} ; rien n’a été importé",
                fichier.display(),
                fr::compte(wrong.len() as u64, "décision illisible", "décisions illisibles")
            ),
            "corriger ces lignes dans le classeur, l’enregistrer et relancer",
        )
        .with_extrait(shown));
    }
    journal.save()?;
    let mut bilan = done("importer", &journal, added, same);
    bilan.avertissements.extend(unsaved(fichier));
    acknowledge(fichier);
    Ok(bilan)
}

/// Warning when the workbook is open: what is not saved yet is not in the file.
fn unsaved(fichier: &Path) -> Option<String> {
    let name = fichier.file_name()?.to_string_lossy();
    let locks = [format!("~${name}"), format!(".~lock.{name}#")];
    locks.iter().any(|lock| fichier.with_file_name(lock).exists()).then(|| {
        format!(
            "« {} » est ouvert dans un tableur : seules les décisions déjà enregistrées sont reprises\n  à faire : \
             enregistrer le classeur, le fermer, puis relancer si des décisions manquent",
            fichier.display()
        )
    })
}

/// Marks the workbook as taken in: its result folder is then replaced without keeping it again.
fn acknowledge(fichier: &Path) {
    // Left as it was, the workbook is only kept once more.
    let _ = super::en_place::acknowledge(fichier);
}

/// The decision of one row of `audit.xlsx`.
fn typed_decision(row: &Ligne, auteur: &str, date: &str) -> Result<Entree, String> {
    let word = row.get("decision");
    let decision = Decision::parse(word).ok_or_else(|| {
        format!("« {word} » n’est pas une décision (justifié, à corriger, question, ignoré)")
    })?;
    let scope = row.get("portee");
    let portee = Portee::parse(scope)
        .ok_or_else(|| format!("« {scope} » n’est pas une portée (constat, habitude)"))?;
    let (cle, seen) = match portee {
        Portee::Constat => (row.get("constat"), Lignes::parse(row.get(CLES)).unwrap_or_default()),
        Portee::Habitude => (row.get("habitude"), Lignes::default()),
    };
    if cle.is_empty() {
        return Err("l’identifiant du constat a été effacé".to_owned());
    }
    Ok(Entree {
        date: date.to_owned(),
        auteur: auteur.to_owned(),
        portee,
        cle: cle.to_owned(),
        controle: row.get("controle").to_owned(),
        decision,
        motif: one_line(row.get("motif_decision")),
        // No name: the records tell what it is about.
        objet: one_line(row.get("enregistrements")).chars().take(120).collect(),
        cles_lignes: seen.to_string(),
        empreinte: String::new(),
    })
}

/// True when the decision in force on that key already says this.
fn already(journal: &Journal, entry: &Entree, shown: &BTreeSet<&str>) -> bool {
    let force = in_force(&journal.entrees);
    let own = force.get(&(entry.portee, entry.cle.as_str())).copied();
    // A finding whose records were all seen in a larger one comes back with that decision.
    let wider = || {
        let lignes = Lignes::parse(&entry.cles_lignes)?;
        let (found, seen) = on_records(&force, shown, &entry.controle, &lignes)?;
        (seen == lignes.count()).then_some(found)
    };
    own.or_else(wider)
        .is_some_and(|e| e.decision == entry.decision && same_reason(&e.motif, &entry.motif))
}

/// True when `typed` is the reason of the journal, or what a result shows of it once persons are masked: a
/// workbook taken from a later run gives it back that way.
fn same_reason(kept: &str, typed: &str) -> bool {
    if kept == typed {
        return true;
    }
    let mut shown = typed.replace(SANS_CLE, CACHE);
    while let Some(at) = shown.find(PERSONNE) {
        let code = at + PERSONNE.len();
        let signs = shown[code..].chars().take_while(char::is_ascii_alphanumeric).count();
        if signs != CODE_SIGNS {
            return false;
        }
        shown.replace_range(at..code + signs, CACHE);
    }
    let mut rest = kept;
    let parts: Vec<&str> = shown.split(CACHE).collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    parts.len() > 1
        && kept.starts_with(first)
        && kept.ends_with(last)
        && parts.iter().all(|part| {
            let found = rest.find(part);
            rest = found.map_or("", |at| &rest[at + part.len()..]);
            found.is_some()
        })
}

/// A decision typed on the command line.
#[derive(Debug, Clone, Default)]
pub struct Ajout {
    /// Identifier of the finding or of the habit, from `constats.csv` or the page.
    pub cle: String,
    /// Word of the decision.
    pub decision: String,
    /// Why.
    pub motif: String,
    /// `constat` or `habitude`.
    pub portee: String,
    /// Control code.
    pub controle: String,
    /// Keys of the records of the finding, empty when unknown.
    pub cles_lignes: String,
}

impl Ajout {
    /// With the control and the records of its finding, when an audit under `dossier/reports` shows it.
    #[must_use]
    pub fn completed(mut self, dossier: &Path) -> Self {
        let cle = self.cle.trim().to_lowercase();
        let audits = atelier::resultats(dossier).into_iter();
        let mut shown = audits
            .filter(|r| r.fichiers.iter().any(|f| f == "constats.csv"))
            .filter_map(|r| atelier::constats(dossier, &r.nom).ok());
        if let Some(found) = shown.find_map(|all| all.into_iter().find(|c| c.constat == cle)) {
            self.cles_lignes = found.cles_lignes;
            if self.controle.is_empty() {
                self.controle = found.controle;
            }
        }
        self
    }
}

/// `vigie revue ajouter`.
///
/// # Errors
/// An unknown word, an identifier that is none, or a journal whose chain is broken.
pub fn ajouter(config: &Config, ajout: &Ajout, demande: &Demande) -> Result<Bilan, Refus> {
    let auteur = need_author(demande)?;
    let decision = Decision::parse(&ajout.decision).ok_or_else(|| {
        Refus::new(
            format!("« {} » n’est pas une décision", ajout.decision),
            "choisir parmi : justifie, a_corriger, question, ignore",
        )
    })?;
    let portee = Portee::parse(&ajout.portee).ok_or_else(|| {
        Refus::new(
            format!("« {} » n’est pas une portée", ajout.portee),
            "choisir parmi : constat, habitude",
        )
    })?;
    let cle = ajout.cle.trim().to_lowercase();
    if cle.len() != 16 || !cle.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Refus::new(
            format!("« {} » n’est pas l’identifiant d’un constat", ajout.cle),
            "recopier les 16 signes de la colonne « constat » (ou « habitude ») de constats.csv",
        ));
    }
    let mut journal = Journal::writable(config, demande.journal.as_deref())?;
    let entry = Entree {
        date: config.date.to_string(),
        auteur,
        portee,
        cle,
        controle: one_line(&ajout.controle),
        decision,
        motif: one_line(&ajout.motif),
        objet: String::new(),
        cles_lignes: match portee {
            Portee::Constat => Lignes::parse(&ajout.cles_lignes).unwrap_or_default().to_string(),
            Portee::Habitude => String::new(),
        },
        empreinte: String::new(),
    };
    let same = already(&journal, &entry, &BTreeSet::from([entry.cle.as_str()]));
    if !same {
        journal.push(entry);
        journal.save()?;
    }
    Ok(done("ajouter", &journal, u64::from(!same), u64::from(same)))
}

fn done(action: &str, journal: &Journal, added: u64, same: u64) -> Bilan {
    let repeated = match same {
        0 => String::new(),
        n => format!(" ({} déjà au journal)", fr::nombre(n)),
    };
    Bilan {
        lignes: vec![
            ("Ajouté", format!("{}{repeated}", fr::compte(added, "décision", "décisions"))),
            (
                "Journal",
                format!(
                    "{}, {}, empreinte {}",
                    journal.chemin.display(),
                    fr::compte(journal.entrees.len() as u64, "ligne", "lignes"),
                    &journal.empreinte()[..16]
                ),
            ),
            ("Suite", "relancer « vigie rapport audit » sur les mêmes fichiers : ces décisions y sont reprises".to_owned()),
        ],
        json: json!({"schema": report::SCHEMA, "commande": "revue", "action": action,
            "ajoutees": added, "deja_presentes": same, "journal": journal.chemin.display().to_string(),
            "lignes": journal.entrees.len(), "empreinte": journal.empreinte()}),
        ..Bilan::default()
    }
}

/// `vigie revue lister`: the decisions in force, and whether the journal is intact.
///
/// # Errors
/// A file that is no journal.
pub fn lister(config: &Config, journal: Option<&Path>) -> Result<Bilan, Refus> {
    let journal = Journal::of(config, journal)?;
    let force = in_force(&journal.entrees);
    let mut lines: Vec<(&'static str, String)> = vec![(
        "Journal",
        format!(
            "{}, {}, empreinte {}",
            journal.chemin.display(),
            fr::compte(journal.entrees.len() as u64, "ligne", "lignes"),
            &journal.empreinte()[..16]
        ),
    )];
    let intact = if journal.rupture.is_none() { "intact" } else { "modifié après coup" };
    lines.push(("Chaîne", intact.to_owned()));
    let mut shown: Vec<&&Entree> = force.values().collect();
    shown.sort_by(|a, b| (&b.date, &a.cle).cmp(&(&a.date, &b.cle)));
    for e in &shown {
        let scope = if e.portee == Portee::Habitude { ", habitude" } else { "" };
        let motif = if e.motif.is_empty() { String::new() } else { format!(" ({})", e.motif) };
        lines.push((
            "",
            format!("{} {} {} : {}{scope}{motif}", e.date, e.controle, e.cle, e.decision.label()),
        ));
    }
    lines.push(("Suite", "vigie rapport audit, pour revoir les signalements marqués".to_owned()));
    let decisions: Vec<serde_json::Value> = shown
        .iter()
        .map(|e| {
            json!({"date": e.date, "auteur": e.auteur, "portee": e.portee.word(), "cle": e.cle,
                "controle": e.controle, "decision": e.decision.word(), "motif": e.motif})
        })
        .collect();
    Ok(Bilan {
        lignes: lines,
        json: json!({"schema": report::SCHEMA, "commande": "revue", "action": "lister",
            "lignes": journal.entrees.len(), "empreinte": journal.empreinte(),
            "intact": journal.rupture.is_none(), "decisions": decisions}),
        avertissements: journal.avertissement().into_iter().collect(),
        ..Bilan::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::config::Options;

    fn config(folder: &Path) -> Config {
        let toml = folder.join("vigie.toml");
        std::fs::write(&toml, "").unwrap();
        let options = Options { config: Some(toml), ..Options::default() };
        Config::resolve(options, jiff::civil::date(2026, 3, 14)).unwrap()
    }

    fn demande() -> Demande {
        Demande { auteur: "C. Exemple, auditrice".into(), journal: None }
    }

    fn sheet(folder: &Path, rows: &str) -> PathBuf {
        let path = folder.join("audit.csv");
        let header = "constat;controle;enregistrements;decision;motif_decision;portee;habitude";
        std::fs::write(&path, format!("\u{feff}{header}\r\n{rows}")).unwrap();
        path
    }

    #[test]
    fn decisions_are_imported_once() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let path = sheet(
            folder.path(),
            "aa;DBL01;m.csv#1 m.csv#2;justifié;=loyer ; mensuel;habitude;bb\r\ncc;MNT01;m.csv#9;;;;\r\n",
        );
        std::fs::write(
            &path,
            std::fs::read_to_string(&path)
                .unwrap()
                .replace("=loyer ; mensuel", "\"=loyer ; mensuel\""),
        )
        .unwrap();
        let bilan = importer(&config, &path, &demande()).unwrap();
        assert_eq!(bilan.json["ajoutees"], 1);
        let journal = Journal::of(&config, None).unwrap();
        assert_eq!(journal.entrees.len(), 1);
        assert_eq!(journal.entrees[0].cle, "bb");
        assert_eq!(journal.entrees[0].motif, "loyer ; mensuel");
        assert_eq!(importer(&config, &path, &demande()).unwrap().json["deja_presentes"], 1);
        assert_eq!(Journal::of(&config, None).unwrap(), journal);
    }

    #[test]
    fn a_masked_reason_is_the_one_of_the_journal() {
        let kept = "vu avec Maud Girolet le 3 mars";
        assert!(same_reason(kept, "vu avec personne 3KF2A9QZ le 3 mars"));
        assert!(same_reason(kept, "vu avec personne physique le 3 mars"));
        assert!(same_reason(kept, "vu avec ••• le 3 mars"));
        assert!(!same_reason(kept, "vu avec personne 3KF2A9QZ le 4 mars"));
        assert!(!same_reason(kept, "vu avec personne le 3 mars"));
        assert!(!same_reason(kept, "vu avec quelqu’un"));
    }

    #[test]
    fn a_word_that_is_no_decision_imports_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let path = sheet(folder.path(), "aa;DBL01;x;justifié;;;\r\nbb;DBL01;x;peut-être;;;\r\n");
        let refus = importer(&config, &path, &demande()).unwrap_err();
        assert!(refus.extrait.contains("ligne 3") && refus.extrait.contains("peut-être"));
        assert!(!folder.path().join(FICHIER).exists());
    }

    #[test]
    fn a_changed_line_is_detected_and_nothing_is_added_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        for key in ["00000000000000aa", "00000000000000bb", "00000000000000cc"] {
            let ajout = Ajout { cle: key.into(), decision: "ignore".into(), ..Ajout::default() };
            ajouter(&config, &ajout, &demande()).unwrap();
        }
        let path = folder.path().join(FICHIER);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("bb;", "dd;", 1)).unwrap();
        let journal = Journal::of(&config, None).unwrap();
        assert_eq!((journal.entrees.len(), journal.rupture), (1, Some((3, 2))));
        assert!(journal.avertissement().unwrap().contains("ligne 3"));
        let ajout = Ajout {
            cle: "00000000000000ee".into(),
            decision: "question".into(),
            ..Ajout::default()
        };
        assert!(
            ajouter(&config, &ajout, &demande()).unwrap_err().quoi.contains("modifié après coup")
        );
    }

    #[test]
    fn the_author_and_the_identifier_are_needed() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let nobody = Demande::default();
        let ajout = Ajout { cle: "x".into(), decision: "ignore".into(), ..Ajout::default() };
        assert!(ajouter(&config, &ajout, &nobody).unwrap_err().a_faire.contains("--auteur"));
        assert!(ajouter(&config, &ajout, &demande()).unwrap_err().quoi.contains("identifiant"));
    }
}
