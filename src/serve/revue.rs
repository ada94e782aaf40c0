//! Decisions on the findings of an audit, one form a finding.
//!
//! **Invariant:** a decision is written by the same use case as `vigie revue ajouter`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::atelier::{self, ConstatVu};
use crate::app::revue::{self, Ajout, Demande, Journal};
use crate::app::sortie;
use crate::domain::decision::{Decision, Lignes, Portee, in_force, on_records};
use crate::domain::refus::Refus;

use super::etat::{Etat, held};
use super::mots;
use super::pages::{self, Cadre};

/// Findings on one page.
const PAR_PAGE: usize = 25;

#[derive(Deserialize)]
pub(super) struct Choix {
    #[serde(default)]
    audit: String,
    #[serde(default)]
    page: usize,
    #[serde(default)]
    filtre: String,
}

struct Ligne {
    constat: ConstatVu,
    /// Decision in force: label, reason, author, date.
    decision: Option<[String; 4]>,
}

#[derive(Template)]
#[template(path = "revue.html")]
struct Vue<'a> {
    cadre: Cadre<'a>,
    audit: String,
    auteur: String,
    lignes: Vec<Ligne>,
    total: usize,
    prises: usize,
    page: usize,
    pages: usize,
    decisions: &'a [(Decision, &'static str, &'static str)],
    avertissement: Option<String>,
    rejet: Option<Rejet>,
    /// Only what is left to decide.
    reste: bool,
    /// What the last import gave.
    repris: Option<String>,
}

impl Vue<'_> {
    /// What could not be taken on this finding.
    fn rejet_de(&self, constat: &str) -> Option<&Rejet> {
        self.rejet.as_ref().filter(|r| r.constat == constat)
    }

    fn choisi(&self, constat: &str, mot: &str) -> bool {
        self.rejet_de(constat).is_some_and(|r| r.decision == mot)
    }
}

#[derive(Template)]
#[template(path = "revue_vide.html")]
struct Vide<'a> {
    cadre: Cadre<'a>,
}

/// A decision that could not be taken, with what was typed.
struct Rejet {
    constat: String,
    decision: String,
    motif: String,
    habitude: bool,
    refus: Refus,
}

/// The findings, those of the first pages first.
pub(super) async fn page(State(etat): State<Arc<Etat>>, Query(choix): Query<Choix>) -> Response {
    shown(&etat, choix, None)
}

