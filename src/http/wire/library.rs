//! What the library of recordings (录像) and its sign-offs send and receive.

use super::ArrangementEntry;
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// How a sign-off is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Standing"), schemars(rename = "Standing"))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignatureEntry {
    /// Shown name of who signed.
    pub by: String,
    /// Shown name of the approver they deputised for, if it was not their own pen.
    pub deputising: Option<String>,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What they wrote; may be empty.
    pub text: String,
}

/// A request for a recording to be handed out, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
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
    /// Which part of it; `null` is the whole.
    pub part: Option<RecordingPart>,
    /// Whose signature it needs.
    pub pen: PenEntry,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignOffRequest {
    /// What it is needed for: 1 to 200 characters.
    pub purpose: String,
    /// Who receives it: 1 to 64 characters.
    pub recipient: String,
    /// How many days it may be fetched: 1 to 90.
    pub days: u16,
    /// Which part of it, at least ten seconds; left out for the whole.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub part: Option<RecordingPart>,
}

/// A part of a recording. What is handed out begins with the first picture at or after its beginning that stands by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordingPart {
    /// Where it begins, milliseconds from the recording's beginning.
    pub from_ms: u64,
    /// Where it ends.
    pub to_ms: u64,
}

/// Body of `POST /api/sign-offs/{signoff}/grant`, `…/refuse` and `…/recall`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verdict {
    /// A word beside the signature: up to 200 characters. A refusal and a recall need one.
    pub text: String,
}

/// Answer to `GET /api/sign-offs`: on the first page all that wait, then those that were decided, the latest request first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignOffPage {
    /// What there is.
    pub entries: Vec<SignOffEntry>,
    /// To ask for the next page with (`after`); `null` at the end.
    pub next: Option<String>,
    /// Requests for arrangements, on the first page alone: those that wait, then the latest that were decided.
    pub arrangements: Vec<ArrangementEntry>,
}

/// Answer to `GET /api/delegations`: who signs, and for which days somebody else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PenState {
    /// The county's own, then that of each unit that has an approver, in administrative order.
    pub pens: Vec<PenEntry>,
    /// The latest delegations.
    pub delegations: Vec<DelegationEntry>,
    /// Who could deputise: told to an approver alone, of their own unit.
    pub deputies: Vec<Deputy>,
}

/// A unit's pen (一支笔), and who signs with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PenEntry {
    /// Name of the unit; `null` for the county's own while the server belongs to no unit.
    pub unit: Option<String>,
    /// Shown name of who signs now; `null` if nobody does.
    pub holder: Option<String>,
    /// Whether that is the reader.
    pub mine: bool,
}

/// Days for which somebody else signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DelegationEntry {
    /// Its id.
    pub id: String,
    /// Shown name of the approver.
    pub by: String,
    /// Whether that is the reader.
    pub mine: bool,
    /// Shown name of who signs instead.
    pub deputy: String,
    /// From when, milliseconds since 1970.
    pub from_ms: u64,
    /// Until when.
    pub until_ms: u64,
    /// Why.
    pub reason: String,
    /// When the approver ended it before its time.
    pub ended_ms: Option<u64>,
    /// How it is now.
    pub term: WireTerm,
}

/// How a delegation is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Term"), schemars(rename = "Term"))]
pub enum WireTerm {
    /// It has not begun.
    Ahead,
    /// The deputy signs.
    Runs,
    /// It is over.
    Over,
}

/// Somebody who could deputise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Deputy {
    /// Their account.
    pub account: String,
    /// Shown name.
    pub name: String,
    /// Their unit; may be empty.
    pub unit: String,
}

/// Body of `POST /api/delegations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDelegation {
    /// The account of who is to sign: a leader's of the approver's unit.
    pub deputy: String,
    /// From when, milliseconds since 1970.
    pub from_ms: u64,
    /// Until when; at most 92 days later.
    pub until_ms: u64,
    /// Why: 1 to 100 characters.
    pub reason: String,
}

/// Body of `POST /api/recordings/{recording}/plays`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlayRequest {
    /// What it is played for: 1 to 100 characters, as the book keeps it.
    pub purpose: String,
}

/// Body of `POST /api/recordings/{recording}/note`, `…/lock`, `…/unlock`, and of `POST /api/meetings/{meeting}/recording/marks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remark {
    /// The note, the reason, or what a mark says.
    pub text: String,
}

/// Body of `POST /api/recordings/{recording}/marks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMark {
    /// The moment, milliseconds since 1970, by the recording's own clock.
    pub at_ms: u64,
    /// What is to be seen or heard there: 1 to 60 characters.
    pub text: String,
}

/// A moment of a recording that was marked afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MarkEntry {
    /// Its id.
    pub id: String,
    /// The moment, milliseconds since 1970, by the recording's own clock.
    pub at_ms: u64,
    /// What is to be seen or heard there.
    pub text: String,
    /// Shown name of who marked it.
    pub by: String,
}

/// Answer to `POST /api/recordings/{recording}/plays`: leave to play a recording, until the log-in ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlayEntry {
    /// The recording's files are at `/api/plays/{play}/{file}`.
    pub play: String,
}

/// Answer to `POST /api/sign-offs/{signoff}/exports`: leave to fetch what was signed for, while it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExportEntry {
    /// Its file is at `/api/exports/{export}/{file}`.
    pub id: String,
    /// The file.
    pub file: String,
}
