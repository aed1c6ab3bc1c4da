//! Who asks, and what they sent, taken from a request and checked once.
//!
//! A bearer token counts before a person's cookie, a person's before a machine's, and that before being near in a
//! demonstration. A cookie is sent by a browser whatever page asks, so a change under a cookie needs a sign that our own
//! page asks: `Origin` or `Sec-Fetch-Site`. A cookie that is no longer good is the same as none.

use super::{Web, error::Refused};
use crate::{
    app::{Credential, Known, Now},
    certs,
    domain::access::Actor,
    id::{AccountId, CertificateId},
    subnet::Subnet,
};
use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request},
    http::{HeaderMap, Uri, header, request::Parts},
};
use axum_server::tls::TlsInfo;
use serde::de::DeserializeOwned;
use std::{
    convert::Infallible,
    marker::PhantomData,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Instant, SystemTime},
};
use zeroize::Zeroizing;

/// Largest body that is read: Chromium's offer of 19 lines has 82 543 bytes before its candidates, and
/// [`sdp`](crate::relay::transport::sdp) takes as much as this.
pub(super) const BODY_BYTES_MAX: usize = 192 * 1024;

/// Cookie of a person's log-in.
pub(super) const LOGIN_COOKIE: &str = "__Host-yunling";

/// Cookie of a paired machine.
pub(super) const DEVICE_COOKIE: &str = "__Host-yunling-device";

/// Who asks. A page of another origin is refused whatever changes something or opens a channel.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// What they may be allowed to do.
    pub actor: Actor,
    /// The name their token, account or machine gives them; empty without.
    pub name: String,
    /// How they proved who they are.
    pub credential: Credential,
    /// Where they are.
    pub address: IpAddr,
}

impl FromRequestParts<Arc<Web>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Refused> {
        // Found out once: `book` asks before the handler does.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let changes = !parts.method.is_safe() || parts.headers.contains_key(header::UPGRADE);
        if changes {
            expect_same_origin(&parts.headers, &parts.uri)?;
        }
        let address = address(parts)?;
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            let Some(known) = by_cookie(web, parts).await? else {
                return Ok(Self::without_token(web, address));
            };
            if changes {
                expect_own_page(&parts.headers)?;
            }
            return Ok(Self::known(known, address));
        };
        let text = value.to_str().map_err(|_| Refused::token_invalid())?;
        let (scheme, token) = text.split_once(' ').ok_or_else(Refused::token_invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refused::token_invalid());
        }
        Self::with_token(web, address, token.trim()).await
    }
}

impl Caller {
    /// Somebody who shows this token; a bad one is refused even where none is needed.
    pub(super) async fn with_token(web: &Web, address: IpAddr, token: &str) -> Result<Self, Refused> {
        Ok(Self::known(web.app.holder(token, SystemTime::now()).await?, address))
    }

    /// Somebody without a token: in a demonstration, a visitor if they are near.
    #[must_use]
    pub(super) fn without_token(web: &Web, address: IpAddr) -> Self {
        let near = Subnet::any_contains(&web.private, address);
        let actor = if web.app.is_demo() && near { Actor::DemoVisitor } else { Actor::Stranger };
        Self { actor, name: String::new(), credential: Credential::None, address }
    }

    fn known(known: Known, address: IpAddr) -> Self {
        let Known { actor, name, credential } = known;
        Self { actor, name, credential, address }
    }

    /// Their account, if they logged in.
    #[must_use]
    pub(super) const fn account(&self) -> Option<&AccountId> {
        match &self.actor {
            Actor::User(user) => Some(&user.account),
            _ => None,
        }
    }

    /// Whether their console is locked.
    #[must_use]
    pub(super) const fn is_locked(&self) -> bool {
        matches!(&self.credential, Credential::Login(login) if login.locked)
    }

    /// Whether we know them at all.
    #[must_use]
    pub(super) const fn is_stranger(&self) -> bool {
        matches!(self.actor, Actor::Stranger)
    }

    /// Who they are, as the book writes it.
    #[must_use]
    pub(super) fn in_the_book(&self) -> String {
        match (&self.actor, &self.credential) {
            (Actor::Stranger, _) => "stranger".to_owned(),
            (Actor::DemoVisitor, _) => "visitor".to_owned(),
            (Actor::Holder(holder), _) => format!("token {} {}", holder.participant, self.name).trim_end().to_owned(),
            (Actor::Device(device), _) => format!("device {} {}", device.device, self.name),
            (Actor::User(_), Credential::Login(login)) => login.login.to_string(),
            (Actor::User(user), _) => user.account.to_string(),
        }
    }
}

