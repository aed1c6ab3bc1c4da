//! Meetings that come again, and the days on which nobody works.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0021_series"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let series = ColumnDef::new("series_id").string_len(64).null().to_owned();
        manager.alter_table(Table::alter().table("meetings").add_column(series).to_owned()).await?;
        let by_series = Index::create().name("meetings_by_series").table("meetings").col("series_id").to_owned();
        manager.create_index(by_series).await?;
        let days = Table::create()
            .table("special_days")
            // Written 2026-10-01.
            .col(ColumnDef::new("date").string_len(10).not_null().primary_key())
            .col(ColumnDef::new("kind").string_len(16).not_null())
            .col(ColumnDef::new("name").text().not_null())
            .to_owned();
        manager.create_table(days).await
    }
}
