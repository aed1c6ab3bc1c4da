//! Who asks, and what they sent, taken from a request and checked once.

use super::{Web, error::Refused};
use crate::{domain::access::Actor, subnet::Subnet};
use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request},
    http::{HeaderMap, Uri, header, request::Parts},
};
use serde::de::DeserializeOwned;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::SystemTime,
};

/// Largest body that is read: Chromium's offer of 19 lines has 82 543 bytes before its candidates, and
/// [`sdp`](crate::relay::transport::sdp) takes as much as this.
pub(super) const BODY_BYTES_MAX: usize = 192 * 1024;

/// Who asks. A page of another origin is refused whatever changes something or opens a channel.
pub(super) struct Caller {
    /// What they may be allowed to do.
    pub actor: Actor,
    /// The name their token gives them; empty without.
    pub name: String,
    /// Where they are.
    pub address: IpAddr,
}

impl FromRequestParts<Arc<Web>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Refused> {
        if !parts.method.is_safe() || parts.headers.contains_key(header::UPGRADE) {
            expect_same_origin(&parts.headers, &parts.uri)?;
        }
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or_else(Refused::internal)?.0.ip();
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(Self::without_token(web, address));
        };
        let text = value.to_str().map_err(|_| Refused::token_invalid())?;
        let (scheme, token) = text.split_once(' ').ok_or_else(Refused::token_invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refused::token_invalid());
        }
        Self::with_token(web, address, token.trim())
    }
}

impl Caller {
    /// Somebody who shows this token; a bad one is refused even where none is needed.
    pub(super) fn with_token(web: &Web, address: IpAddr, token: &str) -> Result<Self, Refused> {
        let (actor, name) = web.app.holder(token, SystemTime::now())?;
        Ok(Self { actor, name, address })
    }

    /// Somebody without a token: in a demonstration, a visitor if they are near.
    #[must_use]
    pub(super) fn without_token(web: &Web, address: IpAddr) -> Self {
        let near = Subnet::any_contains(&web.private, address);
        let actor = if web.app.is_demo() && near { Actor::DemoVisitor } else { Actor::Stranger };
        Self { actor, name: String::new(), address }
    }
}

/// Path segments that are ids. What is no id can't exist: 404.
pub(super) struct Ids<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Ids<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        Path::from_request_parts(parts, state).await.map(|Path(ids)| Self(ids)).map_err(|_| Refused::not_found())
    }
}

/// A text body of at most [`BODY_BYTES_MAX`]. Check its type with [`expect_type`] first.
pub(super) struct Text(pub String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| Refused::of_status(rejection.status()))?;
        String::from_utf8(bytes.into()).map(Self).map_err(|_| Refused::bad_request().detail("the body is not UTF-8"))
    }
}

/// Refuses a body that is of another type.
pub(super) fn expect_type(headers: &HeaderMap, expect: &str) -> Result<(), Refused> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(expect) {
        Ok(())
    } else {
        Err(Refused::unsupported_type().detail(format_args!("this takes {expect}")))
    }
}

/// Refuses a client that does not take `offered` as an answer.
pub(super) fn expect_accepted(headers: &HeaderMap, offered: &str) -> Result<(), Refused> {
    let mut accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if accepts.peek().is_none() {
        return Ok(());
    }
    let any_of_kind = offered.split('/').next().map(|kind| format!("{kind}/*")).unwrap_or_default();
    let taken = accepts.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let refused = parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        !refused && (media == "*/*" || media.eq_ignore_ascii_case(offered) || media.eq_ignore_ascii_case(&any_of_kind))
    });
    if taken { Ok(()) } else { Err(Refused::not_acceptable().detail(format_args!("the answer is {offered}"))) }
}

/// Refuses a page of another origin. Programs that are no browser send no `Origin`.
fn expect_same_origin(headers: &HeaderMap, uri: &Uri) -> Result<(), Refused> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let own = host(headers, uri).map(|host| format!("https://{host}"));
    let same = own.is_some_and(|own| origin.to_str().is_ok_and(|origin| origin.eq_ignore_ascii_case(&own)));
    if same { Ok(()) } else { Err(Refused::not_found().detail("a page of another origin")) }
}

/// Host and port the client used, if they are characters a host can have.
#[must_use]
pub(super) fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let host = match headers.get(header::HOST) {
        Some(value) => value.to_str().ok()?,
        None => uri.authority()?.as_str(),
    };
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    (!host.is_empty() && host.len() <= 260 && host.bytes().all(fits)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a header value"))])
    }

    #[test]
    fn a_type_is_compared_without_its_parameters() {
        let check = |given: &str| expect_type(&headers(header::CONTENT_TYPE, given), "application/sdp").is_ok();
        assert!(check("application/sdp"));
        assert!(check("Application/SDP; charset=utf-8"));
        assert!(!check("application/sdpx"));
        assert!(!check("text/plain"));
        assert!(expect_type(&HeaderMap::new(), "application/sdp").is_err());
    }

    #[test]
    fn an_answer_is_sent_only_to_who_takes_it() {
        let check = |given: &str| expect_accepted(&headers(header::ACCEPT, given), "application/sdp").is_ok();
        for yes in ["*/*", "application/sdp", "text/html, application/*;q=0.5", "application/sdp;q=1"] {
            assert!(check(yes), "{yes}");
        }
        for no in ["text/html", "application/json", "application/sdp;q=0"] {
            assert!(!check(no), "{no}");
        }
        assert!(expect_accepted(&HeaderMap::new(), "application/sdp").is_ok());
    }

    #[test]
    fn only_pages_of_our_own_origin_may_ask() {
        let uri = Uri::from_static("/api/live");
        let check = |origin: &str| {
            let mut headers = headers(header::HOST, "10.0.0.1:8443");
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).expect("a header value"));
            expect_same_origin(&headers, &uri).is_ok()
        };
        assert!(check("https://10.0.0.1:8443"));
        for other in ["https://10.0.0.1", "http://10.0.0.1:8443", "https://evil.test", "null"] {
            assert!(!check(other), "{other}");
        }
        assert!(expect_same_origin(&headers(header::HOST, "x"), &uri).is_ok(), "no browser, no origin");
    }
}
