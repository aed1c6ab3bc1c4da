//! What people add afterwards: to a recording a note, marks and a lock, to a meeting its notice. What is locked stays as it is.
//!
//! There is no act that deletes a recording, on purpose: none is lost silently because none is lost at all.

use super::{App, MeetingFault, RecordingFault, attendance::may_answer};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        attendance,
        catalogue::{self, Catalogue, Lock, MARKS_MAX, Mark, REASON_CHARS_MAX},
        line::{self, LineFault},
        meeting::{self, MeetingState},
        notice::{Attendee, Notice},
        recording::MARK_CHARS_MAX,
    },
    id::{AccountId, MarkId, MeetingId, RecordingId},
    store::StoreError,
};
use std::time::SystemTime;

/// Why nothing is added to a recording.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFault {
    /// It can't be read, or not by this actor.
    #[error("the recording is not to be had")]
    Recording(#[source] RecordingFault),
    /// It stays as it is.
    #[error("the recording is locked")]
    Locked,
    /// It is not locked.
    #[error("the recording is not locked")]
    NotLocked,
    /// The text is no line or no note.
    #[error("the text is not valid: {0}")]
    Text(LineFault),
    /// The moment is none of the recording's, or nothing of it can be played yet.
    #[error("the recording has no such moment")]
    NoSuchMoment,
    /// It has [`MARKS_MAX`] already.
    #[error("the recording has too many marks")]
    TooManyMarks,
    /// There is no such mark.
    #[error("there is no such mark")]
    NoMark,
}

impl App {
    /// Writes the note of a recording, in place of what stood there.
    pub async fn write_note(&self, actor: &Actor, id: &RecordingId, text: &str) -> Result<(), CatalogueFault> {
        allow(actor, Action::AnnotateRecording)?;
        let note = catalogue::checked_note(text).map_err(CatalogueFault::Text)?;
        let _turn = self.desk.lock().await;
        let before = self.open_catalogue(id).await?;
        self.keep_catalogue(id, Catalogue { note, ..before }).await
    }

    /// Marks a moment of a recording that can be played; `at_ms` counts from 1970, by the recording's own clock.
    pub async fn add_mark(
        &self,
        actor: &Actor,
        id: &RecordingId,
        at_ms: u64,
        text: &str,
        now: SystemTime,
    ) -> Result<Mark, CatalogueFault> {
        allow(actor, Action::AnnotateRecording)?;
        let text = line::checked(text, MARK_CHARS_MAX).map_err(CatalogueFault::Text)?;
        let by = account_of(actor)?;
        let _turn = self.desk.lock().await;
        self.open_catalogue(id).await?;
        if self.store.marks(id).await.map_err(stored)?.len() >= MARKS_MAX {
            return Err(CatalogueFault::TooManyMarks);
        }
        let detail = self.recording(actor, id, now).await.map_err(CatalogueFault::Recording)?;
        let began_ms = detail.contents.map(|contents| contents.began_ms).ok_or(CatalogueFault::NoSuchMoment)?;
        let ends_ms = began_ms + detail.view.length_ms().unwrap_or(0);
        if !(began_ms..=ends_ms).contains(&at_ms) {
            return Err(CatalogueFault::NoSuchMoment);
        }
        let mark = Mark { id: super::new_id(), at_ms, text, by, made: now };
        self.store.add_mark(id, &mark).await.map_err(stored)?;
        Ok(mark)
    }

    /// Takes a mark away; what it said is the answer, for the book.
    pub async fn remove_mark(&self, actor: &Actor, id: &RecordingId, mark: &MarkId) -> Result<Mark, CatalogueFault> {
        allow(actor, Action::AnnotateRecording)?;
        let _turn = self.desk.lock().await;
        self.open_catalogue(id).await?;
        let marks = self.store.marks(id).await.map_err(stored)?;
        let gone = marks.into_iter().find(|known| known.id == *mark).ok_or(CatalogueFault::NoMark)?;
        self.store.remove_mark(id, mark).await.map_err(stored)?;
        Ok(gone)
    }

    /// Locks a recording, for a reason: until it is unlocked it stays as it is.
    pub async fn lock_recording(
        &self,
        actor: &Actor,
        id: &RecordingId,
        reason: &str,
        now: SystemTime,
    ) -> Result<(), CatalogueFault> {
        self.allow_of(actor, Action::LockRecording, id, now).await?;
        let reason = line::checked(reason, REASON_CHARS_MAX).map_err(CatalogueFault::Text)?;
        let by = account_of(actor)?;
        let _turn = self.desk.lock().await;
        let before = self.open_catalogue(id).await?;
        self.keep_catalogue(id, Catalogue { lock: Some(Lock { by, at: now, reason }), ..before }).await
    }

    /// Unlocks it again, for a reason; whoever signs decides that.
    pub async fn unlock_recording(
        &self,
        actor: &Actor,
        id: &RecordingId,
        reason: &str,
        now: SystemTime,
    ) -> Result<(), CatalogueFault> {
        self.allow_of(actor, Action::UnlockRecording, id, now).await?;
        line::checked(reason, REASON_CHARS_MAX).map_err(CatalogueFault::Text)?;
        let _turn = self.desk.lock().await;
        let before = self.catalogue(id).await?;
        if before.lock.is_none() {
            return Err(CatalogueFault::NotLocked);
        }
        self.keep_catalogue(id, Catalogue { lock: None, ..before }).await
    }

