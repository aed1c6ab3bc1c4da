//! Meeting tokens, as the page of devices lists them.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// A meeting token whose time is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenEntry {
    /// What it is revoked by: the participant it stands for.
    pub id: String,
    /// Title of its meeting.
    pub meeting: String,
    /// What its holder may do.
    pub role: WireTokenRole,
    /// Shown beside its holder's picture; may be empty.
    pub name: String,
    /// Who made it, as the book has it.
    pub made_by: String,
    /// When, milliseconds since 1970.
    pub made_at_ms: u64,
    /// When its time is over.
    pub expires_at_ms: u64,
    /// When it was revoked.
    pub revoked_at_ms: Option<u64>,
}

/// What a meeting token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "TokenRole"), schemars(rename = "TokenRole"))]
pub enum WireTokenRole {
    /// To look.
    Viewer,
    /// To send, and look.
    Publisher,
}
