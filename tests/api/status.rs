//! Meetings, visits, status and what watches the server.

use crate::server::{Server, Socket, header, refused};
use futures_util::StreamExt;
use serde_json::json;
use yunling::{
    domain::{access::TokenRole, role::Role},
    http::wire::{AuditPage, LiveMessage, MeetingBrief, Status, VisitReply, WirePeerKind},
    relay::flight::{FlightRecord, Happened},
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
    let other = server.token("other", TokenRole::Viewer).await;
    refused(server.request("GET", "/api/meetings/council").bearer_auth(other), 404, "meeting.unknown").await;
    let viewer = server.token("council", TokenRole::Viewer).await;
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
    let LiveMessage::Hello { areas: None, .. } = told(&mut live).await else { panic!("it says where it is") };
    let LiveMessage::Status { status } = told(&mut live).await else { panic!("it says the state") };
    assert_eq!(status.meetings.len(), 1);
    server.end().await;
}

async fn told(live: &mut Socket) -> LiveMessage {
    let text = live.next().await.expect("told").expect("no fault").into_text().expect("text");
    serde_json::from_str(&text).expect("a message")
}

/// The next that is said beside the state and the sign of life.
async fn told_of_changes(live: &mut Socket) -> LiveMessage {
    loop {
        match told(live).await {
            LiveMessage::Status { .. } | LiveMessage::Here => {}
            other => return other,
        }
    }
}

#[tokio::test]
async fn every_page_hears_what_changed_and_after_a_lost_line_what_it_missed() {
    let server = Server::bare().await;
    let operator = server.person("op", &[Role::Operator]).await;
    let clerk = server.person("clerk", &[Role::Clerk]).await;
    let make = async |name: &str| {
        let made = server.tell("POST", "/api/venues", &operator, &json!({ "id": name, "name": name })).send().await;
        assert_eq!(made.unwrap().status(), 200);
    };
    let mut live = server.own_socket("/api/live", &clerk).await.expect("opens");
    let LiveMessage::Hello { run, at, areas: None } = told(&mut live).await else { panic!("it says where it is") };
    make("hall").await;
    let LiveMessage::Changed { at: heard, areas } = told_of_changes(&mut live).await else { panic!("it says so") };
    assert_eq!((heard, areas), (at + 1, vec!["venue".to_owned()]));
    drop(live);
    for (name, action) in [("annex", "made"), ("annex", "refused: there is one")] {
        let body = json!({ "id": name, "name": name });
        let status = server.tell("POST", "/api/venues", &operator, &body).send().await.unwrap().status();
        assert_eq!(status.is_success(), action == "made", "{action}");
    }
    let resumed = format!("/api/live?run={run}&after={heard}");
    let mut again = server.own_socket(&resumed, &clerk).await.expect("opens");
    let LiveMessage::Hello { at: after, areas, .. } = told(&mut again).await else { panic!("it says where it is") };
    assert_eq!((after, areas), (heard + 1, Some(vec!["venue".to_owned()])), "what is refused changes nothing");
    for unknown in [format!("run=other&after={heard}"), format!("run={run}&after=99"), String::new()] {
        let mut live = server.own_socket(&format!("/api/live?{unknown}"), &clerk).await.expect("opens");
        let LiveMessage::Hello { areas, .. } = told(&mut live).await else { panic!("it says where it is") };
        assert_eq!(areas, None, "{unknown:?}");
    }
    server.end().await;
}

#[tokio::test]
async fn who_may_not_see_the_state_hears_that_the_line_is_good() {
    let server = Server::strict().await;
    let clerk = server.person("clerk", &[Role::Clerk]).await;
    let mut live = server.own_socket("/api/live", &clerk).await.expect("opens");
    let first = [told(&mut live).await, told(&mut live).await, told(&mut live).await];
    assert!(matches!(first, [LiveMessage::Hello { .. }, LiveMessage::Here, LiveMessage::Here]), "{first:?}");
    server.end().await;
}

