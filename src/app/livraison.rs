//! What every result folder holds: the report object, doubtful rows, journal.
//!
//! **Invariant:** `journal.txt` is written last and holds no duration, so that the same inputs give the
//! same bytes.

use serde_json::json;

use crate::budget::Prevision;
use crate::domain::calendar::civil;
use crate::domain::refus::Refus;
use crate::frames::issue::Issue;
use crate::report::model::lecture::{Qualite, Rapprochement, Remarque};
use crate::report::{self, Commune, Page, Parametre, Rapport, fr};

use super::config::Config;
use super::entrees::Lecture;
use super::lisez_moi;
use super::sortie::{self, JOURNAL, Sortie};

/// Doubtful rows shown in a page; all of them are in `lignes_douteuses.csv`.
const REMARQUES: usize = 200;

/// A result folder and the report object it is drawn from.
pub struct Livraison<'a> {
    /// Where files are written.
    pub sortie: &'a Sortie,
    /// The object every page is drawn from.
    pub rapport: Rapport,
    /// Last hash of the journal of the review, when there is one.
    pub empreinte_revue: Option<String>,
    config: &'a Config,
}

impl<'a> Livraison<'a> {
    /// The report object with everything that does not depend on the use case.
    ///
    /// # Panics
    /// Persons were not masked: a mistake of the use case, never of its input.
    pub fn new(config: &'a Config, lecture: &Lecture, sortie: &'a Sortie) -> Self {
        assert!(lecture.est_masquee(), "persons are masked before anything is written");
        let rapport = Rapport {
            schema: report::SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commune: commune(config, lecture),
            exercice: lecture.last_year(),
            budgets: lecture.budgets(),
            date: config.date.to_string(),
            empreinte: sortie::fingerprint(&lecture.empreintes()),
            commande: lecture.phrase(&[], &config.commande),
            graine: config.graine,
            parametres: parameters(config, lecture),
            qualite: quality(lecture),
            lecture: None,
            preparation: None,
            audit: None,
            synthese: None,
            echantillon: None,
        };
        Self { sortie, rapport, empreinte_revue: None, config }
    }

    /// Names the principal budget before the others.
    pub(super) fn principal_first(&mut self, lecture: &Lecture, prevision: &Prevision) {
        let Some(first) = super::preparation::principal(prevision) else { return };
        let mut read = lecture.budget.documents.iter();
        let ours = read.find(|d| d.siret == first.siret && d.budget == first.code);
        let name = ours.map(|d| d.libelle_budget.as_str());
        self.rapport.budgets.sort_by_key(|b| Some(b.as_str()) != name);
    }

    /// Writes one file.
    ///
    /// # Errors
    /// Disk full or no right.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Refus> {
        self.sortie.write(name, bytes)
    }

    /// Writes all the files of a page.
    ///
    /// # Errors
    /// A page cannot be drawn or written.
    pub fn page(&self, page: Page) -> Result<(), Refus> {
        for file in report::rendre(&self.rapport, page)? {
            self.write(&file.nom, &file.octets)?;
        }
        Ok(())
    }

    /// Writes the doubtful rows, then the journal that marks the folder as ours.
    ///
    /// # Errors
    /// Disk full or no right.
    pub fn finish(&self, lecture: &Lecture) -> Result<(), Refus> {
        self.write(
            "lignes_douteuses.csv",
            &report::csv::douteuses(
                &lecture.issues.iter().map(Remarque::from).collect::<Vec<_>>(),
            )?,
        )?;
        let mut there = self.sortie.written();
        there.push(JOURNAL.to_owned());
        self.write(lisez_moi::FICHIER, lisez_moi::text(&there).as_bytes())?;
        let mut settings = vec![
            ("date".to_owned(), self.config.date.to_string()),
            ("graine".to_owned(), self.config.graine.to_string()),
        ];
        settings.extend(self.rapport.parametres.iter().map(|p| (p.nom.clone(), p.valeur.clone())));
        settings.extend(self.empreinte_revue.iter().map(|h| ("revue".to_owned(), h.clone())));
        let text = sortie::journal(&self.rapport.commande, &settings, &lecture.empreintes());
        // Names of files may be those of persons.
        self.write(JOURNAL, lecture.phrase(&[], &text).as_bytes())
    }
}

/// One line that says what was read.
pub fn read_line(lecture: &Lecture) -> String {
    let years = lecture.exercices();
    let span = match (years.first(), years.last()) {
        (Some(a), Some(b)) if a != b => format!(", exercices {a} à {b}"),
        (Some(a), _) => format!(", exercice {a}"),
        _ => String::new(),
    };
    let aside = match lecture.lignes_ecartees() {
        0 => String::new(),
        n => format!(
            " ({}, voir lignes_douteuses.csv)",
            fr::compte(n, "ligne mise de côté", "lignes mises de côté")
        ),
    };
    format!(
        "{}, {}{span}{aside}",
        fr::compte(lecture.fichiers.len() as u64, "fichier", "fichiers"),
        fr::compte(lecture.lignes_lues(), "ligne", "lignes"),
    )
}

