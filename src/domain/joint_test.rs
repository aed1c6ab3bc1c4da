//! The joint test (联调): the rehearsal of a meeting with its checklist, what was measured, and what came of it.
//!
//! Its time is a row among meetings ([`slot`]); this is what is done in that time. [`JointTest`] only moves by its methods, each of
//! which refuses what its [`State`] does not allow. Whether a meeting is ready (就绪) follows from it: [`readiness`]. What a machine
//! can judge is in [`measure`].

pub mod checklist;
pub mod measure;
pub mod slot;

use self::{
    checklist::{CheckFault, Entry, Item, Verdict},
    measure::Finding,
};
use super::{
    line::{self, LineFault},
    meeting::{Field, Kind, Meeting},
};
use crate::id::{AccountId, MeetingId};
use std::time::SystemTime;

/// Most characters of a note to an item, and of the reason a meeting is held with an open defect for.
pub const NOTE_CHARS_MAX: usize = 200;

/// A joint test of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JointTest {
    /// The row among meetings that is its time.
    pub id: MeetingId,
    /// The meeting it is of.
    pub tests: MeetingId,
    /// How far it is.
    pub state: State,
    /// The checklist as it was when it began; empty before.
    pub items: Vec<Item>,
    /// Who began it last, and when.
    pub begun: Option<Act>,
    /// Who ended it, and when.
    pub ended: Option<Act>,
    /// Why the meeting is to be held all the same; empty unless somebody said so.
    pub reason: String,
    /// Who said so, and when.
    pub explained: Option<Act>,
    /// Who signed that, and when.
    pub accepted: Option<Act>,
    /// Who changed the meeting after it, and when.
    pub changed: Option<Act>,
}

/// Somebody did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: SystemTime,
}

/// How far a joint test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 待联调.
    Planned,
    /// 联调中: items are checked.
    Running,
    /// 合格: the meeting's settings are frozen.
    Passed,
    /// 有问题: an item is wrong, or nobody looked at it.
    Defects,
    /// 已说明，待签字: somebody wrote why the meeting is held all the same.
    Explained,
    /// 已签字同意: that was signed; the settings are frozen.
    Accepted,
    /// 联调后更改: what was tested is no longer what is planned.
    Changed,
}

/// What can happen to a joint test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It begins, or goes on after a defect was mended.
    Begin,
    /// An item is checked or measured.
    Check,
    /// It ends and nothing is open.
    Pass,
    /// It ends with something open.
    Fail,
    /// Somebody writes why the meeting is held all the same.
    Explain,
    /// That is signed.
    Accept,
}

/// A step that a joint test's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a joint test that is {from:?} can't {event:?}")]
pub struct IllegalStep {
    /// How far it is.
    pub from: State,
    /// What was to happen to it.
    pub event: Event,
}

/// Why something is not done to a joint test.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its state does not allow it.
    #[error("the joint test's state does not allow this")]
    Step(#[source] IllegalStep),
    /// An item can't be checked so.
    #[error("the item can't be checked so: {0}")]
    Check(#[source] CheckFault),
    /// The reason is no line.
    #[error("the reason is not valid: {0}")]
    Reason(LineFault),
    /// Whoever ran the test would sign for its defects.
    #[error("whoever ran the test does not sign for its defects")]
    Own,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Planned, Self::Running, Self::Passed, Self::Defects, Self::Explained, Self::Accepted, Self::Changed];

    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Defects => "defects",
            Self::Explained => "explained",
            Self::Accepted => "accepted",
            Self::Changed => "changed",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state after `event`.
    pub const fn next(self, event: Event) -> Result<Self, IllegalStep> {
        match (self, event) {
            (Self::Planned | Self::Defects | Self::Explained | Self::Changed, Event::Begin)
            | (Self::Running, Event::Check) => Ok(Self::Running),
            (Self::Running, Event::Pass) => Ok(Self::Passed),
            (Self::Running, Event::Fail) => Ok(Self::Defects),
            (Self::Defects | Self::Explained | Self::Changed, Event::Explain) => Ok(Self::Explained),
            (Self::Explained, Event::Accept) => Ok(Self::Accepted),
            (from, event) => Err(IllegalStep { from, event }),
        }
    }

    /// The state after what was tested became another: only what counted before counts no longer.
    #[must_use]
    pub const fn after_change(self) -> Self {
        match self {
            Self::Passed | Self::Accepted | Self::Explained => Self::Changed,
            Self::Planned | Self::Running | Self::Defects | Self::Changed => self,
        }
    }

    /// Whether the meeting's settings are frozen (冻结): only who says that they know changes them.
    #[must_use]
    pub const fn freezes(self) -> bool {
        matches!(self, Self::Passed | Self::Accepted)
    }
}

impl JointTest {
    /// One that has a time and nothing else.
    #[must_use]
    pub const fn planned(id: MeetingId, tests: MeetingId) -> Self {
        Self {
            id,
            tests,
            state: State::Planned,
            items: Vec::new(),
            begun: None,
            ended: None,
            reason: String::new(),
            explained: None,
            accepted: None,
            changed: None,
        }
    }

    /// Begun, with the checklist as it is now; one that goes on keeps its own and what was checked.
    pub fn begin(self, list: &[Entry], act: Act) -> Result<Self, Fault> {
        let state = self.step(Event::Begin)?;
        let items = match self.state {
            State::Planned => list.iter().cloned().map(Item::open).collect(),
            _ => self.items,
        };
        let (begun, reason) = (Some(act), String::new());
        let [ended, explained, accepted, changed] = [const { None }; 4];
        Ok(Self { state, items, begun, ended, reason, explained, accepted, changed, ..self })
    }

