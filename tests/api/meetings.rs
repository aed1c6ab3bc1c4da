//! Meetings: planned, changed, opened, closed, and on air again after a restart.

use crate::server::{Server, WHIP_OFFER, council, now, operator, refused, somebody};
use std::time::{Duration, SystemTime};
use yunling::{
    app::{MeetingChange, MeetingFault},
    domain::{
        access::{Refusal, TokenRole},
        meeting::{Field, Kind, MeetingState, Plan},
        role::Role,
        schedule::Consent,
        stage::Heard,
    },
    http::wire::MeetingBrief,
    id::{MeetingId, VenueId},
};

fn id<I: std::str::FromStr>(text: &str) -> I {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no id"))
}

fn at_county(title: &str) -> Plan {
    Plan { title: title.into(), venues: vec![id("county")], ..council() }
}

#[tokio::test]
async fn a_meeting_goes_from_plan_to_air_to_its_end() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let planned =
        app.plan_meeting(&operator(), at_county(" 防汛会商 "), &Consent::default(), now().wall).await.expect("planned");
    assert_eq!((planned.title.as_str(), planned.state), ("防汛会商", MeetingState::Planned));
    let path = format!("/whip/{}", planned.id);
    let token = server.token(planned.id.as_str(), TokenRole::Publisher).await;
    refused(server.offer(&path, WHIP_OFFER, Some(&token)), 409, "meeting.not_on_air").await;

    let change =
        MeetingChange { title: Some("防汛会商（二）".into()), kind: Some(Kind::Upper), ..Default::default() };
    let changed =
        app.change_meeting(&operator(), &planned.id, change, &Consent::default(), now().wall).await.expect("changed");
    assert_eq!((changed.title.as_str(), changed.kind, changed.starts), ("防汛会商（二）", Kind::Upper, planned.starts));

    let opened = app.open_meeting(&operator(), &planned.id).await.expect("opens");
    assert_eq!(opened.state, MeetingState::OnAir);
    app.open_meeting(&operator(), &planned.id).await.expect("opening twice is opening once");
    server.join(&path, Some(&token)).await;
    assert_eq!(app.stage(&operator(), &planned.id).expect("on air").audible(), Heard::Nobody);
    let kept = MeetingChange { kind: Some(Kind::Own), ..Default::default() };
    let fault = app
        .change_meeting(&operator(), &planned.id, kept, &Consent::default(), now().wall)
        .await
        .expect_err("on air it keeps its kind");
    assert!(matches!(&fault, MeetingFault::Plan(mistakes) if mistakes[0].field() == Field::Kind), "{fault:?}");

    let closed = app.close_meeting(&operator(), &planned.id).await.expect("closes");
    assert_eq!(closed.state, MeetingState::Closed);
    assert_eq!(app.room_of(&planned.id), None);
    refused(server.offer(&path, WHIP_OFFER, Some(&token)), 401, "access.token_revoked").await;
    let again = app.close_meeting(&operator(), &planned.id).await.expect_err("it is over");
    assert!(matches!(&again, MeetingFault::Step(step) if step.from == MeetingState::Closed), "{again:?}");
    let again = app.open_meeting(&operator(), &planned.id).await.expect_err("it is over");
    assert!(matches!(&again, MeetingFault::Step(step) if step.from == MeetingState::Closed), "{again:?}");
    let late =
        app.change_meeting(&operator(), &planned.id, MeetingChange::default(), &Consent::default(), now().wall).await;
    assert!(matches!(&late, Err(MeetingFault::Step(step)) if step.from == MeetingState::Closed), "{late:?}");
    server.end().await;
}

#[tokio::test]
async fn a_screen_is_told_of_a_meeting_before_it_begins_and_no_more_once_it_is_over() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let plan = at_county("防汛会商");
    let starts_at_ms = u64::try_from(plan.starts.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let planned = app.plan_meeting(&operator(), plan, &Consent::default(), now().wall).await.expect("planned");
    let token = server.token(planned.id.as_str(), TokenRole::Viewer).await;
    let path = format!("/api/meetings/{}", planned.id);
    let told = async || {
        let answer = server.request("GET", &path).bearer_auth(&token).send().await.unwrap();
        answer.json::<MeetingBrief>().await.map_err(|_| "nothing is told")
    };
    let brief = told().await.expect("a meeting to come");
    assert_eq!((brief.title.as_str(), brief.on_air, brief.starts_at_ms), ("防汛会商", false, starts_at_ms));
    app.open_meeting(&operator(), &planned.id).await.expect("opens");
    assert!(told().await.expect("on air").on_air);
    app.close_meeting(&operator(), &planned.id).await.expect("closes");
    assert!(told().await.is_err());
    let known = app.see_meeting(&operator(), &planned.id).await.expect_err("it is over");
    assert!(matches!(known, MeetingFault::Unknown), "{known:?}");
    server.end().await;
}

