//! The inputs of a run: arguments to files, files to formats, formats to frames.
//!
//! A file named on the command line must be readable or the run is refused; inside a folder, what no
//! reader knows is listed and left alone. Result folders and answer keys are never read back.
//!
//! **Invariant:** every file found is listed with what became of it; none is left out silently.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::domain::free_text::Noms;
use crate::domain::money::Centimes;
use crate::domain::nomenclature::nomenclature;
use crate::domain::progress::Progress;
use crate::domain::pseudonym::{Cle, SANS_CLE};
use crate::domain::refus::{Refus, cause};
use crate::frames::budget::BudgetFrame;
use crate::frames::checks::{self, DocumentRapproche};
use crate::frames::contract::ContractFrame;
use crate::frames::copies::{self, Conflit, Recoupement};
use crate::frames::issue::{Issue, Severity};
use crate::frames::ledger::Ledger;
use crate::frames::mask::Masque;
use crate::frames::open_table::TableLue;
use crate::frames::precedence;
use crate::frames::reconcile::EcrituresLues;
use crate::frames::reference::ReferenceFrame;
use crate::frames::subvention::SubventionFrame;
use crate::ingest::archive::{self, Archive};
use crate::ingest::format::{self, Consigne, Recolte, Source};
use crate::ingest::mapped::mapping::Mapping;
use crate::ingest::sniff::unreadable;
use crate::report::fr;
use crate::report::model::lecture::Rapprochement;

use super::chemins;
use super::config::Config;
use super::livraison::tie_out;
use super::recherche::{self, NEVER, Recherche, Trouve, head};
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
    /// Gap of a balance accepted, centimes.
    pub tolerance: i64,
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

/// A file of a folder, before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apercu {
    /// Path relative to the folder.
    pub nom: String,
    /// Format recognised, when any.
    pub format: Option<&'static str>,
    /// Title of the format, French; empty when none is.
    pub titre: &'static str,
    /// Why, French.
    pub raison: String,
}

/// The files below a folder, each with the format its first bytes tell.
///
/// # Errors
/// A folder that cannot be listed.
pub fn apercus(dossier: &Path) -> Result<Vec<Apercu>, Refus> {
    let found = recherche::folder(dossier)?;
    let left = found.laisses.into_iter();
    let refused = found.refuses.into_iter().map(|(nom, refus)| (nom, refus.quoi));
    let left =
        left.chain(refused).map(|(nom, raison)| Apercu { nom, format: None, titre: "", raison });
    let mut seen: Vec<Apercu> = found.fichiers.into_iter().map(apercu).chain(left).collect();
    seen.sort_by(|a, b| a.nom.cmp(&b.nom));
    Ok(seen)
}

fn apercu(file: Trouve) -> Apercu {
    let head = match head(&file.chemin) {
        Ok(head) => head,
        Err(e) => {
            let raison = format!("illisible : {}", cause(&e));
            return Apercu { nom: file.nom, format: None, titre: "", raison };
        }
    };
    let source = Source { nom: &file.nom, chemin: &file.chemin, head: &head, nomme: false };
    if archive::is_archive(&source) {
        let raison = "archive : chacun de ses fichiers est lu".to_owned();
        let titre = "archive de plusieurs fichiers";
        return Apercu { nom: file.nom, format: Some("archive"), titre, raison };
    }
    let (format, titre, raison) = match format::recognise(&source) {
        Some((format, known)) => (Some(format.nom()), format.titre(), known.raison),
        None => (None, "", "aucun lecteur ne reconnaît ce fichier".to_owned()),
    };
    Apercu { nom: file.nom, format, titre, raison }
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
    /// Invoices that no mandat pays, when there are mandats.
    pub factures: Option<Ledger>,
    /// Counts of each ledger file.
    pub ecritures: Vec<EcrituresLues>,
    /// Contracts.
    pub contrats: ContractFrame,
    /// Figures published about communes.
    pub references: ReferenceFrame,
    /// Grants given.
    pub subventions: SubventionFrame,
    /// Counts of the returns and acknowledgements of the comptable.
    pub retours: Vec<TableLue>,
    /// Doubtful rows and files.
    pub issues: Vec<Issue>,
    /// Records of several files that differ by their amount.
    pub conflits: Vec<Conflit>,
    /// Rows of a file that are records of another, by pair of files.
    pub recoupements: Vec<Recoupement>,
    /// Files left alone: name and reason.
    pub ignores: Vec<(String, String)>,
    /// Files of a folder that were refused: name and refusal.
    pub refuses: Vec<(String, Refus)>,
    /// Natural persons found, once [`Lecture::masquer`] was called.
    masque: Option<Masque>,
    /// Names are shown, at the request of the authorised reviewer.
    nominatif: bool,
}

