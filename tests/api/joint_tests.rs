//! Joint tests: made with their meeting, moved and cancelled with it, done item by item, measured with a real picture and sound,
//! signed for by whoever has the pen, and what was tested stays as it is.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    org_units::unit,
    server::{Server, header, refused},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, SystemTime},
};
use tokio::sync::watch;
use yunling::{
    bot::native::Publisher,
    domain::{access::DeviceKind, role::Role, wall_clock, workday::is_weekend},
    http::wire::{
        Checklist, JointTestEntry, MeetingEntry, ReadinessEntry, UnitNotice, WireJointTestState, WireMeasure,
        WireMeetingState, WireReadiness, WireVerdict,
    },
    relay::media::Codec,
};

const HOUR_MS: u64 = 3_600_000;

/// An hour of a working day in the next weeks, and of the last one before.
fn days() -> (jiff::civil::Date, jiff::civil::Date) {
    let (today, _) = wall_clock::read(SystemTime::now());
    let works = |from: i64, step: i64| {
        let days = (0..).map(move |days| wall_clock::days_later(today, from + days * step));
        days.into_iter().find(|day| !is_weekend(*day)).unwrap()
    };
    let day = works(8, 1);
    let (mut before, mut back) = (day, 1);
    while before == day || is_weekend(before) {
        before = wall_clock::days_later(day, -back);
        back += 1;
    }
    (day, before)
}