    /// What a meeting's notice says, and who stands on its attendance list instead of in it, for whoever keeps that or finds
    /// recordings by it. A liaison sees of those that were typed into it their own units' people alone.
    pub async fn notice(&self, actor: &Actor, id: &MeetingId) -> Result<(Notice, Vec<Attendee>), MeetingFault> {
        access::allow(actor, Action::ListMeetings, &Resource::Server).map_err(MeetingFault::Access)?;
        self.stored(id).await?;
        let mut notice = self.store.notice(id).await.map_err(MeetingFault::Store)?.ok_or(MeetingFault::Unknown)?;
        let keeps = self.allow_meeting(actor, Action::KeepAttendance, id).is_ok();
        let finds = access::allow(actor, Action::ListRecordings, &Resource::Server).is_ok();
        if !keeps && !finds {
            if access::allow(actor, Action::AnswerNotice, &Resource::Server).is_ok() {
                let mut units = self.store.org_units().await.map_err(MeetingFault::Store)?;
                units.retain(|unit| may_answer(actor, unit));
                notice.attendees.retain(|attendee| units.iter().any(|unit| unit.name == attendee.unit.trim()));
            }
            return Ok((notice, Vec::new()));
        }
        Ok((notice, self.store.listed_attendees(id).await.map_err(MeetingFault::Store)?))
    }

    /// Refuses whoever may not do this to this recording: its unit's pen decides.
    async fn allow_of(
        &self,
        actor: &Actor,
        action: Action,
        id: &RecordingId,
        now: SystemTime,
    ) -> Result<(), CatalogueFault> {
        allow(actor, action)?;
        let found = self.store.recording(id).await.map_err(stored)?;
        let found = found.ok_or(CatalogueFault::Recording(RecordingFault::Unknown))?;
        let pen = self.pen_needed(&found.meeting, now).await.map_err(stored)?;
        let allowed = access::allow(actor, action, &Resource::Recording { pen: &pen });
        allowed.map_err(|refusal| CatalogueFault::Recording(RecordingFault::Access(refusal)))
    }

    /// Writes what a meeting's notice says, also when it is over: it is found by it. Whose signature its recordings need follows
    /// from the unit, so once it has begun, only who plans meetings names another. People of invited units go on the attendance list.
    pub async fn write_notice(
        &self,
        actor: &Actor,
        id: &MeetingId,
        notice: Notice,
        mark: attendance::Mark,
    ) -> Result<(), MeetingFault> {
        self.allow_meeting(actor, Action::WriteNotice, id).map_err(MeetingFault::Access)?;
        let plain = |mistakes: Vec<_>| MeetingFault::Plan(mistakes.into_iter().map(meeting::Mistake::Notice).collect());
        let notice = notice.checked().map_err(plain)?;
        let _turn = self.desk.lock().await;
        let meeting = self.stored(id).await?;
        let units = self.store.org_units().await.map_err(MeetingFault::Store)?;
        let unit = units.into_iter().find(|unit| unit.name == notice.unit).map(|unit| unit.id);
        let before = self.store.unit_of_meeting(id).await.map_err(MeetingFault::Store)?;
        let moves = before != unit && meeting.state != MeetingState::Planned;
        if moves && self.allow_meeting(actor, Action::PlanMeeting, id).is_err() {
            return Err(MeetingFault::Plan(vec![meeting::Mistake::UnitMoves]));
        }
        let notice = self.typed_aside(id, notice, mark).await.map_err(MeetingFault::Store)?;
        self.store.save_notice(id, &notice, unit.as_ref()).await.map_err(MeetingFault::Store)
    }

    async fn catalogue(&self, id: &RecordingId) -> Result<Catalogue, CatalogueFault> {
        if self.store.recording(id).await.map_err(stored)?.is_none() {
            return Err(CatalogueFault::Recording(RecordingFault::Unknown));
        }
        self.store.catalogue(id).await.map_err(stored)
    }

    async fn open_catalogue(&self, id: &RecordingId) -> Result<Catalogue, CatalogueFault> {
        let known = self.catalogue(id).await?;
        if known.lock.is_some() { Err(CatalogueFault::Locked) } else { Ok(known) }
    }

    async fn keep_catalogue(&self, id: &RecordingId, added: Catalogue) -> Result<(), CatalogueFault> {
        self.store.save_catalogue(id, &added).await.map_err(stored)
    }
}

fn stored(error: StoreError) -> CatalogueFault {
    CatalogueFault::Recording(RecordingFault::Store(error))
}

fn allow(actor: &Actor, action: Action) -> Result<(), CatalogueFault> {
    let allowed = access::allow(actor, action, &Resource::Server);
    allowed.map_err(|refusal| CatalogueFault::Recording(RecordingFault::Access(refusal)))
}

fn account_of(actor: &Actor) -> Result<AccountId, CatalogueFault> {
    match actor {
        Actor::User(user) => Ok(user.account.clone()),
        _ => Err(CatalogueFault::Recording(RecordingFault::Access(Refusal::Forbidden))),
    }
}
