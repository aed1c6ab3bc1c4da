//! Machines: made with a code, paired with it once, revoked, and then gone.

use crate::{
    control::{closed_with, hear, say},
    server::{DEVICE_COOKIE, Server, WHEP_OFFER, header, now, refused},
};
use serde_json::json;
use yunling::{
    domain::{access::DeviceKind, role::Role},
    http::wire::{DeviceEntry, DeviceMade, Me, Paired, ServerMessage, WireDeviceKind, WireDeviceState},
};

#[tokio::test]
async fn a_machine_is_paired_by_its_code_once() {
    let server = Server::strict().await;
    server.venue("hall").await;
    let op = server.person("op", &[Role::Operator]).await;
    let make = |venue: &str, name: &str| {
        server.tell("POST", "/api/devices", &op, &json!({ "name": name, "kind": "room", "venue": venue }))
    };
    refused(make("nowhere", "一楼"), 404, "venue.unknown").await;
    refused(make("hall", ""), 422, "request.field_invalid").await;
    let made: DeviceMade = make("hall", "一楼").send().await.unwrap().json().await.unwrap();
    assert!(made.code.len() == 8 && made.code.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(made.device.state, WireDeviceState::Waiting);

    let pair = |code: &str| server.tell("POST", "/api/pair", "", &json!({ "code": code }));
    let wrong = format!("{:08}", (made.code.parse::<u32>().unwrap() + 1) % 100_000_000);
    refused(pair(&wrong), 422, "pair.wrong_code").await;
    refused(pair("1234"), 422, "pair.wrong_code").await;
    let typed = format!("{} {}", &made.code[..4], &made.code[4..]);
    let answer = pair(&typed).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let set = header(&answer, "set-cookie");
    let (cookie, attributes) = set.split_once("; ").unwrap();
    assert!(cookie.starts_with(&format!("{DEVICE_COOKIE}=")) && cookie.len() == DEVICE_COOKIE.len() + 65);
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000");
    let paired: Paired = answer.json().await.unwrap();
    assert_eq!((paired.open.as_str(), paired.kind), ("/room/hall", WireDeviceKind::Room));
    refused(pair(&made.code), 422, "pair.wrong_code").await;

    let again = server.ask("GET", "/api/me", cookie).send().await.unwrap();
    assert_eq!(header(&again, "set-cookie"), set, "the browser's end of it moves on");
    let me: Me = again.json().await.unwrap();
    assert_eq!(
        me,
        Me::Device { name: "一楼".into(), device: WireDeviceKind::Room, venue: "hall".into(), attends: None }
    );
    let list: Vec<DeviceEntry> = server.ask("GET", "/api/devices", &op).send().await.unwrap().json().await.unwrap();
    assert_eq!((list[0].state, list[0].last_seen_ms.is_some()), (WireDeviceState::Paired, true));
    server.end().await;
}

#[tokio::test]
async fn codes_are_not_for_guessing() {
    let server = Server::strict().await;
    server.venue("hall").await;
    let app = &server.running.app;
    let made = app.add_device(&crate::server::operator(), "屏", DeviceKind::Screen, "hall", now()).await.unwrap();
    // From everywhere at once: what counts is the sum.
    for _ in 0..yunling::domain::device::WRONG_CODES_MAX {
        assert!(app.pair("0000000", now()).await.is_err());
    }
    assert!(app.pair(made.code.reveal(), now()).await.is_err(), "the code is void");
    // From one address: soon too often.
    let mut last = 0;
    for _ in 0..12 {
        last = server
            .tell("POST", "/api/pair", "", &json!({ "code": "11111111" }))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16();
    }
    assert_eq!(last, 429);
    server.end().await;
}

#[tokio::test]
async fn a_revoked_machine_is_dark_at_once() {
    let server = Server::demo().await;
    let op = server.person("op", &[Role::Operator]).await;
    let (cookie, id) = server.machine(DeviceKind::Screen).await;
    let publish = server.offer("/whip/demo", crate::server::WHIP_OFFER, None).header("cookie", &cookie);
    refused(publish.header("sec-fetch-site", "same-origin"), 404, "meeting.unknown").await;
    let offer = server.offer("/whep/demo", WHEP_OFFER, None).header("cookie", &cookie);
    let joined = offer.header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(joined.status(), 201);
    let control = format!("{}/control", header(&joined, "location"));
    let mut control = server.own_socket(&control, &cookie).await.expect("opens");
    say(&mut control, r#"{"type":"hello","token":null}"#).await;
    let ServerMessage::Welcome { participant, .. } = hear(&mut control).await else { panic!("a welcome") };
    assert_eq!(participant, "v-hall");

    let revoke = |id: &str| server.ask("DELETE", &format!("/api/devices/{id}"), &op);
    assert_eq!(revoke(&id).send().await.unwrap().status(), 204);
    let code = closed_with(&mut control).await;
    assert!(code == 1000 || code == 4401, "{code}");
    assert_eq!(server.viewers().await, 0, "its media ended with it");
    let me: Me = server.ask("GET", "/api/me", &cookie).send().await.unwrap().json().await.unwrap();
    assert_eq!(me, Me::Visitor);
    refused(revoke("none"), 404, "device.unknown").await;
    server.end().await;
}
