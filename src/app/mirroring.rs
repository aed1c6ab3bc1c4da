//! Keeping the book's mirror up to date, signing a checkpoint each day, and comparing all of it.
//!
//! The mirror follows the database and is never waited for: an act is allowed once its entry is in the book. Whatever was
//! written meanwhile, also by the command line, is added within a second; what a crash left out, at the next start.

use super::{App, BookKey, PublicKey};
use crate::{
    domain::audit::{Anchor, Beside, Checkpoint, Difference, Record, Walked},
    store::{self, BadLine, Mirror, SignedAnchor, SignedCheckpoint, Store, StoreError},
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

/// How often is looked whether records are older than they are kept.
const CUT_EVERY: Duration = Duration::from_secs(3600);

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
pub(super) enum MirrorError {
    #[error("cannot write the mirror of the book")]
    Files(#[source] io::Error),
    #[error("cannot read the book for its mirror")]
    Store(#[source] StoreError),
    #[error("record {record} stands in the mirror, and not so in the book")]
    Differs { record: u64 },
    #[error("the mirror is not up to date")]
    Behind,
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
                    MirrorError::Files(_) | MirrorError::Store(_) | MirrorError::Behind => MirrorTrouble::Unwritable,
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

    /// The last record that need not be kept at `now`, if there is one: of the oldest month that is over for `keep`. Nothing is while
    /// the mirror has trouble.
    pub(super) async fn oldest(&self, keep: Duration, now: SystemTime) -> Result<Option<Record>, MirrorError> {
        let cutoff = now.checked_sub(keep).and_then(|cutoff| cutoff.duration_since(UNIX_EPOCH).ok());
        let Some(cutoff) = cutoff.and_then(|since| u64::try_from(since.as_millis()).ok()) else { return Ok(None) };
        let days = usize::try_from(keep.as_secs() / 86_400).unwrap_or(usize::MAX);
        let mut held = self.mirror.lock().await;
        let Some(mirror) = held.take() else { return Err(MirrorError::Behind) };
        let looked = tokio::task::spawn_blocking(move || {
            let found = mirror.oldest_before(cutoff, days)?;
            Ok((mirror, found))
        });
        let looked = looked.await.map_err(|_| MirrorError::Files(io::Error::other("a task ended")))?;
        let (mirror, found) = looked.map_err(MirrorError::Files)?;
        *held = Some(mirror);
        Ok(found)
    }

    /// Signs an anchor at this record, and removes what stands up to it, in this order: the anchor is on the disk in the mirror, then
    /// in the book in place of its records, then the mirror's months go. What ends in between is carried on by the next try.
    pub(super) async fn cut(&self, last: &Record, now: SystemTime) -> Result<(), MirrorError> {
        let signed = match self.begun(last).await? {
            Some(signed) => signed,
            None => self.anchor_at(last, now).await?,
        };
        let anchor = signed.anchor;
        let mut held = self.mirror.lock().await;
        let Some(mut mirror) = held.take() else { return Err(MirrorError::Behind) };
        let known = self.mirrored_anchors().await?;
        if !known.contains(&signed) {
            let written = signed.clone();
            mirror = on_disk(mirror, move |mirror| mirror.add_anchor(&written)).await?;
        }
        let stored = self.store.anchors().await.map_err(MirrorError::Store)?;
        if !stored.contains(&signed) {
            self.store.cut_book(&anchor, &signed.signature).await.map_err(MirrorError::Store)?;
        }
        *held = Some(on_disk(mirror, move |mirror| mirror.remove_until(&anchor)).await?);
        Ok(())
    }

    /// The anchor at this record that was signed before, when something ended in between.
    async fn begun(&self, last: &Record) -> Result<Option<SignedAnchor>, MirrorError> {
        let known = self.mirrored_anchors().await?;
        Ok(known.into_iter().find(|known| known.anchor.record == last.record && known.anchor.seals == last.seals))
    }

    async fn anchor_at(&self, last: &Record, now: SystemTime) -> Result<SignedAnchor, MirrorError> {
        let kept = self.store.record(last.record).await.map_err(MirrorError::Store)?;
        if kept.as_ref() != Some(last) {
            return Err(MirrorError::Differs { record: last.record });
        }
        let entry = self.store.last_entry_until(last.record).await.map_err(MirrorError::Store)?;
        let at_ms = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let at_ms = u64::try_from(at_ms).unwrap_or(u64::MAX);
        let anchor = Anchor { record: last.record, entry, until_ms: last.at_ms, at_ms, seals: last.seals };
        Ok(SignedAnchor { signature: self.key.sign(&anchor.signed_bytes()), anchor })
    }

    async fn mirrored_anchors(&self) -> Result<Vec<SignedAnchor>, MirrorError> {
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || store::mirrored_anchors(&folder)).await;
        let read = read.map_err(|_| MirrorError::Files(io::Error::other("a task ended")))?;
        Ok(read.map_err(MirrorError::Files)?.into_iter().flatten().collect())
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
        let (mut stop, mut looked) = (std::pin::pin!(stop), None);
        loop {
            self.settings.mirroring.catch_up(now()).await;
            let at = now();
            if looked
                .is_none_or(|looked: SystemTime| at.duration_since(looked).map_or(true, |since| since >= CUT_EVERY))
            {
                looked = Some(at);
                self.keep_book_short(at).await;
            }
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
    /// Where the book begins, if its oldest records are no longer kept.
    pub anchor: Option<Anchor>,
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
    let (anchors, wrong_anchors) = anchors_of(store, folder, key).await?;
    let anchor = anchors.last().map(|signed| signed.anchor);
    let before = anchor.map_or(0, |anchor| anchor.record);
    let (walked, beside) = {
        let lines = if folder.exists() { Some(store::mirrored(folder).map_err(BookUnread::Mirror)?) } else { None };
        let mirror = lines.into_iter().flatten().filter_map(|line| match line {
            // A month whose records are gone from the book goes a moment later.
            Ok(Ok(record)) if record.record <= before => None,
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
    findings.extend(wrong_anchors);
    findings.extend(store.check_book().await.map_err(BookUnread::Store)?);
    findings.extend(damaged.iter().chain(&misplaced).map(ToString::to_string));
    findings.extend(beside.iter().map(ToString::to_string));
    for signed in checkpoints.values() {
        findings.extend(wrong_checkpoint(store, signed, anchor, key).await.map_err(BookUnread::Store)?);
    }
    let mirror_ends = beside.iter().any(|difference| matches!(difference, Difference::MirrorEnds { .. }));
    Ok(BookVerdict { walked, findings, checkpoints: checkpoints.len(), anchor, mirror_ends })
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

/// The anchors of the book, and what is wrong with them: each has to be signed and to stand in the mirror too, so that nobody
/// removes records from one of both alone and says that it was time. The mirror may have one more, of a removal that was begun.
async fn anchors_of(
    store: &Store,
    folder: &Path,
    key: Option<PublicKey>,
) -> Result<(Vec<SignedAnchor>, Vec<String>), BookUnread> {
    let stored = store.anchors().await.map_err(BookUnread::Store)?;
    let lines = if folder.exists() { store::mirrored_anchors(folder).map_err(BookUnread::Mirror)? } else { Vec::new() };
    let (mut mirrored, mut wrong) = (Vec::new(), Vec::new());
    for line in lines {
        match line {
            Ok(signed) => mirrored.push(signed),
            Err(place) => wrong.push(place.to_string()),
        }
    }
    let is_signed =
        |signed: &SignedAnchor| key.is_none_or(|key| key.has_signed(&signed.anchor.signed_bytes(), &signed.signature));
    for signed in &stored {
        let record = signed.anchor.record;
        if !is_signed(signed) {
            wrong.push(format!("the book begins after record {record}, and this server did not sign that"));
        }
        if !mirrored.contains(signed) {
            wrong.push(format!("the book begins after record {record}, which its mirror does not know"));
        }
    }
    let last = stored.last().map_or(0, |signed| signed.anchor.record);
    let gone = mirrored.iter().filter(|signed| signed.anchor.record <= last && !stored.contains(signed));
    wrong.extend(gone.map(|signed| format!("the anchor of record {} is not in the book", signed.anchor.record)));
    Ok((stored, wrong))
}

async fn wrong_checkpoint(
    store: &Store,
    signed: &SignedCheckpoint,
    anchor: Option<Anchor>,
    key: Option<PublicKey>,
) -> Result<Option<String>, StoreError> {
    let Checkpoint { record, seals, .. } = signed.checkpoint;
    let is_signed = key.is_none_or(|key| key.has_signed(&signed.checkpoint.signed_bytes(), &signed.signature));
    let before = anchor.filter(|anchor| record <= anchor.record);
    let stands: Option<Record> = store.record(record).await?;
    Ok(match stands {
        _ if !is_signed => Some(format!("the checkpoint of record {record} is not signed by this server")),
        _ if before.is_some_and(|anchor| anchor.record == record && anchor.seals != seals) => {
            Some(format!("the book up to record {record} was not what the checkpoint says when it was removed"))
        }
        _ if before.is_some() => None,
        None => Some(format!("record {record}, of which there is a checkpoint, is not in the book")),
        Some(stands) if stands.seals != seals => {
            Some(format!("the book up to record {record} is not what the checkpoint says"))
        }
        Some(_) => None,
    })
}
