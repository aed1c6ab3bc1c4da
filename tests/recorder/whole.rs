//! What is on air becomes a programme whose picture and sound belong together, whatever happened on the way.

use crate::{
    finalise, manifest,
    media::{Coding, Seen, colour, flashes_and_ticks},
    meeting::{ACCIDENTS, Accident, Meeting},
};
use yunling::{
    recorder::{finalising::Trouble, io::archive, journal::EndReason, manifest::FileKind},
    relay::{media::Role, tap::record::Kind},
};

/// A meeting of one source with these accidents, finalised; what its programme holds.
fn programme(seconds: u64, accidents: &[Accident]) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let mut meeting = Meeting::new();
    meeting.stage(0, Some("hall")).source("hall", seconds, accidents).write(folder.path(), EndReason::Stopped);
    let summary = finalise(folder.path()).unwrap();
    assert!(summary.length_ms.abs_diff(seconds * 1000) < 1000 && summary.whole, "{summary:?}");
    assert_eq!(archive::verify_files(folder.path()).unwrap(), Some(vec![]));
    let manifest = manifest(folder.path());
    let composed = accidents.contains(&Accident::Size);
    assert_eq!(manifest.picture.starts_with("composed"), composed, "{}", manifest.picture);
    flashes_and_ticks(&folder.path().join("files/meeting.mp4"))
}

/// Asserts that every flash has its tick within 40 ms, and that they are all there.
pub(crate) fn in_step(seen: &Seen, seconds: u64, accidents: &[Accident]) {
    let has = |accident| accidents.contains(&accident);
    let gap = has(Accident::Gap);
    let middle = seconds as f64 / 2.0;
    let expected = (0..seconds).filter(|&second| {
        let in_gap = gap && (middle - 0.5..middle + 10.5).contains(&(second as f64));
        !(in_gap || has(Accident::Late) && second < 6)
    });
    let mut worst: f64 = 0.0;
    for second in expected {
        let near = |moments: &[f64]| {
            let off = |moment: &f64| (moment - second as f64).abs();
            moments.iter().copied().min_by(|one, other| off(one).total_cmp(&off(other))).unwrap_or(f64::INFINITY)
        };
        let (flash, tick) = (near(&seen.flashes), near(&seen.ticks));
        assert!((flash - second as f64).abs() < 0.3, "second {second}: no flash near, {flash} {:?}", seen.flashes);
        let off = tick - flash;
        worst = if off.abs() > worst.abs() { off } else { worst };
        assert!(off.abs() <= 0.040, "second {second}: the tick is {off:.3} s after the flash, {accidents:?}");
    }
    println!("{accidents:?}: at worst {:.1} ms", worst * 1000.0);
    assert!((seen.seconds - seconds as f64).abs() < 1.0, "{}", seen.seconds);
}

#[test]
fn a_skewed_microphone_and_a_late_camera_stay_in_step() {
    let accidents = [Accident::Skew, Accident::Late];
    in_step(&programme(60, &accidents), 60, &accidents);
}

#[test]
fn another_ssrc_and_repaired_loss_stay_in_step() {
    let accidents = [Accident::Ssrc, Accident::Loss];
    let seen = programme(60, &accidents);
    in_step(&seen, 60, &accidents);
    assert_eq!((&seen.sizes[..], seen.frames), (&[(320, 180)][..], 1500), "every picture, untouched");
}

#[test]
fn another_size_and_a_gap_stay_in_step() {
    let accidents = [Accident::Size, Accident::Gap];
    let seen = programme(60, &accidents);
    in_step(&seen, 60, &accidents);
    assert_eq!(seen.sizes, [(1280, 720)]);
    assert!((150..=250).contains(&seen.black), "{} of 250 pictures of the gap are black", seen.black);
}

#[test]
fn every_pair_of_accidents_stays_in_step() {
    // The whole table takes some minutes: `make soak`.
    if !crate::is_soak() {
        return;
    }
    for (number, one) in ACCIDENTS.iter().enumerate() {
        for other in &ACCIDENTS[number + 1..] {
            let accidents = [*one, *other];
            in_step(&programme(60, &accidents), 60, &accidents);
        }
    }
    in_step(&programme(1800, &[Accident::Skew]), 1800, &[Accident::Skew]);
}