/// Two extracts that may overlap, which no number of mandat settles.
fn overlapping((one, other, rows): &(String, String, u64)) -> Issue {
    Issue {
        severity: Severity::Attention,
        fichier: other.clone(),
        enregistrement: 0,
        colonne: String::new(),
        valeur: String::new(),
        raison: format!(
            "{rows} lignes aussi dans {one}, sans numéro de mandat : comptées dans les deux fichiers"
        ),
        a_faire: "si les extraits se recouvrent, les redonner avec le numéro de mandat, ou sans recouvrement"
            .to_owned(),
    }
}

impl Lecture {
    /// Reads all the inputs.
    ///
    /// # Errors
    /// A file named on the command line that cannot be read, or nothing usable at all.
    pub fn read(entrees: &Entrees, progress: &dyn Progress) -> Result<Self, Refus> {
        let atelier = workshop()?;
        let found = recherche::find(&entrees.chemins, atelier.path())?;
        Self::read_found(&found, atelier.path(), entrees, progress).map(|(lecture, _)| lecture)
    }

    /// Reads the files found; gives also the SIRENs that each of them speaks for. Members of archives are
    /// unpacked in `atelier`, one at a time.
    pub(super) fn read_found(
        found: &Recherche,
        atelier: &Path,
        entrees: &Entrees,
        progress: &dyn Progress,
    ) -> Result<(Self, Vec<BTreeSet<String>>), Refus> {
        if let Some(siren) = &entrees.siren {
            check_siren(siren)?;
        }
        let mapping = entrees.correspondance.as_deref().map(read_mapping).transpose()?;
        let consigne = Consigne {
            correspondance: mapping.as_ref(),
            siren: entrees.siren.as_deref(),
            tolerance: entrees.tolerance,
            progress,
        };
        let mut lecture = Self::default();
        let mut recolte = Recolte::default();
        lecture.ignores.clone_from(&found.laisses);
        lecture.refuses.clone_from(&found.refuses);
        recolte.ledgers.ask(entrees.siren.as_deref().unwrap_or_default());
        let mut sirens = Vec::with_capacity(found.fichiers.len());
        let total = found.fichiers.len() as u64;
        for (i, file) in found.fichiers.iter().enumerate() {
            progress.file(&file.nom, i as u64 + 1, total);
            progress.tick("Lecture", i as u64, total);
            if progress.cancelled() {
                return Err(Refus::new("interrompu", "relancer la commande"));
            }
            let before = (recolte.budget.documents.len(), recolte.ecritures.len());
            lecture.read_one(file, atelier, &consigne, &mut recolte)?;
            sirens.push(spoken_for(&recolte, before));
        }
        lecture.take(recolte);
        precedence::identify(&mut lecture.budget);
        lecture.keep(entrees)?;
        lecture.one_source();
        if lecture.fichiers.is_empty() {
            return Err(lecture.nothing());
        }
        Ok((lecture, sirens))
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
        self.references = recolte.references;
        self.subventions = recolte.subventions;
        self.retours.clone_from(&recolte.retours.lues);
        self.issues = recolte.issues;
        self.ecritures = recolte.ecritures;
        if !recolte.ledgers.is_empty() {
            let hashes: Vec<String> = self.ecritures.iter().map(bytes_of).collect();
            let mut reunion = copies::gather(recolte.ledgers.finish(), &hashes);
            recolte.retours.date(&mut reunion.ledger);
            self.ledger = Some(reunion.ledger);
            self.factures = reunion.factures;
            self.conflits = reunion.conflits;
            self.recoupements = reunion.recoupements;
            self.issues.extend(reunion.semblables.iter().map(overlapping));
        }
    }

