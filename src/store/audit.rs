//! The book's records. Rows are added, never changed, and go only up to a signed anchor: the table's triggers refuse anything else.
//!
//! Columns are those of [`Record`]; `hash` is its SHA-256, `sm3` its SM3, and `format` says how they were made
//! ([`crate::domain::audit`]).

use super::{Store, StoreError, anchor, error::attempted, migration::kept_triggers, now_ms, sqlite};
use crate::domain::audit::{Anchor, End, Format, Hash, Kind, Record, Says, Seals, Walk, Walked};
use sea_orm::{
    ActiveValue::Set, Condition, QueryOrder as _, QuerySelect as _, QueryTrait as _, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _, entity::prelude::*,
};
use std::collections::HashMap;

/// A row of `audit_entries`.
#[sea_orm::model]
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) record: i64,
    pub(super) entry: i64,
    pub(super) kind: String,
    pub(super) format: i16,
    pub(super) at_ms: i64,
    pub(super) actor: String,
    pub(super) address: String,
    pub(super) action: String,
    pub(super) subject: String,
    pub(super) result: String,
    pub(super) hash: String,
    pub(super) sm3: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// What to look for in the book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditQuery {
    /// Only entries with a smaller number.
    pub before: Option<u64>,
    /// Only of actors whose name holds this.
    pub actor: Option<String>,
    /// Only from addresses that begin like this.
    pub address: Option<String>,
    /// Only actions that begin like this.
    pub action: Option<String>,
    /// Only of things whose name holds this.
    pub subject: Option<String>,
    /// Only what was opened at this moment or later, milliseconds since 1970.
    pub from_ms: Option<u64>,
    /// Only what was opened before this moment.
    pub until_ms: Option<u64>,
    /// At most this many.
    pub limit: u64,
}

/// One entry: its two records read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// How it was opened.
    pub opened: Record,
    /// How it was closed; `None` while it runs, or if the server ended meanwhile.
    pub closed: Option<Record>,
}

const WRITE: &str = "write into the book";
const READ: &str = "read the book";
const CUT: &str = "remove the oldest records of the book";

/// Records read at a time while the book is walked.
const WALK_STEP: u64 = 1000;

impl Store {
    /// Adds records, all or none, and returns the number of each one's entry. They are on the disk when this returns.
    pub async fn add_to_book(&self, says: Vec<Says>) -> Result<Vec<u64>, StoreError> {
        self.add_to_book_at(u64::try_from(now_ms()).unwrap_or_default(), says).await
    }

    /// As [`add_to_book`](Self::add_to_book), written at this moment, milliseconds since 1970.
    pub(crate) async fn add_to_book_at(&self, at_ms: u64, says: Vec<Says>) -> Result<Vec<u64>, StoreError> {
        // Immediate: the command line may write at the same time, and the end must not move between reading and adding.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.db.begin_with_options(options).await.map_err(attempted(WRITE))?;
        let last = Entity::find().order_by_desc(Column::Record).one(&transaction).await.map_err(attempted(WRITE))?;
        let newest = Entity::find().order_by_desc(Column::Entry).one(&transaction).await.map_err(attempted(WRITE))?;
        let mut end = End::EMPTY;
        if let (Some(last), Some(newest)) = (last, newest) {
            let Record { record, seals, .. } = last.try_into()?;
            end = End { record, entry: unsigned(newest.entry)?, seals };
        }
        let records: Vec<Record> = says.into_iter().map(|says| end.add(at_ms, says)).collect();
        let entries = records.iter().map(|record| record.entry).collect();
        let insert = Entity::insert_many(records.into_iter().map(ActiveModel::from));
        insert.exec_without_returning(&transaction).await.map_err(attempted(WRITE))?;
        transaction.commit().await.map_err(attempted(WRITE))?;
        Ok(entries)
    }

