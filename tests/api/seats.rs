//! A leader's seat: paired like any machine, one person's, and nothing in a meeting before that person's PIN was typed.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    door::me,
    server::{PASSWORD, Server, WHEP_OFFER, WHIP_OFFER, council, header, operator, refused},
};
use reqwest::RequestBuilder;
use serde_json::json;
use yunling::{
    domain::{
        lockout::FAILURES_MAX,
        meeting::{Meeting, Plan},
        role::Role,
    },
    http::wire::{AuditPage, DeviceMade, Me, WireDeviceKind},
};

const PIN: &str = "260411";

/// A server where the hall has the meeting `council` on air, and a seat of `zhang` in the hall: its cookie and id.
async fn set_up() -> (Server, String, String) {
    let server = Server::bare().await;
    let leader = server.person("zhang", &[Role::Leader]).await;
    let pin = json!({ "password": PASSWORD, "pin": PIN });
    assert_eq!(server.tell("POST", "/api/me/pin", &leader, &pin).send().await.unwrap().status(), 204);
    let (seat, id) = server.seat("zhang").await;
    let plan = Plan { venues: vec!["hall".parse().unwrap()], ..council() };
    open(&server, "council", plan).await;
    (server, seat, id)
}

async fn open(server: &Server, id: &str, plan: Plan) {
    let id = id.parse().unwrap();
    server.running.app.keep_meeting(&Meeting::planned(id, plan)).await.unwrap();
    server.running.app.open_meeting(&operator(), &id_of("council")).await.unwrap();
}

fn id_of(id: &str) -> yunling::id::MeetingId {
    id.parse().unwrap()
}

fn attend(server: &Server, seat: &str, pin: &str) -> RequestBuilder {
    server.tell("POST", "/api/seat/attend", seat, &json!({ "pin": pin }))
}

fn offer(server: &Server, path: &str, seat: &str) -> RequestBuilder {
    let offer = if path.starts_with("/whip") { WHIP_OFFER } else { WHEP_OFFER };
    server.offer(path, offer, None).header("cookie", seat).header("sec-fetch-site", "same-origin")
}

#[tokio::test]
async fn a_seat_is_a_leaders_and_attends_as_them_once_their_pin_was_typed() {
    let (server, seat, _) = set_up().await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let Me::Device { name, device, venue, attends } = me(&server, &seat).await else { panic!("a machine") };
    assert_eq!((name.as_str(), device, venue.as_str(), attends), ("王秀兰", WireDeviceKind::Seat, "hall", None));
    assert_eq!(server.ask("GET", "/api/venues/hall/now", &seat).send().await.unwrap().status(), 200);
    refused(server.ask("GET", "/api/venues/county/now", &seat), 404, "venue.unknown").await;
    refused(offer(&server, "/whep/council", &seat), 404, "meeting.unknown").await;
    refused(offer(&server, "/whip/council", &seat), 404, "meeting.unknown").await;
    refused(server.ask("GET", "/api/status", &seat), 401, "access.token_needed").await;

    refused(attend(&server, &seat, "111111"), 422, "seat.wrong_pin").await;
    assert_eq!(attend(&server, &seat, PIN).send().await.unwrap().status(), 200);
    let Me::Device { attends, .. } = me(&server, &seat).await else { panic!("a machine") };
    assert_eq!(attends.as_deref(), Some("council"));
    let looks = offer(&server, "/whep/council", &seat).send().await.unwrap();
    assert_eq!(looks.status(), 201, "{}", header(&looks, "location"));
    assert_eq!(offer(&server, "/whip/council", &seat).send().await.unwrap().status(), 201);
    // The PIN opens that one meeting, and nothing of the person's account.
    refused(server.ask("GET", "/api/me/logins", &seat), 401, "access.token_needed").await;
    refused(server.ask("GET", "/api/meetings", &seat), 401, "access.token_needed").await;

    assert_eq!(server.ask("POST", "/api/seat/leave", &seat).send().await.unwrap().status(), 204);
    assert_eq!(server.viewers().await, 0, "its pictures ended with it");
    refused(offer(&server, "/whep/council", &seat), 404, "meeting.unknown").await;
    let page = server.ask("GET", "/api/audit?action=seat.", &auditor).send().await.unwrap();
    let page: AuditPage = page.json().await.unwrap();
    let rows: Vec<_> =
        page.entries.iter().rev().map(|row| (row.action.as_str(), row.result.as_deref().unwrap())).collect();
    assert_eq!(rows, [("seat.attend", "seat.wrong_pin"), ("seat.attend", "ok"), ("seat.leave", "ok")]);
    assert!(page.entries.iter().all(|row| row.actor.starts_with("device ") && row.actor.ends_with("王秀兰")));
    assert!(!serde_json::to_string(&page).unwrap().contains(PIN));
    server.end().await;
}

