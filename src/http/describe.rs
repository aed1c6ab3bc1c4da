//! The description of the API (OpenAPI 3.1), made of the routes' own types: [`TABLE`] names the routes, a handler's signature says
//! what it takes and gives ([`Described`]), its documentation what it does. Whatever a signature hides behind a `Response` is in
//! [`HIDDEN`]. A test renders it and compares it with the file that the server hands out.

use super::{
    book::About,
    error::Refused,
    extract::{Caller, Ids, JsonBody, Text},
    routes::{Route, TABLE, Who},
    session::{FRAGMENT, SDP},
    wire,
};
use axum::{
    Extension, Json,
    extract::{
        Path, Query, Request, State, WebSocketUpgrade, rejection::QueryRejection,
        ws::rejection::WebSocketUpgradeRejection,
    },
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, future::Future, mem};

/// Where components are, as references name them.
const SCHEMAS: &str = "/components/schemas";

/// What is known of one route while its handler is looked at.
pub(super) struct Operation {
    /// Schemas of what is sent: what may be left out is not required.
    asked: SchemaGenerator,
    /// Schemas of what is answered: what is always there is required.
    answered: SchemaGenerator,
    query: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
    /// Whether the signature doesn't say all.
    hides: bool,
}

/// A handler, as its signature describes it. `M` are its arguments.
pub(super) trait Described<M> {
    /// Writes what it takes and gives.
    fn describe(operation: &mut Operation);
}

/// Something a handler takes.
trait Argument {
    fn describe(_: &mut Operation) {}
}

/// Something a handler gives.
trait Answer {
    fn describe(operation: &mut Operation);
}

/// Writes what this handler takes and gives.
pub(super) fn handler<M, H: Described<M>>(_: &H, operation: &mut Operation) {
    H::describe(operation);
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, Fut, R, $($argument),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut,
            Fut: Future<Output = R>,
            R: Answer,
            $($argument: Argument,)*
        {
            fn describe(operation: &mut Operation) {
                $($argument::describe(operation);)*
                R::describe(operation);
            }
        }
    };
}

described! {}
described! { A }
described! { A B }
described! { A B C }
described! { A B C D }
described! { A B C D E }
described! { A B C D E G }

impl Argument for Caller {}
impl Argument for HeaderMap {}
impl Argument for Uri {}
impl<T> Argument for State<T> {}
impl<T> Argument for Extension<T> {}
impl<T> Argument for Ids<T> {}
impl<T> Argument for Path<T> {}
impl Argument for Result<WebSocketUpgrade, WebSocketUpgradeRejection> {}

impl<T: JsonSchema> Argument for Query<T> {
    fn describe(operation: &mut Operation) {
        let schema = T::json_schema(&mut operation.asked).to_value();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, of) in schema["properties"].as_object().into_iter().flatten() {
            operation.query.push(json!({
                "name": name, "in": "query", "required": required.contains(&json!(name)), "schema": of,
            }));
        }
    }
}

impl<T: JsonSchema> Argument for Result<Query<T>, QueryRejection> {
    fn describe(operation: &mut Operation) {
        <Query<T> as Argument>::describe(operation);
    }
}

impl<T: JsonSchema> Argument for JsonBody<T> {
    fn describe(operation: &mut Operation) {
        let schema = operation.asked.subschema_for::<T>();
        operation.body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
    }
}

impl Argument for Result<Text, Refused> {
    fn describe(operation: &mut Operation) {
        operation.hides = true;
    }
}

impl Argument for Request {
    fn describe(operation: &mut Operation) {
        operation.hides = true;
    }
}

impl<T: JsonSchema> Answer for Json<T> {
    fn describe(operation: &mut Operation) {
        let schema = operation.answered.subschema_for::<T>();
        operation.answer("200", "Done.", "application/json", schema.to_value());
    }
}

impl Answer for StatusCode {
    fn describe(operation: &mut Operation) {
        operation.answers.insert("2XX".to_owned(), json!({ "description": "Done; nothing is said." }));
    }
}