fn at(day: jiff::civil::Date, hour: u64) -> u64 {
    let moment = wall_clock::moment(day, Duration::from_secs(hour * 3600));
    u64::try_from(moment.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A meeting of the upper level at nine, for two hours, in the main venue.
fn province() -> Value {
    let starts = at(days().0, 9);
    json!({
        "title": "全省防汛视频会议", "startsAtMs": starts, "endsAtMs": starts + 2 * HOUR_MS,
        "kind": "upper", "codec": "h264", "venues": ["county"],
    })
}

async fn answer<T: serde::de::DeserializeOwned>(request: RequestBuilder) -> T {
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

struct World {
    server: Server,
    op: String,
}

impl World {
    async fn new() -> Self {
        let server = Server::bare().await;
        let op = server.person("op", &[Role::Operator]).await;
        Self { server, op }
    }

    async fn meetings(&self) -> Vec<MeetingEntry> {
        answer(self.server.ask("GET", "/api/meetings", &self.op)).await
    }

    async fn slot(&self, meeting: &str) -> Option<MeetingEntry> {
        let all = self.meetings().await;
        all.into_iter().rfind(|entry| entry.tests.as_deref() == Some(meeting))
    }

    async fn plan(&self, body: &Value) -> MeetingEntry {
        answer(self.server.tell("POST", "/api/meetings", &self.op, body)).await
    }

    fn change(&self, id: &str, body: &Value) -> RequestBuilder {
        self.server.tell("PATCH", &format!("/api/meetings/{id}"), &self.op, body)
    }

    fn act(&self, cookie: &str, id: &str, act: &str) -> RequestBuilder {
        self.server.ask("POST", &format!("/api/joint-tests/{id}/{act}"), cookie).timeout(Duration::from_secs(40))
    }

    fn check(&self, id: &str, item: &str, verdict: &str, note: &str) -> RequestBuilder {
        let body = json!({ "item": item, "verdict": verdict, "note": note });
        self.server.tell("POST", &format!("/api/joint-tests/{id}/items"), &self.op, &body)
    }

    async fn test(&self, id: &str) -> JointTestEntry {
        answer(self.server.ask("GET", &format!("/api/joint-tests/{id}"), &self.op)).await
    }

    async fn readiness(&self, meeting: &str) -> WireReadiness {
        let all: Vec<ReadinessEntry> = answer(self.server.ask("GET", "/api/joint-tests", &self.op)).await;
        all.into_iter().find(|entry| entry.meeting == meeting).expect("it is listed").readiness
    }

    /// A meeting with a joint test that runs.
    async fn running(&self) -> (MeetingEntry, String) {
        let meeting = self.plan(&province()).await;
        let slot = self.slot(&meeting.id).await.expect("one was made").id;
        let begun: JointTestEntry = answer(self.act(&self.op, &slot, "begin")).await;
        assert_eq!((begun.state, begun.on_air), (WireJointTestState::Running, true));
        (meeting, slot)
    }

    /// Says of every item but these that it is good, and ends the test.
    async fn end(&self, slot: &str, but: &[&str]) -> JointTestEntry {
        for item in self.test(slot).await.items.iter().filter(|item| !but.contains(&item.id.as_str())) {
            let _: JointTestEntry = answer(self.check(slot, &item.id, "good", "")).await;
        }
        answer(self.act(&self.op, slot, "end")).await
    }
}

#[tokio::test]
async fn a_joint_test_is_made_the_day_before_and_moves_and_is_cancelled_with_its_meeting() {
    let world = World::new().await;
    let (day, before) = days();
    let meeting = world.plan(&province()).await;
    let slot = world.slot(&meeting.id).await.expect("one was made");
    assert_eq!((slot.title.as_str(), slot.starts_at_ms), ("联调：全省防汛视频会议", at(before, 15)));
    assert_eq!((slot.ends_at_ms, slot.venues.clone()), (at(before, 16), meeting.venues.clone()));
    assert_eq!(world.readiness(&meeting.id).await, WireReadiness::NotTested);

    let later = json!({ "title": "全省防汛会", "startsAtMs": at(day, 10), "endsAtMs": at(day, 12) });
    let _: MeetingEntry = answer(world.change(&meeting.id, &later)).await;
    let followed = world.slot(&meeting.id).await.expect("it is still there");
    assert_eq!((followed.title.as_str(), followed.starts_at_ms), ("联调：全省防汛会", at(before, 15)), "the same day");
    let next = wall_clock::days_later(day, 7);
    let week = json!({ "startsAtMs": at(next, 9), "endsAtMs": at(next, 11) });
    let _: MeetingEntry = answer(world.change(&meeting.id, &week)).await;
    let followed = world.slot(&meeting.id).await.expect("it is still there");
    assert_eq!(
        (followed.id.as_str(), followed.starts_at_ms),
        (slot.id.as_str(), at(wall_clock::days_later(before, 7), 15))
    );

    let path = format!("/api/meetings/{}/cancel", meeting.id);
    let _: MeetingEntry = answer(world.server.tell("POST", &path, &world.op, &json!({ "text": "改期" }))).await;
    let off = world.slot(&meeting.id).await.expect("it stays in the list");
    assert_eq!((off.state, off.cancel_reason.as_str()), (WireMeetingState::Cancelled, "改期"));
    refused(world.act(&world.op, &slot.id, "begin"), 409, "joint_test.cancelled").await;
    world.server.end().await;
}

#[tokio::test]
async fn a_joint_test_is_checked_like_a_meeting_and_its_time_is_changed_by_hand() {
    let world = World::new().await;
    let (day, before) = days();
    let own = json!({
        "title": "项目调度会", "startsAtMs": at(before, 15), "endsAtMs": at(before, 16),
        "kind": "own", "codec": "h264", "venues": ["county"],
    });
    let other = world.plan(&own).await;
    assert!(world.slot(&other.id).await.is_none(), "a meeting of one's own without a line takes none by itself");
    let meeting = world.plan(&province()).await;
    let slot = world.slot(&meeting.id).await.expect("one was made");
    assert_eq!(slot.starts_at_ms, at(before, 14), "the nearest free hour");

    let problem = refused(
        world.change(&slot.id, &json!({ "startsAtMs": at(before, 15), "endsAtMs": at(before, 16) })),
        409,
        "schedule.clash",
    );
    assert!(problem.await.fields[0].sentence.contains("项目调度会"));
    let late = json!({ "startsAtMs": at(day, 9), "endsAtMs": at(day, 10) });
    let problem = refused(world.change(&slot.id, &late), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].sentence, "联调应在会议开始之前结束。");
    let problem = refused(world.change(&slot.id, &json!({ "venues": [] })), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "venues");
    let morning = json!({ "startsAtMs": at(before, 10), "endsAtMs": at(before, 11) });
    let moved: MeetingEntry = answer(world.change(&slot.id, &morning)).await;
    assert_eq!(moved.starts_at_ms, at(before, 10));

    let by_hand = json!({ "startsAtMs": at(before, 8), "endsAtMs": at(before, 9) });
    let path = |id: &str| format!("/api/meetings/{id}/joint-test");
    let again = world.server.tell("POST", &path(&meeting.id), &world.op, &by_hand);
    refused(again, 409, "joint_test.there").await;
    let of_test = world.server.tell("POST", &path(&slot.id), &world.op, &by_hand);
    refused(of_test, 409, "joint_test.is_one").await;
    let made: MeetingEntry = answer(world.server.tell("POST", &path(&other.id), &world.op, &by_hand)).await;
    assert_eq!((made.tests.as_deref(), made.title.as_str()), (Some(other.id.as_str()), "联调：项目调度会"));
    assert_eq!(world.readiness(&other.id).await, WireReadiness::NotTested);
    world.server.end().await;
}

#[tokio::test]
async fn an_upper_meeting_that_comes_in_between_moves_a_joint_test() {
    let world = World::new().await;
    let (_, before) = days();
    let meeting = world.plan(&province()).await;
    let slot = world.slot(&meeting.id).await.expect("one was made");
    let mut city = province();
    city["title"] = "全市视频会议".into();
    (city["startsAtMs"], city["endsAtMs"]) = (at(before, 15).into(), at(before, 17).into());
    refused(world.server.tell("POST", "/api/meetings", &world.op, &city), 409, "schedule.clash").await;
    city["moves"] = json!([{ "meeting": slot.id, "startsAtMs": at(before, 17) }]);
    world.plan(&city).await;
    assert_eq!(world.slot(&meeting.id).await.expect("it moved").starts_at_ms, at(before, 17));
    world.server.end().await;
}

#[tokio::test]
async fn what_passed_is_frozen_until_somebody_says_that_it_changes_after_the_test() {
    let world = World::new().await;
    let (meeting, slot) = world.running().await;
    refused(world.act(&world.op, &slot, "begin"), 409, "joint_test.runs").await;
    let record = world.server.ask("POST", &format!("/api/meetings/{slot}/recording/start"), &world.op);
    refused(record, 409, "joint_test.is_one").await;
    let problem = refused(world.check(&slot, "camera", "bad", ""), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].sentence, "请填写异常的说明。");
    let ended = world.end(&slot, &[]).await;
    assert_eq!((ended.state, ended.readiness), (WireJointTestState::Passed, WireReadiness::Ready));
    assert_eq!((ended.on_air, ended.closed), (false, true), "its room is closed");
    assert_eq!(ended.ended.unwrap().name, "王秀兰");
    refused(world.check(&slot, "camera", "bad", "偏了"), 409, "joint_test.over").await;

    let change = json!({ "venues": [], "codec": "vp8" });
    let problem = refused(world.change(&meeting.id, &change), 409, "meeting.frozen").await;
    let fields: Vec<_> = problem.fields.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["codec", "venues"]);
    let _: MeetingEntry = answer(world.change(&meeting.id, &json!({ "title": "改名不影响" }))).await;
    assert_eq!(world.readiness(&meeting.id).await, WireReadiness::Ready);
    let knowing = json!({ "venues": [], "codec": "vp8", "afterTest": true });
    let _: MeetingEntry = answer(world.change(&meeting.id, &knowing)).await;
    let changed = world.test(&slot).await;
    assert_eq!((changed.state, changed.readiness), (WireJointTestState::Changed, WireReadiness::Changed));
    assert!(changed.changed.is_some());
    let _: MeetingEntry = answer(world.change(&meeting.id, &json!({ "codec": "h264" }))).await;
    world.server.end().await;
}

