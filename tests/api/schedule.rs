//! The schedule: what clashes is refused or said, what gives way is moved in the same step, and a meeting's line comes to it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, refused};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use yunling::{
    domain::{role::Role, wall_clock},
    http::wire::{LegEntry, MeetingEntry, ScheduleCheck, ScheduleChoices, WireClashWeight, WireWanted},
};

const HOUR_MS: u64 = 3_600_000;

/// 09:00 here, on a working day within the next weeks.
fn nine() -> u64 {
    let (today, _) = wall_clock::read(SystemTime::now());
    let days = (7..).map(|days| wall_clock::days_later(today, days));
    let day = days.into_iter().find(|day| !yunling::domain::workday::is_weekend(*day)).unwrap();
    let nine = wall_clock::moment(day, Duration::from_secs(9 * 3600));
    u64::try_from(nine.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A meeting of the county's own in its main venue, from so many hours after nine.
fn plan(title: &str, from: u64, to: u64) -> Value {
    let (starts, ends) = (nine() + from * HOUR_MS, nine() + to * HOUR_MS);
    json!({ "title": title, "startsAtMs": starts, "endsAtMs": ends, "kind": "own", "codec": "h264", "venues": ["county"] })
}

fn and(mut plan: Value, more: Value) -> Value {
    let (Some(plan_fields), Value::Object(more)) = (plan.as_object_mut(), more) else { panic!("two objects") };
    plan_fields.extend(more);
    plan
}

async fn made(request: RequestBuilder) -> MeetingEntry {
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_venue_that_is_taken_is_refused_with_who_has_it_and_when_it_is_free() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let post = |body: Value| server.tell("POST", "/api/meetings", &op, &body);
    let first = made(post(plan("防汛会商", 0, 2))).await;
    let problem = refused(post(plan("项目调度会", 1, 3)), 409, "schedule.clash").await;
    let said = &problem.fields[0];
    assert_eq!(said.field, "venues");
    assert!(said.sentence.starts_with("会场“县主会场”已安排给会议“防汛会商”（"), "{}", said.sentence);
    assert!(said.sentence.ends_with("09:00至11:00）。"), "{}", said.sentence);

    let query = format!(
        "/api/schedule/check?startsAtMs={}&endsAtMs={}&kind=own&venues=county",
        nine() + HOUR_MS,
        nine() + 3 * HOUR_MS
    );
    let check: ScheduleCheck = server.ask("GET", &query, &op).send().await.unwrap().json().await.unwrap();
    let clash = &check.clashes[0];
    assert_eq!((clash.wanted, clash.weight), (WireWanted::Venue, WireClashWeight::Refused));
    assert_eq!((clash.meeting.as_str(), clash.name.as_str()), (first.id.as_str(), "县主会场"));
    assert_eq!(check.free_at_ms, Some(nine() + 5 * HOUR_MS), "two hours fit in the afternoon");

    made(post(plan("项目调度会", 2, 3))).await;
    let later = json!({ "startsAtMs": nine() + HOUR_MS, "endsAtMs": nine() + 3 * HOUR_MS });
    let path = format!("/api/meetings/{}", first.id);
    refused(server.tell("PATCH", &path, &op, &later), 409, "schedule.clash").await;
    made(server.tell("PATCH", &path, &op, &json!({ "title": "防汛会商（一）" }))).await;
    let cancelled = server.tell("POST", &format!("{path}/cancel"), &op, &json!({ "text": "改期" }));
    assert_eq!(made(cancelled).await.cancel_reason, "改期");
    made(post(plan("抗旱会商", 0, 2))).await;
    server.end().await;
}

#[tokio::test]
async fn an_upper_meeting_comes_first_and_the_county_s_own_is_moved_in_the_same_step() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let post = |body: Value| server.tell("POST", "/api/meetings", &op, &body);
    let own = made(post(plan("防汛会商", 0, 2))).await;
    let province = and(plan("全省视频会议", 1, 3), json!({ "kind": "upper" }));
    refused(post(province.clone()), 409, "schedule.clash").await;

    let query = format!(
        "/api/schedule/check?startsAtMs={}&endsAtMs={}&kind=upper&venues=county",
        nine() + HOUR_MS,
        nine() + 3 * HOUR_MS
    );
    let check: ScheduleCheck = server.ask("GET", &query, &op).send().await.unwrap().json().await.unwrap();
    assert_eq!(check.clashes[0].weight, WireClashWeight::PreEmpts);
    let moved = &check.moves[0];
    assert_eq!((moved.meeting.as_str(), moved.starts_at_ms), (own.id.as_str(), nine() + 5 * HOUR_MS));

    let moves = json!({ "moves": [{ "meeting": moved.meeting, "startsAtMs": moved.starts_at_ms }] });
    made(post(and(province, moves))).await;
    let listed: Vec<MeetingEntry> = server.ask("GET", "/api/meetings", &op).send().await.unwrap().json().await.unwrap();
    let times: Vec<_> = listed
        .iter()
        .filter(|entry| entry.tests.is_none())
        .map(|entry| (entry.title.as_str(), entry.starts_at_ms, entry.ends_at_ms))
        .collect();
    let at = |hours: u64| nine() + hours * HOUR_MS;
    assert_eq!(times, [("全省视频会议", at(1), at(3)), ("防汛会商", at(5), at(7))]);
    server.end().await;
}

#[tokio::test]
async fn whoever_would_be_in_two_meetings_is_named_until_the_planner_says_that_they_know() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    drop(server.person("li", &[Role::Leader]).await);
    let (operator, leader) = (server.account("op").await, server.account("li").await);
    let choices: ScheduleChoices =
        server.ask("GET", "/api/schedule/choices", &op).send().await.unwrap().json().await.unwrap();
    let of =
        |people: &[yunling::http::wire::PersonChoice]| people.iter().map(|one| one.account.clone()).collect::<Vec<_>>();
    assert_eq!((of(&choices.operators), of(&choices.leaders)), (vec![operator.clone()], vec![leader.clone()]));

    let post = |body: Value| server.tell("POST", "/api/meetings", &op, &body);
    let people = json!({ "operator": operator, "leaders": [leader], "venues": [] });
    let first = made(post(and(plan("防汛会商", 0, 2), people.clone()))).await;
    assert_eq!(first.operator.unwrap().name, "王秀兰");
    let second = and(plan("项目调度会", 1, 3), people);
    let problem = refused(post(second.clone()), 409, "schedule.unconfirmed").await;
    let fields: Vec<_> = problem.fields.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["operator", "leaders"]);
    assert!(problem.fields[1].sentence.starts_with("领导王秀兰同时段还有会议“防汛会商”（"), "{problem:?}");
    let second = made(post(and(second, json!({ "warned": true })))).await;
    assert_eq!(second.leaders.len(), 1);

    let swapped = json!({ "operator": leader, "leaders": [operator] });
    let problem = refused(post(and(plan("第三个会", 9, 10), swapped)), 422, "request.field_invalid").await;
    assert_eq!(problem.fields.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), ["operator", "leaders"]);
    server.end().await;
}