#[tokio::test]
async fn a_planned_meeting_is_cancelled_with_its_reason_and_stays_in_the_list() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let planned =
        app.plan_meeting(&operator(), at_county("防汛会商"), &Consent::default(), now().wall).await.expect("planned");
    let cookie = server.person("wang", &[Role::Operator]).await;
    let path = format!("/api/meetings/{}/cancel", planned.id);
    let cancel = |path: &str, text: &str| server.tell("POST", path, &cookie, &serde_json::json!({ "text": text }));
    let fault = refused(cancel(&path, " "), 422, "request.field_invalid").await;
    assert_eq!((fault.fields[0].field.as_str(), fault.fields[0].sentence.as_str()), ("text", "请填写取消的原因。"));
    refused(cancel("/api/meetings/council/cancel", "改期"), 409, "meeting.on_air").await;
    let answer = cancel(&path, "与省视频会议时间冲突，改期").send().await.expect("answers");
    let entry: serde_json::Value = answer.json().await.expect("a meeting");
    assert_eq!((&entry["state"], &entry["cancelReason"]), (&"cancelled".into(), &"与省视频会议时间冲突，改期".into()));
    for (method, path, body) in [
        ("POST", path.clone(), serde_json::json!({ "text": "改期" })),
        ("POST", format!("/api/meetings/{}/open", planned.id), serde_json::Value::Null),
        ("PATCH", format!("/api/meetings/{}", planned.id), serde_json::json!({ "title": "再开" })),
    ] {
        refused(server.tell(method, &path, &cookie, &body), 409, "meeting.cancelled").await;
    }
    let server = server.again().await;
    let listed = server.running.app.list_meetings(&operator(), None, None).await.expect("listed");
    let kept = listed.iter().find(|meeting| meeting.id == planned.id).expect("it stays");
    assert_eq!((kept.state, kept.cancel_reason.as_str()), (MeetingState::Cancelled, "与省视频会议时间冲突，改期"));
    server.end().await;
}

#[tokio::test]
async fn a_plan_with_mistakes_is_refused_with_each_of_them() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let plan = Plan { title: String::new(), ends: SystemTime::UNIX_EPOCH, venues: vec![id("moon")], ..council() };
    let fault = app.plan_meeting(&operator(), plan, &Consent::default(), now().wall).await.expect_err("refused");
    let MeetingFault::Plan(mistakes) = fault else { panic!("{fault:?}") };
    let fields: Vec<Field> = mistakes.iter().map(|mistake| mistake.field()).collect();
    assert_eq!(fields, [Field::Title, Field::Ends, Field::Venues]);
    let listed = app.list_meetings(&operator(), None, None).await.expect("listed");
    assert_eq!(listed.len(), 1, "only the council");
    server.end().await;
}

#[tokio::test]
async fn a_list_holds_what_touches_the_time_and_what_is_on_air() {
    let server = Server::demo().await;
    let app = &server.running.app;
    let hours = |hours: u64| SystemTime::now() + Duration::from_secs(hours * 3600);
    let plan = |title: &str, from, to| Plan { title: title.into(), starts: hours(from), ends: hours(to), ..council() };
    for (title, from, to) in [("后天", 48, 50), ("明天", 24, 26)] {
        app.plan_meeting(&operator(), plan(title, from, to), &Consent::default(), now().wall).await.expect("planned");
    }
    let titles = async |app: &yunling::app::App, from: u64, to: u64| -> Vec<String> {
        let listed = app.list_meetings(&somebody(Role::Clerk), Some(hours(from)), Some(hours(to))).await;
        listed.expect("a clerk may read").into_iter().map(|meeting| meeting.title).collect()
    };
    let on_air = "全县防汛工作视频会议（演示）";
    assert_eq!(titles(app, 25, 49).await, [on_air, "明天", "后天"]);
    assert_eq!(titles(app, 30, 40).await, [on_air]);
    let server = server.again().await;
    let listed = server.running.app.list_meetings(&operator(), None, None).await.expect("listed");
    assert!(listed.iter().all(|meeting| meeting.id.as_str() != "demo"), "it runs only in a demonstration");
    let demo = server.running.app.open_meeting(&operator(), &id("demo")).await;
    assert!(matches!(demo, Err(MeetingFault::Unknown)), "{demo:?}");
    server.end().await;
}