    /// One source for each budget, exercice and stage; all are tied out and listed.
    fn one_source(&mut self) {
        let left = precedence::replaced(&mut self.budget);
        self.documents = checks::rapprocher(&self.budget);
        self.budget.retain(|i, _| !left.iter().any(|(place, _)| *place == i));
        self.issues.extend(left.into_iter().map(|(_, issue)| issue));
    }

    /// Keeps the documents of one SIREN or one budget.
    fn keep(&mut self, entrees: &Entrees) -> Result<(), Refus> {
        // `--siren` also takes the INSEE code, which some published tables have alone
        let wanted = |siret: &str, insee: &str, label: &str, number: &str| {
            let asked = entrees.siren.as_deref();
            asked.is_none_or(|s| {
                siret.is_empty() || siret.starts_with(s) || (!insee.is_empty() && insee == s)
            }) && entrees
                .budget
                .as_ref()
                .is_none_or(|b| b.eq_ignore_ascii_case(label) || b == number || b == siret)
        };
        if self.budget.documents.is_empty() || (entrees.siren.is_none() && entrees.budget.is_none())
        {
            return Ok(());
        }
        let left =
            self.budget.retain(|_, d| wanted(&d.siret, &d.insee, &d.libelle_budget, &d.budget));
        for document in left {
            self.ignores.push((document.fichier, "autre commune ou autre budget".to_owned()));
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

    /// The ledger when it holds mandats or titres: invoices alone are no payments.
    pub fn payments(&self) -> Option<&Ledger> {
        self.ledger.as_ref().filter(|l| !l.is_invoices())
    }

    /// Invoices that no mandat pays; all of them when nothing else was read.
    pub fn unpaid(&self) -> Option<&Ledger> {
        self.factures.as_ref().or(self.ledger.as_ref().filter(|l| l.is_invoices()))
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
        if !self.budget.documents.is_empty() {
            return Ok(&self.budget);
        }
        let refus = if self.references.lues.is_empty() {
            Refus::new(
                "aucun document budgétaire parmi les fichiers lus",
                "ajouter les comptes administratifs ou CFU des années passées, en XML TOTEM",
            )
        } else {
            // a few aggregates, rounded: no account, no chapitre, nothing that adds up to a budget
            Refus::new(
                "des agrégats publiés (DGFiP, OFGL) ne donnent pas les comptes un par un",
                "ajouter les balances comptables des mêmes exercices (data.economie.gouv.fr, voir « vigie \
                 formats balance »), ou les comptes administratifs en XML TOTEM",
            )
        };
        Err(refus.with_extrait(self.names()))
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
        let published = || self.references.lignes.iter().map(|l| l.exercice).max();
        ledger
            .filter(|y| *y > 0)
            .or(self.exercices().last().copied())
            .or_else(published)
            .unwrap_or(0)
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
        self.documents.iter().map(|d| d.lignes_lues).sum::<u64>()
            + self.ecritures.iter().map(|e| e.lignes_lues).sum::<u64>()
            + self.tables().map(|t| t.lignes_lues).sum::<u64>()
    }

    /// Rows set aside, all files.
    pub fn lignes_ecartees(&self) -> u64 {
        self.documents.iter().map(|d| d.lignes_ecartees).sum::<u64>()
            + self.ecritures.iter().map(|e| e.lignes_ecartees).sum::<u64>()
            + self.tables().map(|t| t.lignes_ecartees).sum::<u64>()
    }

    /// Counts of the files that are neither ledgers nor budgets: references, grants, returns, contracts.
    pub fn tables(&self) -> impl Iterator<Item = TableLue> {
        let contracts = self.contrats.sources.iter().map(|c| TableLue {
            fichier: c.fichier.clone(),
            format: c.format.clone(),
            sha256: c.sha256.clone(),
            lignes_lues: c.lus,
            lignes_retenues: c.retenus,
            lignes_ecartees: c.ecartes,
            ..TableLue::default()
        });
        let others = self.references.lues.iter().chain(&self.subventions.lues).chain(&self.retours);
        others.cloned().chain(contracts)
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
        let references = &self.references;
        let published = references.controles.iter().filter_map(|(i, c)| {
            references.lues.get(*i as usize).map(|lue| tie_out(&lue.fichier, c))
        });
        documents
            .chain(ledgers)
            .flat_map(|(name, checks)| checks.iter().map(|c| tie_out(name, c)))
            .chain(published)
            .collect()
    }

    /// Masks natural persons and IBANs in everything that may be written: to be called after detection
    /// and before any result. With `--nominatif`, persons are only recognised, for images.
    pub fn masquer(&mut self, config: &Config) {
        let vie_privee = &config.fichier.vie_privee;
        let cle = vie_privee.cle.as_deref().map(Cle::new);
        let known = config.fichier.personne.iter();
        let mut connus: Vec<String> = known.map(|p| format!("{} {}", p.nom, p.prenom)).collect();
        let norms = norms(&self.budget);
        let norme = |exercice: u16| norms.get(&exercice).copied().flatten();
        let study = |ledger: &Ledger, connus: &[String]| {
            Masque::study(ledger, Noms::new(cle.clone()), connus, &norme)
        };
        let empty = Ledger::default();
        let mut masque = study(self.ledger.as_ref().unwrap_or(&empty), &connus);
        // A person told by a mandat or by an invoice is one everywhere.
        let unpaid = self.factures.as_ref().map(|factures| {
            connus.extend(masque.persons());
            let of_invoices = study(factures, &connus);
            let more = of_invoices.persons();
            if more.iter().any(|name| !connus.contains(name)) {
                connus.extend(more);
                masque = study(self.ledger.as_ref().unwrap_or(&empty), &connus);
            }
            of_invoices
        });
        self.nominatif = config.nominatif;
        if !self.nominatif {
            if let Some(ledger) = &mut self.ledger {
                masque.apply(ledger);
            }
            if let (Some(factures), Some(unpaid)) = (&mut self.factures, unpaid) {
                unpaid.apply(factures);
            }
            self.budget.annexes.masquer(&|text| masque.text(text));
            mask_lines(&mut self.budget, &masque);
            self.subventions
                .masquer(&|text| masque.text(text), &|name, text| masque.beneficiary(name, text));
            let budgets: BTreeSet<&str> =
                self.budget.documents.iter().map(|d| d.fichier.as_str()).collect();
            for issue in &mut self.issues {
                // several sheets of one workbook are one document
                let file = issue.fichier.rsplit_once('!').map_or("", |(file, _)| file);
                let of_budget = [issue.fichier.as_str(), file].iter().any(|f| budgets.contains(f));
                let row = issue.enregistrement > 0 && !of_budget;
                issue.valeur =
                    if row { masque.value(&issue.valeur) } else { masque.text(&issue.valeur) };
                issue.raison = masque.text(&issue.raison);
            }
            for (_, refus) in &mut self.refuses {
                *refus = masked_refus(&masque, refus);
            }
            for (_, raison) in &mut self.ignores {
                *raison = masque.text(raison);
            }
            chemins::masquer(self, &masque);
        }
        self.masque = Some(masque);
    }

    /// True once natural persons were masked, or shown on purpose.
    pub fn est_masquee(&self) -> bool {
        self.masque.is_some()
    }

    /// A sentence about some rows, as it may be written.
    pub fn phrase(&self, rows: &[u32], text: &str) -> String {
        let masque = self.masque.as_ref().filter(|_| !self.nominatif);
        masque.map_or_else(|| text.to_owned(), |m| m.about(rows, text))
    }

    /// True with `--nominatif`: persons are named on the pages, never on the images.
    pub fn nominatif(&self) -> bool {
        self.nominatif
    }

    /// A sentence about some rows, as an image may write it.
    pub fn image(&self, rows: &[u32], text: &str) -> String {
        self.masque.as_ref().map_or_else(|| text.to_owned(), |m| m.about(rows, text))
    }

    /// What an image writes for the payee of a row when it is a natural person.
    pub fn etiquette(&self, row: usize) -> Option<&str> {
        self.masque.as_ref()?.label(row)
    }

    /// What was masked, when something was; how to get pseudonyms when there is no key.
    fn masked_words(&self) -> Option<String> {
        let masque = self.masque.as_ref().filter(|m| !self.nominatif && m.count() > 0)?;
        (!masque.has_key()).then(|| {
            format!(
                "{} sans pseudonyme, faute de clé : « {SANS_CLE} » les remplace toutes\n  \
                 à faire : lancer « vigie init » près des fichiers ; il tire la clé de [vie_privee]",
                fr::compte(masque.count(), "personne physique masquée", "personnes physiques masquées")
            )
        })
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
        out.extend(self.masked_words());
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

/// Labels of budget lines and the columns kept as they are.
fn mask_lines(budget: &mut BudgetFrame, masque: &Masque) {
    for line in &mut budget.lignes {
        if let Some(clean) = masque.noms().scrub(&line.libelle) {
            line.libelle = clean;
        }
    }
    for column in &mut budget.extras {
        column.rewrite(&[], 0, &|text| masque.noms().scrub(text), &|_, text| text.to_owned());
    }
}

/// A refusal without the names of persons.
fn masked_refus(masque: &Masque, refus: &Refus) -> Refus {
    let mut masked = refus.clone();
    masked.quoi = masque.text(&masked.quoi);
    masked.extrait = masque.text(&masked.extrait);
    masked
}

/// Norm of each exercice, when its documents agree.
fn norms(budget: &BudgetFrame) -> BTreeMap<u16, Option<&'static str>> {
    let mut out: BTreeMap<u16, Option<&'static str>> = BTreeMap::new();
    for document in &budget.documents {
        let Some(found) = nomenclature(&document.nomenclature) else { continue };
        let norm = found.plan.norme();
        let kept = out.entry(document.exercice).or_insert(Some(norm));
        *kept = kept.filter(|k| *k == norm);
    }
    out
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

/// Where what comes by standard input is put while it is read.
pub(super) fn workshop() -> Result<tempfile::TempDir, Refus> {
    let named = tempfile::Builder::new().prefix(&super::sortie::prefixe()).tempdir();
    named.map_err(|e| unreadable("-", &e))
}

/// SIRENs of the documents and of the ledgers read since `before`, where they say one.
fn spoken_for(recolte: &Recolte, before: (usize, usize)) -> BTreeSet<String> {
    let documents = recolte.budget.documents[before.0..].iter().map(|d| d.siret.as_str());
    let read = &recolte.ecritures[before.1..];
    let ledgers = read.iter().map(|e| e.siret.as_str());
    let told = read.iter().flat_map(|e| e.communes.iter().map(String::as_str));
    let sirens = documents.chain(ledgers).chain(told).filter_map(|siret| siret.get(..9));
    sirens.filter(|s| s.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned).collect()
}

/// Refuses what is neither a SIREN, nor a SIRET, nor the INSEE code of a commune.
fn check_siren(siren: &str) -> Result<(), Refus> {
    let digits = siren.bytes().all(|b| b.is_ascii_digit());
    let insee = siren.len() == 5 && siren.bytes().all(|b| b.is_ascii_alphanumeric());
    if insee || (digits && matches!(siren.len(), 9 | 14)) {
        return Ok(());
    }
    Err(Refus::new(
        format!("« {siren} » n’est pas un SIREN"),
        "écrire après --siren les 9 chiffres du SIREN, les 14 du SIRET ou les 5 signes du code INSEE, sans espace",
    ))
}

/// Reads a `correspondance.toml`.
fn read_mapping(path: &Path) -> Result<Mapping, Refus> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|e| unreadable(&name, &e))?;
    Mapping::parse(&super::config::typed(&bytes), &name)
}
