//! What a meeting takes beside its venues: its line, who operates it, which leaders attend.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0020_arrangements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One statement each: SQLite adds one column at a time. A line may be one of the settings file: it refers to no table.
        let id = |name: &'static str| ColumnDef::new(name).string_len(64).null().to_owned();
        // A JSON list: read and written whole.
        let leaders = ColumnDef::new("leaders").text().not_null().default("[]").to_owned();
        for column in [id("line_id"), id("operator_id"), leaders] {
            let table = Table::alter().table("meetings").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let by_state = Index::create().name("meetings_by_state").table("meetings").col("state").to_owned();
        manager.create_index(by_state).await
    }
}
