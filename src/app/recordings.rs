//! Recordings: begun, ended, and brought in line with what is stored after a restart.

use super::{App, MeetingFault, planning::short_id};
use crate::{
    domain::{
        access::{self, Action, Actor, Resource},
        line,
        meeting::{ContentPlace, Meeting, MeetingState},
        recording::{MARK_CHARS_MAX, Recording},
        venue,
    },
    id::{MeetingId, ParticipantId, RecordingId},
    relay::{command::RelayError, tap::Mark},
};
use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The recorders, as they run.
pub trait Recorders: Send + Sync {
    /// Lets a recording run, or go on.
    fn start(self: Arc<Self>, recording: &Recording, what: WhatIsKept);
    /// Stops a recording; done when its journal is closed.
    fn stop<'a>(&'a self, id: &'a RecordingId) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
    /// Closes the journal of a recording that nothing writes any more.
    fn close_left(&self, id: &RecordingId);
    /// Every recording that is to run, or is still being written.
    fn recordings(&self) -> Vec<RecorderView>;
}

/// What of a meeting is kept, and how it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIsKept {
    /// The meeting's title.
    pub title: String,
    /// Whose camera is kept whether it is on air or not.
    pub cameras: Vec<ParticipantId>,
    /// Where the programme shows content.
    pub content: ContentPlace,
}

impl WhatIsKept {
    /// Of a meeting of this kind and with these venues.
    fn of(meeting: &Meeting) -> Self {
        let cameras = meeting.own_venue().and_then(venue::participant).into_iter().collect();
        Self { title: meeting.title.clone(), cameras, content: meeting.profile.content_place() }
    }
}

/// A recording that is to run, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecorderView {
    /// Which.
    pub id: RecordingId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// How it is.
    pub state: RecorderState,
    /// Since when.
    pub since: SystemTime,
    /// Bytes written since the server runs.
    pub bytes: u64,
    /// Packets and other records that are missing since the server runs.
    pub lost: u64,
    /// How often its process was replaced.
    pub restarts: u64,
    /// How long the disk still lasts at the present rate; `None` while that is not known.
    pub disk_lasts: Option<Duration>,
    /// Its process.
    pub process: Option<u32>,
}

/// How a recording that is to run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecorderState {
    /// It has been told to begin, a moment ago.
    Starting,
    /// What comes is on the disk within a second.
    Writing,
    /// It should be writing and is not.
    NotWriting,
    /// The disk has no room: nothing is recorded.
    DiskFull,
}

/// A recording in the list.
#[derive(Debug, Clone)]
pub struct RecordingView {
    /// What was meant.
    pub recording: Recording,
    /// Its meeting's title.
    pub title: String,
    /// How it is, while it is to run.
    pub now: Option<RecorderView>,
    /// How far its files are, in percent, while they are being made.
    pub percent: Option<u8>,
}

impl App {
    /// All recordings, latest first.
    pub async fn recordings(&self, actor: &Actor) -> Result<Vec<RecordingView>, MeetingFault> {
        access::allow(actor, Action::ListRecordings, &Resource::Server).map_err(MeetingFault::Access)?;
        let meetings = self.store.meetings().await.map_err(MeetingFault::Store)?;
        let titles: HashMap<_, _> = meetings.into_iter().map(|meeting| (meeting.id, meeting.title)).collect();
        let view = |recording: Recording| {
            let title = titles.get(&recording.meeting).cloned().unwrap_or_default();
            self.recording_view(recording, title)
        };
        Ok(self.store.recordings().await.map_err(MeetingFault::Store)?.into_iter().map(view).collect())
    }

    /// A recording as it is in a list.
    pub(super) fn recording_view(&self, recording: Recording, title: String) -> RecordingView {
        let now = self.recorders.recordings().into_iter().find(|now| now.id == recording.id);
        let percent = self.finalisers.progress().filter(|(id, _)| *id == recording.id).map(|(_, percent)| percent);
        RecordingView { recording, title, now, percent }
    }

    /// Begins to record a meeting on air; one that is recorded goes on as it is.
    pub async fn start_recording(&self, actor: &Actor, id: &MeetingId) -> Result<Recording, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let meeting = self.meeting_brief(id).ok_or(MeetingFault::NotOnAir)?;
        self.begin_recording(&meeting).await
    }

    /// Ends the recording of a meeting.
    pub async fn stop_recording(&self, actor: &Actor, id: &MeetingId) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        self.end_recordings(id).await
    }

    /// Marks this moment in the recording of a meeting: it becomes a chapter with this text, 1 to [`MARK_CHARS_MAX`] characters.
    pub async fn mark_recording(&self, actor: &Actor, id: &MeetingId, text: &str) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let text = line::checked(text, MARK_CHARS_MAX).map_err(MeetingFault::Mark)?;
        let room = self.room_of(id).ok_or(MeetingFault::NotOnAir)?;
        match self.relay.mark_tap(room, Mark { text }).await {
            Err(RelayError::NotRecorded(_)) => Err(MeetingFault::NotRecorded),
            told => told.map_err(MeetingFault::Relay),
        }
    }

    /// Stored first, then begun.
    pub(super) async fn begin_recording(&self, meeting: &Meeting) -> Result<Recording, MeetingFault> {
        if let Some(running) = self.running(&meeting.id).await?.into_iter().next() {
            return Ok(running);
        }
        let recording = self.store.begin_recording(short_id(), &meeting.id).await.map_err(MeetingFault::Store)?;
        Arc::clone(&self.recorders).start(&recording, WhatIsKept::of(meeting));
        tracing::info!(meeting = %meeting.id, recording = %recording.id, "recording begins");
        Ok(recording)
    }

    /// Ends what runs of a meeting, and waits for its journal to be closed.
    pub(super) async fn end_recordings(&self, id: &MeetingId) -> Result<(), MeetingFault> {
        for recording in self.running(id).await? {
            self.store.end_recording(&recording.id).await.map_err(MeetingFault::Store)?;
            self.recorders.stop(&recording.id).await;
            self.files_due.notify_one();
            tracing::info!(meeting = %id, recording = %recording.id, "recording ended");
        }
        Ok(())
    }

    /// At start: a recording whose meeting is on air goes on, any other that was running is closed.
    pub async fn resume_recordings(&self) -> Result<(), MeetingFault> {
        let _turn = self.steering.lock().await;
        for recording in self.store.recordings().await.map_err(MeetingFault::Store)? {
            if !recording.is_to_run() {
                continue;
            }
            match self.meeting_brief(&recording.meeting).filter(|meeting| meeting.state == MeetingState::OnAir) {
                Some(meeting) => Arc::clone(&self.recorders).start(&recording, WhatIsKept::of(&meeting)),
                None => {
                    self.recorders.close_left(&recording.id);
                    self.store.end_recording(&recording.id).await.map_err(MeetingFault::Store)?;
                }
            }
        }
        Ok(())
    }

    async fn running(&self, id: &MeetingId) -> Result<Vec<Recording>, MeetingFault> {
        let mut all = self.store.recordings().await.map_err(MeetingFault::Store)?;
        all.retain(|recording| recording.meeting == *id && recording.is_to_run());
        Ok(all)
    }
}