/// Where a request comes from.
pub(super) fn address(parts: &Parts) -> Result<IpAddr, Refused> {
    Ok(parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or_else(Refused::internal)?.0.ip())
}

/// Now, on both clocks.
#[must_use]
pub(super) fn now() -> Now {
    Now { wall: SystemTime::now(), steady: Instant::now() }
}

async fn by_cookie(web: &Web, parts: &Parts) -> Result<Option<Known>, Refused> {
    let (now, headers) = (SystemTime::now(), &parts.headers);
    if let Some(value) = cookie(headers, LOGIN_COOKIE)
        && let Some(known) = web.app.by_login_showing(&value, shown(parts).as_ref(), now).await?
    {
        return Ok(Some(known));
    }
    match cookie(headers, DEVICE_COOKIE) {
        Some(value) => Ok(web.app.by_device(&value, now).await?),
        None => Ok(None),
    }
}

/// The certificate that the connection has shown at its handshake, if it has; nobody has judged it.
fn shown(parts: &Parts) -> Option<CertificateId> {
    let tls = parts.extensions.get::<Arc<TlsInfo>>()?;
    certs::fingerprint(tls.peer_certificates.first()?).parse().ok()
}

/// The value of a cookie.
#[must_use]
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<Zeroizing<String>> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| Zeroizing::new(value.to_owned()))
}

/// A JSON body of type `T`, received but read only when the handler asks: who may not send it learns nothing of what it takes.
pub(super) struct JsonBody<T> {
    text: Result<Text, Refused>,
    of: PhantomData<fn() -> T>,
}

impl<T, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let typed = expect_type(request.headers(), "application/json");
        let text = Text::from_request(request, state).await;
        Ok(Self { text: typed.and(text), of: PhantomData })
    }
}

impl<T: DeserializeOwned> JsonBody<T> {
    /// What was sent.
    pub(super) fn json(self) -> Result<T, Refused> {
        let Text(text) = self.text?;
        // What stands in the body may be a password: it is wiped, and an error doesn't repeat it.
        let text = Zeroizing::new(text);
        serde_json::from_str(&text).map_err(|error| {
            let at = (error.line(), error.column());
            Refused::bad_request()
                .detail(format_args!("the JSON is not what this takes, line {} column {}", at.0, at.1))
        })
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

/// Refuses a change under a cookie without a sign that our own page asks: an `Origin` (which was compared already), or
/// `Sec-Fetch-Site: same-origin`. Every browser sends one of them with a request that changes something.
fn expect_own_page(headers: &HeaderMap) -> Result<(), Refused> {
    let site = headers.get("sec-fetch-site");
    let own = match site {
        Some(site) => site == "same-origin",
        None => headers.contains_key(header::ORIGIN),
    };
    if own { Ok(()) } else { Err(Refused::not_found().detail("a cookie counts only with Origin or Sec-Fetch-Site")) }
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
    fn a_cookie_is_found_among_others() {
        let given = |text: &str| cookie(&headers(header::COOKIE, text), LOGIN_COOKIE).map(|value| value.to_string());
        assert_eq!(given("__Host-yunling=abc").as_deref(), Some("abc"));
        assert_eq!(given("a=1; __Host-yunling-device=d; __Host-yunling=abc; b=2").as_deref(), Some("abc"));
        assert_eq!(given("__Host-yunling-device=d; x__Host-yunling=abc"), None);
    }

    #[test]
    fn a_change_under_a_cookie_needs_a_sign_of_our_own_page() {
        let site = |value: &str| {
            let name = header::HeaderName::from_static("sec-fetch-site");
            expect_own_page(&headers(name, value)).is_ok()
        };
        assert!(site("same-origin"));
        for other in ["cross-site", "same-site", "none"] {
            assert!(!site(other), "{other}");
        }
        assert!(expect_own_page(&headers(header::ORIGIN, "https://x")).is_ok(), "it was compared before");
        assert!(expect_own_page(&HeaderMap::new()).is_err());
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