/// Files left unread, for the terminal: the first ones by name.
pub fn left_line(lecture: &Lecture) -> Option<(&'static str, String)> {
    let ignored = lecture.ignores.iter().map(|(name, _)| name);
    let names: Vec<&String> = ignored.chain(lecture.refuses.iter().map(|(name, _)| name)).collect();
    let first: Vec<String> = names.iter().take(3).map(|n| format!("« {n} »")).collect();
    let more = if names.len() > first.len() { "…" } else { "" };
    (!names.is_empty()).then(|| {
        let count = fr::compte(names.len() as u64, "fichier non lu", "fichiers non lus");
        ("Laissé", format!("{count} ({}{more}) : « vigie lire » dit pourquoi", first.join(", ")))
    })
}

fn commune(config: &Config, lecture: &Lecture) -> Commune {
    let typed = &config.fichier.commune;
    let documents = &lecture.budget.documents;
    // A workbook names no commune: the first document that does, speaks for all.
    let read = |pick: fn(&crate::frames::budget::Document) -> String| {
        documents.iter().map(pick).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let counted = documents.iter().filter(|d| d.population.is_some());
    let latest = counted.max_by_key(|d| d.exercice).and_then(|d| d.population);
    let or =
        |text: &str, fallback: String| if text.is_empty() { fallback } else { text.to_owned() };
    let nom = or(&typed.nom, read(|d| d.collectivite.clone()));
    Commune {
        nom: or(&nom, "commune sans nom".to_owned()),
        siren: or(&typed.siren, read(|d| d.siret.chars().take(9).collect())),
        population: typed.population.or(latest),
        strate: Some(typed.strate.clone()).filter(|s| !s.is_empty()),
    }
}

/// Settings that differ from the defaults, with where they come from.
fn parameters(config: &Config, lecture: &Lecture) -> Vec<Parametre> {
    let from_file = config.fichier.controles.iter().flat_map(|(code, table)| {
        table.iter().map(move |(name, value)| Parametre {
            nom: format!("{code}.{name}"),
            valeur: lecture.phrase(&[], &value.to_string()),
            origine: "vigie.toml".to_owned(),
        })
    });
    from_file.collect()
}

fn quality(lecture: &Lecture) -> Qualite {
    let ledger = lecture.ledger.as_ref();
    let days = ledger.into_iter().flat_map(|l| (0..l.len()).map(|r| l.day(r)));
    let days = days.filter(|d| civil(*d).is_some());
    let (first, last) = days.fold((i32::MAX, i32::MIN), |(a, b), d| (a.min(d), b.max(d)));
    let iso = |d| civil(d).filter(|_| first <= last).map(|d| d.to_string());
    Qualite {
        fichiers: lecture.fichiers.len() as u64,
        lignes_lues: lecture.lignes_lues(),
        lignes_retenues: lecture.lignes_lues() - lecture.lignes_ecartees(),
        lignes_ecartees: lecture.lignes_ecartees(),
        montant_ecarte: lecture.montant_ecarte(),
        exercices: lecture.exercices(),
        debut: iso(first),
        fin: iso(last),
        rapprochements: lecture.rapprochements(),
        remarques: shown(&lecture.issues),
        remarques_total: lecture.issues.len() as u64,
    }
}

/// The gravest issues first, in the order read.
fn shown(issues: &[Issue]) -> Vec<Remarque> {
    let mut sorted: Vec<&Issue> = issues.iter().collect();
    sorted.sort_by_key(|i| std::cmp::Reverse(i.severity));
    sorted.into_iter().take(REMARQUES).map(Remarque::from).collect()
}

/// A tie-out of a document, as shown.
pub fn tie_out(document: &str, check: &crate::frames::checks::Controle) -> Rapprochement {
    use crate::domain::money::Centimes;
    Rapprochement {
        code: if document.is_empty() {
            check.libelle.clone()
        } else {
            format!("{document} : {}", check.libelle)
        },
        attendu: Centimes(check.attendu),
        obtenu: Centimes(check.obtenu),
        ecart: Centimes(check.ecart),
        ok: check.ok,
        statut: check.statut().to_owned(),
    }
}

/// A sum that may exceed what centimes hold, clamped for display; `rapprochement.json` has it exact.
pub fn clamp(total: i128) -> crate::domain::money::Centimes {
    crate::domain::money::Centimes(total.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
}

/// The object of `--json` for a use case.
pub fn object(command: &str, folder: &str, more: serde_json::Value) -> serde_json::Value {
    let mut object = json!({"schema": report::SCHEMA, "commande": command, "dossier": folder});
    if let (Some(map), serde_json::Value::Object(extra)) = (object.as_object_mut(), more) {
        map.extend(extra);
    }
    object
}
