//! Meetings that open by themselves (自动开会): each is opened when its time has come, by the same steps as by hand, and the book
//! has the server as whoever did it. Nobody is at the desk then, so every microphone is closed, whatever was planned.
//!
//! What can't be opened is tried again until its planned end, and is told on every page of the panel meanwhile. Nothing here closes
//! a meeting.

use super::{App, MeetingFault, retention::by_the_server};
use crate::{
    domain::{
        audit::Closing,
        meeting::Meeting,
        opening::{Microphones, due, is_due},
    },
    id::MeetingId,
    store::StoreError,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::MissedTickBehavior;

/// How often it is looked which meetings are due.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// After a try that failed half way it is tried again so much later: each try stands in the book.
const FAILED_AGAIN: Duration = Duration::from_secs(30);

/// What it is called in the book, as by hand.
const ACTION: &str = "meeting.open";

/// A meeting whose time has come and that could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unopened {
    /// The meeting.
    pub meeting: Meeting,
    /// What is in the way.
    pub why: Hindrance,
    /// When it was tried last.
    tried: SystemTime,
}

/// Why a meeting does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// A venue of it takes part in another meeting that is on air.
    VenueTaken {
        /// The venue's name.
        venue: String,
        /// The other meeting's title.
        other: String,
    },
    /// Its line feeds another meeting that is on air.
    LineTaken {
        /// The line's name.
        line: String,
        /// The other meeting's title.
        other: String,
    },
    /// Its line was removed.
    LineGone,
    /// Its arrangement lacks the signature that its unit asks for.
    Unsigned,
    /// The server could not; its log says why.
    Failed,
}

impl Hindrance {
    /// As the book and the log call it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::VenueTaken { .. } => "meeting.venue_taken",
            Self::LineTaken { .. } => "meeting.line_taken",
            Self::LineGone => "meeting.line_gone",
            Self::Unsigned => "meeting.unsigned",
            Self::Failed => "server.internal",
        }
    }

    fn of(fault: MeetingFault) -> Self {
        match fault {
            MeetingFault::VenueTaken { venue, other } => Self::VenueTaken { venue, other },
            MeetingFault::LineTaken { line, other } => Self::LineTaken { line, other },
            MeetingFault::Unsigned(_) => Self::Unsigned,
            _ => Self::Failed,
        }
    }
}

