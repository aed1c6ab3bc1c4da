//! The settings of the last start are kept, so that the book says what was changed in the settings file.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0024_settings_seen"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let seen = Table::create()
            .table("settings_seen")
            .col(ColumnDef::new("key").string_len(200).not_null().primary_key())
            .col(ColumnDef::new("value").text().not_null())
            .col(ColumnDef::new("is_secret").boolean().not_null())
            .to_owned();
        manager.create_table(seen).await
    }
}
