//! The inputs of a run: arguments to files, files to formats, formats to frames.
//!
//! A file named on the command line must be readable or the run is refused; inside a folder, what no
//! reader knows is listed and left alone. Result folders and answer keys are never read back.
//!
//! **Invariant:** every file found is listed with what became of it; none is left out silently.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::domain::money::Centimes;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::frames::budget::BudgetFrame;
use crate::frames::checks::{self, DocumentRapproche};
use crate::frames::contract::ContractFrame;
use crate::frames::copies::{self, Conflit};
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::Ledger;
use crate::frames::reconcile::EcrituresLues;
use crate::ingest::archive::{self, Archive};
use crate::ingest::format::{self, Consigne, Recolte, Source};
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::sniff::unreadable;
use crate::report::model::lecture::Rapprochement;

use super::livraison::tie_out;
use super::recherche::{self, NEVER, Trouve, head};
use super::sortie::{Empreinte, JOURNAL};

/// Name on disk of the member of an archive being read.
const MEMBER: &str = "membre";

/// What was asked to be read.
#[derive(Debug, Clone, Default)]
pub struct Entrees {
    /// Files, folders, or `-`.
    pub chemins: Vec<PathBuf>,
    /// Mapping of the columns of a ledger.
    pub correspondance: Option<PathBuf>,
    /// Keep one commune.
    pub siren: Option<String>,
    /// Keep one budget.
    pub budget: Option<String>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FichierLu {
    /// Path relative to the argument.
    pub nom: String,
    /// Format recognised.
    pub format: String,
    /// SHA-256 of the bytes.
    pub sha256: String,
    /// Why that format, French.
    pub raison: String,
}

/// Everything read from the inputs.
#[derive(Debug, Default)]
pub struct Lecture {
    /// Files read, in the order of their names.
    pub fichiers: Vec<FichierLu>,
    /// Budget documents.
    pub budget: BudgetFrame,
    /// Totals and checks of the documents.
    pub documents: Vec<DocumentRapproche>,
    /// Ledger rows of all the ledgers, when there is one.
    pub ledger: Option<Ledger>,
    /// Counts of each ledger file.
    pub ecritures: Vec<EcrituresLues>,
    /// Contracts.
    pub contrats: ContractFrame,
    /// Doubtful rows and files.
    pub issues: Vec<Issue>,
    /// Records of several files that differ by their amount alone.
    pub conflits: Vec<Conflit>,
    /// Files left alone: name and reason.
    pub ignores: Vec<(String, String)>,
    /// Files of a folder that were refused: name and refusal.
    pub refuses: Vec<(String, Refus)>,
}

impl Lecture {
    /// Reads all the inputs.
    ///
    /// # Errors
    /// A file named on the command line that cannot be read, or nothing usable at all.
    pub fn read(entrees: &Entrees, progress: &dyn Progress) -> Result<Self, Refus> {
        if let Some(siren) = &entrees.siren {
            check_siren(siren)?;
        }
        let mapping = entrees.correspondance.as_deref().map(read_mapping).transpose()?;
        let consigne = Consigne {
            correspondance: mapping.as_ref(),
            siren: entrees.siren.as_deref(),
            progress,
        };
        let mut lecture = Self::default();
        let mut recolte = Recolte::default();
        let atelier = tempfile::tempdir().map_err(|e| unreadable("-", &e))?;
        let found = recherche::find(&entrees.chemins, atelier.path())?;
        lecture.ignores = found.laisses;
        lecture.refuses = found.refuses;
        let total = found.fichiers.len() as u64;
        for (i, file) in found.fichiers.iter().enumerate() {
            progress.tick("Lecture", i as u64, total);
            if progress.cancelled() {
                return Err(Refus::new("interrompu", "relancer la commande"));
            }
            lecture.read_one(file, atelier.path(), &consigne, &mut recolte)?;
        }
        lecture.take(recolte);
        lecture.keep(entrees)?;
        lecture.documents = checks::rapprocher(&lecture.budget);
        if lecture.fichiers.is_empty() {
            return Err(lecture.nothing());
        }
        Ok(lecture)
    }

