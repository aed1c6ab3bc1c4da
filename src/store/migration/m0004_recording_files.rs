//! What became of a recording's files.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0004_recording_files"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Whatever was recorded before gets its files at the next start.
        let files = ColumnDef::new("files").string_len(64).not_null().default("due").to_owned();
        let failure = ColumnDef::new("failure").text().to_owned();
        let numbers = ["length_ms", "bytes", "gaps", "whole"].map(|name| ColumnDef::new(name).big_integer().to_owned());
        // SQLite takes one at a time.
        for column in [files, failure].into_iter().chain(numbers) {
            manager.alter_table(Table::alter().table("recordings").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
