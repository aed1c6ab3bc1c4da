//! Second factors: set up, asked for at the log-in, used up, taken away.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{PASSWORD, Server, now, refused};
use reqwest::RequestBuilder;
use serde_json::json;
use yunling::{
    domain::{
        lockout::FAILURES_MAX,
        role::Role,
        second_factor::{STEP, code_at, step_at},
    },
    http::wire::{AccountEntry, Me, RecoveryCodes, SecondFactorBegun, SecondFactorState},
};

/// The bytes of a secret as an authenticator reads it.
fn bytes(base32: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        _ => letter - b'2' + 26,
    };
    let bits: Vec<u8> =
        base32.bytes().flat_map(|letter| (0..5).rev().map(move |bit| value(letter) >> bit & 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

/// What an authenticator shows `steps` after now.
fn shows(secret: &str, steps: u64) -> String {
    code_at(&bytes(secret), step_at(now().wall + STEP * u32::try_from(steps).unwrap()))
}

async fn begun(server: &Server, cookie: &str) -> SecondFactorBegun {
    server.ask("POST", "/api/me/second-factor", cookie).send().await.unwrap().json().await.unwrap()
}

fn confirm(server: &Server, cookie: &str, code: &str) -> RequestBuilder {
    server.tell("POST", "/api/me/second-factor/confirm", cookie, &json!({ "code": code }))
}

async fn state(server: &Server, cookie: &str) -> SecondFactorState {
    server.ask("GET", "/api/me/second-factor", cookie).send().await.unwrap().json().await.unwrap()
}

/// What a scanner of another maker reads from the picture, drawn as the page draws it: white around it, each module some pixels.
fn scanned(SecondFactorBegun { side, path, .. }: &SecondFactorBegun) -> String {
    const QUIET: usize = 4;
    const PIXELS: usize = 5;
    let dark: std::collections::HashSet<(usize, usize)> = path
        .split_terminator("h1v1h-1z")
        .map(|module| {
            let (x, y) = module.strip_prefix('M').unwrap().split_once(' ').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        })
        .collect();
    let width = (usize::try_from(*side).unwrap() + 2 * QUIET) * PIXELS;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| {
        let module = (x / PIXELS).checked_sub(QUIET).zip((y / PIXELS).checked_sub(QUIET));
        if module.is_some_and(|module| dark.contains(&module)) { 0 } else { 255 }
    });
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one code is in the picture");
    grids[0].decode().unwrap().1
}

#[tokio::test]
async fn a_scanner_reads_from_the_picture_what_is_to_be_typed() {
    let server = Server::bare().await;
    let cookie = server.person("wang.xiulan", &[Role::Operator]).await;
    let begun = begun(&server, &cookie).await;
    let read = scanned(&begun);
    assert!(read.starts_with("otpauth://totp/") && read.contains("wang.xiulan"), "{read}");
    assert!(read.contains(&format!("secret={}", begun.secret)), "{read}");
    server.end().await;
}

/// Somebody who has one: their cookie, the secret and the recovery codes. The present code is used up.
async fn enrolled(server: &Server, login: &str, roles: &[Role]) -> (String, String, Vec<String>) {
    let cookie = server.person(login, roles).await;
    let secret = begun(server, &cookie).await.secret;
    let codes = confirm(server, &cookie, &shows(&secret, 0)).send().await.unwrap();
    let codes: RecoveryCodes = codes.json().await.unwrap();
    (cookie, secret, codes.codes)
}

fn log_in(server: &Server, login: &str, code: Option<&str>) -> RequestBuilder {
    let mut body = json!({ "login": login, "password": PASSWORD });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    server.tell("POST", "/api/login", "", &body)
}

#[tokio::test]
async fn a_log_in_has_a_second_step_whose_code_is_good_once() {
    let server = Server::bare().await;
    let cookie = server.person("wang", &[Role::Operator]).await;
    let elsewhere = server.once_more("wang").await;
    assert!(!state(&server, &cookie).await.on);
    refused(confirm(&server, &cookie, "123456"), 409, "second_factor.not_begun").await;
    let first = begun(&server, &cookie).await;
    assert!(first.side >= 21 && first.path.starts_with("M0 0h1v1h-1z"), "a finder pattern stands in the corner");
    let second = begun(&server, &cookie).await;
    assert_ne!(first.secret, second.secret);
    refused(confirm(&server, &cookie, &shows(&first.secret, 0)), 422, "second_factor.wrong").await;
    // Begun is not in force.
    assert_eq!(log_in(&server, "wang", None).send().await.unwrap().status(), 200);

    let code = shows(&second.secret, 0);
    let codes = confirm(&server, &cookie, &code).send().await.unwrap();
    assert_eq!(codes.status(), 200);
    let RecoveryCodes { codes } = codes.json().await.unwrap();
    assert!(codes.len() == 10 && codes.iter().all(|code| code.len() == 14));
    refused(server.ask("GET", "/api/me/second-factor", &elsewhere), 401, "access.token_needed").await;
    let own = state(&server, &cookie).await;
    assert_eq!((own.on, own.recovery_codes), (true, 10));
    refused(server.ask("POST", "/api/me/second-factor", &cookie), 409, "second_factor.on").await;

    refused(log_in(&server, "wang", None), 401, "login.code_needed").await;
    refused(log_in(&server, "wang", Some(&code)), 401, "login.code_wrong").await;
    refused(log_in(&server, "wang", Some("000000x")), 401, "login.code_wrong").await;
    let next = shows(&second.secret, 1);
    let made = log_in(&server, "wang", Some(&next)).send().await.unwrap();
    assert_eq!(made.status(), 200);
    assert!(matches!(made.json().await.unwrap(), Me::User { must_enrol: false, .. }));
    refused(log_in(&server, "wang", Some(&next)), 401, "login.code_wrong").await;
    // A recovery code, as people type it, once.
    let recovery = format!(" {} ", codes[3].to_uppercase());
    assert_eq!(log_in(&server, "wang", Some(&recovery)).send().await.unwrap().status(), 200);
    refused(log_in(&server, "wang", Some(&codes[3])), 401, "login.code_wrong").await;
    assert_eq!(state(&server, &cookie).await.recovery_codes, 9);
    // Without the password the code is never looked at.
    let body = json!({ "login": "wang", "password": "Wrong-2026-pass", "code": codes[4] });
    refused(server.tell("POST", "/api/login", "", &body), 401, "login.wrong").await;
    assert_eq!(state(&server, &cookie).await.recovery_codes, 9);

    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().text().await.unwrap();
    for word in ["second_factor.begin", "second_factor.confirm", "login.code_wrong", "login.code_needed"] {
        assert!(book.contains(word), "{word} is in the book");
    }
    for secret in [&second.secret, &next, &codes[3]] {
        assert!(!book.contains(secret.as_str()), "no secret is in the book");
    }
    server.end().await;
}

#[tokio::test]
async fn wrong_codes_lock_as_wrong_passwords_do() {
    let server = Server::bare().await;
    let (_, secret, _) = enrolled(&server, "wang", &[Role::Operator]).await;
    let far = "10.9.9.9".parse().unwrap();
    let attempt = |code: Option<&str>| {
        let code = code.map(|code| code.to_owned().into());
        server.running.app.log_in("wang", PASSWORD.to_owned().into(), code, far, now())
    };
    use yunling::app::LoginFault;
    // A log-in that stops before its second step is no failure.
    for _ in 0..FAILURES_MAX + 1 {
        assert!(matches!(attempt(None).await, Err(LoginFault::CodeNeeded { .. })));
    }
    for _ in 0..FAILURES_MAX {
        assert!(matches!(attempt(Some("000000")).await, Err(LoginFault::WrongCode { .. })));
    }
    let right = shows(&secret, 1);
    assert!(matches!(attempt(Some(&right)).await, Err(LoginFault::Locked { .. })), "even the right one");
    let near = server.running.app.log_in(
        "wang",
        PASSWORD.to_owned().into(),
        Some(right.into()),
        "10.1.1.1".parse().unwrap(),
        now(),
    );
    assert!(near.await.is_ok(), "at another desk it is open");
    server.end().await;
}

#[tokio::test]
async fn the_security_administrator_takes_it_away_but_not_their_own() {
    let server = Server::bare().await;
    let (wang, ..) = enrolled(&server, "wang", &[Role::Operator]).await;
    let (sec, ..) = enrolled(&server, "sec", &[Role::SecurityAdmin]).await;
    let path = async |login: &str| format!("/api/accounts/{}/reset-second-factor", server.account(login).await);
    refused(server.ask("POST", &path("sec").await, &sec), 409, "second_factor.own").await;
    let list = server.ask("GET", "/api/accounts", &sec).send().await.unwrap();
    let list: Vec<AccountEntry> = list.json().await.unwrap();
    let with: Vec<_> = list.iter().filter(|one| one.second_factor).map(|one| one.login.as_str()).collect();
    assert_eq!(with, ["sec", "wang"]);
    let reset = server.ask("POST", &path("wang").await, &sec).send().await.unwrap();
    assert!(!reset.json::<AccountEntry>().await.unwrap().second_factor);
    refused(server.ask("GET", "/api/me/second-factor", &wang), 401, "access.token_needed").await;
    assert_eq!(log_in(&server, "wang", None).send().await.unwrap().status(), 200);
    server.end().await;
}

#[tokio::test]
async fn a_role_that_needs_one_does_nothing_before_it_has_one() {
    let server = Server::with_second_factor_for(&[Role::SecurityAdmin]).await;
    let operator = server.person("op", &[Role::Operator]).await;
    assert_eq!(server.ask("GET", "/api/meetings", &operator).send().await.unwrap().status(), 200);
    let sec = server.person("sec", &[Role::SecurityAdmin]).await;
    let me: Me = server.ask("GET", "/api/me", &sec).send().await.unwrap().json().await.unwrap();
    assert!(matches!(me, Me::User { must_enrol: true, .. }));
    refused(server.ask("GET", "/api/accounts", &sec), 403, "access.second_factor_needed").await;
    let secret = begun(&server, &sec).await.secret;
    assert_eq!(confirm(&server, &sec, &shows(&secret, 0)).send().await.unwrap().status(), 200);
    assert_eq!(server.ask("GET", "/api/accounts", &sec).send().await.unwrap().status(), 200);
    server.end().await;
}
