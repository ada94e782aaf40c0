//! The files of finished results, as they are on disk.
//!
//! **Invariant:** a report shown here can run its own script but reaches nothing of the page: it is served
//! in a sandbox of its own.

use std::io::Read;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::atelier;
use crate::domain::refus::Refus;

use super::etat::Etat;
use super::pages;

/// The policy of the report itself still holds; this one takes its origin away.
const BAC: &str =
    "sandbox allow-scripts allow-downloads allow-popups allow-modals; frame-ancestors 'none'";
/// Largest file served, bytes: the reports are far below.
const PLAFOND: u64 = 1 << 30;

/// One file below `reports/`.
pub(super) async fn fichier(State(etat): State<Arc<Etat>>, Path(nom): Path<String>) -> Response {
    let absent = || {
        let refus = Refus::new(
            "ce fichier n’est pas dans un résultat terminé",
            "revenir à l’accueil et suivre ses liens",
        );
        pages::refus(&etat, StatusCode::NOT_FOUND, &refus)
    };
    let Some(path) = atelier::fichier(&etat.dossier, &nom) else { return absent() };
    let read = || {
        let file = std::fs::File::open(&path)?;
        let mut bytes = Vec::new();
        file.take(PLAFOND).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    let Ok(bytes) = read() else { return absent() };
    let ext = nom.rsplit('.').next().unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(genre(ext)));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(BAC));
    if !matches!(ext, "html" | "png" | "txt" | "json") {
        let name = nom.rsplit('/').next().unwrap_or_default();
        let plain: String =
            name.chars().filter(char::is_ascii_graphic).filter(|c| *c != '"').collect();
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
    }
    (headers, Body::from(bytes)).into_response()
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
