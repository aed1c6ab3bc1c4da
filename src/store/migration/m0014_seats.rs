//! Leaders' seats: machines that are one person's.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0014_seats"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One statement each: SQLite adds one column at a time.
        let id = |name: &'static str| ColumnDef::new(name).string_len(64).null().to_owned();
        let until = ColumnDef::new("attends_until_ms").big_integer().null().to_owned();
        for column in [id("account_id"), id("attends"), until] {
            let table = Table::alter().table("devices").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
