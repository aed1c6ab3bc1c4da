//! Units: who answers for them; accounts that are asked for, granted and refused.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{Server, refused};
use serde_json::json;
use yunling::{
    domain::role::Role,
    http::wire::{AccountEntry, AccountMade, HandOverForm, HandOverMade, Me, UnitEntry, UnitList},
};

async fn units(server: &Server, cookie: &str) -> UnitList {
    server.ask("GET", "/api/units", cookie).send().await.unwrap().json().await.unwrap()
}

/// A unit of this name with these who answer for it.
pub(crate) async fn unit(server: &Server, admin: &str, name: &str, liaisons: &[String]) -> UnitEntry {
    let made = server.tell("POST", "/api/units", admin, &json!({ "name": name })).send().await.unwrap();
    let unit: UnitEntry = made.json().await.unwrap();
    assert_eq!((unit.name.as_str(), unit.liaisons.len()), (name, 0));
    let path = format!("/api/units/{}", unit.id);
    let named = server.tell("PATCH", &path, admin, &json!({ "liaisons": liaisons })).send().await.unwrap();
    assert_eq!(named.status(), 204);
    unit
}

#[tokio::test]
async fn an_account_is_asked_for_by_the_liaison_and_granted_once() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let liaison = server.person("zhao", &[Role::Liaison]).await;
    let other = server.person("bai", &[Role::Liaison]).await;
    let water = unit(&server, &admin, "县水务局", &[server.account("zhao").await]).await;
    let path = format!("/api/units/{}/account-requests", water.id);
    let wish = |login: &str| json!({ "login": login, "name": "李军", "roles": ["leader"], "reason": "新任局长" });

    // Only whoever answers for the unit asks, only for what may be asked for, and each name once.
    refused(server.tell("POST", &path, &other, &wish("lijun")), 404, "unit.unknown").await;
    let officer = json!({ "login": "lijun", "name": "李军", "roles": ["security_admin"], "reason": "新任" });
    let problem = refused(server.tell("POST", &path, &liaison, &officer), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "roles");
    refused(server.tell("POST", &path, &liaison, &wish("Zhao")), 409, "account.login_taken").await;
    for login in ["lijun", "lijun2"] {
        assert_eq!(server.tell("POST", &path, &liaison, &wish(login)).send().await.unwrap().status(), 204);
    }
    refused(server.tell("POST", &path, &liaison, &wish("lijun")), 409, "account.login_taken").await;
    assert!(units(&server, &other).await.units.is_empty() && units(&server, &other).await.requests.is_empty());
    let mine = units(&server, &liaison).await;
    assert!(mine.units[0].mine && mine.requests.len() == 2 && mine.requests[0].mine);

    let [first, second] = [&mine.requests[0], &mine.requests[1]].map(|one| format!("/api/account-requests/{}", one.id));
    let grant = server.ask("POST", &format!("{first}/grant"), &admin).send().await.unwrap();
    let made: AccountMade = grant.json().await.unwrap();
    assert_eq!((made.account.login.as_str(), made.account.unit_name.as_str()), ("lijun", "县水务局"));
    refused(server.ask("POST", &format!("{first}/grant"), &admin), 409, "account_request.decided").await;
    refused(
        server.tell("POST", &format!("{second}/refuse"), &admin, &json!({ "text": " " })),
        422,
        "request.field_invalid",
    )
    .await;
    let no = server.tell("POST", &format!("{second}/refuse"), &admin, &json!({ "text": "已有账号" })).send().await;
    assert_eq!(no.unwrap().status(), 204);
    refused(server.ask("POST", &format!("{second}/grant"), &admin), 409, "account_request.decided").await;

    // The liaison reads both answers, and sees the new account among the unit's people.
    let after = units(&server, &liaison).await;
    let said: Vec<_> = after.requests.iter().map(|one| one.decision.clone().unwrap()).collect();
    assert!(said.iter().any(|one| one.granted) && said.iter().any(|one| !one.granted && one.reason == "已有账号"));
    assert_eq!(after.units[0].people.iter().map(|person| person.login.as_str()).collect::<Vec<_>>(), ["lijun"]);
    let login = json!({ "login": "lijun", "password": made.one_time_password });
    assert_eq!(server.tell("POST", "/api/login", "", &login).send().await.unwrap().status(), 200);
    server.end().await;
}

#[tokio::test]
async fn nobody_grants_what_they_asked_for() {
    let server = Server::strict().await;
    let both = server.person("both", &[Role::SecurityAdmin, Role::Liaison]).await;
    let water = unit(&server, &both, "县水务局", &[server.account("both").await]).await;
    let wish = json!({ "login": "lijun", "name": "李军", "roles": ["leader"], "reason": "新任局长" });
    let path = format!("/api/units/{}/account-requests", water.id);
    assert_eq!(server.tell("POST", &path, &both, &wish).send().await.unwrap().status(), 204);
    let request = format!("/api/account-requests/{}", units(&server, &both).await.requests[0].id);
    refused(server.ask("POST", &format!("{request}/grant"), &both), 403, "access.not_allowed").await;
    refused(
        server.tell("POST", &format!("{request}/refuse"), &both, &json!({ "text": "否" })),
        403,
        "access.not_allowed",
    )
    .await;
    server.end().await;
}

