//! A small disk that gets full, for the recorder and for the finaliser: what was written plays, and nothing half-made is left.

use crate::{finalise, media::flashes_and_ticks, meeting::Meeting};
use serde_json::json;
use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    collections::BTreeMap,
    io::Write as _,
    mem::MaybeUninit,
    path::Path,
    process::{Command, Stdio},
};
use yunling::{
    leg::io::library,
    recorder::{
        finalising::{Job, Report, Trouble},
        io::archive,
        journal::EndReason,
    },
    relay::pipe,
};

/// A shell in a mount namespace of its own, where `$1` is a disk of so many kilobytes; `$0` is the program.
fn on_a_small_disk(kilobytes: u64, then: &str, arguments: &[&Path]) -> Command {
    let script = format!("mount -t tmpfs -o size={kilobytes}k none \"$1\" || exit 99; {then}");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", &script, env!("CARGO_BIN_EXE_yunling")]).args(arguments);
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_disk_that_gets_full_ends_a_recording_in_order_and_what_was_written_plays() {
    let folder = tempfile::tempdir().unwrap();
    let [small, kept, socket] = ["small", "kept", "worker.sock"].map(|name| folder.path().join(name));
    std::fs::create_dir(&small).unwrap();
    let listener = Socket::new(Domain::UNIX, Type::SEQPACKET, None).unwrap();
    listener.bind(&SockAddr::unix(&socket).unwrap()).unwrap();
    listener.listen(1).unwrap();
    // What lies on that disk is gone with its namespace.
    let then = "\"$0\" __recorder; code=$?; cp -r \"$1/r1\" \"$2\"; exit $code";
    let mut child = on_a_small_disk(320, then, &[&small, &kept]).spawn().unwrap();
    let job = json!({
        "folder": small.join("r1"), "recording": "r1", "meeting": "council", "title": "防汛会商", "content_place": "corner", "run": 7,
        "socket": socket, "secret": vec![5; 16], "free_bytes_min": 0, "segment_seconds": 5,
    });
    writeln!(child.stdin.as_mut().unwrap(), "{job}").unwrap();
    let (worker, _) = listener.accept().unwrap();
    worker.recv(&mut [MaybeUninit::uninit(); pipe::HEADER_BYTES + 16]).unwrap();
    let records = Meeting::new().stage(0, Some("hall")).source("hall", 60, &[]).records();
    let sent = records.iter().take_while(|record| worker.send(record).is_ok()).count();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("\"full\""), "{said}");
    assert!(sent < records.len(), "all of it fitted");
    let verdict = archive::verify(&kept).unwrap();
    assert_eq!((verdict.findings.len(), verdict.gaps.len()), (0, 0), "{}", verdict.text());
    // To the very last byte: its End may have found no room.
    assert!(matches!(verdict.reason(), None | Some(EndReason::DiskFull)), "{}", verdict.text());
    let summary = finalise(&kept).unwrap();
    assert!(!summary.whole && summary.length_ms > 10_000, "{summary:?}");
    let seen = flashes_and_ticks(&kept.join("files/meeting.mp4"));
    let seconds = summary.length_ms as usize / 1000;
    assert!(seen.flashes.len() >= seconds && seen.ticks.len() >= seconds, "{summary:?} {seen:?}");
}

#[test]
fn a_disk_that_gets_full_while_files_are_made_is_named_and_leaves_none() {
    let folder = tempfile::tempdir().unwrap();
    let [small, journal] = ["small", "r1"].map(|name| folder.path().join(name));
    std::fs::create_dir(&small).unwrap();
    Meeting::new().stage(0, Some("hall")).source("hall", 20, &[]).write(&journal, EndReason::Stopped);
    let bytes = archive::verify(&journal).unwrap().bytes;
    let pipelines = library::finalising(Path::new("gst-pipelines"));
    let pipelines: BTreeMap<_, _> = pipelines.into_iter().map(|(name, text)| (name, text.unwrap())).collect();
    let job = Job::Make { folder: small.join("r1"), pipelines };
    // The journal and half of what is made of it.
    let then = "cp -r \"$2\" \"$1/r1\" && \"$0\" __finalise; ls \"$1/r1\"; \"$0\" verify recording \"$1/r1\"";
    let mut command = on_a_small_disk(bytes * 3 / 2 / 1024, then, &[&small, &journal]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.as_mut().unwrap(), "{}", serde_json::to_string(&job).unwrap()).unwrap();
    // Its stdin stays open until it has ended.
    let stdin = child.stdin.take();
    let ended = child.wait_with_output().unwrap();
    drop(stdin);
    let [said, told] = [&ended.stdout, &ended.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let last = told.lines().filter_map(|line| serde_json::from_str::<Report>(line).ok()).next_back();
    let Some(Report::Failed(failure)) = last else { panic!("{told}\n{said}") };
    assert_eq!(failure.trouble, Trouble::DiskFull, "{failure:?}");
    assert!(!said.lines().any(|line| line.starts_with("files")), "{said}");
    assert!(ended.status.success() && said.contains("完好，没有缺口"), "{said}");
}