#[test]
fn content_with_who_speaks_in_its_corner_and_another_venue_become_one_programme() {
    let folder = tempfile::tempdir().unwrap();
    let mut meeting = Meeting::new();
    meeting.stage(0, Some("hall")).stage(10_000, Some("town")).stage(18_000, None);
    meeting.source("hall", 20, &[]);
    meeting.picture("town", Role::Main, Coding::Vp8, 320, 10..18, &[]);
    meeting.picture("town", Role::Content, Coding::H264, 640, 14..16, &[]);
    meeting.put(16_000, Kind::TrackEnd, 4, Vec::new()).write(folder.path(), EndReason::RelayLost);
    let summary = finalise(folder.path()).unwrap();
    assert!(!summary.whole && summary.gaps == 0, "a recording that was cut off is not whole: {summary:?}");
    let manifest = manifest(folder.path());
    assert_eq!(manifest.picture, "composed: content");
    let names: Vec<_> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    for name in ["chapters.vtt", "meeting.mp4", "poster.jpg", "sprite.jpg", "sprite.vtt"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let originals: Vec<_> = manifest.files.iter().filter(|file| file.kind == FileKind::Original).collect();
    assert_eq!(originals.len(), 4, "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("content-picture.mp4")), "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("picture.webm")), "{names:?}");
    let chapters = std::fs::read_to_string(folder.path().join("files/chapters.vtt")).unwrap();
    assert!(chapters.contains("播出：会场 town") && chapters.contains("辅流开始：会场 town"), "{chapters}");
    let seen = flashes_and_ticks(&folder.path().join("files/meeting.mp4"));
    assert_eq!((&seen.sizes[..], seen.ticks.len()), (&[(1280, 720)][..], 20), "{seen:?}");
    assert!((20..=80).contains(&seen.black), "nobody is on air at the end: {}", seen.black);
}

#[test]
fn content_stands_beside_who_speaks_if_the_journal_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut meeting = Meeting::new();
    meeting.beside().stage(0, Some("hall")).source("hall", 12, &[]);
    meeting.picture("town", Role::Content, Coding::H264, 640, 4..8, &[]);
    meeting.put(8_000, Kind::TrackEnd, 3, Vec::new()).write(folder.path(), EndReason::Stopped);
    finalise(folder.path()).unwrap();
    let seen = flashes_and_ticks(&folder.path().join("files/meeting.mp4"));
    assert!((90..=110).contains(&seen.barred), "for four seconds there is black above and below: {seen:?}");
}

#[test]
fn a_camera_that_is_kept_is_an_original_from_its_first_picture_and_in_the_programme_while_it_is_on_air() {
    let folder = tempfile::tempdir().unwrap();
    let mut meeting = Meeting::new();
    meeting.stage(0, None).stage(4_000, Some("hall")).source("hall", 10, &[]).write(folder.path(), EndReason::Stopped);
    finalise(folder.path()).unwrap();
    let manifest = manifest(folder.path());
    let camera = manifest.files.iter().find(|file| file.name.ends_with("picture.mp4")).expect("its own file");
    assert_eq!((manifest.picture.as_str(), camera.from_ms.map(|ms| ms / 100)), ("copied", Some(0)), "{camera:?}");
    let seen = flashes_and_ticks(&folder.path().join("files/meeting.mp4"));
    assert_eq!((seen.flashes.len(), seen.ticks.len()), (6, 10), "{seen:?}");
}

#[test]
fn colours_stay_what_they_were_when_a_small_picture_is_composed() {
    let folder = tempfile::tempdir().unwrap();
    let mut meeting = Meeting::new();
    meeting.stage(0, Some("hall")).source("hall", 4, &[Accident::Size]).write(folder.path(), EndReason::Stopped);
    finalise(folder.path()).unwrap();
    let manifest = manifest(folder.path());
    let sent = manifest.files.iter().find(|file| file.name.ends_with("picture.mp4")).expect("the camera's own");
    let [sent, composed] =
        [sent.name.as_str(), "meeting.mp4"].map(|name| colour(&folder.path().join("files").join(name)));
    let off = sent.iter().zip(composed).map(|(one, other)| one.abs_diff(other)).max();
    assert!(off < Some(6), "{sent:?} became {composed:?}");
}

#[test]
fn a_journal_without_anything_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    Meeting::new().write(folder.path(), EndReason::Stopped);
    let failure = finalise(folder.path()).unwrap_err();
    assert_eq!((failure.trouble, failure.detail.as_str()), (Trouble::Empty, "the journal holds nothing"));
}
