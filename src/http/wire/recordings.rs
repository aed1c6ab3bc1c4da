//! What travels of recordings.

use super::{MarkEntry, PenEntry, RecordingPart, SignatureEntry};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// Answer to `GET /api/recordings`, latest first. Query: `q` words, each of which is somewhere `within` (`title`, `unit`,
/// `attendee`, `agenda`; left out: anywhere), `from` and `to` when it began, `after` what the page before said, `count` at most 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordingPage {
    /// What was found.
    pub entries: Vec<RecordingEntry>,
    /// To ask for the next page with (`after`); `null` at the end.
    pub next: Option<String>,
}

/// Where the words of a search stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Within"), schemars(rename = "Within"))]
pub enum WireWithin {
    /// In the meeting's title.
    Title,
    /// In the name of the unit that held it, or of an attendee's.
    Unit,
    /// In an attendee's name.
    Attendee,
    /// In an item of the agenda.
    Agenda,
}

/// A recording in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordingEntry {
    /// Its id.
    pub id: String,
    /// Its meeting.
    pub meeting: String,
    /// Its meeting's title.
    pub title: String,
    /// The unit that held the meeting; may be empty.
    pub unit: String,
    /// Whose signature it needs to be handed out.
    pub pen: PenEntry,
    /// What somebody wrote about it; may have several lines, or none.
    pub note: String,
    /// Whether it is locked: it stays as it is.
    pub locked: bool,
    /// What the reader asked to be handed out of it and waits or is open, the latest first.
    pub asked: Vec<AskedEntry>,
    /// When it was to begin, milliseconds since 1970.
    pub started_at_ms: u64,
    /// When it was told to end; `null` while it is to go on.
    pub ended_at_ms: Option<u64>,
    /// How it is.
    pub state: WireRecordingState,
    /// How its recorder is, while it is to go on.
    pub now: Option<RecorderStatus>,
    /// How far its files are, of a hundred, while they are being made; `null` while others' are.
    pub percent: Option<u8>,
    /// How long it is, milliseconds, once its files are there.
    pub length_ms: Option<u64>,
    /// Bytes of its files, or of its journal until they are there.
    pub bytes: Option<u64>,
    /// How many stretches are missing, once its files are there.
    pub gaps: Option<u32>,
    /// Why its files could not be made.
    pub failure: Option<RecordingFailure>,
}

/// What the reader of a list asked to be handed out of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AskedEntry {
    /// The sign-off.
    pub sign_off: String,
    /// Which part; `null` is the whole.
    pub part: Option<RecordingPart>,
    /// Whether it may be fetched; else it waits.
    pub open: bool,
}

/// How a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "RecordingState"), schemars(rename = "RecordingState"))]
pub enum WireRecordingState {
    /// It is to be written; `now` says whether it is.
    Recording,
    /// Its files are being made, or will be.
    Finalising,
    /// It can be played, and nothing is missing.
    Ready,
    /// It can be played; something is missing.
    Incomplete,
    /// Its files could not be made.
    Failed,
}

/// Why a recording's files could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordingFailure {
    /// What kind of trouble.
    pub kind: WireFailureKind,
    /// One line for technicians, in English.
    pub detail: String,
}

/// What kind of trouble kept files from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "FailureKind"), schemars(rename = "FailureKind"))]
pub enum WireFailureKind {
    /// Nothing was recorded.
    Empty,
    /// The disk has no room.
    DiskFull,
    /// A pipeline file can't be used here, or a plugin failed.
    Pipeline,
    /// What was made was read back and is wrong.
    Proof,
    /// Files can't be read or written.
    Files,
    /// The process ended before its time, several times.
    Died,
}

/// A recording with its files, from `GET /api/recordings/{recording}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordingDetail {
    /// As in the list.
    pub entry: RecordingEntry,
    /// When its files or pieces begin, milliseconds since 1970: every time in them counts from here. `null` without either.
    pub began_at_ms: Option<u64>,
    /// How the programme's picture came about: `copied` (as it was sent), or `composed` and why, in English.
    pub picture: Option<String>,
    /// Its files; a play has each at `/api/plays/{play}/{name}`. While they are being made anew, those before.
    pub files: Vec<RecordingFile>,
    /// What can be played of it before it has files: films that are played one after the other. There are more each minute, while
    /// it runs.
    pub pieces: Vec<RecordingPiece>,
    /// What is missing, in order.
    pub gaps: Vec<RecordingGap>,
    /// What was wrong with its journal, in Chinese.
    pub findings: Vec<String>,
    /// What was marked afterwards, in order.
    pub marks: Vec<MarkEntry>,
    /// Why it stays as it is, if it does.
    pub lock: Option<SignatureEntry>,
    /// SHA-256 of the manifest, which has those of everything else.
    pub manifest_sha256: Option<String>,
}

/// One file of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordingFile {
    /// Its path below `files/`.
    pub name: String,
    /// `programme`, `original`, `poster`, `sprite`, `sprite_index` or `chapters`.
    pub kind: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// How long it is, milliseconds.
    pub length_ms: Option<u64>,
    /// When it begins within the recording, milliseconds.
    pub from_ms: Option<u64>,
    /// Whose it is, as shown.
    pub source: Option<String>,
}

/// A piece of a recording that has no files yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordingPiece {
    /// A play has it at `/api/plays/{play}/{name}`.
    pub name: String,
    /// When it begins within the recording, milliseconds.
    pub from_ms: u64,
    /// How long it is, milliseconds.
    pub length_ms: u64,
}

/// A stretch that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordingGap {
    /// Last arrival before it, milliseconds since 1970.
    pub from_ms: u64,
    /// First arrival after it.
    pub to_ms: u64,
    /// How many packets and other records are missing; `null` if nobody counted, because the server was gone.
    pub lost: Option<u64>,
}

/// How a recording is that is to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecorderStatus {
    /// How it is.
    pub state: WireRecorderState,
    /// Since when it is so, milliseconds since 1970.
    pub since_ms: u64,
    /// Bytes written since the server started.
    pub bytes: u64,
    /// Packets and other records that are missing since the server started.
    pub lost: u64,
    /// How often the recorder's process was replaced.
    pub restarts: u64,
    /// How many minutes the disk lasts at the present rate, as far as that is known.
    pub disk_lasts_minutes: Option<u64>,
    /// How much of it can be played already, milliseconds from its beginning.
    pub composed_ms: u64,
}

/// How a recording is that is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "RecorderState"), schemars(rename = "RecorderState"))]
pub enum WireRecorderState {
    /// Told to begin a moment ago.
    Starting,
    /// What comes is on the disk within a second.
    Writing,
    /// It should be writing and is not.
    NotWriting,
    /// The disk has no room: nothing is recorded.
    DiskFull,
}
