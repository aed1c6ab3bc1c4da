//! Meetings, and the stage of each.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_meetings"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("meetings")
                    .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
                    .col(ColumnDef::new("title").text().not_null())
                    .col(ColumnDef::new("codec").string_len(16).not_null())
                    .col(ColumnDef::new("state").string_len(16).not_null())
                    .col(ColumnDef::new("created_ms").big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("stages")
                    .col(ColumnDef::new("meeting_id").string_len(64).not_null().primary_key())
                    .col(ColumnDef::new("stage").text().not_null())
                    .col(ColumnDef::new("changed_ms").big_integer().not_null())
                    .foreign_key(
                        ForeignKey::create()
                            .from("stages", "meeting_id")
                            .to("meetings", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }
}
