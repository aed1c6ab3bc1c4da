//! Trials by hand after OWASP's list and what was found in other conference servers; `tests/security-trials.md` lists them all.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use crate::server::{LOGIN_COOKIE, PASSWORD, Server, header, refused};
use reqwest::Method;
use serde_json::json;
use yunling::{
    domain::{access::TokenRole, role::Role},
    http::routes::{Route, TABLE},
    http::wire::{AccountEntry, AuditPage, MeetingEntry},
};

/// What somebody types who wants the database, the page or the folder to read it as its own.
const CRAFTED: [&str; 6] = [
    "'); DROP TABLE accounts; --",
    "\" OR \"1\"=\"1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "${7*7}{{7*7}}%s%n",
];

#[tokio::test]
async fn what_somebody_types_is_text_and_nothing_else() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let operator = server.person("op", &[Role::Operator]).await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    for (at, crafted) in CRAFTED.iter().enumerate() {
        let account = json!({ "login": format!("name{at}"), "name": crafted, "roles": ["leader"] });
        assert_eq!(server.tell("POST", "/api/accounts", &admin, &account).send().await.unwrap().status(), 200);
        assert_eq!(
            server.tell("POST", "/api/units", &admin, &json!({ "name": crafted })).send().await.unwrap().status(),
            200
        );
        // It finds what has it in its name, and no more.
        let typed = encoded(crafted);
        let page =
            server.ask("GET", &format!("/api/audit?subject={typed}&actor={typed}"), &auditor).send().await.unwrap();
        assert!(page.json::<AuditPage>().await.unwrap().entries.is_empty(), "{crafted}");
        let found = server.ask("GET", &format!("/api/recordings?q={typed}"), &operator).send().await.unwrap();
        assert_eq!(found.status(), 200, "{crafted}");
        let login = json!({ "login": crafted, "password": crafted });
        refused(server.tell("POST", "/api/login", "", &login), 401, "login.wrong").await;
    }
    let accounts = server.ask("GET", "/api/accounts", &admin).send().await.unwrap();
    assert_eq!(header(&accounts, "content-type"), "application/json");
    let names: Vec<String> =
        accounts.json::<Vec<AccountEntry>>().await.unwrap().into_iter().map(|one| one.name).collect();
    assert!(CRAFTED.iter().all(|crafted| names.iter().any(|name| name == crafted)), "{names:?}");
    let meetings = server.ask("GET", "/api/meetings", &operator).send().await.unwrap();
    assert!(!meetings.json::<Vec<MeetingEntry>>().await.unwrap().is_empty(), "nothing was dropped");
    server.end().await;
}

/// As it stands in a query.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn no_path_leads_out_of_the_pages() {
    let server = Server::demo().await;
    for path in [
        "/assets/../Cargo.toml",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%5c..%5cetc%5cpasswd",
        "/assets//etc/passwd",
        "/assets/%00",
        "/../data/token.secret",
        "/api/plays/x/..%2f..%2fyunling.sqlite",
        "/api/exports/x/%2e%2e%2fyunling.sqlite",
        "/data/yunling.sqlite",
    ] {
        // Sent as it is: a client that tidies paths up would hide what is tried.
        let answer = raw(&server, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
        let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(["400", "401", "404"].contains(&status.as_str()), "{path}: {answer}");
        assert!(!answer.contains("root:") && !answer.contains("SQLite"), "{path}");
    }
    server.end().await;
}

/// What the server says to these bytes.
async fn raw(server: &Server, request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let stream = tokio::net::TcpStream::connect(server.running.https[0]).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(server.tls());
    let mut stream = connector.connect("127.0.0.1".try_into().unwrap(), stream).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // An end without a good-bye is an end.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn every_answer_keeps_browsers_strict() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    for path in ["/", "/join/council", "/screen/council", "/pair", "/api/me", "/api/accounts", "/nowhere", "/healthz"] {
        let answer = server.ask("GET", path, &admin).send().await.unwrap();
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY")]
        {
            assert_eq!(header(&answer, name), value, "{path}");
        }
        let policy = header(&answer, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-eval"), "{path}: {policy}");
        assert_eq!(header(&answer, "access-control-allow-origin"), "", "{path}");
        assert_eq!(header(&answer, "server"), "", "{path}: it says what it runs on");
    }
    server.end().await;
}