    /// Reads one file: an archive by its members, any other by the reader that recognises it best.
    fn read_one(
        &mut self,
        file: &Trouve,
        atelier: &Path,
        consigne: &Consigne<'_>,
        recolte: &mut Recolte,
    ) -> Result<(), Refus> {
        let head = match head(&file.chemin) {
            Ok(head) => head,
            Err(e) => return self.refuse(file, unreadable(&file.nom, &e)),
        };
        let source =
            Source { nom: &file.nom, chemin: &file.chemin, head: &head, nomme: file.nomme };
        if archive::is_archive(&source) {
            return match self.read_archive(file, atelier, consigne, recolte) {
                Err(refus) => self.refuse(file, refus),
                Ok(()) => Ok(()),
            };
        }
        self.read_file(&source, consigne, recolte).or_else(|refus| self.refuse(file, refus))
    }

    /// A file named on the command line stops the run; one of a folder is listed.
    fn refuse(&mut self, file: &Trouve, refus: Refus) -> Result<(), Refus> {
        if file.nomme {
            return Err(refus);
        }
        self.refuses.push((file.nom.clone(), refus));
        Ok(())
    }

    /// Reads the members of an archive, one at a time.
    fn read_archive(
        &mut self,
        file: &Trouve,
        atelier: &Path,
        consigne: &Consigne<'_>,
        recolte: &mut Recolte,
    ) -> Result<(), Refus> {
        let mut zip = Archive::open(&file.chemin, &file.nom)?;
        let contenu = zip.contenu(&NEVER, JOURNAL)?;
        let inside = |nom: &str| format!("{}!{nom}", file.nom);
        self.ignores.extend(contenu.laisses.iter().map(|(nom, why)| (inside(nom), why.clone())));
        let copy = atelier.join(MEMBER);
        for membre in &contenu.membres {
            if consigne.progress.cancelled() {
                return Err(Refus::new("interrompu", "relancer la commande"));
            }
            let nom = inside(&membre.nom);
            if let Err(refus) = zip.unpack(membre, &copy) {
                if zip.is_spent() {
                    return Err(refus);
                }
                self.refuses.push((nom, refus));
                continue;
            }
            let head = head(&copy).map_err(|e| unreadable(&nom, &e))?;
            let source = Source { nom: &nom, chemin: &copy, head: &head, nomme: false };
            if let Err(refus) = self.read_file(&source, consigne, recolte) {
                self.refuses.push((nom, refus));
            }
        }
        Ok(())
    }

    /// Reads one file by the reader that recognises it best.
    fn read_file(
        &mut self,
        source: &Source<'_>,
        consigne: &Consigne<'_>,
        recolte: &mut Recolte,
    ) -> Result<(), Refus> {
        let nom = source.nom;
        let Some((format, reconnu)) = format::recognise(source) else {
            if archive::is_packed(nom) && source.chemin.ends_with(MEMBER) {
                return Err(archive::nested(nom));
            }
            if source.nomme {
                return Err(Refus::new(
                    format!("aucun format reconnu pour « {nom} »"),
                    "voir « vigie formats » ; pour une table, « vigie lire FICHIER --deviner »",
                ));
            }
            let reason = "aucun lecteur ne reconnaît ce fichier";
            self.ignores.push((nom.to_owned(), reason.to_owned()));
            return Ok(());
        };
        match format.read(source, consigne, recolte)? {
            lu if lu.remarque.is_empty() => self.fichiers.push(FichierLu {
                nom: nom.to_owned(),
                format: lu.format,
                sha256: lu.sha256,
                raison: reconnu.raison,
            }),
            lu => self.ignores.push((nom.to_owned(), lu.remarque)),
        }
        Ok(())
    }

    /// Takes what the readers filled; one record found in several sources becomes one row.
    fn take(&mut self, recolte: Recolte) {
        self.budget = recolte.budget;
        self.contrats = recolte.contrats;
        self.issues = recolte.issues;
        self.ecritures = recolte.ecritures;
        if !recolte.ledgers.is_empty() {
            let hashes: Vec<String> = self.ecritures.iter().map(bytes_of).collect();
            let (mut ledger, conflits) = copies::gather(recolte.ledgers.finish(), &hashes);
            recolte.retours.date(&mut ledger);
            self.ledger = Some(ledger);
            self.conflits = conflits;
        }
    }

