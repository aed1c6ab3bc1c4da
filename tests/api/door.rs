//! Logging in and out: cookies, the lock, the first administrator, the password, and what ends with a log-in.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::{
    control::{closed_with, hear, say},
    server::{LOGIN_COOKIE, PASSWORD, Server, WHEP_OFFER, header, here, now, refused},
};
use serde_json::json;
use std::time::Duration;
use yunling::{
    app::{Credential, LoginFault, Now, OfflineAccounts},
    domain::role::Role,
    http::wire::{AccountEntry, LoginEntry, Me, ServerMessage, WireAccountRole},
    id::LoginKey,
    store::{LoginSession, Store},
};

pub(crate) async fn me(server: &Server, cookie: &str) -> Me {
    let answer = server.ask("GET", "/api/me", cookie).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn the_first_administrator_logs_in_once_with_the_password_of_the_first_start() {
    let server = Server::strict().await;
    assert_eq!(me(&server, "").await, Me::Stranger);
    let one_time = server.running.first_password.as_ref().expect("no account was there").reveal().to_owned();
    let body = json!({ "login": " Admin", "password": one_time });
    let answer = server.tell("POST", "/api/login", "", &body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let set = header(&answer, "set-cookie");
    let (cookie, attributes) = set.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict");
    assert!(cookie.starts_with("__Host-yunling=") && cookie.len() == "__Host-yunling=".len() + 64, "256 bits");
    let Me::User { login, roles, must_change_password, last_login_ms, .. } = answer.json().await.unwrap() else {
        panic!("somebody who logged in")
    };
    assert_eq!((login.as_str(), must_change_password, last_login_ms), ("admin", true, None));
    assert_eq!(roles, [WireAccountRole::SystemAdmin, WireAccountRole::SecurityAdmin]);

    // Until the password is changed nothing else works.
    refused(server.ask("GET", "/api/accounts", cookie), 403, "access.password_change_needed").await;
    refused(server.ask("GET", "/api/status", cookie), 403, "access.password_change_needed").await;
    let change = |old: &str, new: &str| {
        let body = json!({ "old": old, "new": new });
        server.tell("POST", "/api/me/password", cookie, &body)
    };
    refused(change("wrong", PASSWORD), 422, "password.wrong_old").await;
    refused(change(&one_time, "short1A"), 422, "password.too_weak").await;
    refused(change(&one_time, "Admin-20261125"), 422, "password.too_weak").await;
    assert_eq!(change(&one_time, PASSWORD).send().await.unwrap().status(), 204);
    refused(change(PASSWORD, PASSWORD), 422, "password.reused").await;
    refused(change(PASSWORD, &one_time), 422, "password.reused").await;
    assert!(matches!(me(&server, cookie).await, Me::User { must_change_password: false, .. }));
    assert_eq!(server.ask("GET", "/api/accounts", cookie).send().await.unwrap().status(), 200);
    refused(server.tell("POST", "/api/login", "", &body), 401, "login.wrong").await;
    server.end().await;
}

#[tokio::test]
async fn a_log_in_ends_with_its_log_out_and_what_runs_under_it_too() {
    let server = Server::demo().await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let offer = server.offer("/whep/demo", WHEP_OFFER, None).header("cookie", &cookie);
    refused(offer.try_clone().unwrap(), 404, "request.not_found").await;
    let joined = offer.header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(joined.status(), 201);
    let location = header(&joined, "location");
    let mut control = server.own_socket(&format!("{location}/control"), &cookie).await.expect("opens");
    say(&mut control, r#"{"type":"hello","token":null}"#).await;
    let ServerMessage::Welcome { participant, .. } = hear(&mut control).await else { panic!("a welcome") };
    assert!(participant.starts_with("u-"), "{participant}");
    let mut live = server.own_socket("/api/live", &cookie).await.expect("opens");

    let out = server.ask("POST", "/api/logout", &cookie).send().await.unwrap();
    assert_eq!(out.status(), 204);
    assert!(
        header(&out, "set-cookie").starts_with("__Host-yunling=; ") && header(&out, "set-cookie").contains("Max-Age=0")
    );
    let code = closed_with(&mut control).await;
    assert!(code == 1000 || code == 4401, "the session ended or its channel noticed first: {code}");
    assert_eq!(closed_with(&mut live).await, 4401);
    // In the demonstration a cookie that is over is the same as none.
    assert_eq!(me(&server, &cookie).await, Me::Visitor);
    refused(server.ask("POST", "/api/logout", &cookie), 401, "access.token_needed").await;
    assert_eq!(server.viewers().await, 0, "its media ended with it");
    server.end().await;
}

#[tokio::test]
async fn five_wrong_passwords_lock_and_tell_nothing() {
    let server = Server::strict().await;
    drop(server.person("op", &[Role::Operator]).await);
    let attempt = |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        server.tell("POST", "/api/login", "", &body)
    };
    for login in ["op", "nobody", "会控员"] {
        let wrong = || attempt(login, "Wrong-Password-1");
        // At once, so that a crowd is no way around the lock.
        tokio::join!(
            refused(wrong(), 401, "login.wrong"),
            refused(wrong(), 401, "login.wrong"),
            refused(wrong(), 401, "login.wrong"),
            refused(wrong(), 401, "login.wrong"),
            refused(wrong(), 401, "login.wrong"),
        );
        refused(wrong(), 429, "login.locked").await;
    }
    let locked = attempt("op", PASSWORD).send().await.unwrap();
    assert_eq!(locked.status(), 429, "the right password doesn't open a lock");
    assert!(header(&locked, "retry-after").parse::<u64>().unwrap() > 1700);
    // Another desk is not locked, and neither is who runs the meeting.
    let far = "10.9.8.7".parse().unwrap();
    let elsewhere = server.running.app.log_in("op", PASSWORD.to_owned().into(), None, far, now()).await;
    assert!(elsewhere.is_ok(), "locked for one address alone");
    server.end().await;
}

#[tokio::test]
async fn a_name_that_is_nobodys_costs_as_much_as_any_and_a_locked_one_nothing_yet_all_wait_alike() {
    let server = Server::strict().await;
    for login in ["op", "off", "locked"] {
        drop(server.person(login, &[Role::Operator]).await);
    }
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let off = format!("/api/accounts/{}", server.account("off").await);
    let disabled = server.tell("PATCH", &off, &admin, &json!({ "enabled": false })).send().await.unwrap();
    assert_eq!(disabled.status(), 200);
    for _ in 0..5 {
        let _ = server.running.app.log_in("locked", "Wrong".to_owned().into(), None, here(), now()).await;
    }
    let app = &server.running.app;
    let mut said = Vec::new();
    for (login, looked_at) in [("op", 1), ("nobody", 1), ("off", 1), ("no name at all", 1), ("locked", 0)] {
        let (before, began) = (app.passwords_looked_at(), now().steady);
        let body = json!({ "login": login, "password": "Wrong-Password-1" });
        let answer = server.tell("POST", "/api/login", "", &body).send().await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(300), "{login} is answered sooner");
        assert_eq!(app.passwords_looked_at() - before, looked_at, "{login}");
        let mut problem: serde_json::Value = answer.json().await.unwrap();
        problem["requestId"].take();
        said.push(problem);
    }
    assert_eq!(said[4]["code"], "login.locked");
    assert!(said[1..4].iter().all(|other| *other == said[0]), "{said:?}");
    server.end().await;
}

#[tokio::test]
async fn a_lock_of_a_name_touches_neither_its_log_ins_nor_its_machines() {
    let server = Server::strict().await;
    let cookie = server.person("op", &[Role::Operator, Role::Leader]).await;
    let (room, _) = server.machine(yunling::domain::access::DeviceKind::Room).await;
    let (seat, _) = server.seat("op").await;
    drop(look(&server, &cookie).await);
    let attempt = |password: &str| {
        let body = json!({ "login": "op", "password": password });
        server.tell("POST", "/api/login", "", &body)
    };
    for _ in 0..5 {
        refused(attempt("Wrong-Password-1"), 401, "login.wrong").await;
    }
    refused(attempt(PASSWORD), 429, "login.locked").await;
    assert_eq!(server.viewers().await, 1, "what it shows goes on");
    let close_all = "/api/meetings/council/microphones/close-all";
    assert_eq!(server.ask("POST", close_all, &cookie).send().await.unwrap().status(), 200, "and what it steers");
    drop(look(&server, &cookie).await);
    for machine in [&room, &seat] {
        assert!(matches!(me(&server, machine).await, Me::Device { .. }));
    }
    server.end().await;
}

#[tokio::test]
async fn a_cookie_counts_only_for_our_own_pages() {
    let server = Server::strict().await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let plain = || server.request("POST", "/api/logout").header("cookie", &cookie);
    refused(plain(), 404, "request.not_found").await;
    refused(plain().header("sec-fetch-site", "cross-site"), 404, "request.not_found").await;
    refused(plain().header("sec-fetch-site", "same-site"), 404, "request.not_found").await;
    refused(plain().header("origin", "https://evil.test"), 404, "request.not_found").await;
    let foreign = plain().header("origin", "https://evil.test").header("sec-fetch-site", "same-origin");
    refused(foreign, 404, "request.not_found").await;
    assert!(server.own_socket("/api/live", &cookie).await.is_ok());
    assert!(matches!(me(&server, &cookie).await, Me::User { .. }), "nothing of it was done");
    let own = format!("https://127.0.0.1:{}", server.running.https[0].port());
    assert_eq!(plain().header("origin", own).send().await.unwrap().status(), 204);
    server.end().await;
}

#[tokio::test]
async fn a_token_counts_before_a_cookie_and_a_bad_one_is_no_way_in() {
    let server = Server::strict().await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let with = |token: &str| server.ask("GET", "/api/status", &cookie).bearer_auth(token.to_owned());
    let token = server.token("council", yunling::domain::access::TokenRole::Viewer).await;
    refused(with(&token), 401, "access.token_needed").await;
    refused(with("yl1.e30.AAAA"), 401, "access.token_invalid").await;
    for broken in ["", "x", &"a".repeat(64), &format!("{}0", cookie.split('=').nth(1).unwrap())] {
        let cookie = format!("{LOGIN_COOKIE}={broken}");
        refused(server.ask("GET", "/api/status", &cookie), 401, "access.token_needed").await;
    }
    server.end().await;
}

#[tokio::test]
async fn logging_in_again_ends_the_browsers_log_in_before() {
    let server = Server::strict().await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let body = json!({ "login": "op", "password": PASSWORD });
    let again = server.tell("POST", "/api/login", &cookie, &body).send().await.unwrap();
    let fresh = header(&again, "set-cookie").split(';').next().unwrap().to_owned();
    assert_ne!(fresh, cookie, "a log-in never takes over the cookie it came with");
    assert_eq!(me(&server, &cookie).await, Me::Stranger);
    let Me::User { last_login_ms, .. } = me(&server, &fresh).await else { panic!("logged in") };
    assert!(last_login_ms.is_some(), "it is told when the account was used before");
    server.end().await;
}

/// The log-in behind a cookie.
pub(crate) async fn key_of(server: &Server, cookie: &str) -> LoginKey {
    let value = cookie.split('=').nth(1).unwrap();
    let known = server.running.app.by_login(value, now().wall).await.unwrap().expect("logged in");
    let Credential::Login(login) = known.credential else { panic!("a log-in") };
    login.key
}

/// Looks at `council` under this cookie, which must be an operator's: where the session is.
pub(crate) async fn look(server: &Server, cookie: &str) -> String {
    let offer = server.offer("/whep/council", WHEP_OFFER, None).header("cookie", cookie);
    let joined = offer.header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(joined.status(), 201);
    header(&joined, "location")
}

#[tokio::test]
async fn the_security_administrator_opens_a_lock_and_the_password_stays() {
    let server = Server::strict().await;
    drop(server.person("op", &[Role::Operator]).await);
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let far: std::net::IpAddr = "10.9.8.7".parse().unwrap();
    let attempt = |password: &str| server.running.app.log_in("op", password.to_owned().into(), None, far, now());
    for _ in 0..5 {
        assert!(matches!(attempt("Wrong-Password-1").await, Err(LoginFault::Wrong { .. })));
    }
    assert!(matches!(attempt(PASSWORD).await, Err(LoginFault::Locked { .. })));
    let unlock = format!("/api/accounts/{}/unlock", server.account("op").await);
    let before: Vec<AccountEntry> =
        server.ask("GET", "/api/accounts", &admin).send().await.unwrap().json().await.unwrap();
    assert!(before.iter().any(|account| account.login == "op" && account.locked));
    let unlocked: AccountEntry = server.ask("POST", &unlock, &admin).send().await.unwrap().json().await.unwrap();
    assert!(!unlocked.locked);
    assert!(attempt(PASSWORD).await.is_ok());
    server.end().await;
}

#[tokio::test]
async fn a_one_time_password_that_lay_about_is_no_way_in() {
    let server = Server::strict().await;
    let (_, secret) = server.newcomer("op", &[Role::Operator]).await;
    let later = |hours: u64| Now { wall: now().wall + Duration::from_secs(hours * 3600), ..now() };
    let attempt = |at: Now| server.running.app.log_in("op", secret.clone().into(), None, here(), at);
    assert!(attempt(later(71)).await.is_ok());
    for _ in 0..6 {
        assert!(matches!(attempt(later(73)).await, Err(LoginFault::OneTimeOver { .. })), "no guess, so no lock");
    }
    server.end().await;
}

#[tokio::test]
async fn everybody_sees_their_own_log_ins_and_ends_them() {
    let server = Server::strict().await;
    let mine = server.person("op", &[Role::Operator]).await;
    let other = server.once_more("op").await;
    let stranger = server.person("clerk", &[Role::Clerk]).await;
    let list = async |cookie: &str| -> Vec<LoginEntry> {
        server.ask("GET", "/api/me/logins", cookie).send().await.unwrap().json().await.unwrap()
    };
    let logins = list(&mine).await;
    assert_eq!(logins.len(), 2);
    assert_eq!(logins.iter().filter(|login| login.current).count(), 1);
    assert_eq!(list(&stranger).await.len(), 1, "others' are none of theirs");
    let away = logins.iter().find(|login| !login.current).expect("the other one");
    let end = |cookie: &str| server.ask("POST", &format!("/api/me/logins/{}/end", away.id), cookie);
    refused(end(&stranger), 404, "login.unknown").await;
    assert!(!other.contains(&away.id), "its id is no part of the cookie");
    assert_eq!(end(&mine).send().await.unwrap().status(), 204);
    assert_eq!(me(&server, &other).await, Me::Stranger);
    assert!(matches!(me(&server, &mine).await, Me::User { .. }));
    refused(end(&mine), 404, "login.unknown").await;
    server.end().await;
}

#[tokio::test]
async fn a_log_in_nobody_uses_ends_and_cuts_no_meeting() {
    let server = Server::strict().await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let other = server.person("other", &[Role::Operator]).await;
    let key = key_of(&server, &cookie).await;
    drop(look(&server, &cookie).await);
    let mut live = server.own_socket("/api/live", &cookie).await.expect("opens");
    let store = Store::open(&server.database()).await.unwrap();
    let used = |minutes: u64| store.touch_session(&key, now().wall - Duration::from_secs(minutes * 60));

    used(29).await.unwrap();
    assert!(matches!(me(&server, &cookie).await, Me::User { .. }), "it was used 29 minutes ago, and is now");
    used(31).await.unwrap();
    assert_eq!(me(&server, &cookie).await, Me::Stranger);
    refused(server.ask("GET", "/api/status", &cookie), 401, "access.token_needed").await;
    refused(server.ask("POST", "/api/venues", &cookie).json(&json!({ "name": "x" })), 401, "access.token_needed").await;
    assert!(server.own_socket("/api/live", &cookie).await.is_err(), "no new window");
    // Any revocation has open windows look; this one's own comes within seconds.
    assert_eq!(server.ask("POST", "/api/logout", &other).send().await.unwrap().status(), 204);
    assert_eq!(closed_with(&mut live).await, 4401, "looking alone is no use");
    assert_eq!(server.viewers().await, 1, "what it looks at goes on");
    store.close().await.unwrap();
    server.end().await;
}

#[tokio::test]
async fn a_log_in_ends_after_its_hours_however_busy_it_is() {
    let server = Server::bare().await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let store = Store::open(&server.database()).await.unwrap();
    let mine = store.session(&key_of(&server, &cookie).await).await.unwrap().unwrap();
    let hours = mine.ends.duration_since(mine.made).unwrap();
    assert_eq!(hours, Duration::from_secs(12 * 3600), "a working day");
    // Log-ins of the same person that began earlier and were used a moment ago.
    for (secret, began, expect) in [("b", hours - Duration::from_secs(60), true), ("c", hours, false)] {
        let digest = ring::digest::digest(&ring::digest::SHA256, secret.as_bytes());
        let key: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let made = now().wall - began;
        let earlier =
            LoginSession { key: key.parse().unwrap(), made, seen: now().wall, ends: made + hours, ..mine.clone() };
        store.add_session(&earlier).await.unwrap();
        let lasts = matches!(me(&server, &format!("{LOGIN_COOKIE}={secret}")).await, Me::User { .. });
        assert_eq!(lasts, expect, "it began {began:?} ago");
    }
    store.close().await.unwrap();
    server.end().await;
}

#[tokio::test]
async fn a_password_reset_by_another_program_ends_media_and_open_pages() {
    let server = Server::strict().await;
    let cookie = server.person("op", &[Role::Operator]).await;
    let location = look(&server, &cookie).await;
    let mut control = server.own_socket(&format!("{location}/control"), &cookie).await.expect("opens");
    say(&mut control, r#"{"type":"hello","token":null}"#).await;
    assert!(matches!(hear(&mut control).await, ServerMessage::Welcome { .. }));
    // What `yunling user passwd op` does beside the running server.
    let offline = OfflineAccounts::new(Store::open(&server.database()).await.unwrap());
    let once = offline.reset("op", now().wall).await.unwrap();

    assert_eq!(me(&server, &cookie).await, Me::Stranger, "from the next request on");
    let code = closed_with(&mut control).await;
    assert!(code == 1000 || code == 4401, "the session ended or its channel noticed first: {code}");
    assert_eq!(server.viewers().await, 0, "its media ended with it");
    let log_in = |password: &str| {
        let body = json!({ "login": "op", "password": password });
        server.tell("POST", "/api/login", "", &body)
    };
    refused(log_in(PASSWORD), 401, "login.wrong").await;
    let fresh = log_in(once.reveal()).send().await.unwrap();
    assert_eq!(fresh.status(), 200);
    let Me::User { must_change_password, .. } = fresh.json().await.unwrap() else { panic!("logged in") };
    assert!(must_change_password);
    server.end().await;
}
