//! Joint tests and whether meetings are ready, as pages read and write them.

use super::MeetingPerson;
use crate::domain::joint_test::{Readiness, State, checklist::Verdict, measure::Measure, slot::NoTime};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use {schemars::JsonSchema, ts_rs::TS};

/// Whether a meeting is ready, in the answer to `GET /api/joint-tests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReadinessEntry {
    /// The meeting's id.
    pub meeting: String,
    /// Whether it is ready.
    pub readiness: WireReadiness,
    /// How many items are open, of one with defects; else 0.
    pub open_items: u32,
    /// The joint test that counts, or that is to come.
    pub slot: Option<String>,
    /// When that begins or began, milliseconds since 1970.
    pub starts_at_ms: Option<u64>,
    /// Why it has none, if it takes one.
    pub none: Option<WireNoTime>,
}

/// Why a meeting got no joint test by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "NoJointTest"), schemars(rename = "NoJointTest"))]
pub enum WireNoTime {
    /// The time it would have by default has gone.
    Gone,
    /// Everything before the meeting is taken.
    Taken,
}

impl From<NoTime> for WireNoTime {
    fn from(why: NoTime) -> Self {
        match why {
            NoTime::Gone => Self::Gone,
            NoTime::Taken => Self::Taken,
        }
    }
}

/// Whether a meeting is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Readiness"), schemars(rename = "Readiness"))]
pub enum WireReadiness {
    /// It takes no joint test.
    NotNeeded,
    /// 未联调.
    NotTested,
    /// 联调中.
    Running,
    /// 就绪.
    Ready,
    /// 有问题.
    Defects,
    /// 待签字.
    Explained,
    /// 就绪: somebody signed for what is open.
    Accepted,
    /// 联调后更改.
    Changed,
}

impl From<Readiness> for WireReadiness {
    fn from(readiness: Readiness) -> Self {
        match readiness {
            Readiness::NotNeeded => Self::NotNeeded,
            Readiness::NotTested => Self::NotTested,
            Readiness::Running => Self::Running,
            Readiness::Ready => Self::Ready,
            Readiness::Defects(_) => Self::Defects,
            Readiness::Explained => Self::Explained,
            Readiness::Accepted => Self::Accepted,
            Readiness::Changed => Self::Changed,
        }
    }
}

/// How far a joint test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "JointTestState"), schemars(rename = "JointTestState"))]
pub enum WireJointTestState {
    /// 待联调.
    Planned,
    /// 联调中.
    Running,
    /// 合格.
    Passed,
    /// 有问题.
    Defects,
    /// 待签字.
    Explained,
    /// 已签字同意.
    Accepted,
    /// 联调后更改.
    Changed,
}

impl From<State> for WireJointTestState {
    fn from(state: State) -> Self {
        match state {
            State::Planned => Self::Planned,
            State::Running => Self::Running,
            State::Passed => Self::Passed,
            State::Defects => Self::Defects,
            State::Explained => Self::Explained,
            State::Accepted => Self::Accepted,
            State::Changed => Self::Changed,
        }
    }
}

/// Answer to `GET /api/joint-tests/{meeting}`: all of a joint test, and of its meeting what stands on its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct JointTestEntry {
    /// Its id: that of its row among meetings.
    pub id: String,
    /// The meeting it is of.
    pub meeting: String,
    /// That meeting's title.
    pub title: String,
    /// That meeting's planned start, milliseconds since 1970.
    pub meeting_starts_at_ms: u64,
    /// That meeting's planned end.
    pub meeting_ends_at_ms: u64,
    /// Its own planned start.
    pub starts_at_ms: u64,
    /// Its own planned end.
    pub ends_at_ms: u64,
    /// Whether its room is open, so that something can be measured.
    pub on_air: bool,
    /// Whether its room was closed or the test cancelled: it can't be opened again.
    pub closed: bool,
    /// Name of the line; empty without one.
    pub line: String,
    /// Names of the venues.
    pub venues: Vec<String>,
    /// Who is on duty.
    pub operator: Option<MeetingPerson>,
    /// How far it is.
    pub state: WireJointTestState,
    /// Whether the meeting is ready.
    pub readiness: WireReadiness,
    /// What is checked.
    pub items: Vec<ChecklistItem>,
    /// Who began it, and when.
    pub begun: Option<ActEntry>,
    /// Who ended it, and when.
    pub ended: Option<ActEntry>,
    /// Why the meeting is held with something open; empty unless somebody said so.
    pub reason: String,
    /// Who said so, and when.
    pub explained: Option<ActEntry>,
    /// Who signed that, and when.
    pub accepted: Option<ActEntry>,
    /// Who changed the meeting after it, and when.
    pub changed: Option<ActEntry>,
}

