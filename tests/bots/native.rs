//! `bot publish` and `bot view` against the real server: HTTPS with its private CA, WHIP, WHEP, another maker's WebRTC.

use std::time::Duration;
use yunling::{
    bot::{BotError, Target, publish, signalling::SignallingError, view},
    config::Config,
    domain::stage::{Heard, Stage},
    relay::media::Codec,
    serve::{self, Running},
    shutdown::Shutdown,
};

pub(crate) async fn server(folder: &std::path::Path) -> Running {
    let mut config = Config::default();
    config.data.folder = folder.to_owned();
    config.http.listen = vec!["127.0.0.1".parse().unwrap()];
    (config.http.https_port, config.http.http_port) = (0, 0);
    config.media.listen = vec!["127.0.0.1".parse().unwrap()];
    (config.media.base_port, config.media.tcp_port) = (0, 0);
    serve::start(&config, true, Shutdown::new()).await.unwrap()
}

fn target(running: &Running, path: &str, seconds: u64) -> Target {
    let port = running.https[0].port();
    Target {
        url: format!("https://127.0.0.1:{port}/{path}/demo"),
        token: None,
        ca: Some(running.certs.ca_certificate.clone()),
        seconds: Some(seconds),
    }
}

/// Waits for the only publisher's picture and gives it the programme.
async fn put_on_air(running: &Running) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let participant = loop {
        tick.tick().await;
        let figures = running.relay.figures().await;
        let mut publications = figures.iter().flat_map(|worker| &worker.rooms).flat_map(|room| &room.publications);
        if let Some(live) = publications.find(|publication| publication.live) {
            break live.participant.clone();
        }
    };
    let stage = Stage { on_air: Some(participant), with_sound: true, heard: Heard::Nobody };
    running.app.set_stage(&"demo".parse().unwrap(), stage).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_native_publisher_is_seen_and_heard_by_a_native_viewer() {
    let folder = tempfile::tempdir().unwrap();
    let running = server(folder.path()).await;
    let (whip, whep) = (target(&running, "whip", 60), target(&running, "whep", 6));
    let watch = async {
        put_on_air(&running).await;
        view::run(&whep, |_| {}).await
    };
    let seen = tokio::select! {
        sent = publish::run(&whip, Codec::H264, |_| {}) => panic!("the publisher ended first: {sent:?}"),
        seen = watch => seen.unwrap(),
    };
    assert!(seen["frames"].as_u64().unwrap() > 50, "{seen}");
    assert!(seen["audioPackets"].as_u64().unwrap() > 100, "{seen}");
    assert!(seen["videoLost"].as_u64().unwrap() < 10, "{seen}");
    running.drain().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_without_the_root_certificate_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let running = server(folder.path()).await;
    let mut whep = target(&running, "whep", 1);
    whep.ca = None;
    let error = view::run(&whep, |_| {}).await.unwrap_err();
    assert!(matches!(error, BotError::Signalling(SignallingError::Unreachable { .. })), "{error:?}");
    assert!(error.to_string().contains("--ca"), "{error}");
    running.drain().await;
}
