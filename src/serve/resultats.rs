//! The files of finished results, as they are on disk.
//!
//! **Invariant:** a report shown here can run its own script but reaches nothing of the page: it is served
//! in a sandbox of its own.

use std::fs::File;
use std::io::Read;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use http_body::{Frame, SizeHint};
use serde::Deserialize;

use crate::app::atelier;
use crate::domain::refus::Refus;

use super::etat::Etat;
use super::pages;

/// The policy of the report itself still holds; this one takes its origin away.
const BAC: &str =
    "sandbox allow-scripts allow-downloads allow-popups allow-modals; frame-ancestors 'none'";
/// Bytes read at a time: memory does not grow with the file.
const BLOC: usize = 64 << 10;

/// A file sent block by block.
struct Envoi {
    file: File,
    left: u64,
}

impl http_body::Body for Envoi {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut block = vec![0; BLOC.min(usize::try_from(self.left).unwrap_or(BLOC))];
        match self.file.read(&mut block) {
            // Cut while it was sent: the browser notices by the length.
            Ok(0) => Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into()))),
            Ok(n) => {
                self.left -= n as u64;
                block.truncate(n);
                Poll::Ready(Some(Ok(Frame::data(block.into()))))
            }
            Err(e) => Poll::Ready(Some(Err(e))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// One file below `reports/`, shown, or saved by the browser when asked or when it cannot show it.
pub(super) async fn fichier(
    State(etat): State<Arc<Etat>>,
    Path(nom): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let opened = atelier::fichier(&etat.dossier, &nom)
        .and_then(|path| File::open(path).ok())
        .and_then(|file| file.metadata().ok().map(|m| Envoi { file, left: m.len() }));
    let Some(envoi) = opened else {
        let refus = Refus::new(
            "ce fichier n’est pas dans un résultat terminé",
            "revenir à l’accueil et suivre ses liens",
        );
        return pages::refus(&etat, StatusCode::NOT_FOUND, &refus);
    };
    let ext = nom.rsplit('.').next().unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(genre(ext)));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(BAC));
    let saved = query.as_deref() == Some("enregistrer");
    if saved || !matches!(ext, "html" | "png" | "txt" | "json") {
        let name = nom.rsplit('/').next().unwrap_or_default();
        let plain: String =
            name.chars().filter(char::is_ascii_graphic).filter(|c| *c != '"').collect();
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    (headers, Body::new(envoi)).into_response()
}

#[derive(Deserialize)]
pub(super) struct Montrer {
    #[serde(default)]
    nom: String,
}

/// Shows the folder of a result, or that of the work, in the file manager.
pub(super) async fn montrer(State(etat): State<Arc<Etat>>, Form(form): Form<Montrer>) -> Response {
    let known = atelier::resultats(&etat.dossier).into_iter().find(|r| r.nom == form.nom);
    let folder = match known {
        Some(result) => etat.dossier.join(atelier::RESULTATS).join(result.nom),
        None => etat.dossier.clone(),
    };
    if (etat.explorateur)(&folder) {
        return Redirect::to(&etat.lien("")).into_response();
    }
    let refus = Refus::new(
        "l’explorateur de fichiers ne s’ouvre pas sur ce PC",
        format!("l’ouvrir soi-même, dans « {} »", folder.display()),
    );
    pages::refus(&etat, StatusCode::SERVICE_UNAVAILABLE, &refus)
}

fn genre(ext: &str) -> &'static str {
    match ext {
        "html" => "text/html; charset=utf-8",
        "png" => "image/png",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}
