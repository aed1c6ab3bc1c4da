//! What the library of recordings (录像) and its sign-offs send and receive.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a sign-off is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "Standing")]
pub enum WireStanding {
    /// 待审签: nobody has decided yet.
    Waiting,
    /// 已同意: it may be fetched.
    Open,
    /// 不同意.
    Refused,
    /// 已收回: granted, and taken back.
    Recalled,
    /// 已到期: its days are over.
    Over,
}

/// Somebody's word, with the moment and what they wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignatureEntry {
    /// Shown name of who signed.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What they wrote; may be empty.
    pub text: String,
}

/// A request for a recording to be handed out, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignOffEntry {
    /// Its id.
    pub id: String,
    /// The recording.
    pub recording: String,
    /// Title of the recording's meeting.
    pub title: String,
    /// When the recording began, milliseconds since 1970.
    pub recorded_at_ms: u64,
    /// Shown name of who asked.
    pub asked_by: String,
    /// Whether that was the reader.
    pub mine: bool,
    /// When, milliseconds since 1970.
    pub asked_at_ms: u64,
    /// What it is needed for.
    pub purpose: String,
    /// Who receives it.
    pub recipient: String,
    /// How many days it may be fetched, from the signature on.
    pub days: u16,
    /// How it is now.
    pub standing: WireStanding,
    /// Until when it may be fetched, milliseconds since 1970, while it is open.
    pub until_ms: Option<u64>,
    /// What was decided, by whom.
    pub decision: Option<SignatureEntry>,
    /// Who took it back.
    pub recall: Option<SignatureEntry>,
}

/// Body of `POST /api/recordings/{recording}/sign-offs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignOffRequest {
    /// What it is needed for: 1 to 200 characters.
    pub purpose: String,
    /// Who receives it: 1 to 64 characters.
    pub recipient: String,
    /// How many days it may be fetched: 1 to 90.
    pub days: u16,
}

/// Body of `POST /api/sign-offs/{signoff}/grant`, `…/refuse` and `…/recall`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verdict {
    /// A word beside the signature: up to 200 characters. A refusal and a recall need one.
    pub text: String,
}

/// Answer to `POST /api/recordings/{recording}/plays`: leave to play a recording, until the log-in ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlayEntry {
    /// The recording's files are at `/api/plays/{play}/{file}`.
    pub play: String,
}

/// Answer to `POST /api/sign-offs/{signoff}/exports`: leave to fetch what was signed for, while it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportEntry {
    /// Its file is at `/api/exports/{export}/{file}`.
    pub id: String,
    /// The file.
    pub file: String,
}
