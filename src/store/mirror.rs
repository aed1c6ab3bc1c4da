//! The book's mirror: every record once more, in files that are only ever added to, apart from the database.
//!
//! `audit/2026-11.jsonl` holds the records of a month (UTC), one JSON object a line in the order of their numbers;
//! `audit/checkpoints.jsonl` holds the signed [`Checkpoint`]s, `audit/anchors.jsonl` the signed [`Anchor`]s, after which the months
//! before them are removed: whole files, and only once the anchor is on the disk. A backup of the folder, or a disk of its own mounted there, keeps
//! the book from whoever may write the database. What a crash cut off in the middle of a line is written again.

use super::SignedAnchor;
use crate::domain::{
    audit::{Anchor, Checkpoint, Format, Hash, Kind, Record, Seals},
    hex,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

const CHECKPOINTS: &str = "checkpoints.jsonl";
const ANCHORS: &str = "anchors.jsonl";

const DAY_MS: u64 = 86_400_000;

/// Longest line that is read back: a record's five fields are of 200 characters at most.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// The folder of the mirror, open for adding. One program at a time may have it.
#[derive(Debug)]
pub struct Mirror {
    folder: PathBuf,
    /// The month that is being written, and its file.
    open: Option<(String, File)>,
    last: Option<Record>,
    checkpoint: Option<Checkpoint>,
    /// Since when by its records' own time the file of its last month holds records of a far later one; see `month_for`.
    held_since_ms: Option<u64>,
}

/// A checkpoint with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// Ed25519, 64 bytes.
    pub signature: Vec<u8>,
}

/// A line of a month's file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecordLine {
    record: u64,
    entry: u64,
    at_ms: u64,
    kind: String,
    actor: String,
    address: String,
    action: String,
    subject: String,
    result: String,
    format: u8,
    sha256: String,
    sm3: String,
}

/// A line of the checkpoints' file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CheckpointLine {
    record: u64,
    at_ms: u64,
    sha256: String,
    sm3: String,
    ed25519: String,
}

/// A line of the anchors' file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnchorLine {
    record: u64,
    entry: u64,
    until_ms: u64,
    at_ms: u64,
    sha256: String,
    sm3: String,
    ed25519: String,
}

