//! Profiles, and meetings that open by themselves: at their time, as they were planned, with the server as whoever did it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    org_units::unit,
    server::{Server, operator, refused},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use yunling::{
    domain::role::Role,
    http::wire::{
        AttendanceList, AuditPage, LegEntry, MeetingEntry, ProfileEntry, StageState, Status, WireHeard, WireHindrance,
        WireMeetingKind, WireMeetingState, WireMicrophonePolicy,
    },
};

const MINUTE_MS: u64 = 60_000;

/// A moment that no clock of a test's server comes to: whole days ahead.
fn start() -> u64 {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
    (today + 9) * 86_400_000
}

fn at(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}

fn profile(name: &str) -> Value {
    json!({
        "name": name, "kind": "own", "codec": "h264", "venues": ["county"], "minutes": 90,
        "opening": {
            "byItself": true, "beforeMinutes": 10, "recorded": true, "microphones": "own", "banner": "马龙区防汛视频会议",
        },
    })
}

/// A meeting with a profile's values as its own, as a form makes it.
fn planned_with(profile: &ProfileEntry, title: &str) -> Value {
    json!({
        "title": title, "startsAtMs": start(), "endsAtMs": start() + u64::from(profile.minutes) * MINUTE_MS,
        "kind": profile.kind, "codec": profile.codec, "venues": profile.venues, "opening": profile.opening,
        "line": profile.line.clone().unwrap_or_default(), "units": profile.units,
    })
}

struct Desk {
    server: Server,
    op: String,
    /// What the server's clock shows when it looks which meetings are to open.
    wall: Arc<Mutex<SystemTime>>,
}

impl Desk {
    async fn new() -> Self {
        let wall = Arc::new(Mutex::new(UNIX_EPOCH));
        let shown = Arc::clone(&wall);
        let server = Server::with_wall(Arc::new(move || *shown.lock().unwrap())).await;
        let op = server.person("op", &[Role::Operator]).await;
        Self { server, op, wall }
    }

