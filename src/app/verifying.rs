//! Comparing the book with all that is kept beside it: its mirror, its checkpoints, its anchors, and the triggers that guard it.
//!
//! `yunling verify audit` compares everything; before a month is taken away, the server compares that month and nothing before it, so
//! that what was found once holds up no month for ever. Every finding is a sentence that says which record, line or trigger it is about.

use super::{PublicKey, retention::ACTOR, settings_seen};
use crate::{
    domain::audit::{Anchor, Beside, Checkpoint, Difference, Record, Walked},
    store::{self, AuditQuery, BadLine, SignedAnchor, SignedCheckpoint, Store, StoreError},
};
use std::{collections::BTreeMap, io, path::Path};

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
    /// The first record that is still there although its removal was signed: it goes on by itself.
    pub going: Option<u64>,
    /// Where a record's time does not follow that of the one before, as sentences: no fault of the book, but of a clock.
    pub clocks: Vec<String>,
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

/// Compares the book with its mirror and its checkpoints. `key` is what the checkpoints must be signed with.
pub async fn verify_book(store: &Store, folder: &Path, key: Option<PublicKey>) -> Result<BookVerdict, BookUnread> {
    let compared = Compared { store, folder, keys: key.into_iter().collect(), until: None };
    let mut verdict = compared.verdict().await?;
    verdict.findings.extend(store.check_book().await.map_err(BookUnread::Store)?);
    Ok(verdict)
}

/// What is wrong with the records from the present anchor up to this one, and whether the next one follows. They may be signed with a
/// key that this one took the place of.
pub(super) async fn faults_until(
    store: &Store,
    folder: &Path,
    key: PublicKey,
    last: u64,
) -> Result<Vec<String>, BookUnread> {
    let findings = async {
        let keys = keys_up_to(store, key).await.map_err(BookUnread::Store)?;
        let compared = Compared { store, folder, keys, until: Some(last.saturating_add(1)) };
        compared.verdict().await.map(|verdict| verdict.findings)
    };
    match findings.await {
        Ok(findings) => Ok(findings),
        // A row that nothing can be read from was not written like that.
        Err(BookUnread::Store(error @ StoreError::Value { .. })) => Ok(vec![error.to_string()]),
        Err(error) => Err(error),
    }
}

/// This key and those before it, one after another, as the server's own entries about its settings tell.
async fn keys_up_to(store: &Store, key: PublicKey) -> Result<Vec<PublicKey>, StoreError> {
    let query = AuditQuery {
        action: Some(settings_seen::CHANGED.to_owned()),
        subject: Some(settings_seen::KEY_CHANGED.to_owned()),
        limit: KEYS_MAX,
        ..AuditQuery::default()
    };
    let mut keys = vec![key];
    for entry in store.book(&query).await?.into_iter().filter(|entry| entry.opened.actor == ACTOR) {
        let told =
            entry.opened.subject.strip_prefix(settings_seen::KEY_CHANGED).and_then(|told| told.split_once(" → "));
        let Some((before, now)) = told.and_then(|(before, now)| before.parse().ok().zip(now.parse().ok())) else {
            continue;
        };
        if keys.last() == Some(&now) {
            keys.push(before);
        }
    }
    Ok(keys)
}

/// More keys than a server has in three years.
const KEYS_MAX: u64 = 100;

/// A book up to some record, and where all that belongs to it lies.
struct Compared<'a> {
    store: &'a Store,
    folder: &'a Path,
    /// Any of these signs; none if it is lost.
    keys: Vec<PublicKey>,
    /// The last record that is compared; then nothing before the present anchor is, nor what belongs to no record. `None` for all.
    until: Option<u64>,
}