impl Mirror {
    /// Opens the folder for adding, and makes it if it is missing. A torn line at the end of a file is taken off.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let (mut last, mut held_since_ms) = (None, None);
        for month in months(folder)?.into_iter().rev() {
            let path = folder.join(file_name(&month));
            cut_torn_end(&path)?;
            if let Some(line) = last_line(&path)? {
                let record = record_of(&line).ok_or_else(|| damaged(&path))?;
                held_since_ms = held_in(&path, &month, &record)?;
                last = Some(record);
                break;
            }
        }
        let anchors = folder.join(ANCHORS);
        if anchors.exists() {
            cut_torn_end(&anchors)?;
        }
        let checkpoints = folder.join(CHECKPOINTS);
        let mut checkpoint = None;
        if checkpoints.exists() {
            cut_torn_end(&checkpoints)?;
            if let Some(line) = last_line(&checkpoints)? {
                checkpoint = Some(checkpoint_of(&line).ok_or_else(|| damaged(&checkpoints))?.checkpoint);
            }
        }
        Ok(Self { folder: folder.to_owned(), open: None, last, checkpoint, held_since_ms })
    }

    /// Its last record.
    #[must_use]
    pub const fn last(&self) -> Option<&Record> {
        self.last.as_ref()
    }

    /// The last checkpoint.
    #[must_use]
    pub const fn checkpoint(&self) -> Option<Checkpoint> {
        self.checkpoint
    }

    /// Whether the clock and the month that is written are more than a month apart: the clock ran far ahead or was set back from there,
    /// or the server was off for long and is on for less than a day.
    pub fn is_far_off(&self) -> io::Result<bool> {
        let month = self.present()?;
        let of_last = self.last.as_ref().map(|record| month_of(record.at_ms));
        Ok(self.held_since_ms.is_some() || of_last.is_some_and(|of_last| is_far(&of_last, &month)))
    }

    /// Adds records; they are on the disk when this returns. After a failure the mirror must be opened anew.
    pub fn add(&mut self, records: &[Record]) -> io::Result<()> {
        let mut rest = records;
        while let Some(first) = rest.first() {
            let present = self.present()?;
            let this = self.month_for(first.at_ms, &present);
            if this != present {
                self.held_since_ms = None;
            }
            // What is held depends on the records before: they are asked in their turn. The one that ends a file is asked again, as
            // the first of the next, and is told the same.
            let mut count = 1;
            while rest.get(count).is_some_and(|record| self.month_for(record.at_ms, &this) == this) {
                count += 1;
            }
            let (now, later) = rest.split_at(count);
            let mut lines = Vec::with_capacity(now.len() * 400);
            for record in now {
                serde_json::to_writer(&mut lines, &line_of(record))?;
                lines.push(b'\n');
            }
            let file = self.file(&this)?;
            file.write_all(&lines)?;
            file.sync_data()?;
            self.last = now.last().cloned();
            rest = later;
        }
        Ok(())
    }

    /// The month that is being written; empty before the first.
    fn present(&self) -> io::Result<String> {
        match &self.open {
            Some((month, _)) => Ok(month.clone()),
            None => Ok(months(&self.folder)?.pop().unwrap_or_default()),
        }
    }

    /// The month whose file takes a record, while that of `present` is written. A clock that was set back does not go back to a file that
    /// is done; one that jumps more than a month ahead begins no file before it has stood there for a day, so that a clock that is
    /// wrong for an hour does not take the file of a year to come, which all later records would then have to follow.
    fn month_for(&mut self, at_ms: u64, present: &str) -> String {
        let own = month_of(at_ms);
        if !is_far(present, &own) {
            self.held_since_ms = None;
            return own.max(present.to_owned());
        }
        let since = self.held_since_ms.filter(|since| *since <= at_ms).unwrap_or(at_ms);
        self.held_since_ms = Some(since);
        if at_ms - since >= DAY_MS { own } else { present.to_owned() }
    }

    /// Adds a signed checkpoint; it is on the disk when this returns.
    pub fn add_checkpoint(&mut self, signed: &SignedCheckpoint) -> io::Result<()> {
        let SignedCheckpoint { checkpoint, signature } = signed;
        let Seals { sha256, sm3 } = checkpoint.seals;
        let line = CheckpointLine {
            record: checkpoint.record,
            at_ms: checkpoint.at_ms,
            sha256: sha256.to_string(),
            sm3: sm3.to_string(),
            ed25519: hex::encode(signature),
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        let mut file = adding(&self.folder.join(CHECKPOINTS))?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        File::open(&self.folder)?.sync_all()?;
        self.checkpoint = Some(*checkpoint);
        Ok(())
    }

    /// The last record of the oldest month that is over at `cutoff_ms`, and was then written before, and after which checkpoints of at least so many `days` were
    /// signed: a clock that is wrong for a moment makes no record old. `None` if there is no such month, and never the last one.
    pub fn oldest_before(&self, cutoff_ms: u64, days: usize) -> io::Result<Option<Record>> {
        let (months, over) = (months(&self.folder)?, month_of(cutoff_ms));
        let Some((_, whole)) = months.split_last() else { return Ok(None) };
        let Some(month) = whole.first().filter(|month| **month < over) else { return Ok(None) };
        let path = self.folder.join(file_name(month));
        let Some(line) = last_line(&path)? else { return Ok(None) };
        let last = record_of(&line).ok_or_else(|| damaged(&path))?;
        let later = checkpoints(&self.folder)?.into_iter().flatten();
        let later = later.filter(|signed| signed.checkpoint.record > last.record);
        let signed: BTreeSet<u64> = later.map(|signed| signed.checkpoint.at_ms / DAY_MS).collect();
        Ok(Some(last).filter(|last| signed.len() >= days && last.at_ms < cutoff_ms))
    }

    /// Adds a signed anchor; it is on the disk when this returns.
    pub fn add_anchor(&mut self, signed: &SignedAnchor) -> io::Result<()> {
        let Anchor { record, entry, until_ms, at_ms, seals } = signed.anchor;
        let [sha256, sm3] = [seals.sha256, seals.sm3].map(|hash| hash.to_string());
        let line = AnchorLine { record, entry, until_ms, at_ms, sha256, sm3, ed25519: hex::encode(&signed.signature) };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        let mut file = adding(&self.folder.join(ANCHORS))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }

    /// Removes the months that end with an anchor's record or before. One is never the last.
    pub fn remove_until(&mut self, anchor: &Anchor) -> io::Result<()> {
        let months = months(&self.folder)?;
        let Some((_, whole)) = months.split_last() else { return Ok(()) };
        for month in whole {
            let path = self.folder.join(file_name(month));
            let Some(line) = last_line(&path)? else { continue };
            if record_of(&line).ok_or_else(|| damaged(&path))?.record > anchor.record {
                break;
            }
            fs::remove_file(&path)?;
        }
        File::open(&self.folder)?.sync_all()
    }

    fn file(&mut self, month: &str) -> io::Result<&mut File> {
        if self.open.as_ref().is_none_or(|(open, _)| open != month) {
            let file = adding(&self.folder.join(file_name(month)))?;
            File::open(&self.folder)?.sync_all()?;
            self.open = Some((month.to_owned(), file));
        }
        Ok(&mut self.open.as_mut().expect("opened above").1)
    }
}

