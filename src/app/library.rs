//! The library (录像): recordings played by whoever may, and fetched by whoever a leader signed for.

use super::{App, Credential, FileOf, RecordingFault, SignOffFault};
use crate::{
    domain::{
        access::{Actor, Refusal},
        line::{self, LineFault},
        recording::Failure,
        sign_off::{Part, SignOff},
    },
    id::{ExportId, LoginKey, PlayId, RecordingId, SignOffId},
    store::Export,
};
use std::{io, path::PathBuf, sync::Arc, time::SystemTime};

/// Most characters of what something is played for.
const PURPOSE_CHARS_MAX: usize = 100;

/// Most plays that are remembered; a further one takes the place of the oldest, whose page asks anew.
const PLAYS_MAX: usize = 256;

/// The file that is handed out.
pub const PROGRAMME: &str = "meeting.mp4";

/// Somebody's leave to play one recording; it ends with their log-in or the program.
#[derive(Debug)]
pub(super) struct Play {
    login: LoginKey,
    recording: RecordingId,
    made: SystemTime,
}

/// What an export fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The file.
    pub file: FileOf,
    /// Where it lies.
    pub path: PathBuf,
    /// The meeting's title, to name it by.
    pub title: String,
    /// Which part of it this is, if it is not the whole.
    pub part: Option<Part>,
}

/// Why something can't be played or fetched.
#[derive(Debug, thiserror::Error)]
pub enum LibraryFault {
    /// It can't be read, or not by this actor.
    #[error("the recording is not to be had")]
    Recording(#[source] RecordingFault),
    /// There is no such play, or it is another log-in's.
    #[error("there is no such play")]
    NoPlay,
    /// What it is played for is no line.
    #[error("the purpose is not valid: {0}")]
    Purpose(LineFault),
    /// The part that was signed for can't be cut.
    #[error("the part could not be cut: {}", .0.detail)]
    Cut(Failure),
    /// Nobody signed for it.
    #[error("it was not signed for")]
    SignOff(#[source] SignOffFault),
}

impl App {
    /// Begins to play a recording, under a log-in; what for is an entry in the book. The purpose as it is written there, too.
    pub async fn play(
        &self,
        actor: &Actor,
        credential: &Credential,
        id: &RecordingId,
        purpose: &str,
        now: SystemTime,
    ) -> Result<(PlayId, String), LibraryFault> {
        self.may_play(actor).map_err(LibraryFault::Recording)?;
        let purpose = line::checked(purpose, PURPOSE_CHARS_MAX).map_err(LibraryFault::Purpose)?;
        match self.recording_file(actor, id, PROGRAMME).await {
            // While it runs, what can be played of it.
            Err(RecordingFault::NoFile)
                if !self.pieces(id).await.map_err(LibraryFault::Recording)?.pieces.is_empty() => {}
            found => drop(found.map_err(LibraryFault::Recording)?),
        }
        let Credential::Login(login) = credential else {
            return Err(LibraryFault::Recording(RecordingFault::Access(Refusal::TokenNeeded)));
        };
        let play = Play { login: login.key.clone(), recording: id.clone(), made: now };
        let id: PlayId = super::new_id();
        let mut state = self.state();
        if state.plays.len() >= PLAYS_MAX
            && let Some(oldest) = state.plays.iter().min_by_key(|(_, play)| play.made).map(|(id, _)| id.clone())
        {
            state.plays.remove(&oldest);
        }
        state.plays.insert(id.clone(), Arc::new(play));
        Ok((id, purpose))
    }

    /// A file of a play and where it lies, if the play is this log-in's.
    pub async fn played(
        &self,
        actor: &Actor,
        credential: &Credential,
        id: &PlayId,
        name: &str,
    ) -> Result<(FileOf, PathBuf), LibraryFault> {
        self.may_play(actor).map_err(LibraryFault::Recording)?;
        let play = self.state().plays.get(id).cloned().ok_or(LibraryFault::NoPlay)?;
        match credential {
            Credential::Login(login) if login.key == play.login => {}
            _ => return Err(LibraryFault::NoPlay),
        }
        self.recording_file(actor, &play.recording, name).await.map_err(LibraryFault::Recording)
    }

    /// Gives whoever asked leave to fetch what was signed for.
    pub async fn fetch(
        &self,
        actor: &Actor,
        id: &SignOffId,
        now: SystemTime,
    ) -> Result<(Export, SignOff), LibraryFault> {
        let sign_off = self.open_sign_off(actor, id, now).await.map_err(LibraryFault::SignOff)?;
        self.recording_file(actor, &sign_off.recording, PROGRAMME).await.map_err(LibraryFault::Recording)?;
        if let Some(part) = sign_off.request.part {
            self.cut(&sign_off, part).await?;
        }
        let export = self.add_export(actor, &sign_off, now).await.map_err(LibraryFault::SignOff)?;
        Ok((export, sign_off))
    }

    /// What an export fetches, if this actor may at this moment. Nothing but the programme is handed out.
    pub async fn fetched(
        &self,
        actor: &Actor,
        id: &ExportId,
        name: &str,
        now: SystemTime,
    ) -> Result<Download, LibraryFault> {
        let sign_off = self.may_fetch(actor, id, now).await.map_err(LibraryFault::SignOff)?;
        if name != PROGRAMME {
            return Err(LibraryFault::Recording(RecordingFault::NoFile));
        }
        let recording = &sign_off.recording;
        let found = self.store.found_recording(recording).await;
        let found = found.map_err(|error| LibraryFault::Recording(RecordingFault::Store(error)))?;
        let title = found.ok_or(LibraryFault::Recording(RecordingFault::Unknown))?.title;
        let (file, path) = match sign_off.request.part {
            // Of a part nothing else is to be had, whatever is asked for.
            Some(_) => self.cut_file(&sign_off).await?.ok_or(LibraryFault::Recording(RecordingFault::NoFile))?,
            None => self.recording_file(actor, recording, name).await.map_err(LibraryFault::Recording)?,
        };
        Ok(Download { file, path, title, part: sign_off.request.part })
    }

    /// Cuts the part that was signed for, if it is not there yet.
    async fn cut(&self, sign_off: &SignOff, part: Part) -> Result<(), LibraryFault> {
        let _turn = self.cutting.lock().await;
        if self.cut_file(sign_off).await?.is_some() {
            return Ok(());
        }
        let cut = self.finalisers.cut(&sign_off.recording, &sign_off.id, part).await;
        cut.map_err(|not_made| LibraryFault::Cut(not_made.failure))
    }

    async fn cut_file(&self, sign_off: &SignOff) -> Result<Option<(FileOf, PathBuf)>, LibraryFault> {
        let (finalisers, of) = (Arc::clone(&self.finalisers), (sign_off.recording.clone(), sign_off.id.clone()));
        let read = tokio::task::spawn_blocking(move || finalisers.cut_file(&of.0, &of.1)).await;
        let read = read.unwrap_or_else(|gone| Err(io::Error::other(gone)));
        read.map_err(|error| LibraryFault::Recording(RecordingFault::Read(error)))
    }
}