#[tokio::test]
async fn wrong_pins_lock_this_seat_and_neither_another_nor_the_account() {
    let (server, seat, _) = set_up().await;
    let (other, _) = server.seat("zhang").await;
    for _ in 0..FAILURES_MAX {
        refused(attend(&server, &seat, "111111"), 422, "seat.wrong_pin").await;
    }
    refused(attend(&server, &seat, PIN), 429, "seat.locked").await;
    assert_eq!(attend(&server, &other, PIN).send().await.unwrap().status(), 200);
    let body = json!({ "login": "zhang", "password": PASSWORD });
    assert_eq!(server.tell("POST", "/api/login", "", &body).send().await.unwrap().status(), 200);
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let unlock = format!("/api/accounts/{}/unlock", server.account("zhang").await);
    assert_eq!(server.ask("POST", &unlock, &admin).send().await.unwrap().status(), 200);
    assert_eq!(attend(&server, &seat, PIN).send().await.unwrap().status(), 200);
    server.end().await;
}

#[tokio::test]
async fn a_seat_ends_with_its_pairing_and_with_its_persons_account() {
    let (server, seat, id) = set_up().await;
    let op = server.person("op", &[Role::Operator]).await;
    assert_eq!(attend(&server, &seat, PIN).send().await.unwrap().status(), 200);
    assert_eq!(offer(&server, "/whep/council", &seat).send().await.unwrap().status(), 201);
    assert_eq!(server.ask("DELETE", &format!("/api/devices/{id}"), &op).send().await.unwrap().status(), 204);
    assert_eq!((server.viewers().await, me(&server, &seat).await), (0, Me::Stranger));

    let (seat, _) = server.seat("zhang").await;
    assert_eq!(attend(&server, &seat, PIN).send().await.unwrap().status(), 200, "paired anew");
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let path = format!("/api/accounts/{}", server.account("zhang").await);
    let disable = server.tell("PATCH", &path, &admin, &json!({ "enabled": false }));
    assert_eq!(disable.send().await.unwrap().status(), 200);
    assert_eq!(me(&server, &seat).await, Me::Stranger);
    refused(attend(&server, &seat, PIN), 401, "access.token_needed").await;
    server.end().await;
}

#[tokio::test]
async fn only_a_leader_has_a_seat_and_a_pin_is_needed_before() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    drop(server.person("zhang", &[Role::Leader]).await);
    server.venue("hall").await;
    let make = |person: &str| {
        let body = json!({ "name": "座席", "kind": "seat", "venue": "hall", "person": person });
        server.tell("POST", "/api/devices", &op, &body)
    };
    for nobody in ["", "op", "ghost", "张"] {
        refused(make(nobody), 422, "device.no_leader").await;
    }
    let made: DeviceMade = make(" Zhang").send().await.unwrap().json().await.unwrap();
    assert_eq!((made.device.kind, made.device.person.as_deref()), (WireDeviceKind::Seat, Some("王秀兰")));
    let (seat, _) = server.seat("zhang").await;
    refused(attend(&server, &seat, PIN), 409, "seat.no_meeting").await;
    open(&server, "council", Plan { venues: vec!["hall".parse().unwrap()], ..council() }).await;
    refused(attend(&server, &seat, PIN), 409, "seat.no_pin").await;
    server.end().await;
}
