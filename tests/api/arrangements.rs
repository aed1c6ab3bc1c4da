//! Arrangements that need a signature: asked for, signed by the unit's pen, and asked for anew after a change.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, operator, refused};
use serde_json::{Value, json};
use yunling::{
    domain::{meeting::MeetingState, role::Role},
    http::wire::{ArrangementEntry, MeetingEntry, SignOffPage, UnitEntry, WireClearance},
};

/// A server of 县政府办, which asks for signatures, with another unit, and a planned meeting `council`.
struct World {
    server: Server,
    operator: String,
    clerk: String,
    county: String,
    water: String,
    admin: String,
    units: Vec<UnitEntry>,
}

async fn world() -> World {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    let admin = server.person("safe", &[Role::SecurityAdmin]).await;
    let mut units = Vec::new();
    for name in ["县政府办", "县水务局"] {
        let made = server.tell("POST", "/api/units", &admin, &json!({ "name": name })).send().await.unwrap();
        units.push(made.json::<UnitEntry>().await.unwrap());
    }
    let operator = server.person("op", &[Role::Operator]).await;
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let county = server.person("zhang", &[Role::Approver]).await;
    drop(server.person("liu", &[Role::Leader]).await);
    let both = json!({ "roles": ["approver"], "unit": units[1].id });
    let liu = format!("/api/accounts/{}", server.account("liu").await);
    assert_eq!(server.tell("PATCH", &liu, &admin, &both).send().await.unwrap().status(), 200);
    let water = server.once_more("liu").await;
    World { server, operator, clerk, county, water, admin, units }
}

impl World {
    async fn rule(&self, unit: usize, signs: bool) {
        let path = format!("/api/units/{}", self.units[unit].id);
        let rule = json!({ "signsArrangements": signs });
        assert_eq!(self.server.tell("PATCH", &path, &self.admin, &rule).send().await.unwrap().status(), 204);
    }

    fn ask(&self, cookie: &str) -> reqwest::RequestBuilder {
        self.server.tell("POST", "/api/meetings/council/sign-offs", cookie, &json!({ "text": "请审" }))
    }

    fn say(&self, id: &str, word: &str, cookie: &str) -> reqwest::RequestBuilder {
        let path = format!("/api/arrangements/{id}/{word}");
        self.server.tell("POST", &path, cookie, &json!({ "text": "与县委会议冲突" }))
    }

    fn change(&self, change: &Value) -> reqwest::RequestBuilder {
        self.server.tell("PATCH", "/api/meetings/council", &self.operator, change)
    }

    fn open(&self, query: &str) -> reqwest::RequestBuilder {
        self.server.ask("POST", &format!("/api/meetings/council/open{query}"), &self.operator)
    }

    async fn stands(&self) -> Option<WireClearance> {
        let listed = self.server.ask("GET", "/api/meetings", &self.operator).send().await.unwrap();
        let listed: Vec<MeetingEntry> = listed.json().await.unwrap();
        listed.into_iter().find(|meeting| meeting.id == "council").unwrap().signing.map(|signing| signing.state)
    }

    async fn waiting(&self, cookie: &str) -> usize {
        let page: SignOffPage =
            self.server.ask("GET", "/api/sign-offs", cookie).send().await.unwrap().json().await.unwrap();
        page.arrangements.iter().filter(|entry| entry.waits).count()
    }
}