#[tokio::test]
async fn a_venue_is_in_one_meeting_on_air_at_a_time() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let first = app
        .plan_meeting(&operator(), at_county("第一个会"), &Consent::default(), now().wall)
        .await
        .expect("planned")
        .id;
    let (starts, ends) = (council().ends, council().ends + Duration::from_secs(3600));
    let later = Plan { starts, ends, ..at_county("第二个会") };
    let second = app.plan_meeting(&operator(), later, &Consent::default(), now().wall).await.expect("planned").id;
    app.open_meeting(&operator(), &first).await.expect("opens");
    let taken = app.open_meeting(&operator(), &second).await.expect_err("its venue is taken");
    let MeetingFault::VenueTaken { venue, other } = taken else { panic!("{taken:?}") };
    assert_eq!((venue.as_str(), other.as_str()), ("县主会场", "第一个会"));

    let without = MeetingChange { venues: Some(Vec::new()), ..Default::default() };
    app.change_meeting(&operator(), &second, without, &Consent::default(), now().wall).await.expect("changed");
    app.open_meeting(&operator(), &second).await.expect("needs no venue");
    let with = MeetingChange { venues: Some(vec![id::<VenueId>("county")]), ..Default::default() };
    let taken = app
        .change_meeting(&operator(), &second, with.clone(), &Consent::default(), now().wall)
        .await
        .expect_err("still taken");
    assert!(matches!(taken, MeetingFault::VenueTaken { .. }), "{taken:?}");
    app.close_meeting(&operator(), &first).await.expect("closes");
    app.change_meeting(&operator(), &second, with, &Consent::default(), now().wall).await.expect("free now");
    server.end().await;
}

#[tokio::test]
async fn only_operators_plan_and_steer() {
    let server = Server::strict().await;
    let app = &server.running.app;
    let council_id: MeetingId = id("council");
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Operator) {
        let actor = somebody(role);
        let plan = app.plan_meeting(&actor, council(), &Consent::default(), now().wall).await.map(drop);
        let close = app.close_meeting(&actor, &council_id).await.map(drop);
        let stage = app.stage(&actor, &council_id).map(drop);
        let silence = app.close_all_microphones(&actor, &council_id).await.map(drop);
        for refused in [plan, close, stage, silence] {
            assert!(matches!(refused, Err(MeetingFault::Access(Refusal::Forbidden))), "{role:?}: {refused:?}");
        }
    }
    assert!(app.room_of(&council_id).is_some());
    let unknown = app.open_meeting(&operator(), &id("nowhere")).await;
    assert!(matches!(unknown, Err(MeetingFault::Unknown)), "{unknown:?}");
    server.end().await;
}

#[tokio::test]
async fn after_a_restart_the_same_picture_is_on_air_and_microphones_are_closed() {
    let server = Server::strict().await;
    let council_id: MeetingId = id("council");
    let county = app_participant(&server).await;
    let app = &server.running.app;
    app.open_microphone(&operator(), &council_id, &county).await.expect("opens");
    let other = app_participant(&server).await;
    app.choose_programme(&operator(), &council_id, Some(other.clone()), true).await.expect("chosen");
    let before = app.stage(&operator(), &council_id).expect("on air");
    assert!(before.hears(&county) && before.hears(&other));

    let server = server.again().await;
    let after = server.running.app.stage(&operator(), &council_id).expect("still on air");
    assert_eq!((after.on_air.as_ref(), after.audible()), (Some(&other), Heard::Only(vec![other.clone()])));
    let listed = server.running.app.list_meetings(&operator(), None, None).await.expect("listed");
    assert_eq!(listed[0].state, MeetingState::OnAir);
    server.running.app.close_meeting(&operator(), &council_id).await.expect("closes");
    let server = server.again().await;
    assert_eq!(server.running.app.room_of(&council_id), None, "what was closed stays closed");
    server.end().await;
}

/// Somebody who joins the council now.
async fn app_participant(server: &Server) -> yunling::id::ParticipantId {
    let token = server.token("council", TokenRole::Publisher).await;
    server.join("/whip/council", Some(&token)).await;
    server.participant_of(&token).await
}
