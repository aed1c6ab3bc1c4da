//! Profiles, how meetings open, and those that should have opened and could not.

use super::{WireCodec, WireMeetingKind};
use crate::domain::opening::Microphones;
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// How a meeting opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeetingOpening {
    /// Whether the server opens it when its time has come.
    pub by_itself: bool,
    /// How many minutes before its start, 0 to 60.
    pub before_minutes: u32,
    /// Whether it is recorded from its opening on.
    pub recorded: bool,
    /// Which microphones are open at first.
    pub microphones: WireMicrophonePolicy,
    /// Fixed title on its screens, up to 60 characters; may be empty.
    pub banner: String,
}

/// Which microphones are open when a meeting opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "MicrophonePolicy"), schemars(rename = "MicrophonePolicy"))]
pub enum WireMicrophonePolicy {
    /// None.
    Closed,
    /// That of the county's own venue; only in a meeting of its own.
    Own,
}

impl From<Microphones> for WireMicrophonePolicy {
    fn from(policy: Microphones) -> Self {
        match policy {
            Microphones::Closed => Self::Closed,
            Microphones::Own => Self::Own,
        }
    }
}

impl From<WireMicrophonePolicy> for Microphones {
    fn from(policy: WireMicrophonePolicy) -> Self {
        match policy {
            WireMicrophonePolicy::Closed => Self::Closed,
            WireMicrophonePolicy::Own => Self::Own,
        }
    }
}

/// What meetings of one sort have in common, in the answer to `GET /api/profiles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProfileEntry {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What kind of meeting.
    pub kind: WireMeetingKind,
    /// The one video codec.
    pub codec: WireCodec,
    /// Id of the line its programme comes from; one that was removed stays named until somebody chooses another.
    pub line: Option<String>,
    /// The venues that take part.
    pub venues: Vec<String>,
    /// The units that are invited; one that was closed stays named until somebody chooses anew.
    pub units: Vec<String>,
    /// How long such a meeting usually is.
    pub minutes: u32,
    /// How such a meeting opens.
    pub opening: MeetingOpening,
}

/// Body of `POST /api/profiles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProfile {
    /// Its name, 1 to 40 characters, unlike any other's.
    pub name: String,
    /// What kind of meeting.
    pub kind: WireMeetingKind,
    /// The one video codec.
    pub codec: WireCodec,
    /// Id of the line its programme comes from; left out or empty: none.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub line: Option<String>,
    /// The venues that take part.
    pub venues: Vec<String>,
    /// The units that are invited; left out: none.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub units: Option<Vec<String>>,
    /// How long such a meeting usually is, 15 to 1440.
    pub minutes: u32,
    /// How such a meeting opens; left out: as its kind has it, and by hand.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub opening: Option<MeetingOpening>,
}

/// Body of `PATCH /api/profiles/{profile}`; what is left out stays. No meeting changes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[cfg_attr(test, ts(optional_fields))]
pub struct ProfileChange {
    /// Its name.
    pub name: Option<String>,
    /// What kind of meeting.
    pub kind: Option<WireMeetingKind>,
    /// The one video codec.
    pub codec: Option<WireCodec>,
    /// Id of the line its programme comes from; empty: none.
    pub line: Option<String>,
    /// The venues that take part.
    pub venues: Option<Vec<String>>,
    /// The units that are invited.
    pub units: Option<Vec<String>>,
    /// How long such a meeting usually is.
    pub minutes: Option<u32>,
    /// How such a meeting opens.
    pub opening: Option<MeetingOpening>,
}

/// A meeting that should have opened by itself and could not yet: it is tried again until its planned end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnopenedMeeting {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its planned end, milliseconds since 1970.
    pub ends_at_ms: u64,
    /// What is in the way.
    pub why: WireHindrance,
}

/// Why a meeting does not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(test, ts(rename = "Hindrance"), schemars(rename = "Hindrance"))]
pub enum WireHindrance {
    /// A venue of it takes part in another meeting that is on air.
    VenueTaken {
        /// The venue's name.
        venue: String,
        /// The other meeting's title.
        other: String,
    },
    /// Its line feeds another meeting that is on air.
    LineTaken {
        /// The line's name.
        line: String,
        /// The other meeting's title.
        other: String,
    },
    /// Its line was removed.
    LineGone,
    /// Its arrangement lacks the signature that its unit asks for.
    Unsigned,
    /// The server could not; its log says why.
    Failed,
}