#[tokio::test]
async fn a_meeting_s_line_comes_to_it_when_it_opens_and_stays_until_it_is_over() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let post = |path: &str, body: Value| server.tell("POST", path, &op, &body);
    let old = made(post("/api/meetings", plan("旧会议", 20, 21))).await;
    let source = json!({ "kind": "srtListener", "port": 9017, "passphrase": "hunter2hunter2", "latencyMs": 200 });
    let leg = json!({ "name": "省主会场", "meeting": old.id, "source": source });
    let leg: LegEntry = post("/api/legs", leg).send().await.unwrap().json().await.unwrap();
    assert!(post(&format!("/api/legs/{}/stop", leg.id), Value::Null).send().await.unwrap().status().is_success());

    let upper = |title, from, to| and(plan(title, from, to), json!({ "kind": "upper", "venues": [], "line": leg.id }));
    let first = made(post("/api/meetings", upper("全省防汛会", 0, 2))).await;
    let problem = refused(post("/api/meetings", upper("全省项目会", 1, 3)), 409, "schedule.clash").await;
    assert!(problem.fields[0].sentence.starts_with("线路“省主会场”已安排给会议“全省防汛会”"), "{problem:?}");
    let second = made(post("/api/meetings", upper("全省项目会", 2, 3))).await;
    let removal = server.ask("DELETE", &format!("/api/legs/{}", leg.id), &op);
    assert!(refused(removal, 409, "leg.planned").await.title.contains("全省防汛会"));

    let open = |id: &str| post(&format!("/api/meetings/{id}/open"), Value::Null);
    made(open(&first.id)).await;
    let line = async |server: &Server| {
        let legs: Vec<LegEntry> = server.ask("GET", "/api/legs", &op).send().await.unwrap().json().await.unwrap();
        (legs[0].meeting.clone(), legs[0].enabled)
    };
    assert_eq!(line(&server).await, (first.id.clone(), true));
    let stage: Value = server
        .ask("GET", &format!("/api/meetings/{}/stage", first.id), &op)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(stage["onAir"], leg.id.as_str(), "its programme from the first moment");
    let taken = refused(open(&second.id), 409, "meeting.line_taken").await;
    assert!(taken.title.contains("省主会场") && taken.title.contains("全省防汛会"), "{taken:?}");
    made(post(&format!("/api/meetings/{}/close", first.id), Value::Null)).await;
    made(open(&second.id)).await;
    assert_eq!(line(&server).await, (second.id.clone(), true));
    server.end().await;
}

