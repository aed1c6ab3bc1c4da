//! Meetings on air: their rooms and how they go on after a restart or a lost room. What operators do to them is in
//! `steering`, what is planned in `planning`.

use super::{App, NamedClash, news::RoomNews, token::Claims, tokens::NewToken};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource, TokenRole},
        arrangement_sign::Clearance,
        line::LineFault,
        meeting::{Arrangement, Field, IllegalStep, Kind, Meeting, MeetingState, Mistake, PictureCodec, Plan},
        opening::Opening,
        roll_call,
        stage::{Heard, Stage},
        venue::Venue,
    },
    id::{MeetingId, ParticipantId, RoomId},
    relay::{
        command::{PublicationInfo, RelayError},
        media::Codec,
        stage as relay_stage,
    },
    store::StoreError,
};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// Id of the demonstration's meeting.
pub const DEMO_MEETING: &str = "demo";

/// How long the demonstration's meeting is planned; it goes on for as long as the server does.
const DEMO_LASTS: Duration = Duration::from_secs(24 * 3600);

/// Participant of the demonstration's province picture.
pub const DEMO_PROVINCE: &str = "province";

/// The demonstration's meeting.
#[must_use]
pub fn demo_meeting_id() -> MeetingId {
    DEMO_MEETING.parse().expect("a letter word is an id")
}

/// Whose picture is on air in the demonstration.
#[must_use]
pub fn demo_province() -> ParticipantId {
    DEMO_PROVINCE.parse().expect("a letter word is an id")
}

/// A meeting that has a room.
pub(super) struct OpenMeeting {
    pub(super) meeting: Meeting,
    pub(super) room: RoomId,
    pub(super) stage: Stage,
    pub(super) news: watch::Sender<RoomNews>,
}

/// Says that the meetings on air were restored: what must not begin before asks for it.
#[derive(Debug)]
pub struct Restored(());

