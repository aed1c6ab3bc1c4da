//! Papers: who gets which, under which name, and what another program reads in them.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, header, refused};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use yunling::{
    domain::{role::Role, wall_clock, workday::read_date},
    http::wire::MeetingEntry,
};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// 09:30 on Tuesday, 3 June 2042.
fn nine_thirty() -> u64 {
    let at = wall_clock::moment(read_date("2042-06-03").unwrap(), Duration::from_secs(9 * 3600 + 1800));
    u64::try_from(at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

async fn planned(server: &Server, op: &str, title: &str, attendees: usize) -> MeetingEntry {
    let attendee = |at: usize| json!({ "name": format!("张建国{at} 副局长"), "unit": "县水务局" });
    let body: Value = json!({
        "title": title, "startsAtMs": nine_thirty(), "endsAtMs": nine_thirty() + 2 * HOUR_MS, "kind": "own", "codec": "h264",
        "venues": ["county"], "operator": server.account("op").await,
        "notice": { "unit": "县防汛抗旱指挥部", "agenda": ["通报汛情"],
            "attendees": (0..attendees).map(attendee).collect::<Vec<_>>() },
    });
    let answer = server.tell("POST", "/api/meetings", op, &body).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn papers_are_fetched_under_their_names_and_kept_by_no_cache() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let clerk = server.person("clerk", &[Role::Clerk]).await;
    let id = planned(&server, &op, "防汛/会商", 500).await.id;
    let (from, to) = (nine_thirty() - DAY_MS, nine_thirty() + 7 * DAY_MS);
    let papers = [
        (format!("meetings/{id}/notice.pdf"), "application/pdf", "防汛_会商 通知.pdf"),
        (format!("meetings/{id}/attendance.pdf"), "application/pdf", "防汛_会商 签到表.pdf"),
        (format!("meetings/{id}/meeting.ics"), "text/calendar; charset=utf-8", "防汛_会商.ics"),
        (format!("schedule/duty.pdf?from={from}&to={to}"), "application/pdf", "值班表.pdf"),
        (format!("schedule/week.pdf?from={from}&size=a3"), "application/pdf", "周历.pdf"),
        (format!("schedule/calendar.ics?from={from}&to={to}"), "text/calendar; charset=utf-8", "会议排期.ics"),
    ];
    for (path, kind, name) in papers {
        let answer = server.ask("GET", &format!("/api/{path}"), &clerk).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header(&answer, "content-type"), kind, "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
        let disposition = header(&answer, "content-disposition");
        let encoded: String = name
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect();
        assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
        assert!(disposition.ends_with(&format!("filename*=UTF-8''{encoded}")), "{name}: {disposition}");
        let bytes = answer.bytes().await.unwrap();
        let begins: &[u8] = if kind == "application/pdf" { b"%PDF-" } else { b"BEGIN:VCALENDAR\r\n" };
        assert!(bytes.starts_with(begins), "{path}");
    }
    server.end().await;
}

/// How often the one meeting of a calendar was changed.
fn sequence(calendar: &str) -> u32 {
    let line = calendar.split("\r\n").find_map(|line| line.strip_prefix("SEQUENCE:"));
    line.and_then(|number| number.parse().ok()).unwrap()
}

#[tokio::test]
async fn a_calendar_keeps_a_cancelled_meeting_and_has_mine_alone_if_i_ask() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let leader = server.person("li", &[Role::Leader]).await;
    let id = planned(&server, &op, "防汛会商", 1).await.id;
    let span = format!("/api/schedule/calendar.ics?from={}&to={}", nine_thirty() - DAY_MS, nine_thirty() + DAY_MS);
    let text = async |path: &str, who: &str| {
        let answer = server.ask("GET", path, who).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    let all = text(&span, &leader).await;
    for line in [
        format!("\r\nUID:{id}@yunling\r\n"),
        "\r\nDTSTART;TZID=Asia/Shanghai:20420603T093000\r\n".to_owned(),
        "\r\nSUMMARY:防汛会商\r\n".to_owned(),
        "\r\nSTATUS:CONFIRMED\r\n".to_owned(),
    ] {
        assert!(all.contains(&line), "{line} is not in {all}");
    }
    let mine = format!("{span}&mine=true");
    assert!(text(&mine, &op).await.contains("BEGIN:VEVENT"), "the operator is on duty there");
    assert!(!text(&mine, &leader).await.contains("BEGIN:VEVENT"), "the leader does not attend");
    let cancel = server.tell("POST", &format!("/api/meetings/{id}/cancel"), &op, &json!({ "text": "改期" }));
    assert_eq!(cancel.send().await.unwrap().status(), 200);
    let cancelled = text(&format!("/api/meetings/{id}/meeting.ics"), &leader).await;
    assert!(cancelled.contains("\r\nSTATUS:CANCELLED\r\n"));
    assert!(sequence(&cancelled) > sequence(&all), "a calendar takes over the later state");
    server.end().await;
}

#[tokio::test]
async fn times_without_end_and_meetings_that_are_not_there_are_refused() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let get = |path: &str| server.ask("GET", path, &op);
    for path in ["/api/schedule/calendar.ics", "/api/schedule/duty.pdf"] {
        for (from, to) in [(0, 94 * DAY_MS), (DAY_MS, DAY_MS), (DAY_MS, 0)] {
            let problem = refused(get(&format!("{path}?from={from}&to={to}")), 422, "request.field_invalid").await;
            assert_eq!(problem.fields[0].field, "to", "{path}");
        }
        refused(get(path), 400, "request.malformed").await;
    }
    refused(get("/api/schedule/week.pdf?from=0&size=a2"), 400, "request.malformed").await;
    let far = get(&format!("/api/schedule/week.pdf?from={}", u64::MAX)).send().await.unwrap();
    assert!(far.status().as_u16() < 500, "{}", far.status());
    for paper in ["notice.pdf", "attendance.pdf", "meeting.ics"] {
        refused(get(&format!("/api/meetings/none/{paper}")), 404, "meeting.unknown").await;
    }
    server.end().await;
}