#[tokio::test]
async fn a_body_without_end_is_read_by_no_route() {
    let server = Server::strict().await;
    let both = server.person("both", &[Role::SecurityAdmin, Role::Operator, Role::Clerk, Role::Liaison]).await;
    // More than any of them takes, and less than a test takes long for.
    let large = vec![b' '; 256 * 1024];
    let mut tried = 0;
    let takes =
        |route: &&Route| (route.method == Method::POST || route.method == Method::PATCH) && route.path != "/api/logout";
    for route in TABLE.iter().filter(takes) {
        let path = route.path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>();
        for kind in ["application/json", "application/sdp"] {
            let request = server.ask(route.method.as_str(), &path.join("/"), &both).header("content-type", kind);
            // A server that hangs up before it has read all of it has refused it too.
            let Ok(answer) = request.body(large.clone()).send().await else { continue };
            let status = answer.status().as_u16();
            assert!((400..500).contains(&status) || status == 204 || status == 200, "{} {kind}: {status}", route.path);
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
    assert_eq!(server.ask("GET", "/api/me", &both).send().await.unwrap().status(), 200, "and it still answers");
    server.end().await;
}

#[tokio::test]
async fn a_cookie_that_somebody_planted_becomes_nobodys_log_in() {
    let server = Server::strict().await;
    server.person("li", &[Role::Leader]).await;
    let planted = format!("{LOGIN_COOKIE}={}", "ab".repeat(32));
    let login = json!({ "login": "li", "password": PASSWORD });
    let answer = server.tell("POST", "/api/login", &planted, &login).send().await.unwrap();
    let given = header(&answer, "set-cookie");
    assert!(answer.status() == 200 && given.starts_with(LOGIN_COOKIE) && !given.starts_with(&planted), "{given}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(given.contains(attribute), "{given}");
    }
    refused(server.ask("GET", "/api/accounts", &planted), 401, "access.token_needed").await;
    server.end().await;
}

#[tokio::test]
async fn a_secret_in_an_address_counts_for_nothing() {
    let server = Server::strict().await;
    let cookie = server.person("sec", &[Role::SecurityAdmin]).await;
    let value = cookie.split('=').nth(1).unwrap();
    let token = server.token("council", TokenRole::Viewer).await;
    for path in [
        format!("/api/accounts?cookie={value}"),
        format!("/api/accounts?{LOGIN_COOKIE}={value}"),
        format!("/api/accounts?access_token={value}"),
        format!("/api/meetings/council?token={token}"),
        format!("/api/meetings/council?access_token={token}"),
    ] {
        refused(server.request("GET", &path), 401, "access.token_needed").await;
    }
    server.end().await;
}

#[tokio::test]
async fn no_two_servers_share_a_secret() {
    let (one, other) = (Server::bare().await, Server::bare().await);
    let secrets = |server: &Server| {
        let read = |name: &str| std::fs::read(server.data().join(name)).unwrap();
        [read("token.secret"), read("audit.key")]
    };
    for (one, other) in secrets(&one).iter().zip(secrets(&other)) {
        assert!(one.len() >= 32 && *one != other);
    }
    // What one signs lets nobody into the other.
    one.plan("council", yunling::domain::meeting::MeetingState::Planned).await;
    let token = other.token("council", TokenRole::Viewer).await;
    let answer = one.request("GET", "/api/meetings/council").bearer_auth(token);
    refused(answer, 401, "access.token_invalid").await;
    one.end().await;
    other.end().await;
}

#[tokio::test]
async fn no_answer_carries_a_password_a_secret_or_a_hash() {
    let server = Server::strict().await;
    let admin = server.person("sec", &[Role::SecurityAdmin]).await;
    let operator = server.person("op", &[Role::Operator, Role::SystemAdmin, Role::Clerk]).await;
    let auditor = server.person("audit", &[Role::AuditAdmin]).await;
    let leg = json!({ "name": "省", "meeting": "council", "source": { "kind": "rtsp", "url": "rtsp://127.0.0.1:1/live", "transport": "tcp", "user": "admin", "password": "hunter2hunter2" } });
    assert!(server.tell("POST", "/api/legs", &operator, &leg).send().await.unwrap().status().is_success());
    let begun = server.ask("POST", "/api/me/second-factor", &admin).send().await.unwrap();
    let begun: yunling::http::wire::SecondFactorBegun = begun.json().await.unwrap();
    let cookies = [&admin, &operator, &auditor];
    for cookie in cookies {
        for route in TABLE.iter().filter(|route| route.method == Method::GET && route.path.starts_with("/api/")) {
            let path = route.path.replace("{meeting}", "council").replace("{venue}", "county").replace(['{', '}'], "");
            if path == "/api/live" {
                continue;
            }
            let text = server.ask("GET", &path, cookie).send().await.unwrap().text().await.unwrap();
            let values = cookies.iter().map(|cookie| cookie.split('=').nth(1).unwrap());
            for secret in values.chain([PASSWORD, "hunter2hunter2", "$argon2", begun.secret.as_str()]) {
                assert!(!text.contains(secret), "{path} tells a secret");
            }
        }
    }
    server.end().await;
}