impl Answer for &'static str {
    fn describe(operation: &mut Operation) {
        operation.answer("200", "Done.", "text/plain", json!({ "type": "string" }));
    }
}

impl Answer for Response {
    fn describe(operation: &mut Operation) {
        operation.hides = true;
    }
}

impl<R: Answer> Answer for (Extension<About>, R) {
    fn describe(operation: &mut Operation) {
        R::describe(operation);
    }
}

impl<R: Answer> Answer for Result<R, Refused> {
    fn describe(operation: &mut Operation) {
        R::describe(operation);
        let schema = operation.answered.subschema_for::<wire::Problem>();
        operation.answer("default", "Not done.", "application/problem+json", schema.to_value());
    }
}

impl Operation {
    fn answer(&mut self, status: &str, description: &str, media: &str, schema: Value) {
        let answer = json!({ "description": description, "content": { media: { "schema": schema } } });
        self.answers.insert(status.to_owned(), answer);
    }
}

// ---- what a signature doesn't say ----

/// What is sent or answered behind a signature that only says `Response`, `Request` or text.
enum Hidden {
    /// This as JSON.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// A file or a text of one of these types.
    File(&'static [&'static str]),
    /// Nothing but a status and headers.
    Nothing,
    /// A WebSocket with these messages: of the server, and of the client if it says anything.
    Socket(fn(&mut SchemaGenerator) -> Schema, Option<fn(&mut SchemaGenerator) -> Schema>),
}

