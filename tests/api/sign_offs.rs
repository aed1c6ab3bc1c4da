//! Sign-offs: asked for by a clerk, decided by the approver, told to both, written into the book.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, now, refused};

use serde_json::{Value, json};
use yunling::{
    domain::{
        meeting::{Meeting, MeetingState},
        role::Role,
    },
    http::wire::{PenState, RecordingPage, SignOffEntry, SignOffPage, UnitEntry, WireStanding, WireTerm},
    id::{MeetingId, RecordingId},
    store::Store,
};

/// A recording that has ended, of the meeting `council`.
pub(crate) async fn recorded(server: &Server, id: &str) {
    let store = Store::open(&server.database()).await.unwrap();
    let meeting: MeetingId = "council".parse().unwrap();
    let id: RecordingId = id.parse().unwrap();
    store.begin_recording(id.clone(), &meeting).await.unwrap();
    store.end_recording(&id).await.unwrap();
    store.close().await.unwrap();
}

/// Ends a meeting as the stored plan has it.
async fn close(server: &Server, meeting: &str) {
    let store = Store::open(&server.database()).await.unwrap();
    let meeting = store.meeting(&meeting.parse().unwrap()).await.unwrap().unwrap();
    store.save_meeting(&Meeting { state: MeetingState::Closed, ..meeting }).await.unwrap();
    store.close().await.unwrap();
}

pub(crate) fn wanted() -> Value {
    json!({ "purpose": "县志编纂", "recipient": "县档案馆", "days": 7 })
}

pub(crate) async fn entry(request: reqwest::RequestBuilder) -> SignOffEntry {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn list(server: &Server, cookie: &str) -> Vec<SignOffEntry> {
    let page: SignOffPage = server.ask("GET", "/api/sign-offs", cookie).send().await.unwrap().json().await.unwrap();
    page.entries
}

#[tokio::test]
async fn a_request_is_granted_by_the_approver_and_taken_back() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    recorded(&server, "r1").await;
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let approver = server.person("zhang", &[Role::Approver]).await;
    let asked = entry(server.tell("POST", "/api/recordings/r1/sign-offs", &clerk, &wanted())).await;
    assert_eq!((asked.standing, asked.mine, asked.days), (WireStanding::Waiting, true, 7));
    assert_eq!((asked.title.as_str(), asked.asked_by.as_str()), ("县委常委会", "王秀兰"));
    let again = server.tell("POST", "/api/recordings/r1/sign-offs", &clerk, &wanted());
    refused(again, 409, "signoff.asked_already").await;

    let verdict = |word: &str, text: &str, cookie: &str| {
        server.tell("POST", &format!("/api/sign-offs/{}/{word}", asked.id), cookie, &json!({ "text": text }))
    };
    refused(verdict("grant", "", &clerk), 403, "access.not_allowed").await;
    refused(verdict("recall", "内容有误", &approver), 409, "signoff.not_open").await;
    refused(verdict("refuse", " ", &approver), 422, "request.field_invalid").await;
    let granted = entry(verdict("grant", "同意", &approver)).await;
    assert_eq!((granted.standing, granted.mine), (WireStanding::Open, false));
    let signed = granted.decision.as_ref().expect("signed");
    assert_eq!((signed.text.as_str(), granted.until_ms), ("同意", Some(signed.at_ms + 7 * 86_400_000)));
    refused(verdict("refuse", "不同意", &approver), 409, "signoff.decided").await;
    let recalled = entry(verdict("recall", "内容有误", &approver)).await;
    assert_eq!(recalled.standing, WireStanding::Recalled);
    assert_eq!(recalled.recall.map(|recall| recall.text).as_deref(), Some("内容有误"));
    refused(verdict("recall", "再次", &approver), 409, "signoff.not_open").await;

    // What is over may be asked for again; what is refused says why.
    let second = entry(server.tell("POST", "/api/recordings/r1/sign-offs", &clerk, &wanted())).await;
    let no = json!({ "text": "不宜外传" });
    let no = entry(server.tell("POST", &format!("/api/sign-offs/{}/refuse", second.id), &approver, &no)).await;
    assert_eq!(no.standing, WireStanding::Refused);
    let seen: Vec<_> = list(&server, &clerk).await.into_iter().map(|entry| (entry.id, entry.standing)).collect();
    assert_eq!(seen, [(second.id, WireStanding::Refused), (asked.id.clone(), WireStanding::Recalled)]);

    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().text().await.unwrap();
    let about = format!("signoff:{} recording:r1 for 县档案馆, 7 d: 县志编纂", asked.id);
    for word in ["signoff.ask", "signoff.grant", "signoff.recall", "signoff.refuse", &about] {
        assert!(book.contains(word), "{word} is in the book: {book}");
    }
    server.end().await;
}