/// Why a meeting can't be found, planned or steered.
#[derive(Debug, thiserror::Error)]
pub enum MeetingFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id.
    #[error("there is no such meeting")]
    Unknown,
    /// Its state does not allow it.
    #[error("the meeting's state does not allow this")]
    Step(#[source] IllegalStep),
    /// It is not on air.
    #[error("the meeting is not on air")]
    NotOnAir,
    /// The reason it is cancelled for is no line.
    #[error("the reason is not valid")]
    Reason(#[source] LineFault),
    /// What it is to be can't be.
    #[error("the plan has {} mistakes", .0.len())]
    Plan(Vec<Mistake>),
    /// A venue of it takes part in another meeting that is on air.
    #[error("a venue takes part in another meeting")]
    VenueTaken {
        /// The venue's name.
        venue: String,
        /// The other meeting's title.
        other: String,
    },
    /// The line of it feeds another meeting that is on air.
    #[error("the line feeds another meeting")]
    LineTaken {
        /// The line's name.
        line: String,
        /// The other meeting's title.
        other: String,
    },
    /// Other meetings want the same at the same time.
    #[error("{} things are wanted by other meetings", .0.len())]
    Clashes(Vec<NamedClash>),
    /// Somebody would be in two meetings at once, and the planner has not said that they know.
    #[error("{} people are wanted by other meetings", .0.len())]
    Unconfirmed(Vec<NamedClash>),
    /// It was tested, and this of it would become another.
    #[error("{} frozen settings would change", .0.len())]
    Frozen(Vec<Field>),
    /// It is a joint test, which is never recorded nor tested itself.
    #[error("the meeting is a joint test")]
    IsJointTest,
    /// It has begun or is over: nothing is tested any more.
    #[error("the meeting has begun")]
    Begun,
    /// It has a joint test already that is to be.
    #[error("the meeting has a joint test")]
    HasJointTest(Box<Meeting>),
    /// It is not being recorded.
    #[error("the meeting is not being recorded")]
    NotRecorded,
    /// A mark is no line of text.
    #[error("the mark is not valid")]
    Mark(#[source] LineFault),
    /// It is to open and lacks the signature its unit asks for.
    #[error("the arrangement is not signed")]
    Unsigned(Clearance),
    /// It is signed, would need another signature after the change, and the planner has not said that they know.
    #[error("the arrangement is signed and would be changed")]
    Unsigns,
    /// A step of a roll call can't be taken.
    #[error("the roll call does not allow this")]
    RollCall(#[source] roll_call::Fault),
    /// Nobody of that name takes part now.
    #[error("there is no such participant in the meeting")]
    NoSuchParticipant,
    /// A link is started and stopped, not removed.
    #[error("the participant is a link")]
    IsLeg,
    /// The store failed.
    #[error("cannot read or write the meeting")]
    Store(#[source] StoreError),
    /// The relay failed.
    #[error("the relay cannot do this now")]
    Relay(#[source] RelayError),
}

impl App {
    /// At start: brings what runs in line with what is stored. Every meeting that was on air gets a new room and its stage
    /// back, microphones closed ([`Stage::after_restart`]); in a demonstration its meeting is made and opened. At the first
    /// start of all there is one venue, so that the first meeting has a place.
    pub async fn reconcile(&self) -> Result<Restored, MeetingFault> {
        if self.store.venues().await.map_err(MeetingFault::Store)?.is_empty() {
            self.store.save_venue(&first_venue()).await.map_err(MeetingFault::Store)?;
        }
        if self.settings.demo && self.store.meeting(&demo_meeting_id()).await.map_err(MeetingFault::Store)?.is_none() {
            self.keep_meeting(&demo_meeting(self.settings.started.0)).await?;
        }
        let _turn = self.steering.lock().await;
        for meeting in self.store.meetings().await.map_err(MeetingFault::Store)? {
            let demo = meeting.id == demo_meeting_id();
            if demo && self.settings.demo {
                let stage = Stage { on_air: Some(demo_province()), with_sound: true, heard: Heard::All };
                // Whoever closed it closed it for that run of the server.
                self.open(Meeting { state: MeetingState::Planned, ..meeting }, stage).await?;
            } else if meeting.state == MeetingState::OnAir && !demo {
                let stage = self.store.stage(&meeting.id).await.map_err(MeetingFault::Store)?.unwrap_or_default();
                let id = meeting.id.clone();
                let stage = self.without_called(&id, stage.after_restart()).await?;
                self.open(meeting, stage).await?;
                tracing::info!(meeting = %id, "meeting goes on after the start of the server, microphones closed");
            }
        }
        Ok(Restored(()))
    }

    /// Whether any meeting is on air.
    #[must_use]
    pub fn is_on_air(&self) -> bool {
        !self.state().meetings.is_empty()
    }

    /// The room a meeting has now; it has another one after its room was lost.
    #[must_use]
    pub fn room_of(&self, id: &MeetingId) -> Option<RoomId> {
        self.state().meetings.get(id).map(|open| open.room)
    }

    /// A meeting on air or to come, as a visitor may see it.
    pub async fn see_meeting(&self, actor: &Actor, id: &MeetingId) -> Result<Meeting, MeetingFault> {
        self.allow_meeting(actor, Action::SeeMeeting, id).map_err(MeetingFault::Access)?;
        match self.meeting_brief(id) {
            Some(meeting) => Ok(meeting),
            None => self.stored(id).await.and_then(|meeting| match meeting.state {
                MeetingState::Planned => Ok(meeting),
                MeetingState::OnAir | MeetingState::Closed | MeetingState::Cancelled => Err(MeetingFault::Unknown),
            }),
        }
    }

    /// A meeting that is on air, for its own sessions.
    #[must_use]
    pub fn meeting_brief(&self, id: &MeetingId) -> Option<Meeting> {
        self.state().meetings.get(id).map(|open| open.meeting.clone())
    }

    /// Stores a meeting as it is; who may was decided before.
    pub async fn keep_meeting(&self, meeting: &Meeting) -> Result<(), MeetingFault> {
        self.store.save_meeting(meeting).await.map_err(MeetingFault::Store)
    }

    /// Whether this actor may do this in a meeting, whether or not there is one.
    pub fn may_in_meeting(&self, actor: &Actor, action: Action, id: &MeetingId) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, action, id).map_err(MeetingFault::Access)
    }

    /// Whether this actor may be given a token for a meeting.
    pub fn may_visit(&self, actor: &Actor, id: &MeetingId) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::Visit, id).map_err(MeetingFault::Access)
    }

    /// Makes a participant of a visitor and signs a token for them. `made_by` is who they are in the book.
    pub async fn visit(
        &self,
        (actor, made_by): (&Actor, String),
        id: &MeetingId,
        name: &str,
        now: SystemTime,
    ) -> Result<(Claims, String), MeetingFault> {
        self.allow_meeting(actor, Action::Visit, id).map_err(MeetingFault::Access)?;
        if !self.state().meetings.contains_key(id) {
            return Err(MeetingFault::Unknown);
        }
        let (role, ttl) = (TokenRole::Publisher, self.settings.token_ttl);
        let new = NewToken { meeting: id.clone(), role, ttl, name, made_by };
        self.make_token(new, now).await.map_err(MeetingFault::Store)
    }

    /// Whether `actor` may do this to a meeting, whether or not it exists. Paired machines are let into what is on air.
    pub(super) fn allow_meeting(&self, actor: &Actor, action: Action, id: &MeetingId) -> Result<(), Refusal> {
        let demo = self.settings.demo && id.as_str() == DEMO_MEETING;
        let state = self.state();
        let venues = state.meetings.get(id).map_or(&[][..], |open| &open.meeting.venues);
        access::allow(actor, action, &Resource::Meeting { id, demo, venues })
    }

    /// A room is gone after a fault: its meeting gets a new one with the same stage.
    pub(super) async fn reopen_lost(&self, lost: RoomId) {
        let Some((meeting, mut stage)) = self.state().forget_room(lost) else { return };
        let room = match self.open_room(&meeting, &stage).await {
            Ok(room) => room,
            Err(error) => {
                tracing::error!(meeting = %meeting.id, %error, "its room was lost and no new one can be had");
                return;
            }
        };
        // The stage may have changed meanwhile: the new room is not joined before it has the latest.
        loop {
            let newer = self.state().take_reopened(&meeting.id, room, &stage);
            let Some(newer) = newer else { break };
            if let Err(error) = self.relay.set_stage(room, relay_stage_of(&newer)).await {
                tracing::error!(meeting = %meeting.id, %error, "its new room did not take the latest stage");
            }
            stage = newer;
        }
        if self.room_of(&meeting.id) == Some(room) {
            tracing::warn!(meeting = %meeting.id, "its room was lost to a fault; it has a new one");
        } else if let Err(error) = self.relay.close_room(room).await {
            tracing::error!(meeting = %meeting.id, %error, "it was closed while its room was lost; the new room stays");
        }
    }

    /// The roster of a room has changed.
    pub(super) fn publish_roster(&self, room: RoomId, publications: Vec<PublicationInfo>) {
        let state = self.state();
        if let Some(open) = state.rooms.get(&room).and_then(|id| state.meetings.get(id)) {
            open.news.send_modify(|news| news.publications = publications);
        }
    }
}

impl super::State {
    fn forget_room(&mut self, room: RoomId) -> Option<(Meeting, Stage)> {
        let id = self.rooms.remove(&room)?;
        let open = self.meetings.get(&id)?;
        Some((open.meeting.clone(), open.stage.clone()))
    }

    /// Gives a meeting its new room if that has the meeting's present stage; else tells that stage.
    fn take_reopened(&mut self, id: &MeetingId, room: RoomId, stage: &Stage) -> Option<Stage> {
        let open = self.meetings.get_mut(id)?;
        if open.stage != *stage {
            return Some(open.stage.clone());
        }
        open.room = room;
        open.news.send_modify(|news| news.publications.clear());
        self.rooms.insert(room, id.clone());
        None
    }
}

/// What there is at the first start.
fn first_venue() -> Venue {
    Venue { id: "county".parse().expect("a letter word is an id"), name: "县主会场".to_owned(), rank: 0 }
}

/// The demonstration's meeting takes place nowhere, so that no venue is kept from a real one.
fn demo_meeting(starts: SystemTime) -> Meeting {
    let plan = Plan {
        title: "全县防汛工作视频会议（演示）".to_owned(),
        starts,
        ends: starts + DEMO_LASTS,
        kind: Kind::Upper,
        codec: PictureCodec::H264,
        venues: Vec::new(),
        arrangement: Arrangement::default(),
        opening: Opening::of(Kind::Upper),
    };
    Meeting::planned(demo_meeting_id(), plan)
}

pub(super) fn relay_codec(codec: PictureCodec) -> Codec {
    match codec {
        PictureCodec::H264 => Codec::H264,
        PictureCodec::Vp8 => Codec::Vp8,
    }
}

pub(super) fn relay_stage_of(stage: &Stage) -> relay_stage::Stage {
    let heard = match stage.audible() {
        Heard::All => relay_stage::Heard::All,
        Heard::Only(list) => relay_stage::Heard::Only(list),
        Heard::Nobody => relay_stage::Heard::Nobody,
    };
    relay_stage::Stage { on_air: stage.on_air.clone(), heard }
}