impl App {
    /// Opens what is due, again and again until `stop`.
    pub async fn keep_opening(self: Arc<Self>, wall: impl Fn() -> SystemTime, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut readable = true;
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = tick.tick() => {}
            }
            match self.open_due(wall()).await {
                Ok(()) => readable = true,
                Err(error) if readable => {
                    readable = false;
                    tracing::error!(%error, "cannot tell which meetings are to be opened");
                }
                Err(_) => {}
            }
        }
    }

    /// Opens every meeting that opens by itself and is due. What can't be opened is noted for the panel.
    pub async fn open_due(&self, now: SystemTime) -> Result<(), StoreError> {
        let due = due(&self.store.meetings_opening(now).await?, now);
        let over: Vec<Unopened> = {
            let mut state = self.state();
            let over: Vec<MeetingId> =
                state.unopened.keys().filter(|id| due.iter().all(|meeting| meeting.id != **id)).cloned().collect();
            over.iter().filter_map(|id| state.unopened.remove(id)).collect()
        };
        for Unopened { meeting, why, .. } in over {
            if meeting.ends <= now {
                tracing::error!(meeting = %meeting.id, why = why.code(), "its planned end has come and it was never opened");
            }
        }
        for meeting in due {
            self.open_by_itself(&meeting.id, now).await;
        }
        Ok(())
    }

    /// Meetings whose time has come and that could not be opened yet.
    #[must_use]
    pub fn unopened(&self) -> Vec<Unopened> {
        self.state().unopened.values().cloned().collect()
    }

    async fn open_by_itself(&self, id: &MeetingId, now: SystemTime) {
        let _turn = self.steering.lock().await;
        // It may have been opened, moved or cancelled meanwhile.
        let meeting = match self.stored(id).await {
            Ok(meeting) if is_due(&meeting, now) && self.meeting_brief(id).is_none() => meeting,
            Ok(_) | Err(MeetingFault::Unknown) => return,
            Err(error) => {
                tracing::error!(meeting = %id, %error, "a meeting that is to open can't be read");
                return;
            }
        };
        match self.hindrance(&meeting).await {
            Ok(None) => {}
            Ok(Some(why)) => return self.note_unopened(meeting, why, now),
            Err(error) => {
                tracing::error!(meeting = %id, %error, "it can't be told whether it can be opened");
                return self.note_unopened(meeting, Hindrance::Failed, now);
            }
        }
        let failed =
            self.state().unopened.get(id).filter(|known| known.why == Hindrance::Failed).map(|known| known.tried);
        if failed.is_some_and(|tried| now.duration_since(tried).is_ok_and(|since| since < FAILED_AGAIN)) {
            return;
        }
        let why = match self.open_in_the_book(&meeting).await {
            Ok(()) => {
                self.state().unopened.remove(id);
                self.changes.note(ACTION);
                tracing::info!(meeting = %id, "meeting opened by itself, as planned");
                return;
            }
            Err(why) => why,
        };
        // It is not on air, whatever was stored on the way.
        if let Err(error) = self.store.save_meeting(&meeting).await {
            tracing::error!(meeting = %id, %error, "a meeting that did not open may be stored as on air");
        }
        self.note_unopened(meeting, why, now);
    }

    /// Opens a meeting, with the server as whoever did it.
    async fn open_in_the_book(&self, meeting: &Meeting) -> Result<(), Hindrance> {
        let entry = self.book.open(by_the_server(ACTION, format!("meeting:{}", meeting.id))).await;
        let entry = entry.map_err(|error| {
            tracing::error!(meeting = %meeting.id, %error, "nothing can be written into the book, so it is not opened");
            Hindrance::Failed
        })?;
        let opened = self.bring_on_air(meeting.clone(), Microphones::Closed).await.map_err(|error| {
            tracing::error!(meeting = %meeting.id, %error, "a meeting did not open by itself");
            Hindrance::of(error)
        });
        let result = opened.as_ref().map_or_else(|why| why.code(), |_| "ok").to_owned();
        if let Err(error) = self.book.close(Closing { entry, subject: String::new(), result }).await {
            tracing::error!(%error, entry, "the result of an opening was not written into the book");
        }
        opened.map(drop)
    }

    /// What keeps a meeting from being opened.
    async fn hindrance(&self, meeting: &Meeting) -> Result<Option<Hindrance>, MeetingFault> {
        if !self.is_cleared(meeting).await? {
            return Ok(Some(Hindrance::Unsigned));
        }
        match self.expect_venues_free(meeting).await {
            Ok(()) => {}
            Err(taken @ MeetingFault::VenueTaken { .. }) => return Ok(Some(Hindrance::of(taken))),
            Err(error) => return Err(error),
        }
        if let Some(line) = &meeting.arrangement.line
            && self.lines().await?.iter().all(|leg| leg.id != *line)
        {
            return Ok(Some(Hindrance::LineGone));
        }
        match self.line_to_bring(meeting).await {
            Ok(_) => Ok(None),
            Err(taken @ MeetingFault::LineTaken { .. }) => Ok(Some(Hindrance::of(taken))),
            Err(error) => Err(error),
        }
    }

    /// Has the panel tell that a meeting does not open. The log says each reason once.
    fn note_unopened(&self, meeting: Meeting, why: Hindrance, now: SystemTime) {
        let id = meeting.id.clone();
        let note = Unopened { meeting, why: why.clone(), tried: now };
        let before = self.state().unopened.insert(id.clone(), note);
        if before.is_none_or(|before| before.why != why) {
            tracing::warn!(meeting = %id, why = why.code(), "a meeting can't be opened by itself yet; it is tried again until its planned end");
        }
    }
}
