//! The state of everything at one moment, for the status page and for metrics.

use super::{
    App, MeetingFault, MirrorTrouble, Unopened,
    meetings::{OpenMeeting, relay_stage_of},
    participants::{self, ParticipantKind, ParticipantView},
    recordings::RecorderView,
};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        meeting::Meeting,
        stage::Heard,
    },
    id::{LegId, MeetingId, ParticipantId},
    leg::{job::Picture, plan::LegPlan},
    relay::{
        figures::{RoomFigures, WorkerFigures},
        flight::FlightRecord,
        stage as relay_stage,
    },
};
use std::{
    collections::HashMap,
    time::{Duration, Instant, SystemTime},
};
use tokio::sync::watch;

/// The links that are not WebRTC, as they run.
pub trait Links: Send + Sync {
    /// Adds one or changes it; whether it is to run while its meeting is on air.
    fn put(&self, plan: LegPlan, run: bool);
    /// Removes one.
    fn remove(&self, id: &LegId);
    /// Every leg.
    fn legs(&self) -> Vec<LegView>;
    /// Every pipeline file found at start.
    fn pipelines(&self) -> Vec<PipelineView>;
    /// Tells that a leg became another, or what is wrong with it did: not its figures.
    fn changes(&self) -> watch::Receiver<()>;
}

/// One leg.
#[derive(Debug, Clone, PartialEq)]
pub struct LegView {
    /// Its id.
    pub id: LegId,
    /// The meeting it feeds.
    pub meeting: MeetingId,
    /// Who it is in that meeting.
    pub participant: ParticipantId,
    /// Shown name.
    pub name: String,
    /// How it is.
    pub state: LegState,
    /// How often it was started again.
    pub restarts: u64,
    /// A sentence for people; empty when all is well.
    pub detail: String,
    /// Since when it feeds the meeting.
    pub since: Option<SystemTime>,
    /// How its picture is, while it does.
    pub picture: Option<Picture>,
}

/// How a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegState {
    /// It is not to run.
    Stopped,
    /// Its meeting is not on air.
    Idle,
    /// Its source is looked for, or its child process is starting.
    Starting,
    /// It feeds the meeting.
    Running,
    /// Its source is away; it is tried again.
    Waiting,
    /// Its source is there, but sends what can't be used; it is tried again.
    Refused,
    /// It can't be started.
    Disabled,
}

impl LegState {
    /// Whether it runs or would, were its meeting on air and its source there.
    #[must_use]
    pub const fn is_to_run(self) -> bool {
        match self {
            Self::Idle | Self::Starting | Self::Running | Self::Waiting | Self::Refused => true,
            Self::Stopped | Self::Disabled => false,
        }
    }
}

/// One pipeline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineView {
    /// Its file name.
    pub file: String,
    /// Why it can't be used; `None` if it can.
    pub fault: Option<String>,
    /// What it is for.
    pub purpose: String,
}

/// Everything at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When the program started.
    pub started: SystemTime,
    /// How long it runs.
    pub uptime: Duration,
    /// Whether it runs with `--demo`.
    pub demo: bool,
    /// Each worker, by its number.
    pub workers: Vec<WorkerView>,
    /// Each meeting on air, by its id.
    pub meetings: Vec<MeetingView>,
    /// Meetings that should have opened by themselves and could not yet.
    pub unopened: Vec<Unopened>,
    /// Each leg.
    pub legs: Vec<LegView>,
    /// Each pipeline file.
    pub pipelines: Vec<PipelineView>,
    /// What keeps the book's mirror from being written; `None` when all is well.
    pub mirror_trouble: Option<MirrorTrouble>,
    /// Whether the log host was reached; `None` if there is none.
    pub log_host_reached: Option<bool>,
}

/// One worker.
#[derive(Debug, Clone)]
pub struct WorkerView {
    /// Its UDP port.
    pub port: u16,
    /// Its figures; its rooms are with their meetings.
    pub figures: WorkerFigures,
}