    async fn tell<T: serde::de::DeserializeOwned>(&self, method: &str, path: &str, body: &Value) -> T {
        let answer = self.server.tell(method, path, &self.op, body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        self.server.ask("GET", path, &self.op).send().await.unwrap().json().await.unwrap()
    }

    async fn make_profile(&self, body: &Value) -> ProfileEntry {
        self.tell("POST", "/api/profiles", body).await
    }

    async fn plan(&self, body: &Value) -> MeetingEntry {
        self.tell("POST", "/api/meetings", body).await
    }

    /// Names of the units that are invited to a meeting.
    async fn invited(&self, meeting: &MeetingEntry) -> Vec<String> {
        let list: AttendanceList = self.read(&format!("/api/meetings/{}/attendance", meeting.id)).await;
        list.units.into_iter().map(|unit| unit.name).collect()
    }

    async fn meeting(&self, id: &str) -> MeetingEntry {
        let all: Vec<MeetingEntry> = self.read("/api/meetings").await;
        all.into_iter().find(|meeting| meeting.id == id).unwrap()
    }

    /// The server's clock shows this, and it looks at once.
    async fn it_is(&self, ms: u64) {
        *self.wall.lock().unwrap() = at(ms);
        self.server.running.app.open_due(at(ms)).await.unwrap();
    }

    async fn openings_in_the_book(&self) -> Vec<(String, String, String)> {
        let auditor = self.server.person("audit", &[Role::AuditAdmin]).await;
        let page = self.server.ask("GET", "/api/audit?action=meeting.open", &auditor).send().await.unwrap();
        let page: AuditPage = page.json().await.unwrap();
        let rows = page.entries.into_iter().rev();
        rows.map(|row| (row.actor, row.subject, row.result.unwrap_or_default())).collect()
    }
}

#[tokio::test]
async fn a_profile_is_made_changed_and_removed_and_no_meeting_changes_with_it() {
    let desk = Desk::new().await;
    let admin = desk.server.person("safe", &[Role::SecurityAdmin]).await;
    let water = unit(&desk.server, &admin, "县水务局", &[]).await.id;
    let mut asked = profile(" 月度防汛调度会 ");
    asked["units"] = json!([water]);
    let made = desk.make_profile(&asked).await;
    assert_eq!((made.name.as_str(), made.minutes, &made.units), ("月度防汛调度会", 90, &vec![water.clone()]));
    assert_eq!(made.opening.microphones, WireMicrophonePolicy::Own);
    assert_eq!(desk.read::<Vec<ProfileEntry>>("/api/profiles").await, std::slice::from_ref(&made));
    let meeting = desk.plan(&planned_with(&made, "十一月防汛调度会")).await;
    assert_eq!(meeting.opening, made.opening);
    assert_eq!(desk.invited(&meeting).await, ["县水务局"], "its group is invited in the same step");
    let mut nobody = planned_with(&made, "十二月防汛调度会");
    nobody["units"] = json!(["gone"]);
    refused(desk.server.tell("POST", "/api/meetings", &desk.op, &nobody), 409, "attendance.no_unit").await;
    assert_eq!(
        desk.read::<Vec<MeetingEntry>>("/api/meetings").await.iter().filter(|one| one.tests.is_none()).count(),
        1
    );

    let path = format!("/api/profiles/{}", made.id);
    let upper: ProfileEntry = desk.tell("PATCH", &path, &json!({ "kind": "upper", "minutes": 120 })).await;
    assert_eq!((upper.kind, upper.minutes), (WireMeetingKind::Upper, 120));
    assert_eq!(upper.units, [water], "once, as before");
    let kept = (upper.opening.by_itself, upper.opening.banner.as_str());
    assert_eq!(kept, (true, "马龙区防汛视频会议"));
    assert_eq!(upper.opening.microphones, WireMicrophonePolicy::Closed, "never open upward");
    let gone = desk.server.ask("DELETE", &path, &desk.op).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(desk.read::<Vec<ProfileEntry>>("/api/profiles").await, []);
    refused(desk.server.ask("DELETE", &path, &desk.op), 404, "profile.unknown").await;
    assert_eq!(desk.meeting(&meeting.id).await, meeting, "it is as it was planned");
    desk.server.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_profile_is_said_field_by_field() {
    let desk = Desk::new().await;
    desk.make_profile(&profile("月度防汛调度会")).await;
    let wrong = json!({
        "name": "月度防汛调度会", "kind": "upper", "codec": "h264", "venues": ["moon"], "minutes": 5, "line": "gone", "units": ["gone"],
        "opening": { "byItself": true, "beforeMinutes": 61, "recorded": true, "microphones": "own", "banner": "会".repeat(61) },
    });
    let problem =
        refused(desk.server.tell("POST", "/api/profiles", &desk.op, &wrong), 422, "request.field_invalid").await;
    let fields: Vec<_> = problem.fields.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["name", "line", "venues", "units", "minutes", "beforeMinutes", "microphones", "banner"]);
    let plan = json!({
        "title": "全省视频会", "startsAtMs": start(), "endsAtMs": start() + MINUTE_MS, "kind": "upper", "codec": "h264",
        "venues": [], "opening": wrong["opening"],
    });
    let problem =
        refused(desk.server.tell("POST", "/api/meetings", &desk.op, &plan), 422, "request.field_invalid").await;
    let fields: Vec<_> = problem.fields.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["beforeMinutes", "microphones", "banner"]);
    desk.server.end().await;
}

