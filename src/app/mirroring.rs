//! Keeping the book's mirror up to date, signing a checkpoint each day, and taking months away whose time is over.
//!
//! The mirror follows the database and is never waited for: an act is allowed once its entry is in the book. Whatever was
//! written meanwhile, also by the command line, is added within a second; what a crash left out, at the next start.

use super::{App, BookKey, BookUnread, meetings::Restored, verifying};
use crate::{
    domain::audit::{Anchor, Checkpoint, Record},
    store::{self, Mirror, SignedAnchor, SignedCheckpoint, Store, StoreError},
};
use std::{
    fmt, io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How often the book is looked at for records that other programs wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How much later than the last a checkpoint is taken.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(24 * 3600);

/// How often is looked whether records are older than they are kept, and whether the database still guards the book; at start too.
const CUT_EVERY: Duration = Duration::from_secs(3600);

/// Records added to the mirror at a time.
const STEP: u64 = 500;

/// Records removed at a time: some hundredths of a second, in which nobody else has the database.
pub(super) const PIECE: u64 = 2000;

/// The mirror of one book.
pub struct Mirroring {
    store: Store,
    folder: PathBuf,
    key: BookKey,
    /// `None` until it is opened, and after a failure: then it is opened anew.
    mirror: tokio::sync::Mutex<Option<Mirror>>,
    troubles: Mutex<Troubles>,
}

/// What the last look found, each at its own time.
#[derive(Debug, Default)]
struct Troubles {
    /// As the mirror was written.
    mirror: Option<MirrorTrouble>,
    /// As a month that is over was walked.
    is_rewritten: bool,
    /// As the database's triggers were looked at.
    is_unguarded: bool,
    /// As the mirror was written.
    is_far_off: bool,
}

/// What is wrong with the book, its mirror, or what guards it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MirrorTrouble {
    /// The mirror's files can't be written.
    Unwritable,
    /// It is not the mirror of this book: the book is shorter or other than what was mirrored.
    Differs,
    /// A month that is over is not what was written, so that nothing of it is removed.
    Rewritten,
    /// Triggers that keep the book append-only are not there, or there are others.
    Unguarded,
    /// The clock is more than a month from the month that is written: it is wrong, or the server was off for long.
    Clock,
}

