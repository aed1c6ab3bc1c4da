//! Recordings: begun with a meeting of the county's own, by hand otherwise; a recorder that is killed, a server that ends, a relay
//! that is gone and a disk that is full cost no more than what was under way, and leave a journal that says so.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::disallowed_methods, reason = "packets come in real time")]

use crate::{
    keep::keep,
    server::{Server, operator, refused},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    mem::MaybeUninit,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use yunling::{
    app::MeetingFault,
    domain::{
        role::Role,
        stage::{Heard, Stage},
    },
    http::wire::{
        PlayEntry, RecorderStatus, RecordingDetail, RecordingEntry, RecordingPage, WireFailureKind, WireRecorderState,
        WireRecordingState,
    },
    id::MeetingId,
    recorder::{
        io::archive,
        journal::EndReason,
        verify::{Finding, Verdict},
    },
    relay::{
        io::handle::LegOffer,
        media::Role as MediaRole,
        pipe,
        tap::{
            Track,
            record::{self, Head, Kind},
        },
    },
};

fn council() -> MeetingId {
    "council".parse().unwrap()
}

/// Sound that comes into the meeting every 5 ms until it is dropped.
struct Sound {
    ends: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}

/// Feeds the meeting as a link's process does.
async fn sound(server: &Server, heard: Heard) -> Sound {
    let stage = Stage { on_air: None, with_sound: false, heard };
    server.running.app.set_stage(&council(), stage).await.expect("is put on air");
    let socket = link(server, "sound").await;
    let ends = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&ends);
    let thread = thread::spawn(move || {
        for seq in 0_u16.. {
            if ended.load(Ordering::Relaxed) || !speaks(&socket, seq, 80) {
                return;
            }
            // Paces: sound has a speed of its own.
            thread::sleep(Duration::from_millis(5));
        }
    });
    Sound { ends, thread: Some(thread) }
}

/// A message of a link's process.
fn message(kind: pipe::Kind, body: &[u8]) -> Vec<u8> {
    [&pipe::header(kind, pipe::TRACK_AUDIO, 0)[..], body].concat()
}

/// Sends a packet of sound of so many bytes.
pub(crate) fn speaks(socket: &Socket, seq: u16, bytes: usize) -> bool {
    let mut packet = vec![0x80, pipe::TRACK_AUDIO];
    packet.extend(seq.to_be_bytes());
    packet.extend((u32::from(seq) * 240).to_be_bytes());
    packet.extend([0, 0, 0, 7]);
    packet.resize(packet.len() + bytes, 0xfc);
    socket.send(&message(pipe::Kind::Rtp, &packet)).is_ok()
}

/// A link that sends sound, connected to the meeting's room.
async fn link(server: &Server, name: &str) -> Socket {
    link_to(server, &council(), name).await
}

/// The same, of another meeting.
pub(crate) async fn link_to(server: &Server, meeting: &MeetingId, name: &str) -> Socket {
    let offer = LegOffer {
        room: server.running.app.room_of(meeting).expect("on air"),
        session: name.parse().unwrap(),
        leg: name.parse().unwrap(),
        participant: name.parse().unwrap(),
        name: "一楼会议室".to_owned(),
        role: MediaRole::Main,
        video: None,
        audio: true,
    };
    let ticket = server.running.relay.attach_leg(offer).await.expect("is attached");
    let socket = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    socket.connect(&SockAddr::unix(&ticket.socket).unwrap()).unwrap();
    socket.send(&message(pipe::Kind::Hello, &ticket.secret)).unwrap();
    socket
}

pub(crate) async fn list(server: &Server, cookie: &str) -> Vec<RecordingEntry> {
    let page: RecordingPage = server.ask("GET", "/api/recordings", cookie).send().await.unwrap().json().await.unwrap();
    page.entries
}

/// Waits until the one recording that runs is as it should be.
async fn wait_for(server: &Server, cookie: &str, is: impl Fn(&RecorderStatus) -> bool) -> RecorderStatus {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let now = list(server, cookie).await.into_iter().find_map(|entry| entry.now);
        match now {
            Some(now) if is(&now) => return now,
            now => assert!(Instant::now() < until, "it is {now:?}"),
        }
        // Polls: the recorder's process tells once a second.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn writes(now: &RecorderStatus) -> bool {
    now.state == WireRecorderState::Writing && now.bytes > 0
}

fn verify(server: &Server, entry: &RecordingEntry) -> Verdict {
    archive::verify(&server.data().join("recordings").join(&entry.id)).expect("can be read")
}