#[tokio::test]
async fn a_meeting_opens_by_itself_at_its_time_as_it_was_planned_and_once() {
    let desk = Desk::new().await;
    let made = desk.make_profile(&profile("月度防汛调度会")).await;
    let meeting = desk.plan(&planned_with(&made, "十一月防汛调度会")).await;
    let by_hand = json!({
        "title": "手动会议", "startsAtMs": start(), "endsAtMs": start() + MINUTE_MS, "kind": "own", "codec": "h264",
        "venues": [],
    });
    let by_hand = desk.plan(&by_hand).await;
    assert!(by_hand.opening.recorded && !by_hand.opening.by_itself, "as its kind has it");

    desk.it_is(start() - 10 * MINUTE_MS - 1).await;
    assert_eq!(desk.meeting(&meeting.id).await.state, WireMeetingState::Planned, "a moment too early");
    desk.it_is(start() - 10 * MINUTE_MS).await;
    desk.it_is(start()).await;
    assert_eq!(desk.meeting(&meeting.id).await.state, WireMeetingState::OnAir);
    assert_eq!(desk.meeting(&by_hand.id).await.state, WireMeetingState::Planned);
    let status: Status = desk.read("/api/status").await;
    assert!(status.meetings[0].recording.is_some() && status.unopened.is_empty(), "{:?}", status.meetings);
    let stage: StageState = desk.read(&format!("/api/meetings/{}/stage", meeting.id)).await;
    assert_eq!(stage.heard, WireHeard::Nobody, "nobody is at the desk, whatever its profile says of microphones");

    // What was closed by hand stays closed, though its planned end is ahead.
    let closed: MeetingEntry = desk.tell("POST", &format!("/api/meetings/{}/close", meeting.id), &Value::Null).await;
    assert_eq!(closed.state, WireMeetingState::Closed);
    desk.it_is(start() + MINUTE_MS).await;
    assert_eq!(desk.meeting(&meeting.id).await.state, WireMeetingState::Closed);
    let expect = ("the server".to_owned(), format!("meeting:{}", meeting.id), "ok".to_owned());
    assert_eq!(desk.openings_in_the_book().await, [expect]);
    desk.server.end().await;
}

#[tokio::test]
async fn what_was_recorded_by_its_kind_is_so_by_its_own_value() {
    let desk = Desk::new().await;
    for (kind, recorded) in [("own", false), ("upper", true)] {
        let opening = json!({
            "byItself": false, "beforeMinutes": 0, "recorded": recorded, "microphones": "closed", "banner": "",
        });
        let plan = json!({
            "title": kind, "startsAtMs": start(), "endsAtMs": start() + MINUTE_MS, "kind": kind, "codec": "h264",
            "venues": [], "opening": opening,
        });
        let meeting = desk.plan(&plan).await;
        let opened: MeetingEntry = desk.tell("POST", &format!("/api/meetings/{}/open", meeting.id), &Value::Null).await;
        let status: Status = desk.read("/api/status").await;
        let shown = status.meetings.iter().find(|shown| shown.id == opened.id).unwrap();
        assert_eq!(shown.recording.is_some(), recorded, "{kind}");
        // It has opened: only its banner may become another.
        let path = format!("/api/meetings/{}", meeting.id);
        let mut other = opening.clone();
        other["recorded"] = json!(!recorded);
        let problem = desk.server.tell("PATCH", &path, &desk.op, &json!({ "opening": other }));
        assert_eq!(refused(problem, 422, "request.field_invalid").await.fields[0].field, "opening");
        let mut banner = opening.clone();
        banner["banner"] = json!("马龙区");
        let changed: MeetingEntry = desk.tell("PATCH", &path, &json!({ "opening": banner })).await;
        assert_eq!(changed.opening.banner, "马龙区");
    }
    desk.server.end().await;
}

