//! What is planned: meetings with their times and venues, and the venues themselves.

use super::{App, MeetingFault, Scope, demo_meeting_id, joint_slots::account};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        attendance::Figures,
        line::LineFault,
        meeting::{Arrangement, CancelFault, Kind, Meeting, MeetingEvent, MeetingState, PictureCodec, Plan},
        opening::Opening,
        roll_call,
        schedule::Consent,
        venue::{self, Venue},
    },
    id::{AccountId, LegId, MeetingId, VenueId},
    store::StoreError,
};
use std::time::SystemTime;

/// What is to be different about a meeting; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct MeetingChange {
    /// Title.
    pub title: Option<String>,
    /// Planned start.
    pub starts: Option<SystemTime>,
    /// Planned end.
    pub ends: Option<SystemTime>,
    /// What kind it is.
    pub kind: Option<Kind>,
    /// The one picture codec.
    pub codec: Option<PictureCodec>,
    /// Which venues take part.
    pub venues: Option<Vec<VenueId>>,
    /// The line its programme comes from, or none.
    pub line: Option<Option<LegId>>,
    /// Whose duty it is, or nobody's.
    pub operator: Option<Option<AccountId>>,
    /// Which leaders attend.
    pub leaders: Option<Vec<AccountId>>,
    /// How it opens.
    pub opening: Option<Opening>,
    /// Whether later ones of its series follow.
    pub scope: Scope,
    /// Whether the planner knows that what was tested becomes another (联调后更改).
    pub after_test: bool,
}

/// What a venue's machines show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueNow {
    /// The venue.
    pub venue: Venue,
    /// The meeting on air that it takes part in.
    pub on_air: Option<Meeting>,
    /// Else the next one that is planned.
    pub next: Option<Meeting>,
    /// What is counted in whichever it is.
    pub counted: Counted,
}

/// What the screens of a meeting count while it is about to begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// How many came so far, while people sign in before it starts.
    pub signing_in: Option<Figures>,
    /// The roll call that goes on.
    pub roll_call: Option<CallCounted>,
}

/// What the screens show of a roll call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCounted {
    /// How many venues there are of each.
    pub figures: roll_call::Figures,
    /// Name of the venue that is called.
    pub calling: Option<String>,
}

/// Why a venue can't be read, made or changed.
#[derive(Debug, thiserror::Error)]
pub enum VenueFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id.
    #[error("there is no such venue")]
    Unknown,
    /// There is one of that id.
    #[error("the id is taken")]
    Taken,
    /// The id is none, or longer than [`venue::ID_CHARS_MAX`].
    #[error("the id is not valid")]
    Id,
    /// The name is no line.
    #[error("the name is not valid: {0}")]
    Name(LineFault),
    /// The store failed.
    #[error("cannot read or write the venue")]
    Store(#[source] StoreError),
}

impl App {
    /// Meetings of which any part is planned within these times, by their start. The demonstration's is listed while it
    /// runs as one.
    pub async fn list_meetings(
        &self,
        actor: &Actor,
        from: Option<SystemTime>,
        to: Option<SystemTime>,
    ) -> Result<Vec<Meeting>, MeetingFault> {
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(MeetingFault::Access)?;
        let mut meetings = self.store.meetings_between(from, to).await.map_err(MeetingFault::Store)?;
        meetings.retain(|meeting| self.settings.demo || meeting.id != demo_meeting_id());
        Ok(meetings)
    }

    /// Plans a meeting. What was agreed to gives way to it, in the same step; nothing else may be in its way.
    pub async fn plan_meeting(
        &self,
        actor: &Actor,
        plan: Plan,
        consent: &Consent,
        now: SystemTime,
    ) -> Result<Meeting, MeetingFault> {
        access::allow(actor, Action::PlanMeeting, &Resource::Server).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let plan = self.checked(plan).await?;
        let meeting = Meeting::planned(self.free_id().await?, plan);
        let mut written = self.settle(std::slice::from_ref(&meeting), consent, now).await?;
        written.push(meeting.clone());
        let follow = self.followers(&written, account(actor), now).await?;
        written.extend(follow.slots);
        self.store.save_with_tests(&written, &follow.tests).await.map_err(MeetingFault::Store)?;
        Ok(meeting)
    }