#[tokio::test]
async fn status_is_closed_outside_a_demonstration() {
    let server = Server::strict().await;
    let token = server.token("council", TokenRole::Publisher).await;
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
    assert!(text.contains("yunling_forwarding_delay_seconds_bucket{le=\"0.001\",worker=\"0\"} "), "{text}");
    assert!(text.contains("yunling_forwarding_delay_seconds_count{worker=\"0\"} "), "{text}");
    assert!(text.contains("yunling_publication_forwarding_delay_seconds_sum{meeting=\"demo\",publication="), "{text}");
    assert!(text.contains("yunling_publication_key_frame_requests_total{meeting=\"demo\",publication="), "{text}");
    assert!(text.ends_with("# EOF\n"));
    server.end().await;
}

#[tokio::test]
async fn figures_are_for_named_addresses_and_whoever_may_see_the_status() {
    let nobody = Server::strict().await;
    let told = refused(nobody.request("GET", "/metrics"), 401, "metrics.refused").await;
    assert!(told.title.contains("network.metrics_subnets"), "{}", told.title);
    let token = nobody.token("council", TokenRole::Publisher).await;
    refused(nobody.request("GET", "/metrics").bearer_auth(token), 401, "access.token_needed").await;
    let clerk = nobody.person("wu", &[Role::Clerk]).await;
    refused(nobody.ask("GET", "/metrics", &clerk), 403, "access.not_allowed").await;
    let operator = nobody.person("op", &[Role::Operator]).await;
    assert_eq!(nobody.ask("GET", "/metrics", &operator).send().await.unwrap().status(), 200);
    nobody.end().await;

    let other = Server::with_metrics_for(&["10.1.2.3"]).await;
    refused(other.request("GET", "/metrics"), 401, "metrics.refused").await;
    other.end().await;
    let here = Server::with_metrics_for(&["10.1.2.3", "127.0.0.0/8"]).await;
    assert_eq!(here.request("GET", "/metrics").send().await.unwrap().status(), 200);
    refused(here.request("GET", "/api/status"), 401, "access.token_needed").await;
    here.end().await;
}

#[tokio::test]
async fn the_last_seconds_of_a_network_are_saved_and_in_the_book() {
    let server = Server::strict().await;
    let path = "/api/meetings/council/network-record";
    refused(server.request("POST", path), 401, "access.token_needed").await;
    let clerk = server.person("wu", &[Role::Clerk]).await;
    refused(server.ask("POST", path, &clerk), 403, "access.not_allowed").await;
    let operator = server.person("op", &[Role::Operator]).await;
    refused(server.ask("POST", "/api/meetings/nobodys/network-record", &operator), 409, "meeting.not_on_air").await;

    let token = server.token("council", TokenRole::Viewer).await;
    let (location, _) = server.join("/whep/council", Some(&token)).await;
    let session = location.rsplit('/').next().unwrap();
    let answer = server.ask("POST", path, &operator).send().await.unwrap();
    assert!(header(&answer, "content-disposition").starts_with("attachment; filename=\"network-council-"));
    let text = answer.text().await.unwrap();
    let record: FlightRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(record.peers.len(), 1, "{text}");
    assert_eq!(record.peers[0].key, session[..8]);
    assert!(record.events.iter().any(|event| matches!(event.of, Happened::Joined { .. })), "{text}");
    assert!(!text.contains("127.0.0.1"), "no addresses");
    assert!(!text.contains(session), "a session's address is its secret");

    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit?action=network.export", &auditor).send().await.unwrap();
    let page: AuditPage = book.json().await.unwrap();
    let seen: Vec<_> = page.entries.iter().map(|row| (row.subject.as_str(), row.result.as_deref())).collect();
    assert_eq!(seen[0], ("meeting:council", Some("ok")), "{seen:?}");
    assert_eq!(seen.len(), 4, "who was refused is there too: {seen:?}");
    server.end().await;
}
