//! Thousands of viewers come and go: the server keeps neither memory nor descriptors of them.

use crate::program::{self, Program};
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Viewers of one rush, and the time in which they come: as fast as one address may join.
const RUSH: usize = 200;
const WITHIN_S: u64 = 4;

/// Rushes after which everything has been needed once.
const WARM: usize = 10;

/// What the memory in use may grow by from the first rushes after those to the last, KiB: less than a tenth of what one viewer needs
/// for each that came.
const GROWTH_KIB_MAX: i64 = 4 * 1024;

const PATIENCE: Duration = Duration::from_secs(60);

/// One rush, from the program's own command; its summary.
fn rush(url: &str, ca: &Path, viewers: usize) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
    command.args(["bot", "audience", "--url", url, "--seconds", "1"]).arg("--ca").arg(ca);
    command.args(["--viewers", &viewers.to_string(), "--within", &WITHIN_S.to_string()]);
    let said = command.stderr(Stdio::inherit()).output().unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.into_iter().find(|line| line["summary"] == true).unwrap_or_else(|| panic!("no summary: {text}"))
}

/// The middle of these.
fn middle(of: &[i64]) -> i64 {
    let mut sorted = of.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn thousands_of_viewers_that_come_and_go_leave_neither_memory_nor_descriptors() {
    let is_soak = std::env::var_os("SOAK").is_some();
    let (rushes, viewers) = if is_soak { (50 + WARM, RUSH) } else { (3, 50) };
    let folder = tempfile::tempdir().unwrap();
    let (config, settings) = program::settings(folder.path());
    let server = Program::demonstration(&settings);
    let (ca, url) =
        (config.data.folder.join("certs/ca.crt"), format!("https://127.0.0.1:{}/whep/demo", config.http.https_port));
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", config.http.https_port)).is_err() {
        assert!(began.elapsed() < PATIENCE, "it does not start");
        // Polls: it is another process.
        std::thread::sleep(Duration::from_millis(50));
    }
    let (mut baseline, mut memory, mut failed) = (None, Vec::new(), 0);
    for number in 0..rushes {
        let seen = rush(&url, &ca, viewers);
        failed += seen["failed"].as_u64().unwrap() + seen["refused"].as_u64().unwrap();
        assert!(seen["viewers"].as_u64().unwrap() > 0, "{seen}");
        // The first tells how many are open when nobody watches: those of the demonstration itself come late.
        let settled = Instant::now();
        let mut open = server.descriptors();
        while settled.elapsed() < PATIENCE && baseline.is_none_or(|baseline| open > baseline) {
            // Polls: connections are closed by the other process.
            std::thread::sleep(Duration::from_millis(100));
            open = server.descriptors();
            if baseline.is_none() && settled.elapsed() > Duration::from_secs(5) {
                baseline = Some(open);
            }
        }
        assert!(
            baseline.is_some_and(|baseline| open <= baseline),
            "rush {number}: {open} are open, {baseline:?} before"
        );
        memory.push(server.resident_kib() as i64);
    }
    println!(
        "{} joins, {failed} failed; KiB in use after each {viewers}: {memory:?}; {baseline:?} descriptors",
        rushes * viewers
    );
    assert_eq!(failed, 0);
    if is_soak {
        let (first, last) = (middle(&memory[WARM..WARM + 10]), middle(&memory[rushes - 10..]));
        assert!(last - first <= GROWTH_KIB_MAX, "{first} KiB, then {last}");
    }
}
