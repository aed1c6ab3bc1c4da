//! Attendance lists of meetings, as those who keep them and the liaisons of units read and change them.

use crate::domain::attendance::{Means, Phase, Standing};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// Answer to `GET /api/meetings/{meeting}/attendance`, and to each change of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttendanceList {
    /// When this was said, milliseconds since 1970: what times in it are counted from.
    pub now_ms: u64,
    /// Title of the meeting.
    pub title: String,
    /// Its planned start.
    pub starts_at_ms: u64,
    /// Its planned end.
    pub ends_at_ms: u64,
    /// Whether it is one of a series.
    pub in_series: bool,
    /// What holds for the whole list.
    pub terms: AttendanceTerms,
    /// When which step can be taken.
    pub hours: AttendanceHours,
    /// How many there are of each.
    pub figures: AttendanceFigures,
    /// The invited units, in administrative order.
    pub units: Vec<InvitedUnit>,
    /// Units that could be invited, in administrative order.
    pub others: Vec<UnitToInvite>,
    /// The venues that take part, in administrative order.
    pub venues: Vec<AttendanceVenue>,
}

/// What holds for a whole list, as the panel sends and receives it. Minutes count from the meeting's start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttendanceTerms {
    /// How many minutes before the start units can name and excuse people no longer; null is until sign-in opens.
    pub answer_before_minutes: Option<u32>,
    /// How many minutes before the start sign-in opens.
    pub opens_before_minutes: u32,
    /// How many minutes after the start sign-in closes: whoever comes later is late.
    pub closes_after_minutes: u32,
}

/// When which step can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttendanceHours {
    /// Until when units answer.
    pub answers_until_ms: u64,
    /// When sign-in opens.
    pub opens_at_ms: u64,
    /// From when on a sign-in is late.
    pub closes_at_ms: u64,
    /// How far the meeting is.
    pub phase: WirePhase,
}

/// How far a meeting is, as far as its list is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "AttendancePhase"), schemars(rename = "AttendancePhase"))]
pub enum WirePhase {
    /// It is held, or will be.
    ToBe,
    /// It is over.
    Over,
    /// It does not take place.
    Cancelled,
}

impl From<Phase> for WirePhase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::ToBe => Self::ToBe,
            Phase::Over => Self::Over,
            Phase::Cancelled => Self::Cancelled,
        }
    }
}

/// How many people there are of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttendanceFigures {
    /// 应到.
    pub due: usize,
    /// 实到.
    pub present: usize,
    /// 请假.
    pub leave: usize,
    /// 缺席.
    pub absent: usize,
    /// 迟到, of those present.
    pub late: usize,
}

/// An invited unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvitedUnit {
    /// Its id.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// Whether somebody answers for it here; else it is told by telephone.
    pub has_liaison: bool,
    /// The venue its people come to; empty if the meeting has none.
    pub venue: String,
    /// Its receipt.
    pub receipt: ReceiptEntry,
    /// Its people, by their numbers.
    pub people: Vec<AttendeeEntry>,
}

/// A unit that could be invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitToInvite {
    /// Its id.
    pub unit: String,
    /// Its name.
    pub name: String,
}

/// A venue that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttendanceVenue {
    /// Its id.
    pub venue: String,
    /// Its name.
    pub name: String,
}

/// How far a unit's notice has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReceiptEntry {
    /// In one word.
    pub standing: WireReceiptStanding,
    /// Who opened it; empty while nobody has.
    pub read_by: String,
    /// When.
    pub read_at_ms: Option<u64>,
    /// Who confirmed it.
    pub confirmed_by: String,
    /// When.
    pub confirmed_at_ms: Option<u64>,
}

/// How a receipt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "ReceiptStanding"), schemars(rename = "ReceiptStanding"))]
pub enum WireReceiptStanding {
    /// 已通知.
    Notified,
    /// 已阅.
    Read,
    /// 已回执.
    Confirmed,
    /// Time or room became another after it was read.
    Changed,
}

impl From<Standing> for WireReceiptStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Notified => Self::Notified,
            Standing::Read => Self::Read,
            Standing::Confirmed => Self::Confirmed,
            Standing::Changed => Self::Changed,
        }
    }
}

/// Somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttendeeEntry {
    /// Their id.
    pub id: String,
    /// Number on the sheet.
    pub number: u32,
    /// Name.
    pub name: String,
    /// Position; may be empty.
    pub position: String,
    /// Whether whoever keeps the list put them on it.
    pub summoned: bool,
    /// What is to be expected.
    pub answer: AttendeeAnswer,
    /// Who said so.
    pub said_by: String,
    /// When.
    pub said_at_ms: u64,
    /// Their sign-in.
    pub signed: Option<AttendeeSignIn>,
}