fn shown(etat: &Etat, choix: Choix, rejet: Option<Rejet>) -> Response {
    let audit = if choix.audit.is_empty() { last_audit(etat) } else { choix.audit };
    if audit.is_empty() {
        return pages::html(&Vide { cadre: etat.cadre(pages::REVUE) });
    }
    let found = etat.config("vigie revue lister").and_then(|config| {
        Ok((atelier::constats(&etat.dossier, &audit)?, Journal::of(&config, None)?))
    });
    let (constats, journal) = match found {
        Ok(found) => found,
        Err(refus) => return pages::refus(etat, StatusCode::NOT_FOUND, &refus),
    };
    let mut all = with_decisions(constats, &journal);
    let total = all.len();
    let prises = all.iter().filter(|l| l.decision.is_some()).count();
    let reste = choix.filtre == "reste";
    if reste {
        all.retain(|l| l.decision.is_none());
    }
    let number = all.len().div_ceil(PAR_PAGE).max(1);
    let page = choix.page.clamp(1, number);
    let status = match rejet {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let vue = Vue {
        cadre: etat.cadre(pages::REVUE),
        audit,
        auteur: etat.auteur().clone(),
        lignes: all.into_iter().skip((page - 1) * PAR_PAGE).take(PAR_PAGE).collect(),
        total,
        prises,
        page,
        pages: number,
        decisions: &Decision::ALL,
        avertissement: journal.avertissement().map(|a| mots::avertissement(&a)),
        rejet,
        reste,
        repris: std::mem::take(&mut *held(&etat.repris)),
    };
    (status, pages::html(&vue)).into_response()
}

/// The findings, each with the decision of the journal that applies.
fn with_decisions(constats: Vec<ConstatVu>, journal: &Journal) -> Vec<Ligne> {
    let force = in_force(&journal.entrees);
    let ids: Vec<String> = constats.iter().map(|c| c.constat.clone()).collect();
    let shown: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let lines = |constat: ConstatVu| {
        let seen = || {
            let lignes = Lignes::parse(&constat.cles_lignes)?;
            let (entry, seen) = on_records(&force, &shown, &constat.controle, &lignes)?;
            (seen == lignes.count()).then_some(entry)
        };
        let own = force.get(&(Portee::Constat, constat.constat.as_str())).copied();
        let habit = || force.get(&(Portee::Habitude, constat.habitude.as_str())).copied();
        let decision = own.or_else(seen).or_else(habit).map(|e| {
            let label = e.decision.label().to_owned();
            [label, e.motif.clone(), e.auteur.clone(), atelier::jour(&e.date)]
        });
        Ligne { constat, decision }
    };
    constats.into_iter().map(lines).collect()
}

/// Folder of the last audit.
fn last_audit(etat: &Etat) -> String {
    let audit = |r: &atelier::Resultat| r.fichiers.iter().any(|f| f == "audit.html");
    atelier::resultats(&etat.dossier).into_iter().find(audit).map(|r| r.nom).unwrap_or_default()
}

#[derive(Deserialize)]
pub(super) struct Saisie {
    audit: String,
    page: usize,
    #[serde(default)]
    filtre: String,
    #[serde(default)]
    auteur: String,
    constat: String,
    habitude: String,
    #[serde(default)]
    cles_lignes: String,
    controle: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    motif: String,
    #[serde(default)]
    portee: String,
}

/// Adds one decision to the journal.
pub(super) async fn ajouter(State(etat): State<Arc<Etat>>, Form(form): Form<Saisie>) -> Response {
    etat.auteur().clone_from(&form.auteur);
    let habit = form.portee == "habitude" && !form.habitude.is_empty();
    let ajout = Ajout {
        cle: if habit { form.habitude } else { form.constat.clone() },
        decision: form.decision,
        motif: form.motif,
        portee: if habit { "habitude" } else { "constat" }.to_owned(),
        controle: form.controle,
        cles_lignes: form.cles_lignes,
    };
    let demande = Demande { journal: None, auteur: form.auteur };
    let done = etat
        .config("vigie revue ajouter")
        .and_then(|config| revue::ajouter(&config, &ajout, &demande));
    if let Err(refus) = done {
        let rejet = Rejet {
            constat: form.constat,
            decision: ajout.decision,
            motif: ajout.motif,
            habitude: habit,
            refus: mots::refus(&refus),
        };
        let choix = Choix { audit: form.audit, page: form.page, filtre: form.filtre };
        return shown(&etat, choix, Some(rejet));
    }
    let (audit, page, constat) = (pages::encode(&form.audit), form.page, &form.constat);
    let link = if form.filtre == "reste" {
        format!("revue?audit={audit}&page={page}&filtre=reste")
    } else {
        format!("revue?audit={audit}&page={page}#c-{}", pages::encode(constat))
    };
    Redirect::to(&etat.lien(&link)).into_response()
}

/// Takes the decisions typed in an `audit.xlsx` or `constats.csv`, by the use case of `vigie revue importer`.
pub(super) async fn reprendre(State(etat): State<Arc<Etat>>, mut form: Multipart) -> Response {
    match imported(&etat, &mut form).await {
        Ok(told) => {
            *held(&etat.repris) = Some(told);
            Redirect::to(&etat.lien("revue")).into_response()
        }
        Err(refus) => pages::refus(&etat, StatusCode::UNPROCESSABLE_ENTITY, &refus),
    }
}

async fn imported(etat: &Etat, form: &mut Multipart) -> Result<String, Refus> {
    let cut = || Refus::new("l’envoi s’est interrompu", "recommencer");
    let mut auteur = String::new();
    let mut copy = None;
    while let Some(mut field) = form.next_field().await.map_err(|_| cut())? {
        if field.name() == Some("auteur") {
            auteur = field.text().await.map_err(|_| cut())?;
            continue;
        }
        let nom = atelier::nom_de_depot(field.file_name().unwrap_or_default())?;
        let suffix = nom.rsplit_once('.').map(|(_, ext)| format!(".{ext}")).unwrap_or_default();
        let mut file = tempfile::Builder::new()
            .prefix(&sortie::prefixe())
            .suffix(&suffix)
            .tempfile()
            .map_err(|e| sortie::refus_io(&std::env::temp_dir(), &e))?;
        while let Some(bytes) = field.chunk().await.map_err(|_| cut())? {
            file.write_all(&bytes).map_err(|e| sortie::refus_io(&std::env::temp_dir(), &e))?;
        }
        copy = Some((nom, file));
    }
    let (nom, file) = copy.ok_or_else(|| {
        Refus::new("aucun classeur choisi", "choisir audit.xlsx, tel qu’il a été rempli")
    })?;
    etat.auteur().clone_from(&auteur);
    let config = etat.config("vigie revue importer")?;
    let demande = Demande { journal: None, auteur };
    let done = revue::importer(&config, file.path(), &demande).map_err(|mut refus| {
        let shown = file.path().display().to_string();
        refus.quoi = refus.quoi.replace(&shown, &nom);
        refus.extrait = refus.extrait.replace(&shown, &nom);
        refus
    })?;
    let told = done.lignes.iter().filter(|(head, _)| *head != "Suite");
    Ok(told.map(|(head, text)| format!("{head} : {text}")).collect::<Vec<_>>().join(" ; "))
}