/// Lets the leader of this log-in sign, from so many hours after now to so many.
async fn delegate(server: &Server, approver: &str, deputy: &str, from_hours: i64, until_hours: i64) {
    let answer =
        server.tell("POST", "/api/delegations", approver, &wish(server, deputy, from_hours, until_hours).await);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
}

async fn wish(server: &Server, deputy: &str, from_hours: i64, until_hours: i64) -> Value {
    let now = now().wall.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    let at = |hours: i64| now + hours * 3_600_000;
    let deputy = server.account(deputy).await;
    json!({ "deputy": deputy, "fromMs": at(from_hours), "untilMs": at(until_hours), "reason": "赴省党校学习" })
}

async fn pen(server: &Server, cookie: &str) -> PenState {
    server.ask("GET", "/api/delegations", cookie).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn one_person_signs_at_a_time_and_a_deputy_for_days_alone() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    recorded(&server, "r1").await;
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let approver = server.person("zhang", &[Role::Approver]).await;
    let leader = server.person("li", &[Role::Leader]).await;
    let admin = server.person("safe", &[Role::SecurityAdmin]).await;
    // There is never a second approver: none is made, and none becomes one.
    let second = json!({ "login": "zhao", "name": "赵云", "roles": ["approver"] });
    refused(server.tell("POST", "/api/accounts", &admin, &second), 409, "account.approver_taken").await;
    let leaders = format!("/api/accounts/{}", server.account("li").await);
    let promoted = json!({ "roles": ["leader", "approver"] });
    refused(server.tell("PATCH", &leaders, &admin, &promoted), 409, "account.approver_taken").await;

    let asked = entry(server.tell("POST", "/api/recordings/r1/sign-offs", &clerk, &wanted())).await;
    let say = |word: &str, cookie: &str| {
        server.tell("POST", &format!("/api/sign-offs/{}/{word}", asked.id), cookie, &json!({ "text": "同意" }))
    };
    refused(server.ask("GET", "/api/sign-offs", &leader), 403, "access.not_allowed").await;
    let mut later = wish(&server, "li", 48, 72).await;
    refused(server.tell("POST", "/api/delegations", &clerk, &later), 403, "access.not_allowed").await;
    later["deputy"] = json!(server.account("wang").await);
    later["untilMs"] = json!(0);
    let wrong = refused(server.tell("POST", "/api/delegations", &approver, &later), 422, "request.field_invalid").await;
    let fields: Vec<_> = wrong.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["deputy", "untilMs"]);
    delegate(&server, &approver, "li", 48, 72).await;
    assert_eq!(pen(&server, &approver).await.delegations[0].term, WireTerm::Ahead);
    refused(say("grant", &leader), 403, "access.not_allowed").await;

    delegate(&server, &approver, "li", -1, 1).await;
    let crossing = wish(&server, "li", 0, 5).await;
    refused(server.tell("POST", "/api/delegations", &approver, &crossing), 422, "request.field_invalid").await;
    let seen = pen(&server, &leader).await;
    assert_eq!((seen.pens[0].mine, seen.deputies.len()), (true, 0));
    let approvers = pen(&server, &approver).await;
    assert_eq!((approvers.pens.len(), approvers.pens[0].mine, approvers.deputies.len()), (1, false, 1));
    refused(say("grant", &approver), 403, "access.not_allowed").await;
    let granted = entry(say("grant", &leader)).await;
    let signed = granted.decision.expect("signed");
    assert!(signed.deputising.is_some(), "whose pen it was stands there: {signed:?}");

    let runs = seen.delegations.iter().find(|one| one.term == WireTerm::Runs).expect("runs");
    let end = || server.ask("POST", &format!("/api/delegations/{}/end", runs.id), &approver);
    assert_eq!(end().send().await.unwrap().status(), 204);
    refused(end(), 409, "delegation.over").await;
    refused(say("recall", &leader), 403, "access.not_allowed").await;
    assert_eq!(entry(say("recall", &approver)).await.recall.expect("recalled").deputising, None);

    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().text().await.unwrap();
    for word in ["signoff.delegate", "signoff.delegation_end", "赴省党校学习"] {
        assert!(book.contains(word), "{word} is in the book: {book}");
    }
    server.end().await;
}

