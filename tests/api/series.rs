//! Meetings that come again: holidays are brought as a file, each turn is looked at first, and later ones follow an earlier one.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    org_units::unit,
    server::{Server, refused},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use yunling::{
    domain::{role::Role, wall_clock, workday::read_date},
    http::wire::{
        AttendanceList, ImportCheck, MeetingEntry, SeriesCheck, SpecialDayEntry, WireImportResult, WireMeetingState,
    },
};

/// Friday, 9 September 2039, and the holidays of that autumn as this test has them.
const FIRST: &str = "2039-09-09";
const DAYS: &str = "日期,放假或上班,节日\n2039-09-16,放假,中秋节\n2039-09-17,上班,中秋节\n2039-10-07,放假,国庆节\n";

const HOUR_MS: u64 = 3_600_000;

/// 09:00 of a day.
fn nine(day: &str) -> u64 {
    let at = wall_clock::moment(read_date(day).unwrap(), Duration::from_secs(9 * 3600));
    u64::try_from(at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn meeting(title: &str, day: &str) -> Value {
    let starts = nine(day);
    json!({ "title": title, "startsAtMs": starts, "endsAtMs": starts + HOUR_MS, "kind": "own", "codec": "h264", "venues": ["county"] })
}

async fn told<T: serde::de::DeserializeOwned>(request: RequestBuilder) -> T {
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_year_s_holidays_are_checked_line_by_line_and_brought_whole_or_not_at_all() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let bring = |path: &str, file: &str| {
        let request = server.ask("POST", path, &op).header("content-type", "application/octet-stream");
        request.body(file.to_owned())
    };
    let wrong = format!("{DAYS}2039-10-05,上班,国庆节\n2040-01-01,放假,元旦\n");
    let check: ImportCheck = told(bring("/api/days/import/check", &wrong)).await;
    let results: Vec<_> = check.lines.iter().map(|line| (line.line, line.result)).collect();
    use WireImportResult::{Make, Wrong};
    assert_eq!(results, [(2, Make), (3, Make), (4, Make), (5, Wrong), (6, Wrong)]);
    assert_eq!(check.lines[3].faults[0].sentence, "这一天不是周六、周日，本来就上班。请核对日期。");
    assert_eq!(check.lines[4].faults[0].sentence, "不是 2039 年的日期。一份文件只写一个年份。");
    let days = async || told::<Vec<SpecialDayEntry>>(server.ask("GET", "/api/days", &op)).await;
    assert!(days().await.is_empty(), "a check brings nothing");

    let check: ImportCheck = told(bring("/api/days/import/check", DAYS)).await;
    told::<ImportCheck>(bring(&format!("/api/days/import?mark={}", check.mark), DAYS)).await;
    let known: Vec<_> = days().await.into_iter().map(|day| day.date).collect();
    assert_eq!(known, ["2039-09-16", "2039-09-17", "2039-10-07"]);
    server.end().await;
}

#[tokio::test]
async fn a_series_is_looked_at_planned_changed_and_cancelled_from_one_turn_on() {
    let server = Server::bare().await;
    let op = server.person("op", &[Role::Operator]).await;
    let bring = |path: &str| {
        let request = server.ask("POST", path, &op).header("content-type", "application/octet-stream");
        request.body(DAYS)
    };
    let check: ImportCheck = told(bring("/api/days/import/check")).await;
    told::<ImportCheck>(bring(&format!("/api/days/import?mark={}", check.mark))).await;

    let tell = |method: &str, path: &str, body: Value| server.tell(method, path, &op, &body);
    let taken: MeetingEntry = told(tell("POST", "/api/meetings", meeting("防汛会商", "2039-09-30"))).await;
    let (first, until) = (nine(FIRST), nine("2039-10-14"));
    let query = format!(
        "/api/schedule/series?startsAtMs={first}&endsAtMs={}&kind=own&venues=county&rhythm=weekly&untilMs={until}&onDayOff=later",
        first + HOUR_MS
    );
    let looked: SeriesCheck = told(server.ask("GET", &query, &op)).await;
    let turns: Vec<_> =
        looked.turns.iter().map(|turn| (turn.starts_at_ms, turn.holiday.as_str(), turn.clashes.len())).collect();
    let at = |day: &str| Some(nine(day));
    let expect = [
        (at(FIRST), "", 0),
        (at("2039-09-17"), "中秋节", 0),
        (at("2039-09-23"), "", 0),
        (at("2039-09-30"), "", 1),
        (at("2039-10-10"), "国庆节", 0),
        (at("2039-10-14"), "", 0),
    ];
    assert_eq!((turns.as_slice(), looked.unknown_years.as_slice()), (expect.as_slice(), [].as_slice()));

    let admin = server.person("safe", &[Role::SecurityAdmin]).await;
    let water = unit(&server, &admin, "县水务局", &[]).await.id;
    let series = |leaves_out: bool| {
        let rule = json!({ "rhythm": "weekly", "untilMs": until, "onDayOff": "later" });
        let mut first = meeting("周调度会", FIRST);
        first["units"] = json!([water]);
        tell("POST", "/api/schedule/series", json!({ "meeting": first, "rule": rule, "leavesOut": leaves_out }))
    };
    let problem = refused(series(false), 409, "schedule.clash").await;
    assert!(problem.fields[0].sentence.contains("防汛会商"), "{problem:?}");
    let made: Vec<MeetingEntry> = told(series(true)).await;
    let starts: Vec<u64> = made.iter().map(|meeting| meeting.starts_at_ms).collect();
    assert_eq!(starts, [FIRST, "2039-09-17", "2039-09-23", "2039-10-10", "2039-10-14"].map(nine));
    assert!(made.iter().all(|meeting| meeting.series.is_some() && meeting.series == made[0].series));

    // Units are invited to each of them; later, to one and all that follow.
    let town = unit(&server, &admin, "马过河镇", &[]).await.id;
    let list = |of: usize| format!("/api/meetings/{}/attendance", made[of].id);
    let body = json!({ "units": [town], "later": true });
    let fourth: AttendanceList = told(tell("POST", &format!("{}/invite", list(3)), body)).await;
    assert!(fourth.in_series);
    for (of, units) in [(0, 1), (2, 1), (3, 2), (4, 2)] {
        let list: AttendanceList = told(server.ask("GET", &list(of), &op)).await;
        assert_eq!((list.units.len(), list.units[0].name.as_str()), (units, "县水务局"), "meeting {of}");
    }

    // From the third on an hour later and under another title; the first two stay.
    let third = format!("/api/meetings/{}", made[2].id);
    let (from, to) = (made[2].starts_at_ms + HOUR_MS, made[2].ends_at_ms + HOUR_MS);
    let change = json!({ "title": "周会", "startsAtMs": from, "endsAtMs": to, "later": true });
    told::<MeetingEntry>(tell("PATCH", &third, change)).await;
    let listed = async || {
        let all: Vec<MeetingEntry> = told(server.ask("GET", "/api/meetings", &op)).await;
        all.into_iter().filter(|one| one.id != taken.id).collect::<Vec<_>>()
    };
    let titles: Vec<_> = listed().await.into_iter().map(|one| (one.title, one.starts_at_ms)).collect();
    let expect: Vec<_> = starts
        .iter()
        .enumerate()
        .map(|(place, at)| if place < 2 { ("周调度会".to_owned(), *at) } else { ("周会".to_owned(), at + HOUR_MS) })
        .collect();
    assert_eq!(titles, expect);

    let fourth = format!("/api/meetings/{}/cancel", made[3].id);
    told::<MeetingEntry>(tell("POST", &fourth, json!({ "text": "改为书面通报", "later": true }))).await;
    use WireMeetingState::{Cancelled, Planned};
    let states: Vec<_> = listed().await.into_iter().map(|one| one.state).collect();
    assert_eq!(states, [Planned, Planned, Planned, Cancelled, Cancelled]);
    server.end().await;
}
