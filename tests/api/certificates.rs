//! Certificates of people as a second factor: asked for at every handshake, judged at the log-in, revoked.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{PASSWORD, Server, header, refused};
use reqwest::{Client, Identity, RequestBuilder};
use serde_json::json;
use std::time::{Duration, SystemTime};
use yunling::{
    app::{NewCertificate, OfflineAccounts},
    certs::{self, CertFiles, Issued, Names},
    config::Door,
    domain::{lockout::FAILURES_MAX, role::Role},
    http::wire::{AccountEntry, Me, OwnCertificates, Problem},
    store::Store,
};

const DAY: Duration = Duration::from_secs(86_400);

/// A certificate of the server's CA that was made at `at`, as nobody's.
fn made(server: &Server, at: SystemTime) -> Issued {
    certs::issue(&server.running.certs, "wang 王秀兰", at).unwrap()
}

/// Registers it to an account, as the command line does; its fingerprint.
async fn register(server: &Server, login: &str, issued: &Issued) -> String {
    let store = Store::open(&server.database()).await.unwrap();
    let accounts = OfflineAccounts::new(store.clone());
    let owner = accounts.for_certificate(login).await.unwrap();
    let new = NewCertificate {
        id: issued.facts.fingerprint().parse().unwrap(),
        serial: issued.facts.serial.clone(),
        subject: issued.facts.subject.clone(),
        not_after: issued.facts.not_after,
        made_by: "command line uid 0".to_owned(),
    };
    accounts.register(&owner, new, SystemTime::now()).await.unwrap();
    store.close().await.unwrap();
    issued.facts.fingerprint()
}

/// Somebody's certificate that is good.
async fn certified(server: &Server, login: &str) -> Issued {
    let issued = made(server, SystemTime::now());
    register(server, login, &issued).await;
    issued
}

fn pem(issued: &Issued) -> String {
    format!("{}{}", issued.key.as_str(), issued.certificate)
}

/// A browser that shows this certificate, in TLS of this version.
fn browser(server: &Server, shows: &str, version: reqwest::tls::Version) -> Client {
    let root = std::fs::read(&server.running.certs.ca_certificate).unwrap();
    Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&root).unwrap()])
        .max_tls_version(version)
        .identity(Identity::from_pem(shows.as_bytes()).unwrap())
        .build()
        .unwrap()
}

/// Logs in from a browser that shows a certificate, or from one that has none.
fn log_in(server: &Server, shows: Option<&str>, login: &str, code: Option<&str>) -> RequestBuilder {
    let mut body = json!({ "login": login, "password": PASSWORD });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    let Some(shows) = shows else { return server.tell("POST", "/api/login", "", &body) };
    let url = format!("https://127.0.0.1:{}/api/login", server.running.https[0].port());
    browser(server, shows, reqwest::tls::Version::TLS_1_3).post(url).header("sec-fetch-site", "same-origin").json(&body)
}

