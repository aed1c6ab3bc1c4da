//! Keeping the book's mirror up to date, signing a checkpoint each day, and comparing all of it.
//!
//! The mirror follows the database and is never waited for: an act is allowed once its entry is in the book. Whatever was
//! written meanwhile, also by the command line, is added within a second; what a crash left out, at the next start.

use super::{App, BookKey, PublicKey};
use crate::{
    domain::audit::{Beside, Checkpoint, Difference, Record, Walked},
    store::{self, BadLine, Mirror, SignedCheckpoint, Store, StoreError},
};
use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How often the book is looked at for records that other programs wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How much later than the last a checkpoint is taken.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Records added to the mirror at a time.
const STEP: u64 = 500;

/// The mirror of one book.
pub struct Mirroring {
    store: Store,
    folder: PathBuf,
    key: BookKey,
    /// `None` until it is opened, and after a failure: then it is opened anew.
    mirror: tokio::sync::Mutex<Option<Mirror>>,
    trouble: Mutex<Option<MirrorTrouble>>,
}

/// What keeps the mirror from being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MirrorTrouble {
    /// Its files can't be written.
    Unwritable,
    /// It is not the mirror of this book: the book is shorter or other than what was mirrored.
    Differs,
}

#[derive(Debug, thiserror::Error)]
enum MirrorError {
    #[error("cannot write the mirror of the book")]
    Files(#[source] io::Error),
    #[error("cannot read the book for its mirror")]
    Store(#[source] StoreError),
    #[error("record {record} stands in the mirror, and not so in the book")]
    Differs { record: u64 },
}

impl fmt::Debug for Mirroring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirroring").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Mirroring {
    /// The mirror of this store's book, in this folder.
    #[must_use]
    pub fn new(store: Store, folder: PathBuf, key: BookKey) -> Self {
        Self { store, folder, key, mirror: tokio::sync::Mutex::new(None), trouble: Mutex::default() }
    }

    /// What keeps it from being written, as the last try found.
    #[must_use]
    pub fn trouble(&self) -> Option<MirrorTrouble> {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn key(&self) -> &BookKey {
        &self.key
    }

    /// Adds to the mirror what it lacks, and a checkpoint if one is due. A failure is logged and kept as the trouble.
    pub async fn catch_up(&self, now: SystemTime) {
        let trouble = match self.try_to_catch_up(now).await {
            Ok(()) => None,
            Err(error) => {
                let trouble = match error {
                    MirrorError::Differs { .. } => MirrorTrouble::Differs,
                    MirrorError::Files(_) | MirrorError::Store(_) => MirrorTrouble::Unwritable,
                };
                if self.trouble() != Some(trouble) {
                    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    tracing::error!(%error, source, folder = %self.folder.display(), "the book goes on without its mirror");
                }
                Some(trouble)
            }
        };
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    async fn try_to_catch_up(&self, now: SystemTime) -> Result<(), MirrorError> {
        let mut held = self.mirror.lock().await;
        let mut mirror = match held.take() {
            Some(mirror) => mirror,
            None => self.opened().await?,
        };
        loop {
            let after = mirror.last().map_or(0, |record| record.record);
            let records = self.store.records_after(after, STEP).await.map_err(MirrorError::Store)?;
            if records.is_empty() {
                break;
            }
            mirror = on_disk(mirror, move |mirror| mirror.add(&records)).await?;
        }
        if let Some(checkpoint) = due(&mirror, now) {
            let signed = SignedCheckpoint { signature: self.key.sign(&checkpoint.signed_bytes()), checkpoint };
            mirror = on_disk(mirror, move |mirror| mirror.add_checkpoint(&signed)).await?;
        }
        *held = Some(mirror);
        Ok(())
    }

    /// The mirror, if what it ends with stands in the book.
    async fn opened(&self) -> Result<Mirror, MirrorError> {
        let folder = self.folder.clone();
        let mirror = tokio::task::spawn_blocking(move || Mirror::open(&folder)).await;
        let mirror =
            mirror.map_err(|_| MirrorError::Files(io::Error::other("a task ended")))?.map_err(MirrorError::Files)?;
        if let Some(last) = mirror.last() {
            let kept = self.store.record(last.record).await.map_err(MirrorError::Store)?;
            if kept.as_ref() != Some(last) {
                return Err(MirrorError::Differs { record: last.record });
            }
        }
        Ok(mirror)
    }
}

/// Writes and syncs where that holds up nobody. The mirror is lost with a failure, and opened anew by whoever tries next.
async fn on_disk(
    mut mirror: Mirror,
    write: impl FnOnce(&mut Mirror) -> io::Result<()> + Send + 'static,
) -> Result<Mirror, MirrorError> {
    let written = tokio::task::spawn_blocking(move || write(&mut mirror).map(|()| mirror)).await;
    written.map_err(|_| MirrorError::Files(io::Error::other("a task ended")))?.map_err(MirrorError::Files)
}

fn due(mirror: &Mirror, now: SystemTime) -> Option<Checkpoint> {
    let last = mirror.last()?;
    let at_ms = u64::try_from(now.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    let every = CHECKPOINT_EVERY.as_millis() as u64;
    // Also after a clock was set back: then the last one lies in the future.
    let is_due =
        mirror.checkpoint().is_none_or(|before| before.at_ms.abs_diff(at_ms) >= every && before.record < last.record);
    is_due.then_some(Checkpoint { record: last.record, at_ms, seals: last.seals })
}

impl App {
    /// Keeps the mirror up to date until `stop` resolves.
    pub async fn keep_mirror(&self, now: fn() -> SystemTime, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            self.settings.mirroring.catch_up(now()).await;
            let written = tokio::time::timeout(LOOK_EVERY, self.book.written());
            tokio::select! {
                _ = written => {}
                () = &mut stop => return,
            }
        }
    }
}

/// What is wrong with a book and all that is kept beside it.
#[derive(Debug)]
pub struct BookVerdict {
    /// The walk over its records.
    pub walked: Walked,
    /// Every finding, as sentences.
    pub findings: Vec<String>,
    /// How many checkpoints were compared.
    pub checkpoints: usize,
    /// Whether the mirror ends before the book: one of a running server may be a moment behind.
    pub mirror_ends: bool,
}

impl BookVerdict {
    /// Whether nothing was found.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Compares the book with its mirror and its checkpoints. `key` is what the checkpoints must be signed with.
pub async fn verify_book(store: &Store, folder: &Path, key: Option<PublicKey>) -> Result<BookVerdict, BookUnread> {
    let mut damaged: Vec<BadLine> = Vec::new();
    let mut unread = None;
    let (mut checkpoints, mut misplaced) = (BTreeMap::new(), Vec::new());
    let (walked, beside) = {
        let lines = if folder.exists() { Some(store::mirrored(folder).map_err(BookUnread::Mirror)?) } else { None };
        let mirror = lines.into_iter().flatten().filter_map(|line| match line {
            Ok(Ok(record)) => Some(record),
            Ok(Err(place)) => {
                damaged.push(place);
                None
            }
            Err(error) => {
                unread = Some(error);
                None
            }
        });
        let mut beside = Beside::new(mirror);
        if folder.exists() {
            for line in store::checkpoints(folder).map_err(BookUnread::Mirror)? {
                match line {
                    Ok(signed) => drop(checkpoints.insert(signed.checkpoint.record, signed)),
                    Err(place) => misplaced.push(place),
                }
            }
        }
        let walked = store.walk_book_with(|record| beside.step(record)).await.map_err(BookUnread::Store)?;
        (walked, beside.finish())
    };
    if let Some(error) = unread {
        return Err(BookUnread::Mirror(error));
    }
    let mut findings: Vec<String> = walked.findings.iter().map(ToString::to_string).collect();
    findings.extend(store.check_book().await.map_err(BookUnread::Store)?);
    findings.extend(damaged.iter().chain(&misplaced).map(ToString::to_string));
    findings.extend(beside.iter().map(ToString::to_string));
    for signed in checkpoints.values() {
        findings.extend(wrong_checkpoint(store, signed, key).await.map_err(BookUnread::Store)?);
    }
    let mirror_ends = beside.iter().any(|difference| matches!(difference, Difference::MirrorEnds { .. }));
    Ok(BookVerdict { walked, findings, checkpoints: checkpoints.len(), mirror_ends })
}

/// Why a book can't be verified.
#[derive(Debug, thiserror::Error)]
pub enum BookUnread {
    /// The database can't be read.
    #[error("cannot read the book")]
    Store(#[source] StoreError),
    /// The mirror can't be read.
    #[error("cannot read the book's mirror")]
    Mirror(#[source] io::Error),
}

async fn wrong_checkpoint(
    store: &Store,
    signed: &SignedCheckpoint,
    key: Option<PublicKey>,
) -> Result<Option<String>, StoreError> {
    let Checkpoint { record, seals, .. } = signed.checkpoint;
    let is_signed = key.is_none_or(|key| key.has_signed(&signed.checkpoint.signed_bytes(), &signed.signature));
    let stands: Option<Record> = store.record(record).await?;
    Ok(match stands {
        _ if !is_signed => Some(format!("the checkpoint of record {record} is not signed by this server")),
        None => Some(format!("record {record}, of which there is a checkpoint, is not in the book")),
        Some(stands) if stands.seals != seals => {
            Some(format!("the book up to record {record} is not what the checkpoint says"))
        }
        Some(_) => None,
    })
}