#[tokio::test]
async fn a_meeting_that_can_t_open_by_itself_says_why_and_opens_once_it_can() {
    let desk = Desk::new().await;
    let made = desk.make_profile(&profile("月度防汛调度会")).await;
    let meeting = desk.plan(&planned_with(&made, "十一月防汛调度会")).await;
    let long = json!({
        "title": "拖堂的会", "startsAtMs": start() - 120 * MINUTE_MS, "endsAtMs": start() - 60 * MINUTE_MS, "kind": "own",
        "codec": "h264", "venues": ["county"],
    });
    let long = desk.plan(&long).await;
    let _: MeetingEntry = desk.tell("POST", &format!("/api/meetings/{}/open", long.id), &Value::Null).await;
    for _ in 0..3 {
        desk.it_is(start()).await;
    }
    let status: Status = desk.read("/api/status").await;
    let [unopened] = status.unopened.as_slice() else { panic!("{:?}", status.unopened) };
    assert_eq!((unopened.id.as_str(), unopened.title.as_str()), (meeting.id.as_str(), "十一月防汛调度会"));
    let why = WireHindrance::VenueTaken { venue: "县主会场".to_owned(), other: "拖堂的会".to_owned() };
    assert_eq!(unopened.why, why);
    assert_eq!(desk.meeting(&meeting.id).await.state, WireMeetingState::Planned);

    let _: MeetingEntry = desk.tell("POST", &format!("/api/meetings/{}/close", long.id), &Value::Null).await;
    desk.it_is(start() + MINUTE_MS).await;
    assert_eq!(desk.meeting(&meeting.id).await.state, WireMeetingState::OnAir);
    assert_eq!(desk.read::<Status>("/api/status").await.unopened, []);
    let book = desk.openings_in_the_book().await;
    let actors: Vec<_> = book.iter().map(|(actor, _, result)| (actor.as_str(), result.as_str())).collect();
    assert_eq!(actors, [("op", "ok"), ("the server", "ok")]);
    desk.server.end().await;
}

#[tokio::test]
async fn a_meeting_whose_line_is_gone_waits_and_is_forgotten_at_its_planned_end() {
    let desk = Desk::new().await;
    let old = json!({
        "title": "旧会议", "startsAtMs": start(), "endsAtMs": start() + MINUTE_MS, "kind": "own", "codec": "h264", "venues": [],
    });
    let old = desk.plan(&old).await;
    let source = json!({ "kind": "srtListener", "port": 9031, "passphrase": "hunter2hunter2", "latencyMs": 200 });
    let leg: LegEntry =
        desk.tell("POST", "/api/legs", &json!({ "name": "省主会场", "meeting": old.id, "source": source })).await;
    let mut upper = profile("省防汛视频会");
    upper["kind"] = json!("upper");
    upper["line"] = json!(leg.id);
    upper["opening"]["microphones"] = json!("closed");
    let made = desk.make_profile(&upper).await;
    let meeting = desk.plan(&planned_with(&made, "全省防汛视频会")).await;
    // As a line of the settings file that was taken out there.
    let app = &desk.server.running.app;
    let store = yunling::store::Store::open(&desk.server.database()).await.unwrap();
    store.remove_leg(&leg.id.parse().unwrap()).await.unwrap();
    store.close().await.unwrap();
    desk.it_is(start()).await;
    let status: Status = desk.read("/api/status").await;
    assert_eq!(status.unopened[0].why, WireHindrance::LineGone);
    desk.it_is(start() + 90 * MINUTE_MS).await;
    assert!(app.unopened().is_empty(), "its planned end has come");
    assert_eq!(desk.meeting(&meeting.id).await.state, WireMeetingState::Planned);
    // By hand it is opened without its line.
    app.open_meeting(&operator(), &meeting.id.parse().unwrap()).await.expect("opens");
    desk.server.end().await;
}