/// Every line of the mirror in the order of the months: a record, or the place of a line that is none.
pub fn mirrored(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<Result<Record, BadLine>>>> {
    let paths = months(folder)?.into_iter().map(|month| folder.join(file_name(&month)));
    Ok(paths.flat_map(|path| lines(&path)).map(|line| line.map(|(place, text)| record_of(&text).ok_or(place))))
}

/// Every checkpoint, or the place of a line that is none.
pub fn checkpoints(folder: &Path) -> io::Result<Vec<Result<SignedCheckpoint, BadLine>>> {
    let path = folder.join(CHECKPOINTS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    lines(&path).map(|line| line.map(|(place, text)| checkpoint_of(&text).ok_or(place))).collect()
}

/// Every anchor, or the place of a line that is none.
pub fn mirrored_anchors(folder: &Path) -> io::Result<Vec<Result<SignedAnchor, BadLine>>> {
    let path = folder.join(ANCHORS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    lines(&path).map(|line| line.map(|(place, text)| anchor_of(&text).ok_or(place))).collect()
}

/// A line of the mirror that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} 第 {line} 行已损坏 / line {line} of {} is damaged", file.display(), file.display())]
pub struct BadLine {
    /// Which file.
    pub file: PathBuf,
    /// Which line, counting from 1.
    pub line: u64,
}

type Line = (BadLine, String);

fn lines(path: &Path) -> impl Iterator<Item = io::Result<Line>> + use<> {
    let (path, mut number) = (path.to_owned(), 0);
    let mut reader = Some(File::open(&path).map(BufReader::new));
    std::iter::from_fn(move || {
        let mut open = match reader.take()? {
            Ok(open) => open,
            Err(error) => return Some(Err(error)),
        };
        number += 1;
        let mut bytes = Vec::new();
        match open.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut bytes) {
            Ok(0) => None,
            Ok(_) => {
                reader = Some(Ok(open));
                // Without its end of line it is torn, and no record.
                let whole = bytes.pop_if(|last| *last == b'\n').is_some();
                let text = if whole { String::from_utf8(bytes).unwrap_or_default() } else { String::new() };
                Some(Ok((BadLine { file: path.clone(), line: number }, text)))
            }
            Err(error) => Some(Err(error)),
        }
    })
}

/// The months there are files of, in order.
fn months(folder: &Path) -> io::Result<Vec<String>> {
    let mut months = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        months.extend(name.strip_suffix(".jsonl").filter(|name| is_month(name)).map(str::to_owned));
    }
    months.sort_unstable();
    Ok(months)
}

/// Files of the folder that are none of the mirror's.
pub fn strangers(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut strange = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().unwrap_or_default();
        let is_ours = name == CHECKPOINTS || name == ANCHORS || name.strip_suffix(".jsonl").is_some_and(is_month);
        strange.extend((!is_ours && name.ends_with(".jsonl")).then(|| entry.path()));
    }
    strange.sort_unstable();
    Ok(strange)
}

fn is_month(name: &str) -> bool {
    name.len() == 7
        && name.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() })
}

fn file_name(month: &str) -> String {
    format!("{month}.jsonl")
}

/// `2026-11`, as UTC has it.
fn month_of(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    at.strftime("%Y-%m").to_string()
}

/// Whether a month lies more than one after another.
fn is_far(month: &str, later: &str) -> bool {
    let number = |month: &str| {
        let (year, month) = month.split_once('-')?;
        Some(year.parse::<u32>().ok()? * 12 + month.parse::<u32>().ok()?)
    };
    number(month).zip(number(later)).is_some_and(|(month, later)| later > month + 1)
}