#[tokio::test]
async fn a_defect_is_signed_for_by_a_leader_or_the_pen_and_never_by_who_ran_the_test() {
    let world = World::new().await;
    let both = world.server.person("li", &[Role::Operator, Role::Leader]).await;
    let leader = world.server.person("zhang", &[Role::Leader]).await;
    let clerk = world.server.person("wen", &[Role::Clerk]).await;
    let (meeting, slot) = world.running().await;
    let ended = world.end(&slot, &["power"]).await;
    assert_eq!((ended.state, ended.readiness), (WireJointTestState::Defects, WireReadiness::Defects));
    refused(world.act(&leader, &slot, "accept"), 409, "joint_test.no_reason").await;
    let explain = |text: &str| {
        let path = format!("/api/joint-tests/{slot}/explain");
        world.server.tell("POST", &path, &both, &json!({ "text": text }))
    };
    refused(explain(" "), 422, "request.field_invalid").await;
    let explained: JointTestEntry = answer(explain("UPS 明早更换，已有备用电源")).await;
    assert_eq!(explained.readiness, WireReadiness::Explained);
    refused(world.act(&world.op, &slot, "accept"), 403, "access.not_allowed").await;
    refused(world.act(&clerk, &slot, "accept"), 403, "access.not_allowed").await;
    refused(world.act(&both, &slot, "accept"), 403, "joint_test.own").await;
    let accepted: JointTestEntry = answer(world.act(&leader, &slot, "accept")).await;
    assert_eq!((accepted.state, accepted.readiness), (WireJointTestState::Accepted, WireReadiness::Accepted));
    refused(world.change(&meeting.id, &json!({ "venues": [] })), 409, "meeting.frozen").await;
    world.server.end().await;
}

