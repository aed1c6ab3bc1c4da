//! `kill -9` of the whole server while it records a publisher who comes again: what that costs the recording.

use crate::{
    keep::keep,
    program::{self, Program, now_ns},
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tokio::sync::watch;
use yunling::{
    app::{NewToken, make_token, token::TokenKey},
    bot::{local_towards, native::Publisher, signalling},
    config::Config,
    domain::{
        access::{Actor, LoggedIn, Pen, TokenRole},
        meeting::{Arrangement, Kind as MeetingKind, Meeting, PictureCodec, Plan},
        opening::Opening,
        role::Role,
        stage::{Heard, Stage},
    },
    recorder::{
        io::{
            archive,
            finaliser::{self, FinaliserSettings},
        },
        journal::Segment,
        verify::Verdict,
    },
    relay::{media::Codec, tap::record::Kind},
    serve,
    shutdown::Shutdown,
    store::Store,
};

const MEETING: &str = "council";

/// A meeting that is on air and recorded, as a server leaves it behind: the token of whoever is on air in it.
pub(crate) async fn prepare(config: &Config) -> String {
    let running = serve::start(config, false, Shutdown::new()).await.unwrap();
    let starts = SystemTime::now();
    let plan = Plan {
        title: "防汛会商".to_owned(),
        starts,
        ends: starts + Duration::from_secs(3600),
        kind: MeetingKind::Own,
        codec: PictureCodec::H264,
        venues: Vec::new(),
        arrangement: Arrangement::default(),
        opening: Opening::of(MeetingKind::Own),
    };
    let id = MEETING.parse().unwrap();
    running.app.keep_meeting(&Meeting::planned(MEETING.parse().unwrap(), plan)).await.unwrap();
    let operator = Actor::User(LoggedIn {
        account: "test".parse().unwrap(),
        participant: "u-test".parse().unwrap(),
        roles: [Role::Operator].into_iter().collect(),
        must_change_password: false,
        must_enrol: false,
        pen: Pen::NotTheirs,
    });
    running.app.open_meeting(&operator, &id).await.unwrap();
    let key = TokenKey::load_or_make(&config.data.folder.join("token.secret")).unwrap();
    let lasts = Duration::from_secs(3600);
    let store = Store::open(&config.data.folder.join("yunling.sqlite")).await.unwrap();
    let (role, made_by) = (TokenRole::Publisher, "test".to_owned());
    let new = NewToken { meeting: MEETING.parse().unwrap(), role, ttl: lasts, name: "水务局", made_by };
    let (_, token) = make_token(&store, &key, new, SystemTime::now()).await.unwrap();
    store.close().await.unwrap();
    let participant = running.app.holder(&token, SystemTime::now()).await.unwrap().actor.participant().cloned();
    let stage = Stage { on_air: participant, with_sound: true, heard: Heard::Nobody };
    running.app.set_stage(&id, stage).await.unwrap();
    running.drain().await;
    token
}

/// Publishes until it is dropped; tells how many pictures and when the first was sent.
async fn publish(url: &str, token: &str, ca: &PathBuf, told: &watch::Sender<(u64, u64)>) {
    loop {
        let once = async {
            let client = signalling::client(Some(ca)).ok()?;
            let mut publisher = Publisher::new(local_towards(url).await.ok()?, Codec::H264, 7).await.ok()?;
            let offer = publisher.offer().await.ok()?;
            let (_session, answer) =
                signalling::Session::open(client, url, Some(token.to_owned()), offer).await.ok()?;
            publisher.accept(answer).await.ok()?;
            let (sent, mut seen) = watch::channel((0, 0));
            let count = async {
                while seen.changed().await.is_ok() {
                    let pictures = seen.borrow().0;
                    told.send_modify(|told| {
                        *told = (pictures, if told.1 == 0 && pictures > 0 { now_ns() } else { told.1 });
                    });
                }
            };
            tokio::select! {
                _ = publisher.send(&sent) => {}
                () = count => {}
            }
            Some(())
        };
        once.await;
        // The server is not there yet.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Arrivals of packets in each run of the tap, first and last, in the order in which the runs were.
fn runs(folder: &Path) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64, u64)> = Vec::new();
    for (_, path) in archive::segments(folder).unwrap() {
        let bytes = fs::read(path).unwrap();
        let Ok((head, records)) = Segment::open(&bytes) else { continue };
        for record in records.filter(|record| record.head.kind == Kind::Rtp) {
            match runs.last_mut() {
                Some(run) if run.0 == head.run => run.2 = record.head.at_ns,
                _ => runs.push((head.run, record.head.at_ns, record.head.at_ns)),
            }
        }
    }
    runs.into_iter().map(|(_, first, last)| (first, last)).collect()
}

/// The journal of the one recording there is.
fn recording(config: &Config) -> PathBuf {
    let recordings = fs::read_dir(config.data.folder.join("recordings")).unwrap();
    recordings.map(|entry| entry.unwrap().path()).next().expect("there is one")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_costs_its_recording_a_moment_and_the_gap_is_listed() {
    let is_soak = std::env::var_os("SOAK").is_some();
    let folder = tempfile::tempdir().unwrap();
    let (config, settings) = program::settings(folder.path());
    let token = prepare(&config).await;
    let url = format!("https://127.0.0.1:{}/whip/{MEETING}", config.http.https_port);
    let ca = config.data.folder.join("certs/ca.crt");
    let mut server = Program::start(&settings);
    let kills = if is_soak { 67 } else { 2 };
    // When each was killed, and when the publisher first sent something afterwards.
    let mut truth = Vec::new();
    for number in 0..=kills {
        let (told, mut seen) = watch::channel((0, 0));
        let patience = Duration::from_secs(60);
        // A second or two, never the same moment of its syncing and sending.
        let enough = 25 + number * 17 % 40;
        let sent = tokio::select! {
            () = publish(&url, &token, &ca, &told) => unreachable!("it goes on"),
            sent = tokio::time::timeout(patience, seen.wait_for(|told| told.0 >= enough)) => *sent.expect("it comes again").unwrap(),
        };
        if number > 0 {
            truth.last_mut().map(|(_, again): &mut (u64, u64)| *again = sent.1).unwrap();
        }
        if number < kills {
            truth.push((server.killed(), 0));
        }
    }
    drop(server);
    let path = recording(&config);
    yunling::recorder::io::writer::close_left(&path).unwrap();
    let verdict: Verdict = archive::verify(&path).unwrap();
    let (runs, gaps) = (runs(&path), &verdict.gaps);
    assert_eq!(verdict.findings, [], "{}", verdict.text());
    // The one before was a server that only prepared the meeting.
    let gaps = &gaps[gaps.len() - truth.len()..];
    assert_eq!((runs.len(), gaps.len()), (truth.len() + 1, truth.len()), "{}", verdict.text());
    let ms = |ns: u64| ns as f64 / 1e6;
    let (mut lost_max, mut late_max): (f64, f64) = (0.0, 0.0);
    for (((killed, again), gap), pair) in truth.iter().zip(gaps).zip(runs.windows(2)) {
        let [(_, last), (first, _)] = *pair else { unreachable!("windows of two") };
        let lost = ms(killed.saturating_sub(last));
        let late = ms(first.saturating_sub(*again));
        (lost_max, late_max) = (lost_max.max(lost), late_max.max(late));
        println!("killed: {lost:.0} ms lost before, recording goes on {late:.0} ms after the first packet");
        // Both ends of the gap that is listed: what came last before, and that it was recorded again before anything came.
        assert!(gap.lost.is_none() && gap.from_ns.abs_diff(last) <= 50_000_000, "{gap:?} {last}");
        assert!(gap.to_ns <= first && gap.to_ns >= *killed, "{gap:?} {first}");
    }
    println!(
        "{} kills of the server: at worst {lost_max:.0} ms before and {late_max:.0} ms after are missing",
        truth.len()
    );
    // Ten times the bars where machines are busy with other tests.
    let (before, after) = if is_soak { (100.0, 1000.0) } else { (1000.0, 10_000.0) };
    assert!(lost_max <= before && late_max <= after, "{lost_max} ms before, {late_max} ms after");
    if !is_soak {
        // What is left of it is finished as any other.
        return;
    }
    let settings = FinaliserSettings {
        program: env!("CARGO_BIN_EXE_yunling").into(),
        pipelines: "gst-pipelines".into(),
        registry: None,
    };
    let summary = finaliser::make(&settings, &path, |_| {}).await.unwrap();
    assert!(summary.gaps as usize >= truth.len() && summary.length_ms > 1000, "{summary:?}");
    assert_eq!(archive::verify_files(&path).unwrap(), Some(vec![]));
    keep(&path, "server");
}