/// Since when a month's file, which ends with this record, holds records of a far later month without a break.
fn held_in(path: &Path, month: &str, last: &Record) -> io::Result<Option<u64>> {
    if !is_far(month, &month_of(last.at_ms)) {
        return Ok(None);
    }
    let mut since: Option<u64> = None;
    for line in lines(path) {
        let Some(record) = record_of(&line?.1) else { continue };
        let is_held = is_far(month, &month_of(record.at_ms));
        since = is_held.then(|| since.filter(|since| *since <= record.at_ms).unwrap_or(record.at_ms));
    }
    Ok(since)
}

fn adding(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

fn cut_torn_end(path: &Path) -> io::Result<()> {
    let end = last_bytes(path)?;
    let torn = end.iter().rev().take_while(|byte| **byte != b'\n').count() as u64;
    if torn == 0 {
        return Ok(());
    }
    tracing::warn!(file = %path.display(), torn, "the mirror of the book ended in the middle of a line, which is written again");
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(file.metadata()?.len() - torn)?;
    file.sync_all()
}

fn last_line(path: &Path) -> io::Result<Option<String>> {
    // A character may be cut where reading begins; the last line is far behind that.
    Ok(String::from_utf8_lossy(&last_bytes(path)?).lines().next_back().map(str::to_owned))
}

/// The end of a file, at least its last line.
fn last_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let (mut file, mut end) = (File::open(path)?, Vec::new());
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(LINE_BYTES_MAX as u64)))?;
    file.read_to_end(&mut end)?;
    Ok(end)
}

fn damaged(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the last line of {} is damaged", path.display()))
}

fn line_of(record: &Record) -> RecordLine {
    let Seals { sha256, sm3 } = record.seals;
    RecordLine {
        record: record.record,
        entry: record.entry,
        at_ms: record.at_ms,
        kind: record.kind.name().to_owned(),
        actor: record.actor.clone(),
        address: record.address.clone(),
        action: record.action.clone(),
        subject: record.subject.clone(),
        result: record.result.clone(),
        format: record.format.number(),
        sha256: sha256.to_string(),
        sm3: sm3.to_string(),
    }
}

fn record_of(line: &str) -> Option<Record> {
    let line: RecordLine = serde_json::from_str(line).ok()?;
    Some(Record {
        record: line.record,
        entry: line.entry,
        at_ms: line.at_ms,
        kind: Kind::named(&line.kind)?,
        actor: line.actor,
        address: line.address,
        action: line.action,
        subject: line.subject,
        result: line.result,
        format: Format::numbered(line.format.into())?,
        seals: seals_of(&line.sha256, &line.sm3)?,
    })
}

fn checkpoint_of(line: &str) -> Option<SignedCheckpoint> {
    let line: CheckpointLine = serde_json::from_str(line).ok()?;
    let seals = seals_of(&line.sha256, &line.sm3)?;
    let checkpoint = Checkpoint { record: line.record, at_ms: line.at_ms, seals };
    Some(SignedCheckpoint { checkpoint, signature: hex::decode(&line.ed25519)? })
}

fn anchor_of(line: &str) -> Option<SignedAnchor> {
    let AnchorLine { record, entry, until_ms, at_ms, sha256, sm3, ed25519 } = serde_json::from_str(line).ok()?;
    let anchor = Anchor { record, entry, until_ms, at_ms, seals: seals_of(&sha256, &sm3)? };
    Some(SignedAnchor { anchor, signature: hex::decode(&ed25519)? })
}

