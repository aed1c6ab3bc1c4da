//! What recording costs: processor time of the journal and of composing, and what a power cut takes. Some minutes, and the cut needs
//! root for its disk: `make soak`.

use crate::{finalise, is_soak, manifest, media::Coding, meeting::Meeting, pieces::follow_until};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    fs,
    io::Write as _,
    mem::MaybeUninit,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use yunling::{
    recorder::{
        io::{archive, writer},
        journal::{EndReason, Segment},
    },
    relay::{
        media::Role,
        pipe,
        tap::record::{self, Head, Kind},
    },
};

/// What the journal takes, bytes a second: 2 Mb/s.
const RATE: u64 = 250_000;

/// A worker sends what it has so often.
const TICK: Duration = Duration::from_millis(20);

/// A recorder's process, and this test as its worker.
struct Recorder {
    child: Child,
    worker: Socket,
    serial: u64,
}

impl Recorder {
    fn start(folder: &Path, socket: &Path) -> Self {
        let listener = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
        listener.bind(&SockAddr::unix(socket).unwrap()).unwrap();
        listener.listen(1).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
        let mut child = command.arg("__recorder").stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let job = json!({
            "folder": folder, "recording": "r1", "meeting": "council", "title": "防汛会商", "content_place": "corner",
            "run": 7, "socket": socket, "secret": vec![5; 16], "free_bytes_min": 0, "segment_seconds": 60,
        });
        writeln!(child.stdin.as_mut().unwrap(), "{job}").unwrap();
        let (worker, _) = listener.accept().unwrap();
        worker.recv(&mut [MaybeUninit::uninit(); pipe::HEADER_BYTES + 16]).unwrap();
        Self { child, worker, serial: 0 }
    }

    /// Sends what 2 Mb/s are for so long, as it comes.
    fn records(&mut self, span: Duration) {
        let began = Instant::now();
        let mut sent = 0;
        while began.elapsed() < span {
            let due = began.elapsed().as_micros() as u64 * RATE / 1_000_000;
            let mut message = Vec::new();
            while sent + (message.len() as u64) < due && message.len() < 30_000 {
                self.serial += 1;
                let head = Head { kind: Kind::Rtp, track: 1, serial: self.serial, at_ns: now_ns() };
                message.extend(record::made(head, &[self.serial as u8; 1000]));
            }
            if !message.is_empty() {
                sent += self.worker.send(&message).unwrap() as u64;
            }
            // Paces: a worker hands over what it has each tick.
            thread::sleep(TICK);
        }
    }

    /// Seconds that all its threads were on a processor.
    fn seconds(&self) -> f64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let on_processor = threads.map(|thread| {
            let text = fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
            text.split(' ').next().unwrap().parse::<u64>().unwrap()
        });
        on_processor.sum::<u64>() as f64 / 1e9
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

#[test]
fn the_journal_costs_a_hundredth_of_a_core_for_two_megabits() {
    if !is_soak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::start(&folder.path().join("r1"), &folder.path().join("worker.sock"));
    recorder.records(Duration::from_secs(2));
    let before = recorder.seconds();
    recorder.records(Duration::from_secs(30));
    let percent = (recorder.seconds() - before) / 30.0 * 100.0;
    println!("journal: {percent:.2} % of a core for 2 Mb/s (bar 1 %, ratio {:.2})", percent);
    assert!(percent <= 1.0, "{percent}");
}

#[test]
fn four_venues_and_content_are_composed_in_36_seconds_a_minute() {
    const PIECE_SECONDS: u64 = 64;
    if !is_soak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // A piece is made once so much more of the meeting is there that nothing of it can still change.
    let seconds = PIECE_SECONDS + 24;
    let mut meeting = Meeting::new();
    for (number, venue) in ["hall", "town", "village", "province"].into_iter().enumerate() {
        meeting.stage(number as u64 * 16_000, Some(venue));
        meeting.picture(venue, Role::Main, Coding::H264, 1280, 0..seconds, &[]).sound(venue, seconds, &[]);
    }
    meeting.picture("hall", Role::Content, Coding::H264, 1280, 0..seconds, &[]);
    meeting.write(folder.path(), EndReason::Stopped);
    let before = children_seconds();
    follow_until(folder.path(), PIECE_SECONDS, PIECE_SECONDS * 1000);
    let composed = (children_seconds() - before) * 60.0 / PIECE_SECONDS as f64;
    println!("composed: {composed:.1} CPU-seconds a minute, read back too (bar 36, ratio {:.2})", composed / 36.0);
    // Each source's own file, read in full, is no part of composing: told, but without a bar.
    finalise(folder.path()).unwrap();
    let all = (children_seconds() - before) * 60.0 / seconds as f64;
    println!("all of finalising: {all:.1} CPU-seconds a minute");
    assert_eq!(manifest(folder.path()).picture, "composed: content");
    assert!(composed <= 36.0, "{composed}");
}

/// Seconds that children of this process, which have ended, were on a processor.
fn children_seconds() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    // cutime and cstime (proc(5)), in hundredths of a second.
    fields.split_whitespace().skip(13).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// A disk of its own: ext4 on a loop device, whose blocks are in a file.
struct Disk {
    blocks: PathBuf,
    place: PathBuf,
}

impl Disk {
    fn made(folder: &Path, name: &str) -> Self {
        let blocks = folder.join(format!("{name}.img"));
        fs::File::create(&blocks).unwrap().set_len(64 << 20).unwrap();
        done(Command::new("mkfs.ext4").arg("-q").arg(&blocks));
        Self::mounted(blocks, folder.join(name))
    }

    fn mounted(blocks: PathBuf, place: PathBuf) -> Self {
        fs::create_dir(&place).unwrap();
        done(Command::new("mount").args(["-o", "loop"]).arg(&blocks).arg(&place));
        Self { blocks, place }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

fn done(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}; it needs root");
}

#[test]
fn a_power_cut_takes_two_seconds_at_most() {
    if !is_soak() {
        return;
    }
    let mut worst: f64 = 0.0;
    for cut in 0..8_u64 {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::made(folder.path(), "disk");
        let mut recorder = Recorder::start(&disk.place.join("r1"), &folder.path().join("worker.sock"));
        // Never at the same moment of its syncing.
        recorder.records(Duration::from_millis(6_000 + cut * 370));
        recorder.signal(Signal::SIGSTOP);
        let at_ns = now_ns();
        // The blocks as the disk has them now; what the kernel still holds is gone.
        let blocks = folder.path().join("after.img");
        fs::copy(&disk.blocks, &blocks).unwrap();
        drop(recorder);
        let after = Disk::mounted(blocks, folder.path().join("after"));
        let recording = after.place.join("r1");
        writer::close_left(&recording).unwrap();
        let verdict = archive::verify(&recording).unwrap();
        assert_eq!(verdict.findings, [], "{}", verdict.text());
        let (_, segment) = archive::segments(&recording).unwrap().pop().unwrap();
        let bytes = fs::read(segment).unwrap();
        let packets = Segment::open(&bytes).unwrap().1.filter(|record| record.head.kind == Kind::Rtp);
        let last_ns = packets.map(|record| record.head.at_ns).max().unwrap();
        let lost = at_ns.saturating_sub(last_ns) as f64 / 1e9;
        println!("power cut {cut}: {lost:.2} s lost");
        worst = worst.max(lost);
    }
    println!("power cut: at worst {worst:.2} s lost (bar 2 s)");
    assert!(worst <= 2.0, "{worst}");
}