/// One meeting on air.
#[derive(Debug, Clone)]
pub struct MeetingView {
    /// The meeting.
    pub meeting: Meeting,
    /// Who is on air, as the room carries it out now.
    pub on_air: Option<ParticipantId>,
    /// Whose sound reaches anyone, as the room carries it out now.
    pub heard: Heard,
    /// Its recording, if one is to run.
    pub recording: Option<RecorderView>,
    /// Everybody who is connected, and every link that should be.
    pub participants: Vec<ParticipantView>,
    /// Its room's figures; `None` if its worker is too busy to tell.
    pub room: Option<RoomFigures>,
}

impl MeetingView {
    /// What is on air is what the room says of itself; only if it says nothing, what it was told.
    fn new(
        open: &OpenMeeting,
        room: Option<RoomFigures>,
        legs: &[LegView],
        kinds: &HashMap<ParticipantId, ParticipantKind>,
        recording: Option<RecorderView>,
    ) -> Self {
        let stage = room.as_ref().map_or_else(|| relay_stage_of(&open.stage), |room| room.stage.clone());
        let legs: Vec<&LegView> = legs.iter().filter(|leg| leg.meeting == open.meeting.id).collect();
        let participants = participants::of(room.as_ref(), &stage, &legs, kinds);
        let relay_stage::Stage { on_air, heard } = stage;
        let heard = match heard {
            relay_stage::Heard::All => Heard::All,
            relay_stage::Heard::Only(list) => Heard::Only(list),
            relay_stage::Heard::Nobody => Heard::Nobody,
        };
        Self { meeting: open.meeting.clone(), on_air, heard, recording, participants, room }
    }
}

impl App {
    /// Whether this actor may read the state of the server.
    pub fn may_see_status(&self, actor: &Actor) -> Result<(), Refusal> {
        access::allow(actor, Action::SeeStatus, &Resource::Server)
    }

    /// Tells when a leg became another, or what is wrong with it did.
    #[must_use]
    pub fn leg_changes(&self) -> watch::Receiver<()> {
        self.links.changes()
    }

    /// The last 30 seconds of a meeting's network, for whoever may see the status.
    pub async fn network_record(&self, actor: &Actor, id: &MeetingId) -> Result<FlightRecord, MeetingFault> {
        self.may_see_status(actor).map_err(MeetingFault::Access)?;
        let room = self.room_of(id).ok_or(MeetingFault::NotOnAir)?;
        self.relay.flight(room).await.map_err(MeetingFault::Relay)
    }

    /// The state of everything.
    pub async fn snapshot(&self, now: Instant) -> Snapshot {
        let mut figures = self.relay.figures().await;
        let mut rooms: Vec<RoomFigures> =
            figures.iter_mut().flat_map(|worker| std::mem::take(&mut worker.rooms)).collect();
        let ports = self.relay.media_ports();
        let workers = ports.into_iter().zip(figures).map(|(port, figures)| WorkerView { port, figures }).collect();
        let legs = self.links.legs();
        let recordings = self.recorders.recordings();
        let mut meetings: Vec<MeetingView> = {
            let state = self.state();
            let views = state.meetings.values().map(|open| {
                let at = rooms.iter().position(|room| room.room == open.room);
                let sessions = state.sessions.values().filter(|session| session.meeting == open.meeting.id);
                let kinds = sessions.map(|session| (session.participant.clone(), session.who)).collect();
                let recording = recordings.iter().find(|recording| recording.meeting == open.meeting.id).cloned();
                MeetingView::new(open, at.map(|at| rooms.swap_remove(at)), &legs, &kinds, recording)
            });
            views.collect()
        };
        meetings.sort_by(|a, b| a.meeting.id.cmp(&b.meeting.id));
        Snapshot {
            started: self.settings.started.0,
            uptime: now.saturating_duration_since(self.settings.started.1),
            demo: self.settings.demo,
            workers,
            meetings,
            unopened: self.unopened(),
            legs,
            pipelines: self.links.pipelines(),
            mirror_trouble: self.settings.mirroring.trouble(),
            log_host_reached: self.settings.log_host.as_ref().map(|log_host| log_host.is_reached()),
        }
    }
}
