//! The book's records get a second hash, SM3 (GB/T 32905).

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0007_book"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Empty in what was written before: those records are of format 1.
        let sm3 = ColumnDef::new("sm3").string_len(64).not_null().default("").to_owned();
        manager.alter_table(Table::alter().table("audit_entries").add_column(sm3).to_owned()).await?;
        // The book is searched by time too.
        let by_time = Index::create().name("audit_by_time").table("audit_entries").col("at_ms").to_owned();
        manager.create_index(by_time).await
    }
}
