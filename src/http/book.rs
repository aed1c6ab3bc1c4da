//! The book around every route that changes something: an entry opens before the handler runs and closes with its result.
//!
//! Can't it be opened, nothing is done: 503. What has begun is carried out and written down even if the client leaves
//! meanwhile. An entry names the things in the route's path; a handler that finds out or makes the thing itself adds an
//! [`About`] to its response. At a console that is locked ([`console`](crate::app)) only [`GOES_ON_WHILE_LOCKED`] is done. A session's id is never written: it is a secret.

use super::{
    Web,
    error::Refused,
    extract::{self, Caller},
    routes::GOES_ON_WHILE_LOCKED,
};
use crate::domain::audit::{Closing, Opening};
use axum::{
    extract::{FromRequestParts, RawPathParams, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tracing::Instrument;

/// Put into a response's extensions by its handler: what the act was about, if the path doesn't say.
#[derive(Debug, Clone)]
pub(super) struct About(pub(super) String);

/// Wraps one route. `action` is its word in the book.
pub(super) async fn wrap(
    State((web, action)): State<(Arc<Web>, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, &web).await;
    let (actor, stranger) = match &caller {
        Ok(caller) => (caller.in_the_book(), caller.is_stranger()),
        Err(refused) => (format!("stranger {}", refused.code()), true),
    };
    let address = match extract::address(&parts) {
        Ok(address) => address,
        Err(refused) => return refused.into_response(),
    };
    let limit = if stranger { &web.strangers } else { &web.changes };
    if let Err(wait) = Web::take(limit, address) {
        return Refused::too_often().retry_after(wait.as_secs() + 1).into_response();
    }
    let subject = subject(&mut parts).await;
    let opening = Opening { actor, address: address.to_canonical().to_string(), action: action.to_owned(), subject };
    let inside = Arc::clone(&web);
    let act = async move {
        let web = inside;
        match caller {
            Ok(caller) if caller.is_locked() && !GOES_ON_WHILE_LOCKED.contains(&action) => {
                Refused::console_locked().into_response()
            }
            Ok(caller) => {
                note_act(&web, &caller, action).await;
                parts.extensions.insert(caller);
                next.run(Request::from_parts(parts, body)).await
            }
            Err(refused) => refused.into_response(),
        }
    };
    // A task of its own: a client that leaves does not stop in the middle what it began.
    let written = written_down(Arc::clone(&web), action, opening, act).in_current_span();
    let done = web.shutdown.spawn("change", written).await;
    done.unwrap_or_else(|_| Refused::internal().into_response())
}

async fn written_down(
    web: Arc<Web>,
    action: &'static str,
    opening: Opening,
    act: impl Future<Output = Response> + Send + 'static,
) -> Response {
    let entry = match web.app.book().open(opening).await {
        Ok(entry) => entry,
        Err(error) => return Refused::from(error).into_response(),
    };
    // Once more a task of its own: a panic in a handler is a result too.
    let response = web.shutdown.spawn("act", act.in_current_span()).await;
    let mut response = response.unwrap_or_else(|_| Refused::internal().into_response());
    let status = response.status();
    let result = match response.extensions().get::<Refused>() {
        Some(refused) => refused.code(),
        None if status.is_client_error() || status.is_server_error() => Refused::of_status(status).code(),
        None => "ok",
    };
    // What a page does by itself comes in hundreds, and changes nothing that lists show.
    if result == "ok" && !GOES_ON_WHILE_LOCKED.contains(&action) {
        web.app.changes().note(action);
    }
    let result = result.to_owned();
    let subject = response.extensions_mut().remove::<About>().map(|About(subject)| subject).unwrap_or_default();
    if let Err(error) = web.app.book().close(Closing { entry, subject, result }).await {
        // The act is done and can't be undone; its entry stays open, which `yunling verify audit` counts.
        tracing::error!(%error, entry, "the result of a change was not written into the book");
    }
    response
}

/// A change that somebody made keeps their console from locking; what a page does by itself is not theirs.
async fn note_act(web: &Web, caller: &Caller, action: &str) {
    if !GOES_ON_WHILE_LOCKED.contains(&action) {
        web.app.note_act(&caller.credential, extract::now().wall).await;
    }
}

/// The things a path names: `meeting:demo participant:u-abc`.
async fn subject(parts: &mut axum::http::request::Parts) -> String {
    let Ok(named) = RawPathParams::from_request_parts(parts, &()).await else { return String::new() };
    let things = named.iter().filter(|(name, _)| *name != "session").map(|(name, id)| format!("{name}:{id}"));
    things.collect::<Vec<_>>().join(" ")
}