    /// Entries, newest first.
    pub async fn book(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let mut select = Entity::find().filter(Column::Kind.eq(Kind::Opened.name()));
        if let Some(before) = query.before {
            select = select.filter(Column::Entry.lt(signed(before)));
        }
        if let Some(actor) = &query.actor {
            select = select.filter(Column::Actor.contains(actor));
        }
        if let Some(address) = &query.address {
            select = select.filter(Column::Address.starts_with(address));
        }
        if let Some(action) = &query.action {
            select = select.filter(Column::Action.starts_with(action));
        }
        if let Some(subject) = &query.subject {
            // The act may have found or made the thing: then its closing record names it.
            let closed =
                Entity::find().select_only().column(Column::Entry).filter(Column::Kind.eq(Kind::Closed.name()));
            let closed = closed.filter(Column::Subject.contains(subject)).into_query();
            let either = Condition::any().add(Column::Subject.contains(subject)).add(Column::Entry.in_subquery(closed));
            select = select.filter(either);
        }
        if let Some(from) = query.from_ms {
            select = select.filter(Column::AtMs.gte(signed(from)));
        }
        if let Some(until) = query.until_ms {
            select = select.filter(Column::AtMs.lt(signed(until)));
        }
        let opened = select.order_by_desc(Column::Entry).limit(query.limit);
        let opened = opened.all(&self.db).await.map_err(attempted(READ))?;
        let numbers = opened.iter().map(|row| row.entry);
        let closed = Entity::find().filter(Column::Kind.eq(Kind::Closed.name())).filter(Column::Entry.is_in(numbers));
        let closed = closed.all(&self.db).await.map_err(attempted(READ))?;
        let mut closed: HashMap<i64, Model> = closed.into_iter().map(|row| (row.entry, row)).collect();
        let entry = |row: Model| {
            let closed = closed.remove(&row.entry).map(Record::try_from).transpose()?;
            Ok(AuditEntry { opened: row.try_into()?, closed })
        };
        opened.into_iter().map(entry).collect()
    }

    /// What is wrong with the book's table, apart from what its records say: pages and indices that don't fit, triggers that
    /// no longer keep it append-only. Each a sentence; none when all is well. The one place here that is SQLite's own.
    pub async fn check_book(&self) -> Result<Vec<String>, StoreError> {
        let text = |row: QueryResult| row.try_get_by_index::<String>(0).map_err(attempted(READ));
        let pages = self.db.query_all_raw(sqlite("PRAGMA integrity_check('audit_entries')")).await;
        let pages = pages.map_err(attempted(READ))?.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
        let mut wrong: Vec<String> = pages.into_iter().filter(|said| said != "ok").collect();
        wrong.extend(self.missing_triggers().await?);
        Ok(wrong)
    }

    /// What should keep the book append-only and is not there, as sentences.
    pub async fn missing_triggers(&self) -> Result<Vec<String>, StoreError> {
        let text = |row: QueryResult| row.try_get_by_index::<String>(0).map_err(attempted(READ));
        let kept = "SELECT sql FROM sqlite_master WHERE type = 'trigger'";
        let kept = self.db.query_all_raw(sqlite(kept)).await.map_err(attempted(READ))?;
        let kept = kept.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
        let gone = kept_triggers().into_iter().filter(|sql| !kept.contains(sql));
        Ok(gone.map(|sql| format!("this trigger is not there or was changed: {sql}")).collect())
    }

    /// The records after number `after`, at most `limit`, in order.
    pub async fn records_after(&self, after: u64, limit: u64) -> Result<Vec<Record>, StoreError> {
        let select = Entity::find().filter(Column::Record.gt(signed(after))).order_by_asc(Column::Record).limit(limit);
        select.all(&self.db).await.map_err(attempted(READ))?.into_iter().map(Record::try_from).collect()
    }

