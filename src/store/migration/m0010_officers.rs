//! Leaves to be system and security administrator at once. Who is both by now goes on, and is reported as from before.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_officers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(exceptions()).await?;
        let both = "INSERT INTO officer_exceptions (account_id, since_ms, origin, decided_by, reason)
            SELECT account_id, ?, 'from_before', '', '' FROM account_roles WHERE role = 'system_admin'
            AND account_id IN (SELECT account_id FROM account_roles WHERE role = 'security_admin')";
        let values = [super::super::now_ms().into()];
        manager.get_connection().execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, both, values)).await?;
        Ok(())
    }
}

/// A row is never removed: years later it tells who was both, and for how long.
fn exceptions() -> TableCreateStatement {
    let id = |name: &'static str| ColumnDef::new(name).string_len(64).to_owned();
    let number = |name: &'static str| ColumnDef::new(name).big_integer().to_owned();
    let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
    let refers = |column: &'static str| {
        let mut key = ForeignKey::create();
        key.from("officer_exceptions", column).to("accounts", "id").on_delete(ForeignKeyAction::Restrict);
        key
    };
    Table::create()
        .table("officer_exceptions")
        .col(id("account_id").not_null())
        .col(number("since_ms").not_null())
        .col(text("origin"))
        .col(text("decided_by"))
        .col(text("reason"))
        .col(id("recorded_by").null())
        .col(number("ended_ms").null())
        .primary_key(Index::create().col("account_id").col("since_ms"))
        .foreign_key(&mut refers("account_id"))
        .foreign_key(&mut refers("recorded_by"))
        .to_owned()
}
