//! How long the book is kept (审计保留): what is older is removed from its beginning, a month at a time, and the removal is an entry too.
//!
//! [`Mirroring`](super::Mirroring) knows how; here is decided when. A month goes once all of it is older than `audit.keep_days` and
//! checkpoints of as many days were signed after it, so that a clock that is wrong removes nothing. Days on which the server was off
//! count for none: its book is kept longer.

use super::{App, Book, Mirroring, mirroring::MirrorError};
use crate::{
    domain::audit::{Closing, Opening},
    store::Store,
};
use std::time::{Duration, SystemTime};

/// Who removes, as the book has it. It has a blank, so that no log-in name is the same.
const ACTOR: &str = "the server";

/// What removing is called in the book.
const ACTION: &str = "audit.prune";

impl App {
    /// Removes what is older than the book is kept, as far as it may go at `now`; how many months went. A failure is logged, and the
    /// next try goes on where it ended.
    pub async fn keep_book_short(&self, now: SystemTime) -> u32 {
        let kept = Kept { store: &self.store, book: &self.book, mirroring: &self.settings.mirroring };
        kept.remove(self.settings.book_kept, now).await
    }
}

/// A book, and what is kept beside it.
struct Kept<'a> {
    store: &'a Store,
    book: &'a Book,
    mirroring: &'a Mirroring,
}