    /// One item was looked at.
    pub fn check(mut self, item: &str, verdict: Verdict, note: &str, act: Act) -> Result<Self, Fault> {
        self.step(Event::Check)?;
        let known = self.items.iter_mut().find(|known| known.entry.id == item);
        let known = known.ok_or(Fault::Check(CheckFault::Unknown))?;
        *known = known.clone().checked(verdict, note, act).map_err(Fault::Check)?;
        Ok(self)
    }

    /// Machines looked at some items.
    pub fn measured(mut self, findings: &[Finding], act: &Act) -> Result<Self, Fault> {
        self.step(Event::Check)?;
        for item in &mut self.items {
            let found = findings.iter().find(|finding| item.entry.measure == Some(finding.measure));
            if let Some(found) = found {
                *item = item.clone().measured(found, act.clone());
            }
        }
        Ok(self)
    }

    /// Ended: it passed if nothing is open.
    pub fn end(self, act: Act) -> Result<Self, Fault> {
        let event = if self.open_items() == 0 { Event::Pass } else { Event::Fail };
        let state = self.step(event)?;
        Ok(Self { state, ended: Some(act), ..self })
    }

    /// Somebody says why the meeting is held all the same.
    pub fn explain(self, reason: &str, act: Act) -> Result<Self, Fault> {
        let state = self.step(Event::Explain)?;
        let reason = line::checked(reason, NOTE_CHARS_MAX).map_err(Fault::Reason)?;
        Ok(Self { state, reason, explained: Some(act), ..self })
    }

    /// Whoever signs agrees; never who ran the test or wrote the reason.
    pub fn accept(self, act: Act) -> Result<Self, Fault> {
        let state = self.step(Event::Accept)?;
        let theirs = [&self.begun, &self.ended, &self.explained];
        if theirs.into_iter().flatten().any(|own| own.by == act.by) {
            return Err(Fault::Own);
        }
        Ok(Self { state, accepted: Some(act), ..self })
    }

    /// The meeting was changed after it.
    #[must_use]
    pub fn after_change(self, act: Act) -> Self {
        let state = self.state.after_change();
        if state == self.state { self } else { Self { state, changed: Some(act), ..self } }
    }

    /// How many items are wrong or were not looked at.
    #[must_use]
    pub fn open_items(&self) -> usize {
        self.items.iter().filter(|item| item.is_open()).count()
    }

    /// Everybody who did something.
    pub fn people(&self) -> impl Iterator<Item = &AccountId> {
        let acts = [&self.begun, &self.ended, &self.explained, &self.accepted, &self.changed];
        let checks = self.items.iter().filter_map(|item| item.by.as_ref());
        acts.into_iter().flatten().chain(checks).map(|act| &act.by)
    }

    fn step(&self, event: Event) -> Result<State, Fault> {
        self.state.next(event).map_err(Fault::Step)
    }
}

/// Whether a meeting is ready (就绪) as far as its joint test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It takes none.
    NotNeeded,
    /// 未联调.
    NotTested,
    /// 联调中.
    Running,
    /// 就绪.
    Ready,
    /// 有问题: so many items are open.
    Defects(usize),
    /// 待签字.
    Explained,
    /// 就绪，带问题已签字同意.
    Accepted,
    /// 联调后更改.
    Changed,
}

impl Readiness {
    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::NotNeeded | Self::Ready | Self::Accepted)
    }
}

/// Whether a meeting takes a joint test: one that listens to the tier above, or whose programme comes over a line.
#[must_use]
pub const fn is_needed(meeting: &Meeting) -> bool {
    meeting.tests.is_none() && (matches!(meeting.kind, Kind::Upper) || meeting.arrangement.line.is_some())
}

/// Whether a meeting is ready, by the test of it that counts: the latest that has begun, else one that is planned.
#[must_use]
pub fn readiness(meeting: &Meeting, test: Option<&JointTest>) -> Readiness {
    match test.map(|test| (test.state, test)) {
        None if is_needed(meeting) => Readiness::NotTested,
        None => Readiness::NotNeeded,
        Some((State::Planned, _)) => Readiness::NotTested,
        Some((State::Running, _)) => Readiness::Running,
        Some((State::Passed, _)) => Readiness::Ready,
        Some((State::Defects, test)) => Readiness::Defects(test.open_items()),
        Some((State::Explained, _)) => Readiness::Explained,
        Some((State::Accepted, _)) => Readiness::Accepted,
        Some((State::Changed, _)) => Readiness::Changed,
    }
}

/// Of these rows of joint tests, by their start, the one that is to come or runs.
pub fn to_come<'a>(slots: impl IntoIterator<Item = &'a Meeting>, now: SystemTime) -> Option<&'a Meeting> {
    slots.into_iter().find(|slot| slot.state.is_to_be() && slot.ends > now)
}

/// The test that counts: of those that have begun the latest, else the last one.
pub fn that_counts<'a>(tests: impl IntoIterator<Item = &'a JointTest>) -> Option<&'a JointTest> {
    tests.into_iter().max_by_key(|test| test.begun.as_ref().map(|begun| begun.at))
}

/// What of a meeting's frozen settings a change would make another: what was tested. Its end is none of it.
#[must_use]
pub fn unfrozen(before: &Meeting, after: &Meeting) -> Vec<Field> {
    [
        (Field::Starts, before.starts != after.starts),
        (Field::Kind, before.kind != after.kind),
        (Field::Codec, before.codec != after.codec),
        (Field::Venues, before.venues != after.venues),
        (Field::Line, before.arrangement.line != after.arrangement.line),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

#[cfg(test)]
mod tests;
