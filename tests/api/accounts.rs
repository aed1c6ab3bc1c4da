//! Accounts: made, changed, reset; who is gone, is gone at once.

use crate::server::{PASSWORD, Server, refused};
use serde_json::json;
use yunling::{
    domain::role::Role,
    http::wire::{AccessTable, AccountEntry, AccountMade, CheckLine, Me, WireAccountRole, WireCheckVerdict, WireReach},
};

#[tokio::test]
async fn an_account_is_made_used_changed_and_reset() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let make = |login: &str, name: &str, roles: &[&str]| {
        server.tell("POST", "/api/accounts", &admin, &json!({ "login": login, "name": name, "roles": roles }))
    };
    for (request, status, code) in [
        (make("Sec", "王秀兰", &["operator"]), 409, "account.login_taken"),
        (make("a b", "王秀兰", &["operator"]), 422, "account.login_invalid"),
        (make("wang", "  ", &["operator"]), 422, "account.name_invalid"),
        (make("wang", "王秀兰", &[]), 422, "account.role_needed"),
        (make("wang", "王秀兰", &["audit_admin", "operator"]), 422, "account.auditor_alone"),
        (make("wang", "王秀兰", &["king"]), 400, "request.malformed"),
    ] {
        refused(request, status, code).await;
    }
    let made: AccountMade = make("wang", "王秀兰", &["operator"]).send().await.unwrap().json().await.unwrap();
    assert!(made.account.must_change_password && made.account.enabled);
    let path = format!("/api/accounts/{}", made.account.id);

    let login = json!({ "login": "wang", "password": made.one_time_password });
    let answer = server.tell("POST", "/api/login", "", &login).send().await.unwrap();
    let cookie = crate::server::header(&answer, "set-cookie").split(';').next().unwrap().to_owned();
    let change = json!({ "old": made.one_time_password, "new": PASSWORD });
    assert_eq!(server.tell("POST", "/api/me/password", &cookie, &change).send().await.unwrap().status(), 204);
    assert_eq!(server.ask("GET", "/api/status", &cookie).send().await.unwrap().status(), 200);

    let list: Vec<AccountEntry> =
        server.ask("GET", "/api/accounts", &admin).send().await.unwrap().json().await.unwrap();
    let logins: Vec<_> = list.iter().map(|account| (account.login.as_str(), account.sessions)).collect();
    assert_eq!(logins, [("admin", 0), ("sec", 1), ("wang", 1)]);

    // A name changes and nothing ends; roles change, and their holder logs in anew.
    let patch = |body: serde_json::Value| server.tell("PATCH", &path, &admin, &body);
    let renamed: AccountEntry = patch(json!({ "name": "王秀蓝" })).send().await.unwrap().json().await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.sessions), ("王秀蓝", 1));
    let moved: AccountEntry = patch(json!({ "roles": ["leader"] })).send().await.unwrap().json().await.unwrap();
    assert_eq!((moved.roles.as_slice(), moved.sessions), (&[WireAccountRole::Leader][..], 0));
    let me: Me = server.ask("GET", "/api/me", &cookie).send().await.unwrap().json().await.unwrap();
    assert_eq!(me, Me::Stranger);

    let reset = server.ask("POST", &format!("{path}/reset"), &admin).send().await.unwrap();
    let reset: AccountMade = reset.json().await.unwrap();
    assert!(reset.account.must_change_password && reset.one_time_password != made.one_time_password);
    let off: AccountEntry = patch(json!({ "enabled": false })).send().await.unwrap().json().await.unwrap();
    assert!(!off.enabled);
    let login = json!({ "login": "wang", "password": reset.one_time_password });
    refused(server.tell("POST", "/api/login", "", &login), 401, "login.wrong").await;
    refused(server.tell("PATCH", "/api/accounts/nobody", &admin, &json!({})), 404, "account.unknown").await;
    server.end().await;
}

#[tokio::test]
async fn the_last_one_who_manages_accounts_stays() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let list: Vec<AccountEntry> =
        server.ask("GET", "/api/accounts", &admin).send().await.unwrap().json().await.unwrap();
    let id = |login: &str| list.iter().find(|account| account.login == login).unwrap().id.clone();
    let patch = |login: &str, body: serde_json::Value| {
        server.tell("PATCH", &format!("/api/accounts/{}", id(login)), &admin, &body)
    };
    assert_eq!(patch("admin", json!({ "enabled": false })).send().await.unwrap().status(), 200);
    refused(patch("sec", json!({ "enabled": false })), 409, "account.last_security_admin").await;
    refused(patch("sec", json!({ "roles": ["operator"] })), 409, "account.last_security_admin").await;
    server.end().await;
}

#[tokio::test]
async fn an_ended_log_in_is_out_at_the_next_request() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let list: Vec<AccountEntry> =
        server.ask("GET", "/api/accounts", &admin).send().await.unwrap().json().await.unwrap();
    let op = list.iter().find(|account| account.login == "op").unwrap();
    let end = server.ask("POST", &format!("/api/accounts/{}/end-sessions", op.id), &admin).send().await.unwrap();
    assert_eq!(end.json::<AccountEntry>().await.unwrap().sessions, 0);
    refused(server.ask("GET", "/api/status", &cookie), 401, "access.token_needed").await;
    server.end().await;
}

#[tokio::test]
async fn the_officers_read_who_may_do_what_and_how_the_controls_stand() {
    let server = Server::strict().await;
    let auditor = server.person("aud", &[Role::AuditAdmin]).await;
    let table: AccessTable = server.ask("GET", "/api/access", &auditor).send().await.unwrap().json().await.unwrap();
    let row = table.rows.iter().find(|row| row.action == "read_audit").unwrap();
    let reads: Vec<_> = table.roles.iter().zip(&row.reach).filter(|(_, reach)| **reach != WireReach::No).collect();
    assert_eq!(reads, [(&WireAccountRole::AuditAdmin, &WireReach::Any)]);
    assert_eq!(table.apart.len(), 7, "the auditor is kept apart from every other role: {:?}", table.apart);

    let line = |lines: &[CheckLine], control: &str| {
        let line = lines.iter().find(|line| line.control == control).unwrap();
        (line.verdict, line.figures.clone(), line.names.clone())
    };
    let lines: Vec<CheckLine> =
        server.ask("GET", "/api/self-check", &auditor).send().await.unwrap().json().await.unwrap();
    assert_eq!(line(&lines, "password_age"), (WireCheckVerdict::Holds, vec![90], vec![]));
    assert_eq!(line(&lines, "officers_apart"), (WireCheckVerdict::Fails, vec![], vec!["admin".to_owned()]));
    assert_eq!(line(&lines, "officers"), (WireCheckVerdict::Holds, vec![], vec![]));
    assert_eq!(line(&lines, "book_grows").0, WireCheckVerdict::Holds);
    assert_eq!(line(&lines, "log_host"), (WireCheckVerdict::Look, vec![0], vec![]));

    server.end().await;
}