#[tokio::test]
async fn a_server_that_was_down_at_the_start_opens_a_meeting_when_it_comes_back() {
    let desk = Desk::new().await;
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let made = desk.make_profile(&profile("月度防汛调度会")).await;
    let mut plan = planned_with(&made, "十一月防汛调度会");
    // It should have opened a minute ago; the server that is asked for it has not looked yet.
    plan["startsAtMs"] = json!(now + 11 * MINUTE_MS);
    plan["endsAtMs"] = json!(now + 60 * MINUTE_MS);
    let meeting = desk.plan(&plan).await;
    let path = format!("/api/meetings/{}", meeting.id);
    let Desk { server, op, .. } = desk;
    let folder = server.end_but_keep().await;
    let store = yunling::store::Store::open(&folder.path().join("data/yunling.sqlite")).await.unwrap();
    let mut stored = store.meeting(&meeting.id.parse().unwrap()).await.unwrap().unwrap();
    stored.starts = at(now - MINUTE_MS);
    store.save_meeting(&stored).await.unwrap();
    store.close().await.unwrap();
    let server = Server::on(folder).await;
    let opened = async {
        while server.ask("GET", &format!("{path}/stage"), &op).send().await.unwrap().status() != 200 {
            // Polls: the server looks at its clock every two seconds.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), opened).await.expect("it was opened");
    server.end().await;
}

#[tokio::test]
async fn the_book_says_from_when_to_when_a_meeting_was_moved() {
    let desk = Desk::new().await;
    // Midnight UTC is eight o'clock here.
    let own = json!({
        "title": "项目调度会", "startsAtMs": start(), "endsAtMs": start() + 60 * MINUTE_MS, "kind": "own",
        "codec": "h264", "venues": ["county"],
    });
    let own = desk.plan(&own).await;
    let path = format!("/api/meetings/{}", own.id);
    let later = start() + 120 * MINUTE_MS;
    let _: MeetingEntry =
        desk.tell("PATCH", &path, &json!({ "startsAtMs": later, "endsAtMs": later + 60 * MINUTE_MS })).await;
    let _: MeetingEntry = desk.tell("PATCH", &path, &json!({ "title": "项目调度会（二）" })).await;
    let upper = json!({
        "title": "全省视频会", "startsAtMs": later, "endsAtMs": later + 60 * MINUTE_MS, "kind": "upper", "codec": "h264",
        "venues": ["county"], "moves": [{ "meeting": own.id, "startsAtMs": start() + 16 * 60 * MINUTE_MS - 30 * MINUTE_MS }],
    });
    let upper = desk.plan(&upper).await;

    let auditor = desk.server.person("audit", &[Role::AuditAdmin]).await;
    let page = desk.server.ask("GET", "/api/audit?action=meeting.", &auditor).send().await.unwrap();
    let page: AuditPage = page.json().await.unwrap();
    let subjects: Vec<String> = page.entries.into_iter().map(|row| row.subject).collect();
    let (day, _) = yunling::domain::wall_clock::read(at(start()));
    let next = yunling::domain::wall_clock::days_later(day, 1);
    let gave_way = format!("{day} 10:00–11:00 → {day} 23:30–{next} 00:30");
    assert_eq!(
        subjects[..3],
        [
            format!("meeting:{} moved:{} {gave_way}", upper.id, own.id),
            format!("meeting:{}", own.id),
            format!("meeting:{} {day} 08:00–09:00 → {day} 10:00–11:00", own.id),
        ]
    );
    desk.server.end().await;
}

#[tokio::test]
async fn what_was_on_air_from_the_old_line_is_the_new_one_s_or_the_slate() {
    let desk = Desk::new().await;
    let old = json!({
        "title": "旧会议", "startsAtMs": start(), "endsAtMs": start() + MINUTE_MS, "kind": "own", "codec": "h264", "venues": [],
    });
    let old = desk.plan(&old).await;
    let mut lines = Vec::new();
    for (name, port) in [("省主会场", 9032), ("省备用", 9033)] {
        let source = json!({ "kind": "srtListener", "port": port, "passphrase": "hunter2hunter2", "latencyMs": 200 });
        let leg = json!({ "name": name, "meeting": old.id, "source": source });
        lines.push(desk.tell::<LegEntry>("POST", "/api/legs", &leg).await.id);
    }
    let meeting = json!({
        "title": "全省视频会", "startsAtMs": start(), "endsAtMs": start() + MINUTE_MS, "kind": "upper", "codec": "h264",
        "venues": [], "line": lines[0],
    });
    let path = format!("/api/meetings/{}", desk.plan(&meeting).await.id);
    let _: MeetingEntry = desk.tell("POST", &format!("{path}/open"), &Value::Null).await;
    for (line, on_air) in [(lines[1].as_str(), Some(lines[1].clone())), ("", None)] {
        let _: MeetingEntry = desk.tell("PATCH", &path, &json!({ "line": line })).await;
        let stage: StageState = desk.read(&format!("{path}/stage")).await;
        assert_eq!(stage.on_air, on_air);
        let heard = on_air.map_or(WireHeard::Nobody, |line| WireHeard::Only { participants: vec![line] });
        assert_eq!(stage.heard, heard);
    }
    desk.server.end().await;
}
