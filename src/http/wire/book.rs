//! The book (审计) as its readers are sent it.

use super::ExceptionEntry;
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// A page of the book (审计), newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// Entries.
    pub entries: Vec<AuditRow>,
    /// Number to ask for the next page with (`before`); `null` at the end.
    pub next_before: Option<u64>,
    /// Who is system and security administrator at once by leave.
    pub exceptions: Vec<ExceptionEntry>,
}

/// `POST /api/audit/exports`: which entries are wanted, as the page of the book is asked for them; `null` where all are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditFilter {
    /// Only of actors whose name holds this.
    #[serde(default)]
    pub actor: Option<String>,
    /// Only from addresses that begin like this.
    #[serde(default)]
    pub address: Option<String>,
    /// Only actions that begin like this.
    #[serde(default)]
    pub action: Option<String>,
    /// Only of things whose name holds this.
    #[serde(default)]
    pub subject: Option<String>,
    /// Only what was opened at this moment or later, milliseconds since 1970.
    #[serde(default)]
    pub from_ms: Option<u64>,
    /// Only what was opened before this moment.
    #[serde(default)]
    pub until_ms: Option<u64>,
}

/// One entry of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Its number, counting up without gaps.
    pub number: u64,
    /// When it was opened, milliseconds since 1970.
    pub at_ms: u64,
    /// Who: account name, machine's name, or what kind of stranger.
    pub actor: String,
    /// From where: an IP address.
    pub address: String,
    /// What was asked, as a stable word: `meeting.open`.
    pub action: String,
    /// Of which thing.
    pub subject: String,
    /// How it ended; `null` while it runs, or if the server died meanwhile.
    pub result: Option<String>,
}
