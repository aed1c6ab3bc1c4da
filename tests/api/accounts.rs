//! Accounts: made, changed, reset; who is gone, is gone at once.

use crate::server::{PASSWORD, Server, refused};
use serde_json::json;
use yunling::{
    domain::role::Role,
    http::wire::{
        AccessTable, AccountEntry, AccountMade, AuditPage, CheckLine, Me, WireAccountRole, WireCheckVerdict,
        WireOrigin, WireReach,
    },
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
    assert_eq!(
        table.apart.len(),
        8,
        "the auditor from every other role, and the other two officers: {:?}",
        table.apart
    );

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

#[tokio::test]
async fn officers_are_apart_but_for_an_exception_that_every_report_shows() {
    let server = Server::bare().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let auditor = server.person("aud", &[Role::AuditAdmin]).await;
    let make = |roles: &[&str], exception: Option<(&str, &str)>| {
        let mut body = json!({ "login": "boss", "name": "李军", "roles": roles });
        if let Some((by, reason)) = exception {
            body["exception"] = json!({ "decidedBy": by, "reason": reason });
        }
        server.tell("POST", "/api/accounts", &admin, &body)
    };
    let both = ["system_admin", "security_admin"];
    refused(make(&both, None), 422, "account.officers_together").await;
    let problem = refused(make(&both, Some((" ", ""))), 422, "request.field_invalid").await;
    assert_eq!(problem.fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["decidedBy", "reason"]);
    let said = ("县政府办主任 张建国", "编制只有两人");
    for with_auditor in [&["audit_admin", "security_admin"][..], &["audit_admin", "system_admin", "security_admin"]] {
        refused(make(with_auditor, Some(said)), 422, "account.auditor_alone").await;
    }
    let made: AccountMade = make(&both, Some(said)).send().await.unwrap().json().await.unwrap();
    let exception = made.account.exception.expect("recorded");
    assert_eq!((exception.decided_by.as_str(), exception.reason.as_str()), said);
    assert_eq!((exception.origin, exception.recorded_by.as_str()), (WireOrigin::Decided, "王秀兰"));
    let path = format!("/api/accounts/{}", made.account.id);
    let next = json!({ "login": "next", "name": "赵云", "reason": "调任" });
    refused(server.tell("POST", &format!("{path}/hand-over"), &admin, &next), 409, "account.hand_over_apart").await;

    // The first account of all is both until the officers are apart, and every report says so.
    let page: AuditPage = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().json().await.unwrap();
    let known =
        |page: &AuditPage| page.exceptions.iter().map(|one| (one.login.clone(), one.origin)).collect::<Vec<_>>();
    let expected = [("admin".to_owned(), WireOrigin::FirstRun), ("boss".to_owned(), WireOrigin::Decided)];
    assert_eq!(known(&page), expected);
    let table = server.tell("POST", "/api/audit/exports", &auditor, &json!({})).send().await.unwrap();
    let table = table.text().await.unwrap();
    for part in ["三员例外 exception,admin,", "三员例外 exception,boss,", "县政府办主任 张建国,王秀兰,编制只有两人"]
    {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(table.contains("exception by 县政府办主任 张建国: 编制只有两人"), "in the book itself: {table}");
    let apart = async || {
        let lines = server.ask("GET", "/api/self-check", &auditor).send().await.unwrap();
        let lines: Vec<CheckLine> = lines.json().await.unwrap();
        lines.into_iter().find(|line| line.control == "officers_apart").unwrap()
    };
    let line = apart().await;
    assert_eq!((line.verdict, line.exceptions.len()), (WireCheckVerdict::Fails, 2));

    // Apart, the exception ends by itself; what stands is what somebody decided.
    let first = format!("/api/accounts/{}", server.account("admin").await);
    let cut = json!({ "roles": ["system_admin"] });
    assert_eq!(server.tell("PATCH", &first, &admin, &cut).send().await.unwrap().status(), 200);
    assert_eq!(apart().await.verdict, WireCheckVerdict::Look);
    refused(server.tell("PATCH", &first, &admin, &json!({ "roles": both })), 422, "account.officers_together").await;
    assert_eq!(server.tell("PATCH", &path, &admin, &cut).send().await.unwrap().status(), 200);
    assert_eq!(apart().await.verdict, WireCheckVerdict::Holds);
    let page: AuditPage = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().json().await.unwrap();
    assert!(page.exceptions.is_empty());
    server.end().await;
}
