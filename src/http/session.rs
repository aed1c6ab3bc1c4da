//! WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): offers, answers, and what can be done to a session.

use super::{
    Web,
    error::Refused,
    extract::{self, Caller, Ids, Text},
};
use crate::{
    app::{Joined, Joiner, Purpose, SessionFault},
    id::{MeetingId, SessionId},
    relay::{media::Role, transport::sdp},
};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::sync::Arc;

pub(super) const SDP: &str = "application/sdp";
pub(super) const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// Header our own pages send with a WHEP offer: they can show any codec in a slot.
const PAGE: HeaderName = HeaderName::from_static("yunling-page");

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// Shown beside the picture of a publisher that gave no name.
const NAMELESS: &str = "未命名终端";

/// Query of a WHIP offer.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PublishQuery {
    role: Option<String>,
}

/// `POST /whip/{meeting}`: a client that sends.
pub(super) async fn publish(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(meeting): Ids<MeetingId>,
    Query(query): Query<PublishQuery>,
    headers: HeaderMap,
    offer: Result<Text, Refused>,
) -> Result<Response, Refused> {
    let role = match query.role.as_deref() {
        None | Some("main") => Role::Main,
        Some("content") => Role::Content,
        Some(_) => return Err(Refused::field_invalid().detail("role is `main` or `content`")),
    };
    let joined = join(&web, &caller, &meeting, Purpose::Publish(role), &headers, offer).await?;
    Ok(created("whip", &meeting, &joined))
}

/// `POST /whep/{meeting}`: a client that looks.
pub(super) async fn view(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids(meeting): Ids<MeetingId>,
    headers: HeaderMap,
    offer: Result<Text, Refused>,
) -> Result<Response, Refused> {
    let any_codec = headers.get(PAGE).is_some_and(|value| value == "1");
    let joined = join(&web, &caller, &meeting, Purpose::View { any_codec }, &headers, offer).await?;
    Ok(created("whep", &meeting, &joined))
}

async fn join(
    web: &Web,
    caller: &Caller,
    meeting: &MeetingId,
    purpose: Purpose,
    headers: &HeaderMap,
    offer: Result<Text, Refused>,
) -> Result<Joined, Refused> {
    // Who may not join learns nothing more, so the order is: who, what type, how often, what.
    web.app.may_join(&caller.actor, meeting, purpose).await?;
    extract::expect_type(headers, SDP)?;
    extract::expect_accepted(headers, SDP)?;
    Web::take(&web.joins, caller.address).map_err(|wait| Refused::too_often().retry_after(wait.as_secs() + 1))?;
    let Text(offer) = offer?;
    let name = if caller.name.is_empty() { NAMELESS } else { &caller.name };
    let joiner = Joiner { actor: &caller.actor, name, credential: &caller.credential };
    Ok(web.app.join(joiner, meeting, purpose, &offer).await?)
}

fn created(kind: &str, meeting: &MeetingId, joined: &Joined) -> Response {
    let location = format!("/{kind}/{meeting}/{}", joined.session);
    let control = format!("<{location}/control>; rel=\"urn:yunling:control\"");
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static(SDP)),
        (header::LOCATION, ascii(&location)),
        (header::ETAG, quoted(&joined.etag)),
        (header::LINK, ascii(&control)),
        (ACCEPT_PATCH, HeaderValue::from_static(FRAGMENT)),
    ];
    (StatusCode::CREATED, fixed, joined.answer.clone()).into_response()
}

/// `PATCH /whip|whep/{meeting}/{session}`: candidates, or new ICE credentials.
///
/// `If-Match: *` with credentials restarts ICE: 200 with ours and a new entity tag (RFC 9725 §4.3.3). A present entity tag
/// takes candidates: 204. An older one: 412; none: 428.
pub(super) async fn change(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((meeting, session)): Ids<(MeetingId, SessionId)>,
    headers: HeaderMap,
    body: Result<Text, Refused>,
) -> Result<Response, Refused> {
    let session = web.app.session(&caller.actor, &meeting, &session)?;
    extract::expect_type(&headers, FRAGMENT)?;
    let precondition = headers.get(header::IF_MATCH).ok_or_else(Refused::if_match_needed)?;
    let Text(text) = body?;
    let fragment = sdp::parse_fragment(&text).map_err(|error| Refused::fragment_malformed().detail(error))?;
    if precondition == "*" {
        let (Some(ufrag), Some(pwd)) = (fragment.ufrag, fragment.pwd) else {
            return Err(Refused::fragment_malformed().detail("an ICE restart needs ice-ufrag and ice-pwd"));
        };
        let restarted = web.app.restart_ice(&session, ufrag, pwd).await?;
        let headers =
            [(header::CONTENT_TYPE, HeaderValue::from_static(FRAGMENT)), (header::ETAG, quoted(&restarted.etag))];
        return Ok((StatusCode::OK, headers, restarted.fragment).into_response());
    }
    let mut tags = precondition.to_str().unwrap_or_default().split(',').map(|tag| tag.trim().trim_matches('"'));
    if !tags.any(|tag| web.app.trickle(&session, tag).is_ok()) {
        return Err(SessionFault::Stale.into());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /whip|whep/{meeting}/{session}`: the end of a session.
pub(super) async fn leave(
    caller: Caller,
    State(web): State<Arc<Web>>,
    Ids((meeting, session)): Ids<(MeetingId, SessionId)>,
) -> Result<StatusCode, Refused> {
    let session = web.app.session(&caller.actor, &meeting, &session)?;
    web.app.leave(&session).await?;
    Ok(StatusCode::OK)
}

/// `OPTIONS` of an endpoint: what a POST takes. No `Access-Control-Allow-Origin`: pages of other origins are not let in,
/// since a demonstration needs no token and a desk's browser visits other pages too. Players that are programs don't ask.
pub(super) async fn endpoint_options() -> Response {
    let headers =
        [(header::ALLOW, HeaderValue::from_static("POST, OPTIONS")), (ACCEPT_POST, HeaderValue::from_static(SDP))];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// `OPTIONS` of a session: what a PATCH takes.
pub(super) async fn session_options() -> Response {
    let allow = HeaderValue::from_static("PATCH, DELETE, OPTIONS");
    let headers = [(header::ALLOW, allow), (ACCEPT_PATCH, HeaderValue::from_static(FRAGMENT))];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// A header value of ids and punctuation.
fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("ids are slugs and the rest is written here: all ASCII")
}

/// An entity tag in its quotes.
fn quoted(etag: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{etag}\"")).expect("an ICE user fragment is letters, digits, '+' and '/'")
}