#[tokio::test]
async fn a_unit_has_a_name_of_its_own_a_place_and_people() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    server.person("clerk", &[Role::Clerk]).await;
    let water = unit(&server, &admin, "县水务局", &[]).await;
    let office = unit(&server, &admin, "县政府办", &[]).await;
    let change = |unit: &UnitEntry, body: serde_json::Value| {
        server.tell("PATCH", &format!("/api/units/{}", unit.id), &admin, &body)
    };
    for body in [json!({ "name": "县水务局" }), json!({ "name": " " }), json!({ "liaisons": ["nobody", "!"] })] {
        refused(change(&office, body), 422, "request.field_invalid").await;
    }
    let clerk = server.account("clerk").await;
    let problem = refused(change(&office, json!({ "liaisons": [clerk] })), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "liaisons");
    assert_eq!(change(&water, json!({ "rank": office.rank + 10 })).send().await.unwrap().status(), 204);
    let names: Vec<_> = units(&server, &admin).await.units.into_iter().map(|unit| unit.name).collect();
    assert_eq!(names, ["县政府办", "县水务局"]);

    // A person is moved into a unit and out of it; the unit's new name is theirs.
    let account = format!("/api/accounts/{clerk}");
    let moved = |unit: &str| server.tell("PATCH", &account, &admin, &json!({ "unit": unit })).send();
    refused(server.tell("PATCH", &account, &admin, &json!({ "unit": "nowhere" })), 422, "request.field_invalid").await;
    assert_eq!(moved(&office.id).await.unwrap().json::<AccountEntry>().await.unwrap().unit_name, "县政府办");
    assert_eq!(change(&office, json!({ "name": "县人民政府办公室" })).send().await.unwrap().status(), 204);
    let list = server.ask("GET", "/api/accounts", &admin).send().await.unwrap();
    let list: Vec<AccountEntry> = list.json().await.unwrap();
    let read = list.iter().find(|account| account.login == "clerk").unwrap();
    assert_eq!((read.unit.as_deref(), read.unit_name.as_str()), (Some(office.id.as_str()), "县人民政府办公室"));
    assert!(!read.unused, "it has just been made");
    assert_eq!(moved("").await.unwrap().json::<AccountEntry>().await.unwrap().unit, None);
    server.end().await;
}

#[tokio::test]
async fn a_post_is_handed_over_to_a_new_account_and_the_old_one_is_out_at_once() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let old = server.person("zhao", &[Role::Liaison, Role::Approver]).await;
    let id = server.account("zhao").await;
    let water = unit(&server, &admin, "县水务局", std::slice::from_ref(&id)).await;
    let path = format!("/api/accounts/{id}/hand-over");
    let to = |login: &str, reason: &str| {
        server.tell("POST", &path, &admin, &json!({ "login": login, "name": "李军", "reason": reason }))
    };
    let own = format!("/api/accounts/{}/hand-over", server.account("sec").await);
    let body = json!({ "login": "lijun", "name": "李军", "reason": "调动" });
    refused(server.tell("POST", &own, &admin, &body), 409, "account.own_post").await;
    refused(to("sec", "调动"), 409, "account.login_taken").await;
    refused(to("lijun", " "), 422, "request.field_invalid").await;
    // Nothing of what was refused has happened.
    assert!(units(&server, &old).await.units[0].mine);

    let done: HandOverMade = to("lijun", "赵军调任县政府办").send().await.unwrap().json().await.unwrap();
    assert_eq!((done.from_login.as_str(), done.made.account.login.as_str()), ("zhao", "lijun"));
    assert_eq!((done.units.as_slice(), done.made.account.roles.len()), (&[water.name.clone()][..], 2));
    let me: Me = server.ask("GET", "/api/me", &old).send().await.unwrap().json().await.unwrap();
    assert_eq!(me, Me::Stranger);
    let login = json!({ "login": "zhao", "password": crate::server::PASSWORD });
    refused(server.tell("POST", "/api/login", "", &login), 401, "login.wrong").await;
    let login = json!({ "login": "lijun", "password": done.made.one_time_password });
    let entered: Me = server.tell("POST", "/api/login", "", &login).send().await.unwrap().json().await.unwrap();
    assert!(matches!(entered, Me::User { must_change_password: true, signs: true, .. }), "{entered:?}");
    let after = units(&server, &admin).await.units;
    assert_eq!(after[0].liaisons.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["李军"]);
    refused(to("wang", "再次交接"), 409, "account.ended").await;
    // The form can be printed again, and says what it said, whatever things are called now.
    let renamed = server.tell("PATCH", &format!("/api/units/{}", water.id), &admin, &json!({ "name": "水利局" }));
    assert_eq!(renamed.send().await.unwrap().status(), 204);
    let forms = server.ask("GET", "/api/hand-overs", &admin).send().await.unwrap();
    let forms: Vec<HandOverForm> = forms.json().await.unwrap();
    assert_eq!(forms.len(), 1, "what was refused has none");
    let form = &forms[0];
    assert_eq!((form.from_login.as_str(), form.to_login.as_str(), form.to_name.as_str()), ("zhao", "lijun", "李军"));
    assert_eq!((form.units.as_slice(), form.reason.as_str()), (&["县水务局".to_owned()][..], "赵军调任县政府办"));
    assert_eq!((form.at_ms, &form.roles), (done.at_ms, &done.made.account.roles));
    server.end().await;
}