async fn entry(request: reqwest::RequestBuilder) -> ArrangementEntry {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_signature_stands_for_what_was_signed_and_a_change_asks_for_another() {
    let world = world().await;
    let app = &world.server.running.app;
    refused(world.ask(&world.operator), 409, "arrangement.not_needed").await;
    assert_eq!(world.stands().await, None);
    world.rule(0, true).await;
    assert_eq!(world.stands().await, Some(WireClearance::Unsigned));
    let meeting = async || app.list_meetings(&operator(), None, None).await.unwrap().remove(0);
    assert!(!app.is_cleared(&meeting().await).await.unwrap());
    refused(world.open(""), 409, "meeting.unsigned").await;

    let asked = entry(world.ask(&world.operator)).await;
    assert!(asked.waits && asked.mine && asked.state == WireClearance::Waiting);
    assert!(asked.text.contains("会议：县委常委会") && asked.text.contains("会场：无"), "{}", asked.text);
    refused(world.ask(&world.clerk), 409, "arrangement.waiting").await;
    refused(world.open(""), 409, "meeting.unsigned").await;
    // Who operates changes by the day: nothing is asked for anew.
    assert_eq!(world.change(&json!({ "codec": "vp8" })).send().await.unwrap().status(), 200);
    assert_eq!(world.stands().await, Some(WireClearance::Waiting));
    assert_eq!(world.change(&json!({ "title": "县委常委（扩大）会" })).send().await.unwrap().status(), 200);
    refused(world.say(&asked.id, "grant", &world.county), 409, "arrangement.changed").await;
    assert_eq!(world.stands().await, Some(WireClearance::Unsigned));
    let no = entry(world.say(&asked.id, "refuse", &world.county)).await;
    assert_eq!(no.decision.unwrap().text, "与县委会议冲突");

    let again = entry(world.ask(&world.clerk)).await;
    let signed = entry(world.say(&again.id, "grant", &world.county)).await;
    assert_eq!((signed.state, signed.waits), (WireClearance::Signed, false));
    refused(world.say(&again.id, "refuse", &world.county), 409, "signoff.decided").await;
    refused(world.ask(&world.clerk), 409, "arrangement.signed").await;
    assert!(app.is_cleared(&meeting().await).await.unwrap());

    // A change is said to need another signature before it is made.
    let longer = |unsigns: bool| json!({ "title": "县委常委会", "unsigns": unsigns });
    refused(world.change(&longer(false)), 409, "meeting.unsigns").await;
    assert_eq!(world.stands().await, Some(WireClearance::Signed), "nothing was changed");
    assert_eq!(world.change(&json!({ "codec": "h264" })).send().await.unwrap().status(), 200, "that is not signed for");
    assert_eq!(world.change(&longer(true)).send().await.unwrap().status(), 200);
    assert_eq!(world.stands().await, Some(WireClearance::Unsigned));
    let server = &world.server;
    let kept: SignOffPage =
        server.ask("GET", "/api/sign-offs", &world.clerk).send().await.unwrap().json().await.unwrap();
    let kept = kept.arrangements.iter().find(|entry| entry.id == again.id).unwrap();
    assert!(kept.text.contains("县委常委（扩大）会") && kept.decision.is_some(), "what was signed stays as it was");

    // What is urgent begins, which stands in the book, and is signed for afterwards.
    assert_eq!(world.open("?unsigned=true").send().await.unwrap().status(), 200);
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let book =
        server.ask("GET", "/api/audit?action=meeting.open", &auditor).send().await.unwrap().text().await.unwrap();
    assert!(book.contains("unsigned:true"), "{book}");
    let late = entry(world.ask(&world.operator)).await;
    assert_eq!(entry(world.say(&late.id, "grant", &world.county)).await.state, WireClearance::Signed);
    let book = server.ask("GET", "/api/audit?action=arrangement.grant", &auditor).send().await.unwrap();
    let book = book.text().await.unwrap();
    assert!(book.contains("会议：县委常委会") && book.contains("SM3"), "{book}");
    world.server.end().await;
}

#[tokio::test]
async fn an_arrangement_is_signed_by_its_unit_s_pen_alone() {
    let world = world().await;
    world.rule(0, true).await;
    world.rule(1, true).await;
    let first = entry(world.ask(&world.clerk)).await;
    assert_eq!(first.pen.unit.as_deref(), Some("县政府办"), "nobody said who holds it");
    for cookie in [&world.water, &world.operator, &world.clerk, &world.admin] {
        refused(world.say(&first.id, "grant", cookie), 403, "access.not_allowed").await;
        refused(world.say(&first.id, "refuse", cookie), 403, "access.not_allowed").await;
    }
    assert_eq!((world.waiting(&world.county).await, world.waiting(&world.water).await), (1, 0));
    assert_eq!(entry(world.say(&first.id, "refuse", &world.county)).await.state, WireClearance::Refused);
    assert_eq!(world.stands().await, Some(WireClearance::Refused));

    let notice = json!({ "unit": "县水务局", "attendees": [], "agenda": [] });
    let write = world.server.tell("POST", "/api/meetings/council/notice", &world.operator, &notice);
    assert_eq!(write.send().await.unwrap().status(), 200);
    let second = entry(world.ask(&world.clerk)).await;
    assert_eq!(second.pen.unit.as_deref(), Some("县水务局"));
    refused(world.say(&second.id, "grant", &world.county), 403, "access.not_allowed").await;
    assert_eq!(entry(world.say(&second.id, "grant", &world.water)).await.state, WireClearance::Signed);
    refused(world.say("nobodys", "grant", &world.water), 404, "signoff.unknown").await;
    // A rule that is given up asks for nothing, and what was signed stays.
    world.rule(1, false).await;
    assert_eq!(world.stands().await, None);
    let server = &world.server;
    let used = server.ask("DELETE", &format!("/api/units/{}", world.units[1].id), &world.admin);
    refused(used, 409, "unit.in_use").await;
    world.server.end().await;
}

#[tokio::test]
async fn nobody_signs_for_what_they_asked_for_themselves() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    let admin = server.person("safe", &[Role::SecurityAdmin]).await;
    let unit = server.tell("POST", "/api/units", &admin, &json!({ "name": "县政府办" })).send().await.unwrap();
    let unit: UnitEntry = unit.json().await.unwrap();
    let path = format!("/api/units/{}", unit.id);
    let rule = json!({ "signsArrangements": true });
    assert_eq!(server.tell("PATCH", &path, &admin, &rule).send().await.unwrap().status(), 204);
    let both = server.person("zhang", &[Role::Approver, Role::Clerk]).await;
    let asked = entry(server.tell("POST", "/api/meetings/council/sign-offs", &both, &json!({ "text": "" }))).await;
    let say = |word: &str| {
        server.tell("POST", &format!("/api/arrangements/{}/{word}", asked.id), &both, &json!({ "text": "同意" }))
    };
    refused(say("grant"), 403, "access.not_allowed").await;
    refused(say("refuse"), 403, "access.not_allowed").await;
    server.end().await;
}