    /// Keeps the documents of one SIREN or one budget.
    fn keep(&mut self, entrees: &Entrees) -> Result<(), Refus> {
        let wanted = |siret: &str, label: &str, number: &str| {
            entrees.siren.as_ref().is_none_or(|s| siret.starts_with(s.as_str()))
                && entrees
                    .budget
                    .as_ref()
                    .is_none_or(|b| b.eq_ignore_ascii_case(label) || b == number || b == siret)
        };
        if self.budget.documents.is_empty() || (entrees.siren.is_none() && entrees.budget.is_none())
        {
            return Ok(());
        }
        let old = std::mem::take(&mut self.budget);
        let mut place = vec![None; old.documents.len()];
        for (i, document) in old.documents.into_iter().enumerate() {
            if wanted(&document.siret, &document.libelle_budget, &document.budget) {
                place[i] = Some(self.budget.documents.len() as u32);
                self.budget.documents.push(document);
            } else {
                self.ignores.push((document.fichier, "autre commune ou autre budget".to_owned()));
            }
        }
        for mut line in old.lignes {
            if let Some(new) = place[line.document as usize] {
                line.document = new;
                self.budget.lignes.push(line);
            }
        }
        if self.budget.documents.is_empty() {
            return Err(Refus::new(
                "aucun document ne correspond à --siren ou à --budget",
                "relancer sans ces options : « vigie lire » donne les SIRET et les budgets lus",
            ));
        }
        Ok(())
    }

    /// Why nothing could be read.
    fn nothing(&self) -> Refus {
        let ignored = self.ignores.iter().map(|(name, reason)| format!("{name} : {reason}"));
        if let ([(_, refus)], true) = (self.refuses.as_slice(), self.ignores.is_empty()) {
            return refus.clone();
        }
        let refused = self.refuses.iter().map(|(_, refus)| refus.quoi.clone());
        let seen: Vec<String> = refused.chain(ignored).take(5).collect();
        Refus::new(
            "aucun fichier lisible",
            "donner un budget en XML (TOTEM, CFU), un grand livre ou des mandats ; « vigie formats » donne la liste",
        )
        .with_extrait(seen.join("\n"))
    }

    /// The ledger, or a refusal that says what to give.
    ///
    /// # Errors
    /// No ledger among the inputs.
    pub fn need_ledger(&self) -> Result<&Ledger, Refus> {
        self.ledger.as_ref().filter(|l| !l.is_empty()).ok_or_else(|| {
            Refus::new(
                "aucun grand livre parmi les fichiers lus",
                "ajouter un export CSV des mandats, avec au moins un montant et une date",
            )
            .with_extrait(self.names())
        })
    }

    /// The budget documents, or a refusal that says what to give.
    ///
    /// # Errors
    /// No budget document among the inputs.
    pub fn need_budget(&self) -> Result<&BudgetFrame, Refus> {
        if self.budget.documents.is_empty() {
            return Err(Refus::new(
                "aucun document budgétaire parmi les fichiers lus",
                "ajouter les comptes administratifs ou CFU des années passées, en XML TOTEM",
            )
            .with_extrait(self.names()));
        }
        Ok(&self.budget)
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.fichiers.iter().take(5).map(|f| f.nom.as_str()).collect();
        format!("lu : {}", names.join(", "))
    }

    /// Exercices of the documents and of the ledger, ascending.
    pub fn exercices(&self) -> Vec<u16> {
        let documents = self.budget.documents.iter().map(|d| d.exercice);
        let ledger: BTreeSet<u16> =
            self.ledger.iter().flat_map(|l| l.exercice.iter().copied()).collect();
        let all: BTreeSet<u16> = documents.chain(ledger).filter(|y| *y > 0).collect();
        all.into_iter().collect()
    }

    /// Last exercice read; of the ledger when there is one, 0 without any.
    pub fn last_year(&self) -> u16 {
        let ledger = self.ledger.iter().flat_map(|l| l.exercice.iter().copied()).max();
        ledger.filter(|y| *y > 0).or(self.exercices().last().copied()).unwrap_or(0)
    }