/// What another program reads in a PDF, without its blanks.
async fn printed(request: RequestBuilder) -> String {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), "application/pdf");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paper.pdf");
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    let told = std::process::Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().unwrap();
    String::from_utf8(told.stdout).unwrap().split_whitespace().collect()
}

#[tokio::test]
async fn a_joint_test_is_printed_as_far_as_it_has_come_and_stands_in_the_notice_until_then() {
    let world = World::new().await;
    let leader = world.server.person("zhang", &[Role::Leader]).await;
    let admin = world.server.person("safe", &[Role::SecurityAdmin]).await;
    let liaison = world.server.person("zhao", &[Role::Liaison]).await;
    let zhao = world.server.account("zhao").await;
    let unit = unit(&world.server, &admin, "县水务局", &[zhao]).await.id;
    let mut plan = province();
    plan["operator"] = json!(world.server.account("op").await);
    let meeting = world.plan(&plan).await;
    let invite = format!("/api/meetings/{}/attendance/invite", meeting.id);
    let _: Value = answer(world.server.tell("POST", &invite, &world.op, &json!({ "units": [unit] }))).await;
    let slot = world.slot(&meeting.id).await.expect("one was made").id;
    let record = || printed(world.server.ask("GET", &format!("/api/joint-tests/{slot}/record.pdf"), &leader));
    let notice = || printed(world.server.ask("GET", &format!("/api/meetings/{}/notice.pdf", meeting.id), &world.op));
    let told = async || {
        let all: Vec<UnitNotice> = answer(world.server.ask("GET", "/api/notices", &liaison)).await;
        let [only] = all.as_slice() else { panic!("one meeting: {all:?}") };
        (only.joint_test_at_ms, only.contact.clone())
    };
    let said = record().await;
    assert!(said.contains("□合格□有问题") && said.contains("□正常□异常") && said.contains("呼入或线路接通"), "{said}");
    assert_eq!(told().await, (Some(at(days().1, 15)), "王秀兰".to_owned()), "who is on duty is asked");
    let said = notice().await;
    assert!(said.contains("15:00，请会场提前开机待测。") && said.contains("县水务局："), "{said}");
    let calendar = world.server.ask("GET", &format!("/api/meetings/{slot}/meeting.ics"), &leader);
    let calendar = calendar.send().await.unwrap().text().await.unwrap();
    assert!(calendar.contains("\r\nCATEGORIES:联调\r\n") && !calendar.contains("收听收看"), "{calendar}");

    let _: JointTestEntry = answer(world.act(&world.op, &slot, "begin")).await;
    let _: JointTestEntry = answer(world.check(&slot, "power", "bad", "电池老化")).await;
    let ended = world.end(&slot, &["power", "camera"]).await;
    assert_eq!(ended.state, WireJointTestState::Defects);
    let said = record().await;
    assert!(said.contains("有问题（2项未过）；王秀兰") && said.contains("异常电池老化王秀兰"), "{said}");
    assert!(said.contains("召开的原因") && said.contains("未查") && !said.contains('□'), "{said}");
    assert_eq!(told().await.0, None, "it is over");
    assert!(!notice().await.contains("联调时间"));
    refused(world.server.ask("GET", "/api/joint-tests/none/record.pdf", &leader), 404, "joint_test.unknown").await;
    refused(
        world.server.ask("GET", &format!("/api/joint-tests/{}/record.pdf", meeting.id), &leader),
        404,
        "joint_test.unknown",
    )
    .await;
    world.server.end().await;
}

