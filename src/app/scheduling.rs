//! The schedule: what is in the way of a plan, what could be done about it, and whom and what a planner chooses from.

use super::{App, MeetingFault, demo_meeting_id};
use crate::{
    domain::{
        access::{self, Action, Actor, Resource},
        account::Account,
        leg::{Leg, Source},
        meeting::{Known, Meeting, MeetingState, Plan},
        org_unit::OrgUnit,
        role::Role,
        schedule::{self, Clash, Consent, Findings, Move, Unsettled, Wanted},
    },
    id::{AccountId, LegId, MeetingId, VenueId},
    store::StoreError,
};
use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

/// What a planner chooses from beside venues.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Lines a programme may come from.
    pub lines: Vec<(LegId, String)>,
    /// Who may be on duty.
    pub operators: Vec<Account>,
    /// Leaders who may attend.
    pub leaders: Vec<Account>,
    /// Units that may be invited, in administrative order.
    pub units: Vec<OrgUnit>,
}

/// A clash with the name of what both meetings want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedClash {
    /// The clash.
    pub clash: Clash,
    /// Name of the venue, the line or the person.
    pub name: String,
}

/// What is in the way of a plan, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// What clashes.
    pub clashes: Vec<NamedClash>,
    /// Where those that give way may take place, as they would be then.
    pub moves: Vec<Meeting>,
    /// When the meeting itself would fit, if it is refused as it is.
    pub free: Option<SystemTime>,
}

