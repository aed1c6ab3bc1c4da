//! Thousands of log-ins with wrong passwords at once: the lock holds, whoever else works here notices nothing, and memory stays.

use crate::program::{self, Program};
use reqwest::{Certificate, Client, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Addresses that they come from: as many as a county has desks.
const ADDRESSES: u8 = 100;

/// Wrong passwords of one name from one address until it is locked there.
const UNTIL_LOCKED: usize = 5;

/// How much more memory it may have in use than with the same connections and no log-in yet, what the C library keeps of what was
/// freed included; and after the second half of the flood than after the first.
const GROWTH_KIB_MAX: u64 = 128 * 1024;
const LATE_GROWTH_KIB_MAX: u64 = 16 * 1024;

/// Nobody waits longer for anything else, of a hundred requests ninety-nine.
const OTHERS_P99_MAX: Duration = Duration::from_millis(200);

const LIMIT: Duration = Duration::from_secs(120);

/// A browser at this address.
fn browser(ca: &Path, address: Ipv4Addr) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = Certificate::from_pem_bundle(&std::fs::read(ca).unwrap()).unwrap();
    let builder = Client::builder().no_proxy().timeout(LIMIT).local_address(IpAddr::V4(address));
    builder.tls_certs_only(roots).build().unwrap()
}

/// What an attempt is answered: its status and the kind of problem.
async fn attempt(browser: &Client, url: &str, login: &str, password: &str) -> (StatusCode, String) {
    let ask = browser.post(format!("{url}/api/login")).header("sec-fetch-site", "same-origin");
    let answer = ask.json(&json!({ "login": login, "password": password })).send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    (status, body["type"].as_str().unwrap_or_default().trim_start_matches("urn:yunling:problem:").to_owned())
}

/// How long a wrong password of this name takes to be refused, in the middle, from addresses that are not locked yet.
async fn middle(ca: &Path, url: &str, login: &str, network: u8) -> Duration {
    let mut took = Vec::new();
    for host in 1..=31 {
        let browser = browser(ca, Ipv4Addr::new(127, 0, network, host));
        assert!(browser.get(format!("{url}/readyz")).send().await.unwrap().status().is_success());
        let began = Instant::now();
        let (status, kind) = attempt(&browser, url, login, "Wrong-Password-1").await;
        took.push(began.elapsed());
        assert_eq!((status.as_u16(), kind.as_str()), (401, "login.wrong"));
    }
    took.sort_unstable();
    took[took.len() / 2]
}

/// The account's new one-time password.
fn password_of(login: &str, settings: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
    let said = command.args(["user", "passwd", login, "--config"]).arg(settings).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// Asks who it is every few milliseconds, as a page does when it opens, until it is told to end; how long each took.
async fn others(browser: Client, url: String, ends: Arc<AtomicBool>) -> Vec<Duration> {
    let mut took = Vec::new();
    while !ends.load(Ordering::Relaxed) {
        let began = Instant::now();
        let answer = browser.get(format!("{url}/api/me")).send().await.unwrap();
        assert!(answer.status().is_success() || answer.status() == StatusCode::UNAUTHORIZED, "{}", answer.status());
        took.push(began.elapsed());
        // Paces: somebody who works, not another flood.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_log_ins_locks_who_sends_it_and_holds_nobody_else_up() {
    let is_soak = std::env::var_os("SOAK").is_some();
    let attempts = if is_soak { 10_000 } else { 1_000 };
    let folder = tempfile::tempdir().unwrap();
    let (config, settings) = program::settings(folder.path());
    let server = Program::start(&settings);
    let (ca, url) = (config.data.folder.join("certs/ca.crt"), format!("https://127.0.0.1:{}", config.http.https_port));
    let began = Instant::now();
    let desk = loop {
        if ca.exists() {
            let desk = browser(&ca, Ipv4Addr::LOCALHOST);
            if desk.get(format!("{url}/readyz")).send().await.is_ok_and(|ready| ready.status().is_success()) {
                break desk;
            }
        }
        assert!(began.elapsed() < LIMIT, "it does not start");
        // Polls: it is another process.
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let password = password_of("admin", &settings);
    let ends = Arc::new(AtomicBool::new(false));
    let work = tokio::spawn(others(desk.clone(), url.clone(), Arc::clone(&ends)));
    let flood: Vec<_> = (1..=ADDRESSES).map(|host| browser(&ca, Ipv4Addr::new(127, 0, 7, host))).collect();
    let mut answers: BTreeMap<(u16, String), usize> = BTreeMap::new();
    let mut resident = vec![server.resident_kib()];
    for client in &flood {
        assert!(client.get(format!("{url}/readyz")).send().await.unwrap().status().is_success());
    }
    resident.push(server.resident_kib());
    for _ in 0..2 {
        let mut each = tokio::task::JoinSet::new();
        for client in &flood {
            let (client, url) = (client.clone(), url.clone());
            each.spawn(async move {
                let mut said = Vec::new();
                for _ in 0..attempts / 2 / usize::from(ADDRESSES) {
                    said.push(attempt(&client, &url, "admin", "Wrong-Password-1").await);
                }
                said
            });
        }
        for (status, kind) in each.join_all().await.into_iter().flatten() {
            *answers.entry((status.as_u16(), kind)).or_default() += 1;
        }
        resident.push(server.resident_kib());
    }
    ends.store(true, Ordering::Relaxed);
    let mut took = work.await.unwrap();
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100];
    println!(
        "{attempts} log-ins in {:.1} s: {answers:?}; {} others, p99 {p99:?}, longest {:?}; {resident:?} KiB in use",
        began.elapsed().as_secs_f64(),
        took.len(),
        took.last().unwrap(),
    );
    let wrong = answers.get(&(401, "login.wrong".to_owned())).copied().unwrap_or_default();
    assert!(wrong <= UNTIL_LOCKED * usize::from(ADDRESSES), "no more are looked at than lock: {answers:?}");
    assert!(answers.keys().all(|(status, _)| matches!(status, 401 | 429 | 503)), "{answers:?}");
    let (status, kind) = attempt(&flood[0], &url, "admin", &password).await;
    assert_eq!((status.as_u16(), kind.starts_with("login.") || kind.starts_with("request.")), (429, true), "{kind}");
    assert_eq!(attempt(&desk, &url, "admin", &password).await.0, StatusCode::OK, "who owns it gets in from its desk");
    let [_, connected, half, ended] = resident[..] else { unreachable!("before, connected, and two halves") };
    let stays = ended.saturating_sub(connected) < GROWTH_KIB_MAX && ended.saturating_sub(half) < LATE_GROWTH_KIB_MAX;
    assert!(stays, "{resident:?} KiB");
    if is_soak {
        let times = [middle(&ca, &url, "admin", 8).await, middle(&ca, &url, "nobody77", 9).await];
        let ratio = times[0].as_secs_f64() / times[1].as_secs_f64();
        println!("a wrong password of a name that is there {:?}, and of one that is not {:?}", times[0], times[1]);
        assert!((0.95..1.05).contains(&ratio), "the time tells which names exist: {times:?}");
    }
    // A bar of time stands where machines are quiet.
    assert!(!is_soak || p99 <= OTHERS_P99_MAX, "{p99:?}");
}