    /// The record of that number.
    pub async fn record(&self, number: u64) -> Result<Option<Record>, StoreError> {
        let row = Entity::find_by_id(signed(number)).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Record::try_from).transpose()
    }

    /// The number of the last entry that was opened up to a record, that included.
    pub async fn last_entry_until(&self, record: u64) -> Result<u64, StoreError> {
        let select = Entity::find().filter(Column::Record.lte(signed(record))).order_by_desc(Column::Entry);
        let row = select.one(&self.db).await.map_err(attempted(READ))?;
        row.map_or(Ok(0), |row| unsigned(row.entry))
    }

    /// The first record that is kept.
    pub async fn first_record(&self) -> Result<Option<Record>, StoreError> {
        let row = Entity::find().order_by_asc(Column::Record).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Record::try_from).transpose()
    }

    /// Removes the records up to an anchor, that included, and keeps the anchor: both or nothing.
    pub async fn cut_book(&self, anchor: &Anchor, signature: &[u8]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await.map_err(attempted(CUT))?;
        anchor::insert(&transaction, anchor, signature).await?;
        let old = Entity::delete_many().filter(Column::Record.lte(signed(anchor.record)));
        old.exec(&transaction).await.map_err(attempted(CUT))?;
        transaction.commit().await.map_err(attempted(CUT))
    }

    /// Walks the whole book, from its anchor on if it has one.
    pub async fn walk_book(&self) -> Result<Walked, StoreError> {
        self.walk_book_with(|_| ()).await
    }

    /// Walks the whole book and shows each record.
    pub async fn walk_book_with(&self, mut look: impl FnMut(&Record)) -> Result<Walked, StoreError> {
        let first = self.first_record().await?.map_or(u64::MAX, |first| first.record);
        let anchor = self.anchors().await?.pop().map(|signed| signed.anchor).filter(|anchor| anchor.record < first);
        let mut walk = anchor.as_ref().map_or_else(Walk::default, Walk::after);
        let mut after = i64::MIN;
        loop {
            let step = Entity::find().filter(Column::Record.gt(after)).order_by_asc(Column::Record).limit(WALK_STEP);
            let rows = step.all(&self.db).await.map_err(attempted(READ))?;
            let Some(last) = rows.last() else { return Ok(walk.finish()) };
            after = last.record;
            for row in rows {
                let record = row.try_into()?;
                walk.step(&record);
                look(&record);
            }
        }
    }
}

impl From<Record> for ActiveModel {
    fn from(record: Record) -> Self {
        Self {
            record: Set(signed(record.record)),
            entry: Set(signed(record.entry)),
            kind: Set(record.kind.name().to_owned()),
            format: Set(record.format.number().into()),
            at_ms: Set(signed(record.at_ms)),
            actor: Set(record.actor),
            address: Set(record.address),
            action: Set(record.action),
            subject: Set(record.subject),
            result: Set(record.result),
            hash: Set(record.seals.sha256.to_string()),
            // Empty where there is none, as in the rows from before SM3 came.
            sm3: Set(Some(record.seals.sm3)
                .filter(|sm3| *sm3 != Hash::NONE)
                .map(|sm3| sm3.to_string())
                .unwrap_or_default()),
        }
    }
}

impl TryFrom<Model> for Record {
    type Error = StoreError;

    fn try_from(row: Model) -> Result<Self, StoreError> {
        let unknown = |value: &str| StoreError::Value { what: READ, value: value.to_owned() };
        let format = Format::numbered(row.format.into())
            .ok_or_else(|| unknown(&format!("format {} of record {}", row.format, row.record)))?;
        let hash = |text: &str| text.parse().map_err(|_| unknown(&format!("hash {text} of record {}", row.record)));
        let sm3 = if row.sm3.is_empty() { Hash::NONE } else { hash(&row.sm3)? };
        let seals = Seals { sha256: hash(&row.hash)?, sm3 };
        Ok(Self {
            record: unsigned(row.record)?,
            entry: unsigned(row.entry)?,
            at_ms: unsigned(row.at_ms)?,
            kind: Kind::named(&row.kind)
                .ok_or_else(|| unknown(&format!("kind {} of record {}", row.kind, row.record)))?,
            format,
            seals,
            actor: row.actor,
            address: row.address,
            action: row.action,
            subject: row.subject,
            result: row.result,
        })
    }
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    number.try_into().map_err(|_| StoreError::Value { what: READ, value: number.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Closing, Finding, Opening};

    fn opened(actor: &str, action: &str) -> Says {
        let text = str::to_owned;
        Says::Opened(Opening { actor: text(actor), address: text("10.0.0.7"), action: text(action), subject: text("") })
    }

    fn closed(entry: u64, result: &str) -> Says {
        Says::Closed(Closing { entry, subject: "meeting:demo".to_owned(), result: result.to_owned() })
    }

    async fn filled(store: &Store) {
        assert_eq!(store.add_to_book(vec![opened("admin", "meeting.open")]).await.unwrap(), [1]);
        let next = vec![opened("op_1", "login"), closed(1, "ok"), opened("opx1", "meeting.close")];
        assert_eq!(store.add_to_book(next).await.unwrap(), [2, 1, 3]);
        assert_eq!(store.add_to_book(vec![closed(2, "login.wrong")]).await.unwrap(), [2]);
    }

    #[tokio::test]
    async fn entries_are_read_with_their_result_newest_first() {
        let store = Store::in_memory().await.unwrap();
        filled(&store).await;
        let read = async |query: AuditQuery| -> Vec<(u64, Option<String>)> {
            let entries = store.book(&query).await.unwrap().into_iter();
            entries.map(|entry| (entry.opened.entry, entry.closed.map(|closed| closed.result))).collect()
        };
        let all = AuditQuery { limit: 10, ..AuditQuery::default() };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(all.clone()).await, [(3, None), (2, some("login.wrong")), (1, some("ok"))]);
        assert_eq!(read(AuditQuery { limit: 1, ..all.clone() }).await, [(3, None)]);
        assert_eq!(read(AuditQuery { before: Some(2), ..all.clone() }).await, [(1, some("ok"))]);
        assert_eq!(read(AuditQuery { action: some("meeting."), ..all.clone() }).await, [(3, None), (1, some("ok"))]);
        assert_eq!(read(AuditQuery { actor: some("op"), ..all }).await, [(3, None), (2, some("login.wrong"))]);
    }