impl App {
    /// Whom and what a planner chooses from.
    pub async fn schedule_choices(&self, actor: &Actor) -> Result<Choices, MeetingFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(MeetingFault::Access)?;
        self.choices().await
    }

    async fn choices(&self) -> Result<Choices, MeetingFault> {
        let lines = self.lines().await?.into_iter().map(|leg| (leg.id, leg.name)).collect();
        let operators = self.store.accounts_with(Role::Operator).await.map_err(MeetingFault::Store)?;
        let leaders = self.store.accounts_with(Role::Leader).await.map_err(MeetingFault::Store)?;
        let mut units = self.store.org_units().await.map_err(MeetingFault::Store)?;
        units.retain(OrgUnit::is_open);
        Ok(Choices { lines, operators, leaders, units })
    }

    /// What is in the way of a plan, which need not be whole yet; `id` is the meeting's that it would change.
    pub async fn look_at_plan(
        &self,
        actor: &Actor,
        id: Option<&MeetingId>,
        plan: Plan,
        now: SystemTime,
    ) -> Result<Looked, MeetingFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(MeetingFault::Access)?;
        let known = match id {
            Some(id) => self.store.meeting(id).await.map_err(MeetingFault::Store)?,
            None => None,
        };
        let meeting = match known {
            // What a draft doesn't say or can't change is as it is.
            Some(known) => {
                let on_air = known.state == MeetingState::OnAir;
                let kind = if on_air { known.kind } else { plan.kind };
                let plan = Plan { codec: known.codec, kind, opening: known.opening.clone(), ..plan };
                known.replanned(plan).map_err(|mistake| MeetingFault::Plan(vec![mistake]))?
            }
            None => Meeting::planned("new".parse().expect("a letter word is an id"), plan),
        };
        let mut others = self.meetings_to_be().await?;
        others.retain(|other| other.tests.as_ref() != Some(&meeting.id) || other.state != MeetingState::Planned);
        let workdays = self.store.workdays().await.map_err(MeetingFault::Store)?;
        let Findings { clashes, moves, free } = schedule::look(&meeting, &others, now, |day| workdays.is_workday(day));
        let placed = |Move { meeting, starts }: &Move| {
            others.iter().find(|other| other.id == *meeting).map(|other| other.starting(*starts))
        };
        let moves = moves.iter().filter_map(placed).collect();
        Ok(Looked { clashes: self.named(clashes).await?, moves, free })
    }

    /// The meetings that give way to these as their planner agreed, at their new times; or what is in their way.
    pub(super) async fn settle(
        &self,
        placed: &[Meeting],
        consent: &Consent,
        now: SystemTime,
    ) -> Result<Vec<Meeting>, MeetingFault> {
        let mut others = self.meetings_to_be().await?;
        // A joint test follows its meeting, so that it is in nobody's way who moves that.
        let follows = |other: &Meeting, meeting: &Meeting| {
            other.tests.as_ref() == Some(&meeting.id) && other.state == MeetingState::Planned
        };
        others.retain(|other| placed.iter().all(|meeting| meeting.id != other.id && !follows(other, meeting)));
        let mut moved = Vec::new();
        for meeting in placed {
            let more = match schedule::settle(meeting, &others, consent, now) {
                Ok(more) => more,
                Err(Unsettled::Refused(clashes)) => return Err(MeetingFault::Clashes(self.named(clashes).await?)),
                Err(Unsettled::Unconfirmed(clashes)) => {
                    return Err(MeetingFault::Unconfirmed(self.named(clashes).await?));
                }
            };
            others.retain(|other| more.iter().all(|gave_way| gave_way.id != other.id));
            others.extend(more.iter().cloned());
            moved.extend(more);
        }
        Ok(moved)
    }

    /// What a plan may name.
    pub(super) async fn plan_may_name(&self) -> Result<Known, MeetingFault> {
        let Choices { lines, operators, leaders, units } = self.choices().await?;
        let venues = self.store.venues().await.map_err(MeetingFault::Store)?;
        Ok(Known {
            venues: venues.into_iter().map(|venue| venue.id).collect(),
            lines: lines.into_iter().map(|(id, _)| id).collect(),
            operators: operators.into_iter().map(|account| account.id).collect(),
            leaders: leaders.into_iter().map(|account| account.id).collect(),
            units: units.into_iter().map(|unit| unit.id).collect(),
        })
    }

    /// Shown names of whoever operates or attends these meetings.
    pub async fn people_of(&self, meetings: &[Meeting]) -> Result<HashMap<AccountId, String>, MeetingFault> {
        let ids: HashSet<&AccountId> = meetings.iter().flat_map(|meeting| meeting.arrangement.people()).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        self.store.names_of(ids).await.map_err(MeetingFault::Store)
    }

    /// Every meeting that is on air or planned.
    pub(super) async fn meetings_to_be(&self) -> Result<Vec<Meeting>, MeetingFault> {
        let mut meetings = self.store.meetings_to_be().await.map_err(MeetingFault::Store)?;
        meetings.retain(|meeting| self.settings.demo || meeting.id != demo_meeting_id());
        Ok(meetings)
    }

    /// Links a programme may come from: all but the demonstration's own picture.
    pub(super) async fn lines(&self) -> Result<Vec<Leg>, MeetingFault> {
        let mut legs = self.all_legs().await.map_err(MeetingFault::Store)?;
        legs.retain(|leg| leg.meeting != demo_meeting_id() || leg.source != Source::Demo);
        Ok(legs)
    }

    pub(super) async fn named(&self, clashes: Vec<Clash>) -> Result<Vec<NamedClash>, MeetingFault> {
        if clashes.is_empty() {
            return Ok(Vec::new());
        }
        let venues = self.store.venues().await.map_err(MeetingFault::Store)?;
        let lines = self.lines().await?;
        let people: HashSet<&AccountId> = clashes
            .iter()
            .filter_map(|clash| match &clash.wanted {
                Wanted::Operator(account) | Wanted::Leader(account) => Some(account),
                Wanted::Venue(_) | Wanted::Line(_) => None,
            })
            .collect();
        let people = self.store.names_of(people).await.map_err(MeetingFault::Store)?;
        let venues: HashMap<VenueId, String> = venues.into_iter().map(|venue| (venue.id, venue.name)).collect();
        let lines: HashMap<LegId, String> = lines.into_iter().map(|leg| (leg.id, leg.name)).collect();
        let name = |wanted: &Wanted| match wanted {
            Wanted::Venue(id) => venues.get(id).cloned(),
            Wanted::Line(id) => lines.get(id).cloned(),
            Wanted::Operator(id) | Wanted::Leader(id) => people.get(id).cloned(),
        };
        let named = |clash: Clash| NamedClash { name: name(&clash.wanted).unwrap_or_default(), clash };
        Ok(clashes.into_iter().map(named).collect())
    }

    /// Points a meeting's line to it and lets it run: told when the meeting is about to be opened.
    pub(super) async fn bring_line(&self, meeting: &Meeting) -> Result<(), MeetingFault> {
        match self.line_to_bring(meeting).await? {
            Some(line) => self.point(line).await.map_err(MeetingFault::Store),
            None => Ok(()),
        }
    }

    /// A meeting's line as it is to be pointed, unless it feeds the meeting already. A line that feeds another meeting on air
    /// stays there.
    pub(super) async fn line_to_bring(&self, meeting: &Meeting) -> Result<Option<Leg>, MeetingFault> {
        let Some(line) = &meeting.arrangement.line else { return Ok(None) };
        let Some(leg) = self.lines().await?.into_iter().find(|leg| leg.id == *line) else {
            tracing::warn!(meeting = %meeting.id, leg = %line, "the line of the meeting is no longer there");
            return Ok(None);
        };
        let runs = self.links.legs().into_iter().find(|view| view.id == *line);
        let feeds = runs.as_ref().map_or(&leg.meeting, |view| &view.meeting);
        if *feeds == meeting.id && runs.as_ref().is_some_and(|view| view.state.is_to_run()) {
            return Ok(None);
        }
        if *feeds != meeting.id && runs.as_ref().is_some_and(|view| view.state.is_to_run()) {
            let taken = self.meeting_brief(feeds).filter(|other| other.state == MeetingState::OnAir);
            if let Some(other) = taken {
                return Err(MeetingFault::LineTaken { line: leg.name, other: other.title });
            }
        }
        Ok(Some(Leg { meeting: meeting.id.clone(), enabled: true, ..leg }))
    }

    /// Stops the line a meeting had, if it still feeds the meeting.
    pub(super) async fn let_line_go(&self, meeting: &Meeting) -> Result<(), MeetingFault> {
        let Some(line) = &meeting.arrangement.line else { return Ok(()) };
        let Some(leg) = self.lines().await?.into_iter().find(|leg| leg.id == *line) else { return Ok(()) };
        let runs = self.links.legs().into_iter().find(|view| view.id == *line);
        if runs.map_or_else(|| leg.meeting.clone(), |view| view.meeting) != meeting.id {
            return Ok(());
        }
        let stopped = Leg { meeting: meeting.id.clone(), enabled: false, ..leg };
        self.point(stopped).await.map_err(MeetingFault::Store)
    }

    /// The meeting on air whose line this is.
    pub(super) fn meeting_of_line(&self, line: &LegId) -> Option<MeetingId> {
        let state = self.state();
        let mut open = state.meetings.values().map(|open| &open.meeting);
        open.find(|meeting| meeting.arrangement.line.as_ref() == Some(line)).map(|meeting| meeting.id.clone())
    }

    /// Title of a meeting that is to be and takes its programme from this line; rather than that of its joint test, which follows it.
    pub(super) async fn line_is_planned(&self, line: &LegId) -> Result<Option<String>, StoreError> {
        let meetings = self.store.meetings_to_be().await?;
        let need = meetings.into_iter().filter(|meeting| meeting.arrangement.line.as_ref() == Some(line));
        let needs = need.min_by_key(|meeting| meeting.tests.is_some());
        Ok(needs.map(|meeting| meeting.title))
    }
}
