//! Files dropped on the page: written aside as they come, renamed when whole.
//!
//! **Invariant:** an upload cut short leaves nothing; memory does not grow with the file.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use axum::Form;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::atelier;
use crate::domain::refus::{Refus, cause};

use super::etat::Etat;
use super::pages;

/// Files of one drop.
const FICHIERS: usize = 2000;

/// Takes every file of a form.
pub(super) async fn deposer(State(etat): State<Arc<Etat>>, mut form: Multipart) -> Response {
    let folder = etat.dossier.join(atelier::DONNEES);
    let mut kept = 0;
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) => return pages::refus(&etat, error.status(), &cut(&error)),
        };
        if field.file_name().is_none_or(str::is_empty) {
            continue;
        }
        if kept == FICHIERS {
            let refus = Refus::new(
                format!("plus de {FICHIERS} fichiers d’un coup"),
                "copier le dossier entier dans le dossier de travail",
            );
            return pages::refus(&etat, StatusCode::PAYLOAD_TOO_LARGE, &refus);
        }
        if let Err((status, refus)) = keep(&folder, field).await {
            return pages::refus(&etat, status, &refus);
        }
        kept += 1;
    }
    Redirect::to(&etat.lien("")).into_response()
}

fn cut(error: &MultipartError) -> Refus {
    let what = match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "envoi de plus de 2 Gio refusé",
        _ => "l’envoi s’est interrompu",
    };
    Refus::new(what, "recommencer, ou copier le fichier dans le dossier de travail")
}

type Refused = (StatusCode, Refus);

/// Writes one file.
async fn keep(folder: &Path, mut field: Field<'_>) -> Result<(), Refused> {
    let typed = field.file_name().unwrap_or_default().to_owned();
    let nom = atelier::nom_de_depot(&typed).map_err(|r| (StatusCode::BAD_REQUEST, r))?;
    let failed = |e: &std::io::Error| {
        let refus = Refus::new(
            format!("impossible d’enregistrer « {nom} » : {}", cause(e)),
            "libérer de la place, ou fermer ce fichier s’il est ouvert dans un tableur",
        );
        (StatusCode::INSUFFICIENT_STORAGE, refus)
    };
    std::fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    let mut aside = tempfile::Builder::new()
        .prefix(atelier::PARTIEL)
        .tempfile_in(folder)
        .map_err(|e| failed(&e))?;
    loop {
        match field.chunk().await {
            Ok(Some(bytes)) => aside.write_all(&bytes).map_err(|e| failed(&e))?,
            Ok(None) => break,
            Err(error) => return Err((error.status(), cut(&error))),
        }
    }
    aside.persist(folder.join(&nom)).map_err(|e| failed(&e.error))?;
    Ok(())
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