#[tokio::test]
async fn the_checklist_is_edited_and_a_test_that_runs_keeps_its_own() {
    let world = World::new().await;
    let list: Checklist = answer(world.server.ask("GET", "/api/checklist", &world.op)).await;
    assert!(list.items.len() >= 10);
    let (_, slot) = world.running().await;
    let mut items = list.items.clone();
    items.remove(0);
    items.reverse();
    items[0].text = "磁盘够用".to_owned();
    let new = json!({ "id": "", "text": "翻译频道" });
    let mut body = json!({ "items": items });
    body["items"].as_array_mut().unwrap().push(new);
    let kept: Checklist = answer(world.server.tell("POST", "/api/checklist", &world.op, &body)).await;
    let last = kept.items.last().unwrap();
    assert_eq!(
        (kept.items[0].text.as_str(), kept.items[0].measured, last.text.as_str()),
        ("磁盘够用", true, "翻译频道")
    );
    assert_eq!(world.test(&slot).await.items[0].text, list.items[0].text);
    let few = json!({ "items": items[..9] });
    refused(world.server.tell("POST", "/api/checklist", &world.op, &few), 422, "request.field_invalid").await;
    world.server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_picture_and_sound_are_measured_and_tried_out_and_nothing_of_it_is_kept() {
    let world = World::new().await;
    let (machine, _) = world.server.machine(DeviceKind::Room).await;
    let mut plan = province();
    plan["venues"] = json!(["hall"]);
    let meeting = world.plan(&plan).await;
    let slot = world.slot(&meeting.id).await.expect("one was made").id;
    refused(world.act(&world.op, &slot, "measure"), 409, "joint_test.not_begun").await;
    let _: JointTestEntry = answer(world.act(&world.op, &slot, "begin")).await;
    let nothing: JointTestEntry = answer(world.act(&world.op, &slot, "measure")).await;
    let item = |test: &JointTestEntry, measure| {
        let found = test.items.iter().find(|item| item.measure == Some(measure)).expect("it is in the list").clone();
        (found.verdict, found.measured)
    };
    assert_eq!(item(&nothing, WireMeasure::Picture), (WireVerdict::Bad, "大礼堂：没有画面".to_owned()));
    let (_, forecast) = item(&nothing, WireMeasure::Disk);
    assert!(forecast.contains("小时"), "{forecast}");

    let mut publisher = Publisher::new(IpAddr::V4(Ipv4Addr::LOCALHOST), Codec::H264, 7).await.expect("a publisher");
    let offer = publisher.offer().await.expect("an offer");
    let request = world.server.ask("POST", &format!("/whip/{slot}"), &machine);
    let joined = request.header("content-type", "application/sdp").body(offer).send().await.unwrap();
    assert_eq!(joined.status(), 201);
    publisher.accept(joined.text().await.unwrap()).await.expect("connects");
    let (sending, mut sent) = watch::channel((0, 0));
    let story = async {
        sent.wait_for(|sent| sent.1 >= 100).await.expect("it sends");
        let measured: JointTestEntry = answer(world.act(&world.op, &slot, "measure")).await;
        let (verdict, value) = item(&measured, WireMeasure::Picture);
        assert_eq!(verdict, WireVerdict::Good, "{value}");
        assert!(value.starts_with("大礼堂：") && value.contains('×'), "{value}");
        for good in [WireMeasure::Sound, WireMeasure::Network, WireMeasure::Venues] {
            let (verdict, value) = item(&measured, good);
            assert_eq!(verdict, WireVerdict::Good, "{good:?}: {value}");
        }
        let microphone = json!({ "participant": "v-hall", "open": true });
        let path = format!("/api/meetings/{slot}/microphones");
        let _: Value = answer(world.server.tell("POST", &path, &world.op, &microphone)).await;
        let tried: JointTestEntry = answer(world.act(&world.op, &slot, "trial")).await;
        let (verdict, value) = item(&tried, WireMeasure::Trial);
        assert_eq!(verdict, WireVerdict::Good, "{value}");
    };
    tokio::select! {
        () = story => {}
        ended = publisher.send(&sending) => panic!("the publisher ended: {ended:?}"),
    }
    publisher.close().await;
    let folder = |name: &str| std::fs::read_dir(world.server.data().join(name)).unwrap().count();
    assert_eq!((folder("trials"), folder("recordings")), (0, 0));
    let page: Value = answer(world.server.ask("GET", "/api/recordings", &world.op)).await;
    assert_eq!(page["recordings"].as_array().map_or(0, Vec::len), 0, "{page}");
    let _: JointTestEntry = answer(world.act(&world.op, &slot, "end")).await;
    refused(world.act(&world.op, &slot, "trial"), 409, "joint_test.over").await;
    world.server.end().await;
}
