//! The supervisor with a real relay and real children.

use crate::support::DEADLINE;
use std::{net::Ipv4Addr, path::Path, process::Command, sync::Arc, time::Duration};
use yunling::{
    id::RoomId,
    leg::io::supervisor::{LegPlan, LegState, LegStatus, Legs, LegsSettings, RoomOf},
    relay::{
        io::handle::{Relay, RelayConfig, RelayHandle},
        media::{Codec, Role},
    },
    shutdown::Shutdown,
};

fn plan(id: &str, file: &str) -> LegPlan {
    LegPlan {
        id: id.parse().expect("an id"),
        meeting: "demo".parse().expect("an id"),
        participant: id.parse().expect("an id"),
        name: "省主会场".to_owned(),
        role: Role::Main,
        file: file.to_owned(),
        values: [].into(),
    }
}

fn relay(folder: &Path) -> (Relay, RelayHandle) {
    let config = RelayConfig {
        workers: 1,
        bind: vec![Ipv4Addr::LOCALHOST.into()],
        base_port: 0,
        candidates: vec![Ipv4Addr::LOCALHOST.into()],
        leg_socket_dir: folder.to_owned(),
        ..RelayConfig::default()
    };
    Relay::start(config).expect("the relay starts")
}

/// Waits until the leg is as wished.
async fn until(legs: &Legs, id: &str, wished: impl Fn(&LegStatus) -> bool) -> LegStatus {
    let wait = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            let found = legs.legs().into_iter().find(|leg| leg.id.as_str() == id && wished(leg));
            if let Some(leg) = found {
                return leg;
            }
        }
    };
    let waited = tokio::time::timeout(DEADLINE, wait).await;
    waited.unwrap_or_else(|_| panic!("never came: {:?}, {:?}", legs.legs(), legs.pipelines()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_child_comes_back_and_a_bad_file_disables_only_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.toml"), "schema = 1\npurpse = \"x\"\n").expect("writes");
    let (threads, relay) = relay(&folder.path().join("run"));
    let room: RoomId = relay.open_room(Codec::H264).await.expect("a room");
    let room_of: RoomOf = Arc::new(move |_| Some(room));
    let legs = Legs::new(LegsSettings {
        program: env!("CARGO_BIN_EXE_yunling").into(),
        pipelines: folder.path().to_owned(),
        registry: None,
    });
    let shutdown = Shutdown::new();
    let plans = vec![plan("good", "demo.toml"), plan("bad", "bad.toml"), plan("lost", "none.toml")];
    legs.start(&shutdown, &relay, &room_of, plans);

    let bad = until(&legs, "bad", |leg| leg.state == LegState::Disabled).await;
    let reason = bad.problem.expect("a reason").en();
    assert!(reason.contains("bad.toml, line 2: unknown field `purpse`"), "{reason}");
    until(&legs, "lost", |leg| leg.state == LegState::Disabled).await;
    let faults: Vec<_> = legs.pipelines().into_iter().map(|file| (file.file, file.fault.is_none())).collect();
    assert_eq!(faults, [("bad.toml".to_owned(), false), ("demo.toml".to_owned(), true)]);

    let running = until(&legs, "good", |leg| leg.state == LegState::Running).await;
    let process = running.process.expect("a process");
    assert!(Command::new("kill").args(["-9", &process.to_string()]).status().expect("kill").success());
    let back = until(&legs, "good", |leg| leg.state == LegState::Running && leg.process != Some(process)).await;
    assert_eq!((back.restarts, back.problem), (1, None));

    shutdown.begin();
    shutdown.drain(DEADLINE).await.expect("all legs end");
    let process = back.process.expect("a process").to_string();
    let gone = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while Path::new("/proc").join(&process).join("cmdline").exists() {
            tick.tick().await;
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.expect("the child ends with its supervisor");
    threads.stop();
}