/// Of a path: of what type a body is, if its handler takes one as text or as it comes; and what is answered.
type Hides = (&'static str, &'static str, Option<&'static str>, Hidden);

const TABLE_FILE: Hidden =
    Hidden::File(&["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv"]);
const PDF: Hidden = Hidden::File(&["application/pdf"]);
const CALENDAR: Hidden = Hidden::File(&["text/calendar"]);
const TABLE_BODY: Option<&str> = Some("application/octet-stream");
const ME: Hidden = Hidden::Json(|of| of.subschema_for::<wire::Me>());
const CHECK: Hidden = Hidden::Json(|of| of.subschema_for::<wire::ImportCheck>());
const CONTROL: Hidden = Hidden::Socket(
    |of| of.subschema_for::<wire::ServerMessage>(),
    Some(|of| of.subschema_for::<wire::ClientMessage>()),
);

/// Routes whose signature doesn't say all.
const HIDDEN: &[Hides] = &[
    ("POST", "/whip/{meeting}", Some(SDP), Hidden::File(&[SDP])),
    ("POST", "/whep/{meeting}", Some(SDP), Hidden::File(&[SDP])),
    ("PATCH", "/whip/{meeting}/{session}", Some(FRAGMENT), Hidden::File(&[FRAGMENT])),
    ("PATCH", "/whep/{meeting}/{session}", Some(FRAGMENT), Hidden::File(&[FRAGMENT])),
    ("OPTIONS", "/whip/{meeting}", None, Hidden::Nothing),
    ("OPTIONS", "/whep/{meeting}", None, Hidden::Nothing),
    ("OPTIONS", "/whip/{meeting}/{session}", None, Hidden::Nothing),
    ("OPTIONS", "/whep/{meeting}/{session}", None, Hidden::Nothing),
    ("GET", "/whip/{meeting}/{session}/control", None, CONTROL),
    ("GET", "/whep/{meeting}/{session}/control", None, CONTROL),
    ("GET", "/api/live", None, Hidden::Socket(|of| of.subschema_for::<wire::LiveMessage>(), None)),
    ("GET", "/api/me", None, ME),
    ("POST", "/api/login", None, ME),
    ("POST", "/api/logout", None, Hidden::Nothing),
    ("POST", "/api/pair", None, Hidden::Json(|of| of.subschema_for::<wire::Paired>())),
    ("GET", "/api/units/template", None, TABLE_FILE),
    ("GET", "/api/people/template", None, TABLE_FILE),
    ("GET", "/api/days/template", None, TABLE_FILE),
    ("POST", "/api/units/export", None, TABLE_FILE),
    ("POST", "/api/people/export", None, TABLE_FILE),
    ("POST", "/api/days/export", None, TABLE_FILE),
    ("POST", "/api/units/import/check", TABLE_BODY, CHECK),
    ("POST", "/api/people/import/check", TABLE_BODY, CHECK),
    ("POST", "/api/days/import/check", TABLE_BODY, CHECK),
    ("POST", "/api/units/import", TABLE_BODY, CHECK),
    ("POST", "/api/people/import", TABLE_BODY, CHECK),
    ("POST", "/api/days/import", TABLE_BODY, CHECK),
    ("POST", "/api/meetings/{meeting}/roll-calls/export", None, TABLE_FILE),
    ("POST", "/api/meetings/{meeting}/attendance/export", None, TABLE_FILE),
    ("POST", "/api/audit/exports", None, Hidden::File(&["text/csv"])),
    ("POST", "/api/meetings/{meeting}/network-record", None, Hidden::File(&["application/json"])),
    ("GET", "/api/plays/{play}/{*path}", None, Hidden::File(&["video/mp4", "application/json", "text/plain"])),
    ("GET", "/api/exports/{export}/{*path}", None, Hidden::File(&["video/mp4", "application/json", "text/plain"])),
    ("GET", "/api/meetings/{meeting}/meeting.ics", None, CALENDAR),
    ("GET", "/api/schedule/calendar.ics", None, CALENDAR),
    ("GET", "/api/meetings/{meeting}/notice.pdf", None, PDF),
    ("GET", "/api/meetings/{meeting}/attendance.pdf", None, PDF),
    ("GET", "/api/joint-tests/{meeting}/record.pdf", None, PDF),
    ("GET", "/api/schedule/duty.pdf", None, PDF),
    ("GET", "/api/schedule/week.pdf", None, PDF),
    (
        "POST",
        "/api/meetings/{meeting}/materials",
        TABLE_BODY,
        Hidden::Json(|of| of.subschema_for::<wire::MaterialEntry>()),
    ),
    ("POST", "/api/meetings/{meeting}/materials/{material}/copy", None, PDF),
    ("GET", "/api/openapi.json", None, Hidden::File(&["application/json"])),
    ("GET", "/metrics", None, Hidden::File(&["application/openmetrics-text"])),
];

/// Writes what the signature of this route doesn't say; `false` if nothing is known of it.
fn unhide(route: &Route, operation: &mut Operation) -> bool {
    let known = HIDDEN.iter().find(|(method, path, ..)| route.method == *method && route.path == *path);
    let Some((.., body, answer)) = known else { return false };
    let file = || json!({ "schema": { "type": "string", "format": "binary" } });
    if let Some(media) = body {
        operation.body = Some(json!({ "required": true, "content": { *media: file() } }));
    }
    match answer {
        Hidden::Json(schema) => {
            let schema = schema(&mut operation.answered).to_value();
            operation.answer("200", "Done.", "application/json", schema);
        }
        Hidden::File(media) => {
            let content: Map<String, Value> = media.iter().map(|media| ((*media).to_owned(), file())).collect();
            operation.answers.insert("2XX".to_owned(), json!({ "description": "Done.", "content": content }));
        }
        Hidden::Nothing => StatusCode::describe(operation),
        Hidden::Socket(server, client) => {
            let mut messages = Map::from_iter([("server".to_owned(), server(&mut operation.answered).to_value())]);
            if let Some(client) = client {
                messages.insert("client".to_owned(), client(&mut operation.asked).to_value());
            }
            let switching = json!({ "description": "A WebSocket.", "x-messages": messages });
            operation.answers.insert("101".to_owned(), switching);
        }
    }
    true
}

// ---- rendering ----

/// Whether a route is one for programs: all but the pages themselves.
fn is_described(route: &Route) -> bool {
    ["/api/", "/whip/", "/whep/", "/healthz", "/readyz", "/metrics"].iter().any(|of| route.path.starts_with(of))
}

/// The whole description.
fn openapi() -> String {
    let settings = || SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = SCHEMAS.into());
    let (asked, answered) = (settings().for_deserialize(), settings().for_serialize());
    let mut of = Operation {
        asked: asked.into_generator(),
        answered: answered.into_generator(),
        query: Vec::new(),
        body: None,
        answers: Map::new(),
        hides: false,
    };
    let mut paths = Map::new();
    for route in TABLE.iter().filter(|route| is_described(route)) {
        (route.describe)(&mut of);
        let known = unhide(route, &mut of);
        let hides = mem::take(&mut of.hides);
        assert_eq!(known, hides, "{} {}: a row of HIDDEN is missing or needless", route.method, route.path);
        let at = paths.entry(route.path.replace("{*", "{")).or_insert_with(|| json!({}));
        at[route.method.as_str().to_ascii_lowercase()] = operation(route, &mut of);
    }
    let (schemas, renamed) = components(of);
    let mut paths = Value::Object(paths);
    each_request(&mut paths, &mut |request| rename(request, &renamed));
    let whole = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "云岭 Yunling",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": INTRODUCTION,
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": security() },
    });
    let mut text = serde_json::to_string_pretty(&whole).expect("values serialise");
    text.push('\n');
    text
}

