//! Legs: set up, changed, started and stopped; what is wrong with one is said, and a secret never comes back.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, refused};
use serde_json::{Value, json};
use std::time::Duration;
use yunling::{
    domain::role::Role,
    http::wire::{LegEntry, LegSource, WireLegState},
};

const PASSWORD: &str = "hunter2hunter2";

fn camera(url: &str, password: &Value) -> Value {
    json!({ "kind": "rtsp", "url": url, "transport": "tcp", "user": "admin", "password": password })
}

fn listener(port: u16) -> Value {
    json!({ "kind": "srtListener", "port": port, "passphrase": PASSWORD, "latencyMs": 200 })
}

#[tokio::test]
async fn a_leg_is_set_up_and_its_secret_never_comes_back() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let new = |name: &str, meeting: &str, source: Value| {
        let body = json!({ "name": name, "meeting": meeting, "source": source });
        server.tell("POST", "/api/legs", &op, &body)
    };
    let url = "rtsp://127.0.0.1:1/live";
    for (name, meeting, source, field) in [
        ("", "council", listener(9000), "name"),
        ("省", "nowhere", listener(9000), "meeting"),
        ("省", "council", camera("http://127.0.0.1/", &json!("")), "url"),
        ("省", "council", camera("rtsp://admin:x@127.0.0.1/", &json!("")), "url"),
        ("省", "council", listener(0), "port"),
    ] {
        let problem = refused(new(name, meeting, source), 422, "request.field_invalid").await;
        assert_eq!(problem.fields[0].field, field);
    }
    let made = new("省主会场", "council", camera(url, &json!(PASSWORD))).send().await.unwrap().text().await.unwrap();
    let leg: LegEntry = serde_json::from_str(&made).unwrap();
    assert!(leg.has_secret && leg.enabled && !leg.from_settings, "{made}");
    assert!(matches!(&leg.source, LegSource::Rtsp { url: back, password: None, .. } if back == url), "{made}");

    let path = format!("/api/legs/{}", leg.id);
    let change = |body: Value| server.tell("PATCH", &path, &op, &body);
    let renamed: LegEntry = change(json!({ "name": "省会场" })).send().await.unwrap().json().await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.has_secret), ("省会场", true));
    let kept = change(json!({ "source": camera("rtsp://127.0.0.1:1/other", &Value::Null) }));
    assert!(kept.send().await.unwrap().json::<LegEntry>().await.unwrap().has_secret);
    let elsewhere = change(json!({ "source": camera("rtsp://127.0.0.2:1/live", &Value::Null) }));
    let problem = refused(elsewhere, 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "password", "a secret follows to no other machine");

    assert!(new("市", "council", listener(9007)).send().await.unwrap().status().is_success());
    let problem = refused(new("县", "council", listener(9007)), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "port");
    for path in ["/api/legs", "/api/status"] {
        let text = server.ask("GET", path, &op).send().await.unwrap().text().await.unwrap();
        assert!(!text.contains(PASSWORD), "{text}");
    }
    server.end().await;
}

#[tokio::test]
async fn a_leg_says_what_is_wrong_and_stops_and_starts_and_goes() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    // Nothing listens at the first port.
    let source = camera("rtsp://127.0.0.1:1/live", &json!(""));
    let body = json!({ "name": "省", "meeting": "council", "source": source });
    let leg: LegEntry = server.tell("POST", "/api/legs", &op, &body).send().await.unwrap().json().await.unwrap();
    let wrong = until(&server, &op, |leg| leg.state == WireLegState::Waiting).await;
    assert!(wrong.sentence.contains("拒绝连接"), "{}", wrong.sentence);

    let path = format!("/api/legs/{}", leg.id);
    let act = |what: &str| server.tell("POST", &format!("{path}/{what}"), &op, &json!({}));
    let stopped: LegEntry = act("stop").send().await.unwrap().json().await.unwrap();
    assert!(!stopped.enabled);
    until(&server, &op, |leg| leg.state == WireLegState::Stopped && leg.sentence.is_empty()).await;
    let started: LegEntry = act("start").send().await.unwrap().json().await.unwrap();
    assert!(started.enabled);
    until(&server, &op, |leg| leg.state == WireLegState::Waiting).await;
    let gone = server.ask("DELETE", &path, &op).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    refused(act("start"), 404, "leg.unknown").await;
    server.end().await;
}

#[tokio::test]
async fn the_demonstrations_leg_is_listed_and_left_alone() {
    let server = Server::demo().await;
    let op = server.person("op", &[Role::Operator]).await;
    let legs: Vec<LegEntry> = server.ask("GET", "/api/legs", &op).send().await.unwrap().json().await.unwrap();
    assert_eq!(legs.len(), 1);
    assert!(legs[0].from_settings && matches!(legs[0].source, LegSource::Demo));
    let stop = server.tell("POST", &format!("/api/legs/{}/stop", legs[0].id), &op, &json!({}));
    refused(stop, 409, "leg.from_settings").await;
    server.end().await;
}

/// Waits until the only leg is as wished.
async fn until(server: &Server, cookie: &str, wished: impl Fn(&LegEntry) -> bool) -> LegEntry {
    let wait = async {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tick.tick().await;
            let legs: Vec<LegEntry> =
                server.ask("GET", "/api/legs", cookie).send().await.unwrap().json().await.unwrap();
            if let Some(leg) = legs.into_iter().find(&wished) {
                return leg;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("it comes to that")
}