#[tokio::test]
async fn a_certificate_stands_in_a_codes_place_and_the_book_says_which() {
    let server = Server::bare().await;
    let cookie = server.person("wang", &[Role::Operator]).await;
    assert_eq!(log_in(&server, None, "wang", None).send().await.unwrap().status(), 200);
    let issued = certified(&server, "wang").await;
    refused(log_in(&server, None, "wang", None), 401, "login.certificate_needed").await;
    refused(log_in(&server, None, "wang", Some("123456")), 401, "login.certificate_needed").await;
    let shows = pem(&issued);
    for version in [reqwest::tls::Version::TLS_1_3, reqwest::tls::Version::TLS_1_2] {
        let url = format!("https://127.0.0.1:{}/api/login", server.running.https[0].port());
        let body = json!({ "login": "wang", "password": PASSWORD });
        let request = browser(&server, &shows, version).post(url).header("sec-fetch-site", "same-origin").json(&body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{version:?}: {}", response.text().await.unwrap());
    }
    // The password is still asked for.
    let body = json!({ "login": "wang", "password": "Wrong-2026-pass" });
    let wrong = log_in(&server, Some(&shows), "wang", None).json(&body);
    refused(wrong, 401, "login.wrong").await;

    let own = server.ask("GET", "/api/me/certificates", &cookie).send().await.unwrap();
    let own: OwnCertificates = own.json().await.unwrap();
    assert!(own.asked && own.shown.is_none() && own.certificates.len() == 1);
    assert_eq!(own.certificates[0].id, issued.facts.fingerprint());
    assert!(own.certificates[0].subject.contains("王秀兰") && own.certificates[0].revoked_at_ms.is_none());
    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit", &auditor).send().await.unwrap().text().await.unwrap();
    assert!(book.contains(&format!("account:wang certificate:{}", issued.facts.fingerprint())), "{book}");
    assert!(book.contains("login.certificate_needed"));
    server.end().await;
}

#[tokio::test]
async fn a_certificate_that_does_not_do_is_told_why() {
    let server = Server::bare().await;
    for login in ["wang", "li"] {
        server.person(login, &[Role::Operator]).await;
    }
    let good = certified(&server, "wang").await;
    let others = certified(&server, "li").await;
    let unregistered = made(&server, SystemTime::now());
    let expired = made(&server, SystemTime::now() - DAY * 400);
    register(&server, "wang", &expired).await;
    let early = made(&server, SystemTime::now() + DAY * 3);
    register(&server, "wang", &early).await;
    let revoked = certified(&server, "wang").await;
    let store = Store::open(&server.database()).await.unwrap();
    let id = revoked.facts.fingerprint().parse().unwrap();
    store.revoke_certificate(&id, SystemTime::now()).await.unwrap();
    store.close().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = CertFiles::in_folder(folder.path());
    certs::init(&elsewhere, &Names::of_this_machine(&[]), SystemTime::now()).unwrap();
    let foreign = certs::issue(&elsewhere, "wang 王秀兰", SystemTime::now()).unwrap();
    let own = rcgen::generate_simple_self_signed(["wang".to_owned()]).unwrap();
    let self_signed = format!("{}{}", own.signing_key.serialize_pem(), own.cert.pem());
    let read = |path| std::fs::read_to_string(path).unwrap();
    let servers = format!("{}{}", read(&server.running.certs.key), read(&server.running.certs.certificate));

    for (shows, code) in [
        (pem(&others), "login.certificate_others"),
        (pem(&expired), "login.certificate_expired"),
        (pem(&early), "login.certificate_not_yet"),
        (pem(&revoked), "login.certificate_revoked"),
        (self_signed, "login.certificate_foreign"),
        (pem(&good), ""),
        (pem(&foreign), "login.certificate_foreign"),
        (pem(&unregistered), "login.certificate_unregistered"),
        (servers, "login.certificate_unregistered"),
    ] {
        let request = log_in(&server, Some(&shows), "wang", None);
        if code.is_empty() {
            assert_eq!(request.send().await.unwrap().status(), 200);
        } else {
            let problem: Problem = refused(request, 401, code).await;
            assert!(problem.fields.is_empty(), "there is no code to type instead");
        }
    }
    // Whose log-in asks for none is not held up by what a shared desk shows.
    server.person("zhao", &[Role::Operator]).await;
    assert_eq!(log_in(&server, Some(&pem(&good)), "zhao", None).send().await.unwrap().status(), 200);
    server.end().await;
}

#[tokio::test]
async fn somebody_elses_certificate_locks_as_a_wrong_code_does_and_an_old_one_does_not() {
    let server = Server::bare().await;
    for login in ["wang", "li"] {
        server.person(login, &[Role::Operator]).await;
    }
    certified(&server, "wang").await;
    let others = pem(&certified(&server, "li").await);
    let expired = made(&server, SystemTime::now() - DAY * 400);
    register(&server, "wang", &expired).await;
    let expired = pem(&expired);
    for _ in 0..FAILURES_MAX + 1 {
        refused(log_in(&server, Some(&expired), "wang", None), 401, "login.certificate_expired").await;
    }
    for _ in 0..FAILURES_MAX {
        refused(log_in(&server, Some(&others), "wang", None), 401, "login.certificate_others").await;
    }
    let locked = log_in(&server, Some(&others), "wang", None).send().await.unwrap();
    assert_eq!(locked.status(), 429);
    assert!(!header(&locked, "retry-after").is_empty());
    server.end().await;
}

#[tokio::test]
async fn revoking_ends_log_ins_and_a_hand_over_revokes() {
    let server = Server::with_second_factor_for(&[Role::SecurityAdmin]).await;
    let sec = server.person("sec", &[Role::SecurityAdmin]).await;
    let mine = certified(&server, "sec").await.facts.fingerprint();
    let me: Me = server.ask("GET", "/api/me", &sec).send().await.unwrap().json().await.unwrap();
    assert!(matches!(me, Me::User { must_enrol: false, .. }), "a certificate is a second factor: {me:?}");

    let wang = server.person("wang", &[Role::Operator]).await;
    let issued = certified(&server, "wang").await;
    let revoke = async |login: &str, id: &str| {
        let path = format!("/api/accounts/{}/certificates/{id}/revoke", server.account(login).await);
        server.ask("POST", &path, &sec)
    };
    refused(revoke("sec", &mine).await, 409, "certificate.own").await;
    refused(revoke("wang", &mine).await, 404, "certificate.unknown").await;
    refused(revoke("wang", "no-fingerprint").await, 404, "certificate.unknown").await;
    let entry = revoke("wang", &issued.facts.fingerprint()).await.send().await.unwrap();
    let entry: AccountEntry = entry.json().await.unwrap();
    assert!(entry.certificates[0].revoked_at_ms.is_some() && !entry.second_factor);
    refused(server.ask("GET", "/api/me/logins", &wang), 401, "access.token_needed").await;
    refused(log_in(&server, None, "wang", None), 401, "login.factor_lost").await;
    assert!(entry.factor_lost, "the page of accounts says so");
    let again = certified(&server, "wang").await;
    assert_eq!(log_in(&server, Some(&pem(&again)), "wang", None).send().await.unwrap().status(), 200);
    assert_eq!(revoke("wang", &again.facts.fingerprint()).await.send().await.unwrap().status(), 200);
    refused(log_in(&server, None, "wang", None), 401, "login.factor_lost").await;
    let release = format!("/api/accounts/{}/reset-second-factor", server.account("wang").await);
    let released: AccountEntry = server.ask("POST", &release, &sec).send().await.unwrap().json().await.unwrap();
    assert!(!released.factor_lost);
    assert_eq!(log_in(&server, None, "wang", None).send().await.unwrap().status(), 200, "somebody said so");
    let auditor = server.person("book", &[Role::AuditAdmin]).await;
    let book = server.ask("GET", "/api/audit?action=second_factor.reset", &auditor).send().await.unwrap();
    assert!(book.text().await.unwrap().contains("account:wang"));

    certified(&server, "wang").await;
    let to = json!({ "login": "li", "name": "李军", "reason": "调离" });
    let path = format!("/api/accounts/{}/hand-over", server.account("wang").await);
    assert_eq!(server.tell("POST", &path, &sec, &to).send().await.unwrap().status(), 200);
    let all = server.ask("GET", "/api/accounts", &sec).send().await.unwrap();
    let all: Vec<AccountEntry> = all.json().await.unwrap();
    let of = |login: &str| all.iter().find(|account| account.login == login).unwrap();
    assert!(of("wang").certificates.iter().all(|certificate| certificate.revoked_at_ms.is_some()));
    assert!(of("li").certificates.is_empty(), "whoever follows gets their own");
    server.end().await;
}

#[tokio::test]
async fn where_certificates_are_no_longer_asked_for_no_password_becomes_enough_by_itself() {
    let server = Server::with_door(Door { client_certificates: false, ..Door::default() }).await;
    server.person("wang", &[Role::Operator]).await;
    server.person("zhao", &[Role::Operator]).await;
    let sec = server.person("sec", &[Role::SecurityAdmin]).await;
    let issued = certified(&server, "wang").await;
    for shows in [None, Some(pem(&issued))] {
        refused(log_in(&server, shows.as_deref(), "wang", None), 401, "login.factor_lost").await;
    }
    assert_eq!(log_in(&server, None, "zhao", None).send().await.unwrap().status(), 200, "who never had one comes in");
    let release = format!("/api/accounts/{}/reset-second-factor", server.account("wang").await);
    let released: AccountEntry = server.ask("POST", &release, &sec).send().await.unwrap().json().await.unwrap();
    assert!(released.certificates.iter().all(|one| one.revoked_at_ms.is_some()) && !released.factor_lost);
    assert_eq!(log_in(&server, None, "wang", None).send().await.unwrap().status(), 200);
    server.end().await;
}

#[tokio::test]
async fn the_cookie_of_a_log_in_with_a_certificate_is_worth_nothing_without_it() {
    let server = Server::strict().await;
    server.person("wang", &[Role::Operator]).await;
    server.person("li", &[Role::Operator]).await;
    let (mine, second) = (certified(&server, "wang").await, certified(&server, "wang").await);
    let others = certified(&server, "li").await;
    let made = log_in(&server, Some(&pem(&mine)), "wang", None).send().await.unwrap();
    assert_eq!(made.status(), 200);
    let cookie = header(&made, "set-cookie").split(';').next().unwrap().to_owned();
    for version in [reqwest::tls::Version::TLS_1_3, reqwest::tls::Version::TLS_1_2] {
        for (shows, expect) in [(&mine, 200), (&second, 401), (&others, 401)] {
            let url = format!("https://127.0.0.1:{}/api/me/logins", server.running.https[0].port());
            let asked = browser(&server, &pem(shows), version).get(url).header("cookie", &cookie);
            assert_eq!(asked.send().await.unwrap().status(), expect, "{version:?}");
        }
    }
    refused(server.ask("GET", "/api/me/logins", &cookie), 401, "access.token_needed").await;
    refused(server.ask("POST", "/api/meetings/council/close", &cookie), 401, "access.token_needed").await;
    assert!(server.own_socket("/api/live", &cookie).await.is_err(), "nor does it open a channel");
    server.end().await;
}