/// What is to be expected of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum AttendeeAnswer {
    /// 应到.
    Expected,
    /// 已确认.
    Confirmed,
    /// 请假.
    Leave {
        /// Why, at most 100 characters.
        reason: String,
        /// Who approved it.
        approver: String,
    },
    /// 替会.
    StandIn {
        /// Who comes instead.
        name: String,
        /// Who approved it.
        approver: String,
    },
    /// 缺席.
    Absent,
}

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttendeeSignIn {
    /// When it was entered.
    pub at_ms: u64,
    /// By whom.
    pub by: String,
    /// How.
    pub means: WireMeans,
    /// Whether it was late (迟到).
    pub late: bool,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "SignInMeans"), schemars(rename = "SignInMeans"))]
pub enum WireMeans {
    /// By a tap on the list.
    List,
    /// By the number on the sheet.
    Number,
    /// Afterwards, from paper.
    Paper,
}

impl From<Means> for WireMeans {
    fn from(means: Means) -> Self {
        match means {
            Means::List => Self::List,
            Means::Number => Self::Number,
            Means::Paper => Self::Paper,
        }
    }
}

impl From<WireMeans> for Means {
    fn from(means: WireMeans) -> Self {
        match means {
            WireMeans::List => Self::List,
            WireMeans::Number => Self::Number,
            WireMeans::Paper => Self::Paper,
        }
    }
}

/// Body of `POST /api/meetings/{meeting}/attendance/invite`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnitInvitation {
    /// Which units; those that are invited already stay so.
    pub units: Vec<String>,
    /// Whether they are invited to all later meetings of the series too.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub later: Option<bool>,
}

/// Body of `POST /api/meetings/{meeting}/attendance/copy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttendanceCopy {
    /// The meeting whose list is taken.
    pub from: String,
}

/// Body of `PATCH /api/meetings/{meeting}/attendance/units/{unit}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnitPlace {
    /// The venue its people come to; empty is the meeting's own.
    pub venue: String,
}

/// Body of what puts people on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAttendees {
    /// Whom.
    pub people: Vec<NewAttendee>,
}

/// Somebody to be put on a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAttendee {
    /// Name, at most 64 characters.
    pub name: String,
    /// Position, at most 64 characters; may be empty.
    pub position: String,
}

/// Body of what changes somebody on a list; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttendeeChange {
    /// Name and position.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub person: Option<NewAttendee>,
    /// What is to be expected.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub answer: Option<AttendeeAnswer>,
}

/// Body of `POST /api/meetings/{meeting}/attendance/sign-in`: either id or number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInRequest {
    /// Who.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub attendee: Option<String>,
    /// Or whoever has this number on the sheet.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub number: Option<u32>,
    /// How.
    pub means: WireMeans,
}

/// Body of `POST /api/meetings/{meeting}/attendance/undo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInUndo {
    /// Who.
    pub attendee: String,
}

/// Answer to a sign-in, and to its undoing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Who, as they stand on the list now.
    pub attendee: AttendeeEntry,
    /// How many there are of each.
    pub figures: AttendanceFigures,
}

/// One meeting a unit is invited to. Answer to `GET /api/notices` is a list of these, the soonest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnitNotice {
    /// Id of the meeting.
    pub meeting: String,
    /// Id of the unit.
    pub unit: String,
    /// Name of the unit.
    pub unit_name: String,
    /// Title of the meeting.
    pub title: String,
    /// Its planned start.
    pub starts_at_ms: u64,
    /// Its planned end.
    pub ends_at_ms: u64,
    /// Why it was cancelled; empty unless it was.
    pub cancel_reason: String,
    /// The venue its people come to; empty if the meeting has none.
    pub venue: String,
    /// The unit that holds it; may be empty.
    pub organiser: String,
    /// The agenda, item by item.
    pub agenda: Vec<String>,
    /// What is asked of whoever attends, item by item; may be empty.
    pub requirements: Vec<String>,
    /// Whom to ask, or who is on duty; may be empty.
    pub contact: String,
    /// When the joint test begins, if one is to come.
    pub joint_test_at_ms: Option<u64>,
    /// When which step can be taken.
    pub hours: AttendanceHours,
    /// Whether the unit can still say who comes.
    pub answers: bool,
    /// The receipt.
    pub receipt: ReceiptEntry,
    /// The unit's people.
    pub people: Vec<AttendeeEntry>,
}
