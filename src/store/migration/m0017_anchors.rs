//! The book's oldest records can be removed, up to a signed anchor and no further.

use super::append_only_triggers;
use sea_orm::{DbBackend, Statement};
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0017_anchors"
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
        let anchors = Table::create()
            .table("audit_anchors")
            .col(number("record").primary_key())
            .col(number("entry"))
            .col(number("until_ms"))
            .col(number("at_ms"))
            .col(text("hash"))
            .col(text("sm3"))
            .col(text("signature"))
            .to_owned();
        manager.create_table(anchors).await?;
        // The triggers are SQLite's own, as those before them.
        let run = async |sql: String| {
            manager.get_connection().execute_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.map(drop)
        };
        for act in ["update", "delete"] {
            // Also when somebody took it away before: then the book shows what was done meanwhile, and not an upgrade that fails.
            run(format!("DROP TRIGGER IF EXISTS audit_entries_no_{act}")).await?;
        }
        for sql in kept_triggers() {
            run(sql).await?;
        }
        Ok(())
    }
}

/// What kept the book append-only from this step on: a record goes only when a later one, or it, is an anchor, and anchors never go.
fn kept_triggers() -> Vec<String> {
    let [update, _] = append_only_triggers("audit_entries");
    let delete = "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries WHEN OLD.record > (SELECT \
                  COALESCE(MAX(record), 0) FROM audit_anchors) BEGIN SELECT RAISE(ABORT, 'the book is append-only'); END";
    let [anchor_update, anchor_delete] = append_only_triggers("audit_anchors");
    vec![update, delete.to_owned(), anchor_update, anchor_delete]
}