fn seals_of(sha256: &str, sm3: &str) -> Option<Seals> {
    Some(Seals { sha256: sha256.parse::<Hash>().ok()?, sm3: sm3.parse::<Hash>().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{End, Opening, Says};

    /// Records of four days from the end of November on.
    fn records(count: usize) -> Vec<Record> {
        let mut end = End::EMPTY;
        let opened = |number: usize| {
            let text = str::to_owned;
            let actor = format!("王秀兰{number}");
            Says::Opened(Opening { actor, address: text("10.0.0.7"), action: text("login"), subject: text("a\"b") })
        };
        (0..count).map(|number| end.add(1_795_500_000_000 + 86_400_000 * number as u64, opened(number))).collect()
    }

    fn read(folder: &Path) -> Vec<Result<Record, BadLine>> {
        mirrored(folder).unwrap().map(|line| line.unwrap()).collect()
    }

    #[test]
    fn records_come_back_as_they_were_by_month() {
        let folder = tempfile::tempdir().unwrap();
        let records = records(12);
        let mut mirror = Mirror::open(folder.path()).unwrap();
        mirror.add(&records[..5]).unwrap();
        drop(mirror);
        let mut mirror = Mirror::open(folder.path()).unwrap();
        assert_eq!(mirror.last(), Some(&records[4]));
        mirror.add(&records[5..]).unwrap();
        assert_eq!(mirror.last(), Some(&records[11]));
        assert_eq!(months(folder.path()).unwrap(), ["2026-11", "2026-12"]);
        assert_eq!(read(folder.path()), records.into_iter().map(Ok).collect::<Vec<_>>());
    }

    #[test]
    fn a_clock_set_back_goes_on_in_the_last_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut records = records(12);
        records.swap(0, 11);
        let mut mirror = Mirror::open(folder.path()).unwrap();
        mirror.add(&records[..1]).unwrap();
        mirror.add(&records[1..]).unwrap();
        assert_eq!(months(folder.path()).unwrap(), ["2026-12"]);
        assert_eq!(read(folder.path()).len(), 12);
    }

    #[test]
    fn a_clock_that_jumps_far_ahead_begins_no_file_before_it_has_stood_there_for_a_day() {
        let at = |at_ms: u64, mirror: &Mirror| {
            let mut end = mirror.last().map_or(End::EMPTY, |last| End {
                record: last.record,
                entry: last.entry,
                seals: last.seals,
            });
            let text = str::to_owned;
            let says = Opening { actor: text("a"), address: text("b"), action: text("c"), subject: text("d") };
            vec![end.add(at_ms, Says::Opened(says))]
        };
        let folder = tempfile::tempdir().unwrap();
        let now = 1_795_500_000_000;
        let mut mirror = Mirror::open(folder.path()).unwrap();
        mirror.add(&at(now, &mirror)).unwrap();
        assert!(!mirror.is_far_off().unwrap());
        // It jumps years ahead for some hours, is closed meanwhile, and is set back.
        let ahead = now + 2000 * DAY_MS;
        for at_ms in [ahead, ahead + 3_600_000, ahead + DAY_MS - 1] {
            mirror.add(&at(at_ms, &mirror)).unwrap();
            assert!(mirror.is_far_off().unwrap());
            mirror = Mirror::open(folder.path()).unwrap();
            assert!(mirror.is_far_off().unwrap(), "it is known after a start too");
        }
        mirror.add(&at(now + 7, &mirror)).unwrap();
        assert!(!mirror.is_far_off().unwrap());
        assert_eq!(months(folder.path()).unwrap(), ["2026-11"]);
        // A server that was off for months goes on in a file of its own after a day.
        let later = now + 100 * DAY_MS;
        mirror.add(&at(later, &mirror)).unwrap();
        mirror = Mirror::open(folder.path()).unwrap();
        mirror.add(&at(later + DAY_MS, &mirror)).unwrap();
        assert_eq!(months(folder.path()).unwrap(), ["2026-11", month_of(later + DAY_MS).as_str()]);
        assert!(!mirror.is_far_off().unwrap());
        // One that stood far ahead for more than a day keeps that file when it is set back, and says so.
        mirror.add(&at(ahead, &mirror)).unwrap();
        mirror.add(&at(ahead + DAY_MS, &mirror)).unwrap();
        mirror.add(&at(later + 2 * DAY_MS, &mirror)).unwrap();
        assert_eq!(months(folder.path()).unwrap().len(), 3);
        assert!(mirror.is_far_off().unwrap());
        let all: Vec<_> = read(folder.path()).into_iter().map(|record| record.unwrap().record).collect();
        assert_eq!(all, (1..=10).collect::<Vec<_>>(), "in their order all the same");
    }

    #[test]
    fn a_backlog_of_far_later_days_takes_its_own_file_in_one_turn() {
        let folder = tempfile::tempdir().unwrap();
        let (now, mut end) = (1_795_500_000_000, End::EMPTY);
        let later = now + 100 * DAY_MS;
        let days = [now, later, later + DAY_MS, later + DAY_MS + 1, later + 2 * DAY_MS];
        let records = days.map(|at_ms| {
            let text = str::to_owned;
            let says = Opening { actor: text("a"), address: text("b"), action: text("c"), subject: text("d") };
            end.add(at_ms, Says::Opened(says))
        });
        let mut mirror = Mirror::open(folder.path()).unwrap();
        mirror.add(&records).unwrap();
        let own = month_of(later + DAY_MS);
        assert_eq!(months(folder.path()).unwrap(), ["2026-11", own.as_str()]);
        assert!(!mirror.is_far_off().unwrap());
        assert_eq!(lines(&folder.path().join(file_name(&own))).count(), 3, "those after a day");
        assert_eq!(read(folder.path()), records.map(Ok));
    }

    #[test]
    fn a_file_of_another_name_is_no_month() {
        let folder = tempfile::tempdir().unwrap();
        Mirror::open(folder.path()).unwrap().add(&records(1)).unwrap();
        fs::write(folder.path().join("zzzz-99x.jsonl"), "").unwrap();
        assert_eq!(months(folder.path()).unwrap(), ["2026-11"]);
        assert_eq!(strangers(folder.path()).unwrap(), [folder.path().join("zzzz-99x.jsonl")]);
    }

    #[test]
    fn a_torn_line_is_written_again_and_a_damaged_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let records = records(3);
        Mirror::open(folder.path()).unwrap().add(&records).unwrap();
        let path = folder.path().join(file_name("2026-11"));
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        assert_eq!(read(folder.path()).last(), Some(&Err(BadLine { file: path.clone(), line: 3 })));
        let mut mirror = Mirror::open(folder.path()).unwrap();
        assert_eq!(mirror.last(), Some(&records[1]));
        mirror.add(&records[2..]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
        let mut damaged = whole;
        damaged[2] ^= 1;
        fs::write(&path, damaged).unwrap();
        assert_eq!(read(folder.path())[0], Err(BadLine { file: path, line: 1 }));
    }

    #[test]
    fn months_go_once_enough_days_were_signed_after_them_and_never_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let records = records(12);
        let mut mirror = Mirror::open(folder.path()).unwrap();
        mirror.add(&records).unwrap();
        let november = records.iter().rposition(|record| month_of(record.at_ms) == "2026-11").unwrap();
        let december = records[11].at_ms + 31 * 86_400_000;
        assert_eq!(mirror.oldest_before(december, 1).unwrap(), None, "a clock alone says nothing");
        let signed = |record: &Record, at_ms| {
            let checkpoint = Checkpoint { record: record.record, at_ms, seals: record.seals };
            SignedCheckpoint { checkpoint, signature: vec![7; 64] }
        };
        for record in [&records[november], &records[11]] {
            mirror.add_checkpoint(&signed(record, record.at_ms)).unwrap();
        }
        assert_eq!(mirror.oldest_before(december, 2).unwrap(), None, "one day was signed after it, not two");
        assert_eq!(mirror.oldest_before(records[november].at_ms, 1).unwrap(), None, "the month is not over");
        let last = mirror.oldest_before(december, 1).unwrap().unwrap();
        assert_eq!(last, records[november]);
        let Record { record, entry, at_ms, seals, .. } = last;
        let anchor = SignedAnchor {
            anchor: Anchor { record, entry, until_ms: at_ms, at_ms: december, seals },
            signature: vec![9; 64],
        };
        mirror.add_anchor(&anchor).unwrap();
        mirror.remove_until(&anchor.anchor).unwrap();
        assert_eq!(mirrored_anchors(folder.path()).unwrap(), [Ok(anchor)]);
        assert_eq!(months(folder.path()).unwrap(), ["2026-12"]);
        assert_eq!(mirror.oldest_before(u64::MAX / 2, 0).unwrap(), None, "the last month stays whatever its age");
        assert_eq!(read(folder.path()).len(), 11 - november);
    }

    #[test]
    fn checkpoints_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let mut mirror = Mirror::open(folder.path()).unwrap();
        assert_eq!((mirror.checkpoint(), checkpoints(folder.path()).unwrap()), (None, vec![]));
        let last = &records(2)[1];
        let checkpoint = Checkpoint { record: 2, at_ms: last.at_ms, seals: last.seals };
        let signed = SignedCheckpoint { checkpoint, signature: vec![7; 64] };
        mirror.add_checkpoint(&signed).unwrap();
        assert_eq!(checkpoints(folder.path()).unwrap(), [Ok(signed)]);
        assert_eq!(Mirror::open(folder.path()).unwrap().checkpoint(), Some(checkpoint));
        assert!(read(folder.path()).is_empty());
    }
}
