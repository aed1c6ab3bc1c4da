//! What every request gets: an id, a span, headers that make browsers careful, and a problem body if it is refused.

use super::{Web, error::Refused};
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use std::{sync::Arc, time::Instant};
use tracing::Instrument;

/// Header with the request's id, on every response.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of a request id: enough to find one line in a log, few enough to read over the telephone.
const ID_CHARS: usize = 10;

/// Wraps every request.
///
/// The log names the route's pattern, never the path: a session's address is its secret.
pub(super) async fn wrap(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let id: String = crate::app::new_id::<crate::id::SessionId>().as_str()[..ID_CHARS].to_owned();
    let span = tracing::info_span!("http", request_id = id);
    async {
        let started = Instant::now();
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
        let mut response = if web.shutdown.has_begun() {
            axum::response::IntoResponse::into_response(Refused::stopping().retry_after(5))
        } else {
            next.run(request).await
        };
        let status = response.status();
        tracing::debug!(%method, route, status = status.as_u16(), ms = started.elapsed().as_millis(), "answered");
        if status.is_client_error() || status.is_server_error() {
            response = with_problem(response, &id);
        }
        finish(&mut response, &id);
        response
    }
    .instrument(span)
    .await
}

/// Gives a refusal its body. What the framework refused by itself gets one too.
fn with_problem(mut response: Response, id: &str) -> Response {
    let status = response.status();
    let refused = response.extensions_mut().remove::<Refused>().unwrap_or_else(|| Refused::of_status(status));
    tracing::debug!(code = refused.code(), "refused");
    let body = serde_json::to_vec(&refused.problem(id)).expect("strings and a number always serialise");
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = Body::from(body);
    response
}

/// Headers on every response.
///
/// There is no `Strict-Transport-Security`, on purpose: it binds a host name on all its ports, so it would break the plain
/// page that explains the root certificate, and it takes away the browser's way past an expired certificate, which would end
/// a meeting to protect a page.
fn finish(response: &mut Response, id: &str) {
    const FIXED: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), fullscreen=(self), \
             geolocation=()",
        ),
    ];
    let switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if switching {
        return;
    }
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
}
