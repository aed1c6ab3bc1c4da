//! What the log never says above `trace`: offers, tokens, names, addresses, a session's secret.

use crate::server::{Server, WHIP_OFFER};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_names_nobody() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(captured.clone())
        .finish();
    // The one-thread runtime of this test polls every task of this server here.
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = Server::demo().await;
    let visit = server.request("POST", "/api/meetings/demo/visit").header("content-type", "application/json");
    let visit = visit.body(r#"{"name":"李德明局长"}"#).send().await.unwrap();
    let token = visit.json::<yunling::http::wire::VisitReply>().await.unwrap().token;
    let (location, etag) = server.join("/whip/demo", Some(&token)).await;
    let broken = server.offer("/whip/demo", &WHIP_OFFER.replace("a=mid", "a=mud"), Some(&token)).send().await.unwrap();
    drop(broken);
    server.request("DELETE", &location).bearer_auth(&token).send().await.unwrap();
    server.end().await;

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let own: String = log.lines().filter(|line| line.contains("yunling")).collect::<Vec<_>>().join("\n");
    assert!(own.contains("answered") && own.contains("request_id"), "the log says something: {own}");
    let ufrag = WHIP_OFFER.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).expect("an offer").trim();
    let session = location.rsplit('/').next().unwrap();
    for secret in
        ["李德明", token.as_str(), session, etag.trim_matches('"'), "127.0.0.1", "a=fingerprint", ufrag, "m=audio"]
    {
        assert!(!own.contains(secret), "the log says {secret:?}:\n{own}");
    }
}