impl Compared<'_> {
    const fn is_of_all(&self) -> bool {
        self.until.is_none()
    }

    async fn verdict(&self) -> Result<BookVerdict, BookUnread> {
        let (anchor, wrong_anchors) = self.anchor().await?;
        let first = self.store.first_record().await.map_err(BookUnread::Store)?.map(|first| first.record);
        let going = first.filter(|first| anchor.is_some_and(|anchor| *first <= anchor.record));
        let mut clocks = Clocks::default();
        let (walked, damaged, differences) = self.beside(anchor.as_ref(), &mut clocks).await?;
        let (checkpoints, wrong_checkpoints) = self.checkpoints(anchor).await?;
        let mut findings: Vec<String> = walked.findings.iter().map(ToString::to_string).collect();
        findings.extend(wrong_anchors);
        if self.is_of_all() && self.folder.exists() {
            for strange in store::strangers(self.folder).map_err(BookUnread::Mirror)? {
                let file = strange.display();
                findings.push(format!("镜像目录中多出文件 {file} / {file} is no file of the mirror"));
            }
        }
        findings.extend(damaged.iter().map(ToString::to_string));
        findings.extend(differences.iter().map(ToString::to_string));
        findings.extend(wrong_checkpoints);
        if self.keys.is_empty() && (anchor.is_some() || checkpoints > 0) {
            let lost = "签名密钥 audit.key 不在，无法核对签名 / the key audit.key is not there, so that no signature can be checked";
            findings.push(lost.to_owned());
        }
        let mirror_ends = differences.iter().any(|difference| matches!(difference, Difference::MirrorEnds { .. }));
        Ok(BookVerdict { walked, findings, checkpoints, anchor, going, clocks: clocks.said, mirror_ends })
    }

    /// Walks the records beside those of the mirror, both after the anchor.
    async fn beside(
        &self,
        anchor: Option<&Anchor>,
        clocks: &mut Clocks,
    ) -> Result<(Walked, Vec<BadLine>, Vec<Difference>), BookUnread> {
        let (mut damaged, mut unread) = (Vec::new(), None);
        let (before, until) = (anchor.map_or(0, |anchor| anchor.record), self.until.unwrap_or(u64::MAX));
        let (walked, differences) = {
            let lines = if self.folder.exists() {
                Some(store::mirrored(self.folder).map_err(BookUnread::Mirror)?)
            } else {
                None
            };
            let lines = lines.into_iter().flatten();
            let lines = lines.take_while(|line| !matches!(line, Ok(Ok(record)) if record.record > until));
            let mirror = lines.filter_map(|line| match line {
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
            let look = |record: &Record| {
                beside.step(record);
                clocks.step(record);
            };
            let walk = self.store.walk_book_with(anchor, until, look);
            let walked = walk.await.map_err(BookUnread::Store)?;
            (walked, beside.finish())
        };
        match unread {
            Some(error) => Err(BookUnread::Mirror(error)),
            None => Ok((walked, damaged, differences)),
        }
    }

    /// Where the book begins, as this server signed, and what is wrong with the anchors: each has to be signed and to stand in the
    /// mirror too, so that nobody removes records from one of both alone and says that it was time. The mirror may have one more, of a
    /// removal that was begun.
    async fn anchor(&self) -> Result<(Option<Anchor>, Vec<String>), BookUnread> {
        let stored = self.store.anchors().await.map_err(BookUnread::Store)?;
        let lines = if self.folder.exists() { store::mirrored_anchors(self.folder) } else { Ok(Vec::new()) };
        let (mut mirrored, mut wrong) = (Vec::new(), Vec::new());
        let is_signed = |one: &SignedAnchor| self.signed(&one.anchor.signed_bytes(), &one.signature);
        for (line, read) in (1..).zip(lines.map_err(BookUnread::Mirror)?) {
            match read {
                Ok(one) if is_signed(&one) => mirrored.push(one),
                _ if !self.is_of_all() => {}
                Ok(_) => wrong.push(format!(
                    "anchors.jsonl 第 {line} 行不是本服务器签署的 / line {line} of anchors.jsonl is not signed by this server"
                )),
                Err(place) => wrong.push(place.to_string()),
            }
        }
        let judged_from = if self.is_of_all() { 0 } else { stored.len().saturating_sub(1) };
        for one in stored.iter().skip(judged_from) {
            let record = one.anchor.record;
            if !is_signed(one) {
                wrong.push(format!(
                    "数据库称审计记录从第 {record} 条之后开始，但本服务器没有签署过 / the book begins after record {record}, and this server \
                     did not sign that"
                ));
            }
            if !mirrored.contains(one) {
                wrong.push(format!(
                    "数据库称审计记录从第 {record} 条之后开始，镜像的 anchors.jsonl 中没有 / the book begins after record {record}, which \
                     its mirror does not know"
                ));
            }
        }
        let last = stored.last().map_or(0, |one| one.anchor.record);
        let gone = mirrored.iter().filter(|one| one.anchor.record <= last && !stored.contains(one));
        wrong.extend(gone.filter(|_| self.is_of_all()).map(|one| {
            let record = one.anchor.record;
            format!("第 {record} 条记录的锚点不在数据库中 / the anchor of record {record} is not in the book")
        }));
        let begins = stored.into_iter().rev().find(is_signed).map(|one| one.anchor);
        Ok((begins, wrong))
    }

    /// How many checkpoints there are, and what is wrong with them: each has to be signed, to fit its record, and to stand in the file
    /// and in the database.
    async fn checkpoints(&self, anchor: Option<Anchor>) -> Result<(usize, Vec<String>), BookUnread> {
        let (mut mirrored, mut wrong) = (BTreeMap::new(), Vec::new());
        let after = anchor.filter(|_| !self.is_of_all()).map_or(0, |anchor| anchor.record);
        let is_judged = |one: &Checkpoint| one.record > after && self.until.is_none_or(|until| one.record <= until);
        let lines = if self.folder.exists() { store::checkpoints(self.folder) } else { Ok(Vec::new()) };
        for line in lines.map_err(BookUnread::Mirror)? {
            match line {
                Ok(one) if !is_judged(&one.checkpoint) => {}
                Ok(one) => drop(mirrored.insert(one.checkpoint.record, one)),
                // If it was one of those that are judged, that one is missing.
                Err(_) if !self.is_of_all() => {}
                Err(place) => wrong.push(place.to_string()),
            }
        }
        let mut stored = self.store.stored_checkpoints().await.map_err(BookUnread::Store)?;
        let last = stored.last().map_or(0, |one| one.checkpoint.record);
        stored.retain(|one| is_judged(&one.checkpoint));
        for one in mirrored.values() {
            wrong.extend(self.wrong_checkpoint(one, anchor).await.map_err(BookUnread::Store)?);
            let record = one.checkpoint.record;
            // The last one may have been written just before the server ended.
            if record <= last && !stored.contains(one) {
                wrong.push(format!(
                    "checkpoints.jsonl 中第 {record} 条记录的检查点与数据库中的不符 / the checkpoint of record {record} in \
                     checkpoints.jsonl does not stand like that in the database"
                ));
            }
        }
        for one in &stored {
            let record = one.checkpoint.record;
            if !mirrored.contains_key(&record) {
                wrong.push(format!(
                    "checkpoints.jsonl 缺少第 {record} 条记录的检查点：该行被删去，或文件末尾被截断 / the checkpoint of record {record} is \
                     missing in checkpoints.jsonl: its line was taken out, or the file's end was cut off"
                ));
            }
        }
        Ok((mirrored.len(), wrong))
    }

    async fn wrong_checkpoint(
        &self,
        one: &SignedCheckpoint,
        anchor: Option<Anchor>,
    ) -> Result<Option<String>, StoreError> {
        let Checkpoint { record, seals, .. } = one.checkpoint;
        let is_signed = self.signed(&one.checkpoint.signed_bytes(), &one.signature);
        let before = anchor.filter(|anchor| record <= anchor.record);
        let stands: Option<Record> = self.store.record(record).await?;
        Ok(match stands {
            _ if !is_signed => Some(format!(
                "第 {record} 条记录的检查点不是本服务器签署的 / the checkpoint of record {record} is not signed by this server"
            )),
            _ if before.is_some_and(|anchor| anchor.record == record && anchor.seals != seals) => Some(format!(
                "第 {record} 条及以前的记录在清理时与检查点不符 / the book up to record {record} was not what the checkpoint says when it \
                 was removed"
            )),
            _ if before.is_some() => None,
            None => Some(format!(
                "第 {record} 条记录有检查点，却不在数据库中 / record {record}, of which there is a checkpoint, is not in the book"
            )),
            Some(stands) if stands.seals != seals => Some(format!(
                "第 {record} 条及以前的记录与检查点不符 / the book up to record {record} is not what the checkpoint says"
            )),
            Some(_) => None,
        })
    }

    fn signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|key| key.has_signed(bytes, signature))
    }
}

