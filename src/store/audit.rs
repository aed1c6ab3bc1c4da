//! The book's records. Rows are added, never changed, and go only up to a signed anchor: the table's triggers refuse anything else.
//!
//! Columns are those of [`Record`]; `hash` is its SHA-256, `sm3` its SM3, and `format` says how they were made
//! ([`crate::domain::audit`]).

use super::{Store, StoreError, error::attempted, migration::kept_triggers, now_ms, sqlite};
use crate::domain::audit::{Anchor, End, Format, Hash, Kind, Record, Says, Seals, Walk, Walked};
use sea_orm::{
    ActiveValue::Set, Condition, QueryOrder as _, QuerySelect as _, QueryTrait as _, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _, entity::prelude::*,
};
use std::{collections::HashMap, path::Path};

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

/// The tables of the book.
const TABLES: [&str; 3] = ["audit_entries", "audit_anchors", "audit_checkpoints"];

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
        let entries: Vec<u64> = records.iter().map(|record| record.entry).collect();
        let insert = Entity::insert_many(records.into_iter().map(ActiveModel::from));
        let added = insert.exec_without_returning(&transaction).await.map_err(attempted(WRITE))?;
        // A trigger of somebody else's can have the database say yes and keep nothing.
        if added != entries.len() as u64 {
            return Err(StoreError::Swallowed { what: WRITE });
        }
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

    /// What is wrong with the book's tables, apart from what its records say: pages and indices that don't fit, and what
    /// [`unguarded`](Self::unguarded) finds. Each a sentence; none when all is well. The one place here that is SQLite's own.
    pub async fn check_book(&self) -> Result<Vec<String>, StoreError> {
        let text = |row: QueryResult| row.try_get_by_index::<String>(0).map_err(attempted(READ));
        let mut wrong = Vec::new();
        for table in TABLES {
            let pages = self.db.query_all_raw(sqlite(&format!("PRAGMA integrity_check('{table}')"))).await;
            let pages = pages.map_err(attempted(READ))?.into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
            wrong.extend(pages.into_iter().filter(|said| said != "ok"));
        }
        wrong.extend(self.unguarded().await?);
        Ok(wrong)
    }

    /// Whether the database's file ends within a page, as a sentence: then its end was cut off. Pages that lack altogether are missed when
    /// it is opened.
    pub async fn cut_short(&self, file: &Path) -> Result<Option<String>, StoreError> {
        let row = self.db.query_one_raw(sqlite("PRAGMA page_size")).await.map_err(attempted(READ))?;
        let page = row.map(|row| row.try_get_by_index::<i64>(0)).transpose().map_err(attempted(READ))?;
        let page = page.map(unsigned).transpose()?.filter(|page| *page > 0);
        let bytes = std::fs::metadata(file).map_or(0, |file| file.len());
        let file = file.display();
        Ok(page.filter(|page| !bytes.is_multiple_of(*page)).map(|_| {
            format!("数据库文件 {file} 的末尾被截断 / the file {file} ends within a page: its end was cut off")
        }))
    }

    /// What keeps the book from being append-only, as sentences: triggers that are not there or were changed, others that this program
    /// did not make, tables that take what is there already.
    pub async fn unguarded(&self) -> Result<Vec<String>, StoreError> {
        let all = "SELECT type, name, COALESCE(sql, '') FROM sqlite_master WHERE type = 'trigger' OR lower(name) LIKE 'audit_%'";
        let all = self.db.query_all_raw(sqlite(all)).await.map_err(attempted(READ))?;
        let of = |row: QueryResult| row.try_get_many_by_index::<(String, String, String)>().map_err(attempted(READ));
        let all = all.into_iter().map(of).collect::<Result<Vec<_>, _>>()?;
        let kept = kept_triggers();
        let mut wrong = Vec::new();
        for (name, sql) in &kept {
            if !all.iter().any(|(_, _, stands)| stands == sql) {
                wrong.push(format!(
                    "触发器 {name} 不在或被改动 / this trigger, {name}, is not there or was changed: {sql}"
                ));
            }
        }
        for (kind, name, sql) in &all {
            if kind == "trigger" && !kept.iter().any(|(known, _)| known == name) {
                wrong.push(format!(
                    "触发器 {name} 不是本程序建立的 / a trigger that this program did not make, {name}: {sql}"
                ));
            }
        }
        for table in TABLES {
            let sound = |(kind, name, sql): &(String, String, String)| {
                kind == "table" && name == table && !sql.to_ascii_uppercase().contains("CONFLICT")
            };
            if !all.iter().any(sound) {
                wrong.push(format!("表 {table} 被换掉或改动 / the table {table} was replaced or changed"));
            }
        }
        Ok(wrong)
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

    /// The first record that is kept.
    pub async fn first_record(&self) -> Result<Option<Record>, StoreError> {
        let row = Entity::find().order_by_asc(Column::Record).one(&self.db).await.map_err(attempted(READ))?;
        row.map(Record::try_from).transpose()
    }

    /// Removes at most so many records, the oldest first, of those up to number `until`, which an anchor covers; how many went. The
    /// database is everybody's again after each call.
    pub async fn remove_records(&self, until: u64, most: u64) -> Result<u64, StoreError> {
        let first = Entity::find().order_by_asc(Column::Record).one(&self.db).await.map_err(attempted(CUT))?;
        let Some(first) = first.map(|first| unsigned(first.record)).transpose()?.filter(|first| *first <= until) else {
            return Ok(0);
        };
        let last = until.min(first.saturating_add(most.saturating_sub(1)));
        let old = Entity::delete_many().filter(Column::Record.lte(signed(last)));
        match old.exec(&self.db).await.map_err(attempted(CUT))?.rows_affected {
            0 => Err(StoreError::Swallowed { what: CUT }),
            gone => Ok(gone),
        }
    }

    /// Walks the whole book, from its last anchor on if it has one.
    pub async fn walk_book(&self) -> Result<Walked, StoreError> {
        let anchor = self.anchors().await?.pop().map(|signed| signed.anchor);
        self.walk_book_with(anchor.as_ref(), u64::MAX, |_| ()).await
    }

    /// Walks the book from an anchor on up to a record, that included, and shows each record.
    pub async fn walk_book_with(
        &self,
        anchor: Option<&Anchor>,
        until: u64,
        mut look: impl FnMut(&Record),
    ) -> Result<Walked, StoreError> {
        let mut walk = anchor.map_or_else(Walk::default, Walk::after);
        let mut after = anchor.map_or(i64::MIN, |anchor| signed(anchor.record));
        loop {
            let step = Entity::find().filter(Column::Record.gt(after)).filter(Column::Record.lte(signed(until)));
            let step = step.order_by_asc(Column::Record).limit(WALK_STEP);
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
    use crate::{
        domain::audit::{Closing, Finding, Opening},
        store::SignedAnchor,
    };

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

    const DAY_MS: u64 = 86_400_000;

    /// Two records that are old, the entry of a removal that runs, and the anchor it is for.
    async fn half_a_year_later(store: &Store) -> SignedAnchor {
        store.add_to_book_at(DAY_MS, vec![opened("admin", "meeting.open"), closed(1, "ok")]).await.unwrap();
        let Says::Opened(mut prune) = opened("the server", "audit.prune") else { unreachable!("it opens") };
        prune.subject = "records:1-2 days:180".to_owned();
        store.add_to_book_at(DAY_MS * 190, vec![opened("op", "login"), Says::Opened(prune)]).await.unwrap();
        let last = store.record(2).await.unwrap().unwrap();
        let Record { record, entry, at_ms, seals, .. } = last;
        SignedAnchor {
            anchor: Anchor { record, entry, until_ms: at_ms, at_ms: DAY_MS * 190, seals },
            signature: vec![7; 64],
        }
    }

    async fn refused(store: &Store, sql: &str) {
        let before = store.walk_book().await.unwrap();
        let error = store.db.execute_raw(sqlite(sql)).await.expect_err(sql);
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
        assert_eq!(store.walk_book().await.unwrap(), before, "{sql}");
    }

    #[tokio::test]
    async fn only_what_an_anchor_covers_goes_and_anchors_stay() {
        let store = Store::in_memory().await.unwrap();
        let anchor = half_a_year_later(&store).await;
        assert!(store.remove_records(2, 1000).await.is_err(), "there is no anchor yet");
        store.add_anchor(&anchor).await.unwrap();
        assert_eq!(store.remove_records(2, 1).await.unwrap(), 1);
        assert_eq!(store.walk_book().await.unwrap().findings, [], "what is left goes too, and is no part of it");
        assert_eq!(store.remove_records(2, 1000).await.unwrap(), 1);
        assert_eq!(store.remove_records(2, 1000).await.unwrap(), 0);
        assert_eq!(store.first_record().await.unwrap().map(|first| first.record), Some(3));
        let walked = store.walk_book().await.unwrap();
        assert_eq!((walked.findings.as_slice(), walked.end.record), (&[][..], 4));
        for sql in [
            "DELETE FROM audit_entries WHERE record = 3",
            "DELETE FROM audit_entries",
            "DELETE FROM audit_anchors",
            "UPDATE audit_anchors SET record = 4",
            "INSERT OR REPLACE INTO audit_anchors SELECT * FROM audit_anchors",
        ] {
            refused(&store, sql).await;
        }
        assert!(store.check_book().await.unwrap().is_empty());
        assert_eq!(store.add_to_book(vec![opened("op", "login")]).await.unwrap(), [4], "it goes on as before");
    }

    #[tokio::test]
    async fn plain_sql_puts_nothing_in_the_place_of_what_is_there() {
        let store = Store::in_memory().await.unwrap();
        filled(&store).await;
        // Another program's connection has it off.
        store.db.execute_raw(sqlite("PRAGMA recursive_triggers = OFF")).await.unwrap();
        let rest = "entry, kind, format, at_ms, actor, address, action, subject, result, hash, sm3";
        let forged = "'closed', format, at_ms, 'nobody', address, action, subject, result, hash, sm3 FROM audit_entries WHERE record = 5";
        for sql in [
            // By its number, by what is unique beside, before the end, behind it.
            format!("INSERT OR REPLACE INTO audit_entries (record, {rest}) SELECT 2, 9, {forged}"),
            format!("REPLACE INTO audit_entries (record, {rest}) SELECT 5, 9, {forged}"),
            format!("INSERT OR REPLACE INTO audit_entries (rowid, {rest}) SELECT 1, 9, {forged}"),
            format!("INSERT OR REPLACE INTO audit_entries (record, {rest}) SELECT 6, 2, {forged}"),
            format!("INSERT INTO audit_entries (record, {rest}) SELECT 0, 9, {forged}"),
            format!("INSERT OR IGNORE INTO audit_entries (record, {rest}) SELECT 7, 9, {forged}"),
            format!(
                "INSERT INTO audit_entries (record, {rest}) SELECT 2, 9, {forged} ON CONFLICT (record) DO UPDATE SET actor = 'x'"
            ),
            "UPDATE OR REPLACE audit_entries SET record = 1 WHERE record = 2".to_owned(),
            "UPDATE OR IGNORE audit_entries SET actor = 'x'".to_owned(),
        ] {
            refused(&store, &sql).await;
        }
        // What is put at its end is not kept out by SQL, which has no hashes: the walk names it.
        let added = format!("INSERT INTO audit_entries (record, {rest}) SELECT 6, 9, {forged}");
        store.db.execute_raw(sqlite(&added)).await.unwrap();
        assert_eq!(store.walk_book().await.unwrap().findings, [Finding::Changed { record: 6, entry: 9 }]);
    }

    #[tokio::test]
    async fn an_anchor_is_taken_only_where_the_book_says_that_records_go() {
        let store = Store::in_memory().await.unwrap();
        let SignedAnchor { anchor, .. } = half_a_year_later(&store).await;
        let Seals { sha256, sm3 } = anchor.seals;
        let insert = |record: u64, until_ms: u64, hash: &str, sign: &str| {
            format!("INSERT INTO audit_anchors VALUES ({record}, 1, {until_ms}, 1, '{hash}', '{sm3}', '{sign}')")
        };
        let (hash, sign) = (sha256.to_string(), "07".repeat(64));
        for (what, sql) in [
            ("of no record", insert(9, DAY_MS, &hash, &sign)),
            ("of a record no entry names", insert(1, DAY_MS, &hash, &sign)),
            ("of other seals", insert(2, DAY_MS, &"0".repeat(64), &sign)),
            ("of another time", insert(2, DAY_MS - 1, &hash, &sign)),
            ("without a signature", insert(2, DAY_MS, &hash, "")),
            ("of what is not old", insert(4, DAY_MS * 190, &hash, &sign)),
        ] {
            let error = store.db.execute_raw(sqlite(&sql)).await.expect_err(what);
            assert!(error.to_string().contains("append-only"), "{what}: {error}");
        }
        refused(&store, "DELETE FROM audit_entries WHERE record = 1").await;
        // A removal that has ended names none any more.
        store.add_to_book_at(DAY_MS * 190, vec![closed(3, "ok")]).await.unwrap();
        store.db.execute_raw(sqlite(&insert(2, DAY_MS, &hash, &sign))).await.unwrap_err();
    }

    #[tokio::test]
    async fn triggers_that_are_gone_changed_or_not_ours_are_named_and_swallow_nothing() {
        for (sql, expect) in [
            ("DROP TRIGGER audit_entries_only_next", "audit_entries_only_next, is not there or was changed"),
            (
                "DROP TRIGGER audit_entries_no_update; CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN \
                 SELECT 1; END",
                "audit_entries_no_update, is not there or was changed",
            ),
            (
                "CREATE TRIGGER quiet BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(IGNORE); END",
                "did not make, quiet",
            ),
            ("CREATE TRIGGER far AFTER INSERT ON meetings BEGIN DELETE FROM audit_anchors; END", "did not make, far"),
            ("ALTER TABLE audit_checkpoints RENAME TO audit_other", "the table audit_checkpoints was replaced"),
        ] {
            let store = Store::in_memory().await.unwrap();
            filled(&store).await;
            store.db.execute_unprepared(sql).await.unwrap();
            let said = store.unguarded().await.unwrap();
            assert!(said.iter().any(|said| said.contains(expect)), "{sql}: {said:?}");
            if sql.contains("IGNORE") {
                let swallowed = store.add_to_book(vec![opened("op", "login")]).await.unwrap_err();
                assert!(matches!(swallowed, StoreError::Swallowed { .. }), "{swallowed:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_trigger_that_was_taken_away_before_does_not_keep_the_server_from_its_new_version() {
        use sea_orm_migration::MigratorTrait as _;
        let db = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
        let migrator = crate::store::migration::Migrator::migrations();
        let steps = migrator.iter().take_while(|step| step.name() != "m0017_anchors").count();
        let up = |steps: Option<u32>| crate::store::migration::Migrator::up(&db, steps);
        up(Some(u32::try_from(steps).unwrap())).await.unwrap();
        db.execute_unprepared("DROP TRIGGER audit_entries_no_delete").await.unwrap();
        up(Some(1)).await.unwrap();
        db.execute_unprepared("DROP TRIGGER audit_entries_no_update").await.unwrap();
        up(None).await.unwrap();
        let store = Store { db, seal: std::sync::Arc::new(crate::store::seal::Seal::passing()) };
        assert!(store.check_book().await.unwrap().is_empty());
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
