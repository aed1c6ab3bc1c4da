//! The description of the API, for programs and for the page that shows it.

use crate::http::extract::Caller;
use axum::{
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};

/// What the tests rendered of the routes' own types.
const OPENAPI: &str = include_str!("../../../web/src/api/generated/openapi.json");

/// `GET /api/openapi.json`: this description, as OpenAPI 3.1.
pub(in crate::http) async fn read(_: Caller) -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
