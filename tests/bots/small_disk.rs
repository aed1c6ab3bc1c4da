//! A disk with no room for recordings: none is begun, and the book goes on.

use crate::{kills, program};
use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};
use yunling::{
    bot::signalling,
    http::wire::{Status, WireRecorderState},
};

/// How many acts are tried.
const ACTS: usize = 25;

#[tokio::test]
async fn on_a_disk_that_is_too_full_to_record_every_act_is_still_written_into_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let (mut config, settings) = program::settings(folder.path());
    let (small, kept) = (folder.path().join("data"), folder.path().join("kept"));
    std::fs::create_dir(&small).unwrap();
    config.data.folder = kept.clone();
    kills::prepare(&config).await;

    // In a mount namespace of its own its data lies on a disk of 48 MiB: recordings leave 2 GiB free for the book, and get nothing.
    let script = "mount -t tmpfs -o size=48m none \"$1\" || exit 99; cp -r \"$2/.\" \"$1\"; \"$0\" serve --demo --config \"$3\" & \
                  server=$!; read -r _; kill $server; wait $server; \"$0\" verify audit --config \"$3\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, env!("CARGO_BIN_EXE_yunling")]);
    command.args([&small, &kept, &settings]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let client = signalling::client(Some(&kept.join("certs/ca.crt"))).unwrap();
    let at = |path: &str| format!("https://127.0.0.1:{}{path}", config.http.https_port);
    let refused = async {
        loop {
            let status = async { client.get(at("/api/status")).send().await.ok()?.json::<Status>().await.ok() }.await;
            let recordings = status.iter().flat_map(|status| &status.meetings).filter_map(|one| one.recording.as_ref());
            if recordings.into_iter().any(|recording| recording.state == WireRecorderState::DiskFull) {
                return;
            }
            // Polls: the server is starting.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), refused).await.expect("the recording is refused for want of room");

    for act in 0..ACTS {
        let body = format!("{{\"login\":\"nobody{act}\",\"password\":\"Wrong-Password-1\"}}");
        let login = client.post(at("/api/login")).header("sec-fetch-site", "same-origin");
        let login = login.header("content-type", "application/json");
        let answer = login.body(body).send().await.unwrap();
        // Never 503: what can't be written down is not done, not even looked at.
        assert!([401, 429].contains(&answer.status().as_u16()), "act {act}: {}", answer.status());
    }
    child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && said.contains("The book is whole"), "{said}");
    let entries = said.split(" records, ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    assert!(entries.is_some_and(|entries| entries >= ACTS), "{said}");
}