/// Somebody did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActEntry {
    /// Their account's id.
    pub account: String,
    /// Their shown name.
    pub name: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
}

/// One item of a joint test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChecklistItem {
    /// Its id within the test.
    pub id: String,
    /// What is looked at.
    pub text: String,
    /// What a machine says something about, if one does.
    pub measure: Option<WireMeasure>,
    /// What was found.
    pub verdict: WireVerdict,
    /// What is wrong, or why the machine is overruled; may be empty.
    pub note: String,
    /// What was measured last: figures, or what is missing; empty if nothing was.
    pub measured: String,
    /// Whether that is good; null if nothing was measured.
    pub measured_good: Option<bool>,
    /// Who looked last, and when.
    pub by: Option<ActEntry>,
}

/// What a machine says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "Measure"), schemars(rename = "Measure"))]
pub enum WireMeasure {
    /// Whether the line runs.
    Line,
    /// The programme's picture.
    Picture,
    /// Its sound.
    Sound,
    /// A second stream.
    Content,
    /// The venues' pictures and sound.
    Venues,
    /// Loss, round trip, jitter.
    Network,
    /// The trial recording.
    Trial,
    /// Room on the disk.
    Disk,
}

impl From<Measure> for WireMeasure {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::Line => Self::Line,
            Measure::Picture => Self::Picture,
            Measure::Sound => Self::Sound,
            Measure::Content => Self::Content,
            Measure::Venues => Self::Venues,
            Measure::Network => Self::Network,
            Measure::Trial => Self::Trial,
            Measure::Disk => Self::Disk,
        }
    }
}

/// What was found of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, ts(rename = "ItemVerdict"), schemars(rename = "ItemVerdict"))]
pub enum WireVerdict {
    /// 未查.
    Open,
    /// 正常.
    Good,
    /// 异常.
    Bad,
    /// 不涉及.
    Absent,
}

impl From<Verdict> for WireVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Open => Self::Open,
            Verdict::Good => Self::Good,
            Verdict::Bad => Self::Bad,
            Verdict::Absent => Self::Absent,
        }
    }
}

impl From<WireVerdict> for Verdict {
    fn from(verdict: WireVerdict) -> Self {
        match verdict {
            WireVerdict::Open => Self::Open,
            WireVerdict::Good => Self::Good,
            WireVerdict::Bad => Self::Bad,
            WireVerdict::Absent => Self::Absent,
        }
    }
}

/// Body of `POST /api/meetings/{meeting}/joint-test`: a joint test made by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewJointTest {
    /// Its start, milliseconds since 1970.
    pub starts_at_ms: u64,
    /// Its end, not after its meeting's start.
    pub ends_at_ms: u64,
    /// Whether the planner knows of every warning.
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub warned: Option<bool>,
}

/// Body of `POST /api/joint-tests/{meeting}/items`: what somebody found of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemCheck {
    /// The item's id.
    pub item: String,
    /// What was found.
    pub verdict: WireVerdict,
    /// What is wrong, or why a measurement is overruled; at most 200 characters, else empty.
    pub note: String,
}

/// An item of the server's own checklist; in a body, an empty id stands for a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChecklistEntry {
    /// Its id.
    pub id: String,
    /// What is looked at, 1 to 60 characters.
    pub text: String,
    /// Whether a machine fills it in; nobody changes that.
    #[serde(default)]
    pub measured: bool,
}

/// Body of `POST /api/checklist`, and answer to `GET /api/checklist`: 10 to 30 items, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS, JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checklist {
    /// The items.
    pub items: Vec<ChecklistEntry>,
}