/// Puts somebody into a unit.
async fn put(server: &Server, admin: &str, login: &str, unit: &str) {
    let path = format!("/api/accounts/{}", server.account(login).await);
    let moved = server.tell("PATCH", &path, admin, &json!({ "unit": unit })).send().await.unwrap();
    assert_eq!(moved.status(), 200, "{}", moved.text().await.unwrap());
}

#[tokio::test]
async fn each_unit_has_one_pen_and_signs_for_its_own_meetings_alone() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    recorded(&server, "r1").await;
    let admin = server.person("safe", &[Role::SecurityAdmin]).await;
    let operator = server.person("op", &[Role::Operator]).await;
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let mut units = Vec::new();
    for name in ["县政府办", "县水务局"] {
        let made = server.tell("POST", "/api/units", &admin, &json!({ "name": name })).send().await.unwrap();
        units.push(made.json::<UnitEntry>().await.unwrap());
    }
    assert!(units[0].own && !units[1].own, "the first that is made is the server's own");
    let county = server.person("zhang", &[Role::Approver]).await;
    // A leader is made the water bureau's approver: of the county there would be two, of the bureau one.
    let water = server.person("liu", &[Role::Leader]).await;
    let both = json!({ "roles": ["approver"], "unit": units[1].id });
    let liu = format!("/api/accounts/{}", server.account("liu").await);
    refused(server.tell("PATCH", &liu, &admin, &json!({ "roles": ["approver"] })), 409, "account.approver_taken").await;
    assert_eq!(server.tell("PATCH", &liu, &admin, &both).send().await.unwrap().status(), 200);
    let water = {
        drop(water);
        server.once_more("liu").await
    };
    refused(server.tell("PATCH", &liu, &admin, &json!({ "unit": units[0].id })), 409, "account.approver_taken").await;
    let own = json!({ "own": true });
    let path = format!("/api/units/{}", units[1].id);
    refused(server.tell("PATCH", &path, &admin, &own), 409, "unit.two_approvers").await;

    let seen = pen(&server, &clerk).await;
    let pens: Vec<_> = seen.pens.iter().map(|pen| (pen.unit.as_deref().unwrap_or_default(), pen.mine)).collect();
    assert_eq!(pens, [("县政府办", false), ("县水务局", false)]);
    // Nobody said who held the meeting: the county's own signs.
    let first = entry(server.tell("POST", "/api/recordings/r1/sign-offs", &clerk, &wanted())).await;
    assert_eq!(first.pen.unit.as_deref(), Some("县政府办"));
    let say = |id: &str, word: &str, cookie: &str| {
        server.tell("POST", &format!("/api/sign-offs/{id}/{word}"), cookie, &json!({ "text": "不宜外传" }))
    };
    refused(say(&first.id, "grant", &water), 403, "access.not_allowed").await;
    let lock = |word: &str, cookie: &str| {
        server.tell("POST", &format!("/api/recordings/r1/{word}"), cookie, &json!({ "text": "审计需要" })).send()
    };
    assert_eq!(lock("lock", &water).await.unwrap().status(), 403);
    assert_eq!(lock("lock", &clerk).await.unwrap().status(), 204);
    assert_eq!(lock("unlock", &water).await.unwrap().status(), 403);
    assert_eq!(lock("unlock", &county).await.unwrap().status(), 204);

    // What waits stays with whose pen it was asked of, and nobody who asks moves the pen.
    close(&server, "council").await;
    let notice = json!({ "unit": "县水务局", "attendees": [], "agenda": [] });
    let write = |cookie: &str| server.tell("POST", "/api/meetings/council/notice", cookie, &notice);
    let problem = refused(write(&clerk), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "unit");
    assert_eq!(write(&operator).send().await.unwrap().status(), 200);
    assert_eq!(write(&clerk).send().await.unwrap().status(), 200, "it stays as it is");
    refused(say(&first.id, "grant", &water), 403, "access.not_allowed").await;
    assert_eq!(entry(say(&first.id, "refuse", &county)).await.pen.unit.as_deref(), Some("县政府办"));
    let second = entry(server.tell("POST", "/api/recordings/r1/sign-offs", &clerk, &wanted())).await;
    assert_eq!((second.pen.unit.as_deref(), second.pen.holder.as_deref()), (Some("县水务局"), Some("王秀兰")));
    refused(say(&second.id, "grant", &county), 403, "access.not_allowed").await;

    // Who signs reads what needs their pen, and a clerk all of it.
    let ids = async |cookie: &str| list(&server, cookie).await.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(ids(&county).await, std::slice::from_ref(&first.id));
    assert_eq!(ids(&water).await, std::slice::from_ref(&second.id));
    assert_eq!(ids(&clerk).await, [second.id.clone(), first.id.clone()]);

    // Delegation stays inside, and is ended by whoever made it.
    let leader = server.person("he", &[Role::Leader]).await;
    let outside = wish(&server, "he", -1, 2).await;
    refused(server.tell("POST", "/api/delegations", &water, &outside), 422, "request.field_invalid").await;
    put(&server, &admin, "he", &units[1].id).await;
    delegate(&server, &water, "he", -1, 2).await;
    let end = format!("/api/delegations/{}/end", pen(&server, &water).await.delegations[0].id);
    refused(server.ask("POST", &end, &county), 403, "access.not_allowed").await;
    refused(say(&second.id, "grant", &water), 403, "access.not_allowed").await;
    refused(say(&first.id, "recall", &leader), 403, "access.not_allowed").await;
    for cookie in [&water, &leader] {
        assert_eq!(
            ids(cookie).await,
            std::slice::from_ref(&second.id),
            "the approver reads on while their deputy signs"
        );
    }
    let granted = entry(say(&second.id, "grant", &leader)).await;
    assert!(granted.pen.mine && granted.decision.expect("signed").deputising.is_some());
    // The county's own signs for a unit without an approver, too.
    let gone = json!({ "enabled": false });
    assert_eq!(server.tell("PATCH", &liu, &admin, &gone).send().await.unwrap().status(), 200);
    let page: RecordingPage = server.ask("GET", "/api/recordings", &clerk).send().await.unwrap().json().await.unwrap();
    assert_eq!(page.entries[0].pen.unit.as_deref(), Some("县政府办"));
    // What was asked of that unit waits for nobody who is gone: it is the county's from then on, and so is what was granted.
    assert_eq!(ids(&county).await, [second.id.clone(), first.id.clone()]);
    assert_eq!(entry(say(&second.id, "recall", &county)).await.pen.unit.as_deref(), Some("县政府办"));
    server.end().await;
}

