//! The pages, built from `web/` and embedded in the program.
//!
//! HTML is never cached and carries a new nonce in each response; what lies under `/assets/` has its hash in its name and
//! is cached for ever. The build writes a `.br` beside each text file, which is sent to who takes it.

use super::{error::Refused, extract};
use axum::{
    body::Bytes,
    extract::Path,
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rust_embed::RustEmbed;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "$PAGES_FOLDER"]
struct Dist;

/// What the build puts where the nonce goes.
const NONCE_MARK: &str = "__CSP_NONCE__";

/// A page's entry, and how strict its policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// The panel: antd sets `style` attributes, and without them its watermark silently disappears.
    Admin,
    /// The leader's page.
    Join,
    /// The big screen.
    Screen,
    /// A room's machine, and the page where a machine is paired.
    Room,
}

impl Entry {
    const fn file(self) -> &'static str {
        match self {
            Self::Admin => "admin.html",
            Self::Join => "join.html",
            Self::Screen => "screen.html",
            Self::Room => "room.html",
        }
    }
}

/// `GET /`, and every page of the panel.
pub(super) async fn admin(headers: HeaderMap, uri: Uri) -> Result<Response, Refused> {
    page(Entry::Admin, &headers, &uri)
}

/// `GET /join/{meeting}`.
pub(super) async fn join(headers: HeaderMap, uri: Uri) -> Result<Response, Refused> {
    page(Entry::Join, &headers, &uri)
}

/// `GET /screen/{meeting}`.
pub(super) async fn screen(headers: HeaderMap, uri: Uri) -> Result<Response, Refused> {
    page(Entry::Screen, &headers, &uri)
}

/// `GET /pair` and `/room/{venue}`.
pub(super) async fn room(headers: HeaderMap, uri: Uri) -> Result<Response, Refused> {
    page(Entry::Room, &headers, &uri)
}

fn page(entry: Entry, headers: &HeaderMap, uri: &Uri) -> Result<Response, Refused> {
    let file = Dist::get(entry.file()).ok_or_else(Refused::not_found)?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Refused::internal())?;
    let nonce = STANDARD.encode(random);
    let html = String::from_utf8_lossy(&file.data).replace(NONCE_MARK, &nonce);
    let policy = policy(entry, &nonce, extract::host(headers, uri));
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).map_err(|_| Refused::internal())?),
    ];
    Ok((fixed, html).into_response())
}

/// The content security policy of a page. Older browsers don't count `wss:` as `'self'`, so the host is named too.
fn policy(entry: Entry, nonce: &str, host: Option<&str>) -> String {
    let socket = host.map(|host| format!(" wss://{host}")).unwrap_or_default();
    let attributes = match entry {
        Entry::Admin => "'unsafe-inline'",
        Entry::Join | Entry::Screen | Entry::Room => "'none'",
    };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-elem 'self' 'nonce-{nonce}'; \
         style-src-attr {attributes}; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; \
         connect-src 'self'{socket}; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// `GET /assets/{*path}`.
pub(super) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Refused> {
    let path = format!("assets/{path}");
    let takes_brotli =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| {
            value.split(',').any(|coding| coding.split(';').next().is_some_and(|name| name.trim() == "br"))
        });
    let brotli = takes_brotli.then(|| Dist::get(&format!("{path}.br"))).flatten();
    let compressed = brotli.is_some();
    let file = brotli.or_else(|| Dist::get(&path)).ok_or_else(Refused::not_found)?;
    let body = match file.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    };
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind_of(&path))),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    let mut response = (fixed, body).into_response();
    if compressed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Ok(response)
}

/// Media type by the file's ending: only what the build makes.
fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("wav") => "audio/wav",
        Some("json" | "map") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: [Entry; 4] = [Entry::Admin, Entry::Join, Entry::Screen, Entry::Room];

    #[test]
    fn only_the_panel_may_set_style_attributes_and_no_page_runs_inline_scripts() {
        for entry in EVERY {
            let policy = policy(entry, "N0nce", Some("10.0.0.1:8443"));
            assert_eq!(policy.contains("unsafe-inline"), entry == Entry::Admin, "{policy}");
            assert!(policy.contains("script-src 'self';"), "{policy}");
            assert!(policy.contains("connect-src 'self' wss://10.0.0.1:8443;"), "{policy}");
            assert!(!policy.contains("http:") && !policy.contains('*') && !policy.contains("unsafe-eval"), "{policy}");
        }
    }

    #[test]
    fn every_page_is_there() {
        for entry in EVERY {
            assert!(Dist::get(entry.file()).is_some(), "{entry:?}");
        }
    }
}
