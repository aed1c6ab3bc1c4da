//! Roll calls: venues called one by one, each with its microphone alone, and never one left open.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{DEVICE_COOKIE, Server, WHIP_OFFER, council, now, operator, refused, somebody};
use serde_json::json;
use std::time::{Duration, Instant};
use yunling::{
    app::MeetingFault,
    domain::{
        access::{DeviceKind, Refusal},
        meeting::Plan,
        role::Role,
        roll_call::ANSWER_WITHIN,
        schedule::Consent,
        stage::{Heard, Stage},
    },
    http::wire::{RollCallFigures, RollCalls, VenueNow, WireCalledMicrophone, WirePresence},
    id::{MeetingId, ParticipantId},
};

fn id<I: std::str::FromStr>(text: &str) -> I {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
}

/// A server with a meeting of three venues on air, of which the county's own and `hall` and `town` are connected.
struct World {
    server: Server,
    meeting: MeetingId,
    cookie: String,
    machines: Vec<String>,
}

impl World {
    async fn new() -> Self {
        let server = Server::strict().await;
        let app = &server.running.app;
        for (venue, name) in [("hall", "大礼堂"), ("town", "通泉街道"), ("village", "马过河镇")] {
            app.make_venue(&operator(), Some(venue), name).await.expect("made");
        }
        let venues = ["village", "town", "hall", "county"].map(id).into();
        let plan = Plan { title: "全县防汛会".into(), venues, ..council() };
        let planned = app.plan_meeting(&operator(), plan, &Consent::default(), now().wall).await.expect("planned");
        app.open_meeting(&operator(), &planned.id).await.expect("opens");
        let mut machines = Vec::new();
        for venue in ["county", "hall", "town"] {
            let made = app.add_device(&operator(), "会场机", DeviceKind::Room, venue, now()).await.expect("made");
            let Ok(paired) = app.pair(made.code.reveal(), now()).await else { panic!("pairs") };
            machines.push(format!("{DEVICE_COOKIE}={}", paired.cookie.reveal()));
        }
        let cookie = server.person("wang", &[Role::Operator]).await;
        let world = Self { server, meeting: planned.id, cookie, machines };
        world.connect().await;
        world
    }

