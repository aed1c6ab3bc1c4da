//! Roll calls, as the panel reads and steers them.

use crate::domain::roll_call::{CalledMicrophone, Presence};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// Answer to `GET /api/meetings/{meeting}/roll-calls`, and to each step of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollCalls {
    /// When this was said, milliseconds since 1970: what times in it are counted from.
    pub now_ms: u64,
    /// Name of the county's own venue; empty if the meeting has none.
    pub own_venue: String,
    /// Whom a new call has on its list, in administrative order.
    pub list: Vec<RollCallVenue>,
    /// How many attend, by the notice and the attendance list.
    pub attendees: usize,
    /// The calls, the latest first.
    pub calls: Vec<RollCallEntry>,
}

/// A venue that would be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollCallVenue {
    /// Its id.
    pub venue: String,
    /// Its name.
    pub name: String,
}

/// One roll call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollCallEntry {
    /// Its id.
    pub id: String,
    /// When it began, milliseconds since 1970.
    pub begun_at_ms: u64,
    /// Who began it.
    pub begun_by: String,
    /// When it ended; null while it runs.
    pub ended_at_ms: Option<u64>,
    /// How many there are of each.
    pub figures: RollCallFigures,
    /// The venues, in administrative order.
    pub venues: Vec<RollCallLine>,
    /// Who is called now.
    pub calling: Option<RollCallCalling>,
}

/// How many venues there are of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollCallFigures {
    /// On the list (应到).
    pub due: usize,
    /// 到.
    pub present: usize,
    /// 缺.
    pub absent: usize,
    /// 故障.
    pub fault: usize,
    /// 未点.
    pub open: usize,
}

/// One venue of a roll call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollCallLine {
    /// Its id.
    pub venue: String,
    /// Its name when the call began.
    pub name: String,
    /// When it was called last.
    pub called_at_ms: Option<u64>,
    /// What it answered.
    pub answer: Option<RollCallAnswered>,
}

/// What a venue answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollCallAnswered {
    /// In one word.
    pub presence: WirePresence,
    /// What is said of it; may be empty.
    pub note: String,
    /// When it was written down.
    pub at_ms: u64,
    /// By whom.
    pub by: String,
}

/// Whether a venue is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Presence"), schemars(rename = "Presence"))]
pub enum WirePresence {
    /// 到.
    Present,
    /// 缺.
    Absent,
    /// 故障.
    Fault,
}

impl From<Presence> for WirePresence {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::Present => Self::Present,
            Presence::Absent => Self::Absent,
            Presence::Fault => Self::Fault,
        }
    }
}

impl From<WirePresence> for Presence {
    fn from(presence: WirePresence) -> Self {
        match presence {
            WirePresence::Present => Self::Present,
            WirePresence::Absent => Self::Absent,
            WirePresence::Fault => Self::Fault,
        }
    }
}

/// The venue that is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RollCallCalling {
    /// Its id.
    pub venue: String,
    /// Since when.
    pub since_ms: u64,
    /// How its microphone is.
    pub microphone: WireCalledMicrophone,
    /// When it is closed without an answer, if it is open.
    pub closes_at_ms: Option<u64>,
}

/// How the microphone of a venue that is called is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "CalledMicrophone"), schemars(rename = "CalledMicrophone"))]
pub enum WireCalledMicrophone {
    /// Open.
    Open,
    /// Somebody closed it by hand.
    Closed,
    /// There was none to open.
    NotThere,
    /// The server closed it, since nobody answered.
    Unanswered,
    /// Closed since the server started again.
    Restarted,
}

impl WireCalledMicrophone {
    /// What a call did to it, and whether it reaches anyone now.
    #[must_use]
    pub const fn of(called: CalledMicrophone, heard: bool) -> Self {
        match (called, heard) {
            (_, true) => Self::Open,
            (CalledMicrophone::Opened, false) => Self::Closed,
            (CalledMicrophone::NotThere, false) => Self::NotThere,
            (CalledMicrophone::Unanswered, false) => Self::Unanswered,
            (CalledMicrophone::Restarted, false) => Self::Restarted,
        }
    }
}

/// Body of `POST /api/meetings/{meeting}/roll-calls/call`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VenueCall {
    /// Which venue.
    pub venue: String,
}

/// Body of `POST /api/meetings/{meeting}/roll-calls/answer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollCallAnswer {
    /// Which venue.
    pub venue: String,
    /// What it answered.
    pub presence: WirePresence,
    /// What is said of it, at most 100 characters.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub note: Option<String>,
}
