//! `yunling doctor`: its self-test against real servers, whose ports it takes for whose, and its exit codes.

use crate::native::server;
use std::{net::TcpListener, path::Path, process::Command, time::Duration};
use yunling::{
    config::Config,
    doctor::{
        facts::{PortRole, PortState},
        gather::gather,
        selftest::{self, SelftestError, Through, Tokens},
    },
    leg::io::supervisor::LegsSettings,
};

const SPAN: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_self_test_sees_its_own_picture_through_a_server_of_its_own() {
    let measured = selftest::run(&Through::Temporary, SPAN).await.unwrap();
    assert!(measured.pictures > 10 && measured.expected >= 29, "{measured:?}");
    assert!(measured.loss() < 0.1 && measured.packets > measured.pictures, "{measured:?}");
    assert!(measured.delay_p50 <= measured.delay_p99 && !measured.delay_p50.is_zero(), "{measured:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_self_test_sees_its_own_picture_through_a_running_server_beside_what_is_on_air() {
    let folder = tempfile::tempdir().unwrap();
    let running = server(folder.path()).await;
    let demo = "demo".parse().unwrap();
    let through = |tokens| Through::Running {
        server: format!("https://127.0.0.1:{}", running.https[0].port()),
        meeting: "demo".parse().unwrap(),
        tokens,
        ca: Some(running.certs.ca_certificate.clone()),
    };
    let tokens = selftest::tokens(folder.path(), &demo).await.unwrap();
    let measured = selftest::run(&through(tokens), SPAN).await.unwrap();
    assert!(measured.pictures > 10, "{measured:?}");
    let wrong = Tokens { sends: "x".to_owned(), looks: "x".to_owned() };
    let refused = selftest::run(&through(wrong), SPAN).await.unwrap_err();
    assert!(matches!(refused, SelftestError::Signalling(_)), "{refused:?}");
    running.drain().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ports_are_told_apart_by_who_answers_there() {
    let folder = tempfile::tempdir().unwrap();
    let running = server(&folder.path().join("own")).await;
    let mut config = settings(&folder.path().join("own"));
    config.http.https_port = running.https[0].port();
    config.http.http_port = running.http[0].port();
    config.media.base_port = running.relay.media_ports()[0];
    config.media.workers = 1;
    let states = async |config: &Config| {
        let facts = gather(config, &no_legs()).await;
        facts.ports.into_iter().map(|port| (port.role, port.state)).collect::<Vec<_>>()
    };
    let all = |state: PortState| {
        [PortRole::Https, PortRole::Http, PortRole::Media].map(|role| (role, state.clone())).to_vec()
    };
    assert_eq!(states(&config).await, all(PortState::Ours));
    config.data.folder = folder.path().join("none");
    assert_eq!(states(&config).await, all(PortState::SomeYunling));
    let other = server(&folder.path().join("other")).await;
    config.data.folder = folder.path().join("other");
    assert_eq!(states(&config).await, all(PortState::Taken));
    other.drain().await;
    running.drain().await;
}

fn settings(folder: &Path) -> Config {
    let mut config = Config::default();
    config.data.folder = folder.to_owned();
    config.http.listen = vec!["127.0.0.1".parse().unwrap()];
    config.media.listen = config.http.listen.clone();
    config.media.tcp_port = 0;
    config
}

/// GStreamer is of no matter here.
fn no_legs() -> LegsSettings {
    LegsSettings { program: "false".into(), pipelines: "none".into(), registry: None, allowed: Vec::new() }
}

#[test]
fn a_fault_ends_with_1_and_wrong_use_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = settings(&folder.path().join("data"));
    config.http.https_port = holder.local_addr().unwrap().port();
    (config.http.http_port, config.media.base_port) = (0, 0);
    let file = folder.path().join("yunling.toml");
    std::fs::write(&file, config.to_string()).unwrap();
    let doctor = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
        command.args(["doctor", "--config"]).arg(&file).args(words).output().unwrap()
    };
    let faulty = doctor(&["--skip-selftest", "--json", "--lang", "en"]);
    assert_eq!(faulty.status.code(), Some(1), "{faulty:?}");
    let told: serde_json::Value = serde_json::from_slice(&faulty.stdout).unwrap();
    let https = &told["findings"][0];
    assert_eq!((&https["check"], &https["mark"]), (&"port.https".into(), &"fault".into()), "{told}");
    assert!(https["todo"].as_str().unwrap().contains("ss -ltnp"), "{https}");
    assert!(!folder.path().join("data").exists(), "looking makes no folder");
    assert_eq!(doctor(&["--seconds", "0"]).status.code(), Some(2));
    assert_eq!(doctor(&["--token", "x"]).status.code(), Some(2));
}
