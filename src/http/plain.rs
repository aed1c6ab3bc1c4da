//! The plain-HTTP port: a page that explains the root certificate, the certificate itself, and redirects for all else.
//!
//! A browser gives no camera to a page opened without HTTPS, so nothing else is served here: whoever types the address
//! without `https://` reads what to do, in Chinese, or is sent on.

use super::extract;
use crate::certs::{self, CertFiles};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::sync::Arc;

/// What the port needs to know.
#[derive(Debug, Clone)]
pub struct Plain {
    /// Where the root certificate is.
    pub files: CertFiles,
    /// The port HTTPS is on.
    pub https_port: u16,
}

/// The router of the port.
pub fn router(plain: Plain) -> Router {
    Router::new()
        .route("/", get(explain))
        .route("/ca.crt", get(root_certificate))
        .fallback(redirect)
        .layer(axum::middleware::map_response(finish))
        .with_state(Arc::new(plain))
}

async fn explain(State(plain): State<Arc<Plain>>, headers: HeaderMap, uri: Uri) -> Response {
    let sha256 = certs::show(&plain.files.ca_certificate).map(|facts| facts.sha256);
    let sha256 = sha256.unwrap_or_else(|_| "（本服务器使用单位另行签发的证书，无需在此下载）".to_owned());
    let https = secure_origin(&plain, &headers, &uri).unwrap_or_default();
    let mut random = [0; 16];
    // Without randomness there is no nonce and the page shows without its colours; it still says what to do.
    let _ = getrandom::fill(&mut random);
    let nonce = STANDARD.encode(random);
    let html = include_str!("plain.html")
        .replace("__SHA256__", &sha256)
        .replace("__HTTPS__", &https)
        .replace("__CSP_NONCE__", &nonce);
    let policy = format!("default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'");
    let policy = HeaderValue::from_str(&policy).expect("base64 is ASCII");
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

async fn root_certificate(State(plain): State<Arc<Plain>>) -> Response {
    match tokio::fs::read(&plain.files.ca_certificate).await {
        Ok(pem) => {
            let fixed = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert")),
                (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"ca.crt\"")),
            ];
            (fixed, pem).into_response()
        }
        Err(_) => {
            (StatusCode::NOT_FOUND, "本服务器没有自己的根证书。\nThis server has no root certificate of its own.\n")
                .into_response()
        }
    }
}

async fn redirect(State(plain): State<Arc<Plain>>, request: Request) -> Response {
    let Some(origin) = secure_origin(&plain, request.headers(), request.uri()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match HeaderValue::from_str(&format!("{origin}{path}")) {
        Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// `https://host:port` of the same host.
fn secure_origin(plain: &Plain, headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let host = without_port(extract::host(headers, uri)?);
    Some(match plain.https_port {
        443 => format!("https://{host}"),
        port => format!("https://{host}:{port}"),
    })
}

/// A host without its port; an IPv6 address keeps its brackets.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

async fn finish(mut response: Response) -> Response {
    const FIXED: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in FIXED {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_cut_off_and_an_address_is_not() {
        let cases = [
            ("meet.test:8080", "meet.test"),
            ("meet.test", "meet.test"),
            ("10.0.0.1:80", "10.0.0.1"),
            ("[fd00::1]:8080", "[fd00::1]"),
            ("[fd00::1]", "[fd00::1]"),
        ];
        for (host, expect) in cases {
            assert_eq!(without_port(host), expect);
        }
    }
}
