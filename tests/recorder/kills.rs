//! A finaliser that is killed at any moment leaves no half-made file, and the next one makes them all.

use crate::{
    finalise,
    keep::keep,
    manifest,
    media::flashes_and_ticks,
    meeting::{Accident, Meeting},
};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};
use yunling::{
    leg::io::library,
    recorder::{
        finalising::{Job, Report},
        io::archive,
        journal::EndReason,
    },
};

/// Starts a finaliser and kills it once it tells that it is so far; whether it was killed before its end.
fn killed_at(folder: &Path, percent: u8) -> bool {
    let pipelines = library::finalising(Path::new("gst-pipelines"));
    let pipelines: BTreeMap<_, _> = pipelines.into_iter().map(|(name, text)| (name, text.unwrap())).collect();
    let job = Job::Make { folder: folder.to_owned(), pipelines };
    let mut child = Command::new(env!("CARGO_BIN_EXE_yunling"))
        .arg("__finalise")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Held open: its end would end the process.
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", serde_json::to_string(&job).unwrap()).unwrap();
    let reports = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut said = reports.filter_map(|line| serde_json::from_str::<Report>(&line).ok());
    let last = said.find(|report| !matches!(report, Report::Progress { percent: now } if *now < percent));
    // One that is done already is not harmed.
    child.kill().unwrap();
    let was_killed = child.wait().unwrap().code().is_none();
    assert!(!matches!(last, None | Some(Report::Failed(_))), "{last:?}");
    was_killed
}

#[test]
fn six_kills_of_the_finaliser_leave_nothing_half_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut meeting = Meeting::new();
    meeting.stage(0, Some("hall")).source("hall", 8, &[Accident::Size]).write(path, EndReason::Stopped);
    let journal = archive::verify(path).unwrap();
    let kills = if crate::is_soak() { 67 } else { 6 };
    let mut killed = 0;
    for number in 0..kills {
        killed += u32::from(killed_at(path, (number * 97 % kills * 100 / kills) as u8));
        if let Some(differences) = archive::verify_files(path).unwrap() {
            assert_eq!(differences, [], "what is there is whole");
        }
        if number == kills / 2 {
            finalise(path).unwrap();
        }
        assert_eq!(archive::verify_files(path).unwrap().is_some(), number >= kills / 2, "kill {number}");
    }
    assert!(killed > kills as u32 / 2, "{killed} of {kills} came before the end");
    let before = manifest(path);
    finalise(path).unwrap();
    assert_eq!(archive::verify_files(path).unwrap(), Some(vec![]));
    assert_eq!(archive::verify(path).unwrap(), journal, "the journal is never touched");
    assert_eq!(manifest(path).journal, before.journal);
    let left: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    let seen = flashes_and_ticks(&path.join("files/meeting.mp4"));
    assert_eq!((seen.flashes.len(), seen.ticks.len()), (8, 8), "{seen:?}");
    keep(path, "finaliser");
}

#[test]
fn rebuild_makes_the_files_again_and_verify_names_the_one_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    Meeting::new().stage(0, Some("hall")).source("hall", 4, &[]).write(path, EndReason::Stopped);
    let say = |arguments: &[&str]| {
        let said = Command::new(env!("CARGO_BIN_EXE_yunling")).args(arguments).arg(path).output().unwrap();
        (said.status.code(), String::from_utf8(said.stdout).unwrap() + &String::from_utf8(said.stderr).unwrap())
    };
    let (code, text) = say(&["verify", "recording"]);
    assert!(code == Some(0) && text.contains("还没有生成成品文件"), "{code:?} {text}");
    let (code, text) = say(&["rebuild"]);
    assert!(code == Some(0) && text.contains("0 处缺口"), "{code:?} {text}");
    let (code, text) = say(&["verify", "recording"]);
    assert!(code == Some(0) && text.contains("成品文件与清单一致"), "{code:?} {text}");
    std::fs::write(path.join("files/poster.jpg"), "another").unwrap();
    std::fs::write(path.join("files/more.txt"), "more").unwrap();
    let (code, text) = say(&["verify", "recording"]);
    assert!(code == Some(1) && text.contains("poster.jpg 与清单") && text.contains("more.txt 不在"), "{code:?} {text}");
    assert_eq!(say(&["rebuild"]).0, Some(0));
    assert_eq!(say(&["verify", "recording"]).0, Some(0));
}
