//! How long the book is kept (审计保留): what is older is removed from its beginning, a month at a time, and the removal is an entry too.
//!
//! [`Mirroring`](super::Mirroring) knows how; here is decided when. A month goes once all of it is older than `audit.keep_days` and
//! checkpoints of as many days were signed after it, so that a clock that is wrong removes nothing. Days on which the server was off
//! count for none: its book is kept longer. Before anything goes, the month is walked beside its mirror and its checkpoints: where
//! something differs, nothing is signed and nothing goes. While a meeting is on air nothing goes either.

use super::{
    App, Book, MirrorTrouble, Mirroring,
    mirroring::{Cut, MirrorError, PIECE},
};
use crate::{
    domain::audit::{Closing, Opening},
    store::{Store, StoreError},
};
use std::time::{Duration, SystemTime};

/// Who removes, as the book has it. It has a blank, so that no log-in name is the same.
pub(super) const ACTOR: &str = "the server";

/// What removing is called in the book; the database's trigger on anchors knows the word.
const ACTION: &str = "audit.prune";

/// What looking at the book's triggers is called there.
const LOOKED: &str = "audit.guard";

/// The result of an act that found the book other than it was written.
const DIFFERS: &str = "audit.differs";

/// The result of a removal that goes on after the meetings on air.
const PUT_OFF: &str = "audit.put_off";

impl App {
    /// Removes what is older than the book is kept, as far as it may go at `now`; how many months went. A failure is logged, and the
    /// next try goes on where it ended; so it does after a shutdown.
    pub async fn keep_book_short(&self, now: SystemTime, is_ending: &(dyn Fn() -> bool + Sync)) -> u32 {
        let may_go_on = || !is_ending() && self.state().meetings.is_empty();
        self.kept(&may_go_on).remove(self.settings.book_kept, now).await
    }

    /// Looks whether the database still keeps the book append-only, and says so where it doesn't: on the status page, in the log and in
    /// the book, once.
    pub async fn look_at_guard(&self) {
        if let Err(error) = self.kept(&|| true).look_at_guard().await {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            tracing::warn!(%error, source, "the triggers of the book were not looked at");
        }
    }

    fn kept<'a>(&'a self, may_go_on: &'a (dyn Fn() -> bool + Sync)) -> Kept<'a> {
        Kept { store: &self.store, book: &self.book, mirroring: &self.settings.mirroring, piece: PIECE, may_go_on }
    }
}

/// A book, and what is kept beside it.
struct Kept<'a> {
    store: &'a Store,
    book: &'a Book,
    mirroring: &'a Mirroring,
    piece: u64,
    /// Whether no meeting is on air, and no shutdown has begun.
    may_go_on: &'a (dyn Fn() -> bool + Sync),
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
        if !self.mirroring.is_sound() || !(self.may_go_on)() {
            return Ok(false);
        }
        let Some(last) = self.mirroring.oldest(keep, now).await? else {
            self.mirroring.is_rewritten(false);
            return Ok(false);
        };
        // Where not even its first row can be read, the walk says so.
        let first = self.store.first_record().await.ok().flatten().map_or(last.record, |first| first.record);
        let days = keep.as_secs() / 86_400;
        let subject = format!("records:{}-{} days:{days}", first.min(last.record), last.record);
        let faults = self.mirroring.faults_until(&last).await?;
        let is_news = self.mirroring.is_rewritten(!faults.is_empty());
        if let Some(fault) = faults.first() {
            if is_news {
                let (trouble, count) = (MirrorTrouble::Rewritten, faults.len());
                tracing::error!(
                    ?trouble,
                    count,
                    fault,
                    "a month of the book is not as it was written: nothing of it is removed"
                );
                self.note(ACTION, subject, fault).await;
            }
            return Ok(false);
        }
        // The walk may have taken a while.
        if !(self.may_go_on)() {
            return Ok(false);
        }
        let Ok(entry) = self.book.open(by_the_server(ACTION, subject)).await else { return Ok(false) };
        let cut = self.mirroring.cut(&last, now, self.piece, self.may_go_on).await;
        let result = match cut {
            Ok(Cut::Done) => "ok",
            Ok(Cut::PutOff) => PUT_OFF,
            Err(_) => "server.internal",
        };
        if let Err(error) = self.book.close(Closing { entry, subject: String::new(), result: result.to_owned() }).await
        {
            tracing::error!(%error, entry, "the result of a removal was not written into the book");
        }
        cut.map(|cut| cut == Cut::Done)
    }

    async fn look_at_guard(&self) -> Result<(), StoreError> {
        let wrong = self.store.unguarded().await?;
        if self.mirroring.is_unguarded(!wrong.is_empty()) {
            for said in &wrong {
                tracing::error!(said, "the database does not keep the book append-only");
                self.note(LOOKED, String::new(), said).await;
            }
        }
        Ok(())
    }

    /// An entry about something that is not as it should be: what it is stands where its thing does.
    async fn note(&self, action: &str, subject: String, said: &str) {
        let written = match self.book.open(by_the_server(action, subject)).await {
            Ok(entry) => {
                let closing = Closing { entry, subject: said.to_owned(), result: DIFFERS.to_owned() };
                self.book.close(closing).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::error!(%error, action, "what was found was not written into the book");
        }
    }
}

