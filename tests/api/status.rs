//! Meetings, visits, status and what watches the server.

use crate::server::{Server, header, refused};
use futures_util::StreamExt;
use yunling::{
    domain::access::TokenRole,
    http::wire::{MeetingBrief, Status, VisitReply, WirePeerKind},
};

#[tokio::test]
async fn a_visitor_becomes_a_participant() {
    let server = Server::demo().await;
    let visit = |body: &'static str| {
        server.request("POST", "/api/meetings/demo/visit").header("content-type", "application/json").body(body)
    };
    let reply: VisitReply = visit(r#"{"name":" 李局长 "}"#).send().await.unwrap().json().await.unwrap();
    assert_eq!(reply.name, "李局长");
    let (location, _) = server.join("/whip/demo", Some(&reply.token)).await;
    refused(server.request("DELETE", &location), 401, "access.token_needed").await;
    assert_eq!(server.request("DELETE", &location).bearer_auth(&reply.token).send().await.unwrap().status(), 200);

    refused(visit(r#"{"name":""}"#), 422, "request.field_invalid").await;
    refused(visit(r#"{"nom":"x"}"#), 400, "request.malformed").await;
    let untyped = server.request("POST", "/api/meetings/demo/visit").body(r#"{"name":"x"}"#);
    refused(untyped, 415, "request.unsupported_type").await;
    server.end().await;
}

#[tokio::test]
async fn a_meeting_shows_its_title_to_who_may_see_it() {
    let server = Server::strict().await;
    refused(server.request("GET", "/api/meetings/council"), 401, "access.token_needed").await;
    let other = server.token("other", TokenRole::Viewer);
    refused(server.request("GET", "/api/meetings/council").bearer_auth(other), 404, "meeting.unknown").await;
    let viewer = server.token("council", TokenRole::Viewer);
    let seen = server.request("GET", "/api/meetings/council").bearer_auth(viewer).send().await.unwrap();
    assert_eq!(seen.json::<MeetingBrief>().await.unwrap().title, "县委常委会");
    server.end().await;
}

#[tokio::test]
async fn status_shows_peers_without_their_secrets() {
    let server = Server::demo().await;
    let (location, _) = server.join("/whep/demo", None).await;
    let text = server.request("GET", "/api/status").send().await.unwrap().text().await.unwrap();
    let status: Status = serde_json::from_str(&text).unwrap();
    assert!(status.demo);
    assert_eq!(status.workers[0].port, server.running.relay.media_ports()[0]);
    assert_eq!(status.meetings[0].on_air.as_deref(), Some("province"));
    let viewers = status.meetings[0].peers.iter().filter(|peer| peer.kind == WirePeerKind::Viewer);
    assert_eq!(viewers.count(), 1);
    let session = location.rsplit('/').next().unwrap();
    assert!(!text.contains(session), "a session's address is its secret");

    let mut live = server.socket("/api/live", None).await.expect("opens");
    let first = live.next().await.expect("told").expect("no fault").into_text().unwrap();
    assert_eq!(serde_json::from_str::<Status>(&first).unwrap().meetings.len(), 1);
    server.end().await;
}

#[tokio::test]
async fn status_is_closed_outside_a_demonstration() {
    let server = Server::strict().await;
    let token = server.token("council", TokenRole::Publisher);
    refused(server.request("GET", "/api/status"), 401, "access.token_needed").await;
    refused(server.request("GET", "/api/status").bearer_auth(token), 401, "access.token_needed").await;
    refused(server.request("GET", "/api/live"), 401, "access.token_needed").await;
    server.end().await;
}

#[tokio::test]
async fn what_watches_the_server_is_answered() {
    let server = Server::demo().await;
    server.join("/whip/demo", None).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.request("GET", path).send().await.unwrap().status(), 200, "{path}");
    }
    let response = server.request("GET", "/metrics").send().await.unwrap();
    assert!(header(&response, "content-type").starts_with("application/openmetrics-text"));
    let text = response.text().await.unwrap();
    assert!(text.contains("yunling_peers{meeting=\"demo\",kind=\"publisher\"} 1"), "{text}");
    assert!(text.contains("yunling_loss_ratio{meeting=\"demo\"}"), "{text}");
    assert!(text.contains("yunling_slots_reduced{meeting=\"demo\"}"), "{text}");
    assert!(text.contains("yunling_worker_datagrams_received_total{worker=\"0\"}"), "{text}");
    assert!(text.ends_with("# EOF\n"));
    server.end().await;
}
