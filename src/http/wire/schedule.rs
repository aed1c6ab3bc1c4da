//! The schedule: whom and what a planner chooses from, and what is in the way of a plan.

use crate::domain::schedule::{Wanted, Weight};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Answer to `GET /api/schedule/choices`: whom and what a planner chooses from beside venues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleChoices {
    /// Lines a programme may come from.
    pub lines: Vec<LineChoice>,
    /// Who may be on duty.
    pub operators: Vec<PersonChoice>,
    /// Leaders who may attend.
    pub leaders: Vec<PersonChoice>,
}

/// A line to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineChoice {
    /// Its id.
    pub id: String,
    /// Shown name.
    pub name: String,
}

/// Somebody to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PersonChoice {
    /// Their account's id.
    pub account: String,
    /// Shown name.
    pub name: String,
    /// Their unit's name; may be empty.
    pub unit: String,
}

/// Somebody who operates or attends a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MeetingPerson {
    /// Their account's id.
    pub account: String,
    /// Shown name.
    pub name: String,
}

/// Answer to `GET /api/schedule/check`: what is in the way of a plan, and what could be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleCheck {
    /// What clashes, by the other meeting's start.
    pub clashes: Vec<ClashEntry>,
    /// Where each meeting that gives way may take place instead; none if the plan is refused all the same.
    pub moves: Vec<MoveEntry>,
    /// When the meeting itself would fit, milliseconds since 1970, if it is refused as it is.
    pub free_at_ms: Option<u64>,
}

/// Two meetings want something at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClashEntry {
    /// What kind of thing both want.
    pub wanted: WireWanted,
    /// Its name.
    pub name: String,
    /// What comes of it.
    pub weight: WireClashWeight,
    /// The other meeting's id.
    pub meeting: String,
    /// Its title.
    pub title: String,
    /// Its planned start, milliseconds since 1970.
    pub starts_at_ms: u64,
    /// Its planned end.
    pub ends_at_ms: u64,
}

/// What kind of thing two meetings want at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "Wanted")]
pub enum WireWanted {
    /// A venue.
    Venue,
    /// The line a programme comes from.
    Line,
    /// Who operates.
    Operator,
    /// A leader who attends.
    Leader,
}

impl From<&Wanted> for WireWanted {
    fn from(wanted: &Wanted) -> Self {
        match wanted {
            Wanted::Venue(_) => Self::Venue,
            Wanted::Line(_) => Self::Line,
            Wanted::Operator(_) => Self::Operator,
            Wanted::Leader(_) => Self::Leader,
        }
    }
}

/// What comes of a clash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "ClashWeight")]
pub enum WireClashWeight {
    /// It can't be planned so.
    Refused,
    /// The other meeting gives way, if the planner says so.
    PreEmpts,
    /// It can be planned so by whoever says that they know.
    Warned,
}

impl From<Weight> for WireClashWeight {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Refused => Self::Refused,
            Weight::PreEmpts => Self::PreEmpts,
            Weight::Warned => Self::Warned,
        }
    }
}

/// Where a meeting that gives way may take place instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MoveEntry {
    /// Its id.
    pub meeting: String,
    /// Its title.
    pub title: String,
    /// Its new start, milliseconds since 1970.
    pub starts_at_ms: u64,
    /// Its new end.
    pub ends_at_ms: u64,
}

/// A meeting that gives way, as its planner agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMove {
    /// Its id.
    pub meeting: String,
    /// Its new start, milliseconds since 1970; it keeps its length.
    pub starts_at_ms: u64,
}
