//! A recording's folder, read.

use crate::recorder::{
    journal,
    verify::{Check, Verdict},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of the segments in a recording's folder.
#[must_use]
pub fn journal_folder(recording: &Path) -> PathBuf {
    recording.join("journal")
}

/// The segments of a recording with their numbers, in order.
///
/// # Errors
///
/// If the folder can't be read.
pub fn segments(recording: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(journal_folder(recording))? {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(journal::segment_of);
        found.extend(number.map(|number| (number, path)));
    }
    found.sort();
    Ok(found)
}

/// Reads all of a recording's journal and finds out what is whole. One segment at a time is in memory.
///
/// # Errors
///
/// If a file can't be read; what is wrong inside one is in the verdict.
pub fn verify(recording: &Path) -> io::Result<Verdict> {
    let mut check = Check::default();
    for (number, path) in segments(recording)? {
        let bytes = fs::read(&path)?;
        check.segment(number, &journal::file_name(number), &bytes);
    }
    Ok(check.verdict())
}
