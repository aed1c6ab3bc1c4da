//! Recordings: begun, ended, and brought in line with what is stored after a restart.

use super::{App, MeetingFault, PenView, TrialFault, pen::AllPens, planning::short_id};
use crate::{
    domain::{
        access::{self, Action, Actor, Resource},
        joint_test::measure::TrialFound,
        line,
        meeting::{ContentPlace, Meeting, MeetingState},
        recording::{Files, MARK_CHARS_MAX, Recording},
        search::Search,
        sign_off::SignOff,
        venue,
    },
    id::{MeetingId, ParticipantId, RecordingId},
    relay::{command::RelayError, tap::Mark},
    store::{After, Found},
};
use std::{
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
    /// Records a meeting for so long, reads it back and removes it: it never was in the library.
    fn try_out<'a>(&'a self, meeting: &'a Meeting, of: Vec<ParticipantId>, length: Duration) -> Trying<'a>;
    /// How long the disk would last if so many bytes a second were recorded beside what is; `None` if nobody knows.
    fn disk_for(&self, bytes_per_second: u64) -> Option<Duration>;
}

/// A short recording on its way.
pub type Trying<'a> = Pin<Box<dyn Future<Output = Result<TrialFound, TrialFault>> + Send + 'a>>;

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
        Self { title: meeting.title.clone(), cameras, content: meeting.kind.content_place() }
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
    /// How much of it can be played already.
    pub composed: Duration,
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

/// A page of recordings, latest first.
#[derive(Debug, Clone)]
pub struct RecordingsPage {
    /// What was found.
    pub found: Vec<RecordingView>,
    /// Where the next page goes on; `None` at the end.
    pub next: Option<After>,
}

/// A recording in the list.
#[derive(Debug, Clone)]
pub struct RecordingView {
    /// What was meant.
    pub recording: Recording,
    /// Its meeting's title.
    pub title: String,
    /// The unit that held the meeting; may be empty.
    pub unit: String,
    /// Whose signature it needs to be handed out.
    pub pen: PenView,
    /// What somebody wrote about it; may be empty.
    pub note: String,
    /// Whether it stays as it is.
    pub locked: bool,
    /// What the reader asked to be handed out of it and waits or is open.
    pub asked: Vec<SignOff>,
    /// How it is, while it is to run.
    pub now: Option<RecorderView>,
    /// Bytes of its journal, until its files are there: whoever wrote them, before or after a restart.
    pub journal_bytes: Option<u64>,
    /// How far its files are, in percent, while they are being made.
    pub percent: Option<u8>,
}

impl RecordingView {
    /// How long it is, milliseconds, once its files are there.
    #[must_use]
    pub const fn length_ms(&self) -> Option<u64> {
        match &self.recording.files {
            Files::Made(made) => Some(made.length_ms),
            Files::Due | Files::Failed(_) => None,
        }
    }
}

impl App {
    /// A page of recordings that are looked for, latest first: at most `count`, after where the page before ended. What is
    /// not on the page is not read.
    pub async fn recordings(
        &self,
        actor: &Actor,
        search: &Search,
        after: Option<&After>,
        count: u32,
        now: SystemTime,
    ) -> Result<RecordingsPage, MeetingFault> {
        access::allow(actor, Action::ListRecordings, &Resource::Server).map_err(MeetingFault::Access)?;
        let mut found =
            self.store.find_recordings(search, after, count.saturating_add(1)).await.map_err(MeetingFault::Store)?;
        let more = found.len() > count as usize;
        found.truncate(count as usize);
        let last = found.last().filter(|_| more);
        let next = last.map(|Found { recording, .. }| After { at: recording.started, id: recording.id.to_string() });
        let mut asked = match actor {
            Actor::User(user) => {
                let of = found.iter().map(|found| &found.recording.id);
                self.store.sign_offs_of(of, &user.account).await.map_err(MeetingFault::Store)?
            }
            _ => Vec::new(),
        };
        asked.retain(|sign_off| sign_off.lives(now));
        let running = self.recorders.recordings();
        let pens = self.all_pens(now).await.map_err(MeetingFault::Store)?;
        let found = found.into_iter().map(|found| {
            let asked = asked.iter().filter(|asked| asked.recording == found.recording.id).cloned().collect();
            self.recording_view(found, asked, &running, &pens)
        });
        Ok(RecordingsPage { found: found.collect(), next })
    }

    /// A recording as it is in a list.
    pub(super) fn recording_view(
        &self,
        found: Found,
        asked: Vec<SignOff>,
        running: &[RecorderView],
        pens: &AllPens,
    ) -> RecordingView {
        let Found { recording, title, unit, org_unit, note, locked } = found;
        let pen = pens.view(pens.needed(org_unit.as_ref()));
        let now = running.iter().find(|now| now.id == recording.id).cloned();
        let percent = self.finalisers.progress().filter(|(id, _)| *id == recording.id).map(|(_, percent)| percent);
        // A file a minute, of the few that are not finished.
        let unfinished = !matches!(recording.files, Files::Made(_));
        let journal_bytes = unfinished.then(|| self.finalisers.journal_bytes(&recording.id));
        RecordingView { recording, title, unit, pen, note, locked, asked, now, journal_bytes, percent }
    }

    /// Begins to record a meeting on air; one that is recorded goes on as it is.
    pub async fn start_recording(&self, actor: &Actor, id: &MeetingId) -> Result<Recording, MeetingFault> {
        self.allow_meeting(actor, Action::SteerMeeting, id).map_err(MeetingFault::Access)?;
        let _turn = self.steering.lock().await;
        let meeting = self.meeting_brief(id).ok_or(MeetingFault::NotOnAir)?;
        if meeting.tests.is_some() {
            return Err(MeetingFault::IsJointTest);
        }
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
        for recording in self.store.recordings_to_run(None).await.map_err(MeetingFault::Store)? {
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
        self.store.recordings_to_run(Some(id)).await.map_err(MeetingFault::Store)
    }
}