/// Looks for records whose time does not follow.
#[derive(Debug, Default)]
struct Clocks {
    before: Option<u64>,
    said: Vec<String>,
}

impl Clocks {
    const DAY_MS: u64 = 86_400_000;

    /// Longer than a server is off for holidays.
    const FAR_DAYS: u64 = 31;

    /// More sentences than somebody would read.
    const MOST: usize = 20;

    fn step(&mut self, record: &Record) {
        let (at, number) = (record.at_ms, record.record);
        let Some(before) = self.before.replace(at) else { return };
        let (ahead, back) = (at.saturating_sub(before) / Self::DAY_MS, before.saturating_sub(at) / Self::DAY_MS);
        if self.said.len() >= Self::MOST {
            return;
        }
        if ahead > Self::FAR_DAYS {
            self.said.push(format!(
                "第 {number} 条记录的时间比前一条晚 {ahead} 天：当时停机，或时钟走快 / record {number} is {ahead} days later than the one \
                 before: the server was off, or its clock ran ahead"
            ));
        } else if back > 0 {
            self.said.push(format!(
                "第 {number} 条记录的时间比前一条早 {back} 天：时钟曾被拨回 / record {number} is {back} days earlier than the one before: \
                 the clock was set back"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{End, Opening, Says};

    #[test]
    fn a_clock_that_ran_ahead_and_was_set_back_is_told_by_the_records_it_happened_at() {
        let (mut end, mut clocks) = (End::EMPTY, Clocks::default());
        for day in [1, 2, 800, 801, 3, 4, 30] {
            let text = str::to_owned;
            let says = Opening { actor: text("a"), address: text("b"), action: text("c"), subject: text("d") };
            clocks.step(&end.add(day * Clocks::DAY_MS, Says::Opened(says)));
        }
        assert_eq!(clocks.said.len(), 2, "{:?}", clocks.said);
        assert!(clocks.said[0].contains("record 3 is 798 days later"), "{:?}", clocks.said);
        assert!(clocks.said[1].contains("record 5 is 798 days earlier"), "{:?}", clocks.said);
    }
}