    async fn connect(&self) {
        for machine in &self.machines {
            let path = format!("/whip/{}", self.meeting);
            let join = self.server.ask("POST", &path, machine).header("content-type", "application/sdp");
            assert_eq!(join.body(WHIP_OFFER).send().await.unwrap().status(), 201);
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/meetings/{}/roll-calls{rest}", self.meeting)
    }

    async fn does(&self, step: &str, body: serde_json::Value) -> RollCalls {
        let answer = self.server.tell("POST", &self.path(step), &self.cookie, &body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{step} {body}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn calls(&self, venue: &str) -> RollCalls {
        self.does("/call", json!({ "venue": venue })).await
    }

    /// What the screens of a venue show of it.
    async fn on_screens(&self) -> Option<(usize, usize, Option<String>)> {
        let now = self.server.ask("GET", "/api/venues/county/now", &self.cookie).send().await.unwrap();
        let call = now.json::<VenueNow>().await.unwrap().counted.roll_call;
        call.map(|call| (call.figures.due, call.figures.present, call.calling))
    }

    async fn read(&self) -> RollCalls {
        let answer = self.server.ask("GET", &self.path(""), &self.cookie).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Whose microphones are open.
    fn heard(&self) -> Vec<String> {
        match self.server.running.app.stage(&operator(), &self.meeting).expect("on air").audible() {
            Heard::Nobody => Vec::new(),
            Heard::Only(list) => list.iter().map(ToString::to_string).collect(),
            Heard::All => panic!("everybody is heard"),
        }
    }

    async fn refused(&self, step: &str, body: serde_json::Value, status: u16, code: &str) {
        refused(self.server.tell("POST", &self.path(step), &self.cookie, &body), status, code).await;
    }
}

#[tokio::test]
async fn venues_are_called_in_order_one_microphone_at_a_time_and_the_sheet_says_who_was_there() {
    let world = World::new().await;
    world.refused("/call", json!({ "venue": "hall" }), 409, "roll_call.not_begun").await;
    world.refused("/export?format=csv", json!({}), 409, "roll_call.not_begun").await;
    let begun = world.does("", json!({})).await;
    assert_eq!(begun.own_venue, "县主会场");
    let names: Vec<&str> = begun.calls[0].venues.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["大礼堂", "通泉街道", "马过河镇"]);
    world.refused("", json!({}), 409, "roll_call.runs").await;
    world.refused("/call", json!({ "venue": "county" }), 409, "roll_call.not_listed").await;
    assert_eq!(world.heard(), Vec::<String>::new());

    // The county's own is open by hand, and so is one that is not called: the first goes on.
    let app = &world.server.running.app;
    for open in ["v-county", "v-town"] {
        app.open_microphone(&operator(), &world.meeting, &id(open)).await.expect("opened");
    }
    let called = world.calls("hall").await;
    let calling = called.calls[0].calling.clone().expect("called");
    assert_eq!((calling.venue.as_str(), calling.microphone), ("hall", WireCalledMicrophone::Open));
    assert!(calling.closes_at_ms.is_some());
    assert_eq!(world.on_screens().await, Some((3, 0, Some("大礼堂".to_owned()))));
    assert_eq!(world.heard(), ["v-county", "v-hall"]);
    app.close_microphone(&operator(), &world.meeting, &id("v-county")).await.expect("closed");

    world.does("/answer", json!({ "venue": "hall", "presence": "present" })).await;
    assert_eq!(world.heard(), Vec::<String>::new(), "closed by the answer");
    world.calls("hall").await;
    world.calls("town").await;
    assert_eq!(world.heard(), ["v-town"], "closed by the next call");
    let away = world.calls("village").await;
    assert_eq!(away.calls[0].calling.as_ref().unwrap().microphone, WireCalledMicrophone::NotThere);
    assert_eq!(world.heard(), Vec::<String>::new(), "closed by a call of somebody who is not there");
    world.calls("town").await;
    world
        .refused(
            "/answer",
            json!({ "venue": "town", "presence": "fault", "note": "一\n二" }),
            422,
            "request.field_invalid",
        )
        .await;
    world.does("/answer", json!({ "venue": "town", "presence": "fault", "note": "没有声音" })).await;
    world.does("/answer", json!({ "venue": "village", "presence": "absent" })).await;
    world.calls("hall").await;
    let ended = world.does("/end", json!({})).await;
    assert_eq!(world.heard(), Vec::<String>::new(), "closed at the end");
    assert_eq!(world.on_screens().await, None);
    let latest = &ended.calls[0];
    assert_eq!(latest.figures, RollCallFigures { due: 3, present: 1, absent: 1, fault: 1, open: 0 });
    assert!(latest.ended_at_ms.is_some() && latest.calling.is_none());
    for (step, body) in [
        ("/call", json!({ "venue": "hall" })),
        ("/answer", json!({ "venue": "hall", "presence": "absent" })),
        ("/end", json!({})),
    ] {
        world.refused(step, body, 409, "roll_call.ended").await;
    }

    let file = world.server.ask("POST", &world.path("/export?format=csv"), &world.cookie).send().await.unwrap();
    let text = file.text().await.unwrap();
    for part in ["1,大礼堂,到,", "2,通泉街道,故障,没有声音", "3,马过河镇,缺,", "应到 3，到 1，缺 1，故障 1，未点 0"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let again = world.does("", json!({})).await;
    assert_eq!(again.calls.len(), 2, "the earlier one is kept");
    assert_eq!(again.calls[0].figures.open, 3);
    assert_eq!(again.calls[1].venues[1].answer.as_ref().unwrap().presence, WirePresence::Fault);
    world.server.end().await;
}

#[tokio::test]
async fn nobody_s_microphone_stays_open_without_an_answer() {
    let world = World::new().await;
    let app = &world.server.running.app;
    world.does("", json!({})).await;
    world.calls("hall").await;
    let called_by: Instant = now().steady;
    app.close_unanswered(called_by + ANSWER_WITHIN - Duration::from_secs(5)).await;
    assert_eq!(world.heard(), ["v-hall"], "there is time yet");
    app.close_unanswered(called_by + ANSWER_WITHIN).await;
    assert_eq!(world.heard(), Vec::<String>::new());
    let now = world.read().await.calls[0].calling.clone().expect("it is called still");
    assert_eq!(
        (now.venue.as_str(), now.microphone, now.closes_at_ms),
        ("hall", WireCalledMicrophone::Unanswered, None)
    );
    let auditor = world.server.person("audit", &[Role::AuditAdmin]).await;
    let book = world.server.ask("GET", "/api/audit?action=roll_call.unanswered", &auditor).send().await.unwrap();
    let book = book.text().await.unwrap();
    assert!(book.contains("the server") && book.contains("venue:hall microphone:closed"), "{book}");
    let again = world.calls("hall").await;
    assert_eq!(again.calls[0].calling.as_ref().unwrap().microphone, WireCalledMicrophone::Open, "called once more");
    // What an operator closes by hand is said to be closed.
    app.close_all_microphones(&operator(), &world.meeting).await.expect("closed");
    let now = world.read().await.calls[0].calling.clone().expect("called");
    assert_eq!(now.microphone, WireCalledMicrophone::Closed);
    world.server.end().await;
}

#[tokio::test]
async fn a_restart_closes_the_microphone_of_a_call_even_of_whoever_is_on_air() {
    let mut world = World::new().await;
    let app = &world.server.running.app;
    app.choose_programme(&operator(), &world.meeting, Some(id("v-hall")), false).await.expect("chosen");
    world.does("", json!({})).await;
    world.calls("hall").await;
    assert_eq!(world.heard(), ["v-hall"]);
    world.server = world.server.again().await;
    let stage = world.server.running.app.stage(&operator(), &world.meeting).expect("on air");
    let hall: ParticipantId = id("v-hall");
    assert_eq!(stage, Stage::default().choose(Some(hall), false), "the picture stays, its sound does not");
    let calling = world.read().await.calls[0].calling.clone().expect("called");
    assert_eq!(calling.microphone, WireCalledMicrophone::Restarted);
    world.connect().await;
    world.calls("hall").await;
    assert_eq!(world.heard(), ["v-hall"], "and it can be called again");
    world.server.end().await;
}

#[tokio::test]
async fn a_meeting_that_closes_ends_what_was_called_and_a_planned_one_is_called_without_microphones() {
    let world = World::new().await;
    let app = &world.server.running.app;
    world.does("", json!({})).await;
    world.calls("hall").await;
    app.close_meeting(&operator(), &world.meeting).await.expect("closes");
    app.close_unanswered(now().steady + ANSWER_WITHIN).await;
    assert_eq!(world.read().await.calls[0].calling, None);
    world.refused("/call", json!({ "venue": "hall" }), 409, "roll_call.meeting_over").await;

    let later = council().ends;
    let plan = Plan {
        venues: vec![id("county"), id("hall")],
        starts: later,
        ends: later + Duration::from_secs(60),
        ..council()
    };
    let planned = app.plan_meeting(&operator(), plan, &Consent::default(), now().wall).await.expect("planned");
    app.begin_roll_call(&operator(), &planned.id, "王秀兰", now().wall).await.expect("begins");
    app.call_venue(&operator(), &planned.id, &id("hall"), now()).await.expect("called");
    let alone = Plan {
        venues: vec![id("county")],
        starts: later + Duration::from_secs(120),
        ends: later + Duration::from_secs(180),
        ..council()
    };
    let alone = app.plan_meeting(&operator(), alone, &Consent::default(), now().wall).await.expect("planned");
    let nobody = app.begin_roll_call(&operator(), &alone.id, "王秀兰", now().wall).await;
    assert!(matches!(nobody, Err(MeetingFault::RollCall(yunling::domain::roll_call::Fault::Nobody))), "{nobody:?}");
    for role in [Role::Clerk, Role::Leader, Role::SystemAdmin] {
        let tries = app.begin_roll_call(&somebody(role), &planned.id, "王秀兰", now().wall).await;
        assert!(matches!(tries, Err(MeetingFault::Access(Refusal::Forbidden))), "{role:?}: {tries:?}");
        app.roll_calls(&somebody(role), &planned.id).await.expect("who lists meetings reads it");
    }
    world.server.end().await;
}