    #[tokio::test]
    async fn rows_can_be_neither_changed_nor_removed() {
        let store = Store::in_memory().await.unwrap();
        filled(&store).await;
        for sql in ["UPDATE audit_entries SET actor = 'nobody' WHERE record = 1", "DELETE FROM audit_entries"] {
            let error = store.db.execute_raw(sqlite(sql)).await.unwrap_err();
            assert!(error.to_string().contains("append-only"), "{error}");
        }
        assert_eq!(store.walk_book().await.unwrap().findings, []);
        assert!(store.check_book().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn only_what_an_anchor_covers_goes_and_anchors_stay() {
        let store = Store::in_memory().await.unwrap();
        filled(&store).await;
        let last = store.record(2).await.unwrap().unwrap();
        let entry = store.last_entry_until(2).await.unwrap();
        assert_eq!(entry, 2);
        let anchor = Anchor { record: 2, entry, until_ms: last.at_ms, at_ms: last.at_ms, seals: last.seals };
        store.cut_book(&anchor, &[7; 64]).await.unwrap();
        assert_eq!(store.first_record().await.unwrap().map(|first| first.record), Some(3));
        let walked = store.walk_book().await.unwrap();
        assert_eq!((walked.findings.as_slice(), walked.end.record), (&[][..], 5));
        for sql in [
            "DELETE FROM audit_entries WHERE record = 3",
            "DELETE FROM audit_entries",
            "DELETE FROM audit_anchors",
            "UPDATE audit_anchors SET record = 4",
        ] {
            let error = store.db.execute_raw(sqlite(sql)).await.unwrap_err();
            assert!(error.to_string().contains("append-only"), "{sql}: {error}");
        }
        assert!(store.check_book().await.unwrap().is_empty());
        assert_eq!(store.add_to_book(vec![opened("op", "login")]).await.unwrap(), [4], "it goes on as before");
    }

    #[tokio::test]
    async fn what_was_changed_around_the_triggers_is_found() {
        for (sql, expect) in [
            ("UPDATE audit_entries SET actor = 'nobody' WHERE record = 3", Finding::Changed { record: 3, entry: 1 }),
            ("DELETE FROM audit_entries WHERE record = 2", Finding::Missing { from: 2, to: 2 }),
        ] {
            let store = Store::in_memory().await.unwrap();
            filled(&store).await;
            for trigger in ["audit_entries_no_update", "audit_entries_no_delete"] {
                store.db.execute_raw(sqlite(&format!("DROP TRIGGER {trigger}"))).await.unwrap();
            }
            store.db.execute_raw(sqlite(sql)).await.unwrap();
            assert_eq!(store.walk_book().await.unwrap().findings, [expect], "{sql}");
            assert_eq!(store.check_book().await.unwrap().len(), 2, "both triggers are missed");
        }
    }

    #[tokio::test]
    async fn two_programs_write_one_chain() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("yunling.sqlite");
        let (one, other) = (Store::open(&file).await.unwrap(), Store::open(&file).await.unwrap());
        let write = async |store: &Store, actor: &str| {
            for _ in 0..20 {
                let entry = store.add_to_book(vec![opened(actor, "login")]).await.unwrap()[0];
                store.add_to_book(vec![closed(entry, "ok")]).await.unwrap();
            }
        };
        tokio::join!(write(&one, "server"), write(&other, "cli"));
        let walked = one.walk_book().await.unwrap();
        assert_eq!((walked.findings.as_slice(), walked.open, walked.end.record), (&[][..], 0, 80));
    }
}
