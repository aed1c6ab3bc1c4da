//! Files of recordings: made one recording at a time once it is over, looked up, and made anew.

use super::{App, RecordingView};
use crate::{
    domain::{
        access::{self, Action, Actor, Refusal, Resource},
        catalogue::{Lock, Mark},
        recording::{Failure, Files, MadeFiles, Recording},
        sign_off::Part,
    },
    id::{AccountId, RecordingId, SignOffId},
    store::StoreError,
};
use std::{
    collections::HashMap,
    future::Future,
    io,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How often a process that dies over the same recording is started again.
const TRIES_MAX: u32 = 3;

/// When it is looked again whether a journal is closed.
const JOURNAL_PAUSE: Duration = Duration::from_millis(500);

/// How long the store is left alone after it failed.
const STORE_PAUSE: Duration = Duration::from_secs(10);

/// What makes files of a journal, and knows those there are.
pub trait Finalisers: Send + Sync {
    /// Makes a recording's files. Dropped, it is given up.
    fn make<'a>(&'a self, id: &'a RecordingId)
    -> Pin<Box<dyn Future<Output = Result<MadeFiles, NotMade>> + Send + 'a>>;
    /// Bytes of a recording's journal, as they lie on the disk.
    fn journal_bytes(&self, id: &RecordingId) -> u64;
    /// Cuts the part of a recording's programme that was signed for; it appears only when it is whole.
    fn cut<'a>(
        &'a self,
        id: &'a RecordingId,
        sign_off: &'a SignOffId,
        part: Part,
    ) -> Pin<Box<dyn Future<Output = Result<(), NotMade>> + Send + 'a>>;
    /// The part that was cut for this sign-off, and where it lies; `None` if there is none. Reads a file.
    ///
    /// # Errors
    ///
    /// If what is there can't be read.
    fn cut_file(&self, id: &RecordingId, sign_off: &SignOffId) -> io::Result<Option<(FileOf, PathBuf)>>;
    /// Whose files are being made, and how far it is in percent.
    fn progress(&self) -> Option<(RecordingId, u8)>;
    /// The files of a recording; `None` if there are none. Reads a file.
    ///
    /// # Errors
    ///
    /// If what is there can't be read.
    fn contents(&self, id: &RecordingId) -> io::Result<Option<Contents>>;
    /// Where a file of that name lies.
    fn path(&self, id: &RecordingId, name: &str) -> PathBuf;
    /// What can be played of a recording that is not finished. Reads a file.
    ///
    /// # Errors
    ///
    /// If what is there can't be read.
    fn pieces(&self, id: &RecordingId) -> io::Result<Pieces>;
}

/// What can be played of a recording that is not finished.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pieces {
    /// When it begins, milliseconds since 1970.
    pub began_ms: u64,
    /// The pieces, in the order in which they are played.
    pub pieces: Vec<PieceOf>,
}

/// A piece of a programme: a film of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceOf {
    /// Its name among the files of a play.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// When it begins within the recording, milliseconds.
    pub from_ms: u64,
    /// How long it is, milliseconds.
    pub length_ms: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Files that could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMade {
    /// Why.
    pub failure: Failure,
    /// Whether it may go well the next time: nothing was found wrong.
    pub may_try_again: bool,
}

/// What a finished recording is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// When it begins, milliseconds since 1970; every time in the files counts from here.
    pub began_ms: u64,
    /// How the programme's picture came about, in English.
    pub picture: String,
    /// The files.
    pub files: Vec<FileOf>,
    /// What is missing: from, to, and how many records if anybody counted; milliseconds since 1970.
    pub gaps: Vec<(u64, u64, Option<u64>)>,
    /// What was wrong with the journal, in words.
    pub findings: Vec<String>,
    /// SHA-256 of the manifest's file: it vouches for everything else.
    pub manifest_sha256: String,
}

/// One file of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOf {
    /// Its path.
    pub name: String,
    /// What it is, by its name in the manifest.
    pub kind: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// How long it is, milliseconds.
    pub length_ms: Option<u64>,
    /// When it begins within the recording, milliseconds.
    pub from_ms: Option<u64>,
    /// Whose it is, as shown.
    pub source: Option<String>,
}

