//! `vigie demo`: writes the fictitious commune, then runs everything on it.
//!
//! **Invariant:** the answer key is written beside the data and never read.

use crate::demo;
use crate::domain::progress::Progress;
use crate::domain::refus::Refus;
use crate::report::{Page, fr};

use super::audit::{self, Selection};
use super::config::{self, Config};
use super::entrees::{Entrees, Lecture};
use super::livraison::{self, Livraison};
use super::preparation::{self, Choix};
use super::scan::scan;
use super::seuils::Seuils;
use super::sortie::{self, JOURNAL, Sortie};
use super::{Bilan, lire, synthese};

/// What to fabricate.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Rows of the ledger.
    pub lignes: u64,
    /// Only the data, no report.
    pub donnees_seules: bool,
    /// Plant irregularities.
    pub irregularites: bool,
}

/// Writes the demo: data, answer key and, unless told otherwise, the reports.
///
/// # Errors
/// The folder cannot be written.
pub fn run(config: &Config, plan: &Plan, progress: &dyn Progress) -> Result<Bilan, Refus> {
    let mut config = config.clone();
    config.sortie.get_or_insert_with(|| "demo".into());
    let sortie = config.sortie("demo")?;
    let written = demo::write(&request(&config, plan), &sortie.path("")?, progress)
        .map_err(|refus| sortie.in_words(refus))?;
    if written.interrompu {
        return Err(Refus::new("interrompu", "relancer la commande"));
    }
    let mut bilan = Bilan::default();
    let size = format!(
        "{}, {}, exercices {} à {}",
        fr::compte(written.fichiers.len() as u64, "fichier", "fichiers"),
        fr::compte(written.ecritures, "écriture", "écritures"),
        written.exercices.0,
        written.exercices.1,
    );
    bilan.lignes.push(("Fabriqué", size));
    let folder = sortie.nom().display().to_string();
    bilan.json = livraison::object(
        "demo",
        &folder,
        serde_json::json!({"ecritures": written.ecritures, "irregularites": written.irregularites,
            "sosies": written.sosies, "population": written.population}),
    );
    if plan.donnees_seules {
        let settings = [("graine".to_owned(), config.graine.to_string())];
        let text = sortie::journal(&config.commande, &settings, &[]);
        sortie.write(JOURNAL, text.as_bytes())?;
        bilan.lignes.push(("Écrit", format!("{folder}/donnees, verite.csv")));
        bilan.lignes.push(("Suite", format!("vigie rapport audit {folder}/donnees")));
    } else {
        let typed = sortie.path("vigie.toml")?;
        if config.chemin.is_none() && typed.is_file() {
            config.fichier = config::read(&typed)?;
        }
        reports(&config, &sortie, &mut bilan, progress)?;
        bilan.lignes.push((
            "Écrit",
            format!("{folder}/preparation.html, audit.html, synthese.html, lecture.html, donnees"),
        ));
        bilan
            .lignes
            .push(("Suite", format!("ouvrir {folder}/preparation.html et {folder}/audit.html")));
    }
    sortie.deliver(bilan)
}

fn request(config: &Config, plan: &Plan) -> demo::Plan {
    demo::Plan {
        seed: config.graine,
        lignes: plan.lignes,
        exercices: demo::DEFAULT_EXERCICES,
        irregularites: plan.irregularites,
        today: config.date,
    }
}

/// Reads the data just written and draws the four pages from one object.
fn reports(
    config: &Config,
    sortie: &Sortie,
    bilan: &mut Bilan,
    progress: &dyn Progress,
) -> Result<(), Refus> {
    let entrees = Entrees { chemins: vec![sortie.path("donnees")?], ..Entrees::default() };
    let mut lecture = Lecture::read(&entrees, progress)?;
    let seuils = Seuils::resolve(config)?;
    let all = Selection::parse(None, None)?;
    let found = scan(&lecture, &all, &seuils, progress)?;
    lecture.masquer(config);
    let choix = Choix { horizon: 3, ..Choix::default() };
    let (prevision, prepared) = preparation::object(config, &lecture, &choix, progress)?;
    let mut livraison = Livraison::new(config, &lecture, sortie);
    let year = prevision.lignes.first().map_or(0, |l| l.exercice);
    livraison.rapport.lecture = Some(lire::page(&lecture));
    let commune = &livraison.rapport.commune;
    let two_pages = synthese::build(&lecture, &prevision, &prepared, commune);
    livraison.rapport.synthese = Some(two_pages);
    livraison.rapport.preparation = Some(prepared);
    livraison.rapport.audit = Some(audit::build(&lecture, &found, &all, &seuils)?);
    progress.tick("Écriture", 0, 0);
    livraison.rapport.exercice = year;
    livraison.page(Page::Preparation)?;
    livraison.page(Page::Synthese)?;
    livraison.rapport.exercice = lecture.last_year();
    livraison.page(Page::Audit)?;
    livraison.page(Page::Lecture)?;
    bilan.lignes.push(("Lu", livraison::read_line(&lecture)));
    if let Some(audit) = &livraison.rapport.audit {
        let count = &audit.decompte;
        bilan.constats = [count.prioritaires, count.a_verifier, count.informations];
        bilan.lignes.push(("Trouvé", audit::found(count)));
    }
    bilan.lignes_douteuses = lecture.lignes_ecartees();
    livraison.finish(&lecture)
}
