//! Legs.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_legs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("legs")
            .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
            .col(ColumnDef::new("name").text().not_null())
            .col(ColumnDef::new("meeting_id").string_len(64).not_null())
            .col(ColumnDef::new("source").text().not_null())
            .col(ColumnDef::new("secret").text().not_null())
            .col(ColumnDef::new("enabled").boolean().not_null())
            .col(ColumnDef::new("created_ms").big_integer().not_null())
            .foreign_key(
                ForeignKey::create()
                    .from("legs", "meeting_id")
                    .to("meetings", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(table).await
    }
}
