//! Meetings on air: opening their rooms, their stage, and going on after a restart or a lost room.

use super::{
    App,
    news::RoomNews,
    token::{self, Claims},
};
use crate::{
    domain::{
        access::{self, Action, Actor, Holder, Refusal, Resource, TokenRole},
        meeting::{IllegalStep, Meeting, MeetingEvent, MeetingState, PictureCodec},
        stage::{Heard, Stage},
    },
    id::{MeetingId, ParticipantId, RoomId},
    relay::{
        command::{PublicationInfo, RelayError},
        media::Codec,
        stage as relay_stage,
    },
    store::StoreError,
};
use std::time::SystemTime;
use tokio::sync::watch;

/// Id of the demonstration's meeting.
pub const DEMO_MEETING: &str = "demo";

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

/// Why a meeting can't be found or changed.
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
    /// The store failed.
    #[error("cannot read or write the meeting")]
    Store(#[source] StoreError),
    /// The relay failed.
    #[error("the relay cannot do this now")]
    Relay(#[source] RelayError),
}

impl App {
    /// At start: brings what runs in line with what is stored. Every meeting that was on air gets a new room and its stage
    /// back, microphones closed ([`Stage::after_restart`]); in a demonstration its meeting is made and opened.
    pub async fn reconcile(&self) -> Result<(), MeetingFault> {
        if self.settings.demo && self.store.meeting(&demo_meeting_id()).await.map_err(MeetingFault::Store)?.is_none() {
            self.store.save_meeting(&demo_meeting()).await.map_err(MeetingFault::Store)?;
        }
        for meeting in self.store.meetings().await.map_err(MeetingFault::Store)? {
            let demo = meeting.id == demo_meeting_id();
            if demo && self.settings.demo {
                let stage = Stage { on_air: Some(demo_province()), heard: Heard::All };
                self.store.save_stage(&meeting.id, &stage).await.map_err(MeetingFault::Store)?;
                self.open(meeting, stage).await?;
            } else if meeting.state == MeetingState::OnAir && !demo {
                let stage = self.store.stage(&meeting.id).await.map_err(MeetingFault::Store)?.unwrap_or_default();
                let id = meeting.id.clone();
                self.open(meeting, stage.after_restart()).await?;
                tracing::info!(meeting = %id, "meeting goes on after the start of the server, microphones closed");
            }
        }
        Ok(())
    }

    /// Opens a stored meeting: from now on it can be joined. The intent is stored first.
    pub async fn open_meeting(&self, id: &MeetingId) -> Result<RoomId, MeetingFault> {
        if let Some(open) = self.state().meetings.get(id) {
            return Ok(open.room);
        }
        let meeting = self.store.meeting(id).await.map_err(MeetingFault::Store)?.ok_or(MeetingFault::Unknown)?;
        let stage = self.store.stage(id).await.map_err(MeetingFault::Store)?.unwrap_or_default();
        self.open(meeting, stage).await
    }

    async fn open(&self, mut meeting: Meeting, stage: Stage) -> Result<RoomId, MeetingFault> {
        meeting.state = meeting.state.next(MeetingEvent::Open).map_err(MeetingFault::Step)?;
        self.store.save_meeting(&meeting).await.map_err(MeetingFault::Store)?;
        let room = self.open_room(&meeting, &stage).await.map_err(MeetingFault::Relay)?;
        let news = watch::Sender::new(RoomNews { stage: stage.clone(), publications: Vec::new() });
        let id = meeting.id.clone();
        let mut state = self.state();
        state.rooms.insert(room, id.clone());
        state.meetings.insert(id, OpenMeeting { meeting, room, stage, news });
        Ok(room)
    }

    async fn open_room(&self, meeting: &Meeting, stage: &Stage) -> Result<RoomId, RelayError> {
        let room = self.relay.open_room(relay_codec(meeting.codec)).await?;
        self.relay.set_stage(room, relay_stage_of(stage)).await?;
        Ok(room)
    }

    /// Puts a new stage on air: stored, then set in the room, then told to every page.
    pub async fn set_stage(&self, id: &MeetingId, stage: Stage) -> Result<(), MeetingFault> {
        let room = self.room_of(id).ok_or(MeetingFault::Unknown)?;
        self.store.save_stage(id, &stage).await.map_err(MeetingFault::Store)?;
        self.relay.set_stage(room, relay_stage_of(&stage)).await.map_err(MeetingFault::Relay)?;
        if let Some(open) = self.state().meetings.get_mut(id) {
            open.news.send_modify(|news| news.stage = stage.clone());
            open.stage = stage;
        }
        Ok(())
    }

    /// The room a meeting has now; it has another one after its room was lost.
    #[must_use]
    pub fn room_of(&self, id: &MeetingId) -> Option<RoomId> {
        self.state().meetings.get(id).map(|open| open.room)
    }

    /// A meeting as a visitor may see it.
    pub fn see_meeting(&self, actor: &Actor, id: &MeetingId) -> Result<Meeting, MeetingFault> {
        let meeting = self.state().meetings.get(id).map(|open| open.meeting.clone());
        self.allow_meeting(actor, Action::SeeMeeting, id).map_err(MeetingFault::Access)?;
        meeting.ok_or(MeetingFault::Unknown)
    }

    /// A meeting that is on air, for its own sessions.
    #[must_use]
    pub fn meeting_brief(&self, id: &MeetingId) -> Option<Meeting> {
        self.state().meetings.get(id).map(|open| open.meeting.clone())
    }

    /// Whether this actor may be given a token for a meeting.
    pub fn may_visit(&self, actor: &Actor, id: &MeetingId) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::Visit, id).map_err(MeetingFault::Access)
    }

    /// Stores a meeting that can be opened later.
    pub async fn plan_meeting(&self, meeting: &Meeting) -> Result<(), MeetingFault> {
        self.store.save_meeting(meeting).await.map_err(MeetingFault::Store)
    }

    /// Makes a participant of a visitor and signs a token for them.
    pub fn visit(
        &self,
        actor: &Actor,
        id: &MeetingId,
        name: &str,
        now: SystemTime,
    ) -> Result<(Claims, String), MeetingFault> {
        self.allow_meeting(actor, Action::Visit, id).map_err(MeetingFault::Access)?;
        if !self.state().meetings.contains_key(id) {
            return Err(MeetingFault::Unknown);
        }
        let holder = Holder { meeting: id.clone(), role: TokenRole::Publisher, participant: super::new_id() };
        let claims = Claims { holder, name: token::plate(name), expires: now + self.settings.visit_ttl };
        let token = self.tokens.issue(&claims);
        Ok((claims, token))
    }

    /// Whether `actor` may do this to a meeting, whether or not it exists.
    pub(super) fn allow_meeting(&self, actor: &Actor, action: Action, id: &MeetingId) -> Result<(), Refusal> {
        let demo = self.settings.demo && id.as_str() == DEMO_MEETING;
        access::allow(actor, action, &Resource::Meeting { id, demo, venues: &[] })
    }

    /// A room is gone after a fault: its meeting gets a new one with the same stage.
    pub(super) async fn reopen_lost(&self, lost: RoomId) {
        let Some((meeting, stage)) = self.state().forget_room(lost) else { return };
        match self.open_room(&meeting, &stage).await {
            Ok(room) => {
                let mut state = self.state();
                state.rooms.insert(room, meeting.id.clone());
                if let Some(open) = state.meetings.get_mut(&meeting.id) {
                    open.room = room;
                    open.news.send_modify(|news| news.publications.clear());
                }
                tracing::warn!(meeting = %meeting.id, "its room was lost to a fault; it has a new one");
            }
            Err(error) => tracing::error!(meeting = %meeting.id, %error, "its room was lost and no new one can be had"),
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
}

fn demo_meeting() -> Meeting {
    Meeting {
        id: demo_meeting_id(),
        title: "全县防汛工作视频会议（演示）".to_owned(),
        codec: PictureCodec::H264,
        state: MeetingState::Planned,
    }
}

pub(super) fn relay_codec(codec: PictureCodec) -> Codec {
    match codec {
        PictureCodec::H264 => Codec::H264,
        PictureCodec::Vp8 => Codec::Vp8,
    }
}

fn relay_stage_of(stage: &Stage) -> relay_stage::Stage {
    let heard = match &stage.heard {
        Heard::All => relay_stage::Heard::All,
        Heard::Only(list) => relay_stage::Heard::Only(list.clone()),
        Heard::Nobody => relay_stage::Heard::Nobody,
    };
    relay_stage::Stage { on_air: stage.on_air.clone(), heard }
}
