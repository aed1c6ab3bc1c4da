//! Log-ins at a console: one at a time where the site asks for it; locked when nobody is there.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    control::{closed_with, hear, say},
    door::{key_of, look, me},
    server::{LOGIN_COOKIE, PASSWORD, Server, header, here, now, refused},
};
use futures_util::SinkExt as _;
use reqwest::RequestBuilder;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use yunling::{
    app::{Credential, InUse, Key, Known, Now},
    config::Door,
    domain::{access::Actor, console::WRONG_PINS_MAX, role::Role},
    http::wire::{AuditPage, ConsoleState, Me, ServerMessage},
    store::Store,
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
async fn a_log_in_that_a_meeting_keeps_past_its_time_is_listed_ended_and_superseded_like_any() {
    let server = Server::with_door(Door { one_session: true, session_hours: 1, ..Door::default() }).await;
    server.open_council().await;
    let old = server.person("op", &[Role::Operator]).await;
    let app = &server.running.app;
    let begun = now();
    let at = |minutes: u64| begun.wall + Duration::from_secs(60 * minutes);
    let secret = old.split('=').nth(1).unwrap();
    for minutes in (0..=70).step_by(10) {
        assert!(app.by_login(secret, at(minutes)).await.unwrap().is_some(), "a meeting is on air: {minutes}");
    }
    let password = || PASSWORD.to_owned().into();
    let late = Now { wall: at(71), ..begun };
    let Ok(new) = app.log_in("op", password(), None, here(), late).await else { panic!("logs in") };
    assert_eq!(new.ended, 1, "the one that was kept is ended too");
    assert!(app.by_login(secret, at(72)).await.unwrap().is_none());
    assert!(app.logged_in_elsewhere(secret).await.unwrap().is_some(), "its window says why");

    // The newer one, past its own time: its owner sees it and ends it.
    for minutes in (80..=140).step_by(10) {
        assert!(app.by_login(new.cookie.reveal(), at(minutes)).await.unwrap().is_some(), "{minutes}");
    }
    let Credential::Login(mine) = &new.known.credential else { panic!("a log-in") };
    let own = app.own_logins(mine, at(141)).await.unwrap();
    assert_eq!(own.len(), 1);
    assert!(app.end_own_login(mine, own[0].name(), at(141)).await.unwrap());
    assert!(app.by_login(new.cookie.reveal(), at(142)).await.unwrap().is_none());
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

const PIN: &str = "260411";

async fn console(server: &Server, cookie: &str) -> ConsoleState {
    let Me::User { console, .. } = me(server, cookie).await else { panic!("logged in") };
    console
}

fn set_pin(server: &Server, cookie: &str, password: &str, pin: &str) -> RequestBuilder {
    server.tell("POST", "/api/me/pin", cookie, &json!({ "password": password, "pin": pin }))
}

fn unlock(server: &Server, cookie: &str, by: &str, secret: &str) -> RequestBuilder {
    server.tell("POST", "/api/me/unlock", cookie, &json!({ "by": by, by: secret }))
}

async fn done(request: RequestBuilder) {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn a_locked_console_looks_on_and_changes_nothing_until_its_pin_is_typed() {
    let server = Server::strict().await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let op = server.person("op", &[Role::Operator]).await;
    let other = server.person("other", &[Role::Operator]).await;
    let location = look(&server, &op).await;
    let mut control = server.own_socket(&format!("{location}/control"), &op).await.expect("opens");
    say(&mut control, r#"{"type":"hello","token":null}"#).await;
    assert!(matches!(hear(&mut control).await, ServerMessage::Welcome { .. }));
    let mut live = server.own_socket("/api/live", &op).await.expect("opens");

    // The PIN is the person's own, and the password is asked for it.
    refused(set_pin(&server, &op, "wrong", PIN), 422, "password.wrong_old").await;
    for weak in ["12345", "123456", "777777", "26041x"] {
        refused(set_pin(&server, &op, PASSWORD, weak), 422, "pin.weak").await;
    }
    assert!(!console(&server, &op).await.has_pin);
    done(set_pin(&server, &op, PASSWORD, PIN)).await;
    let before = console(&server, &op).await;
    assert_eq!((before.locked, before.pin_opens, before.locks_after_s), (false, true, Some(900)));

    server.lock(&op).await;
    assert!(console(&server, &op).await.locked);
    let close_all = |cookie: &str| server.ask("POST", "/api/meetings/council/microphones/close-all", cookie);
    refused(close_all(&op), 423, "console.locked").await;
    refused(server.ask("POST", "/api/meetings/council/close", &op), 423, "console.locked").await;
    refused(server.ask("DELETE", "/api/me/pin", &op), 423, "console.locked").await;
    refused(set_pin(&server, &op, PASSWORD, "998877"), 423, "console.locked").await;
    // What it shows goes on: reading, its socket, its pictures, and joining again after a fault of the network.
    assert_eq!(server.ask("GET", "/api/meetings/council/stage", &op).send().await.unwrap().status(), 200);
    hear_live(&mut live).await;
    say(&mut control, r#"{"type":"ping"}"#).await;
    while !matches!(hear(&mut control).await, ServerMessage::Pong) {}
    drop(look(&server, &op).await);
    assert_eq!(server.viewers().await, 2);
    assert_eq!(close_all(&other).send().await.unwrap().status(), 200, "nobody else is concerned");
    // That somebody moves the pointer opens nothing.
    live.send(Message::text("present")).await.unwrap();
    hear_live(&mut live).await;
    refused(close_all(&op), 423, "console.locked").await;

    refused(unlock(&server, &op, "pin", "111111"), 422, "console.wrong_key").await;
    done(unlock(&server, &op, "pin", PIN)).await;
    assert_eq!(close_all(&op).send().await.unwrap().status(), 200);
    let noted = entries(&server, &auditor, "stage.close_all").await;
    let results: Vec<&str> = noted.iter().map(|(_, result)| result.as_str()).collect();
    assert_eq!(results, ["ok", "console.locked", "ok", "console.locked"]);
    let unlocks = entries(&server, &auditor, "console.unlock").await;
    assert_eq!(unlocks[0].1, "ok");
    assert_eq!(unlocks[1].1, "console.wrong_key");
    server.end().await;
}

/// The next state on a panel's socket.
async fn hear_live(socket: &mut crate::server::Socket) {
    use futures_util::StreamExt as _;
    let heard = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match socket.next().await.expect("is open").expect("reads") {
                Message::Text(_) => return,
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    });
    heard.await.expect("a state each second");
}

#[tokio::test]
async fn five_wrong_pins_leave_the_password_and_without_a_pin_there_is_only_that() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    server.lock(&op).await;
    refused(unlock(&server, &op, "pin", PIN), 409, "console.no_pin").await;
    refused(unlock(&server, &op, "password", "Wrong-Password-1"), 422, "console.wrong_key").await;
    done(unlock(&server, &op, "password", PASSWORD)).await;
    done(set_pin(&server, &op, PASSWORD, PIN)).await;

    server.lock(&op).await;
    // At once, so that a crowd is no way around the count.
    let wrong = || unlock(&server, &op, "pin", "111111").send();
    let all = tokio::join!(wrong(), wrong(), wrong(), wrong(), wrong(), wrong(), wrong());
    let all = [all.0, all.1, all.2, all.3, all.4, all.5, all.6].map(|answer| answer.unwrap().status().as_u16());
    let looked_at = all.iter().filter(|status| **status == 422).count();
    assert_eq!(looked_at, WRONG_PINS_MAX as usize, "{all:?}");
    refused(unlock(&server, &op, "pin", PIN), 409, "console.pin_over").await;
    assert!(!console(&server, &op).await.pin_opens);
    done(unlock(&server, &op, "password", PASSWORD)).await;
    assert!(console(&server, &op).await.pin_opens, "the count begins anew");
    server.lock(&op).await;
    done(unlock(&server, &op, "pin", PIN)).await;

    // A reset takes it away: the account may be somebody else's from now on.
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let reset = format!("/api/accounts/{}/reset", server.account("op").await);
    let reset: serde_json::Value = server.ask("POST", &reset, &admin).send().await.unwrap().json().await.unwrap();
    let once = reset["oneTimePassword"].as_str().unwrap();
    let body = json!({ "login": "op", "password": once });
    let fresh: Me = server.tell("POST", "/api/login", "", &body).send().await.unwrap().json().await.unwrap();
    let Me::User { console, .. } = fresh else { panic!("logged in") };
    assert!(!console.has_pin);
    server.end().await;
}

#[tokio::test]
async fn a_console_nobody_uses_locks_and_is_not_logged_out_in_a_meeting() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let leader = server.person("leader", &[Role::Leader]).await;
    let other = server.person("other", &[Role::Operator]).await;
    let store = Store::open(&server.database()).await.unwrap();
    let ago = |minutes: u64| now().wall - Duration::from_secs(minutes * 60);
    let (ops, leaders) = (key_of(&server, &op).await, key_of(&server, &leader).await);

    for (minutes, locked) in [(14, false), (16, true)] {
        store.note_act(&ops, ago(minutes)).await.unwrap();
        store.note_act(&leaders, ago(minutes)).await.unwrap();
        assert_eq!(console(&server, &op).await.locked, locked, "{minutes} min");
        assert!(!console(&server, &leader).await.locked, "who has no console is logged out instead");
    }
    refused(server.ask("POST", "/api/meetings/council/close", &op), 423, "console.locked").await;
    done(unlock(&server, &op, "password", PASSWORD)).await;

    // Whoever moves the pointer is there.
    store.note_act(&ops, ago(14)).await.unwrap();
    let mut live = server.own_socket("/api/live", &op).await.expect("opens");
    live.send(Message::text("present")).await.unwrap();
    let noted = async {
        while store.session(&ops).await.unwrap().unwrap().acted < ago(1) {
            hear_live(&mut live).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), noted).await.expect("noted");

    // Nearly idle for as long as a log-in lasts, with a meeting on air: the open console counts as used, and is locked.
    store.touch_session(&ops, ago(29)).await.unwrap();
    store.note_act(&ops, ago(29)).await.unwrap();
    assert_eq!(server.ask("POST", "/api/logout", &other).send().await.unwrap().status(), 204);
    let kept = async {
        while store.session(&ops).await.unwrap().unwrap().seen < ago(1) {
            hear_live(&mut live).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), kept).await.expect("kept");
    assert!(console(&server, &op).await.locked);
    store.close().await.unwrap();
    server.end().await;
}

#[tokio::test]
async fn the_end_of_a_log_in_locks_an_operator_in_a_meeting_and_ends_it_afterwards() {
    let server = Server::with_door(Door { console_lock_minutes: 0, ..Door::default() }).await;
    server.open_council().await;
    let (operator, clerk) = (server.person("op", &[Role::Operator]).await, server.person("wang", &[Role::Clerk]).await);
    let app = &server.running.app;
    let begun = now();
    let at = |minutes: u64| begun.wall + Duration::from_secs(60 * minutes);
    let known =
        async |cookie: &str, minutes: u64| app.by_login(cookie.split('=').nth(1).unwrap(), at(minutes)).await.unwrap();
    let locked = |known: &Known| matches!(&known.credential, Credential::Login(login) if login.locked);
    // Both are in use all day, as by a page that is open.
    for minutes in (0..720).step_by(10) {
        for cookie in [&operator, &clerk] {
            assert!(!locked(&known(cookie, minutes).await.expect("lasts")), "{minutes}");
        }
    }
    assert!(known(&clerk, 725).await.is_none(), "twelve hours are over");
    let late = known(&operator, 725).await.expect("a meeting is on air");
    assert!(locked(&late));
    let (Actor::User(user), Credential::Login(login)) = (&late.actor, &late.credential) else { panic!("a log-in") };
    assert!(app.may_go_on(&late.credential, InUse::Watches, at(726)).await, "its console looks on");
    let moment = Now { wall: at(727), ..begun };
    let key = Key::Password(PASSWORD.to_owned().into());
    app.unlock_console(&user.account, login, key, here(), moment).await.expect("unlocks");
    assert!(!locked(&known(&operator, 728).await.expect("lasts")));
    // Past its time it is still in the list, for itself and for who manages accounts, and can be ended there.
    assert!(app.log_in("op", PASSWORD.to_owned().into(), None, here(), moment).await.is_ok());
    let own = app.own_logins(login, at(728)).await.unwrap();
    assert_eq!((own.len(), own.iter().filter(|own| own.current).count()), (2, 1));
    let admin = app.accounts(&crate::server::security_admin(), moment).await.unwrap();
    assert_eq!(admin.iter().find(|view| view.account.login.as_str() == "op").unwrap().sessions, 2);
    app.close_meeting(&crate::server::operator(), &"council".parse().unwrap()).await.expect("closes");
    assert!(known(&operator, 729).await.is_none(), "with the meeting its time is over");
    server.end().await;
}