#[tokio::test]
async fn nobody_signs_for_themselves() {
    let server = Server::bare().await;
    server.plan("council", MeetingState::Planned).await;
    recorded(&server, "r1").await;
    let both = server.person("zhang", &[Role::Clerk, Role::Approver]).await;
    let deputy = server.person("li", &[Role::Leader]).await;
    let asked = entry(server.tell("POST", "/api/recordings/r1/sign-offs", &both, &wanted())).await;
    let grant = |cookie: &str| {
        server.tell("POST", &format!("/api/sign-offs/{}/grant", asked.id), cookie, &json!({ "text": "" }))
    };
    refused(grant(&both), 403, "access.not_allowed").await;
    refused(grant(&deputy), 403, "access.not_allowed").await;
    delegate(&server, &both, "li", -1, 2).await;
    refused(grant(&both), 403, "access.not_allowed").await;
    // Twice at the same moment: one signature counts, the other is told so.
    let (first, second) = tokio::join!(grant(&deputy).send(), grant(&deputy).send());
    let mut statuses = [first.unwrap().status().as_u16(), second.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    server.end().await;
}

#[tokio::test]
async fn a_request_that_is_not_one_says_what_is_wrong() {
    let server = Server::strict().await;
    let clerk = server.person("wang", &[Role::Clerk]).await;
    let ask = |recording: &str, body: Value| {
        server.tell("POST", &format!("/api/recordings/{recording}/sign-offs"), &clerk, &body)
    };
    let none = json!({ "purpose": " ", "recipient": "", "days": 91 });
    let problem = refused(ask("r1", none), 422, "request.field_invalid").await;
    let fields: Vec<_> = problem.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["purpose", "recipient", "days"]);
    refused(ask("r1", json!({ "purpose": "x" })), 400, "request.malformed").await;
    refused(ask("nowhere", wanted()), 404, "recording.unknown").await;
    // The council's own recording goes on.
    let all = server.ask("GET", "/api/recordings", &clerk).send().await.unwrap();
    let all: RecordingPage = all.json().await.unwrap();
    refused(ask(&all.entries[0].id, wanted()), 409, "recording.goes_on").await;
    let approver = server.person("zhang", &[Role::Approver]).await;
    let nothing = server.tell("POST", "/api/sign-offs/none/grant", &approver, &json!({ "text": "" }));
    refused(nothing, 404, "signoff.unknown").await;
    server.end().await;
}
