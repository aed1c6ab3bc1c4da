//! Log-ins at a console: one at a time where the site asks for it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    control::{closed_with, hear, say},
    door::{look, me},
    server::{LOGIN_COOKIE, PASSWORD, Server, header, refused},
};
use serde_json::json;
use yunling::{
    config::Door,
    domain::role::Role,
    http::wire::{AuditPage, Me, ServerMessage},
};

/// Logs in over HTTP in another browser: its cookie.
async fn log_in(server: &Server, login: &str) -> String {
    let body = json!({ "login": login, "password": PASSWORD });
    let answer = server.tell("POST", "/api/login", "", &body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    header(&answer, "set-cookie").split(';').next().unwrap().to_owned()
}

/// The latest entries of one word: subject and result, the newest first.
async fn entries(server: &Server, auditor: &str, action: &str) -> Vec<(String, String)> {
    let answer = server.ask("GET", &format!("/api/audit?action={action}"), auditor).send().await.unwrap();
    let page: AuditPage = answer.json().await.unwrap();
    page.entries.into_iter().map(|row| (row.subject, row.result.unwrap_or_default())).collect()
}

#[tokio::test]
async fn where_one_log_in_may_last_a_new_one_ends_the_older_and_cuts_no_meeting() {
    let server = Server::with_door(Door { one_session: true, ..Door::default() }).await;
    server.open_council().await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let other = server.person("other", &[Role::Operator]).await;
    let old = server.person("op", &[Role::Operator]).await;
    let location = look(&server, &old).await;
    let mut control = server.own_socket(&format!("{location}/control"), &old).await.expect("opens");
    say(&mut control, r#"{"type":"hello","token":null}"#).await;
    assert!(matches!(hear(&mut control).await, ServerMessage::Welcome { .. }));
    let mut live = server.own_socket("/api/live", &old).await.expect("opens");

    let new = log_in(&server, "op").await;
    assert_eq!(closed_with(&mut live).await, 4401, "its window closes");
    let Me::Elsewhere { at_ms, address } = me(&server, &old).await else { panic!("it is told why") };
    assert!(at_ms > 0 && address == "127.0.0.1");
    refused(server.ask("GET", "/api/status", &old), 401, "access.token_needed").await;
    refused(server.ask("POST", "/api/meetings/council/close", &old), 401, "access.token_needed").await;
    assert!(matches!(me(&server, &new).await, Me::User { .. }));
    assert!(matches!(me(&server, &other).await, Me::User { .. }), "nobody else is concerned");
    // What it showed of the meeting goes on, and its channel with it.
    say(&mut control, r#"{"type":"ping"}"#).await;
    loop {
        if matches!(hear(&mut control).await, ServerMessage::Pong) {
            break;
        }
    }
    assert_eq!(server.viewers().await, 1);
    let noted = entries(&server, &auditor, "login").await;
    assert_eq!(noted[0], ("account:op ended:1 older".to_owned(), "ok".to_owned()));

    // Whoever ends what runs under the account ends that too.
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let end = format!("/api/accounts/{}/end-sessions", server.account("op").await);
    assert_eq!(server.ask("POST", &end, &admin).send().await.unwrap().status(), 200);
    assert_eq!(server.viewers().await, 0);
    assert_eq!(me(&server, &old).await, Me::Stranger);
    server.end().await;
}

#[tokio::test]
async fn two_log_ins_at_once_leave_one() {
    let server = Server::with_door(Door { one_session: true, ..Door::default() }).await;
    drop(server.person("op", &[Role::Operator]).await);
    let cookies = tokio::join!(log_in(&server, "op"), log_in(&server, "op"), log_in(&server, "op"));
    let mut lasting = 0;
    for cookie in [cookies.0, cookies.1, cookies.2] {
        assert!(cookie.starts_with(LOGIN_COOKIE));
        lasting += usize::from(matches!(me(&server, &cookie).await, Me::User { .. }));
    }
    assert_eq!(lasting, 1);
    server.end().await;
}

#[tokio::test]
async fn by_default_a_second_log_in_leaves_the_first() {
    let server = Server::bare().await;
    let first = server.person("op", &[Role::Operator]).await;
    let second = log_in(&server, "op").await;
    for cookie in [first, second] {
        assert!(matches!(me(&server, &cookie).await, Me::User { .. }));
    }
    server.end().await;
}
