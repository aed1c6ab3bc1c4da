//! The one table of all routes: method, path, who may call it, and what answers.
//!
//! The router is built from it, so a route that is not here doesn't exist, and a test walks it with every kind of credential.

use super::{Web, api, control, health, live, page, session};
use axum::{
    Router,
    http::Method,
    routing::{MethodRouter, delete, get, options, patch, post},
};
use std::sync::Arc;

/// Who may call a route. The decision itself is [`domain::access`](crate::domain::access)'s, inside each handler; this says
/// what the test expects of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody who came through the door.
    Anyone,
    /// Whoever may send: a publisher's token, or a demonstration's visitor.
    Publisher,
    /// Whoever may look: any token of the meeting, or a demonstration's visitor.
    Viewer,
    /// Whoever opened the session.
    SessionOwner,
    /// Whoever opened the session, as its first message says: the upgrade itself is for everybody.
    SessionOwnerByMessage,
    /// Only a demonstration's visitor without a token.
    DemoVisitor,
    /// Only a demonstration's visitor; a token doesn't help.
    Status,
}

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path pattern.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    answer: fn() -> MethodRouter<Arc<Web>>,
}

macro_rules! table {
    ($($method:ident $path:literal $who:ident $on:ident($handler:expr);)*) => {
        /// Every route of the HTTPS port.
        pub const TABLE: &[Route] = &[
            $(Route { method: Method::$method, path: $path, who: Who::$who, answer: || $on($handler) },)*
        ];
    };
}

table! {
    POST    "/whip/{meeting}"                   Publisher             post(session::publish);
    OPTIONS "/whip/{meeting}"                   Anyone                options(session::endpoint_options);
    PATCH   "/whip/{meeting}/{session}"         SessionOwner          patch(session::change);
    DELETE  "/whip/{meeting}/{session}"         SessionOwner          delete(session::leave);
    OPTIONS "/whip/{meeting}/{session}"         Anyone                options(session::session_options);
    POST    "/whep/{meeting}"                   Viewer                post(session::view);
    OPTIONS "/whep/{meeting}"                   Anyone                options(session::endpoint_options);
    PATCH   "/whep/{meeting}/{session}"         SessionOwner          patch(session::change);
    DELETE  "/whep/{meeting}/{session}"         SessionOwner          delete(session::leave);
    OPTIONS "/whep/{meeting}/{session}"         Anyone                options(session::session_options);
    GET     "/whep/{meeting}/{session}/control" SessionOwnerByMessage get(control::open);
    GET     "/api/meetings/{meeting}"           Viewer                get(api::meetings::meeting);
    POST    "/api/meetings/{meeting}/visit"     DemoVisitor           post(api::meetings::visit);
    GET     "/api/status"                       Status                get(api::status::status);
    GET     "/api/live"                         Status                get(live::open);
    GET     "/healthz"                          Anyone                get(health::alive);
    GET     "/readyz"                           Anyone                get(health::ready);
    GET     "/metrics"                          Anyone                get(health::metrics);
    GET     "/"                                 Anyone                get(page::admin);
    GET     "/status"                           Anyone                get(page::admin);
    GET     "/join/{meeting}"                   Anyone                get(page::join);
    GET     "/screen/{meeting}"                 Anyone                get(page::screen);
    GET     "/assets/{*path}"                   Anyone                get(page::asset);
}

/// The router of the whole table.
pub(super) fn router() -> Router<Arc<Web>> {
    TABLE.iter().fold(Router::new(), |router, route| router.route(route.path, (route.answer)()))
}