    /// These meetings as they are planned now, for the book to say from when they were moved; what is not there is left out.
    pub async fn as_planned(&self, ids: &[MeetingId]) -> Result<Vec<Meeting>, MeetingFault> {
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.store.meeting(id).await.map_err(MeetingFault::Store)?);
        }
        Ok(found)
    }

    /// An id that no meeting has.
    pub(super) async fn free_id(&self) -> Result<MeetingId, MeetingFault> {
        let mut id = short_id();
        while self.store.meeting(&id).await.map_err(MeetingFault::Store)?.is_some() {
            id = short_id();
        }
        Ok(id)
    }

    /// Changes a meeting that is not over, and all later ones of its series if the change says so. On air, a venue that no longer takes part is shown out at once, and another line
    /// comes in. What was agreed to gives way to it, in the same step.
    pub async fn change_meeting(
        &self,
        actor: &Actor,
        id: &MeetingId,
        change: MeetingChange,
        consent: &Consent,
        now: SystemTime,
    ) -> Result<Meeting, MeetingFault> {
        self.allow_meeting(actor, Action::PlanMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let before = self.stored(id).await?;
        before.state.next(MeetingEvent::Change).map_err(MeetingFault::Step)?;
        let later = self.later_of(&before, change.scope).await?;
        let known = self.plan_may_name().await?.and_what_has(&before);
        let after_test = change.after_test;
        let plan = change.applied_to(before.plan()).check(&known).map_err(MeetingFault::Plan)?;
        self.expect_own_of_slot(&before, &plan).await?;
        let after = before.replanned(plan).map_err(|mistake| MeetingFault::Plan(vec![mistake]))?;
        if after.state == MeetingState::OnAir {
            self.expect_venues_free(&after).await?;
        }
        let followed = later.into_iter().map(|later| (later.following(&before, &after), later));
        let placed: Vec<(Meeting, Meeting)> =
            std::iter::once((after.clone(), before.clone())).chain(followed).collect();
        if !consent.unsigns {
            self.expect_stays_signed(&placed).await?;
        }
        self.expect_not_frozen(&placed, after_test).await?;
        // What was settled once is not asked again for a new title.
        let moved = placed.iter().filter(|(after, before)| !after.takes_the_same_as(before));
        let moved: Vec<Meeting> = moved.map(|(after, _)| after.clone()).collect();
        let mut written = self.settle(&moved, consent, now).await?;
        let changes_line = after.state == MeetingState::OnAir && after.arrangement.line != before.arrangement.line;
        let line = if changes_line { self.line_to_bring(&after).await? } else { None };
        written.extend(placed.into_iter().map(|(after, _)| after));
        let follow = self.followers(&written, account(actor), now).await?;
        written.extend(follow.slots);
        self.store.save_with_tests(&written, &follow.tests).await.map_err(MeetingFault::Store)?;
        if let Some(open) = self.state().meetings.get_mut(id) {
            open.meeting = after.clone();
        }
        let staged = if changes_line { self.put_new_line_on_air(&before, &after).await } else { Ok(()) };
        if changes_line {
            self.let_line_go(&before).await?;
        }
        if let Some(line) = line {
            self.point(line).await.map_err(MeetingFault::Store)?;
        }
        staged?;
        let out = before.venues.iter().filter(|venue| !after.venues.contains(venue));
        for participant in out.filter_map(venue::participant) {
            match self.take_off(id, &participant).await {
                Ok(()) | Err(MeetingFault::NoSuchParticipant | MeetingFault::NotOnAir) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(after)
    }

    /// Cancels a planned meeting, and all later ones of its series if that is asked for: they stay in the list with the reason,
    /// and their venues are free.
    pub async fn cancel_meeting(
        &self,
        actor: &Actor,
        id: &MeetingId,
        reason: &str,
        scope: Scope,
        now: SystemTime,
    ) -> Result<Meeting, MeetingFault> {
        self.allow_meeting(actor, Action::PlanMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let meeting = self.stored(id).await?;
        let mut written = self.later_of(&meeting, scope).await?;
        written.insert(0, meeting);
        for meeting in &mut written {
            *meeting = meeting.cancelled(reason).map_err(|fault| match fault {
                CancelFault::Step(step) => MeetingFault::Step(step),
                CancelFault::Reason(fault) => MeetingFault::Reason(fault),
            })?;
        }
        let follow = self.followers(&written, account(actor), now).await?;
        written.extend(follow.slots);
        self.store.save_with_tests(&written, &follow.tests).await.map_err(MeetingFault::Store)?;
        tracing::info!(meeting = %id, meetings = written.len(), "meeting cancelled");
        Ok(written.swap_remove(0))
    }

    /// Every venue, in administrative order.
    pub async fn venues(&self, actor: &Actor) -> Result<Vec<Venue>, VenueFault> {
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(VenueFault::Access)?;
        self.store.venues().await.map_err(VenueFault::Store)
    }

    /// Makes a venue, last in the order. Without an id it gets one.
    pub async fn make_venue(&self, actor: &Actor, id: Option<&str>, name: &str) -> Result<Venue, VenueFault> {
        access::allow(actor, Action::ManageVenues, &Resource::Server).map_err(VenueFault::Access)?;
        let _turn = self.steering.lock().await;
        let id = match id {
            Some(text) => text.parse().map_err(|_| VenueFault::Id)?,
            None => short_id(),
        };
        if venue::participant(&id).is_none() {
            return Err(VenueFault::Id);
        }
        let name = venue::checked_name(name).map_err(VenueFault::Name)?;
        let known = self.store.venues().await.map_err(VenueFault::Store)?;
        if known.iter().any(|known| known.id == id) {
            return Err(VenueFault::Taken);
        }
        let rank = known.last().map_or(0, |last| last.rank.saturating_add(10));
        let venue = Venue { id, name, rank };
        self.store.save_venue(&venue).await.map_err(VenueFault::Store)?;
        Ok(venue)
    }

    /// Changes a venue's name or place.
    pub async fn change_venue(
        &self,
        actor: &Actor,
        id: &VenueId,
        name: Option<&str>,
        rank: Option<u32>,
    ) -> Result<Venue, VenueFault> {
        access::allow(actor, Action::ManageVenues, &Resource::Server).map_err(VenueFault::Access)?;
        let _turn = self.steering.lock().await;
        let mut venue = self.store.venue(id).await.map_err(VenueFault::Store)?.ok_or(VenueFault::Unknown)?;
        if let Some(name) = name {
            venue.name = venue::checked_name(name).map_err(VenueFault::Name)?;
        }
        venue.rank = rank.unwrap_or(venue.rank);
        self.store.save_venue(&venue).await.map_err(VenueFault::Store)?;
        Ok(venue)
    }

    /// What meeting a venue has now.
    pub async fn venue_now(&self, actor: &Actor, id: &VenueId, now: SystemTime) -> Result<VenueNow, VenueFault> {
        access::allow(actor, Action::SeeVenue, &Resource::Venue(id)).map_err(VenueFault::Access)?;
        let venue = self.store.venue(id).await.map_err(VenueFault::Store)?.ok_or(VenueFault::Unknown)?;
        let on_air = {
            let state = self.state();
            let mut meetings = state.meetings.values().map(|open| &open.meeting);
            meetings.find(|meeting| meeting.venues.contains(id)).cloned()
        };
        let next = match &on_air {
            Some(_) => None,
            None => self.store.next_meeting_at(id, now).await.map_err(VenueFault::Store)?,
        };
        let counted = match on_air.as_ref().or(next.as_ref()) {
            Some(meeting) => self.counted(meeting, now).await.map_err(VenueFault::Store)?,
            None => Counted::default(),
        };
        Ok(VenueNow { venue, on_air, next, counted })
    }

    /// What the screens of this meeting count now.
    pub async fn counted(&self, meeting: &Meeting, now: SystemTime) -> Result<Counted, StoreError> {
        let signing_in = self.signing_in(meeting, now).await?;
        let latest = self.store.roll_calls(&meeting.id).await?.into_iter().next();
        let roll_call = latest.filter(|call| call.goes_on(now)).map(|call| {
            let called = call
                .entries
                .iter()
                .find(|entry| call.calling.as_ref().is_some_and(|calling| calling.venue == entry.venue));
            CallCounted { figures: call.figures(), calling: called.map(|entry| entry.name.clone()) }
        });
        Ok(Counted { signing_in, roll_call })
    }

    /// A stored meeting. The demonstration's exists only while it runs as one.
    pub(super) async fn stored(&self, id: &MeetingId) -> Result<Meeting, MeetingFault> {
        let found = self.store.meeting(id).await.map_err(MeetingFault::Store)?;
        found.filter(|found| self.settings.demo || found.id != demo_meeting_id()).ok_or(MeetingFault::Unknown)
    }

    pub(super) async fn checked(&self, plan: Plan) -> Result<Plan, MeetingFault> {
        plan.check(&self.plan_may_name().await?).map_err(MeetingFault::Plan)
    }

    /// Refuses if a venue of this meeting takes part in another one that is on air: a room's machine shows one.
    pub(super) async fn expect_venues_free(&self, meeting: &Meeting) -> Result<(), MeetingFault> {
        let taken = {
            let state = self.state();
            let mut others = state.meetings.values().map(|open| &open.meeting).filter(|other| other.id != meeting.id);
            others.find_map(|other| Some((meeting.shares_venue_with(other)?.clone(), other.title.clone())))
        };
        let Some((venue, other)) = taken else { return Ok(()) };
        let named = self.store.venue(&venue).await.map_err(MeetingFault::Store)?;
        Err(MeetingFault::VenueTaken { venue: named.map_or_else(|| venue.to_string(), |venue| venue.name), other })
    }
}

impl MeetingChange {
    fn applied_to(self, plan: Plan) -> Plan {
        let kind = self.kind.unwrap_or(plan.kind);
        let opening = if kind == plan.kind { plan.opening } else { plan.opening.turned_to(kind) };
        Plan {
            title: self.title.unwrap_or(plan.title),
            starts: self.starts.unwrap_or(plan.starts),
            ends: self.ends.unwrap_or(plan.ends),
            kind,
            codec: self.codec.unwrap_or(plan.codec),
            venues: self.venues.unwrap_or(plan.venues),
            arrangement: Arrangement {
                line: self.line.unwrap_or(plan.arrangement.line),
                operator: self.operator.unwrap_or(plan.arrangement.operator),
                leaders: self.leaders.unwrap_or(plan.arrangement.leaders),
            },
            opening: self.opening.unwrap_or(opening),
        }
    }
}

/// An id to be read aloud and typed: it names and protects nothing.
pub(super) fn short_id<I: std::str::FromStr>() -> I {
    const CHARS: usize = 8;
    let long: MeetingId = super::new_id();
    long.as_str()[..CHARS].parse().unwrap_or_else(|_| unreachable!("a part of an id is an id"))
}