    /// Labels of the budgets read, without repeat, in the order read.
    pub fn budgets(&self) -> Vec<String> {
        let mut seen = Vec::new();
        for document in &self.budget.documents {
            if !seen.contains(&document.libelle_budget) {
                seen.push(document.libelle_budget.clone());
            }
        }
        seen
    }

    /// Rows read, all files.
    pub fn lignes_lues(&self) -> u64 {
        self.budget.documents.iter().map(|d| d.lignes_lues).sum::<u64>()
            + self.ecritures.iter().map(|e| e.lignes_lues).sum::<u64>()
    }

    /// Rows set aside, all files.
    pub fn lignes_ecartees(&self) -> u64 {
        self.budget.documents.iter().map(|d| d.lignes_ecartees).sum::<u64>()
            + self.ecritures.iter().map(|e| e.lignes_ecartees).sum::<u64>()
    }

    /// Amount of the ledger rows set aside, when there is any.
    pub fn montant_ecarte(&self) -> Option<Centimes> {
        (self.lignes_ecartees() > 0)
            .then(|| super::livraison::clamp(self.ecritures.iter().map(|e| e.total_ecarte).sum()))
    }

    /// Every tie-out, as shown.
    pub fn rapprochements(&self) -> Vec<Rapprochement> {
        let documents = self.documents.iter().map(|d| (&d.fichier, &d.controles));
        let ledgers = self.ecritures.iter().map(|e| (&e.fichier, &e.controles));
        documents
            .chain(ledgers)
            .flat_map(|(name, checks)| checks.iter().map(|c| tie_out(name, c)))
            .collect()
    }

    /// Hashes of the inputs, in the order of their names.
    pub fn empreintes(&self) -> Vec<Empreinte> {
        self.fichiers
            .iter()
            .map(|f| Empreinte { chemin: f.nom.clone(), sha256: f.sha256.clone() })
            .collect()
    }

    /// What deserves a word on stderr.
    pub fn avertissements(&self) -> Vec<String> {
        let shown = self.refuses.iter().take(3);
        let mut out: Vec<String> =
            shown.map(|(_, refus)| format!("{refus}\n  le reste est lu")).collect();
        if let Some(more) = self.refuses.len().checked_sub(3).filter(|n| *n > 0) {
            out.push(format!(
                "{more} autres fichiers non lus\n  à faire : voir la liste et les raisons dans lecture.html"
            ));
        }
        let mut seen = BTreeSet::new();
        for issue in self.issues.iter().filter(|i| i.severity == Severity::Ecartee) {
            let key = (issue.fichier.clone(), issue.colonne.clone(), issue.raison.clone());
            if seen.insert(key) && seen.len() <= 3 {
                out.push(set_aside(issue));
            }
        }
        out
    }
}

/// What tells sources of the same bytes: the hash of the file, and the sheet in a workbook.
fn bytes_of(source: &EcrituresLues) -> String {
    let inside = archive::member_of(&source.fichier);
    let sheet = inside.split_once('!').map_or("", |(_, sheet)| sheet);
    if source.sha256.is_empty() { String::new() } else { format!("{}!{sheet}", source.sha256) }
}

/// A row set aside, in three parts.
fn set_aside(issue: &Issue) -> String {
    let column = match issue.colonne.as_str() {
        "" => String::new(),
        name => format!(", colonne « {name} »"),
    };
    let value = match issue.valeur.as_str() {
        "" => String::new(),
        value => format!("« {value} » "),
    };
    format!(
        "{}, enregistrement {}{column} : {value}{}\n  ligne mise de côté, voir lignes_douteuses.csv\n  à faire : {}",
        issue.fichier, issue.enregistrement, issue.raison, issue.a_faire
    )
}

/// Refuses what is neither a SIREN nor a SIRET.
fn check_siren(siren: &str) -> Result<(), Refus> {
    let digits = siren.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(siren.len(), 9 | 14) {
        return Ok(());
    }
    Err(Refus::new(
        format!("« {siren} » n’est pas un SIREN"),
        "écrire les 9 chiffres du SIREN (ou les 14 du SIRET) après --siren, sans espace",
    ))
}

/// Reads a `correspondance.toml`.
fn read_mapping(path: &Path) -> Result<Mapping, Refus> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| unreadable(&name, &e))?;
    Mapping::parse(&text, &name)
}
