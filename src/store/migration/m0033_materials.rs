//! Materials of meetings.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0033_materials"
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
        let number = |name: &'static str| ColumnDef::new(name).big_integer().not_null().to_owned();
        let text = |name: &'static str| ColumnDef::new(name).text().not_null().to_owned();
        let materials = Table::create()
            .table("materials")
            .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
            .col(id("meeting_id"))
            .col(text("name"))
            .col(number("bytes"))
            .col(number("pages"))
            .col(text("sha256"))
            .col(id("by_account"))
            .col(number("at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from("materials", "meeting_id")
                    .to("meetings", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(materials).await?;
        let mut of_meeting = Index::create();
        of_meeting.name("materials_of_meeting").table("materials").col("meeting_id").col("at_ms");
        manager.create_index(of_meeting.to_owned()).await
    }
}
