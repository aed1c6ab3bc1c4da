//! What the log never says above `trace`: offers, tokens, names, addresses, a session's secret.
//!
//! Everything every test of this program makes the servers say is captured, on all their threads.

use crate::server::{PASSWORD, Server, WHIP_OFFER, header};
use std::{
    io::{self, Write},
    sync::{Mutex, Once, PoisonError},
};
use tracing_subscriber::filter::LevelFilter;
use yunling::domain::{access::DeviceKind, role::Role};

static CAPTURED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Capture;

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures the log of this process from now on. Called before the first server starts.
pub(crate) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let lines = tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).with_ansi(false);
        tracing::subscriber::set_global_default(lines.with_writer(|| Capture).finish()).expect("nobody else did");
    });
}

#[tokio::test]
async fn the_log_names_nobody() {
    let server = Server::demo().await;
    let visit = server.request("POST", "/api/meetings/demo/visit").header("content-type", "application/json");
    let visit = visit.body(r#"{"name":"李德明局长"}"#).send().await.unwrap();
    let token = visit.json::<yunling::http::wire::VisitReply>().await.unwrap().token;
    let (location, etag) = server.join("/whip/demo", Some(&token)).await;
    let broken = server.offer("/whip/demo", &WHIP_OFFER.replace("a=mid", "a=mud"), Some(&token)).send().await.unwrap();
    drop(broken);
    server.request("DELETE", &location).bearer_auth(&token).send().await.unwrap();
    // Somebody logs in, changes their password, and a machine is paired.
    let cookie = server.person("li.deming", &[Role::Operator]).await;
    let wrong = serde_json::json!({ "login": "li.deming", "password": "Wrong-Password-1" });
    server.tell("POST", "/api/login", "", &wrong).send().await.unwrap();
    let right = serde_json::json!({ "login": "li.deming", "password": PASSWORD });
    let again = server.tell("POST", "/api/login", &cookie, &right).send().await.unwrap();
    let fresh = header(&again, "set-cookie").split(['=', ';']).nth(1).unwrap().to_owned();
    let (machine, _) = server.machine(DeviceKind::Screen).await;
    server.ask("GET", "/api/me", &machine).send().await.unwrap();
    let value = |cookie: &str| cookie.split('=').nth(1).unwrap().to_owned();
    let secrets = [value(&cookie), value(&machine), fresh];
    server.end().await;

    let log = String::from_utf8_lossy(&CAPTURED.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    let own: String = log.lines().filter(|line| line.contains("yunling")).collect::<Vec<_>>().join("\n");
    assert!(own.contains("answered") && own.contains("request_id"), "the log says something: {own}");
    let ufrag = WHIP_OFFER.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).expect("an offer").trim();
    let session = location.rsplit('/').next().unwrap();
    let media =
        ["李德明", token.as_str(), session, etag.trim_matches('"'), "127.0.0.1", "a=fingerprint", ufrag, "m=audio"];
    let door = ["li.deming", "王秀兰", PASSWORD, "Wrong-Password-1", "$argon2id", "__Host-"];
    for secret in media.into_iter().chain(door).chain(secrets.iter().map(String::as_str)) {
        assert!(!own.contains(secret), "the log says {secret:?}:\n{own}");
    }
}