/// The opening of an entry about what nobody asked for.
pub(super) fn by_the_server(action: &str, subject: String) -> Opening {
    Opening { actor: ACTOR.to_owned(), address: "local".to_owned(), action: action.to_owned(), subject }
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
            self.remove_while(days, now, PIECE, &|| true).await
        }

        async fn remove_while(
            &self,
            days: u32,
            now: SystemTime,
            piece: u64,
            may_go_on: &(dyn Fn() -> bool + Sync),
        ) -> u32 {
            let at_ms = u64::try_from(now.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
            let book = Book::standing_at(self.store.clone(), at_ms);
            let kept = Kept { store: &self.store, book: &book, mirroring: &self.mirroring, piece, may_go_on };
            let months = kept.remove(DAY * days, now).await;
            self.mirroring.catch_up(now).await;
            months
        }

        async fn said(&self, action: &str) -> Vec<(String, String)> {
            let query = AuditQuery { action: Some(action.to_owned()), limit: 9, ..AuditQuery::default() };
            let closed = self.store.book(&query).await.unwrap().into_iter().map(|entry| entry.closed.unwrap());
            closed.map(|closed| (closed.result, closed.subject)).collect()
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
        let forged = "DROP TRIGGER audit_anchors_only_next; INSERT INTO audit_anchors SELECT record + 8, entry + 4, until_ms, at_ms, hash, sm3, signature FROM \
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

    #[tokio::test]
    async fn a_month_that_was_rewritten_is_not_signed_away() {
        let free = "DROP TRIGGER audit_entries_no_update;";
        let site = Site::of_days(230).await;
        let keep = site.said("login").await.len();
        site.tamper(&format!("{free} UPDATE audit_entries SET actor = 'x' WHERE record = 21")).await;
        for _ in 0..2 {
            assert_eq!(site.remove(at(229)).await, 0);
            assert_eq!(site.mirroring.trouble(), Some(MirrorTrouble::Rewritten));
        }
        let said = site.said(ACTION).await;
        assert!(said.len() == 1 && said[0].0 == DIFFERS && said[0].1.contains("第 21 条记录"), "once: {said:?}");
        assert!(site.month("2026-01").exists() && site.store.anchors().await.unwrap().is_empty());
        assert_eq!(site.said("login").await.len(), keep, "nothing went");
        let findings = site.verify().await.findings;
        assert!(findings.iter().any(|finding| finding.contains("record 21 (entry 11) was changed")), "{findings:?}");
        // Once it is as it was, it goes.
        site.tamper("UPDATE audit_entries SET actor = 'op' WHERE record = 21").await;
        assert_eq!((site.remove(at(229)).await, site.mirroring.trouble()), (1, None));
    }

    #[tokio::test]
    async fn a_month_that_is_not_that_of_its_mirror_or_its_checkpoints_is_not_signed_away() {
        for name in ["2026-01.jsonl", "checkpoints.jsonl"] {
            let site = Site::of_days(230).await;
            let path = site.mirror().join(name);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(
                &path,
                text.replacen("\"record\":9,", "\"record\":8,", 1).replacen("\"record\":10,", "\"record\":8,", 1),
            )
            .unwrap();
            assert_ne!(fs::read_to_string(&path).unwrap(), text, "{name}");
            assert_eq!(site.remove(at(229)).await, 0, "{name}");
            assert_eq!(site.mirroring.trouble(), Some(MirrorTrouble::Rewritten), "{name}");
            assert!(site.month("2026-01").exists());
        }
    }

    #[tokio::test]
    async fn a_removal_waits_for_the_meetings_on_air_and_goes_on_where_it_ended() {
        use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
        let site = Site::of_days(230).await;
        assert_eq!(site.remove_while(180, at(229), 10, &|| false).await, 0);
        assert!(site.said(ACTION).await.is_empty(), "nothing was begun");
        // A meeting begins while the month is walked.
        let asked = AtomicU32::new(0);
        assert_eq!(site.remove_while(180, at(229), 10, &|| asked.fetch_add(1, Relaxed) < 1).await, 0);
        assert!(site.said(ACTION).await.is_empty(), "nothing was begun then either");
        // One begins before the anchor is written.
        let asked = AtomicU32::new(0);
        assert_eq!(site.remove_while(180, at(229), 10, &|| asked.fetch_add(1, Relaxed) < 2).await, 0);
        assert!(site.store.anchors().await.unwrap().is_empty(), "nothing was signed");
        // One begins before the first piece.
        let asked = AtomicU32::new(0);
        assert_eq!(site.remove_while(180, at(229), 10, &|| asked.fetch_add(1, Relaxed) < 3).await, 0);
        assert_eq!(site.store.anchors().await.unwrap().len(), 1);
        assert_eq!(site.store.first_record().await.unwrap().map(|first| first.record), Some(1), "nothing went");
        // One begins after three pieces.
        let asked = AtomicU32::new(0);
        assert_eq!(site.remove_while(180, at(229), 10, &|| asked.fetch_add(1, Relaxed) < 6).await, 0);
        let put_off = (PUT_OFF.to_owned(), String::new());
        assert_eq!(site.said(ACTION).await, [put_off.clone(), put_off.clone(), put_off]);
        assert_eq!(site.store.first_record().await.unwrap().map(|first| first.record), Some(31));
        let verdict = site.verify().await;
        assert_eq!((verdict.findings.as_slice(), verdict.going), (&[][..], Some(31)));
        assert_eq!(site.store.walk_book().await.unwrap().findings, []);
        assert_eq!(site.remove_while(180, at(229), 10, &|| true).await, 1);
        assert_eq!(site.store.first_record().await.unwrap().map(|first| first.record), Some(63));
        let verdict = site.verify().await;
        assert_eq!((verdict.findings.as_slice(), verdict.going), (&[][..], None));
        assert!(!site.month("2026-01").exists());
        assert_eq!(site.store.anchors().await.unwrap().len(), 1, "one anchor for both parts");
    }

    #[tokio::test]
    async fn whoever_makes_up_a_removal_in_sql_leaves_an_anchor_that_is_named_and_has_nothing_more_removed() {
        let site = Site::of_days(230).await;
        // All triggers are in place. They compute hashes as we do and say that it was time; sign it they can't.
        let at_ms = u64::try_from(at(229).duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let says = by_the_server(ACTION, "records:1-62 days:180".to_owned());
        let entry = site.store.add_to_book_at(at_ms, vec![Says::Opened(says)]).await.unwrap()[0];
        let anchor = "INSERT INTO audit_anchors SELECT record, entry, at_ms, at_ms, hash, sm3, hash || sm3 FROM audit_entries WHERE \
                      record = 62; DELETE FROM audit_entries WHERE record <= 62;";
        site.tamper(anchor).await;
        let closing = Closing { entry, subject: String::new(), result: "ok".to_owned() };
        site.store.add_to_book_at(at_ms, vec![Says::Closed(closing)]).await.unwrap();
        assert!(site.store.unguarded().await.unwrap().is_empty());
        let verdict = site.verify().await;
        for expect in [
            "the book begins after record 62, and this server did not sign that",
            "the book begins after record 62, which its mirror does not know",
            "records 1 to 62 are missing",
            "records 1 to 62 stand in the mirror and are missing in the book",
        ] {
            assert!(verdict.findings.iter().any(|said| said.contains(expect)), "{expect}: {:?}", verdict.findings);
        }
        assert_eq!(verdict.anchor, None, "it is no beginning of the book");
        assert_eq!(site.remove(at(229)).await, 0);
        assert_eq!(site.mirroring.trouble(), Some(MirrorTrouble::Rewritten));
        assert!(site.month("2026-01").exists());
    }

    #[tokio::test]
    async fn what_lies_before_the_anchor_or_is_no_file_of_the_mirror_holds_up_no_removal() {
        let site = Site::of_days(260).await;
        assert_eq!(site.remove(at(229)).await, 1);
        let [anchors, checkpoints] = ["anchors.jsonl", "checkpoints.jsonl"].map(|name| site.mirror().join(name));
        let text = fs::read_to_string(&checkpoints).unwrap();
        let changed = text.replacen("\"record\":10,", "\"record\":8,", 1).replacen("{\"record\":2,", "[", 1);
        assert_ne!(changed, text);
        fs::write(&checkpoints, changed).unwrap();
        fs::write(&anchors, format!("[]\n{}", fs::read_to_string(&anchors).unwrap())).unwrap();
        fs::write(site.mirror().join("notes.jsonl"), "{}\n").unwrap();
        assert_eq!((site.remove(at(259)).await, site.mirroring.trouble()), (1, None), "February goes");
        let findings = site.verify().await.findings;
        for expect in ["line 1 of ", "the checkpoint of record 10 is missing", "notes.jsonl is no file of the mirror"] {
            assert!(findings.iter().any(|said| said.contains(expect)), "the command tells {expect}: {findings:?}");
        }
    }

    #[tokio::test]
    async fn a_key_that_was_replaced_holds_up_no_removal_once_the_book_tells_of_it() {
        let mut site = Site::of_days(260).await;
        assert_eq!(site.remove(at(229)).await, 1);
        let path = site.folder.path().join("audit.key");
        fs::remove_file(&path).unwrap();
        let key = BookKey::load_or_make(&path).unwrap();
        let before = std::mem::replace(&mut site.key, key.public());
        site.mirroring = Mirroring::new(site.store.clone(), site.mirror(), key);
        site.mirroring.catch_up(at(259)).await;
        assert_eq!(site.remove(at(259)).await, 0, "whose signatures these are is not known");
        assert_eq!(site.mirroring.trouble(), Some(MirrorTrouble::Rewritten));
        let at_ms = u64::try_from(at(260).duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let says = by_the_server("settings.changed", format!("setting:audit.key: {before} → {}", site.key));
        site.store.add_to_book_at(at_ms, vec![Says::Opened(says)]).await.unwrap();
        assert_eq!((site.remove(at(260)).await, site.mirroring.trouble()), (1, None), "February goes");
        assert_eq!(site.store.anchors().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_trigger_that_is_not_ours_is_an_alarm_and_an_entry() {
        let site = Site::of_days(2).await;
        let book = Book::new(site.store.clone());
        let kept =
            Kept { store: &site.store, book: &book, mirroring: &site.mirroring, piece: PIECE, may_go_on: &|| true };
        kept.look_at_guard().await.unwrap();
        assert_eq!(site.mirroring.trouble(), None);
        site.tamper("CREATE TRIGGER helper AFTER INSERT ON audit_entries BEGIN SELECT 1; END").await;
        for _ in 0..2 {
            kept.look_at_guard().await.unwrap();
            assert_eq!(site.mirroring.trouble(), Some(MirrorTrouble::Unguarded));
        }
        let said = site.said(LOOKED).await;
        assert!(said.len() == 1 && said[0].0 == DIFFERS && said[0].1.contains("触发器 helper"), "once: {said:?}");
        let findings = site.verify().await.findings;
        assert!(findings.iter().any(|finding| finding.contains("did not make, helper")), "{findings:?}");
        site.tamper("DROP TRIGGER helper").await;
        kept.look_at_guard().await.unwrap();
        assert_eq!(site.mirroring.trouble(), None);
    }

    #[tokio::test]
    async fn a_changed_byte_or_a_missing_end_of_any_file_beside_the_book_is_named() {
        let site = Site::of_days(230).await;
        assert_eq!(site.remove(at(229)).await, 1);
        assert!(site.verify().await.is_whole());
        let last = site.store.stored_checkpoints().await.unwrap().pop().unwrap().checkpoint.record;
        let expect = [
            ("anchors.jsonl", "the book begins after record 62, which its mirror does not know".to_owned()),
            ("checkpoints.jsonl", format!("the checkpoint of record {last} is missing in checkpoints.jsonl")),
            ("2026-03.jsonl", "records 180 to 180 are missing in the mirror".to_owned()),
        ];
        for (name, without_its_last_line) in expect {
            let path = site.mirror().join(name);
            let whole = fs::read_to_string(&path).unwrap();
            let lines = whole.lines().count();
            let found = async |changed: &str, expect: &str| {
                fs::write(&path, changed).unwrap();
                let findings = site.verify().await.findings;
                assert!(findings.iter().any(|finding| finding.contains(expect)), "{name}: {expect}: {findings:?}");
            };
            let shorter: String = whole.split_inclusive('\n').take(lines - 1).collect();
            found(&shorter, &without_its_last_line).await;
            found(&whole[..whole.len() - 1], &format!("line {lines} of ")).await;
            found(&whole[..whole.len() - 9], &format!("line {lines} of ")).await;
            // Every byte of the last line, changed to another of its kind so that it may still be read.
            for at in (shorter.len()..whole.len() - 1).step_by(29) {
                let mut bytes = whole.clone().into_bytes();
                bytes[at] = match bytes[at] {
                    b'9' => b'8',
                    digit if digit.is_ascii_digit() => digit + 1,
                    b'f' => b'e',
                    letter if letter.is_ascii_lowercase() => letter + 1,
                    other => other ^ 1,
                };
                fs::write(&path, bytes).unwrap();
                assert!(!site.verify().await.is_whole(), "{name}, byte {at}");
            }
            fs::write(&path, &whole).unwrap();
            assert!(site.verify().await.is_whole(), "{name}");
        }
    }

    #[tokio::test]
    async fn a_start_writes_the_lost_end_of_a_file_again_and_takes_over_nothing_unsigned() {
        let site = Site::of_days(230).await;
        assert_eq!(site.remove(at(229)).await, 1);
        let [anchors, checkpoints] = ["anchors.jsonl", "checkpoints.jsonl"].map(|name| site.mirror().join(name));
        let whole = [&anchors, &checkpoints].map(|path| fs::read_to_string(path).unwrap());
        fs::remove_file(&anchors).unwrap();
        let some: String = whole[1].split_inclusive('\n').take(200).collect();
        fs::write(&checkpoints, some).unwrap();
        let key = BookKey::load_or_make(&site.folder.path().join("audit.key")).unwrap();
        Mirroring::new(site.store.clone(), site.mirror(), key).catch_up(at(229)).await;
        assert_eq!([&anchors, &checkpoints].map(|path| fs::read_to_string(path).unwrap()), whole);
        let forged = "DROP TRIGGER audit_anchors_only_next; INSERT INTO audit_anchors SELECT record + 8, entry + 4, until_ms, at_ms, \
                      hash, sm3, signature FROM audit_anchors;";
        site.tamper(forged).await;
        let key = BookKey::load_or_make(&site.folder.path().join("audit.key")).unwrap();
        Mirroring::new(site.store.clone(), site.mirror(), key).catch_up(at(229)).await;
        assert_eq!(fs::read_to_string(&anchors).unwrap(), whole[0]);
    }
}