#[tokio::test]
async fn a_meeting_on_air_is_extended_until_the_next_one_needs_its_venue() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let tell = |method: &str, path: &str, body: Value| server.tell(method, path, &op, &body);
    let first = made(tell("POST", "/api/meetings", plan("防汛会商", 0, 2))).await;
    made(tell("POST", "/api/meetings", plan("项目调度会", 3, 4))).await;
    let path = format!("/api/meetings/{}", first.id);
    made(tell("POST", &format!("{path}/open"), Value::Null)).await;
    let until = |hours: u64| tell("PATCH", &path, json!({ "endsAtMs": nine() + hours * HOUR_MS }));
    assert_eq!(made(until(3)).await.ends_at_ms, nine() + 3 * HOUR_MS);
    let problem = refused(until(4), 409, "schedule.clash").await;
    assert!(problem.fields[0].sentence.contains("项目调度会"), "{problem:?}");
    server.end().await;
}

#[tokio::test]
async fn a_meeting_on_air_in_vp8_is_not_in_its_own_way() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let vp8 = and(plan("防汛会商", 0, 2), json!({ "codec": "vp8" }));
    let first = made(server.tell("POST", "/api/meetings", &op, &vp8)).await;
    made(server.tell("POST", &format!("/api/meetings/{}/open", first.id), &op, &Value::Null)).await;
    for kind in ["own", "upper"] {
        let query = format!(
            "/api/schedule/check?id={}&startsAtMs={}&endsAtMs={}&kind={kind}&venues=county",
            first.id,
            nine(),
            nine() + 3 * HOUR_MS
        );
        let check: ScheduleCheck = server.ask("GET", &query, &op).send().await.unwrap().json().await.unwrap();
        assert!(check.clashes.is_empty() && check.moves.is_empty(), "{kind}: {check:?}");
    }
    server.end().await;
}

#[tokio::test]
async fn whoever_left_keeps_nobody_from_changing_a_meeting_and_is_named_in_no_other() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    drop(server.person("wang", &[Role::Operator]).await);
    drop(server.person("li", &[Role::Leader]).await);
    let people = json!({ "operator": server.account("wang").await, "leaders": [server.account("li").await] });
    let post = |body: Value| server.tell("POST", "/api/meetings", &op, &body);
    let first = made(post(and(plan("防汛会商", 0, 2), people.clone()))).await;
    let path = format!("/api/meetings/{}", first.id);
    made(server.tell("POST", &format!("{path}/open"), &op, &Value::Null)).await;
    for login in ["wang", "li"] {
        let account = format!("/api/accounts/{}", server.account(login).await);
        let off = server.tell("PATCH", &account, &admin, &json!({ "enabled": false })).send().await.unwrap();
        assert_eq!(off.status(), 200, "{login}");
    }
    let longer = and(json!({ "endsAtMs": nine() + 3 * HOUR_MS }), people.clone());
    assert_eq!(made(server.tell("PATCH", &path, &op, &longer)).await.ends_at_ms, nine() + 3 * HOUR_MS);
    refused(post(and(plan("另一个会", 5, 6), people)), 422, "request.field_invalid").await;
    server.end().await;
}

#[tokio::test]
async fn a_meeting_on_air_that_gets_another_line_or_none_lets_the_old_one_go() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let post = |path: &str, body: Value| server.tell("POST", path, &op, &body);
    let old = made(post("/api/meetings", plan("旧会议", 20, 21))).await;
    let mut lines = Vec::new();
    for (name, port) in [("省主会场", 9018), ("省备用", 9019)] {
        let source = json!({ "kind": "srtListener", "port": port, "passphrase": "hunter2hunter2", "latencyMs": 200 });
        let leg = json!({ "name": name, "meeting": old.id, "source": source });
        let leg: LegEntry = post("/api/legs", leg).send().await.unwrap().json().await.unwrap();
        lines.push(leg.id);
    }
    let upper = json!({ "kind": "upper", "venues": [], "line": lines[0] });
    let meeting = made(post("/api/meetings", and(plan("全省防汛会", 0, 2), upper))).await;
    let path = format!("/api/meetings/{}", meeting.id);
    made(post(&format!("{path}/open"), Value::Null)).await;
    let feeding = async || {
        let legs: Vec<LegEntry> = server.ask("GET", "/api/legs", &op).send().await.unwrap().json().await.unwrap();
        let feeds = |leg: &LegEntry| leg.meeting == meeting.id && leg.enabled;
        legs.into_iter().filter(feeds).map(|leg| leg.id).collect::<Vec<_>>()
    };
    assert_eq!(feeding().await, [lines[0].clone()]);
    made(server.tell("PATCH", &path, &op, &json!({ "line": lines[1] }))).await;
    assert_eq!(feeding().await, [lines[1].clone()]);
    made(server.tell("PATCH", &path, &op, &json!({ "line": "" }))).await;
    assert_eq!(feeding().await, Vec::<String>::new());
    server.end().await;
}
