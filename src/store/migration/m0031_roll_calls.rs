//! Roll calls of meetings, with what each venue answered.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0031_roll_calls"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All or nothing, in SQLite too: a power cut in the middle leaves the tables as they were.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = |name: &'static str| ColumnDef::new(name).string_len(64).not_null().to_owned();
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let calls = Table::create()
            .table("roll_calls")
            .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
            .col(id("meeting_id"))
            .col(ColumnDef::new("begun_ms").big_integer().not_null())
            .col(text("begun_by"))
            .col(ColumnDef::new("ended_ms").big_integer().null())
            .col(text("ended_by"))
            // A JSON list, and a JSON value or null: read and written whole.
            .col(text("entries"))
            .col(text("calling"))
            .foreign_key(
                ForeignKey::create()
                    .from("roll_calls", "meeting_id")
                    .to("meetings", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(calls).await?;
        let mut of_meeting = Index::create();
        of_meeting.name("roll_calls_of_meeting").table("roll_calls").col("meeting_id").col("begun_ms");
        manager.create_index(of_meeting.to_owned()).await
    }
}
