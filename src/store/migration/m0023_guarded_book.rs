//! The book is guarded against more: nothing is put in anywhere but at its end, nothing in the place of what is there, and an anchor
//! only where the book itself says that records go. The daily checkpoints stand in the database too, so that their file's end is missed.

use super::append_only_triggers;
use crate::domain::audit::KEEP_DAYS_MIN;
use sea_orm::{DbBackend, Statement};
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0023_guarded_book"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let number = |name: &'static str| ColumnDef::new(name).big_integer().not_null().to_owned();
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let checkpoints = Table::create()
            .table("audit_checkpoints")
            .col(number("record").primary_key())
            .col(number("at_ms"))
            .col(text("hash"))
            .col(text("sm3"))
            .col(text("signature"))
            .to_owned();
        manager.create_table(checkpoints).await?;
        // The triggers are SQLite's own, as those before them.
        let run = async |sql: String| {
            manager.get_connection().execute_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.map(drop)
        };
        for (name, sql) in kept_triggers() {
            run(format!("DROP TRIGGER IF EXISTS {name}")).await?;
            run(sql).await?;
        }
        Ok(())
    }
}

/// What keeps the book append-only: each trigger's name, and its text as SQLite keeps it in its schema.
///
/// `INSERT OR REPLACE` fires no trigger of removal, so insertions are looked at themselves: by number, by row, and by whatever is
/// unique. An anchor has to be that of a record that is there, 180 days older than the newest, and be named by an entry of the book that is
/// open (`audit.prune`). SQL can't check its signature: `yunling verify audit` does, and an anchor stays where it is.
pub(in crate::store) fn kept_triggers() -> Vec<(String, String)> {
    let refused = "BEGIN SELECT RAISE(ABORT, 'the book is append-only'); END";
    let delete = format!(
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries WHEN OLD.record > (SELECT \
         COALESCE(MAX(record), 0) FROM audit_anchors) {refused}"
    );
    let next = format!(
        "CREATE TRIGGER audit_entries_only_next BEFORE INSERT ON audit_entries WHEN NEW.record IS NOT 1 + MAX((SELECT \
         COALESCE(MAX(record), 0) FROM audit_entries), (SELECT COALESCE(MAX(record), 0) FROM audit_anchors)) OR EXISTS (SELECT 1 \
         FROM audit_entries WHERE rowid = NEW.rowid) OR EXISTS (SELECT 1 FROM audit_entries WHERE entry = NEW.entry AND kind = \
         NEW.kind) {refused}"
    );
    let days_ms = u64::from(KEEP_DAYS_MIN) * 86_400_000;
    let anchor = format!(
        "CREATE TRIGGER audit_anchors_only_next BEFORE INSERT ON audit_anchors WHEN NEW.record <= (SELECT COALESCE(MAX(record), 0) \
         FROM audit_anchors) OR EXISTS (SELECT 1 FROM audit_anchors WHERE rowid = NEW.rowid) OR length(NEW.signature) IS NOT 128 OR \
         NOT EXISTS (SELECT 1 FROM audit_entries WHERE record = NEW.record AND hash = NEW.hash AND CASE sm3 WHEN '' THEN \
         printf('%064d', 0) ELSE sm3 END = NEW.sm3 AND at_ms = NEW.until_ms) OR (SELECT MAX(at_ms) FROM audit_entries) < NEW.until_ms \
         + {days_ms} OR NOT EXISTS (SELECT 1 FROM audit_entries o WHERE o.action = 'audit.prune' AND o.kind = 'opened' AND o.record > \
         NEW.record AND o.subject LIKE 'records:%-' || NEW.record || ' days:%' AND NOT EXISTS (SELECT 1 FROM audit_entries c WHERE \
         c.entry = o.entry AND c.kind = 'closed')) {refused}"
    );
    let checkpoint = format!(
        "CREATE TRIGGER audit_checkpoints_only_next BEFORE INSERT ON audit_checkpoints WHEN NEW.record <= (SELECT \
         COALESCE(MAX(record), 0) FROM audit_checkpoints) OR EXISTS (SELECT 1 FROM audit_checkpoints WHERE rowid = NEW.rowid) \
         {refused}"
    );
    let [update, _] = append_only_triggers("audit_entries");
    let [anchor_update, anchor_delete] = append_only_triggers("audit_anchors");
    let [checkpoint_update, checkpoint_delete] = append_only_triggers("audit_checkpoints");
    let all =
        [update, delete, next, anchor_update, anchor_delete, anchor, checkpoint_update, checkpoint_delete, checkpoint];
    all.map(|sql| (sql.split(' ').nth(2).unwrap_or_default().to_owned(), sql)).into()
}