/// A recording with what it is made of.
#[derive(Debug, Clone)]
pub struct RecordingDetail {
    /// As in the list.
    pub view: RecordingView,
    /// Its files, if they are there: also older ones while they are being made anew.
    pub contents: Option<Contents>,
    /// Why it stays as it is.
    pub lock: Option<Lock>,
    /// What was marked afterwards.
    pub marks: Vec<Mark>,
    /// Shown names of whoever is named in it.
    pub names: HashMap<AccountId, String>,
    /// What can be played of it before.
    pub pieces: Pieces,
}

/// Why something about a recording was not done.
#[derive(Debug, thiserror::Error)]
pub enum RecordingFault {
    /// The actor may not.
    #[error("not allowed")]
    Access(#[source] Refusal),
    /// There is none of that id.
    #[error("there is no such recording")]
    Unknown,
    /// It has no such file.
    #[error("the recording has no such file")]
    NoFile,
    /// It runs, or its files are being made.
    #[error("the recording runs or is being finalised")]
    Busy,
    /// It stays as it is.
    #[error("the recording is locked")]
    Locked,
    /// The store failed.
    #[error("cannot read or write the recording")]
    Store(#[source] StoreError),
    /// Its files can't be read.
    #[error("cannot read the recording's files")]
    Read(#[source] io::Error),
}

impl App {
    /// A recording and its files.
    pub async fn recording(
        &self,
        actor: &Actor,
        id: &RecordingId,
        now: SystemTime,
    ) -> Result<RecordingDetail, RecordingFault> {
        self.allow_recording(actor, Action::PlayRecording)?;
        let found = self.store.found_recording(id).await.map_err(RecordingFault::Store)?;
        let found = found.ok_or(RecordingFault::Unknown)?;
        let pens = self.all_pens(now).await.map_err(RecordingFault::Store)?;
        let view = self.recording_view(found, Vec::new(), &self.recorders.recordings(), &pens);
        let lock = self.store.catalogue(id).await.map_err(RecordingFault::Store)?.lock;
        let marks = self.store.marks(id).await.map_err(RecordingFault::Store)?;
        let named = marks.iter().map(|mark| &mark.by).chain(lock.iter().map(|lock| &lock.by));
        let names = self.store.names_of(named.collect()).await.map_err(RecordingFault::Store)?;
        let contents = self.contents(id).await?;
        let pieces = if contents.is_some() { Pieces::default() } else { self.pieces(id).await? };
        Ok(RecordingDetail { view, contents, lock, marks, names, pieces })
    }

    /// A file of a recording, for playing, and where it lies.
    pub async fn recording_file(
        &self,
        actor: &Actor,
        id: &RecordingId,
        name: &str,
    ) -> Result<(FileOf, PathBuf), RecordingFault> {
        self.allow_recording(actor, Action::PlayRecording)?;
        self.recording_of(id).await?;
        // Only what the manifest names: no path that somebody made up leads anywhere.
        let files = self.contents(id).await?.map(|contents| contents.files).unwrap_or_default();
        let Some(file) = files.into_iter().find(|file| file.name == name) else {
            let pieces = self.pieces(id).await?.pieces;
            let piece = pieces.into_iter().find(|piece| piece.name == name).ok_or(RecordingFault::NoFile)?;
            let PieceOf { name, path, from_ms, length_ms, bytes, sha256 } = piece;
            let (length_ms, from_ms) = (Some(length_ms), Some(from_ms));
            let kind = "piece".to_owned();
            return Ok((FileOf { name, kind, bytes, sha256, length_ms, from_ms, source: None }, path));
        };
        let path = self.finalisers.path(id, &file.name);
        Ok((file, path))
    }

    /// Has a recording's files made anew. Those that are there stay until then.
    pub async fn remake_recording(&self, actor: &Actor, id: &RecordingId) -> Result<(), RecordingFault> {
        self.allow_recording(actor, Action::RemakeRecording)?;
        let _turn = self.desk.lock().await;
        if !self.recording_of(id).await?.can_be_made_again() {
            return Err(RecordingFault::Busy);
        }
        if self.store.catalogue(id).await.map_err(RecordingFault::Store)?.lock.is_some() {
            return Err(RecordingFault::Locked);
        }
        self.store.save_recording_files(id, &Files::Due).await.map_err(RecordingFault::Store)?;
        self.files_due.notify_one();
        Ok(())
    }

    /// Makes the files that are due, one recording after the other, those that a restart left over first. Ends with `stop`.
    pub async fn keep_finalising(self: Arc<Self>, stop: impl Future<Output = ()> + Send) {
        tokio::pin!(stop);
        let mut tries = 0;
        loop {
            let next = self.store.recording_to_finalise().await;
            let work = async {
                match next {
                    Ok(Some(recording)) if self.is_being_written(&recording.id) => {
                        tokio::time::sleep(JOURNAL_PAUSE).await;
                        tries
                    }
                    Ok(Some(recording)) => {
                        let made = self.finalisers.make(&recording.id).await;
                        self.finalised(&recording, made, tries + 1).await
                    }
                    Ok(None) => {
                        self.files_due.notified().await;
                        0
                    }
                    Err(error) => {
                        tracing::error!(%error, "cannot look which recordings are to be finished");
                        tokio::time::sleep(STORE_PAUSE).await;
                        tries
                    }
                }
            };
            tries = tokio::select! {
                () = &mut stop => return,
                tries = work => tries,
            };
        }
    }

    /// Whether its recorder still has something to write, though it was told to end.
    fn is_being_written(&self, id: &RecordingId) -> bool {
        self.recorders.recordings().iter().any(|now| now.id == *id)
    }

    /// Keeps what became of it; how often it was tried, if it is to be tried again.
    async fn finalised(&self, recording: &Recording, made: Result<MadeFiles, NotMade>, tries: u32) -> u32 {
        let id = &recording.id;
        let files = match made {
            Ok(made) => {
                tracing::info!(recording = %id, seconds = made.length_ms / 1000, gaps = made.gaps, "recording is finished");
                Files::Made(made)
            }
            Err(NotMade { failure, may_try_again: true }) if tries < TRIES_MAX => {
                tracing::warn!(recording = %id, detail = failure.detail, tries, "its files are tried to be made again");
                return tries;
            }
            Err(NotMade { failure, .. }) => {
                tracing::error!(recording = %id, detail = failure.detail, "its files cannot be made; its journal is whole");
                Files::Failed(failure)
            }
        };
        if let Err(error) = self.store.save_recording_files(id, &files).await {
            tracing::error!(recording = %id, %error, "cannot keep what became of its files");
            tokio::time::sleep(STORE_PAUSE).await;
        }
        0
    }

    /// Whether this actor may play recordings at all.
    pub(super) fn may_play(&self, actor: &Actor) -> Result<(), RecordingFault> {
        self.allow_recording(actor, Action::PlayRecording)
    }

    fn allow_recording(&self, actor: &Actor, action: Action) -> Result<(), RecordingFault> {
        access::allow(actor, action, &Resource::Server).map_err(RecordingFault::Access)
    }

    async fn recording_of(&self, id: &RecordingId) -> Result<Recording, RecordingFault> {
        self.store.recording(id).await.map_err(RecordingFault::Store)?.ok_or(RecordingFault::Unknown)
    }

    /// What can be played of a recording before its files are there.
    pub(super) async fn pieces(&self, id: &RecordingId) -> Result<Pieces, RecordingFault> {
        let (finalisers, id) = (Arc::clone(&self.finalisers), id.clone());
        let read = tokio::task::spawn_blocking(move || finalisers.pieces(&id)).await;
        read.unwrap_or_else(|gone| Err(io::Error::other(gone))).map_err(RecordingFault::Read)
    }

    async fn contents(&self, id: &RecordingId) -> Result<Option<Contents>, RecordingFault> {
        let (finalisers, id) = (Arc::clone(&self.finalisers), id.clone());
        let read = tokio::task::spawn_blocking(move || finalisers.contents(&id)).await;
        read.unwrap_or_else(|gone| Err(io::Error::other(gone))).map_err(RecordingFault::Read)
    }
}
