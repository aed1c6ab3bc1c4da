//! The schedule: whom and what a planner chooses from, and what is in the way of a plan.

use super::{NewMeeting, UnitToInvite};
use crate::domain::{
    recurrence::{Nth, OnDayOff, Rhythm},
    schedule::{Wanted, Weight},
    workday::DayKind,
};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// Answer to `GET /api/schedule/choices`: whom and what a planner chooses from beside venues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScheduleChoices {
    /// Lines a programme may come from.
    pub lines: Vec<LineChoice>,
    /// Who may be on duty.
    pub operators: Vec<PersonChoice>,
    /// Leaders who may attend.
    pub leaders: Vec<PersonChoice>,
    /// Units that may be invited, in administrative order.
    pub units: Vec<UnitToInvite>,
}

/// A line to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LineChoice {
    /// Its id.
    pub id: String,
    /// Shown name.
    pub name: String,
}

/// Somebody to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeetingPerson {
    /// Their account's id.
    pub account: String,
    /// Shown name.
    pub name: String,
}

/// Answer to `GET /api/schedule/check`: what is in the way of a plan, and what could be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Wanted"), schemars(rename = "Wanted"))]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "ClashWeight"), schemars(rename = "ClashWeight"))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMove {
    /// Its id.
    pub meeting: String,
    /// Its new start, milliseconds since 1970; it keeps its length.
    pub starts_at_ms: u64,
}

/// Body of `POST /api/meetings/{meeting}/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cancellation {
    /// Why, 1 to 200 characters.
    pub text: String,
    /// Whether all later ones of its series are cancelled too.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub later: Option<bool>,
}

/// How often a meeting comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Rhythm"), schemars(rename = "Rhythm"))]
pub enum WireRhythm {
    /// 每周.
    Weekly,
    /// 双周.
    Fortnightly,
    /// 每月第一个, of the first one's weekday.
    MonthlyFirst,
    /// 每月第二个.
    MonthlySecond,
    /// 每月第三个.
    MonthlyThird,
    /// 每月第四个.
    MonthlyFourth,
    /// 每月最后一个.
    MonthlyLast,
}

impl From<WireRhythm> for Rhythm {
    fn from(rhythm: WireRhythm) -> Self {
        match rhythm {
            WireRhythm::Weekly => Self::Weekly,
            WireRhythm::Fortnightly => Self::Fortnightly,
            WireRhythm::MonthlyFirst => Self::Monthly(Nth::First),
            WireRhythm::MonthlySecond => Self::Monthly(Nth::Second),
            WireRhythm::MonthlyThird => Self::Monthly(Nth::Third),
            WireRhythm::MonthlyFourth => Self::Monthly(Nth::Fourth),
            WireRhythm::MonthlyLast => Self::Monthly(Nth::Last),
        }
    }
}

/// What becomes of a turn on a day on which nobody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "OnDayOff"), schemars(rename = "OnDayOff"))]
pub enum WireOnDayOff {
    /// 不开.
    LeaveOut,
    /// 顺延到下一个工作日.
    Later,
    /// 提前到上一个工作日.
    Earlier,
}

impl From<WireOnDayOff> for OnDayOff {
    fn from(on_day_off: WireOnDayOff) -> Self {
        match on_day_off {
            WireOnDayOff::LeaveOut => Self::LeaveOut,
            WireOnDayOff::Later => Self::Later,
            WireOnDayOff::Earlier => Self::Earlier,
        }
    }
}

/// How a meeting comes again: until a day or so many times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecurrenceRule {
    /// How often.
    pub rhythm: WireRhythm,
    /// Not after the day of this moment, milliseconds since 1970.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub until_ms: Option<u64>,
    /// So many times, 1 to 260; `untilMs` is left out then.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub count: Option<u32>,
    /// What becomes of a day off.
    pub on_day_off: WireOnDayOff,
}

/// Body of `POST /api/schedule/series`: a meeting that comes again. Nothing gives way to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSeries {
    /// The first one.
    pub meeting: NewMeeting,
    /// How it comes again.
    pub rule: RecurrenceRule,
    /// Whether turns are left out that another meeting is in the way of.
    pub leaves_out: bool,
}

/// Answer to `GET /api/schedule/series`: what would become of each turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SeriesCheck {
    /// Every turn, those left out too.
    pub turns: Vec<SeriesTurnEntry>,
    /// Years of which nobody has said which days are off.
    pub unknown_years: Vec<i16>,
}

/// One turn of a meeting that would come again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SeriesTurnEntry {
    /// When the rhythm has it, milliseconds since 1970.
    pub due_at_ms: u64,
    /// When it would begin; null if it is left out.
    pub starts_at_ms: Option<u64>,
    /// The holiday that falls on the due day; empty if none does.
    pub holiday: String,
    /// What is in its way.
    pub clashes: Vec<ClashEntry>,
}

/// A day that is not as its weekday says, in the answer to `GET /api/days`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SpecialDayEntry {
    /// Written 2026-10-01.
    pub date: String,
    /// What is special about it.
    pub kind: WireDayKind,
    /// Of which holiday.
    pub name: String,
}

/// What is special about a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "DayKind"), schemars(rename = "DayKind"))]
pub enum WireDayKind {
    /// 放假.
    Off,
    /// 调休上班.
    Work,
    /// 照常.
    Usual,
}

impl From<DayKind> for WireDayKind {
    fn from(kind: DayKind) -> Self {
        match kind {
            DayKind::Off => Self::Off,
            DayKind::Work => Self::Work,
            DayKind::Usual => Self::Usual,
        }
    }
}
