//! Signatures under what meetings are to be.

use super::{PenEntry, SignatureEntry};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// How a meeting stands whose unit asks for a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SigningState {
    /// How it stands.
    pub state: WireClearance,
    /// Who signed or refused; empty before.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: Option<u64>,
    /// What they wrote; may be empty.
    pub text: String,
}

/// How far a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Clearance"), schemars(rename = "Clearance"))]
pub enum WireClearance {
    /// 未审签: nobody asked, or it was changed since.
    Unsigned,
    /// 待审签.
    Waiting,
    /// 审签未同意.
    Refused,
    /// 已审签.
    Signed,
}

/// A request for a signature under a meeting's arrangement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ArrangementEntry {
    /// Its id.
    pub id: String,
    /// The meeting's id.
    pub meeting: String,
    /// The meeting's title now.
    pub title: String,
    /// What is signed for, a line each.
    pub text: String,
    /// What whoever asked says to it; may be empty.
    pub remark: String,
    /// Who asked.
    pub asked_by: String,
    /// Whether the caller asked.
    pub mine: bool,
    /// When, milliseconds since 1970.
    pub asked_at_ms: u64,
    /// Whose signature it needs.
    pub pen: PenEntry,
    /// Whether nobody has decided yet.
    pub waits: bool,
    /// How it stands; `unsigned` if the meeting was changed since.
    pub state: WireClearance,
    /// What was decided.
    pub decision: Option<SignatureEntry>,
}

/// Body of `POST /api/meetings/{meeting}/sign-offs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArrangementRequest {
    /// What is said to it, at most 200 characters; may be empty.
    pub text: String,
}
