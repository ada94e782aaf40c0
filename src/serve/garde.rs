//! Who may ask: the right host name, the right origin, the right token; and what every answer carries.
//!
//! **Invariant:** a request that fails one check reaches no handler, and its body is not read.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::PLAFOND;
use super::etat::Etat;

/// What a page of the local page may do: nothing but its own style, script and forms.
const PAGE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Refuses what does not come from the page itself.
pub(super) async fn check(State(etat): State<Arc<Etat>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST);
    if host != Some(etat.hote().as_str()) {
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "Nom d’hôte refusé : suivre l’adresse affichée par vigie.",
        );
    }
    let path = request.uri().path();
    let token = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if !same(token.as_bytes(), etat.jeton.as_bytes()) {
        return refuse(
            StatusCode::FORBIDDEN,
            "Adresse refusée : suivre l’adresse affichée par vigie.",
        );
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if !own_origin(headers, &etat, writes) {
        return refuse(StatusCode::FORBIDDEN, "Demande venue d’une autre page : refusée.");
    }
    let length = text(headers, header::CONTENT_LENGTH).and_then(|l| l.parse::<u64>().ok());
    if length.is_some_and(|l| l > PLAFOND as u64) {
        return refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Envoi de plus de 2 Gio refusé : copier le fichier dans le dossier de travail.",
        );
    }
    etat.touch();
    next.run(request).await
}

/// True for a request of our own pages: another site that guesses the address is told apart by the
/// browser's own headers.
fn own_origin(headers: &HeaderMap, etat: &Etat, writes: bool) -> bool {
    let site = text(headers, HeaderName::from_static("sec-fetch-site"));
    let origin = text(headers, header::ORIGIN);
    let ours = format!("http://{}", etat.hote());
    if writes {
        // A browser always says where a form comes from; who says nothing is no browser of ours.
        origin == Some(ours.as_str()) && !matches!(site, Some("cross-site" | "same-site"))
    } else {
        // Reading takes the token; a report in its sandbox follows its links without an origin.
        origin.is_none_or(|o| o == ours)
    }
}

/// Equal, in a time that does not depend on where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |d, (x, y)| d | (x ^ y)) == 0
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    // Said twice, it says nothing.
    if all.next().is_some() { Some("") } else { first.to_str().ok().or(Some("")) }
}

/// A refusal as plain text; the connection is closed, so that an unread body is never drained.
fn refuse(status: StatusCode, words: &'static str) -> Response {
    (status, [(header::CONNECTION, "close")], words).into_response()
}

/// An address without the token never gets here; kept for the router.
pub(super) async fn unknown() -> Response {
    refuse(StatusCode::NOT_FOUND, "Rien à cette adresse.")
}

/// Adds what every answer carries.
pub(super) async fn seal(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
