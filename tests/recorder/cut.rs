//! A part that was signed for is that part alone, as it was recorded, and appears only when it is whole.

use crate::{
    finalise, manifest,
    media::{Seen, flashes_and_ticks},
    meeting::Meeting,
};
use std::path::Path;
use yunling::recorder::{
    finalising::{Failure, Summary, Trouble},
    io::{
        archive,
        finaliser::{self, FinaliserSettings},
    },
    journal::EndReason,
};

fn cut(folder: &Path, name: &str, part: (u64, u64)) -> Result<Summary, Failure> {
    let settings = FinaliserSettings {
        program: env!("CARGO_BIN_EXE_yunling").into(),
        pipelines: "gst-pipelines".into(),
        registry: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(finaliser::cut(&settings, folder, name, part))
}

fn seen(folder: &Path, name: &str) -> Seen {
    flashes_and_ticks(&archive::cut_folder(folder, name).join("meeting.mp4"))
}

#[test]
fn a_part_begins_and_ends_where_it_was_signed_for_and_stays_in_step() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut meeting = Meeting::new();
    meeting.stage(0, Some("hall")).source("hall", 30, &[]).write(folder, EndReason::Stopped);
    finalise(folder).unwrap();
    assert_eq!(manifest(folder).picture, "copied");
    // From between two key frames, which come each second, to the middle of a second.
    let summary = cut(folder, "s1", (4_300, 20_500)).unwrap();
    let entry = archive::cut(folder, "s1").unwrap().expect("is there");
    assert!((4_300..5_400).contains(&entry.from_ms), "never before what was signed for: {entry:?}");
    assert!(entry.from_ms + entry.length_ms <= 20_500 && summary.length_ms == entry.length_ms, "{entry:?}");
    assert!(entry.length_ms > 14_900, "and not much less: {entry:?}");
    let found = archive::hashed(&archive::cut_folder(folder, "s1").join("meeting.mp4")).unwrap();
    assert_eq!((found.bytes, found.sha256), (entry.bytes, entry.sha256));
    let part = seen(folder, "s1");
    assert_eq!(part.sizes, [(320, 180)]);
    assert!((15..=16).contains(&part.flashes.len()), "one a second: {:?}", part.flashes);
    for flash in &part.flashes[1..] {
        let off = part.ticks.iter().map(|tick| (tick - flash).abs()).fold(f64::INFINITY, f64::min);
        assert!(off <= 0.040, "the tick is {off:.3} s from the flash at {flash}: {:?}", part.ticks);
    }
    assert_eq!(archive::verify_files(folder).unwrap(), Some(vec![]), "the recording itself is as it was");
    assert!(!folder.join("parts.new").exists());

    // To the very end, and once more over what is there.
    let rest = cut(folder, "s1", (15_000, 30_000)).unwrap();
    assert!((14_000..=15_000).contains(&rest.length_ms), "{rest:?}");

    let none = cut(folder, "s2", (30_100, 40_100)).unwrap_err();
    assert_eq!(none.trouble, Trouble::Proof, "nothing is there: {none:?}");
    assert!(archive::cut(folder, "s2").unwrap().is_none() && !folder.join("parts.new").exists());
    let gone = cut(&folder.join("nowhere"), "s3", (0, 10_000)).unwrap_err();
    assert_eq!(gone.trouble, Trouble::Pipeline, "there is nothing to read: {gone:?}");
}
