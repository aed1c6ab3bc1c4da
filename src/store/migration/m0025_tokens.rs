//! Meeting tokens that were made, so that one can be revoked. Tokens of before are in no row, and so no longer good.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0025_tokens"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let moment = |name: &'static str| ColumnDef::new(name).big_integer().not_null().to_owned();
        let tokens = Table::create()
            .table("tokens")
            .col(ColumnDef::new("participant_id").string_len(64).not_null().primary_key())
            // Of a meeting that may not be planned yet, so no key of its table.
            .col(ColumnDef::new("meeting_id").string_len(64).not_null())
            .col(text("role"))
            .col(text("name"))
            .col(text("made_by"))
            .col(moment("made_ms"))
            .col(moment("ends_ms"))
            .col(ColumnDef::new("ended_ms").big_integer())
            .to_owned();
        manager.create_table(tokens).await?;
        let by_meeting = Index::create().name("tokens_of_meeting").table("tokens").col("meeting_id").to_owned();
        manager.create_index(by_meeting).await
    }
}