const INTRODUCTION: &str = "Everything the pages do. Times are milliseconds since 1970 (UTC) where a name ends in `Ms`. A change under a \
    cookie needs `Origin` or `Sec-Fetch-Site: same-origin`, as browsers send it. What is not done is answered with a problem \
    (RFC 9457): `title` is a Chinese sentence for people, `code` is stable, `fields` says what is to be changed. Which areas \
    became different is told on the WebSocket `/api/live`, which takes up where a client lost it.";

/// How a caller proves who they are.
fn security() -> Value {
    json!({
        "login": { "type": "apiKey", "in": "cookie", "name": super::extract::LOGIN_COOKIE,
            "description": "A person's, from `POST /api/login`." },
        "device": { "type": "apiKey", "in": "cookie", "name": super::extract::DEVICE_COOKIE,
            "description": "A machine's, from `POST /api/pair`." },
        "token": { "type": "http", "scheme": "bearer", "description": "For one meeting; in a link that an operator makes." },
    })
}

/// One operation.
fn operation(route: &Route, of: &mut Operation) -> Value {
    let params = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = params.map(|name| {
        let name = name.trim_start_matches('*');
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let parameters: Vec<Value> = in_path.chain(mem::take(&mut of.query)).collect();
    let (summary, more) = documentation(route);
    let mut operation = json!({
        "operationId": name(route),
        "summary": summary,
        "description": format!("{more}For: {}", who(route.who)).trim(),
        "tags": [tag(route.path)],
        "responses": mem::take(&mut of.answers),
    });
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = of.body.take() {
        operation["requestBody"] = body;
    }
    if route.who != Who::Anyone {
        operation["security"] = json!([{ "login": [] }, { "device": [] }, { "token": [] }]);
    }
    if let Some(action) = route.action {
        operation["x-book"] = json!(action);
    }
    operation
}

/// A name that no other route has: the method and the words of the path.
fn name(route: &Route) -> String {
    let words = route.path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let method = route.method.as_str().to_ascii_lowercase();
    std::iter::once(method.as_str()).chain(words).collect::<Vec<_>>().join("_")
}

/// What a path is about: its first part, without `/api`.
fn tag(path: &str) -> &str {
    path.trim_start_matches("/api").split('/').find(|part| !part.is_empty()).unwrap_or_default()
}

/// The first sentence of a handler's documentation without its route, and the rest.
fn documentation(route: &Route) -> (String, String) {
    let mut names: Vec<&str> = route.handler.split("::").collect();
    let name = names.pop().unwrap_or_default();
    let path = format!("{}/src/http/{}.rs", env!("CARGO_MANIFEST_DIR"), names.join("/"));
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let lines: Vec<&str> = source.lines().collect();
    let declared = format!(" fn {name}(");
    let at = lines.iter().position(|line| line.contains(&declared)).unwrap_or_else(|| panic!("{path} has no {name}"));
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
    let mut docs: Vec<&str> = above.filter_map(|line| line.strip_prefix("///")).map(str::trim).collect();
    docs.reverse();
    let text = docs.join("\n");
    let text = match text.strip_prefix('`') {
        Some(after) => after.split_once('`').map_or("", |(_, after)| after).trim_start_matches([':', '.']).trim(),
        None => text.as_str(),
    };
    let (first, more) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut first = first.replace('\n', " ");
    if let Some(letter) = first.get(..1) {
        first = letter.to_uppercase() + &first[1..];
    }
    (first, if more.is_empty() { String::new() } else { format!("{more}\n\n") })
}

/// Who may call it, in the words of [`Who`]'s documentation.
fn who(who: Who) -> String {
    let variant = format!("    {who:?},");
    let lines: Vec<&str> = include_str!("routes.rs").lines().collect();
    let at = lines.iter().position(|line| *line == variant).unwrap_or_else(|| panic!("routes.rs has no {who:?}"));
    let above = lines[..at].iter().rev().map_while(|line| line.trim().strip_prefix("///"));
    let mut docs: Vec<&str> = above.map(str::trim).collect();
    docs.reverse();
    let text = docs.join(" ");
    // Links to other variants are for readers of the source.
    text.replace("[`", "").replace("`](Self::Viewer)", "")
}

/// All schemas by name. A type that is asked and answered has two if what may be left out of the one is always in the other: the
/// names of those, as requests have to call them.
fn components(of: Operation) -> (Map<String, Value>, BTreeSet<String>) {
    let (Operation { mut asked, mut answered, .. }, mut renamed) = (of, BTreeSet::new());
    let (asked, mut schemas) = (asked.take_definitions(true), answered.take_definitions(true));
    loop {
        let before = renamed.len();
        for (name, schema) in &asked {
            let mut schema = schema.clone();
            rename(&mut schema, &renamed);
            if schemas.get(name).is_some_and(|known| *known != schema) {
                renamed.insert(name.clone());
            }
        }
        if renamed.len() == before {
            break;
        }
    }
    for (name, mut schema) in asked {
        rename(&mut schema, &renamed);
        let name = if renamed.contains(&name) { format!("{name}Asked") } else { name };
        schemas.insert(name, schema);
    }
    (schemas, renamed)
}

/// Has every reference to one of these names mean its other form.
fn rename(value: &mut Value, renamed: &BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "$ref" => {
                        if text.rsplit('/').next().is_some_and(|name| renamed.contains(name)) {
                            text.push_str("Asked");
                        }
                    }
                    member => rename(member, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        _ => {}
    }
}

/// Does something to whatever is sent to a route.
fn each_request(paths: &mut Value, act: &mut dyn FnMut(&mut Value)) {
    for operation in paths.as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        for of in operation.values_mut() {
            for part in ["requestBody", "parameters"] {
                if let Some(part) = of.get_mut(part) {
                    act(part);
                }
            }
            if let Some(client) = of.pointer_mut("/responses/101/x-messages/client") {
                act(client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test, no setting")]
    fn the_description_in_the_repository_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/src/api/generated/openapi.json");
        let fresh = openapi();
        if std::env::var_os("YUNLING_UPDATE").is_some() {
            std::fs::write(path, &fresh).expect("the folder is in the repository");
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == fresh, "{path} is stale: run `YUNLING_UPDATE=1 cargo test --lib describe`");
    }

    #[test]
    fn every_route_says_what_it_does() {
        let silent: Vec<_> = TABLE
            .iter()
            .filter(|route| is_described(route) && documentation(route).0.is_empty())
            .map(|route| format!("{} {} {}", route.method, route.path, route.handler))
            .collect();
        assert!(silent.is_empty(), "{silent:#?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let whole: Value = serde_json::from_str(&openapi()).expect("it is JSON");
        let mut found = 0;
        let mut waiting = vec![&whole];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(to)) = members.get("$ref") {
                        let at = to.strip_prefix('#').expect("all are in this document");
                        assert!(whole.pointer(at).is_some(), "{to}");
                        found += 1;
                    }
                    waiting.extend(members.values());
                }
                Value::Array(items) => waiting.extend(items),
                _ => {}
            }
        }
        assert!(found > 100, "{found}");
    }
}
