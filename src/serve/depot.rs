//! Files dropped on the page: written aside as they come, renamed when whole.
//!
//! **Invariant:** an upload cut short leaves nothing; memory does not grow with the file.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::json;

use crate::app::{atelier, sortie};
use crate::domain::refus::{Refus, cause};

use super::etat::{Depots, Etat, held};
use super::pages;

/// Files of one drop.
const FICHIERS: usize = 2000;

/// What became of one file.
#[derive(Clone, Copy)]
enum Sort {
    Ajoute,
    Remplace,
    Laisse(&'static str),
}

/// Takes every file of a form. The script sends them one by one and asks for a short answer.
pub(super) async fn deposer(
    State(etat): State<Arc<Etat>>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Response {
    let brief = headers.get(header::ACCEPT).is_some_and(|a| a.as_bytes() == b"application/json");
    let refused = |status: StatusCode, refus: &Refus| {
        if brief {
            (status, Json(json!({"quoi": refus.quoi, "a_faire": refus.a_faire}))).into_response()
        } else {
            pages::refus(&etat, status, refus)
        }
    };
    let folder = etat.dossier.join(atelier::DONNEES);
    let mut seen = 0;
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return refused(error.status(), &cut(&error)),
        };
        let typed = field.file_name().unwrap_or_default().to_owned();
        if typed.is_empty() {
            continue;
        }
        if seen == FICHIERS {
            let refus = Refus::new(
                format!("plus de {FICHIERS} fichiers d’un coup"),
                "copier le dossier entier dans le dossier de travail",
            );
            return refused(StatusCode::PAYLOAD_TOO_LARGE, &refus);
        }
        match keep(&folder, &typed, field).await {
            Ok(sort) => note(&mut held(&etat.depots), typed, sort),
            Err((status, refus)) => return refused(status, &refus),
        }
        seen += 1;
    }
    if brief {
        StatusCode::NO_CONTENT.into_response()
    } else {
        Redirect::to(&etat.lien("")).into_response()
    }
}

fn note(depots: &mut Depots, nom: String, sort: Sort) {
    match sort {
        Sort::Ajoute => depots.ajoutes += 1,
        Sort::Remplace => depots.remplaces.push(nom),
        Sort::Laisse(why) => depots.laisses.push((nom, why.to_owned())),
    }
}

fn cut(error: &MultipartError) -> Refus {
    let what = match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "envoi de plus de 2 Gio refusé",
        _ => "l’envoi s’est interrompu",
    };
    Refus::new(what, "recommencer, ou copier le fichier dans le dossier de travail")
}

type Refused = (StatusCode, Refus);

/// Writes one file, or leaves it.
async fn keep(folder: &Path, typed: &str, mut field: Field<'_>) -> Result<Sort, Refused> {
    if let Some(why) = atelier::laisse(typed) {
        return Ok(Sort::Laisse(why));
    }
    let nom = atelier::nom_de_depot(typed).map_err(|r| (StatusCode::BAD_REQUEST, r))?;
    let failed = |e: &std::io::Error| {
        let refus = Refus::new(
            format!("impossible d’enregistrer « {nom} » : {}", cause(e)),
            "libérer de la place, ou fermer ce fichier s’il est ouvert dans un tableur",
        );
        (StatusCode::INSUFFICIENT_STORAGE, refus)
    };
    std::fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    let mut aside = tempfile::Builder::new()
        .prefix(&sortie::prefixe())
        .tempfile_in(folder)
        .map_err(|e| failed(&e))?;
    loop {
        match field.chunk().await {
            Ok(Some(bytes)) => aside.write_all(&bytes).map_err(|e| failed(&e))?,
            Ok(None) => break,
            Err(error) => return Err((error.status(), cut(&error))),
        }
    }
    let target = folder.join(&nom);
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent).map_err(|e| failed(&e))?;
    }
    let sort = if target.exists() { Sort::Remplace } else { Sort::Ajoute };
    aside.persist(&target).map_err(|e| failed(&e.error))?;
    Ok(sort)
}

#[derive(Deserialize)]
pub(super) struct Retrait {
    nom: String,
}

/// Takes one dropped file away.
pub(super) async fn retirer(State(etat): State<Arc<Etat>>, Form(form): Form<Retrait>) -> Response {
    match atelier::retirer(&etat.dossier, &form.nom) {
        Ok(()) => Redirect::to(&etat.lien("")).into_response(),
        Err(refus) => pages::refus(&etat, StatusCode::CONFLICT, &refus),
    }
}
