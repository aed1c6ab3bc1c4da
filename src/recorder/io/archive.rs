//! A recording's folder, read.

use crate::recorder::{
    finalising::CutEntry,
    journal,
    manifest::{self, Difference, Found, Manifest},
    pieces::{self, Index},
    trial::Trial,
    verify::{Check, Verdict},
};
use ring::digest::{Context, SHA256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, ErrorKind, Read as _},
    path::{Path, PathBuf},
};

/// The folder of the finished files, in a recording's folder.
pub const FILES: &str = "files";

/// The folder of parts that were cut, in a recording's folder.
pub const PARTS: &str = "parts";

/// What is written beside a part.
pub const CUT_ENTRY: &str = "part.json";

/// The folder of a part in a recording's folder.
#[must_use]
pub fn cut_folder(recording: &Path, name: &str) -> PathBuf {
    recording.join(PARTS).join(name)
}

/// A part that was cut; `None` if there is none of that name.
///
/// # Errors
///
/// If it is there and can't be read.
pub fn cut(recording: &Path, name: &str) -> io::Result<Option<CutEntry>> {
    match fs::read(cut_folder(recording, name).join(CUT_ENTRY)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

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

/// Bytes of a recording's journal as they lie on the disk; what can't be looked at counts nothing.
#[must_use]
pub fn journal_bytes(recording: &Path) -> u64 {
    let segments = segments(recording).unwrap_or_default();
    segments.iter().filter_map(|(_, path)| Some(fs::metadata(path).ok()?.len())).sum()
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

/// Reads all of a trial recording's journal, which is short enough to be in memory at once.
///
/// # Errors
///
/// If a file can't be read.
pub fn trial(recording: &Path) -> io::Result<Trial> {
    let (mut check, mut read) = (Check::default(), Vec::new());
    for (number, path) in segments(recording)? {
        let bytes = fs::read(&path)?;
        check.segment(number, &journal::file_name(number), &bytes);
        read.push(bytes);
    }
    Ok(Trial::of(read.iter().map(Vec::as_slice), &check.verdict()))
}

/// What a recording's finished files are; `None` if there are none.
///
/// # Errors
///
/// If the manifest is there and can't be read.
pub fn manifest(recording: &Path) -> io::Result<Option<Manifest>> {
    match fs::read(recording.join(FILES).join(manifest::FILE_NAME)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The pieces of a recording's programme; `None` if there are none.
///
/// # Errors
///
/// If their index is there and can't be read.
pub fn pieces(recording: &Path) -> io::Result<Option<Index>> {
    match fs::read(recording.join(pieces::FOLDER).join(pieces::INDEX)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads all finished files and segments, and finds out what is not as the manifest says; `None` if there is no manifest.
///
/// # Errors
///
/// If a file can't be read.
pub fn verify_files(recording: &Path) -> io::Result<Option<Vec<Difference>>> {
    let Some(manifest) = manifest(recording)? else { return Ok(None) };
    let mut files = BTreeMap::new();
    find_all(&recording.join(FILES), "", &mut files)?;
    files.remove(manifest::FILE_NAME);
    let mut journal = BTreeMap::new();
    for (number, path) in segments(recording)? {
        journal.insert(journal::file_name(number), hashed(&path)?);
    }
    Ok(Some(manifest.compare(&files, &journal)))
}

fn find_all(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Found>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            find_all(&path, &format!("{prefix}{name}/"), found)?;
        } else {
            found.insert(format!("{prefix}{name}"), hashed(&path)?);
        }
    }
    Ok(())
}

/// Size and SHA-256 of a file as it is.
///
/// # Errors
///
/// If it can't be read.
pub fn hashed(path: &Path) -> io::Result<Found> {
    let mut file = File::open(path)?;
    let (mut digest, mut bytes, mut buffer) = (Context::new(&SHA256), 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(Found { bytes, sha256: journal::hex(digest.finish().as_ref()) });
        }
        digest.update(&buffer[..count]);
        bytes += count as u64;
    }
}
