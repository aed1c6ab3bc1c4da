//! Meetings that come again: looked at turn by turn, planned all at once or not at all.

use super::{App, MeetingFault, NamedClash, joint_slots::account, planning::short_id};
use crate::{
    domain::{
        access::{self, Action, Actor, Resource},
        meeting::{Meeting, MeetingState, Mistake, Plan},
        recurrence::{self, Rule, Turn},
        schedule::{self, Clash},
        wall_clock,
        workday::Workdays,
    },
    id::SeriesId,
};
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

/// One turn of a meeting that would come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesTurn {
    /// The day it is due, and what becomes of it.
    pub turn: Turn,
    /// When it would begin; `None` if it is left out.
    pub starts: Option<SystemTime>,
    /// What is in its way.
    pub clashes: Vec<NamedClash>,
}

/// A meeting that would come again, turn by turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesLooked {
    /// Every turn, those left out too.
    pub turns: Vec<SeriesTurn>,
    /// Years of which nobody has said which days are off.
    pub unknown_years: Vec<i16>,
}

/// What the planner of a series has agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeriesConsent {
    /// Whether they know of every warning.
    pub warned: bool,
    /// Whether turns are left out that can't be held because another meeting has a venue or the line.
    pub leaves_out: bool,
}

/// Which meetings of a series an act is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// The one that is named.
    #[default]
    This,
    /// The same and all later ones that are planned.
    Later,
}

impl App {
    /// What would become of each turn of a meeting.
    pub async fn look_at_series(
        &self,
        actor: &Actor,
        plan: Plan,
        rule: &Rule,
        now: SystemTime,
    ) -> Result<SeriesLooked, MeetingFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(MeetingFault::Access)?;
        let workdays = self.store.workdays().await.map_err(MeetingFault::Store)?;
        let others = self.meetings_to_be().await?;
        let meeting = Meeting::planned("new".parse().expect("a letter word is an id"), plan);
        let (mut due, mut clashes) = (Vec::new(), Vec::new());
        for (turn, starts) in turns_of(&meeting, rule, &workdays) {
            let own = starts.map(|starts| schedule::clashes(&meeting.starting(starts), &others, now));
            let before = clashes.len();
            clashes.extend(own.unwrap_or_default());
            due.push((turn, starts, clashes.len() - before));
        }
        // Named all at once: a year of a series clashes with hundreds.
        let mut named = self.named(clashes).await?.into_iter();
        let turn = |(turn, starts, count)| SeriesTurn { turn, starts, clashes: named.by_ref().take(count).collect() };
        let turns: Vec<SeriesTurn> = due.into_iter().map(turn).collect();
        let years: BTreeSet<i16> = turns.iter().map(|turn| turn.turn.due.year()).collect();
        let unknown_years = years.into_iter().filter(|year| !workdays.knows(*year)).collect();
        Ok(SeriesLooked { turns, unknown_years })
    }

    /// Plans every turn of a meeting that is held, as one series.
    pub async fn plan_series(
        &self,
        actor: &Actor,
        plan: Plan,
        rule: &Rule,
        consent: SeriesConsent,
        now: SystemTime,
    ) -> Result<Vec<Meeting>, MeetingFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let plan = self.checked(plan).await?;
        let workdays = self.store.workdays().await.map_err(MeetingFault::Store)?;
        let others = self.meetings_to_be().await?;
        let series: SeriesId = short_id();
        let first = Meeting::planned("new".parse().expect("a letter word is an id"), plan);
        let mut made = Vec::new();
        for starts in turns_of(&first, rule, &workdays).into_iter().filter_map(|(_, starts)| starts) {
            let meeting = Meeting { id: self.free_id().await?, series: Some(series.clone()), ..first.starting(starts) };
            let (hard, soft): (Vec<Clash>, Vec<Clash>) =
                schedule::clashes(&meeting, &others, now).into_iter().partition(|clash| clash.wanted.is_one());
            match (hard.is_empty(), soft.is_empty() || consent.warned) {
                (false, _) if consent.leaves_out => {}
                (false, _) => return Err(MeetingFault::Clashes(self.named(hard).await?)),
                (true, false) => return Err(MeetingFault::Unconfirmed(self.named(soft).await?)),
                (true, true) => made.push(meeting),
            }
        }
        if made.is_empty() {
            return Err(MeetingFault::Plan(vec![Mistake::NoTurn]));
        }
        let follow = self.followers(&made, account(actor), now).await?;
        let written: Vec<Meeting> = made.iter().cloned().chain(follow.slots).collect();
        self.store.save_with_tests(&written, &follow.tests).await.map_err(MeetingFault::Store)?;
        Ok(made)
    }

    /// Days that are not as their weekday says, as far as they were announced.
    pub async fn special_days(&self, actor: &Actor) -> Result<Workdays, MeetingFault> {
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(MeetingFault::Access)?;
        self.store.workdays().await.map_err(MeetingFault::Store)
    }

    /// Planned meetings of the same series that begin later, if the act is about them.
    pub(super) async fn later_of(&self, meeting: &Meeting, scope: Scope) -> Result<Vec<Meeting>, MeetingFault> {
        if scope == Scope::This || meeting.series.is_none() {
            return Ok(Vec::new());
        }
        let mut later = self.meetings_to_be().await?;
        later.retain(|other| {
            other.series == meeting.series && other.starts > meeting.starts && other.state == MeetingState::Planned
        });
        Ok(later)
    }
}

/// Every turn of a meeting, with its start if it is held.
fn turns_of(meeting: &Meeting, rule: &Rule, workdays: &Workdays) -> Vec<(Turn, Option<SystemTime>)> {
    let (first, since_midnight): (_, Duration) = wall_clock::read(meeting.starts);
    let start = |turn: &Turn| turn.held.map(|day| wall_clock::moment(day, since_midnight));
    recurrence::turns(rule, first, workdays).into_iter().map(|turn| (turn.clone(), start(&turn))).collect()
}
