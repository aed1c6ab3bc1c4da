//! Materials of meetings, as the panel lists them.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// A material of a meeting: answer to `GET /api/meetings/{meeting}/materials`, in a list, and to `POST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MaterialEntry {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How large the file is.
    pub bytes: u64,
    /// How many pages it has.
    pub pages: u32,
    /// Who brought it.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}
