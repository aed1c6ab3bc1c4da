//! An operator's day over the interface alone: what is sent, what comes back, and what the book says of it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, refused};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use yunling::{
    domain::{
        access::{DeviceKind, TokenRole},
        role::Role,
    },
    http::wire::{
        AuditPage, MeetingEntry, StageState, Status, VenueEntry, VenueNow, WireHeard, WireMeetingState, WireMicrophone,
        WireParticipantKind,
    },
};

fn hours_from_now(hours: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap() + hours * 3_600_000
}

fn meeting(title: &str, venues: &[&str]) -> Value {
    json!({
        "title": title, "startsAtMs": hours_from_now(1), "endsAtMs": hours_from_now(3),
        "kind": "own", "codec": "h264", "venues": venues,
    })
}

async fn done<T: serde::de::DeserializeOwned>(request: reqwest::RequestBuilder) -> T {
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn heard(participants: &[&str]) -> WireHeard {
    WireHeard::Only { participants: participants.iter().map(ToString::to_string).collect() }
}

#[tokio::test]
async fn a_meeting_is_run_from_its_plan_to_its_end() {
    let server = Server::bare().await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let op = server.person("op", &[Role::Operator]).await;
    let made: MeetingEntry = done(server.tell("POST", "/api/meetings", &op, &meeting("防汛会商", &["county"]))).await;
    let at = |path: &str| format!("/api/meetings/{}{path}", made.id);
    let changed: MeetingEntry = done(server.tell("PATCH", &at(""), &op, &json!({ "title": "防汛会商（二）" }))).await;
    assert_eq!(changed, MeetingEntry { title: "防汛会商（二）".into(), ..made.clone() });
    refused(server.ask("GET", &at("/stage"), &op), 409, "meeting.not_on_air").await;
    refused(server.ask("POST", &at("/close"), &op), 409, "meeting.not_on_air").await;

    let opened: MeetingEntry = done(server.ask("POST", &at("/open"), &op)).await;
    assert_eq!(opened.state, WireMeetingState::OnAir);
    let token = server.token(&made.id, TokenRole::Publisher).await;
    let who = server.participant_of(&token).await.to_string();
    server.join(&format!("/whip/{}", made.id), Some(&token)).await;

    let programme = |participant: Option<&str>, sound: bool| {
        server.tell("POST", &at("/programme"), &op, &json!({ "participant": participant, "withSound": sound }))
    };
    let microphone = |participant: &str, open: bool| {
        server.tell("POST", &at("/microphones"), &op, &json!({ "participant": participant, "open": open }))
    };
    let stage: StageState = done(programme(Some(&who), true)).await;
    assert_eq!(stage, StageState { on_air: Some(who.clone()), heard: heard(&[&who]) });
    assert_eq!(done::<StageState>(server.ask("GET", &at("/stage"), &op)).await, stage);
    let status: Status = done(server.ask("GET", "/api/status", &op)).await;
    let shown = &status.meetings[0];
    assert_eq!((&shown.stage, shown.on_air.as_ref()), (&stage, Some(&who)));
    let guest = &shown.participants[0];
    assert_eq!((guest.participant.as_str(), guest.kind, guest.heard), (who.as_str(), WireParticipantKind::Guest, true));
    assert_eq!(guest.microphone, WireMicrophone::Absent, "it has not sent any sound");

    let stage: StageState = done(microphone(&who, false)).await;
    assert_eq!(stage.heard, WireHeard::Nobody);
    done::<StageState>(microphone(&who, true)).await;
    let stage: StageState = done(server.ask("POST", &at("/microphones/close-all"), &op)).await;
    assert_eq!(stage, StageState { on_air: Some(who.clone()), heard: WireHeard::Nobody });
    refused(programme(Some("nobody"), true), 409, "participant.gone").await;
    refused(programme(Some("No Id"), true), 409, "participant.gone").await;
    refused(microphone("nobody", true), 409, "participant.gone").await;
    let remove = server.ask("POST", &at(&format!("/participants/{who}/remove")), &op);
    assert_eq!(remove.send().await.unwrap().status(), 204);
    assert_eq!(done::<StageState>(server.ask("GET", &at("/stage"), &op)).await.on_air, None);

    let closed: MeetingEntry = done(server.ask("POST", &at("/close"), &op)).await;
    assert_eq!(closed.state, WireMeetingState::Closed);
    refused(server.ask("POST", &at("/open"), &op), 409, "meeting.closed").await;
    refused(server.tell("PATCH", &at(""), &op, &json!({})), 409, "meeting.closed").await;
    let listed: Vec<MeetingEntry> = done(server.ask("GET", "/api/meetings", &op)).await;
    assert_eq!(listed, [closed]);

    let book: AuditPage = done(server.ask("GET", "/api/audit?action=stage.", &auditor)).await;
    let rows: Vec<_> = book.entries.iter().rev().map(|row| (row.subject.as_str(), row.result.as_deref())).collect();
    let (id, gone) = (&made.id, Some("participant.gone"));
    let [chosen, shut, open] = [
        format!("meeting:{id} programme:{who} sound:true"),
        format!("meeting:{id} participant:{who} microphone:closed"),
        format!("meeting:{id} participant:{who} microphone:open"),
    ];
    let (plain, removed) = (format!("meeting:{id}"), format!("meeting:{id} participant:{who}"));
    let ok = Some("ok");
    let expect = [
        (&chosen, ok),
        (&shut, ok),
        (&open, ok),
        (&plain, ok),
        (&plain, gone),
        (&plain, gone),
        (&plain, gone),
        (&removed, ok),
    ];
    assert_eq!(rows, expect.map(|(subject, result)| (subject.as_str(), result)));
    server.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_plan_is_said_field_by_field() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let post = |body: &Value| server.tell("POST", "/api/meetings", &op, body);
    let wrong = async |change: Value| {
        let mut body = meeting("防汛会商", &["county"]);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let problem = refused(post(&body), 422, "request.field_invalid").await;
        assert!(problem.fields.iter().all(|field| field.sentence.ends_with('。')), "{problem:?}");
        problem.fields.into_iter().map(|field| field.field).collect::<Vec<_>>()
    };
    assert_eq!(wrong(json!({ "title": " " })).await, ["title"]);
    assert_eq!(wrong(json!({ "title": "会".repeat(101), "endsAtMs": 0 })).await, ["title", "endsAtMs"]);
    assert_eq!(wrong(json!({ "endsAtMs": hours_from_now(26) })).await, ["endsAtMs"]);
    assert_eq!(wrong(json!({ "startsAtMs": 0, "endsAtMs": 1 })).await, ["startsAtMs"]);
    assert_eq!(wrong(json!({ "startsAtMs": u64::MAX, "endsAtMs": u64::MAX })).await, ["startsAtMs", "endsAtMs"]);
    assert_eq!(wrong(json!({ "venues": ["county", "moon"] })).await, ["venues"]);
    assert_eq!(wrong(json!({ "venues": ["No Id"] })).await, ["venues"]);
    assert_eq!(wrong(json!({ "codec": "opus" })).await, ["codec"]);
    refused(post(&json!({ "title": "没有时间" })), 400, "request.malformed").await;
    refused(server.ask("POST", "/api/meetings", &op).body("x"), 415, "request.unsupported_type").await;

    let first: MeetingEntry = done(post(&meeting("第一个会", &["county"]))).await;
    let mut afterwards = meeting("第二个会", &["county"]);
    (afterwards["startsAtMs"], afterwards["endsAtMs"]) = (hours_from_now(3).into(), hours_from_now(4).into());
    let second: MeetingEntry = done(post(&afterwards)).await;
    done::<MeetingEntry>(server.ask("POST", &format!("/api/meetings/{}/open", first.id), &op)).await;
    let clash = server.ask("POST", &format!("/api/meetings/{}/open", second.id), &op);
    let problem = refused(clash, 409, "meeting.venue_taken").await;
    assert!(problem.title.contains("县主会场") && problem.title.contains("第一个会"), "{}", problem.title);
    let on_air = server.tell("PATCH", &format!("/api/meetings/{}", first.id), &op, &json!({ "codec": "vp8" }));
    let problem = refused(on_air, 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "codec");
    let soon = format!("/api/meetings?from={}&to={}", hours_from_now(0), hours_from_now(4));
    assert_eq!(done::<Vec<MeetingEntry>>(server.ask("GET", &soon, &op)).await.len(), 2);
    let later = format!("/api/meetings?from={}", hours_from_now(5));
    let listed = done::<Vec<MeetingEntry>>(server.ask("GET", &later, &op)).await;
    assert!(listed.iter().all(|meeting| meeting.state == WireMeetingState::OnAir), "{listed:?}");
    refused(server.ask("GET", "/api/meetings?from=soon", &op), 400, "request.malformed").await;
    server.end().await;
}

#[tokio::test]
async fn a_machine_asks_what_its_venue_has_and_comes_in() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let (machine, _) = server.machine(DeviceKind::Room).await;
    let now = async || done::<VenueNow>(server.ask("GET", "/api/venues/hall/now", &machine)).await;
    let shown = now().await;
    assert_eq!((shown.venue.name.as_str(), shown.on_air, shown.next), ("大礼堂", None, None));
    let made: MeetingEntry = done(server.tell("POST", "/api/meetings", &op, &meeting("防汛会商", &["hall"]))).await;
    assert_eq!(now().await.next.map(|next| next.id), Some(made.id.clone()));
    done::<MeetingEntry>(server.ask("POST", &format!("/api/meetings/{}/open", made.id), &op)).await;
    assert_eq!(now().await.on_air.map(|on_air| on_air.id), Some(made.id.clone()));
    refused(server.ask("GET", "/api/venues/county/now", &machine), 404, "venue.unknown").await;

    let offer = server.ask("POST", &format!("/whip/{}", made.id), &machine).header("content-type", "application/sdp");
    assert_eq!(offer.body(crate::server::WHIP_OFFER).send().await.unwrap().status(), 201);
    let status: Status = done(server.ask("GET", "/api/status", &op)).await;
    let shown = &status.meetings[0].participants[0];
    assert_eq!((shown.participant.as_str(), shown.kind), ("v-hall", WireParticipantKind::Device));
    assert!(!shown.heard && !shown.on_air, "closed until somebody opens it");
    server.end().await;
}

