//! Pieces of a programme are made while its journal still grows, each plays by itself, and joined they are the whole.

use crate::{
    finalise, manifest,
    media::flashes_and_ticks,
    meeting::{Accident, Meeting},
    whole::in_step,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};
use yunling::{
    leg::io::library,
    recorder::{
        finalising::{Job, Report},
        io::archive,
        journal::EndReason,
        pieces::{self, Coding, Piece, ns_of},
    },
};

const PIECE_SECONDS: u64 = 5;

/// Long enough for a machine that is busy.
const LIMIT: Duration = Duration::from_secs(180);

/// Has somebody follow the recording until pieces of so many seconds are there up to this moment, and kills them.
pub(crate) fn follow_until(folder: &Path, piece_seconds: u64, until_ms: u64) {
    let texts = library::finalising(Path::new("gst-pipelines"));
    let pipelines: BTreeMap<_, _> = texts.into_iter().map(|(name, text)| (name, text.unwrap())).collect();
    let job = Job::Follow { folder: folder.to_owned(), pipelines, piece_seconds, free_bytes_min: 0 };
    let mut command = Command::new(env!("CARGO_BIN_EXE_yunling"));
    let mut child = command.arg("__finalise").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Held open: its end would end the process.
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", serde_json::to_string(&job).unwrap()).unwrap();
    // One that waits for more than there is would wait for ever.
    let (ends, ended) = mpsc::channel::<()>();
    let process = Pid::from_raw(child.id().try_into().unwrap());
    let watch = thread::spawn(move || {
        if ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            kill(process, Signal::SIGKILL).unwrap();
        }
    });
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut said = Vec::new();
    for line in lines {
        said.push(line);
        match serde_json::from_str(said.last().unwrap()) {
            Ok(Report::Composed { until_ms: now }) if now >= until_ms => {
                drop(ends);
                watch.join().unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
                return;
            }
            Ok(Report::Failed(failure)) => panic!("{failure:?}"),
            _ => {}
        }
    }
    panic!("it ended: {said:?}");
}

/// The pieces that can be played; each is read, and they follow each other.
fn playable(folder: &Path) -> Vec<Piece> {
    let index = archive::pieces(folder).unwrap().expect("there are pieces");
    let pieces: Vec<_> = index.playable().into_iter().cloned().collect();
    for piece in &pieces {
        let seen = flashes_and_ticks(&folder.join(pieces::FOLDER).join(&piece.file));
        let (from_ns, to_ns) = piece.span_ns();
        let seconds = (to_ns - from_ns) as f64 / 1e9;
        assert!((seen.seconds - seconds).abs() < 0.1 && seen.frames == piece.pictures, "{piece:?} {seen:?}");
        assert!(seen.ticks.len().abs_diff(seconds as usize) <= 1, "{piece:?} {seen:?}");
    }
    pieces
}

#[test]
fn pieces_of_a_running_recording_are_joined_untouched_whoever_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let seconds = 44;
    let mut meeting = Meeting::new();
    let records = meeting.stage(0, Some("hall")).source("hall", seconds, &[Accident::Skew]).records();
    let half = meeting.count_until(26_000);
    let mut growing = crate::meeting::Growing::begin(path);
    growing.write(&records[..half]);
    follow_until(path, PIECE_SECONDS, 4_500);
    let early = playable(path);
    growing.write(&records[half..]);
    follow_until(path, PIECE_SECONDS, 14_000);
    let pieces = playable(path);
    assert_eq!(pieces[..early.len()], early, "what is there stays");
    assert!(pieces.iter().all(|piece| piece.coding == Coding::Copied), "{pieces:?}");
    growing.close(EndReason::Stopped);
    let summary = finalise(path).unwrap();
    assert!(summary.whole && archive::verify_files(path).unwrap() == Some(vec![]), "{summary:?}");
    assert!(archive::pieces(path).unwrap().is_none(), "they are joined, and gone");
    let seen = flashes_and_ticks(&path.join("files/meeting.mp4"));
    assert_eq!((manifest(path).picture.as_str(), seen.frames), ("copied", seconds * 25));
    in_step(&seen, seconds, &[Accident::Skew]);
}

#[test]
fn what_was_copied_is_composed_from_the_beginning_when_it_has_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let seconds = 48;
    let mut meeting = Meeting::new();
    let records = meeting.stage(0, Some("hall")).source("hall", seconds, &[Accident::Size]).records();
    let half = meeting.count_until(23_900);
    let mut growing = crate::meeting::Growing::begin(path);
    growing.write(&records[..half]);
    follow_until(path, PIECE_SECONDS, 4_500);
    assert_eq!(playable(path)[0].coding, Coding::Copied);
    growing.write(&records[half..]);
    // Now it has two sizes.
    follow_until(path, PIECE_SECONDS, 9_500);
    let pieces = playable(path);
    assert!(pieces[..2].iter().all(|piece| piece.coding == Coding::Composed), "{pieces:?}");
    assert_eq!(pieces[1].span_ns().0, ns_of(pieces::blocks(PIECE_SECONDS)));
    growing.close(EndReason::Stopped);
    finalise(path).unwrap();
    let seen = flashes_and_ticks(&path.join("files/meeting.mp4"));
    assert_eq!((&seen.sizes[..], seen.frames.abs_diff(seconds * 25) < 10), (&[(1280, 720)][..], true), "{seen:?}");
    in_step(&seen, seconds, &[Accident::Size]);
}
