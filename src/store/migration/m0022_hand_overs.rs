//! Forms of posts that were handed over, to be printed again.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0022_hand_overs"
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
        let forms = Table::create()
            .table("hand_overs")
            .col(ColumnDef::new("to_account_id").string_len(64).not_null().primary_key())
            .col(text("from_login"))
            .col(text("from_name"))
            .col(text("to_login"))
            .col(text("to_name"))
            .col(text("unit"))
            .col(text("roles"))
            .col(text("units"))
            .col(text("reason"))
            .col(ColumnDef::new("at_ms").big_integer().not_null())
            .foreign_key(
                ForeignKey::create()
                    .from("hand_overs", "to_account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(forms).await
    }
}