#[tokio::test]
async fn venues_are_kept_over_the_interface() {
    let server = Server::bare().await;
    let admin = server.person("admin2", &[Role::SystemAdmin]).await;
    let clerk = server.person("clerk", &[Role::Clerk]).await;
    let post = |cookie: &str, body: Value| server.tell("POST", "/api/venues", cookie, &body);
    let made: VenueEntry = done(post(&admin, json!({ "id": "chengguan", "name": "城关镇" }))).await;
    assert_eq!(made.id, "chengguan");
    let unnamed: VenueEntry = done(post(&admin, json!({ "name": "河西乡" }))).await;
    let patch = |body: Value| server.tell("PATCH", &format!("/api/venues/{}", unnamed.id), &admin, &body);
    let first: VenueEntry = done(patch(json!({ "rank": 0, "name": "河西镇" }))).await;
    assert_eq!((first.name.as_str(), first.rank), ("河西镇", 0));
    let listed: Vec<VenueEntry> = done(server.ask("GET", "/api/venues", &clerk)).await;
    let names: Vec<_> = listed.iter().map(|venue| venue.name.as_str()).collect();
    assert_eq!(names, ["县主会场", "河西镇", "城关镇"]);

    refused(post(&admin, json!({ "id": "county", "name": "又一个" })), 409, "venue.taken").await;
    let problem = refused(post(&admin, json!({ "id": "No Id", "name": "x" })), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "id");
    let problem = refused(patch(json!({ "name": "" })), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "name");
    refused(server.tell("PATCH", "/api/venues/moon", &admin, &json!({})), 404, "venue.unknown").await;
    refused(post(&clerk, json!({ "name": "x" })), 403, "access.not_allowed").await;
    server.end().await;
}