async fn tell(server: &Server, cookie: &str, path: &str) {
    let answer = server.tell("POST", path, cookie, &json!({})).send().await.unwrap();
    assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
}

const START: &str = "/api/meetings/council/recording/start";
const STOP: &str = "/api/meetings/council/recording/stop";

/// Sends a signal to the recorder's process.
async fn signal(server: &Server, signal: Signal) {
    let process = server.running.app.snapshot(Instant::now()).await.meetings.remove(0).recording.unwrap().process;
    kill(Pid::from_raw(process.expect("it runs").try_into().unwrap()), signal).expect("takes a signal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_stands_still_holds_no_meeting_up_and_what_is_dropped_is_listed() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let _sound = sound(&server, Heard::All).await;
    wait_for(&server, &op, writes).await;
    // As when the disk takes nothing: the process does not read, the ring fills.
    signal(&server, Signal::SIGSTOP).await;
    let flood = link(&server, "flood").await;
    let sent = thread::spawn(move || (0..14_000).filter(|&seq| speaks(&flood, seq, 1100)).count());
    assert_eq!(sent.join().unwrap(), 14_000, "the meeting takes all of it");
    signal(&server, Signal::SIGCONT).await;
    let now = wait_for(&server, &op, |now| now.lost > 0).await;
    assert_eq!((now.state, now.restarts), (WireRecorderState::Writing, 0), "{now:?}");
    tell(&server, &op, STOP).await;
    let entry = finished(&server, &op).await;
    assert_eq!(entry.state, WireRecordingState::Incomplete, "{entry:?}");
    let detail = format!("/api/recordings/{}", entry.id);
    let detail: RecordingDetail = server.ask("GET", &detail, &op).send().await.unwrap().json().await.unwrap();
    let listed: u64 = detail.gaps.iter().filter_map(|gap| gap.lost).sum();
    let verdict = verify(&server, &entry);
    assert_eq!(verdict.gaps.iter().filter_map(|gap| gap.lost).sum::<u64>(), listed, "{}", verdict.text());
    assert!(listed > 1_000 && verdict.packets + listed > 14_000, "{listed} are listed, {}", verdict.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_recorder_is_behind_when_its_meeting_closes_is_written_before_its_files_are_made() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let fed = sound(&server, Heard::All).await;
    wait_for(&server, &op, writes).await;
    signal(&server, Signal::SIGSTOP).await;
    let process = server.running.app.snapshot(Instant::now()).await.meetings.remove(0).recording.unwrap().process;
    let flood = link(&server, "flood").await;
    assert_eq!((0..3_000).filter(|&seq| speaks(&flood, seq, 1100)).count(), 3_000);
    // Its recorder stands still for longer than a meeting's end waits.
    server.running.app.close_meeting(&operator(), &council()).await.expect("closes");
    drop((fed, flood));
    let entry = list(&server, &op).await.remove(0);
    assert_eq!(entry.state, WireRecordingState::Finalising);
    kill(Pid::from_raw(process.unwrap().try_into().unwrap()), Signal::SIGCONT).expect("takes a signal");
    let entry = finished(&server, &op).await;
    let verdict = verify(&server, &entry);
    assert_eq!((verdict.reason(), verdict.gaps.len()), (Some(EndReason::Stopped), 0), "{}", verdict.text());
    assert!(verdict.packets >= 3_000 && entry.state == WireRecordingState::Ready, "{entry:?} {}", verdict.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_an_operator_marks_becomes_a_chapter() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let _sound = sound(&server, Heard::All).await;
    wait_for(&server, &op, writes).await;
    let app = &server.running.app;
    app.mark_recording(&operator(), &council(), " 县长讲话 ").await.expect("is marked");
    let refused = app.mark_recording(&operator(), &council(), "\n").await;
    assert!(matches!(refused, Err(MeetingFault::Mark(_))), "{refused:?}");
    tell(&server, &op, STOP).await;
    let refused = app.mark_recording(&operator(), &council(), "太晚").await;
    assert!(matches!(refused, Err(MeetingFault::NotRecorded)), "{refused:?}");
    let entry = finished(&server, &op).await;
    let chapters = server.data().join("recordings").join(&entry.id).join("files/chapters.vtt");
    let chapters = std::fs::read_to_string(chapters).unwrap();
    assert!(chapters.contains("\n标记：县长讲话\n"), "{chapters}");
}

#[tokio::test(flavor = "multi_thread")]
async fn six_kills_of_its_recorder_cost_a_recording_little_and_hide_nothing() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let _sound = sound(&server, Heard::All).await;
    // It runs since the meeting was opened; to begin twice is to begin once.
    tell(&server, &op, START).await;
    wait_for(&server, &op, writes).await;
    // Ten times the bar where machines are busy with other tests.
    let (all, gap_ns_max) = if std::env::var_os("SOAK").is_some() { (67, 100_000_000) } else { (6, 1_000_000_000) };
    for kills in 1..=all {
        signal(&server, Signal::SIGKILL).await;
        wait_for(&server, &op, |now| now.restarts == kills && writes(now)).await;
    }
    tell(&server, &op, STOP).await;
    let entries = list(&server, &op).await;
    assert!(entries.len() == 1 && entries[0].now.is_none() && entries[0].ended_at_ms.is_some(), "{entries:?}");
    let verdict = verify(&server, &entries[0]);
    assert_eq!((verdict.findings.len(), u64::from(verdict.segments)), (0, all + 1), "{}", verdict.text());
    assert_eq!(verdict.reason(), Some(EndReason::Stopped));
    assert!(verdict.packets > 200 && verdict.tracks.len() == 1, "{}", verdict.text());
    // What was under way between two processes.
    let longest = verdict.gaps.iter().map(|gap| gap.to_ns - gap.from_ns).max().unwrap_or(0);
    assert!(longest < gap_ns_max && verdict.gaps.len() as u64 <= all, "{}", verdict.text());
    assert!(verdict.gaps.iter().all(|gap| gap.lost.is_some()), "the tap counted on: {}", verdict.text());
    let entry = finished(&server, &op).await;
    assert_eq!(entry.failure, None);
    keep(&server.data().join("recordings").join(&entry.id), "recorder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_goes_on_after_a_restart_and_ends_with_its_meeting() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let fed = sound(&server, Heard::All).await;
    wait_for(&server, &op, writes).await;
    drop(fed);
    let server = server.again().await;
    wait_for(&server, &op, writes).await;
    server.running.app.close_meeting(&operator(), &council()).await.expect("closes");
    let entry = list(&server, &op).await.remove(0);
    assert!(entry.ended_at_ms.is_some());
    let verdict = verify(&server, &entry);
    assert_eq!((&verdict.findings[..], verdict.segments), (&[][..], 2), "{}", verdict.text());
    assert!(matches!(verdict.gaps[..], [gap] if gap.lost.is_none() && gap.from_ns < gap.to_ns), "{}", verdict.text());
    assert_eq!(verdict.reason(), Some(EndReason::Stopped));
    let problem = server.tell("POST", START, &op, &json!({}));
    refused(problem, 409, "meeting.not_on_air").await;
}

/// Waits until the recording's files are made, or can't be.
async fn finished(server: &Server, cookie: &str) -> RecordingEntry {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let entry = list(server, cookie).await.remove(0);
        if !matches!(entry.state, WireRecordingState::Recording | WireRecordingState::Finalising) {
            return entry;
        }
        assert!(Instant::now() < until, "it is {entry:?}");
        // Polls: another process makes them.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_over_is_finished_and_can_be_played_in_parts() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let clerk = server.person("clerk", &[Role::Clerk]).await;
    let _sound = sound(&server, Heard::All).await;
    wait_for(&server, &op, |now| now.bytes > 40_000).await;
    let running = list(&server, &clerk).await.remove(0);
    assert_eq!(running.state, WireRecordingState::Recording);
    assert!(running.bytes >= Some(40_000), "as it lies on the disk: {running:?}");
    let again = format!("/api/recordings/{}/finalise", running.id);
    refused(server.tell("POST", &again, &clerk, &json!({})), 409, "recording.busy").await;
    tell(&server, &op, STOP).await;
    let entry = finished(&server, &clerk).await;
    assert_eq!((entry.state, entry.gaps), (WireRecordingState::Ready, Some(0)), "{entry:?}");
    let path = format!("/api/recordings/{}", entry.id);
    let detail: RecordingDetail = server.ask("GET", &path, &clerk).send().await.unwrap().json().await.unwrap();
    assert_eq!((detail.entry.length_ms, detail.gaps.len()), (entry.length_ms, 0));
    let programme = detail.files.iter().find(|file| file.kind == "programme").expect("there is one");
    let why = json!({ "purpose": "检查录制质量" });
    let playing = server.tell("POST", &format!("{path}/plays"), &clerk, &why).send().await.unwrap();
    let PlayEntry { play } = playing.json().await.unwrap();
    let file = format!("/api/plays/{play}/{}", programme.name);
    let get = |range: &'static str| server.ask("GET", &file, &clerk).header("range", range).send();
    let whole = server.ask("GET", &file, &clerk).send().await.unwrap();
    assert_eq!(
        (whole.status(), whole.headers()["content-type"].as_bytes()),
        (reqwest::StatusCode::OK, &b"video/mp4"[..])
    );
    let tag = whole.headers()["etag"].clone();
    let whole = whole.bytes().await.unwrap();
    assert_eq!(whole.len() as u64, programme.bytes);
    let part = get("bytes=4-11").await.unwrap();
    assert_eq!((part.status().as_u16(), &part.bytes().await.unwrap()[..]), (206, &whole[4..12]));
    assert_eq!(&whole[4..8], b"ftyp", "it is an MP4");
    let last = get("bytes=-5").await.unwrap();
    let range = format!("bytes {}-{}/{}", whole.len() - 5, whole.len() - 1, whole.len());
    assert_eq!(last.headers()["content-range"].to_str().unwrap(), range);
    assert_eq!(&last.bytes().await.unwrap()[..], &whole[whole.len() - 5..]);
    let outside = get("bytes=999999999-").await.unwrap();
    assert_eq!((outside.status().as_u16(), outside.headers().contains_key("content-range")), (416, true));
    // A part of what it was before is not sent.
    let other = server.ask("GET", &file, &clerk).header("range", "bytes=4-11").header("if-range", "\"other\"");
    assert_eq!(other.send().await.unwrap().status(), 200);
    let known = server.ask("GET", &file, &clerk).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(known.status(), 304);
    for made_up in ["manifest.json", "..%2fjournal%2f000001.rtpj", "../journal/000001.rtpj", "none.mp4"] {
        let answer = server.ask("GET", &format!("/api/plays/{play}/{made_up}"), &clerk).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{made_up}");
    }
    // It can be had again; meanwhile what is there can be played.
    tell(&server, &clerk, &again).await;
    assert_eq!(get("bytes=4-7").await.unwrap().status(), 206);
    assert_eq!(finished(&server, &clerk).await.state, WireRecordingState::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_due_are_made_after_a_restart_and_what_cannot_be_made_says_why() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let fed = sound(&server, Heard::All).await;
    wait_for(&server, &op, writes).await;
    let entry = list(&server, &op).await.remove(0);
    let folder = server.data().join("recordings").join(&entry.id);
    drop(fed);
    tell(&server, &op, STOP).await;
    let server = server.again().await;
    assert_eq!(finished(&server, &op).await.state, WireRecordingState::Ready);
    // A journal without anything in it, as when the disk was exchanged.
    for (_, segment) in archive::segments(&folder).unwrap() {
        std::fs::remove_file(segment).unwrap();
    }
    tell(&server, &op, &format!("/api/recordings/{}/finalise", entry.id)).await;
    let entry = finished(&server, &op).await;
    let failure = entry.failure.expect("it says why");
    assert_eq!((entry.state, failure.kind), (WireRecordingState::Failed, WireFailureKind::Empty), "{}", failure.detail);
    assert!(folder.join("files/meeting.mp4").exists(), "what was there is there still");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_microphone_is_closed_for_the_recording_too() {
    let server = Server::strict().await;
    let op = server.person("op", &[Role::Operator]).await;
    let _sound = sound(&server, Heard::Nobody).await;
    wait_for(&server, &op, writes).await;
    tell(&server, &op, STOP).await;
    let verdict = verify(&server, &list(&server, &op).await[0]);
    assert_eq!((verdict.packets, verdict.tracks.len()), (0, 1), "{}", verdict.text());
}

/// A recorder's process, and this test as its relay.
struct Recorder {
    child: Child,
    reports: BufReader<std::process::ChildStderr>,
    socket: Socket,
    folder: PathBuf,
}

impl Recorder {
    /// Starts one through `sh`, after these commands of its.
    fn start(folder: &Path, before: &str) -> Self {
        let path = folder.join("worker.sock");
        let _ = std::fs::remove_file(&path);
        let listener = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
        listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
        listener.listen(1).unwrap();
        let recording = folder.join("r1");
        let mut child = Command::new("sh")
            .args(["-c", &format!("{before} exec \"$0\" __recorder"), env!("CARGO_BIN_EXE_yunling")])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let job = json!({
            "folder": recording, "recording": "r1", "meeting": "council", "title": "防汛会商", "content_place": "corner", "run": 7,
            "socket": path, "secret": vec![5; 16], "free_bytes_min": 0, "segment_seconds": 60,
        });
        writeln!(child.stdin.as_mut().unwrap(), "{job}").unwrap();
        let (socket, _) = listener.accept().unwrap();
        let mut hello = [MaybeUninit::uninit(); 64];
        assert_eq!(socket.recv(&mut hello).unwrap(), pipe::HEADER_BYTES + 16);
        let reports = BufReader::new(child.stderr.take().unwrap());
        Self { child, reports, socket, folder: recording }
    }

    /// The next of its reports of this kind.
    fn says(&mut self, kind: &str) {
        loop {
            let mut line = String::new();
            assert!(self.reports.read_line(&mut line).unwrap() > 0, "it ended without saying {kind}");
            if line.contains(&format!("\"{kind}\"")) {
                return;
            }
        }
    }

    fn send(&self, serial: u64) -> bool {
        let head = Head { kind: Kind::Rtp, track: 1, serial, at_ns: serial * 1_000_000 };
        self.socket.send(&record::made(head, &[serial as u8; 1000])).is_ok()
    }

    fn verdict(&self) -> Verdict {
        archive::verify(&self.folder).expect("can be read")
    }
}

#[test]
fn a_relay_that_is_gone_leaves_a_closed_journal() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::start(folder.path(), "");
    (1..=50).for_each(|serial| assert!(recorder.send(serial)));
    recorder.says("writing");
    recorder.socket.shutdown(std::net::Shutdown::Both).unwrap();
    recorder.says("relay_lost");
    assert!(recorder.child.wait().unwrap().success());
    let verdict = recorder.verdict();
    assert_eq!((verdict.packets, verdict.reason()), (50, Some(EndReason::RelayLost)), "{}", verdict.text());
    assert!(verdict.findings.is_empty() && verdict.gaps.is_empty(), "{}", verdict.text());
}

#[test]
fn a_full_disk_ends_a_recording_in_good_order_and_keeps_all_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    // The kernel refuses what goes beyond 128 KiB, as a full disk does.
    let mut recorder = Recorder::start(folder.path(), "ulimit -f 256; trap '' XFSZ;");
    let mut sent = 0;
    while sent < 1000 && recorder.send(sent + 1) {
        sent += 1;
    }
    recorder.says("full");
    assert!(recorder.child.wait().unwrap().success());
    let verdict = recorder.verdict();
    assert!(verdict.findings.is_empty() && verdict.gaps.is_empty(), "{}", verdict.text());
    assert_eq!(verdict.reason(), Some(EndReason::DiskFull), "{}", verdict.text());
    assert!((100..=127).contains(&verdict.packets), "{}", verdict.text());
}

#[test]
fn verify_says_in_words_what_is_whole_and_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::start(folder.path(), "");
    let track = br#"{"participant":"hall","name":"X","role":"main","codec":"opus"}"#;
    serde_json::from_slice::<Track>(track).expect("as the tap writes it");
    let begin = Head { kind: Kind::Track, track: 1, serial: 1, at_ns: 1 };
    recorder.socket.send(&record::made(begin, track)).unwrap();
    (2..=20).chain(30..=40).for_each(|serial| assert!(recorder.send(serial)));
    let stop = Head { kind: Kind::Stop, track: 0, serial: 41, at_ns: 41_000_000 };
    recorder.socket.send(&record::made(stop, &[])).unwrap();
    recorder.says("stopped");
    let say = || {
        let said = Command::new(env!("CARGO_BIN_EXE_yunling"))
            .args(["verify", "recording"])
            .arg(&recorder.folder)
            .output()
            .unwrap();
        (said.status.code(), String::from_utf8(said.stdout).unwrap())
    };
    let (code, text) = say();
    assert_eq!(code, Some(0), "{text}");
    for part in ["防汛会商", "30 个数据包", "缺 9 条", "已正常结束", "已写入的内容完好，有 1 处缺口"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let segment = archive::segments(&recorder.folder).unwrap().remove(0).1;
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let (code, text) = say();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("起损坏或被截断，此前内容完好") && text.contains("发现 1 处问题"), "{text}");
    assert!(matches!(recorder.verdict().findings[..], [Finding::Segment { .. }]));
}
