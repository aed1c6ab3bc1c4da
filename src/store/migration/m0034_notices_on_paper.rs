//! What a printed notice says beside the agenda, and how often a meeting was changed, which calendars ask for.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0034_notices_on_paper"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |name: &'static str, default: &'static str| {
            ColumnDef::new(name).text().not_null().default(default).to_owned()
        };
        let revision = ColumnDef::new("revision").big_integer().not_null().default(0).to_owned();
        // SQLite takes one new column per statement.
        for column in [text("contact", ""), text("requirements", "[]"), revision] {
            manager.alter_table(Table::alter().table("meetings").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