#[tokio::test]
async fn a_unit_that_is_no_more_is_closed_and_keeps_what_it_held() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let operator = server.person("op", &[Role::Operator]).await;
    let liaison = server.person("zhao", &[Role::Liaison]).await;
    let own = unit(&server, &admin, "县政府办", &[]).await;
    let water = unit(&server, &admin, "县水务局", &[server.account("zhao").await]).await;
    let act = |unit: &UnitEntry, word: &str, cookie: &str| {
        server.ask("POST", &format!("/api/units/{}/{word}", unit.id), cookie)
    };
    let names = async || -> Vec<String> {
        server.ask("GET", "/api/units/names", &operator).send().await.unwrap().json().await.unwrap()
    };
    let person = json!({ "login": "li", "name": "李军", "roles": ["leader"], "unit": water.id });
    assert_eq!(server.tell("POST", "/api/accounts", &admin, &person).send().await.unwrap().status(), 200);
    let notice = json!({ "unit": "县水务局", "attendees": [], "agenda": [] });
    assert_eq!(
        server.tell("POST", "/api/meetings/council/notice", &operator, &notice).send().await.unwrap().status(),
        200
    );
    assert_eq!(names().await, ["县政府办", "县水务局"]);

    refused(act(&own, "close", &admin), 409, "unit.own_stays").await;
    let wish = json!({ "login": "bai", "name": "白洁", "roles": ["leader"], "reason": "新任" });
    let ask = format!("/api/units/{}/account-requests", water.id);
    assert_eq!(server.tell("POST", &ask, &liaison, &wish).send().await.unwrap().status(), 204);
    refused(act(&water, "close", &admin), 409, "unit.waiting").await;
    let waiting = units(&server, &admin).await.requests.remove(0).id;
    let no = json!({ "text": "单位撤并" });
    let no = server.tell("POST", &format!("/api/account-requests/{waiting}/refuse"), &admin, &no);
    assert_eq!(no.send().await.unwrap().status(), 204);
    assert_eq!(act(&water, "close", &admin).send().await.unwrap().status(), 204);

    // Nobody answers for it, nobody comes, and it is not offered; what it held has its name.
    assert!(units(&server, &liaison).await.units.is_empty(), "the liaison's function has ended");
    refused(server.tell("POST", &ask, &liaison, &wish), 404, "unit.unknown").await;
    let seen = units(&server, &admin).await;
    let closed = seen.units.iter().find(|unit| unit.id == water.id).unwrap();
    assert!(closed.closed_at_ms.is_some() && closed.liaisons.is_empty() && closed.people.len() == 1);
    assert_eq!(names().await, ["县政府办"]);
    let other = json!({ "login": "ma", "name": "马超", "roles": ["leader"], "unit": water.id });
    refused(server.tell("POST", "/api/accounts", &admin, &other), 409, "unit.closed").await;
    let to = json!({ "login": "ma", "name": "马超", "reason": "接任" });
    let hand = format!("/api/accounts/{}/hand-over", server.account("li").await);
    refused(server.tell("POST", &hand, &admin, &to), 409, "unit.closed").await;
    let back = json!({ "liaisons": [server.account("zhao").await] });
    let path = format!("/api/units/{}", water.id);
    let problem = refused(server.tell("PATCH", &path, &admin, &back), 422, "request.field_invalid").await;
    assert_eq!(problem.fields[0].field, "liaisons");
    let renamed = json!({ "name": "李军", "roles": ["leader"], "unit": water.id });
    let li = format!("/api/accounts/{}", server.account("li").await);
    assert_eq!(server.tell("PATCH", &li, &admin, &renamed).send().await.unwrap().status(), 200, "who is there stays");
    let notice = server.ask("GET", "/api/meetings/council/notice", &operator).send().await.unwrap();
    assert!(notice.text().await.unwrap().contains("县水务局"));

    assert_eq!(act(&water, "reopen", &admin).send().await.unwrap().status(), 204);
    assert_eq!(names().await, ["县政府办", "县水务局"]);
    assert_eq!(server.tell("PATCH", &path, &admin, &back).send().await.unwrap().status(), 204);
    server.end().await;
}