/// How far a removal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// All of it is gone.
    Done,
    /// It goes on later, where it ended.
    PutOff,
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
    #[error("cannot compare the book with what is kept beside it")]
    Unread(#[source] BookUnread),
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
        Self { store, folder, key, mirror: tokio::sync::Mutex::new(None), troubles: Mutex::default() }
    }

    /// What is wrong, as the last look found; the gravest, if it is more.
    #[must_use]
    pub fn trouble(&self) -> Option<MirrorTrouble> {
        let troubles = self.troubles();
        let rewritten = troubles.is_rewritten.then_some(MirrorTrouble::Rewritten);
        let unguarded = troubles.is_unguarded.then_some(MirrorTrouble::Unguarded);
        let clock = troubles.is_far_off.then_some(MirrorTrouble::Clock);
        troubles.mirror.or(rewritten).or(unguarded).or(clock)
    }

    /// Whether it may be said of records that they go: nothing is wrong but what a walk over them would find again.
    pub(super) fn is_sound(&self) -> bool {
        let troubles = self.troubles();
        troubles.mirror.is_none() && !troubles.is_unguarded && !troubles.is_far_off
    }

    /// Whether a month that is over is not what was written; `true` if that is news.
    pub(super) fn is_rewritten(&self, is: bool) -> bool {
        std::mem::replace(&mut self.troubles().is_rewritten, is) != is && is
    }

    /// Whether the book's triggers are not as they should be; `true` if that is news.
    pub(super) fn is_unguarded(&self, is: bool) -> bool {
        std::mem::replace(&mut self.troubles().is_unguarded, is) != is && is
    }

    fn troubles(&self) -> MutexGuard<'_, Troubles> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
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
                    MirrorError::Files(_) | MirrorError::Store(_) | MirrorError::Behind | MirrorError::Unread(_) => {
                        MirrorTrouble::Unwritable
                    }
                };
                if self.troubles().mirror != Some(trouble) {
                    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    tracing::error!(%error, source, folder = %self.folder.display(), "the book goes on without its mirror");
                }
                Some(trouble)
            }
        };
        self.troubles().mirror = trouble;
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
            let stored = signed.clone();
            mirror = on_disk(mirror, move |mirror| mirror.add_checkpoint(&signed)).await?;
            self.store.add_checkpoint(&stored).await.map_err(MirrorError::Store)?;
        }
        let is_far_off = mirror.is_far_off().map_err(MirrorError::Files)?;
        if std::mem::replace(&mut self.troubles().is_far_off, is_far_off) != is_far_off && is_far_off {
            tracing::error!("the clock is more than a month from the month the mirror of the book is in: is it right?");
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

    /// What is wrong with the records up to this one, which are to go: they are walked beside their mirror and checkpoints before an
    /// anchor says that they were whole. Nothing, if that was said before and their removal goes on.
    pub(super) async fn faults_until(&self, last: &Record) -> Result<Vec<String>, MirrorError> {
        let stored = self.store.anchors().await.map_err(MirrorError::Store)?;
        if stored.iter().any(|signed| self.is_of(signed, last)) {
            return Ok(Vec::new());
        }
        let (store, folder, key) = (self.store.clone(), self.folder.clone(), self.key.public());
        let (runtime, last) = (tokio::runtime::Handle::current(), last.record);
        // Files are read on the way, which may hold up a thread.
        let walk = move || runtime.block_on(verifying::faults_until(&store, &folder, key, last));
        let walked = tokio::task::spawn_blocking(walk).await;
        walked.map_err(|_| MirrorError::Files(io::Error::other("a task ended")))?.map_err(MirrorError::Unread)
    }

    /// Signs an anchor at this record, and removes what stands up to it, in this order: the anchor is on the disk in the mirror, then
    /// in the book, then the book's records go, so many at a time and only while `may_go_on`, then the mirror's months. What ends in
    /// between is carried on by the next try.
    pub(super) async fn cut(
        &self,
        last: &Record,
        now: SystemTime,
        piece: u64,
        may_go_on: impl Fn() -> bool,
    ) -> Result<Cut, MirrorError> {
        let signed = match self.begun(last).await? {
            Some(signed) => signed,
            None => self.anchor_at(last, now).await?,
        };
        let anchor = signed.anchor;
        if !may_go_on() {
            return Ok(Cut::PutOff);
        }
        {
            let mut held = self.mirror.lock().await;
            let Some(mut mirror) = held.take() else { return Err(MirrorError::Behind) };
            if !self.mirrored_anchors().await?.contains(&signed) {
                let written = signed.clone();
                mirror = on_disk(mirror, move |mirror| mirror.add_anchor(&written)).await?;
            }
            *held = Some(mirror);
        }
        if !self.store.anchors().await.map_err(MirrorError::Store)?.contains(&signed) {
            self.store.add_anchor(&signed).await.map_err(MirrorError::Store)?;
        }
        loop {
            if !may_go_on() {
                return Ok(Cut::PutOff);
            }
            if self.store.remove_records(anchor.record, piece).await.map_err(MirrorError::Store)? == 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        let mut held = self.mirror.lock().await;
        let Some(mirror) = held.take() else { return Err(MirrorError::Behind) };
        *held = Some(on_disk(mirror, move |mirror| mirror.remove_until(&anchor)).await?);
        Ok(Cut::Done)
    }

    /// The anchor at this record that was signed before, when something ended in between.
    async fn begun(&self, last: &Record) -> Result<Option<SignedAnchor>, MirrorError> {
        let known = self.mirrored_anchors().await?;
        Ok(known.into_iter().find(|known| self.is_of(known, last)))
    }

    fn is_of(&self, signed: &SignedAnchor, last: &Record) -> bool {
        let Anchor { record, seals, .. } = signed.anchor;
        let is_ours = || self.key.public().has_signed(&signed.anchor.signed_bytes(), &signed.signature);
        record == last.record && seals == last.seals && is_ours()
    }

    async fn anchor_at(&self, last: &Record, now: SystemTime) -> Result<SignedAnchor, MirrorError> {
        let kept = self.store.record(last.record).await.map_err(MirrorError::Store)?;
        if kept.as_ref() != Some(last) {
            return Err(MirrorError::Differs { record: last.record });
        }
        let after = self.store.anchors().await.map_err(MirrorError::Store)?.pop().map(|signed| signed.anchor);
        let walked =
            self.store.walk_book_with(after.as_ref(), last.record, |_| ()).await.map_err(MirrorError::Store)?;
        let at_ms = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let at_ms = u64::try_from(at_ms).unwrap_or(u64::MAX);
        let entry = walked.end.entry;
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
        self.evened_out(mirror).await
    }

    /// The mirror, with the checkpoints and anchors that its files' ends or the database lack: what a crash left out between the two,
    /// what an older program did not store, what was lost with a file. Only what this server signed is taken over.
    async fn evened_out(&self, mut mirror: Mirror) -> Result<Mirror, MirrorError> {
        let key = self.key.public();
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || store::checkpoints(&folder)).await;
        let read = read.map_err(|_| MirrorError::Files(io::Error::other("a task ended")))?;
        let mirrored: Vec<SignedCheckpoint> = read.map_err(MirrorError::Files)?.into_iter().flatten().collect();
        let stored = self.store.stored_checkpoints().await.map_err(MirrorError::Store)?;
        let is_ours = |one: &SignedCheckpoint| key.has_signed(&one.checkpoint.signed_bytes(), &one.signature);
        let ends = |all: &[SignedCheckpoint]| all.last().map_or(0, |last| last.checkpoint.record);
        let (in_files, in_book) = (ends(&mirrored), ends(&stored));
        let mut last = in_book;
        for signed in mirrored.iter().filter(|signed| is_ours(signed)) {
            if signed.checkpoint.record > last {
                self.store.add_checkpoint(signed).await.map_err(MirrorError::Store)?;
                last = signed.checkpoint.record;
            }
        }
        for signed in stored.into_iter().filter(|signed| signed.checkpoint.record > in_files && is_ours(signed)) {
            tracing::warn!(
                record = signed.checkpoint.record,
                "a checkpoint was missing in the mirror and is written again"
            );
            mirror = on_disk(mirror, move |mirror| mirror.add_checkpoint(&signed)).await?;
        }
        let known = self.mirrored_anchors().await?.last().map_or(0, |last| last.anchor.record);
        for signed in self.store.anchors().await.map_err(MirrorError::Store)? {
            let Anchor { record, .. } = signed.anchor;
            if record > known && key.has_signed(&signed.anchor.signed_bytes(), &signed.signature) {
                tracing::warn!(record, "an anchor was missing in the mirror and is written again");
                mirror = on_disk(mirror, move |mirror| mirror.add_anchor(&signed)).await?;
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
    /// Keeps the mirror up to date until `stop` resolves, and the book short while no meeting is on air: so the meetings that are have
    /// to be restored before. Nothing more is removed once `is_ending`.
    pub async fn keep_mirror(
        &self,
        _: Restored,
        now: fn() -> SystemTime,
        is_ending: impl Fn() -> bool + Sync,
        stop: impl Future<Output = ()>,
    ) {
        let (mut stop, mut looked) = (std::pin::pin!(stop), None);
        loop {
            self.settings.mirroring.catch_up(now()).await;
            let at = now();
            if looked
                .is_none_or(|looked: SystemTime| at.duration_since(looked).map_or(true, |since| since >= CUT_EVERY))
            {
                looked = Some(at);
                self.look_at_guard().await;
                self.keep_book_short(at, &is_ending).await;
            }
            let written = tokio::time::timeout(LOOK_EVERY, self.book.written());
            tokio::select! {
                _ = written => {}
                () = &mut stop => return,
            }
        }
    }
}