impl Kept<'_> {
    async fn remove(&self, keep: Duration, now: SystemTime) -> u32 {
        let mut months = 0;
        loop {
            match self.remove_a_month(keep, now).await {
                Ok(true) => months += 1,
                Ok(false) => return months,
                Err(error) => {
                    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(%error, source, "records that are older than the book is kept were not removed");
                    return months;
                }
            }
        }
    }

    async fn remove_a_month(&self, keep: Duration, now: SystemTime) -> Result<bool, MirrorError> {
        // Whatever differs, or can't be written, is looked into first: nothing of it goes.
        if self.mirroring.trouble().is_some() {
            return Ok(false);
        }
        let Some(last) = self.mirroring.oldest(keep, now).await? else { return Ok(false) };
        let first = self.store.first_record().await.map_err(MirrorError::Store)?.map_or(0, |first| first.record);
        let opening = Opening {
            actor: ACTOR.to_owned(),
            address: "local".to_owned(),
            action: ACTION.to_owned(),
            subject: format!("records:{}-{} days:{}", first.min(last.record), last.record, keep.as_secs() / 86_400),
        };
        let Ok(entry) = self.book.open(opening).await else { return Ok(false) };
        let cut = self.mirroring.cut(&last, now).await;
        let result = if cut.is_ok() { "ok" } else { "server.internal" }.to_owned();
        if let Err(error) = self.book.close(Closing { entry, subject: String::new(), result }).await {
            tracing::error!(%error, entry, "the result of a removal was not written into the book");
        }
        cut.map(|()| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::{BookKey, BookVerdict, PublicKey, verify_book},
        domain::audit::Says,
        store::AuditQuery,
    };
    use sea_orm::ConnectionTrait as _;
    use std::{
        fs,
        path::{Path, PathBuf},
        time::UNIX_EPOCH,
    };

    const DAY: Duration = Duration::from_secs(86_400);

    /// The first of January 2026, in the morning.
    const BEGINS: Duration = Duration::from_secs(1_767_254_400);

    /// A server's book that was written for so many days, one act a day.
    struct Site {
        store: Store,
        mirroring: Mirroring,
        key: PublicKey,
        folder: tempfile::TempDir,
    }

    impl Site {
        async fn of_days(days: u32) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&folder.path().join("book.sqlite")).await.unwrap();
            let key = BookKey::load_or_make(&folder.path().join("audit.key")).unwrap();
            let public = key.public();
            let mirroring = Mirroring::new(store.clone(), folder.path().join("audit"), key);
            let site = Self { store, mirroring, key: public, folder };
            for day in 0..days {
                let at = at(day);
                let at_ms = u64::try_from(at.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
                let text = str::to_owned;
                let opening =
                    Opening { actor: text("op"), address: text("local"), action: text("login"), subject: text("") };
                let entry = site.store.add_to_book_at(at_ms, vec![Says::Opened(opening)]).await.unwrap()[0];
                let closing = Closing { entry, subject: text(""), result: text("ok") };
                site.store.add_to_book_at(at_ms + 1, vec![Says::Closed(closing)]).await.unwrap();
                site.mirroring.catch_up(at).await;
            }
            site
        }

        async fn remove(&self, now: SystemTime) -> u32 {
            self.remove_after(180, now).await
        }

        async fn remove_after(&self, days: u32, now: SystemTime) -> u32 {
            let book = Book::new(self.store.clone());
            let kept = Kept { store: &self.store, book: &book, mirroring: &self.mirroring };
            let months = kept.remove(DAY * days, now).await;
            self.mirroring.catch_up(now).await;
            months
        }

        fn month(&self, month: &str) -> PathBuf {
            self.mirror().join(format!("{month}.jsonl"))
        }

        fn mirror(&self) -> PathBuf {
            self.folder.path().join("audit")
        }

        async fn verify(&self) -> BookVerdict {
            verify_book(&self.store, &self.mirror(), Some(self.key)).await.unwrap()
        }

        /// Whoever has the file open with a program of their own.
        async fn tamper(&self, sql: &str) {
            let url = format!("sqlite://{}", self.folder.path().join("book.sqlite").display());
            let other = sea_orm::Database::connect(&url).await.unwrap();
            other.execute_unprepared(sql).await.unwrap();
            other.close().await.unwrap();
        }
    }

    fn at(day: u32) -> SystemTime {
        UNIX_EPOCH + BEGINS + DAY * day
    }

    fn copy(from: &Path, to: &Path) {
        fs::copy(from, to).unwrap();
    }

    #[tokio::test]
    async fn the_oldest_month_goes_after_its_days_and_the_book_stays_whole() {
        let site = Site::of_days(230).await;
        let saved = site.folder.path().join("january");
        copy(&site.month("2026-01"), &saved);
        assert_eq!(site.remove(at(200)).await, 0, "January is not over for 180 days");
        assert!(site.verify().await.anchor.is_none());
        assert_eq!(site.remove(at(229)).await, 1, "January goes, February doesn't");
        let verdict = site.verify().await;
        assert_eq!(verdict.findings, Vec::<String>::new());
        let anchor = verdict.anchor.unwrap();
        assert_eq!((anchor.record, anchor.entry), (62, 31));
        assert_eq!(site.store.first_record().await.unwrap().map(|first| first.record), Some(63));
        assert!(!site.month("2026-01").exists() && site.month("2026-02").exists());
        let query = AuditQuery { action: Some(ACTION.to_owned()), limit: 9, ..AuditQuery::default() };
        let said = site.store.book(&query).await.unwrap();
        assert_eq!((said.len(), said[0].opened.subject.as_str()), (1, "records:1-62 days:180"));
        assert_eq!(said[0].closed.as_ref().map(|closed| closed.result.as_str()), Some("ok"));
        assert_eq!(site.remove(at(229)).await, 0, "once");

        // The power went before the mirror's month did: the book is whole meanwhile, and the next try carries it on.
        copy(&saved, &site.month("2026-01"));
        assert!(site.verify().await.is_whole());
        assert_eq!(site.remove(at(229)).await, 1);
        assert!(!site.month("2026-01").exists());
        let verdict = site.verify().await;
        assert!(verdict.is_whole() && verdict.anchor == Some(anchor), "the same anchor: {:?}", verdict.findings);
    }

    #[tokio::test]
    async fn a_clock_that_runs_ahead_makes_nothing_old() {
        let site = Site::of_days(230).await;
        assert_eq!(site.remove_after(365, at(230) + DAY * 3650).await, 0, "nobody signed the days in between");
        assert!(site.month("2026-01").exists() && site.verify().await.is_whole());
    }

    #[tokio::test]
    async fn what_goes_without_an_anchor_that_is_signed_is_found() {
        let free = "DROP TRIGGER audit_entries_no_delete; DROP TRIGGER audit_entries_no_update;";
        let forged = "INSERT INTO audit_anchors SELECT record + 8, entry + 4, until_ms, at_ms, hash, sm3, signature FROM \
                      audit_anchors; DELETE FROM audit_entries WHERE record <= 70;";
        for (sql, expect) in [
            (format!("{free} DELETE FROM audit_entries WHERE record <= 64"), "records 63 to 64 are missing"),
            (
                format!("{free} UPDATE audit_entries SET actor = 'x' WHERE record = 63"),
                "record 63 (entry 32) was changed",
            ),
            (format!("{free} DELETE FROM audit_entries WHERE record > 460"), "the end of the book was cut off"),
            (forged.to_owned(), "this server did not sign that"),
            (forged.to_owned(), "which its mirror does not know"),
        ] {
            let site = Site::of_days(230).await;
            assert_eq!(site.remove(at(229)).await, 1);
            site.tamper(&sql).await;
            let findings = site.verify().await.findings;
            assert!(findings.iter().any(|finding| finding.contains(expect)), "{sql}: {findings:?}");
        }
        let site = Site::of_days(230).await;
        assert_eq!(site.remove(at(229)).await, 1);
        fs::remove_file(site.mirror().join("anchors.jsonl")).unwrap();
        let findings = site.verify().await.findings;
        assert!(findings.iter().any(|finding| finding.contains("mirror does not know")), "{findings:?}");
    }
}
